// SPDX-License-Identifier: GPL-2.0
/* /dev/vmopnotify, see device.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "device.h"
#include "output.h"

#define STR(x)	STR_(x)
#define STR_(x)	#x

/* The largest name's length, without its NUL. */
#define NAME_MAX_LEN	31
_Static_assert(NAME_MAX_LEN == VMOPNOTIFY_NAME_LEN - 1, "length of a name");

static void tell_open_error(int error, bool consumer)
{
	switch (error) {
	case ENOENT:
	case ENXIO:
	case ENODEV:
		error_line("no %s: the kernel module is not loaded; load it with \"modprobe vmopnotify\"",
			   DEVICE_PATH);
		break;
	case EACCES:
	case EPERM:
		error_line("no permission to %s %s: be root or in the group \"%s\" (\"usermod -aG %s USER\", then log in anew)",
			   consumer ? "write to" : "read", DEVICE_PATH,
			   DEVICE_GROUP, DEVICE_GROUP);
		break;
	default:
		error_line("cannot open %s: %s", DEVICE_PATH, strerror(error));
	}
}

int device_open(bool consumer)
{
	int fd = open(DEVICE_PATH, (consumer ? O_RDWR : O_RDONLY) |
		      O_NONBLOCK | O_CLOEXEC);
	int error = errno;

	if (fd >= 0)
		return fd;
	tell_open_error(error, consumer);
	return -error;
}

int device_read(int fd, struct vmopnotify_event *events, unsigned int max)
{
	ssize_t n;

	do {
		n = read(fd, events, max * sizeof(*events));
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	return (int)((size_t)n / sizeof(*events));
}

static int request(int fd, unsigned long what, void *arg)
{
	return ioctl(fd, what, arg) < 0 ? -errno : 0;
}

/*
 * State and operation are two requests: where an operation started or ended
 * between them they do not belong together, and both are asked for again.
 */
static int snapshot(int fd, struct vmopnotify_status *st,
		    struct vmopnotify_operation *op)
{
	struct vmopnotify_status after;
	int ret;

	ret = request(fd, VMOPNOTIFY_IOC_GET_STATE, &after);
	if (ret)
		return ret;
	do {
		*st = after;
		if (!op)
			return 0;
		memset(op, 0, sizeof(*op));
		ret = request(fd, VMOPNOTIFY_IOC_GET_OPERATION, op);
		if (ret && ret != -ENODATA)
			return ret;
		ret = request(fd, VMOPNOTIFY_IOC_GET_STATE, &after);
		if (ret)
			return ret;
	} while (after.seq != st->seq);
	return 0;
}

int device_snapshot(int fd, struct vmopnotify_status *st,
		    struct vmopnotify_operation *op)
{
	int ret = snapshot(fd, st, op);

	if (ret)
		error_line("cannot ask %s for the state: %s", DEVICE_PATH,
			   strerror(-ret));
	return ret;
}

const char *device_name_problem(const char *name)
{
	if (!*name)
		return "a name must not be empty";
	if (strlen(name) > NAME_MAX_LEN)
		return "a name has at most " STR(NAME_MAX_LEN) " characters";
	for (; *name; name++)
		if (*name < 0x20 || *name > 0x7e)
			return "a name is made of printable ASCII characters";
	return NULL;
}

int device_join(int fd, const char *name, uint32_t stage)
{
	struct vmopnotify_join join = { .stage = stage };
	int ret;

	snprintf(join.name, sizeof(join.name), "%s", name);
	ret = request(fd, VMOPNOTIFY_IOC_JOIN, &join);
	if (ret == -EUSERS)
		error_line("cannot join as \"%s\": as many consumers have joined as the module allows (its parameter max_consumers)",
			   name);
	else if (ret)
		error_line("cannot join as \"%s\": %s", name, strerror(-ret));
	return ret;
}

int device_leave(int fd)
{
	return request(fd, VMOPNOTIFY_IOC_LEAVE, NULL);
}

int device_ack(int fd, uint64_t operation_id, int result)
{
	struct vmopnotify_ack ack = {
		.operation_id = operation_id,
		.result = result,
	};

	return request(fd, VMOPNOTIFY_IOC_ACK, &ack);
}
