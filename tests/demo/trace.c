// SPDX-License-Identifier: GPL-2.0
#include "trace.h"

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

/* Others write to the same pipe: it keeps lines whole that come at once. */
static void write_line(const char *line, int len)
{
	if (write(STDOUT_FILENO, line, len) != len)
		err(1, "trace");
}

void trace_state(const char *who, int64_t t_ns, bool quiet)
{
	char line[128];

	write_line(line, snprintf(line, sizeof(line),
		   "{\"who\": \"%s\", \"t_ns\": %" PRId64
		   ", \"event\": \"state\", \"state\": \"%s\"}\n",
		   who, t_ns, quiet ? "quiet" : "works"));
}

void trace_tick(const struct trace_tick *tick)
{
	char line[160];

	write_line(line, snprintf(line, sizeof(line),
		   "{\"who\": \"rt\", \"t_ns\": %" PRId64
		   ", \"event\": \"tick\", \"turns\": %u, \"missed\": %u"
		   ", \"worst_us\": %" PRId64 "}\n",
		   tick->t_ns, tick->turns, tick->missed,
		   tick->worst_ns / 1000));
}
