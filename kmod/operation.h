/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The state machine: the one operation in progress, who takes part in it and
 * who has acked.
 *
 * It is pure: no locks, no timers, no allocation, no kernel calls.  Time comes
 * in through operation_tick(), records go out through the emit callback, and
 * whoever embeds it sees that inputs come one at a time.  It is compiled into
 * the module and into a userspace test that walks its inputs exhaustively.
 */
#ifndef VMOPNOTIFY_OPERATION_H
#define VMOPNOTIFY_OPERATION_H

#include <linux/types.h>
#include <uapi/linux/vmopnotify.h>

struct operation;

/**
 * typedef operation_emit_fn - take one record of what happened
 * @op: the machine
 * @ev: the record, complete but for seq, and for the text of an EXPIRED one:
 *	the machine does not know its participants by name.  Valid during the
 *	call.
 */
typedef void (*operation_emit_fn)(struct operation *op,
				  struct vmopnotify_event *ev);

/**
 * struct participant - the machine's part of a consumer
 * @name: what the consumer is called; set by its owner
 * @stage: its stage; set by its owner
 * @joined: it is a consumer at present
 * @joined_epoch: the epoch in which it joined
 * @acked_epoch: the last epoch that it acked
 * @result: what it acked with, 0 or a positive errno
 *
 * Membership is not stored but follows: who joined in an earlier epoch than
 * that of the open operation is a member of it.  So a start costs the same
 * for one consumer and for a thousand.
 */
struct participant {
	char name[VMOPNOTIFY_NAME_LEN];
	u32 stage;
	bool joined;
	u64 joined_epoch;
	u64 acked_epoch;
	int result;
};

/**
 * struct operation_notice - what the host said at a start
 * @id: operation id
 * @type: the host's word for it
 * @timeout_ms: how long the host waits, in milliseconds
 * @age_ms: how long ago it said so, in milliseconds
 * @drill: it is not from the host
 */
struct operation_notice {
	u64 id;
	char type[VMOPNOTIFY_NAME_LEN];
	u32 timeout_ms;
	u32 age_ms;
	bool drill;
};

/**
 * struct operation - the machine
 * @emit: takes the records
 * @now_ns: the time, CLOCK_MONOTONIC; moved by operation_tick()
 * @end_timeout_ns: how long after its deadline an operation without an end is
 *	given up
 * @state: where it stands
 * @attached: a helper is there
 * @guaranteed: the host guarantees it that it waits
 * @host_timeout_ms: the host's timeout in force, in milliseconds
 * @epoch: counts operations; that of the open one, if one is open
 * @consumers: how many have joined
 * @joined: how many of each stage have joined
 * @id: the open operation's id, and so on:
 * @type: the host's word for it
 * @flags: VMOPNOTIFY_F_*
 * @timeout_ms: how long the host waits, in milliseconds
 * @start_ns: when it was announced to the machine
 * @notice_ns: when the host said so, as far as known; may be before the clock
 *	began
 * @deadline_ns: when the host goes ahead
 * @quiesce_ns: time from start to quiesced; 0 before
 * @stun_ns: the longest stun seen in it; 0 where none was
 * @stages_asked: how many stages have been asked to prepare, from 0 up
 * @members: how many take part
 * @pending: how many of them are outstanding
 * @pending_in: the same, by stage
 * @last_status: how the last operation ended
 * @last_quiesce_ns: its time from start to quiesced, 0 if it never was
 * @last_stun_ns: its stun, 0 if none was seen
 * @operations: counts starts
 * @expired: counts deadlines that passed
 * @lost: counts operations without an end
 * @stray_ends: counts ends without an operation
 * @ack_errors: counts acks with a result other than 0
 */
struct operation {
	operation_emit_fn emit;
	u64 now_ns;
	u64 end_timeout_ns;

	enum vmopnotify_state state;
	bool attached;
	bool guaranteed;
	u32 host_timeout_ms;

	u64 epoch;
	u32 consumers;
	u32 joined[VMOPNOTIFY_STAGES];

	u64 id;
	char type[VMOPNOTIFY_NAME_LEN];
	u32 flags;
	u32 timeout_ms;
	u64 start_ns;
	s64 notice_ns;
	u64 deadline_ns;
	u64 quiesce_ns;
	u64 stun_ns;
	u32 stages_asked;
	u32 members;
	u32 pending;
	u32 pending_in[VMOPNOTIFY_STAGES];

	enum vmopnotify_end_status last_status;
	u64 last_quiesce_ns;
	u64 last_stun_ns;
	u64 operations;
	u64 expired;
	u64 lost;
	u64 stray_ends;
	u64 ack_errors;
};

/** operation_is_open() - is an operation in progress? */
static inline bool operation_is_open(const struct operation *op)
{
	return op->state >= VMOPNOTIFY_STATE_QUIESCING;
}

/** operation_is_drill() - is it one, and a drill? */
static inline bool operation_is_drill(const struct operation *op)
{
	return operation_is_open(op) && op->flags & VMOPNOTIFY_F_DRILL;
}

/** operation_is_member() - does @p take part in the open operation? */
static inline bool operation_is_member(const struct operation *op,
				       const struct participant *p)
{
	return operation_is_open(op) && p->joined &&
	       p->joined_epoch < op->epoch;
}

/** operation_has_asked() - was @p asked to prepare for it? */
static inline bool operation_has_asked(const struct operation *op,
				       const struct participant *p)
{
	return operation_is_member(op, p) && p->stage < op->stages_asked;
}

/** operation_has_acked() - has @p acked it? */
static inline bool operation_has_acked(const struct operation *op,
				       const struct participant *p)
{
	return operation_is_member(op, p) && p->acked_epoch == op->epoch;
}

/** operation_is_missing() - is @p outstanding? */
static inline bool operation_is_missing(const struct operation *op,
					const struct participant *p)
{
	return operation_is_member(op, p) && p->acked_epoch != op->epoch;
}

/** operation_part() - the part that @p has in it, as VMOPNOTIFY_F_* */
static inline u32 operation_part(const struct operation *op,
				 const struct participant *p)
{
	u32 flags = 0;

	if (operation_is_member(op, p))
		flags |= VMOPNOTIFY_F_MEMBER;
	if (operation_has_asked(op, p))
		flags |= VMOPNOTIFY_F_ASKED;
	if (operation_has_acked(op, p))
		flags |= VMOPNOTIFY_F_ACKED;
	return flags;
}

/** operation_may_be_stunned() - is it past quiescing: may the stun come? */
static inline bool operation_may_be_stunned(const struct operation *op)
{
	return op->state == VMOPNOTIFY_STATE_QUIESCED ||
	       op->state == VMOPNOTIFY_STATE_EXPIRED;
}

/** operation_top_stage() - the highest stage asked to prepare, else 0 */
static inline u32 operation_top_stage(const struct operation *op)
{
	return op->stages_asked ? op->stages_asked - 1 : 0;
}

/**
 * operation_init() - make a machine: detached, nobody joined
 * @op: the machine
 * @end_timeout_ns: see &struct operation
 * @emit: takes the records
 */
void operation_init(struct operation *op, u64 end_timeout_ns,
		    operation_emit_fn emit);

/**
 * operation_tick() - time passes
 * @op: the machine
 * @now_ns: CLOCK_MONOTONIC; not before the last call's
 *
 * To be called before each input, and at operation_next_ns().  A deadline so
 * counts from when it passed, not from when a timer came round to it.
 */
void operation_tick(struct operation *op, u64 now_ns);

/**
 * operation_next_ns() - when operation_tick() has something to do
 * @op: the machine
 *
 * Return: CLOCK_MONOTONIC, or 0 where there is nothing to wait for.
 */
u64 operation_next_ns(const struct operation *op);

/**
 * operation_attach() - a helper is there
 * @op: the machine
 * @app_name: the name under which it is registered at the host
 * @timeout_ms: the host's timeout in force, in milliseconds
 * @guaranteed: the host guarantees that it waits
 *
 * Return: 0, or -EBUSY where one is there already.
 */
int operation_attach(struct operation *op, const char *app_name,
		     u32 timeout_ms, bool guaranteed);

/** operation_detach() - the helper is gone; an open operation goes on */
void operation_detach(struct operation *op);

/**
 * operation_start() - the host announced an operation
 * @op: the machine
 * @notice: what it said
 *
 * Another operation that is still open ends as lost first, a drill too.
 *
 * Return: 0; -EALREADY: this one is open; -ESTALE: older than its own
 * timeout; -EBUSY: a drill, while an operation is open.
 */
int operation_start(struct operation *op, const struct operation_notice *notice);

/**
 * operation_end() - the host reported an operation's end
 * @op: the machine
 * @id: which
 * @drill: it is a drill's
 * @status: success or failed
 * @text: the host's word for it
 *
 * The end of an operation that is not open is counted and told, and nobody
 * acts on it.
 *
 * Return: 0; -ENOENT: a drill's end, and no such drill is open.
 */
int operation_end(struct operation *op, u64 id, bool drill,
		  enum vmopnotify_end_status status, const char *text);

/**
 * operation_change_timeout() - the host changed its timeout
 * @op: the machine
 * @timeout_ms: to this many milliseconds, counted from the notice
 * @drill: not the host's but a drill's, which is open; a drill keeps its own
 *	when the host changes its
 */
void operation_change_timeout(struct operation *op, u32 timeout_ms,
			      bool drill);

/**
 * operation_host_acked() - the host was told that all are quiet
 * @op: the machine
 * @id: of which operation
 *
 * Return: 0; -ESTALE: it is not open, or not quiesced, or a drill.
 */
int operation_host_acked(struct operation *op, u64 id);

/**
 * operation_stun() - the machine was stunned
 * @op: the machine
 * @stun_ns: for so long
 *
 * Of several stuns in an operation its end tells the longest.  Without an
 * operation past quiescing it is nobody's.
 */
void operation_stun(struct operation *op, u64 stun_ns);

/**
 * operation_join() - a consumer joins; it takes part from the next start on
 * @op: the machine
 * @p: its name and stage set, otherwise zero or as it left
 *
 * Return: 0; -EISCONN: it has joined already.
 */
int operation_join(struct operation *op, struct participant *p);

/**
 * operation_ack() - a consumer is quiet
 * @op: the machine
 * @p: the consumer
 * @id: the operation that it acks
 * @result: 0, or the positive errno that getting quiet failed with
 *
 * Return: 0; -ENOTCONN: it takes no part; -ESTALE: that operation is not
 * open; -EAGAIN: it has not been asked; -EALREADY: it has acked.
 */
int operation_ack(struct operation *op, struct participant *p, u64 id,
		  int result);

/**
 * operation_leave() - a consumer leaves or dies
 * @op: the machine
 * @p: the consumer
 *
 * Return: 0; -ENOTCONN: it has not joined.
 */
int operation_leave(struct operation *op, struct participant *p);

#endif /* VMOPNOTIFY_OPERATION_H */
