/* SPDX-License-Identifier: GPL-2.0 */
/* The acks that the host is still to be given. */
#ifndef VMOPD_ACKS_H
#define VMOPD_ACKS_H

#include <stdbool.h>
#include <stdint.h>

/* ACKS_MAX - one operation is open at a time; the rest are timeout-changes. */
#define ACKS_MAX	16

/**
 * struct ack - one of them
 * @id: what is acked
 * @ready: it is an operation, else a timeout-change
 * @tries: how often it was tried
 * @due_ms: when to try next
 */
struct ack {
	uint64_t id;
	bool ready;
	unsigned int tries;
	int64_t due_ms;
};

/**
 * struct acks - all of them, oldest first
 * @list: the acks
 * @n: how many
 */
struct acks {
	struct ack list[ACKS_MAX];
	unsigned int n;
};

/**
 * acks_add - the host is to be given an ack, now
 * @acks: the list; if it is full, the oldest timeout-change gives way
 * @id: what is acked
 * @ready: it is an operation; the acks of others become pointless
 * @now_ms: the time
 *
 * One that is in the list already stays as it is.
 */
void acks_add(struct acks *acks, uint64_t id, bool ready, int64_t now_ms);

/**
 * acks_next - which ack is to be given first
 * @acks: the list
 *
 * Return: the one due first, whenever that is, an operation's before a
 * timeout-change's; NULL if there is none.
 */
struct ack *acks_next(struct acks *acks);

/**
 * acks_untried - is there one that was not tried yet?
 * @acks: the list
 *
 * Return: it, an operation's before a timeout-change's, or NULL.
 */
struct ack *acks_untried(struct acks *acks);

/**
 * acks_retry - an ack was not taken: try again later, and later each time
 * @ack: it
 * @now_ms: the time
 */
void acks_retry(struct ack *ack, int64_t now_ms);

/**
 * acks_wait - an ack could not even be tried: no other try counts for that
 * @ack: it
 * @now_ms: the time
 */
void acks_wait(struct ack *ack, int64_t now_ms);

/**
 * acks_hurry - what kept acks from being given is over: they are due
 * @acks: the list
 * @now_ms: the time
 */
void acks_hurry(struct acks *acks, int64_t now_ms);

/**
 * acks_drop - an ack is given, or given up
 * @acks: the list
 * @id: what was acked
 * @ready: it was an operation
 */
void acks_drop(struct acks *acks, uint64_t id, bool ready);

/**
 * acks_find - an ack of the list
 * @acks: the list
 * @id: what is acked
 * @ready: it is an operation
 *
 * Return: it, or NULL.
 */
struct ack *acks_find(struct acks *acks, uint64_t id, bool ready);

#endif /* VMOPD_ACKS_H */
