// SPDX-License-Identifier: GPL-2.0
/* An application's file: each key, and what is said of each mistake. */
#include "unit_dir.h"

#include <errno.h>
#include <glob.h>
#include <pwd.h>

#include "app_config.h"

/* What a name service that is down makes of it; 0: all answer. */
static int lookup_errno;

struct passwd *getpwnam(const char *name)
{
	static struct passwd pw;
	static char buf[4096];
	struct passwd *found = NULL;

	errno = lookup_errno ? lookup_errno :
			       getpwnam_r(name, &pw, buf, sizeof(buf), &found);
	return found;
}

static int load(const char *text, struct app_config *cfg, char *err,
		size_t errlen)
{
	const char *path = in_dir(dir, "shop.conf");

	write_text(path, text);
	err[0] = '\0';
	return app_config_load(cfg, path, err, errlen);
}

#define COMMANDS "[app]\nquiesce = a\nunquiesce = b\n"

/* inih keeps no more than the first 49 characters of it. */
#define LONG_NAME "A2345678901234567890123456789012345678901234567890"

static void test_defaults(void **state)
{
	struct app_config cfg;
	char err[256];

	(void)state;
	assert_int_equal(load(COMMANDS, &cfg, err, sizeof(err)), 0);
	assert_string_equal(cfg.quiesce, "a");
	assert_string_equal(cfg.unquiesce, "b");
	assert_string_equal(cfg.user.name, "");
	assert_int_equal(cfg.stage, 0);
	assert_int_equal(cfg.timeout_ns, 0);
	assert_false(cfg.hold);
	assert_int_equal(cfg.env_count, 0);
}

static void test_all_keys(void **state)
{
	static const char text[] =
		"# a comment; with a semicolon\n"
		"  ; another ; one\n"
		"[app] # a third\n"
		"quiesce = drain --now; echo \"a = b\" # no comment\n"
		"unquiesce=resume\n"
		"user = nobody\n"
		"stage = 7\n"
		"timeout_s = 2.5\n"
		"on_failure = hold\n"
		"[environment]\n"
		"PATH = /opt/bin:/bin\n"
		"_x1 =\n";
	struct app_config cfg;
	char err[256];

	(void)state;
	assert_int_equal(load(text, &cfg, err, sizeof(err)), 0);
	assert_string_equal(cfg.quiesce,
			    "drain --now; echo \"a = b\" # no comment");
	assert_string_equal(cfg.unquiesce, "resume");
	assert_string_equal(cfg.user.name, "nobody");
	assert_int_equal(cfg.user.uid, 65534);
	assert_int_not_equal(cfg.user.home[0], '\0');
	assert_int_equal(cfg.stage, 7);
	assert_int_equal(cfg.timeout_ns, 2500000000);
	assert_true(cfg.hold);
	assert_int_equal(cfg.env_count, 2);
	assert_string_equal(cfg.env[0], "PATH=/opt/bin:/bin");
	assert_string_equal(cfg.env[1], "_x1=");
}

/* What a file says, the line of the mistake, and what the message names. */
static const struct {
	const char *text;
	int line;
	const char *names;
} mistakes[] = {
	{ COMMANDS "bogus = 1\n", 4, "unknown key \"bogus\" in [app]" },
	{ "[bogus]\n" COMMANDS, 1, "unknown section [bogus]" },
	{ "\xef\xbb\xbf[bogus]\nA = x\n" COMMANDS, 1,
	  "unknown section [bogus]" },
	{ "\f[bogus]\n" COMMANDS, 1, "unknown section [bogus]" },
	{ "[]\n" COMMANDS, 1, "unknown section []" },
	{ "[app\n", 1, "neither" },
	{ COMMANDS "[app] stage = 1\n", 4, "something follows [app]" },
	{ "quiesce = a\n", 1, "stands in no section" },
	{ "[app]\nquiesce =\n", 2, "\"quiesce\" in [app]: empty" },
	{ "[app]\nunquiesce =\n", 2, "\"unquiesce\" in [app]: empty" },
	{ COMMANDS "quiesce = c\n", 4, "given twice" },
	{ "[app]\nquiesce = a\n  b\n", 3, "begins with white space" },
	{ COMMANDS "[environment]\n" LONG_NAME " = a\n b\n", 6,
	  "begins with white space" },
	{ "[app]\nquiesce = a ; b\n", 2, "begins a comment" },
	{ "[app]\nquiesce = a\t;b\n", 2, "begins a comment" },
	{ "[app]\nquiesce = a\f;b\n", 2, "begins a comment" },
	{ COMMANDS "stage = 8\n", 4, "from 0 to 7: \"8\"" },
	{ COMMANDS "stage = -1\n", 4, "\"stage\"" },
	{ COMMANDS "stage =\n", 4, "\"stage\"" },
	{ COMMANDS "timeout_s = 0\n", 4, "\"timeout_s\"" },
	{ COMMANDS "timeout_s = 3s\n", 4, "\"timeout_s\"" },
	{ COMMANDS "timeout_s = inf\n", 4, "\"timeout_s\"" },
	{ COMMANDS "on_failure = wait\n", 4, "neither ack nor hold" },
	{ COMMANDS "user = no-such-user\n", 4, "no such user" },
	{ COMMANDS "user =\n", 4, "no such user" },
	{ COMMANDS "[environment]\n1A = x\n", 5, "not a variable's name" },
	{ COMMANDS "[environment]\nA-B = x\n", 5, "not a variable's name" },
	{ COMMANDS "[environment]\nA = x\nB = y\nA = z\n", 7,
	  "\"A\" in [environment]: given twice" },
	{ COMMANDS "[environment]\nVMOPNOTIFY_NAME = x\n", 5, "are taken" },
	{ COMMANDS "nonsense\n", 4, "neither" },
};

static void test_mistakes(void **state)
{
	struct app_config cfg;
	char err[512], where[300];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(mistakes); i++) {
		int ret = load(mistakes[i].text, &cfg, err, sizeof(err));

		snprintf(where, sizeof(where), "%s:%d: ",
			 in_dir(dir, "shop.conf"), mistakes[i].line);
		if (ret != -EINVAL || strncmp(err, where, strlen(where)) ||
		    !strstr(err, mistakes[i].names))
			fail_msg("row %zu: %d \"%s\", not \"%s...%s\"", i, ret,
				 err, where, mistakes[i].names);
	}
}

/* No mistake of the file's, as the next look may show. */
static void test_no_name_service(void **state)
{
	static const int errnos[] = { ENOENT, ECONNREFUSED, EIO, EAGAIN };
	struct app_config cfg;
	char err[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(errnos); i++) {
		lookup_errno = errnos[i];
		assert_int_equal(load(COMMANDS "user = nobody\n", &cfg, err,
				      sizeof(err)), -EAGAIN);
		assert_non_null(strstr(err, "shop.conf:4: "));
		assert_non_null(strstr(err, "cannot be looked up"));
		assert_int_equal(load(COMMANDS "stage = 8\nuser = nobody\n",
				      &cfg, err, sizeof(err)), -EINVAL);
	}
	lookup_errno = 0;
	assert_int_equal(load(COMMANDS "user = nobody\n", &cfg, err,
			      sizeof(err)), 0);
}

static void test_missing(void **state)
{
	struct app_config cfg;
	char err[512];

	(void)state;
	assert_int_equal(load("", &cfg, err, sizeof(err)), -EINVAL);
	assert_non_null(strstr(err, "shop.conf: key \"quiesce\""));
	assert_int_equal(load("[app]\nquiesce = a\n", &cfg, err, sizeof(err)),
			 -EINVAL);
	assert_non_null(strstr(err, "shop.conf: key \"unquiesce\""));
	assert_int_equal(app_config_load(&cfg, in_dir(dir, "none"), err,
					 sizeof(err)), -ENOENT);
	assert_non_null(strstr(err, "none: No such file"));
}

static void test_too_many_variables(void **state)
{
	char text[4096] = COMMANDS "[environment]\n", err[512];
	struct app_config cfg;

	(void)state;
	for (int i = 0; i < APP_ENV_MAX; i++)
		sprintf(text + strlen(text), "V%d = %d\n", i, i);
	assert_int_equal(load(text, &cfg, err, sizeof(err)), 0);
	assert_string_equal(cfg.env[APP_ENV_MAX - 1], "V63=63");
	strcat(text, "MORE = 1\n");
	assert_int_equal(load(text, &cfg, err, sizeof(err)), -EINVAL);
	assert_non_null(strstr(err, "too many variables"));
}

/* The examples, but for their users, who are not everywhere. */
static void test_examples(void **state)
{
	char command[512], err[512];
	struct app_config cfg;
	glob_t found;

	(void)state;
	assert_int_equal(glob("../../userspace/examples/*/*.conf", 0, NULL,
			      &found), 0);
	assert_true(found.gl_pathc >= 10);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		snprintf(command, sizeof(command),
			 "sed 's/^user = .*/user = nobody/' '%s' >'%s'",
			 found.gl_pathv[i], in_dir(dir, "example.conf"));
		assert_int_equal(system(command), 0);
		if (app_config_load(&cfg, in_dir(dir, "example.conf"), err,
				    sizeof(err)))
			fail_msg("%s: %s", found.gl_pathv[i], err);
	}
	globfree(&found);
}

static void test_names(void **state)
{
	static const char *const good[] = {
		"shop", "a", "pg-main", "a.b_c:d@e",
		"abcdefghijklmnopqrstuvwxyz01234",
	};
	static const char *const bad[] = {
		"", ".", "..", ".shop", "a/b", "../b", "a b", "a\nb", "\xc3\xa4",
		"abcdefghijklmnopqrstuvwxyz012345", "50%",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_null(app_name_problem(good[i]));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_non_null(app_name_problem(bad[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_all_keys),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_no_name_service),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_too_many_variables),
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests_name("app_config", tests, setup_dir,
					   teardown_dir);
}
