/* SPDX-License-Identifier: GPL-2.0 */
/* Clocks as numbers. */
#ifndef VMOPNOTIFY_CLOCK_H
#define VMOPNOTIFY_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NSEC_PER_USEC	UINT64_C(1000)
#define NSEC_PER_MSEC	UINT64_C(1000000)
#define NSEC_PER_SEC	UINT64_C(1000000000)

/**
 * clock_ns - a clock's time in ns
 * @clock: as clock_gettime() has it
 *
 * Return: the time, which is signed, as differences of times are.
 */
static inline int64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * (int64_t)NSEC_PER_SEC + ts.tv_nsec;
}

/**
 * clock_us - the same in us
 * @clock: the clock
 *
 * Return: the time.
 */
static inline int64_t clock_us(clockid_t clock)
{
	return clock_ns(clock) / (int64_t)NSEC_PER_USEC;
}

/**
 * clock_ms - the same in ms
 * @clock: the clock
 *
 * Return: the time.
 */
static inline int64_t clock_ms(clockid_t clock)
{
	return clock_ns(clock) / (int64_t)NSEC_PER_MSEC;
}

#endif /* VMOPNOTIFY_CLOCK_H */
