// SPDX-License-Identifier: GPL-2.0
/* What a runner says, see runner_log.h. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <syslog.h>

#include "journal_send.h"
#include "journal_stream.h"
#include "output.h"
#include "runner_log.h"

#define LINE_LEN	2048

static const char *app;
static bool to_journal;

void runner_log_init(const char *name)
{
	app = name;
	to_journal = journal_is_stderr();
}

/* A field of an entry, as printf has it, in @buf. */
static struct iovec field(char *buf, size_t len, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static struct iovec field(char *buf, size_t len, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(buf, len, format, args);
	va_end(args);
	return (struct iovec) { buf, strlen(buf) };
}

/* @command: NULL where it is the runner itself who speaks. */
static bool send(const struct runner_op *op, const char *command,
		 const char *text)
{
	char message[LINE_LEN + 16], id[64], priority[16], of[64], by[64];
	struct iovec fields[5];
	size_t n = 0;

	if (!to_journal)
		return false;
	fields[n++] = field(message, sizeof(message), "MESSAGE=%s", text);
	fields[n++] = field(id, sizeof(id), "SYSLOG_IDENTIFIER=%s", app);
	fields[n++] = field(priority, sizeof(priority), "PRIORITY=%d",
			    LOG_INFO);
	if (op)
		fields[n++] = field(of, sizeof(of),
				    "VMOPNOTIFY_OPERATION=%" PRIu64, op->id);
	if (command)
		fields[n++] = field(by, sizeof(by), "VMOPNOTIFY_COMMAND=%s",
				    command);
	return !journal_send(fields, n);
}

void runner_log(const struct runner_op *op, const char *format, ...)
{
	char text[512], line[LINE_LEN];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (op)
		snprintf(line, sizeof(line), "%soperation %" PRIu64 ": %s",
			 op->drill ? "DRILL " : "", op->id, text);
	else
		snprintf(line, sizeof(line), "%s", text);
	if (!send(op, NULL, line))
		error_line("%s: %s", app, line);
}

void runner_log_output(const struct runner_op *op, const char *command,
		       const char *line)
{
	char text[LINE_LEN];

	text_clean(line, text, sizeof(text));
	if (send(op, command, text))
		return;
	if (op)
		error_line("%s: operation %" PRIu64 ": %s: %s", app, op->id,
			   command, text);
	else
		error_line("%s: %s: %s", app, command, text);
}
