/* SPDX-License-Identifier: GPL-2.0 */
/* clock - CLOCK_MONOTONIC as one number */
#ifndef LAB_CLOCK_H
#define LAB_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NS_PER_MS	INT64_C(1000000)
#define NS_PER_S	INT64_C(1000000000)

static inline int64_t clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

static inline int64_t clock_ms(void)
{
	return clock_ns() / NS_PER_MS;
}

/* Sleeps until then; a signal cuts it short. */
static inline void clock_sleep_until(int64_t ns)
{
	struct timespec t = {
		.tv_sec = ns / NS_PER_S,
		.tv_nsec = ns % NS_PER_S,
	};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

#endif
