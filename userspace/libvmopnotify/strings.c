// SPDX-License-Identifier: LGPL-2.1-or-later
/* Words for the ABI's numbers. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "public.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static const char * const states[] = {
	[VMOPNOTIFY_STATE_DETACHED]	= "detached",
	[VMOPNOTIFY_STATE_IDLE]		= "idle",
	[VMOPNOTIFY_STATE_QUIESCING]	= "quiescing",
	[VMOPNOTIFY_STATE_QUIESCED]	= "quiesced",
	[VMOPNOTIFY_STATE_EXPIRED]	= "expired",
};

static const char * const events[] = {
	[VMOPNOTIFY_EVENT_ATTACHED]	= "attached",
	[VMOPNOTIFY_EVENT_DETACHED]	= "detached",
	[VMOPNOTIFY_EVENT_START]	= "start",
	[VMOPNOTIFY_EVENT_PREPARE]	= "prepare",
	[VMOPNOTIFY_EVENT_ACKED]	= "acked",
	[VMOPNOTIFY_EVENT_QUIESCED]	= "quiesced",
	[VMOPNOTIFY_EVENT_EXPIRED]	= "expired",
	[VMOPNOTIFY_EVENT_TIMEOUT_CHANGE] = "timeout-change",
	[VMOPNOTIFY_EVENT_STUN]		= "stun",
	[VMOPNOTIFY_EVENT_END]		= "end",
};

static const char * const ends[] = {
	[VMOPNOTIFY_END_NONE]		= "none",
	[VMOPNOTIFY_END_SUCCESS]	= "success",
	[VMOPNOTIFY_END_FAILED]		= "failed",
	[VMOPNOTIFY_END_LOST]		= "lost",
};

static const struct {
	uint32_t flag;
	const char *name;
} flag_names[] = {
	{ VMOPNOTIFY_F_DRILL,		"drill" },
	{ VMOPNOTIFY_F_GUARANTEED,	"guaranteed" },
	{ VMOPNOTIFY_F_LATE,		"late" },
	{ VMOPNOTIFY_F_HOST_ACKED,	"host-acked" },
	{ VMOPNOTIFY_F_LEFT,		"left" },
	{ VMOPNOTIFY_F_STRAY,		"stray" },
	{ VMOPNOTIFY_F_CONSUMER,	"consumer" },
	{ VMOPNOTIFY_F_MEMBER,		"member" },
	{ VMOPNOTIFY_F_ASKED,		"asked" },
	{ VMOPNOTIFY_F_ACKED,		"acked" },
};

static const char *name_of(const char * const *list, size_t n, uint32_t value)
{
	return value < n && list[value] ? list[value] : "unknown";
}

static int value_of(const char * const *list, size_t n, const char *name)
{
	for (size_t i = 0; name && i < n; i++)
		if (list[i] && !strcmp(list[i], name))
			return (int)i;
	return -EINVAL;
}

const char *vmopnotify_state_name(uint32_t state)
{
	return name_of(states, ARRAY_SIZE(states), state);
}

int vmopnotify_state_by_name(const char *name)
{
	return value_of(states, ARRAY_SIZE(states), name);
}

const char *vmopnotify_event_name(uint32_t type)
{
	return name_of(events, ARRAY_SIZE(events), type);
}

int vmopnotify_event_by_name(const char *name)
{
	return value_of(events, ARRAY_SIZE(events), name);
}

const char *vmopnotify_end_name(uint32_t status)
{
	return name_of(ends, ARRAY_SIZE(ends), status);
}

int vmopnotify_end_by_name(const char *name)
{
	return value_of(ends, ARRAY_SIZE(ends), name);
}

const char *vmopnotify_flag_name(uint32_t flag)
{
	for (size_t i = 0; i < ARRAY_SIZE(flag_names); i++)
		if (flag_names[i].flag == flag)
			return flag_names[i].name;
	return NULL;
}

uint32_t vmopnotify_flag_by_name(const char *name)
{
	for (size_t i = 0; name && i < ARRAY_SIZE(flag_names); i++)
		if (!strcmp(flag_names[i].name, name))
			return flag_names[i].flag;
	return 0;
}

/* Appends to @buf, which holds *@used bytes; once full, it stays as it is. */
static void append(char *buf, size_t len, size_t *used, const char *word)
{
	int n;

	if (*used >= len)
		return;
	n = snprintf(buf + *used, len - *used, "%s%s", *used ? "," : "", word);
	if (n > 0)
		*used += (size_t)n;
}

char *vmopnotify_flags_text(uint32_t flags, char *buf, size_t len)
{
	size_t used = 0;
	char hex[16];

	if (!buf)
		return NULL;
	if (len)
		buf[0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(flag_names); i++) {
		if (!(flags & flag_names[i].flag))
			continue;
		append(buf, len, &used, flag_names[i].name);
		flags &= ~flag_names[i].flag;
	}
	if (flags) {
		snprintf(hex, sizeof(hex), "0x%x", flags);
		append(buf, len, &used, hex);
	}
	return buf;
}
