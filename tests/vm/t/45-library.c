// SPDX-License-Identifier: GPL-2.0
/* libvmopnotify, the shared one, on the device. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vmopnotify.h>

#include "guest.h"

#define ID 0xfedcba9876543210ULL

static struct vmop_genl *helper;

static struct vmopnotify *opened(unsigned int flags)
{
	struct vmopnotify *n;

	errno = -vmopnotify_open(&n, flags);
	if (errno)
		die("vmopnotify_open");
	return n;
}

static struct vmopnotify *joined(const char *name, uint32_t stage)
{
	struct vmopnotify *n = opened(VMOPNOTIFY_OPEN_CONSUMER);

	errno = -vmopnotify_join_as(n, name, stage, 0);
	if (errno)
		die("vmopnotify_join_as");
	return n;
}

static struct vmopnotify_status status_of(const struct vmopnotify *n)
{
	struct vmopnotify_status st;

	errno = -vmopnotify_get_status(n, &st);
	if (errno)
		die("vmopnotify_get_status");
	return st;
}

/* Wait for a record; Return: 0, -ETIMEDOUT, or as vmopnotify_next_event(). */
static int await(struct vmopnotify *n, struct vmopnotify_event *ev)
{
	struct pollfd pfd = { vmopnotify_fd(n), POLLIN, 0 };

	if (!poll(&pfd, 1, PATIENCE_MS))
		return -ETIMEDOUT;
	return vmopnotify_next_event(n, ev);
}

static bool is_readable(const struct vmopnotify *n)
{
	struct pollfd pfd = { vmopnotify_fd(n), POLLIN, 0 };

	return poll(&pfd, 1, 0);
}

static unsigned int ring_size(void)
{
	return (unsigned int)atoi(read_file(PARAM "ring_size"));
}

/* So many that a reader which reads none of them has lost @lost of them. */
static void overrun(unsigned int lost)
{
	for (unsigned int i = 0; i < ring_size() + lost; i++)
		helper_timeout_change(helper, 50000);
}

static void a_watcher_is_given_records_in_their_order(void)
{
	struct vmopnotify *n = opened(0);
	struct vmopnotify_event ev, events[8];
	uint64_t seq = status_of(n).seq;

	is(vmopnotify_next_event(n, &ev), -EAGAIN, "no record yet: EAGAIN");
	helper_start(helper, ID, 60000, 0);
	is(await(n, &ev), 0, "a watcher is given a record");
	is(ev.type, VMOPNOTIFY_EVENT_START, "the start first");
	is(ev.seq, seq, "with its number");
	is(ev.operation_id, ID, "and the operation's id, all of it");
	is(vmopnotify_next_event(n, &ev), 0, "then the next");
	is(ev.type, VMOPNOTIFY_EVENT_QUIESCED, "as nobody takes part");
	is(vmopnotify_next_event(n, &ev), -EAGAIN, "then none");
	is(ev.type, 0, "and nothing is left of the last one");
	helper_timeout_change(helper, 50000);
	helper_end(helper, ID, 0);
	is(vmopnotify_next_events(n, events, 8), 2, "several at once");
	is(events[0].type, VMOPNOTIFY_EVENT_TIMEOUT_CHANGE, "in order");
	is(events[1].type, VMOPNOTIFY_EVENT_END, "the end last");
	is(events[1].seq, seq + 3, "and none is missing");
	ok(!is_readable(n), "there is nothing to read any more");
	vmopnotify_close(n);
}

static void a_watcher_takes_no_part(void)
{
	struct vmopnotify *n = opened(0);

	is(vmopnotify_join_as(n, "x", 0, 0), -EBADF, "a watcher joins: EBADF");
	is(vmopnotify_ack_operation(n, ID, 0), -EBADF, "acks: EBADF");
	is(vmopnotify_leave(n), -ENOTCONN, "leaves: ENOTCONN");
	vmopnotify_close(n);
}

static void joining_is_refused_what_is_wrong(void)
{
	struct vmopnotify *n = opened(VMOPNOTIFY_OPEN_CONSUMER);
	struct vmopnotify *other = opened(VMOPNOTIFY_OPEN_CONSUMER);

	is(vmopnotify_join_as(n, "", 0, 0), -EINVAL, "an empty name: EINVAL");
	is(vmopnotify_join_as(n, "a\nb", 0, 0), -EINVAL,
	   "a name with a control character: EINVAL");
	is(vmopnotify_join_as(n, "12345678901234567890123456789012", 0, 0),
	   -EINVAL, "a name too long: EINVAL");
	is(vmopnotify_join_as(n, "x", VMOPNOTIFY_STAGES, 0), -EINVAL,
	   "a stage too high: EINVAL");
	is(status_of(n).consumers, 0, "none of these has joined");
	is(vmopnotify_join_as(n, "1234567890123456789012345678901",
			      VMOPNOTIFY_STAGES - 1, 250), 0,
	   "the longest name and the highest stage join");
	ok(status_of(n).flags & VMOPNOTIFY_F_CONSUMER, "and are told so");
	is(vmopnotify_join_as(n, "x", 0, 0), -EISCONN, "twice: EISCONN");
	write_file(PARAM "max_consumers", "1");
	is(vmopnotify_join_as(other, "y", 0, 0), -EUSERS,
	   "more than are allowed: EUSERS");
	write_file(PARAM "max_consumers", "1024");
	is(vmopnotify_leave(n), 0, "leave");
	is(status_of(n).consumers, 0, "leaves");
	is(vmopnotify_leave(n), -ENOTCONN, "twice: ENOTCONN");
	is(vmopnotify_join_as(n, "x", 0, 0), 0, "and may join again");
	vmopnotify_close(n);
	is(status_of(other).consumers, 0, "to close is to leave");
	vmopnotify_close(other);
}

static void acks_are_taken_in_time(void)
{
	struct vmopnotify *n = opened(VMOPNOTIFY_OPEN_CONSUMER);
	struct vmopnotify *next, *late;

	is(vmopnotify_ack_operation(n, ID, 0), -ENOTCONN,
	   "ack before joining: ENOTCONN");
	vmopnotify_join_as(n, "first", 0, 0);
	next = joined("next", 3);
	is(vmopnotify_ack_operation(n, ID, 0), -ESTALE,
	   "ack with none open: ESTALE");
	helper_start(helper, ID, 60000, 0);
	late = joined("late", 0);
	is(vmopnotify_ack_operation(late, ID, 0), -ENOTCONN,
	   "of one who came late: ENOTCONN");
	is(vmopnotify_ack_operation(n, ID + 1, 0), -ESTALE,
	   "of another operation: ESTALE");
	is(vmopnotify_ack_operation(next, ID, 0), -EAGAIN,
	   "before its stage is asked: EAGAIN");
	is(vmopnotify_ack_operation(n, ID, -1), -EINVAL,
	   "with a negative result: EINVAL");
	is(vmopnotify_ack_operation(n, ID, VMOPNOTIFY_MAX_RESULT + 1), -EINVAL,
	   "with a result too large: EINVAL");
	is(status_of(n).pending, 2, "none of these has acked");
	is(vmopnotify_ack_operation(n, ID, 0), 0, "an ack");
	is(vmopnotify_ack_operation(n, ID, 0), -EALREADY, "twice: EALREADY");
	is(vmopnotify_ack_operation(next, ID, EIO), 0, "one with a result");
	is(status_of(n).state, VMOPNOTIFY_STATE_QUIESCED, "all have acked");
	helper_end(helper, ID, 0);
	is(vmopnotify_ack_operation(n, ID, 0), -ESTALE,
	   "after the end: ESTALE");
	vmopnotify_close(late);
	vmopnotify_close(next);
	vmopnotify_close(n);
}

static void a_consumer_is_told_what_concerns_it(void)
{
	struct vmopnotify *n = joined("told", 1), *other = joined("other", 0);
	struct vmopnotify_event ev;

	helper_start(helper, ID, 60000, 0);
	is(await(n, &ev), 0, "a consumer is given a record");
	is(ev.type, VMOPNOTIFY_EVENT_START, "the start");
	is(await(n, &ev), 0, "another");
	is(ev.type, VMOPNOTIFY_EVENT_PREPARE, "who is asked");
	is(ev.stage, 0, "the first stage");
	vmopnotify_ack_operation(other, ID, 0);
	is(await(n, &ev), 0, "but not the other's ack");
	is(ev.type, VMOPNOTIFY_EVENT_PREPARE, "who is asked next");
	is(ev.stage, 1, "its own stage");
	vmopnotify_ack_operation(n, ID, 0);
	is(await(n, &ev), 0, "nor its own");
	is(ev.type, VMOPNOTIFY_EVENT_QUIESCED, "that all are quiet");
	helper_end(helper, ID, 0);
	is(await(n, &ev), 0, "and at last");
	is(ev.type, VMOPNOTIFY_EVENT_END, "the end");
	is(ev.status, VMOPNOTIFY_END_SUCCESS, "and how it went");
	vmopnotify_close(other);
	vmopnotify_close(n);
}

static void state_and_operation_are_told(void)
{
	struct vmopnotify *n = joined("asks", 2);
	struct vmopnotify_operation op;
	struct vmopnotify_status st;
	struct vmopnotify_event ev;

	memset(&op, 0xff, sizeof(op));
	is(vmopnotify_get_operation(n, &op), -ENODATA, "none open: ENODATA");
	is(vmopnotify_synchronize(n, &st, &op), 0, "with the state");
	is(st.state, VMOPNOTIFY_STATE_IDLE, "which is idle");
	is(op.start_ns + op.members, 0, "it is all zero");
	helper_start(helper, ID, 60000, 0);
	is(vmopnotify_get_operation(n, &op), 0, "one is open");
	is(op.operation_id, ID, "this one");
	like(op.operation_type, "host-migration", "of this type");
	is(status_of(n).operation_id, ID, "the state tells it, too");
	ok(is_readable(n), "which takes no record");
	is(vmopnotify_synchronize(n, &st, &op), 0, "synchronize");
	is(op.operation_id, st.operation_id, "tells one moment");
	ok(st.flags & VMOPNOTIFY_F_ASKED, "and that it is asked");
	ok(!is_readable(n), "in place of the records so far");
	is(vmopnotify_next_event(n, &ev), -EAGAIN, "of which it leaves none");
	vmopnotify_ack_operation(n, ID, 0);
	is(vmopnotify_next_event(n, &ev), 0, "but not of those after");
	is(ev.type, VMOPNOTIFY_EVENT_QUIESCED, "which come");
	helper_end(helper, ID, 0);
	vmopnotify_close(n);
}

static void a_watcher_that_falls_behind_is_told_once(void)
{
	struct vmopnotify *n = opened(0);
	struct vmopnotify_event ev;
	uint64_t seq = status_of(n).seq;

	overrun(5);
	is(await(n, &ev), -EPIPE, "a watcher that falls behind: EPIPE");
	is(ev.type, 0, "and no record");
	is(await(n, &ev), 0, "once");
	is(ev.seq, seq + 5, "then what is left: the gap is what it lost");
	vmopnotify_close(n);
}

static void a_consumer_that_falls_behind_is_given_nothing_stale(void)
{
	struct vmopnotify *n = joined("slow", 0);
	struct vmopnotify_status st;
	struct vmopnotify_event ev;

	helper_start(helper, ID, 60000, 0);
	overrun(0);
	/* This one's end and the other's start are among what is left. */
	helper_end(helper, ID, 0);
	helper_start(helper, ID + 1, 60000, 0);
	is(await(n, &ev), -EPIPE, "a consumer that falls behind: EPIPE");
	is(vmopnotify_synchronize(n, &st, NULL), 0, "synchronize");
	is(st.operation_id, ID + 1, "tells the operation");
	is(st.flags & (VMOPNOTIFY_F_ASKED | VMOPNOTIFY_F_ACKED),
	   VMOPNOTIFY_F_ASKED, "that it is asked for");
	is(vmopnotify_ack_operation(n, st.operation_id, 0), 0, "so it acks");
	is(vmopnotify_next_event(n, &ev), 0, "it is given a record");
	is(ev.type, VMOPNOTIFY_EVENT_QUIESCED, "the one after that");
	helper_end(helper, ID + 1, 0);
	is(await(n, &ev), 0, "and the next");
	is(ev.type, VMOPNOTIFY_EVENT_END, "an end");
	is(ev.operation_id, ID + 1, "of this one alone");
	vmopnotify_close(n);
}

/* One thread reads and tells another, by a pipe, what to ack. */

struct pair {
	struct vmopnotify *n;
	int pipe[2];
	unsigned int operations, ends, acks;
};

static void *read_records(void *arg)
{
	struct pair *pair = arg;
	struct vmopnotify_event ev;

	while (pair->ends < pair->operations && !await(pair->n, &ev)) {
		if (ev.type == VMOPNOTIFY_EVENT_PREPARE &&
		    write(pair->pipe[1], &ev.operation_id,
			  sizeof(ev.operation_id)) < 0)
			break;
		if (ev.type == VMOPNOTIFY_EVENT_END)
			pair->ends += ev.operation_id == pair->ends + 1;
	}
	close(pair->pipe[1]);
	return NULL;
}

static void *ack_operations(void *arg)
{
	struct pair *pair = arg;
	uint64_t id;

	while (read(pair->pipe[0], &id, sizeof(id)) == sizeof(id))
		pair->acks += !vmopnotify_ack_operation(pair->n, id, 0);
	return NULL;
}

static void one_thread_reads_another_acks(void)
{
	struct pair pair = { .n = joined("pair", 0), .operations = 100 };
	int watcher = dev_open(O_RDONLY);
	pthread_t reader, acker;

	if (pipe(pair.pipe) ||
	    pthread_create(&reader, NULL, read_records, &pair) ||
	    pthread_create(&acker, NULL, ack_operations, &pair))
		die("threads");
	for (unsigned int i = 1; i <= pair.operations; i++) {
		helper_start(helper, i, 60000, 0);
		if (!dev_has_state(watcher, VMOPNOTIFY_STATE_QUIESCED))
			break;
		helper_end(helper, i, 0);
	}
	pthread_join(reader, NULL);
	pthread_join(acker, NULL);
	is(pair.acks, pair.operations, "of two threads one acks each time");
	is(pair.ends, pair.operations, "and one is given each end, in order");
	close(pair.pipe[0]);
	close(watcher);
	vmopnotify_close(pair.n);
}

static void a_child_that_closes_takes_nothing(void)
{
	struct vmopnotify *n = joined("parent", 0);
	struct vmopnotify_event ev;
	int status = -1;

	if (!fork()) {
		vmopnotify_close(n);
		_exit(0);
	}
	wait(&status);
	is(status, 0, "a child closes what it was left");
	is(status_of(n).consumers, 1, "its parent is a consumer still");
	helper_start(helper, ID, 60000, 0);
	is(await(n, &ev), 0, "is given records");
	is(vmopnotify_ack_operation(n, ID, 0), 0, "and acks");
	helper_end(helper, ID, 0);
	vmopnotify_close(n);
}

static void join_and_leave_it_to_a_child(void *child)
{
	pid_t pid;

	joined("dies", 0);
	pid = fork();
	if (!pid) {
		pause();
		_exit(0);
	}
	*(pid_t *)child = pid;
}

static void who_dies_leaves_though_a_child_has_the_file(void)
{
	pid_t *child = mmap(NULL, sizeof(*child), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct vmopnotify *n = opened(0);
	pid_t pid;

	/* So that the child is ours to bury, too. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	pid = spawn(join_and_leave_it_to_a_child, child);
	is(status_of(n).consumers, 1, "a consumer with a child");
	bury(pid);
	is(status_of(n).consumers, 0, "dies: it has left, child or not");
	bury(*child);
	munmap(child, sizeof(*child));
	vmopnotify_close(n);
}

static void the_page_outlives_the_handle(void)
{
	struct vmopnotify *n = opened(0);
	const struct vmopnotify_page *page, *second;
	struct vmopnotify_status st = {};

	is(vmopnotify_map_page(n, &page), 0, "a page");
	is(vmopnotify_map_page(n, &second), 0, "and a second");
	ok(page != second, "each its own");
	vmopnotify_unmap_page(second);
	is(vmopnotify_page_state(page), status_of(n).state,
	   "it tells what the handle tells");
	vmopnotify_close(n);
	helper_start(helper, ID, 60000, 0);
	is(vmopnotify_page_state(page), VMOPNOTIFY_STATE_QUIESCED,
	   "and goes on when that is closed");
	is(vmopnotify_page_read(page, &st), 0, "all of it");
	is(st.operation_id, ID, "with the operation");
	helper_end(helper, ID, 0);
	ok(!vmopnotify_page_is_open(page), "to the end");
	vmopnotify_unmap_page(page);
}

static int open_as_nobody(unsigned int flags)
{
	struct vmopnotify *n;
	int status;

	if (!fork()) {
		become_nobody();
		_exit(-vmopnotify_open(&n, flags));
	}
	wait(&status);
	return -WEXITSTATUS(status);
}

static void opening_is_refused(void)
{
	struct rlimit limit, none = {};
	struct vmopnotify *n;

	is(vmopnotify_open(&n, ~0U), -EINVAL, "an unknown flag: EINVAL");
	is(open_as_nobody(0), -EACCES, "no permission to watch: EACCES");
	is(open_as_nobody(VMOPNOTIFY_OPEN_CONSUMER), -EACCES,
	   "nor to take part: EACCES");
	getrlimit(RLIMIT_NOFILE, &limit);
	none.rlim_max = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &none);
	is(vmopnotify_open(&n, 0), -EMFILE, "no more files: EMFILE");
	ok(!n, "and no handle");
	setrlimit(RLIMIT_NOFILE, &limit);
}

static void without_the_module_there_is_nothing(void)
{
	struct vmopnotify *n;

	vmop_genl_close(helper);
	is(syscall(SYS_delete_module, "vmopnotify", O_NONBLOCK), 0,
	   "all that was opened is closed: the module unloads");
	is(vmopnotify_open(&n, 0), -ENOENT, "without the module: ENOENT");
	is(system(". /lab/lib.sh; load /lab/modules.d/vmopnotify.ko"), 0,
	   "it loads again");
}

int main(void)
{
	helper = helper_attached();
	/* On a busy host there are small stuns, whose records nobody expects. */
	write_file(PARAM "stun_sample_us", "100000");
	a_watcher_is_given_records_in_their_order();
	a_watcher_takes_no_part();
	joining_is_refused_what_is_wrong();
	acks_are_taken_in_time();
	a_consumer_is_told_what_concerns_it();
	state_and_operation_are_told();
	a_watcher_that_falls_behind_is_told_once();
	a_consumer_that_falls_behind_is_given_nothing_stale();
	one_thread_reads_another_acks();
	a_child_that_closes_takes_nothing();
	who_dies_leaves_though_a_child_has_the_file();
	the_page_outlives_the_handle();
	opening_is_refused();
	without_the_module_there_is_nothing();
	return done();
}
