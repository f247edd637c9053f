// SPDX-License-Identifier: GPL-2.0
/*
 * For how long interrupts are off while 1000 waiters are woken.
 *
 * Debian's kernels have no irqsoff tracer.  But all that the wake-up does with
 * interrupts off it does within __wake_up(), which takes the wait queue's lock
 * so, and the function graph tracer, told to look at nothing else, says how
 * long each call took.  On a real-time kernel that lock leaves interrupts on.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "stats.h"

static struct tally tally;
static unsigned int rounds;
static uint64_t last_id;

static void *consume(void *arg)
{
	struct vmopnotify_event events[4];
	int fd = dev_open(O_RDWR);

	(void)arg;
	if (fd < 0 || dev_join(fd, "bench", 0))
		die("no consumer");
	/* A start and an end. */
	for (unsigned int i = 0; i < 2 * rounds; i++) {
		tally_done(&tally);
		if (read(fd, events, sizeof(events)) <= 0)
			die("read");
	}
	tally_done(&tally);
	return NULL;
}

static void trace(bool on)
{
	char pid[16];

	if (!on) {
		write_file(TRACING "tracing_on", "0");
		return;
	}
	snprintf(pid, sizeof(pid), "%d", getpid());
	if (write_file(TRACING "set_ftrace_filter", "__wake_up") ||
	    write_file(TRACING "set_ftrace_pid", pid) ||
	    write_file(TRACING "options/funcgraph-irqs", "0") ||
	    write_file(TRACING "buffer_size_kb", "4096") ||
	    write_file(TRACING "current_tracer", "function_graph"))
		die("no function graph tracer");
}

/* Of one START: its calls, "  1) ! 123.456 us |  __wake_up();" */
static void take(struct samples *longest, struct samples *sum)
{
	FILE *f = fopen(TRACING "trace", "re");
	uint64_t most_ns = 0, all_ns = 0;
	char line[512], *at;
	double took;

	while (f && fgets(line, sizeof(line), f)) {
		at = strchr(line, ')');
		if (!at || !strstr(line, "__wake_up"))
			continue;
		at++;
		at += strspn(at, " !+#*@$");
		if (sscanf(at, "%lf us", &took) != 1)
			continue;
		all_ns += took * 1000;
		if (took * 1000 > most_ns)
			most_ns = took * 1000;
	}
	if (f)
		fclose(f);
	samples_add(longest, most_ns);
	samples_add(sum, all_ns);
}

static void tell(const char *what, struct samples *samples)
{
	struct summary s = samples_sum_up(samples);

	say("| %s | %.0f | %.0f | %.0f |", what, us(s.p50), us(s.p99),
	    us(s.max));
}

int main(void)
{
	struct samples longest = {}, sum = {};
	struct vmop_genl *helper;
	enum { N = 1000 };

	rounds = setting("BENCH_ROUNDS", 200) / 8;
	prepare_guest();
	become_fifo();
	helper = helper_attached();
	tally_init(&tally, N);
	for (int i = 0; i < N; i++)
		start_thread(consume, NULL);
	trace(true);
	for (unsigned int i = 0; i < rounds; i++) {
		tally_wait(&tally);
		settle(N);
		clear_trace();
		write_file(TRACING "tracing_on", "1");
		helper_start(helper, ++last_id, 60000, 0);
		trace(false);
		take(&longest, &sum);
		tally_wait(&tally);
		settle(N);
		helper_end(helper, last_id, 0);
	}
	tally_wait(&tally);
	write_file(TRACING "current_tracer", "nop");

	say(" ");
	say("#### Interrupts off while 1000 waiters are woken");
	say(" ");
	say("| of one START | p50 µs | p99 | max |");
	say("| --- | --: | --: | --: |");
	tell("the longest __wake_up(), a lane of 16", &longest);
	tell("all of them together", &sum);
	return finish();
}
