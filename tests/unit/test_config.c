// SPDX-License-Identifier: GPL-2.0
/* The configuration file: each key, and what is said of each mistake. */
#include "unit_dir.h"

#include <errno.h>
#include <syslog.h>

#include "config.h"

static int load(const char *text, size_t len, struct config *cfg, char *err,
		size_t errlen)
{
	const char *path = in_dir(dir, "conf");

	write_bytes(path, text, len);
	err[0] = '\0';
	return config_load(cfg, path, err, errlen);
}

static void test_defaults(void **state)
{
	struct config cfg;
	char err[256];

	(void)state;
	assert_int_equal(load("", 0, &cfg, err, sizeof(err)), 0);
	assert_string_equal(cfg.app_name, "vmopnotify");
	assert_int_equal(cfg.transport, TRANSPORT_AUTO);
	assert_string_equal(cfg.libvmtools_path, "libvmtools.so.0");
	assert_string_equal(cfg.vmtoolsd_path, "/usr/bin/vmtoolsd");
	assert_int_equal(cfg.poll_interval_ms, 100);
	assert_int_equal(cfg.rpc_timeout_ms, 5000);
	assert_string_equal(cfg.token_file, "/var/lib/vmopnotify/token");
	assert_int_equal(cfg.log_level, LOG_INFO);
}

/* The file that is installed holds, and says, the defaults. */
static void test_shipped(void **state)
{
	const char *path = "../../userspace/vmopnotifyd/vmopnotifyd.conf";
	struct config defaults, cfg;
	char err[256], line[256], text[4096] = "";
	FILE *f;

	(void)state;
	config_defaults(&defaults);
	assert_int_equal(config_load(&cfg, path, err, sizeof(err)), 0);
	f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		strcat(text, line[0] == '#' && line[1] != ' ' ? line + 1 :
								line);
	fclose(f);
	assert_non_null(strstr(text, "\npoll_interval_ms = 100\n"));
	assert_int_equal(load(text, strlen(text), &cfg, err, sizeof(err)), 0);
	assert_string_equal(cfg.app_name, defaults.app_name);
	assert_int_equal(cfg.transport, defaults.transport);
	assert_string_equal(cfg.libvmtools_path, defaults.libvmtools_path);
	assert_string_equal(cfg.vmtoolsd_path, defaults.vmtoolsd_path);
	assert_int_equal(cfg.poll_interval_ms, defaults.poll_interval_ms);
	assert_int_equal(cfg.rpc_timeout_ms, defaults.rpc_timeout_ms);
	assert_string_equal(cfg.token_file, defaults.token_file);
	assert_int_equal(cfg.log_level, defaults.log_level);
}

static void test_all_keys(void **state)
{
	static const char text[] =
		"; a comment\n"
		"# another\n"
		"[host]\n"
		"app_name = my \"app\"\n"
		"transport=libvmtools\n"
		"libvmtools_path = /opt/lib/libvmtools.so\n"
		"vmtoolsd_path: /opt/bin/vmtoolsd\n"
		"poll_interval_ms = 10 ; fast\n"
		"rpc_timeout_ms = 60000\r\n"
		"[token]\n"
		"file = /run/token\n"
		"[log]\n"
		"level = debug";
	struct config cfg;
	char err[256];

	(void)state;
	assert_int_equal(load(text, strlen(text), &cfg, err, sizeof(err)), 0);
	assert_string_equal(cfg.app_name, "my \"app\"");
	assert_int_equal(cfg.transport, TRANSPORT_LIBVMTOOLS);
	assert_string_equal(cfg.libvmtools_path, "/opt/lib/libvmtools.so");
	assert_string_equal(cfg.vmtoolsd_path, "/opt/bin/vmtoolsd");
	assert_int_equal(cfg.poll_interval_ms, 10);
	assert_int_equal(cfg.rpc_timeout_ms, 60000);
	assert_string_equal(cfg.token_file, "/run/token");
	assert_int_equal(cfg.log_level, LOG_DEBUG);
}

#define A63	"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg"

/* What a file says, the line of the mistake, and what the message names. */
static const struct {
	const char *text;
	int line;
	const char *names;
} mistakes[] = {
	{ "[host]\nbogus = 1\n", 2, "unknown key \"bogus\" in [host]" },
	{ "[log]\nfile = /x\n", 2, "unknown key \"file\" in [log]" },
	{ "\n[bogus]\n", 2, "unknown section [bogus]" },
	{ "[bogus]\nlevel = info\n", 1, "unknown section [bogus]" },
	{ "# x\n\nlevel = info\n", 3, "\"level\" stands in no section" },
	{ "[host]\napp_name =\n", 2, "\"app_name\" in [host]: empty" },
	{ "[host]\napp_name = " A63 "x\n", 2, "longer than 63" },
	{ "[host]\napp_name = a\tb\n", 2, "printable ASCII" },
	{ "[host]\napp_name = \xc3\xa4\n", 2, "printable ASCII" },
	{ "[host]\napp_name = a\napp_name = b\n", 3, "given twice" },
	{ "[host]\napp_name = a\n\n  b\n", 4, "begins with white space" },
	{ "[host]\ntransport = tcp\n", 2, "\"transport\"" },
	{ "[host]\ntransport = tcp\n", 2, "libvmtools" },
	{ "[host]\nlibvmtools_path = lib/x.so\n", 2, "not an absolute path" },
	{ "[host]\nlibvmtools_path =\n", 2, "empty" },
	{ "[host]\nvmtoolsd_path = vmtoolsd\n", 2, "\"vmtoolsd_path\"" },
	{ "[host]\nvmtoolsd_path =\n", 2, "not an absolute path" },
	{ "[host]\npoll_interval_ms = 9\n", 2, "from 10 to 60000: \"9\"" },
	{ "[host]\npoll_interval_ms = 60001\n", 2, "\"poll_interval_ms\"" },
	{ "[host]\npoll_interval_ms = -1\n", 2, "\"poll_interval_ms\"" },
	{ "[host]\npoll_interval_ms = 1e2\n", 2, "\"poll_interval_ms\"" },
	{ "[host]\npoll_interval_ms = 100ms\n", 2, "\"poll_interval_ms\"" },
	{ "[host]\npoll_interval_ms = 0x20\n", 2, "\"poll_interval_ms\"" },
	{ "[host]\npoll_interval_ms =\n", 2, "\"poll_interval_ms\"" },
	{ "[host]\npoll_interval_ms = 18446744073709551716\n", 2,
	  "\"poll_interval_ms\"" },
	{ "[host]\nrpc_timeout_ms = 99\n", 2, "\"rpc_timeout_ms\"" },
	{ "[host]\nrpc_timeout_ms = 60001\n", 2, "\"rpc_timeout_ms\"" },
	{ "[token]\nfile = token\n", 2, "\"file\" in [token]" },
	{ "[token]\nfile = /var/lib/\n", 2, "names a directory" },
	{ "[log]\nlevel = loud\n", 2, "\"level\" in [log]" },
	{ "[log]\nlevel = INFO\n", 2, "\"INFO\"" },
	{ "[host]\nnonsense\n", 2, "neither" },
	{ "[host]\n\n[token\nfile = /x\n", 3, "neither" },
	/* The first mistake is the one told. */
	{ "[host]\nbogus = 1\nnonsense\n", 2, "bogus" },
	{ "[host]\nnonsense\nbogus = 1\n", 2, "neither" },
};

static void test_mistakes(void **state)
{
	struct config cfg;
	char err[512], where[300];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(mistakes); i++) {
		int ret = load(mistakes[i].text, strlen(mistakes[i].text),
			       &cfg, err, sizeof(err));

		snprintf(where, sizeof(where), "%s:%d: ",
			 in_dir(dir, "conf"), mistakes[i].line);
		if (ret != -EINVAL || strncmp(err, where, strlen(where)) ||
		    !strstr(err, mistakes[i].names))
			fail_msg("row %zu: %d \"%s\", not \"%s...%s\"", i, ret,
				 err, where, mistakes[i].names);
	}
}

static void test_long_lines(void **state)
{
	char text[1024], err[512];
	struct config cfg;

	(void)state;
	/* The longest that is taken whole, and one more. */
	for (size_t len = 150; len < 600; len++) {
		int ret;

		memset(text, 'x', sizeof(text));
		memcpy(text, "[token]\nfile = /", 16);
		text[8 + len] = '\0';
		ret = load(text, strlen(text), &cfg, err, sizeof(err));
		if (len < 190)
			assert_int_equal(ret, 0);
		if (!ret) {
			assert_int_equal(strlen(cfg.token_file), len - 7);
			continue;
		}
		assert_int_equal(ret, -EINVAL);
		assert_non_null(strstr(err, "conf:2: longer than"));
	}
	/* A comment may not hide a setting in its tail either. */
	memset(text, '#', 198);
	strcpy(text + 198, "[log]\nlevel = bogus\n");
	assert_int_equal(load(text, strlen(text), &cfg, err, sizeof(err)),
			 -EINVAL);
	assert_non_null(strstr(err, "conf:1: longer than"));
}

static void test_unreadable(void **state)
{
	static const char binary[] = "[log]\nlevel = in\0fo\n";
	struct config cfg;
	char err[512];

	(void)state;
	assert_int_equal(config_load(&cfg, in_dir(dir, "none"), err,
				     sizeof(err)), -ENOENT);
	assert_non_null(strstr(err, "none"));
	assert_true(config_load(&cfg, dir, err, sizeof(err)) < 0);
	assert_non_null(strstr(err, dir));
	assert_int_equal(load(binary, sizeof(binary) - 1, &cfg, err,
			      sizeof(err)), -EINVAL);
	assert_non_null(strstr(err, "conf:2: holds binary"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_shipped),
		cmocka_unit_test(test_all_keys),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_unreadable),
	};

	return cmocka_run_group_tests_name("config", tests, setup_dir,
					   teardown_dir);
}
