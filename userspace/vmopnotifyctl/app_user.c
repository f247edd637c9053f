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

static const char *take_text(char *to, size_t len, const char *from)
{
	if (strlen(from) >= len)
		return "the user's name, home or shell is too long";
	strcpy(to, from);
	return NULL;
}

const char *app_user_find(struct app_user *user, const char *name)
{
	const struct passwd *pw;
	const char *why;

	errno = 0;
	pw = getpwnam(name);
	if (!pw)
		return errno && errno != ENOENT && errno != ESRCH ?
		       "cannot be looked up" : "no such user";
	user->uid = pw->pw_uid;
	user->gid = pw->pw_gid;
	why = take_text(user->name, sizeof(user->name), pw->pw_name);
	if (!why)
		why = take_text(user->home, sizeof(user->home), pw->pw_dir);
	if (!why)
		why = take_text(user->shell, sizeof(user->shell), pw->pw_shell);
	return why;
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
