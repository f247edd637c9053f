// SPDX-License-Identifier: GPL-2.0
/* Deaths, forks, timers, sysfs and unloading. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"

#define ID 0x8000000000000001ULL

static struct vmop_genl *helper;
static int watcher;

/* Consumers in processes of their own, and what else they do. */

static void be_consumer(void *unused)
{
	(void)unused;
	dev_consumer("child", 0);
}

/* With a child that holds the file too, and outlives it, in the same group. */
static void be_consumer_and_fork(void *unused)
{
	(void)unused;
	dev_consumer("child", 0);
	setpgid(0, 0);
	if (!fork())
		pause();
}

static void be_consumer_and_dup(void *unused)
{
	(void)unused;
	close(dup(dev_consumer("child", 0)));
}

static void a_consumer_killed_before_the_start(void)
{
	pid_t pid = spawn(be_consumer, NULL);

	is(dev_status(watcher).consumers, 1, "idle: a consumer");
	bury(pid);
	is(dev_status(watcher).consumers, 0, "killed: it has left");
}

static void a_consumer_killed_while_quiescing(void)
{
	struct vmopnotify_event ev;
	pid_t pid = spawn(be_consumer, NULL);

	helper_start(helper, ID, 60000, 0);
	bury(pid);
	is(dev_await(watcher, VMOPNOTIFY_EVENT_ACKED, &ev), 0,
	   "quiescing: a killed consumer is told");
	ok(ev.flags & VMOPNOTIFY_F_LEFT, "as having left");
	like(ev.text, "child", "by name");
	is(dev_status(watcher).state, VMOPNOTIFY_STATE_QUIESCED,
	   "and no longer awaited");
	helper_end(helper, ID, 0);
}

static void a_consumer_killed_while_expired(void)
{
	struct vmopnotify_event ev;
	pid_t pid = spawn(be_consumer, NULL);

	helper_start(helper, ID, 1, 0);
	is(dev_await(watcher, VMOPNOTIFY_EVENT_EXPIRED, &ev), 0, "expired");
	like(ev.text, "child", "for want of one");
	bury(pid);
	is(dev_await(watcher, VMOPNOTIFY_EVENT_QUIESCED, &ev), 0,
	   "which is killed: quiesced");
	ok(ev.flags & VMOPNOTIFY_F_LATE, "late");
	helper_end(helper, ID, 0);
}

static void a_consumer_killed_while_quiesced(void)
{
	pid_t pid = spawn(be_consumer, NULL);
	int fd = dev_consumer("acks", 0);

	helper_start(helper, ID, 60000, 0);
	dev_ack(fd, ID, 0);
	bury(pid);
	is(dev_status(watcher).state, VMOPNOTIFY_STATE_QUIESCED, "quiesced");
	close(fd);
	is(dev_status(watcher).state, VMOPNOTIFY_STATE_QUIESCED,
	   "one that has acked is killed: still quiesced");
	is(dev_status(watcher).consumers, 0, "and gone");
	helper_end(helper, ID, 0);
}

static void a_child_that_holds_the_file_keeps_nobody_alive(void)
{
	pid_t pid = spawn(be_consumer_and_fork, NULL);

	helper_start(helper, ID, 60000, 0);
	bury(pid);
	is(dev_status(watcher).state, VMOPNOTIFY_STATE_QUIESCED,
	   "a consumer dies, its child holds the file: it has left");
	is(dev_status(watcher).consumers, 0, "and is gone");
	kill(-pid, SIGKILL);
	helper_end(helper, ID, 0);
}

static void a_closed_duplicate_is_no_leave(void)
{
	pid_t pid = spawn(be_consumer_and_dup, NULL);

	is(dev_status(watcher).consumers, 1,
	   "a consumer that closes a duplicate of its file stays");
	bury(pid);
}

static void a_child_may_exit_with_the_file(void)
{
	int fd = dev_consumer("parent", 0);
	pid_t pid = fork();

	if (!pid)
		exit(0);
	waitpid(pid, NULL, 0);
	is(dev_status(watcher).consumers, 1,
	   "a consumer whose child exits stays");
	close(fd);
}

static void an_end_that_does_not_come_is_given_up(void)
{
	struct vmopnotify_event ev;
	int fd = dev_consumer("quiet", 0);

	write_file(PARAM "end_timeout_s", "1");
	helper_start(helper, ID, 1000, 0);
	dev_ack(fd, ID, 0);
	is(dev_await(fd, VMOPNOTIFY_EVENT_END, &ev), 0,
	   "no end comes: it ends all the same");
	is(ev.status, VMOPNOTIFY_END_LOST, "as lost");
	is(dev_status(fd).state, VMOPNOTIFY_STATE_IDLE, "idle again");
	write_file(PARAM "end_timeout_s", "3600");
	close(fd);
}

static void a_shorter_timeout_expires_at_once(void)
{
	struct vmopnotify_event ev;
	int fd = dev_consumer("slow", 0);

	helper_start(helper, ID, 60000, 0);
	is(helper_timeout_change(helper, 1), 0, "timeout-change");
	is(dev_await(fd, VMOPNOTIFY_EVENT_EXPIRED, &ev), 0,
	   "a deadline moved into the past expires");
	helper_end(helper, ID, 0);
	close(fd);
}

/* Nobody asks anything meanwhile: it is the timer that has to be moved. */
static void a_deadline_moved_nearer_expires_in_time(void)
{
	struct vmopnotify_event ev;
	int fd = dev_consumer("slow", 0);

	helper_start(helper, ID, 60000, 0);
	helper_timeout_change(helper, 500);
	is(dev_await(fd, VMOPNOTIFY_EVENT_EXPIRED, &ev), 0,
	   "a deadline moved nearer expires when it is due");
	helper_end(helper, ID, 0);
	close(fd);
}

static void sysfs_is(const char *name, const char *text)
{
	char path[128];
	const char *got;

	snprintf(path, sizeof(path), SYSFS "%s", name);
	got = read_file(path);
	if (!ok(!strcmp(got, text), "sysfs: %s is %s", name, text))
		printf("# got \"%s\"\n", got);
}

static void sysfs_tells(void)
{
	int fd = dev_consumer("one", 0);
	char operations[32];

	sysfs_is("abi_version", "2");
	sysfs_is("state", "idle");
	sysfs_is("operation_id", "none");
	sysfs_is("operation_type", "none");
	sysfs_is("deadline_ms", "none");
	sysfs_is("helper", "test helper");
	sysfs_is("consumers", "1");
	sysfs_is("pending", "0");
	snprintf(operations, sizeof(operations), "%d",
		 atoi(read_file(SYSFS "operations")) + 1);
	helper_start(helper, ID, 60000, 0);
	sysfs_is("state", "quiescing");
	sysfs_is("operation_id", "9223372036854775809");
	sysfs_is("operation_type", "host-migration");
	sysfs_is("pending", "1");
	sysfs_is("operations", operations);
	ok(atoi(read_file(SYSFS "deadline_ms")) > 50000 &&
	   atoi(read_file(SYSFS "deadline_ms")) <= 60000,
	   "sysfs: deadline_ms is the time left");
	dev_ack(fd, ID, 0);
	sysfs_is("state", "quiesced");
	sysfs_is("pending", "0");
	helper_end(helper, ID, 0);
	sysfs_is("last_result", "success");
	ok(atoi(read_file(SYSFS "last_quiesce_us")) > 0,
	   "sysfs: last_quiesce_us is the time from start to quiesced");
	ok(atoi(read_file(SYSFS "expired")) > 0, "sysfs: expired counts");
	close(fd);
}

static void sysfs_state_wakes_poll(void)
{
	struct pollfd pfd = { .fd = open(SYSFS "state", O_RDONLY),
			      .events = POLLPRI };
	char state[16];

	ok(pread(pfd.fd, state, sizeof(state), 0) > 0, "sysfs: state is read");
	is(poll(&pfd, 1, 0), 0, "and has not changed");
	helper_start(helper, ID, 60000, 0);
	is(poll(&pfd, 1, PATIENCE_MS), 1, "a change wakes poll");
	ok(pfd.revents & POLLPRI, "with POLLPRI");
	helper_end(helper, ID, 0);
	close(pfd.fd);
}

static int unload(void)
{
	return syscall(SYS_delete_module, "vmopnotify", O_NONBLOCK) ?
	       -errno : 0;
}

static void unloading_is_refused_while_in_use(void)
{
	is(unload(), -EAGAIN, "rmmod with a file open and a helper: refused");
	close(watcher);
	is(unload(), -EAGAIN, "rmmod with a helper: refused");
	vmop_genl_close(helper);
	is(unload(), 0, "rmmod with neither: done");
	is(dev_open(O_RDONLY), -ENOENT, "and the device is gone");
	is(access(SYSFS, F_OK), -1, "and sysfs");
	is(system(". /lab/lib.sh; load /lab/modules.d/vmopnotify.ko"), 0,
	   "and it loads again");
	is(unload(), 0, "and unloads");
	is(system(". /lab/lib.sh; load /lab/modules.d/vmopnotify.ko "
		  "ring_size=5 2>/dev/null") != 0, true,
	   "a parameter out of bounds is refused at load");
	is(system(". /lab/lib.sh; load /lab/modules.d/vmopnotify.ko"), 0,
	   "and without it, it loads");
}

static void unloading_with_a_drill_open(void)
{
	struct vmop_genl *g = helper_open();

	is(helper_start(g, 1, 1, VMOPNOTIFY_F_DRILL), 0, "a drill");
	vmop_genl_close(g);
	is(unload(), 0, "rmmod with a drill open: done, with its timer");
	is(system(". /lab/lib.sh; load /lab/modules.d/vmopnotify.ko"), 0,
	   "and it loads again");
}

/* With a ring too small for it: nobody is told of records not meant for him. */
static void many_acks_overrun_no_consumer(void)
{
	enum { MANY = 40 };
	struct vmopnotify_event ev;
	int fds[MANY];

	unload();
	is(system(". /lab/lib.sh; load /lab/modules.d/vmopnotify.ko "
		  "ring_size=16"), 0, "a small ring");
	helper = helper_attached();
	for (int i = 0; i < MANY; i++)
		fds[i] = dev_consumer("one of many", 0);
	watcher = dev_open(O_RDONLY | O_NONBLOCK);
	helper_start(helper, ID, 60000, 0);
	is(dev_await(fds[0], VMOPNOTIFY_EVENT_PREPARE, &ev), 0, "prepare");
	for (int i = 0; i < MANY; i++)
		dev_ack(fds[i], ID, 0);
	is(dev_next(watcher, &ev), -EPIPE, "many acks overrun a watcher");
	is(dev_next(fds[0], &ev), 0, "but not a consumer");
	is(ev.type, VMOPNOTIFY_EVENT_QUIESCED, "who reads on");
	is(dev_next(fds[1], &ev), 0, "nor one that has read nothing so far");
	is(ev.type, VMOPNOTIFY_EVENT_START, "who begins at the start");
	helper_end(helper, ID, 0);
	for (int i = 0; i < MANY; i++)
		close(fds[i]);
	close(watcher);
	vmop_genl_close(helper);
	unload();
	is(system(". /lab/lib.sh; load /lab/modules.d/vmopnotify.ko"), 0,
	   "and back");
}

int main(void)
{
	helper = helper_attached();
	watcher = dev_open(O_RDONLY | O_NONBLOCK);

	a_consumer_killed_before_the_start();
	a_consumer_killed_while_quiescing();
	a_consumer_killed_while_expired();
	a_consumer_killed_while_quiesced();
	a_child_that_holds_the_file_keeps_nobody_alive();
	a_closed_duplicate_is_no_leave();
	a_child_may_exit_with_the_file();
	an_end_that_does_not_come_is_given_up();
	a_shorter_timeout_expires_at_once();
	a_deadline_moved_nearer_expires_in_time();
	sysfs_tells();
	sysfs_state_wakes_poll();
	unloading_is_refused_while_in_use();
	unloading_with_a_drill_open();
	many_acks_overrun_no_consumer();
	return done();
}
