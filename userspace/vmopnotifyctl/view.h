/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the live view shows: the present on top, recent events below it.
 *
 * It is told, and renders; where to is not its business.
 */
#ifndef VMOPNOTIFYCTL_VIEW_H
#define VMOPNOTIFYCTL_VIEW_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <linux/vmopnotify.h>

/* VIEW_EVENTS - how many recent events are kept. */
#define VIEW_EVENTS	256

/**
 * struct view_consumer - a consumer that is outstanding
 * @name: its name
 * @stage: its stage
 * @asked: it has been asked to get quiet
 */
struct view_consumer {
	char name[VMOPNOTIFY_NAME_LEN];
	uint32_t stage;
	bool asked;
};

/**
 * struct view - what is shown
 * @status: the state
 * @operation: the operation that is open; all zero where none is
 * @outstanding: who has not acked yet
 * @outstanding_count: how many are in @outstanding
 * @outstanding_known: @outstanding could be asked for
 * @events: recent events, a line each, in a ring
 * @event_count: how many there have been
 */
struct view {
	struct vmopnotify_status status;
	struct vmopnotify_operation operation;
	struct view_consumer *outstanding;
	unsigned int outstanding_count;
	bool outstanding_known;
	char *events[VIEW_EVENTS];
	uint64_t event_count;
};

/**
 * view_add_consumer - one more is outstanding
 * @v: the view
 * @c: it
 *
 * Return: 0 or -ENOMEM.
 */
int view_add_consumer(struct view *v, const struct view_consumer *c);

/**
 * view_clear_consumers - nobody is outstanding
 * @v: the view
 */
void view_clear_consumers(struct view *v);

/**
 * view_add_event - one more event
 * @v: the view
 * @line: of it; the view's from now on, to be freed with free()
 */
void view_add_event(struct view *v, char *line);

/**
 * view_render - write what is to be seen
 * @v: the view
 * @now_ns: CLOCK_MONOTONIC
 * @rows: how many lines there is room for
 * @out: where to write
 */
void view_render(const struct view *v, uint64_t now_ns, unsigned int rows,
		 FILE *out);

/**
 * view_free - release what it holds
 * @v: the view
 */
void view_free(struct view *v);

#endif /* VMOPNOTIFYCTL_VIEW_H */
