// SPDX-License-Identifier: GPL-2.0
/*
 * "vmopnotifyctl run" with real commands and a device that is a pipe: what it
 * writes there are the records, and what it is told are the acks.
 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <time.h>

#include "command.h"
#include "device.h"

#define ROUNDS	40

static char *dir;
static int pipe_fds[2];
static uint64_t seq;
static unsigned int acks, leaves;
static void (*on_ack)(uint64_t id);

static unsigned int count_fds(void)
{
	unsigned int n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static struct vmopnotify_event record(uint32_t type, uint64_t id)
{
	return (struct vmopnotify_event) {
		.seq = seq++,
		.type = type,
		.operation_id = id,
		.deadline_ns = now_ns() + 60000000000,
		.state = type == VMOPNOTIFY_EVENT_END ?
			 VMOPNOTIFY_STATE_IDLE : VMOPNOTIFY_STATE_QUIESCING,
		.status = type == VMOPNOTIFY_EVENT_END ?
			  VMOPNOTIFY_END_SUCCESS : VMOPNOTIFY_END_NONE,
		.operation_type = "host-migration",
	};
}

static void put(uint32_t type, uint64_t id)
{
	struct vmopnotify_event ev = record(type, id);

	assert_int_equal(write(pipe_fds[1], &ev, sizeof(ev)), sizeof(ev));
}

/* The library, whose device is the pipe. */

struct vmopnotify {
	int fd;
};

int vmopnotify_open(struct vmopnotify **np, unsigned int flags)
{
	assert_int_equal(flags, VMOPNOTIFY_OPEN_CONSUMER);
	*np = malloc(sizeof(**np));
	assert_non_null(*np);
	(*np)->fd = dup(pipe_fds[0]);
	return 0;
}

void vmopnotify_close(struct vmopnotify *n)
{
	close(n->fd);
	free(n);
}

int vmopnotify_fd(const struct vmopnotify *n)
{
	return n->fd;
}

int vmopnotify_next_events(struct vmopnotify *n,
			   struct vmopnotify_event *events, unsigned int max)
{
	ssize_t size = read(n->fd, events, max * sizeof(*events));

	return size < 0 ? -errno : (int)((size_t)size / sizeof(*events));
}

int vmopnotify_get_status(const struct vmopnotify *n,
			  struct vmopnotify_status *st)
{
	(void)n;
	*st = (struct vmopnotify_status) { .state = VMOPNOTIFY_STATE_IDLE };
	return 0;
}

int vmopnotify_get_operation(const struct vmopnotify *n,
			     struct vmopnotify_operation *op)
{
	(void)n;
	(void)op;
	return -ENODATA;
}

int vmopnotify_synchronize(struct vmopnotify *n, struct vmopnotify_status *st,
			   struct vmopnotify_operation *op)
{
	memset(op, 0, sizeof(*op));
	return vmopnotify_get_status(n, st);
}

int vmopnotify_join_as(struct vmopnotify *n, const char *name, uint32_t stage,
		       uint32_t expected_ms)
{
	(void)n;
	(void)stage;
	(void)expected_ms;
	assert_string_equal(name, "app");
	return 0;
}

int vmopnotify_leave(struct vmopnotify *n)
{
	(void)n;
	leaves++;
	return 0;
}

int vmopnotify_ack_operation(struct vmopnotify *n, uint64_t operation_id,
			     int result)
{
	(void)n;
	assert_int_equal(result, 0);
	acks++;
	on_ack(operation_id);
	return 0;
}

static int setup(void **state)
{
	(void)state;
	dir = make_dir();
	assert_int_equal(pipe2(pipe_fds, O_NONBLOCK | O_CLOEXEC), 0);
	seq = acks = leaves = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	remove_dir(dir);
	return 0;
}

static int run(const char *quiesce, const char *unquiesce)
{
	char q[512], u[512];
	char *argv[] = {
		"run", "--name", "app", "--quiesce", q, "--unquiesce", u, NULL
	};
	sigset_t before;
	int ret;

	snprintf(q, sizeof(q), "cd '%s'; %s", dir, quiesce);
	snprintf(u, sizeof(u), "cd '%s'; %s", dir, unquiesce);
	sigprocmask(SIG_BLOCK, NULL, &before);
	optind = 0;
	ret = command_run.run(7, argv);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return ret;
}

static size_t size_of(const char *name)
{
	char text[4096];
	FILE *f = fopen(in_dir(dir, name), "r");
	size_t n;

	if (!f)
		return 0;
	n = fread(text, 1, sizeof(text), f);
	fclose(f);
	return n;
}

/* The next one begins while the one before is being undone, or after it. */
static void next_round(uint64_t id)
{
	static unsigned int fds;

	if (id == 2)
		fds = count_fds();
	else if (id > 2)
		assert_int_equal(count_fds(), fds);
	if (id == ROUNDS) {
		kill(getpid(), SIGTERM);
		return;
	}
	put(VMOPNOTIFY_EVENT_END, id);
	put(VMOPNOTIFY_EVENT_PREPARE, id + 1);
}

static void test_leaks_no_files(void **state)
{
	unsigned int before = count_fds();

	(void)state;
	on_ack = next_round;
	put(VMOPNOTIFY_EVENT_PREPARE, 1);
	assert_int_equal(run("echo >>q", "echo >>u"), COMMAND_OK);
	assert_int_equal(acks, ROUNDS);
	assert_int_equal(size_of("q"), ROUNDS);
	assert_int_equal(size_of("u"), ROUNDS);
	assert_int_equal(count_fds(), before);
}

/* That is inherited, and would lose the end of every command. */
static void test_ignored_sigchld(void **state)
{
	(void)state;
	on_ack = next_round;
	signal(SIGCHLD, SIG_IGN);
	put(VMOPNOTIFY_EVENT_PREPARE, ROUNDS - 1);
	assert_int_equal(run("echo >>q", "echo >>u"), COMMAND_OK);
	signal(SIGCHLD, SIG_DFL);
	assert_int_equal(acks, 2);
	assert_int_equal(size_of("u"), 2);
}

static void hang_up_then_stop(uint64_t id)
{
	static const int ignored[] = { SIGHUP, SIGINT };

	for (size_t i = 0; i < ARRAY_SIZE(ignored); i++)
		kill(getpid(), ignored[i]);
	next_round(id);
}

/* As nohup has it, and a script's "&": they stay so. */
static void test_ignored_hangup(void **state)
{
	(void)state;
	on_ack = hang_up_then_stop;
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	put(VMOPNOTIFY_EVENT_PREPARE, ROUNDS - 2);
	assert_int_equal(run("echo >>q", "echo >>u"), COMMAND_OK);
	signal(SIGHUP, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	assert_int_equal(acks, 3);
	assert_int_equal(leaves, 1);
}

static void stop(uint64_t id)
{
	(void)id;
	kill(getpid(), SIGTERM);
}

/* One read may bring more than a runner can keep to be done. */
static void test_many_records_at_once(void **state)
{
	struct vmopnotify_event events[DEVICE_RECORDS];

	(void)state;
	on_ack = stop;
	for (unsigned int i = 0; i < ARRAY_SIZE(events); i++)
		events[i] = record(VMOPNOTIFY_EVENT_PREPARE, i + 1);
	assert_int_equal(write(pipe_fds[1], events, sizeof(events)),
			 sizeof(events));
	assert_int_equal(run("echo >>q", "echo >>u"), COMMAND_OK);
	/* The first, whose end was not seen, and the last. */
	assert_int_equal(acks, 1);
	assert_int_equal(size_of("u"), 2);
}

static void leave_and_prepare(uint64_t id)
{
	put(VMOPNOTIFY_EVENT_END, id);
	put(VMOPNOTIFY_EVENT_PREPARE, id + 1);
	kill(getpid(), SIGTERM);
}

/* A runner that stops does not hold up what is announced meanwhile. */
static void test_leaves_early(void **state)
{
	(void)state;
	on_ack = leave_and_prepare;
	put(VMOPNOTIFY_EVENT_PREPARE, 1);
	assert_int_equal(run("echo >>q", "sleep 0.3; echo >>u"), COMMAND_OK);
	assert_int_equal(acks, 1);
	assert_int_equal(leaves, 1);
	assert_int_equal(size_of("q"), 1);
	assert_int_equal(size_of("u"), 1);
}

/* Those of the script that people come from; to poll means nothing here. */
static void test_short_options(void **state)
{
	char q[512], u[512];
	char *argv[] = {
		"run", "-n", "app", "-i", "5", "-q", q, "-u", u, NULL
	};
	sigset_t before;

	(void)state;
	on_ack = stop;
	snprintf(q, sizeof(q), "cd '%s'; echo >>q", dir);
	snprintf(u, sizeof(u), "cd '%s'; echo >>u", dir);
	put(VMOPNOTIFY_EVENT_PREPARE, 1);
	sigprocmask(SIG_BLOCK, NULL, &before);
	optind = 0;
	assert_int_equal(command_run.run(9, argv), COMMAND_OK);
	sigprocmask(SIG_SETMASK, &before, NULL);
	assert_int_equal(size_of("q"), 1);
	assert_int_equal(size_of("u"), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_leaks_no_files),
		TEST(test_ignored_sigchld),
		TEST(test_ignored_hangup),
		TEST(test_many_records_at_once),
		TEST(test_leaves_early),
		TEST(test_short_options),
	};

	return cmocka_run_group_tests_name("run", tests, NULL, NULL);
}
