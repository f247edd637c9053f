// SPDX-License-Identifier: GPL-2.0
/*
 * A member of the crowd: what it does when it is asked to get quiet is drawn by
 * lot, operation by operation, and so is how long it stays.
 */
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <vmopnotify.h>

#include "crowd.h"

/* DUE_NEVER - of what is not to be done at a time of its own. */
#define DUE_NEVER	UINT64_MAX

#define MS		1000000ULL

/**
 * enum answer - to the question of an operation
 * @ANSWER_ACK: an ack, in its time
 * @ANSWER_ERROR: the same, with an error
 * @ANSWER_EXPIRED: an ack once the deadline has passed
 * @ANSWER_NEVER: none
 * @ANSWER_LEAVE: it leaves
 * @ANSWER_CLOSE: it closes its file
 * @ANSWER_DIE: it is killed
 */
enum answer {
	ANSWER_ACK,
	ANSWER_ERROR,
	ANSWER_EXPIRED,
	ANSWER_NEVER,
	ANSWER_LEAVE,
	ANSWER_CLOSE,
	ANSWER_DIE,
};

/* How often each is drawn, of 1000. */
static const struct {
	enum answer answer;
	unsigned int weight;
} lots[] = {
	{ ANSWER_ERROR, 50 },
	{ ANSWER_EXPIRED, 6 },
	{ ANSWER_NEVER, 6 },
	{ ANSWER_LEAVE, 25 },
	{ ANSWER_CLOSE, 25 },
	{ ANSWER_DIE, 25 },
};

/**
 * struct self - a member
 * @member: which
 * @seed: of the next lot
 * @facts: the pipe
 * @n: its device; NULL while it is away
 * @stays_until_ns: when it leaves for a while, or comes back
 * @asked: the operation that it was asked for last; it may be any number
 * @was_asked: it was
 * @answer: what it has drawn for @asked
 * @due_ns: when it answers
 * @quiet: it is, for @asked
 */
struct self {
	uint32_t member;
	unsigned int seed;
	int facts;
	struct vmopnotify *n;
	uint64_t stays_until_ns;
	uint64_t asked;
	bool was_asked;
	enum answer answer;
	uint64_t due_ns;
	bool quiet;
};

static unsigned int lot(struct self *s, unsigned int below)
{
	return (unsigned int)rand_r(&s->seed) % below;
}

static void tell(const struct self *s, enum fact_kind kind)
{
	struct fact fact = {
		.time_ns = monotonic_ns(),
		.id = s->asked,
		.member = s->member,
		.kind = kind,
	};

	if (write(s->facts, &fact, sizeof(fact)) != sizeof(fact))
		_exit(1);
}

static void come(struct self *s)
{
	char name[VMOPNOTIFY_NAME_LEN];
	int ret = vmopnotify_open(&s->n, VMOPNOTIFY_OPEN_CONSUMER);

	snprintf(name, sizeof(name), "member%u", s->member);
	if (!ret)
		ret = vmopnotify_join_as(s->n, name, lot(s, 3), 0);
	if (ret)
		errx(1, "%s: %s", name, strerror(-ret));
	tell(s, FACT_JOINED);
	s->stays_until_ns = monotonic_ns() + (500 + lot(s, 30000)) * MS;
}

/* Without a word to the kernel where @leave is not set: the close is it. */
static void go(struct self *s, bool leave)
{
	tell(s, FACT_LEAVING);
	if (leave && vmopnotify_leave(s->n))
		errx(1, "member%u cannot leave", s->member);
	vmopnotify_close(s->n);
	s->n = NULL;
	s->quiet = false;
	s->was_asked = false;
	s->stays_until_ns = monotonic_ns() + lot(s, 2000) * MS;
}

static void draw(struct self *s, uint64_t id)
{
	unsigned int n = lot(s, 1000);

	s->asked = id;
	s->was_asked = true;
	s->answer = ANSWER_ACK;
	for (unsigned int i = 0; i < sizeof(lots) / sizeof(*lots); i++) {
		if (n < lots[i].weight) {
			s->answer = lots[i].answer;
			break;
		}
		n -= lots[i].weight;
	}
	s->due_ns = monotonic_ns() + (lot(s, 2) ? lot(s, 200) * MS : 0);
}

static void ack(struct self *s)
{
	int ret;

	s->quiet = true;
	s->due_ns = DUE_NEVER;
	tell(s, FACT_QUIET);
	ret = vmopnotify_ack_operation(s->n, s->asked,
				       s->answer == ANSWER_ERROR ? EIO : 0);
	/* It may have ended meanwhile, and another one begun. */
	if (ret && ret != -ESTALE && ret != -ENOTCONN && ret != -EAGAIN)
		errx(1, "member%u: ack: %s", s->member, strerror(-ret));
}

static void answer(struct self *s, const struct vmopnotify_status *st)
{
	switch (s->answer) {
	case ANSWER_ACK:
	case ANSWER_ERROR:
		ack(s);
		break;
	case ANSWER_EXPIRED:
		if (st->state == VMOPNOTIFY_STATE_EXPIRED)
			ack(s);
		break;
	case ANSWER_NEVER:
		s->due_ns = DUE_NEVER;
		break;
	case ANSWER_LEAVE:
	case ANSWER_CLOSE:
		go(s, s->answer == ANSWER_LEAVE);
		break;
	case ANSWER_DIE:
		tell(s, FACT_LEAVING);
		raise(SIGKILL);
	}
}

/* Acts on the state, as the head of vmopnotify.h tells consumers to. */
static void attend(struct self *s)
{
	struct vmopnotify_status st;
	bool asked, acked;

	if (vmopnotify_get_status(s->n, &st))
		errx(1, "member%u: no state", s->member);
	asked = st.flags & VMOPNOTIFY_F_ASKED;
	acked = st.flags & VMOPNOTIFY_F_ACKED;
	if (s->quiet && !(acked && st.operation_id == s->asked)) {
		tell(s, FACT_RESUMED);
		s->quiet = false;
	}
	if (!asked || acked) {
		s->was_asked = asked;
		return;
	}
	if (!s->was_asked || s->asked != st.operation_id)
		draw(s, st.operation_id);
	if (monotonic_ns() >= s->due_ns)
		answer(s, &st);
}

static void drain(struct self *s)
{
	struct vmopnotify_event ev;
	int ret;

	do {
		ret = vmopnotify_next_event(s->n, &ev);
	} while (!ret || ret == -EPIPE);
	if (ret != -EAGAIN)
		errx(1, "member%u: %s", s->member, strerror(-ret));
}

/* Until it is to answer, to leave or to come, and for a while at most. */
static int wait_ms(const struct self *s)
{
	uint64_t now = monotonic_ns(), until = s->stays_until_ns;

	if (s->n && s->was_asked && s->due_ns < until)
		until = s->due_ns;
	if (until <= now)
		return s->n ? 20 : 0;
	return until - now > 1000 * MS ? 1000 : (int)((until - now) / MS) + 1;
}

/*
 * It leaves between operations: who is quiet, or is to be, has its answer to
 * give, which may be to leave.
 */
static void turn(struct self *s)
{
	struct pollfd pfd = { s->n ? vmopnotify_fd(s->n) : -1, POLLIN, 0 };

	poll(&pfd, 1, wait_ms(s));
	if (s->n) {
		drain(s);
		attend(s);
	}
	if (monotonic_ns() < s->stays_until_ns)
		return;
	if (!s->n)
		come(s);
	else if (!s->was_asked && !s->quiet)
		go(s, lot(s, 2));
}

void crowd_member(uint32_t member, unsigned int seed, int facts)
{
	struct self s = { .member = member, .seed = seed, .facts = facts };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		turn(&s);
}
