// SPDX-License-Identifier: GPL-2.0
/*
 * vmopnotify - notice of hypervisor operations on this virtual machine
 *
 * <uapi/linux/vmopnotify.h> says what it does.  The rooms: operation.c is the
 * state machine, core.c the lock and timer around it and what goes out,
 * ring.c the records, consumer.c who has joined; chardev.c, netlink.c,
 * sysfs.c and inkernel.c are the four ways in.
 */
#include <linux/module.h>
#include <net/genetlink.h>

#include "chardev.h"
#include "core.h"
#include "inkernel.h"
#include "netlink.h"
#include "ring.h"
#include "sysfs.h"

static int __init vmopnotify_init(void)
{
	int ret;

	ret = ring_init();
	if (ret)
		return ret;
	core_init();
	ret = inkernel_init();
	if (ret)
		goto ring;
	ret = sysfs_init();
	if (ret)
		goto inkernel;
	ret = chardev_init();
	if (ret)
		goto sysfs;
	/* Last: with it, inputs come. */
	ret = netlink_init();
	if (ret)
		goto chardev;
	return 0;

chardev:
	chardev_exit();
sysfs:
	sysfs_exit();
inkernel:
	inkernel_exit();
ring:
	core_exit();
	ring_exit();
	return ret;
}

static void __exit vmopnotify_exit(void)
{
	netlink_exit();
	chardev_exit();
	/* A drill may still be open: its timer notifies sysfs. */
	core_exit();
	sysfs_exit();
	inkernel_exit();
	ring_exit();
}

module_init(vmopnotify_init);
module_exit(vmopnotify_exit);

MODULE_DESCRIPTION("Notice of hypervisor operations on this virtual machine");
MODULE_AUTHOR("The vmopnotify maintainers");
MODULE_LICENSE("GPL");
MODULE_VERSION(VMOPNOTIFY_VERSION);
MODULE_ALIAS_GENL_FAMILY(VMOPNOTIFY_GENL_NAME);
