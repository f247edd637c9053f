// SPDX-License-Identifier: GPL-2.0
#include "report.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"

#define LOG	"vmotion.log"

bool report_open(struct report *r, unsigned int migration)
{
	r->migration = migration;
	r->began_ns = clock_ns();
	r->fd = open(LOG, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	return r->fd >= 0;
}

void report_close(struct report *r)
{
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
}

void report_title(const struct report *r, const char *from, const char *to)
{
	if (!r->quiet && !r->json)
		printf("migration %u: %s to %s (ms, phase)\n", r->migration, from,
		       to);
}

/* A begin is for programs: what comes of it follows. */
static void tell_people(const struct report *r, int64_t now_ns,
			const char *phase, const char *event, const char *text)
{
	if (r->quiet || !strcmp(event, "begin"))
		return;
	printf("%6" PRId64 "  %-20s %s%s\n", (now_ns - r->began_ns) / NS_PER_MS,
	       phase, strcmp(event, "failed") ? "" : "FAILED: ", text);
	fflush(stdout);
}

void report(struct report *r, const char *phase, const char *event, cJSON *more,
	    const char *text)
{
	cJSON *json = cJSON_CreateObject(), *item;
	int64_t now_ns = clock_ns();
	char *line;
	size_t len;

	cJSON_AddNumberToObject(json, "t_ns", now_ns);
	cJSON_AddNumberToObject(json, "migration", r->migration);
	cJSON_AddStringToObject(json, "phase", phase);
	cJSON_AddStringToObject(json, "event", event);
	cJSON_AddStringToObject(json, "text", text);
	while ((item = cJSON_DetachItemFromArray(more, 0)))
		cJSON_AddItemToObject(json, item->string, item);
	cJSON_Delete(more);
	line = cJSON_PrintUnformatted(json);
	cJSON_Delete(json);
	if (!line)
		abort();
	/* In place of its NUL. */
	len = strlen(line);
	line[len++] = '\n';
	if (write(r->fd, line, len) != (ssize_t)len)
		perror("vmotion: " LOG);
	if (!r->json)
		tell_people(r, now_ns, phase, event, text);
	else if (!r->quiet && fwrite(line, 1, len, stdout) == len)
		fflush(stdout);
	free(line);
}
