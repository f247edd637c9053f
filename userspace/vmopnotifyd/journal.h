/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The record of operations: at the end of each, one entry in the journal, with
 * fields to find it by.
 *
 * It is made from what the kernel says, whoever began the operation and however
 * it ended: so drills are in it too, and what the kernel gave up.
 */
#ifndef VMOPD_JOURNAL_H
#define VMOPD_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/vmopnotify.h>

#include "kernel.h"

/* JOURNAL_END_ID - MESSAGE_ID of the entries, for journalctl and its like. */
#define JOURNAL_END_ID	"5d0b4a3c4f5f4bd6a2c8f1f0a1e7c936"

/**
 * struct journal - the operation that is open; zeroed at first
 * @open: there is one
 * @id: its id
 * @type: the host's word for it
 * @start_ns: when it began, CLOCK_MONOTONIC
 * @flags: VMOPNOTIFY_F_* as last heard
 * @expired: its deadline passed
 * @written: the entry of @id was written without its end having been heard
 */
struct journal {
	bool open;
	uint64_t id;
	char type[VMOPNOTIFY_NAME_LEN];
	uint64_t start_ns;
	uint32_t flags;
	bool expired;
	bool written;
};

/**
 * journal_event - take note of an event of the kernel's
 * @j: the record
 * @attrs: of the event, by &enum vmopnotify_attr
 * @attached: this is the helper that is attached
 *
 * Two helpers may hear of one end: where another one is attached, it writes.
 */
void journal_event(struct journal *j, struct nlattr **attrs, bool attached);

/**
 * journal_view - take note of where the kernel stands
 * @j: the record
 * @v: what the kernel answered
 *
 * For an operation that began before us, and where events were lost: the entry
 * of one that ended unseen has what the kernel still knows of it.
 */
void journal_view(struct journal *j, const struct kernel_view *v);

#endif /* VMOPD_JOURNAL_H */
