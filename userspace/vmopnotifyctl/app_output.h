/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an application's commands print: taken from a pipe, and passed on line
 * by line as it comes.
 *
 * Nobody waits for it.  It is read when nothing else is to be done, a command's
 * end is told by its process and not by the pipe, and what is more than a flood
 * is read and dropped.  There is one pipe for the runner's whole life, so that
 * what a command has left running can print on.
 */
#ifndef VMOPNOTIFYCTL_APP_OUTPUT_H
#define VMOPNOTIFYCTL_APP_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <systemd/sd-event.h>

#include "runner_logic.h"

/* APP_OUTPUT_LINE - a longer line is passed on in pieces. */
#define APP_OUTPUT_LINE		1024

/* APP_OUTPUT_LINES - so many are passed on in 30 s, as the journal has it. */
#define APP_OUTPUT_LINES	1000

/**
 * struct app_output - the pipe; private, but for @write_fd
 * @read_fd: our end
 * @write_fd: the commands' end
 * @source: watches it
 * @command: who prints: the command started last
 * @op: what it was started for
 * @line: the line that is not whole yet
 * @len: how much of it there is
 * @since_ns: since when lines are counted
 * @lines: how many there were
 */
struct app_output {
	int read_fd;
	int write_fd;
	sd_event_source *source;
	const char *command;
	struct runner_op op;
	char line[APP_OUTPUT_LINE];
	size_t len;
	uint64_t since_ns;
	unsigned int lines;
};

/**
 * app_output_open - begin
 * @out: what to set up
 * @loop: what reads it
 *
 * Return: 0 or a negative errno; either way app_output_close() is due.
 */
int app_output_open(struct app_output *out, sd_event *loop);

/**
 * app_output_begin - a command is about to be started
 * @out: the pipe
 * @op: the operation it is started for
 * @command: its name; kept
 */
void app_output_begin(struct app_output *out, const struct runner_op *op,
		      const char *command);

/**
 * app_output_end - the command has ended: pass on what it has printed
 * @out: the pipe
 *
 * Does not wait, and reads no more than a pipe holds.
 */
void app_output_end(struct app_output *out);

/**
 * app_output_close - the end
 * @out: the pipe
 */
void app_output_close(struct app_output *out);

#endif /* VMOPNOTIFYCTL_APP_OUTPUT_H */
