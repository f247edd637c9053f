// SPDX-License-Identifier: GPL-2.0
/*
 * vmopnotify - notice of hypervisor operations on this virtual machine
 *
 * <uapi/linux/vmopnotify.h> says what it does.  The rooms: operation.c is the
 * state machine, core.c the lock and timer around it and what goes out, ring.c
 * the records, page.c what is mapped, consumer.c who has joined, stun.c the
 * clock watched; chardev.c, netlink.c, sysfs.c and inkernel.c are the four ways
 * in, uevent.c one more out.
 */
#include <linux/module.h>
#include <net/genetlink.h>

#include "chardev.h"
#include "core.h"
#include "netlink.h"
#include "page.h"
#include "ring.h"
#include "sysfs.h"

static int __init vmopnotify_init(void)
{
	int ret;

	ret = ring_init();
	if (ret)
		return ret;
	ret = page_init();
	if (ret)
		goto ring;
	ret = core_init();
	if (ret)
		goto page;
	ret = sysfs_init();
	if (ret)
		goto core;
	ret = netlink_init();
	if (ret)
		goto sysfs;
	/* Last: a file that is open must not see the module go. */
	ret = chardev_init();
	if (ret)
		goto netlink;
	return 0;

netlink:
	netlink_exit();
sysfs:
	sysfs_remove();
	core_exit();
	sysfs_exit();
	goto page;
core:
	core_exit();
page:
	page_exit();
ring:
	ring_exit();
	return ret;
}

static void __exit vmopnotify_exit(void)
{
	netlink_exit();
	sysfs_remove();
	core_exit();
	chardev_exit();
	sysfs_exit();
	page_exit();
	ring_exit();
}

module_init(vmopnotify_init);
module_exit(vmopnotify_exit);

MODULE_DESCRIPTION("Notice of hypervisor operations on this virtual machine");
MODULE_AUTHOR("The vmopnotify maintainers");
MODULE_LICENSE("GPL");
MODULE_VERSION(VMOPNOTIFY_VERSION);
/* Whoever asks for the family has it loaded, and udev on VMware's machines. */
MODULE_ALIAS_GENL_FAMILY(VMOPNOTIFY_GENL_NAME);
MODULE_ALIAS("dmi:*:svnVMware*:*");
