/* SPDX-License-Identifier: GPL-2.0 */
/* Netlink sockets, for the actions and for those who look on. */
#ifndef FUZZ_NETLINK_H
#define FUZZ_NETLINK_H

#include "fuzz.h"
#include "messages.h"

/**
 * struct socket - one of the sockets that all threads use
 * @lock: one message at a time
 * @fd: -1 where there is none
 * @stays: it is open until the round's end, and reads all that it is sent
 * @strict: has strict checking of dumps, and no texts
 * @subscribed: it listens to the group
 * @losing: events may be missing before the next that comes
 * @proper: its last request was not a mutant
 * @seq: of its last request
 * @next_event: the seq of the next event; 0: any
 */
struct socket {
	pthread_mutex_t lock;
	int fd;
	bool stays;
	bool strict;
	bool subscribed;
	enum { LOST_NOTHING, LOST_SOME, LOST_BEFORE_NEXT } losing;
	bool proper;
	u32 seq;
	u64 next_event;
};

/** socket_open() - Return: a netlink socket, -1 with errno set */
int socket_open(bool strict);

/** NO_ANSWER - from socket_exchange(), where none came */
#define NO_ANSWER 1

/**
 * socket_exchange() - send a message, and take what there is to take
 * @w: whose action it is
 * @s: the socket
 * @m: the message, as it is; NULL: only take
 * @reply: where to put the first reply to it, or NULL
 *
 * Return: the kernel's answer, NO_ANSWER, or the error of sending it.
 */
int socket_exchange(struct worker *w, struct socket *s, struct message *m,
		    struct message *reply);

/** message_attach() - what a helper says first */
void message_attach(struct message *m, u32 seq, const char *app_name,
		    u32 timeout_ms, bool guaranteed);

/** netlink_settle() - end the operation that is open, one way or another */
void netlink_settle(struct worker *w, struct socket *s);

#endif
