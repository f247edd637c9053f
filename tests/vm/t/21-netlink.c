// SPDX-License-Identifier: GPL-2.0
/* The netlink family: who may, what is refused, what the helper is told. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <netlink/attr.h>

#include "guest.h"

#define ID ULLONG_MAX

static int request(struct vmop_genl *g, struct nl_msg *msg)
{
	return vmop_genl_do(g, msg, NULL, NULL, genl_error,
			    sizeof(genl_error));
}

static void only_one_is_attached(struct vmop_genl *helper)
{
	struct vmop_genl *second = helper_open();
	struct reply reply;

	is(helper_attach(second, "second"), -EBUSY, "a second ATTACH: EBUSY");
	like(genl_error, "another helper is attached", "with a message");
	is(helper_get(second, &reply), 0, "GET, for anyone");
	is(reply.pid, getpid(), "says who holds it: the process");
	like(reply.app_name, "test", "and the application");
	is(helper_start(second, ID, 1000, 0), -ENOTCONN,
	   "START from a socket that is not attached: ENOTCONN");
	like(genl_error, "not attached", "with a message");
	is(helper_end(second, ID, 0), -ENOTCONN, "END likewise");
	is(helper_timeout_change(second, 5), -ENOTCONN,
	   "TIMEOUT_CHANGE likewise");
	is(helper_acked(second, ID), -ENOTCONN, "ACKED likewise");
	is(helper_detach(second), -ENOTCONN, "DETACH likewise");
	is(helper_detach(helper), 0, "DETACH");
	is(helper_attach(second, "second"), 0, "lets the other in");
	is(helper_detach(second), 0, "and out");
	is(helper_attach(helper, "test"), 0, "and back");
	vmop_genl_close(second);
}

/* A request with one attribute too many, too few, or out of its bounds. */
static void bad_requests_are_refused_with_a_message(struct vmop_genl *helper)
{
	static const struct {
		const char *name;
		uint8_t cmd;
		bool id, type;
		uint32_t timeout_ms, flags, status;
		int error;
	} bad[] = {
		{ "START without id", VMOPNOTIFY_CMD_START,
		  .type = true, .timeout_ms = 1000, .error = -EINVAL },
		{ "START without type", VMOPNOTIFY_CMD_START,
		  .id = true, .timeout_ms = 1000, .error = -EINVAL },
		{ "START without timeout", VMOPNOTIFY_CMD_START,
		  .id = true, .type = true, .error = -EINVAL },
		{ "START with a timeout of more than a day",
		  VMOPNOTIFY_CMD_START, .id = true, .type = true,
		  .timeout_ms = VMOPNOTIFY_MAX_TIMEOUT_MS + 1,
		  .error = -ERANGE },
		{ "START with an unknown flag", VMOPNOTIFY_CMD_START,
		  .id = true, .type = true, .timeout_ms = 1000,
		  .flags = 1U << 31, .error = -EINVAL },
		{ "END without status", VMOPNOTIFY_CMD_END,
		  .id = true, .error = -EINVAL },
		{ "END with an unknown status", VMOPNOTIFY_CMD_END,
		  .id = true, .status = 99, .error = -ERANGE },
		{ "END as lost, which is not the host's to say",
		  VMOPNOTIFY_CMD_END, .id = true,
		  .status = VMOPNOTIFY_END_LOST, .error = -ERANGE },
		{ "END with a timeout", VMOPNOTIFY_CMD_END, .id = true,
		  .status = VMOPNOTIFY_END_SUCCESS, .timeout_ms = 1,
		  .error = -EINVAL },
		{ "TIMEOUT_CHANGE without timeout",
		  VMOPNOTIFY_CMD_TIMEOUT_CHANGE, .error = -EINVAL },
		{ "ATTACH without name", VMOPNOTIFY_CMD_ATTACH,
		  .timeout_ms = 1000, .error = -EINVAL },
		{ "ACKED of an operation that is not open",
		  VMOPNOTIFY_CMD_ACKED, .id = true, .error = -ESTALE },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct nl_msg *msg = vmop_genl_msg(helper, bad[i].cmd);

		if (bad[i].id)
			nla_put_u64(msg, VMOPNOTIFY_A_OPERATION_ID, ID);
		if (bad[i].type)
			nla_put_string(msg, VMOPNOTIFY_A_OPERATION_TYPE, "t");
		if (bad[i].timeout_ms)
			nla_put_u32(msg, VMOPNOTIFY_A_TIMEOUT_MS,
				    bad[i].timeout_ms);
		if (bad[i].flags)
			nla_put_u32(msg, VMOPNOTIFY_A_FLAGS, bad[i].flags);
		if (bad[i].status)
			nla_put_u32(msg, VMOPNOTIFY_A_STATUS, bad[i].status);
		is(request(helper, msg), bad[i].error, "%s is refused",
		   bad[i].name);
		ok(genl_error[0], "with a message: %s", genl_error);
	}
}

static void texts_are_bounded_and_clean(struct vmop_genl *helper)
{
	struct vmopnotify_event ev;
	int fd = dev_open(O_RDONLY | O_NONBLOCK);
	struct nl_msg *msg;
	char longer[VMOPNOTIFY_NAME_LEN + 1];

	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	msg = vmop_genl_msg(helper, VMOPNOTIFY_CMD_START);
	nla_put_u64(msg, VMOPNOTIFY_A_OPERATION_ID, ID);
	nla_put_string(msg, VMOPNOTIFY_A_OPERATION_TYPE, longer);
	nla_put_u32(msg, VMOPNOTIFY_A_TIMEOUT_MS, 1000);
	is(request(helper, msg), -EINVAL, "a type too long is refused");

	msg = vmop_genl_msg(helper, VMOPNOTIFY_CMD_START);
	nla_put_u64(msg, VMOPNOTIFY_A_OPERATION_ID, ID);
	nla_put_string(msg, VMOPNOTIFY_A_OPERATION_TYPE, "host\n\033[31m");
	nla_put_u32(msg, VMOPNOTIFY_A_TIMEOUT_MS, 1000);
	is(request(helper, msg), 0, "a type with control characters");
	dev_await(fd, VMOPNOTIFY_EVENT_START, &ev);
	ok(!strcmp(ev.operation_type, "host??[31m"),
	   "comes out without them");
	helper_end(helper, ID, 0);
	close(fd);
}

static void double_start_and_stray_end(struct vmop_genl *helper)
{
	struct vmopnotify_event ev;
	int fd = dev_open(O_RDONLY | O_NONBLOCK);

	is(helper_start(helper, ID, 60000, 0), 0, "START");
	is(helper_start(helper, ID, 60000, 0), -EALREADY,
	   "START of the same again: EALREADY");
	like(genl_error, "open already", "with a message");
	is(helper_start(helper, 7, 60000, 0), 0, "START of another");
	dev_await(fd, VMOPNOTIFY_EVENT_END, &ev);
	is(ev.operation_id, ID, "ends the old one");
	is(ev.status, VMOPNOTIFY_END_LOST, "as lost");
	dev_await(fd, VMOPNOTIFY_EVENT_START, &ev);
	is(ev.operation_id, 7, "and starts the new one");
	is(helper_end(helper, ID, 0), 0, "END of one that is not open");
	dev_await(fd, VMOPNOTIFY_EVENT_END, &ev);
	ok(ev.flags & VMOPNOTIFY_F_STRAY, "is told as stray");
	is(dev_status(fd).operation_id, 7, "and nobody acts on it");
	is(helper_end(helper, 7, 0), 0, "END");
	close(fd);
}

static void drills(struct vmop_genl *helper)
{
	struct vmop_genl *other = helper_open();
	int fd = dev_consumer("drilled", 0);
	struct vmopnotify_event ev;
	struct reply ready;

	is(helper_start(other, 5, 60000, VMOPNOTIFY_F_DRILL), 0,
	   "a drill may come from a socket that is not attached");
	dev_await(fd, VMOPNOTIFY_EVENT_PREPARE, &ev);
	ok(ev.flags & VMOPNOTIFY_F_DRILL, "and is marked");
	is(helper_start(other, 6, 60000, VMOPNOTIFY_F_DRILL), -EBUSY,
	   "a second drill: EBUSY");
	dev_ack(fd, 5, 0);
	dev_await(fd, VMOPNOTIFY_EVENT_QUIESCED, &ev);
	ok(helper_is_quiet(helper), "a drill is not told to the helper");
	is(helper_end(other, 6, VMOPNOTIFY_F_DRILL), -ENOENT,
	   "END of another drill: ENOENT");
	is(helper_end(other, 5, VMOPNOTIFY_F_DRILL), 0, "END of the drill");
	is(helper_start(other, 5, 60000, VMOPNOTIFY_F_DRILL), 0, "another");
	is(helper_start(helper, 8, 60000, 0), 0, "a real start");
	dev_await(fd, VMOPNOTIFY_EVENT_END, &ev);
	dev_await(fd, VMOPNOTIFY_EVENT_END, &ev);
	is(ev.operation_id, 5, "ends the drill at once");
	dev_ack(fd, 8, 0);
	is(helper_ready(helper, &ready), 0, "and goes its way");
	is(helper_start(other, 5, 60000, VMOPNOTIFY_F_DRILL), -EBUSY,
	   "a drill during an operation: EBUSY");
	helper_end(helper, 8, 0);
	close(fd);
	vmop_genl_close(other);
}

static int count(uint8_t cmd, struct nlattr **attrs, void *arg)
{
	unsigned int *seen = arg;

	(void)cmd;
	seen[0]++;
	if (vmop_attr_u32(attrs, VMOPNOTIFY_A_PID, 0) == (uint32_t)getpid())
		seen[1]++;
	if (!strcmp(vmop_attr_str(attrs, VMOPNOTIFY_A_NAME, ""), "consumer"))
		seen[2]++;
	return 0;
}

static void consumers_are_listed(struct vmop_genl *helper)
{
	enum { MANY = 300 };
	unsigned int seen[3] = {};
	int fds[MANY];

	for (int i = 0; i < MANY; i++)
		fds[i] = dev_consumer("consumer", i % 8);
	is(vmop_genl_dump(helper,
			  vmop_genl_msg(helper, VMOPNOTIFY_CMD_GET_CONSUMER),
			  count, seen, genl_error, sizeof(genl_error)), 0,
	   "the dump of consumers");
	is(seen[0], MANY, "lists them all, over many messages");
	is(seen[1], MANY, "with their process");
	is(seen[2], MANY, "and name");
	for (int i = 0; i < MANY; i++)
		close(fds[i]);
}

static int last_event(uint8_t cmd, struct nlattr **attrs, void *arg)
{
	if (cmd == VMOPNOTIFY_CMD_EVENT)
		*(uint64_t *)arg =
			vmop_attr_u64(attrs, VMOPNOTIFY_A_OPERATION_ID, 0);
	return 0;
}

static void the_group_gets_the_events(struct vmop_genl *helper)
{
	struct vmop_genl *listener = helper_open();
	uint64_t id = 0;

	is(vmop_genl_subscribe(listener, genl_error, sizeof(genl_error)), 0,
	   "one may listen to the group");
	vmop_genl_set_notify(listener, last_event, &id);
	helper_start(helper, ID, 60000, 0);
	poll(&(struct pollfd){ vmop_genl_fd(listener), POLLIN, 0 }, 1,
	     PATIENCE_MS);
	vmop_genl_process(listener);
	is(id, ID, "and gets the events");
	helper_end(helper, ID, 0);
	vmop_genl_close(listener);
}

/* The same as somebody without privileges; TAP comes from the parent. */
static void unprivileged(void)
{
	int pipefd[2], results[6] = {};
	struct vmop_genl *g;
	struct reply reply;

	if (pipe(pipefd))
		die("pipe");
	if (!fork()) {
		become_nobody();
		g = helper_open();
		results[0] = helper_attach(g, "evil");
		results[1] = helper_start(g, 1, 1000, VMOPNOTIFY_F_DRILL);
		results[2] = vmop_genl_subscribe(g, NULL, 0);
		results[3] = helper_get(g, &reply);
		results[4] = dev_open(O_RDONLY);
		results[5] = access(SYSFS "state", R_OK) ? -errno : 0;
		if (write(pipefd[1], results, sizeof(results)) < 0)
			_exit(1);
		_exit(0);
	}
	if (read(pipefd[0], results, sizeof(results)) != sizeof(results))
		die("no results");
	wait(NULL);
	is(results[0], -EPERM, "ATTACH without CAP_NET_ADMIN: EPERM");
	is(results[1], -EPERM, "a drill without it: EPERM");
	is(results[2], -EPERM, "listening to the group without it: EPERM");
	is(results[3], 0, "GET is for anyone");
	is(results[4], -EACCES, "the device is for its group");
	is(results[5], 0, "sysfs is for anyone");
	close(pipefd[0]);
	close(pipefd[1]);
}

/* A helper in a process of its own: attached, and with this operation open. */
static void be_helper(void *arg)
{
	uint64_t *id = arg;
	struct vmop_genl *g = helper_attached();

	if (id && helper_start(g, *id, 60000, 0))
		die("START: %s", genl_error);
}

static void a_dead_helper_is_noticed_and_the_next_goes_on(void)
{
	int fd = dev_open(O_RDONLY | O_NONBLOCK), member;
	struct vmopnotify_event ev;
	struct vmop_genl *next;
	struct reply reply;

	bury(spawn(be_helper, NULL));
	is(dev_await(fd, VMOPNOTIFY_EVENT_DETACHED, &ev), 0,
	   "the death of an idle helper is seen");
	is(ev.state, VMOPNOTIFY_STATE_DETACHED, "and detaches");

	member = dev_consumer("m", 0);
	bury(spawn(be_helper, &(uint64_t){ ID }));
	is(dev_await(fd, VMOPNOTIFY_EVENT_DETACHED, &ev), 0,
	   "the death of one with an operation open is seen");
	is(ev.state, VMOPNOTIFY_STATE_QUIESCING, "and the operation goes on");
	is(dev_ack(member, ID, 0), 0, "all get quiet without it");

	next = helper_attached();
	is(helper_get(next, &reply), 0, "the next helper");
	is(reply.operation_id, ID, "is told the operation");
	is(reply.state, VMOPNOTIFY_STATE_QUIESCED, "and that all are quiet");
	ok(!(reply.flags & VMOPNOTIFY_F_HOST_ACKED),
	   "and that the host does not know yet");
	is(helper_acked(next, ID), 0, "tells the host");
	is(helper_end(next, ID, 0), 0, "and ends it");
	is(dev_status(fd).state, VMOPNOTIFY_STATE_IDLE, "idle again");
	vmop_genl_close(next);
	is(dev_has_state(fd, VMOPNOTIFY_STATE_DETACHED), true,
	   "a closed socket detaches");
	close(member);
	close(fd);
}

int main(void)
{
	struct vmop_genl *helper = helper_attached();

	only_one_is_attached(helper);
	bad_requests_are_refused_with_a_message(helper);
	texts_are_bounded_and_clean(helper);
	double_start_and_stray_end(helper);
	drills(helper);
	consumers_are_listed(helper);
	the_group_gets_the_events(helper);
	unprivileged();
	vmop_genl_close(helper);
	a_dead_helper_is_noticed_and_the_next_goes_on();
	return done();
}
