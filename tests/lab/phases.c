// SPDX-License-Identifier: GPL-2.0
#include "phases.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "compat.h"

#define MIB			(1024.0 * 1024.0)
#define SOCKET			"migrate"
#define URI			"unix:../" SOCKET
#define ACK_SLICE_MS		100
#define PROGRESS_MS		500
#define QUIT_MS			10000
#define SHORT_QUIT_MS		500
#define GO_ON_MS		10000

/*
 * How long the guest may be stopped for what is left of its memory, and for
 * its devices, and how long before that is given up.
 */
#define DOWNTIME_MS		50
#define LAST_CHANGES_MS		30000

/* How long the memory may take: a guest may write faster than it is sent. */
#define PRECOPY_MS		120000

static bool fails(const struct migration *m, const char *phase)
{
	return m->opt->fail && !strcmp(m->opt->fail, phase);
}

static bool asked_to_end(struct migration *m)
{
	if (!migration_asked_to_end)
		return false;
	m->cancelled = true;
	buf_printf(&m->why, "cancelled");
	return true;
}

static cJSON *with_text(const char *name, const char *value)
{
	cJSON *args = cJSON_CreateObject();

	cJSON_AddStringToObject(args, name, value);
	return args;
}

static void add_number(struct migration *m, const char *name, double value)
{
	if (!m->more)
		m->more = cJSON_CreateObject();
	cJSON_AddNumberToObject(m->more, name, value);
}

/* How the source's side of the migration goes */

static cJSON *query(struct migration *m)
{
	return qmp_command(&m->src.qmp, "query-migrate", NULL, &m->why);
}

static bool is_under_way(const char *status)
{
	static const char *const words[] = {
		"setup", "active", "cancelling", "pre-switchover", "device",
		"wait-unplug", "postcopy-active", "postcopy-paused",
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!strcmp(words[i], status))
			return true;
	return false;
}

/* Tells of each round over the memory, and now and then of a long one. */
struct progress {
	bool wanted;
	double round;
	int64_t told_ms;
};

static void tell_progress(struct migration *m, struct progress *p,
			  const cJSON *json)
{
	const cJSON *ram = cJSON_GetObjectItem(json, "ram");
	double round = qmp_number(ram, "dirty-sync-count");
	struct buf text = { 0 };
	cJSON *more;

	if (!p->wanted || !ram ||
	    (round == p->round && clock_ms() - p->told_ms < PROGRESS_MS))
		return;
	p->round = round;
	p->told_ms = clock_ms();
	more = cJSON_CreateObject();
	cJSON_AddNumberToObject(more, "round", round);
	cJSON_AddNumberToObject(more, "remaining_bytes",
				qmp_number(ram, "remaining"));
	cJSON_AddNumberToObject(more, "transferred_bytes",
				qmp_number(ram, "transferred"));
	buf_printf(&text, "round %.0f: %.1f MiB sent, %.1f MiB to go", round,
		   qmp_number(ram, "transferred") / MIB,
		   qmp_number(ram, "remaining") / MIB);
	report(&m->report, "precopy", "progress", more, text.data);
	buf_free(&text);
}

/* Why there is no more to wait for, if so. */
static void look_for_trouble(struct migration *m, const cJSON *json)
{
	const char *status = qmp_text(json, "status");
	const char *reason = qmp_text(json, "error-desc");

	if (!is_under_way(status) && strcmp(status, "none"))
		buf_printf(&m->why, "the migration is %s%s%s", status,
			   *reason ? ": " : "", reason);
	/* One that is cancelled ends the destination, too. */
	if (strcmp(status, "cancelling") && !machine_lives(&m->dst))
		buf_printf(&m->why, "%sQEMU on %s has gone",
			   m->why.len ? "; " : "", m->to);
}

/* Waits for one of two words, for so long. */
static bool await(struct migration *m, const char *word, const char *or_word,
		  int64_t limit_ms, struct progress *p)
{
	int64_t until_ms = clock_ms() + limit_ms;
	cJSON *json;

	while ((json = query(m))) {
		const char *status = qmp_text(json, "status");
		bool there = !strcmp(status, word) || !strcmp(status, or_word);

		tell_progress(m, p, json);
		if (there)
			cJSON_Delete(json);
		if (there)
			return true;
		look_for_trouble(m, json);
		if (!m->why.len && limit_ms && clock_ms() > until_ms)
			buf_printf(&m->why, "not done in %" PRId64 " ms",
				   limit_ms);
		cJSON_Delete(json);
		if (m->why.len || asked_to_end(m))
			return false;
		cJSON_Delete(qmp_event(&m->src.qmp, 20));
	}
	return false;
}

/* The phases */

static bool is_running(struct machine *machine, struct buf *why)
{
	char status[32];

	if (!machine_status(machine, status, sizeof(status), why))
		return false;
	if (strcmp(status, "running"))
		buf_printf(why, "the guest on %s is not running: %s",
			   machine->host, status);
	return !strcmp(status, "running");
}

static bool nothing_blocks(struct migration *m)
{
	cJSON *json = query(m);
	const char *status = qmp_text(json, "status");
	bool good = json;
	cJSON *reason;

	if (is_under_way(status))
		buf_printf(&m->why, "a migration is under way: %s", status);
	cJSON_ArrayForEach(reason, cJSON_GetObjectItem(json, "blocked-reasons"))
		buf_printf(&m->why, "%s%s", m->why.len ? "; " : "",
			   reason->valuestring);
	good = good && !m->why.len;
	cJSON_Delete(json);
	return good;
}

static bool precheck(struct migration *m)
{
	struct buf answer = { 0 };
	bool good;

	if (fails(m, "precheck") &&
	    !qmp_do(&m->src.qmp, "stop", NULL, &m->why))
		return false;
	good = is_running(&m->src, &m->why);
	if (fails(m, "precheck"))
		qmp_do(&m->src.qmp, "cont", NULL, &m->why);
	good = good && nothing_blocks(m) && sim_ask("stats", &answer, &m->why);
	m->ran = good;
	if (good)
		buf_printf(&m->text, "the guest runs on %s, nothing blocks it",
			   m->from);
	buf_free(&answer);
	return good;
}

static bool select_destination(struct migration *m)
{
	static const char *const paused[] = { "-S", NULL };
	struct host_path file = machine_path(m->to, "machine");
	pid_t pid;

	if (fails(m, "select-destination") &&
	    !machine_start(&m->dst, m->to, paused, &m->why))
		return false;
	if (access(file.s, R_OK)) {
		buf_printf(&m->why, "%s: %s", file.s, strerror(errno));
		return false;
	}
	pid = machine_pid(m->to);
	if (pid) {
		buf_printf(&m->why, "a QEMU runs on %s, process %d", m->to,
			   (int)pid);
		return false;
	}
	buf_printf(&m->text, "host %s is free", m->to);
	return true;
}

/* Its own arguments, to which other ones may be added to make it fail. */
static bool start_incoming(struct migration *m, const char *phase,
			   const char *option, const char *value)
{
	const char *args[] = { "-S", "-incoming", "defer", NULL, NULL, NULL };

	if (fails(m, phase)) {
		args[3] = option;
		args[4] = value;
	}
	return machine_start(&m->dst, m->to, args, &m->why);
}

static bool check_compatibility(struct migration *m)
{
	bool good;

	if (!start_incoming(m, "check-compatibility", "-cpu", "qemu64"))
		return false;
	good = compat_check(&m->src, &m->dst, &m->text, &m->why);
	machine_end(&m->dst, QUIT_MS);
	phases_tidy(m->to);
	return good;
}

static double available_mib(void)
{
	FILE *f = fopen("/proc/meminfo", "re");
	char line[128];
	double kib = 0;

	while (f && !kib && fgets(line, sizeof(line), f))
		if (sscanf(line, "MemAvailable: %lf kB", &kib) != 1)
			kib = 0;
	if (f)
		fclose(f);
	return kib / 1024;
}

static bool write_reservation(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	bool written;

	if (fd < 0)
		return false;
	written = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return written;
}

static bool reserve(struct migration *m)
{
	struct host_path path = machine_path(m->to, "reserved");
	double need_mib = compat_memory_mib(&m->src, &m->why);
	double have_mib = available_mib();
	char text[64];

	if (m->why.len)
		return false;
	if (have_mib < need_mib) {
		buf_printf(&m->why, "the guest has %.0f MiB of memory, %s has %.0f MiB left",
			   need_mib, m->to, have_mib);
		return false;
	}
	if (fails(m, "reserve"))
		m->reserved = write_reservation(path.s, "another migration\n");
	snprintf(text, sizeof(text), "migration %u, process %d\n",
		 m->state.migration, (int)getpid());
	if (!write_reservation(path.s, text)) {
		buf_printf(&m->why, "%s: %s", path.s, errno == EEXIST ?
			   "it is reserved for another" : strerror(errno));
		return false;
	}
	m->reserved = true;
	buf_printf(&m->text, "%.0f MiB of %.0f MiB on %s", need_mib, have_mib,
		   m->to);
	return true;
}

static bool set_capabilities(struct migration *m)
{
	static const char *const names[] = {
		"events", "pause-before-switchover", "auto-converge",
	};
	cJSON *list = cJSON_CreateArray();
	cJSON *args = cJSON_CreateObject();
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		cJSON *one = with_text("capability", names[i]);

		cJSON_AddTrueToObject(one, "state");
		cJSON_AddItemToArray(list, one);
	}
	cJSON_AddItemToObject(args, "capabilities", list);
	return qmp_do(&m->src.qmp, "migrate-set-capabilities", args, &m->why);
}

static bool prepare_source(struct migration *m)
{
	cJSON *args = cJSON_CreateObject();

	/* More than the 2000 s that QEMU allows. */
	cJSON_AddNumberToObject(args, "downtime-limit",
				fails(m, "prepare-source") ?
				3600 * 1000 : DOWNTIME_MS);
	cJSON_AddNumberToObject(args, "max-bandwidth",
				m->opt->bandwidth_mib * MIB);
	if (!qmp_do(&m->src.qmp, "migrate-set-parameters", args, &m->why) ||
	    !set_capabilities(m))
		return false;
	buf_printf(&m->text, "the last changes may take %d ms", DOWNTIME_MS);
	if (m->opt->bandwidth_mib)
		buf_printf(&m->text, ", at %" PRId64 " MiB/s",
			   m->opt->bandwidth_mib);
	return true;
}

/* Until it is acked, or the host waits no longer. */
static bool wait_for_ack(struct migration *m)
{
	struct migration_result *r = &m->result;

	do {
		if (asked_to_end(m))
			return false;
		r->ack = sim_wait_ack(m->id, ACK_SLICE_MS, &r->ack_ms, &m->why);
		if (fails(m, "notify") && r->ack != SIM_ERROR) {
			buf_printf(&m->why, "the host gives up waiting");
			return false;
		}
	} while (r->ack == SIM_WAITS);
	return r->ack != SIM_ERROR;
}

static bool notify(struct migration *m)
{
	struct migration_result *r = &m->result;
	struct buf text = { 0 };

	r->ack = sim_start(m->opt->timeout_s, m->opt->dest_timeout_s, &m->id,
			   &m->why);
	if (r->ack == SIM_NOBODY)
		buf_printf(&m->text, "nobody is registered: goes ahead unannounced");
	if (r->ack != SIM_WAITS)
		return r->ack == SIM_NOBODY;
	m->announced = true;
	snprintf(m->state.operation_id, sizeof(m->state.operation_id),
		 "%" PRIu64, m->id);
	if (!state_save(&m->state, &m->why))
		return false;
	buf_printf(&text, "announced as operation %" PRIu64 ", waits for the ack",
		   m->id);
	report(&m->report, "notify", "note", NULL, text.data);
	buf_free(&text);
	if (!wait_for_ack(m))
		return false;
	if (r->ack == SIM_TIMEOUT) {
		buf_printf(&m->text, "no ack in time: goes ahead without");
		return true;
	}
	add_number(m, "ack_ms", r->ack_ms);
	buf_printf(&m->text, "acked after %" PRId64 " ms", r->ack_ms);
	return true;
}

static bool prepare_destination(struct migration *m)
{
	if (!start_incoming(m, "prepare-destination", "-device",
			    "no-such-device"))
		return false;
	buf_printf(&m->text, "QEMU's process %d on %s", (int)m->dst.pid, m->to);
	return true;
}

static bool initiate_destination(struct migration *m)
{
	const char *uri = fails(m, "initiate-destination") ?
			  "unix:no-such-folder/" SOCKET : URI;

	if (!qmp_do(&m->dst.qmp, "migrate-incoming", with_text("uri", uri),
		    &m->why))
		return false;
	buf_printf(&m->text, "%s listens", m->to);
	return true;
}

static bool initiate_source(struct migration *m)
{
	const char *uri = fails(m, "initiate-source") ?
			  "unix:../nobody-listens" : URI;
	struct progress none = { 0 };

	if (!qmp_do(&m->src.qmp, "migrate", with_text("uri", uri), &m->why) ||
	    !await(m, "active", "pre-switchover", PRECOPY_MS, &none))
		return false;
	buf_printf(&m->text, "%s sends", m->from);
	return true;
}

static void kill_destination_if(struct migration *m, const char *phase)
{
	if (fails(m, phase))
		machine_kill(&m->dst);
}

static bool destination_is_there(struct migration *m)
{
	if (!machine_lives(&m->dst))
		buf_printf(&m->why, "QEMU on %s has gone", m->to);
	return !m->why.len;
}

static bool precopy(struct migration *m)
{
	struct progress p = { .wanted = true };

	kill_destination_if(m, "precopy");
	if (!await(m, "pre-switchover", "", PRECOPY_MS, &p) || !destination_is_there(m))
		return false;
	buf_printf(&m->text, "%.0f rounds over the memory", p.round);
	return true;
}

static bool stun(struct migration *m)
{
	struct progress none = { 0 };
	char status[32];

	m->stopped_ns = clock_ns();
	if (!machine_status(&m->src, status, sizeof(status), &m->why))
		return false;
	if (!strcmp(status, "running")) {
		buf_printf(&m->why, "the guest still runs on %s", m->from);
		return false;
	}
	if (fails(m, "stun"))
		return qmp_do(&m->src.qmp, "migrate_cancel", NULL, &m->why) &&
		       await(m, "none", "", LAST_CHANGES_MS, &none);
	buf_printf(&m->text, "the guest stands still on %s", m->from);
	return true;
}

static bool last_changes(struct migration *m)
{
	struct progress none = { 0 };

	kill_destination_if(m, "last-changes");
	if (!qmp_do(&m->src.qmp, "migrate-continue",
		    with_text("state", "pre-switchover"), &m->why) ||
	    !await(m, "completed", "", LAST_CHANGES_MS, &none))
		return false;
	buf_printf(&m->text, "%s has sent all there is", m->from);
	return true;
}

/* The destination has taken all in when it is paused. */
static bool await_arrival(struct migration *m)
{
	int64_t until_ms = clock_ms() + LAST_CHANGES_MS;
	char status[32] = "";

	while (strcmp(status, "paused")) {
		if (!destination_is_there(m) ||
		    !machine_status(&m->dst, status, sizeof(status), &m->why))
			return false;
		if (strcmp(status, "paused") && clock_ms() > until_ms) {
			buf_printf(&m->why, "%s has not taken all in: %s",
				   m->to, status);
			return false;
		}
		cJSON_Delete(qmp_event(&m->dst.qmp, 5));
	}
	return true;
}

static bool switch_over(struct migration *m)
{
	kill_destination_if(m, "switch-over");
	if (!await_arrival(m) || asked_to_end(m) ||
	    !machine_set_current(m->to, &m->why))
		return false;
	buf_printf(&m->text, "%s has it all", m->to);
	return true;
}

/*
 * The guest's ports hear of the change of hosts by a timer of the machine's
 * clock, at its first turn.  The simulated host must not connect before that,
 * or the guest would not see that it went: two answers say that a turn is over.
 */
static bool let_ports_settle(struct migration *m)
{
	return is_running(&m->dst, &m->why) && is_running(&m->dst, &m->why);
}

static bool resume(struct migration *m)
{
	int64_t ns = 0;

	kill_destination_if(m, "resume");
	if (!qmp_do(&m->dst.qmp, "cont", NULL, &m->why))
		return false;
	m->resumed = true;
	add_number(m, "outage_ms", (clock_ns() - m->stopped_ns) / 1e6);
	if (m->opt->stun_ms) {
		ns = machine_stun(&m->dst, m->opt->stun_ms, &m->why);
		add_number(m, "stun_ms", ns / 1e6);
		m->result.stun_ms = ns / 1e6;
	}
	buf_printf(&m->text, "the guest runs on %s", m->to);
	if (ns)
		buf_printf(&m->text, ", after %.3f ms in which its process was stopped",
			   ns / 1e6);
	return !m->why.len && let_ports_settle(m);
}

static void take_downtime(struct migration *m)
{
	cJSON *json = query(m);

	m->result.downtime_ms = qmp_number(json, "downtime");
	cJSON_Delete(json);
}

static bool complete_source(struct migration *m)
{
	int patience_ms = QUIT_MS;

	take_downtime(m);
	if (fails(m, "complete-source")) {
		patience_ms = SHORT_QUIT_MS;
		kill(m->src.pid, SIGSTOP);
	}
	if (!machine_end(&m->src, patience_ms))
		buf_printf(&m->why, "QEMU on %s did not quit in %d ms: killed",
			   m->from, patience_ms);
	phases_tidy(m->from);
	buf_printf(&m->text, "nothing is left on %s", m->from);
	return !m->why.len;
}

static bool complete_destination(struct migration *m)
{
	struct host_path path = machine_path(m->to, "reserved");
	bool failed;

	if (fails(m, "complete-destination")) {
		unlink(path.s);
		mkdir(path.s, 0755);
	}
	failed = unlink(path.s);
	if (failed)
		buf_printf(&m->why, "%s: %s: removed otherwise", path.s,
			   strerror(errno));
	if (failed)
		rmdir(path.s);
	unlink(SOCKET);
	m->reserved = false;
	buf_printf(&m->text, "the reservation on %s is released", m->to);
	return !failed;
}

static bool announce_end(struct migration *m)
{
	if (!m->announced) {
		buf_printf(&m->text, "was not announced: nobody to tell");
		return true;
	}
	m->announced = false;
	if (fails(m, "end")) {
		buf_printf(&m->why, "lost: it is never announced");
		return false;
	}
	if (!sim_end(m->id, "success", &m->why))
		return false;
	buf_printf(&m->text, "announced: success");
	return true;
}

const struct phase phases[] = {
	{ "precheck", precheck, "the guest is paused" },
	{ "select-destination", select_destination,
	  "a QEMU runs on the destination" },
	{ "check-compatibility", check_compatibility,
	  "the destination has another CPU" },
	{ "reserve", reserve, "the destination is reserved for another" },
	{ "prepare-source", prepare_source,
	  "QEMU is given a limit that it does not take" },
	{ "notify", notify, "the host gives up waiting for the ack" },
	{ "prepare-destination", prepare_destination,
	  "QEMU is given a device that it does not know" },
	{ "initiate-destination", initiate_destination,
	  "it is to listen where it cannot" },
	{ "initiate-source", initiate_source,
	  "it is to send where nobody listens" },
	{ "precopy", precopy, "the destination's process is killed" },
	{ "stun", stun, "the migration is cancelled in QEMU" },
	{ "last-changes", last_changes, "the destination's process is killed" },
	{ "switch-over", switch_over, "the destination's process is killed" },
	{ "resume", resume, "the destination's process is killed" },
	{ "complete-source", complete_source,
	  "the old process hangs, and is killed" },
	{ "complete-destination", complete_destination,
	  "the reservation is not what it was" },
	{ "end", announce_end, "it is never announced" },
	{ 0 }
};

const struct phase *phases_find(const char *name)
{
	const struct phase *phase;

	for (phase = phases; phase->name; phase++)
		if (!strcmp(phase->name, name))
			return phase;
	return NULL;
}

/* Undoing */

void phases_tidy(const char *host)
{
	struct dirent *entry;
	struct stat st;
	DIR *dir;

	if (machine_pid(host))
		return;
	dir = opendir(host);
	while (dir && (entry = readdir(dir)))
		if (!fstatat(dirfd(dir), entry->d_name, &st,
			     AT_SYMLINK_NOFOLLOW) && S_ISSOCK(st.st_mode))
			unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
	unlink(machine_path(host, "qemu.pid").s);
}

/* What QEMU sends is cancelled, and it has seen to that. */
static bool cancel_sending(struct machine *src, struct buf *why)
{
	bool under_way = true;
	cJSON *json;

	if (!qmp_do(&src->qmp, "migrate_cancel", NULL, why))
		return false;
	while (under_way) {
		json = qmp_command(&src->qmp, "query-migrate", NULL, why);
		if (!json)
			return false;
		under_way = is_under_way(qmp_text(json, "status"));
		cJSON_Delete(json);
		if (under_way)
			cJSON_Delete(qmp_event(&src->qmp, 20));
	}
	return true;
}

/* QEMU lets it run itself, or is to be told, but not before it is ready. */
static bool go_on_at_source(struct machine *src, struct buf *why)
{
	int64_t until_ms = clock_ms() + GO_ON_MS;
	char status[32] = "";

	if (!cancel_sending(src, why))
		return false;
	while (machine_status(src, status, sizeof(status), why)) {
		if (!strcmp(status, "running"))
			return true;
		if (clock_ms() > until_ms)
			break;
		buf_reset(why);
		if (!qmp_do(&src->qmp, "cont", NULL, why))
			cJSON_Delete(qmp_event(&src->qmp, 10));
	}
	buf_printf(why, "the guest does not go on at %s: %s", src->host, status);
	return false;
}

bool phases_undo(struct migration *m)
{
	bool good = true;

	machine_end(&m->dst, 0);
	phases_tidy(m->to);
	if (machine_current() != m->from)
		good = machine_set_current(m->from, &m->why);
	if (m->ran)
		good = go_on_at_source(&m->src, &m->why) && good;
	if (m->reserved)
		unlink(machine_path(m->to, "reserved").s);
	m->reserved = false;
	unlink(SOCKET);
	return good;
}
