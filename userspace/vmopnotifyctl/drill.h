/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Drills: operations that do not come from the host, but are announced the same
 * way.
 *
 * Errors are negative errno, and have been told on stderr, with what to do.
 */
#ifndef VMOPNOTIFYCTL_DRILL_H
#define VMOPNOTIFYCTL_DRILL_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/vmopnotify.h>

/**
 * struct drill - a drill, as it is announced
 * @id: its operation id
 * @type: what stands for the host's word
 * @timeout_ms: its timeout, in milliseconds
 * @failed: it is to end as failed, not as success
 */
struct drill {
	uint64_t id;
	char type[VMOPNOTIFY_NAME_LEN];
	uint32_t timeout_ms;
	bool failed;
};

/**
 * struct open_operation - the operation that is open
 * @is_open: one is
 * @flags: VMOPNOTIFY_F_*
 * @id: its id
 * @type: the host's word for it
 * @members: how many take part
 */
struct open_operation {
	bool is_open;
	uint32_t flags;
	uint64_t id;
	char type[VMOPNOTIFY_NAME_LEN];
	uint32_t members;
};

/**
 * drill_open_operation - ask which operation is open
 * @op: where to put it
 *
 * Return: 0 or a negative errno.
 */
int drill_open_operation(struct open_operation *op);

/**
 * drill_start - announce a drill
 * @drill: what to announce
 *
 * Return: 0; -EBUSY while an operation is open; or another negative errno.
 */
int drill_start(const struct drill *drill);

/**
 * drill_end - end a drill
 * @drill: which, and how
 *
 * Return: 0; -ENOENT where it is not open; or another negative errno.
 */
int drill_end(const struct drill *drill);

/**
 * drill_change_timeout - give the open drill another timeout
 * @drill: with this one; counted from its start
 *
 * Return: 0; -ENOENT where no drill is open; or another negative errno.
 */
int drill_change_timeout(const struct drill *drill);

#endif /* VMOPNOTIFYCTL_DRILL_H */
