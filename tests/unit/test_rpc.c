// SPDX-License-Identifier: GPL-2.0
/* RPCs through a command that may do anything. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "rpc.h"

static char *dir;
static struct config cfg;
static sd_event *loop;
static struct rpc *rpc;

/* What came of the RPC sent last. */
static struct {
	bool done;
	enum rpc_status status;
	int code;
	size_t out_len;
	size_t err_len;
	char out[RPC_OUTPUT_MAX + 1];
	char err[RPC_OUTPUT_MAX + 1];
} got;

static void script(const char *body)
{
	char text[4096];

	snprintf(text, sizeof(text), "#!/bin/sh\ncd '%s'\n%s\n", dir, body);
	write_text(cfg.vmtoolsd_path, text);
	assert_int_equal(chmod(cfg.vmtoolsd_path, 0755), 0);
}

static int setup(void **state)
{
	(void)state;
	dir = make_dir();
	config_defaults(&cfg);
	snprintf(cfg.vmtoolsd_path, sizeof(cfg.vmtoolsd_path), "%s",
		 in_dir(dir, "vmtoolsd"));
	cfg.rpc_timeout_ms = 10000;
	assert_true(sd_event_new(&loop) >= 0);
	assert_int_equal(rpc_vmtoolsd.open(&rpc, &cfg, loop), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	rpc_vmtoolsd.close(rpc);
	sd_event_unref(loop);
	/* No RPC leaves a zombie. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	remove_dir(dir);
	return 0;
}

static void reopen(uint32_t timeout_ms)
{
	rpc_vmtoolsd.close(rpc);
	cfg.rpc_timeout_ms = timeout_ms;
	assert_int_equal(rpc_vmtoolsd.open(&rpc, &cfg, loop), 0);
}

static void done(struct rpc_result *result, void *arg)
{
	assert_ptr_equal(arg, &got);
	assert_false(got.done);
	got.done = true;
	got.status = result->status;
	got.code = result->code;
	got.out_len = result->out_len;
	got.err_len = result->err_len;
	memcpy(got.out, result->out, result->out_len + 1);
	memcpy(got.err, result->err, result->err_len + 1);
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Sends, waits, and returns how long it took. */
static int64_t call(const char *command)
{
	int64_t began_ms = now_ms();

	memset(&got, 0, sizeof(got));
	rpc_vmtoolsd.send(rpc, command, done, &got);
	/* Always from the loop, never from within send(). */
	assert_false(got.done);
	while (!got.done)
		assert_true(sd_event_run(loop, UINT64_MAX) >= 0);
	return now_ms() - began_ms;
}

static int read_pid(const char *name)
{
	FILE *f = fopen(in_dir(dir, name), "r");
	int pid = 0;

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%d", &pid), 1);
	fclose(f);
	return pid;
}

/* Killed processes of others may stay zombies of whoever adopts them. */
static bool is_alive(int pid)
{
	char path[64], text[512] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "r");
	if (!f)
		return false;
	if (!fgets(text, sizeof(text), f))
		text[0] = '\0';
	fclose(f);
	return strrchr(text, ')') && strrchr(text, ')')[2] != 'Z';
}

static void assert_dies(const char *name)
{
	int pid = read_pid(name);

	for (int i = 0; i < 200 && is_alive(pid); i++)
		usleep(10000);
	assert_false(is_alive(pid));
}

static void test_ok(void **state)
{
	(void)state;
	script("printf '%s|' \"$@\"; echo >&2 a warning");
	call("rpc.name {\"a\": \"b c\", 'd': $HOME `id` ;\n*}");
	assert_int_equal(got.status, RPC_OK);
	assert_string_equal(got.out,
			    "--cmd|rpc.name {\"a\": \"b c\", 'd': $HOME `id` ;\n*}|");
	assert_string_equal(got.err, "a warning\n");
	/* And again: nothing is left of the first. */
	script("echo second");
	call("x");
	assert_string_equal(got.out, "second\n");
	assert_int_equal(got.err_len, 0);
}

static void test_missing(void **state)
{
	char text[512];
	struct rpc_result r = { .status = RPC_NOT_FOUND };

	(void)state;
	call("x");
	assert_int_equal(got.status, RPC_NOT_FOUND);
	assert_int_equal(got.out_len, 0);
	assert_non_null(strstr(rpc_describe(&r, &cfg, text, sizeof(text)),
			       "open-vm-tools"));
	/* It recovers once the command is there. */
	script("echo here");
	call("x");
	assert_int_equal(got.status, RPC_OK);
}

static void test_not_executable(void **state)
{
	(void)state;
	script("echo x");
	assert_int_equal(chmod(cfg.vmtoolsd_path, 0644), 0);
	call("x");
	assert_int_equal(got.status, RPC_NOT_EXECUTABLE);
	assert_int_equal(got.code, EACCES);
	assert_int_equal(unlink(cfg.vmtoolsd_path), 0);
	assert_int_equal(mkdir(cfg.vmtoolsd_path, 0755), 0);
	call("x");
	assert_int_equal(got.status, RPC_NOT_EXECUTABLE);
}

static void test_garbage_file(void **state)
{
	(void)state;
	write_text(cfg.vmtoolsd_path, "not a program");
	assert_int_equal(chmod(cfg.vmtoolsd_path, 0755), 0);
	call("x");
	assert_int_equal(got.status, RPC_NOT_EXECUTABLE);
	assert_int_equal(got.code, ENOEXEC);
}

static void test_exit_code(void **state)
{
	(void)state;
	script("echo partial; echo '{\"result\": false}' >&2; exit 1");
	call("x");
	assert_int_equal(got.status, RPC_FAILED);
	assert_int_equal(got.code, 1);
	assert_string_equal(got.out, "partial\n");
	assert_string_equal(got.err, "{\"result\": false}\n");
}

static void test_signaled(void **state)
{
	(void)state;
	script("echo before; kill -SEGV $$");
	call("x");
	assert_int_equal(got.status, RPC_SIGNALED);
	assert_int_equal(got.code, SIGSEGV);
	assert_string_equal(got.out, "before\n");
}

/* Time is up: the command, its children and theirs die. */
static void test_hang(void **state)
{
	int64_t took_ms;

	(void)state;
	reopen(2000);
	script("trap '' TERM\n"
	       "(trap '' TERM; (echo $PPID; exec sleep 1000) & echo $! >inner;"
	       " sleep 1000) & echo $! >outer\n"
	       "echo $$ >self; echo begun; sleep 1000");
	took_ms = call("x");
	assert_int_equal(got.status, RPC_TIMED_OUT);
	assert_in_range(took_ms, 1999, 20000);
	/* What it said until then is not lost. */
	assert_non_null(strstr(got.out, "begun\n"));
	assert_dies("self");
	assert_dies("outer");
	assert_dies("inner");
}

/* A child that is left behind holds the pipes: nobody waits for it. */
static void test_left_behind(void **state)
{
	int64_t took_ms;

	(void)state;
	script("sleep 1000 & echo $! >child; echo done");
	took_ms = call("x");
	assert_int_equal(got.status, RPC_OK);
	assert_string_equal(got.out, "done\n");
	assert_in_range(took_ms, 0, 5000);
	assert_dies("child");
}

static void test_flood(void **state)
{
	int64_t took_ms;

	(void)state;
	script("echo $$ >self; yes");
	took_ms = call("x");
	assert_int_equal(got.status, RPC_TOO_LARGE);
	assert_in_range(took_ms, 0, 5000);
	assert_dies("self");
	script("yes >&2");
	call("x");
	assert_int_equal(got.status, RPC_TOO_LARGE);
	/* Also where it is done before it is found out. */
	script("head -c 66000 /dev/zero");
	call("x");
	assert_int_equal(got.status, RPC_TOO_LARGE);
}

static void test_limit(void **state)
{
	(void)state;
	script("head -c 65536 /dev/zero; head -c 65536 /dev/zero >&2");
	call("x");
	assert_int_equal(got.status, RPC_OK);
	assert_int_equal(got.out_len, RPC_OUTPUT_MAX);
	assert_int_equal(got.err_len, RPC_OUTPUT_MAX);
	script("head -c 65537 /dev/zero");
	call("x");
	assert_int_equal(got.status, RPC_TOO_LARGE);
}

static void test_closes_its_output(void **state)
{
	(void)state;
	script("echo said; exec >&- 2>&-; sleep 0.2; exit 3");
	call("x");
	assert_int_equal(got.status, RPC_FAILED);
	assert_int_equal(got.code, 3);
	assert_string_equal(got.out, "said\n");
}

/* The command gets no file of ours, close-on-exec or not. */
static void test_inherits_nothing(void **state)
{
	int fd = open("/dev/null", O_RDWR);

	(void)state;
	assert_true(fd > 2);
	setenv("NOTIFY_SOCKET", "/nowhere", 1);
	setenv("KEPT", "yes", 1);
	reopen(10000);
	/* 10 is where the shell reads the script; -e: not the glob's own. */
	script("for f in /proc/$$/fd/*; do f=${f##*/};"
	       "[ $f != 10 ] && [ -e /proc/$$/fd/$f ] && printf '%s ' $f;"
	       "done; readlink /proc/$$/fd/0; echo \"$NOTIFY_SOCKET$KEPT\";"
	       "ps -o pgid= -p $$ 2>/dev/null | grep -qw $$ || "
	       "cut -d' ' -f5 /proc/$$/stat | grep -qx $$ && echo own group");
	call("x");
	close(fd);
	unsetenv("NOTIFY_SOCKET");
	assert_string_equal(got.out,
			    "0 1 2 /dev/null\nyes\nown group\n");
}

static void test_signals_are_reset(void **state)
{
	unsigned long long blocked, ignored;
	sigset_t set;

	(void)state;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	assert_int_equal(sigprocmask(SIG_BLOCK, &set, NULL), 0);
	signal(SIGPIPE, SIG_IGN);
	script("sed -n 's/^Sig[BI][lg][kn]:\t//p' /proc/self/status");
	call("x");
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	assert_int_equal(sscanf(got.out, "%llx %llx", &blocked, &ignored), 2);
	assert_int_equal(blocked, 0);
	/* Past them are the C library's own, which nobody can reset. */
	assert_int_equal(ignored & 0x7fffffff, 0);
}

static void test_cancel(void **state)
{
	(void)state;
	memset(&got, 0, sizeof(got));
	script("echo $$ >self; sleep 1000");
	rpc_vmtoolsd.send(rpc, "x", done, &got);
	for (int i = 0; i < 500; i++) {
		struct stat st;

		if (!stat(in_dir(dir, "self"), &st) && st.st_size)
			break;
		usleep(10000);
	}
	rpc_vmtoolsd.cancel(rpc);
	assert_false(is_alive(read_pid("self")));
	assert_true(sd_event_run(loop, 100000) >= 0);
	assert_false(got.done);
	/* It goes on with the next. */
	script("echo next");
	call("x");
	assert_string_equal(got.out, "next\n");
}

/*
 * A daemon that is killed takes the command with it: or that would take an
 * event off the host's queue that nobody gets.
 */
static void test_dies_with_us(void **state)
{
	struct stat st;
	pid_t pid;

	(void)state;
	script("echo $$ >self.new; mv self.new self; exec sleep 1000");
	pid = fork();
	if (!pid) {
		/* A loop is of no use across fork(). */
		if (sd_event_new(&loop) < 0 ||
		    rpc_vmtoolsd.open(&rpc, &cfg, loop))
			_exit(1);
		rpc_vmtoolsd.send(rpc, "x", done, &got);
		while (stat(in_dir(dir, "self"), &st))
			usleep(10000);
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_dies("self");
}

static unsigned int count_fds(void)
{
	unsigned int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void test_leaks_no_files(void **state)
{
	unsigned int before;

	(void)state;
	script("echo x");
	call("x");
	before = count_fds();
	for (int i = 0; i < 20; i++)
		call("x");
	assert_int_equal(unlink(cfg.vmtoolsd_path), 0);
	for (int i = 0; i < 20; i++)
		call("x");
	assert_int_equal(count_fds(), before);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_ok),
		TEST(test_missing),
		TEST(test_not_executable),
		TEST(test_garbage_file),
		TEST(test_exit_code),
		TEST(test_signaled),
		TEST(test_hang),
		TEST(test_left_behind),
		TEST(test_flood),
		TEST(test_limit),
		TEST(test_closes_its_output),
		TEST(test_inherits_nothing),
		TEST(test_signals_are_reset),
		TEST(test_cancel),
		TEST(test_dies_with_us),
		TEST(test_leaks_no_files),
	};

	return cmocka_run_group_tests_name("rpc", tests, NULL, NULL);
}
