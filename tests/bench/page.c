// SPDX-License-Identifier: GPL-2.0
/*
 * What it costs to look at the state: the mapped page, against a bare load, an
 * ioctl and sysfs.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench.h"
#include "stats.h"

/* So many times in a row is one sample. */
enum { LOADS = 200000, CALLS = 2000 };

static const struct vmopnotify_page *page;
static volatile uint64_t bare;
static int device, sysfs;

/* What is read goes here, so that it is read. */
static volatile uint64_t sink;

static void look_nowhere(void)
{
	for (int i = 0; i < LOADS; i++)
		__asm__ volatile("" : : "r" (i) : "memory");
}

static void look_bare(void)
{
	uint64_t sum = 0;

	for (int i = 0; i < LOADS; i++)
		sum += bare;
	sink = sum;
}

static void look_at_state(void)
{
	uint64_t sum = 0;

	for (int i = 0; i < LOADS; i++)
		sum += vmopnotify_page_state(page);
	sink = sum;
}

static void look_at_all(void)
{
	struct vmopnotify_status status = {};
	uint64_t sum = 0;

	for (int i = 0; i < LOADS; i++) {
		if (!vmopnotify_page_read(page, &status))
			sum += status.state;
	}
	sink = sum;
}

static void ask_ioctl(void)
{
	struct vmopnotify_status status;

	for (int i = 0; i < CALLS; i++)
		if (ioctl(device, VMOPNOTIFY_IOC_GET_STATE, &status))
			die("GET_STATE");
}

static void read_sysfs(void)
{
	char text[32];

	for (int i = 0; i < CALLS; i++)
		if (pread(sysfs, text, sizeof(text), 0) <= 0)
			die("pread");
}

static struct look {
	const char *name;
	void (*look)(void);
	int times;
	struct samples samples;
} looks[] = {
	{ "bare load of an aligned u64", look_bare, LOADS, {} },
	{ "vmopnotify_page_state()", look_at_state, LOADS, {} },
	{ "vmopnotify_page_read()", look_at_all, LOADS, {} },
	{ "ioctl GET_STATE", ask_ioctl, CALLS, {} },
	{ "pread of sysfs state", read_sysfs, CALLS, {} },
	{ "the empty loop", look_nowhere, LOADS, {} },
};

enum { NLOOKS = sizeof(looks) / sizeof(*looks) };

static void measure(struct look *l)
{
	uint64_t before_ns = now_ns();

	l->look();
	/* In picoseconds for one, to have digits left. */
	samples_add(&l->samples, (now_ns() - before_ns) * 1000 / l->times);
}

int main(void)
{
	unsigned int rounds = setting("BENCH_ROUNDS", 200) / 2;
	struct summary base, s;

	prepare_guest();
	become_fifo();
	device = dev_open(O_RDONLY);
	sysfs = open(SYSFS "state", O_RDONLY | O_CLOEXEC);
	page = mmap(NULL, sysconf(_SC_PAGESIZE), PROT_READ,
		    MAP_SHARED | MAP_POPULATE, device, 0);
	if (device < 0 || sysfs < 0 || page == MAP_FAILED)
		die("no page");

	for (unsigned int i = 0; i < rounds; i++) {
		for (int l = 0; l < NLOOKS; l++)
			measure(&looks[l]);
		usleep(1000);
	}

	say(" ");
	say("#### A look at the state");
	say(" ");
	say("| how | p50 ns | p99 | max | p50 ÷ bare load |");
	say("| --- | --: | --: | --: | --: |");
	base = samples_sum_up(&looks[0].samples);
	for (int l = 0; l < NLOOKS; l++) {
		s = samples_sum_up(&looks[l].samples);
		say("| %s | %.2f | %.2f | %.2f | %.2f |", looks[l].name,
		    us(s.p50), us(s.p99), us(s.max), ratio(s.p50, base.p50));
	}
	return finish();
}
