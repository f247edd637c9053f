// SPDX-License-Identifier: GPL-2.0
/* What was seen in a round, held against what the machine did in it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "oracle.h"

static const struct replay *replay;

static bool is_of_round(u64 seq)
{
	return seq >= replay->first && seq < replay->first + replay->n;
}

static const struct vmopnotify_event *traced(u64 seq)
{
	return &replay->records[seq - replay->first];
}

static void check_record(const char *how, const struct vmopnotify_event *ev)
{
	const struct vmopnotify_event *as;

	/* Those of the round before may come late to the group. */
	if (ev->seq < replay->first && !strcmp(how, "an event"))
		return;
	as = is_of_round(ev->seq) ? traced(ev->seq) : NULL;
	if (!as || memcmp(ev, as, offsetof(struct vmopnotify_event,
					   operation_type)) ||
	    strcmp(ev->text, as->text))
		flaw(RECORDS, "%s has record %llu as the trace has not: type %u, \"%s\"",
		     how, ev->seq, ev->type, ev->text);
}

/* One stream after the other, each by seq. */
static int by_reader_and_seq(const void *a, const void *b)
{
	const struct seen_record *x = *(struct seen_record * const *)a;
	const struct seen_record *y = *(struct seen_record * const *)b;

	if (x->reader != y->reader)
		return x->reader < y->reader ? -1 : 1;
	return x->ev.seq < y->ev.seq ? -1 : x->ev.seq > y->ev.seq;
}

/* Is there one that a file should have been given, from @seq to before @to? */
static bool is_gap(u64 seq, u64 to, bool joined)
{
	for (; seq < to; seq++)
		if (!joined || !is_of_round(seq) ||
		    traced(seq)->type != VMOPNOTIFY_EVENT_ACKED)
			return true;
	return false;
}

/* The records of one file; Return: how many. */
static size_t check_stream(struct seen_record **seen, size_t n)
{
	const struct reader *r = &fuzz.readers[seen[0]->reader];
	unsigned int gaps = 0;
	u64 next = r->opened_seq;
	size_t i;

	for (i = 0; i < n && seen[i]->reader == seen[0]->reader; i++) {
		if (i && seen[i]->ev.seq < next)
			flaw(RECORDS, "record %llu was read twice from one file",
			     seen[i]->ev.seq);
		gaps += is_gap(next, seen[i]->ev.seq, r->joins);
		next = seen[i]->ev.seq + 1;
	}
	if (gaps > r->joins + r->overruns)
		flaw(RECORDS, "a file with %u gaps, %u joins and %u overruns",
		     gaps, r->joins, r->overruns);
	return i;
}

static void check_streams(struct worker *workers)
{
	struct seen_record **all, *records;
	size_t n = 0, i;
	unsigned int w;

	for (w = 0; w < fuzz.threads; w++)
		n += workers[w].records.n;
	all = calloc(n + 1, sizeof(*all));
	if (!all)
		die("no memory for what was read");
	n = 0;
	for (w = 0; w < fuzz.threads; w++) {
		records = (struct seen_record *)workers[w].records.data;
		for (i = 0; i < workers[w].records.n; i++) {
			check_record("a reader", &records[i].ev);
			all[n++] = &records[i];
		}
	}
	qsort(all, n, sizeof(*all), by_reader_and_seq);
	for (i = 0; i < n; i += check_stream(&all[i], n - i))
		;
	free(all);
}

/* Beside the machine's flags those of the file, and what no record tells. */
static bool has_flags(const struct vmopnotify_status *st, u32 flags)
{
	const u32 of_file = VMOPNOTIFY_F_CONSUMER | VMOPNOTIFY_F_MEMBER |
			    VMOPNOTIFY_F_ASKED | VMOPNOTIFY_F_ACKED;
	u32 more = (st->flags & ~of_file) ^ flags;

	return !more || (more == VMOPNOTIFY_F_HOST_ACKED &&
			 st->flags & VMOPNOTIFY_F_HOST_ACKED &&
			 !(flags & VMOPNOTIFY_F_DRILL) &&
			 st->state == VMOPNOTIFY_STATE_QUIESCED);
}

static bool is_status(const struct vmopnotify_status *st,
		      const struct moment *m)
{
	return m->valid && st->operation_id == m->status.operation_id &&
	       st->deadline_ns == m->status.deadline_ns &&
	       st->state == m->status.state &&
	       st->stage == m->status.stage &&
	       st->pending == m->status.pending &&
	       st->operations == m->status.operations &&
	       st->consumers >= m->min_consumers &&
	       st->consumers <= m->max_consumers &&
	       has_flags(st, m->status.flags);
}

static void show(const char *whose, const struct vmopnotify_status *st)
{
	printf("# %s: seq %llu state %u operation %llu deadline %llu flags 0x%x stage %u pending %u consumers %u operations %llu\n",
	       whose, st->seq, st->state, st->operation_id, st->deadline_ns,
	       st->flags, st->stage, st->pending, st->consumers,
	       st->operations);
}

static void check_status(const struct seen_status *seen)
{
	const struct vmopnotify_status *st = &seen->status;
	const struct moment *m;

	if (st->seq < replay->first || st->seq > replay->first + replay->n) {
		flaw(SNAPSHOTS, "%s tells seq %llu", seen->how, st->seq);
		return;
	}
	m = &replay->moments[st->seq - replay->first];
	if (is_status(st, m))
		return;
	show(seen->how, st);
	show(m->valid ? "the machine" : "the machine (not at rest)",
	     &m->status);
	flaw(SNAPSHOTS, "%s tells what the machine does not", seen->how);
}

/* How often operations of this id were quiesced before @seq; no drills. */
static unsigned int times_quiesced(u64 id, u64 seq, bool before_helper)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < replay->n && replay->records[i].seq < seq; i++)
		n += replay->records[i].type == VMOPNOTIFY_EVENT_QUIESCED &&
		     replay->records[i].operation_id == id &&
		     !(replay->records[i].flags & VMOPNOTIFY_F_DRILL) &&
		     (replay->helpers[i] || !before_helper);
	return n;
}

static unsigned int times_told(struct worker *workers, u64 id, u64 seq)
{
	struct seen_ready *readies;
	unsigned int n = 0, w;
	size_t i;

	for (w = 0; w <= fuzz.threads; w++) {
		readies = (struct seen_ready *)workers[w].readies.data;
		for (i = 0; i < workers[w].readies.n; i++)
			n += readies[i].id == id && readies[i].seq <= seq;
	}
	return n;
}

static void check_ready(struct worker *workers, const struct seen_ready *seen)
{
	unsigned int told = times_told(workers, seen->id, seen->seq);
	unsigned int quiesced = times_quiesced(seen->id, seen->seq, false);

	if (told > quiesced)
		flaw(READY, "READY of operation %llu came %u times until seq %llu, and it was quiesced %u times",
		     seen->id, told, seen->seq, quiesced);
}

/* Each quiesced before a helper that stays to hear it was told. */
static void check_all_told(struct worker *workers)
{
	const struct vmopnotify_event *ev;
	size_t i;

	for (i = 0; i < replay->n && !fuzz.readies_lost; i++) {
		ev = &replay->records[i];
		if (ev->type == VMOPNOTIFY_EVENT_QUIESCED &&
		    times_told(workers, ev->operation_id, ~0ULL) <
		    times_quiesced(ev->operation_id, ~0ULL, true)) {
			flaw(READY, "READY of operation %llu is missing",
			     ev->operation_id);
			return;
		}
	}
}

/* The last worker is not a thread but who ends the round. */
static void verify_worker(struct worker *workers, struct worker *w)
{
	struct vmopnotify_event *events = (void *)w->events.data;
	struct seen_status *statuses = (void *)w->statuses.data;
	struct seen_ready *readies = (void *)w->readies.data;
	size_t i;

	for (i = 0; i < w->events.n; i++)
		check_record("an event", &events[i]);
	for (i = 0; i < w->statuses.n; i++)
		check_status(&statuses[i]);
	for (i = 0; i < w->readies.n; i++)
		check_ready(workers, &readies[i]);
}

void verify(struct worker *workers, const struct replay *of)
{
	unsigned int w;

	replay = of;
	check_streams(workers);
	for (w = 0; w <= fuzz.threads; w++)
		verify_worker(workers, &workers[w]);
	check_all_told(workers);
}
