// SPDX-License-Identifier: GPL-2.0
/*
 * The daemon started by somebody who ignores SIGCHLD, which is inherited: how
 * its commands end is seen all the same.
 */
#include "unit.h"

int daemon_main(int argc, char **argv);
#define main daemon_main
#include "main.c"
#undef main

#include <sys/stat.h>

#include "rpc.h"

static char *dir;
static struct rpc_result got;
static bool told;

static void done(struct rpc_result *result, void *arg)
{
	(void)arg;
	got = *result;
	told = true;
}

/* In place of the bridge: one RPC. */
int bridge_run(struct config *cfg, const char *file)
{
	struct config own = *cfg;
	struct rpc *rpc;
	sd_event *loop;

	(void)file;
	snprintf(own.vmtoolsd_path, sizeof(own.vmtoolsd_path), "%s",
		 in_dir(dir, "vmtoolsd"));
	assert_true(sd_event_new(&loop) >= 0);
	assert_int_equal(rpc_vmtoolsd.open(&rpc, &own, loop), 0);
	rpc_vmtoolsd.send(rpc, "x", done, NULL);
	while (!told)
		assert_true(sd_event_run(loop, UINT64_MAX) >= 0);
	rpc_vmtoolsd.close(rpc);
	sd_event_unref(loop);
	return EXIT_SUCCESS;
}

static void test_ignored_sigchld(void **state)
{
	char conf[256], *argv[] = { "vmopnotifyd", "-c", conf, NULL };
	int ret;

	(void)state;
	if (!may_drive_kernel())
		skip();
	dir = make_dir();
	write_text(in_dir(dir, "vmtoolsd"), "#!/bin/sh\nexit 7\n");
	assert_int_equal(chmod(in_dir(dir, "vmtoolsd"), 0755), 0);
	write_text(in_dir(dir, "conf"), "");
	snprintf(conf, sizeof(conf), "%s", in_dir(dir, "conf"));
	signal(SIGCHLD, SIG_IGN);
	ret = daemon_main(3, argv);
	signal(SIGCHLD, SIG_DFL);
	assert_int_equal(ret, EXIT_SUCCESS);
	assert_true(told);
	assert_int_equal(got.status, RPC_FAILED);
	assert_int_equal(got.code, 7);
	remove_dir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ignored_sigchld),
	};

	return cmocka_run_group_tests_name("signals", tests, NULL, NULL);
}
