/* SPDX-License-Identifier: GPL-2.0 */
/* The generic netlink family: how the helper drives the machine. */
#ifndef VMOPNOTIFY_NETLINK_H
#define VMOPNOTIFY_NETLINK_H

#include <linux/types.h>

#include "operation.h"

struct sk_buff;

/**
 * struct netlink_ready - a READY on its way to the helper
 * @skb: the message, or NULL
 * @portid: the helper's, or 0 where it is gone
 */
struct netlink_ready {
	struct sk_buff *skb;
	u32 portid;
};

/**
 * netlink_take_ready() - is a READY due?
 * @op: the machine
 * @ready: the message, if one is due, for netlink_send_ready()
 *
 * The message is allocated with the start, so that it cannot fail when it
 * counts, and taken once.
 *
 * Context: core's lock held.
 */
void netlink_take_ready(const struct operation *op,
			struct netlink_ready *ready);

/**
 * netlink_send_ready() - send it
 * @ready: from netlink_take_ready(); its message is used up
 *
 * Context: process or soft interrupt, no lock of ours held.
 */
void netlink_send_ready(struct netlink_ready *ready);

/**
 * netlink_publish() - have new records sent to the group
 *
 * Context: any.
 */
void netlink_publish(void);

/**
 * netlink_helper() - what the helper said that it is
 * @buf: where to, %VMOPNOTIFY_TEXT_LEN bytes; "none" where none is attached
 *
 * Context: core's lock held.
 */
void netlink_helper(char *buf);

/** netlink_init() - Return: 0 or a negative errno. */
int netlink_init(void);

/** netlink_exit() - no command runs any more when it returns */
void netlink_exit(void);

#endif /* VMOPNOTIFY_NETLINK_H */
