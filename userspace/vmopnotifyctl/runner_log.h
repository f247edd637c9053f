/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a runner says, and what its commands say: to the journal where systemd
 * started us with it, with the operation as a field, else to stderr.
 */
#ifndef VMOPNOTIFYCTL_RUNNER_LOG_H
#define VMOPNOTIFYCTL_RUNNER_LOG_H

#include "runner_logic.h"

/**
 * runner_log_init - find out where it goes
 * @name: the application's name, which each line carries; kept
 */
void runner_log_init(const char *name);

/**
 * runner_log - say something
 * @op: the operation that it is about; NULL: none
 * @format: as printf has it
 */
void runner_log(const struct runner_op *op, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * runner_log_output - pass on a line of a command's
 * @op: the operation that the command was started for; NULL: none
 * @command: its name, quiesce or unquiesce
 * @line: what it said
 */
void runner_log_output(const struct runner_op *op, const char *command,
		       const char *line);

#endif /* VMOPNOTIFYCTL_RUNNER_LOG_H */
