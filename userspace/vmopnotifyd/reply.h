/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the host answers.
 *
 * A pure parser: bytes in, a struct out.  The bytes are not trusted; of what
 * they say, the operation id alone has to be right, to the digit, for an event
 * to be of use.  Where another field is missing or nonsense the event is kept
 * and the field named, because losing an announcement is worse than any
 * stand-in for a field of it.
 */
#ifndef VMOPD_REPLY_H
#define VMOPD_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/vmopnotify.h>

#include "token.h"

/* REPLY_MAX - the longest reply that is looked at. */
#define REPLY_MAX	(64 * 1024)

/**
 * enum reply_event - what happened, by the host's eventType
 * @REPLY_NO_EVENT: nothing
 * @REPLY_START: an operation is about to start
 * @REPLY_END: it is over
 * @REPLY_TIMEOUT_CHANGE: the host waits longer or shorter from now on
 * @REPLY_OTHER_EVENT: something that this program does not know
 */
enum reply_event {
	REPLY_NO_EVENT,
	REPLY_START,
	REPLY_END,
	REPLY_TIMEOUT_CHANGE,
	REPLY_OTHER_EVENT,
};

/**
 * enum reply_refusal - why the host did not do it
 * @REFUSAL_NONE: it did
 * @REFUSAL_UNKNOWN_TOKEN: the host does not know the token
 * @REFUSAL_NOT_ENABLED: the feature is off for this machine
 * @REFUSAL_LIMIT: another application is registered
 * @REFUSAL_NO_SERVICE: the host does not know the RPC
 * @REFUSAL_OTHER: see the message
 */
enum reply_refusal {
	REFUSAL_NONE,
	REFUSAL_UNKNOWN_TOKEN,
	REFUSAL_NOT_ENABLED,
	REFUSAL_LIMIT,
	REFUSAL_NO_SERVICE,
	REFUSAL_OTHER,
};

/**
 * struct reply - a reply, whichever RPC it answers
 * @refusal: &enum reply_refusal
 * @message: the host's words for it
 * @token: of a registration; empty where the reply has none
 * @guaranteed: of a registration: the host guarantees to wait
 * @event: &enum reply_event
 * @event_word: the host's word for it
 * @has_id: the reply has an operation id
 * @operation_id: it
 * @op_type: of a start and an end, fit for the kernel
 * @op_status: of an end, fit for the kernel
 * @has_time: the event says when it was made
 * @time_s: when, by the host's clock
 * @timeout_ms: how long the host waits, of a timeout-change the new time,
 *	limited to what the kernel takes; 0 where the reply does not say
 * @ack_status: of an ack, the host's word
 * @warning: which fields were bad, and what stands in; empty if none
 */
struct reply {
	enum reply_refusal refusal;
	char message[256];
	char token[TOKEN_SIZE];
	bool guaranteed;
	enum reply_event event;
	char event_word[VMOPNOTIFY_NAME_LEN];
	bool has_id;
	uint64_t operation_id;
	char op_type[VMOPNOTIFY_NAME_LEN];
	char op_status[VMOPNOTIFY_TEXT_LEN];
	bool has_time;
	uint64_t time_s;
	uint32_t timeout_ms;
	char ack_status[VMOPNOTIFY_NAME_LEN];
	char warning[256];
};

/**
 * reply_parse - read a reply
 * @text: the bytes
 * @len: how many
 * @reply: what they say
 * @err: where to put why they are no reply
 * @errlen: size of @err
 *
 * Return: 0, which a refusal is too; -EBADMSG for what is no reply, or an event
 * that does not say of which operation; -ENOMEM.
 */
int reply_parse(const char *text, size_t len, struct reply *reply, char *err,
		size_t errlen);

/**
 * reply_read - read what came on stdout, in whichever way the host said it
 * @text: the bytes
 * @len: how many
 * @reply: what they say
 * @err: where to put why they are no reply
 * @errlen: size of @err
 *
 * Where there is no JSON at all it may be a refusal in the host's plain words.
 *
 * Return: as reply_parse().
 */
int reply_read(const char *text, size_t len, struct reply *reply, char *err,
	       size_t errlen);

/**
 * reply_parse_failure - read what came on stderr where the RPC failed
 * @text: the bytes: a reply, plain text, warnings of libraries, all of them
 * @len: how many
 * @reply: its @refusal is set, its @message as far as there is one
 *
 * Return: true if the host itself refused; false if the text is not known to
 * be the host's, @refusal is %REFUSAL_OTHER then.
 */
bool reply_parse_failure(const char *text, size_t len, struct reply *reply);

#endif /* VMOPD_REPLY_H */
