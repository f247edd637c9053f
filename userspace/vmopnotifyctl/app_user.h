/* SPDX-License-Identifier: GPL-2.0 */
/* The user whom an application's commands run as. */
#ifndef VMOPNOTIFYCTL_APP_USER_H
#define VMOPNOTIFYCTL_APP_USER_H

#include <limits.h>
#include <sys/types.h>

/**
 * struct app_user - a user
 * @name: its name; empty: whoever started the program
 * @uid: its id
 * @gid: its group's
 * @home: its home directory
 * @shell: its shell
 */
struct app_user {
	char name[64];
	uid_t uid;
	gid_t gid;
	char home[PATH_MAX];
	char shell[PATH_MAX];
};

/**
 * app_user_find - look a user up
 * @user: where to put it
 * @name: its name
 *
 * Return: 0; -ESRCH: there is none; -EAGAIN: a name service does not answer, so
 * there may be one; -ENAMETOOLONG: its name, home or shell is too long.
 */
int app_user_find(struct app_user *user, const char *name);

/**
 * app_user_become - be that user from now on, without a way back
 * @user: the user; one without a name changes nothing
 *
 * All of its groups come with it, and HOME, USER, LOGNAME and SHELL are its.
 *
 * Return: 0 or a negative errno, which it has told; then the program may be
 * neither the one nor the other, and must end.
 */
int app_user_become(const struct app_user *user);

#endif /* VMOPNOTIFYCTL_APP_USER_H */
