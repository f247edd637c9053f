// SPDX-License-Identifier: GPL-2.0
/*
 * stamp - when something came, in ns of CLOCK_MONOTONIC, on a line of a file
 *
 *   stamp FILE            run as a command: when it came to run
 *   stamp --events FILE   when each start and end could be read of the device,
 *                         as "start NS" and "end NS", until it is killed
 */
#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <linux/vmopnotify.h>

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static void stamp(const char *file, const char *what, int64_t ns)
{
	FILE *f = fopen(file, "ae");

	if (!f || fprintf(f, "%s%" PRId64 "\n", what, ns) < 0 || fclose(f))
		err(1, "%s", file);
}

static void events(const char *file)
{
	int fd = open("/dev/vmopnotify", O_RDONLY | O_CLOEXEC);
	struct vmopnotify_event event;

	if (fd < 0)
		err(1, "/dev/vmopnotify");
	while (read(fd, &event, sizeof(event)) == sizeof(event)) {
		int64_t ns = now_ns();

		if (event.type == VMOPNOTIFY_EVENT_START)
			stamp(file, "start ", ns);
		else if (event.type == VMOPNOTIFY_EVENT_END)
			stamp(file, "end ", ns);
	}
	err(1, "/dev/vmopnotify: read");
}

int main(int argc, char **argv)
{
	int64_t ns = now_ns();

	if (argc == 3 && !strcmp(argv[1], "--events"))
		events(argv[2]);
	else if (argc == 2)
		stamp(argv[1], "", ns);
	else
		errx(2, "usage: stamp [--events] FILE");
	return 0;
}
