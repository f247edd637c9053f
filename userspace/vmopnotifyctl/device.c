// SPDX-License-Identifier: GPL-2.0
/* /dev/vmopnotify, see device.h. */
#include <errno.h>
#include <string.h>

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

int device_open(struct vmopnotify **np, bool consumer)
{
	int ret = vmopnotify_open(np, consumer ? VMOPNOTIFY_OPEN_CONSUMER : 0);

	if (ret)
		tell_open_error(-ret, consumer);
	return ret;
}

static int tell_state_error(int ret)
{
	if (ret)
		error_line("cannot ask %s for the state: %s", DEVICE_PATH,
			   strerror(-ret));
	return ret;
}

int device_status(const struct vmopnotify *n, struct vmopnotify_status *st)
{
	return tell_state_error(vmopnotify_get_status(n, st));
}

int device_snapshot(struct vmopnotify *n, struct vmopnotify_status *st,
		    struct vmopnotify_operation *op)
{
	return tell_state_error(vmopnotify_synchronize(n, st, op));
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

int device_join(struct vmopnotify *n, const char *name, uint32_t stage)
{
	int ret = vmopnotify_join_as(n, name, stage, 0);

	if (ret == -EUSERS)
		error_line("cannot join as \"%s\": as many consumers have joined as the module allows (its parameter max_consumers)",
			   name);
	else if (ret)
		error_line("cannot join as \"%s\": %s", name, strerror(-ret));
	return ret;
}
