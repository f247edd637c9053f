// SPDX-License-Identifier: GPL-2.0
/* Chance that can be had again, see random.h.  The generator is splitmix64. */
#include <string.h>

#include "random.h"

u64 chance_u64(struct chance *c)
{
	u64 z = c->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

struct chance chance_of(u64 seed, u64 round, u64 thread, u64 action)
{
	struct chance c = { .state = seed };

	c.state = chance_u64(&c) ^ round;
	c.state = chance_u64(&c) ^ thread;
	c.state = chance_u64(&c) ^ action;
	return c;
}

unsigned int chance_below(struct chance *c, unsigned int n)
{
	return chance_u64(c) % n;
}

bool chance_in(struct chance *c, unsigned int n)
{
	return !chance_below(c, n);
}

void chance_fill(struct chance *c, void *to, size_t size)
{
	unsigned char *bytes = to;
	u64 bits = 0;
	size_t i;

	for (i = 0; i < size; i++, bits >>= 8) {
		if (i % sizeof(bits) == 0)
			bits = chance_u64(c);
		bytes[i] = bits;
	}
}
