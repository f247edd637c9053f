// SPDX-License-Identifier: GPL-2.0
/*
 * vmxsim - the simulated host of the lab
 *
 * Plays the hypervisor for a guest that runs in QEMU: answers the GuestRPCs
 * which vmxdoor carries out of it over a virtio-serial port, and is scripted
 * over a control socket (see control.h), or from inside the guest over a
 * second virtio-serial port.
 *
 * QEMU listens on the sockets of its ports and vmxsim connects, again and
 * again: it does not matter which of the two starts first or starts over.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "control.h"
#include "host.h"
#include "port.h"

#define MAX_CONNS	32
#define RETRY_MS	20
#define MAX_LINE	(8 * 1024 * 1024)

enum conn_kind {
	CONN_PORT,
	CONN_GUEST,
	CONN_LISTEN,
	CONN_CLIENT,
};

/* A connection; those with a @path are made again when they break. */
struct conn {
	enum conn_kind kind;
	const char *path;
	int fd;
	struct buf in;
	struct buf out;
	struct port port;
	struct client client;
};

/* The RPC under way: the guest has one at a time. */
struct exchange {
	bool open;		/* there was one */
	uint64_t id;
	struct verdict verdict;
	struct buf reply;
	struct conn *to;	/* who waits for it */
	int64_t due_ms;
};

static struct host host;
static struct control control = { .host = &host };
static struct conn conns[MAX_CONNS];
static int nconns;
static volatile sig_atomic_t told_to_stop;
static struct exchange exchange;
static FILE *log_file;
static const char *qemu_pidfile;
static pid_t qemu_pid;
static int64_t started_ms;

static struct now now(void)
{
	struct timespec mono, wall;

	clock_gettime(CLOCK_MONOTONIC, &mono);
	clock_gettime(CLOCK_REALTIME, &wall);
	return (struct now){
		.ms = mono.tv_sec * 1000LL + mono.tv_nsec / 1000000 -
		      started_ms,
		.wall_ms = wall.tv_sec * 1000LL + wall.tv_nsec / 1000000,
	};
}

static uint64_t random_u64(void)
{
	uint64_t value;

	if (getrandom(&value, sizeof(value), 0) != sizeof(value))
		abort();
	return value;
}

__attribute__((format(printf, 1, 2)))
static void note(const char *fmt, ...)
{
	int64_t ms = now().ms;
	va_list args;

	if (!log_file)
		return;
	fprintf(log_file, "%5" PRId64 ".%03" PRId64 " ", ms / 1000, ms % 1000);
	va_start(args, fmt);
	vfprintf(log_file, fmt, args);
	va_end(args);
	fputc('\n', log_file);
}

/* Text from outside, fit for one line of a log. */
static const char *fit(const struct buf *b)
{
	static char line[400];
	size_t i;

	for (i = 0; i < b->len && i < sizeof(line) - 4; i++)
		line[i] = b->data[i] >= ' ' && b->data[i] <= '~' ?
			  b->data[i] : '?';
	strcpy(line + i, i < b->len ? "..." : "");
	return line;
}

static void die(const char *what)
{
	fprintf(stderr, "vmxsim: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Sockets */

static struct sockaddr_un address(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(addr.sun_path)) {
		errno = ENAMETOOLONG;
		die(path);
	}
	strcpy(addr.sun_path, path);
	return addr;
}

static int make_socket(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket");
	return fd;
}

static struct conn *conn_add(enum conn_kind kind, const char *path, int fd)
{
	struct conn *c;

	if (nconns == MAX_CONNS)
		return NULL;
	c = &conns[nconns++];
	*c = (struct conn){ .kind = kind, .path = path, .fd = fd };
	return c;
}

static void conn_connect(struct conn *c)
{
	struct sockaddr_un addr = address(c->path);
	int fd = make_socket();

	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
		close(fd);
		return;
	}
	c->fd = fd;
	note("connected to %s", c->path);
}

static void conn_listen(const char *path)
{
	struct sockaddr_un addr = address(path);
	int fd = make_socket();

	unlink(path);
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    listen(fd, MAX_CONNS) < 0)
		die(path);
	conn_add(CONN_LISTEN, NULL, fd);
}

static void conn_close(struct conn *c)
{
	close(c->fd);
	c->fd = -1;
	buf_reset(&c->in);
	buf_reset(&c->out);
	port_reset(&c->port);
	control_gone(&control, &c->client);
	if (exchange.to == c)
		exchange.to = NULL;
	if (c->path)
		note("lost %s", c->path);
}

/* Forgets the control clients that have gone. */
static void conns_sweep(void)
{
	int i, kept = 0;

	for (i = 0; i < nconns; i++) {
		struct conn *c = &conns[i];

		if (c->fd < 0 && !c->path) {
			buf_free(&c->in);
			buf_free(&c->out);
			continue;
		}
		if (exchange.to == c)
			exchange.to = &conns[kept];
		conns[kept++] = *c;
	}
	nconns = kept;
}

static void conn_flush(struct conn *c)
{
	ssize_t n;

	while (c->fd >= 0 && c->out.len) {
		n = send(c->fd, c->out.data, c->out.len, MSG_NOSIGNAL);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n < 0)
			conn_close(c);
		else
			buf_drop(&c->out, n);
	}
}

/* RPCs */

static void exchange_answer(void)
{
	struct exchange *x = &exchange;
	struct conn *c = x->to;

	x->to = NULL;
	port_frame(&c->out, x->id, x->verdict.down, &x->reply);
	note("out %s%s", x->verdict.down ? "(down) " : "", fit(&x->reply));
	conn_flush(c);
}

static void exchange_begin(struct conn *c)
{
	struct exchange *x = &exchange;
	bool again = x->open && x->id == c->port.head.id;

	note("in  %s%s", again ? "(again) " : "", fit(&c->port.request));
	/*
	 * What is left of an earlier reply has no reader any more; but who asks
	 * again may have read the first part, and looks for the next one behind it.
	 */
	if (!again) {
		buf_reset(&c->out);
		x->open = true;
		x->id = c->port.head.id;
		x->verdict = host_rpc(&host, now(), c->port.request.data,
				      &x->reply);
		x->due_ms = now().ms + x->verdict.delay_ms;
	}
	x->to = x->verdict.hang ? NULL : c;
}

static int64_t exchange_tick(void)
{
	if (!exchange.to)
		return INT64_MAX;
	if (exchange.due_ms > now().ms)
		return exchange.due_ms;
	exchange_answer();
	return INT64_MAX;
}

/* Control */

static pid_t qemu(void)
{
	FILE *f;
	int pid = 0;

	if (qemu_pid || !qemu_pidfile)
		return qemu_pid;
	f = fopen(qemu_pidfile, "re");
	if (!f)
		return 0;
	if (fscanf(f, "%d", &pid) != 1)
		pid = 0;
	fclose(f);
	return pid;
}

static bool stun(bool stop)
{
	pid_t pid = qemu();

	note("%s of process %d", stop ? "stun" : "resume", (int)pid);
	return pid > 0 && !kill(pid, stop ? SIGSTOP : SIGCONT);
}

static void client_answer(struct conn *c, const struct buf *answer)
{
	note("ctl < %s", fit(answer));
	buf_add(&c->out, answer->data, answer->len);
	conn_flush(c);
}

/* Runs the lines that have come, up to one that has to wait. */
static void client_lines(struct conn *c)
{
	struct buf answer = { 0 };
	char *end;

	while (!c->client.wait.kind && c->in.len &&
	       (end = memchr(c->in.data, '\n', c->in.len))) {
		struct buf line = { 0 };

		buf_add(&line, c->in.data, end - c->in.data);
		buf_drop(&c->in, end - c->in.data + 1);
		if (line.len) {
			note("ctl > %s", fit(&line));
			control_line(&control, &c->client, now(), line.data,
				     &answer);
		}
		if (answer.len)
			client_answer(c, &answer);
		buf_reset(&answer);
		buf_free(&line);
	}
	buf_free(&answer);
	if (c->in.len > MAX_LINE)
		buf_reset(&c->in);
}

static int64_t client_tick(struct conn *c)
{
	struct buf answer = { 0 };

	if (c->fd >= 0 && control_wait(&control, &c->client, now(), &answer)) {
		client_answer(c, &answer);
		client_lines(c);
	}
	buf_free(&answer);
	return c->client.wait.kind ? c->client.wait.until_ms : INT64_MAX;
}

/* The loop */

static void conn_take(struct conn *c, const char *data, size_t len)
{
	if (c->kind != CONN_PORT) {
		buf_add(&c->in, data, len);
		client_lines(c);
		return;
	}
	buf_add(&c->port.in, data, len);
	while (port_next(&c->port))
		exchange_begin(c);
}

static void conn_read(struct conn *c)
{
	char data[65536];
	ssize_t n;

	if (c->kind == CONN_LISTEN) {
		n = accept4(c->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (n >= 0 && !conn_add(CONN_CLIENT, NULL, n))
			close(n);
		return;
	}
	n = read(c->fd, data, sizeof(data));
	if (n > 0)
		conn_take(c, data, n);
	else if (!n || (errno != EAGAIN && errno != EINTR))
		conn_close(c);
}

/* What time brings; answers how long there is to wait. */
static int tick(void)
{
	uint64_t timeouts = host.timeouts;
	int64_t next = host_tick(&host, now());
	int64_t at;
	int i;

	if (host.timeouts != timeouts)
		note("the host goes ahead without an ack");
	at = exchange_tick();
	next = at < next ? at : next;
	for (i = 0; i < nconns; i++) {
		at = client_tick(&conns[i]);
		next = at < next ? at : next;
		if (conns[i].fd < 0 && conns[i].path) {
			conn_connect(&conns[i]);
			at = conns[i].fd < 0 ? now().ms + RETRY_MS : at;
			next = at < next ? at : next;
		}
	}
	if (next == INT64_MAX)
		return -1;
	next -= now().ms;
	return next < 0 ? 0 : next > 60000 ? 60000 : next;
}

static void on_signal(int sig)
{
	(void)sig;
	told_to_stop = 1;
}

/* They come in while it waits, and at no other time. */
static void take_signals(sigset_t *while_waiting)
{
	struct sigaction act = { .sa_handler = on_signal };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, while_waiting);
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGINT, &act, NULL);
}

static void serve(void)
{
	struct pollfd fds[MAX_CONNS];
	struct timespec until;
	sigset_t mask;
	int i, n, wait;

	take_signals(&mask);
	while (!control.quit && !told_to_stop) {
		wait = tick();
		conns_sweep();
		n = nconns;
		for (i = 0; i < n; i++) {
			fds[i].fd = conns[i].fd;
			fds[i].events = POLLIN;
			fds[i].revents = 0;
			if (conns[i].out.len)
				fds[i].events |= POLLOUT;
		}
		until = (struct timespec){
			.tv_sec = wait / 1000,
			.tv_nsec = wait % 1000 * 1000000L,
		};
		if (ppoll(fds, n, wait < 0 ? NULL : &until, &mask) < 0) {
			if (errno != EINTR)
				die("poll");
			continue;
		}
		for (i = 0; i < n; i++) {
			if (fds[i].revents & POLLOUT)
				conn_flush(&conns[i]);
			if (conns[i].fd >= 0 && fds[i].revents & ~POLLOUT)
				conn_read(&conns[i]);
		}
	}
	/* A machine that is stunned goes on without its host. */
	for (i = 0; i < nconns; i++)
		control_gone(&control, &conns[i].client);
}

static void usage(FILE *to)
{
	fputs("usage: vmxsim --port SOCK --control SOCK [OPTION]...\n"
	      "  --port SOCK           QEMU's socket of the RPC port\n"
	      "  --guest-control SOCK  QEMU's socket of the control port\n"
	      "  --control SOCK        listen here for control clients\n"
	      "  --qemu-pid PID        the machine's process, for stun\n"
	      "  --qemu-pidfile FILE   the same, read when it is needed\n"
	      "  --log FILE            a line for each RPC, - for stdout\n"
	      "The ports may be given several times.\n", to);
}

static void open_log(const char *path)
{
	log_file = strcmp(path, "-") ? fopen(path, "we") : stdout;
	if (!log_file)
		die(path);
	setvbuf(log_file, NULL, _IOLBF, 0);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "port", required_argument, NULL, 'p' },
		{ "guest-control", required_argument, NULL, 'g' },
		{ "control", required_argument, NULL, 'c' },
		{ "qemu-pid", required_argument, NULL, 'q' },
		{ "qemu-pidfile", required_argument, NULL, 'f' },
		{ "log", required_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 }
	};
	int opt;

	started_ms = now().ms;
	while ((opt = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (opt) {
		case 'p':
			conn_add(CONN_PORT, optarg, -1);
			break;
		case 'g':
			conn_add(CONN_GUEST, optarg, -1);
			break;
		case 'c':
			conn_listen(optarg);
			break;
		case 'q':
			qemu_pid = atoi(optarg);
			break;
		case 'f':
			qemu_pidfile = optarg;
			break;
		case 'l':
			open_log(optarg);
			break;
		default:
			usage(opt == 'h' ? stdout : stderr);
			return opt == 'h' ? 0 : 2;
		}
	}
	if (optind < argc || !nconns) {
		usage(stderr);
		return 2;
	}
	host_init(&host, random_u64);
	control.stun = stun;
	serve();
	return 0;
}
