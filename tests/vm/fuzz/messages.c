// SPDX-License-Identifier: GPL-2.0
/* Netlink messages by hand, right and wrong, see messages.h. */
#include <string.h>

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>

#include "guest.h"
#include "messages.h"

#define HEADERS (NLMSG_HDRLEN + GENL_HDRLEN)

/* A type that no family has, and a length that no attribute of ours has. */
enum { NO_FAMILY = 0xfff0, LONG = 2000 };

struct nlmsghdr *message_header(struct message *m)
{
	return (struct nlmsghdr *)m->bytes;
}

static struct genlmsghdr *genl_header(struct message *m)
{
	return (struct genlmsghdr *)(m->bytes + NLMSG_HDRLEN);
}

static void set_size(struct message *m, size_t size)
{
	m->size = size;
	message_header(m)->nlmsg_len = size;
}

void message_begin(struct message *m, int family, uint8_t cmd, u32 seq)
{
	memset(m->bytes, 0, HEADERS);
	*message_header(m) = (struct nlmsghdr){
		.nlmsg_type = family,
		.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
		.nlmsg_seq = seq,
	};
	*genl_header(m) = (struct genlmsghdr){
		.cmd = cmd,
		.version = VMOPNOTIFY_GENL_VERSION,
	};
	set_size(m, HEADERS);
}

void message_put(struct message *m, int type, const void *data, size_t size)
{
	struct nlattr *attr = (struct nlattr *)(m->bytes + m->size);

	if (m->size + NLA_ALIGN(NLA_HDRLEN + size) > sizeof(m->bytes))
		return;
	memset(attr, 0, NLA_ALIGN(NLA_HDRLEN + size));
	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + size;
	if (size)
		memcpy(attr + 1, data, size);
	set_size(m, m->size + NLA_ALIGN(attr->nla_len));
}

void message_put_u32(struct message *m, int type, u32 value)
{
	message_put(m, type, &value, sizeof(value));
}

void message_put_u64(struct message *m, int type, u64 value)
{
	message_put(m, type, &value, sizeof(value));
}

void message_put_text(struct message *m, int type, const char *text)
{
	message_put(m, type, text, strlen(text) + 1);
}

/* Return: one of its attributes, NULL where it has none that is whole. */
static struct nlattr *an_attribute(struct message *m, struct chance *c)
{
	struct nlattr *attrs[64], *attr;
	size_t at = HEADERS;
	unsigned int n = 0;

	while (at + NLA_HDRLEN <= m->size && n < 64) {
		attr = (struct nlattr *)(m->bytes + at);
		if (attr->nla_len < NLA_HDRLEN || at + attr->nla_len > m->size)
			break;
		attrs[n++] = attr;
		at += NLA_ALIGN(attr->nla_len);
	}
	return n ? attrs[chance_below(c, n)] : NULL;
}

/* Ways to spoil a message. */

static void drop(struct message *m, struct chance *c)
{
	struct nlattr *attr = an_attribute(m, c);
	size_t size, after;

	if (!attr)
		return;
	size = NLA_ALIGN(attr->nla_len);
	after = m->bytes + m->size - (char *)attr;
	if (after < size)
		return;
	memmove(attr, (char *)attr + size, after - size);
	set_size(m, m->size - size);
}

static void duplicate(struct message *m, struct chance *c)
{
	struct nlattr *attr = an_attribute(m, c);
	char data[64];
	size_t size;

	if (!attr)
		return;
	size = attr->nla_len - NLA_HDRLEN;
	if (size > sizeof(data))
		return;
	memcpy(data, attr + 1, size);
	if (chance_in(c, 2))
		chance_fill(c, data, size);
	message_put(m, attr->nla_type, data, size);
}

static void wrong_length(struct message *m, struct chance *c)
{
	static const uint16_t lengths[] = { 0, 1, 3, 4, 5, 7, 8, 9, 11, 13, 64,
					    68, 69, 255, 4096, 0xfffc, 0xffff };
	struct nlattr *attr = an_attribute(m, c);

	if (attr)
		attr->nla_len = PICK(c, lengths);
}

static void wrong_type(struct message *m, struct chance *c)
{
	struct nlattr *attr = an_attribute(m, c);

	if (!attr)
		return;
	if (chance_in(c, 2))
		attr->nla_type = chance_below(c, VMOPNOTIFY_A_MAX + 4);
	else
		attr->nla_type |= PICK(c, ((const uint16_t[]){
			NLA_F_NESTED, NLA_F_NET_BYTEORDER, 0x3fff }));
}

static void garbage(struct message *m, struct chance *c)
{
	struct nlattr *attr = an_attribute(m, c);

	if (attr && (char *)attr + attr->nla_len <= m->bytes + m->size)
		chance_fill(c, attr + 1, attr->nla_len - NLA_HDRLEN);
}

static void oversized(struct message *m, struct chance *c)
{
	struct nlattr *attr = an_attribute(m, c);
	char data[LONG];

	memset(data, 'x', sizeof(data));
	if (attr)
		message_put(m, attr->nla_type, data, chance_below(c, LONG));
}

static void nested(struct message *m, struct chance *c)
{
	struct nlattr junk[8];
	struct nlattr *attr = an_attribute(m, c);
	size_t i;

	for (i = 0; i < 8; i++)
		junk[i] = (struct nlattr){
			.nla_len = chance_below(c, 3) ? sizeof(junk) :
							NLA_HDRLEN,
			.nla_type = chance_below(c, 64) | NLA_F_NESTED,
		};
	message_put(m, (attr ? attr->nla_type : 5) | NLA_F_NESTED, junk,
		    sizeof(junk));
}

static void unknown(struct message *m, struct chance *c)
{
	char data[40];

	chance_fill(c, data, sizeof(data));
	message_put(m, chance_u64(c) & NLA_TYPE_MASK, data,
		    chance_below(c, sizeof(data)));
}

static void other_header(struct message *m, struct chance *c)
{
	struct genlmsghdr *genl = genl_header(m);

	switch (chance_below(c, 3)) {
	case 0:
		genl->cmd = chance_below(c, VMOPNOTIFY_CMD_MAX + 3);
		break;
	case 1:
		genl->version = chance_u64(c);
		break;
	case 2:
		genl->reserved = chance_u64(c);
		break;
	}
}

static void other_netlink_header(struct message *m, struct chance *c)
{
	struct nlmsghdr *nlh = message_header(m);

	switch (chance_below(c, 3)) {
	case 0:
		nlh->nlmsg_flags = chance_u64(c);
		break;
	case 1:
		nlh->nlmsg_len = chance_below(c, 2 * m->size + 1);
		break;
	case 2:
		nlh->nlmsg_type = chance_in(c, 2) ? NO_FAMILY :
					chance_below(c, NLMSG_MIN_TYPE);
		break;
	}
}

static void random_body(struct message *m, struct chance *c)
{
	size_t size = chance_below(c, 300);

	chance_fill(c, m->bytes + HEADERS, size);
	set_size(m, HEADERS + size);
}

static void flip(struct message *m, struct chance *c)
{
	if (m->size > HEADERS)
		m->bytes[HEADERS + chance_below(c, m->size - HEADERS)] ^=
			1 << chance_below(c, 8);
}

static void cut(struct message *m, struct chance *c)
{
	size_t size = chance_below(c, m->size + 1);

	/* Told of in the header, or not. */
	if (chance_in(c, 2) && size >= NLMSG_HDRLEN)
		set_size(m, size);
	else
		m->size = size;
}

/* The same again behind it, in one datagram. */
static void twice(struct message *m, struct chance *c)
{
	size_t at = NLMSG_ALIGN(m->size);

	(void)c;
	if (at + m->size > sizeof(m->bytes))
		return;
	memset(m->bytes + m->size, 0, at - m->size);
	memcpy(m->bytes + at, m->bytes, m->size);
	m->size += at;
}

void message_mutate(struct message *m, struct chance *c)
{
	static void (* const ways[])(struct message *, struct chance *) = {
		drop, duplicate, wrong_length, wrong_type, garbage, oversized,
		nested, unknown, other_header, other_netlink_header,
		random_body, flip, cut, twice,
	};
	unsigned int n = 1 + chance_below(c, 3);

	while (n--)
		PICK(c, ways)(m, c);
}

int messages_find(int *group)
{
	struct nl_sock *sock = nl_socket_alloc();
	int family;

	if (!sock || genl_connect(sock))
		die("no netlink socket");
	family = genl_ctrl_resolve(sock, VMOPNOTIFY_GENL_NAME);
	*group = genl_ctrl_resolve_grp(sock, VMOPNOTIFY_GENL_NAME,
				       VMOPNOTIFY_GENL_MCGRP_EVENTS);
	nl_socket_free(sock);
	if (family < 0 || *group < 0)
		die("no netlink family");
	return family;
}
