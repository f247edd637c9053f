/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An event as a line: for people, or as a JSON object.
 *
 * What comes of a drill is marked in both.
 */
#ifndef VMOPNOTIFYCTL_EVENT_LINE_H
#define VMOPNOTIFYCTL_EVENT_LINE_H

#include <stdint.h>
#include <stdio.h>

#include <linux/vmopnotify.h>

/**
 * struct event_line - prints lines, and remembers what they refer to
 * @out: where lines for people go; JSON goes to stdout
 * @asked_ns: when each stage of the open operation was asked to prepare; 0
 *	where that was not seen
 */
struct event_line {
	FILE *out;
	uint64_t asked_ns[VMOPNOTIFY_STAGES];
};

/**
 * event_line_remember - take note of an event, before it is printed
 * @l: the printer
 * @ev: the event
 */
void event_line_remember(struct event_line *l,
			 const struct vmopnotify_event *ev);

/**
 * event_line_forget - events were lost: what was asked of whom is not known
 * @l: the printer
 */
void event_line_forget(struct event_line *l);

/**
 * event_line_plain - print an event for people
 * @l: the printer
 * @ev: the event
 */
void event_line_plain(const struct event_line *l,
		      const struct vmopnotify_event *ev);

/**
 * event_line_json - print an event as an object
 * @l: the printer
 * @ev: the event
 *
 * Return: 0, or -ENOMEM, which it has told.
 */
int event_line_json(const struct event_line *l,
		    const struct vmopnotify_event *ev);

/**
 * event_line_lost_plain - print for people that events were lost
 * @l: the printer
 * @lost: how many
 */
void event_line_lost_plain(const struct event_line *l, uint64_t lost);

/**
 * event_line_lost_json - print as an object that events were lost
 * @lost: how many
 *
 * Return: as event_line_json().
 */
int event_line_lost_json(uint64_t lost);

/**
 * event_line_present_plain - print the present state for people
 * @l: the printer
 * @st: the state
 * @op: the operation that is open; all zero where none is
 * @now_ns: CLOCK_MONOTONIC
 */
void event_line_present_plain(const struct event_line *l,
			      const struct vmopnotify_status *st,
			      const struct vmopnotify_operation *op,
			      uint64_t now_ns);

/**
 * event_line_present_json - print the present state as an object
 * @st: the state
 * @op: the operation that is open; all zero where none is
 * @now_ns: CLOCK_MONOTONIC
 *
 * Return: as event_line_json().
 */
int event_line_present_json(const struct vmopnotify_status *st,
			    const struct vmopnotify_operation *op,
			    uint64_t now_ns);

#endif /* VMOPNOTIFYCTL_EVENT_LINE_H */
