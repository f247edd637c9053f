// SPDX-License-Identifier: GPL-2.0
/*
 * A consumer in the kernel: a real-time thread that works once a millisecond,
 * and pauses while the hypervisor migrates the machine.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/vmopnotify.h>

static unsigned int stage;
module_param(stage, uint, 0444);
MODULE_PARM_DESC(stage, "stage in which it quiesces (default 0)");

static unsigned long turns;
module_param(turns, ulong, 0444);
MODULE_PARM_DESC(turns, "turns done so far");

static bool paused;
module_param(paused, bool, 0444);
MODULE_PARM_DESC(paused, "it is quiet at present");

static struct task_struct *thread;

/* kthread_park() returns once the thread has come to rest. */
static int pause_prepare(struct vmopnotify_consumer *c,
			 const struct vmopnotify_operation *op)
{
	int ret = kthread_park(thread);

	paused = !ret;
	return ret;
}

static void pause_resume(struct vmopnotify_consumer *c,
			 const struct vmopnotify_operation *op)
{
	paused = false;
	kthread_unpark(thread);
}

static struct vmopnotify_consumer consumer = {
	.name = "pause",
	.prepare = pause_prepare,
	.resume = pause_resume,
};

static int pause_thread(void *unused)
{
	while (!kthread_should_stop()) {
		if (kthread_should_park())
			kthread_parkme();
		turns++;
		usleep_range(1000, 1100);
	}
	return 0;
}

static int __init pause_init(void)
{
	int ret;

	thread = kthread_run(pause_thread, NULL, "vmopnotify_pause");
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	sched_set_fifo(thread);
	consumer.stage = stage;
	ret = vmopnotify_register(&consumer);
	if (ret)
		kthread_stop(thread);
	return ret;
}

static void __exit pause_exit(void)
{
	/* No callback comes after this; the thread may still be parked. */
	vmopnotify_unregister(&consumer);
	kthread_stop(thread);
}

module_init(pause_init);
module_exit(pause_exit);

MODULE_DESCRIPTION("vmopnotify sample: a thread that pauses for a migration");
MODULE_AUTHOR("The vmopnotify maintainers");
MODULE_LICENSE("GPL");
