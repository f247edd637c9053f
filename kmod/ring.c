// SPDX-License-Identifier: GPL-2.0
/* The ring of event records, see ring.h. */
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
static u64 heads[RING_READERS];

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

void ring_append(struct vmopnotify_event *ev)
{
	enum ring_reader reader;

	spin_lock_bh(&ring_lock);
	ev->seq = heads[RING_WATCHER];
	*slot(ev->seq) = *ev;
	for (reader = 0; reader < RING_READERS; reader++)
		if (ring_is_for(reader, ev->type))
			heads[reader] = ev->seq + 1;
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

u64 ring_tail(void)
{
	u64 seq;

	spin_lock_bh(&ring_lock);
	seq = tail();
	spin_unlock_bh(&ring_lock);
	return seq;
}

int ring_get(u64 seq, struct vmopnotify_event *ev)
{
	int ret = 0;

	spin_lock_bh(&ring_lock);
	if (seq >= heads[RING_WATCHER])
		ret = -EAGAIN;
	else if (seq < tail())
		ret = -EPIPE;
	else
		*ev = *slot(seq);
	spin_unlock_bh(&ring_lock);
	return ret;
}
