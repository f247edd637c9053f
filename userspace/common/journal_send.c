// SPDX-License-Identifier: GPL-2.0
/* Entries for the journal, see journal_send.h. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "journal_send.h"

/* Where the journal takes entries, each a datagram with a line for each field. */
static const struct sockaddr_un journal = {
	.sun_family = AF_UNIX, .sun_path = "/run/systemd/journal/socket",
};

static int send_to(const struct sockaddr_un *to, const struct iovec *fields,
		   size_t n)
{
	struct iovec lines[2 * JOURNAL_FIELDS_MAX];
	struct msghdr msg = {
		.msg_name = (void *)to, .msg_namelen = sizeof(*to),
		.msg_iov = lines, .msg_iovlen = 2 * n,
	};
	int fd, ret;

	if (n > JOURNAL_FIELDS_MAX)
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		if (memchr(fields[i].iov_base, '\n', fields[i].iov_len))
			return -EINVAL;
		lines[2 * i] = fields[i];
		lines[2 * i + 1] = (struct iovec) { "\n", 1 };
	}
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	ret = sendmsg(fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

int journal_send(const struct iovec *fields, size_t n)
{
	return send_to(&journal, fields, n);
}
