// SPDX-License-Identifier: GPL-2.0
/* vmopnotifyctl monitor on a terminal, see live.h. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "device.h"
#include "event_line.h"
#include "genl.h"
#include "live.h"
#include "output.h"
#include "screen.h"
#include "view.h"

/* How often a deadline's tenths of a second are shown. */
#define TICK_MS		100

/**
 * struct live - the live view
 * @device: the device
 * @signal_fd: tells signals
 * @genl: asks who is outstanding, or NULL where that cannot be
 * @screen: what it is shown on
 * @view: what is shown
 * @line: prints events
 * @seq: the record expected next
 * @signal: the signal that ends it, 0 if none
 * @quit: the user has had enough
 */
struct live {
	struct vmopnotify *device;
	int signal_fd;
	struct vmop_genl *genl;
	struct screen screen;
	struct view view;
	struct event_line line;
	uint64_t seq;
	int signal;
	bool quit;
};

static int take_consumer(uint8_t cmd, struct nlattr **attrs, void *arg)
{
	uint32_t flags = vmop_attr_u32(attrs, VMOPNOTIFY_A_FLAGS, 0);
	struct view_consumer c = {
		.stage = vmop_attr_u32(attrs, VMOPNOTIFY_A_STAGE, 0),
		.asked = flags & VMOPNOTIFY_F_ASKED,
	};

	(void)cmd;
	if (!(flags & VMOPNOTIFY_F_MEMBER) || flags & VMOPNOTIFY_F_ACKED)
		return 0;
	snprintf(c.name, sizeof(c.name), "%s",
		 vmop_attr_str(attrs, VMOPNOTIFY_A_NAME, "?"));
	return view_add_consumer(arg, &c);
}

static void ask_outstanding(struct live *live)
{
	struct vmop_genl *g = live->genl;

	view_clear_consumers(&live->view);
	live->view.outstanding_known = g;
	if (!g || !live->view.operation.pending)
		return;
	if (vmop_genl_dump(g, vmop_genl_msg(g, VMOPNOTIFY_CMD_GET_CONSUMER),
			   take_consumer, &live->view, NULL, 0))
		live->view.outstanding_known = false;
}

/* Keeps the line that @print makes, without its end. */
static int keep_line(struct live *live, const struct vmopnotify_event *ev,
		     uint64_t lost)
{
	char *text = NULL;
	size_t len = 0;

	live->line.out = open_memstream(&text, &len);
	if (!live->line.out)
		return -errno;
	if (lost)
		event_line_lost_plain(&live->line, lost);
	else
		event_line_plain(&live->line, ev);
	if (fclose(live->line.out)) {
		free(text);
		return -ENOMEM;
	}
	text[strcspn(text, "\n")] = '\0';
	view_add_event(&live->view, text);
	return 0;
}

static int take_event(struct live *live, const struct vmopnotify_event *ev)
{
	int ret = 0;

	if (ev->seq > live->seq) {
		event_line_forget(&live->line);
		ret = keep_line(live, ev, ev->seq - live->seq);
	}
	live->seq = ev->seq + 1;
	event_line_remember(&live->line, ev);
	return ret ? ret : keep_line(live, ev, 0);
}

static int take_events(struct live *live)
{
	struct vmopnotify_event events[DEVICE_RECORDS];
	int i, n, ret;

	for (;;) {
		n = vmopnotify_next_events(live->device, events,
					   DEVICE_RECORDS);
		if (n == -EPIPE)
			continue;	/* the next record's seq tells */
		if (n < 0)
			return n == -EAGAIN ? 0 : n;
		for (i = 0; i < n; i++) {
			ret = take_event(live, &events[i]);
			if (ret)
				return ret;
		}
	}
}

/* A change between the two has a record, which has us look again. */
static int look(struct live *live)
{
	struct vmopnotify_operation *op = &live->view.operation;
	int ret = device_status(live->device, &live->view.status);

	if (ret)
		return ret;
	if (vmopnotify_get_operation(live->device, op))
		memset(op, 0, sizeof(*op));
	ask_outstanding(live);
	return 0;
}

/* What is told already by the state that is shown first is not read any more. */
static int begin(struct live *live)
{
	int ret = device_snapshot(live->device, &live->view.status,
				  &live->view.operation);

	if (ret)
		return ret;
	live->seq = live->view.status.seq;
	ask_outstanding(live);
	return 0;
}

static int draw(struct live *live)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int ret;

	if (!out)
		return -errno;
	view_render(&live->view, monotonic_ns(), live->screen.rows, out);
	ret = fclose(out) ? -ENOMEM : screen_draw(&live->screen, text);
	free(text);
	return ret;
}

/* As any program stops, and with the terminal as it was meanwhile. */
static int suspend(struct live *live)
{
	static const struct timespec at_once;
	sigset_t cont;

	screen_close(&live->screen);
	raise(SIGSTOP);
	/* It is what has let us go on, and has no more to say. */
	sigemptyset(&cont);
	sigaddset(&cont, SIGCONT);
	sigtimedwait(&cont, NULL, &at_once);
	return screen_open(&live->screen);
}

static int take_signal(struct live *live)
{
	struct signalfd_siginfo si;

	if (read(live->signal_fd, &si, sizeof(si)) != sizeof(si))
		return 0;
	switch (si.ssi_signo) {
	case SIGWINCH:
		screen_resized(&live->screen);
		return 0;
	case SIGTSTP:
		return suspend(live);
	case SIGCONT:
		/* Whoever had the terminal meanwhile has left it otherwise. */
		screen_close(&live->screen);
		return screen_open(&live->screen);
	default:
		live->signal = (int)si.ssi_signo;
		return 0;
	}
}

static void take_keys(struct live *live)
{
	char keys[64];
	ssize_t n = read(live->screen.in, keys, sizeof(keys));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	/* Without a terminal there is nothing to show. */
	live->quit = n <= 0 || memchr(keys, 'q', (size_t)n);
}

static int wait_for_more(struct live *live)
{
	struct pollfd fds[] = {
		{ .fd = live->signal_fd, .events = POLLIN },
		{ .fd = vmopnotify_fd(live->device), .events = POLLIN },
		{ .fd = live->screen.in, .events = POLLIN },
	};
	int ret = 0;

	if (poll(fds, 3, live->view.operation.start_ns ? TICK_MS : -1) < 0)
		return errno == EINTR ? 0 : -errno;
	if (fds[0].revents)
		ret = take_signal(live);
	if (!ret && fds[1].revents)
		ret = take_events(live);
	if (!ret && fds[1].revents)
		ret = look(live);
	if (fds[2].revents)
		take_keys(live);
	return ret;
}

static int prepare_signals(struct live *live)
{
	static const int signals[] = {
		SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH,
	};
	sigset_t mask;

	sigemptyset(&mask);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&mask, signals[i]);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	signal(SIGPIPE, SIG_IGN);
	live->signal_fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	return live->signal_fd < 0 ? -errno : 0;
}

static int show(struct live *live)
{
	int ret;

	ret = prepare_signals(live);
	if (!ret)
		ret = begin(live);
	if (!ret)
		ret = screen_open(&live->screen);
	while (!ret && !live->signal && !live->quit) {
		ret = draw(live);
		if (!ret)
			ret = wait_for_more(live);
	}
	screen_close(&live->screen);
	if (ret)
		error_line("cannot go on: %s", strerror(-ret));
	return ret;
}

/* The end that the signal would have made, so that who waits sees it. */
static void die_of(int sig)
{
	sigset_t mask;

	signal(sig, SIG_DFL);
	sigemptyset(&mask);
	sigaddset(&mask, sig);
	raise(sig);
	sigprocmask(SIG_UNBLOCK, &mask, NULL);
}

int live_monitor(void)
{
	struct live live = {
		.signal_fd = -1,
		.screen = {
			.in = isatty(STDIN_FILENO) ? STDIN_FILENO : -1,
			.out = STDOUT_FILENO,
		},
	};
	int ret;

	ret = device_open(&live.device, false);
	if (ret)
		return ret;
	/* Who is outstanding is worth knowing, but not a must. */
	if (vmop_genl_open(&live.genl, NULL, 0))
		live.genl = NULL;
	ret = show(&live);
	vmop_genl_close(live.genl);
	view_free(&live.view);
	if (live.signal_fd >= 0)
		close(live.signal_fd);
	vmopnotify_close(live.device);
	if (live.signal)
		die_of(live.signal);
	return ret;
}
