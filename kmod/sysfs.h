/* SPDX-License-Identifier: GPL-2.0 */
/* /sys/kernel/vmopnotify, see docs/abi/sysfs-kernel-vmopnotify. */
#ifndef VMOPNOTIFY_SYSFS_H
#define VMOPNOTIFY_SYSFS_H

/**
 * sysfs_notify_state() - wake whoever polls the file "state"
 *
 * Context: process or soft interrupt.
 */
void sysfs_notify_state(void);

/** sysfs_init() - Return: 0 or a negative errno. */
int sysfs_init(void);

/** sysfs_exit() - nobody is in one of its files any more when it returns */
void sysfs_exit(void);

#endif /* VMOPNOTIFY_SYSFS_H */
