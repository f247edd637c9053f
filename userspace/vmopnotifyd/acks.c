// SPDX-License-Identifier: GPL-2.0
/* The acks that the host is still to be given. */
#include <stddef.h>
#include <string.h>

#include "acks.h"

#define RETRY_MIN_MS	100
#define RETRY_MAX_MS	5000

static void drop_at(struct acks *acks, unsigned int i)
{
	acks->n--;
	memmove(&acks->list[i], &acks->list[i + 1],
		(acks->n - i) * sizeof(acks->list[0]));
}

struct ack *acks_find(struct acks *acks, uint64_t id, bool ready)
{
	for (unsigned int i = 0; i < acks->n; i++)
		if (acks->list[i].id == id && acks->list[i].ready == ready)
			return &acks->list[i];
	return NULL;
}

void acks_add(struct acks *acks, uint64_t id, bool ready, int64_t now_ms)
{
	if (acks_find(acks, id, ready))
		return;
	/* One operation is open: an ack for another one comes too late. */
	for (unsigned int i = 0; ready && i < acks->n; i++)
		if (acks->list[i].ready)
			drop_at(acks, i--);
	for (unsigned int i = 0; acks->n == ACKS_MAX; i++)
		if (!acks->list[i].ready)
			drop_at(acks, i);
	acks->list[acks->n++] = (struct ack) {
		.id = id, .ready = ready, .due_ms = now_ms,
	};
}

struct ack *acks_next(struct acks *acks)
{
	struct ack *next = NULL;

	for (unsigned int i = 0; i < acks->n; i++) {
		struct ack *a = &acks->list[i];

		if (!next || a->due_ms < next->due_ms ||
		    (a->due_ms == next->due_ms && a->ready && !next->ready))
			next = a;
	}
	return next;
}

struct ack *acks_untried(struct acks *acks)
{
	struct ack *untried = NULL;

	for (unsigned int i = 0; i < acks->n; i++) {
		struct ack *a = &acks->list[i];

		if (!a->tries && (!untried || a->ready))
			untried = a;
	}
	return untried;
}

void acks_retry(struct ack *ack, int64_t now_ms)
{
	int64_t wait_ms = RETRY_MIN_MS;

	for (unsigned int i = 0; i < ack->tries && wait_ms < RETRY_MAX_MS; i++)
		wait_ms *= 2;
	ack->tries++;
	ack->due_ms = now_ms + (wait_ms < RETRY_MAX_MS ? wait_ms :
							  RETRY_MAX_MS);
}

void acks_wait(struct ack *ack, int64_t now_ms)
{
	/* Who stops tries what was not tried yet, and not for ever. */
	if (!ack->tries)
		ack->tries = 1;
	ack->due_ms = now_ms + RETRY_MAX_MS;
}

void acks_hurry(struct acks *acks, int64_t now_ms)
{
	for (unsigned int i = 0; i < acks->n; i++)
		if (acks->list[i].due_ms > now_ms)
			acks->list[i].due_ms = now_ms;
}

void acks_drop(struct acks *acks, uint64_t id, bool ready)
{
	struct ack *a = acks_find(acks, id, ready);

	if (a)
		drop_at(acks, (unsigned int)(a - acks->list));
}
