// SPDX-License-Identifier: LGPL-2.1-or-later
/* A consumer in an event loop of systemd's. */
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <systemd/sd-event.h>
#include <vmopnotify.h>

/* Something has happened: what counts is the state, which is never lost. */
static int look(sd_event_source *source, int fd, uint32_t revents, void *n)
{
	static bool quiet;
	struct vmopnotify_status st;
	int ret = vmopnotify_synchronize(n, &st, NULL);

	(void)fd;
	(void)revents;
	if (ret)
		return sd_event_exit(sd_event_source_get_event(source), ret);
	if (quiet && !(st.flags & VMOPNOTIFY_F_ACKED)) {
		puts("goes on");
		quiet = false;
	}
	if (!quiet && (st.flags & VMOPNOTIFY_F_ASKED)) {
		puts("quiet");
		quiet = true;
		/* Over meanwhile?  Then there is more to look at. */
		vmopnotify_ack_operation(n, st.operation_id, 0);
	}
	return 0;
}

int main(void)
{
	struct vmopnotify *n;
	sd_event *loop;
	int ret = vmopnotify_open(&n, VMOPNOTIFY_OPEN_CONSUMER);

	setlinebuf(stdout);
	if (!ret)
		ret = vmopnotify_join_as(n, "sd_event", 0, 0);
	if (!ret)
		ret = sd_event_default(&loop);
	if (ret >= 0)
		ret = sd_event_add_io(loop, NULL, vmopnotify_fd(n), EPOLLIN,
				      look, n);
	if (ret >= 0)
		ret = sd_event_loop(loop);
	errx(1, "vmopnotify: %s", strerror(-ret));
}
