// SPDX-License-Identifier: GPL-2.0
/* What all that tell the state say while no thread does anything, see rest.h. */
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include <netlink/attr.h>

#include "rest.h"

static void ask_sysfs(const char *name, char *to, size_t size)
{
	char path[64];

	snprintf(path, sizeof(path), SYSFS "%s", name);
	snprintf(to, size, "%s", read_file(path));
}

static struct vmopnotify_status ask_state(void)
{
	struct vmopnotify_status status;

	if (ioctl(fuzz.guard, VMOPNOTIFY_IOC_GET_STATE, &status))
		die("GET_STATE");
	return status;
}

void rest_ask(struct worker *w, struct socket *s, struct told *told)
{
	struct message m;

	trace_mark();
	told->status = ask_state();
	told->page_read = !vmopnotify_page_read(fuzz.page, &told->page);
	message_begin(&m, fuzz.family, VMOPNOTIFY_CMD_GET, ++s->seq);
	if (socket_exchange(w, s, &m, &told->get))
		flaw(REST, "GET is refused");
	ask_sysfs("state", told->state, sizeof(told->state));
	ask_sysfs("consumers", told->consumers, sizeof(told->consumers));
	ask_sysfs("operations", told->operations, sizeof(told->operations));
	ask_sysfs("expired", told->expired, sizeof(told->expired));
	ask_sysfs("pending", told->pending, sizeof(told->pending));
	ask_sysfs("last_result", told->last_result, sizeof(told->last_result));
	ask_sysfs("operation_id", told->operation_id,
		  sizeof(told->operation_id));
	told->seq_after = ask_state().seq;
}

static void same(const char *what, u64 got, u64 wanted)
{
	if (got != wanted)
		flaw(REST, "at rest: %s is %llu, but %llu in the machine",
		     what, got, wanted);
}

static void same_text(const char *what, const char *got, const char *wanted)
{
	if (strcmp(got, wanted))
		flaw(REST, "at rest: %s is \"%s\", but \"%s\" in the machine",
		     what, got, wanted);
}

/* HOST_ACKED may have come since the last record. */
static u32 flags_of(const struct operation *op, u32 told)
{
	struct operation copy = *op;

	if (told & VMOPNOTIFY_F_HOST_ACKED)
		operation_host_acked(&copy, copy.id);
	return operation_is_open(&copy) ? copy.flags : 0;
}

static void check_status(const char *how, const struct vmopnotify_status *st,
			 const struct checkpoint *at)
{
	const struct operation *op = &at->machine;
	bool open = operation_is_open(op);

	same(how, st->seq, at->seq);
	same("its state", st->state, op->state);
	same("its operation_id", st->operation_id, open ? op->id : 0);
	same("its deadline_ns", st->deadline_ns, open ? op->deadline_ns : 0);
	same("its flags", st->flags, flags_of(op, st->flags));
	same("its stage", st->stage, open ? operation_top_stage(op) : 0);
	same("its pending", st->pending, open ? op->pending : 0);
	same("its consumers", st->consumers, op->consumers);
	same("its operations", st->operations, op->operations);
}

static void check_operation(struct nlattr **a, const struct operation *op)
{
	u32 flags = vmop_attr_u32(a, VMOPNOTIFY_A_FLAGS, 0);

	same("START_NS", vmop_attr_u64(a, VMOPNOTIFY_A_START_NS, 0),
	     op->start_ns);
	same("DEADLINE_NS", vmop_attr_u64(a, VMOPNOTIFY_A_DEADLINE_NS, 0),
	     op->deadline_ns);
	same("FLAGS", flags, flags_of(op, flags));
	same("STAGE", vmop_attr_u32(a, VMOPNOTIFY_A_STAGE, 99),
	     operation_top_stage(op));
	same("MEMBERS", vmop_attr_u32(a, VMOPNOTIFY_A_MEMBERS, 0),
	     op->members);
	same("PENDING", vmop_attr_u32(a, VMOPNOTIFY_A_PENDING, 0),
	     op->pending);
	same("OPERATION_ID", vmop_attr_u64(a, VMOPNOTIFY_A_OPERATION_ID, 0),
	     op->id);
}

static void check_get(struct nlattr **a, const struct operation *op)
{
	same("STATE", vmop_attr_u32(a, VMOPNOTIFY_A_STATE, 99), op->state);
	same("CONSUMERS", vmop_attr_u32(a, VMOPNOTIFY_A_CONSUMERS, ~0U),
	     op->consumers);
	same("OPERATIONS", vmop_attr_u64(a, VMOPNOTIFY_A_OPERATIONS, 0),
	     op->operations);
	same("EXPIRED", vmop_attr_u64(a, VMOPNOTIFY_A_EXPIRED, 0), op->expired);
	same("LOST", vmop_attr_u64(a, VMOPNOTIFY_A_LOST, 0), op->lost);
	same("STRAY_ENDS", vmop_attr_u64(a, VMOPNOTIFY_A_STRAY_ENDS, 0),
	     op->stray_ends);
	same("ACK_ERRORS", vmop_attr_u64(a, VMOPNOTIFY_A_ACK_ERRORS, 0),
	     op->ack_errors);
	same("LAST_STATUS", vmop_attr_u32(a, VMOPNOTIFY_A_LAST_STATUS, 99),
	     op->last_status);
	same("LAST_QUIESCE_NS",
	     vmop_attr_u64(a, VMOPNOTIFY_A_LAST_QUIESCE_NS, 0),
	     op->last_quiesce_ns);
	same("LAST_STUN_NS", vmop_attr_u64(a, VMOPNOTIFY_A_LAST_STUN_NS, 0),
	     op->last_stun_ns);
	same("a helper's APP_NAME", !!a[VMOPNOTIFY_A_APP_NAME], op->attached);
	same("an operation's id", !!a[VMOPNOTIFY_A_OPERATION_ID],
	     operation_is_open(op));
	if (operation_is_open(op))
		check_operation(a, op);
}

static void check_reply(struct message *m, const struct operation *op)
{
	struct nlattr *attrs[VMOPNOTIFY_A_MAX + 1];
	int headers = NLMSG_HDRLEN + GENL_HDRLEN;

	if (m->size < (size_t)headers ||
	    nla_parse(attrs, VMOPNOTIFY_A_MAX, (void *)(m->bytes + headers),
		      m->size - headers, NULL) < 0)
		flaw(REST, "GET's reply cannot be parsed");
	else
		check_get(attrs, op);
}

static void same_number(const char *what, const char *got, u64 wanted)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", wanted);
	same_text(what, got, text);
}

static void check_sysfs(const struct told *told, const struct operation *op)
{
	static const char * const states[] = { "detached", "idle", "quiescing",
					       "quiesced", "expired" };
	static const char * const ends[] = { "none", "success", "failed",
					     "lost" };
	bool open = operation_is_open(op);

	same_text("sysfs state", told->state, states[op->state]);
	same_number("sysfs consumers", told->consumers, op->consumers);
	same_number("sysfs operations", told->operations, op->operations);
	same_number("sysfs expired", told->expired, op->expired);
	same_number("sysfs pending", told->pending, open ? op->pending : 0);
	same_text("sysfs last_result", told->last_result,
		  ends[op->last_status]);
	if (open)
		same_number("sysfs operation_id", told->operation_id, op->id);
	else
		same_text("sysfs operation_id", told->operation_id, "none");
}

void rest_check(struct told *told, const struct checkpoint *at)
{
	/* A timer has written a record meanwhile: that it did is no flaw. */
	if (told->seq_after != at->seq)
		return;
	check_status("GET_STATE's seq", &told->status, at);
	if (told->page_read)
		check_status("the page's seq", &told->page, at);
	check_reply(&told->get, &at->machine);
	check_sysfs(told, &at->machine);
}
