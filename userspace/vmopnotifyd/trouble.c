// SPDX-License-Identifier: GPL-2.0
/* Failures that go on. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "trouble.h"

/* A failure that goes on is told again after this time. */
#define TELL_AGAIN_MS	60000

/* Not more than so many messages of failures in so much time. */
#define BURST_MAX	6
#define BURST_MS	20000

/* A host that fails in ever new ways must not fill the log. */
static bool may_tell(struct trouble *t, int64_t now_ms)
{
	if (now_ms - t->burst_ms >= BURST_MS) {
		t->burst_ms = now_ms;
		t->burst = 0;
	}
	return t->burst++ < BURST_MAX;
}

static bool is_same(const struct trouble *t, const uint64_t *operation,
		    const char *text)
{
	return t->active && t->about_one == !!operation &&
	       (!operation || t->operation == *operation) &&
	       !strcmp(text, t->text);
}

bool trouble_tell(struct trouble *t, int level, const uint64_t *operation,
		  int64_t now_ms, const char *fmt, va_list ap)
{
	char text[sizeof(t->text)];
	bool same;

	vsnprintf(text, sizeof(text), fmt, ap);
	log_redact(text, sizeof(text));
	if (!t->active) {
		t->since_ms = now_ms;
		t->times = 0;
	}
	same = is_same(t, operation, text);
	t->active = true;
	t->times++;
	if ((same && now_ms - t->told_ms < TELL_AGAIN_MS) ||
	    !may_tell(t, now_ms)) {
		log_about(LOG_DEBUG, operation, "%s", text);
		return false;
	}
	if (same)
		log_about(level, operation, "%s (%u times in %" PRId64 " s)",
			  text, t->times, (now_ms - t->since_ms) / 1000);
	else
		log_about(level, operation, "%s", text);
	snprintf(t->text, sizeof(t->text), "%s", text);
	t->about_one = operation;
	t->operation = operation ? *operation : 0;
	t->told_ms = now_ms;
	return true;
}

bool trouble_over(struct trouble *t, int64_t now_ms)
{
	if (!t->active)
		return false;
	t->active = false;
	log_msg(may_tell(t, now_ms) ? LOG_INFO : LOG_DEBUG,
		"well again after %u failures in %" PRId64 " s", t->times,
		(now_ms - t->since_ms) / 1000);
	return true;
}
