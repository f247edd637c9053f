// SPDX-License-Identifier: GPL-2.0
/*
 * A consumer in the kernel that saves a long stun from ending in false alarms.
 *
 * To the watchdogs a processor that was stunned looks like one that hung: the
 * clock went on, it did not.  While an operation is open this touches the
 * soft-lockup and NMI watchdogs of each processor, ten times a second.
 *
 * Why that is enough.  A watchdog's timer that finds it touched forgives once.
 * After a stun the timers of a processor run in the order in which they were
 * due.  If ours was due first it touches first.  If the watchdog's was, then
 * ours ran at least once since the watchdog's ran last, being the more frequent
 * by far: it is touched already.  (A processor that comes online while an
 * operation is open is not guarded until the next one.)
 */
#include <linux/cpu.h>
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/nmi.h>
#include <linux/percpu.h>
#include <linux/smp.h>
#include <linux/vmopnotify.h>

#define PERIOD_NS (100 * NSEC_PER_MSEC)

static bool guarding;
module_param(guarding, bool, 0444);
MODULE_PARM_DESC(guarding, "an operation is open: watchdogs are held off");

static DEFINE_PER_CPU(struct hrtimer, timers);

static void touch_watchdogs(void *unused)
{
	touch_softlockup_watchdog();
	touch_nmi_watchdog();
}

static enum hrtimer_restart guard_fire(struct hrtimer *timer)
{
	touch_watchdogs(NULL);
	hrtimer_forward_now(timer, ns_to_ktime(PERIOD_NS));
	return HRTIMER_RESTART;
}

/* In hard interrupt context, as the watchdogs' own timers are, to be in time. */
static void start_timer(void *unused)
{
	touch_watchdogs(NULL);
	hrtimer_start(this_cpu_ptr(&timers), ns_to_ktime(PERIOD_NS),
		      HRTIMER_MODE_REL_PINNED_HARD);
}

static void stop_timers(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		hrtimer_cancel(per_cpu_ptr(&timers, cpu));
	guarding = false;
}

static int guard_prepare(struct vmopnotify_consumer *c,
			 const struct vmopnotify_operation *op)
{
	on_each_cpu(start_timer, NULL, true);
	guarding = true;
	return 0;
}

static void guard_resume(struct vmopnotify_consumer *c,
			 const struct vmopnotify_operation *op)
{
	stop_timers();
	on_each_cpu(touch_watchdogs, NULL, true);
}

static struct vmopnotify_consumer consumer = {
	.name = "guard",
	.prepare = guard_prepare,
	.resume = guard_resume,
};

static int __init guard_init(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		hrtimer_setup(per_cpu_ptr(&timers, cpu), guard_fire,
			      CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	return vmopnotify_register(&consumer);
}

static void __exit guard_exit(void)
{
	vmopnotify_unregister(&consumer);
	stop_timers();
}

module_init(guard_init);
module_exit(guard_exit);

MODULE_DESCRIPTION("vmopnotify sample: no false alarms of watchdogs after a stun");
MODULE_AUTHOR("The vmopnotify maintainers");
MODULE_LICENSE("GPL");
