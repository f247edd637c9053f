// SPDX-License-Identifier: GPL-2.0
/* An event as a line, see event_line.h. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include "event_line.h"
#include <vmopnotify.h>
#include "output.h"

/* The columns that all lines have; details follow. */
static void begin_line(const struct event_line *l, uint64_t time_ns,
		       const char *what, const char *state, const char *id,
		       uint32_t flags)
{
	char wall[32];

	fprintf(l->out, "%s  %-14s  %-9s  %-20s %s",
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

static void detail(const struct event_line *l, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void detail(const struct event_line *l, const char *format, ...)
{
	va_list args;

	fputc(' ', l->out);
	va_start(args, format);
	vfprintf(l->out, format, args);
	va_end(args);
}

static const char *plural(uint32_t n)
{
	return n == 1 ? "" : "s";
}

/* How long the member took to ack since its stage was asked; 0: not known. */
static uint64_t took_ns(const struct event_line *l,
			const struct vmopnotify_event *ev)
{
	uint64_t asked_ns;

	if (ev->stage >= VMOPNOTIFY_STAGES)
		return 0;
	asked_ns = l->asked_ns[ev->stage];
	return asked_ns && ev->time_ns > asked_ns ? ev->time_ns - asked_ns : 0;
}

static void detail_start(const struct event_line *l,
			 const struct vmopnotify_event *ev)
{
	char type[64], left[64];

	detail(l, "%s, %u member%s, %s",
	       text_clean(ev->operation_type, type, sizeof(type)), ev->members,
	       plural(ev->members),
	       left_text(ev->deadline_ns, ev->time_ns, left, sizeof(left)));
	if (ev->flags & VMOPNOTIFY_F_GUARANTEED)
		fprintf(l->out, ", guaranteed");
}

static void detail_acked(const struct event_line *l,
			 const struct vmopnotify_event *ev)
{
	uint64_t ns = took_ns(l, ev);
	char name[128], text[64];

	detail(l, "%s ", text_clean(ev->text, name, sizeof(name)));
	if (ev->flags & VMOPNOTIFY_F_LEFT)
		fprintf(l->out, "left or died without an ack");
	else
		fputs(errno_text(ev->result, text, sizeof(text)), l->out);
	if (ns)
		fprintf(l->out, " after %s",
			duration_text(ns, text, sizeof(text)));
	if (ev->flags & VMOPNOTIFY_F_LATE)
		fprintf(l->out, ", late");
	fprintf(l->out, ", outstanding %u", ev->pending);
}

static void detail_end(const struct event_line *l,
		       const struct vmopnotify_event *ev)
{
	const char *status = vmopnotify_end_name(ev->status);
	char text[128];

	detail(l, "%s", status);
	if (ev->text[0] && strcmp(ev->text, status))
		fprintf(l->out, " (%s)",
			text_clean(ev->text, text, sizeof(text)));
	if (ev->flags & VMOPNOTIFY_F_STRAY)
		fprintf(l->out, ", of an operation that was not open");
	if (ev->quiesce_ns)
		fprintf(l->out, ", quiesced after %s",
			duration_text(ev->quiesce_ns, text, sizeof(text)));
	if (ev->stun_ns)
		fprintf(l->out, ", stun %s",
			duration_text(ev->stun_ns, text, sizeof(text)));
}

static void details(const struct event_line *l,
		    const struct vmopnotify_event *ev)
{
	char text[128];

	switch (ev->type) {
	case VMOPNOTIFY_EVENT_ATTACHED:
		detail(l, "helper registered as \"%s\"",
		       text_clean(ev->text, text, sizeof(text)));
		break;
	case VMOPNOTIFY_EVENT_DETACHED:
		detail(l, "the helper is gone");
		break;
	case VMOPNOTIFY_EVENT_START:
		detail_start(l, ev);
		break;
	case VMOPNOTIFY_EVENT_PREPARE:
		detail(l, "stage %u is to get quiet", ev->stage);
		break;
	case VMOPNOTIFY_EVENT_ACKED:
		detail_acked(l, ev);
		break;
	case VMOPNOTIFY_EVENT_QUIESCED:
		detail(l, "all are quiet after %s%s",
		       duration_text(ev->quiesce_ns, text, sizeof(text)),
		       ev->flags & VMOPNOTIFY_F_LATE ? ", late" : "");
		break;
	case VMOPNOTIFY_EVENT_EXPIRED:
		detail(l, "%u missing: %s", ev->pending,
		       text_clean(ev->text, text, sizeof(text)));
		break;
	case VMOPNOTIFY_EVENT_TIMEOUT_CHANGE:
		if (ev->deadline_ns)
			detail(l, "%s",
			       left_text(ev->deadline_ns, ev->time_ns, text,
					 sizeof(text)));
		break;
	case VMOPNOTIFY_EVENT_STUN:
		detail(l, "%s",
		       duration_text(ev->stun_ns, text, sizeof(text)));
		break;
	case VMOPNOTIFY_EVENT_END:
		detail_end(l, ev);
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

static void json_acked(cJSON *obj, const struct event_line *l,
		       const struct vmopnotify_event *ev)
{
	uint64_t ns = took_ns(l, ev);
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

static void json_details(cJSON *obj, const struct event_line *l,
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
		json_acked(obj, l, ev);
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

int event_line_json(const struct event_line *l,
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
	json_details(obj, l, ev);
	if (ev->quiesce_ns)
		add_u64(obj, "quiesce_us", ev->quiesce_ns / NSEC_PER_USEC);
	if (ev->stun_ns)
		add_u64(obj, "stun_us", ev->stun_ns / NSEC_PER_USEC);
	return print_object(obj);
}

void event_line_plain(const struct event_line *l,
		      const struct vmopnotify_event *ev)
{
	char id[24];

	begin_line(l, ev->time_ns, vmopnotify_event_name(ev->type),
		   vmopnotify_state_name(ev->state),
		   id_text(has_operation(ev), ev->operation_id, id, sizeof(id)),
		   ev->flags);
	details(l, ev);
	fputc('\n', l->out);
}

void event_line_lost_plain(const struct event_line *l, uint64_t lost)
{
	begin_line(l, monotonic_ns(), "overrun", "-", "-", 0);
	detail(l, "%" PRIu64 " events were lost, as they came faster than they were read\n",
	       lost);
}

int event_line_lost_json(uint64_t lost)
{
	cJSON *obj = json_line(monotonic_ns(), "overrun");

	add_u64(obj, "lost", lost);
	return print_object(obj);
}

void event_line_present_plain(const struct event_line *l,
			      const struct vmopnotify_status *st,
			      const struct vmopnotify_operation *op,
			      uint64_t now_ns)
{
	char type[64], left[64], id[24];
	bool open = op->start_ns;

	begin_line(l, now_ns, "present", vmopnotify_state_name(st->state),
		   id_text(open, op->operation_id, id, sizeof(id)), op->flags);
	if (open)
		detail(l, "%s, %u member%s, outstanding %u, %s,",
		       text_clean(op->operation_type, type, sizeof(type)),
		       op->members, plural(op->members), op->pending,
		       left_text(op->deadline_ns, now_ns, left, sizeof(left)));
	detail(l, "%u consumer%s\n", st->consumers, plural(st->consumers));
}

int event_line_present_json(const struct vmopnotify_status *st,
			    const struct vmopnotify_operation *op,
			    uint64_t now_ns)
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

void event_line_remember(struct event_line *l,
			 const struct vmopnotify_event *ev)
{
	if (ev->type == VMOPNOTIFY_EVENT_START)
		event_line_forget(l);
	if (ev->type == VMOPNOTIFY_EVENT_PREPARE &&
	    ev->stage < VMOPNOTIFY_STAGES)
		l->asked_ns[ev->stage] = ev->time_ns;
}

void event_line_forget(struct event_line *l)
{
	memset(l->asked_ns, 0, sizeof(l->asked_ns));
}
