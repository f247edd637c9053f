// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A real-time thread that looks at the mapped page each turn, which is one load,
 * and asks more only where an operation is open.
 */
#include <err.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <vmopnotify.h>

/* Acks where it is asked to; Return: is this consumer to be quiet? */
static bool must_be_quiet(struct vmopnotify *n)
{
	struct vmopnotify_status st;

	if (vmopnotify_get_status(n, &st) || !(st.flags & VMOPNOTIFY_F_ASKED))
		return false;
	/* Over meanwhile?  Then the next turn finds that. */
	if (!(st.flags & VMOPNOTIFY_F_ACKED))
		vmopnotify_ack_operation(n, st.operation_id, 0);
	return true;
}

int main(void)
{
	const struct sched_param priority = { .sched_priority = 50 };
	const struct timespec period = { .tv_nsec = 1000000 };
	const struct vmopnotify_page *page;
	bool quiet = false, was_quiet;
	struct vmopnotify *n;
	int ret = vmopnotify_open(&n, VMOPNOTIFY_OPEN_CONSUMER);

	if (!ret)
		ret = vmopnotify_map_page(n, &page);
	if (!ret)
		ret = vmopnotify_join_as(n, "rt_thread", 0, 1);
	if (ret)
		errx(1, "vmopnotify: %s", strerror(-ret));
	if (sched_setscheduler(0, SCHED_FIFO, &priority))
		err(1, "no real-time priority");
	setlinebuf(stdout);
	for (;; clock_nanosleep(CLOCK_MONOTONIC, 0, &period, NULL)) {
		was_quiet = quiet;
		quiet = vmopnotify_page_is_open(page) && must_be_quiet(n);
		if (quiet != was_quiet)
			puts(quiet ? "quiet" : "goes on");
		/* The work of this turn goes here, while not quiet. */
	}
}
