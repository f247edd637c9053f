/* SPDX-License-Identifier: GPL-2.0 */
/*
 * report - what vmotion tells: to people, on stdout, and to programs, in the
 * file vmotion.log of the lab's folder
 *
 * The file has one JSON object a line, each written at once:
 *
 *	t_ns		CLOCK_MONOTONIC of the host
 *	migration	its number in this lab
 *	phase		one of those in phases.c; "over" at its end
 *	event		"begin", "progress", "done", "failed", "note"
 *	text		words for people
 *
 * and what else there is to tell.
 */
#ifndef LAB_REPORT_H
#define LAB_REPORT_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * struct report - where it goes
 * @fd: the file
 * @json: people get what goes to the file
 * @quiet: people get nothing
 * @migration: its number
 * @began_ns: when it began, in ns of CLOCK_MONOTONIC
 */
struct report {
	int fd;
	bool json;
	bool quiet;
	unsigned int migration;
	int64_t began_ns;
};

/**
 * report_open - a migration begins
 * @r: becomes the report; report_close() it
 * @migration: its number
 *
 * Return: whether the file can be written; errno tells why not.
 */
bool report_open(struct report *r, unsigned int migration);

/**
 * report_title - say to people what follows
 * @r: the report
 * @from: the host that the guest runs on
 * @to: the host that it goes to
 */
void report_title(const struct report *r, const char *from, const char *to);

/**
 * report_close - it is over
 * @r: the report
 */
void report_close(struct report *r);

/**
 * report - tell
 * @r: the report
 * @phase: the phase
 * @event: what happened in it
 * @more: an object with what else there is for the file, which this frees;
 *	may be NULL
 * @text: words for people
 */
void report(struct report *r, const char *phase, const char *event, cJSON *more,
	    const char *text);

#endif
