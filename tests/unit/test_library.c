// SPDX-License-Identifier: GPL-2.0
/*
 * libvmopnotify: the words, there and back; and a handle whose device is a FIFO
 * with records in it, and an ioctl() that is the one below.
 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "handle.h"

#define ID 0xfedcba9876543210ULL

/* The words. */

static void test_states(void **state)
{
	(void)state;
	for (uint32_t i = 0; i <= VMOPNOTIFY_STATE_EXPIRED; i++) {
		assert_string_not_equal(vmopnotify_state_name(i), "unknown");
		assert_int_equal(vmopnotify_state_by_name(vmopnotify_state_name(i)), i);
	}
	assert_string_equal(vmopnotify_state_name(VMOPNOTIFY_STATE_QUIESCING),
			    "quiescing");
	assert_string_equal(vmopnotify_state_name(VMOPNOTIFY_STATE_EXPIRED + 1),
			    "unknown");
	assert_string_equal(vmopnotify_state_name(UINT32_MAX), "unknown");
	assert_int_equal(vmopnotify_state_by_name("Idle"), -EINVAL);
	assert_int_equal(vmopnotify_state_by_name(""), -EINVAL);
	assert_int_equal(vmopnotify_state_by_name(NULL), -EINVAL);
}

static void test_events(void **state)
{
	(void)state;
	for (uint32_t i = VMOPNOTIFY_EVENT_ATTACHED;
	     i <= VMOPNOTIFY_EVENT_END; i++) {
		assert_string_not_equal(vmopnotify_event_name(i), "unknown");
		assert_int_equal(vmopnotify_event_by_name(vmopnotify_event_name(i)), i);
	}
	assert_string_equal(vmopnotify_event_name(VMOPNOTIFY_EVENT_TIMEOUT_CHANGE),
			    "timeout-change");
	assert_string_equal(vmopnotify_event_name(0), "unknown");
	assert_string_equal(vmopnotify_event_name(VMOPNOTIFY_EVENT_END + 1),
			    "unknown");
	assert_int_equal(vmopnotify_event_by_name("unknown"), -EINVAL);
}

static void test_ends(void **state)
{
	(void)state;
	for (uint32_t i = 0; i <= VMOPNOTIFY_END_LOST; i++) {
		assert_string_not_equal(vmopnotify_end_name(i), "unknown");
		assert_int_equal(vmopnotify_end_by_name(vmopnotify_end_name(i)), i);
	}
	assert_string_equal(vmopnotify_end_name(VMOPNOTIFY_END_LOST + 1), "unknown");
	assert_int_equal(vmopnotify_end_by_name("done"), -EINVAL);
}

static void test_flags(void **state)
{
	uint32_t all = 0;
	char buf[256], tiny[8];

	(void)state;
	for (unsigned int i = 0; i < 32; i++) {
		const char *name = vmopnotify_flag_name(1U << i);

		if (!name)
			continue;
		assert_int_equal(vmopnotify_flag_by_name(name), 1U << i);
		all |= 1U << i;
	}
	assert_int_equal(all, VMOPNOTIFY_F_DRILL | VMOPNOTIFY_F_GUARANTEED |
			 VMOPNOTIFY_F_LATE | VMOPNOTIFY_F_HOST_ACKED |
			 VMOPNOTIFY_F_LEFT | VMOPNOTIFY_F_STRAY |
			 VMOPNOTIFY_F_CONSUMER | VMOPNOTIFY_F_MEMBER |
			 VMOPNOTIFY_F_ASKED | VMOPNOTIFY_F_ACKED);
	assert_int_equal(vmopnotify_flag_by_name("nonsense"), 0);
	assert_int_equal(vmopnotify_flag_by_name(NULL), 0);
	assert_null(vmopnotify_flags_text(1, NULL, 0));
	assert_string_equal(vmopnotify_flags_text(0, buf, sizeof(buf)), "");
	assert_string_equal(vmopnotify_flags_text(VMOPNOTIFY_F_DRILL |
					    VMOPNOTIFY_F_LATE, buf,
					    sizeof(buf)), "drill,late");
	assert_string_equal(vmopnotify_flags_text(VMOPNOTIFY_F_LATE | 0x40000, buf,
					    sizeof(buf)), "late,0x40000");
	assert_string_equal(vmopnotify_flags_text(UINT32_MAX, tiny, sizeof(tiny)),
			    "drill,g");
}

/* The device. */

static char *dir;
static const char *path;
static struct vmopnotify *n;
static int feed;

static unsigned long asked;
static unsigned int calls;
static int answer;
static struct vmopnotify_join joined;
static struct vmopnotify_ack acked;
static struct vmopnotify_status status;
static unsigned int restless, before_status, after_status;

static void put(uint64_t first, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		struct vmopnotify_event ev = {
			.seq = first + i,
			.type = VMOPNOTIFY_EVENT_START,
		};

		assert_int_equal(write(feed, &ev, sizeof(ev)), sizeof(ev));
	}
}

/*
 * Where restless, something happens between each two requests.  Records come
 * just before the state is told, and after it.
 */
static void give_status(struct vmopnotify_status *st)
{
	*st = status;
	put(status.seq - before_status, before_status + after_status);
	if (restless) {
		restless--;
		status.seq++;
		status.operation_id++;
	}
}

static int give_operation(struct vmopnotify_operation *op)
{
	if (!status.operation_id) {
		errno = ENODATA;
		return -1;
	}
	*op = (struct vmopnotify_operation) {
		.operation_id = status.operation_id,
		.start_ns = 1,
	};
	return 0;
}

int ioctl(int fd, unsigned long what, ...)
{
	va_list args;
	void *arg;

	assert_int_equal(fd, vmopnotify_fd(n));
	va_start(args, what);
	arg = va_arg(args, void *);
	va_end(args);
	asked = what;
	calls++;
	if (answer) {
		errno = answer;
		return -1;
	}
	switch (what) {
	case VMOPNOTIFY_IOC_JOIN:
		memcpy(&joined, arg, sizeof(joined));
		return 0;
	case VMOPNOTIFY_IOC_ACK:
		memcpy(&acked, arg, sizeof(acked));
		return 0;
	case VMOPNOTIFY_IOC_GET_STATE:
		give_status(arg);
		return 0;
	case VMOPNOTIFY_IOC_GET_OPERATION:
		return give_operation(arg);
	}
	return 0;
}

static int setup(void **state)
{
	(void)state;
	dir = make_dir();
	path = in_dir(dir, "device");
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(handle_open(&n, path, VMOPNOTIFY_OPEN_CONSUMER), 0);
	feed = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(feed >= 0);
	answer = 0;
	calls = restless = before_status = after_status = 0;
	status = (struct vmopnotify_status) {};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	vmopnotify_close(n);
	close(feed);
	remove_dir(dir);
	return 0;
}

static void test_nothing_is_given(void **state)
{
	const struct vmopnotify_page *page;
	struct vmopnotify_operation op;
	struct vmopnotify_status st;
	struct vmopnotify_event ev;

	(void)state;
	assert_int_equal(vmopnotify_open(NULL, 0), -EINVAL);
	vmopnotify_close(NULL);
	assert_int_equal(vmopnotify_fd(NULL), -EINVAL);
	assert_int_equal(vmopnotify_next_event(NULL, &ev), -EINVAL);
	assert_int_equal(vmopnotify_next_event(n, NULL), -EINVAL);
	assert_int_equal(vmopnotify_next_events(NULL, &ev, 1), -EINVAL);
	assert_int_equal(vmopnotify_next_events(n, NULL, 1), -EINVAL);
	assert_int_equal(vmopnotify_next_events(n, &ev, 0), -EINVAL);
	assert_int_equal(vmopnotify_join_as(NULL, "x", 0, 0), -EINVAL);
	assert_int_equal(vmopnotify_join_as(n, NULL, 0, 0), -EINVAL);
	assert_int_equal(vmopnotify_leave(NULL), -EINVAL);
	assert_int_equal(vmopnotify_ack_operation(NULL, 1, 0), -EINVAL);
	assert_int_equal(vmopnotify_get_status(NULL, &st), -EINVAL);
	assert_int_equal(vmopnotify_get_status(n, NULL), -EINVAL);
	assert_int_equal(vmopnotify_get_operation(NULL, &op), -EINVAL);
	assert_int_equal(vmopnotify_get_operation(n, NULL), -EINVAL);
	assert_int_equal(vmopnotify_synchronize(NULL, &st, &op), -EINVAL);
	assert_int_equal(vmopnotify_synchronize(n, NULL, &op), -EINVAL);
	assert_int_equal(vmopnotify_map_page(NULL, &page), -EINVAL);
	assert_null(page);
	assert_int_equal(vmopnotify_map_page(n, NULL), -EINVAL);
	vmopnotify_unmap_page(NULL);
	assert_int_equal(calls, 0);
}

static void test_open_fails(void **state)
{
	struct vmopnotify *none = n;

	(void)state;
	assert_int_equal(vmopnotify_open(&none, 1U << 31), -EINVAL);
	assert_null(none);
	assert_int_equal(handle_open(&none, in_dir(dir, "none"), 0), -ENOENT);
	assert_null(none);
	assert_int_equal(handle_open(&none, dir, VMOPNOTIFY_OPEN_CONSUMER),
			 -EISDIR);
	assert_null(none);
}

static void test_how_it_is_opened(void **state)
{
	int fd = vmopnotify_fd(n), watching;
	struct vmopnotify *watcher;

	(void)state;
	assert_int_equal(handle_open(&watcher, path, 0), 0);
	watching = vmopnotify_fd(watcher);
	assert_int_equal(fcntl(watching, F_GETFL) & O_ACCMODE, O_RDONLY);
	vmopnotify_close(watcher);
	assert_int_equal(fcntl(watching, F_GETFD), -1);
	assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDWR);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
}

static void test_records_one_by_one(void **state)
{
	struct vmopnotify_event ev;

	(void)state;
	memset(&ev, 0xff, sizeof(ev));
	assert_int_equal(vmopnotify_next_event(n, &ev), -EAGAIN);
	assert_int_equal(ev.type, 0);
	assert_int_equal(ev.operation_id, 0);
	put(5, 2);
	assert_int_equal(vmopnotify_next_event(n, &ev), 0);
	assert_int_equal(ev.seq, 5);
	assert_int_equal(vmopnotify_next_event(n, &ev), 0);
	assert_int_equal(ev.seq, 6);
	assert_int_equal(vmopnotify_next_event(n, &ev), -EAGAIN);
}

static void test_several_records(void **state)
{
	struct vmopnotify_event events[4];

	(void)state;
	put(1, 6);
	assert_int_equal(vmopnotify_next_events(n, events, 4), 4);
	assert_int_equal(events[3].seq, 4);
	assert_int_equal(vmopnotify_next_events(n, events, 4), 2);
	assert_int_equal(events[1].seq, 6);
	assert_int_equal(vmopnotify_next_events(n, events, 4), -EAGAIN);
}

/* More than there is memory for in the address space is not asked for. */
static void test_room_for_very_many(void **state)
{
	struct vmopnotify_event *events = calloc(4096, sizeof(*events));

	(void)state;
	assert_non_null(events);
	put(1, 1);
	assert_int_equal(vmopnotify_next_events(n, events, UINT32_MAX), 1);
	free(events);
}

static void test_what_is_no_record(void **state)
{
	struct vmopnotify_event ev;

	(void)state;
	assert_int_equal(write(feed, "x", 1), 1);
	assert_int_equal(vmopnotify_next_event(n, &ev), -EIO);
}

static void test_a_state_covers_records(void **state)
{
	struct vmopnotify_event events[4];
	struct vmopnotify_status st;

	(void)state;
	put(1, 40);
	status.seq = 43;
	assert_int_equal(vmopnotify_get_status(n, &st), 0);
	assert_int_equal(vmopnotify_next_events(n, events, 1), 1);
	assert_int_equal(events[0].seq, 1);
	/* Two that are in the state, though they come when all are taken. */
	before_status = 2;
	after_status = 4;
	assert_int_equal(vmopnotify_synchronize(n, &st, NULL), 0);
	assert_int_equal(st.seq, 43);
	assert_int_equal(vmopnotify_next_events(n, events, 3), 1);
	assert_int_equal(events[0].seq, 43);
	assert_int_equal(vmopnotify_next_events(n, events, 4), 3);
	assert_int_equal(events[2].seq, 46);
	/* An older state, of another thread, does not uncover any. */
	before_status = after_status = 0;
	status.seq = 30;
	assert_int_equal(vmopnotify_synchronize(n, &st, NULL), 0);
	put(41, 1);
	assert_int_equal(vmopnotify_next_event(n, events), -EAGAIN);
}

static void test_a_failed_synchronize_covers_none(void **state)
{
	struct vmopnotify_operation op;
	struct vmopnotify_status st;
	struct vmopnotify_event ev;

	(void)state;
	status.seq = 7;
	answer = ENOTTY;
	assert_int_equal(vmopnotify_synchronize(n, &st, &op), -ENOTTY);
	put(1, 1);
	assert_int_equal(vmopnotify_next_event(n, &ev), 0);
	assert_int_equal(ev.seq, 1);
	assert_int_equal(write(feed, "x", 1), 1);
	assert_int_equal(vmopnotify_synchronize(n, &st, &op), -EIO);
}

static void test_state_and_operation_belong_together(void **state)
{
	struct vmopnotify_operation op;
	struct vmopnotify_status st;

	(void)state;
	status.operation_id = ID;
	restless = 3;
	assert_int_equal(vmopnotify_synchronize(n, &st, &op), 0);
	assert_int_equal(op.operation_id, ID + 3);
	assert_int_equal(st.operation_id, op.operation_id);
	assert_int_equal(restless, 0);
	status.operation_id = 0;
	memset(&op, 0xff, sizeof(op));
	assert_int_equal(vmopnotify_synchronize(n, &st, &op), 0);
	assert_int_equal(op.start_ns, 0);
	assert_int_equal(op.operation_id, 0);
	assert_int_equal(vmopnotify_get_operation(n, &op), -ENODATA);
}

static void test_join(void **state)
{
	static const char longest[] = "1234567890123456789012345678901";
	static const struct vmopnotify_join none;

	(void)state;
	assert_int_equal(vmopnotify_join_as(n, longest, 3, 250), 0);
	assert_string_equal(joined.name, longest);
	assert_int_equal(joined.stage, 3);
	assert_int_equal(joined.expected_ms, 250);
	assert_int_equal(joined.flags, 0);
	assert_memory_equal(joined.reserved, none.reserved,
			    sizeof(none.reserved));
	calls = 0;
	assert_int_equal(vmopnotify_join_as(n,
					    "12345678901234567890123456789012",
					    0, 0), -EINVAL);
	assert_int_equal(calls, 0);
	assert_int_equal(vmopnotify_leave(n), 0);
	assert_int_equal(asked, VMOPNOTIFY_IOC_LEAVE);
}

static void test_ack(void **state)
{
	(void)state;
	assert_int_equal(vmopnotify_ack_operation(n, ID, EIO), 0);
	assert_int_equal(acked.operation_id, ID);
	assert_int_equal(acked.result, EIO);
	assert_int_equal(acked.flags, 0);
	assert_int_equal(acked.reserved[0] | acked.reserved[1], 0);
	answer = ESTALE;
	assert_int_equal(vmopnotify_ack_operation(n, ID, 0), -ESTALE);
}

/* A FIFO is none that can be mapped. */
static void test_no_page(void **state)
{
	const struct vmopnotify_page *page;

	(void)state;
	assert_int_equal(vmopnotify_map_page(n, &page), -ENODEV);
	assert_null(page);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_flags),
		TEST(test_nothing_is_given),
		TEST(test_open_fails),
		TEST(test_how_it_is_opened),
		TEST(test_records_one_by_one),
		TEST(test_several_records),
		TEST(test_room_for_very_many),
		TEST(test_what_is_no_record),
		TEST(test_a_state_covers_records),
		TEST(test_a_failed_synchronize_covers_none),
		TEST(test_state_and_operation_belong_together),
		TEST(test_join),
		TEST(test_ack),
		TEST(test_no_page),
	};

	return cmocka_run_group_tests_name("library", tests, NULL, NULL);
}
