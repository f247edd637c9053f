/* SPDX-License-Identifier: GPL-2.0 */
/*
 * crowd_judge - holds what the kernel says against what the members did
 *
 * Is given records and facts in the order of their time, and knows no clock.
 * It finds fault with
 *	early		the kernel says that all are quiet, and a member is not
 *	resumed early	a member goes on while its operation is open
 *	unpaired	a start without an end, or an end without a start
 *	stuck		a member that is quiet long after its operation
 *	left quiet	a member that is quiet when all is over
 */
#ifndef LAB_CROWD_JUDGE_H
#define LAB_CROWD_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/vmopnotify.h>

#include "crowd.h"

/**
 * struct judge - what is known so far; all zero to begin with
 * @members: the members
 * @open: an operation is
 * @start: its record
 * @ended_ns: when the last one ended
 * @quiesced_ns: when all were quiet; 0: not yet
 * @expired: its deadline has passed
 * @over: an operation of the type that ends it all has ended
 * @operations: starts
 * @quiesced: of them, those that all got quiet for
 * @expirations: and those that not all got quiet for in time
 * @lost: and those whose end never came
 * @stray: ends of operations that were not open, which the kernel said so of
 * @early: see above
 * @resumed_early: see above
 * @unpaired: see above
 * @stuck: see above
 */
struct judge {
	struct {
		bool joined;
		uint64_t joined_ns;
		bool quiet;
		uint64_t quiet_id;
	} members[CROWD_MAX];
	bool open;
	struct vmopnotify_event start;
	uint64_t ended_ns;
	uint64_t quiesced_ns;
	bool expired;
	bool over;
	uint64_t operations;
	uint64_t quiesced;
	uint64_t expirations;
	uint64_t lost;
	uint64_t stray;
	uint64_t early;
	uint64_t resumed_early;
	uint64_t unpaired;
	uint64_t stuck;
};

/* JUDGE_OVER - the type of the operation that ends it all. */
#define JUDGE_OVER	"soak-over"

/**
 * judge_fact - take what a member tells
 * @j: the judge
 * @fact: the fact
 */
void judge_fact(struct judge *j, const struct fact *fact);

/**
 * judge_record - take what the kernel tells; a line is printed for each
 * operation that ends, and for each fault
 * @j: the judge
 * @ev: the record
 */
void judge_record(struct judge *j, const struct vmopnotify_event *ev);

/**
 * judge_left_quiet - how many members are quiet?
 * @j: the judge
 */
unsigned int judge_left_quiet(const struct judge *j);

#endif
