// SPDX-License-Identifier: GPL-2.0
/*
 * What the module does while nothing happens: a consumer waits in poll(), with
 * the page mapped, and for a time nothing of all this may run.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define EVENTS TRACING "events/"

static void consume(void *arg)
{
	struct pollfd pfd = { .fd = dev_consumer("idle", 0), .events = POLLIN };

	(void)arg;
	if (mmap(NULL, sysconf(_SC_PAGESIZE), PROT_READ, MAP_SHARED, pfd.fd,
		 0) == MAP_FAILED)
		die("mmap");
	if (fork())
		return;
	/* Joined by the parent, which pauses; the child waits, as told. */
	poll(&pfd, 1, -1);
	_exit(0);
}

/* Lines of @path that hold one of @words. */
static unsigned long count_lines(const char *path, const char * const *words)
{
	FILE *f = fopen(path, "re");
	unsigned long count = 0;
	char line[1024];

	if (!f)
		die("%s", path);
	while (fgets(line, sizeof(line), f)) {
		for (int i = 0; words[i]; i++) {
			if (!strstr(line, words[i]))
				continue;
			count++;
			break;
		}
	}
	fclose(f);
	return count;
}

static const char * const timers[] = {
	"core_timer", "stun_sample", "stun_tell", NULL,
};

static const char * const works[] = { "workqueue=vmopnotify", NULL };

static const char * const expiries[] = { "hrtimer_expire_entry", NULL };

static unsigned long address_of(const char *function)
{
	FILE *f = fopen("/proc/kallsyms", "re");
	unsigned long address = 0;
	char line[512], name[256];

	while (f && fgets(line, sizeof(line), f)) {
		if (!strstr(line, "[vmopnotify]") ||
		    sscanf(line, "%lx %*c %255s", &address, name) != 2 ||
		    strcmp(name, function))
			continue;
		fclose(f);
		return address;
	}
	die("kallsyms has no %s", function);
}

static void trace_expiries(void)
{
	char filter[256];

	snprintf(filter, sizeof(filter),
		 "function==0x%lx || function==0x%lx || function==0x%lx",
		 address_of(timers[0]), address_of(timers[1]),
		 address_of(timers[2]));
	if (write_file(EVENTS "timer/hrtimer_expire_entry/filter", filter) ||
	    write_file(EVENTS "timer/hrtimer_expire_entry/enable", "1"))
		die("tracing of timers");
}

static void trace_works(void)
{
	if (write_file(EVENTS "workqueue/workqueue_queue_work/filter",
		       "workqueue==\"vmopnotify\"") ||
	    write_file(EVENTS "workqueue/workqueue_queue_work/enable", "1"))
		die("tracing of work");
}

struct switches { unsigned long voluntary, forced; };

static struct switches switches_of(pid_t pid)
{
	struct switches s = {};
	char path[64], line[256];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "re");
	if (!f)
		die("%s", path);
	while (fgets(line, sizeof(line), f)) {
		sscanf(line, "voluntary_ctxt_switches: %lu", &s.voluntary);
		sscanf(line, "nonvoluntary_ctxt_switches: %lu", &s.forced);
	}
	fclose(f);
	return s;
}

/* The one child of @pid. */
static pid_t child_of(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	return atoi(read_file(path));
}

static void show(const char *what, unsigned long count, unsigned int seconds)
{
	say("| %s | %lu |", what, count * 60 / seconds);
}

int main(void)
{
	unsigned int seconds = setting("BENCH_IDLE_S", 60);
	struct vmop_genl *helper;
	struct switches before, after;
	unsigned long armed = 0;
	pid_t parent, pid;

	prepare_guest();
	helper = helper_attached();
	/* Another benchmark may have left it off. */
	write_file(TRACING "tracing_on", "1");
	parent = spawn(consume, NULL);
	pid = child_of(parent);
	sleep(1);
	trace_works();
	trace_expiries();

	/* That the tracing sees something, if there is: one operation. */
	helper_start(helper, 1, 60000, 0);
	helper_end(helper, 1, 0);
	sleep(1);
	ok(count_lines(TRACING "trace", works) > 0, "tracing sees our work");
	bury(pid);
	bury(parent);

	parent = spawn(consume, NULL);
	pid = child_of(parent);
	sleep(1);
	clear_trace();
	before = switches_of(pid);
	for (unsigned int i = 0; i < seconds; i++) {
		armed += count_lines("/proc/timer_list", timers);
		sleep(1);
	}
	after = switches_of(pid);
	write_file(TRACING "tracing_on", "0");

	say(" ");
	say("#### Idle, in a minute (%u s measured)", seconds);
	say(" ");
	say("| what | count |");
	say("| --- | --: |");
	show("the consumer's voluntary context switches",
	     after.voluntary - before.voluntary, seconds);
	show("its involuntary ones", after.forced - before.forced, seconds);
	show("timers of the module's found armed", armed, seconds);
	show("and that went off", count_lines(TRACING "trace", expiries),
	     seconds);
	show("work queued on its queue", count_lines(TRACING "trace", works),
	     seconds);
	ok(after.voluntary == before.voluntary, "the consumer sleeps");
	ok(!armed, "no timer is armed");
	ok(!count_lines(TRACING "trace", works), "no work is queued");
	bury(pid);
	bury(parent);
	return done();
}
