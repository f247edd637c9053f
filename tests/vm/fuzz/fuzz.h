/* SPDX-License-Identifier: GPL-2.0 */
/*
 * fuzz - many threads do what programs may do, and what they may not
 *
 * Rounds of random actions; after each, all that was answered and seen is held
 * against a state machine that has done the same, see oracle.h.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <pthread.h>
#include <stdatomic.h>

#include "guest.h"
#include "random.h"

/* What is checked, and told, by itself. */
enum concern {
	ANSWERS,	/* what a call returned */
	TRACE,		/* the trace is what the machine does */
	RECORDS,	/* what was read */
	SNAPSHOTS,	/* what GET_STATE and the page told */
	READY,		/* the helper's message */
	REST,		/* what all tell when nothing moves */
	CONCERNS
};

/** flaw() - something is not as it must be; Return: false */
bool flaw(enum concern concern, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * struct reader - an open file of this round; what is read from it, by
 *	whichever thread, is one stream
 * @opened_seq: the first record it reads has this seq, or an earlier one
 * @joins: how often it has joined, and so gone on from then
 * @overruns: how often it got EPIPE
 */
struct reader {
	u64 opened_seq;
	atomic_uint joins;
	atomic_uint overruns;
};

/** struct seen_record - what read() gave */
struct seen_record {
	unsigned int reader;
	struct vmopnotify_event ev;
};

/** struct seen_status - what GET_STATE or the page told */
struct seen_status {
	const char *how;
	struct vmopnotify_status status;
};

/** struct seen_ready - a READY, and the seq when it had come */
struct seen_ready {
	u64 id;
	u64 seq;
};

/** struct pile - an array that grows */
struct pile {
	char *data;
	size_t n, size;
};

/** pile_add() - Return: room for one more */
void *pile_add(struct pile *pile, size_t size);

/** struct file - a descriptor of a thread's own */
struct file {
	int fd;		/* -1: none */
	int flags;	/* of open() */
	bool joined;	/* as far as this thread knows */
	bool spared;	/* it has: no ACKED records for it any more */
	unsigned int reader;
	u64 last_seq;	/* one after that of the last record read here */
};

/** struct mapping - a page that it has mapped */
struct mapping {
	const struct vmopnotify_page *page;
	bool unreadable;	/* by mprotect() */
	u64 last_seq;
};

enum { FILES = 8, MAPPINGS = 3 };

/**
 * struct worker - a thread
 * @index: which; from 0 up
 * @thread: its handle
 * @chance: of the action at hand
 * @action: its number in the round
 * @doing: its name, for the watchdog
 * @may_block: it may wait for ever: it is sent signals
 * @files: what it has open
 * @mappings: what it has mapped
 * @next_seq: one after the last record that it has read or been told of:
 *	nothing tells it an older state from then on
 * @records: of this round, &struct seen_record
 * @statuses: &struct seen_status
 * @readies: &struct seen_ready
 * @events: &struct vmopnotify_event, from the group
 */
struct worker {
	unsigned int index;
	pthread_t thread;
	struct chance chance;
	unsigned int action;
	_Atomic(const char *) doing;
	atomic_bool may_block;
	struct file files[FILES];
	struct mapping mappings[MAPPINGS];
	u64 next_seq;
	struct pile records, statuses, readies, events;
};

/**
 * struct fuzz - what all know
 * @seed: of everything
 * @threads: how many
 * @actions: of each in a round
 * @round: which round it is
 * @readers: the files opened in it
 * @n_readers: how many
 * @guard: open while a round runs: the module cannot go
 * @page: mapped for as long
 * @family: the netlink family's number
 * @group: that of its group "events"
 * @readies_lost: a helper's socket had no room for all it was sent
 * @end_timeout_low_s: in this round, what was written to end_timeout_s
 * @end_timeout_high_s: the same; between these
 */
struct fuzz {
	u64 seed;
	unsigned int threads;
	unsigned int actions;
	unsigned int round;
	struct reader *readers;
	atomic_uint n_readers;
	int guard;
	const struct vmopnotify_page *page;
	int family, group;
	atomic_bool readies_lost;
	atomic_uint end_timeout_low_s, end_timeout_high_s;
};

extern struct fuzz fuzz;

/** see_status() - keep what was told, to be held against the machine */
void see_status(struct worker *w, const char *how,
		const struct vmopnotify_status *status);

/** current_operation() - the open operation's id, as the page has it, or 0 */
u64 current_operation(void);

/*
 * Actions.  Return: 0 or more, or the negative errno that was answered; or
 * NOT_DONE where there was nothing to do it to.
 */
#define NOT_DONE 0x7fff

/**
 * struct action - something to do
 * @name: what it is called
 * @weight: how often it is done, beside others
 * @act: does it
 */
struct action {
	const char *name;
	unsigned int weight;
	int (*act)(struct worker *w);
};

/* Each ends with one that has no name. */
extern const struct action device_actions[];
extern const struct action read_actions[];
extern const struct action page_actions[];
extern const struct action netlink_actions[];
extern const struct action process_actions[];
extern const struct action system_actions[];

/**
 * allowed() - is it an answer that the ABI allows?
 * @w: who got it
 * @ret: the answer, 0 or more, or a negative errno
 * @errors: the errnos that may be, up to a 0
 *
 * Return: @ret, having told where it is not.
 */
int allowed(struct worker *w, int ret, const int *errors);

#define ALLOWED(w, ret, ...) allowed(w, ret, (const int[]){ __VA_ARGS__, 0 })

/** refused_as() - the same, but success is not allowed */
int refused_as(struct worker *w, int ret, const int *errors);

#define REFUSED(w, ret, ...) \
	refused_as(w, ret, (const int[]){ __VA_ARGS__, 0 })

/**
 * bad_memory() - an address to or from which not all of @size bytes go
 * @c: which of the many
 * @size: how many bytes
 * @to_read: the kernel is to read there; otherwise, to write
 */
void *bad_memory(struct chance *c, size_t size, bool to_read);

/* At a round's begin and end: what threads share. */
void device_begin(void);
void device_end(void);
void netlink_begin(void);
void netlink_end(struct worker *w);
void process_end(void);

/** device_close_all() - close what a thread has open */
void device_close_all(struct worker *w);

/** page_unmap_all() - unmap what it has mapped */
void page_unmap_all(struct worker *w);

/** verify() - hold all that was seen in the round against the replay */
struct replay;
void verify(struct worker *workers, const struct replay *replay);

/** page_map() - Return: the page, or NULL with errno set */
const struct vmopnotify_page *page_map(int fd);

#endif
