// SPDX-License-Identifier: GPL-2.0
#include "machine.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

#define QEMU		"qemu-system-x86_64"
#define START_MS	60000
#define MAX_ARGS	128
#define MAX_MORE	16

const char *const machine_hosts[MACHINE_HOSTS] = { "a", "b" };

/* The hosts */

struct host_path machine_path(const char *host, const char *name)
{
	struct host_path path;

	snprintf(path.s, sizeof(path.s), "%s/%s", host, name);
	return path;
}

const char *machine_current(void)
{
	char to[8] = "";
	int i;

	if (readlink("current", to, sizeof(to) - 1) < 0)
		return NULL;
	for (i = 0; i < MACHINE_HOSTS; i++)
		if (!strcmp(to, machine_hosts[i]))
			return machine_hosts[i];
	return NULL;
}

/* By rename, so that whoever looks finds the one or the other. */
bool machine_set_current(const char *host, struct buf *why)
{
	unlink("current.new");
	if (!symlink(host, "current.new") && !rename("current.new", "current"))
		return true;
	buf_printf(why, "current: %s", strerror(errno));
	return false;
}

const char *machine_other(const char *host)
{
	return machine_hosts[host == machine_hosts[0]];
}

static bool is_locked(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return !fcntl(fd, F_OFD_GETLK, &lock) && lock.l_type != F_UNLCK;
}

pid_t machine_pid(const char *host)
{
	FILE *f = fopen(machine_path(host, "qemu.pid").s, "re");
	int pid = 0;

	if (!f)
		return 0;
	if (!is_locked(fileno(f)) || fscanf(f, "%d", &pid) != 1)
		pid = 0;
	fclose(f);
	return pid;
}

/* Processes */

bool machine_lives(const struct machine *m)
{
	struct pollfd pfd = { .fd = m->pidfd, .events = POLLIN };

	return m->host && poll(&pfd, 1, 0) == 0;
}

static bool wait_for_end(struct machine *m, int timeout_ms)
{
	struct pollfd pfd = { .fd = m->pidfd, .events = POLLIN };
	int64_t until_ms = clock_ms() + timeout_ms;
	int64_t left;
	int n;

	do {
		left = until_ms - clock_ms();
		n = poll(&pfd, 1, left > 0 ? left : 0);
	} while (n < 0 && errno == EINTR);
	return n > 0;
}

void machine_leave(struct machine *m)
{
	if (!m->host)
		return;
	qmp_close(&m->qmp);
	close(m->pidfd);
	memset(m, 0, sizeof(*m));
}

void machine_kill(struct machine *m)
{
	if (!m->host)
		return;
	pidfd_send_signal(m->pidfd, SIGKILL, NULL, 0);
	wait_for_end(m, START_MS);
}

/* It may be gone before it has answered. */
static bool quits(struct machine *m, int patience_ms)
{
	int64_t until_ms = clock_ms() + patience_ms;
	struct buf unused = { 0 };

	m->qmp.patience_ms = patience_ms;
	qmp_do(&m->qmp, "quit", NULL, &unused);
	buf_free(&unused);
	return wait_for_end(m, until_ms - clock_ms());
}

bool machine_end(struct machine *m, int patience_ms)
{
	bool went;

	if (!m->host)
		return true;
	went = !machine_lives(m) || (patience_ms && quits(m, patience_ms));
	if (!went)
		machine_kill(m);
	if (m->child)
		waitpid(m->pid, NULL, 0);
	machine_leave(m);
	return went;
}

bool machine_clear(const char *host)
{
	struct machine m = { .host = host, .pid = machine_pid(host) };

	if (!m.pid)
		return false;
	m.pidfd = pidfd_open(m.pid, 0);
	if (m.pidfd < 0)
		return false;
	m.qmp.fd = -1;
	machine_end(&m, 0);
	return true;
}

/* The arguments of the file, of which @text holds the lines. */
static bool read_arguments(const char *host, struct buf *text,
			   const char **args, struct buf *why)
{
	struct host_path path = machine_path(host, "machine");
	FILE *f = fopen(path.s, "re");
	char *at, *save = NULL, data[4096];
	int count = 0;
	size_t n;

	if (!f) {
		buf_printf(why, "%s: %s", path.s, strerror(errno));
		return false;
	}
	while ((n = fread(data, 1, sizeof(data), f)))
		buf_add(text, data, n);
	fclose(f);
	args[count++] = QEMU;
	for (at = strtok_r(text->len ? text->data : NULL, "\n", &save); at;
	     at = strtok_r(NULL, "\n", &save)) {
		if (count == MAX_ARGS) {
			buf_printf(why, "%s: more than %d lines", path.s,
				   MAX_ARGS);
			return false;
		}
		args[count++] = at;
	}
	args[count] = NULL;
	return true;
}

/* The child's part: it outlives this program, and gets none of its signals. */
static void run_qemu(const char *host, const char **args)
{
	int in = open("/dev/null", O_RDWR);
	int out;

	setsid();
	if (chdir(host)) {
		fprintf(stderr, "%s: %s\n", host, strerror(errno));
		_exit(1);
	}
	out = open("qemu.log", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0644);
	dup2(in, STDIN_FILENO);
	dup2(in, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	/* A lock that our caller holds is not for it to hold on to. */
	close_range(3, ~0U, 0);
	execvp(QEMU, (char **)args);
	fprintf(stderr, "%s: %s\n", QEMU, strerror(errno));
	_exit(127);
}

/* Adds what QEMU had to say, on one line. */
static void add_last_words(const char *host, struct buf *why)
{
	FILE *f = fopen(machine_path(host, "qemu.log").s, "re");
	char line[512];
	int count = 0;

	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = 0;
		buf_printf(why, "%s%s", count++ ? "; " : "", line);
	}
	if (f)
		fclose(f);
	if (!count)
		buf_printf(why, "QEMU ended, and did not say why");
}

static bool wait_for_qmp(struct machine *m, struct buf *why)
{
	struct host_path path = machine_path(m->host, "qmp");
	int64_t until_ms = clock_ms() + START_MS;
	struct buf unused = { 0 };
	bool there = false;

	while (machine_lives(m) && clock_ms() < until_ms) {
		/* An earlier one's socket may be there: then it refuses. */
		there = machine_pid(m->host) == m->pid &&
			qmp_open(&m->qmp, path.s, &unused);
		if (there)
			break;
		clock_sleep_until(clock_ns() + 5 * NS_PER_MS);
	}
	buf_free(&unused);
	if (!there && machine_lives(m))
		buf_printf(why, "QEMU does not get ready");
	else if (!there)
		add_last_words(m->host, why);
	return there;
}

bool machine_start(struct machine *m, const char *host,
		   const char *const *more, struct buf *why)
{
	const char *args[MAX_ARGS + MAX_MORE + 1];
	struct buf text = { 0 };
	int count = 0, i;
	pid_t pid;

	memset(m, 0, sizeof(*m));
	if (!read_arguments(host, &text, args, why)) {
		buf_free(&text);
		return false;
	}
	while (args[count])
		count++;
	for (i = 0; i < MAX_MORE && more[i]; i++)
		args[count++] = more[i];
	args[count] = NULL;
	pid = fork();
	if (!pid)
		run_qemu(host, args);
	buf_free(&text);
	if (pid < 0) {
		buf_printf(why, "fork: %s", strerror(errno));
		return false;
	}
	m->host = host;
	m->pid = pid;
	m->child = true;
	m->qmp.fd = -1;
	m->pidfd = pidfd_open(pid, 0);
	if (wait_for_qmp(m, why))
		return true;
	machine_end(m, 0);
	return false;
}

bool machine_take(struct machine *m, const char *host, struct buf *why)
{
	pid_t pid = machine_pid(host);

	memset(m, 0, sizeof(*m));
	if (!pid) {
		buf_printf(why, "no QEMU runs on %s", host);
		return false;
	}
	m->pidfd = pidfd_open(pid, 0);
	if (m->pidfd < 0) {
		buf_printf(why, "QEMU's process %d: %s", (int)pid,
			   strerror(errno));
		return false;
	}
	m->host = host;
	m->pid = pid;
	/* One that is stopped does not answer. */
	pidfd_send_signal(m->pidfd, SIGCONT, NULL, 0);
	if (qmp_open(&m->qmp, machine_path(host, "qmp").s, why))
		return true;
	machine_leave(m);
	return false;
}

/* What is asked of it */

bool machine_status(struct machine *m, char *status, size_t size,
		    struct buf *why)
{
	cJSON *json = qmp_command(&m->qmp, "query-status", NULL, why);
	bool known = json;

	snprintf(status, size, "%s", qmp_text(json, "status"));
	cJSON_Delete(json);
	return known;
}

static bool await_change(pid_t pid, siginfo_t *info)
{
	int failed;

	do {
		failed = waitid(P_PID, pid, info,
				WSTOPPED | WEXITED | WNOWAIT);
	} while (failed && errno == EINTR);
	return !failed;
}

int64_t machine_stun(struct machine *m, int64_t ms, struct buf *why)
{
	int64_t from_ns, until_ns;
	siginfo_t info;

	if (kill(m->pid, SIGSTOP) || !await_change(m->pid, &info) ||
	    info.si_code != CLD_STOPPED) {
		kill(m->pid, SIGCONT);
		buf_printf(why, "the process of QEMU cannot be stopped");
		return 0;
	}
	from_ns = clock_ns();
	until_ns = from_ns + ms * NS_PER_MS;
	while (clock_ns() < until_ns)
		clock_sleep_until(until_ns);
	kill(m->pid, SIGCONT);
	return clock_ns() - from_ns;
}
