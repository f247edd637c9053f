// SPDX-License-Identifier: GPL-2.0
#include "crowd_judge.h"

#include <stdio.h>
#include <string.h>

#include <vmopnotify.h>

/* STUCK_NS - how long a member may take to go on. */
#define STUCK_NS	2000000000ULL

void judge_fact(struct judge *j, const struct fact *fact)
{
	typeof(*j->members) *m = &j->members[fact->member];

	switch (fact->kind) {
	case FACT_JOINED:
		m->joined = true;
		m->joined_ns = fact->time_ns;
		break;
	case FACT_QUIET:
		m->quiet = true;
		m->quiet_id = fact->id;
		break;
	case FACT_RESUMED:
		m->quiet = false;
		if (!j->open || fact->id != j->start.operation_id)
			break;
		j->resumed_early++;
		printf("@fault member%u goes on, and operation %llu is open\n",
		       fact->member, j->start.operation_id);
		break;
	case FACT_LEAVING:
		m->joined = false;
		m->quiet = false;
		break;
	}
}

/* Who was quiet for an operation that is long over has missed its end. */
static void find_stuck(struct judge *j, const struct vmopnotify_event *ev)
{
	for (unsigned int i = 0; i < CROWD_MAX; i++) {
		if (!j->members[i].quiet ||
		    ev->time_ns < j->ended_ns + STUCK_NS)
			continue;
		j->stuck++;
		printf("@fault member%u is quiet, and no operation is open\n",
		       i);
	}
}

static void on_start(struct judge *j, const struct vmopnotify_event *ev)
{
	if (!j->open)
		find_stuck(j, ev);
	if (j->open) {
		j->unpaired++;
		printf("@fault operation %llu starts before the end of %llu\n",
		       ev->operation_id, j->start.operation_id);
	}
	j->open = true;
	j->start = *ev;
	j->quiesced_ns = 0;
	j->expired = false;
	j->operations++;
}

/* Who had joined before the start is a member, and is to be quiet for it. */
static void on_quiesced(struct judge *j, const struct vmopnotify_event *ev)
{
	j->quiesced++;
	j->quiesced_ns = ev->time_ns;
	for (unsigned int i = 0; i < CROWD_MAX; i++) {
		typeof(*j->members) *m = &j->members[i];

		if (!m->joined || m->joined_ns > j->start.time_ns)
			continue;
		if (m->quiet && m->quiet_id == ev->operation_id)
			continue;
		j->early++;
		printf("@fault operation %llu is quiesced, and member%u is not quiet\n",
		       ev->operation_id, i);
	}
}

static void on_end(struct judge *j, const struct vmopnotify_event *ev)
{
	if (ev->flags & VMOPNOTIFY_F_STRAY) {
		j->stray++;
		return;
	}
	if (!j->open || ev->operation_id != j->start.operation_id) {
		j->unpaired++;
		printf("@fault operation %llu ends, and has not started\n",
		       ev->operation_id);
		return;
	}
	j->open = false;
	j->ended_ns = ev->time_ns;
	j->expirations += j->expired;
	j->lost += ev->status == VMOPNOTIFY_END_LOST;
	j->over |= !strcmp(ev->operation_type, JUDGE_OVER);
	printf("@operation {\"id\":\"%llu\",\"start_ns\":%llu"
	       ",\"members\":%u,\"quiesced\":%s,\"expired\":%s,\"end\":\"%s\",\"quiesce_us\":%llu,\"stun_us\":%llu}\n",
	       ev->operation_id, j->start.time_ns, j->start.members,
	       j->quiesced_ns ? "true" : "false", j->expired ? "true" : "false",
	       vmopnotify_end_name(ev->status), ev->quiesce_ns / 1000,
	       ev->stun_ns / 1000);
}

void judge_record(struct judge *j, const struct vmopnotify_event *ev)
{
	switch (ev->type) {
	case VMOPNOTIFY_EVENT_START:
		on_start(j, ev);
		break;
	case VMOPNOTIFY_EVENT_QUIESCED:
		on_quiesced(j, ev);
		break;
	case VMOPNOTIFY_EVENT_EXPIRED:
		j->expired = true;
		break;
	case VMOPNOTIFY_EVENT_END:
		on_end(j, ev);
		break;
	}
}

unsigned int judge_left_quiet(const struct judge *j)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < CROWD_MAX; i++)
		n += j->members[i].quiet;
	return n;
}
