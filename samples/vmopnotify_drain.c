// SPDX-License-Identifier: GPL-2.0
/*
 * A consumer in the kernel that acks late, from another context: a driver with
 * requests in flight.  Asked to prepare it takes no new ones and returns; the
 * request that completes last acks, from a soft interrupt here.
 */
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/vmopnotify.h>

static unsigned int latency_ms = 50;
module_param(latency_ms, uint, 0444);
MODULE_PARM_DESC(latency_ms, "milliseconds that a request takes (default 50)");

static unsigned long completed;
module_param(completed, ulong, 0444);
MODULE_PARM_DESC(completed, "requests done so far");

static bool drained;
module_param(drained, bool, 0444);
MODULE_PARM_DESC(drained, "it is quiet at present");

static DEFINE_SPINLOCK(lock);
static bool in_flight;
static bool draining;
static u64 operation_id;	/* to ack once drained */

/* One request at a time is enough to show; this is its device. */
static void request_done(struct timer_list *unused);
static DEFINE_TIMER(device, request_done);

static int drain_prepare(struct vmopnotify_consumer *c,
			 const struct vmopnotify_operation *op)
{
	int ret = 0;

	spin_lock_bh(&lock);
	draining = true;
	operation_id = op->operation_id;
	if (in_flight)
		ret = -EINPROGRESS;
	else
		drained = true;
	spin_unlock_bh(&lock);
	return ret;
}

/* Lock held. */
static void submit(void)
{
	in_flight = true;
	mod_timer(&device, jiffies + msecs_to_jiffies(latency_ms));
}

static void drain_resume(struct vmopnotify_consumer *c,
			 const struct vmopnotify_operation *op)
{
	spin_lock_bh(&lock);
	draining = false;
	drained = false;
	/* The operation may have ended before all was drained. */
	if (!in_flight)
		submit();
	spin_unlock_bh(&lock);
}

static struct vmopnotify_consumer consumer = {
	.name = "drain",
	.prepare = drain_prepare,
	.resume = drain_resume,
};

static void request_done(struct timer_list *unused)
{
	bool last;
	u64 id;

	spin_lock(&lock);
	completed++;
	in_flight = false;
	last = draining;
	if (last)
		drained = true;
	else
		submit();
	id = operation_id;
	spin_unlock(&lock);

	/* With its id: where that is over meanwhile, it acks no other. */
	if (last)
		vmopnotify_ack(&consumer, id, 0);
}

static int __init drain_init(void)
{
	int ret = vmopnotify_register(&consumer);

	if (ret)
		return ret;
	spin_lock_bh(&lock);
	if (!draining)
		submit();
	spin_unlock_bh(&lock);
	return 0;
}

static void __exit drain_exit(void)
{
	/* First: no callback submits any more, and a late ack does no harm. */
	vmopnotify_unregister(&consumer);
	spin_lock_bh(&lock);
	draining = true;
	spin_unlock_bh(&lock);
	timer_delete_sync(&device);
}

module_init(drain_init);
module_exit(drain_exit);

MODULE_DESCRIPTION("vmopnotify sample: a driver that acks once it has drained");
MODULE_AUTHOR("The vmopnotify maintainers");
MODULE_LICENSE("GPL");
