// SPDX-License-Identifier: GPL-2.0
/*
 * Consumers in the kernel as awkward as the interface allows: one acks late
 * from a soft interrupt, one fails, one takes long, one unregisters within its
 * own callback.  What they saw is in the module's parameters.
 */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/timer.h>
#include <linux/vmopnotify.h>

static int prepares;
module_param(prepares, int, 0444);
static int resumes;
module_param(resumes, int, 0444);
static int late_ret = 1;
module_param(late_ret, int, 0444);
static bool quiescing;
module_param(quiescing, bool, 0444);
static int bad_registrations;
module_param(bad_registrations, int, 0444);

/* The slow one's prepare returns when this is written to. */
static DECLARE_COMPLETION(release_slow);

static int set_release(const char *val, const struct kernel_param *kp)
{
	complete_all(&release_slow);
	return 0;
}

static const struct kernel_param_ops release_ops = { .set = set_release };
module_param_cb(release, &release_ops, NULL, 0200);

static DEFINE_SPINLOCK(count_lock);

static void count(int *counter)
{
	spin_lock_bh(&count_lock);
	++*counter;
	spin_unlock_bh(&count_lock);
}

static void count_resume(struct vmopnotify_consumer *c,
			 const struct vmopnotify_operation *op)
{
	count(&resumes);
}

static struct timer_list late_timer;
static u64 late_id;

static int late_prepare(struct vmopnotify_consumer *c,
			const struct vmopnotify_operation *op)
{
	quiescing = vmopnotify_quiescing();
	count(&prepares);
	late_id = op->operation_id;
	mod_timer(&late_timer, jiffies + 2);
	return -EINPROGRESS;
}

static struct vmopnotify_consumer late = {
	.name = "test-late", .prepare = late_prepare, .resume = count_resume,
};

static void late_fire(struct timer_list *unused)
{
	late_ret = vmopnotify_ack(&late, late_id, 0);
}

static int failing_prepare(struct vmopnotify_consumer *c,
			   const struct vmopnotify_operation *op)
{
	count(&prepares);
	return -ENXIO;
}

static struct vmopnotify_consumer failing = {
	.name = "test-failing", .prepare = failing_prepare,
	.resume = count_resume,
};

static int slow_prepare(struct vmopnotify_consumer *c,
			const struct vmopnotify_operation *op)
{
	count(&prepares);
	wait_for_completion(&release_slow);
	return 0;
}

static struct vmopnotify_consumer slow = {
	.name = "test-slow", .prepare = slow_prepare, .resume = count_resume,
};

/* It takes part once. */

static int once_prepare(struct vmopnotify_consumer *c,
			const struct vmopnotify_operation *op)
{
	vmopnotify_unregister(c);
	count(&prepares);
	return 0;
}

static struct vmopnotify_consumer once = {
	.name = "test-once", .prepare = once_prepare, .resume = count_resume,
};

static void try_bad_registrations(void)
{
	struct vmopnotify_consumer bad = late;

	bad.name = "";
	bad_registrations += vmopnotify_register(&bad) == -EINVAL;
	bad.name = "a name that is longer than any name may be";
	bad_registrations += vmopnotify_register(&bad) == -EINVAL;
	bad.name = "stage";
	bad.stage = VMOPNOTIFY_STAGES;
	bad_registrations += vmopnotify_register(&bad) == -EINVAL;
	bad.stage = 0;
	bad.resume = NULL;
	bad_registrations += vmopnotify_register(&bad) == -EINVAL;
}

static int __init test_init(void)
{
	int ret;

	timer_setup(&late_timer, late_fire, 0);
	try_bad_registrations();
	ret = vmopnotify_register(&late);
	if (ret)
		return ret;
	ret = vmopnotify_register(&failing);
	if (ret)
		goto unregister_late;
	ret = vmopnotify_register(&slow);
	if (ret)
		goto unregister_failing;
	ret = vmopnotify_register(&once);
	if (ret)
		goto unregister_slow;
	return 0;

unregister_slow:
	vmopnotify_unregister(&slow);
unregister_failing:
	vmopnotify_unregister(&failing);
unregister_late:
	vmopnotify_unregister(&late);
	timer_delete_sync(&late_timer);
	return ret;
}

static void __exit test_exit(void)
{
	complete_all(&release_slow);
	vmopnotify_unregister(&once);
	vmopnotify_unregister(&slow);
	vmopnotify_unregister(&failing);
	vmopnotify_unregister(&late);
	/* Nobody sets it any more; an ack of it is refused. */
	timer_delete_sync(&late_timer);
}

module_init(test_init);
module_exit(test_exit);

MODULE_DESCRIPTION("vmopnotify test: awkward in-kernel consumers");
MODULE_AUTHOR("The vmopnotify maintainers");
MODULE_LICENSE("GPL");
