/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /dev/vmopnotify, by libvmopnotify, with messages for people.
 *
 * Errors are negative errno, and have been told on stderr, with what to do
 * about them.  What needs no message the library does by itself.
 */
#ifndef VMOPNOTIFYCTL_DEVICE_H
#define VMOPNOTIFYCTL_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include <vmopnotify.h>

#define DEVICE_PATH	"/dev/vmopnotify"

/* DEVICE_GROUP - who may open it. */
#define DEVICE_GROUP	"vmopnotify"

/* DEVICE_RECORDS - how many records to read at a time. */
#define DEVICE_RECORDS	16

/**
 * device_open - open it
 * @np: where to put it, for vmopnotify_close()
 * @consumer: to take part, which takes write permission; else to watch
 *
 * Return: 0 or a negative errno.
 */
int device_open(struct vmopnotify **np, bool consumer);

/**
 * device_status - ask for the state of this moment
 * @n: the device
 * @st: where to put it
 *
 * Return: 0 or a negative errno.
 */
int device_status(const struct vmopnotify *n, struct vmopnotify_status *st);

/**
 * device_snapshot - ask for the state, and for the operation that is open
 * @n: the device; what led to the state is not read from it after this
 * @st: where to put the state
 * @op: where to put the operation, of the same moment; all zero where none is
 *	open
 *
 * Return: 0 or a negative errno.
 */
int device_snapshot(struct vmopnotify *n, struct vmopnotify_status *st,
		    struct vmopnotify_operation *op);

/**
 * device_join - become a consumer
 * @n: the device, opened for it
 * @name: the consumer's name
 * @stage: its stage
 *
 * Return: 0 or a negative errno.
 */
int device_join(struct vmopnotify *n, const char *name, uint32_t stage);

/**
 * device_name_problem - what is wrong with a consumer's name
 * @name: the name
 *
 * Return: the problem in words, or NULL where there is none.
 */
const char *device_name_problem(const char *name);

#endif /* VMOPNOTIFYCTL_DEVICE_H */
