// SPDX-License-Identifier: GPL-2.0
/* The rings of event records, see ring.h. */
#include <linux/atomic.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/spinlock.h>

#include "param.h"
#include "ring.h"

static struct param_bounded ring_size = { 1024, .low = 16, .high = 65536 };
module_param_cb(ring_size, &param_ops_bounded, &ring_size, 0444);
MODULE_PARM_DESC(ring_size, "event records kept for slow readers (16 to 65536, default 1024)");

/*
 * A lane is a wait queue; all that wait in it are woken with interrupts off.
 * With a thousand readers, 16 of them.
 */
#define LANES	64

static wait_queue_head_t lanes[RING_READERS][LANES];
static atomic_t next_lane;

/*
 * Held for the copy of one record at a time, so that readers hold up each
 * other and the next record, but never the state machine's other users.
 */
static DEFINE_SPINLOCK(ring_lock);

static struct ring {
	struct vmopnotify_event *records;
	u64 written;	/* records written so far */
	u64 head;	/* and those that can be read */
} rings[RING_READERS];

int ring_init(void)
{
	enum ring_reader reader;
	unsigned int lane;

	for (reader = 0; reader < RING_READERS; reader++) {
		for (lane = 0; lane < LANES; lane++)
			init_waitqueue_head(&lanes[reader][lane]);
		rings[reader].records = kvcalloc(ring_size.value,
						 sizeof(struct vmopnotify_event),
						 GFP_KERNEL);
		if (!rings[reader].records) {
			ring_exit();
			return -ENOMEM;
		}
	}
	return 0;
}

void ring_exit(void)
{
	enum ring_reader reader;

	for (reader = 0; reader < RING_READERS; reader++)
		kvfree(rings[reader].records);
}

static struct vmopnotify_event *slot(struct ring *ring, u64 pos)
{
	u32 i;

	div_u64_rem(pos, ring_size.value, &i);
	return &ring->records[i];
}

static u64 tail(const struct ring *ring)
{
	return ring->written > ring_size.value ?
	       ring->written - ring_size.value : 0;
}

unsigned int ring_next_lane(void)
{
	return (unsigned int)atomic_inc_return(&next_lane) % LANES;
}

wait_queue_head_t *ring_wait(enum ring_reader reader, unsigned int lane)
{
	return &lanes[reader][lane];
}

static void append(struct ring *ring, const struct vmopnotify_event *ev)
{
	*slot(ring, ring->written) = *ev;
	ring->written++;
}

void ring_append(struct vmopnotify_event *ev)
{
	spin_lock_bh(&ring_lock);
	ev->seq = rings[RING_WATCHER].written;
	append(&rings[RING_WATCHER], ev);
	if (ev->type != VMOPNOTIFY_EVENT_ACKED)
		append(&rings[RING_CONSUMER], ev);
	spin_unlock_bh(&ring_lock);
}

u64 ring_next_seq(void)
{
	return rings[RING_WATCHER].written;
}

struct ring_news ring_publish(void)
{
	struct ring_news news;
	enum ring_reader reader;
	struct ring *ring;

	/* Only writers change these, and they are kept out. */
	news.from = rings[RING_WATCHER].head;
	news.to = rings[RING_WATCHER].written;

	spin_lock_bh(&ring_lock);
	for (reader = 0; reader < RING_READERS; reader++) {
		ring = &rings[reader];
		news.wake[reader] = ring->head != ring->written;
		ring->head = ring->written;
	}
	spin_unlock_bh(&ring_lock);
	return news;
}

void ring_wake_readers(enum ring_reader reader)
{
	unsigned int lane;

	for (lane = 0; lane < LANES; lane++) {
		wait_queue_head_t *wq = &lanes[reader][lane];

		/* A reader that is about to wait looks once more after that. */
		if (wq_has_sleeper(wq))
			wake_up_interruptible_poll(wq, EPOLLIN | EPOLLRDNORM);
	}
}

u64 ring_head(enum ring_reader reader)
{
	u64 pos;

	spin_lock_bh(&ring_lock);
	pos = rings[reader].head;
	spin_unlock_bh(&ring_lock);
	return pos;
}

bool ring_has_lost(enum ring_reader reader, u64 pos)
{
	bool ret;

	spin_lock_bh(&ring_lock);
	ret = pos < tail(&rings[reader]);
	spin_unlock_bh(&ring_lock);
	return ret;
}

int ring_get(enum ring_reader reader, u64 *pos, struct vmopnotify_event *ev)
{
	struct ring *ring = &rings[reader];
	int ret = 0;

	spin_lock_bh(&ring_lock);
	if (*pos >= ring->head) {
		ret = -EAGAIN;
	} else if (*pos < tail(ring)) {
		*pos = tail(ring);
		ret = -EPIPE;
	} else {
		*ev = *slot(ring, *pos);
	}
	spin_unlock_bh(&ring_lock);
	return ret;
}
