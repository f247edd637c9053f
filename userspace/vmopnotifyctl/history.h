/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Past operations, as the helper has logged their ends.
 *
 * Where entries come from is behind a small interface, so that reading and
 * printing them can be tested without a journal.
 */
#ifndef VMOPNOTIFYCTL_HISTORY_H
#define VMOPNOTIFYCTL_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* HISTORY_MESSAGE_ID - what the helper marks an operation's end with. */
#define HISTORY_MESSAGE_ID	"5d0b4a3c4f5f4bd6a2c8f1f0a1e7c936"

/**
 * struct history_source - where entries come from, the newest first
 * @next: go to the next entry.  Return: 1; 0 where there is none; or a
 *	negative errno
 * @field: a field of that entry.  Return: true with @buf filled in, or false
 *	where the entry has none of that name, or one that does not fit
 * @time_us: when that entry was made, CLOCK_REALTIME in microseconds
 * @arg: for these
 */
struct history_source {
	int (*next)(void *arg);
	bool (*field)(void *arg, const char *name, char *buf, size_t len);
	uint64_t (*time_us)(void *arg);
	void *arg;
};

/**
 * struct history_time - a time that may not be known
 * @known: it is
 * @us: microseconds
 */
struct history_time {
	bool known;
	uint64_t us;
};

/**
 * struct history_entry - a past operation
 * @time_us: when its end was logged, CLOCK_REALTIME in microseconds
 * @has_id: its id is known
 * @id: its id
 * @type: the host's word for it
 * @status: the host's word for how it ended
 * @outcome: ours
 * @flags: words, separated by spaces
 * @drill: it was a drill
 * @quiesce: from its start until all were quiet
 * @stun: how long the machine did not run
 * @duration: from its start to its end
 */
struct history_entry {
	uint64_t time_us;
	bool has_id;
	uint64_t id;
	char type[64];
	char status[128];
	char outcome[32];
	char flags[128];
	bool drill;
	struct history_time quiesce;
	struct history_time stun;
	struct history_time duration;
};

/**
 * struct history - past operations, the oldest first
 * @entries: they
 * @count: how many
 */
struct history {
	struct history_entry *entries;
	size_t count;
};

/**
 * history_read - take the last operations
 * @h: zero; to be released with history_free()
 * @source: where they come from
 * @most: how many at most
 * @since_us: none before this, CLOCK_REALTIME in microseconds
 *
 * Return: 0 or a negative errno.
 */
int history_read(struct history *h, const struct history_source *source,
		 size_t most, uint64_t since_us);

/**
 * history_free - release what history_read() took
 * @h: it
 */
void history_free(struct history *h);

/**
 * history_plain - print for people
 * @h: what to print
 * @out: where to
 */
void history_plain(const struct history *h, FILE *out);

/**
 * history_json - print an array, on one line, on stdout
 * @h: what to print
 *
 * Return: 0, or -ENOMEM, which it has told.
 */
int history_json(const struct history *h);

/**
 * history_since - a time as users give it
 * @text: "2026-11-21", "2026-11-21 14:03", "2026-11-21 14:03:07" of local
 *	time; or "90s", "30m", "12h", "7d": so long ago
 * @now_us: CLOCK_REALTIME in microseconds
 * @since_us: where to put it
 *
 * Return: true if it is one.
 */
bool history_since(const char *text, uint64_t now_us, uint64_t *since_us);

/**
 * history_open_journal - the journal as a source
 * @source: filled in
 * @directory: of journal files; NULL: that of this machine
 *
 * Return: 0, or a negative errno, which it has told.
 */
int history_open_journal(struct history_source *source,
			 const char *directory);

/**
 * history_close_journal - close it
 * @source: as opened
 */
void history_close_journal(struct history_source *source);

#endif /* VMOPNOTIFYCTL_HISTORY_H */
