/* SPDX-License-Identifier: GPL-2.0 */
/* What the subcommands have in common. */
#ifndef VMOPNOTIFYCTL_COMMAND_H
#define VMOPNOTIFYCTL_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "genl.h"

/**
 * enum command_exit - exit codes, the same for all subcommands
 * @COMMAND_OK: done
 * @COMMAND_FAILED: could not be done, and stderr says why
 * @COMMAND_USAGE: the command line is wrong
 * @COMMAND_WARNINGS: of doctor: there are warnings, but no failure
 * @COMMAND_TIMEOUT: what was waited for did not come in time; the code is that
 *	of timeout(1)
 */
enum command_exit {
	COMMAND_OK = 0,
	COMMAND_FAILED = 1,
	COMMAND_USAGE = 2,
	COMMAND_WARNINGS = 3,
	COMMAND_TIMEOUT = 124,
};

/**
 * struct command - a subcommand
 * @name: its name
 * @summary: what it does, on a line
 * @help: what --help says after that
 * @run: does it; argv[0] is for messages, options are parsed with getopt.
 *	Returns &enum command_exit.
 */
struct command {
	const char *name;
	const char *summary;
	const char *help;
	int (*run)(int argc, char **argv);
};

extern const struct command command_status;
extern const struct command command_monitor;
extern const struct command command_consumers;
extern const struct command command_wait;
extern const struct command command_run;
extern const struct command command_import;
extern const struct command command_simulate;
extern const struct command command_doctor;
extern const struct command command_history;
extern const struct command command_metrics;

/**
 * command_help - print what a subcommand does
 * @cmd: the subcommand
 *
 * Return: %COMMAND_OK.
 */
int command_help(const struct command *cmd);

/**
 * command_usage - say what is wrong with the command line
 * @cmd: the subcommand
 * @format: as printf has it; NULL where it has been said
 *
 * Return: %COMMAND_USAGE.
 */
int command_usage(const struct command *cmd, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * command_json_option - parse the options of a command that has only --json
 * @cmd: the subcommand
 * @argc: its arguments
 * @argv: its arguments
 * @json: set where --json is given
 *
 * Return: -1 to go on, else what to exit with.
 */
int command_json_option(const struct command *cmd, int argc, char **argv,
			bool *json);

/**
 * command_query - send a netlink request and pass on the answer
 * @cmd: &enum vmopnotify_cmd
 * @dump: it is a list
 * @cb: takes each message of the answer
 * @arg: for @cb
 *
 * Return: 0 or a negative errno, which it has told.
 */
int command_query(uint8_t cmd, bool dump, vmop_genl_cb cb, void *arg);

/**
 * parse_seconds - a time in seconds, with or without a fraction
 * @text: the text
 * @ns: where to put it, in nanoseconds
 *
 * Return: true if it is one, not negative and not above a year.
 */
bool parse_seconds(const char *text, uint64_t *ns);

/**
 * parse_number - a number
 * @text: the text, decimal digits alone
 * @max: the largest allowed
 * @value: where to put it
 *
 * Return: true if it is one.
 */
bool parse_number(const char *text, uint64_t max, uint64_t *value);

#endif /* VMOPNOTIFYCTL_COMMAND_H */
