// SPDX-License-Identifier: GPL-2.0
/* The live view: what it shows, and what it writes to the terminal. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "output.h"
#include "screen.h"
#include "view.h"

#define SECOND	NSEC_PER_SEC

static struct view drill(void)
{
	struct view v = {
		.status = {
			.state = VMOPNOTIFY_STATE_QUIESCING,
			.consumers = 3,
		},
		.operation = {
			.operation_id = UINT64_MAX,
			.start_ns = 100 * SECOND,
			.deadline_ns = 130 * SECOND,
			.flags = VMOPNOTIFY_F_DRILL,
			.members = 3,
			.pending = 2,
			.operation_type = "host-migration",
		},
		.outstanding_known = true,
	};
	struct view_consumer one = { "one", 0, true }, two = { "two", 1, false };

	assert_int_equal(view_add_consumer(&v, &one), 0);
	assert_int_equal(view_add_consumer(&v, &two), 0);
	return v;
}

static char *render(const struct view *v, unsigned int rows)
{
	size_t len;
	char *text;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	view_render(v, 110 * SECOND, rows, out);
	fclose(out);
	return text;
}

static void assert_shows(const struct view *v, unsigned int rows,
			 const char *words)
{
	char *text = render(v, rows);

	if (!strstr(text, words))
		fail_msg("no \"%s\" in:\n%s", words, text);
	free(text);
}

static void test_operation(void **state)
{
	struct view v = drill();

	(void)state;
	assert_shows(&v, 24, "state        quiescing: acks are outstanding\n");
	assert_shows(&v, 24, "operation    18446744073709551615, host-migration, DRILL: not from the host\n");
	assert_shows(&v, 24, "deadline     20.0 s left\n");
	assert_shows(&v, 24, "members      3, outstanding 2\n");
	assert_shows(&v, 24, "outstanding  one, stage 0, asked\n");
	assert_shows(&v, 24, "outstanding  two, stage 1, waits for");
	v.operation.flags = 0;
	assert_shows(&v, 24, "host-migration\n");
	view_free(&v);
}

static void test_idle(void **state)
{
	struct view v = { .status.state = VMOPNOTIFY_STATE_IDLE };

	(void)state;
	assert_shows(&v, 24, "operation    none\n");
	/* A state of a later module. */
	v.status.state = 99;
	assert_shows(&v, 24, "state        unknown\n");
}

static void test_many_outstanding(void **state)
{
	struct view_consumer c = { "more", 0, true };
	struct view v = drill();

	(void)state;
	for (int i = 0; i < 100; i++)
		view_add_consumer(&v, &c);
	assert_shows(&v, 24, "outstanding  and 94 more\n");
	v.outstanding_known = false;
	assert_shows(&v, 24, "outstanding  not known");
	view_free(&v);
}

static unsigned int count_lines(const char *text)
{
	unsigned int n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static void test_events(void **state)
{
	struct view v = {};
	char *text, line[32];

	(void)state;
	for (int i = 0; i < 3 * VIEW_EVENTS + 5; i++) {
		sprintf(line, "event %d", i);
		view_add_event(&v, strdup(line));
	}
	text = render(&v, 20);
	/* The last ones, as many as fit, the newest at the end. */
	assert_int_equal(count_lines(text), 20);
	assert_string_equal(strstr(text, "event 772"), "event 772\n");
	free(text);
	/* No room at all. */
	text = render(&v, 2);
	assert_null(strstr(text, "event 772"));
	free(text);
	text = render(&v, 1000);
	assert_non_null(strstr(text, "event 517\n"));
	assert_null(strstr(text, "event 516\n"));
	free(text);
	view_free(&v);
}

/**
 * struct terminal - one to test with
 * @master: its other end
 * @screen: what is drawn on it
 */
struct terminal {
	int master;
	struct screen screen;
};

static struct terminal terminal(unsigned short rows, unsigned short columns)
{
	struct winsize size = { .ws_row = rows, .ws_col = columns };
	struct terminal t = {};
	int slave;

	assert_int_equal(openpty(&t.master, &slave, NULL, NULL, &size), 0);
	fcntl(t.master, F_SETFL, O_NONBLOCK);
	t.screen.in = slave;
	t.screen.out = slave;
	return t;
}

static void hang_up(struct terminal *t)
{
	close(t->screen.in);
	close(t->master);
}

/* What was written since the last look. */
static const char *written(struct terminal *t)
{
	static char buf[65536];
	ssize_t n = read(t->master, buf, sizeof(buf) - 1);

	buf[n > 0 ? n : 0] = '\0';
	return buf;
}

static void test_draws_changes_only(void **state)
{
	struct terminal t = terminal(4, 10);

	(void)state;
	assert_int_equal(screen_open(&t.screen), 0);
	assert_non_null(strstr(written(&t), "\033[?1049h"));
	screen_draw(&t.screen, "one\ntwo\nthree\n");
	assert_string_equal(written(&t),
			    "\033[2J\033[1;1Hone\033[K\033[2;1Htwo\033[K\033[3;1Hthree\033[K");
	screen_draw(&t.screen, "one\ntwo\nthree\n");
	assert_string_equal(written(&t), "");
	screen_draw(&t.screen, "one\n2\nthree\n");
	assert_string_equal(written(&t), "\033[2;1H2\033[K");
	screen_draw(&t.screen, "one\n");
	assert_string_equal(written(&t), "\033[2;1H\033[K\033[3;1H\033[K");
	screen_close(&t.screen);
	hang_up(&t);
}

static void test_fits(void **state)
{
	struct winsize size = { .ws_row = 1, .ws_col = 3 };
	struct terminal t = terminal(2, 5);

	(void)state;
	screen_open(&t.screen);
	written(&t);
	/* A character of two bytes is one column; too many lines are cut. */
	screen_draw(&t.screen, "12\xc3\xa9\x34\x35\x36\n1234567\nthird\n");
	assert_string_equal(written(&t),
			    "\033[2J\033[1;1H12\xc3\xa9\x34\x35\033[K\033[2;1H12345\033[K");
	ioctl(t.screen.out, TIOCSWINSZ, &size);
	screen_resized(&t.screen);
	screen_draw(&t.screen, "1234567\nsecond\n");
	assert_string_equal(written(&t), "\033[2J\033[1;1H123\033[K");
	screen_close(&t.screen);
	hang_up(&t);
}

static void test_gives_back(void **state)
{
	struct terminal t = terminal(24, 80);
	struct termios before, during, after;

	(void)state;
	tcgetattr(t.screen.in, &before);
	screen_open(&t.screen);
	tcgetattr(t.screen.in, &during);
	assert_false(during.c_lflag & (ICANON | ECHO));
	assert_true(during.c_lflag & ISIG);
	written(&t);
	screen_close(&t.screen);
	assert_string_equal(written(&t), "\033[0m\033[?25h\033[?1049l");
	tcgetattr(t.screen.in, &after);
	assert_int_equal(after.c_lflag, before.c_lflag);
	/* Once is enough. */
	screen_close(&t.screen);
	assert_string_equal(written(&t), "");
	/* And it can be taken over anew. */
	assert_int_equal(screen_open(&t.screen), 0);
	screen_close(&t.screen);
	hang_up(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_operation),
		cmocka_unit_test(test_idle),
		cmocka_unit_test(test_many_outstanding),
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_draws_changes_only),
		cmocka_unit_test(test_fits),
		cmocka_unit_test(test_gives_back),
	};

	return cmocka_run_group_tests_name("view", tests, NULL, NULL);
}
