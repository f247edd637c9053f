// SPDX-License-Identifier: GPL-2.0
/* What is said to the host, what is made of its answers, what is logged. */
#include "unit.h"

#include "acks.h"
#include "log.h"
#include "request.h"

#define TOKEN	"525b5364-6caf-24a0-562c-87955647baa4"
#define EMPTY	"{\"version\":\"1.0.0\", \"result\": true }"
#define EVENT	"{\"result\": true, \"eventType\": \"end\", "		\
		"\"opStatus\": \"success\", \"operationId\": 5}"

static void test_requests(void **state)
{
	char buf[REQUEST_SIZE];

	(void)state;
	request_register(buf, "demo");
	assert_string_equal(buf, "vm-operation-notification.register "
			    "{\"appName\": \"demo\", "
			    "\"notificationTypes\": [\"sla-miss\"]}");
	request_register(buf, "a\"b\\c");
	assert_non_null(strstr(buf, "\"a\\\"b\\\\c\""));
	request_with_token(buf, "unregister", TOKEN);
	assert_string_equal(buf, "vm-operation-notification.unregister "
			    "{\"uniqueToken\": \"" TOKEN "\"}");
	request_ack(buf, UINT64_MAX, TOKEN);
	assert_string_equal(buf, "vm-operation-notification.ack-event "
			    "{\"operationId\": 18446744073709551615, "
			    "\"uniqueToken\": \"" TOKEN "\"}");
	request_ack(buf, 0, "\"");
	assert_non_null(strstr(buf, "{\"operationId\": 0, "
			       "\"uniqueToken\": \"\\\"\"}"));
}

/* The longest token and name there can be are not cut. */
static void test_longest(void **state)
{
	char token[TOKEN_SIZE], name[VMOPNOTIFY_TEXT_LEN];
	char buf[REQUEST_SIZE];

	(void)state;
	memset(token, '"', sizeof(token));
	token[sizeof(token) - 1] = '\0';
	memset(name, '\\', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	request_ack(buf, UINT64_MAX, token);
	assert_string_equal(buf + strlen(buf) - 3, "\"\"}");
	assert_int_equal(strlen(strstr(buf, "\\\"")), 2 * 255 + 2);
	request_register(buf, name);
	assert_int_equal(strspn(strchr(buf, '\\'), "\\"), 2 * 63);
}

static void test_outcomes(void **state)
{
	static const struct {
		enum rpc_status status;
		const char *out;
		const char *err;
		enum outcome outcome;
		const char *why;
	} rows[] = {
		{ RPC_OK, EMPTY "\n", "warning", OUTCOME_ANSWER, "" },
		{ RPC_OK, EVENT, "", OUTCOME_ANSWER, "" },
		{ RPC_OK, "{\"result\": false, \"errorMessage\": \"no\"}", "",
		  OUTCOME_REFUSED, "no" },
		{ RPC_OK, "Unknown command\n", "", OUTCOME_REFUSED,
		  "Unknown command" },
		{ RPC_OK, "", "", OUTCOME_FAILED, "makes no sense" },
		{ RPC_OK, "{\"result\": tr", "", OUTCOME_FAILED,
		  "\"{\"result\": tr\"" },
		{ RPC_OK, "garbage\x01\n\xff", "", OUTCOME_FAILED,
		  "\"garbage???\"" },
		{ RPC_FAILED, "", "{\"result\": false, \"errorMessage\": "
		  "\"Could not find application with the token.\"}",
		  OUTCOME_REFUSED, "Could not find" },
		{ RPC_FAILED, "Unknown command", "", OUTCOME_REFUSED,
		  "Unknown command" },
		{ RPC_FAILED, "", "Unable to send command to VMware "
		  "hypervisor.\n", OUTCOME_FAILED, "Unable to send" },
		{ RPC_FAILED, EMPTY, "", OUTCOME_FAILED, "exited with" },
		{ RPC_FAILED, "", "", OUTCOME_FAILED, "exited with code 3" },
		{ RPC_TIMED_OUT, "", "", OUTCOME_FAILED, "5000 ms" },
		{ RPC_TIMED_OUT, "", "Unknown command", OUTCOME_FAILED,
		  "did not finish" },
		/* Told once, so not to be lost. */
		{ RPC_TIMED_OUT, EVENT, "", OUTCOME_ANSWER, "" },
		{ RPC_SIGNALED, EVENT, "", OUTCOME_ANSWER, "" },
		{ RPC_FAILED, "{\"result\": true, \"uniqueToken\": \"t\"}",
		  "", OUTCOME_ANSWER, "" },
		{ RPC_TIMED_OUT, EMPTY, "", OUTCOME_FAILED, "did not finish" },
		{ RPC_TOO_LARGE, "", "", OUTCOME_FAILED, "more than" },
		{ RPC_NOT_FOUND, "", "", OUTCOME_FAILED, "is not there" },
		{ RPC_NOT_EXECUTABLE, "", "", OUTCOME_FAILED, "executed" },
		{ RPC_NOT_STARTED, "", "", OUTCOME_FAILED, "started" },
	};
	struct config cfg;
	struct reply r;
	char why[512];

	(void)state;
	config_defaults(&cfg);
	log_set_level(-1);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct rpc_result result = {
			.status = rows[i].status,
			.code = 3,
			.out = strdup(rows[i].out),
			.out_len = strlen(rows[i].out),
			.err = strdup(rows[i].err),
			.err_len = strlen(rows[i].err),
		};
		enum outcome outcome = request_outcome(&result, &cfg, &r, why,
						       sizeof(why));

		if (outcome != rows[i].outcome ||
		    !strstr(why, rows[i].why) || (!*rows[i].why && *why))
			fail_msg("row %zu: %d \"%s\"", i, outcome, why);
		free(result.out);
		free(result.err);
	}
}

static void test_redaction(void **state)
{
	static const struct {
		const char *from;
		const char *to;
	} rows[] = {
		{ "nothing to see", "nothing to see" },
		{ "token " TOKEN " here", "token 525b\xe2\x80\xa6 here" },
		{ "my-own-secret", "my-o\xe2\x80\xa6" },
		{ "my-own-secretmy-own-secret!",
		  "my-o\xe2\x80\xa6my-o\xe2\x80\xa6!" },
		{ "{\"uniqueToken\": \"abcdefghijkl\", \"x\": 1}",
		  "{\"uniqueToken\": \"abcd\xe2\x80\xa6\", \"x\": 1}" },
		{ "{\"uniqueToken\": \"my-own-secret\"}",
		  "{\"uniqueToken\": \"my-o\xe2\x80\xa6\"}" },
		/* Cut off in the middle. */
		{ "{\"uniqueToken\": \"525b5364-6caf",
		  "{\"uniqueToken\": \"525b\xe2\x80\xa6" },
		{ "{\\\"uniqueToken\\\":\\\"abcdefghijkl\\\"",
		  "{\\\"uniqueToken\\\":\\\"abcd\xe2\x80\xa6\\\"" },
		{ "uniqueToken=abc", "uniqueToken=\xe2\x80\xa6" },
		{ "uniqueToken=ab", "uniqueToken=**" },
		{ "uniqueToken", "uniqueToken" },
		{ "uniqueTokenuniqueToken: \"\"", NULL },
		{ "a\nb\x1b[1m", "a?b?[1m" },
		{ "", "" },
	};
	char text[256];

	(void)state;
	log_set_secret("my-own-secret");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(text, sizeof(text), "%s", rows[i].from);
		log_redact(text, sizeof(text));
		if (rows[i].to)
			assert_string_equal(text, rows[i].to);
	}
	log_set_secret(NULL);
	snprintf(text, sizeof(text), "my-own-secret");
	log_redact(text, sizeof(text));
	assert_string_equal(text, "my-own-secret");
}

/* A token in an answer that makes no sense is not shown whole either. */
static void test_no_token_in_why(void **state)
{
	char out[4096] = "{\"x\": \"";
	struct rpc_result result = { .status = RPC_OK, .out = out };
	struct config cfg;
	struct reply r;
	char why[512];

	(void)state;
	config_defaults(&cfg);
	log_set_level(-1);
	/* Wherever the text is cut, no more than its beginning is left. */
	for (int pad = 0; pad < 200; pad++) {
		memset(out, '.', sizeof(out));
		out[0] = '{';
		strcpy(out + 1 + pad, "\"" TOKEN "\"");
		result.out_len = strlen(out);
		assert_int_equal(request_outcome(&result, &cfg, &r, why,
						 sizeof(why)),
				 OUTCOME_FAILED);
		assert_null(strstr(why, "5364"));
	}
}

static void test_acks(void **state)
{
	struct acks acks = { .n = 0 };
	struct ack *a;

	(void)state;
	assert_null(acks_next(&acks));
	acks_add(&acks, 1, false, 100);
	acks_add(&acks, 7, true, 100);
	acks_add(&acks, 7, true, 50);
	assert_int_equal(acks.n, 2);
	/* The operation's first, at the same time. */
	a = acks_next(&acks);
	assert_true(a->ready);
	assert_int_equal(a->id, 7);
	acks_retry(a, 100);
	assert_int_equal(acks_find(&acks, 7, true)->due_ms, 200);
	assert_false(acks_next(&acks)->ready);
	acks_retry(acks_find(&acks, 7, true), 200);
	assert_int_equal(acks_find(&acks, 7, true)->due_ms, 400);
	for (int i = 0; i < 100; i++)
		acks_retry(acks_find(&acks, 7, true), 1000);
	assert_int_equal(acks_find(&acks, 7, true)->due_ms, 6000);
	/* The next operation's makes that one pointless. */
	acks_add(&acks, 8, true, 500);
	assert_null(acks_find(&acks, 7, true));
	assert_non_null(acks_find(&acks, 8, true));
	assert_non_null(acks_find(&acks, 1, false));
	acks_drop(&acks, 1, true);
	assert_int_equal(acks.n, 2);
	acks_drop(&acks, 1, false);
	assert_int_equal(acks.n, 1);
	/* However many there are, the operation's stays. */
	for (uint64_t id = 100; id < 200; id++)
		acks_add(&acks, id, false, 1000);
	assert_int_equal(acks.n, ACKS_MAX);
	assert_non_null(acks_find(&acks, 8, true));
	assert_non_null(acks_find(&acks, 199, false));
	assert_null(acks_find(&acks, 100, false));
}

/* A transport that is stuck tries nothing, and it comes back. */
static void test_acks_that_wait(void **state)
{
	struct acks acks = { .n = 0 };

	(void)state;
	acks_add(&acks, 1, false, 100);
	for (int i = 0; i < 100; i++)
		acks_wait(acks_find(&acks, 1, false), 100);
	assert_int_equal(acks_find(&acks, 1, false)->tries, 1);
	assert_int_equal(acks_find(&acks, 1, false)->due_ms, 5100);
	acks_add(&acks, 7, true, 200);
	acks_hurry(&acks, 300);
	assert_int_equal(acks_find(&acks, 1, false)->due_ms, 300);
	assert_int_equal(acks_find(&acks, 7, true)->due_ms, 200);
}

/* Who stops gives each a try, whichever is due. */
static void test_acks_untried(void **state)
{
	struct acks acks = { .n = 0 };

	(void)state;
	assert_null(acks_untried(&acks));
	acks_add(&acks, 1, false, 100);
	acks_add(&acks, 2, false, 100);
	acks_add(&acks, 7, true, 300);
	assert_int_equal(acks_untried(&acks)->id, 7);
	acks_retry(acks_find(&acks, 7, true), 300);
	acks_retry(acks_find(&acks, 1, false), 300);
	assert_int_equal(acks_untried(&acks)->id, 2);
	acks_retry(acks_find(&acks, 2, false), 300);
	assert_null(acks_untried(&acks));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_longest),
		cmocka_unit_test(test_outcomes),
		cmocka_unit_test(test_redaction),
		cmocka_unit_test(test_no_token_in_why),
		cmocka_unit_test(test_acks),
		cmocka_unit_test(test_acks_that_wait),
		cmocka_unit_test(test_acks_untried),
	};

	return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
