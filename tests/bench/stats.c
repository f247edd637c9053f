// SPDX-License-Identifier: GPL-2.0
/* The clock, samples of it, and what is told of them, see stats.h. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "stats.h"

uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

void samples_add(struct samples *s, uint64_t ns)
{
	if (s->n == s->size) {
		s->size = s->size ? 2 * s->size : 256;
		s->ns = realloc(s->ns, s->size * sizeof(*s->ns));
		if (!s->ns) {
			perror("samples");
			exit(1);
		}
	}
	s->ns[s->n++] = ns;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The smallest that @percent of all do not exceed. */
static uint64_t percentile(const struct samples *s, unsigned int percent)
{
	return s->ns[(s->n * percent + 99) / 100 - 1];
}

struct summary samples_sum_up(struct samples *s)
{
	if (!s->n)
		return (struct summary){};
	qsort(s->ns, s->n, sizeof(*s->ns), compare);
	return (struct summary){
		.p50 = percentile(s, 50),
		.p99 = percentile(s, 99),
		.max = s->ns[s->n - 1],
	};
}

void samples_free(struct samples *s)
{
	free(s->ns);
	*s = (struct samples){};
}

double us(uint64_t ns)
{
	return ns / 1000.0;
}

double ratio(uint64_t a, uint64_t b)
{
	return b ? (double)a / b : 0;
}
