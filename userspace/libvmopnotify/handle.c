// SPDX-License-Identifier: LGPL-2.1-or-later
/* A handle of /dev/vmopnotify, see vmopnotify.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "handle.h"

/* RECORDS_MAX - how many records are read at a time at most. */
#define RECORDS_MAX	4096

/* RECORDS_DRAIN - how many are, where they are thrown away. */
#define RECORDS_DRAIN	16

/**
 * struct vmopnotify - a handle
 * @fd: the device
 * @covered: the records before this one are in a state that was given
 *
 * Nothing else is kept: what a file of the device knows, the kernel knows best.
 */
struct vmopnotify {
	int fd;
	uint64_t covered;
};

int handle_open(struct vmopnotify **np, const char *path, unsigned int flags)
{
	int mode = flags & VMOPNOTIFY_OPEN_CONSUMER ? O_RDWR : O_RDONLY;
	struct vmopnotify *n;
	int ret;

	*np = NULL;
	if (flags & ~VMOPNOTIFY_OPEN_CONSUMER)
		return -EINVAL;
	n = calloc(1, sizeof(*n));
	if (!n)
		return -ENOMEM;
	n->fd = open(path, mode | O_NONBLOCK | O_CLOEXEC);
	if (n->fd < 0) {
		ret = -errno;
		free(n);
		return ret;
	}
	*np = n;
	return 0;
}

int vmopnotify_open(struct vmopnotify **np, unsigned int flags)
{
	return np ? handle_open(np, "/dev/vmopnotify", flags) : -EINVAL;
}

void vmopnotify_close(struct vmopnotify *n)
{
	if (!n)
		return;
	close(n->fd);
	free(n);
}

int vmopnotify_fd(const struct vmopnotify *n)
{
	return n ? n->fd : -EINVAL;
}

/* Return: how many, or a negative errno. */
static int read_records(int fd, struct vmopnotify_event *events,
			unsigned int max)
{
	ssize_t size;

	do {
		size = read(fd, events, max * sizeof(*events));
	} while (size < 0 && errno == EINTR);
	if (size < 0)
		return -errno;
	if (!size || (size_t)size % sizeof(*events))
		return -EIO;
	return (int)((size_t)size / sizeof(*events));
}

/*
 * Leave out those before @first; as they come in order these are the first
 * ones.  Return: how many are left.
 */
static int drop_covered(struct vmopnotify_event *events, int count,
			uint64_t first)
{
	int drop = 0;

	while (drop < count && events[drop].seq < first)
		drop++;
	memmove(events, events + drop,
		(size_t)(count - drop) * sizeof(*events));
	return count - drop;
}

int vmopnotify_next_events(struct vmopnotify *n,
			   struct vmopnotify_event *events, unsigned int max)
{
	uint64_t covered;
	int ret;

	if (!n || !events || !max)
		return -EINVAL;
	if (max > RECORDS_MAX)
		max = RECORDS_MAX;
	do {
		ret = read_records(n->fd, events, max);
		covered = __atomic_load_n(&n->covered, __ATOMIC_RELAXED);
		if (ret > 0)
			ret = drop_covered(events, ret, covered);
	} while (!ret);
	return ret;
}

int vmopnotify_next_event(struct vmopnotify *n, struct vmopnotify_event *ev)
{
	int ret = vmopnotify_next_events(n, ev, 1);

	/* Who does not look at the error is not to act on an old record. */
	if (ret < 0 && ev)
		memset(ev, 0, sizeof(*ev));
	return ret < 0 ? ret : 0;
}

static int request(const struct vmopnotify *n, unsigned long what, void *arg)
{
	if (!n)
		return -EINVAL;
	return ioctl(n->fd, what, arg) < 0 ? -errno : 0;
}

int vmopnotify_join_as(struct vmopnotify *n, const char *name, uint32_t stage,
		       uint32_t expected_ms)
{
	struct vmopnotify_join join = {
		.stage = stage,
		.expected_ms = expected_ms,
	};

	/* What else may be wrong with a name the kernel finds. */
	if (!name || strlen(name) >= sizeof(join.name))
		return -EINVAL;
	memcpy(join.name, name, strlen(name));
	return request(n, VMOPNOTIFY_IOC_JOIN, &join);
}

int vmopnotify_leave(struct vmopnotify *n)
{
	return request(n, VMOPNOTIFY_IOC_LEAVE, NULL);
}

int vmopnotify_ack_operation(struct vmopnotify *n, uint64_t operation_id,
			     int result)
{
	struct vmopnotify_ack ack = {
		.operation_id = operation_id,
		.result = result,
	};

	return request(n, VMOPNOTIFY_IOC_ACK, &ack);
}

int vmopnotify_get_status(const struct vmopnotify *n,
			  struct vmopnotify_status *st)
{
	return st ? request(n, VMOPNOTIFY_IOC_GET_STATE, st) : -EINVAL;
}

int vmopnotify_get_operation(const struct vmopnotify *n,
			     struct vmopnotify_operation *op)
{
	return op ? request(n, VMOPNOTIFY_IOC_GET_OPERATION, op) : -EINVAL;
}

/*
 * State and operation are two requests: where something happened between them
 * they do not belong together, and both are asked for again.
 */
static int get_both(const struct vmopnotify *n, struct vmopnotify_status *st,
		    struct vmopnotify_operation *op)
{
	struct vmopnotify_status after;
	int ret;

	ret = vmopnotify_get_status(n, &after);
	if (ret)
		return ret;
	do {
		*st = after;
		memset(op, 0, sizeof(*op));
		ret = vmopnotify_get_operation(n, op);
		if (ret && ret != -ENODATA)
			return ret;
		ret = vmopnotify_get_status(n, &after);
		if (ret)
			return ret;
	} while (after.seq != st->seq);
	return 0;
}

/* Another thread may be at it, with a newer state. */
static void cover(struct vmopnotify *n, uint64_t seq)
{
	uint64_t covered = __atomic_load_n(&n->covered, __ATOMIC_RELAXED);

	while (covered < seq &&
	       !__atomic_compare_exchange_n(&n->covered, &covered, seq, true,
					    __ATOMIC_RELAXED,
					    __ATOMIC_RELAXED))
		;
}

/*
 * Throw away what there is.  Were it left there, to be passed over later, it
 * would be overrun by what comes, and that told as a loss, which it is not.
 */
static int drain(const struct vmopnotify *n)
{
	struct vmopnotify_event events[RECORDS_DRAIN];
	int ret;

	do {
		ret = read_records(n->fd, events, RECORDS_DRAIN);
	} while (ret > 0 || ret == -EPIPE);
	return ret == -EAGAIN ? 0 : ret;
}

int vmopnotify_synchronize(struct vmopnotify *n, struct vmopnotify_status *st,
			   struct vmopnotify_operation *op)
{
	int ret;

	if (!n || !st)
		return -EINVAL;
	ret = drain(n);
	if (ret)
		return ret;
	/* What comes between the two is in the state as well. */
	ret = op ? get_both(n, st, op) : vmopnotify_get_status(n, st);
	if (!ret)
		cover(n, st->seq);
	return ret;
}

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

int vmopnotify_map_page(const struct vmopnotify *n,
			const struct vmopnotify_page **pagep)
{
	void *page;

	if (!pagep)
		return -EINVAL;
	*pagep = NULL;
	if (!n)
		return -EINVAL;
	page = mmap(NULL, page_size(), PROT_READ, MAP_SHARED | MAP_POPULATE,
		    n->fd, 0);
	if (page == MAP_FAILED)
		return -errno;
	*pagep = (const struct vmopnotify_page *)page;
	return 0;
}

void vmopnotify_unmap_page(const struct vmopnotify_page *page)
{
	if (page)
		munmap((void *)page, page_size());
}
