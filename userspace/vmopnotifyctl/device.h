/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /dev/vmopnotify: open it, read it, take part.
 *
 * Errors are negative errno.  Those of device_open(), device_join() and
 * device_snapshot() have been told on stderr, with what to do about them.
 */
#ifndef VMOPNOTIFYCTL_DEVICE_H
#define VMOPNOTIFYCTL_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/vmopnotify.h>

#define DEVICE_PATH	"/dev/vmopnotify"

/* DEVICE_GROUP - who may open it. */
#define DEVICE_GROUP	"vmopnotify"

/* DEVICE_RECORDS - how many records to read at a time. */
#define DEVICE_RECORDS	16

/**
 * device_open - open it, non-blocking and close-on-exec
 * @consumer: to take part, which takes write permission; else to watch
 *
 * Return: a file descriptor, or a negative errno.
 */
int device_open(bool consumer);

/**
 * device_read - read the records that have come, without waiting
 * @fd: the device
 * @events: where to put them
 * @max: how many at most
 *
 * Return: how many, 0 where there is none; -EPIPE: records were lost, ask for
 * the state and go on reading; another negative errno.
 */
int device_read(int fd, struct vmopnotify_event *events, unsigned int max);

/**
 * device_snapshot - ask for the state, and for the operation that is open
 * @fd: the device
 * @st: where to put the state
 * @op: where to put the operation, of the same moment; all zero where none is
 *	open.  May be NULL.
 *
 * Return: 0 or a negative errno.
 */
int device_snapshot(int fd, struct vmopnotify_status *st,
		    struct vmopnotify_operation *op);

/**
 * device_join - become a consumer
 * @fd: the device, opened for it
 * @name: the consumer's name
 * @stage: its stage
 *
 * Return: 0 or a negative errno.
 */
int device_join(int fd, const char *name, uint32_t stage);

/**
 * device_leave - be a consumer no more, which is as good as an ack
 * @fd: the device; it can be read on
 *
 * Return: 0 or a negative errno, not told.
 */
int device_leave(int fd);

/**
 * device_ack - ack an operation
 * @fd: the device
 * @operation_id: which
 * @result: 0 or an errno
 *
 * Return: 0 or a negative errno, not told.
 */
int device_ack(int fd, uint64_t operation_id, int result);

/**
 * device_name_problem - what is wrong with a consumer's name
 * @name: the name
 *
 * Return: the problem in words, or NULL where there is none.
 */
const char *device_name_problem(const char *name);

#endif /* VMOPNOTIFYCTL_DEVICE_H */
