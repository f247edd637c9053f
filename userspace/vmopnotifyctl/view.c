// SPDX-License-Identifier: GPL-2.0
/* What the live view shows, see view.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <vmopnotify.h>
#include "output.h"
#include "view.h"

/* Of those outstanding, so many are named before recent events suffer. */
#define NAMED_PART	3

static const char * const meanings[] = {
	[VMOPNOTIFY_STATE_DETACHED] =
		"no helper: an operation would come unannounced",
	[VMOPNOTIFY_STATE_IDLE] = "no operation is open",
	[VMOPNOTIFY_STATE_QUIESCING] = "acks are outstanding",
	[VMOPNOTIFY_STATE_QUIESCED] =
		"all are quiet, the stun may come any moment",
	[VMOPNOTIFY_STATE_EXPIRED] =
		"the deadline has passed, the host goes ahead",
};

int view_add_consumer(struct view *v, const struct view_consumer *c)
{
	struct view_consumer *more;

	more = reallocarray(v->outstanding, v->outstanding_count + 1,
			    sizeof(*more));
	if (!more)
		return -ENOMEM;
	v->outstanding = more;
	more[v->outstanding_count++] = *c;
	return 0;
}

void view_clear_consumers(struct view *v)
{
	free(v->outstanding);
	v->outstanding = NULL;
	v->outstanding_count = 0;
}

void view_add_event(struct view *v, char *line)
{
	char **place = &v->events[v->event_count++ % VIEW_EVENTS];

	free(*place);
	*place = line;
}

void view_free(struct view *v)
{
	view_clear_consumers(v);
	for (size_t i = 0; i < VIEW_EVENTS; i++)
		free(v->events[i]);
	memset(v, 0, sizeof(*v));
}

static unsigned int render_state(const struct view *v, FILE *out)
{
	uint32_t state = v->status.state;

	fprintf(out, "state        %s", vmopnotify_state_name(state));
	if (state < sizeof(meanings) / sizeof(meanings[0]))
		fprintf(out, ": %s", meanings[state]);
	fprintf(out, "\nconsumers    %u\n", v->status.consumers);
	return 2;
}

static unsigned int render_operation(const struct view *v, uint64_t now_ns,
				     FILE *out)
{
	const struct vmopnotify_operation *op = &v->operation;
	char type[64], text[64];

	if (!op->start_ns) {
		fprintf(out, "operation    none\n");
		return 1;
	}
	fprintf(out, "operation    %" PRIu64 ", %s%s\n",
		(uint64_t)op->operation_id,
		text_clean(op->operation_type, type, sizeof(type)),
		op->flags & VMOPNOTIFY_F_DRILL ?
		", DRILL: not from the host" : "");
	fprintf(out, "deadline     %s\n",
		left_text(op->deadline_ns, now_ns, text, sizeof(text)));
	fprintf(out, "members      %u, outstanding %u", op->members,
		op->pending);
	if (op->quiesce_ns)
		fprintf(out, ", quiet after %s",
			duration_text(op->quiesce_ns, text, sizeof(text)));
	fputc('\n', out);
	return 3;
}

static unsigned int render_outstanding(const struct view *v,
				       unsigned int rows, FILE *out)
{
	unsigned int i, most = rows / NAMED_PART;
	const struct view_consumer *c;
	char name[64];

	if (v->operation.pending && !v->outstanding_known) {
		fprintf(out, "outstanding  not known: the module's netlink family cannot be asked\n");
		return 1;
	}
	for (i = 0; i < v->outstanding_count && i < most; i++) {
		c = &v->outstanding[i];
		fprintf(out, "outstanding  %s, stage %u, %s\n",
			text_clean(c->name, name, sizeof(name)), c->stage,
			c->asked ? "asked" : "waits for stages before its own");
	}
	if (i == v->outstanding_count)
		return i;
	fprintf(out, "outstanding  and %u more\n", v->outstanding_count - i);
	return i + 1;
}

/* The newest last, as in a log. */
static void render_events(const struct view *v, unsigned int rows, FILE *out)
{
	uint64_t n = v->event_count;

	if (n > VIEW_EVENTS)
		n = VIEW_EVENTS;
	if (n > rows)
		n = rows;
	for (uint64_t i = v->event_count - n; i < v->event_count; i++)
		fprintf(out, "%s\n", v->events[i % VIEW_EVENTS]);
}

void view_render(const struct view *v, uint64_t now_ns, unsigned int rows,
		 FILE *out)
{
	unsigned int used;

	used = render_state(v, out);
	used += render_operation(v, now_ns, out);
	used += render_outstanding(v, rows, out);
	fprintf(out, "\nrecent events (q quits)\n");
	used += 2;
	if (rows > used)
		render_events(v, rows - used, out);
}
