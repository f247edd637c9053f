// SPDX-License-Identifier: GPL-2.0
/* Requests to the kernel whose answers are lost in an overrun. */
#include "unit.h"

#include <sys/socket.h>

static ssize_t fake_recvmsg(int fd, struct msghdr *mh, int flags);
static ssize_t fake_sendto(int fd, const void *data, size_t len, int flags,
			   const struct sockaddr *to, socklen_t tolen);

#define recvmsg	fake_recvmsg
#define sendto	fake_sendto
#include "genl.c"
#undef recvmsg
#undef sendto

enum step {
	END,
	OVERRUN,
	EMPTY,
	EVENT,
	ACK,
};

/* What the socket gives, and the number of the last request. */
static const enum step *script;
static uint32_t sent_seq;
static unsigned int sent;
static int send_error;
static unsigned int overruns, events;

static ssize_t give(struct msghdr *mh, uint16_t type, uint32_t seq, size_t len)
{
	struct nlmsghdr *nlh = mh->msg_iov->iov_base;

	memset(nlh, 0, NLMSG_HDRLEN + len);
	nlh->nlmsg_len = (uint32_t)(NLMSG_HDRLEN + len);
	nlh->nlmsg_type = type;
	nlh->nlmsg_seq = seq;
	return nlh->nlmsg_len;
}

static ssize_t fake_recvmsg(int fd, struct msghdr *mh, int flags)
{
	(void)fd;
	assert_true(flags & MSG_DONTWAIT);
	switch (*script++) {
	case OVERRUN:
		errno = ENOBUFS;
		return -1;
	case EMPTY:
		errno = EAGAIN;
		return -1;
	case EVENT:
		return give(mh, 100, 0, GENL_HDRLEN);
	case ACK:
		return give(mh, NLMSG_ERROR, sent_seq, sizeof(struct nlmsgerr));
	case END:
		break;
	}
	fail_msg("it reads on where nothing can come");
	return -1;
}

static ssize_t fake_sendto(int fd, const void *data, size_t len, int flags,
			   const struct sockaddr *to, socklen_t tolen)
{
	const struct nlmsghdr *nlh = data;

	(void)fd;
	(void)flags;
	(void)to;
	(void)tolen;
	if (send_error) {
		errno = send_error;
		return -1;
	}
	sent_seq = nlh->nlmsg_seq;
	sent++;
	return (ssize_t)len;
}

static int on_notify(uint8_t cmd, struct nlattr **attrs, void *arg)
{
	(void)arg;
	if (cmd == VMOPNOTIFY_CMD_UNSPEC && !attrs)
		overruns++;
	else
		events++;
	return 0;
}

static int setup(void **state)
{
	struct vmop_genl *g = calloc(1, sizeof(*g));

	assert_non_null(g);
	g->sock = nl_socket_alloc();
	assert_non_null(g->sock);
	g->fd = -1;
	g->family = 100;
	vmop_genl_set_notify(g, on_notify, NULL);
	overruns = events = sent = 0;
	send_error = 0;
	*state = g;
	return 0;
}

static int teardown(void **state)
{
	vmop_genl_close(*state);
	return 0;
}

static char err[VMOP_ERR_LEN];

static int ask(struct vmop_genl *g, const enum step *steps)
{
	int64_t began_ms = now_ms();
	int ret;

	script = steps;
	ret = vmop_genl_do(g, vmop_genl_msg(g, VMOPNOTIFY_CMD_GET), NULL, NULL,
			   err, sizeof(err));
	assert_in_range(now_ms() - began_ms, 0, REPLY_TIMEOUT_MS / 2);
	return ret;
}

static void test_answered(void **state)
{
	static const enum step steps[] = { EVENT, ACK, END };

	assert_int_equal(ask(*state, steps), 0);
	assert_string_equal(err, "");
	assert_int_equal(events, 1);
}

/* The buffer was full: the answer is not in it, and nothing is waited for. */
static void test_answer_lost(void **state)
{
	static const enum step steps[] = { OVERRUN, EVENT, EVENT, EMPTY, END };
	static const enum step next[] = { ACK, END };

	assert_int_equal(ask(*state, steps), -ENOBUFS);
	assert_string_not_equal(err, "");
	assert_int_equal(overruns, 1);
	assert_int_equal(events, 2);
	assert_int_equal(ask(*state, next), 0);
}

/* It is in it: all is well, but for the events. */
static void test_overrun_after_answer(void **state)
{
	static const enum step steps[] = { OVERRUN, EVENT, ACK, END };

	assert_int_equal(ask(*state, steps), 0);
	assert_int_equal(overruns, 1);
}

/*
 * The kernel tells of an overrun once, and drops until all has been read: the
 * next answer, too.
 */
static void test_next_answer_lost(void **state)
{
	static const enum step steps[] = { OVERRUN, ACK, END };
	static const enum step next[] = { EVENT, EMPTY, END };

	assert_int_equal(ask(*state, steps), 0);
	assert_int_equal(ask(*state, next), -ENOBUFS);
}

static void test_overrun_between(void **state)
{
	static const enum step steps[] = { OVERRUN, EVENT, EMPTY, END };
	static const enum step next[] = { ACK, END };

	script = steps;
	assert_int_equal(vmop_genl_process(*state), 0);
	assert_int_equal(overruns, 1);
	assert_int_equal(events, 1);
	assert_int_equal(ask(*state, next), 0);
}

/* A request that was not sent is not one whose answer was lost. */
static void test_not_sent(void **state)
{
	static const enum step steps[] = { END };

	send_error = ENOBUFS;
	assert_int_equal(ask(*state, steps), -ENOMEM);
	send_error = ECONNREFUSED;
	assert_int_equal(ask(*state, steps), -ECONNREFUSED);
	assert_int_equal(sent, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_answered),
		TEST(test_answer_lost),
		TEST(test_overrun_after_answer),
		TEST(test_next_answer_lost),
		TEST(test_overrun_between),
		TEST(test_not_sent),
	};

	return cmocka_run_group_tests_name("genl", tests, NULL, NULL);
}
