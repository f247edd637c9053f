/* SPDX-License-Identifier: GPL-2.0 */
/* /dev/vmopnotify, see <uapi/linux/vmopnotify.h>. */
#ifndef VMOPNOTIFY_CHARDEV_H
#define VMOPNOTIFY_CHARDEV_H

struct kobject;

/** chardev_init() - Return: 0 or a negative errno. */
int chardev_init(void);

/** chardev_kobject() - the device, for uevents; NULL before it is there */
struct kobject *chardev_kobject(void);

/** chardev_exit() - no file is open any more */
void chardev_exit(void);

#endif /* VMOPNOTIFY_CHARDEV_H */
