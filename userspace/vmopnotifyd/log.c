// SPDX-License-Identifier: GPL-2.0
/* The daemon's log. */
#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <syslog.h>

#include "journal_send.h"
#include "journal_stream.h"
#include "log.h"
#include "token.h"

#define LINE_MAX_LEN	2048

/* What is left to see of a token: enough to tell two apart. */
#define SHOWN		4
#define ELLIPSIS	"\xe2\x80\xa6"

static bool to_journal;
static int max_level = LOG_INFO;
static char secret[TOKEN_SIZE];

void log_init(void)
{
	to_journal = journal_is_stderr();
}

void log_set_level(int level)
{
	max_level = level;
}

void log_set_secret(const char *token)
{
	snprintf(secret, sizeof(secret), "%s", token ? token : "");
}

/* Cuts the @len bytes at @at down to the first few and an ellipsis. */
static char *shorten(char *at, size_t len)
{
	size_t keep = len > 2 * SHOWN ? SHOWN : 0;
	size_t mark = strlen(ELLIPSIS);

	/* In place, so the result must not be longer than what was there. */
	if (keep + mark > len) {
		memset(at, '*', len);
		return at + len;
	}
	memcpy(at + keep, ELLIPSIS, mark);
	memmove(at + keep + mark, at + len, strlen(at + len) + 1);
	return at + keep + mark;
}

/* The length of the UUID at @s, 0 where there is none. */
static size_t uuid_length(const char *s)
{
	static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	size_t i;

	for (i = 0; shape[i]; i++) {
		if (shape[i] == 'x' ? !isxdigit((unsigned char)s[i]) :
				      s[i] != '-')
			return 0;
	}
	return i;
}

/* The value that follows a key, and its length, which may be 0. */
static char *value_after(char *s, size_t *len)
{
	s += strspn(s, "\\\"' \t:=");
	*len = strcspn(s, "\\\"', \t}");
	return s;
}

void log_redact(char *text, size_t size)
{
	static const char key[] = "uniqueToken";
	size_t len;
	char *p;

	if (!size)
		return;
	text[size - 1] = '\0';
	for (p = text; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	for (p = text; secret[0] && (p = strstr(p, secret));)
		p = shorten(p, strlen(secret));
	for (p = text; (p = strstr(p, key));) {
		p = value_after(p + sizeof(key) - 1, &len);
		/* Already done, if it was the token that we know. */
		if (!memmem(p, len, ELLIPSIS, strlen(ELLIPSIS)))
			p = shorten(p, len);
	}
	for (p = text; *p; p++) {
		len = uuid_length(p);
		if (len)
			p = shorten(p, len) - 1;
	}
}

static const char *level_word(int level)
{
	switch (level) {
	case LOG_ERR:		return "error: ";
	case LOG_WARNING:	return "warning: ";
	case LOG_DEBUG:		return "debug: ";
	default:		return "";
	}
}

/* Fields that every entry has, and VMOPNOTIFY_OPERATION. */
#define OWN_FIELDS	4

/* Returns a negative errno where the journal does not take it. */
static int to_the_journal(int level, const uint64_t *operation,
			  const char *const *fields, size_t n,
			  const char *line)
{
	char message[LINE_MAX_LEN + 16], priority[16], id[48];
	struct iovec iov[JOURNAL_FIELDS_MAX];
	const char *own[OWN_FIELDS] = {
		message, priority, "SYSLOG_IDENTIFIER=vmopnotifyd",
		operation ? id : NULL,
	};
	size_t used = 0;

	snprintf(message, sizeof(message), "MESSAGE=%s", line);
	snprintf(priority, sizeof(priority), "PRIORITY=%i", level);
	if (operation)
		snprintf(id, sizeof(id), "VMOPNOTIFY_OPERATION=%" PRIu64,
			 *operation);
	for (size_t i = 0; i < OWN_FIELDS && own[i]; i++)
		iov[used++] = (struct iovec) { (void *)own[i], strlen(own[i]) };
	for (size_t i = 0; i < n && used < JOURNAL_FIELDS_MAX; i++)
		iov[used++] = (struct iovec) { (void *)fields[i],
					       strlen(fields[i]) };
	return journal_send(iov, used);
}

static void put(int level, const uint64_t *operation,
		const char *const *fields, size_t n, const char *text)
{
	char line[LINE_MAX_LEN];

	if (operation)
		snprintf(line, sizeof(line), "operation %" PRIu64 ": %s",
			 *operation, text);
	else
		snprintf(line, sizeof(line), "%s", text);
	log_redact(line, sizeof(line));
	if (to_journal &&
	    to_the_journal(level, operation, fields, n, line) >= 0)
		return;
	if (level <= max_level)
		fprintf(stderr, "vmopnotifyd: %s%s\n", level_word(level),
			line);
}

void log_about(int level, const uint64_t *operation, const char *fmt, ...)
{
	char text[LINE_MAX_LEN];
	va_list ap;

	if (level > max_level)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	put(level, operation, NULL, 0, text);
}

void log_record(int level, uint64_t operation, const char *const *fields,
		size_t n, const char *text)
{
	put(level, &operation, fields, n, text);
}
