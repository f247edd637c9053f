// SPDX-License-Identifier: GPL-2.0
/* Entries for the journal: what it gets, and one that does not read. */
#include "unit.h"

#include "journal_send.c"

static char *dir;
static struct sockaddr_un at = { .sun_family = AF_UNIX };
static int fd;

static int setup(void **state)
{
	(void)state;
	dir = make_dir();
	snprintf(at.sun_path, sizeof(at.sun_path), "%s", in_dir(dir, "socket"));
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return fd < 0 || bind(fd, (void *)&at, sizeof(at));
}

static int teardown(void **state)
{
	(void)state;
	close(fd);
	remove_dir(dir);
	return 0;
}

static int send_text(const char *text)
{
	struct iovec field = { (void *)text, strlen(text) };

	return send_to(&at, &field, 1);
}

static void assert_comes(const char *text)
{
	char buf[256] = "";

	assert_true(recv(fd, buf, sizeof(buf) - 1, MSG_DONTWAIT) > 0);
	assert_string_equal(buf, text);
}

static void test_fields_are_lines(void **state)
{
	struct iovec fields[] = {
		{ "MESSAGE=a = b; c", 16 }, { "PRIORITY=6", 10 }, { "X=", 2 },
	};

	(void)state;
	assert_int_equal(send_to(&at, fields, 3), 0);
	assert_comes("MESSAGE=a = b; c\nPRIORITY=6\nX=\n");
}

static void test_no_field_is_two(void **state)
{
	struct iovec many[JOURNAL_FIELDS_MAX + 1] = {};

	(void)state;
	assert_int_equal(send_text("MESSAGE=a\nPRIORITY=0"), -EINVAL);
	for (size_t i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = (struct iovec) { "X=1", 3 };
	assert_int_equal(send_to(&at, many, ARRAY_SIZE(many)), -EINVAL);
	assert_int_equal(recv(fd, &many, 1, MSG_DONTWAIT), -1);
}

/* A queue has an end.  Who waits for it to be read is ended here. */
static void test_one_that_hangs_is_not_waited_for(void **state)
{
	int ret, sent = 0;

	(void)state;
	alarm(60);
	while (!(ret = send_text("MESSAGE=x")))
		sent++;
	alarm(0);
	assert_int_equal(ret, -EAGAIN);
	assert_true(sent > 0);
	while (sent--)
		assert_comes("MESSAGE=x\n");
	assert_int_equal(send_text("MESSAGE=y"), 0);
	assert_comes("MESSAGE=y\n");
}

static void test_none(void **state)
{
	struct sockaddr_un nowhere = { .sun_family = AF_UNIX };
	struct iovec field = { "X=1", 3 };

	(void)state;
	snprintf(nowhere.sun_path, sizeof(nowhere.sun_path), "%s",
		 in_dir(dir, "none"));
	assert_int_equal(send_to(&nowhere, &field, 1), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields_are_lines),
		cmocka_unit_test(test_no_field_is_two),
		cmocka_unit_test(test_one_that_hangs_is_not_waited_for),
		cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests_name("journal_send", tests, setup,
					   teardown);
}
