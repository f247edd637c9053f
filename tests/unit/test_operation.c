// SPDX-License-Identifier: GPL-2.0
/*
 * The module's state machine, in userspace: each row of its table by name, and
 * then all sequences of inputs to a depth, against a model that knows only
 * what the header promises to consumers and to the host.
 *
 * WALK_DEPTH=N in the environment walks deeper.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "../../kmod/operation.c"

#define MS ((u64)NSEC_PER_MSEC)
#define CONSUMERS 3
#define A 0xfffffffffffffff1ULL
#define B 2ULL
#define TIMEOUT_MS 1000
#define END_TIMEOUT_NS (5000 * MS)

/* What a consumer knows from the records, as the header tells it to. */
struct view {
	bool joined;
	bool member;
	bool settled;
	bool asked;
};

struct world {
	struct operation op;
	struct participant p[CONSUMERS];

	/* The model. */
	struct view view[CONSUMERS];
	bool open;
	bool drill;
	u64 id;
	u32 quiesced, expired;
	u32 starts, ends;
	u32 prepares, resumes;
	bool attached;

	/* The records of the last input. */
	struct vmopnotify_event ev[16];
	u32 n_ev;
};

static const u32 stages[CONSUMERS] = { 0, 0, 3 };

/* The path walked, to be printed where an invariant is broken. */
static const char *path[32];
static u32 path_len;

static void broken(const char *invariant)
{
	print_error("invariant broken: %s\nafter:", invariant);
	for (u32 i = 0; i < path_len; i++)
		print_error(" %s", path[i]);
	print_error("\n");
	fail();
}

#define INVARIANT(condition, name) \
	do { if (!(condition)) broken(name); } while (0)

static u32 unsettled(const struct world *w)
{
	u32 n = 0;

	for (int i = 0; i < CONSUMERS; i++)
		n += w->view[i].member && !w->view[i].settled;
	return n;
}

static void see_start(struct world *w, const struct vmopnotify_event *ev)
{
	INVARIANT(!w->open, "every start has exactly one end");
	w->open = true;
	w->id = ev->operation_id;
	w->drill = ev->flags & VMOPNOTIFY_F_DRILL;
	w->quiesced = 0;
	w->expired = 0;
	w->starts++;
	for (int i = 0; i < CONSUMERS; i++) {
		struct view *v = &w->view[i];

		INVARIANT(!v->asked, "no consumer is left quiesced");
		v->member = v->joined;
		v->settled = false;
	}
	INVARIANT(ev->members == unsettled(w),
		  "members are those that had joined at the start");
}

static void see_prepare(struct world *w, const struct vmopnotify_event *ev)
{
	u32 asked = 0;

	for (int i = 0; i < CONSUMERS; i++) {
		struct view *v = &w->view[i];

		if (!v->member || v->settled)
			continue;
		INVARIANT(stages[i] >= ev->stage,
			  "a stage is asked only when those before it are quiet");
		if (stages[i] != ev->stage)
			continue;
		INVARIANT(!v->asked, "each is asked once for an operation");
		v->asked = true;
		asked++;
	}
	INVARIANT(asked, "a stage is asked only if somebody is in it");
	w->prepares += asked;
}

static void see_acked(struct world *w, const struct vmopnotify_event *ev)
{
	int i = ev->text[0] - 'a';
	struct view *v = &w->view[i];

	INVARIANT(v->member && !v->settled, "an ack counts once, for a member");
	INVARIANT(v->asked || ev->flags & VMOPNOTIFY_F_LEFT,
		  "nobody acks before being asked");
	v->settled = true;
	INVARIANT(ev->pending == unsettled(w), "pending is who is outstanding");
}

static void see_end(struct world *w, const struct vmopnotify_event *ev)
{
	if (ev->flags & VMOPNOTIFY_F_STRAY) {
		INVARIANT(!w->open || w->id != ev->operation_id || w->drill,
			  "an open operation's end is no stray");
		return;
	}
	INVARIANT(w->open && w->id == ev->operation_id,
		  "every end has a start");
	w->open = false;
	w->ends++;
	for (int i = 0; i < CONSUMERS; i++) {
		w->resumes += w->view[i].asked;
		w->view[i].asked = false;
		w->view[i].member = false;
	}
}

static void see(struct operation *op, struct vmopnotify_event *ev)
{
	struct world *w = (struct world *)op;

	INVARIANT(w->n_ev < 16, "few records come of an input");
	w->ev[w->n_ev++] = *ev;
	INVARIANT(ev->state == op->state, "a record has the state it led to");

	switch (ev->type) {
	case VMOPNOTIFY_EVENT_START:
		see_start(w, ev);
		break;
	case VMOPNOTIFY_EVENT_PREPARE:
		see_prepare(w, ev);
		break;
	case VMOPNOTIFY_EVENT_ACKED:
		see_acked(w, ev);
		break;
	case VMOPNOTIFY_EVENT_QUIESCED:
		INVARIANT(w->open && !unsettled(w),
			  "an ack goes to the host only when every member has acked or left");
		INVARIANT(!w->quiesced++, "no operation is acked twice");
		INVARIANT(!(ev->flags & VMOPNOTIFY_F_LATE) == !w->expired,
			  "late means after the deadline");
		break;
	case VMOPNOTIFY_EVENT_EXPIRED:
		INVARIANT(w->open && unsettled(w) && !w->expired++ &&
			  op->now_ns >= ev->deadline_ns,
			  "expired once, after the deadline, with acks missing");
		break;
	case VMOPNOTIFY_EVENT_END:
		see_end(w, ev);
		break;
	}
}

static void world_init(struct world *w)
{
	memset(w, 0, sizeof(*w));
	operation_init(&w->op, END_TIMEOUT_NS, see);
	operation_tick(&w->op, 1000 * MS);
	for (int i = 0; i < CONSUMERS; i++) {
		w->p[i].name[0] = 'a' + i;
		w->p[i].stage = stages[i];
	}
}

/* Inputs: each checks what is answered against the model. */

static void expect(int ret, int expected)
{
	if (ret != expected)
		print_error("answered %d, not %d\n", ret, expected);
	INVARIANT(ret == expected, "answers are those that the header promises");
}

static void join(struct world *w, int i)
{
	expect(operation_join(&w->op, &w->p[i]),
	       w->view[i].joined ? -EISCONN : 0);
	w->view[i].joined = true;
}

static void leave(struct world *w, int i)
{
	struct view *v = &w->view[i];
	u32 n = w->n_ev;

	expect(operation_leave(&w->op, &w->p[i]), v->joined ? 0 : -ENOTCONN);
	INVARIANT(!v->member || v->settled,
		  "who leaves is no longer awaited");
	INVARIANT(v->joined || w->n_ev == n, "who was not there cannot leave");
	/* Its own affair from here on: it does not wait for the end. */
	w->resumes += v->asked;
	*v = (struct view){};
}

static void ack(struct world *w, int i, u64 id)
{
	struct view *v = &w->view[i];
	int expected;

	if (!v->joined)
		expected = -ENOTCONN;
	else if (!w->open || w->id != id)
		expected = -ESTALE;
	else if (!v->member)
		expected = -ENOTCONN;
	else if (!v->asked)
		expected = -EAGAIN;
	else if (v->settled)
		expected = -EALREADY;
	else
		expected = 0;
	expect(operation_ack(&w->op, &w->p[i], id, 0), expected);
	INVARIANT(expected || v->settled || !w->open, "an ack counts");
}

static int start(struct world *w, u64 id, bool drill)
{
	struct operation_notice notice = {
		.id = id, .type = "host-migration", .timeout_ms = TIMEOUT_MS,
		.drill = drill,
	};

	return operation_start(&w->op, &notice);
}

static void start_and_expect(struct world *w, u64 id, bool drill)
{
	int expected = 0;

	if (w->open && drill)
		expected = -EBUSY;
	else if (w->open && !w->drill && w->id == id)
		expected = -EALREADY;
	expect(start(w, id, drill), expected);
	INVARIANT(w->open, "a start opens an operation");
}

static void end(struct world *w, u64 id, bool drill)
{
	bool match = w->open && w->id == id && w->drill == drill;

	expect(operation_end(&w->op, id, drill, VMOPNOTIFY_END_SUCCESS, "ok"),
	       drill && !match ? -ENOENT : 0);
	INVARIANT(!match || !w->open, "an end closes the operation");
}

#define FOR_CONSUMER(n)							\
static void join_##n(struct world *w) { join(w, n); }			\
static void leave_##n(struct world *w) { leave(w, n); }			\
static void ack_A_##n(struct world *w) { ack(w, n, A); }		\
static void ack_B_##n(struct world *w) { ack(w, n, B); }
FOR_CONSUMER(0)
FOR_CONSUMER(1)
FOR_CONSUMER(2)

static void attach(struct world *w)
{
	expect(operation_attach(&w->op, "app", TIMEOUT_MS, true),
	       w->attached ? -EBUSY : 0);
	w->attached = true;
}

static void detach(struct world *w)
{
	operation_detach(&w->op);
	w->attached = false;
}

static void start_A(struct world *w) { start_and_expect(w, A, false); }
static void start_B(struct world *w) { start_and_expect(w, B, false); }
static void drill_B(struct world *w) { start_and_expect(w, B, true); }
static void end_A(struct world *w) { end(w, A, false); }
static void end_B(struct world *w) { end(w, B, false); }
static void end_drill_B(struct world *w) { end(w, B, true); }

static void shorten(struct world *w)
{
	operation_change_timeout(&w->op, 1, w->open && w->drill);
}

static void time_passes(struct world *w)
{
	u64 next_ns = operation_next_ns(&w->op);

	if (next_ns)
		operation_tick(&w->op, next_ns);
}

static void tell_host(struct world *w)
{
	bool quiet = w->open && w->id == A && !w->drill && w->quiesced;

	expect(operation_host_acked(&w->op, A), quiet ? 0 : -ESTALE);
}

static void stun(struct world *w)
{
	bool may = w->open && (w->quiesced || w->expired);
	u32 n = w->n_ev;

	operation_stun(&w->op, 5 * MS);
	INVARIANT(w->n_ev == n + may, "a stun is told once all are quiet");
}

#define INPUT(f) { #f, f }
static const struct {
	const char *name;
	void (*give)(struct world *w);
} inputs[] = {
	INPUT(start_A), INPUT(end_A), INPUT(time_passes),
	INPUT(ack_A_0), INPUT(ack_A_1), INPUT(ack_A_2),
	INPUT(leave_0), INPUT(leave_1), INPUT(leave_2),
	INPUT(join_0), INPUT(join_1), INPUT(join_2),
	INPUT(attach), INPUT(detach),
	INPUT(start_B), INPUT(end_B), INPUT(drill_B), INPUT(end_drill_B),
	INPUT(ack_B_0), INPUT(ack_B_1), INPUT(ack_B_2),
	INPUT(shorten), INPUT(tell_host), INPUT(stun),
};

/* What must hold between any two inputs. */
static void check(const struct world *w)
{
	enum vmopnotify_state state = w->op.state;

	if (!w->open)
		INVARIANT(state == (w->attached ? VMOPNOTIFY_STATE_IDLE :
						  VMOPNOTIFY_STATE_DETACHED),
			  "without an operation: idle or detached");
	else if (unsettled(w))
		INVARIANT(state == (w->expired ? VMOPNOTIFY_STATE_EXPIRED :
						 VMOPNOTIFY_STATE_QUIESCING),
			  "with acks outstanding: quiescing or expired");
	else
		INVARIANT(state == VMOPNOTIFY_STATE_QUIESCED,
			  "with none outstanding: quiesced, and the host told");
	INVARIANT(w->starts == w->ends + w->open,
		  "every start has exactly one end");
	for (int i = 0; i < CONSUMERS; i++)
		INVARIANT(operation_has_asked(&w->op, &w->p[i]) ==
			  w->view[i].asked, "asked is told right");
}

/* From wherever it is: left alone, everything ends and everybody resumes. */
static void check_left_alone(const struct world *from)
{
	struct world w = *from;

	time_passes(&w);
	time_passes(&w);
	INVARIANT(!w.open, "no operation stays open for ever");
	INVARIANT(w.prepares == w.resumes,
		  "each resumes exactly once for each time it was asked");
}

static void walk(const struct world *from, u32 depth, u64 *walked)
{
	u32 known = path_len++;

	for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
		struct world w = *from;

		path[known] = inputs[i].name;
		inputs[i].give(&w);
		check(&w);
		w.n_ev = 0;
		++*walked;
		/* A refused input changes nothing: what follows is walked. */
		if (!memcmp(&w.op, &from->op, sizeof(w.op)) &&
		    !memcmp(w.view, from->view, sizeof(w.view)))
			continue;
		if (depth > 1)
			walk(&w, depth - 1, walked);
		else
			check_left_alone(&w);
	}
	path_len--;
}

static void walk_all(const char *where, const struct world *from)
{
	const char *env = getenv("WALK_DEPTH");
	u32 depth = env ? atoi(env) : 6;
	u64 walked = 0;

	path_len = 0;
	walk(from, depth, &walked);
	print_message("walked %llu sequences %s, %u deep\n",
		      (unsigned long long)walked, where, depth);
	assert_true(walked > 1000);
}

static void all_sequences_from_nothing(void **state)
{
	struct world w;

	(void)state;
	world_init(&w);
	walk_all("from nothing", &w);
}

static void all_sequences_with_everybody_there(void **state)
{
	struct world w;

	(void)state;
	world_init(&w);
	attach(&w);
	for (int i = 0; i < CONSUMERS; i++)
		join(&w, i);
	w.n_ev = 0;
	walk_all("with everybody there", &w);
}

/* The table of states, row by row. */

static void ready(struct world *w, u32 consumers)
{
	path_len = 0;
	world_init(w);
	attach(w);
	for (u32 i = 0; i < consumers; i++)
		join(w, i);
	w->n_ev = 0;
}

static void expect_events(struct world *w, int first, ...)
{
	va_list args;
	u32 n = 0;

	va_start(args, first);
	for (int type = first; type; type = va_arg(args, int)) {
		assert_true(n < w->n_ev);
		assert_int_equal(w->ev[n++].type, type);
	}
	va_end(args);
	assert_int_equal(n, w->n_ev);
}

#define STATE(w, s) assert_int_equal((w)->op.state, VMOPNOTIFY_STATE_##s)
#define EV(t) VMOPNOTIFY_EVENT_##t

static void detached_attach_idle(void **state)
{
	struct world w;

	(void)state;
	world_init(&w);
	STATE(&w, DETACHED);
	attach(&w);
	STATE(&w, IDLE);
	expect_events(&w, EV(ATTACHED), 0);
	assert_string_equal(w.ev[0].text, "app");
}

static void attach_goes_back_into_the_open_operation(void **state)
{
	struct world w;

	(void)state;
	ready(&w, 1);
	start_A(&w);
	detach(&w);
	STATE(&w, QUIESCING);
	attach(&w);
	STATE(&w, QUIESCING);
	assert_true(w.op.id == A);
}

static void second_attach_is_refused(void **state)
{
	struct world w;

	(void)state;
	ready(&w, 0);
	assert_int_equal(operation_attach(&w.op, "other", 1, false), -EBUSY);
}

static void start_asks_the_lowest_stage_present(void **state)
{
	struct world w;

	(void)state;
	ready(&w, 3);
	leave(&w, 0);
	leave(&w, 1);
	w.n_ev = 0;
	start_A(&w);
	STATE(&w, QUIESCING);
	expect_events(&w, EV(START), EV(PREPARE), 0);
	assert_int_equal(w.ev[1].stage, 3);
	assert_string_equal(w.ev[0].operation_type, "host-migration");
	assert_true(w.ev[0].operation_id == A);
	assert_true(w.ev[0].deadline_ns == w.op.now_ns + TIMEOUT_MS * MS);
	assert_true(w.ev[0].flags & VMOPNOTIFY_F_GUARANTEED);
}

static void start_with_nobody_is_quiesced_at_once(void **state)
{
	struct world w;

	(void)state;
	ready(&w, 0);
	start_A(&w);
	STATE(&w, QUIESCED);
	expect_events(&w, EV(START), EV(QUIESCED), 0);
}

static void who_joins_later_is_not_awaited(void **state)
{
	struct world w;

	(void)state;
	ready(&w, 1);
	start_A(&w);
	join(&w, 1);
	assert_int_equal(operation_ack(&w.op, &w.p[1], A, 0), -ENOTCONN);
	ack(&w, 0, A);
	STATE(&w, QUIESCED);
	end_A(&w);
	w.n_ev = 0;
	start_B(&w);
	assert_int_equal(w.ev[0].members, 2);
}

static void next_stage_is_asked_when_one_is_quiet(void **state)
{
	struct world w;
	u64 deadline_ns;

	(void)state;
	ready(&w, 3);
	start_A(&w);
	deadline_ns = w.op.deadline_ns;
	ack(&w, 0, A);
	assert_int_equal(operation_ack(&w.op, &w.p[2], A, 0), -EAGAIN);
	w.n_ev = 0;
	leave(&w, 1);
	STATE(&w, QUIESCING);
	expect_events(&w, EV(ACKED), EV(PREPARE), 0);
	assert_true(w.ev[0].flags & VMOPNOTIFY_F_LEFT);
	assert_int_equal(w.ev[1].stage, 3);
	assert_true(w.op.deadline_ns == deadline_ns);
}

static void last_ack_quiesces(void **state)
{
	struct world w;

	(void)state;
	ready(&w, 1);
	start_A(&w);
	operation_tick(&w.op, w.op.now_ns + 7 * MS);
	w.n_ev = 0;
	ack(&w, 0, A);
	STATE(&w, QUIESCED);
	expect_events(&w, EV(ACKED), EV(QUIESCED), 0);
	assert_true(w.ev[1].quiesce_ns == 7 * MS);
	assert_false(w.ev[1].flags & VMOPNOTIFY_F_LATE);
	assert_int_equal(w.ev[1].pending, 0);
}

static void last_leave_quiesces(void **state)
{
	struct world w;

	(void)state;
	ready(&w, 1);
	start_A(&w);
	w.n_ev = 0;
	leave(&w, 0);
	STATE(&w, QUIESCED);
	expect_events(&w, EV(ACKED), EV(QUIESCED), 0);
}

static void deadline_expires(void **state)
{
	struct world w;

	(void)state;
	ready(&w, 2);
	start_A(&w);
	ack(&w, 0, A);
	w.n_ev = 0;
	operation_tick(&w.op, w.op.deadline_ns - 1);
	STATE(&w, QUIESCING);
	assert_true(operation_next_ns(&w.op) == w.op.deadline_ns);
	operation_tick(&w.op, w.op.deadline_ns);
	STATE(&w, EXPIRED);
	expect_events(&w, EV(EXPIRED), 0);
	assert_int_equal(w.ev[0].pending, 1);
	assert_int_equal(w.op.expired, 1);
}

static void late_ack_quiesces_marked_late(void **state)
{
	struct world w;

	(void)state;
	ready(&w, 1);
	start_A(&w);
	time_passes(&w);
	w.n_ev = 0;
	ack(&w, 0, A);
	STATE(&w, QUIESCED);
	expect_events(&w, EV(ACKED), EV(QUIESCED), 0);
	assert_true(w.ev[0].flags & VMOPNOTIFY_F_LATE);
	assert_true(w.ev[1].flags & VMOPNOTIFY_F_LATE);
}

/* Bring an operation into a state in which it is open. */
static void open_in(struct world *w, enum vmopnotify_state state)
{
	ready(w, 1);
	start_A(w);
	if (state == VMOPNOTIFY_STATE_QUIESCED)
		ack(w, 0, A);
	else if (state == VMOPNOTIFY_STATE_EXPIRED)
		time_passes(w);
	assert_int_equal(w->op.state, state);
	w->n_ev = 0;
}

#define FOR_OPEN(state) \
	for (enum vmopnotify_state state = VMOPNOTIFY_STATE_QUIESCING; \
	     state <= VMOPNOTIFY_STATE_EXPIRED; state++)

static void end_closes_whatever_the_state(void **unused)
{
	struct world w;

	(void)unused;
	FOR_OPEN(state) {
		open_in(&w, state);
		operation_end(&w.op, A, false, VMOPNOTIFY_END_FAILED, "nope");
		STATE(&w, IDLE);
		expect_events(&w, EV(END), 0);
		assert_int_equal(w.ev[0].status, VMOPNOTIFY_END_FAILED);
		assert_string_equal(w.ev[0].text, "nope");
		assert_true(w.ev[0].operation_id == A);
		assert_int_equal(w.op.last_status, VMOPNOTIFY_END_FAILED);
		assert_true(operation_next_ns(&w.op) == 0);
	}
}

static void another_start_ends_the_old_one_as_lost(void **unused)
{
	struct world w;

	(void)unused;
	FOR_OPEN(state) {
		open_in(&w, state);
		start_B(&w);
		STATE(&w, QUIESCING);
		expect_events(&w, EV(END), EV(START), EV(PREPARE), 0);
		assert_int_equal(w.ev[0].status, VMOPNOTIFY_END_LOST);
		assert_true(w.ev[0].operation_id == A);
		assert_true(w.ev[1].operation_id == B);
		assert_int_equal(w.op.lost, 1);
	}
}

static void same_start_again_is_refused(void **unused)
{
	struct world w;

	(void)unused;
	FOR_OPEN(state) {
		open_in(&w, state);
		assert_int_equal(start(&w, A, false), -EALREADY);
		assert_int_equal(w.op.state, state);
		assert_int_equal(w.n_ev, 0);
	}
}

static void no_end_in_time_is_lost(void **unused)
{
	struct world w;

	(void)unused;
	FOR_OPEN(state) {
		open_in(&w, state);
		operation_tick(&w.op, w.op.deadline_ns + END_TIMEOUT_NS - 1);
		assert_true(w.open);
		w.n_ev = 0;
		operation_tick(&w.op, w.op.deadline_ns + END_TIMEOUT_NS);
		STATE(&w, IDLE);
		expect_events(&w, EV(END), 0);
		assert_int_equal(w.ev[0].status, VMOPNOTIFY_END_LOST);
		assert_int_equal(w.op.lost, 1);
	}
}

static void timeout_change_moves_the_deadline(void **unused)
{
	struct world w;

	(void)unused;
	FOR_OPEN(state) {
		u64 start_ns;

		open_in(&w, state);
		start_ns = w.op.start_ns;
		operation_change_timeout(&w.op, 5 * TIMEOUT_MS, false);
		assert_int_equal(w.op.state, state);
		expect_events(&w, EV(TIMEOUT_CHANGE), 0);
		assert_true(w.ev[0].deadline_ns ==
			    start_ns + 5 * TIMEOUT_MS * MS);
	}
}

static void timeout_change_into_the_past_expires(void **state)
{
	struct world w;

	(void)state;
	ready(&w, 1);
	start_A(&w);
	operation_tick(&w.op, w.op.now_ns + 500 * MS);
	w.n_ev = 0;
	operation_change_timeout(&w.op, 500, false);
	STATE(&w, EXPIRED);
	expect_events(&w, EV(TIMEOUT_CHANGE), EV(EXPIRED), 0);
}

static void detach_while_idle_detaches(void **state)
{
	struct world w;

	(void)state;
	ready(&w, 0);
	detach(&w);
	STATE(&w, DETACHED);
	expect_events(&w, EV(DETACHED), 0);
}

static void detach_leaves_an_open_operation_alone(void **unused)
{
	struct world w;

	(void)unused;
	FOR_OPEN(state) {
		open_in(&w, state);
		detach(&w);
		assert_int_equal(w.op.state, state);
		expect_events(&w, EV(DETACHED), 0);
		end_A(&w);
		STATE(&w, DETACHED);
	}
}

static void end_without_start_is_told_and_nobody_acts(void **unused)
{
	struct world w;

	(void)unused;
	world_init(&w);
	end_A(&w);
	STATE(&w, DETACHED);
	attach(&w);
	w.n_ev = 0;
	end_A(&w);
	STATE(&w, IDLE);
	expect_events(&w, EV(END), 0);
	assert_true(w.ev[0].flags & VMOPNOTIFY_F_STRAY);
	assert_true(w.ev[0].operation_id == A);
	assert_int_equal(w.op.stray_ends, 2);
	assert_int_equal(w.op.last_status, VMOPNOTIFY_END_NONE);

	FOR_OPEN(state) {
		open_in(&w, state);
		end_B(&w);
		assert_int_equal(w.op.state, state);
		assert_true(w.ev[0].flags & VMOPNOTIFY_F_STRAY);
	}
}

static void ack_names_its_operation(void **state)
{
	struct world w;

	(void)state;
	ready(&w, 1);
	assert_int_equal(operation_ack(&w.op, &w.p[0], A, 0), -ESTALE);
	start_A(&w);
	assert_int_equal(operation_ack(&w.op, &w.p[0], B, 0), -ESTALE);
	STATE(&w, QUIESCING);
	assert_int_equal(operation_ack(&w.op, &w.p[0], A, 0), 0);
	assert_int_equal(operation_ack(&w.op, &w.p[0], A, 0), -EALREADY);
	assert_int_equal(operation_ack(&w.op, &w.p[1], A, 0), -ENOTCONN);
}

static void result_of_an_ack_is_counted_and_shown(void **state)
{
	struct world w;

	(void)state;
	ready(&w, 1);
	start_A(&w);
	w.n_ev = 0;
	assert_int_equal(operation_ack(&w.op, &w.p[0], A, ETIMEDOUT), 0);
	STATE(&w, QUIESCED);
	assert_int_equal(w.ev[0].result, ETIMEDOUT);
	assert_int_equal(w.p[0].result, ETIMEDOUT);
	assert_int_equal(w.op.ack_errors, 1);
}

static void age_shortens_the_deadline_and_stale_is_refused(void **state)
{
	struct operation_notice notice = {
		.id = A, .timeout_ms = 1000, .age_ms = 400,
	};
	struct world w;

	(void)state;
	ready(&w, 1);
	assert_int_equal(operation_start(&w.op, &notice), 0);
	assert_true(w.op.deadline_ns == w.op.now_ns + 600 * MS);
	end_A(&w);
	notice.age_ms = 1000;
	assert_int_equal(operation_start(&w.op, &notice), -ESTALE);
	STATE(&w, IDLE);
	/* The clock may have begun after the notice. */
	notice.age_ms = 3000;
	notice.timeout_ms = 3500;
	assert_int_equal(operation_start(&w.op, &notice), 0);
	assert_true(w.op.deadline_ns == w.op.now_ns + 500 * MS);
	operation_change_timeout(&w.op, 1, false);
	STATE(&w, EXPIRED);
}

static void drill_gives_way_to_a_real_start(void **state)
{
	struct world w;

	(void)state;
	ready(&w, 1);
	detach(&w);
	assert_int_equal(start(&w, B, true), 0);
	attach(&w);
	STATE(&w, QUIESCING);
	ack(&w, 0, B);
	assert_int_equal(operation_host_acked(&w.op, B), -ESTALE);
	w.n_ev = 0;
	start_B(&w);
	expect_events(&w, EV(END), EV(START), EV(PREPARE), 0);
	assert_true(w.ev[0].flags & VMOPNOTIFY_F_DRILL);
	assert_false(w.ev[1].flags & VMOPNOTIFY_F_DRILL);
	assert_int_equal(start(&w, A, true), -EBUSY);
}

static void longest_stun_is_told_with_the_end(void **state)
{
	struct world w;

	(void)state;
	ready(&w, 1);
	start_A(&w);
	operation_stun(&w.op, 9 * MS);
	ack(&w, 0, A);
	w.n_ev = 0;
	operation_stun(&w.op, 3 * MS);
	operation_stun(&w.op, 7 * MS);
	operation_stun(&w.op, 5 * MS);
	end_A(&w);
	expect_events(&w, EV(STUN), EV(STUN), EV(STUN), EV(END), 0);
	assert_true(w.ev[0].stun_ns == 3 * MS);
	assert_true(w.ev[2].stun_ns == 5 * MS);
	assert_true(w.ev[3].stun_ns == 7 * MS);
	assert_true(w.op.last_stun_ns == 7 * MS);
	start_A(&w);
	end_A(&w);
	assert_true(w.op.last_stun_ns == 0);
}

static void drill_and_host_keep_their_timeouts(void **state)
{
	struct world w;
	u64 deadline_ns;

	(void)state;
	ready(&w, 1);
	operation_change_timeout(&w.op, 777, false);
	start(&w, B, true);
	assert_int_equal(w.op.host_timeout_ms, 777);
	deadline_ns = w.op.deadline_ns;
	operation_change_timeout(&w.op, 888, false);
	assert_true(w.op.deadline_ns == deadline_ns);
	assert_int_equal(w.op.host_timeout_ms, 888);
	operation_change_timeout(&w.op, 5, true);
	assert_true(w.op.deadline_ns < deadline_ns);
	assert_int_equal(w.op.host_timeout_ms, 888);
	start_A(&w);
	assert_int_equal(w.op.host_timeout_ms, TIMEOUT_MS);
}

static void host_acked_is_remembered(void **state)
{
	struct world w;

	(void)state;
	ready(&w, 1);
	start_A(&w);
	assert_int_equal(operation_host_acked(&w.op, A), -ESTALE);
	ack(&w, 0, A);
	assert_int_equal(operation_host_acked(&w.op, B), -ESTALE);
	assert_int_equal(operation_host_acked(&w.op, A), 0);
	assert_true(w.op.flags & VMOPNOTIFY_F_HOST_ACKED);
	end_A(&w);
	start_A(&w);
	assert_false(w.op.flags & VMOPNOTIFY_F_HOST_ACKED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(detached_attach_idle),
		cmocka_unit_test(attach_goes_back_into_the_open_operation),
		cmocka_unit_test(second_attach_is_refused),
		cmocka_unit_test(start_asks_the_lowest_stage_present),
		cmocka_unit_test(start_with_nobody_is_quiesced_at_once),
		cmocka_unit_test(who_joins_later_is_not_awaited),
		cmocka_unit_test(next_stage_is_asked_when_one_is_quiet),
		cmocka_unit_test(last_ack_quiesces),
		cmocka_unit_test(last_leave_quiesces),
		cmocka_unit_test(deadline_expires),
		cmocka_unit_test(late_ack_quiesces_marked_late),
		cmocka_unit_test(end_closes_whatever_the_state),
		cmocka_unit_test(another_start_ends_the_old_one_as_lost),
		cmocka_unit_test(same_start_again_is_refused),
		cmocka_unit_test(no_end_in_time_is_lost),
		cmocka_unit_test(timeout_change_moves_the_deadline),
		cmocka_unit_test(timeout_change_into_the_past_expires),
		cmocka_unit_test(detach_while_idle_detaches),
		cmocka_unit_test(detach_leaves_an_open_operation_alone),
		cmocka_unit_test(end_without_start_is_told_and_nobody_acts),
		cmocka_unit_test(ack_names_its_operation),
		cmocka_unit_test(result_of_an_ack_is_counted_and_shown),
		cmocka_unit_test(age_shortens_the_deadline_and_stale_is_refused),
		cmocka_unit_test(drill_gives_way_to_a_real_start),
		cmocka_unit_test(longest_stun_is_told_with_the_end),
		cmocka_unit_test(drill_and_host_keep_their_timeouts),
		cmocka_unit_test(host_acked_is_remembered),
		cmocka_unit_test(all_sequences_from_nothing),
		cmocka_unit_test(all_sequences_with_everybody_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
