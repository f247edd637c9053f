// SPDX-License-Identifier: GPL-2.0
/*
 * The stun, measured, see stun.h.
 *
 * The sampling is done in hard interrupt context, where nothing but the stun
 * itself, or interrupts kept off for long, delays it; on a real-time kernel a
 * soft timer would measure the scheduler.  What comes of a stun is told by a
 * soft timer, since it takes locks and wakes people.
 */
#include <linux/atomic.h>
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/module.h>

#include "core.h"
#include "param.h"
#include "stun.h"

static struct param_bounded stun_sample_us = {
	1000, .low = 100, .high = 100000
};
module_param_cb(stun_sample_us, &param_ops_bounded, &stun_sample_us, 0644);
MODULE_PARM_DESC(stun_sample_us, "microseconds between samples of the clock while the stun may come (100 to 100000, default 1000)");

/* Gaps of fewer periods are latency, not a stun. */
#define STUN_PERIODS 5

static struct hrtimer sampler;
static struct hrtimer teller;
static bool sampling;		/* under the core's lock */
static u64 period_ns;
static atomic64_t last_ns;	/* when the clock was sampled last */
static atomic64_t longest_ns;	/* not told yet */

/* Return: the gap since it was done last, where that was a stun; else 0. */
static u64 sample(u64 now_ns)
{
	u64 before_ns = atomic64_xchg(&last_ns, now_ns);
	/* On time the gap is one period: what is over that was lost. */
	u64 gap_ns = now_ns - min(now_ns, before_ns + period_ns);

	return gap_ns > STUN_PERIODS * period_ns ? gap_ns : 0;
}

static enum hrtimer_restart stun_sample(struct hrtimer *timer)
{
	u64 now_ns = ktime_get_ns();
	u64 stun_ns = sample(now_ns);

	if (stun_ns) {
		if (stun_ns > atomic64_read(&longest_ns))
			atomic64_set(&longest_ns, stun_ns);
		hrtimer_start(&teller, 0, HRTIMER_MODE_REL_SOFT);
	}
	hrtimer_forward(timer, ns_to_ktime(now_ns), ns_to_ktime(period_ns));
	return HRTIMER_RESTART;
}

/* Whoever takes the lock tells it: see core_lock(). */
static enum hrtimer_restart stun_tell(struct hrtimer *unused)
{
	core_unlock(core_lock());
	return HRTIMER_NORESTART;
}

/*
 * The sampler's interrupt may be about to come only, on another processor: the
 * end of the operation must not be told before the stun.
 */
u64 stun_take(void)
{
	u64 stun_ns;

	if (!sampling)
		return 0;
	stun_ns = sample(ktime_get_ns());
	return max_t(u64, stun_ns, atomic64_xchg(&longest_ns, 0));
}

void stun_watch(const struct operation *op)
{
	bool watch = operation_may_be_stunned(op);

	if (watch == sampling)
		return;

	sampling = watch;
	if (!watch) {
		/* It takes no lock, and runs in no time where it does. */
		hrtimer_cancel(&sampler);
		return;
	}
	atomic64_set(&longest_ns, 0);
	period_ns = param_value(&stun_sample_us) * (u64)NSEC_PER_USEC;
	atomic64_set(&last_ns, ktime_get_ns());
	hrtimer_start(&sampler, ns_to_ktime(period_ns), HRTIMER_MODE_REL_HARD);
}

void stun_init(void)
{
	hrtimer_setup(&sampler, stun_sample, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	hrtimer_setup(&teller, stun_tell, CLOCK_MONOTONIC, HRTIMER_MODE_REL_SOFT);
}

void stun_exit(void)
{
	hrtimer_cancel(&sampler);
	hrtimer_cancel(&teller);
}
