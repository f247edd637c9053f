// SPDX-License-Identifier: GPL-2.0
/* The configuration is read again: what changes, what does not, who is told. */
#include "unit.h"

#include <inttypes.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>

#include "log.h"
#include "reload.h"

static char *dir;
static struct config cfg;
static int manager;

static int setup(void **state)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	(void)state;
	dir = make_dir();
	config_defaults(&cfg);
	snprintf(at.sun_path, sizeof(at.sun_path), "%s",
		 in_dir(dir, "notify"));
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(manager, (struct sockaddr *)&at, sizeof(at)), 0);
	setenv("NOTIFY_SOCKET", at.sun_path, 1);
	log_set_level(LOG_ERR);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unsetenv("NOTIFY_SOCKET");
	close(manager);
	remove_dir(dir);
	return 0;
}

static const char *notice(void)
{
	static char text[256];
	ssize_t n = recv(manager, text, sizeof(text) - 1, MSG_DONTWAIT);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void reload_with(const char *text, bool notify)
{
	write_text(in_dir(dir, "conf"), text);
	reload(&cfg, in_dir(dir, "conf"), notify);
}

static void test_what_changes(void **state)
{
	(void)state;
	reload_with("[host]\nvmtoolsd_path = /opt/vmtoolsd\n"
		    "poll_interval_ms = 50\nrpc_timeout_ms = 700\n"
		    "[log]\nlevel = error\n", false);
	assert_string_equal(cfg.vmtoolsd_path, "/opt/vmtoolsd");
	assert_int_equal(cfg.poll_interval_ms, 50);
	assert_int_equal(cfg.rpc_timeout_ms, 700);
	assert_int_equal(cfg.log_level, LOG_ERR);
	/* What the file does not say any more is the default again. */
	reload_with("[log]\nlevel = error\n", false);
	assert_int_equal(cfg.poll_interval_ms, 100);
	assert_string_equal(notice(), "");
}

static void test_what_takes_a_restart(void **state)
{
	struct config next;
	char kept[128];

	(void)state;
	config_defaults(&next);
	config_adopt(&cfg, &next, kept, sizeof(kept));
	assert_string_equal(kept, "");
	strcpy(next.app_name, "other");
	next.transport = TRANSPORT_VMTOOLSD;
	strcpy(next.libvmtools_path, "other.so");
	strcpy(next.token_file, "/run/other");
	next.poll_interval_ms = 10;
	config_adopt(&cfg, &next, kept, sizeof(kept));
	assert_string_equal(kept, "app_name, transport, libvmtools_path, "
				  "file of [token]");
	assert_string_equal(cfg.app_name, "vmopnotify");
	assert_int_equal(cfg.transport, TRANSPORT_AUTO);
	assert_string_equal(cfg.libvmtools_path, "libvmtools.so.0");
	assert_string_equal(cfg.token_file, "/var/lib/vmopnotify/token");
	assert_int_equal(cfg.poll_interval_ms, 10);
}

static void test_mistake(void **state)
{
	(void)state;
	cfg.poll_interval_ms = 33;
	reload_with("[host]\nrpc_timeout_ms = 700\npoll_interval_ms = fast\n",
		    true);
	assert_int_equal(cfg.poll_interval_ms, 33);
	assert_int_equal(cfg.rpc_timeout_ms, 5000);
	/* It was read all the same. */
	assert_non_null(strstr(notice(), "RELOADING=1"));
	assert_string_equal(notice(), "READY=1");
	/* A file that is gone is one, if it was asked for. */
	reload(&cfg, in_dir(dir, "none"), false);
	assert_int_equal(cfg.poll_interval_ms, 33);
}

static void test_systemd_is_told(void **state)
{
	uint64_t usec;

	(void)state;
	reload_with("[log]\nlevel = error\n", true);
	assert_int_equal(sscanf(notice(), "RELOADING=1\nMONOTONIC_USEC=%"
				SCNu64, &usec), 1);
	assert_true(usec > 0);
	assert_string_equal(notice(), "READY=1");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_changes),
		TEST(test_what_takes_a_restart),
		TEST(test_mistake),
		TEST(test_systemd_is_told),
	};

	return cmocka_run_group_tests_name("reload", tests, NULL, NULL);
}
