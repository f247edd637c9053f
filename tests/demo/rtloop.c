// SPDX-License-Identifier: GPL-2.0
/*
 * rtloop [--vmopnotify] - a real-time loop, once a millisecond
 *
 * Says each 10 ms how its turns were kept.  A turn that wakes more than a
 * period late has missed the deadlines in between.  With --vmopnotify it is a
 * consumer of stage 1, and pauses for a migration: meanwhile it has no
 * deadlines.
 *
 * The loop itself never waits for whoever reads what it says: a second thread,
 * without priority, writes that.
 */
#include <err.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <vmopnotify.h>

#include "trace.h"

#define PERIOD_NS	NS_PER_MS
#define TICK_NS		(10 * NS_PER_MS)
#define PRIORITY	50
#define STAGE		1
#define REPORTS		1024

/* What the loop has to say: of some turns, or that it pauses or goes on. */
enum kind { TICK, QUIET, WORKS };

struct report {
	enum kind kind;
	struct trace_tick tick;
};

/* From the loop, which moves the head, to the writer, which moves the tail. */
static struct report reports[REPORTS];
static atomic_uint head, tail;

/**
 * struct loop - the loop's own
 * @n: the device, where it is a consumer
 * @page: of that
 * @quiet: it pauses
 * @at_ns: when the turn was due
 * @tick: the turns since the last report of such
 * @tick_ends_ns: when these are to be reported
 */
struct loop {
	struct vmopnotify *n;
	const struct vmopnotify_page *page;
	bool quiet;
	int64_t at_ns;
	struct trace_tick tick;
	int64_t tick_ends_ns;
};

/* Return: was there room?  If not, the writer is far behind. */
static bool report(enum kind kind, const struct trace_tick *tick)
{
	unsigned int at = atomic_load_explicit(&head, memory_order_relaxed);

	if (at - atomic_load_explicit(&tail, memory_order_acquire) == REPORTS)
		return false;
	reports[at % REPORTS] = (struct report){ kind, *tick };
	atomic_store_explicit(&head, at + 1, memory_order_release);
	return true;
}

static void write_report(const struct report *r)
{
	if (r->kind == TICK)
		trace_tick(&r->tick);
	else
		trace_state("rt", r->tick.t_ns, r->kind == QUIET);
}

static void *write_reports(void *unused)
{
	const struct timespec pause = { .tv_nsec = 2 * NS_PER_MS };
	unsigned int at = 0;

	for (;;) {
		while (at != atomic_load_explicit(&head, memory_order_acquire)) {
			write_report(&reports[at % REPORTS]);
			atomic_store_explicit(&tail, ++at,
					      memory_order_release);
		}
		nanosleep(&pause, NULL);
	}
	return unused;
}

/* Turns begin to count, from now. */
static void begin_tick(struct loop *l, int64_t now_ns)
{
	l->tick = (struct trace_tick){ 0 };
	l->tick_ends_ns = now_ns + TICK_NS;
}

/* Turns that were missed are left out, not made up for in a burst. */
static void count_turn(struct loop *l, int64_t now_ns)
{
	int64_t late_ns = now_ns - l->at_ns;

	l->tick.t_ns = now_ns;
	l->tick.turns++;
	if (late_ns > l->tick.worst_ns)
		l->tick.worst_ns = late_ns;
	if (late_ns > PERIOD_NS) {
		l->tick.missed += late_ns / PERIOD_NS;
		l->at_ns = now_ns;
	}
	/* Where there is no room, it is told with the next. */
	if (now_ns >= l->tick_ends_ns && report(TICK, &l->tick))
		begin_tick(l, now_ns);
}

static void pause_or_go_on(struct loop *l, int64_t now_ns, bool quiet)
{
	/* The turns so far are not to be mixed with those after. */
	if (quiet && l->tick.turns)
		report(TICK, &l->tick);
	l->tick.t_ns = now_ns;
	report(quiet ? QUIET : WORKS, &l->tick);
	l->quiet = quiet;
	l->at_ns = now_ns;
	begin_tick(l, now_ns);
}

/* Is this consumer to be quiet?  Acks once it is. */
static void look(struct loop *l, int64_t now_ns)
{
	struct vmopnotify_status st = { 0 };
	bool asked;

	if (vmopnotify_page_is_open(l->page) &&
	    vmopnotify_get_status(l->n, &st))
		return;
	asked = st.flags & VMOPNOTIFY_F_ASKED;
	if (asked != l->quiet)
		pause_or_go_on(l, now_ns, asked);
	/* Over meanwhile?  Then the next turn finds that. */
	if (asked && !(st.flags & VMOPNOTIFY_F_ACKED))
		vmopnotify_ack_operation(l->n, st.operation_id, 0);
}

static void turn(struct loop *l)
{
	struct timespec at;
	int64_t now_ns;

	l->at_ns += PERIOD_NS;
	at.tv_sec = l->at_ns / NS_PER_S;
	at.tv_nsec = l->at_ns % NS_PER_S;
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
	now_ns = clock_ns();
	if (!l->quiet)
		count_turn(l, now_ns);
	else if (now_ns - l->at_ns > PERIOD_NS)
		l->at_ns = now_ns;
	if (l->n)
		look(l, now_ns);
	/* The work of this turn would go here, while not quiet. */
}

static void join(struct loop *l)
{
	int ret = vmopnotify_open(&l->n, VMOPNOTIFY_OPEN_CONSUMER);

	if (!ret)
		ret = vmopnotify_map_page(l->n, &l->page);
	if (!ret)
		ret = vmopnotify_join_as(l->n, "rt-loop", STAGE, 1);
	if (ret)
		errx(1, "vmopnotify: %s", strerror(-ret));
}

int main(int argc, char **argv)
{
	const struct sched_param priority = { .sched_priority = PRIORITY };
	struct loop l = { 0 };
	pthread_t writer;

	if (argc > 2 || (argc == 2 && strcmp(argv[1], "--vmopnotify")))
		errx(2, "usage: rtloop [--vmopnotify]");
	if (argc == 2)
		join(&l);
	errno = pthread_create(&writer, NULL, write_reports, NULL);
	if (errno || mlockall(MCL_CURRENT | MCL_FUTURE) ||
	    sched_setscheduler(0, SCHED_FIFO, &priority))
		err(1, "real-time");
	pause_or_go_on(&l, clock_ns(), false);
	for (;;)
		turn(&l);
}
