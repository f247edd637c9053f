// SPDX-License-Identifier: GPL-2.0
/*
 * Consumers in the kernel.
 *
 * Each has a work item of its own on an unbound queue, so that a slow callback
 * delays nobody else's start.  What is due is not queued but read off the
 * machine when the work runs: nothing can get lost or come twice, however
 * fast operations follow each other.
 */
#include <linux/list.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/vmopnotify.h>
#include <linux/workqueue.h>

#include "consumer.h"
#include "core.h"
#include "inkernel.h"

/**
 * struct vmopnotify_registration - an in-kernel consumer as we see it
 * @consumer: its part of what all consumers have
 * @link: in the list of those registered
 * @work: calls it back
 * @api: the consumer as it registered; its callbacks
 * @owner: the module that its callbacks are in
 * @op: the operation that it was asked to prepare for, for the callbacks
 * @epoch: the machine's epoch then
 * @prepared: it was asked, and has not resumed
 * @unregistered: it unregistered from within its own callback
 */
struct vmopnotify_registration {
	struct consumer consumer;
	struct list_head link;
	struct work_struct work;
	struct vmopnotify_consumer *api;
	struct module *owner;
	struct vmopnotify_operation op;
	u64 epoch;
	bool prepared;
	bool unregistered;
};

enum due { DUE_NOTHING, DUE_PREPARE, DUE_RESUME };

static struct workqueue_struct *queue;
static LIST_HEAD(registrations);	/* under the core's lock */

void inkernel_kick(void)
{
	struct vmopnotify_registration *r;

	list_for_each_entry(r, &registrations, link)
		queue_work(queue, &r->work);
}

/* Take what is due next off the machine. */
static enum due take_due(struct vmopnotify_registration *r)
{
	const struct participant *p = &r->consumer.participant;
	enum due due = DUE_NOTHING;
	struct operation *op;

	op = core_lock();
	if (r->unregistered) {
		due = DUE_NOTHING;
	} else if (r->prepared) {
		if (!operation_is_open(op) || op->epoch != r->epoch) {
			r->prepared = false;
			due = DUE_RESUME;
		}
	} else if (operation_has_asked(op, p) && operation_is_missing(op, p)) {
		r->prepared = true;
		r->epoch = op->epoch;
		core_describe(op, &r->op);
		due = DUE_PREPARE;
	}
	core_unlock(op);
	return due;
}

static int ack(struct vmopnotify_registration *r, u64 id, int result)
{
	struct operation *op;
	int ret;

	if (result > 0 || result < -VMOPNOTIFY_MAX_RESULT)
		return -EINVAL;
	op = core_lock();
	ret = operation_ack(op, &r->consumer.participant, id, -result);
	core_unlock(op);
	return ret;
}

static void prepare(struct vmopnotify_registration *r)
{
	u64 id = r->op.operation_id;
	int ret = r->api->prepare(r->api, &r->op);

	/* It may be over by now, or @r's consumer gone: no harm. */
	if (ret != -EINPROGRESS && !r->unregistered)
		ack(r, id, clamp(ret, -VMOPNOTIFY_MAX_RESULT, 0));
}

static void inkernel_work(struct work_struct *work)
{
	struct vmopnotify_registration *r =
		container_of(work, struct vmopnotify_registration, work);
	struct module *owner = r->owner;
	enum due due;

	while ((due = take_due(r)) != DUE_NOTHING) {
		if (due == DUE_PREPARE)
			prepare(r);
		else
			r->api->resume(r->api, &r->op);
	}
	/* Queued once more before it left the list?  Then that run frees it. */
	if (r->unregistered && !work_pending(work)) {
		kfree(r);
		module_put(owner);
	}
}

int __vmopnotify_register(struct vmopnotify_consumer *c, struct module *owner)
{
	struct vmopnotify_registration *r;
	struct participant *p;
	struct operation *op;
	int ret;

	if (!c->name || !c->prepare || !c->resume ||
	    c->stage >= VMOPNOTIFY_STAGES)
		return -EINVAL;

	r = kzalloc(sizeof(*r), GFP_KERNEL);
	if (!r)
		return -ENOMEM;
	r->api = c;
	r->owner = owner;
	r->consumer.expected_ms = c->expected_ms;
	INIT_WORK(&r->work, inkernel_work);
	p = &r->consumer.participant;
	p->stage = c->stage;
	ret = -EINVAL;
	if (strscpy(p->name, c->name, sizeof(p->name)) < 0 ||
	    !consumer_name_is_valid(p->name))
		goto free;

	c->registration = r;
	op = core_lock();
	ret = consumer_join(op, &r->consumer);
	if (!ret)
		list_add_tail(&r->link, &registrations);
	core_unlock(op);
	if (ret)
		goto free;
	return 0;

free:
	c->registration = NULL;
	kfree(r);
	return ret;
}
EXPORT_SYMBOL_GPL(__vmopnotify_register);

void vmopnotify_unregister(struct vmopnotify_consumer *c)
{
	struct vmopnotify_registration *r = c->registration;
	bool inside = current_work() == &r->work;
	struct operation *op;

	if (inside)
		/* Its code must stay until the callback has returned. */
		__module_get(r->owner);

	op = core_lock();
	list_del(&r->link);
	consumer_leave(op, &r->consumer);
	r->unregistered = inside;
	core_unlock(op);

	c->registration = NULL;
	if (inside)
		return;
	cancel_work_sync(&r->work);
	kfree(r);
}
EXPORT_SYMBOL_GPL(vmopnotify_unregister);

int vmopnotify_ack(struct vmopnotify_consumer *c, u64 operation_id, int result)
{
	return ack(c->registration, operation_id, result);
}
EXPORT_SYMBOL_GPL(vmopnotify_ack);

int inkernel_init(void)
{
	queue = alloc_workqueue("vmopnotify", WQ_UNBOUND | WQ_HIGHPRI, 0);
	return queue ? 0 : -ENOMEM;
}

void inkernel_exit(void)
{
	destroy_workqueue(queue);
}
