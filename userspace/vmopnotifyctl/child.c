// SPDX-License-Identifier: GPL-2.0
/* The commands of a user, see child.h. */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "env.h"

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
 * Ours, in place of which come @env: one that is left from outside would tell of
 * another operation.  And what systemd tells us and nobody else.
 */
static const char * const private_vars[] = {
	CHILD_ENV_PREFIX, "NOTIFY_SOCKET=", "WATCHDOG_USEC=", "WATCHDOG_PID=",
	NULL,
};

static char **merge_env(const struct child_env *env)
{
	size_t n;
	char **merged = env_without(private_vars, env->count, &n);

	for (size_t i = 0; merged && i < env->count; i++)
		merged[n++] = (char *)env->text[i];
	return merged;
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

static void set_signals(void)
{
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static bool set_files(int out_fd)
{
	int fd = open("/dev/null", O_RDONLY);

	if (fd < 0 || dup2(fd, STDIN_FILENO) < 0)
		return false;
	if (fd > STDERR_FILENO)
		close(fd);
	return out_fd < 0 || (dup2(out_fd, STDOUT_FILENO) >= 0 &&
			      dup2(out_fd, STDERR_FILENO) >= 0);
}

/* The child.  What cannot be run is left to the shell, too, which says why. */
__attribute__((noreturn))
static void become(char *const plain[], char *const shell[], char **env,
		   int out_fd)
{
	int status;

	setpgid(0, 0);
	set_signals();
	if (set_files(out_fd)) {
		if (plain)
			execve(plain[0], plain, env);
		execve(SHELL, shell, env);
	}
	status = errno == ENOENT ? 127 : 126;
	warn("cannot start a command");
	_exit(status);
}

/*
 * By fork(), as posix_spawn() returns only when the program has been opened: one
 * on a file system that does not answer would hold up all that we are to do.
 */
int child_spawn(const char *command, const struct child_env *env, int out_fd,
		pid_t *pid)
{
	char *shell[] = { "sh", "-c", (char *)command, NULL };
	char *plain[PLAIN_WORDS_MAX + 1];
	char *words = strdup(command);
	char **merged = merge_env(env);
	sigset_t all, before;
	int ret = -ENOMEM;
	bool is_plain;

	if (!words || !merged)
		goto out;
	is_plain = split_plain(words, plain);
	/* Until the child does not ignore what we do, it keeps what it gets. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	*pid = fork();
	if (!*pid)
		become(is_plain ? plain : NULL, shell, merged, out_fd);
	ret = *pid < 0 ? -errno : 0;
	sigprocmask(SIG_SETMASK, &before, NULL);
	/* As the child does: who comes first may be either. */
	if (!ret)
		setpgid(*pid, *pid);
out:
	free(merged);
	free(words);
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
