/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Chance that can be had again.  Each action of each thread of each round has a
 * stream of its own, made of the seed and of these numbers: what one action
 * draws, or what it is answered, does not change what the next one does.
 */
#ifndef FUZZ_RANDOM_H
#define FUZZ_RANDOM_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

struct chance {
	u64 state;
};

/** chance_of() - the stream for this action */
struct chance chance_of(u64 seed, u64 round, u64 thread, u64 action);

/** chance_u64() - 64 random bits */
u64 chance_u64(struct chance *c);

/** chance_below() - a number from 0 to one below @n; @n is not 0 */
unsigned int chance_below(struct chance *c, unsigned int n);

/** chance_in() - true once in @n times */
bool chance_in(struct chance *c, unsigned int n);

/** chance_fill() - random bytes */
void chance_fill(struct chance *c, void *to, size_t size);

/** PICK() - an element of an array */
#define PICK(c, array) \
	((array)[chance_below(c, sizeof(array) / sizeof((array)[0]))])

#endif
