// SPDX-License-Identifier: GPL-2.0
/* /dev/vmopnotify: reading, joining, acking, and how each is refused. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "guest.h"

#define ID 0xfedcba9876543210ULL

static struct vmop_genl *helper;

static void join_is_refused_what_is_wrong(void)
{
	struct vmopnotify_join join = { .name = "good" };
	int ro = dev_open(O_RDONLY), fd = dev_open(O_RDWR);
	char endless[VMOPNOTIFY_NAME_LEN];

	is(dev_join(ro, "x", 0), -EBADF, "JOIN without write access: EBADF");
	is(dev_join(fd, "", 0), -EINVAL, "JOIN with an empty name: EINVAL");
	is(dev_join(fd, "a\nb", 0), -EINVAL,
	   "JOIN with a control character in the name: EINVAL");
	is(dev_join(fd, "\xff\xfe", 0), -EINVAL,
	   "JOIN with a name that is not ASCII: EINVAL");
	memset(endless, 'x', sizeof(endless));
	is(dev_join(fd, endless, 0), -EINVAL,
	   "JOIN with a name without end: EINVAL");
	is(dev_join(fd, "x", VMOPNOTIFY_STAGES), -EINVAL,
	   "JOIN with a stage too high: EINVAL");
	join.flags = 1;
	ioctl(fd, VMOPNOTIFY_IOC_JOIN, &join);
	is(errno, EINVAL, "JOIN with an unknown flag: EINVAL");
	join.flags = 0;
	join.reserved[4] = 1;
	ioctl(fd, VMOPNOTIFY_IOC_JOIN, &join);
	is(errno, EINVAL, "JOIN with a reserved field not zero: EINVAL");
	ioctl(fd, VMOPNOTIFY_IOC_JOIN, NULL);
	is(errno, EFAULT, "JOIN from nowhere: EFAULT");
	ioctl(fd, _IO(VMOPNOTIFY_IOC_MAGIC, 0x3f), NULL);
	is(errno, ENOTTY, "an unknown ioctl: ENOTTY");
	is(dev_status(fd).consumers, 0, "none of these has joined");

	is(dev_leave(fd), -ENOTCONN, "LEAVE before JOIN: ENOTCONN");
	is(dev_join(fd, "x", 0), 0, "JOIN");
	is(dev_join(fd, "x", 0), -EISCONN, "JOIN twice: EISCONN");
	is(dev_status(fd).consumers, 1, "counts once");
	ok(dev_status(fd).flags & VMOPNOTIFY_F_CONSUMER, "and is told so");
	is(dev_leave(fd), 0, "LEAVE");
	is(dev_join(fd, "again", 7), 0, "JOIN after LEAVE");

	is(write_file(PARAM "max_consumers", "1"), 0, "max_consumers is set");
	close(ro);
	ro = dev_open(O_RDWR);
	is(dev_join(ro, "y", 0), -EUSERS, "JOIN past max_consumers: EUSERS");
	is(write_file(PARAM "max_consumers", "0"), -ERANGE,
	   "max_consumers out of bounds is refused");
	is(write_file(PARAM "max_consumers", "1024"), 0, "and set back");
	close(ro);
	close(fd);
}

static void ack_is_refused_what_is_wrong(void)
{
	int fd = dev_open(O_RDWR), ro = dev_open(O_RDONLY), late;
	struct vmopnotify_ack ack = { .operation_id = ID };
	int later;

	is(dev_ack(ro, ID, 0), -EBADF, "ACK without write access: EBADF");
	ok(write(ro, &ack, sizeof(ack)) < 0 && errno == EBADF,
	   "write without write access: EBADF");
	is(dev_ack(fd, ID, 0), -ENOTCONN, "ACK before JOIN: ENOTCONN");
	dev_join(fd, "a", 0);
	is(dev_ack(fd, ID, 0), -ESTALE, "ACK with no operation open: ESTALE");
	later = dev_consumer("b", 3);

	helper_start(helper, ID, 60000, 0);
	late = dev_consumer("late", 0);
	is(dev_ack(late, ID, 0), -ENOTCONN,
	   "ACK of one who joined after the start: ENOTCONN");
	is(dev_ack(fd, ID + 1, 0), -ESTALE, "ACK of another operation: ESTALE");
	is(dev_ack(later, ID, 0), -EAGAIN,
	   "ACK before the own stage is asked: EAGAIN");
	is(dev_ack(fd, ID, -1), -EINVAL, "ACK with a negative result: EINVAL");
	is(dev_ack(fd, ID, VMOPNOTIFY_MAX_RESULT + 1), -EINVAL,
	   "ACK with a result too large: EINVAL");
	ack.flags = 1;
	ok(write(fd, &ack, sizeof(ack)) < 0 && errno == EINVAL,
	   "write of an ack with an unknown flag: EINVAL");
	ack.flags = 0;
	ok(write(fd, &ack, sizeof(ack) - 1) < 0 && errno == EINVAL,
	   "write of half an ack: EINVAL");
	is(dev_status(fd).pending, 2, "none of these has acked");

	is(write(fd, &ack, sizeof(ack)), sizeof(ack), "write of an ack acks");
	is(dev_ack(fd, ID, 0), -EALREADY, "ACK twice: EALREADY");
	is(dev_ack(later, ID, ETIMEDOUT), 0, "ACK with a result");
	is(dev_status(fd).state, VMOPNOTIFY_STATE_QUIESCED, "all have acked");
	helper_end(helper, ID, 0);
	is(dev_ack(late, ID, 0), -ESTALE, "ACK after the end: ESTALE");
	close(later);
	close(late);
	close(fd);
	close(ro);
}

static void read_gives_whole_records(void)
{
	struct vmopnotify_event ev[4];
	int fd = dev_open(O_RDONLY | O_NONBLOCK);
	char *nowhere = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			     -1, 0);
	uint64_t seq = dev_status(fd).seq;

	ok(read(fd, ev, sizeof(ev)) < 0 && errno == EAGAIN,
	   "read with nothing to read: EAGAIN");
	for (int i = 0; i < 3; i++)
		helper_timeout_change(helper, 50000);
	ok(read(fd, ev, sizeof(ev[0]) - 1) < 0 && errno == EINVAL,
	   "read of less than a record: EINVAL");
	ok(read(fd, nowhere, sizeof(ev[0])) < 0 && errno == EFAULT,
	   "read to nowhere: EFAULT");
	is(read(fd, ev, sizeof(ev[0]) * 2 - 1), sizeof(ev[0]),
	   "read of nearly two records gives one");
	is(ev[0].seq, seq, "and the failed reads lost none");
	is(read(fd, ev, sizeof(ev)), 2 * sizeof(ev[0]),
	   "read gives as many as there are");
	is(ev[1].seq, seq + 2, "in order");
	is(ev[1].type, VMOPNOTIFY_EVENT_TIMEOUT_CHANGE, "of their type");
	is(ev[1].state, VMOPNOTIFY_STATE_IDLE, "with the state they led to");
	is(dev_status(fd).seq, seq + 3, "GET_STATE tells the next one");
	close(fd);
}

/* A read of two records into memory of which only the first can be written. */
static void a_record_that_cannot_be_copied_is_kept(void)
{
	size_t page = sysconf(_SC_PAGESIZE);
	char *mem = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct vmopnotify_event ev;
	int fd = dev_open(O_RDONLY | O_NONBLOCK);
	uint64_t seq = dev_status(fd).seq;

	mprotect(mem + page, page, PROT_NONE);
	helper_timeout_change(helper, 50000);
	helper_timeout_change(helper, 50000);
	is(read(fd, mem + page - sizeof(ev) - 8, 2 * sizeof(ev)), sizeof(ev),
	   "a read that faults in its second record gives the first");
	is(dev_next(fd, &ev), 0, "and the second can be read");
	is(ev.seq, seq + 1, "whole");
	munmap(mem, 2 * page);
	close(fd);
}

static void overrun_is_told_once(void)
{
	struct vmopnotify_event ev;
	int fd = dev_open(O_RDONLY | O_NONBLOCK);
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	unsigned int size = strtoul(read_file(PARAM "ring_size"), NULL, 10);
	uint64_t seq = dev_status(fd).seq;

	for (unsigned int i = 0; i < size + 5; i++)
		helper_timeout_change(helper, 50000);
	poll(&pfd, 1, 0);
	is(pfd.revents, POLLIN | POLLERR, "poll tells an overrun: POLLERR");
	is(dev_next(fd, &ev), -EPIPE, "read after an overrun: EPIPE");
	poll(&pfd, 1, 0);
	is(pfd.revents, POLLIN, "once");
	is(dev_next(fd, &ev), 0, "and goes on");
	is(ev.seq, seq + 5, "from the oldest record kept");
	is(dev_drain(fd), size - 1, "with all that are kept");
	close(fd);
}

static void overrun_does_not_lose_the_operation(void)
{
	int fd = dev_consumer("slow", 0);
	unsigned int size = strtoul(read_file(PARAM "ring_size"), NULL, 10);
	struct vmopnotify_event ev;

	helper_start(helper, ID, 60000, 0);
	for (unsigned int i = 0; i < size + 1; i++)
		helper_timeout_change(helper, 50000);
	is(dev_next(fd, &ev), -EPIPE, "a consumer overruns");
	is(dev_status(fd).operation_id, ID, "GET_STATE tells its operation");
	is(dev_status(fd).flags & (VMOPNOTIFY_F_ASKED | VMOPNOTIFY_F_ACKED),
	   VMOPNOTIFY_F_ASKED, "and that it was asked to prepare");
	is(dev_ack(fd, ID, 0), 0, "so that it can ack");
	helper_end(helper, ID, 0);
	ok(dev_status(fd).state == VMOPNOTIFY_STATE_IDLE, "and see the end");
	close(fd);
}

/* One thread in a blocking read(), one in poll(), for each type of event. */

struct waiter {
	int fd;
	struct vmopnotify_event ev;
	int ret;
};

static void *block_in_read(void *arg)
{
	struct waiter *w = arg;
	ssize_t n = read(w->fd, &w->ev, sizeof(w->ev));

	w->ret = n < 0 ? -errno : n;
	return NULL;
}

static void *block_in_poll(void *arg)
{
	struct pollfd pfd = { .fd = ((struct waiter *)arg)->fd,
			      .events = POLLIN };

	((struct waiter *)arg)->ret = poll(&pfd, 1, PATIENCE_MS);
	return NULL;
}

/* Wait until the other threads sleep in the kernel: a wake-up is needed then. */
static void until_blocked(int threads)
{
	char path[300], state;
	struct dirent *task;
	int asleep;
	FILE *f;
	DIR *d;

	do {
		asleep = 0;
		d = opendir("/proc/self/task");
		while (d && (task = readdir(d))) {
			if (atoi(task->d_name) == getpid())
				continue;
			snprintf(path, sizeof(path), "/proc/self/task/%s/stat",
				 task->d_name);
			f = fopen(path, "r");
			if (!f)
				continue;
			if (fscanf(f, "%*d %*s %c", &state) == 1)
				asleep += state == 'S';
			fclose(f);
		}
		closedir(d);
	} while (asleep < threads);
}

static void wakes(uint32_t type, const char *name, int (*cause)(void))
{
	struct waiter reader = { .fd = dev_open(O_RDONLY) };
	struct waiter poller = { .fd = dev_open(O_RDONLY) };
	pthread_t r, p;

	pthread_create(&r, NULL, block_in_read, &reader);
	pthread_create(&p, NULL, block_in_poll, &poller);
	until_blocked(2);
	cause();
	pthread_join(r, NULL);
	pthread_join(p, NULL);
	ok(reader.ret == sizeof(reader.ev) && reader.ev.type == type,
	   "%s wakes a blocking read", name);
	is(poller.ret, 1, "%s wakes poll", name);
	close(reader.fd);
	close(poller.fd);
}

/* The file then reads in another ring, and who waits is found there, too. */
static void a_join_while_a_read_waits(void)
{
	struct waiter reader = { .fd = dev_open(O_RDWR) };
	pthread_t thread;

	pthread_create(&thread, NULL, block_in_read, &reader);
	until_blocked(1);
	is(dev_join(reader.fd, "late", 0), 0, "JOIN while a read waits");
	helper_timeout_change(helper, 50000);
	pthread_join(thread, NULL);
	is(reader.ret, sizeof(reader.ev), "which the next record completes");
	is(reader.ev.type, VMOPNOTIFY_EVENT_TIMEOUT_CHANGE, "with that record");
	close(reader.fd);
}

static int member;

static int cause_attached(void) { return helper_attach(helper, "test"); }
static int cause_detached(void) { return helper_detach(helper); }
static int cause_start(void) { return helper_start(helper, ID, 60000, 0); }
static int cause_acked(void) { return dev_ack(member, ID, 0); }
static int cause_end(void) { return helper_end(helper, ID, 0); }

static int cause_timeout_change(void)
{
	return helper_timeout_change(helper, 70000);
}

static int cause_expired(void)
{
	return helper_start(helper, ID, 1, 0);
}

static void each_event_wakes(void)
{
	struct vmopnotify_event ev;
	int watcher = dev_open(O_RDONLY | O_NONBLOCK);

	wakes(VMOPNOTIFY_EVENT_DETACHED, "detached", cause_detached);
	wakes(VMOPNOTIFY_EVENT_ATTACHED, "attached", cause_attached);
	member = dev_consumer("member", 0);
	wakes(VMOPNOTIFY_EVENT_START, "start", cause_start);
	wakes(VMOPNOTIFY_EVENT_TIMEOUT_CHANGE, "timeout-change",
	      cause_timeout_change);
	wakes(VMOPNOTIFY_EVENT_ACKED, "acked", cause_acked);
	wakes(VMOPNOTIFY_EVENT_END, "end", cause_end);
	dev_drain(watcher);
	cause_expired();
	is(dev_await(watcher, VMOPNOTIFY_EVENT_EXPIRED, &ev), 0,
	   "the deadline wakes poll by itself");
	like(ev.text, "member", "and names who is missing");
	is(ev.pending, 1, "and how many");
	is(dev_ack(member, ID, 0), 0, "a late ack is taken");
	is(dev_await(watcher, VMOPNOTIFY_EVENT_QUIESCED, &ev), 0,
	   "and quiesces");
	ok(ev.flags & VMOPNOTIFY_F_LATE, "marked late");
	helper_end(helper, ID, 0);
	close(member);
	close(watcher);
}

static void stages_go_in_order(void)
{
	int a = dev_consumer("app", 0), b = dev_consumer("app2", 0);
	int net = dev_consumer("net", 2), clock = dev_consumer("clock", 7);
	struct vmopnotify_event ev;
	struct reply ready;

	helper_start(helper, ID, 60000, 0);
	dev_await(clock, VMOPNOTIFY_EVENT_PREPARE, &ev);
	is(ev.stage, 0, "the lowest stage is asked first");
	is(ev.operation_id, ID, "with the operation's id, all 64 bits of it");
	dev_ack(a, ID, 0);
	ok(!(dev_status(net).flags & VMOPNOTIFY_F_ASKED),
	   "the next stage is not asked while one of it is missing");
	dev_leave(b);
	dev_await(clock, VMOPNOTIFY_EVENT_PREPARE, &ev);
	is(ev.stage, 2, "a leave is as good as an ack: the next is asked");
	is(dev_ack(clock, ID, 0), -EAGAIN, "the last has to wait");
	close(net);
	dev_await(clock, VMOPNOTIFY_EVENT_PREPARE, &ev);
	is(ev.stage, 7, "a close is as good as an ack");
	ok(helper_is_quiet(helper), "the host is not told before the last ack");
	is(dev_ack(clock, ID, 0), 0, "the last ack");
	is(helper_ready(helper, &ready), 0, "the helper is told");
	is(ready.operation_id, ID, "which operation");
	is(helper_acked(helper, ID), 0, "it has acked to the host");
	ok(dev_status(a).flags & VMOPNOTIFY_F_HOST_ACKED, "which is shown");
	helper_end(helper, ID, 0);
	is(dev_await(a, VMOPNOTIFY_EVENT_END, &ev), 0, "the end comes");
	is(ev.status, VMOPNOTIFY_END_SUCCESS, "with its status");
	like(ev.text, "success", "and the host's word for it");
	ok(helper_is_quiet(helper), "the helper was told once");
	close(a);
	close(b);
	close(clock);
}

static void consumers_are_spared_the_others_acks(void)
{
	int a = dev_consumer("a", 0), b = dev_consumer("b", 0);
	int watcher = dev_open(O_RDONLY | O_NONBLOCK);
	struct vmopnotify_event ev;

	helper_start(helper, ID, 60000, 0);
	dev_drain(a);
	dev_drain(watcher);
	dev_ack(b, ID, 0);
	is(read(a, &ev, sizeof(ev)), -1, "a consumer does not read others' acks");
	is(dev_next(watcher, &ev), 0, "a watcher does");
	is(ev.type, VMOPNOTIFY_EVENT_ACKED, "as ACKED");
	like(ev.text, "b", "with the name");
	is(ev.pending, 1, "and how many are outstanding");
	dev_ack(a, ID, EIO);
	is(dev_next(watcher, &ev), 0, "and the next one");
	is(ev.result, EIO, "with its result");
	is(dev_next(a, &ev), 0, "a consumer reads on");
	is(ev.type, VMOPNOTIFY_EVENT_QUIESCED, "at what concerns it");
	helper_end(helper, ID, 0);
	close(a);
	close(b);
	close(watcher);
}

static void epoll_and_select_work(void)
{
	int fd = dev_open(O_RDONLY | O_NONBLOCK), ep = epoll_create1(0);
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };

	epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event);
	is(epoll_wait(ep, &event, 1, 0), 0, "epoll: nothing yet");
	helper_timeout_change(helper, 50000);
	is(epoll_wait(ep, &event, 1, PATIENCE_MS), 1, "epoll: a record");
	is(epoll_wait(ep, &event, 1, 0), 0, "epoll: edge-triggered, once");
	helper_timeout_change(helper, 50000);
	is(epoll_wait(ep, &event, 1, PATIENCE_MS), 1, "epoll: the next edge");
	close(ep);
	close(fd);
}

/* Two threads that read one file: each record goes to one of them. */

static int shared_fd;

static void *count_records(void *arg)
{
	struct vmopnotify_event ev[3];
	long *sum = arg;
	ssize_t n;

	while ((n = read(shared_fd, ev, sizeof(ev))) > 0)
		for (size_t i = 0; i < n / sizeof(ev[0]); i++)
			*sum += ev[i].seq;
	return NULL;
}

static void readers_of_one_file_share_the_records(void)
{
	long sums[2] = {}, expected = 0;
	pthread_t threads[2];
	uint64_t seq;

	shared_fd = dev_open(O_RDONLY | O_NONBLOCK);
	seq = dev_status(shared_fd).seq;
	for (int i = 0; i < 900; i++) {
		helper_timeout_change(helper, 50000);
		expected += seq + i;
	}
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, count_records, &sums[i]);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	is(sums[0] + sums[1], expected,
	   "two threads on one file get each record once");
	close(shared_fd);
}

static void get_operation_tells_it(void)
{
	struct vmopnotify_operation op;
	int fd = dev_consumer("x", 0);

	ioctl(fd, VMOPNOTIFY_IOC_GET_OPERATION, &op);
	is(errno, ENODATA, "GET_OPERATION with none open: ENODATA");
	helper_start(helper, ID, 60000, 0);
	is(ioctl(fd, VMOPNOTIFY_IOC_GET_OPERATION, &op), 0, "GET_OPERATION");
	is(op.operation_id, ID, "its id");
	is(op.deadline_ns - op.start_ns, 60000000000LL, "its deadline");
	like(op.operation_type, "host-migration", "its type");
	is(op.members, 1, "its members");
	is(op.state, VMOPNOTIFY_STATE_QUIESCING, "its state");
	helper_end(helper, ID, 0);
	close(fd);
}

/* One of many who each wait in an epoll of their own, exclusively. */
static int woken;

static void *wait_exclusively(void *arg)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLEXCLUSIVE };
	int epfd = epoll_create1(EPOLL_CLOEXEC);

	if (epoll_ctl(epfd, EPOLL_CTL_ADD, *(int *)arg, &ev))
		die("EPOLLEXCLUSIVE");
	if (epoll_wait(epfd, &ev, 1, PATIENCE_MS) == 1)
		__atomic_add_fetch(&woken, 1, __ATOMIC_RELAXED);
	close(epfd);
	return NULL;
}

static void who_waits_exclusively_is_woken_too(void)
{
	enum { MANY = 100 };
	pthread_t threads[MANY];
	int fds[MANY];

	for (int i = 0; i < MANY; i++) {
		fds[i] = dev_consumer("exclusive", 0);
		if (pthread_create(&threads[i], NULL, wait_exclusively,
				   &fds[i]))
			die("pthread_create");
	}
	/* That most of them sleep by now is enough. */
	usleep(200000);
	helper_start(helper, ID, 60000, 0);
	for (int i = 0; i < MANY; i++)
		pthread_join(threads[i], NULL);
	is(woken, MANY, "of many who wait exclusively all are woken");
	helper_end(helper, ID, 0);
	for (int i = 0; i < MANY; i++)
		close(fds[i]);
}

static void a_consumer_can_always_write(void)
{
	struct pollfd rw = { dev_open(O_RDWR), POLLIN | POLLOUT, 0 };
	struct pollfd ro = { dev_open(O_RDONLY), POLLIN | POLLOUT, 0 };

	is(poll(&rw, 1, 0), 1, "a file open for writing polls");
	is(rw.revents, POLLOUT, "as one that can be written to");
	is(poll(&ro, 1, 0), 0, "a watcher's does not");
	close(rw.fd);
	close(ro.fd);
}

int main(void)
{
	helper = helper_attached();
	/* On a busy host there are small stuns, whose records nobody expects. */
	write_file(PARAM "stun_sample_us", "100000");
	join_is_refused_what_is_wrong();
	ack_is_refused_what_is_wrong();
	read_gives_whole_records();
	a_record_that_cannot_be_copied_is_kept();
	overrun_is_told_once();
	overrun_does_not_lose_the_operation();
	each_event_wakes();
	a_join_while_a_read_waits();
	stages_go_in_order();
	consumers_are_spared_the_others_acks();
	epoll_and_select_work();
	readers_of_one_file_share_the_records();
	who_waits_exclusively_is_woken_too();
	a_consumer_can_always_write();
	get_operation_tells_it();
	write_file(PARAM "stun_sample_us", "1000");
	return done();
}
