/* SPDX-License-Identifier: GPL-2.0 */
/* Consumers in the kernel; what they see is <linux/vmopnotify.h>. */
#ifndef VMOPNOTIFY_INKERNEL_H
#define VMOPNOTIFY_INKERNEL_H

/**
 * inkernel_kick() - let the in-kernel consumers look at what is new
 *
 * Context: core's lock held.
 */
void inkernel_kick(void);

#endif /* VMOPNOTIFY_INKERNEL_H */
