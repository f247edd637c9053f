// SPDX-License-Identifier: GPL-2.0
/* What a runner does and when, see runner_logic.h. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "runner_logic.h"

/*
 * A quiesce command is ended this share of its time before the deadline, but
 * at most this long before, so that its ack still comes in time.
 */
#define MARGIN_SHARE	10
#define MARGIN_MAX_NS	NSEC_PER_SEC

/* From SIGTERM to SIGKILL, where the deadline leaves as much. */
#define GRACE_MAX_NS	NSEC_PER_SEC
#define GRACE_MIN_NS	(10 * NSEC_PER_MSEC)

/* Until an unquiesce command that could not be started is tried again. */
#define RETRY_NS	NSEC_PER_SEC

static uint64_t min_ns(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void push(struct runner *r, enum runner_action_type type,
		 const struct runner_op *op, int result)
{
	struct runner_action *a;

	assert(r->count < RUNNER_ACTIONS);
	a = &r->actions[(r->first + r->count++) % RUNNER_ACTIONS];
	a->type = type;
	a->op = *op;
	a->result = result;
}

bool runner_next(struct runner *r, struct runner_action *action)
{
	if (!r->count)
		return false;
	*action = r->actions[r->first];
	r->first = (r->first + 1) % RUNNER_ACTIONS;
	r->count--;
	return true;
}

/*
 * Until when a quiesce command that was due at @from_ns may run; 0: until the
 * operation ends.  That is so where the deadline had passed by then: to get
 * quiet late is better than not at all.
 */
static uint64_t limit_ns(const struct runner *r, const struct runner_op *op,
			 uint64_t from_ns)
{
	uint64_t limit = r->timeout_ns ? from_ns + r->timeout_ns : 0;
	uint64_t left, margin;

	if (op->deadline_ns <= from_ns)
		return limit;
	left = op->deadline_ns - from_ns;
	margin = min_ns(left / MARGIN_SHARE, MARGIN_MAX_NS);
	if (!limit || limit > op->deadline_ns - margin)
		limit = op->deadline_ns - margin;
	return limit;
}

uint64_t runner_limit_ns(const struct runner *r)
{
	return limit_ns(r, &r->op, r->began_ns);
}

/* When the quiesce command has had its time, or its grace; 0: not. */
static uint64_t quiesce_due_ns(const struct runner *r)
{
	if (r->phase != RUNNER_QUIESCING)
		return 0;
	if (r->signalled == RUNNER_UNTOUCHED)
		return runner_limit_ns(r);
	return r->signalled == RUNNER_TERMED ? r->kill_ns : 0;
}

/* When the operation that waits has waited too long; 0: not. */
static uint64_t next_due_ns(const struct runner *r)
{
	if (!r->waiting || r->next_concluded)
		return 0;
	return limit_ns(r, &r->next, r->next_ns);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	if (!a || !b)
		return a ? a : b;
	return min_ns(a, b);
}

uint64_t runner_timer_ns(const struct runner *r)
{
	return earlier(quiesce_due_ns(r), earlier(next_due_ns(r), r->retry_ns));
}

static void begin(struct runner *r, const struct runner_op *op, uint64_t now_ns)
{
	r->phase = RUNNER_QUIESCING;
	r->op = *op;
	r->op_open = true;
	r->concluded = false;
	r->acked = false;
	r->overlong = false;
	r->signalled = RUNNER_UNTOUCHED;
	r->began_ns = now_ns;
	push(r, RUNNER_DO_QUIESCE, op, 0);
}

static void resume(struct runner *r)
{
	r->retry_ns = 0;
	r->phase = RUNNER_RESUMING;
	push(r, RUNNER_DO_UNQUIESCE, &r->op, 0);
}

/* The quiesce command is done with, as far as the operation is concerned. */
static void conclude(struct runner *r, int result)
{
	if (r->concluded)
		return;
	r->concluded = true;
	if (result && r->hold) {
		push(r, RUNNER_DO_HOLD, &r->op, result);
		return;
	}
	r->acked = true;
	push(r, RUNNER_DO_ACK, &r->op, result);
}

static void terminate(struct runner *r, uint64_t now_ns)
{
	uint64_t grace = GRACE_MAX_NS;

	if (r->signalled != RUNNER_UNTOUCHED)
		return;
	/* An ack that is still due is not to miss the deadline for it. */
	if (r->op_open && r->op.deadline_ns > now_ns)
		grace = min_ns(grace, (r->op.deadline_ns - now_ns) / 2);
	if (grace < GRACE_MIN_NS)
		grace = GRACE_MIN_NS;
	r->signalled = RUNNER_TERMED;
	r->kill_ns = now_ns + grace;
	push(r, RUNNER_DO_TERM, &r->op, 0);
}

static void drop_next(struct runner *r)
{
	if (!r->waiting)
		return;
	r->waiting = false;
	if (!r->next_concluded)
		push(r, RUNNER_DO_PASS, &r->next, 0);
}

/*
 * Who stops does not stay for the next operation, which would wait for it.  One
 * that is open and not acked does wait, until what was done for it is undone.
 */
static void leave_early(struct runner *r)
{
	if (!r->stopping || r->left || (r->op_open && !r->acked))
		return;
	r->left = true;
	push(r, RUNNER_DO_LEAVE, &r->op, 0);
}

/* The operation that the application is quiet for has ended. */
static void over(struct runner *r, uint32_t status, uint32_t state,
		 uint64_t stun_ns, uint64_t now_ns)
{
	r->op_open = false;
	r->op.status = status;
	r->op.state = state;
	r->op.stun_ns = stun_ns;
	if (r->phase == RUNNER_QUIESCING)
		terminate(r, now_ns);
	else if (r->phase == RUNNER_QUIET)
		resume(r);
	leave_early(r);
}

/* @op asks this runner to prepare. */
static void ask(struct runner *r, const struct runner_op *op, uint64_t now_ns)
{
	if (r->op_open && r->op.id == op->id)
		return;
	/* One is open at a time: the end of the one before was not seen. */
	if (r->op_open)
		over(r, VMOPNOTIFY_END_LOST, op->state, 0, now_ns);
	if (r->stopping)
		return;
	drop_next(r);
	if (r->phase == RUNNER_NORMAL) {
		begin(r, op, now_ns);
		return;
	}
	r->waiting = true;
	r->next = *op;
	r->next_ns = now_ns;
	r->next_concluded = false;
}

static void move_deadline(struct runner *r, uint64_t id, uint64_t deadline_ns)
{
	if (r->op_open && r->op.id == id)
		r->op.deadline_ns = deadline_ns;
	if (r->waiting && r->next.id == id)
		r->next.deadline_ns = deadline_ns;
}

static void set_type(struct runner_op *op, const char *type)
{
	snprintf(op->type, sizeof(op->type), "%s", type);
}

static void event_prepare(struct runner *r, const struct vmopnotify_event *ev,
			  uint64_t now_ns)
{
	struct runner_op op = {
		.id = ev->operation_id,
		.deadline_ns = ev->deadline_ns,
		.state = ev->state,
		.drill = ev->flags & VMOPNOTIFY_F_DRILL,
	};

	if (ev->stage != r->stage)
		return;
	if (r->late && r->late_id == ev->operation_id)
		return;
	set_type(&op, ev->operation_type);
	ask(r, &op, now_ns);
}

static void event_end(struct runner *r, const struct vmopnotify_event *ev,
		      uint64_t now_ns)
{
	if (ev->flags & VMOPNOTIFY_F_STRAY)
		return;
	r->late = false;
	if (r->op_open && r->op.id == ev->operation_id)
		over(r, ev->status, ev->state, ev->stun_ns, now_ns);
	else if (r->waiting && r->next.id == ev->operation_id)
		drop_next(r);
}

void runner_event(struct runner *r, const struct vmopnotify_event *ev,
		  uint64_t now_ns)
{
	if (ev->seq < r->seq)
		return;
	if (r->op_open && r->op.id == ev->operation_id)
		r->op.state = ev->state;

	switch (ev->type) {
	case VMOPNOTIFY_EVENT_START:
		r->late = false;
		break;
	case VMOPNOTIFY_EVENT_PREPARE:
		event_prepare(r, ev, now_ns);
		break;
	case VMOPNOTIFY_EVENT_TIMEOUT_CHANGE:
		move_deadline(r, ev->operation_id, ev->deadline_ns);
		break;
	case VMOPNOTIFY_EVENT_END:
		event_end(r, ev, now_ns);
		break;
	}
}

/*
 * Is what this runner knows as open not what is open?  An ack that the module
 * does not know of tells a new operation of the same id.
 */
static bool is_another(const struct runner *r,
		       const struct vmopnotify_status *st)
{
	return st->state < VMOPNOTIFY_STATE_QUIESCING ||
	       st->operation_id != r->op.id ||
	       !(st->flags & VMOPNOTIFY_F_DRILL) != !r->op.drill ||
	       (r->acked && !(st->flags & VMOPNOTIFY_F_ACKED));
}

void runner_sync(struct runner *r, const struct vmopnotify_status *st,
		 const char *type, uint64_t now_ns)
{
	bool open = st->state >= VMOPNOTIFY_STATE_QUIESCING;
	struct runner_op op = {
		.id = st->operation_id,
		.deadline_ns = st->deadline_ns,
		.state = st->state,
		.drill = st->flags & VMOPNOTIFY_F_DRILL,
	};

	r->seq = st->seq;
	r->late = open && !(st->flags & VMOPNOTIFY_F_MEMBER);
	r->late_id = st->operation_id;

	/* How it ended was in a record that is gone. */
	if (r->op_open && is_another(r, st))
		over(r, VMOPNOTIFY_END_NONE, st->state, 0, now_ns);
	if (r->waiting && (!open || r->next.id != st->operation_id))
		drop_next(r);
	if (!open)
		return;

	move_deadline(r, st->operation_id, st->deadline_ns);
	if (r->waiting || !(st->flags & VMOPNOTIFY_F_ASKED) ||
	    st->flags & VMOPNOTIFY_F_ACKED)
		return;
	set_type(&op, type);
	ask(r, &op, now_ns);
}

void runner_restore(struct runner *r, const struct runner_op *op, bool open)
{
	r->phase = RUNNER_QUIET;
	r->op = *op;
	r->op_open = open;
	r->concluded = true;
	if (!open)
		resume(r);
}

static void quiesce_done(struct runner *r, int result)
{
	r->phase = RUNNER_QUIET;
	if (!r->op_open || r->stopping)
		resume(r);
	else
		conclude(r, r->overlong ? ETIMEDOUT : result);
}

/* Nothing is to be undone: on with what comes next. */
static void at_rest(struct runner *r, uint64_t now_ns)
{
	r->phase = RUNNER_NORMAL;
	r->op_open = false;
	if (r->stopping) {
		push(r, RUNNER_DO_EXIT, &r->op, 0);
	} else if (r->waiting) {
		r->waiting = false;
		if (!r->next_concluded)
			begin(r, &r->next, now_ns);
	}
}

void runner_done(struct runner *r, int result, uint64_t now_ns)
{
	if (r->phase == RUNNER_QUIESCING)
		quiesce_done(r, result);
	else if (r->phase == RUNNER_RESUMING)
		at_rest(r, now_ns);
}

void runner_not_started(struct runner *r, int error, uint64_t now_ns)
{
	if (r->phase == RUNNER_RESUMING) {
		r->retry_ns = now_ns + RETRY_NS;
		return;
	}
	if (r->op_open)
		conclude(r, error);
	at_rest(r, now_ns);
}

void runner_refused(struct runner *r)
{
	r->acked = false;
}

static void next_too_late(struct runner *r)
{
	r->next_concluded = true;
	push(r, r->hold ? RUNNER_DO_HOLD : RUNNER_DO_ACK, &r->next, ETIMEDOUT);
}

static void tick_quiescing(struct runner *r, uint64_t now_ns)
{
	if (r->signalled == RUNNER_UNTOUCHED) {
		r->overlong = true;
		terminate(r, now_ns);
		return;
	}
	r->signalled = RUNNER_KILLED;
	push(r, RUNNER_DO_KILL, &r->op, 0);
	/* What even a kill does not end soon is not worth a missed deadline. */
	if (r->overlong && r->op_open && !r->stopping)
		conclude(r, ETIMEDOUT);
}

static bool is_due(uint64_t due_ns, uint64_t now_ns)
{
	return due_ns && now_ns >= due_ns;
}

void runner_tick(struct runner *r, uint64_t now_ns)
{
	if (is_due(quiesce_due_ns(r), now_ns))
		tick_quiescing(r, now_ns);
	if (is_due(next_due_ns(r), now_ns))
		next_too_late(r);
	if (is_due(r->retry_ns, now_ns))
		resume(r);
}

void runner_stop(struct runner *r, uint64_t now_ns)
{
	if (r->stopping)
		return;
	r->stopping = true;
	drop_next(r);

	switch (r->phase) {
	case RUNNER_NORMAL:
		push(r, RUNNER_DO_EXIT, &r->op, 0);
		break;
	case RUNNER_QUIESCING:
		terminate(r, now_ns);
		break;
	case RUNNER_QUIET:
		resume(r);
		break;
	case RUNNER_RESUMING:
		break;
	}
	if (r->phase != RUNNER_NORMAL)
		leave_early(r);
}
