// SPDX-License-Identifier: GPL-2.0
/* The decisions of "vmopnotifyctl run": inputs in, actions out. */
#include "unit.h"

#include <errno.h>
#include <signal.h>

#include "runner_logic.h"

#define MS(n)		((n) * UINT64_C(1000000))
#define S(n)		((n) * UINT64_C(1000000000))

#define HOUR		S(3600)
#define BIG		UINT64_C(18446744073709551615)

/**
 * struct bench - a runner under test
 * @r: the runner
 * @now_ns: the time
 * @seq: of the next record
 * @last: the action taken last
 */
struct bench {
	struct runner r;
	uint64_t now_ns;
	uint64_t seq;
	struct runner_action last;
};

/* A runner of stage 1, at an hour after boot, in the idle state. */
static struct bench bench(void)
{
	return (struct bench) { .r.stage = 1, .now_ns = HOUR, .seq = 100 };
}

static void send(struct bench *b, struct vmopnotify_event ev)
{
	ev.seq = b->seq++;
	ev.time_ns = b->now_ns;
	snprintf(ev.operation_type, sizeof(ev.operation_type),
		 "host-migration");
	runner_event(&b->r, &ev, b->now_ns);
}

static void start(struct bench *b, uint64_t id)
{
	send(b, (struct vmopnotify_event) {
		.type = VMOPNOTIFY_EVENT_START, .operation_id = id,
		.state = VMOPNOTIFY_STATE_QUIESCING,
		.deadline_ns = b->now_ns + S(30) });
}

static void prepare_at(struct bench *b, uint64_t id, uint32_t stage,
		       uint64_t deadline_ns)
{
	send(b, (struct vmopnotify_event) {
		.type = VMOPNOTIFY_EVENT_PREPARE, .operation_id = id,
		.state = VMOPNOTIFY_STATE_QUIESCING, .stage = stage,
		.deadline_ns = deadline_ns });
}

static void prepare(struct bench *b, uint64_t id)
{
	prepare_at(b, id, 1, b->now_ns + S(30));
}

static void end_as(struct bench *b, uint64_t id, uint32_t status,
		   uint32_t flags)
{
	send(b, (struct vmopnotify_event) {
		.type = VMOPNOTIFY_EVENT_END, .operation_id = id,
		.state = VMOPNOTIFY_STATE_IDLE, .status = status,
		.stun_ns = MS(70), .flags = flags });
}

static void end(struct bench *b, uint64_t id)
{
	end_as(b, id, VMOPNOTIFY_END_SUCCESS, 0);
}

/* Records were lost, and this is the state now. */
static void resync(struct bench *b, uint64_t id, uint32_t state,
		   uint32_t flags)
{
	struct vmopnotify_status st = {
		.seq = b->seq += 1000,
		.operation_id = id,
		.deadline_ns = b->now_ns + S(30),
		.state = state,
		.flags = flags | VMOPNOTIFY_F_CONSUMER,
	};

	runner_sync(&b->r, &st, "host-migration", b->now_ns);
}

static void done(struct bench *b, int result)
{
	runner_done(&b->r, result, b->now_ns);
}

static void pass_time(struct bench *b, uint64_t ns)
{
	b->now_ns += ns;
	runner_tick(&b->r, b->now_ns);
}

/* To when the runner wants to be woken. */
static void pass_to_timer(struct bench *b)
{
	uint64_t due_ns = runner_timer_ns(&b->r);

	assert_true(due_ns > b->now_ns);
	pass_time(b, due_ns - b->now_ns - 1);
	assert_int_equal(b->r.count, 0);
	pass_time(b, 1);
}

static void expect_nothing(struct bench *b)
{
	assert_false(runner_next(&b->r, &b->last));
}

static void expect(struct bench *b, enum runner_action_type type, uint64_t id)
{
	assert_true(runner_next(&b->r, &b->last));
	assert_int_equal(b->last.type, type);
	assert_int_equal(b->last.op.id, id);
}

static void expect_only(struct bench *b, enum runner_action_type type,
			uint64_t id)
{
	expect(b, type, id);
	expect_nothing(b);
}

static void expect_result(struct bench *b, enum runner_action_type type,
			  uint64_t id, int result)
{
	expect_only(b, type, id);
	assert_int_equal(b->last.result, result);
}

/* Quiet for @id, and acked. */
static struct bench quiet_bench(uint64_t id)
{
	struct bench b = bench();

	start(&b, id);
	prepare(&b, id);
	expect_only(&b, RUNNER_DO_QUIESCE, id);
	done(&b, 0);
	expect_result(&b, RUNNER_DO_ACK, id, 0);
	return b;
}

static void test_plain(void **state)
{
	struct bench b = bench();

	(void)state;
	start(&b, BIG);
	prepare_at(&b, BIG, 0, HOUR + S(30));
	expect_nothing(&b);
	prepare(&b, BIG);
	expect_only(&b, RUNNER_DO_QUIESCE, BIG);
	assert_string_equal(b.last.op.type, "host-migration");
	assert_int_equal(b.last.op.state, VMOPNOTIFY_STATE_QUIESCING);
	assert_int_equal(b.last.op.deadline_ns, HOUR + S(30));
	assert_false(b.last.op.drill);
	done(&b, 0);
	expect_result(&b, RUNNER_DO_ACK, BIG, 0);
	assert_int_equal(runner_timer_ns(&b.r), 0);
	prepare_at(&b, BIG, 2, HOUR + S(30));
	expect_nothing(&b);

	end(&b, BIG);
	expect_only(&b, RUNNER_DO_UNQUIESCE, BIG);
	assert_int_equal(b.last.op.status, VMOPNOTIFY_END_SUCCESS);
	assert_int_equal(b.last.op.state, VMOPNOTIFY_STATE_IDLE);
	assert_int_equal(b.last.op.stun_ns, MS(70));
	done(&b, 0);
	expect_nothing(&b);
	end(&b, BIG);
	expect_nothing(&b);
}

static void test_drill(void **state)
{
	struct bench b = bench();

	(void)state;
	send(&b, (struct vmopnotify_event) {
		.type = VMOPNOTIFY_EVENT_PREPARE, .operation_id = 1,
		.stage = 1, .flags = VMOPNOTIFY_F_DRILL });
	expect_only(&b, RUNNER_DO_QUIESCE, 1);
	assert_true(b.last.op.drill);
}

static void test_not_asked(void **state)
{
	struct bench b = bench();

	(void)state;
	start(&b, 7);
	prepare_at(&b, 7, 0, HOUR + S(30));
	end(&b, 7);
	expect_nothing(&b);
}

static void test_end_stray(void **state)
{
	struct bench b = quiet_bench(0);

	(void)state;
	end_as(&b, 0, VMOPNOTIFY_END_SUCCESS, VMOPNOTIFY_F_STRAY);
	end(&b, 9);
	expect_nothing(&b);
	end(&b, 0);
	expect_only(&b, RUNNER_DO_UNQUIESCE, 0);
}

/* The quiesce command is gone before it is undone, and no ack is sent. */
static void test_end_while_quiescing(void **state)
{
	struct bench b = bench();

	(void)state;
	prepare(&b, 7);
	expect_only(&b, RUNNER_DO_QUIESCE, 7);
	end_as(&b, 7, VMOPNOTIFY_END_FAILED, 0);
	expect_only(&b, RUNNER_DO_TERM, 7);
	done(&b, EINTR);
	expect_only(&b, RUNNER_DO_UNQUIESCE, 7);
	assert_int_equal(b.last.op.status, VMOPNOTIFY_END_FAILED);
	done(&b, 0);
	expect_nothing(&b);
}

static void test_end_while_quiescing_stubborn(void **state)
{
	struct bench b = bench();

	(void)state;
	prepare(&b, 7);
	expect_only(&b, RUNNER_DO_QUIESCE, 7);
	end(&b, 7);
	expect_only(&b, RUNNER_DO_TERM, 7);
	assert_int_equal(runner_timer_ns(&b.r), b.now_ns + S(1));
	pass_to_timer(&b);
	expect_only(&b, RUNNER_DO_KILL, 7);
	assert_int_equal(runner_timer_ns(&b.r), 0);
	done(&b, EINTR);
	expect_only(&b, RUNNER_DO_UNQUIESCE, 7);
}

static void test_back_to_back(void **state)
{
	struct bench b = quiet_bench(1);

	(void)state;
	end_as(&b, 1, VMOPNOTIFY_END_LOST, 0);
	start(&b, 2);
	prepare(&b, 2);
	expect_only(&b, RUNNER_DO_UNQUIESCE, 1);
	assert_int_equal(b.last.op.status, VMOPNOTIFY_END_LOST);
	done(&b, 0);
	expect_only(&b, RUNNER_DO_QUIESCE, 2);
	done(&b, 0);
	expect_result(&b, RUNNER_DO_ACK, 2, 0);
	end(&b, 2);
	expect_only(&b, RUNNER_DO_UNQUIESCE, 2);
}

/* The same id again, as after a drill: two operations all the same. */
static void test_back_to_back_same_id(void **state)
{
	struct bench b = quiet_bench(1);

	(void)state;
	end(&b, 1);
	start(&b, 1);
	prepare(&b, 1);
	expect_only(&b, RUNNER_DO_UNQUIESCE, 1);
	done(&b, 0);
	expect_only(&b, RUNNER_DO_QUIESCE, 1);
}

static void test_back_to_back_while_quiescing(void **state)
{
	struct bench b = bench();

	(void)state;
	prepare(&b, 1);
	expect_only(&b, RUNNER_DO_QUIESCE, 1);
	end(&b, 1);
	prepare(&b, 2);
	expect_only(&b, RUNNER_DO_TERM, 1);
	done(&b, 0);
	expect_only(&b, RUNNER_DO_UNQUIESCE, 1);
	done(&b, 0);
	expect_only(&b, RUNNER_DO_QUIESCE, 2);
}

static void test_next_ends_before_its_turn(void **state)
{
	struct bench b = quiet_bench(1);

	(void)state;
	end(&b, 1);
	prepare(&b, 2);
	expect_only(&b, RUNNER_DO_UNQUIESCE, 1);
	end(&b, 2);
	expect_only(&b, RUNNER_DO_PASS, 2);
	prepare(&b, 3);
	expect_nothing(&b);
	done(&b, 0);
	expect_only(&b, RUNNER_DO_QUIESCE, 3);
}

static void test_next_has_no_time(void **state)
{
	struct bench b = quiet_bench(1);

	(void)state;
	end(&b, 1);
	prepare(&b, 2);
	expect_only(&b, RUNNER_DO_UNQUIESCE, 1);
	pass_to_timer(&b);
	expect_result(&b, RUNNER_DO_ACK, 2, ETIMEDOUT);
	done(&b, 0);
	expect_nothing(&b);
	end(&b, 2);
	expect_nothing(&b);
	prepare(&b, 3);
	expect_only(&b, RUNNER_DO_QUIESCE, 3);
}

static void test_timeout(void **state)
{
	struct bench b = bench();

	(void)state;
	b.r.timeout_ns = S(2);
	prepare(&b, 7);
	expect_only(&b, RUNNER_DO_QUIESCE, 7);
	assert_int_equal(runner_timer_ns(&b.r), HOUR + S(2));
	pass_to_timer(&b);
	expect_only(&b, RUNNER_DO_TERM, 7);
	/* Even if it says that it went well after all. */
	done(&b, 0);
	expect_result(&b, RUNNER_DO_ACK, 7, ETIMEDOUT);
	end(&b, 7);
	expect_only(&b, RUNNER_DO_UNQUIESCE, 7);
}

static void test_timeout_stubborn(void **state)
{
	struct bench b = bench();

	(void)state;
	b.r.timeout_ns = S(2);
	prepare(&b, 7);
	expect_only(&b, RUNNER_DO_QUIESCE, 7);
	pass_to_timer(&b);
	expect_only(&b, RUNNER_DO_TERM, 7);
	pass_to_timer(&b);
	expect(&b, RUNNER_DO_KILL, 7);
	expect_result(&b, RUNNER_DO_ACK, 7, ETIMEDOUT);
	done(&b, EINTR);
	expect_nothing(&b);
	end(&b, 7);
	expect_only(&b, RUNNER_DO_UNQUIESCE, 7);
}

/* It ends after it was killed and acked, and only after the end. */
static void test_timeout_unkillable(void **state)
{
	struct bench b = bench();

	(void)state;
	prepare(&b, 7);
	expect_only(&b, RUNNER_DO_QUIESCE, 7);
	pass_to_timer(&b);
	expect_only(&b, RUNNER_DO_TERM, 7);
	pass_to_timer(&b);
	expect(&b, RUNNER_DO_KILL, 7);
	expect_result(&b, RUNNER_DO_ACK, 7, ETIMEDOUT);
	end(&b, 7);
	expect_nothing(&b);
	done(&b, EINTR);
	expect_only(&b, RUNNER_DO_UNQUIESCE, 7);
}

/* Without --timeout, and whatever it is: the ack comes before the deadline. */
static void test_timeout_by_deadline(void **state)
{
	static const uint64_t left_ns[] = { MS(100), S(1), S(30), S(600) };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(left_ns); i++) {
		struct bench b = bench();
		uint64_t deadline_ns = HOUR + left_ns[i];

		b.r.timeout_ns = i % 2 ? S(3600) : 0;
		prepare_at(&b, 7, 1, deadline_ns);
		expect_only(&b, RUNNER_DO_QUIESCE, 7);
		pass_to_timer(&b);
		assert_true(b.now_ns >= HOUR + left_ns[i] * 9 / 10);
		expect_only(&b, RUNNER_DO_TERM, 7);
		pass_to_timer(&b);
		expect(&b, RUNNER_DO_KILL, 7);
		expect_result(&b, RUNNER_DO_ACK, 7, ETIMEDOUT);
		assert_true(b.now_ns <= deadline_ns);
	}
}

static void test_timeout_change(void **state)
{
	struct bench b = bench();

	(void)state;
	prepare(&b, 7);
	expect_only(&b, RUNNER_DO_QUIESCE, 7);
	assert_int_equal(runner_timer_ns(&b.r), HOUR + S(29));
	send(&b, (struct vmopnotify_event) {
		.type = VMOPNOTIFY_EVENT_TIMEOUT_CHANGE, .operation_id = 7,
		.deadline_ns = HOUR + S(10) });
	assert_int_equal(runner_timer_ns(&b.r), HOUR + S(9));
	expect_nothing(&b);
}

/* A later stage may be asked when the deadline has passed. */
static void test_after_deadline(void **state)
{
	struct bench b = bench();

	(void)state;
	prepare_at(&b, 7, 1, HOUR - S(1));
	expect_only(&b, RUNNER_DO_QUIESCE, 7);
	assert_int_equal(runner_timer_ns(&b.r), 0);
	done(&b, 0);
	expect_result(&b, RUNNER_DO_ACK, 7, 0);

	b = bench();
	b.r.timeout_ns = S(5);
	prepare_at(&b, 7, 1, HOUR - S(1));
	assert_int_equal(runner_timer_ns(&b.r), HOUR + S(5));
}

static void test_failure(void **state)
{
	struct bench b = bench();

	(void)state;
	prepare(&b, 7);
	expect_only(&b, RUNNER_DO_QUIESCE, 7);
	done(&b, EIO);
	expect_result(&b, RUNNER_DO_ACK, 7, EIO);
	end(&b, 7);
	expect_only(&b, RUNNER_DO_UNQUIESCE, 7);

	b = bench();
	b.r.hold = true;
	prepare(&b, 7);
	expect_only(&b, RUNNER_DO_QUIESCE, 7);
	done(&b, EIO);
	expect_result(&b, RUNNER_DO_HOLD, 7, EIO);
	end(&b, 7);
	expect_only(&b, RUNNER_DO_UNQUIESCE, 7);
}

static void test_hold(void **state)
{
	struct bench b = bench();

	(void)state;
	b.r.hold = true;
	prepare(&b, 1);
	expect_only(&b, RUNNER_DO_QUIESCE, 1);
	pass_to_timer(&b);
	expect_only(&b, RUNNER_DO_TERM, 1);
	done(&b, EINTR);
	expect_result(&b, RUNNER_DO_HOLD, 1, ETIMEDOUT);
	end(&b, 1);
	expect_only(&b, RUNNER_DO_UNQUIESCE, 1);
	prepare(&b, 2);
	pass_to_timer(&b);
	expect_result(&b, RUNNER_DO_HOLD, 2, ETIMEDOUT);
	done(&b, 0);
	/* What goes well is acked. */
	end(&b, 2);
	prepare(&b, 3);
	expect_only(&b, RUNNER_DO_QUIESCE, 3);
	done(&b, 0);
	expect_result(&b, RUNNER_DO_ACK, 3, 0);
}

/* Nothing is undone for what did not begin; an undoing is tried again. */
static void test_not_started(void **state)
{
	struct bench b = bench();

	(void)state;
	prepare(&b, 1);
	expect_only(&b, RUNNER_DO_QUIESCE, 1);
	runner_not_started(&b.r, EAGAIN, b.now_ns);
	expect_result(&b, RUNNER_DO_ACK, 1, EAGAIN);
	end(&b, 1);
	expect_nothing(&b);

	prepare(&b, 2);
	expect_only(&b, RUNNER_DO_QUIESCE, 2);
	done(&b, 0);
	expect_only(&b, RUNNER_DO_ACK, 2);
	end(&b, 2);
	for (int i = 0; i < 3; i++) {
		expect_only(&b, RUNNER_DO_UNQUIESCE, 2);
		runner_not_started(&b.r, EAGAIN, b.now_ns);
		pass_to_timer(&b);
	}
	expect_only(&b, RUNNER_DO_UNQUIESCE, 2);
	assert_int_equal(runner_timer_ns(&b.r), 0);
}

#define MEMBER	VMOPNOTIFY_F_MEMBER
#define ASKED	(MEMBER | VMOPNOTIFY_F_ASKED)
#define ACKED	(ASKED | VMOPNOTIFY_F_ACKED)

static void test_overrun_same(void **state)
{
	struct bench b = quiet_bench(1);

	(void)state;
	resync(&b, 1, VMOPNOTIFY_STATE_QUIESCING, ACKED);
	resync(&b, 1, VMOPNOTIFY_STATE_QUIESCED, ACKED);
	resync(&b, 1, VMOPNOTIFY_STATE_EXPIRED, ACKED);
	expect_nothing(&b);
	end(&b, 1);
	expect_only(&b, RUNNER_DO_UNQUIESCE, 1);
}

static void test_overrun_swallows_end(void **state)
{
	struct bench b = quiet_bench(1);

	(void)state;
	resync(&b, 0, VMOPNOTIFY_STATE_IDLE, 0);
	expect_only(&b, RUNNER_DO_UNQUIESCE, 1);
	assert_int_equal(b.last.op.status, VMOPNOTIFY_END_NONE);
	/* An older record of the end that is read yet does not count. */
	done(&b, 0);
	b.seq -= 10;
	prepare(&b, 1);
	end(&b, 1);
	expect_nothing(&b);
}

static void test_overrun_swallows_end_and_prepare(void **state)
{
	struct bench b = quiet_bench(1);

	(void)state;
	resync(&b, 2, VMOPNOTIFY_STATE_QUIESCING, ASKED);
	expect_only(&b, RUNNER_DO_UNQUIESCE, 1);
	done(&b, 0);
	expect_only(&b, RUNNER_DO_QUIESCE, 2);
	assert_string_equal(b.last.op.type, "host-migration");

	/* The same id, but an operation that has not been acked: another. */
	b = quiet_bench(1);
	resync(&b, 1, VMOPNOTIFY_STATE_QUIESCING, ASKED);
	expect_only(&b, RUNNER_DO_UNQUIESCE, 1);
	done(&b, 0);
	expect_only(&b, RUNNER_DO_QUIESCE, 1);

	/* It was a drill's, and no drill is open. */
	b = bench();
	resync(&b, 1, VMOPNOTIFY_STATE_QUIESCING, ASKED | VMOPNOTIFY_F_DRILL);
	expect_only(&b, RUNNER_DO_QUIESCE, 1);
	resync(&b, 1, VMOPNOTIFY_STATE_QUIESCING, ASKED);
	expect_only(&b, RUNNER_DO_TERM, 1);

	/* Unless the ack was refused. */
	b = quiet_bench(1);
	runner_refused(&b.r);
	resync(&b, 1, VMOPNOTIFY_STATE_QUIESCING, ASKED);
	expect_nothing(&b);
}

static void test_overrun_swallows_prepare(void **state)
{
	struct bench b = bench();

	(void)state;
	resync(&b, 1, VMOPNOTIFY_STATE_QUIESCING, MEMBER);
	expect_nothing(&b);
	resync(&b, 1, VMOPNOTIFY_STATE_QUIESCING, ASKED);
	expect_only(&b, RUNNER_DO_QUIESCE, 1);
	resync(&b, 1, VMOPNOTIFY_STATE_QUIESCING, ASKED);
	expect_nothing(&b);
	done(&b, 0);
	expect_only(&b, RUNNER_DO_ACK, 1);
}

/* Of a timeout-change the deadline is in the state. */
static void test_overrun_swallows_timeout_change(void **state)
{
	struct bench b = bench();

	(void)state;
	prepare_at(&b, 1, 1, HOUR + S(600));
	expect_only(&b, RUNNER_DO_QUIESCE, 1);
	assert_int_equal(runner_timer_ns(&b.r), HOUR + S(599));
	resync(&b, 1, VMOPNOTIFY_STATE_QUIESCING, ASKED);
	expect_nothing(&b);
	assert_int_equal(runner_timer_ns(&b.r), HOUR + S(29));
}

static void test_overrun_while_quiescing(void **state)
{
	struct bench b = bench();

	(void)state;
	prepare(&b, 1);
	expect_only(&b, RUNNER_DO_QUIESCE, 1);
	resync(&b, 2, VMOPNOTIFY_STATE_QUIESCING, ASKED);
	expect_only(&b, RUNNER_DO_TERM, 1);
	done(&b, EINTR);
	expect_only(&b, RUNNER_DO_UNQUIESCE, 1);
	resync(&b, 3, VMOPNOTIFY_STATE_QUIESCING, ASKED);
	expect_only(&b, RUNNER_DO_PASS, 2);
	done(&b, 0);
	expect_only(&b, RUNNER_DO_QUIESCE, 3);
}

/* It joined in mid-operation: it is not awaited and does not act. */
static void test_late_joiner(void **state)
{
	struct bench b = bench();

	(void)state;
	resync(&b, 1, VMOPNOTIFY_STATE_QUIESCING, 0);
	prepare(&b, 1);
	end(&b, 1);
	expect_nothing(&b);
	start(&b, 1);
	prepare(&b, 1);
	expect_only(&b, RUNNER_DO_QUIESCE, 1);
}

/* The records between the opening and the joining are read after the latter. */
static void test_records_before_joining(void **state)
{
	struct bench b = bench();

	(void)state;
	resync(&b, 1, VMOPNOTIFY_STATE_QUIESCING, ASKED);
	expect_only(&b, RUNNER_DO_QUIESCE, 1);
	b.seq -= 4;
	end(&b, 9);
	start(&b, 1);
	prepare(&b, 1);
	end(&b, 1);
	expect_nothing(&b);
	end(&b, 1);
	expect_only(&b, RUNNER_DO_TERM, 1);
}

static void test_stop(void **state)
{
	struct bench b = bench();

	(void)state;
	runner_stop(&b.r, b.now_ns);
	expect_only(&b, RUNNER_DO_EXIT, 0);
	prepare(&b, 1);
	runner_stop(&b.r, b.now_ns);
	expect_nothing(&b);
}

static void test_stop_while_quiet(void **state)
{
	struct bench b = quiet_bench(1);

	(void)state;
	send(&b, (struct vmopnotify_event) {
		.type = VMOPNOTIFY_EVENT_QUIESCED, .operation_id = 1,
		.state = VMOPNOTIFY_STATE_QUIESCED });
	runner_stop(&b.r, b.now_ns);
	expect(&b, RUNNER_DO_UNQUIESCE, 1);
	assert_int_equal(b.last.op.status, VMOPNOTIFY_END_NONE);
	assert_int_equal(b.last.op.state, VMOPNOTIFY_STATE_QUIESCED);
	expect_only(&b, RUNNER_DO_LEAVE, 1);
	end(&b, 1);
	prepare(&b, 2);
	runner_stop(&b.r, b.now_ns);
	expect_nothing(&b);
	done(&b, EIO);
	expect_only(&b, RUNNER_DO_EXIT, 1);
}

static void test_stop_while_quiescing(void **state)
{
	struct bench b = bench();

	(void)state;
	prepare(&b, 1);
	expect_only(&b, RUNNER_DO_QUIESCE, 1);
	runner_stop(&b.r, b.now_ns);
	expect_only(&b, RUNNER_DO_TERM, 1);
	pass_to_timer(&b);
	expect_only(&b, RUNNER_DO_KILL, 1);
	done(&b, EINTR);
	expect_only(&b, RUNNER_DO_UNQUIESCE, 1);
	done(&b, 0);
	expect_only(&b, RUNNER_DO_EXIT, 1);
}

static void test_stop_while_resuming(void **state)
{
	struct bench b = quiet_bench(1);

	(void)state;
	end(&b, 1);
	prepare(&b, 2);
	expect_only(&b, RUNNER_DO_UNQUIESCE, 1);
	runner_stop(&b.r, b.now_ns);
	expect(&b, RUNNER_DO_PASS, 2);
	expect_only(&b, RUNNER_DO_LEAVE, 1);
	done(&b, 0);
	expect_only(&b, RUNNER_DO_EXIT, 1);
}

/* It leaves once no open operation needs its ack, and once only. */
static void test_stop_leaves(void **state)
{
	struct bench b = quiet_bench(1);

	(void)state;
	/* Stopped while it resumes: at once. */
	end(&b, 1);
	expect_only(&b, RUNNER_DO_UNQUIESCE, 1);
	runner_stop(&b.r, b.now_ns);
	expect_only(&b, RUNNER_DO_LEAVE, 1);
	start(&b, 2);
	prepare(&b, 2);
	end(&b, 2);
	expect_nothing(&b);
	done(&b, 0);
	expect_only(&b, RUNNER_DO_EXIT, 1);

	/* One that has not acked is awaited until the end, or is undone. */
	b = bench();
	b.r.hold = true;
	prepare(&b, 1);
	expect_only(&b, RUNNER_DO_QUIESCE, 1);
	done(&b, EIO);
	expect_only(&b, RUNNER_DO_HOLD, 1);
	runner_stop(&b.r, b.now_ns);
	expect_only(&b, RUNNER_DO_UNQUIESCE, 1);
	end(&b, 1);
	expect_only(&b, RUNNER_DO_LEAVE, 1);

	b = bench();
	prepare(&b, 1);
	expect_only(&b, RUNNER_DO_QUIESCE, 1);
	runner_stop(&b.r, b.now_ns);
	expect_only(&b, RUNNER_DO_TERM, 1);
	done(&b, EINTR);
	expect_only(&b, RUNNER_DO_UNQUIESCE, 1);
	/* Another asks: the end of this one was not seen. */
	prepare(&b, 2);
	expect_only(&b, RUNNER_DO_LEAVE, 1);
	done(&b, 0);
	expect_only(&b, RUNNER_DO_EXIT, 1);

	/* Of an overrun the same follows. */
	b = bench();
	prepare(&b, 1);
	expect_only(&b, RUNNER_DO_QUIESCE, 1);
	runner_stop(&b.r, b.now_ns);
	expect_only(&b, RUNNER_DO_TERM, 1);
	resync(&b, 2, VMOPNOTIFY_STATE_QUIESCING, ASKED);
	expect_only(&b, RUNNER_DO_LEAVE, 1);
}

/* What could not be started leaves nothing to undo: the next has its turn. */
static struct bench restored_bench(uint64_t id, bool open)
{
	const struct runner_op op = { .id = id, .type = "host-migration" };
	struct bench b = bench();

	runner_restore(&b.r, &op, open);
	return b;
}

/* A runner before us left the application quiet, and the operation is open. */
static void test_restored(void **state)
{
	struct bench b = restored_bench(5, true);

	(void)state;
	expect_nothing(&b);
	resync(&b, 5, VMOPNOTIFY_STATE_QUIESCED, 0);
	expect_nothing(&b);
	/* We are no member: it does not ask again, nor is it acked. */
	prepare(&b, 5);
	expect_nothing(&b);
	pass_time(&b, S(60));
	expect_nothing(&b);
	end_as(&b, 5, VMOPNOTIFY_END_FAILED, 0);
	expect_only(&b, RUNNER_DO_UNQUIESCE, 5);
	assert_int_equal(b.last.op.status, VMOPNOTIFY_END_FAILED);
	done(&b, 0);
	expect_nothing(&b);
	start(&b, 6);
	prepare(&b, 6);
	expect_only(&b, RUNNER_DO_QUIESCE, 6);
}

static void test_restored_when_over(void **state)
{
	struct bench b = restored_bench(5, false);

	(void)state;
	expect_only(&b, RUNNER_DO_UNQUIESCE, 5);
	assert_int_equal(b.last.op.status, VMOPNOTIFY_END_NONE);
	/* It is an operation of the same id that is open now. */
	resync(&b, 5, VMOPNOTIFY_STATE_QUIESCING, 0);
	expect_nothing(&b);
	/* And another one yet, which asks us. */
	start(&b, 5);
	prepare(&b, 5);
	expect_nothing(&b);
	done(&b, 0);
	expect_only(&b, RUNNER_DO_QUIESCE, 5);
}

/* It ended between the two looks. */
static void test_restored_ends_at_once(void **state)
{
	struct bench b = restored_bench(5, true);

	(void)state;
	resync(&b, 0, VMOPNOTIFY_STATE_IDLE, 0);
	expect_only(&b, RUNNER_DO_UNQUIESCE, 5);
	done(&b, 0);
	expect_nothing(&b);
}

static void test_restored_is_stopped(void **state)
{
	struct bench b = restored_bench(5, true);

	(void)state;
	resync(&b, 5, VMOPNOTIFY_STATE_QUIESCED, 0);
	runner_stop(&b.r, b.now_ns);
	expect_only(&b, RUNNER_DO_UNQUIESCE, 5);
	done(&b, 0);
	expect_only(&b, RUNNER_DO_EXIT, 5);
}

static void test_restored_meets_the_next(void **state)
{
	struct bench b = restored_bench(5, true);

	(void)state;
	resync(&b, 5, VMOPNOTIFY_STATE_QUIESCED, 0);
	prepare(&b, 6);
	expect_only(&b, RUNNER_DO_UNQUIESCE, 5);
	done(&b, 0);
	expect_only(&b, RUNNER_DO_QUIESCE, 6);
}

/* The time that a quiesce command is told. */
static void test_limit(void **state)
{
	struct bench b = bench();

	(void)state;
	prepare(&b, 1);
	expect_only(&b, RUNNER_DO_QUIESCE, 1);
	assert_int_equal(runner_limit_ns(&b.r), b.now_ns + S(29));
	b.r.timeout_ns = S(5);
	assert_int_equal(runner_limit_ns(&b.r), b.now_ns + S(5));
	assert_int_equal(runner_limit_ns(&b.r), runner_timer_ns(&b.r));
}

static void test_not_started_while_one_waits(void **state)
{
	struct bench b = bench();

	(void)state;
	prepare(&b, 1);
	end(&b, 1);
	prepare(&b, 2);
	expect(&b, RUNNER_DO_QUIESCE, 1);
	runner_not_started(&b.r, EAGAIN, b.now_ns);
	expect(&b, RUNNER_DO_TERM, 1);
	expect_only(&b, RUNNER_DO_QUIESCE, 2);
	done(&b, 0);
	expect_result(&b, RUNNER_DO_ACK, 2, 0);

	/* And who is to stop does. */
	b = bench();
	prepare(&b, 1);
	runner_stop(&b.r, b.now_ns);
	expect(&b, RUNNER_DO_QUIESCE, 1);
	runner_not_started(&b.r, EAGAIN, b.now_ns);
	expect(&b, RUNNER_DO_TERM, 1);
	expect(&b, RUNNER_DO_ACK, 1);
	expect_only(&b, RUNNER_DO_EXIT, 1);
}

/*
 * Any sequence of inputs: each quiesce is undone exactly once and before the
 * next, one command runs at a time, and a stop always leads to the exit; who
 * has left has no operation open that it did not ack, and acks no more.
 */
struct walk {
	struct bench b;
	bool quiesce_runs, unquiesce_runs, quiet, left, exited;
	uint64_t rng;
};

static unsigned int pick(struct walk *w, unsigned int n)
{
	w->rng = w->rng * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (unsigned int)(w->rng >> 33) % n;
}

static void walk_actions(struct walk *w)
{
	while (runner_next(&w->b.r, &w->b.last)) {
		assert_false(w->exited);
		switch (w->b.last.type) {
		case RUNNER_DO_QUIESCE:
			assert_false(w->quiet || w->unquiesce_runs);
			if (pick(w, 8)) {
				w->quiet = w->quiesce_runs = true;
				break;
			}
			runner_not_started(&w->b.r, ENOMEM, w->b.now_ns);
			break;
		case RUNNER_DO_UNQUIESCE:
			assert_true(w->quiet && !w->quiesce_runs &&
				    !w->unquiesce_runs);
			if (pick(w, 8))
				w->unquiesce_runs = true;
			else
				runner_not_started(&w->b.r, ENOMEM,
						   w->b.now_ns);
			break;
		case RUNNER_DO_TERM:
		case RUNNER_DO_KILL:
			assert_true(w->quiesce_runs);
			break;
		case RUNNER_DO_LEAVE:
			assert_false(w->left || (w->b.r.op_open &&
						 !w->b.r.acked));
			assert_true(w->b.r.stopping);
			w->left = true;
			break;
		case RUNNER_DO_ACK:
			assert_false(w->left);
			if (!pick(w, 4))
				runner_refused(&w->b.r);
			break;
		case RUNNER_DO_EXIT:
			assert_false(w->quiet || w->unquiesce_runs);
			w->exited = true;
			break;
		default:
			break;
		}
	}
}

static void walk_done(struct walk *w)
{
	if (w->unquiesce_runs)
		w->quiet = w->unquiesce_runs = false;
	else if (w->quiesce_runs)
		w->quiesce_runs = false;
	else
		return;
	done(&w->b, pick(w, 2) ? EIO : 0);
}

static void walk_sync(struct walk *w)
{
	static const uint32_t flags[] = { 0, MEMBER, ASKED, ACKED };

	if (pick(w, 2))
		resync(&w->b, pick(w, 3), VMOPNOTIFY_STATE_QUIESCING,
		     flags[pick(w, 4)]);
	else
		resync(&w->b, 0, VMOPNOTIFY_STATE_IDLE, 0);
}

static void walk_input(struct walk *w)
{
	switch (pick(w, 8)) {
	case 0:
	case 1:
		prepare(&w->b, pick(w, 3));
		break;
	case 2:
		end(&w->b, pick(w, 3));
		break;
	case 3:
	case 4:
		walk_done(w);
		break;
	case 5:
		pass_time(&w->b, S(1) * pick(w, 31));
		break;
	case 6:
		walk_sync(w);
		break;
	default:
		if (!pick(w, 8))
			runner_stop(&w->b.r, w->b.now_ns);
		break;
	}
	walk_actions(w);
}

static void test_any_sequence(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 20000; seed++) {
		struct walk w = { .b = bench(), .rng = seed };

		w.b.r.hold = seed & 1;
		w.b.r.timeout_ns = seed & 2 ? S(5) : 0;
		for (int i = 0; i < 40; i++)
			walk_input(&w);
		runner_stop(&w.b.r, w.b.now_ns);
		for (int i = 0; i < 1000 && !w.exited; i++) {
			walk_actions(&w);
			pass_time(&w.b, S(1));
			walk_actions(&w);
			walk_done(&w);
			walk_actions(&w);
		}
		assert_true(w.exited);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_drill),
		cmocka_unit_test(test_not_asked),
		cmocka_unit_test(test_end_stray),
		cmocka_unit_test(test_end_while_quiescing),
		cmocka_unit_test(test_end_while_quiescing_stubborn),
		cmocka_unit_test(test_back_to_back),
		cmocka_unit_test(test_back_to_back_same_id),
		cmocka_unit_test(test_back_to_back_while_quiescing),
		cmocka_unit_test(test_next_ends_before_its_turn),
		cmocka_unit_test(test_next_has_no_time),
		cmocka_unit_test(test_timeout),
		cmocka_unit_test(test_timeout_stubborn),
		cmocka_unit_test(test_timeout_unkillable),
		cmocka_unit_test(test_timeout_by_deadline),
		cmocka_unit_test(test_timeout_change),
		cmocka_unit_test(test_after_deadline),
		cmocka_unit_test(test_failure),
		cmocka_unit_test(test_hold),
		cmocka_unit_test(test_not_started),
		cmocka_unit_test(test_overrun_same),
		cmocka_unit_test(test_overrun_swallows_end),
		cmocka_unit_test(test_overrun_swallows_end_and_prepare),
		cmocka_unit_test(test_overrun_swallows_prepare),
		cmocka_unit_test(test_overrun_swallows_timeout_change),
		cmocka_unit_test(test_overrun_while_quiescing),
		cmocka_unit_test(test_late_joiner),
		cmocka_unit_test(test_records_before_joining),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_stop_while_quiet),
		cmocka_unit_test(test_stop_while_quiescing),
		cmocka_unit_test(test_stop_while_resuming),
		cmocka_unit_test(test_stop_leaves),
		cmocka_unit_test(test_not_started_while_one_waits),
		cmocka_unit_test(test_restored),
		cmocka_unit_test(test_restored_when_over),
		cmocka_unit_test(test_restored_ends_at_once),
		cmocka_unit_test(test_restored_is_stopped),
		cmocka_unit_test(test_restored_meets_the_next),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_any_sequence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
