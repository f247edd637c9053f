// SPDX-License-Identifier: GPL-2.0
/* What the host answers: a table of replies, and what is made of each. */
#include "unit.h"

#include <errno.h>
#include <inttypes.h>

#include "reply.h"

#define OK		"{\"version\":\"1.0.0\", \"result\": true"
#define TYPES		", \"notificationTypes\": [\"sla-miss\"]"
#define START(rest)	OK ", \"eventType\": \"start\"" rest "}"
#define FULL_START(id)	START(",  \"opType\": \"host-migration\", "	\
			"\"eventGenTimeInSec\": 1666730185, "		\
			"\"notificationTimeoutInSec\": 120, "		\
			"\"destNotificationTimeoutInSec\": 120" TYPES	\
			",  \"operationId\": " id)
#define END(rest)	OK ", \"eventType\": \"end\"" rest "}"
#define CHANGE(rest)	OK ", \"eventType\": \"timeout-change\"" rest "}"
#define REFUSAL(words)	"{\"version\":\"1.0.0\", \"result\": false, "	\
			"\"errorMessage\": \"vm-operation-notification." \
			"RPC: Invalid input: " words ", please see schema " \
			"for detail and examples\" }"

#define ID		6279072692702276663ULL
#define TOKEN		"525b5364-6caf-24a0-562c-87955647baa4"

static int parse(const char *text, struct reply *r, char *err, size_t errlen)
{
	return reply_parse(text, strlen(text), r, err, errlen);
}

/* What is parsed, and of what it gives, what matters. */
struct row {
	const char *text;
	int ret;
	enum reply_event event;
	uint64_t id;
	uint32_t timeout_ms;
	const char *says;	/* in the error, or the warning; NULL: none */
};

static void check_row(size_t i, const struct row *row)
{
	struct reply r;
	char err[256];
	int ret = parse(row->text, &r, err, sizeof(err));
	const char *said = ret ? err : r.warning;

	if (ret != row->ret)
		fail_msg("row %zu: %d (%s) for %s", i, ret, err, row->text);
	if (row->says ? !strstr(said, row->says) : said[0])
		fail_msg("row %zu: says \"%s\", not \"%s\", of %s", i, said,
			 row->says ? row->says : "", row->text);
	if (ret)
		return;
	if (r.event != row->event || r.operation_id != row->id ||
	    r.timeout_ms != row->timeout_ms)
		fail_msg("row %zu: event %d, id %" PRIu64 ", timeout %u: %s",
			 i, r.event, r.operation_id, r.timeout_ms, row->text);
}

static void check_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check_row(i, &rows[i]);
}

/* The host's replies as they are documented, blanks and all. */
static void test_documented(void **state)
{
	struct reply r;
	char err[256];

	(void)state;
	assert_int_equal(parse("{\"version\":\"1.0.0\", \"result\": true, "
			       "\"guaranteed\": true, \"uniqueToken\": \""
			       TOKEN "\", \"notificationTimeoutInSec\": 120 }",
			       &r, err, sizeof(err)), 0);
	assert_string_equal(r.token, TOKEN);
	assert_true(r.guaranteed);
	assert_int_equal(r.timeout_ms, 120000);
	assert_int_equal(r.event, REPLY_NO_EVENT);
	assert_string_equal(r.warning, "");

	assert_int_equal(parse("{\"version\":\"1.0.0\", \"result\": true, "
			       "\"info\": [     {\"appName\": \"demo\", "
			       "\"notificationTypes\": [\"sla-miss\"]}] }",
			       &r, err, sizeof(err)), 0);
	assert_int_equal(r.event, REPLY_NO_EVENT);
	assert_string_equal(r.token, "");

	assert_int_equal(parse(OK ", \"operationId\": 6279072692702276663,  "
			       "\"ackStatus\": \"ack_received\" }\n",
			       &r, err, sizeof(err)), 0);
	assert_true(r.has_id);
	assert_true(r.operation_id == ID);
	assert_string_equal(r.ack_status, "ack_received");

	assert_int_equal(parse(OK " }", &r, err, sizeof(err)), 0);
	assert_int_equal(r.refusal, REFUSAL_NONE);
	assert_int_equal(r.event, REPLY_NO_EVENT);
	assert_false(r.has_id);

	assert_int_equal(parse(FULL_START("6279072692702276663 "), &r, err,
			       sizeof(err)), 0);
	assert_int_equal(r.event, REPLY_START);
	assert_true(r.operation_id == ID);
	assert_string_equal(r.op_type, "host-migration");
	assert_int_equal(r.timeout_ms, 120000);
	assert_true(r.has_time);
	assert_int_equal(r.time_s, 1666730185);
	assert_string_equal(r.warning, "");

	assert_int_equal(parse("{\"version\":\"1.0.0\",  \"result\": true, "
			       "\"eventType\": \"end\",  \"opType\": "
			       "\"host-migration\", \"opStatus\": \"success\", "
			       "\"eventGenTimeInSec\": 1666730200" TYPES
			       ",  \"operationId\": 6279072692702276663 }",
			       &r, err, sizeof(err)), 0);
	assert_int_equal(r.event, REPLY_END);
	assert_true(r.operation_id == ID);
	assert_string_equal(r.op_status, "success");
	assert_string_equal(r.warning, "");

	assert_int_equal(parse("{\"version\":\"1.0.0\", \"result\": true, "
			       "\"eventType\": \"timeout-change\",  "
			       "\"eventGenTimeInSec\": 1666736715, "
			       "\"notificationTimeoutInSec\": 120, "
			       "\"newNotificationTimeoutInSec\": 60" TYPES
			       ",  \"operationId\": 1666736715415723 }",
			       &r, err, sizeof(err)), 0);
	assert_int_equal(r.event, REPLY_TIMEOUT_CHANGE);
	assert_true(r.operation_id == 1666736715415723ULL);
	assert_int_equal(r.timeout_ms, 60000);
	assert_string_equal(r.warning, "");
}

static void test_refusals(void **state)
{
	static const struct {
		const char *text;
		enum reply_refusal refusal;
	} rows[] = {
		{ REFUSAL("Failed to register additional apps. Max allowed "
			  "limit of 1 concurrent apps already registered."),
		  REFUSAL_LIMIT },
		{ REFUSAL("VM operation notification not enabled on this VM"),
		  REFUSAL_NOT_ENABLED },
		{ REFUSAL("Could not find application with the token."),
		  REFUSAL_UNKNOWN_TOKEN },
		{ REFUSAL("something new"), REFUSAL_OTHER },
		{ "{\"result\": false}", REFUSAL_OTHER },
		{ "{\"result\": false, \"errorMessage\": 1}", REFUSAL_OTHER },
	};
	struct reply r;
	char err[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(parse(rows[i].text, &r, err, sizeof(err)), 0);
		assert_int_equal(r.refusal, rows[i].refusal);
		assert_string_not_equal(r.message, "");
	}
}

/* The ack carries the same digits that came. */
static void test_exact_ids(void **state)
{
	static const struct row rows[] = {
		{ FULL_START("0"), 0, REPLY_START, 0, 120000, NULL },
		{ FULL_START("1"), 0, REPLY_START, 1, 120000, NULL },
		{ FULL_START("9007199254740993"), 0, REPLY_START,
		  (1ULL << 53) + 1, 120000, NULL },
		{ FULL_START("6279072692702276663"), 0, REPLY_START, ID,
		  120000, NULL },
		{ FULL_START("9223372036854775807"), 0, REPLY_START,
		  INT64_MAX, 120000, NULL },
		{ FULL_START("9223372036854775808"), 0, REPLY_START,
		  1ULL << 63, 120000, NULL },
		{ FULL_START("18446744073709551615"), 0, REPLY_START,
		  UINT64_MAX, 120000, NULL },
	};

	(void)state;
	check_rows(rows, ARRAY_SIZE(rows));
}

#define BAD(id, says)	{ FULL_START(id), -EBADMSG, 0, 0, 0, says }

static void test_bad_ids(void **state)
{
	static const struct row rows[] = {
		BAD("18446744073709551616", "operationId does not fit"),
		BAD("36893488147419103232", "operationId does not fit"),
		BAD("99999999999999999999999999999", "does not fit"),
		BAD("-1", "operationId is negative"),
		BAD("-0", "operationId is negative"),
		BAD("1.0", "operationId is not a whole number"),
		BAD("1.5", "operationId is not a whole number"),
		BAD("1e3", "operationId is not a whole number"),
		BAD("1E+3", "operationId is not a whole number"),
		BAD("\"1\"", "operationId is not a number"),
		BAD("\"#1\"", "operationId is not a number"),
		BAD("\"\\u00ff1\"", "operationId is not a number"),
		BAD("\"\xff" "1\"", "operationId is not a number"),
		BAD("\"\\u0000\"", "operationId is not a number"),
		BAD("\"\"", "operationId is not a number"),
		BAD("true", "operationId is not a number"),
		BAD("null", "operationId is not a number"),
		BAD("[1]", "operationId is not a number"),
		BAD("{\"a\": 1}", "operationId is not a number"),
		BAD("1, \"operationId\": 1", "operationId is given twice"),
		BAD("1, \"operationId\": 2", "operationId is given twice"),
		BAD("01", "malformed number"),
		BAD("+1", "malformed JSON"),
		BAD("0x10", "malformed JSON"),
		BAD("1.", "malformed number"),
		BAD(".5", "malformed JSON"),
		BAD("-", "malformed number"),
		BAD("1e", "malformed number"),
		BAD("1-2", "malformed"),
		BAD("1 2", "malformed"),
		BAD("", "malformed JSON"),
		BAD("NaN", "malformed JSON"),
		{ START(""), -EBADMSG, 0, 0, 0, "operationId is missing" },
		{ START(", \"OperationId\": 1"), -EBADMSG, 0, 0, 0,
		  "operationId is missing" },
		{ START(", \"operationId\\u0000x\": 1"), -EBADMSG, 0, 0, 0,
		  "operationId is missing" },
		{ END(""), -EBADMSG, 0, 0, 0, "operationId is missing" },
		{ CHANGE(""), -EBADMSG, 0, 0, 0, "operationId is missing" },
	};

	(void)state;
	check_rows(rows, ARRAY_SIZE(rows));
}

/* All but the id can be done without. */
#define NEAR(type, time, timeout)					\
	START(", \"operationId\": 7" type time timeout)
#define TYPE	", \"opType\": \"host-migration\""
#define TIME	", \"eventGenTimeInSec\": 5"
#define TOUT	", \"notificationTimeoutInSec\": 9"

static void test_events_are_kept(void **state)
{
	static const struct row rows[] = {
		{ NEAR(TYPE, TIME, TOUT), 0, REPLY_START, 7, 9000, NULL },
		{ NEAR(TYPE, TIME, ""), 0, REPLY_START, 7, 0,
		  "notificationTimeoutInSec is missing" },
		{ NEAR(TYPE, TIME, TOUT TOUT), 0, REPLY_START, 7, 0,
		  "notificationTimeoutInSec is given twice" },
		{ NEAR(TYPE, TIME, ", \"notificationTimeoutInSec\": -9"), 0,
		  REPLY_START, 7, 0, "notificationTimeoutInSec is negative" },
		{ NEAR(TYPE, TIME, ", \"notificationTimeoutInSec\": 9.5"), 0,
		  REPLY_START, 7, 0, "is not a whole number" },
		{ NEAR(TYPE, TIME, ", \"notificationTimeoutInSec\": \"9\""), 0,
		  REPLY_START, 7, 0, "notificationTimeoutInSec is not a num" },
		{ NEAR(TYPE, TIME, ", \"notificationTimeoutInSec\": 0"), 0,
		  REPLY_START, 7, 0, "notificationTimeoutInSec is 0" },
		{ NEAR(TYPE, TIME, ", \"notificationTimeoutInSec\": 86400"), 0,
		  REPLY_START, 7, 86400000, NULL },
		{ NEAR(TYPE, TIME, ", \"notificationTimeoutInSec\": 86401"), 0,
		  REPLY_START, 7, 86400000, "more than a day" },
		{ NEAR(TYPE, TIME, ", \"notificationTimeoutInSec\": "
		       "18446744073709551615"), 0, REPLY_START, 7, 86400000,
		  "more than a day" },
		{ NEAR(TYPE, TIME, ", \"notificationTimeoutInSec\": "
		       "18446744073709551616"), 0, REPLY_START, 7, 0,
		  "does not fit" },
		{ NEAR("", TIME, TOUT), 0, REPLY_START, 7, 9000,
		  "opType is missing" },
		{ NEAR(", \"opType\": 5", TIME, TOUT), 0, REPLY_START, 7, 9000,
		  "opType is not a string" },
		{ NEAR(", \"opType\": \"\"", TIME, TOUT), 0, REPLY_START, 7,
		  9000, "opType is empty" },
		{ NEAR(TYPE TYPE, TIME, TOUT), 0, REPLY_START, 7, 9000,
		  "opType is given twice" },
		{ NEAR(TYPE, "", TOUT), 0, REPLY_START, 7, 9000,
		  "eventGenTimeInSec is missing" },
		{ NEAR(TYPE, ", \"eventGenTimeInSec\": -5", TOUT), 0,
		  REPLY_START, 7, 9000, "eventGenTimeInSec is negative" },
		{ NEAR("", "", ""), 0, REPLY_START, 7, 0,
		  "opType is missing" },
		{ END(", \"operationId\": 7, \"opStatus\": \"failed\""), 0,
		  REPLY_END, 7, 0, NULL },
		{ END(", \"operationId\": 7"), 0, REPLY_END, 7, 0,
		  "opStatus is missing" },
		{ END(", \"operationId\": 7, \"opStatus\": {}"), 0, REPLY_END,
		  7, 0, "opStatus is not a string" },
		{ CHANGE(", \"operationId\": 7, "
			 "\"newNotificationTimeoutInSec\": 5"), 0,
		  REPLY_TIMEOUT_CHANGE, 7, 5000, NULL },
		{ CHANGE(", \"operationId\": 7" TOUT), 0,
		  REPLY_TIMEOUT_CHANGE, 7, 0,
		  "newNotificationTimeoutInSec is missing" },
		{ CHANGE(", \"operationId\": 7, "
			 "\"newNotificationTimeoutInSec\": 0"), 0,
		  REPLY_TIMEOUT_CHANGE, 7, 0,
		  "newNotificationTimeoutInSec is 0" },
		/* Bytes that are no UTF-8 spoil no more than their text. */
		{ NEAR(", \"opType\": \"\xe4\"", TIME, TOUT), 0, REPLY_START,
		  7, 9000, NULL },
		{ NEAR(", \"opType\": \"\\ud800\"", TIME, TOUT), 0,
		  REPLY_START, 7, 9000, NULL },
		{ NEAR(", \"opType\": \"a\tb\"", TIME, TOUT), 0, REPLY_START,
		  7, 9000, NULL },
		/* What is not known is let be. */
		{ NEAR(TYPE ", \"new\": [1, {\"a\": -1.5e-7}, null]", TIME,
		       TOUT), 0, REPLY_START, 7, 9000, NULL },
		{ OK ", \"eventType\": \"restart\", \"operationId\": 7}", 0,
		  REPLY_OTHER_EVENT, 7, 0, NULL },
		{ OK ", \"eventType\": \"Start\"}", 0, REPLY_OTHER_EVENT, 0, 0,
		  NULL },
		{ OK ", \"eventType\": \"\"}", 0, REPLY_OTHER_EVENT, 0, 0,
		  NULL },
	};

	(void)state;
	check_rows(rows, ARRAY_SIZE(rows));
}

static void test_no_replies(void **state)
{
	static const struct row rows[] = {
		{ "", -EBADMSG, 0, 0, 0, "empty" },
		{ " \n", -EBADMSG, 0, 0, 0, "malformed" },
		{ "Unknown command", -EBADMSG, 0, 0, 0, "malformed" },
		{ "null", -EBADMSG, 0, 0, 0, "not an object" },
		{ "[" OK "}]", -EBADMSG, 0, 0, 0, "not an object" },
		{ "[]", -EBADMSG, 0, 0, 0, "not an object" },
		{ "7", -EBADMSG, 0, 0, 0, "not an object" },
		{ "\"" "x\"", -EBADMSG, 0, 0, 0, "not an object" },
		{ "{}", -EBADMSG, 0, 0, 0, "result is missing" },
		{ "{\"result\": 1}", -EBADMSG, 0, 0, 0, "result is neither" },
		{ "{\"result\": \"true\"}", -EBADMSG, 0, 0, 0,
		  "result is neither" },
		{ "{\"result\": true, \"result\": false}", -EBADMSG, 0, 0, 0,
		  "result is given twice" },
		{ OK "} trailing", -EBADMSG, 0, 0, 0, "malformed" },
		{ OK "}" OK "}", -EBADMSG, 0, 0, 0, "malformed" },
		{ OK "},", -EBADMSG, 0, 0, 0, "malformed" },
		{ OK ",}", -EBADMSG, 0, 0, 0, "malformed" },
		{ "{'result': true}", -EBADMSG, 0, 0, 0, "malformed" },
		{ "\xef\xbb\xbf" OK "}", -EBADMSG, 0, 0, 0, "binary" },
		{ OK ", \"a\": \"\\x\"}", -EBADMSG, 0, 0, 0, "escape" },
		{ OK ", \"a\": \"\\u12\"}", -EBADMSG, 0, 0, 0, "escape" },
		{ OK ", \"a\": tru3}", -EBADMSG, 0, 0, 0, "malformed" },
		{ OK ", \"eventType\": 1, \"operationId\": 1}", -EBADMSG, 0,
		  0, 0, "eventType is not a string" },
		{ OK ", \"eventType\": \"start\", \"eventType\": \"end\", "
		  "\"operationId\": 1}", -EBADMSG, 0, 0, 0,
		  "eventType is given twice" },
		{ OK ", \"uniqueToken\": 5}", -EBADMSG, 0, 0, 0,
		  "uniqueToken is not a string" },
		{ OK ", \"uniqueToken\": \"\"}", -EBADMSG, 0, 0, 0,
		  "not a token" },
		{ OK ", \"uniqueToken\": \"a b\"}", -EBADMSG, 0, 0, 0,
		  "not a token" },
		{ OK ", \"uniqueToken\": \"a\\nb\"}", -EBADMSG, 0, 0, 0,
		  "not a token" },
		{ OK ", \"uniqueToken\": \"a\", \"uniqueToken\": \"b\"}",
		  -EBADMSG, 0, 0, 0, "given twice" },
	};
	static const char nul[] = OK "\0}";
	static const char nul_after[] = OK "}\0";
	struct reply r;
	char err[256];

	(void)state;
	check_rows(rows, ARRAY_SIZE(rows));
	assert_int_equal(reply_parse(nul, sizeof(nul) - 1, &r, err,
				     sizeof(err)), -EBADMSG);
	assert_int_equal(reply_parse(nul_after, sizeof(nul_after) - 1, &r, err,
				     sizeof(err)), -EBADMSG);
	assert_int_equal(reply_parse(nul_after, sizeof(nul_after) - 2, &r, err,
				     sizeof(err)), 0);
}

/* A registration that lacks the rest is one. */
static void test_registration(void **state)
{
	struct reply r;
	char err[256];

	(void)state;
	assert_int_equal(parse(OK ", \"uniqueToken\": \"t\"}", &r, err,
			       sizeof(err)), 0);
	assert_string_equal(r.token, "t");
	assert_false(r.guaranteed);
	assert_int_equal(r.timeout_ms, 0);
	assert_non_null(strstr(r.warning, "notificationTimeoutInSec"));
	assert_non_null(strstr(r.warning, "guaranteed"));
	assert_int_equal(parse(OK ", \"uniqueToken\": \"t\", \"guaranteed\": "
			       "\"yes\", \"notificationTimeoutInSec\": 1e9}",
			       &r, err, sizeof(err)), 0);
	assert_string_equal(r.token, "t");
	assert_false(r.guaranteed);
	/* An event's token, were there one, is not ours. */
	assert_int_equal(parse(NEAR(TYPE, TIME, TOUT
			       ", \"uniqueToken\": \"t\""), &r, err,
			       sizeof(err)), 0);
	assert_string_equal(r.token, "");
}

/* No prefix of a reply is taken for one, nor read beyond its end. */
static void test_truncated(void **state)
{
	static const char whole[] = FULL_START("6279072692702276663");
	size_t len = strlen(whole);
	struct reply r;
	char err[256];

	(void)state;
	for (size_t n = 0; n < len; n++) {
		char *exact = malloc(n ? n : 1);

		memcpy(exact, whole, n);
		if (reply_parse(exact, n, &r, err, sizeof(err)) != -EBADMSG)
			fail_msg("the first %zu bytes are taken", n);
		assert_string_not_equal(err, "");
		free(exact);
	}
	assert_int_equal(reply_parse(whole, len, &r, err, sizeof(err)), 0);
}

/* Any one byte changed: whatever comes, no crash, and the id is right. */
static void test_one_byte_changed(void **state)
{
	static const char whole[] = FULL_START("6279072692702276663");
	size_t len = strlen(whole);
	const char *id = strstr(whole, "6279");
	struct reply r;
	char err[256], text[sizeof(whole)];

	(void)state;
	for (size_t i = 0; i < len; i++) {
		for (int c = 0; c < 256; c++) {
			memcpy(text, whole, sizeof(whole));
			text[i] = (char)c;
			if (reply_parse(text, len, &r, err, sizeof(err)) ||
			    r.event != REPLY_START)
				continue;
			/* A digit next to it makes it another number. */
			if (whole + i < id - 1 || whole + i > id + 19)
				assert_true(r.operation_id == ID);
		}
	}
}

static void test_nesting(void **state)
{
	size_t depth = 100000, len = 2 * depth + 64;
	char *bomb = malloc(len + 1);
	struct reply r;
	char err[256];

	(void)state;
	for (int kind = 0; kind < 3; kind++) {
		char *p = bomb + sprintf(bomb, OK ", \"a\": ");
		size_t n = kind == 2 ? 30 : 30000;

		for (size_t i = 0; i < n; i++)
			p += sprintf(p, "%s", kind == 1 ? "{" : "[");
		for (size_t i = 0; kind != 1 && i < n; i++)
			*p++ = ']';
		strcpy(p, "}");
		assert_int_equal(parse(bomb, &r, err, sizeof(err)),
				 kind == 2 ? 0 : -EBADMSG);
		if (kind != 2)
			assert_string_equal(err, "nested too deep");
	}
	memset(bomb, '[', depth);
	assert_int_equal(reply_parse(bomb, depth, &r, err, sizeof(err)),
			 -EBADMSG);
	free(bomb);
}

static void test_megabytes(void **state)
{
	size_t len = 5 << 20;
	char *big = malloc(len);
	struct reply r;
	char err[256];

	(void)state;
	memset(big, ' ', len);
	memcpy(big, OK "}", strlen(OK "}"));
	assert_int_equal(reply_parse(big, len, &r, err, sizeof(err)),
			 -EBADMSG);
	assert_non_null(strstr(err, "longer than"));
	assert_int_equal(reply_parse(big, REPLY_MAX + 1, &r, err,
				     sizeof(err)), -EBADMSG);
	assert_int_equal(reply_parse(big, REPLY_MAX, &r, err, sizeof(err)), 0);
	/* The worst there is to rewrite: numbers, and bytes to replace. */
	memset(big, '1', REPLY_MAX);
	assert_int_equal(reply_parse(big, REPLY_MAX, &r, err, sizeof(err)),
			 -EBADMSG);
	memset(big, '\xff', REPLY_MAX);
	big[0] = '"';
	big[REPLY_MAX - 1] = '"';
	assert_int_equal(reply_parse(big, REPLY_MAX, &r, err, sizeof(err)),
			 -EBADMSG);
	for (size_t i = 0; i < REPLY_MAX; i++)
		big[i] = i % 2 ? ',' : '1';
	assert_int_equal(reply_parse(big, REPLY_MAX, &r, err, sizeof(err)),
			 -EBADMSG);
	free(big);
}

/* What goes to the kernel is short and clean. */
static void test_clean_text(void **state)
{
	struct reply r;
	char err[256];

	(void)state;
	assert_int_equal(parse(END(", \"operationId\": 7, \"opStatus\": "
				   "\"\\n\\u001b\\u0000 0123456789012345678901"
				   "23456789012345678901234567890123456789"
				   "0123\""), &r, err, sizeof(err)), 0);
	assert_int_equal(strlen(r.op_status), 63);
	assert_memory_equal(r.op_status, "??\xef\xbf\xbd 01", 8);
}

/* Of a failed RPC: the reply on stderr, among all else. */
static void test_failures(void **state)
{
	static const struct {
		const char *text;
		bool refused;
		enum reply_refusal refusal;
		const char *message;
	} rows[] = {
		{ REFUSAL("Could not find application with the token.") "\n",
		  true, REFUSAL_UNKNOWN_TOKEN, "Could not find" },
		{ "\n(process:1): GLib-CRITICAL **: x {\n"
		  REFUSAL("VM operation notification not enabled on this VM")
		  "\n{ more warnings", true, REFUSAL_NOT_ENABLED,
		  "not enabled" },
		{ REFUSAL("novel"), true, REFUSAL_OTHER, "novel" },
		{ "Unknown command\n", true, REFUSAL_NO_SERVICE,
		  "Unknown command" },
		{ "Unable to send command to VMware hypervisor.\n", false,
		  REFUSAL_OTHER, "Unable to send" },
		{ "Failed to register additional apps. Max", true,
		  REFUSAL_LIMIT, "additional apps" },
		{ "", false, REFUSAL_OTHER, "" },
		{ OK "}", false, REFUSAL_OTHER, "result" },
		{ "a\nb\n", false, REFUSAL_OTHER, "a?b" },
	};
	struct reply r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		bool refused = reply_parse_failure(rows[i].text,
						   strlen(rows[i].text), &r);

		if (refused != rows[i].refused ||
		    r.refusal != rows[i].refusal ||
		    !strstr(r.message, rows[i].message))
			fail_msg("row %zu: %d, refusal %d, \"%s\"", i, refused,
				 r.refusal, r.message);
	}
	assert_true(reply_parse_failure("\0\0Unknown command", 17, &r));
}

/* Plain words are the host's where there is no JSON, and nowhere else. */
static void test_read(void **state)
{
	static const struct {
		const char *text;
		int ret;
		enum reply_refusal refusal;
	} rows[] = {
		{ OK "}", 0, REFUSAL_NONE },
		{ REFUSAL("Unknown command"), 0, REFUSAL_NO_SERVICE },
		{ "Unknown command\n", 0, REFUSAL_NO_SERVICE },
		{ "{ Unknown command", -EBADMSG, REFUSAL_NONE },
		{ "Unable to send command to VMware hypervisor.\n",
		  -EBADMSG, REFUSAL_OTHER },
		{ "", -EBADMSG, REFUSAL_OTHER },
	};
	struct reply r;
	char err[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int ret = reply_read(rows[i].text, strlen(rows[i].text), &r,
				     err, sizeof(err));

		if (ret != rows[i].ret || r.refusal != rows[i].refusal)
			fail_msg("row %zu: %d, refusal %d", i, ret,
				 r.refusal);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_documented),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_exact_ids),
		cmocka_unit_test(test_bad_ids),
		cmocka_unit_test(test_events_are_kept),
		cmocka_unit_test(test_no_replies),
		cmocka_unit_test(test_registration),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_one_byte_changed),
		cmocka_unit_test(test_nesting),
		cmocka_unit_test(test_megabytes),
		cmocka_unit_test(test_clean_text),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests_name("reply", tests, NULL, NULL);
}
