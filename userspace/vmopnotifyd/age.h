/* SPDX-License-Identifier: GPL-2.0 */
/* How old is what the host announces? */
#ifndef VMOPD_AGE_H
#define VMOPD_AGE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * AGE_SKEW_MS - by how much the guest's clock may be ahead of the host's, where
 * nothing but the two of them tells that an event is old
 */
#define AGE_SKEW_MS	60000

/**
 * event_age_ms - estimate an event's age
 * @known: the event says when it was made
 * @made_s: when that was, by the host's clock, whole seconds
 * @wall_ms: now, by the guest's clock
 * @bound_ms: it cannot be older than this: that long ago there was none, or
 *	the machine had not booted
 * @skew_ms: the age is taken for less by as much, at least 0: %AGE_SKEW_MS, or
 *	0 where @bound_ms is one that can be relied on
 *
 * The two clocks differ, so what comes out is clamped to 0 and @bound_ms.  An
 * event that does not say is taken for new.  To quiesce for an event that is
 * older is needless; to take one that is new for old would lose it.
 *
 * Return: the age in milliseconds.
 */
uint32_t event_age_ms(bool known, uint64_t made_s, int64_t wall_ms,
		      uint64_t bound_ms, uint32_t skew_ms);

/**
 * event_is_stale - has the host stopped waiting for the ack?
 * @age_ms: the event's age
 * @timeout_ms: how long the host waits
 *
 * Return: true if nobody need quiesce for it any more.
 */
bool event_is_stale(uint32_t age_ms, uint32_t timeout_ms);

#endif /* VMOPD_AGE_H */
