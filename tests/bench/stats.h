/* SPDX-License-Identifier: GPL-2.0 */
/* The clock, samples of it, and what is told of them. */
#ifndef BENCH_STATS_H
#define BENCH_STATS_H

#include <stddef.h>
#include <stdint.h>

/** struct samples - durations, in nanoseconds */
struct samples {
	uint64_t *ns;
	size_t n;
	size_t size;
};

/** struct summary - what is told of samples, in nanoseconds */
struct summary {
	uint64_t p50;
	uint64_t p99;
	uint64_t max;
};

/** now_ns() - CLOCK_MONOTONIC */
uint64_t now_ns(void);

/** samples_add() - one more; dies where there is no memory for it */
void samples_add(struct samples *s, uint64_t ns);

/** samples_sum_up() - sorts them; Return: all zero where there is none */
struct summary samples_sum_up(struct samples *s);

/** samples_free() - for other samples to be taken */
void samples_free(struct samples *s);

/** us() - for people to read */
double us(uint64_t ns);

/** ratio() - 0 where there is nothing to compare with */
double ratio(uint64_t a, uint64_t b);

#endif
