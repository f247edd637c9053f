// SPDX-License-Identifier: GPL-2.0
#include "status.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine.h"
#include "sim.h"
#include "state.h"

/* What there is to say; what is not known stays empty. */
struct facts {
	const char *host;
	pid_t pid;
	char guest[32];
	bool busy;
	struct state last;
	struct buf sim;
	struct buf sim_why;
};

/* QEMU's status; while somebody has its socket, that is not to be asked. */
static void ask_guest(struct facts *f)
{
	struct buf unused = { 0 };
	struct machine m = { 0 };

	if (!f->pid)
		snprintf(f->guest, sizeof(f->guest), "not there");
	else if (f->busy)
		snprintf(f->guest, sizeof(f->guest), "migrating");
	else if (machine_take(&m, f->host, &unused))
		machine_status(&m, f->guest, sizeof(f->guest), &unused);
	machine_leave(&m);
	buf_free(&unused);
}

static bool is_registered(const struct facts *f)
{
	return f->sim.len && strstr(f->sim.data, "\"registered\":true");
}

static void print_text(const struct facts *f)
{
	const struct state *s = &f->last;

	if (f->host)
		printf("guest      on %s, process %d: %s\n", f->host,
		       (int)f->pid, f->guest);
	else
		printf("guest      none: \"vmotion boot\" starts it\n");
	if (!s->migration)
		printf("migration  none yet\n");
	else if (!state_is_open(s))
		printf("migration  %u, %s to %s, is over: %s\n", s->migration,
		       s->from, s->to, s->result);
	else if (f->busy)
		printf("migration  %u, %s to %s, is in its phase %s\n",
		       s->migration, s->from, s->to, s->phase);
	else
		printf("migration  %u, %s to %s, was KILLED in its phase %s: the next command cleans up\n",
		       s->migration, s->from, s->to, s->phase);
	if (!f->sim.len) {
		printf("host       %s\n", f->sim_why.data);
		return;
	}
	printf("host       %s registered\n", is_registered(f) ?
	       "an application is" : "nobody is");
}

static void print_json(const struct facts *f)
{
	const struct state *s = &f->last;
	cJSON *json = cJSON_CreateObject();
	char *text;

	cJSON_AddStringToObject(json, "host", f->host ? f->host : "");
	cJSON_AddNumberToObject(json, "pid", f->pid);
	cJSON_AddStringToObject(json, "guest", f->guest);
	cJSON_AddNumberToObject(json, "migration", s->migration);
	cJSON_AddStringToObject(json, "phase", s->phase);
	cJSON_AddBoolToObject(json, "under_way",
			      f->busy && state_is_open(s));
	cJSON_AddBoolToObject(json, "killed", !f->busy && state_is_open(s));
	cJSON_AddStringToObject(json, "result", s->result);
	cJSON_AddBoolToObject(json, "registered", is_registered(f));
	text = cJSON_PrintUnformatted(json);
	cJSON_Delete(json);
	puts(text ? text : "");
	free(text);
}

int status_print(bool json)
{
	struct facts f = { .host = machine_current() };
	int lock = state_lock(false);

	f.busy = lock < 0;
	f.pid = f.host ? machine_pid(f.host) : 0;
	state_load(&f.last);
	if (f.host)
		ask_guest(&f);
	if (!sim_ask("stats", &f.sim, &f.sim_why))
		buf_reset(&f.sim);
	if (json)
		print_json(&f);
	else
		print_text(&f);
	if (lock >= 0)
		close(lock);
	buf_free(&f.sim);
	buf_free(&f.sim_why);
	return f.pid ? 0 : 1;
}
