/* SPDX-License-Identifier: GPL-2.0 */
/* The commands of a user: how they are started, and what their end means. */
#ifndef VMOPNOTIFYCTL_CHILD_H
#define VMOPNOTIFYCTL_CHILD_H

#include <signal.h>
#include <stddef.h>
#include <sys/types.h>

/* CHILD_ENV_PREFIX - what all our variables' names begin with. */
#define CHILD_ENV_PREFIX	"VMOPNOTIFY_"

/* CHILD_ENV_MAX - how many of them one command may get. */
#define CHILD_ENV_MAX		12

/**
 * struct child_env - the variables of one command
 * @count: how many
 * @text: each as NAME=VALUE
 */
struct child_env {
	unsigned int count;
	char text[CHILD_ENV_MAX][128];
};

/**
 * child_env_add - add a variable
 * @env: the variables
 * @format: as printf has it: NAME=VALUE, without the prefix
 */
void child_env_add(struct child_env *env, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * child_spawn - start a command
 * @command: for /bin/sh -c
 * @env: its variables, beside those of our own environment
 * @out_fd: what it prints to, on stdout and stderr; -1: what we print to
 * @pid: where to put its process id, which is that of its process group, too
 *
 * It reads from /dev/null, and has no signal blocked or ignored.  Where it is a
 * path and words without anything that a shell would act on, none is started;
 * that, and what the shell leaves in the environment (PWD), is all there is to
 * tell them by.  Nothing of the command is waited for, not that it is found
 * either: where there is not even a shell it ends with 126 or 127.
 *
 * Return: 0 or a negative errno.
 */
int child_spawn(const char *command, const struct child_env *env, int out_fd,
		pid_t *pid);

/**
 * child_result - the errno that an end stands for
 * @si: what waitid() tells
 *
 * Return: 0 for exit status 0; EACCES for 126, ENOENT for 127, with which the
 * shell says that a command cannot be run or found; EINTR where a signal ended
 * it, or the shell says so with 128 and more; EIO for every other status.
 */
int child_result(const siginfo_t *si);

/**
 * child_text - an end in words
 * @si: what waitid() tells
 * @buf: where to write, "exit status 3", "signal SIGKILL"
 * @len: size of @buf
 *
 * Return: @buf.
 */
char *child_text(const siginfo_t *si, char *buf, size_t len);

#endif /* VMOPNOTIFYCTL_CHILD_H */
