// SPDX-License-Identifier: GPL-2.0
/*
 * storm vmopnotify|eventfds SECONDS CONSUMERS - drills at full speed
 *
 * As fast as it goes: tell all consumers, wait for all to have acked, end.  The
 * same over eventfds is the load to compare with.  Nobody has a real-time
 * priority here.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "bench.h"
#include "stats.h"

static unsigned int n;
static int all_acked;
static bool over;

static void put(int fd)
{
	static const uint64_t one = 1;

	if (write(fd, &one, sizeof(one)) != sizeof(one))
		die("write");
}

static uint64_t get(int fd)
{
	uint64_t count = 0;

	if (read(fd, &count, sizeof(count)) != sizeof(count))
		die("read");
	return count;
}

/* Consumers */

static void *ack_drills(void *arg)
{
	int fd = dev_consumer("storm", 0);
	struct vmopnotify_event ev;

	(void)arg;
	put(all_acked);		/* has joined */
	while (!__atomic_load_n(&over, __ATOMIC_RELAXED))
		if (!dev_next(fd, &ev) && ev.type == VMOPNOTIFY_EVENT_PREPARE)
			dev_ack(fd, ev.operation_id, 0);
	close(fd);
	return NULL;
}

static void *ack_eventfd(void *arg)
{
	const int *fds = arg;

	put(all_acked);		/* is there */
	while (!__atomic_load_n(&over, __ATOMIC_RELAXED)) {
		get(fds[0]);	/* prepare */
		put(all_acked);
		get(fds[1]);	/* the end */
	}
	return NULL;
}

static void await_all(void)
{
	for (uint64_t acked = 0; acked < n;)
		acked += get(all_acked);
}

static unsigned long drills_until(uint64_t end_ns)
{
	struct vmop_genl *helper = helper_open();
	int watcher = dev_open(O_RDONLY);
	struct vmopnotify_event ev;
	unsigned long count = 0;

	while (now_ns() < end_ns) {
		if (helper_start(helper, ++count, 60000, VMOPNOTIFY_F_DRILL))
			die("START: %s", genl_error);
		if (dev_await(watcher, VMOPNOTIFY_EVENT_QUIESCED, &ev))
			die("not quiesced");
		if (helper_end(helper, count, VMOPNOTIFY_F_DRILL))
			die("END: %s", genl_error);
	}
	/* One more, for all to see that it is over. */
	__atomic_store_n(&over, true, __ATOMIC_RELAXED);
	helper_start(helper, ++count, 60000, VMOPNOTIFY_F_DRILL);
	return count;
}

static unsigned long rounds_until(uint64_t end_ns, int (*fds)[2])
{
	unsigned long count = 0;

	while (now_ns() < end_ns) {
		for (unsigned int i = 0; i < n; i++)
			put(fds[i][0]);
		await_all();
		if (now_ns() >= end_ns)
			__atomic_store_n(&over, true, __ATOMIC_RELAXED);
		for (unsigned int i = 0; i < n; i++)
			put(fds[i][1]);
		count++;
	}
	return count;
}

int main(int argc, char **argv)
{
	bool drills = argc == 4 && !strcmp(argv[1], "vmopnotify");
	unsigned long count;
	pthread_t *threads;
	uint64_t end_ns;
	int (*fds)[2];

	if (argc != 4)
		die("usage: storm vmopnotify|eventfds SECONDS CONSUMERS");
	end_ns = now_ns() + strtoul(argv[2], NULL, 10) * 1000000000ULL;
	n = strtoul(argv[3], NULL, 10);
	threads = calloc(n, sizeof(*threads));
	fds = calloc(n, sizeof(*fds));
	all_acked = eventfd(0, EFD_CLOEXEC);
	for (unsigned int i = 0; i < n; i++) {
		fds[i][0] = eventfd(0, EFD_CLOEXEC);
		fds[i][1] = eventfd(0, EFD_CLOEXEC);
		if (pthread_create(&threads[i], NULL,
				   drills ? ack_drills : ack_eventfd, fds[i]))
			die("pthread_create");
	}
	await_all();
	count = drills ? drills_until(end_ns) : rounds_until(end_ns, fds);
	/* Threads that still wait end with the process. */
	printf("%lu\n", count);
	return 0;
}
