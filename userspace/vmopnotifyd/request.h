/* SPDX-License-Identifier: GPL-2.0 */
/* What is said to the host, and what is made of its answer. */
#ifndef VMOPD_REQUEST_H
#define VMOPD_REQUEST_H

#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "reply.h"
#include "rpc.h"

/* REQUEST_SIZE - enough for any request. */
#define REQUEST_SIZE	1024

/**
 * request_register - ask to be the machine's application
 * @buf: where to put the RPC
 * @app_name: the name to go by
 */
void request_register(char buf[REQUEST_SIZE], const char *app_name);

/**
 * request_with_token - an RPC that takes the token alone
 * @buf: where to put the RPC
 * @rpc: "check-for-event", "unregister"
 * @token: the token
 */
void request_with_token(char buf[REQUEST_SIZE], const char *rpc,
			const char *token);

/**
 * request_ack - ack an event
 * @buf: where to put the RPC
 * @id: the event's operation id
 * @token: the token
 */
void request_ack(char buf[REQUEST_SIZE], uint64_t id, const char *token);

/**
 * enum outcome - what came of a request
 * @OUTCOME_ANSWER: the host did it
 * @OUTCOME_REFUSED: the host said why not
 * @OUTCOME_FAILED: the host was not reached, or its answer makes no sense
 */
enum outcome {
	OUTCOME_ANSWER,
	OUTCOME_REFUSED,
	OUTCOME_FAILED,
};

/**
 * request_outcome - judge what an RPC brought
 * @result: it; its bytes are changed
 * @cfg: the configuration, for messages
 * @reply: the host's answer, as far as there is one
 * @why: what to tell people, tokens shortened; empty after an answer
 * @size: of @why
 *
 * An RPC may have gone wrong after the host had answered, and an event or a
 * token told in that answer is told only once: it counts as an answer.
 *
 * Return: &enum outcome.
 */
enum outcome request_outcome(struct rpc_result *result,
			     const struct config *cfg, struct reply *reply,
			     char *why, size_t size);

#endif /* VMOPD_REQUEST_H */
