// SPDX-License-Identifier: GPL-2.0
/* The state machine beside the module, see oracle.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"
#include "oracle.h"

#define NSEC_PER_MSEC 1000000LL
#define NSEC_PER_SEC 1000000000ULL

/* One input gives at most these: a lost end, a start, what is asked then. */
enum { MAX_RECORDS = 8 };

/* What the trace shows of a disagreement. */
enum { SHOWN_LINES = 30 };

static struct operation machine;
static u64 next_seq;
static bool guaranteed_known;
static bool helper_stays;

/* Those who have joined, in that order, which is that of lists of names. */
static struct participant **consumers;
static size_t n_consumers;

/* Emitted and not yet seen in the trace. */
static struct vmopnotify_event expected[MAX_RECORDS];
static int n_expected, n_seen;

/* The ack of which records were seen, and whose own line comes after them. */
static const struct line *awaited_ack;

static const struct trace *trace;
static size_t at;
static u64 low_ns, high_ns;
static struct replay *out;

static void show_event(const char *what, const struct vmopnotify_event *ev)
{
	printf("# %s seq=%llu type=%u state=%u time_ns=%llu operation=%llu deadline_ns=%llu quiesce_ns=%llu stun_ns=%llu flags=0x%x stage=%u result=%d status=%u members=%u pending=%u text=\"%s\"\n",
	       what, ev->seq, ev->type, ev->state, ev->time_ns,
	       ev->operation_id, ev->deadline_ns, ev->quiesce_ns, ev->stun_ns,
	       ev->flags, ev->stage, ev->result, ev->status, ev->members,
	       ev->pending, ev->text);
}

__attribute__((format(printf, 1, 2)))
static bool disagree(const char *fmt, ...)
{
	size_t from = at < SHOWN_LINES ? 0 : at - SHOWN_LINES;
	va_list args;

	for (; from <= at && from < trace->n; from++)
		printf("# %s\n", trace->lines[from].text);
	printf("# ^ line %zu of the trace: ", at);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
	return false;
}

/* The module names who is missing, of which the machine knows nothing. */
static void list_missing(char *text, size_t size)
{
	size_t used = 0, i, len;

	for (i = 0; i < n_consumers; i++) {
		if (!operation_is_missing(&machine, consumers[i]))
			continue;
		len = strlen(consumers[i]->name) + (used ? 1 : 0);
		if (used + len >= size)
			break;
		used += sprintf(text + used, "%s%s", used ? "," : "",
				consumers[i]->name);
	}
}

static void emit(struct operation *op, struct vmopnotify_event *ev)
{
	struct vmopnotify_event *to = &expected[n_expected++];

	(void)op;
	if (n_expected > MAX_RECORDS)
		die("the oracle has no room for what it emits");
	*to = *ev;
	to->seq = next_seq++;
	if (ev->type == VMOPNOTIFY_EVENT_EXPIRED)
		list_missing(to->text, sizeof(to->text));
}

void oracle_reset(void)
{
	while (n_consumers)
		free(consumers[--n_consumers]);
	next_seq = 0;
	helper_stays = false;
	operation_init(&machine, 0, emit);
}

/* As the module's core_status(). */
static struct vmopnotify_status status(void)
{
	struct vmopnotify_status st = {
		.seq = next_seq,
		.abi_version = VMOPNOTIFY_ABI_VERSION,
		.state = machine.state,
		.consumers = machine.consumers,
		.operations = machine.operations,
	};

	if (!operation_is_open(&machine))
		return st;
	st.operation_id = machine.id;
	st.deadline_ns = machine.deadline_ns;
	st.flags = machine.flags;
	st.stage = operation_top_stage(&machine);
	st.pending = machine.pending;
	return st;
}

/* The machine is at rest. */
static void keep_moment(void)
{
	struct moment *m = &out->moments[next_seq - out->first];

	if (!m->valid)
		m->min_consumers = m->max_consumers = machine.consumers;
	if (machine.consumers < m->min_consumers)
		m->min_consumers = machine.consumers;
	if (machine.consumers > m->max_consumers)
		m->max_consumers = machine.consumers;
	m->valid = true;
	m->status = status();
}

static bool is_same(const struct vmopnotify_event *a,
		    const struct vmopnotify_event *b)
{
	/* All but the operation's type, which is not traced. */
	return !memcmp(a, b, offsetof(struct vmopnotify_event,
				      operation_type)) &&
	       !strcmp(a->text, b->text);
}

/* The next record that was emitted is this one. */
static bool match(const struct vmopnotify_event *ev)
{
	const struct vmopnotify_event *wanted = &expected[n_seen++];

	if (!is_same(wanted, ev)) {
		show_event("wanted", wanted);
		show_event("got   ", ev);
		return disagree("not the record that the machine emits");
	}
	out->helpers[ev->seq - out->first] = machine.attached && helper_stays;
	if (n_seen == n_expected) {
		n_seen = n_expected = 0;
		keep_moment();
	}
	return true;
}

static struct participant **find(const char *name)
{
	size_t i;

	for (i = 0; i < n_consumers; i++)
		if (!strcmp(consumers[i]->name, name))
			return &consumers[i];
	return NULL;
}

static const struct vmopnotify_event *record_at(size_t i)
{
	return i < trace->n && trace->lines[i].kind == LINE_RECORD ?
	       &trace->lines[i].ev : NULL;
}

static bool is_given_up(const struct vmopnotify_event *ev)
{
	return ev->type == VMOPNOTIFY_EVENT_END &&
	       ev->status == VMOPNOTIFY_END_LOST &&
	       !strcmp(ev->text, "no end in time");
}

/*
 * end_timeout_s may be written to at any time, and that is not traced.  Where
 * the input at hand gives an operation up, it may have been anything between
 * the round's bounds that makes it so; otherwise it was the most.
 */
static void set_end_timeout(u64 now_ns)
{
	const struct vmopnotify_event *ev;
	size_t i;

	machine.end_timeout_ns = high_ns;
	for (i = at; (ev = record_at(i)) && ev->time_ns == now_ns; i++)
		if (is_given_up(ev) && now_ns >= ev->deadline_ns + low_ns &&
		    now_ns < ev->deadline_ns + high_ns)
			machine.end_timeout_ns = now_ns - ev->deadline_ns;
}

static bool tick(u64 now_ns)
{
	if (now_ns < machine.now_ns)
		return disagree("time goes back");
	set_end_timeout(now_ns);
	operation_tick(&machine, now_ns);
	return true;
}

/* That the host was told is not traced: later records have the flag. */
static bool derive_host_acked(const struct vmopnotify_event *ev)
{
	if (!operation_is_open(&machine) || ev->operation_id != machine.id ||
	    !(ev->flags & VMOPNOTIFY_F_HOST_ACKED) ||
	    machine.flags & VMOPNOTIFY_F_HOST_ACKED)
		return true;
	if (operation_host_acked(&machine, machine.id))
		return disagree("HOST_ACKED of an operation that is not quiesced");
	out->host_acks++;
	return true;
}

static void attach(const struct vmopnotify_event *ev)
{
	/* What the host guarantees is seen at the next start. */
	guaranteed_known = false;
	helper_stays = !strncmp(ev->text, STAYS, strlen(STAYS));
	operation_attach(&machine, ev->text, 1, false);
}

/*
 * How old the notice was is not traced, only what came of it.  Take it to be as
 * old as can be, so that a change of timeout, which counts from the notice, can
 * lead to any deadline.
 */
static void start(const struct vmopnotify_event *ev)
{
	s64 wait_ms = (s64)(ev->deadline_ns - ev->time_ns) / NSEC_PER_MSEC;
	struct operation_notice notice = {
		.id = ev->operation_id,
		.timeout_ms = VMOPNOTIFY_MAX_TIMEOUT_MS + wait_ms,
		.age_ms = VMOPNOTIFY_MAX_TIMEOUT_MS,
		.drill = ev->flags & VMOPNOTIFY_F_DRILL,
	};

	if (!notice.drill && machine.attached && !guaranteed_known) {
		machine.guaranteed = ev->flags & VMOPNOTIFY_F_GUARANTEED;
		guaranteed_known = true;
	}
	operation_start(&machine, &notice);
}

static void change_timeout(const struct vmopnotify_event *ev)
{
	s64 timeout_ns = (s64)ev->deadline_ns - machine.notice_ns;
	bool drill = operation_is_drill(&machine);

	/* Of another kind than the open operation: its deadline stays. */
	if (ev->deadline_ns == machine.deadline_ns)
		drill = !drill;
	/* A deadline before the clock began is told as 1. */
	if (ev->deadline_ns == 1)
		timeout_ns = NSEC_PER_MSEC;
	operation_change_timeout(&machine, timeout_ns / NSEC_PER_MSEC, drill);
}

static void end(const struct vmopnotify_event *ev)
{
	const struct vmopnotify_event *next = record_at(at + 1);

	/* It is the start that ends the other one. */
	if (ev->status == VMOPNOTIFY_END_LOST) {
		if (next && next->type == VMOPNOTIFY_EVENT_START)
			start(next);
		return;
	}
	operation_end(&machine, ev->operation_id,
		      ev->flags & VMOPNOTIFY_F_DRILL, ev->status, ev->text);
}

static void ack(const struct vmopnotify_event *ev)
{
	struct participant **p = find(ev->text);

	if (ev->flags & VMOPNOTIFY_F_LEFT || !p)
		return;
	operation_ack(&machine, *p, ev->operation_id, ev->result);
	awaited_ack = &trace->lines[at];
}

/* Derive the input of which this is the first record. */
static void derive(const struct vmopnotify_event *ev)
{
	switch (ev->type) {
	case VMOPNOTIFY_EVENT_ATTACHED:
		attach(ev);
		break;
	case VMOPNOTIFY_EVENT_DETACHED:
		operation_detach(&machine);
		break;
	case VMOPNOTIFY_EVENT_START:
		start(ev);
		break;
	case VMOPNOTIFY_EVENT_ACKED:
		ack(ev);
		break;
	case VMOPNOTIFY_EVENT_TIMEOUT_CHANGE:
		change_timeout(ev);
		break;
	case VMOPNOTIFY_EVENT_STUN:
		operation_stun(&machine, ev->stun_ns);
		break;
	case VMOPNOTIFY_EVENT_END:
		end(ev);
		break;
	}
}

static bool replay_record(const struct line *line)
{
	const struct vmopnotify_event *ev = &line->ev;

	out->records[ev->seq - out->first] = *ev;
	if (n_seen < n_expected)
		return match(ev);
	if (awaited_ack)
		return disagree("an ack's own line is missing");
	if (!derive_host_acked(ev) || !tick(ev->time_ns))
		return false;
	if (!n_expected)
		derive(ev);
	if (!n_expected)
		return disagree("a record that comes of nothing");
	return match(ev);
}

static bool replay_join(const struct line *line)
{
	struct participant *p = calloc(1, sizeof(*p));

	consumers = realloc(consumers,
			    (n_consumers + 1) * sizeof(*consumers));
	if (!p || !consumers)
		die("no memory for a consumer");
	if (find(line->name))
		return disagree("it has joined already");
	memcpy(p->name, line->name, sizeof(p->name));
	p->stage = line->stage;
	consumers[n_consumers++] = p;
	operation_join(&machine, p);
	keep_moment();
	return true;
}

static void forget(struct participant **p)
{
	free(*p);
	n_consumers--;
	memmove(p, p + 1, (char *)&consumers[n_consumers] - (char *)p);
}

static bool replay_leave(const struct line *line)
{
	const struct vmopnotify_event *next = record_at(at + 1);
	struct participant **p = find(line->name);

	if (!p)
		return disagree("it has not joined");
	if ((*p)->stage != line->stage)
		return disagree("it joined stage %u", (*p)->stage);
	/* When, is told by what comes of it. */
	if (next && next->flags & VMOPNOTIFY_F_LEFT && !tick(next->time_ns))
		return false;
	operation_leave(&machine, *p);
	forget(p);
	if (!n_expected)
		keep_moment();
	return true;
}

/* Its records came before it. */
static bool replay_good_ack(const struct line *line)
{
	const struct vmopnotify_event *acked = &awaited_ack->ev;

	if (strcmp(line->name, acked->text) || line->ret ||
	    line->result != acked->result ||
	    line->ev.operation_id != acked->operation_id)
		return disagree("not the ack whose records came before");
	awaited_ack = NULL;
	out->acks++;
	return true;
}

static bool replay_ack(const struct line *line)
{
	struct participant **p = find(line->name), nobody = {};
	int ret;

	if (awaited_ack)
		return replay_good_ack(line);
	ret = operation_ack(&machine, p ? *p : &nobody, line->ev.operation_id,
			    line->result);
	if (ret != line->ret)
		return disagree("the machine answers %d", ret);
	out->acks++;
	out->refused++;
	if (n_expected)
		return disagree("an ack without its records");
	return true;
}

static bool replay_mark(void)
{
	if (out->marks == CHECKPOINTS)
		return disagree("too many marks");
	out->checkpoints[out->marks++] = (struct checkpoint){
		.machine = machine, .seq = next_seq,
	};
	return true;
}

static bool replay_line(const struct line *line)
{
	if (line->kind == LINE_RECORD)
		return replay_record(line);
	if (n_seen < n_expected) {
		show_event("wanted", &expected[n_seen]);
		return disagree("a record is missing before it");
	}
	if (awaited_ack && line->kind != LINE_ACK)
		return disagree("an ack's own line is missing");
	switch (line->kind) {
	case LINE_JOIN:
		return replay_join(line);
	case LINE_LEAVE:
		return replay_leave(line);
	case LINE_ACK:
		return replay_ack(line);
	default:
		return replay_mark();
	}
}

/* Return: whether the records are numbered without gaps, on from the last. */
static bool count_records(void)
{
	u64 seq = next_seq;

	out->first = seq;
	for (at = 0; at < trace->n; at++)
		if (trace->lines[at].kind == LINE_RECORD &&
		    trace->lines[at].ev.seq != seq++)
			return disagree("its seq should be %llu", seq - 1);
	out->n = seq - out->first;
	return true;
}

bool oracle_replay(const struct trace *of, u32 low_s, u32 high_s,
		   struct replay *replay)
{
	trace = of;
	out = replay;
	*out = (struct replay){};
	low_ns = low_s * NSEC_PER_SEC;
	high_ns = high_s * NSEC_PER_SEC;
	n_seen = n_expected = 0;
	awaited_ack = NULL;
	if (!count_records())
		return false;
	out->records = calloc(out->n + 1, sizeof(*out->records));
	out->helpers = calloc(out->n + 1, sizeof(*out->helpers));
	/* The machine may emit more than the trace has, before that is seen. */
	out->moments = calloc(out->n + MAX_RECORDS + 1, sizeof(*out->moments));
	if (!out->records || !out->helpers || !out->moments)
		die("no memory to replay a trace");
	keep_moment();
	for (at = 0; at < trace->n; at++)
		if (!replay_line(&trace->lines[at]))
			return false;
	if (n_seen < n_expected) {
		show_event("wanted", &expected[n_seen]);
		return disagree("the trace ends before that");
	}
	return !awaited_ack || disagree("the trace ends before an ack's line");
}

void oracle_free(struct replay *replay)
{
	free(replay->records);
	free(replay->helpers);
	free(replay->moments);
	*replay = (struct replay){};
}
