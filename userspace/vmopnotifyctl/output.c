// SPDX-License-Identifier: GPL-2.0
/* What the commands print with, see output.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <linux/vmopnotify.h>

#include "output.h"

void error_line(const char *format, ...)
{
	char line[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	/* In one piece, so that the lines of several programs do not mix. */
	fprintf(stderr, "vmopnotifyctl: %s\n", line);
}

char *errno_name(int result, char *buf, size_t len)
{
	const char *name = strerrorname_np(result);

	if (!result)
		snprintf(buf, len, "ok");
	else if (name)
		snprintf(buf, len, "%s", name);
	else
		snprintf(buf, len, "error %d", result);
	return buf;
}

char *errno_text(int result, char *buf, size_t len)
{
	size_t used;

	errno_name(result, buf, len);
	used = strlen(buf);
	if (result && strerrorname_np(result))
		snprintf(buf + used, len - used, " (%s)",
			 strerrordesc_np(result));
	return buf;
}

char *duration_text(uint64_t ns, char *buf, size_t len)
{
	uint64_t s = ns / NSEC_PER_SEC;

	if (ns < NSEC_PER_SEC)
		snprintf(buf, len, "%.1f ms", (double)ns / NSEC_PER_MSEC);
	else if (s < 100)
		snprintf(buf, len, "%.1f s", (double)ns / NSEC_PER_SEC);
	else if (s < 6000)
		snprintf(buf, len, "%" PRIu64 " min %" PRIu64 " s", s / 60,
			 s % 60);
	else
		snprintf(buf, len, "%" PRIu64 " h %" PRIu64 " min", s / 3600,
			 s / 60 % 60);
	return buf;
}

char *left_text(uint64_t deadline_ns, uint64_t now_ns, char *buf, size_t len)
{
	char text[32];

	if (deadline_ns > now_ns)
		snprintf(buf, len, "%s left",
			 duration_text(deadline_ns - now_ns, text,
				       sizeof(text)));
	else
		snprintf(buf, len, "passed %s ago",
			 duration_text(now_ns - deadline_ns, text,
				       sizeof(text)));
	return buf;
}

uint64_t monotonic_ns(void)
{
	return (uint64_t)clock_ns(CLOCK_MONOTONIC);
}

/*
 * What to add to CLOCK_MONOTONIC.  The two clocks are not read in the same
 * moment: a difference that small is kept as it was, so that what happened
 * together is told with one time.
 */
static uint64_t wall_offset_ns(void)
{
	static uint64_t offset_ns;
	uint64_t now_ns = (uint64_t)clock_ns(CLOCK_REALTIME) - monotonic_ns();

	if (now_ns - offset_ns + NSEC_PER_MSEC > 2 * NSEC_PER_MSEC)
		offset_ns = now_ns;
	return offset_ns;
}

static void local_time(uint64_t wall_ns, const char *format, char *buf,
		       size_t len)
{
	time_t s = (time_t)(wall_ns / NSEC_PER_SEC);
	struct tm tm;

	localtime_r(&s, &tm);
	strftime(buf, len, format, &tm);
}

static char *iso_text(uint64_t wall_ns, char *buf, size_t len)
{
	unsigned int ms = wall_ns / NSEC_PER_MSEC % 1000;
	char base[32], zone[8];

	local_time(wall_ns, "%Y-%m-%dT%H:%M:%S", base, sizeof(base));
	local_time(wall_ns, "%z", zone, sizeof(zone));
	snprintf(buf, len, "%s.%03u%.3s:%s", base, ms, zone, zone + 3);
	return buf;
}

char *wall_text(uint64_t time_ns, bool iso, char *buf, size_t len)
{
	uint64_t wall_ns = wall_offset_ns() + time_ns;
	unsigned int ms = wall_ns / NSEC_PER_MSEC % 1000;
	char base[32];

	if (iso)
		return iso_text(wall_ns, buf, len);
	local_time(wall_ns, "%H:%M:%S", base, sizeof(base));
	snprintf(buf, len, "%s.%03u", base, ms);
	return buf;
}

char *date_text(uint64_t wall_ns, bool iso, char *buf, size_t len)
{
	if (iso)
		return iso_text(wall_ns, buf, len);
	local_time(wall_ns, "%Y-%m-%d %H:%M:%S", buf, len);
	return buf;
}

bool read_line(const char *path, char *buf, size_t len)
{
	FILE *file = fopen(path, "re");
	char line[512] = "";
	bool found = false;

	if (file) {
		found = fgets(line, sizeof(line), file);
		fclose(file);
	}
	line[strcspn(line, "\n")] = '\0';
	text_clean(line, buf, len);
	return found;
}

void add_text(cJSON *obj, const char *key, const char *text)
{
	char clean[256];

	cJSON_AddStringToObject(obj, key,
				text_clean(text, clean, sizeof(clean)));
}

void add_u64(cJSON *obj, const char *key, uint64_t value)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%" PRIu64, value);
	cJSON_AddRawToObject(obj, key, digits);
}

void add_s64(cJSON *obj, const char *key, int64_t value)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%" PRId64, value);
	cJSON_AddRawToObject(obj, key, digits);
}

void add_operation_flags(cJSON *obj, uint32_t flags)
{
	cJSON_AddBoolToObject(obj, "drill", !!(flags & VMOPNOTIFY_F_DRILL));
	cJSON_AddBoolToObject(obj, "guaranteed",
			      !!(flags & VMOPNOTIFY_F_GUARANTEED));
	cJSON_AddBoolToObject(obj, "late", !!(flags & VMOPNOTIFY_F_LATE));
	cJSON_AddBoolToObject(obj, "host_acked",
			      !!(flags & VMOPNOTIFY_F_HOST_ACKED));
}

int print_object(cJSON *obj)
{
	char *text = cJSON_PrintUnformatted(obj);

	cJSON_Delete(obj);
	if (!text) {
		error_line("out of memory");
		return -ENOMEM;
	}
	puts(text);
	free(text);
	return 0;
}

int output_flush(void)
{
	int error;

	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	error = errno;
	error_line("cannot write: %s", strerror(error));
	return -error;
}
