// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel sends: genl.c.
 *
 * The input is a list of datagrams, each behind its length in two bytes, the
 * lower first.  A length of 0xffff stands for an overrun.  A message with the
 * sequence number 1 is made an answer to the request in hand.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <sanitizer/asan_interface.h>

#include "fuzz.h"

static ssize_t fuzz_recvmsg(int fd, struct msghdr *mh, int flags);
static ssize_t fuzz_sendto(int fd, const void *data, size_t len, int flags,
			   const struct sockaddr *to, socklen_t tolen);
static int fuzz_poll(struct pollfd *fds, nfds_t n, int timeout_ms);

#define recvmsg	fuzz_recvmsg
#define sendto	fuzz_sendto
#define poll	fuzz_poll
#include "genl.c"
#undef recvmsg
#undef sendto
#undef poll

#define FAMILY		100
#define OVERRUN		0xffff

static const uint8_t *input;
static size_t left;
static uint32_t request_seq;

static void answer_request(char *buf, size_t n)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)buf;
	int len = (int)n;

	for (; nlmsg_ok(nlh, len); nlh = nlmsg_next(nlh, &len))
		if (nlh->nlmsg_seq == 1)
			nlh->nlmsg_seq = request_seq;
}

static ssize_t fuzz_recvmsg(int fd, struct msghdr *mh, int flags)
{
	struct iovec *iov = mh->msg_iov;
	size_t n;

	(void)fd;
	(void)flags;
	ASAN_UNPOISON_MEMORY_REGION(iov->iov_base, iov->iov_len);
	if (left < 2) {
		errno = EAGAIN;
		return -1;
	}
	n = (size_t)(input[0] | input[1] << 8);
	input += 2;
	left -= 2;
	if (n == OVERRUN) {
		errno = ENOBUFS;
		return -1;
	}
	if (n > left)
		n = left;
	memcpy(iov->iov_base, input, n);
	input += n;
	left -= n;
	answer_request(iov->iov_base, n);
	/* What an earlier datagram has left there is not to be read. */
	ASAN_POISON_MEMORY_REGION((char *)iov->iov_base + n, iov->iov_len - n);
	return (ssize_t)n;
}

static ssize_t fuzz_sendto(int fd, const void *data, size_t len, int flags,
			   const struct sockaddr *to, socklen_t tolen)
{
	(void)fd;
	(void)flags;
	(void)to;
	(void)tolen;
	request_seq = ((const struct nlmsghdr *)data)->nlmsg_seq;
	return (ssize_t)len;
}

static int fuzz_poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	(void)fds;
	(void)n;
	CHECK(timeout_ms >= 0);
	return 0;
}

/* Reads every attribute, as those do who are called. */
static int on_message(uint8_t cmd, struct nlattr **attrs, void *arg)
{
	volatile uint64_t *sum = arg;
	const char *text;

	*sum += cmd;
	if (!attrs)
		return 0;
	for (int i = 1; i <= VMOPNOTIFY_A_MAX; i++) {
		switch (policy[i].type) {
		case NLA_U32:
			*sum += vmop_attr_u32(attrs, i, 0);
			break;
		case NLA_U64:
			*sum += vmop_attr_u64(attrs, i, 0);
			break;
		case NLA_STRING:
			text = vmop_attr_str(attrs, i, "");
			*sum += strlen(text);
			CHECK(!attrs[i] || strlen(text) <
			      (size_t)nla_len(attrs[i]));
			break;
		default:
			*sum += attrs[i] != NULL;
			break;
		}
	}
	return 0;
}

static void check_error(int ret, const char *err)
{
	CHECK(ret <= 0);
	CHECK(ret >= 0 || err[0]);
	for (; *err; err++)
		CHECK((unsigned char)*err >= ' ');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vmop_genl *g = calloc(1, sizeof(*g));
	volatile uint64_t sum = 0;
	char err[VMOP_ERR_LEN];
	int ret;

	CHECK(g);
	g->sock = nl_socket_alloc();
	CHECK(g->sock);
	g->fd = -1;
	g->family = FAMILY;
	vmop_genl_set_notify(g, on_message, (void *)&sum);
	input = data;
	left = size;
	if (left && data[0] & 1)
		vmop_genl_process(g);
	ret = vmop_genl_do(g, vmop_genl_msg(g, VMOPNOTIFY_CMD_GET), on_message,
			   (void *)&sum, err, sizeof(err));
	check_error(ret, err);
	ret = vmop_genl_dump(g, vmop_genl_msg(g, VMOPNOTIFY_CMD_GET_CONSUMER),
			     on_message, (void *)&sum, err, sizeof(err));
	check_error(ret, err);
	ASAN_UNPOISON_MEMORY_REGION(g->buf, sizeof(g->buf));
	vmop_genl_close(g);
	return 0;
}
