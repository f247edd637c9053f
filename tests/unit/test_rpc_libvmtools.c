// SPDX-License-Identifier: GPL-2.0
/* RPCs through a library that may do anything, and the choice of a way. */
#include "unit.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "log.h"
#include "rpc.h"

static char *dir;
static struct config cfg;
static sd_event *loop;
static const struct rpc_ops *ops;
static struct rpc *rpc;
static unsigned int came_back;

/* What came of the RPC sent last. */
static struct {
	bool done;
	struct rpc_result result;
	char out[RPC_OUTPUT_MAX + 1];
	char err[1024];
	char text[512];
} got;

static void on_back(void *arg)
{
	assert_ptr_equal(arg, &got);
	came_back++;
}

static void open_as(enum config_transport transport)
{
	if (ops)
		ops->close(rpc);
	cfg.transport = transport;
	ops = rpc_transport(&cfg);
	assert_int_equal(ops->open(&rpc, &cfg, loop), 0);
	ops->on_back(rpc, on_back, &got);
}

static int setup(void **state)
{
	(void)state;
	dir = make_dir();
	config_defaults(&cfg);
	snprintf(cfg.libvmtools_path, sizeof(cfg.libvmtools_path), "%s",
		 FAKE_LIBVMTOOLS);
	snprintf(cfg.vmtoolsd_path, sizeof(cfg.vmtoolsd_path), "%s",
		 in_dir(dir, "vmtoolsd"));
	cfg.rpc_timeout_ms = 10000;
	came_back = 0;
	unsetenv("FAKE_TRIAL");
	assert_true(sd_event_new(&loop) >= 0);
	ops = NULL;
	open_as(TRANSPORT_LIBVMTOOLS);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ops->close(rpc);
	sd_event_unref(loop);
	/* No trial leaves a zombie. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	remove_dir(dir);
	return 0;
}

static void done(struct rpc_result *result, void *arg)
{
	assert_ptr_equal(arg, &got);
	assert_false(got.done);
	got.done = true;
	got.result = *result;
	memcpy(got.out, result->out, result->out_len + 1);
	snprintf(got.err, sizeof(got.err), "%s", result->err);
	rpc_describe(result, &cfg, got.text, sizeof(got.text));
}

static void send_only(const char *command)
{
	memset(&got, 0, sizeof(got));
	ops->send(rpc, command, done, &got);
	/* Always from the loop, never from within send(). */
	assert_false(got.done);
}

static void await(void)
{
	while (!got.done)
		assert_true(sd_event_run(loop, UINT64_MAX) >= 0);
}

static void call(const char *command)
{
	send_only(command);
	await();
}

/* "wait FILE TEXT", for a file of the test's. */
static const char *wait_for(const char *name, const char *text)
{
	static char command[512];

	snprintf(command, sizeof(command), "wait %s %s", in_dir(dir, name),
		 text);
	return command;
}

static void let_go(const char *name)
{
	write_text(in_dir(dir, name), "");
}

static int fake(const char *variable)
{
	void *lib = dlopen(FAKE_LIBVMTOOLS, RTLD_NOW | RTLD_NOLOAD);
	int *at;

	assert_non_null(lib);
	at = dlsym(lib, variable);
	assert_non_null(at);
	dlclose(lib);
	return __atomic_load_n(at, __ATOMIC_SEQ_CST);
}

static void script(const char *body)
{
	char text[512];

	snprintf(text, sizeof(text), "#!/bin/sh\n%s\n", body);
	write_text(cfg.vmtoolsd_path, text);
	assert_int_equal(chmod(cfg.vmtoolsd_path, 0755), 0);
}

static void test_replies(void **state)
{
	(void)state;
	call("ok {\"a\": \"b c\"}");
	assert_int_equal(got.result.status, RPC_OK);
	assert_true(got.result.in_process);
	assert_string_equal(got.out, "{\"a\": \"b c\"}");
	assert_int_equal(got.result.out_len, strlen(got.out));
	assert_int_equal(got.result.err_len, 0);
	assert_int_equal(got.result.late_ms, 0);
	call("fail Unknown command");
	assert_int_equal(got.result.status, RPC_FAILED);
	assert_string_equal(got.err, "Unknown command");
	assert_int_equal(got.result.out_len, 0);
	call("null");
	assert_int_equal(got.result.status, RPC_FAILED);
	assert_string_equal(got.err, "");
	call("ok again");
	assert_string_equal(got.out, "again");
	assert_int_equal(fake("fake_replies"), 0);
}

static void test_limit(void **state)
{
	(void)state;
	call("large 65536");
	assert_int_equal(got.result.status, RPC_OK);
	assert_int_equal(got.result.out_len, RPC_OUTPUT_MAX);
	call("large 65537");
	assert_int_equal(got.result.status, RPC_TOO_LARGE);
	assert_non_null(strstr(got.text, "65536"));
	assert_int_equal(fake("fake_replies"), 0);
}

static void test_missing(void **state)
{
	(void)state;
	snprintf(cfg.libvmtools_path, sizeof(cfg.libvmtools_path), "%s",
		 in_dir(dir, "lib.so"));
	call("ok x");
	assert_int_equal(got.result.status, RPC_NOT_FOUND);
	assert_non_null(strstr(got.text, "open-vm-tools"));
	assert_non_null(strstr(got.err, "lib.so"));
	/* It recovers once the library is there. */
	assert_int_equal(symlink(FAKE_LIBVMTOOLS, in_dir(dir, "lib.so")), 0);
	call("ok x");
	assert_int_equal(got.result.status, RPC_OK);
}

static void test_another_library(void **state)
{
	(void)state;
	strcpy(cfg.libvmtools_path, "libm.so.6");
	call("ok x");
	assert_int_equal(got.result.status, RPC_NOT_EXECUTABLE);
	assert_non_null(strstr(got.err, "RpcChannel_SendOneRaw"));
}

static void test_no_host(void **state)
{
	(void)state;
	setenv("FAKE_TRIAL", "no-host", 1);
	call("ok x");
	assert_int_equal(got.result.status, RPC_NO_HOST);
	assert_non_null(strstr(got.text, "no virtual machine"));
}

/* A library that crashes takes a child with it, and not us. */
static void test_crash(void **state)
{
	int sent;

	(void)state;
	call("ok x");
	sent = fake("fake_sent");
	open_as(TRANSPORT_LIBVMTOOLS);
	setenv("FAKE_TRIAL", "crash", 1);
	call("ok x");
	assert_int_equal(got.result.status, RPC_SIGNALED);
	assert_int_equal(got.result.code, SIGSEGV);
	assert_int_equal(fake("fake_sent"), sent);
	/* It is tried anew. */
	unsetenv("FAKE_TRIAL");
	call("ok x");
	assert_int_equal(got.result.status, RPC_OK);
}

static void test_trial_hangs(void **state)
{
	(void)state;
	setenv("FAKE_TRIAL_ONCE", in_dir(dir, "go"), 1);
	setenv("FAKE_TRIAL", "hang", 1);
	cfg.rpc_timeout_ms = 100;
	call("ok x");
	assert_int_equal(got.result.status, RPC_TIMED_OUT);
	/* No thread hangs: the child was killed, and another may do better. */
	cfg.rpc_timeout_ms = 10000;
	let_go("go");
	call("ok x");
	assert_int_equal(got.result.status, RPC_OK);
}

/* The host tells an event once: a late one answers the next question. */
static void test_late_reply(void **state)
{
	char poll[512];

	(void)state;
	call("ok warm");
	snprintf(poll, sizeof(poll), "%s", wait_for("go", "event"));
	cfg.rpc_timeout_ms = 50;
	call(poll);
	assert_int_equal(got.result.status, RPC_TIMED_OUT);
	assert_non_null(strstr(got.text, "50 ms"));
	/* At once, and whatever it is. */
	call(poll);
	assert_int_equal(got.result.status, RPC_STUCK);
	call("ok another");
	assert_int_equal(got.result.status, RPC_STUCK);
	assert_int_equal(came_back, 0);
	let_go("go");
	cfg.rpc_timeout_ms = 10000;
	while (!came_back)
		assert_true(sd_event_run(loop, UINT64_MAX) >= 0);
	/* Others are sent meanwhile; it keeps. */
	call("ok another");
	assert_string_equal(got.out, "another");
	assert_int_equal(got.result.late_ms, 0);
	assert_int_equal(unlink(in_dir(dir, "go")), 0);
	call(poll);
	assert_int_equal(got.result.status, RPC_OK);
	assert_string_equal(got.out, "event");
	assert_true(got.result.late_ms >= 50);
	assert_int_equal(came_back, 1);
	/* Told once: the next one is sent. */
	let_go("go");
	call(poll);
	assert_int_equal(got.result.late_ms, 0);
	assert_string_equal(got.out, "event");
}

static void test_many_late_replies(void **state)
{
	char command[512], name[16];

	(void)state;
	call("ok warm");
	for (unsigned int i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "go%u", i);
		cfg.rpc_timeout_ms = 20;
		call(wait_for(name, name));
		assert_int_equal(got.result.status, RPC_TIMED_OUT);
		let_go(name);
		while (came_back == i)
			assert_true(sd_event_run(loop, UINT64_MAX) >= 0);
	}
	cfg.rpc_timeout_ms = 10000;
	/* The eight newest are kept. */
	snprintf(command, sizeof(command), "%s", wait_for("go2", "go2"));
	call(command);
	assert_true(got.result.late_ms > 0);
	call(wait_for("go1", "go1"));
	assert_int_equal(got.result.late_ms, 0);
}

static void test_cancel(void **state)
{
	(void)state;
	call("ok warm");
	send_only(wait_for("go", "x"));
	ops->cancel(rpc);
	call("ok y");
	assert_int_equal(got.result.status, RPC_STUCK);
	let_go("go");
	while (!came_back)
		assert_true(sd_event_run(loop, UINT64_MAX) >= 0);
	call("ok y");
	assert_string_equal(got.out, "y");
	/* And while it is tried out. */
	open_as(TRANSPORT_LIBVMTOOLS);
	send_only("ok z");
	ops->cancel(rpc);
	assert_true(sd_event_run(loop, 50000) >= 0);
	assert_false(got.done);
}

static unsigned int count_entries(const char *path)
{
	unsigned int n = 0;
	DIR *d = opendir(path);

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* Nobody waits for a thread that hangs. */
static void test_close_while_it_hangs(void **state)
{
	unsigned int threads = count_entries("/proc/self/task");

	(void)state;
	call("ok warm");
	assert_int_equal(count_entries("/proc/self/task"), threads + 1);
	cfg.rpc_timeout_ms = 20;
	call(wait_for("go", "x"));
	assert_int_equal(got.result.status, RPC_TIMED_OUT);
	ops->close(rpc);
	let_go("go");
	/* It ends when it comes back, and frees what was given to it. */
	while (count_entries("/proc/self/task") > threads)
		usleep(1000);
	cfg.rpc_timeout_ms = 10000;
	assert_int_equal(ops->open(&rpc, &cfg, loop), 0);
	call("ok y");
	assert_string_equal(got.out, "y");
}

static void test_leaks_no_files(void **state)
{
	unsigned int before;

	(void)state;
	call("ok warm");
	before = count_entries("/proc/self/fd");
	for (int i = 0; i < 5; i++) {
		open_as(TRANSPORT_LIBVMTOOLS);
		call("ok x");
		setenv("FAKE_TRIAL", "no-host", 1);
		open_as(TRANSPORT_LIBVMTOOLS);
		call("ok x");
		unsetenv("FAKE_TRIAL");
	}
	open_as(TRANSPORT_LIBVMTOOLS);
	call("ok x");
	assert_int_equal(count_entries("/proc/self/fd"), before);
}

/* auto */

static void test_auto_takes_the_library(void **state)
{
	(void)state;
	script("echo command");
	open_as(TRANSPORT_AUTO);
	call("ok library");
	assert_string_equal(got.out, "library");
	call("ok library");
	assert_string_equal(got.out, "library");
	/* A host that hangs is no reason to change. */
	cfg.rpc_timeout_ms = 20;
	call(wait_for("go", "x"));
	assert_int_equal(got.result.status, RPC_TIMED_OUT);
	call("ok library");
	assert_int_equal(got.result.status, RPC_STUCK);
	let_go("go");
	while (!came_back)
		assert_true(sd_event_run(loop, UINT64_MAX) >= 0);
}

static void test_auto_takes_the_command(void **state)
{
	(void)state;
	script("echo command");
	setenv("FAKE_TRIAL", "no-host", 1);
	open_as(TRANSPORT_AUTO);
	call("ok library");
	assert_int_equal(got.result.status, RPC_OK);
	assert_false(got.result.in_process);
	assert_string_equal(got.out, "command\n");
	/* For good. */
	unsetenv("FAKE_TRIAL");
	call("ok library");
	assert_string_equal(got.out, "command\n");
}

static void test_auto_after_a_crash(void **state)
{
	(void)state;
	script("echo command");
	setenv("FAKE_TRIAL", "crash", 1);
	open_as(TRANSPORT_AUTO);
	call("ok library");
	assert_string_equal(got.out, "command\n");
}

static void test_auto_with_neither(void **state)
{
	(void)state;
	setenv("FAKE_TRIAL", "no-host", 1);
	open_as(TRANSPORT_AUTO);
	call("ok library");
	assert_int_equal(got.result.status, RPC_NOT_FOUND);
	assert_non_null(strstr(got.text, "vmtoolsd"));
	/* Whichever comes first is taken. */
	unsetenv("FAKE_TRIAL");
	call("ok library");
	assert_string_equal(got.out, "library");
}

static void test_auto_waits_for_the_host(void **state)
{
	(void)state;
	script("echo command");
	setenv("FAKE_TRIAL_ONCE", in_dir(dir, "go"), 1);
	setenv("FAKE_TRIAL", "hang", 1);
	open_as(TRANSPORT_AUTO);
	cfg.rpc_timeout_ms = 100;
	call("ok library");
	assert_int_equal(got.result.status, RPC_TIMED_OUT);
	cfg.rpc_timeout_ms = 10000;
	let_go("go");
	call("ok library");
	assert_string_equal(got.out, "library");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_replies),
		TEST(test_limit),
		TEST(test_missing),
		TEST(test_another_library),
		TEST(test_no_host),
		TEST(test_crash),
		TEST(test_trial_hangs),
		TEST(test_late_reply),
		TEST(test_many_late_replies),
		TEST(test_cancel),
		TEST(test_close_while_it_hangs),
		TEST(test_leaks_no_files),
		TEST(test_auto_takes_the_library),
		TEST(test_auto_takes_the_command),
		TEST(test_auto_after_a_crash),
		TEST(test_auto_with_neither),
		TEST(test_auto_waits_for_the_host),
	};

	log_set_level(LOG_INFO);
	return cmocka_run_group_tests_name("libvmtools", tests, NULL, NULL);
}
