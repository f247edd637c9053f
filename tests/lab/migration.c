// SPDX-License-Identifier: GPL-2.0
#include "migration.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "phases.h"

volatile sig_atomic_t migration_asked_to_end;

static const char *const ack_words[] = {
	[SIM_ERROR] = "none",
	[SIM_WAITS] = "none",
	[SIM_ACKED] = "acked",
	[SIM_TIMEOUT] = "timeout",
	[SIM_NOBODY] = "nobody",
};

static void tell(struct migration *m, const char *phase, const char *event,
		 struct buf *text)
{
	report(&m->report, phase, event, m->more, text->len ? text->data : "");
	m->more = NULL;
}

/* One phase; whether it did what it is there for. */
static bool run_phase(struct migration *m, const struct phase *phase)
{
	bool done;

	buf_reset(&m->text);
	buf_reset(&m->why);
	snprintf(m->state.phase, sizeof(m->state.phase), "%s", phase->name);
	report(&m->report, phase->name, "begin", NULL, "");
	/* Whoever resumed cannot be called back. */
	if (migration_asked_to_end && !m->resumed) {
		m->cancelled = true;
		buf_printf(&m->why, "cancelled");
	}
	done = !m->why.len && state_save(&m->state, &m->why) && phase->run(m);
	tell(m, phase->name, done ? "done" : "failed",
	     done ? &m->text : &m->why);
	return done;
}

static const char *status_of(const struct migration *m)
{
	if (m->resumed)
		return "success";
	return m->cancelled ? "cancelled" : "failure";
}

/* The phases that are not to come are undone, and the end is announced. */
static void roll_back(struct migration *m)
{
	buf_reset(&m->why);
	if (!phases_undo(m))
		tell(m, m->state.phase, "note", &m->why);
	buf_reset(&m->why);
	if (m->announced && !sim_end(m->id, status_of(m), &m->why))
		tell(m, "end", "note", &m->why);
	m->announced = false;
}

static void put_result(struct migration *m)
{
	struct migration_result *r = &m->result;
	cJSON *more = cJSON_CreateObject();

	cJSON_AddStringToObject(more, "from", m->from);
	cJSON_AddStringToObject(more, "to", m->to);
	if (*m->state.operation_id)
		cJSON_AddStringToObject(more, "operation_id",
					m->state.operation_id);
	else
		cJSON_AddNullToObject(more, "operation_id");
	cJSON_AddStringToObject(more, "ack", ack_words[r->ack]);
	if (r->ack == SIM_ACKED)
		cJSON_AddNumberToObject(more, "ack_ms", r->ack_ms);
	if (m->resumed)
		cJSON_AddNumberToObject(more, "downtime_ms", r->downtime_ms);
	if (r->stun_ms)
		cJSON_AddNumberToObject(more, "stun_ms", r->stun_ms);
	cJSON_AddNumberToObject(more, "total_ms", r->total_ms);
	cJSON_AddStringToObject(more, "status", status_of(m));
	m->more = more;
}

static void put_words(struct migration *m)
{
	struct migration_result *r = &m->result;

	buf_reset(&m->text);
	buf_printf(&m->text, "%s: the guest runs on %s", status_of(m),
		   m->resumed ? m->to : m->from);
	if (m->resumed && m->unclean)
		buf_printf(&m->text, ", but not all went well after");
	if (!m->resumed)
		return;
	buf_printf(&m->text, "; it stood still for %.0f ms", r->downtime_ms);
	if (r->stun_ms)
		buf_printf(&m->text, ", and then for %.3f ms", r->stun_ms);
}

static void finish(struct migration *m)
{
	m->result.total_ms = (clock_ns() - m->report.began_ns) / 1e6;
	put_words(m);
	put_result(m);
	snprintf(m->state.phase, sizeof(m->state.phase), "over");
	snprintf(m->state.result, sizeof(m->state.result), "%s", m->text.data);
	buf_reset(&m->why);
	if (!state_save(&m->state, &m->why))
		report(&m->report, "over", "note", NULL, m->why.data);
	tell(m, "over", m->resumed ? "done" : "failed", &m->text);
}

static bool begin(struct migration *m, struct buf *why)
{
	m->from = machine_current();
	if (!m->from) {
		buf_printf(why, "no machine: \"vmotion boot\" starts it");
		return false;
	}
	m->to = machine_other(m->from);
	if (!machine_take(&m->src, m->from, why))
		return false;
	state_load(&m->state);
	m->state.migration++;
	m->state.pid = getpid();
	snprintf(m->state.from, sizeof(m->state.from), "%s", m->from);
	snprintf(m->state.to, sizeof(m->state.to), "%s", m->to);
	m->state.operation_id[0] = 0;
	m->state.result[0] = 0;
	if (report_open(&m->report, m->state.migration)) {
		report_title(&m->report, m->from, m->to);
		return true;
	}
	buf_printf(why, "vmotion.log cannot be written");
	machine_leave(&m->src);
	return false;
}

enum outcome migration_run(const struct migration_options *opt,
			   struct migration_result *result, struct buf *why)
{
	struct migration m = {
		.opt = opt,
		.report.json = opt->json,
	};
	const struct phase *phase;

	memset(result, 0, sizeof(*result));
	if (!begin(&m, why))
		return CANNOT_BEGIN;
	for (phase = phases; phase->name; phase++) {
		if (run_phase(&m, phase))
			continue;
		m.unclean = true;
		if (!m.resumed)
			break;
	}
	if (!m.resumed)
		roll_back(&m);
	finish(&m);
	*result = m.result;
	machine_leave(&m.src);
	machine_leave(&m.dst);
	report_close(&m.report);
	buf_free(&m.text);
	buf_free(&m.why);
	if (!m.resumed)
		return FAILED;
	return m.unclean ? NOT_CLEAN : MIGRATED;
}

/* After one that was killed */

/* The guest is where it runs; if nowhere, where it stands still, whole. */
static bool find_guest(struct migration *m)
{
	struct buf unused = { 0 };
	char status[32] = "";
	bool source = machine_take(&m->src, m->from, &unused);

	if (machine_take(&m->dst, m->to, &unused))
		machine_status(&m->dst, status, sizeof(status), &unused);
	buf_free(&unused);
	m->resumed = !strcmp(status, "running") ||
		     (!source && !strcmp(status, "paused") &&
		      qmp_do(&m->dst.qmp, "cont", NULL, &m->why));
	if (!source && !m->resumed)
		buf_printf(&m->why,
			   "the guest is gone: its process runs on no host");
	return source || m->resumed;
}

static bool complete_move(struct migration *m)
{
	machine_end(&m->src, 0);
	phases_tidy(m->from);
	unlink(machine_path(m->to, "reserved").s);
	return machine_set_current(m->to, &m->why);
}

static bool complete_killed(struct migration *m)
{
	if (!find_guest(m))
		return false;
	m->ran = true;
	m->reserved = true;
	if (!(m->resumed ? complete_move(m) : phases_undo(m)))
		return false;
	if (*m->state.operation_id &&
	    !sim_end(strtoull(m->state.operation_id, NULL, 10), status_of(m),
		     &m->why))
		report(&m->report, "end", "note", NULL, m->why.data);
	return true;
}

/* What is on the host where the guest is not has no business there. */
static void clear_other_host(struct buf *text)
{
	const char *host = machine_current();

	if (!host)
		return;
	host = machine_other(host);
	if (machine_clear(host))
		buf_printf(text, "a QEMU was left on %s, and is ended", host);
	phases_tidy(host);
}

bool migration_recover(struct buf *text, struct buf *why)
{
	struct migration m = { .report.quiet = true };
	bool good;

	state_load(&m.state);
	if (!state_is_open(&m.state)) {
		clear_other_host(text);
		return true;
	}
	m.from = *m.state.from == 'a' ? machine_hosts[0] : machine_hosts[1];
	m.to = machine_other(m.from);
	if (!report_open(&m.report, m.state.migration)) {
		buf_printf(why, "vmotion.log cannot be written");
		return false;
	}
	good = complete_killed(&m);
	buf_printf(text, "migration %u was killed in its phase %s: %s",
		   m.state.migration, m.state.phase,
		   good ? "cleaned up" : m.why.data);
	if (good) {
		finish(&m);
		clear_other_host(text);
	} else {
		/* What is left may be all there is of the guest. */
		buf_printf(text, "; the next vmotion tries again, \"vmotion stop\" ends all");
		buf_printf(why, "%s", m.why.data);
		report(&m.report, m.state.phase, "note", NULL, m.why.data);
	}
	machine_leave(&m.src);
	machine_leave(&m.dst);
	report_close(&m.report);
	buf_free(&m.text);
	buf_free(&m.why);
	return good;
}
