/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A thin client of the kernel's generic netlink family "vmopnotify".
 *
 * libnl opens the socket and builds messages.  Receiving is done here, because
 * libnl 3.7 drops what the kernel says in its extended ack, and that text is
 * the better half of every refusal.
 *
 * Errors are negative errno; the text that goes with one is written to the
 * caller's buffer: the kernel's own words where it gave some, else a
 * description.  A buffer may be NULL with size 0.
 */
#ifndef VMOP_GENL_H
#define VMOP_GENL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <netlink/attr.h>
#include <netlink/msg.h>

#include <linux/vmopnotify.h>

struct vmop_genl;

/* VMOP_ERR_LEN - a size at which no text of the kernel's is cut. */
#define VMOP_ERR_LEN	256

/**
 * typedef vmop_genl_cb - receives one message
 * @cmd: &enum vmopnotify_cmd; of a notification handler, %VMOPNOTIFY_CMD_UNSPEC
 *	means that notifications were lost (the socket's buffer was full): ask
 *	the kernel for its state
 * @attrs: by &enum vmopnotify_attr, NULL where the message has none; types and
 *	sizes of those of the header have been checked, strings end in NUL.
 *	Gone when the callback returns.
 * @arg: what was given with the callback
 *
 * A callback must not send requests over the same handle.
 *
 * Return: 0 to go on, or a negative errno: it becomes that of the function
 * that called back, which passes no further message on.
 */
typedef int (*vmop_genl_cb)(uint8_t cmd, struct nlattr **attrs, void *arg);

/**
 * vmop_genl_open - open a socket and find the family
 * @gp: where to put the handle
 * @err: where to put the text of an error
 * @errlen: size of @err
 *
 * Asking for the family makes the kernel load the module, if it is installed.
 * The socket is close-on-exec and non-blocking.
 *
 * Return: 0, -ENOENT if there is no such family (the text says what to do), or
 * another negative errno.
 */
int vmop_genl_open(struct vmop_genl **gp, char *err, size_t errlen);

/**
 * vmop_genl_close - close the socket, and with it leave a group, detach
 * @g: the handle, or NULL
 */
void vmop_genl_close(struct vmop_genl *g);

/**
 * vmop_genl_fd - the socket, to poll for EPOLLIN
 * @g: the handle
 *
 * Return: the file descriptor; it stays the handle's.
 */
int vmop_genl_fd(const struct vmop_genl *g);

/**
 * vmop_genl_set_notify - say who takes what was not asked for
 * @g: the handle
 * @cb: receives READY and EVENT messages, from vmop_genl_process() and also
 *	from within vmop_genl_do() and vmop_genl_dump(), where one comes in
 *	while a reply is awaited; NULL to drop them
 * @arg: for @cb
 */
void vmop_genl_set_notify(struct vmop_genl *g, vmop_genl_cb cb, void *arg);

/**
 * vmop_genl_subscribe - listen to the group "events"
 * @g: the handle
 * @err: where to put the text of an error
 * @errlen: size of @err
 *
 * Return: 0 or a negative errno.
 */
int vmop_genl_subscribe(struct vmop_genl *g, char *err, size_t errlen);

/**
 * vmop_genl_msg - begin a request
 * @g: the handle
 * @cmd: &enum vmopnotify_cmd
 *
 * Add attributes with libnl's nla_put_u32() and its like.
 *
 * Return: the message, for vmop_genl_do() or vmop_genl_dump() to send and
 * free, or for nlmsg_free(); NULL where there is no memory.
 */
struct nl_msg *vmop_genl_msg(struct vmop_genl *g, uint8_t cmd);

/**
 * vmop_genl_do - send a request and wait until the kernel has acked it
 * @g: the handle
 * @msg: the request; it is freed whatever comes.  NULL gives -ENOMEM.
 * @cb: receives each reply, or NULL
 * @arg: for @cb
 * @err: the text of an error; after success, the kernel's warning, or ""
 * @errlen: size of @err
 *
 * Return: 0 or a negative errno: the kernel's, @cb's, or that of sending and
 * receiving.  -ENOBUFS if the kernel got the request, but its answer was lost
 * in an overrun: ask it for its state.  -ETIMEDOUT if it did not answer within
 * seconds.
 */
int vmop_genl_do(struct vmop_genl *g, struct nl_msg *msg, vmop_genl_cb cb,
		 void *arg, char *err, size_t errlen);

/**
 * vmop_genl_dump - ask for a whole list
 * @g: the handle
 * @msg: the request; it is freed whatever comes.  NULL gives -ENOMEM.
 * @cb: receives each entry
 * @arg: for @cb
 * @err: the text of an error, or ""
 * @errlen: size of @err
 *
 * If the list changed while it was read, it is read again: @cb sees one
 * consistent list, and that once.
 *
 * Return: 0 or a negative errno; -EINTR if it changed time and again.
 */
int vmop_genl_dump(struct vmop_genl *g, struct nl_msg *msg, vmop_genl_cb cb,
		   void *arg, char *err, size_t errlen);

/**
 * vmop_genl_process - pass on the notifications that have come, without waiting
 * @g: the handle
 *
 * Return: 0 or a negative errno: the notification handler's, or that of
 * receiving.  An overrun is not an error, see &vmop_genl_cb.
 */
int vmop_genl_process(struct vmop_genl *g);

/**
 * vmop_attr_u32 - a 32-bit attribute's value
 * @attrs: as the callback got them
 * @attr: &enum vmopnotify_attr
 * @absent: what to return where the message has none
 *
 * Return: the value.
 */
uint32_t vmop_attr_u32(struct nlattr **attrs, int attr, uint32_t absent);

/**
 * vmop_attr_u64 - a 64-bit attribute's value
 * @attrs: as the callback got them
 * @attr: &enum vmopnotify_attr
 * @absent: what to return where the message has none
 *
 * Return: the value.
 */
uint64_t vmop_attr_u64(struct nlattr **attrs, int attr, uint64_t absent);

/**
 * vmop_attr_str - a string attribute's value
 * @attrs: as the callback got them
 * @attr: &enum vmopnotify_attr
 * @absent: what to return where the message has none
 *
 * Return: the string, gone when the callback returns.
 */
const char *vmop_attr_str(struct nlattr **attrs, int attr, const char *absent);

/**
 * vmop_genl_extack - what an NLMSG_ERROR or NLMSG_DONE message says
 * @nlh: the message, whole
 * @err: where to put the kernel's text, "" where it gave none
 * @errlen: size of @err
 *
 * Return: the error in it, 0 for a plain ack; -EBADMSG for a message that is
 * too short, or whose error is none.
 */
int vmop_genl_extack(const struct nlmsghdr *nlh, char *err, size_t errlen);

#endif /* VMOP_GENL_H */
