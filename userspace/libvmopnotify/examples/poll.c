// SPDX-License-Identifier: LGPL-2.1-or-later
/* A consumer with a poll loop: quiet from when it is asked until the end. */
#include <err.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <vmopnotify.h>

int main(void)
{
	struct vmopnotify_status st;
	struct vmopnotify *n;
	bool quiet = false;
	int ret = vmopnotify_open(&n, VMOPNOTIFY_OPEN_CONSUMER);

	if (!ret)
		ret = vmopnotify_join_as(n, "poll", 0, 0);
	while (!ret && !(ret = vmopnotify_synchronize(n, &st, NULL))) {
		struct pollfd pfd = { vmopnotify_fd(n), POLLIN, 0 };
		bool asked = st.flags & VMOPNOTIFY_F_ASKED;
		bool acked = st.flags & VMOPNOTIFY_F_ACKED;

		if (quiet && !acked)
			puts("goes on");
		if (asked && !acked) {
			puts("quiet");
			/* Over meanwhile?  Then the next turn goes on. */
			vmopnotify_ack_operation(n, st.operation_id, 0);
		}
		quiet = asked;
		fflush(stdout);
		poll(&pfd, 1, -1);
	}
	errx(1, "vmopnotify: %s", strerror(-ret));
}
