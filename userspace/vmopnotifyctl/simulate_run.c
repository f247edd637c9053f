// SPDX-License-Identifier: GPL-2.0
/* vmopnotifyctl simulate run, see simulate.h. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "device.h"
#include "event_line.h"
#include "output.h"
#include "simulate.h"

/**
 * struct rehearsal - a drill that is being run
 * @drill: which
 * @device: the device
 * @signal_fd: tells signals
 * @json: print objects
 * @line: prints events
 * @hold_ns: how long to hold it once all are quiet
 * @hold_until_ns: until when it is held, CLOCK_MONOTONIC; 0: not yet
 * @members: how many take part
 * @errors: how many of them acked with an error
 * @quiesce_ns: from start to quiesced; 0: never
 * @missing: who had not acked at the deadline
 * @expired: the deadline passed
 * @lost: events were lost, and with them perhaps an ack with an error
 * @interrupted: a signal came
 * @ended_here: it was ended by this program
 * @over: its end was seen
 */
struct rehearsal {
	const struct drill *drill;
	struct vmopnotify *device;
	int signal_fd;
	bool json;
	struct event_line line;
	uint64_t hold_ns;
	uint64_t hold_until_ns;
	uint32_t members;
	unsigned int errors;
	uint64_t quiesce_ns;
	char missing[VMOPNOTIFY_TEXT_LEN];
	bool expired;
	bool lost;
	bool interrupted;
	bool ended_here;
	bool over;
};

static void hold(struct rehearsal *r)
{
	if (!r->hold_until_ns)
		r->hold_until_ns = monotonic_ns() + r->hold_ns;
}

static void note(struct rehearsal *r, const struct vmopnotify_event *ev)
{
	switch (ev->type) {
	case VMOPNOTIFY_EVENT_START:
		r->members = ev->members;
		break;
	case VMOPNOTIFY_EVENT_ACKED:
		r->errors += ev->result != 0;
		break;
	case VMOPNOTIFY_EVENT_QUIESCED:
		r->quiesce_ns = ev->quiesce_ns;
		hold(r);
		break;
	case VMOPNOTIFY_EVENT_EXPIRED:
		r->expired = true;
		text_clean(ev->text, r->missing, sizeof(r->missing));
		hold(r);
		break;
	case VMOPNOTIFY_EVENT_END:
		r->over = true;
		break;
	}
}

static int take_event(struct rehearsal *r, const struct vmopnotify_event *ev)
{
	if (!(ev->flags & VMOPNOTIFY_F_DRILL) ||
	    ev->operation_id != r->drill->id)
		return 0;
	event_line_remember(&r->line, ev);
	note(r, ev);
	if (r->json)
		return event_line_json(&r->line, ev);
	event_line_plain(&r->line, ev);
	return 0;
}

/* Events were lost: what they would have told, as far as it matters. */
static int synchronize(struct rehearsal *r)
{
	struct vmopnotify_operation op;
	struct vmopnotify_status st;
	int ret;

	event_line_forget(&r->line);
	ret = device_snapshot(r->device, &st, &op);
	if (ret)
		return ret;
	r->members = op.members;
	r->over = !op.start_ns || op.operation_id != r->drill->id;
	if (op.quiesce_ns)
		r->quiesce_ns = op.quiesce_ns;
	r->expired |= st.state == VMOPNOTIFY_STATE_EXPIRED ||
		      st.flags & VMOPNOTIFY_F_LATE;
	r->lost = true;
	if (st.state != VMOPNOTIFY_STATE_QUIESCING)
		hold(r);
	return 0;
}

static int take_events(struct rehearsal *r)
{
	struct vmopnotify_event events[DEVICE_RECORDS];
	int i, n, ret;

	while (!r->over) {
		n = vmopnotify_next_events(r->device, events, DEVICE_RECORDS);
		if (n == -EAGAIN)
			return 0;
		if (n == -EPIPE) {
			ret = synchronize(r);
			if (ret)
				return ret;
			continue;
		}
		if (n < 0) {
			error_line("cannot read %s: %s", DEVICE_PATH,
				   strerror(-n));
			return n;
		}
		for (i = 0; i < n && !r->over; i++) {
			ret = take_event(r, &events[i]);
			if (ret)
				return ret;
		}
		ret = output_flush();
		if (ret)
			return ret;
	}
	return 0;
}

static int end(struct rehearsal *r)
{
	int ret = drill_end(r->drill);

	r->ended_here = !ret;
	r->hold_until_ns = 0;
	/* Somebody else was faster: its end is there to be read. */
	return ret == -ENOENT ? 0 : ret;
}

static int wait_for_more(struct rehearsal *r)
{
	struct pollfd fds[] = {
		{ .fd = vmopnotify_fd(r->device), .events = POLLIN },
		{ .fd = r->signal_fd, .events = POLLIN },
		/* No event but an error: nobody is there to read any more. */
		{ .fd = STDOUT_FILENO },
	};
	uint64_t now_ns = monotonic_ns(), left_ns = 0;
	struct timespec left;

	if (r->hold_until_ns > now_ns)
		left_ns = r->hold_until_ns - now_ns;
	left.tv_sec = (time_t)(left_ns / NSEC_PER_SEC);
	left.tv_nsec = (long)(left_ns % NSEC_PER_SEC);
	if (ppoll(fds, 3, r->hold_until_ns ? &left : NULL, NULL) < 0 &&
	    errno != EINTR)
		return -errno;
	if (fds[1].revents || fds[2].revents)
		r->interrupted = true;
	return 0;
}

/* Until the end was seen, or nothing can be seen any more. */
static int follow(struct rehearsal *r)
{
	int ret = 0;

	while (!ret) {
		ret = take_events(r);
		if (ret || r->over)
			break;
		if (!r->ended_here &&
		    (r->interrupted || (r->hold_until_ns &&
					monotonic_ns() >= r->hold_until_ns)))
			ret = end(r);
		else
			ret = wait_for_more(r);
	}
	return ret;
}

static const char *outcome(const struct rehearsal *r)
{
	if (r->interrupted)
		return "interrupted";
	if (!r->ended_here)
		return "superseded";
	if (r->expired)
		return "expired";
	if (r->errors)
		return "errors";
	return r->lost ? "unknown" : "quiesced";
}

static int print_json(const struct rehearsal *r)
{
	cJSON *obj = cJSON_CreateObject();

	add_text(obj, "event", "drill-result");
	cJSON_AddBoolToObject(obj, "drill", true);
	add_u64(obj, "operation_id", r->drill->id);
	add_text(obj, "outcome", outcome(r));
	add_u64(obj, "members", r->members);
	add_u64(obj, "ack_errors", r->errors);
	if (r->quiesce_ns)
		add_u64(obj, "quiesce_us", r->quiesce_ns / NSEC_PER_USEC);
	if (r->expired)
		add_text(obj, "missing", r->missing);
	return print_object(obj);
}

static void print_plain(const struct rehearsal *r)
{
	char text[32];

	printf("DRILL: ");
	if (r->interrupted)
		printf("interrupted, and ended\n");
	else if (!r->ended_here)
		printf("ended by another: an operation of the host's, or \"simulate end\"\n");
	else if (r->expired)
		printf("NOT all were quiet at the deadline, missing: %s\n",
		       *r->missing ? r->missing : "?");
	else if (r->errors)
		printf("quiet after %s, but %u of %u acked with an error\n",
		       duration_text(r->quiesce_ns, text, sizeof(text)),
		       r->errors, r->members);
	else if (r->lost)
		printf("events were lost: whether all were quiet, and without an error, is not known\n");
	else if (!r->members)
		printf("nobody takes part: no consumer has joined\n");
	else
		printf("all %u quiet after %s\n", r->members,
		       duration_text(r->quiesce_ns, text, sizeof(text)));
}

static int report(const struct rehearsal *r)
{
	int ret = 0;

	if (r->json)
		ret = print_json(r);
	else
		print_plain(r);
	if (ret || output_flush() || strcmp(outcome(r), "quiesced"))
		return COMMAND_FAILED;
	return COMMAND_OK;
}

/* Whatever kills this program by a signal that can be seen ends the drill. */
static int prepare_signals(struct rehearsal *r)
{
	sigset_t mask;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&mask);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGHUP);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	r->signal_fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (r->signal_fd >= 0)
		return 0;
	error_line("cannot watch for signals: %m");
	return -errno;
}

static int rehearse(struct rehearsal *r)
{
	int ret;

	ret = prepare_signals(r);
	if (ret)
		return ret;
	ret = drill_start(r->drill);
	if (ret)
		return ret;
	ret = follow(r);
	/* It is not left open, whatever went wrong. */
	if (ret && !r->over && !r->ended_here)
		drill_end(r->drill);
	return ret;
}

int simulate_run(const struct drill *drill, uint64_t hold_ns, bool json)
{
	struct rehearsal r = {
		.drill = drill,
		.hold_ns = hold_ns,
		.json = json,
		.line.out = stdout,
		.signal_fd = -1,
	};
	int ret;

	/* Opened before the start: nothing falls in between. */
	if (device_open(&r.device, false))
		return COMMAND_FAILED;
	ret = rehearse(&r);
	vmopnotify_close(r.device);
	if (r.signal_fd >= 0)
		close(r.signal_fd);
	return ret ? COMMAND_FAILED : report(&r);
}
