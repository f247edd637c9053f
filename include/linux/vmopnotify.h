/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vmopnotify for other parts of the kernel: get quiet before the hypervisor
 * stops this virtual machine, and know when it is over.  The words and the
 * life of an operation are told at the head of <uapi/linux/vmopnotify.h>.
 */
#ifndef _LINUX_VMOPNOTIFY_H
#define _LINUX_VMOPNOTIFY_H

#include <linux/compiler.h>
#include <linux/types.h>
#include <uapi/linux/vmopnotify.h>

struct vmopnotify_registration;

/**
 * struct vmopnotify_consumer - a consumer in the kernel
 * @name: what messages and lists call it; printable ASCII, not empty, shorter
 *	than %VMOPNOTIFY_NAME_LEN
 * @stage: its stage, below %VMOPNOTIFY_STAGES
 * @expected_ms: how long it expects to need, in milliseconds, for people to
 *	see; 0 where unknown
 * @prepare: get quiet.  Return 0 once quiet; -EINPROGRESS to call
 *	vmopnotify_ack() later; another negative errno where it failed, which
 *	is counted and shown, and is an ack all the same.
 * @resume: the operation is over, whatever its end was.  Called exactly once
 *	for each time that @prepare was.
 * @registration: ours; zero before it registers
 *
 * Both callbacks run in process context with no lock of ours held, one at a
 * time for one consumer, side by side for several.  @op is valid during the
 * call, and for both callbacks tells the operation as it was when asked to
 * prepare.
 */
struct vmopnotify_consumer {
	const char *name;
	u32 stage;
	u32 expected_ms;
	int (*prepare)(struct vmopnotify_consumer *c,
		       const struct vmopnotify_operation *op);
	void (*resume)(struct vmopnotify_consumer *c,
		       const struct vmopnotify_operation *op);

	struct vmopnotify_registration *registration;
};

/**
 * vmopnotify_register() - take part from the next operation on
 * @c: the consumer; stays the caller's, and there, until unregistered
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL: bad name, stage or callback; -EUSERS: too many
 * consumers; -ENOMEM.
 */
int vmopnotify_register(struct vmopnotify_consumer *c);

/**
 * vmopnotify_unregister() - take part no more
 * @c: the consumer
 *
 * As good as an ack where one is outstanding.  Waits for a callback that is
 * running, unless it is called from within that callback; none is called
 * after it, so who is quiet at this moment resumes by itself.
 *
 * May be called again, and then waits for the callback within which it was
 * called before.  So a module always calls it when it exits, and only then
 * stops what might still call vmopnotify_ack(), which does no harm meanwhile.
 *
 * Context: process context, may sleep.
 */
void vmopnotify_unregister(struct vmopnotify_consumer *c);

/**
 * vmopnotify_ack() - quiet now, after @prepare returned -EINPROGRESS
 * @c: the consumer
 * @operation_id: the operation that it was asked to prepare for
 * @result: 0, or the negative errno that getting quiet failed with
 *
 * Context: process or soft interrupt, with interrupts enabled.
 * Return: 0; -EINVAL: bad result; -ESTALE: that operation is over; -EALREADY:
 * acked before; -EAGAIN: not asked; -ENOTCONN: it takes no part, or has
 * unregistered.
 */
int vmopnotify_ack(struct vmopnotify_consumer *c, u64 operation_id,
		   int result);

extern int __vmopnotify_state;

/**
 * vmopnotify_quiescing() - is an operation open?
 *
 * A load and a compare.
 *
 * Context: any, NMI included.
 * Return: true from an operation's start to its end.
 */
static inline bool vmopnotify_quiescing(void)
{
	return READ_ONCE(__vmopnotify_state) >= VMOPNOTIFY_STATE_QUIESCING;
}

#endif /* _LINUX_VMOPNOTIFY_H */
