// SPDX-License-Identifier: GPL-2.0
/* vmopnotifyctl monitor: each event as it comes. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "device.h"
#include "output.h"

/**
 * struct monitor - what is remembered from event to event
 * @device: the device
 * @json: print objects
 * @limit: exit after this many events; 0: never
 * @count: events printed
 * @seq: the record expected next
 * @asked_ns: when each stage of the open operation was asked to prepare; 0
 *	where that was not seen
 */
struct monitor {
	struct vmopnotify *device;
	bool json;
	uint64_t limit;
	uint64_t count;
	uint64_t seq;
	uint64_t asked_ns[VMOPNOTIFY_STAGES];
};

/* The columns that all lines have; details follow. */
static void begin_line(uint64_t time_ns, const char *what, const char *state,
		       const char *id, uint32_t flags)
{
	char wall[32];

	printf("%s  %-14s  %-9s  %-20s %s",
	       wall_text(time_ns, false, wall, sizeof(wall)), what, state, id,
	       flags & VMOPNOTIFY_F_DRILL ? " DRILL:" : "");
}

/* Any number may be an id, 0 too: what has a deadline has an operation. */
static bool has_operation(const struct vmopnotify_event *ev)
{
	return ev->operation_id || ev->deadline_ns;
}

static char *id_text(bool present, uint64_t id, char *buf, size_t len)
{
	snprintf(buf, len, "-");
	if (present)
		snprintf(buf, len, "%" PRIu64, id);
	return buf;
}

static void detail(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

static void detail(const char *format, ...)
{
	va_list args;

	putchar(' ');
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
}

static const char *plural(uint32_t n)
{
	return n == 1 ? "" : "s";
}

/* How long the member took to ack since its stage was asked; 0: not known. */
static uint64_t took_ns(const struct monitor *m,
			const struct vmopnotify_event *ev)
{
	uint64_t asked_ns;

	if (ev->stage >= VMOPNOTIFY_STAGES)
		return 0;
	asked_ns = m->asked_ns[ev->stage];
	return asked_ns && ev->time_ns > asked_ns ? ev->time_ns - asked_ns : 0;
}

static void detail_start(const struct vmopnotify_event *ev)
{
	char type[64], left[64];

	detail("%s, %u member%s, %s",
	       text_clean(ev->operation_type, type, sizeof(type)), ev->members,
	       plural(ev->members),
	       left_text(ev->deadline_ns, ev->time_ns, left, sizeof(left)));
	if (ev->flags & VMOPNOTIFY_F_GUARANTEED)
		printf(", guaranteed");
}

static void detail_acked(const struct monitor *m,
			 const struct vmopnotify_event *ev)
{
	uint64_t ns = took_ns(m, ev);
	char name[128], text[64];

	detail("%s ", text_clean(ev->text, name, sizeof(name)));
	if (ev->flags & VMOPNOTIFY_F_LEFT)
		printf("left or died without an ack");
	else
		printf("%s", errno_text(ev->result, text, sizeof(text)));
	if (ns)
		printf(" after %s", duration_text(ns, text, sizeof(text)));
	if (ev->flags & VMOPNOTIFY_F_LATE)
		printf(", late");
	printf(", outstanding %u", ev->pending);
}

static void detail_end(const struct vmopnotify_event *ev)
{
	const char *status = vmopnotify_end_name(ev->status);
	char text[128];

	detail("%s", status);
	if (ev->text[0] && strcmp(ev->text, status))
		printf(" (%s)", text_clean(ev->text, text, sizeof(text)));
	if (ev->flags & VMOPNOTIFY_F_STRAY)
		printf(", of an operation that was not open");
	if (ev->quiesce_ns)
		printf(", quiesced after %s",
		       duration_text(ev->quiesce_ns, text, sizeof(text)));
	if (ev->stun_ns)
		printf(", stun %s",
		       duration_text(ev->stun_ns, text, sizeof(text)));
}

static void details(const struct monitor *m, const struct vmopnotify_event *ev)
{
	char text[128];

	switch (ev->type) {
	case VMOPNOTIFY_EVENT_ATTACHED:
		detail("helper registered as \"%s\"",
		       text_clean(ev->text, text, sizeof(text)));
		break;
	case VMOPNOTIFY_EVENT_DETACHED:
		detail("the helper is gone");
		break;
	case VMOPNOTIFY_EVENT_START:
		detail_start(ev);
		break;
	case VMOPNOTIFY_EVENT_PREPARE:
		detail("stage %u is to get quiet", ev->stage);
		break;
	case VMOPNOTIFY_EVENT_ACKED:
		detail_acked(m, ev);
		break;
	case VMOPNOTIFY_EVENT_QUIESCED:
		detail("all are quiet after %s%s",
		       duration_text(ev->quiesce_ns, text, sizeof(text)),
		       ev->flags & VMOPNOTIFY_F_LATE ? ", late" : "");
		break;
	case VMOPNOTIFY_EVENT_EXPIRED:
		detail("%u missing: %s", ev->pending,
		       text_clean(ev->text, text, sizeof(text)));
		break;
	case VMOPNOTIFY_EVENT_TIMEOUT_CHANGE:
		if (ev->deadline_ns)
			detail("%s", left_text(ev->deadline_ns, ev->time_ns,
					       text, sizeof(text)));
		break;
	case VMOPNOTIFY_EVENT_STUN:
		detail("%s", duration_text(ev->stun_ns, text, sizeof(text)));
		break;
	case VMOPNOTIFY_EVENT_END:
		detail_end(ev);
		break;
	}
}

static cJSON *json_line(uint64_t time_ns, const char *what)
{
	cJSON *obj = cJSON_CreateObject();
	char wall[64];

	add_text(obj, "time", wall_text(time_ns, true, wall, sizeof(wall)));
	add_u64(obj, "time_ns", time_ns);
	add_text(obj, "event", what);
	return obj;
}

static void json_operation(cJSON *obj, uint64_t id, const char *type,
			   uint32_t flags)
{
	add_u64(obj, "operation_id", id);
	add_text(obj, "operation_type", type);
	add_operation_flags(obj, flags);
}

/* The moment that left_ms counts from is that of the line. */
static void json_deadline(cJSON *obj, uint64_t deadline_ns, uint64_t time_ns)
{
	int64_t left_ns = (int64_t)(deadline_ns - time_ns);

	add_u64(obj, "deadline_ns", deadline_ns);
	add_s64(obj, "left_ms", left_ns / (int64_t)NSEC_PER_MSEC);
}

static void json_acked(cJSON *obj, const struct monitor *m,
		       const struct vmopnotify_event *ev)
{
	uint64_t ns = took_ns(m, ev);
	char name[32];

	add_text(obj, "consumer", ev->text);
	add_u64(obj, "stage", ev->stage);
	add_s64(obj, "result", ev->result);
	add_text(obj, "result_name",
		 errno_name(ev->result, name, sizeof(name)));
	cJSON_AddBoolToObject(obj, "left", !!(ev->flags & VMOPNOTIFY_F_LEFT));
	if (ns)
		add_u64(obj, "took_us", ns / NSEC_PER_USEC);
}

static void json_details(cJSON *obj, const struct monitor *m,
			 const struct vmopnotify_event *ev)
{
	switch (ev->type) {
	case VMOPNOTIFY_EVENT_ATTACHED:
		add_text(obj, "app_name", ev->text);
		break;
	case VMOPNOTIFY_EVENT_PREPARE:
		add_u64(obj, "stage", ev->stage);
		break;
	case VMOPNOTIFY_EVENT_ACKED:
		json_acked(obj, m, ev);
		break;
	case VMOPNOTIFY_EVENT_EXPIRED:
		add_text(obj, "missing", ev->text);
		break;
	case VMOPNOTIFY_EVENT_END:
		add_text(obj, "status", vmopnotify_end_name(ev->status));
		add_text(obj, "text", ev->text);
		cJSON_AddBoolToObject(obj, "stray",
				      !!(ev->flags & VMOPNOTIFY_F_STRAY));
		break;
	}
}

static int print_json(const struct monitor *m,
		      const struct vmopnotify_event *ev)
{
	cJSON *obj = json_line(ev->time_ns, vmopnotify_event_name(ev->type));

	add_u64(obj, "event_type", ev->type);
	add_u64(obj, "seq", ev->seq);
	add_text(obj, "state", vmopnotify_state_name(ev->state));
	if (has_operation(ev))
		json_operation(obj, ev->operation_id, ev->operation_type,
			       ev->flags);
	if (ev->deadline_ns) {
		json_deadline(obj, ev->deadline_ns, ev->time_ns);
		add_u64(obj, "members", ev->members);
		add_u64(obj, "pending", ev->pending);
	}
	json_details(obj, m, ev);
	if (ev->quiesce_ns)
		add_u64(obj, "quiesce_us", ev->quiesce_ns / NSEC_PER_USEC);
	if (ev->stun_ns)
		add_u64(obj, "stun_us", ev->stun_ns / NSEC_PER_USEC);
	return print_object(obj);
}

static int print_plain(const struct monitor *m,
		       const struct vmopnotify_event *ev)
{
	char id[24];

	begin_line(ev->time_ns, vmopnotify_event_name(ev->type),
		   vmopnotify_state_name(ev->state),
		   id_text(has_operation(ev), ev->operation_id, id, sizeof(id)),
		   ev->flags);
	details(m, ev);
	putchar('\n');
	return 0;
}

static int print_lost(const struct monitor *m, uint64_t lost)
{
	uint64_t now_ns = monotonic_ns();
	cJSON *obj;

	if (m->json) {
		obj = json_line(now_ns, "overrun");
		add_u64(obj, "lost", lost);
		return print_object(obj);
	}
	begin_line(now_ns, "overrun", "-", "-", 0);
	detail("%" PRIu64 " events were lost, as they came faster than they were read\n",
	       lost);
	return 0;
}

static void remember(struct monitor *m, const struct vmopnotify_event *ev)
{
	m->seq = ev->seq + 1;
	if (ev->type == VMOPNOTIFY_EVENT_START)
		memset(m->asked_ns, 0, sizeof(m->asked_ns));
	if (ev->type == VMOPNOTIFY_EVENT_PREPARE &&
	    ev->stage < VMOPNOTIFY_STAGES)
		m->asked_ns[ev->stage] = ev->time_ns;
}

static int take_event(struct monitor *m, const struct vmopnotify_event *ev)
{
	int ret = 0;

	/* It is part of the state that was printed. */
	if (ev->seq < m->seq)
		return 0;
	if (ev->seq > m->seq) {
		ret = print_lost(m, ev->seq - m->seq);
		/* What was asked of whom may be among them. */
		memset(m->asked_ns, 0, sizeof(m->asked_ns));
	}
	remember(m, ev);
	if (!ret)
		ret = m->json ? print_json(m, ev) : print_plain(m, ev);
	m->count++;
	return ret ? ret : output_flush();
}

static bool is_complete(const struct monitor *m)
{
	return m->limit && m->count >= m->limit;
}

/* Return: 0 when there is nothing more to read, or a negative errno. */
static int take_events(struct monitor *m)
{
	struct vmopnotify_event events[DEVICE_RECORDS];
	int i, n, ret;

	for (;;) {
		n = vmopnotify_next_events(m->device, events, DEVICE_RECORDS);
		if (n == -EAGAIN)
			return 0;
		if (n == -EPIPE)
			continue;	/* the next record's seq tells */
		if (n < 0) {
			error_line("cannot read %s: %s", DEVICE_PATH,
				   strerror(-n));
			return n;
		}
		for (i = 0; i < n && !is_complete(m); i++) {
			ret = take_event(m, &events[i]);
			if (ret)
				return ret;
		}
		if (is_complete(m))
			return 0;
	}
}

static void present_plain(const struct vmopnotify_status *st,
			  const struct vmopnotify_operation *op,
			  uint64_t now_ns)
{
	char type[64], left[64], id[24];
	bool open = op->start_ns;

	begin_line(now_ns, "present", vmopnotify_state_name(st->state),
		   id_text(open, op->operation_id, id, sizeof(id)), op->flags);
	if (open)
		detail("%s, %u member%s, outstanding %u, %s,",
		       text_clean(op->operation_type, type, sizeof(type)),
		       op->members, plural(op->members), op->pending,
		       left_text(op->deadline_ns, now_ns, left, sizeof(left)));
	detail("%u consumer%s\n", st->consumers, plural(st->consumers));
}

static int present_json(const struct vmopnotify_status *st,
			const struct vmopnotify_operation *op, uint64_t now_ns)
{
	cJSON *obj = json_line(now_ns, "present");

	add_u64(obj, "seq", st->seq);
	add_text(obj, "state", vmopnotify_state_name(st->state));
	add_u64(obj, "consumers", st->consumers);
	if (op->start_ns) {
		json_operation(obj, op->operation_id, op->operation_type,
			       op->flags);
		json_deadline(obj, op->deadline_ns, now_ns);
		add_u64(obj, "members", op->members);
		add_u64(obj, "pending", op->pending);
	}
	return print_object(obj);
}

static int print_present(struct monitor *m)
{
	struct vmopnotify_operation op;
	struct vmopnotify_status st;
	int ret;

	ret = device_snapshot(m->device, &st, &op);
	if (ret)
		return ret;
	m->seq = st.seq;
	if (m->json)
		ret = present_json(&st, &op, monotonic_ns());
	else
		present_plain(&st, &op, monotonic_ns());
	return ret ? ret : output_flush();
}

static int monitor(struct monitor *m)
{
	struct pollfd pfd = { .events = POLLIN };
	int ret;

	ret = device_open(&m->device, false);
	if (ret)
		return ret;
	pfd.fd = vmopnotify_fd(m->device);
	ret = print_present(m);
	while (!ret && !is_complete(m)) {
		if (poll(&pfd, 1, -1) < 0 && errno != EINTR) {
			ret = -errno;
			error_line("cannot poll %s: %m", DEVICE_PATH);
			break;
		}
		ret = take_events(m);
	}
	vmopnotify_close(m->device);
	return ret;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "count", required_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{}
	};
	struct monitor m = {};
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 'h')
			return command_help(&command_monitor);
		if (c == 'j')
			m.json = true;
		else if (c != 'n')
			return command_usage(&command_monitor, NULL);
		else if (!parse_number(optarg, UINT64_MAX, &m.limit) ||
			 !m.limit)
			return command_usage(&command_monitor,
					     "--count takes a number, not \"%s\"",
					     optarg);
	}
	if (optind < argc)
		return command_usage(&command_monitor,
				     "unexpected argument \"%s\"",
				     argv[optind]);
	return monitor(&m) ? COMMAND_FAILED : COMMAND_OK;
}

const struct command command_monitor = {
	.name = "monitor",
	.summary = "prints each event as it comes",
	.help =
	"\n"
	"usage: vmopnotifyctl monitor [--json] [--count N]\n"
	"\n"
	"Prints the present state, then a line for each event: local time,\n"
	"event, the state that it led to, operation id, details.  What comes of\n"
	"a drill says DRILL.\n"
	"\n"
	"  --json     prints an object on each line\n"
	"  --count N  exits after N events\n"
	"\n"
	"Needs read permission on " DEVICE_PATH ".  Exit codes: 0, 1 failed,\n"
	"2 wrong usage.\n",
	.run = run,
};
