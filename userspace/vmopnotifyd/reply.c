// SPDX-License-Identifier: GPL-2.0
/* What the host answers. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "reply.h"
#include "text.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* The host's words, as far as they are known, and what they mean. */
static const struct {
	const char *words;
	enum reply_refusal refusal;
} refusals[] = {
	{ "Could not find application with the token",
	  REFUSAL_UNKNOWN_TOKEN },
	{ "VM operation notification not enabled", REFUSAL_NOT_ENABLED },
	{ "Failed to register additional apps", REFUSAL_LIMIT },
	{ "Unknown command", REFUSAL_NO_SERVICE },
};

static const struct {
	const char *word;
	enum reply_event event;
} event_words[] = {
	{ "start", REPLY_START },
	{ "end", REPLY_END },
	{ "timeout-change", REPLY_TIMEOUT_CHANGE },
};

__attribute__((format(printf, 3, 4)))
static int bad(char *err, size_t errlen, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err, errlen, fmt, ap);
	va_end(ap);
	return -EBADMSG;
}

/* Adds to the reply's warning: "KEY is negative: what stands in for it". */
static void warn(struct reply *r, const char *key, const char *why,
		 const char *instead)
{
	size_t used = strlen(r->warning);

	snprintf(r->warning + used, sizeof(r->warning) - used,
		 "%s%s %s: %s", used ? "; " : "", key, why, instead);
}

static enum reply_refusal classify(const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++)
		if (strstr(text, refusals[i].words))
			return refusals[i].refusal;
	return REFUSAL_OTHER;
}

/* A number of seconds as milliseconds that the kernel takes; 0: of no use. */
static uint32_t timeout_of(const cJSON *object, const char *key,
			   struct reply *r, const char *instead)
{
	uint64_t s = 0;
	const char *why = "is missing";

	if (json_u64(object, key, &s, &why) != JSON_GOOD) {
		warn(r, key, why, instead);
		return 0;
	}
	if (!s) {
		warn(r, key, "is 0", instead);
		return 0;
	}
	if (s > VMOPNOTIFY_MAX_TIMEOUT_MS / 1000) {
		warn(r, key, "is more than a day", "taken for a day");
		return VMOPNOTIFY_MAX_TIMEOUT_MS;
	}
	return (uint32_t)s * 1000;
}

static void text_of(const cJSON *object, const char *key, struct reply *r,
		    char *to, size_t size)
{
	const char *value, *why = "is missing";

	if (json_string(object, key, &value, &why) == JSON_GOOD) {
		if (value[0]) {
			text_clean(value, to, size);
			return;
		}
		why = "is empty";
	}
	warn(r, key, why, "taken for \"unknown\"");
	snprintf(to, size, "unknown");
}

static void parse_time(const cJSON *object, struct reply *r)
{
	static const char key[] = "eventGenTimeInSec";
	const char *why = "is missing";

	r->has_time = json_u64(object, key, &r->time_s, &why) == JSON_GOOD;
	if (!r->has_time)
		warn(r, key, why, "taken for now");
}

static void parse_fields(const cJSON *object, struct reply *r)
{
	switch (r->event) {
	case REPLY_START:
		text_of(object, "opType", r, r->op_type, sizeof(r->op_type));
		r->timeout_ms = timeout_of(object, "notificationTimeoutInSec",
					   r, "the timeout in force is used");
		parse_time(object, r);
		break;
	case REPLY_END:
		text_of(object, "opStatus", r, r->op_status,
			sizeof(r->op_status));
		break;
	case REPLY_TIMEOUT_CHANGE:
		r->timeout_ms = timeout_of(object,
					   "newNotificationTimeoutInSec", r,
					   "the timeout in force stays");
		break;
	default:
		break;
	}
}

static int parse_event(const cJSON *object, struct reply *r, char *err,
		       size_t errlen)
{
	const char *word, *why, *id_why = "is missing";
	enum json_found found;

	r->has_id = json_u64(object, "operationId", &r->operation_id,
			     &id_why) == JSON_GOOD;
	found = json_string(object, "eventType", &word, &why);
	if (found == JSON_ABSENT)
		return 0;
	if (found == JSON_BAD)
		return bad(err, errlen, "eventType %s", why);
	text_clean(word, r->event_word, sizeof(r->event_word));
	r->event = REPLY_OTHER_EVENT;
	for (size_t i = 0; i < ARRAY_SIZE(event_words); i++)
		if (!strcmp(event_words[i].word, word))
			r->event = event_words[i].event;
	if (r->event == REPLY_OTHER_EVENT)
		return 0;
	if (!r->has_id)
		return bad(err, errlen, "%s event whose operationId %s",
			   r->event_word, id_why);
	parse_fields(object, r);
	return 0;
}

static int parse_registration(const cJSON *object, struct reply *r, char *err,
			      size_t errlen)
{
	const char *token, *why;
	enum json_found found;

	found = json_string(object, "uniqueToken", &token, &why);
	if (found == JSON_ABSENT)
		return 0;
	if (found == JSON_BAD)
		return bad(err, errlen, "uniqueToken %s", why);
	if (!token_valid(token))
		return bad(err, errlen, "uniqueToken is not a token");
	snprintf(r->token, sizeof(r->token), "%s", token);
	r->timeout_ms = timeout_of(object, "notificationTimeoutInSec", r,
				   "a default is used");
	why = "is missing";
	if (json_bool(object, "guaranteed", &r->guaranteed, &why) != JSON_GOOD)
		warn(r, "guaranteed", why, "taken for false");
	return 0;
}

static int parse_refusal(const cJSON *object, struct reply *r)
{
	const char *message, *why;

	if (json_string(object, "errorMessage", &message, &why) != JSON_GOOD)
		message = "(no errorMessage)";
	r->refusal = classify(message);
	text_clean(message, r->message, sizeof(r->message));
	return 0;
}

static int parse_object(const cJSON *object, struct reply *r, char *err,
			size_t errlen)
{
	const char *text, *why = "is missing";
	bool result;
	int ret;

	if (!cJSON_IsObject(object))
		return bad(err, errlen, "not an object");
	if (json_bool(object, "result", &result, &why) != JSON_GOOD)
		return bad(err, errlen, "result %s", why);
	if (!result)
		return parse_refusal(object, r);
	if (json_string(object, "ackStatus", &text, &why) == JSON_GOOD)
		text_clean(text, r->ack_status, sizeof(r->ack_status));
	ret = parse_event(object, r, err, errlen);
	/* Events have a timeout of their own, and no token. */
	if (ret || r->event != REPLY_NO_EVENT)
		return ret;
	return parse_registration(object, r, err, errlen);
}

int reply_parse(const char *text, size_t len, struct reply *reply, char *err,
		size_t errlen)
{
	cJSON *object;
	int ret;

	memset(reply, 0, sizeof(*reply));
	if (errlen)
		err[0] = '\0';
	if (len > REPLY_MAX)
		return bad(err, errlen, "longer than %d bytes", REPLY_MAX);
	object = json_parse(text, len, err, errlen);
	if (!object)
		return -EBADMSG;
	ret = parse_object(object, reply, err, errlen);
	cJSON_Delete(object);
	return ret;
}

/* A refusal in a line of its own, among whatever else is on stderr. */
static bool refusal_in_line(const char *line, size_t len, struct reply *r)
{
	char err[128];

	return len && line[0] == '{' &&
	       !reply_parse(line, len, r, err, sizeof(err)) &&
	       r->refusal != REFUSAL_NONE;
}

bool reply_parse_failure(const char *text, size_t len, struct reply *reply)
{
	const char *line = text, *end = text + len, *eol;
	char plain[512];
	size_t n;

	for (; line < end; line = eol + 1) {
		eol = memchr(line, '\n', (size_t)(end - line));
		if (!eol)
			eol = end;
		if (refusal_in_line(line, (size_t)(eol - line), reply))
			return true;
	}
	memset(reply, 0, sizeof(*reply));
	n = len < sizeof(plain) ? len : sizeof(plain) - 1;
	memcpy(plain, text, n);
	plain[n] = '\0';
	for (size_t i = 0; i < n; i++)
		if (!plain[i])
			plain[i] = '?';
	reply->refusal = classify(plain);
	while (n && strchr(" \t\r\n", plain[n - 1]))
		plain[--n] = '\0';
	text_clean(plain, reply->message, sizeof(reply->message));
	return reply->refusal != REFUSAL_OTHER;
}

int reply_read(const char *text, size_t len, struct reply *reply, char *err,
	       size_t errlen)
{
	int ret = reply_parse(text, len, reply, err, errlen);

	if (ret == -EBADMSG && !memchr(text, '{', len) &&
	    reply_parse_failure(text, len, reply))
		return 0;
	return ret;
}
