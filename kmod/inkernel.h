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

/** inkernel_init() - Return: 0, or -ENOMEM. */
int inkernel_init(void);

/** inkernel_exit() - nobody is registered any more */
void inkernel_exit(void);

#endif /* VMOPNOTIFY_INKERNEL_H */
