/* SPDX-License-Identifier: GPL-2.0 */
/* What a program says: it is run, for a limited time, and its output taken. */
#ifndef VMOPNOTIFYCTL_CAPTURE_H
#define VMOPNOTIFYCTL_CAPTURE_H

#include <stddef.h>
#include <stdint.h>

/* CAPTURE_MAX - the most that is kept of each of stdout and stderr. */
#define CAPTURE_MAX	(16 * 1024)

/**
 * struct capture - what a program said
 * @status: its exit status; 128 and the signal where one ended it
 * @out: its stdout, NUL-terminated; what is too long is cut
 * @out_len: its length
 * @err: its stderr, as @out
 * @err_len: its length
 */
struct capture {
	int status;
	char out[CAPTURE_MAX + 1];
	size_t out_len;
	char err[CAPTURE_MAX + 1];
	size_t err_len;
};

/**
 * capture_run - run a program to its end
 * @argv: its path and arguments; it reads from /dev/null
 * @timeout_ms: it is killed, with its process group, after so long
 * @c: where to put what it said
 *
 * Return: 0; -ETIMEDOUT: it was killed; another negative errno: it could not
 * be started.
 */
int capture_run(char *const argv[], uint32_t timeout_ms, struct capture *c);

#endif /* VMOPNOTIFYCTL_CAPTURE_H */
