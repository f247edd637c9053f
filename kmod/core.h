/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one lock around the state machine, its timer, and the telling of what
 * comes of each input.
 */
#ifndef VMOPNOTIFY_CORE_H
#define VMOPNOTIFY_CORE_H

#include <linux/compiler.h>
#include <linux/types.h>

#include "operation.h"

/**
 * core_lock() - get at the state machine
 *
 * Time has passed up to now when it returns.
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

/** core_init() - a detached machine; the ring is there */
void core_init(void);

/** core_exit() - stop the timer; nobody gives inputs any more */
void core_exit(void);

#endif /* VMOPNOTIFY_CORE_H */
