// SPDX-License-Identifier: GPL-2.0
/*
 * crowd - the guest's side of the soak: starts the members of a crowd, kills
 * one now and then, and has the judge look at what comes of it, until an
 * operation of the type "soak-over" has ended.  Prints
 *
 *	@operation {...}	for each operation that ended
 *	@fault TEXT		for each thing that must not be
 *	@crowd {...}		what it came to, at last
 *
 * and exits with 1 where there was a fault.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vmopnotify.h>

#include "crowd.h"
#include "crowd_judge.h"

#define MS		1000000ULL

/*
 * HORIZON_NS - how old things are before they are judged.  Records and facts
 * come by two ways; what is older than this has come, and can be put in order.
 */
#define HORIZON_NS	(300 * MS)

/* PATIENCE_NS - how long members may take to go on after the last end. */
#define PATIENCE_NS	(20000 * MS)

/* A record or a fact, of those that wait to be judged. */
struct item {
	uint64_t time_ns;
	uint64_t nth;
	bool is_record;
	union {
		struct vmopnotify_event record;
		struct fact fact;
	};
};

/**
 * struct crowd - all of it
 * @n: the device
 * @facts: the pipe
 * @count: members
 * @pids: of the members
 * @seed: of the next lot
 * @items: what waits to be judged
 * @nitems: how many of those
 * @size: for how many there is room
 * @nth: numbers the items
 * @judge: who judges them
 * @kill_ns: when the next member is killed
 * @killed: how many were
 * @overruns: how often records were lost
 * @failed: how many members ended by themselves
 */
struct crowd {
	struct vmopnotify *n;
	int facts[2];
	uint32_t count;
	pid_t pids[CROWD_MAX];
	unsigned int seed;
	struct item *items;
	size_t nitems;
	size_t size;
	uint64_t nth;
	struct judge judge;
	uint64_t kill_ns;
	unsigned int killed;
	unsigned int overruns;
	unsigned int failed;
};

static unsigned int lot(struct crowd *c, unsigned int below)
{
	return (unsigned int)rand_r(&c->seed) % below;
}

/* Members */

static void spawn(struct crowd *c, uint32_t member)
{
	unsigned int seed = (unsigned int)rand_r(&c->seed);
	pid_t pid = fork();

	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		vmopnotify_close(c->n);
		close(c->facts[0]);
		crowd_member(member, seed, c->facts[1]);
	}
	c->pids[member] = pid;
}

/* Told through the pipe, to come after what the member itself has told. */
static void tell_leaving(struct crowd *c, uint32_t member)
{
	struct fact fact = {
		.time_ns = monotonic_ns(),
		.member = member,
		.kind = FACT_LEAVING,
	};

	if (write(c->facts[1], &fact, sizeof(fact)) != sizeof(fact))
		err(1, "pipe");
}

static void reap(struct crowd *c)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (uint32_t i = 0; i < c->count; i++) {
			if (c->pids[i] != pid)
				continue;
			tell_leaving(c, i);
			spawn(c, i);
		}
		if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
			continue;
		c->failed++;
		printf("@fault a member ended by itself, status %d\n", status);
	}
}

static void kill_one(struct crowd *c)
{
	uint32_t member;

	if (monotonic_ns() < c->kill_ns)
		return;
	member = lot(c, c->count);
	tell_leaving(c, member);
	kill(c->pids[member], SIGKILL);
	c->killed++;
	c->kill_ns = monotonic_ns() + lot(c, 4000) * MS;
}

static void end_members(struct crowd *c)
{
	for (uint32_t i = 0; i < c->count; i++)
		kill(c->pids[i], SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		;
}

/* What comes */

static struct item *add(struct crowd *c, uint64_t time_ns)
{
	if (c->nitems == c->size) {
		c->size = c->size ? 2 * c->size : 1024;
		c->items = realloc(c->items, c->size * sizeof(*c->items));
		if (!c->items)
			err(1, "memory");
	}
	c->items[c->nitems] = (struct item){
		.time_ns = time_ns,
		.nth = c->nth++,
	};
	return &c->items[c->nitems++];
}

static void take_facts(struct crowd *c)
{
	struct fact fact;

	while (read(c->facts[0], &fact, sizeof(fact)) == sizeof(fact))
		add(c, fact.time_ns)->fact = fact;
}

static void take_records(struct crowd *c)
{
	struct vmopnotify_event ev;
	struct item *item;
	int ret;

	while ((ret = vmopnotify_next_event(c->n, &ev)) != -EAGAIN) {
		if (ret == -EPIPE) {
			c->overruns++;
			puts("@fault records were lost");
			continue;
		}
		if (ret)
			errx(1, "device: %s", strerror(-ret));
		item = add(c, ev.time_ns);
		item->is_record = true;
		item->record = ev;
	}
}

static int by_time(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return x->nth < y->nth ? -1 : 1;
}

static void judge_until(struct crowd *c, uint64_t time_ns)
{
	size_t i;

	qsort(c->items, c->nitems, sizeof(*c->items), by_time);
	for (i = 0; i < c->nitems && c->items[i].time_ns <= time_ns; i++) {
		if (c->items[i].is_record)
			judge_record(&c->judge, &c->items[i].record);
		else
			judge_fact(&c->judge, &c->items[i].fact);
	}
	c->nitems -= i;
	memmove(c->items, c->items + i, c->nitems * sizeof(*c->items));
	fflush(stdout);
}

/*
 * What a member tells of an end comes after its record, and what it tells of
 * its being quiet before: facts are taken on both sides of the records.
 */
static void turn(struct crowd *c)
{
	struct pollfd pfds[] = {
		{ vmopnotify_fd(c->n), POLLIN, 0 },
		{ c->facts[0], POLLIN, 0 },
	};
	uint64_t now;

	poll(pfds, 2, 100);
	now = monotonic_ns();
	take_facts(c);
	take_records(c);
	take_facts(c);
	judge_until(c, now - HORIZON_NS);
	reap(c);
}

static void begin(struct crowd *c)
{
	int ret = vmopnotify_open(&c->n, 0);

	if (ret)
		errx(1, "device: %s", strerror(-ret));
	if (pipe2(c->facts, O_CLOEXEC) ||
	    fcntl(c->facts[0], F_SETFL, O_NONBLOCK))
		err(1, "pipe");
	for (uint32_t i = 0; i < c->count; i++)
		spawn(c, i);
	puts("@begins");
	fflush(stdout);
}

/* Nobody is killed any more; all are to go on. */
static void settle(struct crowd *c)
{
	uint64_t until = monotonic_ns() + PATIENCE_NS;

	while (judge_left_quiet(&c->judge) && monotonic_ns() < until)
		turn(c);
}

static bool sum_up(const struct crowd *c)
{
	const struct judge *j = &c->judge;
	uint64_t left = j->stuck + judge_left_quiet(j);

	printf("@crowd {\"operations\":%" PRIu64 ",\"quiesced\":%" PRIu64
	       ",\"expired\":%" PRIu64 ",\"lost_ends\":%" PRIu64
	       ",\"stray_ends\":%" PRIu64 ",\"killed\":%u,\"early\":%" PRIu64
	       ",\"resumed_early\":%" PRIu64 ",\"unpaired\":%" PRIu64
	       ",\"left_quiet\":%" PRIu64 ",\"overruns\":%u,\"failed\":%u}\n",
	       j->operations, j->quiesced, j->expirations, j->lost, j->stray,
	       c->killed, j->early, j->resumed_early, j->unpaired, left,
	       c->overruns, c->failed);
	return !j->early && !j->resumed_early && !j->unpaired && !left &&
	       !c->overruns && !c->failed;
}

int main(int argc, char **argv)
{
	struct crowd c = { .count = argc > 2 ? strtoul(argv[2], NULL, 10) : 0 };
	bool well;

	if (argc != 3 || !c.count || c.count > CROWD_MAX) {
		fprintf(stderr, "usage: crowd SEED MEMBERS, at most %d\n",
			CROWD_MAX);
		return 2;
	}
	c.seed = strtoul(argv[1], NULL, 10);
	begin(&c);
	while (!c.judge.over) {
		turn(&c);
		kill_one(&c);
	}
	settle(&c);
	well = sum_up(&c);
	end_members(&c);
	vmopnotify_close(c.n);
	free(c.items);
	return well ? 0 : 1;
}
