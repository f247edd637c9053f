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

/**
 * sysfs_remove() - nobody is in one of its files any more when it returns
 *
 * Before core_exit(): time passes when a file is read, and what comes of that
 * is told.
 */
void sysfs_remove(void);

/** sysfs_exit() - sysfs_notify_state() is not called any more */
void sysfs_exit(void);

#endif /* VMOPNOTIFY_SYSFS_H */
