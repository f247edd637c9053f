/* SPDX-License-Identifier: GPL-2.0 */
/*
 * crowd - many consumers that come, go, die and dawdle, and who judges them
 *
 * A member of the crowd is a process and a consumer.  What it does it tells as
 * facts, through one pipe, which are set against the kernel's records: see
 * crowd_judge.h.
 */
#ifndef LAB_CROWD_H
#define LAB_CROWD_H

#include <stdint.h>
#include <time.h>

#define CROWD_MAX	64

/**
 * enum fact_kind - what a member tells
 * @FACT_JOINED: it has joined; told after that
 * @FACT_QUIET: it is quiet for an operation; told before its ack
 * @FACT_RESUMED: and goes on; told after it saw that it may
 * @FACT_LEAVING: it is about to leave, or to die
 */
enum fact_kind {
	FACT_JOINED,
	FACT_QUIET,
	FACT_RESUMED,
	FACT_LEAVING,
};

/**
 * struct fact - written in one piece
 * @time_ns: when, CLOCK_MONOTONIC
 * @id: the operation's
 * @member: whose
 * @kind: &enum fact_kind
 */
struct fact {
	uint64_t time_ns;
	uint64_t id;
	uint32_t member;
	uint32_t kind;
};

static inline uint64_t monotonic_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

/**
 * crowd_member - be a member, until killed
 * @member: which
 * @seed: of what it does
 * @facts: the pipe
 */
void crowd_member(uint32_t member, unsigned int seed, int facts)
	__attribute__((noreturn));

#endif
