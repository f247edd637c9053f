/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one lock around the state machine, its timer, and the telling of what
 * comes of each input.
 */
#ifndef VMOPNOTIFY_CORE_H
#define VMOPNOTIFY_CORE_H

#include <linux/compiler.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "operation.h"

/**
 * core_lock() - get at the state machine
 *
 * Time has passed up to now when it returns, and a stun that there was is told.
 *
 * Context: process or soft interrupt.  Nothing sleeps before core_unlock().
 * Return: the machine.
 */
struct operation *core_lock(void)
	__acquires(core);

/**
 * core_unlock() - done with the machine
 * @op: it
 *
 * Sets the timer anew, and, with the lock no longer held, wakes readers and
 * tells the helper, the group and the log what the inputs have led to.
 */
void core_unlock(struct operation *op)
	__releases(core);

/**
 * core_describe() - the open operation as user space sees it
 * @op: the machine, from core_lock(); an operation is open
 * @out: where to
 */
void core_describe(const struct operation *op,
		   struct vmopnotify_operation *out);

/**
 * core_status() - what GET_STATE and the page tell, but for a file's own flags
 * @op: the machine, from core_lock()
 * @out: where to
 */
void core_status(const struct operation *op, struct vmopnotify_status *out);

/*
 * For what must be done in process context, and soon.  Unbound: what is slow
 * delays nothing else.
 */
extern struct workqueue_struct *core_queue;

/**
 * core_init() - a detached machine; the rings and the page are there
 *
 * Return: 0, or -ENOMEM.
 */
int core_init(void);

/** core_state_name() - "idle" and so on */
const char *core_state_name(enum vmopnotify_state state);

/**
 * core_exit() - stop all that runs by itself
 *
 * Nobody calls core_lock() any more but the timers.  They, and work, use sysfs
 * and the device: so it comes before sysfs_exit() and chardev_exit().
 */
void core_exit(void);

#endif /* VMOPNOTIFY_CORE_H */
