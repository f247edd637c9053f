// SPDX-License-Identifier: GPL-2.0
/*
 * The lock, the timer and the fan-out, see core.h.
 *
 * The machine's records go into the ring under the lock; everything else that
 * comes of an input is done from the ring once the lock is released, soonest
 * what is urgent: the helper gets its READY, consumers wake, then those who
 * only watch, last the log, since a console can be slow.
 */
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/vmopnotify.h>

#include "consumer.h"
#include "core.h"
#include "inkernel.h"
#include "netlink.h"
#include "page.h"
#include "param.h"
#include "ring.h"
#include "stun.h"
#include "sysfs.h"
#include "uevent.h"

#define CREATE_TRACE_POINTS
#include <trace/events/vmopnotify.h>

static struct param_bounded end_timeout_s = { 3600, .low = 1, .high = 604800 };
module_param_cb(end_timeout_s, &param_ops_bounded, &end_timeout_s, 0644);
MODULE_PARM_DESC(end_timeout_s, "seconds after its deadline until an operation without an end is given up (1 to 604800, default 3600)");

struct workqueue_struct *core_queue;

/* Taken by the timer too, which is a soft interrupt: hence _bh. */
static DEFINE_SPINLOCK(lock);
static struct operation operation;
static struct hrtimer timer;
static u64 timer_ns;		/* when the timer is set for; 0: not set */
static bool stopped;		/* no timer is set, no work queued any more */

/* What vmopnotify_quiescing() reads, see <linux/vmopnotify.h>. */
int __vmopnotify_state;
EXPORT_SYMBOL_GPL(__vmopnotify_state);

static u64 end_timeout_ns(void)
{
	return param_value(&end_timeout_s) * (u64)NSEC_PER_SEC;
}

const char *core_state_name(enum vmopnotify_state state)
{
	static const char * const names[] = {
		[VMOPNOTIFY_STATE_DETACHED] = "detached",
		[VMOPNOTIFY_STATE_IDLE] = "idle",
		[VMOPNOTIFY_STATE_QUIESCING] = "quiescing",
		[VMOPNOTIFY_STATE_QUIESCED] = "quiesced",
		[VMOPNOTIFY_STATE_EXPIRED] = "expired",
	};

	return names[state];
}

static void trace_event_and_state(const struct vmopnotify_event *ev)
{
	static u32 last_state = VMOPNOTIFY_STATE_DETACHED;

	trace_record(ev);
	if (ev->type == VMOPNOTIFY_EVENT_STUN)
		trace_stun(ev->operation_id, ev->stun_ns);
	if (ev->state != last_state)
		trace_state(last_state, ev->state, ev->operation_id);
	last_state = ev->state;
}

static void core_emit(struct operation *op, struct vmopnotify_event *ev)
{
	if (ev->type == VMOPNOTIFY_EVENT_EXPIRED)
		consumer_list_missing(op, ev->text, sizeof(ev->text));
	ring_append(ev);
	trace_event_and_state(ev);
}

static void log_event(const struct vmopnotify_event *ev)
{
	const char *drill = ev->flags & VMOPNOTIFY_F_DRILL ? "drill " : "";

	switch (ev->type) {
	case VMOPNOTIFY_EVENT_ATTACHED:
		pr_info("helper attached as \"%s\"\n", ev->text);
		break;
	case VMOPNOTIFY_EVENT_DETACHED:
		pr_info("helper detached\n");
		break;
	case VMOPNOTIFY_EVENT_START:
		pr_info_ratelimited("%soperation %llu (%s) started, %u consumers\n",
				    drill, ev->operation_id, ev->operation_type,
				    ev->members);
		break;
	case VMOPNOTIFY_EVENT_EXPIRED:
		pr_warn_ratelimited("%soperation %llu: deadline passed, %u have not acked: %s\n",
				    drill, ev->operation_id, ev->pending,
				    ev->text);
		break;
	case VMOPNOTIFY_EVENT_END:
		if (ev->flags & VMOPNOTIFY_F_STRAY)
			pr_notice_ratelimited("end of operation %llu, which is not open\n",
					      ev->operation_id);
		else
			pr_info_ratelimited("%soperation %llu ended: %s\n",
					    drill, ev->operation_id, ev->text);
		break;
	}
}

static void log_events(u64 from, u64 to)
{
	struct vmopnotify_event ev;
	u64 seq = from;

	while (seq < to) {
		/* Where some are gone already it goes on with what is kept. */
		if (ring_get(RING_WATCHER, &seq, &ev))
			continue;
		log_event(&ev);
		seq++;
	}
}

static void set_timer(const struct operation *op)
{
	u64 next_ns = operation_next_ns(op);

	if (next_ns == timer_ns)
		return;
	timer_ns = next_ns;
	/*
	 * A timer that cannot be stopped is running already and waits for the
	 * lock; it finds nothing due then, and does no harm.
	 */
	if (next_ns)
		hrtimer_start(&timer, ns_to_ktime(next_ns),
			      HRTIMER_MODE_ABS_SOFT);
	else
		hrtimer_try_to_cancel(&timer);
}

struct operation *core_lock(void)
	__acquires(core)
{
	u64 stun_ns;

	spin_lock_bh(&lock);
	operation.end_timeout_ns = end_timeout_ns();
	operation_tick(&operation, ktime_get_ns());
	stun_ns = stun_take();
	if (stun_ns)
		operation_stun(&operation, stun_ns);
	return &operation;
}

/*
 * Let everybody see what has come of the inputs.  The page first: who reads a
 * record finds it at least as new.
 */
static struct ring_news publish(const struct operation *op)
{
	struct vmopnotify_status status;

	core_status(op, &status);
	page_write(&status);
	WRITE_ONCE(__vmopnotify_state, op->state);
	return ring_publish();
}

void core_unlock(struct operation *op)
	__releases(core)
{
	bool state_changed = op->state != __vmopnotify_state;
	struct ring_news news = publish(op);
	struct netlink_ready ready = {};
	bool tells = !stopped;

	netlink_take_ready(op, &ready);
	if (tells) {
		stun_watch(op);
		set_timer(op);
		if (news.wake[RING_CONSUMER])
			inkernel_kick();
	}
	spin_unlock_bh(&lock);

	netlink_send_ready(&ready);
	if (news.wake[RING_CONSUMER])
		ring_wake_readers(RING_CONSUMER);
	if (news.from == news.to || !tells)
		return;
	ring_wake_readers(RING_WATCHER);
	if (state_changed)
		sysfs_notify_state();
	netlink_publish();
	uevent_publish();
	log_events(news.from, news.to);
}

static enum hrtimer_restart core_timer(struct hrtimer *unused)
{
	struct operation *op = core_lock();

	/* It has gone off: if there is more to wait for, set it again. */
	timer_ns = 0;
	core_unlock(op);
	return HRTIMER_NORESTART;
}

void core_describe(const struct operation *op,
		   struct vmopnotify_operation *out)
{
	*out = (struct vmopnotify_operation) {
		.operation_id = op->id,
		.start_ns = op->start_ns,
		.deadline_ns = op->deadline_ns,
		.quiesce_ns = op->quiesce_ns,
		.state = op->state,
		.flags = op->flags,
		.stage = operation_top_stage(op),
		.members = op->members,
		.pending = op->pending,
		.timeout_ms = op->timeout_ms,
	};
	strscpy(out->operation_type, op->type, sizeof(out->operation_type));
}

void core_status(const struct operation *op, struct vmopnotify_status *out)
{
	*out = (struct vmopnotify_status) {
		.seq = ring_next_seq(),
		.abi_version = VMOPNOTIFY_ABI_VERSION,
		.state = op->state,
		.consumers = op->consumers,
		.operations = op->operations,
	};
	if (!operation_is_open(op))
		return;
	out->operation_id = op->id;
	out->deadline_ns = op->deadline_ns;
	out->flags = op->flags;
	out->stage = operation_top_stage(op);
	out->pending = op->pending;
}

int core_init(void)
{
	core_queue = alloc_workqueue("vmopnotify", WQ_UNBOUND | WQ_HIGHPRI, 0);
	if (!core_queue)
		return -ENOMEM;
	operation_init(&operation, end_timeout_ns(),
		       core_emit);
	hrtimer_setup(&timer, core_timer, CLOCK_MONOTONIC,
		      HRTIMER_MODE_ABS_SOFT);
	stun_init();
	return 0;
}

void core_exit(void)
{
	struct operation *op;

	/* Whoever still reads sysfs would set it again. */
	op = core_lock();
	stopped = true;
	core_unlock(op);
	hrtimer_cancel(&timer);
	stun_exit();
	destroy_workqueue(core_queue);
}
