// SPDX-License-Identifier: GPL-2.0
/*
 * client LAB LATE_MS FAILED_MS - sends requests into the guest, and times them
 *
 * Stands outside, as clients do, and with a balancer's manners: a request each
 * 10 ms, however long the others take, from LAB/current/requests to the server.
 * While that drains, requests go elsewhere, that is, to nobody.  Where the
 * guest has moved, or the way is broken, what is under way is sent again.
 *
 * Prints a line for each request when it is done with:
 *
 *	{"t_ns": when it was sent, of CLOCK_MONOTONIC, "n": its number,
 *	 "latency_us": from then to its answer, "result": "ok", "late": answered
 *	 after LATE_MS, "failed": without an answer for FAILED_MS, or
 *	 "elsewhere": its latency is null}
 */
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <unistd.h>

#include "trace.h"

#define PERIOD_NS	(10 * NS_PER_MS)
/* More than are under way at any time, for FAILED_MS up to 40 s. */
#define REQUESTS	4096
#define LIMIT_MS	40000

/**
 * struct client - the client
 * @timer: ticks when a request is due
 * @fd: the way to the server, -1: none
 * @host: the one that it leads to
 * @in: what has come, up to what is no line yet
 * @len: bytes in there
 * @late_ns: from when an answer is late
 * @failed_ns: from when there will be none
 * @sent_ns: when requests were sent that are under way, by number; else 0
 * @oldest: all before this number are done with
 * @next: the number of the next one
 * @next_ns: when that is due
 * @drains: the server wants no more requests
 * @drained: it was told that it has had them all
 */
struct client {
	int timer;
	int fd;
	char host[64];
	char in[4096];
	size_t len;
	int64_t late_ns;
	int64_t failed_ns;
	int64_t sent_ns[REQUESTS];
	uint64_t oldest;
	uint64_t next;
	int64_t next_ns;
	bool drains;
	bool drained;
};

static void print(uint64_t n, int64_t sent_ns, int64_t latency_ns,
		  const char *result)
{
	printf("{\"t_ns\": %" PRId64 ", \"n\": %" PRIu64 ", \"latency_us\": ",
	       sent_ns, n);
	if (latency_ns < 0)
		printf("null");
	else
		printf("%" PRId64, latency_ns / 1000);
	printf(", \"result\": \"%s\"}\n", result);
	if (fflush(stdout))
		err(1, "stdout");
}

/* The way to the server */

static void hang_up(struct client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	c->len = 0;
}

/* Lines are short: a socket that does not take one whole is of no use. */
static void tell(struct client *c, const char *line)
{
	size_t len = strlen(line);

	if (c->fd >= 0 && send(c->fd, line, len, MSG_NOSIGNAL | MSG_DONTWAIT) !=
	    (ssize_t)len)
		hang_up(c);
}

static void send_request(struct client *c, uint64_t n)
{
	char line[32];

	snprintf(line, sizeof(line), "REQ %" PRIu64 "\n", n);
	tell(c, line);
}

static void call(struct client *c)
{
	struct sockaddr_un addr = { AF_UNIX, "current/requests" };
	uint64_t n;

	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		err(1, "socket");
	if (connect(c->fd, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
		hang_up(c);
		return;
	}
	/* The newline ends what the last connection may have begun. */
	tell(c, "\n");
	for (n = c->oldest; n != c->next; n++)
		if (c->sent_ns[n % REQUESTS])
			send_request(c, n);
}

/* As a balancer learns where an address is now. */
static void follow_guest(struct client *c)
{
	char host[sizeof(c->host)] = "";

	if (readlink("current", host, sizeof(host) - 1) < 0 ||
	    strcmp(host, c->host)) {
		strcpy(c->host, host);
		hang_up(c);
	}
	if (c->fd < 0 && *host)
		call(c);
}

/* Requests */

static void answered(struct client *c, uint64_t n)
{
	int64_t *sent_ns = &c->sent_ns[n % REQUESTS], latency_ns;

	/* A second answer, to what was sent again? */
	if (n < c->oldest || n >= c->next || !*sent_ns)
		return;
	latency_ns = clock_ns() - *sent_ns;
	print(n, *sent_ns, latency_ns,
	      latency_ns > c->late_ns ? "late" : "ok");
	*sent_ns = 0;
}

static void send_due(struct client *c, int64_t now_ns)
{
	for (; c->next_ns <= now_ns; c->next_ns += PERIOD_NS, c->next++) {
		if (c->drains) {
			print(c->next, c->next_ns, -1, "elsewhere");
			continue;
		}
		c->sent_ns[c->next % REQUESTS] = c->next_ns;
		send_request(c, c->next);
	}
}

static void give_up(struct client *c, int64_t now_ns)
{
	for (; c->oldest != c->next; c->oldest++) {
		int64_t *sent_ns = &c->sent_ns[c->oldest % REQUESTS];

		if (*sent_ns && now_ns - *sent_ns < c->failed_ns)
			return;
		if (*sent_ns)
			print(c->oldest, *sent_ns, now_ns - *sent_ns, "failed");
		*sent_ns = 0;
	}
	if (c->drains && !c->drained) {
		c->drained = true;
		tell(c, "DRAINED\n");
	}
}

static void take_line(struct client *c, const char *line)
{
	uint64_t n;

	if (sscanf(line, "OK %" SCNu64, &n) == 1)
		answered(c, n);
	else if (!strcmp(line, "DRAIN"))
		c->drains = true;
	else if (!strcmp(line, "READY"))
		c->drains = c->drained = false;
}

static void take_input(struct client *c)
{
	ssize_t n = recv(c->fd, c->in + c->len, sizeof(c->in) - c->len, 0);
	char *line = c->in, *end;

	if (n <= 0 || c->len + n == sizeof(c->in)) {
		hang_up(c);
		return;
	}
	c->len += n;
	while ((end = memchr(line, '\n', c->in + c->len - line))) {
		*end = 0;
		take_line(c, line);
		line = end + 1;
	}
	c->len -= line - c->in;
	memmove(c->in, line, c->len);
}

static void work(struct client *c)
{
	struct pollfd fds[] = { { c->timer, POLLIN }, { c->fd, POLLIN } };
	uint64_t ticks;
	int64_t now_ns;

	if (poll(fds, 2, -1) < 0)
		err(1, "poll");
	if (fds[1].revents)
		take_input(c);
	if (fds[0].revents && read(c->timer, &ticks, sizeof(ticks)) < 0)
		err(1, "timer");
	follow_guest(c);
	now_ns = clock_ns();
	send_due(c, now_ns);
	give_up(c, now_ns);
}

static void start_timer(struct client *c)
{
	struct itimerspec period = { .it_interval.tv_nsec = PERIOD_NS };

	c->next_ns = clock_ns() + PERIOD_NS;
	period.it_value.tv_sec = c->next_ns / NS_PER_S;
	period.it_value.tv_nsec = c->next_ns % NS_PER_S;
	c->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	if (c->timer < 0 ||
	    timerfd_settime(c->timer, TFD_TIMER_ABSTIME, &period, NULL))
		err(1, "timer");
}

static int64_t milliseconds(const char *arg)
{
	char *end;
	long ms = strtol(arg, &end, 10);

	if (!*arg || *end || ms < 1 || ms > LIMIT_MS)
		errx(2, "\"%s\": is to be milliseconds, 1 to %d", arg,
		     LIMIT_MS);
	return ms * NS_PER_MS;
}

int main(int argc, char **argv)
{
	static struct client c = { .fd = -1 };

	if (argc != 4)
		errx(2, "usage: client LAB LATE_MS FAILED_MS");
	c.late_ns = milliseconds(argv[2]);
	c.failed_ns = milliseconds(argv[3]);
	/* From there, so that no path is too long for a socket's. */
	if (chdir(argv[1]))
		err(1, "%s", argv[1]);
	start_timer(&c);
	for (;;)
		work(&c);
}
