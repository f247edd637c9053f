// SPDX-License-Identifier: GPL-2.0
/* The trace of a round, see trace.h. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "guest.h"
#include <vmopnotify.h>
#include "trace.h"

#define TRACING "/sys/kernel/tracing/"

/* For each processor; a round takes a tenth of it. */
#define BUFFER_KB "16384"

#define MARK "fuzz-mark"

static const char * const events[] = { "join", "leave", "ack", "record" };

bool trace_is_there(void)
{
	return !access(TRACING "events/vmopnotify/record/enable", W_OK) &&
	       !access(TRACING "trace_marker", W_OK);
}

static void set(const char *file, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), TRACING "%s", file);
	if (write_file(path, text))
		die("%s", path);
}

static void enable(const char *yes)
{
	char path[64];
	size_t i;

	for (i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		snprintf(path, sizeof(path), "events/vmopnotify/%s/enable",
			 events[i]);
		set(path, yes);
	}
}

void trace_start(void)
{
	int fd;

	set("tracing_on", "0");
	/*
	 * Names of processes are not looked at, and to keep them would be to
	 * patch the scheduler each time: an emulated processor may still trap
	 * on an int3 there that has just gone.
	 */
	set("options/record-cmd", "0");
	set("trace_clock", "counter");
	set("buffer_size_kb", BUFFER_KB);
	fd = open(TRACING "trace", O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0)
		die("cannot clear the trace");
	close(fd);
	enable("1");
	set("tracing_on", "1");
}

void trace_mark(void)
{
	set("trace_marker", MARK);
}

void trace_stop(void)
{
	set("tracing_on", "0");
	enable("0");
}

void trace_end(void)
{
	set("buffer_size_kb", "1024");
	set("trace_clock", "local");
	set("options/record-cmd", "1");
	set("tracing_on", "1");
}

static char *slurp(void)
{
	int fd = open(TRACING "trace", O_RDONLY | O_CLOEXEC);
	size_t used = 0, size = 1 << 20;
	char *text = malloc(size);
	ssize_t n = 0;

	if (fd < 0)
		die("cannot read the trace");
	while (text && (n = read(fd, text + used, size - used - 1)) > 0) {
		used += n;
		if (size - used < 65536)
			text = realloc(text, size *= 2);
	}
	if (!text || n < 0)
		die("cannot read the trace");
	close(fd);
	text[used] = '\0';
	return text;
}

/* Return: how many events a processor's buffer has lost. */
static unsigned long lost_on(int cpu)
{
	unsigned long lost = 0, n;
	char path[128], line[128];
	FILE *file;

	snprintf(path, sizeof(path), TRACING "per_cpu/cpu%d/stats", cpu);
	file = fopen(path, "re");
	if (!file)
		die("%s", path);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "overrun: %lu", &n) == 1 ||
		    sscanf(line, "commit overrun: %lu", &n) == 1 ||
		    sscanf(line, "dropped events: %lu", &n) == 1)
			lost += n;
	fclose(file);
	return lost;
}

static bool has_lost(const char *text)
{
	unsigned long lost = 0;
	int cpu;

	for (cpu = 0; cpu < get_nprocs_conf(); cpu++)
		lost += lost_on(cpu);
	return lost || strstr(text, "[LOST ");
}

/*
 * Take the quoted text at @from; @after is what follows it.  A name may have
 * quotes in it: the last such ending counts.
 */
static bool unquote(const char *from, const char *after, char *to, size_t size)
{
	const char *end = NULL, *next = from;

	while ((next = strstr(next, after)))
		end = next++;
	if (!end || (size_t)(end - from) >= size)
		return false;
	memcpy(to, from, end - from);
	to[end - from] = '\0';
	return true;
}

static bool parse_consumer(const char *args, struct line *line)
{
	const char *stage = strrchr(args, '=');

	return !strncmp(args, "consumer=\"", 10) && stage &&
	       unquote(args + 10, "\" stage=", line->name,
		       sizeof(line->name)) &&
	       sscanf(stage, "=%u", &line->stage) == 1;
}

static bool parse_ack(const char *args, struct line *line)
{
	if (strncmp(args, "consumer=\"", 10) ||
	    !unquote(args + 10, "\" operation=", line->name,
		     sizeof(line->name)))
		return false;
	args += 10 + strlen(line->name);
	return sscanf(args, "\" operation=%llu result=%d ret=%d",
		      &line->ev.operation_id, &line->result, &line->ret) == 3;
}

static bool parse_record(const char *args, struct line *line)
{
	struct vmopnotify_event *ev = &line->ev;
	char type_name[32], state_name[32];
	int n, type, state, text = 0;

	n = sscanf(args, "seq=%llu type=%31s state=%31s time_ns=%llu operation=%llu deadline_ns=%llu quiesce_ns=%llu stun_ns=%llu flags=0x%x stage=%u result=%d status=%u members=%u pending=%u text=\"%n",
		   &ev->seq, type_name, state_name, &ev->time_ns, &ev->operation_id,
		   &ev->deadline_ns, &ev->quiesce_ns, &ev->stun_ns, &ev->flags,
		   &ev->stage, &ev->result, &ev->status, &ev->members,
		   &ev->pending, &text);
	if (n != 14 || !text)
		return false;
	type = vmopnotify_event_by_name(type_name);
	state = vmopnotify_state_by_name(state_name);
	ev->type = type;
	ev->state = state;
	/* The closing quote is the line's last character. */
	return type >= 0 && state >= 0 && strlen(args + text) &&
	       snprintf(ev->text, sizeof(ev->text), "%.*s",
			(int)strlen(args + text) - 1, args + text) <
	       (int)sizeof(ev->text);
}

static bool parse_event(const char *event, struct line *line)
{
	if (!strncmp(event, "record: ", 8)) {
		line->kind = LINE_RECORD;
		return parse_record(event + 8, line);
	}
	if (!strncmp(event, "ack: ", 5)) {
		line->kind = LINE_ACK;
		return parse_ack(event + 5, line);
	}
	if (!strncmp(event, "join: ", 6)) {
		line->kind = LINE_JOIN;
		return parse_consumer(event + 6, line);
	}
	if (!strncmp(event, "leave: ", 7)) {
		line->kind = LINE_LEAVE;
		return parse_consumer(event + 7, line);
	}
	line->kind = LINE_MARK;
	return strstr(event, MARK);
}

/* "           fuzz-77      [001] ...1.    53: join: consumer=..." */
static bool parse_line(const char *text, struct line *line)
{
	const char *at = strchr(text, '[');

	*line = (struct line){ .text = text };
	at = at ? strstr(at, ": ") : NULL;
	return at && parse_event(at + 2, line);
}

static size_t count_lines(const char *text)
{
	size_t n = 1;

	while ((text = strchr(text, '\n'))) {
		text++;
		n++;
	}
	return n;
}

static const char *parse(struct trace *trace)
{
	char *line, *rest = NULL;

	trace->lines = calloc(count_lines(trace->text), sizeof(*trace->lines));
	if (!trace->lines)
		die("no memory for the trace");
	for (line = strtok_r(trace->text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		if (line[0] == '#')
			continue;
		if (!parse_line(line, &trace->lines[trace->n++]))
			return line;
	}
	return NULL;
}

const char *trace_read(struct trace *trace)
{
	const char *line;

	*trace = (struct trace){ .text = slurp() };
	if (has_lost(trace->text))
		return "the trace has lost events: let rounds be shorter";
	line = parse(trace);
	if (!line)
		return NULL;
	printf("# %s\n", line);
	return "a line of the trace is not understood";
}

void trace_free(struct trace *trace)
{
	free(trace->lines);
	free(trace->text);
	*trace = (struct trace){};
}
