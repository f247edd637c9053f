// SPDX-License-Identifier: GPL-2.0
/* What commands print, with a journal that is a buffer. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/uio.h>

#include "app_output.h"
#include "journal_send.h"
#include "journal_stream.h"
#include "runner_log.h"

static char journal[65536];
static unsigned int entries;
static sd_event *loop;
static struct app_output out;

/* The journal: an entry is FIELD=VALUE|FIELD=VALUE|... and an end of line. */

bool journal_is_stderr(void)
{
	return true;
}

int journal_send(const struct iovec *iov, size_t n)
{
	size_t len = strlen(journal);

	entries++;
	for (size_t i = 0; i < n; i++)
		if (len + iov[i].iov_len + 3 < sizeof(journal))
			len += (size_t)sprintf(journal + len, "%.*s|",
					       (int)iov[i].iov_len,
					       (char *)iov[i].iov_base);
	if (len + 2 <= sizeof(journal))
		strcpy(journal + len, "\n");
	return 0;
}

static const struct runner_op op = { .id = 7 };

static int setup(void **state)
{
	(void)state;
	journal[0] = '\0';
	entries = 0;
	runner_log_init("shop");
	assert_true(sd_event_new(&loop) >= 0);
	assert_true(app_output_open(&out, loop) >= 0);
	app_output_begin(&out, &op, "quiesce");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	app_output_close(&out);
	sd_event_unref(loop);
	return 0;
}

static void print(const char *text)
{
	assert_int_equal(write(out.write_fd, text, strlen(text)), strlen(text));
}

static void turn_loop(void)
{
	while (sd_event_run(loop, 0) > 0)
		;
}

static void expect_journal(const char *text)
{
	assert_string_equal(journal, text);
	journal[0] = '\0';
}

#define ENTRY(text, command) "MESSAGE=" text "|SYSLOG_IDENTIFIER=shop|" \
	"PRIORITY=6|VMOPNOTIFY_OPERATION=7|VMOPNOTIFY_COMMAND=" command "|\n"

static void test_line_by_line(void **state)
{
	(void)state;
	print("one\ntwo\nthr");
	turn_loop();
	expect_journal(ENTRY("one", "quiesce") ENTRY("two", "quiesce"));
	print("ee\n\n");
	turn_loop();
	expect_journal(ENTRY("three", "quiesce") ENTRY("", "quiesce"));
}

static void test_rest_at_the_end(void **state)
{
	(void)state;
	print("one\ntwo");
	app_output_end(&out);
	expect_journal(ENTRY("one", "quiesce") ENTRY("two", "quiesce"));
	app_output_end(&out);
	expect_journal("");
}

/* What was printed before belongs to the command before. */
static void test_next_command(void **state)
{
	(void)state;
	print("old\n");
	app_output_begin(&out, &op, "unquiesce");
	print("new\n");
	turn_loop();
	expect_journal(ENTRY("old", "quiesce") ENTRY("new", "unquiesce"));
}

static void test_unclean(void **state)
{
	static const char text[] = "a\033b\0c\377d\xc3\xa4\n";

	(void)state;
	assert_int_equal(write(out.write_fd, text, sizeof(text) - 1),
			 sizeof(text) - 1);
	turn_loop();
	expect_journal(ENTRY("a?b?c?d\xc3\xa4", "quiesce"));
}

static void test_long_line(void **state)
{
	char text[3 * APP_OUTPUT_LINE];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	print(text);
	app_output_end(&out);
	/* In pieces, with all of it. */
	assert_int_equal(entries, 4);
	entries = 0;
	for (const char *c = journal; *c; c++)
		entries += *c == 'x';
	assert_int_equal(entries, sizeof(text) - 1);
}

static void test_flood(void **state)
{
	(void)state;
	for (int i = 0; i < APP_OUTPUT_LINES + 234; i++) {
		print("flood\n");
		turn_loop();
	}
	assert_int_equal(entries, APP_OUTPUT_LINES);
	journal[0] = '\0';
	app_output_end(&out);
	expect_journal("MESSAGE=operation 7: 234 more lines of the quiesce command are not shown|"
		       "SYSLOG_IDENTIFIER=shop|PRIORITY=6|VMOPNOTIFY_OPERATION=7|\n");
	app_output_begin(&out, &op, "unquiesce");
	print("heard\n");
	turn_loop();
	expect_journal(ENTRY("heard", "unquiesce"));
}

/* However much is printed, the end takes no more than a pipe holds. */
static void test_end_is_bounded(void **state)
{
	static char text[65536];
	ssize_t n;

	(void)state;
	memset(text, '\n', sizeof(text));
	assert_int_equal(fcntl(out.write_fd, F_SETPIPE_SZ, 1 << 20), 1 << 20);
	for (int i = 0; i < 4; i++)
		assert_int_equal(write(out.write_fd, text, sizeof(text)),
				 sizeof(text));
	app_output_end(&out);
	n = read(out.read_fd, text, sizeof(text));
	assert_int_equal(n, sizeof(text));
}

/* Only our end does not wait: commands know nothing of EAGAIN. */
static void test_commands_end_waits(void **state)
{
	(void)state;
	assert_false(fcntl(out.write_fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(out.read_fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(out.read_fd, F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(out.write_fd, F_GETFD) & FD_CLOEXEC);
}

static void test_runner_speaks(void **state)
{
	const struct runner_op drill = { .id = 8, .drill = true };

	(void)state;
	runner_log(NULL, "joined %d", 3);
	runner_log(&drill, "acked");
	expect_journal("MESSAGE=joined 3|SYSLOG_IDENTIFIER=shop|PRIORITY=6|\n"
		       "MESSAGE=DRILL operation 8: acked|SYSLOG_IDENTIFIER=shop|"
		       "PRIORITY=6|VMOPNOTIFY_OPERATION=8|\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_line_by_line),
		TEST(test_rest_at_the_end),
		TEST(test_next_command),
		TEST(test_unclean),
		TEST(test_long_line),
		TEST(test_flood),
		TEST(test_end_is_bounded),
		TEST(test_commands_end_waits),
		TEST(test_runner_speaks),
	};

	return cmocka_run_group_tests_name("app_output", tests, NULL, NULL);
}
