// SPDX-License-Identifier: GPL-2.0
/* Parameters, sysfs, the module itself; and doing nothing. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fuzz.h"

static int set_param(struct worker *w, const char *name, unsigned int value)
{
	char path[128], text[16];

	snprintf(path, sizeof(path), PARAM "%s", name);
	snprintf(text, sizeof(text), "%u", value);
	return ALLOWED(w, write_file(path, text), 0);
}

static int set_max_consumers(struct worker *w)
{
	static const unsigned int values[] = { 1, 3, 20, 1024, 1024, 1024, 65536,
					       65536 };

	return set_param(w, "max_consumers", PICK(&w->chance, values));
}

static int set_stun_sample(struct worker *w)
{
	static const unsigned int values[] = { 200, 1000, 5000, 100000 };

	return set_param(w, "stun_sample_us", PICK(&w->chance, values));
}

static void widen(atomic_uint *low, atomic_uint *high, unsigned int value)
{
	unsigned int now = *low;

	while (value < now && !atomic_compare_exchange_weak(low, &now, value))
		;
	now = *high;
	while (value > now && !atomic_compare_exchange_weak(high, &now, value))
		;
}

/* In some rounds only: while it changes the oracle cannot be as strict. */
static int set_end_timeout(struct worker *w)
{
	static const unsigned int values[] = { 1, 2, 3600 };
	unsigned int value = PICK(&w->chance, values);

	if (fuzz.round % 4)
		return NOT_DONE;
	widen(&fuzz.end_timeout_low_s, &fuzz.end_timeout_high_s, value);
	return set_param(w, "end_timeout_s", value);
}

static int set_badly(struct worker *w)
{
	static const char * const params[] = {
		PARAM "max_consumers", PARAM "stun_sample_us",
		PARAM "end_timeout_s",
	};
	static const char * const values[] = {
		"0", "-1", "4294967296", "604801", "x", "1 2", "0x", "99999999",
	};

	return REFUSED(w, write_file(PICK(&w->chance, params),
				     PICK(&w->chance, values)),
		       EINVAL, ERANGE);
}

/* A line, and nothing that would spoil a terminal. */
static bool is_a_line(const char *text, ssize_t n)
{
	ssize_t i;

	for (i = 0; i < n - 1; i++)
		if (iscntrl((unsigned char)text[i]))
			return false;
	return n > 0 && text[n - 1] == '\n';
}

static int read_sysfs(struct worker *w)
{
	static const char * const files[] = {
		"abi_version", "consumers", "deadline_ms", "expired", "helper",
		"last_quiesce_us", "last_result", "last_stun_us",
		"operation_id", "operation_type", "operations", "pending",
		"state",
	};
	const char *file = PICK(&w->chance, files);
	char path[64], text[4096];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), SYSFS "%s", file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = read(fd, text, sizeof(text));
	if (n < 0)
		return ALLOWED(w, -errno, 0);
	if (!is_a_line(text, n))
		flaw(ANSWERS, "sysfs: %s is \"%.*s\"", file, (int)n, text);
	close(fd);
	return 0;
}

static int unload(struct worker *w)
{
	return REFUSED(w, syscall(SYS_delete_module, "vmopnotify", O_NONBLOCK)
			  ? -errno : 0, EAGAIN);
}

static int nap(struct worker *w)
{
	usleep(chance_below(&w->chance, 5000));
	return 0;
}

const struct action system_actions[] = {
	{ "set max_consumers", 1, set_max_consumers },
	{ "set stun_sample_us", 1, set_stun_sample },
	{ "set end_timeout_s", 1, set_end_timeout },
	{ "set badly", 1, set_badly },
	{ "read sysfs", 5, read_sysfs },
	{ "unload", 2, unload },
	{ "nap", 4, nap },
	{}
};
