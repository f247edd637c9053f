/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Failures that go on: told the first time, when they change, and now and then
 * while they last, as they may come ten times a second.
 */
#ifndef VMOPD_TROUBLE_H
#define VMOPD_TROUBLE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * struct trouble - a failure that may go on for long; zeroed at first
 * @active: it does
 * @about_one: it is one of an operation
 * @operation: which
 * @text: what was told last
 * @times: how often it came since it began
 * @told_ms: when it was told
 * @since_ms: when it began
 * @burst_ms: when the present burst of messages began
 * @burst: messages in it
 */
struct trouble {
	bool active;
	bool about_one;
	uint64_t operation;
	char text[512];
	unsigned int times;
	int64_t told_ms;
	int64_t since_ms;
	int64_t burst_ms;
	unsigned int burst;
};

/**
 * trouble_tell - log it, unless it was only just
 * @t: the trouble
 * @level: LOG_ERR to LOG_DEBUG
 * @operation: the one that it concerns, or NULL
 * @now_ms: the time
 * @fmt: as printf's
 * @ap: its arguments
 *
 * Return: true if it was told, @text is what.
 */
__attribute__((format(printf, 5, 0)))
bool trouble_tell(struct trouble *t, int level, const uint64_t *operation,
		  int64_t now_ms, const char *fmt, va_list ap);

/**
 * trouble_over - it went well again
 * @t: the trouble
 * @now_ms: the time
 *
 * Return: true if there was one; it is told.
 */
bool trouble_over(struct trouble *t, int64_t now_ms);

#endif /* VMOPD_TROUBLE_H */
