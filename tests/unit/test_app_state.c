// SPDX-License-Identifier: GPL-2.0
/* What outlives a runner. */
#include "unit_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "app_state.h"

static int open_state(void)
{
	int fd = app_state_open(in_dir(dir, "run"), "shop");

	assert_true(fd >= 0);
	return fd;
}

static const struct app_quiet quiet = {
	.id = UINT64_C(18446744073709551615),
	.start_ns = UINT64_C(123456789012345),
	.drill = true,
	.type = "host-migration of a longer kin",
};

/* A runner that dies, and the next one. */
static void test_outlives(void **state)
{
	struct app_quiet got;
	int fd = open_state();

	(void)state;
	assert_int_equal(app_state_read(fd, &got), 0);
	assert_int_equal(app_state_write(fd, &quiet), 0);
	close(fd);

	fd = open_state();
	assert_int_equal(app_state_read(fd, &got), 1);
	assert_int_equal(got.id, quiet.id);
	assert_int_equal(got.start_ns, quiet.start_ns);
	assert_true(got.drill);
	assert_string_equal(got.type, quiet.type);
	assert_int_equal(app_state_clear(fd), 0);
	close(fd);

	fd = open_state();
	assert_int_equal(app_state_read(fd, &got), 0);
	close(fd);
}

static void test_shorter_after_longer(void **state)
{
	const struct app_quiet small = { .id = 1 };
	struct app_quiet got;
	int fd = open_state();

	(void)state;
	assert_int_equal(app_state_write(fd, &quiet), 0);
	assert_int_equal(app_state_write(fd, &small), 0);
	assert_int_equal(app_state_read(fd, &got), 1);
	assert_int_equal(got.id, 1);
	assert_int_equal(got.start_ns, 0);
	assert_false(got.drill);
	close(fd);
}

/* What cannot be read is something to undo, of no operation that is open. */
static void test_nonsense(void **state)
{
	static const char *const texts[] = {
		"garbage\n", "\n", "1 2 0", "1 2 0 host-migration",
		"1 2 0 host-migration\nmore\n", "1 2 x host-migration\n",
	};
	struct app_quiet got;
	int fd = open_state();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		write_text(in_dir(dir, "run/shop/state"), texts[i]);
		assert_int_equal(app_state_read(fd, &got), 1);
		assert_int_equal(got.start_ns, 0);
	}
	close(fd);
}

static void test_one_runner(void **state)
{
	int fd = open_state(), other;

	(void)state;
	assert_int_equal(app_state_open(in_dir(dir, "run"), "shop"),
			 -EWOULDBLOCK);
	other = app_state_open(in_dir(dir, "run"), "other");
	assert_true(other >= 0);
	close(other);
	close(fd);
	close(open_state());
}

static void test_not_followed(void **state)
{
	(void)state;
	assert_int_equal(mkdir(in_dir(dir, "run"), 0755), 0);
	assert_int_equal(mkdir(in_dir(dir, "run/shop"), 0755), 0);
	assert_int_equal(symlink("elsewhere", in_dir(dir, "run/shop/state")),
			 0);
	assert_int_equal(app_state_open(in_dir(dir, "run"), "shop"), -ELOOP);
	assert_int_equal(app_state_open(in_dir(dir, "no/run"), "shop"),
			 -ENOENT);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, setup_dir, teardown_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_outlives),
		TEST(test_shorter_after_longer),
		TEST(test_nonsense),
		TEST(test_one_runner),
		TEST(test_not_followed),
	};

	return cmocka_run_group_tests_name("app_state", tests, NULL, NULL);
}
