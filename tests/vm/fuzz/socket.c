// SPDX-License-Identifier: GPL-2.0
/* A netlink socket: what goes out, and all that may come in. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <netlink/attr.h>

#include "netlink.h"

static void set_option(int fd, int option)
{
	int one = 1;

	setsockopt(fd, SOL_NETLINK, option, &one, sizeof(one));
}

int socket_open(bool strict)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	struct sockaddr_nl any = { .nl_family = AF_NETLINK };

	if (fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof(any)))
		return -1;
	if (strict) {
		set_option(fd, NETLINK_GET_STRICT_CHK);
	} else {
		set_option(fd, NETLINK_EXT_ACK);
		set_option(fd, NETLINK_CAP_ACK);
	}
	return fd;
}

/* That all are quiet must be so by now, as GET_STATE tells. */
static void see_ready(struct worker *w, struct nlattr **attrs)
{
	struct seen_ready *seen = pile_add(&w->readies, sizeof(*seen));
	struct vmopnotify_status status;

	if (!attrs[VMOPNOTIFY_A_OPERATION_ID] || !attrs[VMOPNOTIFY_A_FLAGS])
		flaw(READY, "READY without operation or flags");
	else if (nla_get_u32(attrs[VMOPNOTIFY_A_FLAGS]) & VMOPNOTIFY_F_DRILL)
		flaw(READY, "READY for a drill");
	if (ioctl(fuzz.guard, VMOPNOTIFY_IOC_GET_STATE, &status))
		flaw(ANSWERS, "GET_STATE: errno %d", errno);
	seen->id = vmop_attr_u64(attrs, VMOPNOTIFY_A_OPERATION_ID, 0);
	seen->seq = status.seq;
}

static struct vmopnotify_event event_of(struct nlattr **attrs)
{
	struct vmopnotify_event ev = {
		.seq = vmop_attr_u64(attrs, VMOPNOTIFY_A_SEQ, 0),
		.time_ns = vmop_attr_u64(attrs, VMOPNOTIFY_A_TIME_NS, 0),
		.operation_id = vmop_attr_u64(attrs,
					      VMOPNOTIFY_A_OPERATION_ID, 0),
		.deadline_ns = vmop_attr_u64(attrs,
					     VMOPNOTIFY_A_DEADLINE_NS, 0),
		.quiesce_ns = vmop_attr_u64(attrs, VMOPNOTIFY_A_QUIESCE_NS, 0),
		.stun_ns = vmop_attr_u64(attrs, VMOPNOTIFY_A_STUN_NS, 0),
		.type = vmop_attr_u32(attrs, VMOPNOTIFY_A_EVENT_TYPE, 0),
		.state = vmop_attr_u32(attrs, VMOPNOTIFY_A_STATE, 99),
		.flags = vmop_attr_u32(attrs, VMOPNOTIFY_A_FLAGS, 0),
		.stage = vmop_attr_u32(attrs, VMOPNOTIFY_A_STAGE, 99),
		.result = vmop_attr_u32(attrs, VMOPNOTIFY_A_RESULT, 99),
		.status = vmop_attr_u32(attrs, VMOPNOTIFY_A_STATUS, 99),
		.members = vmop_attr_u32(attrs, VMOPNOTIFY_A_MEMBERS, 0),
		.pending = vmop_attr_u32(attrs, VMOPNOTIFY_A_PENDING, 0),
	};

	snprintf(ev.text, sizeof(ev.text), "%s",
		 vmop_attr_str(attrs, VMOPNOTIFY_A_TEXT, ""));
	return ev;
}

static void see_event(struct worker *w, struct socket *s,
		      struct nlattr **attrs)
{
	struct vmopnotify_event *seen = pile_add(&w->events, sizeof(*seen));

	*seen = event_of(attrs);
	if (!s->subscribed)
		flaw(RECORDS, "an event for a socket that does not listen");
	if (s->next_event && (seen->seq < s->next_event ||
			      (seen->seq > s->next_event && !s->losing)))
		flaw(RECORDS, "event %llu where %llu should come", seen->seq,
		     s->next_event);
	if (s->losing == LOST_BEFORE_NEXT)
		s->losing = LOST_NOTHING;
	s->next_event = seen->seq + 1;
	if (w->next_seq < s->next_event)
		w->next_seq = s->next_event;
}

static bool parse(struct nlmsghdr *nlh, struct nlattr **attrs)
{
	int len = nlh->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN;

	return len >= 0 &&
	       nla_parse(attrs, VMOPNOTIFY_A_MAX,
			 (void *)((char *)nlh + NLMSG_HDRLEN + GENL_HDRLEN),
			 len, NULL) >= 0;
}

/* A message of the family's. */
static void take_message(struct worker *w, struct socket *s,
			 struct nlmsghdr *nlh, struct message *reply)
{
	struct nlattr *attrs[VMOPNOTIFY_A_MAX + 1];
	struct genlmsghdr *genl = (void *)((char *)nlh + NLMSG_HDRLEN);

	if (!parse(nlh, attrs)) {
		flaw(ANSWERS, "a message that cannot be parsed");
	} else if (nlh->nlmsg_seq) {
		if (reply && !reply->size && nlh->nlmsg_len <=
					     sizeof(reply->bytes)) {
			memcpy(reply->bytes, nlh, nlh->nlmsg_len);
			reply->size = nlh->nlmsg_len;
		}
	} else if (genl->cmd == VMOPNOTIFY_CMD_READY) {
		see_ready(w, attrs);
	} else if (genl->cmd == VMOPNOTIFY_CMD_EVENT) {
		see_event(w, s, attrs);
	}
}

/*
 * "Every refusal but for want of that capability carries a message"; what is
 * not even a message of the family is refused before the family sees it.
 */
static void take_error(struct socket *s, struct nlmsghdr *nlh, int *answer)
{
	char text[VMOP_ERR_LEN];
	int error = vmop_genl_extack(nlh, text, sizeof(text));

	if (nlh->nlmsg_seq == s->seq)
		*answer = error;
	if (error && s->proper && !s->strict && !text[0])
		flaw(ANSWERS, "refused with %d, without a word", error);
}

static void take_all(struct worker *w, struct socket *s, char *datagram,
		     int len, struct message *reply, int *answer)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)datagram;

	for (; NLMSG_OK(nlh, (unsigned int)len); nlh = NLMSG_NEXT(nlh, len)) {
		if (nlh->nlmsg_type == NLMSG_ERROR)
			take_error(s, nlh, answer);
		else if (nlh->nlmsg_type == NLMSG_DONE)
			*answer = 0;
		else if (nlh->nlmsg_type == fuzz.family)
			take_message(w, s, nlh, reply);
	}
}

/* There was no room for something; it may have been a READY. */
static void lose(struct socket *s)
{
	s->losing = LOST_SOME;
	fuzz.readies_lost = true;
}

static int drain(struct worker *w, struct socket *s, struct message *reply)
{
	static __thread _Alignas(struct nlmsghdr) char datagram[65536];
	int answer = NO_ANSWER;
	ssize_t n;

	for (;;) {
		n = recv(s->fd, datagram, sizeof(datagram), MSG_DONTWAIT);
		if (n >= 0)
			take_all(w, s, datagram, n, reply, &answer);
		else if (errno == ENOBUFS)
			lose(s);
		else if (errno != EINTR)
			break;
	}
	if (errno != EAGAIN)
		flaw(ANSWERS, "recv: errno %d", errno);
	if (s->losing == LOST_SOME)
		s->losing = LOST_BEFORE_NEXT;
	return answer;
}

int socket_exchange(struct worker *w, struct socket *s, struct message *m,
		    struct message *reply)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	int ret = 0, answer;

	if (reply)
		reply->size = 0;
	if (m && sendto(s->fd, m->bytes, m->size, 0,
			(struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		ret = -errno;
	answer = drain(w, s, reply);
	return ret ?: answer;
}
