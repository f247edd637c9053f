// SPDX-License-Identifier: GPL-2.0
/* What the host answers: reply.c, and json.c below it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "reply.h"

static void check_clean(const struct reply *r)
{
	CHECK(fuzz_is_clean(r->message));
	CHECK(fuzz_is_clean(r->event_word));
	CHECK(fuzz_is_clean(r->op_type));
	CHECK(fuzz_is_clean(r->op_status));
	CHECK(fuzz_is_clean(r->ack_status));
	CHECK(fuzz_is_clean(r->warning));
	CHECK(!r->token[0] || token_valid(r->token));
}

static void check_event(const struct reply *r)
{
	switch (r->event) {
	case REPLY_START:
		CHECK(r->has_id && r->op_type[0]);
		break;
	case REPLY_END:
		CHECK(r->has_id && r->op_status[0]);
		break;
	case REPLY_TIMEOUT_CHANGE:
		CHECK(r->has_id);
		break;
	default:
		CHECK(!r->has_time);
		break;
	}
	CHECK(r->timeout_ms <= VMOPNOTIFY_MAX_TIMEOUT_MS);
	CHECK(r->event == REPLY_NO_EVENT || !r->token[0]);
	CHECK(r->refusal == REFUSAL_NONE ||
	      (!r->has_id && !r->event && !r->token[0]));
}

/* The operation id is one that stands there, to the digit. */
static void check_digits(const struct reply *r, const char *text, size_t size)
{
	char digits[32];
	int n = snprintf(digits, sizeof(digits), "%" PRIu64, r->operation_id);

	CHECK(!r->has_id || memmem(text, size, digits, (size_t)n));
}

/* The same with one byte more: space means nothing, all else is one too much. */
static void check_tail(const struct reply *r, const char *text, size_t size)
{
	static const char tails[] = { '\n', '\0', 'x', '}' };
	char *longer = malloc(size + 1), err[128];
	struct reply other;

	CHECK(longer);
	memcpy(longer, text, size);
	for (size_t i = 0; i < sizeof(tails); i++) {
		longer[size] = tails[i];
		if (reply_parse(longer, size + 1, &other, err, sizeof(err)))
			CHECK(tails[i] != '\n' || size == REPLY_MAX);
		else
			CHECK(tails[i] == '\n' &&
			      !memcmp(r, &other, sizeof(other)));
	}
	free(longer);
}

static void check_reply(const char *text, size_t size)
{
	struct reply r, again;
	char err[128];

	if (reply_parse(text, size, &r, err, sizeof(err))) {
		CHECK(err[0] && fuzz_is_clean(err));
		return;
	}
	check_clean(&r);
	check_event(&r);
	check_digits(&r, text, size);
	CHECK(!reply_parse(text, size, &again, err, sizeof(err)));
	CHECK(!memcmp(&r, &again, sizeof(r)));
	check_tail(&r, text, size);
}

static void check_failure(const char *text, size_t size)
{
	struct reply r;

	if (!reply_parse_failure(text, size, &r))
		CHECK(r.refusal == REFUSAL_OTHER);
	CHECK(r.refusal != REFUSAL_NONE);
	check_clean(&r);
	check_event(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_reply((const char *)data, size);
	check_failure((const char *)data, size);
	return 0;
}
