// SPDX-License-Identifier: GPL-2.0
/* The commands of a user, see child.h. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"

#define SHELL	"/bin/sh"

/* PLAIN - what means the same to a shell, between words and within them. */
#define PLAIN	" \t/.,:=@%+-_0123456789" \
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/* PLAIN_WORDS_MAX - a plain command of more is left to the shell. */
#define PLAIN_WORDS_MAX	32

void child_env_add(struct child_env *env, const char *format, ...)
{
	char *text = env->text[env->count];
	size_t len = sizeof(env->text[0]);
	va_list args;
	int used;

	if (env->count == CHILD_ENV_MAX)
		return;
	used = snprintf(text, len, CHILD_ENV_PREFIX);
	va_start(args, format);
	vsnprintf(text + used, len - (size_t)used, format, args);
	va_end(args);
	env->count++;
}

/*
 * Our own environment with @env in place of all variables of the prefix: one
 * that is left from outside would tell of another operation.
 */
/* Variables of ours, and what systemd tells us and nobody else. */
static bool is_ours(const char *var)
{
	static const char * const prefixes[] = {
		CHILD_ENV_PREFIX, "NOTIFY_SOCKET=", "WATCHDOG_",
	};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (!strncmp(var, prefixes[i], strlen(prefixes[i])))
			return true;
	return false;
}

static char **merge_env(const struct child_env *env)
{
	size_t n = 0, i;
	char **merged;

	while (environ && environ[n])
		n++;
	merged = calloc(n + env->count + 1, sizeof(*merged));
	if (!merged)
		return NULL;
	n = 0;
	for (i = 0; environ && environ[i]; i++)
		if (!is_ours(environ[i]))
			merged[n++] = environ[i];
	for (i = 0; i < env->count; i++)
		merged[n++] = (char *)env->text[i];
	return merged;
}

static int set_files(posix_spawn_file_actions_t *files, int out_fd)
{
	int ret;

	ret = posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null",
					       O_RDONLY, 0);
	if (ret || out_fd < 0)
		return ret;
	ret = posix_spawn_file_actions_adddup2(files, out_fd, STDOUT_FILENO);
	if (ret)
		return ret;
	return posix_spawn_file_actions_adddup2(files, out_fd, STDERR_FILENO);
}

static int set_attr(posix_spawnattr_t *attr)
{
	sigset_t none, all;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_setpgroup(attr, 0);
	posix_spawnattr_setsigmask(attr, &none);
	posix_spawnattr_setsigdefault(attr, &all);
	return posix_spawnattr_setflags(attr, POSIX_SPAWN_SETPGROUP |
					POSIX_SPAWN_SETSIGMASK |
					POSIX_SPAWN_SETSIGDEF);
}

/*
 * A shell that is given a path with plain words runs that in its own place: to
 * start it only costs time, of which there is little after a stun.
 */
static bool split_plain(char *command, char *argv[PLAIN_WORDS_MAX + 1])
{
	size_t n = 0;
	char *rest;

	if (command[0] != '/' || command[strspn(command, PLAIN)])
		return false;
	argv[0] = strtok_r(command, " \t", &rest);
	while (argv[n]) {
		if (++n > PLAIN_WORDS_MAX)
			return false;
		argv[n] = strtok_r(NULL, " \t", &rest);
	}
	return true;
}

/* What cannot be run is left to the shell, too, which says why. */
static int spawn(const char *command, char **env, pid_t *pid,
		 const posix_spawn_file_actions_t *files,
		 const posix_spawnattr_t *attr)
{
	char *shell[] = { "sh", "-c", (char *)command, NULL };
	char *plain[PLAIN_WORDS_MAX + 1];
	char *words = strdup(command);
	int ret;

	if (!words)
		return -ENOMEM;
	ret = split_plain(words, plain) ?
		posix_spawn(pid, plain[0], files, attr, plain, env) : ENOEXEC;
	if (ret)
		ret = posix_spawn(pid, SHELL, files, attr, shell, env);
	free(words);
	return -ret;
}

int child_spawn(const char *command, const struct child_env *env, int out_fd,
		pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	char **merged;
	int ret;

	merged = merge_env(env);
	if (!merged)
		return -ENOMEM;
	ret = -posix_spawn_file_actions_init(&files);
	if (ret)
		goto free_env;
	ret = -set_files(&files, out_fd);
	if (ret)
		goto destroy_files;
	ret = -posix_spawnattr_init(&attr);
	if (ret)
		goto destroy_files;
	ret = -set_attr(&attr);
	if (!ret)
		ret = spawn(command, merged, pid, &files, &attr);
	posix_spawnattr_destroy(&attr);
destroy_files:
	posix_spawn_file_actions_destroy(&files);
free_env:
	free(merged);
	return ret;
}

int child_result(const siginfo_t *si)
{
	if (si->si_code != CLD_EXITED || si->si_status > 128)
		return EINTR;
	switch (si->si_status) {
	case 0:
		return 0;
	case 126:
		return EACCES;
	case 127:
		return ENOENT;
	default:
		return EIO;
	}
}

char *child_text(const siginfo_t *si, char *buf, size_t len)
{
	const char *name;

	if (si->si_code == CLD_EXITED) {
		snprintf(buf, len, "exit status %d", si->si_status);
		return buf;
	}
	name = sigabbrev_np(si->si_status);
	if (name)
		snprintf(buf, len, "signal SIG%s", name);
	else
		snprintf(buf, len, "signal %d", si->si_status);
	return buf;
}
