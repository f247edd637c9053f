/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What outlives a runner: for which operation its application is quiet.
 *
 * It is written before the quiesce command is started and cleared when the
 * unquiesce command has ended, so that who comes after a runner that was killed
 * in between knows what is left to undo.  The file is opened while the runner
 * still has the rights for that, and is locked: an application has one runner.
 */
#ifndef VMOPNOTIFYCTL_APP_STATE_H
#define VMOPNOTIFYCTL_APP_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/vmopnotify.h>

/* APP_STATE_DIR - gone with a reboot, as is what the file tells of. */
#define APP_STATE_DIR	"/run/vmopnotify-app"

/**
 * struct app_quiet - the operation that an application is quiet for
 * @id: its id
 * @start_ns: when it was announced, CLOCK_MONOTONIC, which tells it from a
 *	later one of the same id; 0: not known
 * @drill: it is a drill
 * @type: the host's word for it
 */
struct app_quiet {
	uint64_t id;
	uint64_t start_ns;
	bool drill;
	char type[VMOPNOTIFY_NAME_LEN];
};

/**
 * app_state_open - open and lock an application's file
 * @dir: %APP_STATE_DIR; it is made, as is @name in it
 * @name: the application's name
 *
 * Return: a file descriptor, or a negative errno, which it has told.
 */
int app_state_open(const char *dir, const char *name);

/**
 * app_state_read - what did the runner before leave?
 * @fd: the file
 * @quiet: where to put the operation
 *
 * Return: 1 where it left the application quiet, or where that cannot be ruled
 * out, and then @quiet is an operation that is not open; 0 where it did not.
 */
int app_state_read(int fd, struct app_quiet *quiet);

/**
 * app_state_write - the application is quiet from now on
 * @fd: the file
 * @quiet: for which operation
 *
 * Return: 0 or a negative errno.
 */
int app_state_write(int fd, const struct app_quiet *quiet);

/**
 * app_state_clear - nothing is left to undo
 * @fd: the file
 *
 * Return: 0 or a negative errno.
 */
int app_state_clear(int fd);

#endif /* VMOPNOTIFYCTL_APP_STATE_H */
