/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Netlink messages by hand: libnl would not let the wrong ones out, and may not
 * be used in a child of a program with threads.
 */
#ifndef FUZZ_MESSAGES_H
#define FUZZ_MESSAGES_H

#include <linux/genetlink.h>
#include <linux/netlink.h>

#include <stdint.h>

#include "random.h"

/**
 * struct message - a message as it goes out
 * @size: how much of @bytes goes out, whatever its header says
 * @bytes: netlink header, generic netlink header, attributes
 */
struct message {
	size_t size;
	_Alignas(struct nlmsghdr) char bytes[4096];
};

/** message_begin() - a request for @cmd of the family */
void message_begin(struct message *m, int family, uint8_t cmd, u32 seq);

/** Attributes */
void message_put(struct message *m, int type, const void *data, size_t size);
void message_put_u32(struct message *m, int type, u32 value);
void message_put_u64(struct message *m, int type, u64 value);
void message_put_text(struct message *m, int type, const char *text);

/** message_header() - its header, to change */
struct nlmsghdr *message_header(struct message *m);

/** message_mutate() - spoil it in one to three ways */
void message_mutate(struct message *m, struct chance *c);

/**
 * messages_find() - the family's numbers
 * @group: where to put that of the group "events"
 *
 * Return: the family's; dies where there is none.
 */
int messages_find(int *group);

#endif
