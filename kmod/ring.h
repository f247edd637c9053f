/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rings of event records.  All readers of a kind share one, and each keeps
 * a cursor of its own, so that a slow reader costs nobody else anything.
 */
#ifndef VMOPNOTIFY_RING_H
#define VMOPNOTIFY_RING_H

#include <linux/types.h>
#include <linux/wait.h>
#include <uapi/linux/vmopnotify.h>

/**
 * enum ring_reader - kinds of readers, each with a ring
 * @RING_WATCHER: reads every record
 * @RING_CONSUMER: is spared those about other consumers' acks (type ACKED): a
 *	thousand consumers that ack would otherwise wake each other a million
 *	times
 * @RING_READERS: how many kinds there are
 */
enum ring_reader {
	RING_WATCHER,
	RING_CONSUMER,
	RING_READERS
};

/**
 * ring_init() - allocate the rings
 *
 * Return: 0, or -ENOMEM.
 */
int ring_init(void);

/** ring_exit() - free them; nobody reads any more */
void ring_exit(void);

/**
 * ring_wait() - what is woken when there is something new
 * @reader: kind of reader
 * @who: the one who waits; it always waits in the same place
 *
 * Readers wait in many lanes, so that to wake a thousand of them does not keep
 * interrupts off for as long as that takes.
 *
 * Return: the queue to wait in.
 */
wait_queue_head_t *ring_wait(enum ring_reader reader, const void *who);

/**
 * ring_append() - write a record
 * @ev: the record; its seq is set here
 *
 * It is not there for readers before ring_publish().
 *
 * Context: any but hard interrupt; writers come one at a time, under the
 * core's lock.
 */
void ring_append(struct vmopnotify_event *ev);

/**
 * ring_next_seq() - what the next record will be numbered
 *
 * Context: under the core's lock.
 * Return: the seq that it will have.
 */
u64 ring_next_seq(void);

/**
 * struct ring_news - what ring_publish() has made readable
 * @from: seq of the first record
 * @to: seq after the last one; @from where there is none
 * @wake: has a ring new records, by kind of reader
 */
struct ring_news {
	u64 from;
	u64 to;
	bool wake[RING_READERS];
};

/**
 * ring_publish() - let readers have what has been written
 *
 * Context: as ring_append().  Does not wake: see ring_wake_readers().
 * Return: what is new.
 */
struct ring_news ring_publish(void);

/**
 * ring_wake_readers() - wake those who wait
 * @reader: of this kind
 *
 * Context: process or soft interrupt, no lock of ours held.
 */
void ring_wake_readers(enum ring_reader reader);

/**
 * ring_head() - where the records end that can be read
 * @reader: in whose ring
 *
 * Return: the position after the last one; among watchers that is a seq.
 */
u64 ring_head(enum ring_reader reader);

/**
 * ring_has_lost() - are records gone that a reader should have had?
 * @reader: in whose ring
 * @pos: where it reads on
 *
 * Return: whether that is so.
 */
bool ring_has_lost(enum ring_reader reader, u64 pos);

/**
 * ring_get() - copy a record
 * @reader: from whose ring
 * @pos: which; where it is gone, moved to the oldest one kept
 * @ev: where to
 *
 * Return: 0; -EAGAIN: it has not been written yet; -EPIPE: it is gone.
 */
int ring_get(enum ring_reader reader, u64 *pos, struct vmopnotify_event *ev);

#endif /* VMOPNOTIFY_RING_H */
