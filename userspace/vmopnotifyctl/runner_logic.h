/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a runner does and when: the part of "vmopnotifyctl run" that decides.
 *
 * It is pure: events, the ends of commands and the time come in, actions come
 * out, and somebody else carries them out.  After each input, before the next,
 * the caller takes all actions with runner_next(); then it sets its timer to
 * runner_timer_ns().
 *
 * Its rules:
 *
 * - One command runs at a time.
 * - For each quiesce command that was started the unquiesce command is started
 *   exactly once, after the quiesce command is gone, whatever came between.
 * - An operation that asks while the one before is still being undone waits
 *   for that; if its time runs out before, it is as if its quiesce command had
 *   timed out, and nothing is undone for it.
 * - A runner that is stopping leaves before the undoing is done, as soon as no
 *   open operation needs its ack: so it holds up none that is announced later.
 */
#ifndef VMOPNOTIFYCTL_RUNNER_LOGIC_H
#define VMOPNOTIFYCTL_RUNNER_LOGIC_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/vmopnotify.h>

/**
 * enum runner_phase - where the application stands
 * @RUNNER_NORMAL: it runs as ever
 * @RUNNER_QUIESCING: the quiesce command runs
 * @RUNNER_QUIET: the quiesce command has ended, well or not
 * @RUNNER_RESUMING: the unquiesce command runs
 */
enum runner_phase {
	RUNNER_NORMAL,
	RUNNER_QUIESCING,
	RUNNER_QUIET,
	RUNNER_RESUMING,
};

/**
 * enum runner_action_type - what is to be done
 * @RUNNER_DO_QUIESCE: start the quiesce command
 * @RUNNER_DO_UNQUIESCE: start the unquiesce command
 * @RUNNER_DO_ACK: ack the operation with the result
 * @RUNNER_DO_HOLD: do not ack it, but say that the result is why
 * @RUNNER_DO_TERM: ask the running command to end, with all of its group
 * @RUNNER_DO_KILL: kill it
 * @RUNNER_DO_PASS: say that the operation ended before its turn came
 * @RUNNER_DO_LEAVE: be a consumer no more, but go on undoing
 * @RUNNER_DO_EXIT: nothing is left to undo: leave, where that was not done
 */
enum runner_action_type {
	RUNNER_DO_QUIESCE,
	RUNNER_DO_UNQUIESCE,
	RUNNER_DO_ACK,
	RUNNER_DO_HOLD,
	RUNNER_DO_TERM,
	RUNNER_DO_KILL,
	RUNNER_DO_PASS,
	RUNNER_DO_LEAVE,
	RUNNER_DO_EXIT,
};

/**
 * struct runner_op - an operation, as far as a runner cares
 * @id: its id
 * @deadline_ns: CLOCK_MONOTONIC
 * @stun_ns: from its end: how long the stun was; 0 where not measured
 * @state: &enum vmopnotify_state that its last record led to
 * @status: &enum vmopnotify_end_status; none while it is open, and where its
 *	end was not seen
 * @drill: it is a drill
 * @type: the host's word for it
 */
struct runner_op {
	uint64_t id;
	uint64_t deadline_ns;
	uint64_t stun_ns;
	uint32_t state;
	uint32_t status;
	bool drill;
	char type[VMOPNOTIFY_NAME_LEN];
};

/**
 * struct runner_action - one thing to do
 * @type: what
 * @op: for which operation
 * @result: 0 or an errno, of ACK and HOLD
 */
struct runner_action {
	enum runner_action_type type;
	struct runner_op op;
	int result;
};

/* RUNNER_ACTIONS - more than one input can bring about. */
#define RUNNER_ACTIONS	8

/**
 * struct runner - one application's runner; private but for what is set first
 * @stage: its stage; set by the caller
 * @hold: a failed quiesce command is not acked; set by the caller
 * @timeout_ns: limit of the quiesce command, 0: the deadline alone; set by the
 *	caller
 * @phase: where the application stands
 * @op: what it is quiet for, or being resumed from
 * @op_open: @op has not ended
 * @concluded: @op was acked, or is held
 * @acked: the module has this runner's ack of @op
 * @overlong: the quiesce command took longer than it may
 * @signalled: how far the ending of the quiesce command has come
 * @began_ns: when it was started
 * @kill_ns: when it is to be killed
 * @retry_ns: when to try again to start the unquiesce command; 0: not
 * @waiting: @next is waiting
 * @next: the operation that waits for @op to be undone
 * @next_ns: since when
 * @next_concluded: its time ran out; it was acked, or is held
 * @late: @late_id started before this runner joined; it does not ask
 * @late_id: see @late
 * @seq: records before this one are no news
 * @stopping: to exit as soon as nothing is left to undo
 * @left: it is no consumer any more
 * @actions: the actions to be taken
 * @first: the first of them
 * @count: how many
 */
struct runner {
	uint32_t stage;
	bool hold;
	uint64_t timeout_ns;

	enum runner_phase phase;
	struct runner_op op;
	bool op_open;
	bool concluded;
	bool acked;
	bool overlong;
	enum { RUNNER_UNTOUCHED, RUNNER_TERMED, RUNNER_KILLED } signalled;
	uint64_t began_ns;
	uint64_t kill_ns;
	uint64_t retry_ns;

	bool waiting;
	struct runner_op next;
	uint64_t next_ns;
	bool next_concluded;

	bool late;
	uint64_t late_id;
	uint64_t seq;
	bool stopping;
	bool left;

	struct runner_action actions[RUNNER_ACTIONS];
	unsigned int first;
	unsigned int count;
};

/**
 * runner_sync - learn the present state, after joining and after an overrun
 * @r: the runner
 * @st: the module's answer to GET_STATE
 * @type: the open operation's type, or ""
 * @now_ns: CLOCK_MONOTONIC
 *
 * What is due follows from the difference to what the runner knew.  Records
 * that are part of the answer are passed over when they are read later.
 */
void runner_sync(struct runner *r, const struct vmopnotify_status *st,
		 const char *type, uint64_t now_ns);

/**
 * runner_restore - go on after a runner that left its application quiet
 * @r: the runner, before its first runner_sync()
 * @op: what the application is quiet for
 * @open: it has not ended; else what is to be undone is undone at once
 *
 * The operation does not wait for this runner, which joined after it started.
 */
void runner_restore(struct runner *r, const struct runner_op *op, bool open);

/**
 * runner_event - take one record
 * @r: the runner
 * @ev: the record
 * @now_ns: CLOCK_MONOTONIC
 */
void runner_event(struct runner *r, const struct vmopnotify_event *ev,
		  uint64_t now_ns);

/**
 * runner_done - the command that ran is gone
 * @r: the runner
 * @result: 0 or an errno
 * @now_ns: CLOCK_MONOTONIC
 */
void runner_done(struct runner *r, int result, uint64_t now_ns);

/**
 * runner_not_started - the command of the last action could not be started
 * @r: the runner
 * @error: why, an errno
 * @now_ns: CLOCK_MONOTONIC
 *
 * For a quiesce command that did not run nothing is undone.  An unquiesce
 * command is tried again until it runs: else the application stayed quiet.
 */
void runner_not_started(struct runner *r, int error, uint64_t now_ns);

/**
 * runner_refused - the module did not take the last ack
 * @r: the runner
 */
void runner_refused(struct runner *r);

/**
 * runner_tick - time has passed
 * @r: the runner
 * @now_ns: CLOCK_MONOTONIC
 */
void runner_tick(struct runner *r, uint64_t now_ns);

/**
 * runner_stop - undo what is to be undone, then exit
 * @r: the runner
 * @now_ns: CLOCK_MONOTONIC
 */
void runner_stop(struct runner *r, uint64_t now_ns);

/**
 * runner_next - take the next action
 * @r: the runner
 * @action: where to put it
 *
 * Return: true if there was one.
 */
bool runner_next(struct runner *r, struct runner_action *action);

/**
 * runner_timer_ns - when runner_tick() has something to do
 * @r: the runner
 *
 * Return: CLOCK_MONOTONIC, or 0 where there is nothing to wait for.
 */
uint64_t runner_timer_ns(const struct runner *r);

/**
 * runner_limit_ns - until when the quiesce command may run
 * @r: the runner, while it runs
 *
 * Return: CLOCK_MONOTONIC; 0: until the operation ends.
 */
uint64_t runner_limit_ns(const struct runner *r);

#endif /* VMOPNOTIFYCTL_RUNNER_LOGIC_H */
