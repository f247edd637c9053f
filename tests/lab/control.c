// SPDX-License-Identifier: GPL-2.0
#include "control.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

#define MAX_WORDS	16

/* One command; @rest is what follows its name, as it was written. */
struct call {
	struct control *c;
	struct client *client;
	struct now now;
	struct buf *answer;
	char *name;
	char *rest;
	char *word[MAX_WORDS];
	int count;
	const char *error;
};

static void answer_ok(struct buf *answer)
{
	buf_printf(answer, "{\"ok\":true}");
}

static void answer_error(struct buf *answer, const char *error)
{
	buf_printf(answer, "{\"ok\":false,\"error\":");
	json_quote(answer, error);
	buf_printf(answer, "}");
}

/* Words */

static void split(struct call *w)
{
	char *save = NULL;
	char *word;

	for (word = strtok_r(w->rest, " ", &save); word;
	     word = strtok_r(NULL, " ", &save)) {
		if (w->count == MAX_WORDS)
			w->error = "too many words";
		else
			w->word[w->count++] = word;
	}
}

/* Takes "KEY=" out of the words; what is left over is a mistake. */
static const char *take(struct call *w, const char *key)
{
	size_t len = strlen(key);
	int i;

	for (i = 0; i < w->count; i++) {
		char *value = w->word[i];

		if (strncmp(value, key, len) || value[len] != '=')
			continue;
		w->word[i] = w->word[--w->count];
		return value + len + 1;
	}
	return NULL;
}

static const char *take_first(struct call *w)
{
	const char *first = w->count ? w->word[0] : NULL;

	if (!first) {
		w->error = "an argument is missing";
		return "";
	}
	memmove(w->word, w->word + 1, --w->count * sizeof(*w->word));
	return first;
}

static int64_t take_int(struct call *w, const char *key, int64_t otherwise)
{
	const char *text = take(w, key);
	int64_t value;
	char *end;

	if (!text)
		return otherwise;
	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno || end == text || *end)
		w->error = "not a number";
	return value;
}

static bool take_u64(struct call *w, const char *key, uint64_t *value)
{
	const char *text = take(w, key);
	char *end;

	if (!text)
		return false;
	errno = 0;
	*value = strtoull(text, &end, 10);
	if (errno || end == text || *end || *text == '-')
		w->error = "not an operation id";
	return true;
}

/* In milliseconds, of seconds that may have a fraction; 30 s if not said. */
static int64_t take_timeout(struct call *w)
{
	const char *text = take(w, "timeout");
	double value;
	char *end;

	if (!text)
		return 30000;
	value = strtod(text, &end);
	if (end == text || *end || !(value >= 0 && value < 1e6)) {
		w->error = "not a timeout";
		return 0;
	}
	return lround(value * 1000);
}

/* Whether every word was understood; says what is wrong otherwise. */
static bool understood(struct call *w)
{
	if (!w->error && w->count)
		w->error = "unknown argument";
	if (w->error)
		answer_error(w->answer, w->error);
	return !w->error;
}

/* Waiting */

static void describe_op(struct buf *to, const struct op *op)
{
	unsigned int i;

	buf_printf(to, "\"id\":%" PRIu64 ",\"kind\":\"%s\","
		   "\"queued_ms\":%" PRId64 ",\"delivered_ms\":%" PRId64 ","
		   "\"timed_out\":%s,\"ended\":%s,\"acks\":%u,\"acks_ms\":[",
		   op->id, op->kind, op->queued_ms, op->delivered_ms,
		   op->timed_out ? "true" : "false",
		   op->ended ? "true" : "false", op->acks);
	for (i = 0; i < op->acks && i < HOST_ACKS_KEPT; i++)
		buf_printf(to, "%s%" PRId64, i ? "," : "", op->acks_ms[i]);
	buf_printf(to, "]");
}

static void end_wait(struct control *c, const struct wait *w, struct now now,
		     struct buf *answer)
{
	struct op *op = host_op(c->host, w->id);
	bool good = w->kind != WAIT_ACK || (op && op->acks);

	buf_printf(answer, "{\"ok\":%s", good ? "true" : "false");
	if (!good)
		buf_printf(answer, ",\"error\":"
			   "\"the host went ahead without an ack\"");
	if ((w->kind == WAIT_ACK || w->kind == WAIT_ACKS) && op) {
		buf_printf(answer, ",");
		describe_op(answer, op);
	}
	if (w->kind == WAIT_STUN)
		buf_printf(answer, ",\"now_ms\":%" PRId64, now.ms);
	buf_printf(answer, "}");
}

static void give_up(struct control *c, const struct wait *w,
		    struct buf *answer)
{
	struct op *op = host_op(c->host, w->id);

	buf_printf(answer, "{\"ok\":false,\"error\":\"timeout\",\"again\":\"");
	switch (w->kind) {
	case WAIT_ACK:
		buf_printf(answer, "wait-ack id=%" PRIu64, w->id);
		break;
	case WAIT_ACKS:
		buf_printf(answer, "wait-ack id=%" PRIu64 " acks=%" PRIu64,
			   w->id, w->target);
		break;
	case WAIT_POLLS:
		buf_printf(answer, "wait-polls total=%" PRIu64, w->target);
		break;
	case WAIT_UNREGISTERED:
		buf_printf(answer, "wait-unregistered");
		break;
	default:
		buf_printf(answer, "wait-registered");
		break;
	}
	buf_printf(answer, "\"");
	if ((w->kind == WAIT_ACK || w->kind == WAIT_ACKS) && op) {
		buf_printf(answer, ",");
		describe_op(answer, op);
	}
	buf_printf(answer, "}");
}

static bool is_over(struct control *c, const struct wait *w, struct now now)
{
	struct host *h = c->host;
	struct op *op = host_op(h, w->id);

	switch (w->kind) {
	case WAIT_ACK:
		return op && (op->acks || op->timed_out);
	case WAIT_ACKS:
		return op && op->acks >= w->target;
	case WAIT_REGISTERED:
		return h->app_name;
	case WAIT_UNREGISTERED:
		return !h->app_name;
	case WAIT_POLLS:
		return h->polls >= w->target;
	case WAIT_STUN:
		return now.ms >= w->until_ms;
	default:
		return true;
	}
}

/* An end is there when the machine looks, as where it has arrived. */
static void end_stun(struct control *c, const struct wait *w, struct now now)
{
	if (w->id)
		host_end(c->host, now, w->id, "success");
	c->stun(false);
}

/* Whether the client's wait came to its end, with what it is answered. */
bool control_wait(struct control *c, struct client *client, struct now now,
		  struct buf *answer)
{
	struct wait *w = &client->wait;
	bool over;

	if (!w->kind)
		return false;
	over = is_over(c, w, now);
	if (!over && now.ms < w->until_ms)
		return false;
	if (w->kind == WAIT_STUN)
		end_stun(c, w, now);
	buf_printf(answer, "%s", client->tag);
	if (over)
		end_wait(c, w, now, answer);
	else
		give_up(c, w, answer);
	buf_printf(answer, "\n");
	w->kind = WAIT_NONE;
	return true;
}

/* The client is going: what it began and nobody else would end ends now. */
void control_gone(struct control *c, struct client *client)
{
	if (client->wait.kind == WAIT_STUN)
		c->stun(false);
	client->wait.kind = WAIT_NONE;
}

static void begin_wait(struct call *w)
{
	struct op *last = host_last_start(w->c->host);
	struct wait *wait = &w->client->wait;
	int64_t n;

	wait->until_ms = w->now.ms + take_timeout(w);
	if (!strcmp(w->name, "wait-ack")) {
		n = take_int(w, "acks", 0);
		wait->kind = n > 0 ? WAIT_ACKS : WAIT_ACK;
		wait->target = n;
		if (!take_u64(w, "id", &wait->id) && last)
			wait->id = last->id;
	} else if (!strcmp(w->name, "wait-polls")) {
		wait->kind = WAIT_POLLS;
		if (!take_u64(w, "total", &wait->target))
			wait->target = w->c->host->polls + take_int(w, "n", 1);
	} else if (!strcmp(w->name, "wait-registered")) {
		wait->kind = WAIT_REGISTERED;
	} else {
		wait->kind = WAIT_UNREGISTERED;
	}
	if (!understood(w))
		wait->kind = WAIT_NONE;
}

static void begin_stun(struct call *w)
{
	int64_t ms = strtoll(take_first(w), NULL, 10);
	struct op *last = host_last_start(w->c->host);
	struct wait *wait = &w->client->wait;

	wait->id = 0;
	if (w->count && !strcmp(w->word[0], "end")) {
		take_first(w);
		wait->id = last ? last->id : 0;
	}
	if (!understood(w))
		return;
	if (ms <= 0 || ms > 60000) {
		answer_error(w->answer, "not a time in milliseconds");
	} else if (!w->c->stun(true)) {
		answer_error(w->answer, "the machine's process is not known");
	} else {
		wait->kind = WAIT_STUN;
		wait->until_ms = w->now.ms + ms;
	}
}

/* Commands that are answered at once */

static void answer_op(struct buf *answer, const struct op *op)
{
	if (op)
		buf_printf(answer, "{\"ok\":true,\"id\":%" PRIu64 "}", op->id);
	else
		answer_ok(answer);
}

static bool nobody(struct call *w)
{
	if (!w->c->host->app_name)
		answer_error(w->answer, "no application is registered");
	return !w->c->host->app_name;
}

static void do_start(struct call *w)
{
	struct start s = { 0 };

	s.has_id = take_u64(w, "id", &s.id);
	s.type = take(w, "type");
	s.timeout_s = take_int(w, "timeout", -1);
	s.dest_timeout_s = take_int(w, "dest_timeout", -1);
	s.age_s = take_int(w, "age", 0);
	if (understood(w) && !nobody(w))
		answer_op(w->answer, host_start(w->c->host, w->now, &s));
}

static void do_end(struct call *w)
{
	struct op *last = host_last_start(w->c->host);
	const char *status = take(w, "status");
	uint64_t id = 0;

	if (!take_u64(w, "id", &id) && last)
		id = last->id;
	if (!understood(w) || nobody(w))
		return;
	host_end(w->c->host, w->now, id, status ? status : "success");
	buf_printf(w->answer, "{\"ok\":true,\"id\":%" PRIu64 "}", id);
}

static void do_timeout_change(struct call *w)
{
	int64_t new_s = take_int(w, "new", -1);

	if (!w->error && new_s < 0)
		w->error = "new= is needed, 0 or more";
	if (!understood(w) || nobody(w))
		return;
	answer_op(w->answer, host_timeout_change(w->c->host, w->now, new_s));
}

static void do_raw(struct call *w)
{
	if (!nobody(w))
		answer_op(w->answer, host_raw(w->c->host, w->now, w->rest));
}

static void do_reply(struct call *w)
{
	char *text = w->rest + strcspn(w->rest, " ");

	if (*text)
		*text++ = 0;
	host_reply(w->c->host, w->rest, text);
	answer_ok(w->answer);
}

static void do_misbehave(struct call *w)
{
	const char *rpc = take(w, "rpc");
	int64_t count = take_int(w, "count", -1);
	const char *mode = take_first(w);

	if (!understood(w))
		return;
	if (host_misbehave(w->c->host, mode, rpc, count))
		answer_ok(w->answer);
	else
		answer_error(w->answer, "unknown mode");
}

static int64_t take_host_timeout(struct call *w, int64_t otherwise)
{
	int64_t timeout_s;
	int i;

	for (i = 0; i < w->count; i++) {
		if (!strcmp(w->word[i], "host_timeout=unset")) {
			take(w, "host_timeout");
			return -1;
		}
	}
	timeout_s = take_int(w, "host_timeout", otherwise);
	if (timeout_s < 0 && timeout_s != otherwise)
		w->error = "not a timeout";
	return timeout_s;
}

static void do_set(struct call *w)
{
	struct host *h = w->c->host;
	struct host new = *h;
	int64_t timeout_s = take_int(w, "timeout", INT64_MIN);

	if (timeout_s != INT64_MIN)
		host_set_timeout(&new, timeout_s);
	new.host_timeout_s = take_host_timeout(w, new.host_timeout_s);
	new.vm_timeout_s = take_int(w, "vm_timeout", new.vm_timeout_s);
	new.dest_timeout_s = take_int(w, "dest_timeout", new.dest_timeout_s);
	new.guaranteed = take_int(w, "guaranteed", new.guaranteed);
	if (!understood(w))
		return;
	*h = new;
	answer_ok(w->answer);
}

static void do_simple(struct call *w)
{
	if (!understood(w))
		return;
	if (!strcmp(w->name, "forget"))
		host_forget(w->c->host);
	else if (!strcmp(w->name, "reset"))
		host_reset(w->c->host);
	else if (!strcmp(w->name, "quit"))
		w->c->quit = true;
	else
		w->c->host->enabled = !strcmp(w->name, "enable");
	answer_ok(w->answer);
}

static void do_stats(struct call *w)
{
	struct host *h = w->c->host;
	const struct {
		const char *name;
		uint64_t value;
	} counters[] = {
		{ "now_ms", w->now.ms },
		{ "registrations", h->registrations },
		{ "unregistrations", h->unregistrations },
		{ "polls", h->polls },
		{ "acks", h->acks },
		{ "double_acks", h->double_acks },
		{ "late_acks", h->late_acks },
		{ "unknown_acks", h->unknown_acks },
		{ "bad_tokens", h->bad_tokens },
		{ "queued", h->queued },
		{ "delivered", h->delivered },
		{ "timeouts", h->timeouts },
	};
	struct op *op;
	size_t i;

	if (!understood(w))
		return;
	buf_printf(w->answer, "{\"ok\":true,\"registered\":%s",
		   h->app_name ? "true" : "false");
	for (i = 0; i < sizeof(counters) / sizeof(*counters); i++)
		buf_printf(w->answer, ",\"%s\":%" PRIu64, counters[i].name,
			   counters[i].value);
	buf_printf(w->answer, ",\"timeout_s\":%" PRId64
		   ",\"host_timeout_s\":%" PRId64 ",\"vm_timeout_s\":%" PRId64,
		   host_timeout(h), host_shown_timeout(h), h->vm_timeout_s);
	buf_printf(w->answer, ",\"operations\":[");
	for (op = h->ops; op; op = op->next) {
		buf_printf(w->answer, "{");
		describe_op(w->answer, op);
		buf_printf(w->answer, "}%s", op->next ? "," : "");
	}
	buf_printf(w->answer, "]}");
}

static const struct command {
	const char *name;
	void (*run)(struct call *w);
	bool verbatim;
} commands[] = {
	{ "start", do_start },
	{ "end", do_end },
	{ "timeout-change", do_timeout_change },
	{ "raw", do_raw, .verbatim = true },
	{ "reply", do_reply, .verbatim = true },
	{ "misbehave", do_misbehave },
	{ "set", do_set },
	{ "forget", do_simple },
	{ "enable", do_simple },
	{ "disable", do_simple },
	{ "reset", do_simple },
	{ "quit", do_simple },
	{ "stats", do_stats },
	{ "stun", begin_stun },
	{ "wait-ack", begin_wait },
	{ "wait-polls", begin_wait },
	{ "wait-registered", begin_wait },
	{ "wait-unregistered", begin_wait },
};

static void run(struct call *w)
{
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		if (strcmp(commands[i].name, w->name))
			continue;
		if (!commands[i].verbatim)
			split(w);
		commands[i].run(w);
		return;
	}
	answer_error(w->answer, "unknown command");
}

/* Runs a line, which it changes; @answer stays empty if the client waits. */
void control_line(struct control *c, struct client *client, struct now now,
		  char *line, struct buf *answer)
{
	struct call w = {
		.c = c,
		.client = client,
		.now = now,
		.answer = answer,
		.name = line,
	};

	client->tag[0] = 0;
	if (*line == '#') {
		w.name = line + strcspn(line, " ");
		snprintf(client->tag, sizeof(client->tag), "%.*s ",
			 (int)(w.name - line), line);
		w.name += strspn(w.name, " ");
	}
	w.rest = w.name + strcspn(w.name, " ");
	if (*w.rest)
		*w.rest++ = 0;
	buf_printf(answer, "%s", client->tag);
	run(&w);
	if (client->wait.kind)
		buf_reset(answer);
	else
		buf_printf(answer, "\n");
}
