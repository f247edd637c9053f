// SPDX-License-Identifier: GPL-2.0
/* vmopnotifyctl wait: until a state has come. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
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

/**
 * struct awaited - what is waited for, and how it came
 * @state: &enum vmopnotify_state
 * @operation_id: of the operation that was open then; 0: none
 * @flags: VMOPNOTIFY_F_*, of that operation
 */
struct awaited {
	uint32_t state;
	uint64_t operation_id;
	uint32_t flags;
};

/* Return: 1 if the state is or was there, 0 if not, or a negative errno. */
static int is_now(struct vmopnotify *device, struct awaited *a)
{
	struct vmopnotify_status st;
	int ret = device_status(device, &st);

	if (ret)
		return ret;
	a->operation_id = st.operation_id;
	a->flags = st.flags;
	return st.state == a->state;
}

static int has_led_to(const struct vmopnotify_event *ev, struct awaited *a)
{
	a->operation_id = ev->operation_id;
	a->flags = ev->flags;
	return ev->state == a->state;
}

/*
 * Read what has come.  Records say the state they led to, so one that lasted
 * a moment is not missed; where records were lost, the present one counts.
 *
 * Return: as is_now().
 */
static int has_come(struct vmopnotify *device, struct awaited *a)
{
	struct vmopnotify_event events[DEVICE_RECORDS];
	int i, n;

	for (;;) {
		n = vmopnotify_next_events(device, events, DEVICE_RECORDS);
		if (n == -EAGAIN)
			return 0;
		if (n == -EPIPE) {
			n = is_now(device, a);
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
			if (has_led_to(&events[i], a))
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

static int wait_for(struct awaited *a, uint64_t until_ns)
{
	struct vmopnotify *device;
	int ret;

	/* Opened before the state is asked for: nothing falls in between. */
	if (device_open(&device, false))
		return COMMAND_FAILED;
	ret = is_now(device, a);
	while (!ret) {
		ret = wait_readable(vmopnotify_fd(device), until_ns);
		if (!ret) {
			vmopnotify_close(device);
			return COMMAND_TIMEOUT;
		}
		if (ret > 0)
			ret = has_come(device, a);
	}
	vmopnotify_close(device);
	return ret < 0 ? COMMAND_FAILED : COMMAND_OK;
}

/* A real one needs no words: the exit code tells. */
static int tell(const struct awaited *a, bool json)
{
	bool drill = a->flags & VMOPNOTIFY_F_DRILL;
	cJSON *obj;
	int ret = 0;

	if (json) {
		obj = cJSON_CreateObject();
		add_text(obj, "state", vmopnotify_state_name(a->state));
		add_u64(obj, "operation_id", a->operation_id);
		cJSON_AddBoolToObject(obj, "drill", drill);
		ret = print_object(obj);
	} else if (drill) {
		printf("DRILL: %s, operation %" PRIu64 "\n",
		       vmopnotify_state_name(a->state), a->operation_id);
	}
	return ret || output_flush() ? COMMAND_FAILED : COMMAND_OK;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "timeout", required_argument, NULL, 't' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{}
	};
	uint64_t timeout_ns, until_ns = WAIT_FOREVER;
	struct awaited a = {};
	bool json = false;
	int c, ret;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 'h')
			return command_help(&command_wait);
		if (c == 'j') {
			json = true;
			continue;
		}
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
	ret = vmopnotify_state_by_name(argv[optind]);
	if (ret < 0)
		return command_usage(&command_wait, "no state \"%s\"",
				     argv[optind]);
	a.state = (uint32_t)ret;
	ret = wait_for(&a, until_ns);
	return ret ? ret : tell(&a, json);
}

const struct command command_wait = {
	.name = "wait",
	.summary = "returns as soon as a state is there, or was",
	.help =
	"\n"
	"usage: vmopnotifyctl wait STATE [--timeout S] [--json]\n"
	"\n"
	"STATE is detached, idle, quiescing, quiesced or expired.  Returns at\n"
	"once where it is the present state.  A state that lasts only a moment\n"
	"is not missed.  Prints a line where what came is of a DRILL.\n"
	"\n"
	"  --timeout S  gives up after S seconds, such as 0.5\n"
	"  --json       prints an object, once the state has come\n"
	"\n"
	"Needs read permission on " DEVICE_PATH ".  Exit codes: 0 the state\n"
	"came, 1 failed, 2 wrong usage, 124 it did not come in time.\n",
	.run = run,
};
