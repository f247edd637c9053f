// SPDX-License-Identifier: GPL-2.0
/*
 * From the first of many acks to READY at the helper, against what a daemon
 * needs to collect as many from an eventfd or a socket for each consumer.
 *
 * All consumers wait at a gate, which is opened for all at once.  To see what
 * of the time is the gate's there is a floor: the consumers count, without a
 * system call, and the last one wakes the daemon.
 */
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <fcntl.h>
#include <unistd.h>

#include <linux/futex.h>

#include "bench.h"
#include "stats.h"

enum way { WAY_VMOPNOTIFY, WAY_EVENTFD, WAY_DATAGRAM, WAY_FLOOR, WAYS };

static const char * const way_names[] = {
	"vmopnotify", "eventfds, epoll", "datagrams, epoll", "floor: a count",
};

/**
 * struct consumer - a thread that acks
 * @fd: the device
 * @tx: where it acks to, in those ways that are the daemon's
 * @rx: and where the daemon gets it
 * @acks_ns: when it began to ack
 */
struct consumer {
	int fd;
	int tx[WAYS], rx[WAYS];
	uint64_t acks_ns;
	pthread_t thread;
};

static struct vmop_genl *helper;
static struct consumer *consumers;
static struct tally there, acked;
static unsigned int n, rounds, floor_count;
static uint32_t gate;
static int epolls[WAYS], floor_fd;
static uint64_t last_id;
static bool is_ready;

static void wait_at_gate(uint32_t round)
{
	uint32_t now;

	while ((now = __atomic_load_n(&gate, __ATOMIC_ACQUIRE)) <= round)
		syscall(SYS_futex, &gate, FUTEX_WAIT_PRIVATE, now, NULL);
}

static void open_gate(void)
{
	__atomic_add_fetch(&gate, 1, __ATOMIC_RELEASE);
	syscall(SYS_futex, &gate, FUTEX_WAKE_PRIVATE, INT_MAX);
}

static void watch(enum way way, int fd)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = fd };

	if (epoll_ctl(epolls[way], EPOLL_CTL_ADD, fd, &ev))
		die("epoll_ctl");
}

static void open_consumer(struct consumer *c)
{
	c->fd = dev_open(O_RDWR);
	if (c->fd < 0 || dev_join(c->fd, "bench", 0))
		die("no consumer");
	eventfd_ends(&c->rx[WAY_EVENTFD], &c->tx[WAY_EVENTFD]);
	datagram_ends(&c->rx[WAY_DATAGRAM], &c->tx[WAY_DATAGRAM]);
	watch(WAY_EVENTFD, c->rx[WAY_EVENTFD]);
	watch(WAY_DATAGRAM, c->rx[WAY_DATAGRAM]);
}

static void close_consumer(struct consumer *c)
{
	close(c->fd);
	close(c->rx[WAY_EVENTFD]);
	close(c->rx[WAY_DATAGRAM]);
	close(c->tx[WAY_DATAGRAM]);
}

static void read_until(struct consumer *c, uint32_t type)
{
	struct vmopnotify_event events[4];
	ssize_t got;

	do {
		got = read(c->fd, events, sizeof(events));
		if (got <= 0)
			die("read");
	} while (events[got / sizeof(*events) - 1].type != type);
}

static void ack(struct consumer *c, enum way way)
{
	struct vmopnotify_ack arg = {
		.operation_id = __atomic_load_n(&last_id, __ATOMIC_RELAXED),
	};
	static const uint64_t one = 1;
	const void *data = way == WAY_EVENTFD ? (const void *)&one : &arg;
	size_t size = way == WAY_EVENTFD ? sizeof(one) : sizeof(arg);

	if (way == WAY_VMOPNOTIFY) {
		if (ioctl(c->fd, VMOPNOTIFY_IOC_ACK, &arg))
			die("ACK");
	} else if (way != WAY_FLOOR) {
		if (write(c->tx[way], data, size) != (ssize_t)size)
			die("write");
	} else if (__atomic_add_fetch(&floor_count, 1, __ATOMIC_ACQ_REL) == n) {
		floor_count = 0;
		if (write(floor_fd, &one, sizeof(one)) != sizeof(one))
			die("write");
	}
}

static void *consume(void *arg)
{
	struct consumer *c = arg;

	for (unsigned int i = 0; i < rounds * WAYS; i++) {
		enum way way = i % WAYS;

		if (way == WAY_VMOPNOTIFY)
			read_until(c, VMOPNOTIFY_EVENT_PREPARE);
		tally_done(&there);
		wait_at_gate(i);
		c->acks_ns = now_ns();
		ack(c, way);
		if (way == WAY_VMOPNOTIFY)
			read_until(c, VMOPNOTIFY_EVENT_END);
		tally_done(&acked);
	}
	return NULL;
}

static int take_ready(uint8_t cmd, struct nlattr **attrs, void *arg)
{
	(void)attrs;
	(void)arg;
	is_ready |= cmd == VMOPNOTIFY_CMD_READY;
	return 0;
}

static void await_ready(void)
{
	struct pollfd pfd = { .fd = vmop_genl_fd(helper), .events = POLLIN };

	is_ready = false;
	while (!is_ready) {
		poll(&pfd, 1, -1);
		vmop_genl_process(helper);
	}
}

static void collect(enum way way)
{
	struct epoll_event events[64];
	struct vmopnotify_ack got;
	unsigned int count = 0;
	int ready;

	while (count < n) {
		ready = epoll_wait(epolls[way], events, 64, -1);
		for (int i = 0; i < ready; i++) {
			if (read(events[i].data.fd, &got, sizeof(got)) <= 0)
				die("read");
			count++;
		}
	}
}

static void await_floor(void)
{
	uint64_t count;

	if (read(floor_fd, &count, sizeof(count)) != sizeof(count))
		die("read");
}

static uint64_t first_ack_ns(void)
{
	uint64_t first_ns = UINT64_MAX;

	for (unsigned int i = 0; i < n; i++)
		if (consumers[i].acks_ns < first_ns)
			first_ns = consumers[i].acks_ns;
	return first_ns;
}

static void one_round(enum way way, struct samples *samples)
{
	uint64_t all_ns;

	if (way == WAY_VMOPNOTIFY &&
	    helper_start(helper, ++last_id, 60000, 0))
		die("START: %s", genl_error);
	tally_wait(&there);
	settle(n);
	open_gate();
	if (way == WAY_VMOPNOTIFY)
		await_ready();
	else if (way == WAY_FLOOR)
		await_floor();
	else
		collect(way);
	all_ns = now_ns();
	if (way == WAY_VMOPNOTIFY) {
		settle(n);
		if (helper_end(helper, last_id, 0))
			die("END: %s", genl_error);
	}
	tally_wait(&acked);
	samples_add(samples, all_ns - first_ack_ns());
}

static void tell(struct samples *samples)
{
	struct summary base = samples_sum_up(&samples[WAY_EVENTFD]), s;

	for (enum way way = 0; way < WAYS; way++) {
		s = samples_sum_up(&samples[way]);
		say("| %u | %s | %.0f | %.0f | %.0f | %.2f | %.2f |", n,
		    way_names[way], us(s.p50), us(s.p99), us(s.max),
		    ratio(s.p50, base.p50), ratio(s.p99, base.p99));
		samples_free(&samples[way]);
	}
}

static void measure(void)
{
	struct samples samples[WAYS] = {};
	/* The first rounds warm up: they are not counted. */
	unsigned int warm = 3;

	rounds = warm + setting("BENCH_ROUNDS", 200);
	if (n > 100)
		rounds = warm + (rounds - warm) / 4;
	gate = 0;
	epolls[WAY_EVENTFD] = epoll_create1(EPOLL_CLOEXEC);
	epolls[WAY_DATAGRAM] = epoll_create1(EPOLL_CLOEXEC);
	consumers = calloc(n, sizeof(*consumers));
	tally_init(&there, n);
	tally_init(&acked, n);
	for (unsigned int i = 0; i < n; i++) {
		open_consumer(&consumers[i]);
		consumers[i].thread = start_thread(consume, &consumers[i]);
	}
	for (unsigned int i = 0; i < rounds * WAYS; i++) {
		if (i == warm * WAYS)
			for (enum way way = 0; way < WAYS; way++)
				samples[way].n = 0;
		one_round(i % WAYS, &samples[i % WAYS]);
	}
	for (unsigned int i = 0; i < n; i++) {
		pthread_join(consumers[i].thread, NULL);
		close_consumer(&consumers[i]);
	}
	close(epolls[WAY_EVENTFD]);
	close(epolls[WAY_DATAGRAM]);
	free(consumers);
	tell(samples);
}

int main(void)
{
	static const unsigned int sizes[] = { 1, 10, 100, 1000 };

	prepare_guest();
	become_fifo();
	helper = helper_attached();
	vmop_genl_set_notify(helper, take_ready, NULL);
	floor_fd = eventfd(0, EFD_CLOEXEC);
	say(" ");
	say("#### First ack to READY");
	say(" ");
	say("| N | collected by | p50 µs | p99 | max | p50 ÷ eventfds | p99 ÷ eventfds |");
	say("| --: | --- | --: | --: | --: | --: | --: |");
	for (unsigned int i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		n = sizes[i];
		measure();
	}
	return finish();
}
