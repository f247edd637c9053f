// SPDX-License-Identifier: GPL-2.0
/*
 * From the notice to the last consumer that runs, against what a daemon could
 * do with an eventfd or a socket for each consumer.
 *
 * The same threads wait in turn in each of the three ways, round by round, so
 * that what disturbs the machine disturbs them alike.
 */
#include <pthread.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <unistd.h>

#include "bench.h"
#include "stats.h"

enum way { WAY_VMOPNOTIFY, WAY_EVENTFD, WAY_DATAGRAM, WAYS };

static const char * const way_names[] = {
	"vmopnotify", "eventfds", "datagrams",
};

/**
 * struct consumer - a thread that waits
 * @rx: where it waits, in each way
 * @tx: where it is told from, in those ways that are the daemon's
 * @ran_ns: when it ran
 * @told_ns: when the module had the notice, as the record tells
 */
struct consumer {
	int rx[WAYS], tx[WAYS];
	uint64_t ran_ns, told_ns;
	pthread_t thread;
};

static struct vmop_genl *helper;
static struct consumer *consumers;
static struct tally tally;
static unsigned int n, rounds;
static bool polls;
static uint64_t last_id;

static void open_consumer(struct consumer *c)
{
	c->rx[WAY_VMOPNOTIFY] = dev_open(O_RDWR);
	if (c->rx[WAY_VMOPNOTIFY] < 0 ||
	    dev_join(c->rx[WAY_VMOPNOTIFY], "bench", 0))
		die("no consumer");
	c->tx[WAY_VMOPNOTIFY] = -1;
	eventfd_ends(&c->rx[WAY_EVENTFD], &c->tx[WAY_EVENTFD]);
	datagram_ends(&c->rx[WAY_DATAGRAM], &c->tx[WAY_DATAGRAM]);
}

static void close_consumer(struct consumer *c)
{
	close(c->rx[WAY_VMOPNOTIFY]);
	close(c->rx[WAY_EVENTFD]);
	close(c->rx[WAY_DATAGRAM]);
	close(c->tx[WAY_DATAGRAM]);
}

/* Start and prepare come together, and are read at once. */
static void take(struct consumer *c, enum way way)
{
	struct vmopnotify_event events[4];
	ssize_t got;

	got = read(c->rx[way], events,
		   way == WAY_EVENTFD ? sizeof(uint64_t) : sizeof(events));
	if (got <= 0)
		die("read");
	if (way == WAY_VMOPNOTIFY)
		c->told_ns = events[0].time_ns;
}

static uint64_t wait_for_it(struct consumer *c, enum way way)
{
	struct pollfd pfd = { .fd = c->rx[way], .events = POLLIN };
	uint64_t ran_ns = 0;

	if (polls) {
		poll(&pfd, 1, -1);
		ran_ns = now_ns();
	}
	take(c, way);
	return polls ? ran_ns : now_ns();
}

static void *consume(void *arg)
{
	struct consumer *c = arg;
	enum way way;

	for (unsigned int i = 0; i < rounds * WAYS; i++) {
		way = i % WAYS;
		c->ran_ns = wait_for_it(c, way);
		tally_done(&tally);
		if (way == WAY_VMOPNOTIFY) {
			wait_for_it(c, way);	/* the end */
			tally_done(&tally);
		}
	}
	return NULL;
}

static void tell_each(enum way way)
{
	static const struct vmopnotify_event event = {};
	static const uint64_t one = 1;
	const void *data = way == WAY_EVENTFD ? (const void *)&one : &event;
	size_t size = way == WAY_EVENTFD ? sizeof(one) : sizeof(event);

	for (unsigned int i = 0; i < n; i++)
		if (write(consumers[i].tx[way], data, size) != (ssize_t)size)
			die("write");
}

static uint64_t last_ran_ns(void)
{
	uint64_t last_ns = 0;

	for (unsigned int i = 0; i < n; i++)
		if (consumers[i].ran_ns > last_ns)
			last_ns = consumers[i].ran_ns;
	return last_ns;
}

static void one_round(enum way way, struct samples *ran, struct samples *sender,
		      struct samples *inside)
{
	struct nl_msg *msg = start_message(helper, ++last_id);
	uint64_t before_ns, after_ns;

	settle(n);
	before_ns = now_ns();
	if (way == WAY_VMOPNOTIFY)
		send_message(helper, msg);
	else
		tell_each(way);
	after_ns = now_ns();
	tally_wait(&tally);
	samples_add(ran, last_ran_ns() - before_ns);
	samples_add(sender, after_ns - before_ns);

	nlmsg_free(msg);
	if (way != WAY_VMOPNOTIFY)
		return;
	samples_add(inside, last_ran_ns() - consumers[0].told_ns);
	vmop_genl_process(helper);
	settle(n);
	if (helper_end(helper, last_id, 0))
		die("END: %s", genl_error);
	tally_wait(&tally);
}

static void tell(struct samples *ran, struct samples *sender,
		 struct samples *inside)
{
	struct summary base = {}, base_sender = {}, s, ss;

	base = samples_sum_up(&ran[WAY_EVENTFD]);
	base_sender = samples_sum_up(&sender[WAY_EVENTFD]);
	for (enum way way = 0; way < WAYS; way++) {
		s = samples_sum_up(&ran[way]);
		ss = samples_sum_up(&sender[way]);
		say("| %u | %s | %.0f | %.0f | %.0f | %.2f | %.2f | %.0f | %.2f |",
		    n, way_names[way], us(s.p50), us(s.p99), us(s.max),
		    ratio(s.p50, base.p50), ratio(s.p99, base.p99),
		    us(ss.p50), ratio(ss.p50, base_sender.p50));
	}
	s = samples_sum_up(inside);
	say("| %u | of vmopnotify, from when the module has it | %.0f | %.0f | %.0f | %.2f | %.2f | | |",
	    n, us(s.p50), us(s.p99), us(s.max), ratio(s.p50, base.p50),
	    ratio(s.p99, base.p99));
}

static void measure(void)
{
	struct samples ran[WAYS] = {}, sender[WAYS] = {}, inside = {};
	/* The first rounds warm up: they are not counted. */
	unsigned int warm = 3;

	rounds = warm + setting("BENCH_ROUNDS", 200);
	if (n > 100)
		rounds = warm + (rounds - warm) / 4;
	consumers = calloc(n, sizeof(*consumers));
	tally_init(&tally, n);
	for (unsigned int i = 0; i < n; i++) {
		open_consumer(&consumers[i]);
		consumers[i].thread = start_thread(consume, &consumers[i]);
	}
	for (unsigned int i = 0; i < rounds * WAYS; i++) {
		if (i == warm * WAYS) {
			for (enum way way = 0; way < WAYS; way++)
				ran[way].n = sender[way].n = 0;
			inside.n = 0;
		}
		one_round(i % WAYS, &ran[i % WAYS], &sender[i % WAYS],
			  &inside);
	}
	for (unsigned int i = 0; i < n; i++) {
		pthread_join(consumers[i].thread, NULL);
		close_consumer(&consumers[i]);
	}
	tell(ran, sender, &inside);
	for (enum way way = 0; way < WAYS; way++) {
		samples_free(&ran[way]);
		samples_free(&sender[way]);
	}
	samples_free(&inside);
	free(consumers);
}

static void table(const char *title)
{
	static const unsigned int sizes[] = { 1, 10, 100, 1000 };

	say(" ");
	say("#### %s", title);
	say(" ");
	say("| N | told by | last runs p50 µs | p99 | max | p50 ÷ eventfds | p99 ÷ eventfds | sender p50 µs | ÷ eventfds |");
	say("| --: | --- | --: | --: | --: | --: | --: | --: | --: |");
	for (unsigned int i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		n = sizes[i];
		measure();
	}
}

int main(void)
{
	prepare_guest();
	become_fifo();
	helper = helper_attached();
	polls = false;
	table("Notice to wake-up, consumers in read()");
	polls = true;
	table("Notice to wake-up, consumers in poll()");
	return finish();
}
