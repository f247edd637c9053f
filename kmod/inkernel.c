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
	struct vmopnotify_operation op;
	u64 epoch;
	bool prepared;
	bool unregistered;
};

enum due { DUE_NOTHING, DUE_PREPARE, DUE_RESUME };

static LIST_HEAD(registrations);	/* under the core's lock */

void inkernel_kick(void)
{
	struct vmopnotify_registration *r;

	list_for_each_entry(r, &registrations, link)
		queue_work(core_queue, &r->work);
}

/* Was it called to prepare for this operation, and not yet to resume? */
static bool is_prepared_for(const struct vmopnotify_registration *r,
			    const struct operation *op)
{
	return r->prepared && r->epoch == op->epoch;
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
		if (!operation_is_open(op) || !is_prepared_for(r, op)) {
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

int vmopnotify_ack(struct vmopnotify_consumer *c, u64 operation_id, int result)
{
	struct vmopnotify_registration *r;
	struct operation *op;
	int ret = -ENOTCONN;

	if (result > 0 || result < -VMOPNOTIFY_MAX_RESULT)
		return -EINVAL;

	op = core_lock();
	r = c->registration;
	/*
	 * What it was asked to prepare for may be over, and another operation
	 * of the same id open for which it will be asked anew.
	 */
	if (r && operation_is_missing(op, &r->consumer.participant) &&
	    !is_prepared_for(r, op))
		ret = op->id == operation_id ? -EAGAIN : -ESTALE;
	else if (r)
		ret = consumer_ack(op, &r->consumer, operation_id, -result);
	core_unlock(op);
	return ret;
}
EXPORT_SYMBOL_GPL(vmopnotify_ack);

static void prepare(struct vmopnotify_registration *r)
{
	u64 id = r->op.operation_id;
	int ret = r->api->prepare(r->api, &r->op);

	/* It may be over by now, or unregistered in the callback: no harm. */
	if (ret != -EINPROGRESS && !r->unregistered)
		vmopnotify_ack(r->api, id,
			       clamp(ret, -VMOPNOTIFY_MAX_RESULT, 0));
}

static void inkernel_work(struct work_struct *work)
{
	struct vmopnotify_registration *r =
		container_of(work, struct vmopnotify_registration, work);
	enum due due;

	while ((due = take_due(r)) != DUE_NOTHING) {
		if (due == DUE_PREPARE)
			prepare(r);
		else
			r->api->resume(r->api, &r->op);
	}
	/* Queued once more before it left the list?  Then that run frees it. */
	if (r->unregistered && !work_pending(work))
		kfree(r);
}

int vmopnotify_register(struct vmopnotify_consumer *c)
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
	r->consumer.expected_ms = c->expected_ms;
	INIT_WORK(&r->work, inkernel_work);
	p = &r->consumer.participant;
	p->stage = c->stage;
	ret = -EINVAL;
	if (strscpy(p->name, c->name, sizeof(p->name)) < 0 ||
	    !consumer_name_is_valid(p->name))
		goto free;

	op = core_lock();
	ret = consumer_join(op, &r->consumer);
	if (!ret) {
		list_add_tail(&r->link, &registrations);
		c->registration = r;
	}
	core_unlock(op);
	if (ret)
		goto free;
	return 0;

free:
	kfree(r);
	return ret;
}
EXPORT_SYMBOL_GPL(vmopnotify_register);

/* Are we called from a callback, of @r or, where that is NULL, of anybody's? */
static bool is_inside(const struct vmopnotify_registration *r)
{
	const struct work_struct *work = current_work();

	return r ? work == &r->work : work && work->func == inkernel_work;
}

void vmopnotify_unregister(struct vmopnotify_consumer *c)
{
	struct vmopnotify_registration *r;
	struct operation *op;
	bool inside;

	op = core_lock();
	r = c->registration;
	c->registration = NULL;
	inside = is_inside(r);
	if (r) {
		list_del(&r->link);
		consumer_leave(op, &r->consumer);
		r->unregistered = inside;
	}
	core_unlock(op);

	if (!r && !inside)
		/* It did so in a callback, which may still be returning. */
		flush_workqueue(core_queue);
	if (!r || inside)
		return;
	cancel_work_sync(&r->work);
	kfree(r);
}
EXPORT_SYMBOL_GPL(vmopnotify_unregister);
