/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the commands print with: clean text, times, and JSON in which 64-bit
 * numbers keep their digits.
 */
#ifndef VMOPNOTIFYCTL_OUTPUT_H
#define VMOPNOTIFYCTL_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "clock.h"
#include "text.h"

/**
 * error_line - say on stderr what went wrong, as one line
 * @format: as printf has it, without an end of line
 */
void error_line(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/**
 * errno_text - an ack's result in words
 * @result: 0 or an errno
 * @buf: where to write, "ETIMEDOUT (Connection timed out)"
 * @len: size of @buf
 *
 * Return: @buf; "ok" for 0.
 */
char *errno_text(int result, char *buf, size_t len);

/**
 * errno_name - an errno's name
 * @result: the errno
 * @buf: where to write, "ETIMEDOUT", or the number where it has no name
 * @len: size of @buf
 *
 * Return: @buf; "ok" for 0.
 */
char *errno_name(int result, char *buf, size_t len);

/**
 * duration_text - a duration for people
 * @ns: how long, in nanoseconds
 * @buf: where to write, "41.3 ms", "12.4 s", "3 min 20 s"
 * @len: size of @buf
 *
 * Return: @buf.
 */
char *duration_text(uint64_t ns, char *buf, size_t len);

/**
 * left_text - the time left until a deadline
 * @deadline_ns: CLOCK_MONOTONIC
 * @now_ns: CLOCK_MONOTONIC
 * @buf: where to write, "12.4 s left", "passed 3.0 s ago"
 * @len: size of @buf
 *
 * Return: @buf.
 */
char *left_text(uint64_t deadline_ns, uint64_t now_ns, char *buf, size_t len);

/** monotonic_ns - now, CLOCK_MONOTONIC */
uint64_t monotonic_ns(void);

/**
 * wall_text - the wall-clock time of a moment
 * @time_ns: CLOCK_MONOTONIC
 * @iso: with date and zone, for programs; else the local time of day
 * @buf: where to write, "14:03:07.215"
 * @len: size of @buf
 *
 * Return: @buf.
 */
char *wall_text(uint64_t time_ns, bool iso, char *buf, size_t len);

/**
 * date_text - a moment of the wall clock, with its date
 * @wall_ns: CLOCK_REALTIME
 * @iso: with zone and milliseconds, for programs
 * @buf: where to write, "2026-11-21 14:03:07"
 * @len: size of @buf
 *
 * Return: @buf.
 */
char *date_text(uint64_t wall_ns, bool iso, char *buf, size_t len);

/**
 * read_line - the first line of a file
 * @path: the file
 * @buf: where to put it, cleaned, without its end; "" where there is none
 * @len: size of @buf
 *
 * Return: true where there is one.
 */
bool read_line(const char *path, char *buf, size_t len);

/**
 * add_text - add a string, cleaned
 * @obj: to this object
 * @key: under this key
 * @text: the string
 */
void add_text(cJSON *obj, const char *key, const char *text);

/**
 * add_u64 - add a number with all its digits
 * @obj: to this object
 * @key: under this key
 * @value: the number
 */
void add_u64(cJSON *obj, const char *key, uint64_t value);

/**
 * add_s64 - add a number that may be negative, with all its digits
 * @obj: to this object
 * @key: under this key
 * @value: the number
 */
void add_s64(cJSON *obj, const char *key, int64_t value);

/**
 * add_operation_flags - add an operation's flags as booleans
 * @obj: to this object
 * @flags: VMOPNOTIFY_F_*
 */
void add_operation_flags(cJSON *obj, uint32_t flags);

/**
 * print_object - print an object as one line and free it
 * @obj: the object
 *
 * Return: 0, or -ENOMEM where there was not the memory for all of it.
 */
int print_object(cJSON *obj);

/**
 * output_flush - see that what was printed has gone out
 *
 * Return: 0, or a negative errno, which it has told.
 */
int output_flush(void);

#endif /* VMOPNOTIFYCTL_OUTPUT_H */
