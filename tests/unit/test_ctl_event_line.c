// SPDX-License-Identifier: GPL-2.0
/* An event as a line: what it says, and that a drill is marked. */
#include "unit.h"

#include "event_line.h"
#include "output.h"

static struct vmopnotify_event event(uint32_t type, uint32_t flags)
{
	struct vmopnotify_event ev = {
		.type = type,
		.state = VMOPNOTIFY_STATE_QUIESCING,
		.flags = flags,
		.time_ns = 10 * NSEC_PER_SEC,
		.operation_id = UINT64_MAX,
		.deadline_ns = 40 * NSEC_PER_SEC,
		.members = 2,
		.pending = 1,
		.operation_type = "host-migration",
	};

	return ev;
}

/* The line, from its third column on. */
static void assert_line(struct event_line *l, const struct vmopnotify_event *ev,
			const char *want)
{
	size_t len;
	char *text, *from;

	l->out = open_memstream(&text, &len);
	assert_non_null(l->out);
	event_line_remember(l, ev);
	event_line_plain(l, ev);
	fclose(l->out);
	from = strstr(text, "quiescing");
	assert_non_null(from);
	assert_string_equal(from, want);
	free(text);
}

static void test_start(void **state)
{
	struct vmopnotify_event ev = event(VMOPNOTIFY_EVENT_START,
					   VMOPNOTIFY_F_GUARANTEED);
	struct event_line l = {};

	(void)state;
	assert_line(&l, &ev, "quiescing  18446744073709551615  host-migration, 2 members, 30.0 s left, guaranteed\n");
	ev.flags = VMOPNOTIFY_F_DRILL;
	assert_line(&l, &ev, "quiescing  18446744073709551615  DRILL: host-migration, 2 members, 30.0 s left\n");
}

static void test_acked(void **state)
{
	struct vmopnotify_event prepare = event(VMOPNOTIFY_EVENT_PREPARE, 0);
	struct vmopnotify_event ack = event(VMOPNOTIFY_EVENT_ACKED,
					    VMOPNOTIFY_F_DRILL);
	struct event_line l = {};

	(void)state;
	strcpy(ack.text, "shop");
	ack.time_ns += 250 * NSEC_PER_MSEC;
	/* When it was asked is not known: nothing is made up. */
	assert_line(&l, &ack, "quiescing  18446744073709551615  DRILL: shop ok, outstanding 1\n");
	assert_line(&l, &prepare, "quiescing  18446744073709551615  stage 0 is to get quiet\n");
	assert_line(&l, &ack, "quiescing  18446744073709551615  DRILL: shop ok after 250.0 ms, outstanding 1\n");
	ack.result = 5;
	assert_line(&l, &ack, "quiescing  18446744073709551615  DRILL: shop EIO (Input/output error) after 250.0 ms, outstanding 1\n");
	event_line_forget(&l);
	ack.flags = VMOPNOTIFY_F_LEFT;
	assert_line(&l, &ack, "quiescing  18446744073709551615  shop left or died without an ack, outstanding 1\n");
}

static void test_expired(void **state)
{
	struct vmopnotify_event ev = event(VMOPNOTIFY_EVENT_EXPIRED,
					   VMOPNOTIFY_F_DRILL);
	struct event_line l = {};

	(void)state;
	/* What comes from others cannot write to the terminal. */
	strcpy(ev.text, "a,\033[2Jb");
	assert_line(&l, &ev, "quiescing  18446744073709551615  DRILL: 1 missing: a,?[2Jb\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_start),
		cmocka_unit_test(test_acked),
		cmocka_unit_test(test_expired),
	};

	return cmocka_run_group_tests_name("event_line", tests, NULL, NULL);
}
