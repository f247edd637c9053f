/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ring of event records: one for all readers, who each keep a cursor of
 * their own, so that a slow reader costs nobody else anything.
 */
#ifndef VMOPNOTIFY_RING_H
#define VMOPNOTIFY_RING_H

#include <linux/types.h>
#include <linux/wait.h>
#include <uapi/linux/vmopnotify.h>

/*
 * Readers are watchers, who read every record, and consumers, who are spared
 * those about other consumers' acks (type ACKED): a thousand consumers that
 * ack would otherwise wake each other a million times.
 */
enum ring_reader {
	RING_WATCHER,
	RING_CONSUMER,
	RING_READERS
};

/** ring_wait - woken when there is something new, by kind of reader */
extern wait_queue_head_t ring_wait[RING_READERS];

/**
 * ring_init() - allocate the ring
 *
 * Return: 0, or -ENOMEM.
 */
int ring_init(void);

/** ring_exit() - free it; nobody reads any more */
void ring_exit(void);

/**
 * ring_append() - write a record
 * @ev: the record; its seq is set here
 *
 * Context: any but hard interrupt; writers come one at a time, under the
 * core's lock.  Does not wake: see ring_wake().
 */
void ring_append(struct vmopnotify_event *ev);

/**
 * ring_wake() - wake those readers who have something new since
 * @from: this record
 *
 * Context: process or soft interrupt, no lock of ours held.
 */
void ring_wake(u64 from);

/** ring_is_for() - is a record of this type for that kind of reader? */
static inline bool ring_is_for(enum ring_reader reader, u32 type)
{
	return reader == RING_WATCHER || type != VMOPNOTIFY_EVENT_ACKED;
}

/**
 * ring_head() - where the records end
 * @reader: for whom
 *
 * Return: one past the newest record that is for @reader.  For watchers this
 * is the sequence number that the next record will have.
 */
u64 ring_head(enum ring_reader reader);

/**
 * ring_has_lost() - are records gone that a reader should have had?
 * @reader: for whom
 * @seq: where it reads on
 */
bool ring_has_lost(enum ring_reader reader, u64 seq);

/**
 * ring_get() - copy the next record
 * @reader: for whom
 * @seq: where it reads on; where a record is given, moved to that one, and
 *	where some are lost, to the oldest one kept
 * @ev: where to
 *
 * Return: 0; -EAGAIN: there is none yet; -EPIPE: some are lost.
 */
int ring_get(enum ring_reader reader, u64 *seq, struct vmopnotify_event *ev);

#endif /* VMOPNOTIFY_RING_H */
