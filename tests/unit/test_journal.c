// SPDX-License-Identifier: GPL-2.0
/* The log in the journal, and the record of operations in it. */
#include "unit.h"

#include <inttypes.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <syslog.h>

#include "genl.h"
#include "journal.h"
#include "journal_send.h"
#include "log.h"

#define ID	UINT64_C(18446744073709551615)
#define S	UINT64_C(1000000000)

/* What the journal got: fields, one a line. */
static char entry[4096];
static unsigned int entries;
static struct journal journal;

/* In place of the one that sends. */
int journal_send(const struct iovec *iov, size_t n)
{
	size_t used = 0;

	entry[0] = '\n';
	entry[1] = '\0';
	used = 1;
	for (size_t i = 0; i < n; i++)
		used += (size_t)snprintf(entry + used, sizeof(entry) - used,
					 "%.*s\n", (int)iov[i].iov_len,
					 (char *)iov[i].iov_base);
	entries++;
	return 0;
}

static int setup(void **state)
{
	char stream[64];
	struct stat st;

	(void)state;
	memset(&journal, 0, sizeof(journal));
	entries = 0;
	assert_int_equal(fstat(STDERR_FILENO, &st), 0);
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev,
		 (uintmax_t)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	log_init();
	log_set_level(LOG_INFO);
	return 0;
}

static void has(const char *field)
{
	char line[256];

	snprintf(line, sizeof(line), "\n%s\n", field);
	if (!strstr(entry, line))
		fail_msg("no %s in:%s", field, entry);
}

static void lacks(const char *name)
{
	char line[256];

	snprintf(line, sizeof(line), "\n%s=", name);
	if (strstr(entry, line))
		fail_msg("%s in:%s", name, entry);
}

/* An event of the kernel's, as it comes. */
struct event {
	uint32_t type;
	uint64_t id;
	uint64_t time_ns;
	uint32_t state;
	uint32_t flags;
	uint32_t status;
	uint64_t quiesce_ns;
	uint64_t stun_ns;
	const char *text;
};

static void hear(const struct event *ev, bool attached)
{
	struct nlattr *attrs[VMOPNOTIFY_A_MAX + 1];
	struct nl_msg *msg = nlmsg_alloc();

	assert_non_null(msg);
	assert_non_null(nlmsg_put(msg, 0, 0, 0, 0, 0));
	nla_put_u32(msg, VMOPNOTIFY_A_EVENT_TYPE, ev->type);
	nla_put_u64(msg, VMOPNOTIFY_A_TIME_NS, ev->time_ns);
	nla_put_u32(msg, VMOPNOTIFY_A_STATE, ev->state);
	nla_put_u32(msg, VMOPNOTIFY_A_FLAGS, ev->flags);
	nla_put_u64(msg, VMOPNOTIFY_A_OPERATION_ID, ev->id);
	nla_put_string(msg, VMOPNOTIFY_A_OPERATION_TYPE, "host-migration");
	nla_put_u32(msg, VMOPNOTIFY_A_STATUS, ev->status);
	nla_put_u64(msg, VMOPNOTIFY_A_QUIESCE_NS, ev->quiesce_ns);
	nla_put_u64(msg, VMOPNOTIFY_A_STUN_NS, ev->stun_ns);
	nla_put_string(msg, VMOPNOTIFY_A_TEXT, ev->text ? ev->text : "");
	assert_int_equal(nlmsg_parse(nlmsg_hdr(msg), 0, attrs,
				     VMOPNOTIFY_A_MAX, NULL), 0);
	journal_event(&journal, attrs, attached);
	nlmsg_free(msg);
}

static void start(uint32_t flags)
{
	hear(&(struct event) {
		.type = VMOPNOTIFY_EVENT_START, .id = ID, .time_ns = 100 * S,
		.flags = flags, .state = VMOPNOTIFY_STATE_QUIESCING,
	}, true);
}

static void end(uint64_t time_ns)
{
	hear(&(struct event) {
		.type = VMOPNOTIFY_EVENT_END, .id = ID, .time_ns = time_ns,
		.state = VMOPNOTIFY_STATE_IDLE,
		.status = VMOPNOTIFY_END_SUCCESS, .text = "success",
	}, true);
}

static void test_messages(void **state)
{
	(void)state;
	log_warn("a %s", "message");
	has("MESSAGE=a message");
	has("PRIORITY=4");
	has("SYSLOG_IDENTIFIER=vmopnotifyd");
	lacks("VMOPNOTIFY_OPERATION");
	log_op(LOG_INFO, ID, "all are %s", "quiet");
	has("MESSAGE=operation 18446744073709551615: all are quiet");
	has("PRIORITY=6");
	has("VMOPNOTIFY_OPERATION=18446744073709551615");
	entries = 0;
	log_op(LOG_DEBUG, ID, "not wanted");
	assert_int_equal(entries, 0);
}

static void test_end(void **state)
{
	(void)state;
	start(VMOPNOTIFY_F_GUARANTEED);
	assert_int_equal(entries, 0);
	hear(&(struct event) {
		.type = VMOPNOTIFY_EVENT_END, .id = ID,
		.time_ns = 102 * S + 500000, .state = VMOPNOTIFY_STATE_IDLE,
		.flags = VMOPNOTIFY_F_GUARANTEED | VMOPNOTIFY_F_HOST_ACKED,
		.status = VMOPNOTIFY_END_FAILED, .quiesce_ns = S / 4,
		.stun_ns = S / 2, .text = "failure",
	}, true);
	assert_int_equal(entries, 1);
	has("MESSAGE_ID=" JOURNAL_END_ID);
	has("VMOPNOTIFY_OPERATION=18446744073709551615");
	has("VMOPNOTIFY_TYPE=host-migration");
	has("VMOPNOTIFY_STATUS=failure");
	has("VMOPNOTIFY_OUTCOME=failed");
	has("VMOPNOTIFY_FLAGS=guaranteed host-acked");
	has("VMOPNOTIFY_QUIESCE_USEC=250000");
	has("VMOPNOTIFY_STUN_USEC=500000");
	has("VMOPNOTIFY_DURATION_USEC=2000500");
	has("MESSAGE=operation 18446744073709551615: host-migration is over: "
	    "failed (failure), guaranteed host-acked, quiesced after 250 ms, "
	    "stunned for 500 ms, in all 2000 ms");
}

/* Given up by the kernel, with nobody quiet. */
static void test_end_lost(void **state)
{
	(void)state;
	start(VMOPNOTIFY_F_DRILL);
	hear(&(struct event) {
		.type = VMOPNOTIFY_EVENT_EXPIRED, .id = ID,
		.time_ns = 101 * S, .state = VMOPNOTIFY_STATE_EXPIRED,
		.flags = VMOPNOTIFY_F_DRILL,
	}, true);
	hear(&(struct event) {
		.type = VMOPNOTIFY_EVENT_END, .id = ID, .time_ns = 200 * S,
		.state = VMOPNOTIFY_STATE_IDLE, .flags = VMOPNOTIFY_F_DRILL,
		.status = VMOPNOTIFY_END_LOST,
	}, true);
	assert_int_equal(entries, 1);
	has("VMOPNOTIFY_FLAGS=drill expired");
	has("VMOPNOTIFY_STATUS=lost");
	has("VMOPNOTIFY_OUTCOME=lost");
	has("PRIORITY=4");
	lacks("VMOPNOTIFY_QUIESCE_USEC");
	lacks("VMOPNOTIFY_STUN_USEC");
	has("VMOPNOTIFY_DURATION_USEC=100000000");
}

/* To the journal also where less is wanted of the log. */
static void test_end_at_any_level(void **state)
{
	(void)state;
	log_set_level(LOG_ERR);
	start(0);
	end(101 * S);
	assert_int_equal(entries, 1);
	lacks("VMOPNOTIFY_FLAGS");
}

/* Whose start was not heard: how long it took is not known. */
static void test_end_alone(void **state)
{
	(void)state;
	end(101 * S);
	assert_int_equal(entries, 1);
	has("VMOPNOTIFY_TYPE=host-migration");
	lacks("VMOPNOTIFY_DURATION_USEC");
}

static void test_no_entry(void **state)
{
	(void)state;
	/* No such operation was open. */
	hear(&(struct event) {
		.type = VMOPNOTIFY_EVENT_END, .id = ID,
		.state = VMOPNOTIFY_STATE_IDLE, .flags = VMOPNOTIFY_F_STRAY,
	}, true);
	/* Another helper is attached, and writes it. */
	hear(&(struct event) {
		.type = VMOPNOTIFY_EVENT_END, .id = ID,
		.state = VMOPNOTIFY_STATE_IDLE,
	}, false);
	assert_int_equal(entries, 0);
	/* A drill, and no helper is attached: this one writes. */
	hear(&(struct event) {
		.type = VMOPNOTIFY_EVENT_END, .id = ID,
		.state = VMOPNOTIFY_STATE_DETACHED,
		.flags = VMOPNOTIFY_F_DRILL,
	}, false);
	assert_int_equal(entries, 1);
}

/* An operation that was open before us. */
static void test_view(void **state)
{
	struct kernel_view v = {
		.state = VMOPNOTIFY_STATE_EXPIRED, .open = true,
		.operation_id = ID, .operation_type = "host-migration",
		.start_ns = 100 * S,
	};

	(void)state;
	journal_view(&journal, &v);
	assert_int_equal(entries, 0);
	end(103 * S);
	assert_int_equal(entries, 1);
	has("VMOPNOTIFY_DURATION_USEC=3000000");
	has("VMOPNOTIFY_FLAGS=expired");
	v.open = false;
	journal_view(&journal, &v);
	assert_int_equal(entries, 1);
}

/* Events were lost: what the kernel still knows of the end. */
static void test_end_unseen(void **state)
{
	struct kernel_view v = {
		.state = VMOPNOTIFY_STATE_IDLE,
		.last_status = VMOPNOTIFY_END_SUCCESS,
		.last_quiesce_ns = S / 1000, .last_stun_ns = 2 * S / 1000,
	};

	(void)state;
	start(0);
	journal_view(&journal, &v);
	assert_int_equal(entries, 1);
	has("VMOPNOTIFY_OPERATION=18446744073709551615");
	has("VMOPNOTIFY_OUTCOME=success");
	has("VMOPNOTIFY_QUIESCE_USEC=1000");
	has("VMOPNOTIFY_STUN_USEC=2000");
	lacks("VMOPNOTIFY_DURATION_USEC");
	/* The end was on its way. */
	end(103 * S);
	assert_int_equal(entries, 1);
}

/* The end of another operation takes nothing from the one that is open. */
static void test_stray_end(void **state)
{
	(void)state;
	start(0);
	hear(&(struct event) {
		.type = VMOPNOTIFY_EVENT_END, .id = 1,
		.state = VMOPNOTIFY_STATE_QUIESCING,
		.flags = VMOPNOTIFY_F_STRAY,
	}, true);
	assert_int_equal(entries, 0);
	end(103 * S);
	assert_int_equal(entries, 1);
	has("VMOPNOTIFY_DURATION_USEC=3000000");
}

/* A token in the host's words is not shown there either. */
static void test_no_token(void **state)
{
	static const char token[] = "525b5364-6caf-24a0-562c-87955647baa4";

	(void)state;
	start(0);
	hear(&(struct event) {
		.type = VMOPNOTIFY_EVENT_END, .id = ID,
		.state = VMOPNOTIFY_STATE_IDLE, .text = token,
	}, true);
	assert_int_equal(entries, 1);
	assert_null(strstr(entry, token));
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_messages),
		TEST(test_end),
		TEST(test_end_lost),
		TEST(test_end_at_any_level),
		TEST(test_end_alone),
		TEST(test_no_entry),
		TEST(test_view),
		TEST(test_end_unseen),
		TEST(test_stray_end),
		TEST(test_no_token),
	};

	return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
