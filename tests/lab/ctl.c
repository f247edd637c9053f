// SPDX-License-Identifier: GPL-2.0
#include "ctl.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"

int ctl_connect(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd, error;

	if (strlen(path) >= sizeof(addr.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(addr.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		error = errno;
		close(fd);
		errno = error;
		fd = -1;
	}
	return fd;
}

static bool send_line(int fd, const char *tag, const char *command)
{
	struct buf line = { 0 };
	ssize_t n = 0;

	/* The first newline ends what a killed client may have begun. */
	buf_printf(&line, "\n%s %s\n", tag, command);
	while (line.len) {
		n = write(fd, line.data, line.len);
		if (n < 0 && errno != EINTR)
			break;
		buf_drop(&line, n < 0 ? 0 : n);
	}
	buf_free(&line);
	return n >= 0;
}

/* Takes lines until one has the tag; false if the host went away. */
static bool receive_line(int fd, const char *tag, struct buf *answer)
{
	size_t len = strlen(tag);
	struct buf in = { 0 };
	char data[4096], *end;
	bool found = false;
	ssize_t n;

	while (!found) {
		end = in.len ? memchr(in.data, '\n', in.len) : NULL;
		if (!end) {
			n = read(fd, data, sizeof(data));
			if (!n)
				errno = ECONNRESET;
			if (!n || (n < 0 && errno != EINTR))
				break;
			buf_add(&in, data, n < 0 ? 0 : n);
			continue;
		}
		found = !strncmp(in.data, tag, len) && in.data[len] == ' ';
		if (found)
			buf_add(answer, in.data + len + 1,
				end - in.data - len - 1);
		buf_drop(&in, end - in.data + 1);
	}
	buf_free(&in);
	return found;
}

bool ctl_exchange(int fd, const char *command, struct buf *answer,
		  int64_t *sent_ns)
{
	uint64_t random;
	char tag[32];

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return false;
	snprintf(tag, sizeof(tag), "#%016" PRIx64, random);
	if (sent_ns)
		*sent_ns = clock_ns();
	buf_reset(answer);
	return send_line(fd, tag, command) && receive_line(fd, tag, answer);
}
