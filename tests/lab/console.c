// SPDX-License-Identifier: GPL-2.0
#include "console.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <termios.h>
#include <unistd.h>

#include "ctl.h"
#include "machine.h"

#define LOOK_MS	100

static volatile sig_atomic_t told_to_end;

static void on_signal(int sig)
{
	(void)sig;
	told_to_end = 1;
}

static bool write_all(int fd, const char *data, size_t len)
{
	ssize_t n;

	while (len) {
		n = write(fd, data, len);
		if (n < 0 && errno != EINTR)
			return false;
		data += n < 0 ? 0 : n;
		len -= n < 0 ? 0 : n;
	}
	return true;
}

/* Connects to those that are there and not connected. */
static void look_for_consoles(struct pollfd *fds)
{
	int i;

	for (i = 0; i < MACHINE_HOSTS; i++)
		if (fds[i].fd < 0 && machine_pid(machine_hosts[i]))
			fds[i].fd = ctl_connect(machine_path(machine_hosts[i],
							     "console").s);
}

static void take_output(struct pollfd *pfd)
{
	char data[4096];
	ssize_t n = read(pfd->fd, data, sizeof(data));

	if (n > 0) {
		write_all(STDOUT_FILENO, data, n);
		return;
	}
	close(pfd->fd);
	pfd->fd = -1;
}

/* Whether it goes on. */
static bool take_input(const struct pollfd *fds)
{
	const char *host = machine_current();
	char data[256], *leave;
	ssize_t n = read(STDIN_FILENO, data, sizeof(data));
	int i;

	if (n <= 0)
		return n < 0 && errno == EINTR;
	leave = memchr(data, CONSOLE_LEAVE, n);
	if (leave)
		n = leave - data;
	for (i = 0; i < MACHINE_HOSTS; i++)
		if (host == machine_hosts[i] && fds[i].fd >= 0)
			write_all(fds[i].fd, data, n);
	return !leave;
}

static bool nobody_is_there(const struct pollfd *fds)
{
	int i;

	for (i = 0; i < MACHINE_HOSTS; i++)
		if (fds[i].fd >= 0 || machine_pid(machine_hosts[i]))
			return false;
	return true;
}

/* The hosts' consoles come first, what is typed last. */
static int serve(void)
{
	struct pollfd fds[MACHINE_HOSTS + 1];
	int i, n;

	for (i = 0; i < MACHINE_HOSTS; i++)
		fds[i] = (struct pollfd){ .fd = -1, .events = POLLIN };
	fds[i] = (struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
	while (!told_to_end) {
		look_for_consoles(fds);
		if (nobody_is_there(fds))
			return 1;
		n = poll(fds, MACHINE_HOSTS + 1, LOOK_MS);
		if (n < 0 && errno != EINTR)
			return 2;
		for (i = 0; n > 0 && i < MACHINE_HOSTS; i++)
			if (fds[i].revents)
				take_output(&fds[i]);
		if (n > 0 && fds[MACHINE_HOSTS].revents && !take_input(fds))
			return 0;
	}
	return 0;
}

static int with_raw_terminal(void)
{
	struct sigaction act = { .sa_handler = on_signal };
	struct termios before, raw;
	int status;

	if (tcgetattr(STDIN_FILENO, &before)) {
		fprintf(stderr, "vmotion: the console needs a terminal\n");
		return 2;
	}
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGHUP, &act, NULL);
	raw = before;
	cfmakeraw(&raw);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
	status = serve();
	tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
	return status;
}

/* QEMU would leave a second one waiting, without a word. */
int console_run(void)
{
	int lock = open("console.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	int status = 2;

	if (!machine_current())
		fprintf(stderr, "vmotion: no machine: \"vmotion boot\" starts it\n");
	else if (lock < 0 || flock(lock, LOCK_EX | LOCK_NB))
		fprintf(stderr, "vmotion: the console is open elsewhere\n");
	else
		status = with_raw_terminal();
	if (lock >= 0)
		close(lock);
	return status;
}
