// SPDX-License-Identifier: GPL-2.0
/* The rings of event records, see ring.h. */
#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/hash.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/wait.h>

#include "param.h"
#include "ring.h"

static struct param_bounded ring_size = { 1024, .low = 16, .high = 65536 };
module_param_cb(ring_size, &param_ops_bounded, &ring_size, 0444);
MODULE_PARM_DESC(ring_size, "event records kept for slow readers (16 to 65536, default 1024)");

/*
 * A lane is a wait queue; all that wait in it are woken with interrupts off.
 * With a thousand readers, 16 of them.
 */
#define LANE_BITS	6
#define LANES		BIT(LANE_BITS)

static wait_queue_head_t lanes[RING_READERS][LANES];

/*
 * Writers come one at a time.  Readers take no lock, so that a thousand that
 * wake at once hold up neither each other nor the writer.  A reader copies a
 * record first, and looks then whether a writer had come round to it meanwhile:
 * the writer counts a record in @written before it begins to write it.
 */
static struct ring {
	struct vmopnotify_event *records;
	atomic64_t written;	/* records written so far, or being written */
	atomic64_t head;	/* and those that can be read */
} rings[RING_READERS];

int ring_init(void)
{
	enum ring_reader reader;
	unsigned int lane;

	for (reader = 0; reader < RING_READERS; reader++) {
		for (lane = 0; lane < LANES; lane++)
			init_waitqueue_head(&lanes[reader][lane]);
		/* Where it is too much, who loads the module is told. */
		rings[reader].records = kvcalloc(ring_size.value,
						 sizeof(struct vmopnotify_event),
						 GFP_KERNEL | __GFP_NOWARN);
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
	u64 written = atomic64_read(&ring->written);

	return written > ring_size.value ? written - ring_size.value : 0;
}

wait_queue_head_t *ring_wait(enum ring_reader reader, const void *who)
{
	return &lanes[reader][hash_ptr(who, LANE_BITS)];
}

static void append(struct ring *ring, const struct vmopnotify_event *ev)
{
	u64 pos = atomic64_read(&ring->written);

	atomic64_set(&ring->written, pos + 1);
	/* Who sees anything of the new record sees that the old one is gone. */
	smp_wmb();
	*slot(ring, pos) = *ev;
}

void ring_append(struct vmopnotify_event *ev)
{
	ev->seq = ring_next_seq();
	append(&rings[RING_WATCHER], ev);
	if (ev->type != VMOPNOTIFY_EVENT_ACKED)
		append(&rings[RING_CONSUMER], ev);
}

u64 ring_next_seq(void)
{
	return atomic64_read(&rings[RING_WATCHER].written);
}

struct ring_news ring_publish(void)
{
	struct ring_news news;
	enum ring_reader reader;
	u64 written;

	news.from = ring_head(RING_WATCHER);
	news.to = ring_next_seq();
	for (reader = 0; reader < RING_READERS; reader++) {
		written = atomic64_read(&rings[reader].written);
		news.wake[reader] = ring_head(reader) != written;
		/* After the records, and all else that was written before. */
		smp_wmb();
		atomic64_set(&rings[reader].head, written);
	}
	return news;
}

void ring_wake_readers(enum ring_reader reader)
{
	unsigned int lane;

	/* Between the new head and a look at who waits; readers do the reverse. */
	smp_mb();
	for (lane = 0; lane < LANES; lane++) {
		wait_queue_head_t *wq = &lanes[reader][lane];

		/*
		 * One that is about to wait looks for records once more.  All
		 * are woken, also who waits exclusively (EPOLLEXCLUSIVE): those
		 * in a lane are of different files.
		 */
		if (waitqueue_active(wq))
			__wake_up(wq, TASK_INTERRUPTIBLE, 0,
				  poll_to_key(EPOLLIN | EPOLLRDNORM));
	}
}

u64 ring_head(enum ring_reader reader)
{
	u64 head = atomic64_read(&rings[reader].head);

	/* Before the records.  Pairs with that of ring_publish(). */
	smp_rmb();
	return head;
}

bool ring_has_lost(enum ring_reader reader, u64 pos)
{
	return pos < tail(&rings[reader]);
}

int ring_get(enum ring_reader reader, u64 *pos, struct vmopnotify_event *ev)
{
	struct ring *ring = &rings[reader];

	if (*pos >= ring_head(reader))
		return -EAGAIN;
	/* What it may find half written it throws away. */
	data_race(*ev = *slot(ring, *pos));
	/* Pairs with that of append(). */
	smp_rmb();
	if (*pos >= tail(ring))
		return 0;
	*pos = tail(ring);
	return -EPIPE;
}
