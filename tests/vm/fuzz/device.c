// SPDX-License-Identifier: GPL-2.0
/* What is done to /dev/vmopnotify, but for reading. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "fuzz.h"

/* Files that threads hand to each other. */
enum { SHARED = 3 };
static struct file shared[SHARED];
static pthread_mutex_t shared_lock = PTHREAD_MUTEX_INITIALIZER;

static int result(long ret)
{
	return ret < 0 ? -errno : ret;
}

static struct file *a_slot(struct worker *w)
{
	return &PICK(&w->chance, w->files);
}

/* Return: a file that is open, or NULL. */
static struct file *a_file(struct worker *w)
{
	struct file *f = a_slot(w);

	return f->fd < 0 ? NULL : f;
}

/* One that has joined, as far as is known, if there is one. */
static struct file *a_consumer(struct worker *w)
{
	unsigned int from = chance_below(&w->chance, FILES), i;
	struct file *f;

	for (i = 0; i < FILES; i++) {
		f = &w->files[(from + i) % FILES];
		if (f->fd >= 0 && f->joined)
			return f;
	}
	return a_file(w);
}

static bool is_writable(const struct file *f)
{
	return f->flags & O_RDWR;
}

static void close_file(struct file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}

/* The first record that it reads is this one at the latest. */
static u64 seq_at_open(struct worker *w, int fd)
{
	struct vmopnotify_status status;

	if (ioctl(fd, VMOPNOTIFY_IOC_GET_STATE, &status))
		flaw(ANSWERS, "GET_STATE after open: errno %d", errno);
	else
		see_status(w, "GET_STATE after open", &status);
	return status.seq;
}

static int open_file(struct worker *w)
{
	static const int flags[] = { O_RDONLY, O_RDONLY | O_NONBLOCK, O_RDWR,
				     O_RDWR, O_RDWR | O_NONBLOCK,
				     O_RDWR | O_NONBLOCK };
	struct file *f = a_slot(w);

	close_file(f);
	*f = (struct file){ .fd = -1, .flags = PICK(&w->chance, flags) };
	f->fd = dev_open(f->flags);
	if (f->fd < 0)
		return ALLOWED(w, f->fd, 0);
	f->reader = atomic_fetch_add(&fuzz.n_readers, 1);
	fuzz.readers[f->reader].opened_seq = seq_at_open(w, f->fd);
	return 0;
}

static int close_it(struct worker *w)
{
	struct file *f = a_file(w);

	if (!f)
		return NOT_DONE;
	close_file(f);
	return 0;
}

static struct file copy_of(const struct file *f)
{
	struct file copy = *f;

	copy.last_seq = 0;
	if (f->fd >= 0)
		copy.fd = dup(f->fd);
	return copy;
}

static int give(struct worker *w)
{
	struct file *f = a_file(w);
	unsigned int i = chance_below(&w->chance, SHARED);
	struct file copy, old;

	if (!f)
		return NOT_DONE;
	copy = copy_of(f);
	pthread_mutex_lock(&shared_lock);
	old = shared[i];
	shared[i] = copy;
	pthread_mutex_unlock(&shared_lock);
	close_file(&old);
	return 0;
}

static int take(struct worker *w)
{
	struct file *f = a_slot(w);
	unsigned int i = chance_below(&w->chance, SHARED);

	close_file(f);
	pthread_mutex_lock(&shared_lock);
	*f = copy_of(&shared[i]);
	pthread_mutex_unlock(&shared_lock);
	return f->fd < 0 ? NOT_DONE : 0;
}

void device_begin(void)
{
	int i;

	for (i = 0; i < SHARED; i++)
		shared[i] = (struct file){ .fd = -1 };
}

void device_end(void)
{
	int i;

	for (i = 0; i < SHARED; i++)
		close_file(&shared[i]);
}

/* A name that no other consumer ever has, and that is not easy to print. */
static struct vmopnotify_join good_join(struct worker *w)
{
	static const char * const ends[] = { "", "", "\"", ",", " \" stage=1",
					     "%s%n", "\\", " ", ": join: " };
	struct vmopnotify_join join = {
		.stage = chance_below(&w->chance, VMOPNOTIFY_STAGES),
		.expected_ms = chance_u64(&w->chance),
	};

	if (chance_in(&w->chance, 2))
		join.stage = 0;
	snprintf(join.name, sizeof(join.name), "%u-%u-%u%s", fuzz.round,
		 w->index, w->action, PICK(&w->chance, ends));
	return join;
}

static int join(struct worker *w)
{
	struct vmopnotify_join args = good_join(w);
	struct file *f = a_file(w);
	int ret;

	if (!f)
		return NOT_DONE;
	ret = result(ioctl(f->fd, VMOPNOTIFY_IOC_JOIN, &args));
	if (!is_writable(f))
		return REFUSED(w, ret, EBADF);
	if (!ret) {
		atomic_fetch_add(&fuzz.readers[f->reader].joins, 1);
		f->joined = true;
		f->spared = true;
	}
	return ALLOWED(w, ret, EISCONN, EUSERS);
}

static int leave(struct worker *w)
{
	struct file *f = a_consumer(w);

	if (!f)
		return NOT_DONE;
	f->joined = false;
	return ALLOWED(w, result(ioctl(f->fd, VMOPNOTIFY_IOC_LEAVE)), ENOTCONN);
}

static struct vmopnotify_ack good_ack(struct worker *w)
{
	struct vmopnotify_ack args = {
		.operation_id = current_operation(),
	};

	if (chance_in(&w->chance, 8))
		args.operation_id = chance_u64(&w->chance);
	if (chance_in(&w->chance, 6))
		args.result = 1 + chance_below(&w->chance,
					       VMOPNOTIFY_MAX_RESULT);
	return args;
}

/* By ioctl() or write(). */
static int send_ack(struct file *f, const void *args, bool by_write)
{
	ssize_t n;

	if (!by_write)
		return result(ioctl(f->fd, VMOPNOTIFY_IOC_ACK, args));
	n = write(f->fd, args, sizeof(struct vmopnotify_ack));
	return n == sizeof(struct vmopnotify_ack) ? 0 : result(n);
}

static int ack(struct worker *w)
{
	struct vmopnotify_ack args = good_ack(w);
	struct file *f = a_consumer(w);
	int ret;

	if (!f)
		return NOT_DONE;
	ret = send_ack(f, &args, chance_in(&w->chance, 2));
	return is_writable(f) ?
	       ALLOWED(w, ret, ENOTCONN, ESTALE, EAGAIN, EALREADY) :
	       REFUSED(w, ret, EBADF);
}

/* With all files, so that operations are quiesced, too. */
static int ack_with_all(struct worker *w)
{
	struct vmopnotify_ack args = { .operation_id = current_operation() };
	bool acked = false;
	int i;

	for (i = 0; i < FILES; i++)
		if (w->files[i].fd >= 0 && w->files[i].joined)
			acked |= !send_ack(&w->files[i], &args, i % 2);
	return acked ? 0 : NOT_DONE;
}

/* Refused for what is in it: nothing else may be answered. */
static int refused(struct worker *w, const struct file *f, int ret, int error)
{
	if (!is_writable(f))
		error = EBADF;
	return REFUSED(w, ret, error);
}

static int bad_join(struct worker *w)
{
	struct vmopnotify_join args = good_join(w);
	struct file *f = a_file(w);

	switch (chance_below(&w->chance, 6)) {
	case 0:
		args.flags = 1U << chance_below(&w->chance, 32);
		break;
	case 1:
		args.stage = VMOPNOTIFY_STAGES + chance_below(&w->chance, 1000);
		break;
	case 2:
		args.reserved[chance_below(&w->chance, 5)] = 1;
		break;
	case 3:
		args.name[0] = '\0';
		break;
	case 4:
		memset(args.name, 'x', sizeof(args.name));
		break;
	case 5:
		args.name[1] = PICK(&w->chance,
				    ((const char[]){ '\n', 0x7f, '\xc3', 1 }));
		break;
	}
	return f ? refused(w, f, result(ioctl(f->fd, VMOPNOTIFY_IOC_JOIN,
					      &args)), EINVAL) : NOT_DONE;
}

static int bad_ack(struct worker *w)
{
	struct vmopnotify_ack args = good_ack(w);
	struct file *f = a_file(w);

	switch (chance_below(&w->chance, 4)) {
	case 0:
		args.flags = 1U << chance_below(&w->chance, 32);
		break;
	case 1:
		args.reserved[chance_below(&w->chance, 2)] =
			1ULL << chance_below(&w->chance, 64);
		break;
	case 2:
		args.result = -1 - (int)chance_below(&w->chance, 0x7fffffff);
		break;
	case 3:
		args.result = VMOPNOTIFY_MAX_RESULT + 1 +
			      chance_below(&w->chance, 1000000);
		break;
	}
	return f ? refused(w, f, send_ack(f, &args, chance_in(&w->chance, 2)),
			   EINVAL) : NOT_DONE;
}

static int write_other_size(struct worker *w)
{
	char bytes[4096] = {};
	struct file *f = a_file(w);
	size_t size = chance_below(&w->chance, sizeof(bytes));

	if (!f)
		return NOT_DONE;
	if (chance_in(&w->chance, 2))
		size = chance_below(&w->chance, 70);
	if (size == sizeof(struct vmopnotify_ack))
		size++;
	return refused(w, f, result(write(f->fd, bytes, size)), EINVAL);
}

static int write_in_pieces(struct worker *w)
{
	struct vmopnotify_ack args = good_ack(w);
	size_t cut = chance_below(&w->chance, sizeof(args) + 1);
	struct iovec iov[] = {
		{ .iov_base = &args, .iov_len = cut },
		{ .iov_base = (char *)&args + cut,
		  .iov_len = sizeof(args) - cut },
	};
	struct file *f = a_consumer(w);
	int ret;

	if (!f)
		return NOT_DONE;
	ret = result(writev(f->fd, iov, 2));
	if (ret == sizeof(args))
		ret = 0;
	return is_writable(f) ?
	       ALLOWED(w, ret, ENOTCONN, ESTALE, EAGAIN, EALREADY) :
	       REFUSED(w, ret, EBADF);
}

static int bad_pointer(struct worker *w)
{
	struct chance *c = &w->chance;
	struct file *f = a_file(w);

	if (!f)
		return NOT_DONE;
	switch (chance_below(c, 5)) {
	case 0:
		return refused(w, f, result(ioctl(f->fd, VMOPNOTIFY_IOC_JOIN,
			bad_memory(c, sizeof(struct vmopnotify_join), true))),
			EFAULT);
	case 1:
		return refused(w, f, send_ack(f,
			bad_memory(c, sizeof(struct vmopnotify_ack), true),
			false), EFAULT);
	case 2:
		return refused(w, f, send_ack(f,
			bad_memory(c, sizeof(struct vmopnotify_ack), true),
			true), EFAULT);
	case 3:
		return REFUSED(w, result(ioctl(f->fd, VMOPNOTIFY_IOC_GET_STATE,
			bad_memory(c, sizeof(struct vmopnotify_status),
				   false))), EFAULT);
	default:
		return REFUSED(w, result(ioctl(f->fd,
			VMOPNOTIFY_IOC_GET_OPERATION,
			bad_memory(c, sizeof(struct vmopnotify_operation),
				   false))), EFAULT, ENODATA);
	}
}

static bool is_known(unsigned int cmd)
{
	return cmd == VMOPNOTIFY_IOC_JOIN || cmd == VMOPNOTIFY_IOC_ACK ||
	       cmd == VMOPNOTIFY_IOC_LEAVE || cmd == VMOPNOTIFY_IOC_GET_STATE ||
	       cmd == VMOPNOTIFY_IOC_GET_OPERATION;
}

/* Of our magic, so that no other ioctl is hit by chance. */
static int unknown_ioctl(struct worker *w)
{
	struct chance *c = &w->chance;
	unsigned int cmd = _IOC(chance_below(c, 4), VMOPNOTIFY_IOC_MAGIC,
				chance_below(c, chance_in(c, 2) ? 8 : 256),
				chance_below(c, chance_in(c, 2) ? 256 : 16384));
	struct file *f = a_file(w);
	char bytes[256] = {};

	if (!f || is_known(cmd))
		return NOT_DONE;
	return REFUSED(w, result(ioctl(f->fd, cmd, bytes)), ENOTTY);
}

static int get_state(struct worker *w)
{
	const u32 own = VMOPNOTIFY_F_MEMBER | VMOPNOTIFY_F_ASKED |
			VMOPNOTIFY_F_ACKED | VMOPNOTIFY_F_CONSUMER;
	struct vmopnotify_status status;
	struct file *f = a_file(w);
	u32 part;
	int ret;

	if (!f)
		return NOT_DONE;
	ret = result(ioctl(f->fd, VMOPNOTIFY_IOC_GET_STATE, &status));
	if (ret)
		return ALLOWED(w, ret, 0);
	part = status.flags & own;
	see_status(w, "GET_STATE", &status);
	/* Each of these is so only where the one before it is. */
	if ((part & VMOPNOTIFY_F_MEMBER && !(part & VMOPNOTIFY_F_CONSUMER)) ||
	    (part & VMOPNOTIFY_F_ASKED && !(part & VMOPNOTIFY_F_MEMBER)) ||
	    (part & VMOPNOTIFY_F_ACKED && !(part & VMOPNOTIFY_F_ASKED)) ||
	    (part && !is_writable(f)))
		flaw(SNAPSHOTS, "GET_STATE: flags 0x%x", status.flags);
	return 0;
}

static bool is_plausible(const struct vmopnotify_operation *o)
{
	return o->state >= VMOPNOTIFY_STATE_QUIESCING &&
	       o->state <= VMOPNOTIFY_STATE_EXPIRED &&
	       !(o->flags & ~0xfU) && o->stage < VMOPNOTIFY_STAGES &&
	       o->pending <= o->members && o->timeout_ms >= 1 &&
	       o->timeout_ms <= VMOPNOTIFY_MAX_TIMEOUT_MS &&
	       o->deadline_ns <= o->start_ns + o->timeout_ms * 1000000ULL &&
	       (o->state == VMOPNOTIFY_STATE_QUIESCED) == !o->pending &&
	       strnlen(o->operation_type, VMOPNOTIFY_NAME_LEN) <
	       VMOPNOTIFY_NAME_LEN && !o->reserved[0] && !o->reserved[1];
}

static int get_operation(struct worker *w)
{
	struct vmopnotify_operation o;
	struct file *f = a_file(w);
	int ret;

	if (!f)
		return NOT_DONE;
	ret = result(ioctl(f->fd, VMOPNOTIFY_IOC_GET_OPERATION, &o));
	if (!ret && !is_plausible(&o))
		flaw(SNAPSHOTS, "GET_OPERATION: id %llu state %u flags 0x%x stage %u members %u pending %u timeout %u",
		     o.operation_id, o.state, o.flags, o.stage, o.members,
		     o.pending, o.timeout_ms);
	return ALLOWED(w, ret, ENODATA);
}

static int poll_it(struct worker *w)
{
	static const short events[] = { POLLIN, POLLPRI, POLLOUT, 0,
					POLLIN | POLLOUT | POLLRDNORM };
	struct file *f = a_file(w);
	struct pollfd pfd = { .fd = f ? f->fd : -1,
			      .events = PICK(&w->chance, events) };
	short out, may_come;
	int ret;

	if (!f)
		return NOT_DONE;
	out = is_writable(f) ? pfd.events & POLLOUT : 0;
	may_come = POLLIN | POLLRDNORM | POLLERR | out;
	ret = result(poll(&pfd, 1, chance_below(&w->chance, 4)));
	if ((pfd.revents & ~may_come) || (ret > 0 && out & ~pfd.revents))
		flaw(ANSWERS, "poll: revents 0x%x", pfd.revents);
	return ALLOWED(w, ret, EINTR);
}

/* The file may go while it is waited for, the epoll too. */
static int epoll(struct worker *w)
{
	struct epoll_event ev = {
		.events = EPOLLIN | (chance_in(&w->chance, 2) ? EPOLLET : 0) |
			  (chance_in(&w->chance, 3) ? EPOLLEXCLUSIVE : 0),
	};
	struct file *f = a_file(w);
	int fd, ret;

	if (!f)
		return NOT_DONE;
	fd = epoll_create1(EPOLL_CLOEXEC);
	ret = result(epoll_ctl(fd, EPOLL_CTL_ADD, f->fd, &ev));
	if (!ret)
		ret = result(epoll_wait(fd, &ev, 1,
					chance_below(&w->chance, 3)));
	if (chance_in(&w->chance, 3))
		close_file(f);
	if (!ret && chance_in(&w->chance, 3))
		ret = result(epoll_wait(fd, &ev, 1, 1));
	close(fd);
	return ALLOWED(w, ret, EINTR);
}

static int seek(struct worker *w)
{
	struct file *f = a_file(w);

	return f ? REFUSED(w, result(lseek(f->fd, chance_u64(&w->chance),
					   SEEK_SET)), ESPIPE) : NOT_DONE;
}

void device_close_all(struct worker *w)
{
	int i;

	for (i = 0; i < FILES; i++)
		close_file(&w->files[i]);
}

const struct action device_actions[] = {
	{ "open", 18, open_file },
	{ "close", 5, close_it },
	{ "give a file", 5, give },
	{ "take a file", 15, take },
	{ "join", 20, join },
	{ "leave", 4, leave },
	{ "ack", 40, ack },
	{ "ack with all", 25, ack_with_all },
	{ "ack in pieces", 4, write_in_pieces },
	{ "bad join", 3, bad_join },
	{ "bad ack", 3, bad_ack },
	{ "write of another size", 2, write_other_size },
	{ "bad pointer", 4, bad_pointer },
	{ "unknown ioctl", 2, unknown_ioctl },
	{ "GET_STATE", 10, get_state },
	{ "GET_OPERATION", 4, get_operation },
	{ "poll", 5, poll_it },
	{ "epoll", 3, epoll },
	{ "seek", 1, seek },
	{}
};
