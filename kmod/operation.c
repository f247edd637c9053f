// SPDX-License-Identifier: GPL-2.0
/*
 * The state machine.  See operation.h, and the head of the userspace header
 * for what it means to those who take part.
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/time64.h>

#include "operation.h"

/* A record of the present, for an event's own fields to be added. */
static struct vmopnotify_event record(const struct operation *op,
				      enum vmopnotify_event_type type)
{
	struct vmopnotify_event ev = {
		.time_ns = op->now_ns,
		.type = type,
		.state = op->state,
	};

	if (!operation_is_open(op))
		return ev;

	ev.operation_id = op->id;
	ev.deadline_ns = op->deadline_ns;
	ev.quiesce_ns = op->quiesce_ns;
	ev.stun_ns = op->stun_ns;
	ev.flags = op->flags;
	ev.members = op->members;
	ev.pending = op->pending;
	strscpy(ev.operation_type, op->type, sizeof(ev.operation_type));
	return ev;
}

static void emit(struct operation *op, enum vmopnotify_event_type type)
{
	struct vmopnotify_event ev = record(op, type);

	op->emit(op, &ev);
}

static void ask_stage(struct operation *op, u32 stage)
{
	struct vmopnotify_event ev;

	op->stages_asked = stage + 1;
	ev = record(op, VMOPNOTIFY_EVENT_PREPARE);
	ev.stage = stage;
	op->emit(op, &ev);
}

static void quiesced(struct operation *op)
{
	if (op->state == VMOPNOTIFY_STATE_EXPIRED)
		op->flags |= VMOPNOTIFY_F_LATE;
	op->state = VMOPNOTIFY_STATE_QUIESCED;
	op->quiesce_ns = op->now_ns - op->start_ns;
	emit(op, VMOPNOTIFY_EVENT_QUIESCED);
}

/*
 * Ask the next stage that has somebody outstanding once those before it have
 * nobody.  Stages whose members have all left are passed over.
 */
static void advance(struct operation *op)
{
	u32 stage = operation_top_stage(op);

	if (!op->pending) {
		quiesced(op);
		return;
	}
	while (!op->pending_in[stage])
		stage++;
	if (stage >= op->stages_asked)
		ask_stage(op, stage);
}

/* A member that was outstanding no longer is. */
static void settle(struct operation *op, struct participant *p, int result,
		   u32 flags)
{
	struct vmopnotify_event ev;

	op->pending--;
	op->pending_in[p->stage]--;

	ev = record(op, VMOPNOTIFY_EVENT_ACKED);
	ev.stage = p->stage;
	ev.result = result;
	ev.flags |= flags;
	if (op->state == VMOPNOTIFY_STATE_EXPIRED)
		ev.flags |= VMOPNOTIFY_F_LATE;
	strscpy(ev.text, p->name, sizeof(ev.text));
	op->emit(op, &ev);

	advance(op);
}

static void close_operation(struct operation *op,
			    enum vmopnotify_end_status status, const char *text)
{
	struct vmopnotify_event ev = record(op, VMOPNOTIFY_EVENT_END);

	op->state = op->attached ? VMOPNOTIFY_STATE_IDLE :
				   VMOPNOTIFY_STATE_DETACHED;
	op->last_status = status;
	op->last_quiesce_ns = op->quiesce_ns;
	op->last_stun_ns = op->stun_ns;
	if (status == VMOPNOTIFY_END_LOST)
		op->lost++;

	ev.state = op->state;
	ev.status = status;
	strscpy(ev.text, text, sizeof(ev.text));
	op->emit(op, &ev);
}

static void expire(struct operation *op)
{
	op->state = VMOPNOTIFY_STATE_EXPIRED;
	op->expired++;
	emit(op, VMOPNOTIFY_EVENT_EXPIRED);
}

static u64 given_up_ns(const struct operation *op)
{
	return op->deadline_ns + op->end_timeout_ns;
}

void operation_init(struct operation *op, u64 end_timeout_ns,
		    operation_emit_fn emit)
{
	memset(op, 0, sizeof(*op));
	op->emit = emit;
	op->end_timeout_ns = end_timeout_ns;
	op->state = VMOPNOTIFY_STATE_DETACHED;
}

void operation_tick(struct operation *op, u64 now_ns)
{
	op->now_ns = now_ns;

	if (op->state == VMOPNOTIFY_STATE_QUIESCING &&
	    now_ns >= op->deadline_ns)
		expire(op);
	if (operation_is_open(op) && now_ns >= given_up_ns(op))
		close_operation(op, VMOPNOTIFY_END_LOST, "no end in time");
}

u64 operation_next_ns(const struct operation *op)
{
	if (op->state == VMOPNOTIFY_STATE_QUIESCING)
		return op->deadline_ns;
	if (operation_is_open(op))
		return given_up_ns(op);
	return 0;
}

int operation_attach(struct operation *op, const char *app_name,
		     u32 timeout_ms, bool guaranteed)
{
	struct vmopnotify_event ev;

	if (op->attached)
		return -EBUSY;

	op->attached = true;
	op->guaranteed = guaranteed;
	op->host_timeout_ms = timeout_ms;
	if (op->state == VMOPNOTIFY_STATE_DETACHED)
		op->state = VMOPNOTIFY_STATE_IDLE;

	ev = record(op, VMOPNOTIFY_EVENT_ATTACHED);
	strscpy(ev.text, app_name, sizeof(ev.text));
	op->emit(op, &ev);
	return 0;
}

void operation_detach(struct operation *op)
{
	if (!op->attached)
		return;

	op->attached = false;
	if (op->state == VMOPNOTIFY_STATE_IDLE)
		op->state = VMOPNOTIFY_STATE_DETACHED;
	emit(op, VMOPNOTIFY_EVENT_DETACHED);
}

static int may_start(const struct operation *op,
		     const struct operation_notice *notice)
{
	if (operation_is_open(op) && notice->drill)
		return -EBUSY;
	if (operation_is_open(op) && !operation_is_drill(op) &&
	    op->id == notice->id)
		return -EALREADY;
	if (notice->age_ms >= notice->timeout_ms)
		return -ESTALE;
	return 0;
}

/* Count an operation's timeout from the notice. */
static void set_deadline(struct operation *op, u32 timeout_ms)
{
	s64 deadline_ns = op->notice_ns + timeout_ms * (s64)NSEC_PER_MSEC;

	op->timeout_ms = timeout_ms;
	op->deadline_ns = max_t(s64, deadline_ns, 1);
}

static void open_operation(struct operation *op,
			   const struct operation_notice *notice)
{
	op->epoch++;
	op->operations++;
	op->state = VMOPNOTIFY_STATE_QUIESCING;
	op->id = notice->id;
	strscpy(op->type, notice->type, sizeof(op->type));
	op->flags = 0;
	if (notice->drill)
		op->flags |= VMOPNOTIFY_F_DRILL;
	else
		op->host_timeout_ms = notice->timeout_ms;
	if (!notice->drill && op->guaranteed)
		op->flags |= VMOPNOTIFY_F_GUARANTEED;
	op->start_ns = op->now_ns;
	op->notice_ns = op->now_ns - notice->age_ms * (s64)NSEC_PER_MSEC;
	set_deadline(op, notice->timeout_ms);
	op->quiesce_ns = 0;
	op->stun_ns = 0;
	op->stages_asked = 0;
	op->members = op->consumers;
	op->pending = op->consumers;
	memcpy(op->pending_in, op->joined, sizeof(op->pending_in));
}

int operation_start(struct operation *op, const struct operation_notice *notice)
{
	int ret = may_start(op, notice);

	if (ret)
		return ret;
	if (operation_is_open(op))
		close_operation(op, VMOPNOTIFY_END_LOST,
				"another operation started");

	open_operation(op, notice);
	emit(op, VMOPNOTIFY_EVENT_START);
	advance(op);
	return 0;
}

int operation_end(struct operation *op, u64 id, bool drill,
		  enum vmopnotify_end_status status, const char *text)
{
	struct vmopnotify_event ev;

	if (operation_is_open(op) && op->id == id &&
	    operation_is_drill(op) == drill) {
		close_operation(op, status, text);
		return 0;
	}
	if (drill)
		return -ENOENT;

	op->stray_ends++;
	ev = (struct vmopnotify_event) {
		.time_ns = op->now_ns,
		.operation_id = id,
		.type = VMOPNOTIFY_EVENT_END,
		.state = op->state,
		.flags = VMOPNOTIFY_F_STRAY,
		.status = status,
	};
	strscpy(ev.text, text, sizeof(ev.text));
	op->emit(op, &ev);
	return 0;
}

void operation_change_timeout(struct operation *op, u32 timeout_ms,
			      bool drill)
{
	if (!drill)
		op->host_timeout_ms = timeout_ms;
	if (operation_is_open(op) && operation_is_drill(op) == drill)
		set_deadline(op, timeout_ms);
	emit(op, VMOPNOTIFY_EVENT_TIMEOUT_CHANGE);
	operation_tick(op, op->now_ns);
}

int operation_host_acked(struct operation *op, u64 id)
{
	if (op->state != VMOPNOTIFY_STATE_QUIESCED || op->id != id ||
	    operation_is_drill(op))
		return -ESTALE;

	op->flags |= VMOPNOTIFY_F_HOST_ACKED;
	return 0;
}

void operation_stun(struct operation *op, u64 stun_ns)
{
	struct vmopnotify_event ev;

	if (!operation_may_be_stunned(op))
		return;

	op->stun_ns = max(op->stun_ns, stun_ns);
	ev = record(op, VMOPNOTIFY_EVENT_STUN);
	ev.stun_ns = stun_ns;
	op->emit(op, &ev);
}

int operation_join(struct operation *op, struct participant *p)
{
	if (p->joined)
		return -EISCONN;

	p->joined = true;
	p->joined_epoch = op->epoch;
	p->acked_epoch = 0;
	p->result = 0;
	op->consumers++;
	op->joined[p->stage]++;
	return 0;
}

int operation_ack(struct operation *op, struct participant *p, u64 id,
		  int result)
{
	if (!p->joined)
		return -ENOTCONN;
	if (!operation_is_open(op) || op->id != id)
		return -ESTALE;
	if (!operation_is_member(op, p))
		return -ENOTCONN;
	if (!operation_has_asked(op, p))
		return -EAGAIN;
	if (operation_has_acked(op, p))
		return -EALREADY;

	p->acked_epoch = op->epoch;
	p->result = result;
	if (result)
		op->ack_errors++;
	settle(op, p, result, 0);
	return 0;
}

int operation_leave(struct operation *op, struct participant *p)
{
	bool missing = operation_is_missing(op, p);

	if (!p->joined)
		return -ENOTCONN;

	p->joined = false;
	op->consumers--;
	op->joined[p->stage]--;
	if (missing)
		settle(op, p, 0, VMOPNOTIFY_F_LEFT);
	return 0;
}
