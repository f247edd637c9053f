// SPDX-License-Identifier: GPL-2.0
/* What is said to the host, and what is made of its answer. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "request.h"
#include "text.h"

#define SERVICE		"vm-operation-notification."

/* How much of an answer that makes no sense is shown. */
#define SNIPPET		160

/* @from is printable ASCII: a configured name, a checked token. */
static void quote(char *to, size_t size, const char *from)
{
	size_t used = 0;

	for (; *from && used + 3 < size; from++) {
		if (*from == '"' || *from == '\\')
			to[used++] = '\\';
		to[used++] = *from;
	}
	to[used] = '\0';
}

void request_register(char buf[REQUEST_SIZE], const char *app_name)
{
	char name[2 * VMOPNOTIFY_TEXT_LEN + 2];

	quote(name, sizeof(name), app_name);
	snprintf(buf, REQUEST_SIZE, SERVICE "register "
		 "{\"appName\": \"%s\", \"notificationTypes\": "
		 "[\"sla-miss\"]}", name);
}

void request_with_token(char buf[REQUEST_SIZE], const char *rpc,
			const char *token)
{
	char quoted[2 * TOKEN_SIZE + 2];

	quote(quoted, sizeof(quoted), token);
	snprintf(buf, REQUEST_SIZE, SERVICE "%s {\"uniqueToken\": \"%s\"}",
		 rpc, quoted);
}

void request_ack(char buf[REQUEST_SIZE], uint64_t id, const char *token)
{
	char quoted[2 * TOKEN_SIZE + 2];

	quote(quoted, sizeof(quoted), token);
	snprintf(buf, REQUEST_SIZE, SERVICE "ack-event "
		 "{\"operationId\": %" PRIu64 ", \"uniqueToken\": \"%s\"}",
		 id, quoted);
}

/* The beginning of what came, on one line.  @text may hold NULs. */
static void snippet(char *to, size_t size, char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!text[i])
			text[i] = '?';
	/* Whole first: half a token would not be known for one. */
	while (len && strchr(" \t\r\n", text[len - 1]))
		text[--len] = '\0';
	log_redact(text, len + 1);
	text_clean(text, to, size);
}

static enum outcome nonsense(struct rpc_result *result, const char *error,
			     char *why, size_t size)
{
	char text[SNIPPET];

	snippet(text, sizeof(text), result->out, result->out_len);
	snprintf(why, size, "the answer makes no sense (%s): \"%s\"", error,
		 text);
	return OUTCOME_FAILED;
}

/* Did the host answer before it went wrong, with what it says only once? */
static bool salvage(const struct rpc_result *result, struct reply *reply)
{
	char err[128];

	return result->out_len &&
	       !reply_parse(result->out, result->out_len, reply, err,
			    sizeof(err)) &&
	       reply->refusal == REFUSAL_NONE &&
	       (reply->event != REPLY_NO_EVENT || reply->token[0] ||
		reply->ack_status[0]);
}

static enum outcome failed(struct rpc_result *result,
			   const struct config *cfg, struct reply *reply,
			   char *why, size_t size)
{
	char what[256], text[SNIPPET];
	bool out = !result->err_len;
	char *said = out ? result->out : result->err;
	size_t len = out ? result->out_len : result->err_len;

	rpc_describe(result, cfg, what, sizeof(what));
	if (salvage(result, reply)) {
		log_warn("%s, but the host had answered: going on with that",
			 what);
		return OUTCOME_ANSWER;
	}
	memset(reply, 0, sizeof(*reply));
	if (result->status == RPC_FAILED &&
	    reply_parse_failure(said, len, reply)) {
		snprintf(why, size, "%s", reply->message);
		return OUTCOME_REFUSED;
	}
	snippet(text, sizeof(text), said, len);
	snprintf(why, size, "%s%s%s%s", what, text[0] ? ": \"" : "", text,
		 text[0] ? "\"" : "");
	return OUTCOME_FAILED;
}

enum outcome request_outcome(struct rpc_result *result,
			     const struct config *cfg, struct reply *reply,
			     char *why, size_t size)
{
	enum outcome outcome = OUTCOME_ANSWER;
	char error[128];

	why[0] = '\0';
	memset(reply, 0, sizeof(*reply));
	if (result->status != RPC_OK) {
		outcome = failed(result, cfg, reply, why, size);
	} else if (reply_read(result->out, result->out_len, reply, error,
			      sizeof(error))) {
		outcome = nonsense(result, error, why, size);
	} else if (reply->refusal != REFUSAL_NONE) {
		snprintf(why, size, "%s", reply->message);
		outcome = OUTCOME_REFUSED;
	}
	log_redact(why, size);
	return outcome;
}
