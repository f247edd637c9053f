// SPDX-License-Identifier: GPL-2.0
/*
 * server PORT [--vmopnotify] - answers requests: "REQ N" with "OK N"
 *
 * With --vmopnotify it is a consumer of stage 0.  For a migration it drains, as
 * a server behind a load balancer does: says DRAIN, answers what has been sent
 * before that was heard, is quiet when DRAINED says that nothing is left, and
 * takes requests again from READY on.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <vmopnotify.h>

#include "trace.h"

#define STAGE		0
#define EXPECTED_MS	50
#define WORK_BYTES	16384
/* How often to look for a host where the port has none. */
#define RETRY_MS	5

enum state { SERVES, DRAINS, QUIET };

/**
 * struct server - the server
 * @port: the way to the clients
 * @n: the device, where it is a consumer
 * @state: whether it takes requests
 * @in: what has come, up to what is no line yet
 * @len: bytes in there
 * @hung_up: nobody is at the other end now
 */
struct server {
	int port;
	struct vmopnotify *n;
	enum state state;
	char in[4096];
	size_t len;
	bool hung_up;
};

/* What an answer takes: a checksum. */
static unsigned int work(uint64_t request)
{
	static unsigned char page[WORK_BYTES];
	unsigned int sum = request;
	size_t i;

	for (i = 0; i < sizeof(page); i++) {
		page[i] ^= sum;
		sum = sum * 31 + page[i];
	}
	return sum;
}

/* Waits where nobody is at the other end. */
static void tell(struct server *s, const char *line)
{
	struct pollfd pfd = { s->port, POLLOUT };
	size_t len = strlen(line);
	ssize_t n;

	while (len) {
		n = write(s->port, line, len);
		if (n < 0 && (errno != EAGAIN || poll(&pfd, 1, -1) < 0))
			err(1, "write");
		if (n > 0) {
			line += n;
			len -= n;
		}
	}
}

static void take_line(struct server *s, const char *line)
{
	unsigned long long request;
	char answer[64];

	if (sscanf(line, "REQ %llu", &request) == 1) {
		snprintf(answer, sizeof(answer), "OK %llu %u\n", request,
			 work(request));
		tell(s, answer);
	} else if (!strcmp(line, "DRAINED") && s->state == DRAINS) {
		s->state = QUIET;
		trace_state("server", clock_ns(), true);
	}
}

static void take_input(struct server *s)
{
	ssize_t n = read(s->port, s->in + s->len, sizeof(s->in) - s->len);
	char *line = s->in, *end;

	/* Between poll() and this the other end may have come or gone. */
	if (n < 0 && errno != EAGAIN)
		err(1, "read");
	s->hung_up = !n;
	if (n <= 0)
		return;
	s->len += n;
	while ((end = memchr(line, '\n', s->in + s->len - line))) {
		*end = 0;
		take_line(s, line);
		line = end + 1;
	}
	s->len -= line - s->in;
	memmove(s->in, line, s->len);
	/* No request is as long as that. */
	if (s->len == sizeof(s->in))
		s->len = 0;
}

/* What counts is the state: lost records do not matter. */
static void look(struct server *s)
{
	struct vmopnotify_event ev;
	struct vmopnotify_status st;
	int ret;

	do
		ret = vmopnotify_next_event(s->n, &ev);
	while (!ret || ret == -EPIPE);
	if (ret == -EAGAIN)
		ret = vmopnotify_get_status(s->n, &st);
	if (ret)
		errx(1, "vmopnotify: %s", strerror(-ret));

	if (s->state == SERVES && (st.flags & VMOPNOTIFY_F_ASKED)) {
		s->state = DRAINS;
		tell(s, "DRAIN\n");
	} else if (s->state != SERVES && !(st.flags & VMOPNOTIFY_F_ASKED)) {
		s->state = SERVES;
		trace_state("server", clock_ns(), false);
		tell(s, "READY\n");
	} else if (s->state == QUIET && !(st.flags & VMOPNOTIFY_F_ACKED)) {
		/* Over meanwhile?  Then the next look finds that. */
		vmopnotify_ack_operation(s->n, st.operation_id, 0);
	}
}

static void serve(struct server *s)
{
	struct pollfd fds[] = {
		{ s->hung_up ? -1 : s->port, POLLIN },
		{ s->n ? vmopnotify_fd(s->n) : -1, POLLIN },
	};

	if (poll(fds, 2, s->hung_up ? RETRY_MS : -1) < 0)
		err(1, "poll");
	if (s->hung_up || fds[0].revents)
		take_input(s);
	if (s->n)
		look(s);
}

int main(int argc, char **argv)
{
	struct server s = { .hung_up = true };
	int ret = 0;

	if (argc < 2 || argc > 3 ||
	    (argc == 3 && strcmp(argv[2], "--vmopnotify")))
		errx(2, "usage: server PORT [--vmopnotify]");
	s.port = open(argv[1], O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (s.port < 0)
		err(1, "%s", argv[1]);
	if (argc == 3)
		ret = vmopnotify_open(&s.n, VMOPNOTIFY_OPEN_CONSUMER);
	if (!ret && s.n)
		ret = vmopnotify_join_as(s.n, "server", STAGE, EXPECTED_MS);
	if (ret)
		errx(1, "vmopnotify: %s", strerror(-ret));
	trace_state("server", clock_ns(), false);
	for (;;)
		serve(&s);
}
