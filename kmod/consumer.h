/* SPDX-License-Identifier: GPL-2.0 */
/* Consumers, of user space and of the kernel alike. */
#ifndef VMOPNOTIFY_CONSUMER_H
#define VMOPNOTIFY_CONSUMER_H

#include <linux/rbtree.h>
#include <linux/types.h>

#include "operation.h"

struct pid;

/**
 * struct consumer - one that has joined, or may
 * @node: in the tree of those that have joined, by number
 * @participant: its part in the state machine
 * @number: grows with each join
 * @joined_ns: when it joined, CLOCK_MONOTONIC
 * @expected_ms: how long it expects to need, 0 where unknown
 * @pid: the process that joined, with a reference; NULL: in the kernel
 *
 * Embedded in what it belongs to.  All of it is under the core's lock.
 */
struct consumer {
	struct rb_node node;
	struct participant participant;
	u64 number;
	u64 joined_ns;
	u32 expected_ms;
	struct pid *pid;
};

/** consumer_name_is_valid() - NUL-terminated, not empty, printable ASCII? */
bool consumer_name_is_valid(const char name[VMOPNOTIFY_NAME_LEN]);

/**
 * consumer_join() - let a consumer take part from the next operation on
 * @op: the machine, from core_lock()
 * @c: the consumer; a valid name and stage set in @c->participant
 *
 * Return: 0; -EISCONN: it has joined already; -EUSERS: max_consumers have.
 */
int consumer_join(struct operation *op, struct consumer *c);

/**
 * consumer_leave() - it leaves or dies
 * @op: the machine, from core_lock()
 * @c: the consumer
 *
 * Return: 0; -ENOTCONN: it has not joined.
 */
int consumer_leave(struct operation *op, struct consumer *c);

/**
 * consumer_ack() - it is quiet
 * @op: the machine, from core_lock()
 * @c: the consumer
 * @operation_id: the operation that it acks
 * @result: 0, or a positive errno
 *
 * Return: as operation_ack() does.
 */
int consumer_ack(struct operation *op, struct consumer *c, u64 operation_id,
		 int result);

/**
 * consumer_find() - where to begin, or go on, to walk those that have joined
 * @number: of the last one seen, 0 to begin
 *
 * Takes few steps however many there are: anybody may ask for the list, and
 * meanwhile nobody acks.
 *
 * Context: core's lock held, from here to the last consumer_next().
 * Return: the next in the order in which they joined, or NULL.
 */
struct consumer *consumer_find(u64 number);

/** consumer_next() - the one that joined after @c, or NULL */
struct consumer *consumer_next(struct consumer *c);

/**
 * consumer_list_missing() - names of those that are outstanding
 * @op: the machine, from core_lock()
 * @text: where to; separated by commas, as many as fit
 * @size: of @text
 */
void consumer_list_missing(const struct operation *op, char *text,
			   size_t size);

#endif /* VMOPNOTIFY_CONSUMER_H */
