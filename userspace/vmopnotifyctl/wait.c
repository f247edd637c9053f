// SPDX-License-Identifier: GPL-2.0
/* vmopnotifyctl wait: until a state has come. */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "device.h"
#include "output.h"

/* WAIT_FOREVER - no time limit. */
#define WAIT_FOREVER	UINT64_MAX

/* Return: 1 if the state is or was there, 0 if not, or a negative errno. */
static int is_now(struct vmopnotify *device, uint32_t state)
{
	struct vmopnotify_status st;
	int ret = device_status(device, &st);

	return ret ? ret : st.state == state;
}

/*
 * Read what has come.  Records say the state they led to, so one that lasted
 * a moment is not missed; where records were lost, the present one counts.
 *
 * Return: as is_now().
 */
static int has_come(struct vmopnotify *device, uint32_t state)
{
	struct vmopnotify_event events[DEVICE_RECORDS];
	int i, n;

	for (;;) {
		n = vmopnotify_next_events(device, events, DEVICE_RECORDS);
		if (n == -EAGAIN)
			return 0;
		if (n == -EPIPE) {
			n = is_now(device, state);
			if (n)
				return n;
			continue;
		}
		if (n < 0) {
			error_line("cannot read %s: %s", DEVICE_PATH,
				   strerror(-n));
			return n;
		}
		for (i = 0; i < n; i++)
			if (events[i].state == state)
				return 1;
	}
}

/* Return: 1 if there is something to read, 0 at @until_ns. */
static int wait_readable(int fd, uint64_t until_ns)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	uint64_t now_ns = monotonic_ns();
	struct timespec left = {};
	int ret;

	if (until_ns > now_ns) {
		left.tv_sec = (time_t)((until_ns - now_ns) / NSEC_PER_SEC);
		left.tv_nsec = (long)((until_ns - now_ns) % NSEC_PER_SEC);
	}
	ret = ppoll(&pfd, 1, until_ns == WAIT_FOREVER ? NULL : &left, NULL);
	if (ret < 0 && errno != EINTR)
		return -errno;
	return ret != 0;
}

static int wait_for(uint32_t state, uint64_t until_ns)
{
	struct vmopnotify *device;
	int ret;

	/* Opened before the state is asked for: nothing falls in between. */
	if (device_open(&device, false))
		return COMMAND_FAILED;
	ret = is_now(device, state);
	while (!ret) {
		ret = wait_readable(vmopnotify_fd(device), until_ns);
		if (!ret) {
			vmopnotify_close(device);
			return COMMAND_TIMEOUT;
		}
		if (ret > 0)
			ret = has_come(device, state);
	}
	vmopnotify_close(device);
	return ret < 0 ? COMMAND_FAILED : COMMAND_OK;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "timeout", required_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{}
	};
	uint64_t timeout_ns, until_ns = WAIT_FOREVER;
	int c, state;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 'h')
			return command_help(&command_wait);
		if (c != 't')
			return command_usage(&command_wait, NULL);
		if (!parse_seconds(optarg, &timeout_ns))
			return command_usage(&command_wait,
					     "--timeout takes seconds, not \"%s\"",
					     optarg);
		until_ns = monotonic_ns() + timeout_ns;
	}
	if (optind != argc - 1)
		return command_usage(&command_wait, "one state is to be given");
	state = vmopnotify_state_by_name(argv[optind]);
	if (state < 0)
		return command_usage(&command_wait, "no state \"%s\"",
				     argv[optind]);
	return wait_for((uint32_t)state, until_ns);
}

const struct command command_wait = {
	.name = "wait",
	.summary = "returns as soon as a state is there, or was",
	.help =
	"\n"
	"usage: vmopnotifyctl wait STATE [--timeout S]\n"
	"\n"
	"STATE is detached, idle, quiescing, quiesced or expired.  Returns at\n"
	"once where it is the present state.  A state that lasts only a moment\n"
	"is not missed.\n"
	"\n"
	"  --timeout S  gives up after S seconds, such as 0.5\n"
	"\n"
	"Needs read permission on " DEVICE_PATH ".  Exit codes: 0 the state\n"
	"came, 1 failed, 2 wrong usage, 124 it did not come in time.\n",
	.run = run,
};
