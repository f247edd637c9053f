// SPDX-License-Identifier: GPL-2.0
/* vmopnotifyctl monitor: each event as it comes. */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "device.h"
#include "event_line.h"
#include "live.h"
#include "output.h"
#include "screen.h"

/**
 * struct monitor - what is remembered from event to event
 * @device: the device
 * @json: print objects
 * @lines: print lines, also on a terminal
 * @limit: exit after this many events; 0: never
 * @count: events printed
 * @seq: the record expected next
 * @line: prints events
 */
struct monitor {
	struct vmopnotify *device;
	bool json;
	bool lines;
	uint64_t limit;
	uint64_t count;
	uint64_t seq;
	struct event_line line;
};

static int print_event(struct monitor *m, const struct vmopnotify_event *ev)
{
	if (m->json)
		return event_line_json(&m->line, ev);
	event_line_plain(&m->line, ev);
	return 0;
}

static int print_lost(struct monitor *m, uint64_t lost)
{
	/* What was asked of whom may be among them. */
	event_line_forget(&m->line);
	if (m->json)
		return event_line_lost_json(lost);
	event_line_lost_plain(&m->line, lost);
	return 0;
}

static int take_event(struct monitor *m, const struct vmopnotify_event *ev)
{
	int ret = 0;

	/* It is part of the state that was printed. */
	if (ev->seq < m->seq)
		return 0;
	if (ev->seq > m->seq)
		ret = print_lost(m, ev->seq - m->seq);
	m->seq = ev->seq + 1;
	event_line_remember(&m->line, ev);
	if (!ret)
		ret = print_event(m, ev);
	m->count++;
	return ret ? ret : output_flush();
}

static bool is_complete(const struct monitor *m)
{
	return m->limit && m->count >= m->limit;
}

/* Return: 0 when there is nothing more to read, or a negative errno. */
static int take_events(struct monitor *m)
{
	struct vmopnotify_event events[DEVICE_RECORDS];
	int i, n, ret;

	for (;;) {
		n = vmopnotify_next_events(m->device, events, DEVICE_RECORDS);
		if (n == -EAGAIN)
			return 0;
		if (n == -EPIPE)
			continue;	/* the next record's seq tells */
		if (n < 0) {
			error_line("cannot read %s: %s", DEVICE_PATH,
				   strerror(-n));
			return n;
		}
		for (i = 0; i < n && !is_complete(m); i++) {
			ret = take_event(m, &events[i]);
			if (ret)
				return ret;
		}
		if (is_complete(m))
			return 0;
	}
}

static int print_present(struct monitor *m)
{
	struct vmopnotify_operation op;
	struct vmopnotify_status st;
	int ret;

	ret = device_snapshot(m->device, &st, &op);
	if (ret)
		return ret;
	m->seq = st.seq;
	if (m->json)
		ret = event_line_present_json(&st, &op, monotonic_ns());
	else
		event_line_present_plain(&m->line, &st, &op, monotonic_ns());
	return ret ? ret : output_flush();
}

static int monitor(struct monitor *m)
{
	struct pollfd pfd = { .events = POLLIN };
	int ret;

	ret = device_open(&m->device, false);
	if (ret)
		return ret;
	pfd.fd = vmopnotify_fd(m->device);
	ret = print_present(m);
	while (!ret && !is_complete(m)) {
		if (poll(&pfd, 1, -1) < 0 && errno != EINTR) {
			ret = -errno;
			error_line("cannot poll %s: %m", DEVICE_PATH);
			break;
		}
		ret = take_events(m);
	}
	vmopnotify_close(m->device);
	return ret;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "lines", no_argument, NULL, 'l' },
		{ "count", required_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{}
	};
	struct monitor m = { .line.out = stdout };
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 'h')
			return command_help(&command_monitor);
		if (c == 'j')
			m.json = true;
		else if (c == 'l')
			m.lines = true;
		else if (c != 'n')
			return command_usage(&command_monitor, NULL);
		else if (!parse_number(optarg, UINT64_MAX, &m.limit) ||
			 !m.limit)
			return command_usage(&command_monitor,
					     "--count takes a number, not \"%s\"",
					     optarg);
	}
	if (optind < argc)
		return command_usage(&command_monitor,
				     "unexpected argument \"%s\"",
				     argv[optind]);
	if (!m.json && !m.lines && !m.limit && screen_usable())
		return live_monitor() ? COMMAND_FAILED : COMMAND_OK;
	return monitor(&m) ? COMMAND_FAILED : COMMAND_OK;
}

const struct command command_monitor = {
	.name = "monitor",
	.summary = "shows the present, and each event as it comes",
	.help =
	"\n"
	"usage: vmopnotifyctl monitor [--lines] [--json] [--count N]\n"
	"\n"
	"On a terminal it shows the state, the operation that is open with its\n"
	"deadline and who is outstanding, and recent events below; q quits.\n"
	"Elsewhere, and with an option, it prints the present state, then a line\n"
	"for each event: local time, event, the state that it led to, operation\n"
	"id, details.  What comes of a drill says DRILL.\n"
	"\n"
	"  --lines    prints lines on a terminal, too\n"
	"  --json     prints an object on each line\n"
	"  --count N  exits after N events\n"
	"\n"
	"Needs read permission on " DEVICE_PATH ".  Exit codes: 0, 1 failed,\n"
	"2 wrong usage.\n",
	.run = run,
};
