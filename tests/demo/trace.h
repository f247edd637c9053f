/* SPDX-License-Identifier: GPL-2.0 */
/*
 * trace - what the workload in the guest says of itself: JSON lines on standard
 * output, each of one write, by which who reads them knows when it worked
 */
#ifndef DEMO_TRACE_H
#define DEMO_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "../lab/clock.h"

/**
 * struct trace_tick - some turns of the real-time loop
 * @t_ns: when the last of them woke, CLOCK_MONOTONIC
 * @turns: how many there were
 * @missed: how many deadlines passed meanwhile without a turn
 * @worst_ns: the latest wake-up among them: by so much
 */
struct trace_tick {
	int64_t t_ns;
	unsigned int turns;
	unsigned int missed;
	int64_t worst_ns;
};

/**
 * trace_state() - say that one works, or is quiet
 * @who: "rt" or "server"
 * @t_ns: since when, CLOCK_MONOTONIC
 * @quiet: whether it is
 */
void trace_state(const char *who, int64_t t_ns, bool quiet);

/**
 * trace_tick() - say how some turns went
 * @tick: these
 */
void trace_tick(const struct trace_tick *tick);

#endif
