// SPDX-License-Identifier: LGPL-2.1-or-later
/* A consumer in an event loop of systemd's, which acts on the records. */
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <systemd/sd-event.h>
#include <vmopnotify.h>

#define STAGE 0

static bool quiet;

static void get_quiet(struct vmopnotify *n, uint64_t operation_id)
{
	puts("quiet");
	quiet = true;
	/* Over meanwhile?  Its end is among the next records. */
	vmopnotify_ack_operation(n, operation_id, 0);
}

static void go_on(void)
{
	if (quiet)
		puts("goes on");
	quiet = false;
}

/* To begin with, and where records were lost. */
static int look(struct vmopnotify *n)
{
	struct vmopnotify_status st;
	int ret = vmopnotify_synchronize(n, &st, NULL);

	if (!ret && !(st.flags & VMOPNOTIFY_F_ACKED))
		go_on();
	if (!ret && (st.flags & VMOPNOTIFY_F_ASKED) && !quiet)
		get_quiet(n, st.operation_id);
	return ret;
}

static int on_records(sd_event_source *s, int fd, uint32_t revents, void *n)
{
	struct vmopnotify_event ev;
	int ret;

	(void)s;
	(void)fd;
	(void)revents;
	do {
		ret = vmopnotify_next_event(n, &ev);
		if (ret == -EPIPE)
			ret = look(n);
		if (ev.type == VMOPNOTIFY_EVENT_PREPARE && ev.stage == STAGE)
			get_quiet(n, ev.operation_id);
		if (ev.type == VMOPNOTIFY_EVENT_END)
			go_on();
	} while (!ret);
	return ret == -EAGAIN ? 0 : ret;
}

int main(void)
{
	struct vmopnotify *n;
	sd_event *loop = NULL;
	int ret = vmopnotify_open(&n, VMOPNOTIFY_OPEN_CONSUMER);

	setlinebuf(stdout);
	if (!ret)
		ret = vmopnotify_join_as(n, "sd_event", STAGE, 0);
	if (!ret)
		ret = look(n);
	if (!ret)
		ret = sd_event_new(&loop);
	if (ret >= 0)
		ret = sd_event_add_io(loop, NULL, vmopnotify_fd(n), EPOLLIN,
				      on_records, n);
	if (ret >= 0)
		ret = sd_event_loop(loop);
	sd_event_unref(loop);
	vmopnotify_close(n);
	errx(1, "vmopnotify: %s", strerror(-ret));
}
