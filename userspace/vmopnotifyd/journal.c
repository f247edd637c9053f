// SPDX-License-Identifier: GPL-2.0
/* The record of operations. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <vmopnotify.h>

#include "journal.h"
#include "log.h"

/**
 * struct ending - how an operation ended
 * @status: &enum vmopnotify_end_status
 * @word: the host's, empty where there is none
 * @quiesce_ns: from start to quiesced, 0 if it never was
 * @stun_ns: 0 if none was seen
 * @end_ns: when, CLOCK_MONOTONIC; 0 if not known
 */
struct ending {
	uint32_t status;
	const char *word;
	uint64_t quiesce_ns;
	uint64_t stun_ns;
	uint64_t end_ns;
};

/* The most that an entry has. */
#define FIELDS_MAX	8

/**
 * struct entry - fields being written
 * @fields: "NAME=value" each
 * @text: what people read
 * @n: how many fields there are
 */
struct entry {
	char fields[FIELDS_MAX][160];
	char text[512];
	size_t n;
};

__attribute__((format(printf, 2, 3)))
static void add_field(struct entry *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e->fields[e->n], sizeof(e->fields[e->n]), fmt, ap);
	va_end(ap);
	log_redact(e->fields[e->n], sizeof(e->fields[e->n]));
	e->n++;
}

/* A time that is known: a field, and a few words. */
static void add_time(struct entry *e, const char *name, uint64_t ns,
		     const char *words)
{
	size_t used = strlen(e->text);

	if (!ns)
		return;
	add_field(e, "VMOPNOTIFY_%s_USEC=%" PRIu64, name, ns / 1000);
	snprintf(e->text + used, sizeof(e->text) - used, ", %s %" PRIu64 " ms",
		 words, ns / 1000000);
}

/* As vmopnotify_flags_text(), with spaces, and what is a state in the kernel. */
static void flag_words(const struct journal *j, char *buf, size_t size)
{
	vmopnotify_flags_text(j->flags, buf, size);
	for (char *c = buf; *c; c++)
		if (*c == ',')
			*c = ' ';
	if (!j->expired)
		return;
	snprintf(buf + strlen(buf), size - strlen(buf), "%s%s",
		 buf[0] ? " " : "",
		 vmopnotify_state_name(VMOPNOTIFY_STATE_EXPIRED));
}

static void write_end(const struct journal *j, const struct ending *end)
{
	const char *outcome = vmopnotify_end_name(end->status);
	const char *fields[FIELDS_MAX];
	const char *word = end->word[0] ? end->word : outcome;
	struct entry e = { };
	char flags[128];

	flag_words(j, flags, sizeof(flags));
	snprintf(e.text, sizeof(e.text), "%s is over: %s (%s)%s%s", j->type,
		 outcome, word, flags[0] ? ", " : "", flags);
	add_field(&e, "MESSAGE_ID=" JOURNAL_END_ID);
	add_field(&e, "VMOPNOTIFY_TYPE=%s", j->type);
	add_field(&e, "VMOPNOTIFY_STATUS=%s", word);
	add_field(&e, "VMOPNOTIFY_OUTCOME=%s", outcome);
	if (flags[0])
		add_field(&e, "VMOPNOTIFY_FLAGS=%s", flags);
	add_time(&e, "QUIESCE", end->quiesce_ns, "quiesced after");
	add_time(&e, "STUN", end->stun_ns, "stunned for");
	if (j->start_ns && end->end_ns > j->start_ns)
		add_time(&e, "DURATION", end->end_ns - j->start_ns, "in all");
	for (size_t i = 0; i < e.n; i++)
		fields[i] = e.fields[i];
	log_record(end->status == VMOPNOTIFY_END_LOST ? LOG_WARNING : LOG_INFO,
		   j->id, fields, e.n, e.text);
}

static void begin(struct journal *j, uint64_t id, const char *type,
		  uint64_t start_ns, uint32_t flags)
{
	*j = (struct journal) {
		.open = true, .id = id, .start_ns = start_ns, .flags = flags,
	};
	snprintf(j->type, sizeof(j->type), "%s", type);
}

static void on_end(struct journal *j, struct nlattr **attrs, bool attached)
{
	struct ending end = {
		.status = vmop_attr_u32(attrs, VMOPNOTIFY_A_STATUS, 0),
		.word = vmop_attr_str(attrs, VMOPNOTIFY_A_TEXT, ""),
		.quiesce_ns = vmop_attr_u64(attrs, VMOPNOTIFY_A_QUIESCE_NS, 0),
		.stun_ns = vmop_attr_u64(attrs, VMOPNOTIFY_A_STUN_NS, 0),
		.end_ns = vmop_attr_u64(attrs, VMOPNOTIFY_A_TIME_NS, 0),
	};
	uint64_t id = vmop_attr_u64(attrs, VMOPNOTIFY_A_OPERATION_ID, 0);
	bool another = !attached &&
		       vmop_attr_u32(attrs, VMOPNOTIFY_A_STATE, 0) !=
		       VMOPNOTIFY_STATE_DETACHED;

	/* Of one that is not open: what is known of the open one stays. */
	if (vmop_attr_u32(attrs, VMOPNOTIFY_A_FLAGS, 0) & VMOPNOTIFY_F_STRAY)
		return;
	/* It was on its way when journal_view() had it from the kernel. */
	if (j->written && j->id == id) {
		j->written = false;
		return;
	}
	/* Where its start was not heard, the end knows most of it. */
	if (!j->open || j->id != id)
		begin(j, id,
		      vmop_attr_str(attrs, VMOPNOTIFY_A_OPERATION_TYPE, ""),
		      0, 0);
	j->flags = vmop_attr_u32(attrs, VMOPNOTIFY_A_FLAGS, 0);
	j->open = false;
	if (!another)
		write_end(j, &end);
}

void journal_event(struct journal *j, struct nlattr **attrs, bool attached)
{
	switch (vmop_attr_u32(attrs, VMOPNOTIFY_A_EVENT_TYPE, 0)) {
	case VMOPNOTIFY_EVENT_START:
		begin(j, vmop_attr_u64(attrs, VMOPNOTIFY_A_OPERATION_ID, 0),
		      vmop_attr_str(attrs, VMOPNOTIFY_A_OPERATION_TYPE, ""),
		      vmop_attr_u64(attrs, VMOPNOTIFY_A_TIME_NS, 0),
		      vmop_attr_u32(attrs, VMOPNOTIFY_A_FLAGS, 0));
		break;
	case VMOPNOTIFY_EVENT_EXPIRED:
		j->expired = true;
		break;
	case VMOPNOTIFY_EVENT_END:
		on_end(j, attrs, attached);
		break;
	default:
		break;
	}
}

void journal_view(struct journal *j, const struct kernel_view *v)
{
	struct ending end = {
		.status = v->last_status,
		.word = "",
		.quiesce_ns = v->last_quiesce_ns,
		.stun_ns = v->last_stun_ns,
	};

	if (j->open && (!v->open || v->operation_id != j->id)) {
		j->open = false;
		write_end(j, &end);
		j->written = true;
	}
	if (!v->open)
		return;
	if (!j->open)
		begin(j, v->operation_id, v->operation_type, v->start_ns,
		      v->flags);
	j->flags = v->flags;
	j->expired |= v->state == VMOPNOTIFY_STATE_EXPIRED ||
		      v->flags & VMOPNOTIFY_F_LATE;
}
