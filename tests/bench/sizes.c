// SPDX-License-Identifier: GPL-2.0
/*
 * How much memory an open file costs, out of the kernel's slabs: a consumer,
 * and for comparison what a daemon would have in its place.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

/* Many, for the kernel counts by whole slabs. */
enum { FILES = 5000, CACHES = 512 };

struct cache {
	char name[64];
	unsigned long active, size;
};

static struct cache before[CACHES], after[CACHES];

static int read_slabs(struct cache *caches)
{
	FILE *f = fopen("/proc/slabinfo", "re");
	char line[512];
	int n = 0;

	if (!f)
		die("slabinfo");
	while (n < CACHES && fgets(line, sizeof(line), f))
		n += sscanf(line, "%63s %lu %*u %lu", caches[n].name,
			    &caches[n].active, &caches[n].size) == 3;
	fclose(f);
	return n;
}

/* Bytes by which caches grew; those that grew by what others do, not. */
static unsigned long growth(int n)
{
	unsigned long bytes = 0;

	for (int i = 0; i < n; i++) {
		long more = after[i].active - before[i].active;

		if (more < FILES / 2)
			continue;
		bytes += more * after[i].size;
		say("| | %s | %ld |", after[i].name,
		    more * (long)after[i].size / FILES);
	}
	return bytes;
}

static int open_consumer(int fds[2])
{
	fds[0] = dev_open(O_RDWR);
	return fds[0] < 0 ? fds[0] : dev_join(fds[0], "bench", 0);
}

static int open_watcher(int fds[2])
{
	fds[0] = dev_open(O_RDONLY);
	return fds[0] < 0;
}

static int open_eventfd(int fds[2])
{
	fds[0] = eventfd(0, EFD_CLOEXEC);
	return fds[0] < 0;
}

static int open_pair(int fds[2])
{
	return socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds);
}

static void measure(const char *name, int (*open_one)(int fds[2]))
{
	static int fds[FILES][2];
	int n;

	memset(fds, -1, sizeof(fds));
	n = read_slabs(before);
	for (int i = 0; i < FILES; i++)
		if (open_one(fds[i]))
			die("%s", name);
	if (read_slabs(after) != n)
		die("slabs have come or gone");
	say("| %s | all | %lu |", name, growth(n) / FILES);
	for (int i = 0; i < FILES; i++) {
		close(fds[i][0]);
		if (fds[i][1] >= 0)
			close(fds[i][1]);
	}
}

int main(void)
{
	prepare_guest();
	write_file(PARAM "max_consumers", "65536");
	say(" ");
	say("#### Memory for an open file, with its struct file, in bytes");
	say(" ");
	say("| file | slab | bytes |");
	say("| --- | --- | --: |");
	measure("watcher", open_watcher);
	measure("consumer", open_consumer);
	measure("eventfd", open_eventfd);
	measure("pair of sockets", open_pair);
	return finish();
}
