// SPDX-License-Identifier: GPL-2.0
/* A consumer: quiet from the moment it is asked until the operation's end. */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <linux/vmopnotify.h>

#define STAGE 0

int main(void)
{
	struct vmopnotify_join join = { .name = "sample", .stage = STAGE };
	int fd = open("/dev/vmopnotify", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	bool quiet = false;

	if (fd < 0 || ioctl(fd, VMOPNOTIFY_IOC_JOIN, &join))
		err(1, "/dev/vmopnotify");

	for (;;) {
		struct vmopnotify_event ev;
		struct vmopnotify_status st;
		struct vmopnotify_ack ack = {};

		/* Work goes here, while not quiet; poll with 0 to go on with it. */
		poll(&pfd, 1, -1);
		if (read(fd, &ev, sizeof(ev)) < 0 && errno != EAGAIN &&
		    errno != EINTR && errno != EPIPE)
			err(1, "read");

		/* Records may be lost (EPIPE), the state is not: act on that. */
		if (ioctl(fd, VMOPNOTIFY_IOC_GET_STATE, &st))
			err(1, "GET_STATE");
		if (quiet && !(st.flags & VMOPNOTIFY_F_ACKED)) {
			puts("resume");
			quiet = false;
		}
		if (!quiet && (st.flags & VMOPNOTIFY_F_ASKED) &&
		    !(st.flags & VMOPNOTIFY_F_ACKED)) {
			puts("quiesce");
			quiet = true;
			ack.operation_id = st.operation_id;
			/* Over meanwhile?  Then the next turn resumes. */
			if (ioctl(fd, VMOPNOTIFY_IOC_ACK, &ack))
				warn("ACK");
		}
		fflush(stdout);
	}
}
