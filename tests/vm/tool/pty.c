// SPDX-License-Identifier: GPL-2.0
/*
 * pty FILE COMMAND...: runs a command on a terminal of 24 lines; for tests in
 * shell.
 *
 * What the command writes goes to FILE, our stdin are its keys.  SIGUSR1 makes
 * the terminal half as high.  At the end a line is added to FILE: "restored" if
 * the terminal's settings are as they were, else "altered".
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

#include "guest.h"

static volatile sig_atomic_t resize;

static void on_usr1(int sig)
{
	(void)sig;
	resize = 1;
}

static void pass(int from, int to)
{
	char buf[4096];
	ssize_t n = read(from, buf, sizeof(buf));

	if (n > 0 && write(to, buf, (size_t)n) != n)
		die("write");
}

static void make_smaller(int master)
{
	struct winsize size;

	ioctl(master, TIOCGWINSZ, &size);
	size.ws_row /= 2;
	ioctl(master, TIOCSWINSZ, &size);
	resize = 0;
}

static int serve(int master, int out, pid_t pid)
{
	struct pollfd fds[] = {
		{ .fd = master, .events = POLLIN },
		{ .fd = STDIN_FILENO, .events = POLLIN },
	};
	int status;

	while (waitpid(pid, &status, WNOHANG) != pid) {
		if (resize)
			make_smaller(master);
		if (poll(fds, 2, 20) < 0)
			continue;
		if (fds[0].revents & POLLIN)
			pass(master, out);
		if (fds[1].revents & POLLIN)
			pass(STDIN_FILENO, master);
		if (fds[1].revents & ~POLLIN)
			fds[1].fd = -1;
	}
	while (poll(fds, 1, 0) > 0 && fds[0].revents & POLLIN)
		pass(master, out);
	return status;
}

int main(int argc, char **argv)
{
	struct winsize size = { .ws_row = 24, .ws_col = 100 };
	struct termios before, after;
	const char *how;
	int out, master, slave, status;
	pid_t pid;

	if (argc < 3)
		die("usage: pty FILE COMMAND...");
	out = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (out < 0 || openpty(&master, &slave, NULL, NULL, &size))
		die("%s", argv[1]);
	tcgetattr(slave, &before);
	signal(SIGUSR1, on_usr1);
	pid = fork();
	if (!pid) {
		close(master);
		login_tty(slave);
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	status = serve(master, out, pid);
	tcgetattr(slave, &after);
	how = before.c_lflag == after.c_lflag ? "\nrestored\n" : "\naltered\n";
	if (write(out, how, strlen(how)) < 0)
		die("write");
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
				     WEXITSTATUS(status);
}
