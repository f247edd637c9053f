// SPDX-License-Identifier: GPL-2.0
/* The ring of event records, see ring.h. */
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/spinlock.h>

#include "param.h"
#include "ring.h"

static struct param_bounded ring_size = { 1024, .low = 16, .high = 65536 };
module_param_cb(ring_size, &param_ops_bounded, &ring_size, 0444);
MODULE_PARM_DESC(ring_size, "event records kept for slow readers (16 to 65536, default 1024)");

wait_queue_head_t ring_wait[RING_READERS] = {
	[RING_WATCHER] = __WAIT_QUEUE_HEAD_INITIALIZER(ring_wait[RING_WATCHER]),
	[RING_CONSUMER] = __WAIT_QUEUE_HEAD_INITIALIZER(ring_wait[RING_CONSUMER]),
};

/*
 * Held for the copy of one record at a time, so that readers hold up each
 * other and the next record, but never the state machine's other users.
 */
static DEFINE_SPINLOCK(ring_lock);
static struct vmopnotify_event *records;
/* One past the newest record that is for them, and past the newest one gone. */
static u64 heads[RING_READERS];
static u64 lost[RING_READERS];

int ring_init(void)
{
	records = kvcalloc(ring_size.value, sizeof(*records), GFP_KERNEL);
	return records ? 0 : -ENOMEM;
}

void ring_exit(void)
{
	kvfree(records);
}

static struct vmopnotify_event *slot(u64 seq)
{
	u32 i;

	div_u64_rem(seq, ring_size.value, &i);
	return &records[i];
}

static u64 tail(void)
{
	u64 head = heads[RING_WATCHER];

	return head > ring_size.value ? head - ring_size.value : 0;
}

static void move_past(u64 *mark, const struct vmopnotify_event *ev)
{
	enum ring_reader reader;

	for (reader = 0; reader < RING_READERS; reader++)
		if (ring_is_for(reader, ev->type))
			mark[reader] = ev->seq + 1;
}

void ring_append(struct vmopnotify_event *ev)
{
	struct vmopnotify_event *s;

	spin_lock_bh(&ring_lock);
	ev->seq = heads[RING_WATCHER];
	s = slot(ev->seq);
	if (ev->seq >= ring_size.value)
		move_past(lost, s);
	*s = *ev;
	move_past(heads, ev);
	spin_unlock_bh(&ring_lock);
}

void ring_wake(u64 from)
{
	enum ring_reader reader;

	/* Consumers first: they have something to do. */
	for (reader = RING_READERS; reader-- > 0;)
		if (ring_head(reader) > from)
			wake_up_interruptible_poll(&ring_wait[reader],
						   EPOLLIN | EPOLLRDNORM);
}

u64 ring_head(enum ring_reader reader)
{
	u64 seq;

	spin_lock_bh(&ring_lock);
	seq = heads[reader];
	spin_unlock_bh(&ring_lock);
	return seq;
}

bool ring_has_lost(enum ring_reader reader, u64 seq)
{
	bool ret;

	spin_lock_bh(&ring_lock);
	ret = seq < lost[reader];
	spin_unlock_bh(&ring_lock);
	return ret;
}

/* Under ring_lock; see ring_get(). */
static int get(enum ring_reader reader, u64 *seq, struct vmopnotify_event *ev)
{
	bool overrun = *seq < lost[reader];
	u64 next = max(*seq, tail());

	while (next < heads[reader] && !ring_is_for(reader, slot(next)->type))
		next++;
	if (overrun) {
		*seq = next;
		return -EPIPE;
	}
	if (next >= heads[reader])
		return -EAGAIN;
	*seq = next;
	*ev = *slot(next);
	return 0;
}

int ring_get(enum ring_reader reader, u64 *seq, struct vmopnotify_event *ev)
{
	int ret;

	spin_lock_bh(&ring_lock);
	ret = get(reader, seq, ev);
	spin_unlock_bh(&ring_lock);
	return ret;
}
