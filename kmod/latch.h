/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The writer of struct vmopnotify_page; its readers, and why they find it
 * whole, are in <uapi/linux/vmopnotify.h>.  Pure, as the state machine is: a
 * userspace test stops it after each store, and reads.
 */
#ifndef VMOPNOTIFY_LATCH_H
#define VMOPNOTIFY_LATCH_H

#include <uapi/linux/vmopnotify.h>

/**
 * latch_write() - tell readers what is so now
 * @page: the page, at first zero but for its and its copies' abi_version
 * @status: that; where it is what they have, nothing is written
 *
 * Context: any but NMI; writers come one at a time.
 */
void latch_write(struct vmopnotify_page *page,
		 const struct vmopnotify_status *status);

#endif /* VMOPNOTIFY_LATCH_H */
