/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Commands of the Python service, for a shell.
 *
 * The service runs a program with arguments, which it takes apart with
 * Python's shlex: there are quotes and backslashes as in a shell, but no
 * variables, pipes or comments.  Here such a command is written so that
 * /bin/sh -c runs the same program with the same arguments.
 */
#ifndef VMOPNOTIFYCTL_IMPORT_WORDS_H
#define VMOPNOTIFYCTL_IMPORT_WORDS_H

#include <stdbool.h>

/**
 * words_to_shell - write a command for a shell
 * @command: as the service's configuration has it
 * @shell: where to put it, for free(): one line, and " ;" is nowhere in it,
 *	with which a comment begins in our files
 * @special: set if words that were not quoted mean something to a shell, which
 *	they did not to the service; else cleared
 * @why: where to put what is wrong: a few words
 *
 * Return: 0; -EINVAL for what the service cannot run, or no line can hold;
 * -ENOMEM.
 */
int words_to_shell(const char *command, char **shell, bool *special,
		   const char **why);

#endif /* VMOPNOTIFYCTL_IMPORT_WORDS_H */
