// SPDX-License-Identifier: GPL-2.0
/* The user of an application's commands, see app_user.h. */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app_user.h"
#include "output.h"

static int take_text(char *to, size_t len, const char *from)
{
	if (strlen(from) >= len)
		return -ENAMETOOLONG;
	strcpy(to, from);
	return 0;
}

int app_user_find(struct app_user *user, const char *name)
{
	const struct passwd *pw;
	int ret;

	/*
	 * It stays 0 only where all who know users have answered: with ENOENT
	 * the socket of one is not there yet, or its file.
	 */
	errno = 0;
	pw = getpwnam(name);
	if (!pw)
		return errno ? -EAGAIN : -ESRCH;
	user->uid = pw->pw_uid;
	user->gid = pw->pw_gid;
	ret = take_text(user->name, sizeof(user->name), pw->pw_name);
	if (!ret)
		ret = take_text(user->home, sizeof(user->home), pw->pw_dir);
	if (!ret)
		ret = take_text(user->shell, sizeof(user->shell), pw->pw_shell);
	return ret;
}

static bool is_already(const struct app_user *user)
{
	uid_t real, effective, saved;

	return !getresuid(&real, &effective, &saved) && user->uid == real &&
	       user->uid == effective && user->uid == saved;
}

static int drop(const struct app_user *user)
{
	if (initgroups(user->name, user->gid) ||
	    setresgid(user->gid, user->gid, user->gid) ||
	    setresuid(user->uid, user->uid, user->uid))
		return -errno;
	/* Told apart from what the calls above say: is it really so? */
	if (user->uid && (!setuid(0) || !seteuid(0)))
		return -EPERM;
	return 0;
}

static int set_variables(const struct app_user *user)
{
	if (setenv("HOME", user->home, 1) || setenv("USER", user->name, 1) ||
	    setenv("LOGNAME", user->name, 1) ||
	    setenv("SHELL", user->shell[0] ? user->shell : "/bin/sh", 1))
		return -errno;
	return 0;
}

int app_user_become(const struct app_user *user)
{
	int ret = 0;

	if (!user->name[0])
		return 0;
	if (geteuid() == 0 || !is_already(user))
		ret = drop(user);
	if (!ret)
		ret = set_variables(user);
	if (ret)
		error_line("cannot become the user \"%s\": %s%s", user->name,
			   strerror(-ret),
			   ret == -EPERM ? ": that takes root" : "");
	return ret;
}
