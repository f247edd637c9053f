// SPDX-License-Identifier: GPL-2.0
/*
 * A real-time loop, once a millisecond, that is a consumer.  Each turn looks at
 * the mapped page: one load, no system call.  Only where an operation is open
 * does it ask more, and pauses from its ack until the end.
 */
#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <linux/vmopnotify.h>

#define PERIOD_NS 1000000

static const struct vmopnotify_page *open_page(int fd)
{
	/* Populated, so that no turn faults. */
	void *page = mmap(NULL, sysconf(_SC_PAGESIZE), PROT_READ,
			  MAP_SHARED | MAP_POPULATE, fd, 0);

	if (page == MAP_FAILED)
		err(1, "mmap");
	return page;
}

/* Is this consumer to be quiet?  Acks where it has not yet. */
static bool must_be_quiet(int fd)
{
	struct vmopnotify_ack ack = {};
	struct vmopnotify_status st;

	if (ioctl(fd, VMOPNOTIFY_IOC_GET_STATE, &st))
		err(1, "GET_STATE");
	if (!(st.flags & VMOPNOTIFY_F_ASKED))
		return false;
	ack.operation_id = st.operation_id;
	/* Over meanwhile?  Then the next turn finds that. */
	if (!(st.flags & VMOPNOTIFY_F_ACKED))
		ioctl(fd, VMOPNOTIFY_IOC_ACK, &ack);
	return true;
}

/* Turns that a stun has swallowed are left out, not made up for in a burst. */
static void next_turn(struct timespec *at)
{
	struct timespec now;

	at->tv_nsec += PERIOD_NS;
	if (at->tv_nsec >= 1000000000) {
		at->tv_nsec -= 1000000000;
		at->tv_sec++;
	}
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, at, NULL);
	clock_gettime(CLOCK_MONOTONIC, &now);
	if ((now.tv_sec - at->tv_sec) * 1000000000LL +
	    now.tv_nsec - at->tv_nsec > PERIOD_NS)
		*at = now;
}

int main(void)
{
	struct vmopnotify_join join = { .name = "rt_loop" };
	struct sched_param priority = { .sched_priority = 50 };
	int fd = open("/dev/vmopnotify", O_RDWR | O_CLOEXEC);
	const struct vmopnotify_page *page;
	bool quiet = false;
	struct timespec at;

	if (fd < 0 || ioctl(fd, VMOPNOTIFY_IOC_JOIN, &join))
		err(1, "/dev/vmopnotify");
	page = open_page(fd);
	if (mlockall(MCL_CURRENT | MCL_FUTURE) ||
	    sched_setscheduler(0, SCHED_FIFO, &priority))
		err(1, "real-time");

	clock_gettime(CLOCK_MONOTONIC, &at);
	for (;; next_turn(&at)) {
		bool was_quiet = quiet;

		quiet = vmopnotify_page_is_open(page) && must_be_quiet(fd);
		if (quiet != was_quiet)
			puts(quiet ? "quiet" : "goes on");
		fflush(stdout);
		if (quiet)
			continue;
		/* The work of this turn goes here. */
	}
}
