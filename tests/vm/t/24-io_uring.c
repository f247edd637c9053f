// SPDX-License-Identifier: GPL-2.0
/* io_uring on the device: a read that waits, one that is cancelled, a poll. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <liburing.h>

#include "guest.h"

#define ID 42

static struct io_uring ring;

static struct io_uring_sqe *sqe(uintptr_t tag)
{
	struct io_uring_sqe *s = io_uring_get_sqe(&ring);

	io_uring_sqe_set_data64(s, tag);
	return s;
}

/* The next completion within PATIENCE_MS; Return: its result. */
static int completion(uint64_t tag)
{
	struct __kernel_timespec ts = { .tv_sec = PATIENCE_MS / 1000 };
	struct io_uring_cqe *cqe;
	int ret;

	if (io_uring_wait_cqe_timeout(&ring, &cqe, &ts))
		return -ETIMEDOUT;
	ret = cqe->user_data == tag ? cqe->res : -EINVAL;
	io_uring_cqe_seen(&ring, cqe);
	return ret;
}

static bool none_completed(void)
{
	struct io_uring_cqe *cqe;

	return io_uring_peek_cqe(&ring, &cqe) == -EAGAIN;
}

int main(void)
{
	struct vmop_genl *helper = helper_attached();
	int fd = dev_open(O_RDONLY);
	struct vmopnotify_ack ack = { .operation_id = ID };
	struct vmopnotify_event ev;
	struct io_uring_sqe *s;
	int first;

	if (io_uring_queue_init(8, &ring, 0))
		die("io_uring");
	/* As in 20-device.c: no small stuns. */
	write_file(PARAM "stun_sample_us", "100000");

	s = sqe(1);
	io_uring_prep_read(s, fd, &ev, sizeof(ev), 0);
	io_uring_sqe_set_data64(s, 1);
	io_uring_submit(&ring);
	ok(none_completed(), "a read with nothing to read waits");
	helper_start(helper, ID, 60000, 0);
	is(completion(1), sizeof(ev), "an event completes it");
	is(ev.type, VMOPNOTIFY_EVENT_START, "with the record");
	dev_drain(fd);

	s = sqe(2);
	io_uring_prep_poll_add(s, fd, POLLIN);
	io_uring_sqe_set_data64(s, 2);
	io_uring_submit(&ring);
	ok(none_completed(), "a poll waits");
	helper_end(helper, ID, 0);
	is(completion(2), POLLIN, "and is completed by an event");
	dev_drain(fd);

	s = sqe(3);
	io_uring_prep_read(s, fd, &ev, sizeof(ev), 0);
	io_uring_sqe_set_data64(s, 3);
	io_uring_submit(&ring);
	s = sqe(4);
	io_uring_prep_cancel64(s, 3, 0);
	io_uring_sqe_set_data64(s, 4);
	io_uring_submit(&ring);
	ok(completion(3) == -ECANCELED || completion(3) == -ECANCELED,
	   "a read that waits can be cancelled");
	close(fd);

	/* A blocking file; the operation is open, but stage 1 is not asked. */
	first = dev_consumer("first", 0);
	fd = dev_open(O_RDWR);
	dev_join(fd, "second", 1);
	helper_start(helper, ID, 60000, 0);
	s = sqe(5);
	io_uring_prep_write(s, fd, &ack, sizeof(ack), 0);
	io_uring_sqe_set_data64(s, 5);
	io_uring_submit(&ring);
	is(completion(5), -EAGAIN, "an ack before its stage is refused at once");
	dev_ack(first, ID, 0);
	s = sqe(6);
	io_uring_prep_write(s, fd, &ack, sizeof(ack), 0);
	io_uring_sqe_set_data64(s, 6);
	io_uring_submit(&ring);
	is(completion(6), sizeof(ack), "and taken when it is asked");
	helper_end(helper, ID, 0);
	close(first);
	close(fd);
	io_uring_queue_exit(&ring);
	vmop_genl_close(helper);
	write_file(PARAM "stun_sample_us", "1000");
	return done();
}
