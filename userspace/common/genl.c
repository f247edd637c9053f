// SPDX-License-Identifier: GPL-2.0
/* A thin client of the generic netlink family "vmopnotify". */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <netlink/errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include "clock.h"
#include "genl.h"

/* The kernel answers at once; this only bounds a reply that got lost. */
#define REPLY_TIMEOUT_MS	5000

/* A list that changes while it is read is read again, this often. */
#define DUMP_TRIES		16

/* Room for bursts of events; an overrun is survived, but costs a GET. */
#define RECEIVE_BUFFER		(256 * 1024)

/* As the kernel has it: what is further from 0 is no errno. */
#define MAX_ERRNO		4095

/* The kernel fills dumps up to 32 KiB a datagram. */
#define DATAGRAM_MAX		(64 * 1024)

/**
 * struct vmop_genl - a socket and the family behind it
 * @sock: libnl's socket
 * @fd: its file descriptor
 * @family: the family's number, while the module stays loaded
 * @group: that of the group "events", or a negative libnl error
 * @notify: takes what was not asked for, or NULL
 * @notify_arg: for @notify
 * @overrun: the buffer was full, and has not been seen empty since: the kernel
 *	may have dropped anything, answers too
 * @buf: the datagram being read
 */
struct vmop_genl {
	struct nl_sock *sock;
	int fd;
	int family;
	int group;
	vmop_genl_cb notify;
	void *notify_arg;
	bool overrun;
	_Alignas(struct nlmsghdr) char buf[DATAGRAM_MAX];
};

/**
 * struct request - a request that waits for its replies
 * @seq: its sequence number
 * @cb: takes the replies
 * @arg: for @cb
 * @err: for the kernel's text
 * @errlen: size of @err
 * @done: the kernel has acked or refused it
 * @dump: the replies are a list, kept until it is known to be whole
 * @interrupted: the list changed while it was dumped
 * @result: 0 or a negative errno
 * @list: of a dump: the messages, one after the other as netlink aligns them
 * @len: bytes used of it
 * @size: bytes allocated
 */
struct request {
	uint32_t seq;
	vmop_genl_cb cb;
	void *arg;
	char *err;
	size_t errlen;
	bool done;
	bool dump;
	bool interrupted;
	int result;
	char *list;
	size_t len;
	size_t size;
};

/*
 * Sizes and types, so that no reader of an attribute has to check them.  libnl
 * sees to it that a NLA_STRING ends with a NUL, but not a NLA_NUL_STRING.
 */
static const struct nla_policy policy[VMOPNOTIFY_A_MAX + 1] = {
	[VMOPNOTIFY_A_ABI_VERSION]	= { .type = NLA_U32 },
	[VMOPNOTIFY_A_STATE]		= { .type = NLA_U32 },
	[VMOPNOTIFY_A_FLAGS]		= { .type = NLA_U32 },
	[VMOPNOTIFY_A_OPERATION_ID]	= { .type = NLA_U64 },
	[VMOPNOTIFY_A_OPERATION_TYPE]	= { .type = NLA_STRING },
	[VMOPNOTIFY_A_TIMEOUT_MS]	= { .type = NLA_U32 },
	[VMOPNOTIFY_A_AGE_MS]		= { .type = NLA_U32 },
	[VMOPNOTIFY_A_START_NS]		= { .type = NLA_U64 },
	[VMOPNOTIFY_A_DEADLINE_NS]	= { .type = NLA_U64 },
	[VMOPNOTIFY_A_STATUS]		= { .type = NLA_U32 },
	[VMOPNOTIFY_A_TEXT]		= { .type = NLA_STRING },
	[VMOPNOTIFY_A_APP_NAME]		= { .type = NLA_STRING },
	[VMOPNOTIFY_A_HELPER]		= { .type = NLA_STRING },
	[VMOPNOTIFY_A_GUARANTEED]	= { .type = NLA_FLAG },
	[VMOPNOTIFY_A_NAME]		= { .type = NLA_STRING },
	[VMOPNOTIFY_A_PID]		= { .type = NLA_U32 },
	[VMOPNOTIFY_A_STAGE]		= { .type = NLA_U32 },
	[VMOPNOTIFY_A_RESULT]		= { .type = NLA_U32 },
	[VMOPNOTIFY_A_EXPECTED_MS]	= { .type = NLA_U32 },
	[VMOPNOTIFY_A_CONSUMERS]	= { .type = NLA_U32 },
	[VMOPNOTIFY_A_MEMBERS]		= { .type = NLA_U32 },
	[VMOPNOTIFY_A_PENDING]		= { .type = NLA_U32 },
	[VMOPNOTIFY_A_OPERATIONS]	= { .type = NLA_U64 },
	[VMOPNOTIFY_A_EXPIRED]		= { .type = NLA_U64 },
	[VMOPNOTIFY_A_LOST]		= { .type = NLA_U64 },
	[VMOPNOTIFY_A_STRAY_ENDS]	= { .type = NLA_U64 },
	[VMOPNOTIFY_A_ACK_ERRORS]	= { .type = NLA_U64 },
	[VMOPNOTIFY_A_LAST_STATUS]	= { .type = NLA_U32 },
	[VMOPNOTIFY_A_LAST_QUIESCE_NS]	= { .type = NLA_U64 },
	[VMOPNOTIFY_A_EVENT_TYPE]	= { .type = NLA_U32 },
	[VMOPNOTIFY_A_SEQ]		= { .type = NLA_U64 },
	[VMOPNOTIFY_A_TIME_NS]		= { .type = NLA_U64 },
	[VMOPNOTIFY_A_QUIESCE_NS]	= { .type = NLA_U64 },
	[VMOPNOTIFY_A_STUN_NS]		= { .type = NLA_U64 },
	[VMOPNOTIFY_A_LAST_STUN_NS]	= { .type = NLA_U64 },
};

__attribute__((format(printf, 3, 4)))
static void say(char *err, size_t errlen, const char *fmt, ...)
{
	va_list ap;

	if (!errlen)
		return;
	va_start(ap, fmt);
	vsnprintf(err, errlen, fmt, ap);
	va_end(ap);
}

/* Gives an error without a text of its own at least errno's. */
static int explained(int ret, char *err, size_t errlen)
{
	if (ret < 0 && errlen && !err[0])
		say(err, errlen, "%s", strerror(-ret));
	return ret;
}

/* libnl has error numbers of its own; these are the ones that opening gives. */
static int nle_to_errno(int nle)
{
	switch (nle < 0 ? -nle : nle) {
	case NLE_SUCCESS:		return 0;
	case NLE_NOMEM:			return -ENOMEM;
	case NLE_OBJ_NOTFOUND:		return -ENOENT;
	case NLE_PERM:			return -EPERM;
	case NLE_NOACCESS:		return -EACCES;
	case NLE_AF_NOSUPPORT:		return -EAFNOSUPPORT;
	case NLE_PROTO_MISMATCH:	return -EPROTONOSUPPORT;
	case NLE_BUSY:			return -EBUSY;
	default:			return -EIO;
	}
}

static void set_options(struct vmop_genl *g)
{
	int one = 1;

	/* Without these the texts of refusals are missing: no reason to fail */
	setsockopt(g->fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(g->fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
}

static int find_family(struct vmop_genl *g, char *err, size_t errlen)
{
	int nle = genl_ctrl_resolve(g->sock, VMOPNOTIFY_GENL_NAME);

	if (nle == -NLE_OBJ_NOTFOUND) {
		say(err, errlen, "the kernel module is not loaded: "
		    "try \"modprobe vmopnotify\"");
		return -ENOENT;
	}
	if (nle < 0) {
		say(err, errlen, "cannot find the netlink family %s: %s",
		    VMOPNOTIFY_GENL_NAME, nl_geterror(nle));
		return nle_to_errno(nle);
	}
	g->family = nle;
	/* Now, not at subscribe: libnl's wait would eat notifications. */
	g->group = genl_ctrl_resolve_grp(g->sock, VMOPNOTIFY_GENL_NAME,
					 VMOPNOTIFY_GENL_MCGRP_EVENTS);
	return 0;
}

int vmop_genl_open(struct vmop_genl **gp, char *err, size_t errlen)
{
	struct vmop_genl *g;
	int ret;

	if (errlen)
		err[0] = '\0';
	g = calloc(1, sizeof(*g));
	if (!g)
		return explained(-ENOMEM, err, errlen);
	g->sock = nl_socket_alloc();
	if (!g->sock) {
		ret = explained(-ENOMEM, err, errlen);
		goto fail;
	}
	ret = genl_connect(g->sock);
	if (ret < 0) {
		say(err, errlen, "cannot open a netlink socket: %s",
		    nl_geterror(ret));
		ret = nle_to_errno(ret);
		goto fail;
	}
	g->fd = nl_socket_get_fd(g->sock);
	/* A child that held the socket would keep a dead helper attached. */
	if (fcntl(g->fd, F_SETFD, FD_CLOEXEC) < 0) {
		ret = explained(-errno, err, errlen);
		goto fail;
	}
	ret = find_family(g, err, errlen);
	if (ret < 0)
		goto fail;
	nl_socket_set_buffer_size(g->sock, RECEIVE_BUFFER, 0);
	set_options(g);
	ret = nl_socket_set_nonblocking(g->sock);
	if (ret < 0) {
		ret = explained(nle_to_errno(ret), err, errlen);
		goto fail;
	}
	*gp = g;
	return 0;
fail:
	vmop_genl_close(g);
	return ret;
}

void vmop_genl_close(struct vmop_genl *g)
{
	if (!g)
		return;
	nl_socket_free(g->sock);
	free(g);
}

int vmop_genl_fd(const struct vmop_genl *g)
{
	return g->fd;
}

void vmop_genl_set_notify(struct vmop_genl *g, vmop_genl_cb cb, void *arg)
{
	g->notify = cb;
	g->notify_arg = arg;
}

int vmop_genl_subscribe(struct vmop_genl *g, char *err, size_t errlen)
{
	int group = g->group;

	if (errlen)
		err[0] = '\0';
	if (group < 0) {
		say(err, errlen, "the kernel module has no group \"%s\"",
		    VMOPNOTIFY_GENL_MCGRP_EVENTS);
		return -ENOENT;
	}
	if (setsockopt(g->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
		       sizeof(group)) < 0)
		return explained(-errno, err, errlen);
	return 0;
}

struct nl_msg *vmop_genl_msg(struct vmop_genl *g, uint8_t cmd)
{
	struct nl_msg *msg = nlmsg_alloc();

	if (!msg)
		return NULL;
	if (!genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, g->family, 0, 0, cmd,
			 VMOPNOTIFY_GENL_VERSION)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

/* The extended ack's text is not promised to be clean: keep it on one line. */
static void copy_text(char *err, size_t errlen, const struct nlattr *nla)
{
	const char *text = nla_data(nla);
	size_t n = strnlen(text, (size_t)nla_len(nla));

	if (!errlen)
		return;
	if (n >= errlen)
		n = errlen - 1;
	for (size_t i = 0; i < n; i++)
		err[i] = (unsigned char)text[i] < ' ' ? ' ' : text[i];
	err[n] = '\0';
}

int vmop_genl_extack(const struct nlmsghdr *nlh, char *err, size_t errlen)
{
	struct nlattr *tlv[NLMSGERR_ATTR_MAX + 1];
	size_t len = (size_t)nlmsg_datalen(nlh);
	const char *data = nlmsg_data(nlh);
	size_t head = sizeof(int);
	int error;

	if (errlen)
		err[0] = '\0';
	if (nlmsg_datalen(nlh) < 0 || len < sizeof(int))
		return nlh->nlmsg_type == NLMSG_DONE ? 0 : -EBADMSG;
	memcpy(&error, data, sizeof(error));
	if (error > 0 || error < -MAX_ERRNO)
		return -EBADMSG;
	if (nlh->nlmsg_type == NLMSG_ERROR) {
		const struct nlmsgerr *e = nlmsg_data(nlh);

		if (len < sizeof(*e))
			return -EBADMSG;
		/* The request is echoed behind its header, unless capped. */
		head = sizeof(*e);
		if (!(nlh->nlmsg_flags & NLM_F_CAPPED) &&
		    e->msg.nlmsg_len >= NLMSG_HDRLEN)
			head += NLMSG_ALIGN(e->msg.nlmsg_len) - NLMSG_HDRLEN;
	}
	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS) || head >= len)
		return error;
	/* No policy: a reader of texts has no use for being strict. */
	if (nla_parse(tlv, NLMSGERR_ATTR_MAX, (struct nlattr *)(data + head),
		      (int)(len - head), NULL) < 0)
		return error;
	if (tlv[NLMSGERR_ATTR_MSG])
		copy_text(err, errlen, tlv[NLMSGERR_ATTR_MSG]);
	return error;
}

/* Hands one message of the family to @cb. */
static int deliver(const struct nlmsghdr *nlh, vmop_genl_cb cb, void *arg)
{
	struct nlattr *attrs[VMOPNOTIFY_A_MAX + 1];
	struct genlmsghdr *hdr;
	int len;

	if (!cb || nlmsg_datalen(nlh) < (int)GENL_HDRLEN)
		return 0;
	hdr = nlmsg_data(nlh);
	len = nlmsg_datalen(nlh) - (int)GENL_HDRLEN;
	if (nla_parse(attrs, VMOPNOTIFY_A_MAX,
		      (struct nlattr *)((char *)hdr + GENL_HDRLEN), len,
		      policy) < 0)
		return -EBADMSG;
	return cb(hdr->cmd, attrs, arg);
}

static int keep(struct request *req, const struct nlmsghdr *nlh)
{
	size_t need = req->len + NLMSG_ALIGN(nlh->nlmsg_len);

	if (need > req->size) {
		char *list = realloc(req->list, need * 2);

		if (!list)
			return -ENOMEM;
		req->list = list;
		req->size = need * 2;
	}
	memset(req->list + req->len, 0, need - req->len);
	memcpy(req->list + req->len, nlh, nlh->nlmsg_len);
	req->len = need;
	return 0;
}

static void answer(struct request *req, const struct nlmsghdr *nlh)
{
	int ret;

	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		req->interrupted = true;
	if (nlh->nlmsg_type == NLMSG_ERROR || nlh->nlmsg_type == NLMSG_DONE) {
		ret = vmop_genl_extack(nlh, req->err, req->errlen);
		req->done = true;
	} else if (req->dump) {
		ret = keep(req, nlh);
	} else {
		ret = req->result ? 0 : deliver(nlh, req->cb, req->arg);
	}
	if (!req->result)
		req->result = ret;
}

/* One message: an answer to @req (which may be NULL), or a notification. */
static int handle(struct vmop_genl *g, const struct nlmsghdr *nlh,
		  struct request *req)
{
	bool control = nlh->nlmsg_type < NLMSG_MIN_TYPE;

	if (!control && nlh->nlmsg_type != g->family)
		return 0;
	if (req && !req->done && nlh->nlmsg_seq == req->seq) {
		answer(req, nlh);
		return 0;
	}
	/* An answer to a request that was given up is no notification. */
	if (control || nlh->nlmsg_seq)
		return 0;
	return deliver(nlh, g->notify, g->notify_arg);
}

/*
 * Reads one datagram.  Returns its length, 0 for one that was not the
 * kernel's, or a negative errno.
 */
static ssize_t receive(struct vmop_genl *g)
{
	struct sockaddr_nl from = { 0 };
	struct iovec iov = { .iov_base = g->buf, .iov_len = sizeof(g->buf) };
	struct msghdr mh = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &iov,
		.msg_iovlen = 1,
	};
	ssize_t n;

	do {
		n = recvmsg(g->fd, &mh, MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	/* Any process may send to our port: only the kernel is believed. */
	if (from.nl_pid)
		return 0;
	return mh.msg_flags & MSG_TRUNC ? -EMSGSIZE : n;
}

/*
 * Reads and handles one datagram.  Returns -EAGAIN where there is none,
 * -ENOBUFS where moreover some were dropped since that was so last, or
 * another error of receiving; what the notification handler says is put into
 * *@notified, unless that holds an error already.
 */
static int turn(struct vmop_genl *g, struct request *req, int *notified)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)g->buf;
	ssize_t n = receive(g);
	int len, ret = 0;

	if (n == -ENOBUFS) {
		g->overrun = true;
		if (g->notify)
			ret = g->notify(VMOPNOTIFY_CMD_UNSPEC, NULL,
					g->notify_arg);
	} else if (n == -EAGAIN && g->overrun) {
		g->overrun = false;
		return -ENOBUFS;
	} else if (n < 0) {
		return (int)n;
	} else {
		for (len = (int)n; nlmsg_ok(nlh, len);
		     nlh = nlmsg_next(nlh, &len))
			if (!ret)
				ret = handle(g, nlh, req);
			else if (req)
				handle(g, nlh, req);
	}
	if (!*notified)
		*notified = ret;
	return 0;
}

int vmop_genl_process(struct vmop_genl *g)
{
	int notified = 0;
	int ret = 0;

	while (!ret && !notified)
		ret = turn(g, NULL, &notified);
	if (notified)
		return notified;
	return ret == -EAGAIN || ret == -ENOBUFS ? 0 : ret;
}

static int64_t now_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

static int wait_readable(struct vmop_genl *g, int64_t until_ms)
{
	struct pollfd pfd = { .fd = g->fd, .events = POLLIN };
	int64_t left_ms = until_ms - now_ms();
	int n;

	if (left_ms < 0)
		return -ETIMEDOUT;
	n = poll(&pfd, 1, (int)left_ms);
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	return n ? 0 : -ETIMEDOUT;
}

static int transmit(struct vmop_genl *g, struct nl_msg *msg)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	ssize_t n;

	do {
		n = sendto(g->fd, nlh, nlh->nlmsg_len, 0,
			   (struct sockaddr *)&kernel, sizeof(kernel));
	} while (n < 0 && errno == EINTR);
	if (n >= 0)
		return 0;
	/* Of sending it means no memory; of receiving, what turn() says. */
	return errno == ENOBUFS ? -ENOMEM : -errno;
}

/*
 * Sends @msg and receives until it is acked or refused.  The kernel answers
 * before the sending is over: where the buffer was full then and is empty now,
 * the answer was dropped, and there is nothing to wait for.
 */
static int exchange(struct vmop_genl *g, struct nl_msg *msg,
		    struct request *req)
{
	int64_t until_ms = now_ms() + REPLY_TIMEOUT_MS;
	int notified = 0;
	int ret;

	nlmsg_hdr(msg)->nlmsg_seq = nl_socket_use_seq(g->sock);
	nl_complete_msg(g->sock, msg);
	req->seq = nlmsg_hdr(msg)->nlmsg_seq;
	ret = transmit(g, msg);
	while (!ret && !req->done) {
		ret = turn(g, req, &notified);
		if (ret == -EAGAIN)
			ret = wait_readable(g, until_ms);
	}
	if (ret == -ENOBUFS)
		say(req->err, req->errlen,
		    "the kernel's answer was lost among its events");
	if (ret < 0)
		return ret;
	return req->result ? req->result : notified;
}

int vmop_genl_do(struct vmop_genl *g, struct nl_msg *msg, vmop_genl_cb cb,
		 void *arg, char *err, size_t errlen)
{
	struct request req = {
		.cb = cb, .arg = arg, .err = err, .errlen = errlen,
	};
	int ret;

	if (errlen)
		err[0] = '\0';
	if (!msg)
		return explained(-ENOMEM, err, errlen);
	ret = exchange(g, msg, &req);
	nlmsg_free(msg);
	return explained(ret, err, errlen);
}

static int deliver_list(const struct request *req)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)req->list;
	int len = (int)req->len;
	int ret = 0;

	for (; len && nlmsg_ok(nlh, len) && !ret; nlh = nlmsg_next(nlh, &len))
		ret = deliver(nlh, req->cb, req->arg);
	return ret;
}

int vmop_genl_dump(struct vmop_genl *g, struct nl_msg *msg, vmop_genl_cb cb,
		   void *arg, char *err, size_t errlen)
{
	struct request req = {
		.cb = cb, .arg = arg, .err = err, .errlen = errlen,
		.dump = true,
	};
	int tries = DUMP_TRIES;
	int ret;

	if (errlen)
		err[0] = '\0';
	if (!msg)
		return explained(-ENOMEM, err, errlen);
	nlmsg_hdr(msg)->nlmsg_flags |= NLM_F_DUMP;
	do {
		req.len = 0;
		req.done = false;
		req.interrupted = false;
		ret = exchange(g, msg, &req);
	} while (!ret && req.interrupted && --tries);
	if (!ret)
		ret = req.interrupted ? -EINTR : deliver_list(&req);
	free(req.list);
	nlmsg_free(msg);
	return explained(ret, err, errlen);
}

uint32_t vmop_attr_u32(struct nlattr **attrs, int attr, uint32_t absent)
{
	return attrs[attr] ? nla_get_u32(attrs[attr]) : absent;
}

uint64_t vmop_attr_u64(struct nlattr **attrs, int attr, uint64_t absent)
{
	return attrs[attr] ? nla_get_u64(attrs[attr]) : absent;
}

const char *vmop_attr_str(struct nlattr **attrs, int attr, const char *absent)
{
	return attrs[attr] ? nla_get_string(attrs[attr]) : absent;
}
