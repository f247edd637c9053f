// SPDX-License-Identifier: GPL-2.0
/* The token on disk: private, whole or not at all. */
#include "unit_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <signal.h>

#include "token.h"

#define TOKEN	"525b5364-6caf-24a0-562c-87955647baa4"
#define OTHER	"00000000-1111-2222-3333-444444444444"

static char err[512];

static int setup(void **state)
{
	err[0] = '\0';
	return setup_dir(state);
}

static const char *file(void)
{
	return in_dir(dir, "token");
}

static void assert_stored(const char *token)
{
	char got[TOKEN_SIZE];

	assert_int_equal(token_load(file(), got, err, sizeof(err)), 0);
	assert_string_equal(got, token);
}

static void test_round_trip(void **state)
{
	char longest[TOKEN_SIZE], bytes[TOKEN_SIZE + 2];
	struct stat st;
	FILE *f;

	(void)state;
	umask(0);
	assert_int_equal(token_store(file(), TOKEN, err, sizeof(err)), 0);
	assert_stored(TOKEN);
	assert_int_equal(stat(file(), &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	f = fopen(file(), "r");
	assert_non_null(fgets(bytes, sizeof(bytes), f));
	fclose(f);
	assert_string_equal(bytes, TOKEN "\n");
	/* Over an old one, and one as long as can be. */
	memset(longest, '~', sizeof(longest));
	longest[TOKEN_SIZE - 1] = '\0';
	assert_int_equal(token_store(file(), longest, err, sizeof(err)), 0);
	assert_stored(longest);
	assert_int_equal(access(in_dir(dir, "token.tmp"), F_OK), -1);
	assert_int_equal(token_remove(file()), 0);
	assert_int_equal(token_load(file(), longest, err, sizeof(err)),
			 -ENOENT);
	assert_int_equal(token_remove(file()), 0);
}

static void test_only_tokens_are_stored(void **state)
{
	char too_long[TOKEN_SIZE + 1];

	(void)state;
	memset(too_long, 'x', sizeof(too_long));
	too_long[TOKEN_SIZE] = '\0';
	assert_int_equal(token_store(file(), TOKEN, err, sizeof(err)), 0);
	assert_int_equal(token_store(file(), "", err, sizeof(err)), -EINVAL);
	assert_int_equal(token_store(file(), "a b", err, sizeof(err)),
			 -EINVAL);
	assert_int_equal(token_store(file(), "a\nb", err, sizeof(err)),
			 -EINVAL);
	assert_int_equal(token_store(file(), "\xc3\xa4", err, sizeof(err)),
			 -EINVAL);
	assert_int_equal(token_store(file(), too_long, err, sizeof(err)),
			 -EINVAL);
	assert_stored(TOKEN);
}

/* Makes the directory, but no more than that one. */
static void test_directory(void **state)
{
	char path[PATH_MAX], got[TOKEN_SIZE];

	(void)state;
	snprintf(path, sizeof(path), "%s/new/token", dir);
	assert_int_equal(token_store(path, TOKEN, err, sizeof(err)), 0);
	assert_int_equal(token_load(path, got, err, sizeof(err)), 0);
	snprintf(path, sizeof(path), "%s/no/such/token", dir);
	assert_int_equal(token_store(path, TOKEN, err, sizeof(err)), -ENOENT);
	assert_non_null(strstr(err, "/no/such"));
}

/* A write that fails half-way leaves the old token, and nothing else. */
static void test_failing_write(void **state)
{
	struct rlimit old, none = { .rlim_cur = 10 };
	void (*handler)(int);

	(void)state;
	assert_int_equal(token_store(file(), OTHER, err, sizeof(err)), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	none.rlim_max = old.rlim_max;
	handler = signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	assert_int_equal(token_store(file(), TOKEN, err, sizeof(err)), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	signal(SIGXFSZ, handler);
	assert_non_null(strstr(err, "token.tmp"));
	assert_stored(OTHER);
	assert_int_equal(access(in_dir(dir, "token.tmp"), F_OK), -1);
}

static void test_failing_rename(void **state)
{
	(void)state;
	assert_int_equal(mkdir(file(), 0700), 0);
	assert_int_equal(token_store(file(), TOKEN, err, sizeof(err)),
			 -EISDIR);
	assert_non_null(strstr(err, "cannot replace"));
	assert_int_equal(access(in_dir(dir, "token.tmp"), F_OK), -1);
}

static void test_failing_create(void **state)
{
	(void)state;
	assert_int_equal(token_store(file(), OTHER, err, sizeof(err)), 0);
	/* In the way, and not to be unlinked. */
	assert_int_equal(mkdir(in_dir(dir, "token.tmp"), 0700), 0);
	assert_true(token_store(file(), TOKEN, err, sizeof(err)) < 0);
	assert_non_null(strstr(err, "token.tmp"));
	assert_stored(OTHER);
}

/* What was left of a crash, or laid out as a trap, is not written through. */
static void test_temporary_in_the_way(void **state)
{
	const char *victim = in_dir(dir, "victim");
	char bytes[16];
	FILE *f;

	(void)state;
	write_text(victim, "untouched");
	assert_int_equal(symlink(victim, in_dir(dir, "token.tmp")), 0);
	assert_int_equal(token_store(file(), TOKEN, err, sizeof(err)), 0);
	assert_stored(TOKEN);
	f = fopen(victim, "r");
	assert_non_null(fgets(bytes, sizeof(bytes), f));
	fclose(f);
	assert_string_equal(bytes, "untouched");
}

static void test_symlink(void **state)
{
	char got[TOKEN_SIZE];

	(void)state;
	write_text(in_dir(dir, "real"), TOKEN "\n");
	assert_int_equal(symlink(in_dir(dir, "real"), file()), 0);
	assert_int_equal(token_load(file(), got, err, sizeof(err)), -ELOOP);
	assert_non_null(strstr(err, "symbolic link"));
}

static void test_foreign(void **state)
{
	char got[TOKEN_SIZE];

	(void)state;
	if (geteuid())
		skip();
	write_text(file(), TOKEN "\n");
	assert_int_equal(chmod(file(), 0600), 0);
	assert_int_equal(chown(file(), 12345, 0), 0);
	assert_int_equal(token_load(file(), got, err, sizeof(err)), -EPERM);
	assert_non_null(strstr(err, "12345"));
}

static void test_mode(void **state)
{
	char got[TOKEN_SIZE];
	struct stat st;

	(void)state;
	write_text(file(), TOKEN "\n");
	assert_int_equal(chmod(file(), 0620), 0);
	assert_int_equal(token_load(file(), got, err, sizeof(err)), -EPERM);
	assert_int_equal(chmod(file(), 0602), 0);
	assert_int_equal(token_load(file(), got, err, sizeof(err)), -EPERM);
	assert_non_null(strstr(err, "0602"));
	/* Others could read it: not any more. */
	assert_int_equal(chmod(file(), 0644), 0);
	assert_stored(TOKEN);
	assert_int_equal(stat(file(), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

/* The directory is as good as the file: who can write there can replace it. */
static void test_place(void **state)
{
	char above[256], below[256], path[512];

	(void)state;
	snprintf(above, sizeof(above), "%s/above", dir);
	snprintf(below, sizeof(below), "%s/above/below", dir);
	snprintf(path, sizeof(path), "%s/token", below);
	/* It would be made. */
	assert_int_equal(token_check_place(path, err, sizeof(err)), 0);
	assert_int_equal(mkdir(above, 0755), 0);
	assert_int_equal(mkdir(below, 0700), 0);
	assert_int_equal(token_check_place(path, err, sizeof(err)), 0);
	assert_int_equal(chmod(below, 0770), 0);
	assert_int_equal(token_check_place(path, err, sizeof(err)), -EPERM);
	assert_non_null(strstr(err, "/above/below: others can write to it "
			       "(mode 0770)"));
	assert_int_equal(chmod(below, 0707), 0);
	assert_int_equal(token_check_place(path, err, sizeof(err)), -EPERM);
	/* In /tmp nobody removes what is not his. */
	assert_int_equal(chmod(below, 01777), 0);
	assert_int_equal(token_check_place(path, err, sizeof(err)), 0);
	/* The whole directory can be put aside. */
	assert_int_equal(chmod(below, 0700), 0);
	assert_int_equal(chmod(above, 0777), 0);
	assert_int_equal(token_check_place(path, err, sizeof(err)), -EPERM);
	assert_non_null(strstr(err, "/above: others"));
	/* By whatever name it is reached. */
	assert_int_equal(symlink(below, in_dir(dir, "link")), 0);
	assert_int_equal(token_check_place(in_dir(dir, "link/token"), err,
					   sizeof(err)), -EPERM);
	assert_int_equal(token_check_place("/token", err, sizeof(err)), 0);
}

static void test_foreign_place(void **state)
{
	(void)state;
	if (geteuid())
		skip();
	assert_int_equal(chown(dir, 12345, 0), 0);
	assert_int_equal(token_check_place(file(), err, sizeof(err)), -EPERM);
	assert_non_null(strstr(err, "belongs to user 12345"));
}

static void test_kinds(void **state)
{
	char got[TOKEN_SIZE];

	(void)state;
	assert_int_equal(token_load(file(), got, err, sizeof(err)), -ENOENT);
	assert_int_equal(mkdir(file(), 0700), 0);
	assert_int_equal(token_load(file(), got, err, sizeof(err)), -EPERM);
	assert_int_equal(rmdir(file()), 0);
	/* Does not hang on it. */
	assert_int_equal(mkfifo(file(), 0600), 0);
	assert_int_equal(token_load(file(), got, err, sizeof(err)), -EPERM);
}

static void test_contents(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		int ret;
	} rows[] = {
		{ TOKEN, 36, 0 },
		{ TOKEN "\n", 37, 0 },
		{ "", 0, -EINVAL },
		{ "\n", 1, -EINVAL },
		{ TOKEN "\n\n", 38, -EINVAL },
		{ TOKEN "\r\n", 38, -EINVAL },
		{ TOKEN "\n" OTHER "\n", 74, -EINVAL },
		{ " " TOKEN, 37, -EINVAL },
		{ TOKEN "\0x", 38, -EINVAL },
	};
	char got[TOKEN_SIZE], big[5000];

	(void)state;
	umask(077);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int ret;

		write_bytes(file(), rows[i].bytes, rows[i].len);
		ret = token_load(file(), got, err, sizeof(err));
		if (ret != rows[i].ret)
			fail_msg("row %zu: %d", i, ret);
		if (!ret)
			assert_string_equal(got, TOKEN);
	}
	memset(big, 'x', sizeof(big));
	write_bytes(file(), big, TOKEN_SIZE - 1);
	assert_int_equal(token_load(file(), got, err, sizeof(err)), 0);
	write_bytes(file(), big, TOKEN_SIZE);
	assert_int_equal(token_load(file(), got, err, sizeof(err)), -EINVAL);
	write_bytes(file(), big, TOKEN_SIZE + 1);
	assert_int_equal(token_load(file(), got, err, sizeof(err)), -EFBIG);
	write_bytes(file(), big, sizeof(big));
	assert_int_equal(token_load(file(), got, err, sizeof(err)), -EFBIG);
}

static void test_terms(void **state)
{
	struct terms terms = { .timeout_ms = 120000, .guaranteed = true };
	struct terms got = { .timeout_ms = 7 };
	const char *path = in_dir(dir, "token.terms");

	(void)state;
	assert_int_equal(terms_load(file(), &got), -ENOENT);
	assert_int_equal(terms_store(file(), &terms, err, sizeof(err)), 0);
	assert_int_equal(terms_load(file(), &got), 0);
	assert_int_equal(got.timeout_ms, 120000);
	assert_true(got.guaranteed);
	write_text(path, "timeout_ms=0\nguaranteed=1\n");
	assert_true(terms_load(file(), &got) < 0);
	write_text(path, "timeout_ms=86400001\nguaranteed=1\n");
	assert_true(terms_load(file(), &got) < 0);
	write_text(path, "nonsense\n");
	assert_true(terms_load(file(), &got) < 0);
	assert_int_equal(got.timeout_ms, 120000);
	assert_int_equal(token_remove(file()), 0);
	assert_int_equal(terms_load(file(), &got), -ENOENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_round_trip),
		TEST(test_only_tokens_are_stored),
		TEST(test_directory),
		TEST(test_failing_write),
		TEST(test_failing_rename),
		TEST(test_failing_create),
		TEST(test_temporary_in_the_way),
		TEST(test_symlink),
		TEST(test_foreign),
		TEST(test_mode),
		TEST(test_place),
		TEST(test_foreign_place),
		TEST(test_kinds),
		TEST(test_contents),
		TEST(test_terms),
	};

	return cmocka_run_group_tests_name("token", tests, NULL, NULL);
}
