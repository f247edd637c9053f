/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The stun, measured: a timer samples the clock while the stun may come, and
 * takes a gap between two samples for one.
 */
#ifndef VMOPNOTIFY_STUN_H
#define VMOPNOTIFY_STUN_H

#include "operation.h"

/**
 * stun_watch() - sample the clock, or do not
 * @op: the machine, from core_lock(): its state decides
 *
 * Context: core's lock held.
 */
void stun_watch(const struct operation *op);

/**
 * stun_take() - has there been a stun that was not told yet?
 *
 * Context: core's lock held.
 * Return: how long it was, in nanoseconds; 0: there was none.
 */
u64 stun_take(void);

/** stun_init() - nothing is sampled yet */
void stun_init(void);

/** stun_exit() - stop; stun_watch() is not called any more */
void stun_exit(void);

#endif /* VMOPNOTIFY_STUN_H */
