/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The trace of a round: all that happened to the state machine, in order.
 *
 * The events are traced under the machine's lock, and the clock "counter"
 * numbers them, so that the file "trace", which is sorted by it, is the order in
 * which they happened.
 */
#ifndef FUZZ_TRACE_H
#define FUZZ_TRACE_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/vmopnotify.h>
#include <linux/types.h>

enum line_kind {
	LINE_JOIN,
	LINE_LEAVE,
	LINE_ACK,
	LINE_RECORD,
	LINE_MARK,	/* trace_mark() */
};

/**
 * struct line - a line of the trace
 * @text: as the kernel printed it
 * @kind: what it tells
 * @name: of JOIN, LEAVE, ACK: whose
 * @stage: of JOIN, LEAVE
 * @result: of ACK
 * @ret: of ACK
 * @ev: of RECORD, all but its operation_type; of ACK its operation_id
 */
struct line {
	const char *text;
	enum line_kind kind;
	char name[VMOPNOTIFY_NAME_LEN];
	u32 stage;
	int result;
	int ret;
	struct vmopnotify_event ev;
};

/** struct trace - a round's; @text is what the lines point into */
struct trace {
	char *text;
	struct line *lines;
	size_t n;
};

/** trace_is_there() - has this kernel tracing, with the module's events? */
bool trace_is_there(void);

/** trace_start() - begin anew; dies where that fails */
void trace_start(void);

/** trace_mark() - put a line of our own into it */
void trace_mark(void);

/** trace_stop() - trace no more, so that the module may go */
void trace_stop(void);

/** trace_end() - leave tracing as it was */
void trace_end(void);

/**
 * trace_read() - read and parse it
 *
 * Return: NULL; or, where it cannot be relied upon, why.  It is to be freed
 * either way.
 */
const char *trace_read(struct trace *trace);

/** trace_free() - free what trace_read() gave */
void trace_free(struct trace *trace);

#endif
