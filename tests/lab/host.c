// SPDX-License-Identifier: GPL-2.0
#include "host.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

#define PREFIX		"vm-operation-notification."
#define MEGABYTES	(4 * 1024 * 1024)

#define NOT_ENABLED	"VM operation notification not enabled on this VM"
#define NO_TOKEN	"Could not find application with the token."
#define TOO_MANY	"Failed to register additional apps. " \
			"Max allowed limit of 1 concurrent apps already " \
			"registered."

/* These replies are not documented: what the lab says is its own. */
#define BAD_REGISTER	"appName and notificationTypes are needed"
#define BAD_OPERATION	"operationId is needed"
#define NO_OPERATION	"Could not find operation with the id."

static char *copy(const char *text)
{
	char *s = strdup(text);

	if (!s)
		abort();
	return s;
}

static void *zalloc(size_t size)
{
	void *p = calloc(1, size);

	if (!p)
		abort();
	return p;
}

/* Timeouts */

/* Shown for the host's own timeout as long as nobody has set it: it is 0. */
#define SHOWN_UNSET	1800

int64_t host_shown_timeout(const struct host *h)
{
	return h->host_timeout_s < 0 ? SHOWN_UNSET : h->host_timeout_s;
}

/* In force is the smaller one of the host's and the machine's. */
int64_t host_timeout(const struct host *h)
{
	int64_t timeout_s = h->host_timeout_s < 0 ? 0 : h->host_timeout_s;

	if (h->vm_timeout_s < timeout_s)
		timeout_s = h->vm_timeout_s;
	return timeout_s < 0 ? 0 : timeout_s;
}

void host_set_timeout(struct host *h, int64_t timeout_s)
{
	h->host_timeout_s = timeout_s < 0 ? 0 : timeout_s;
	h->vm_timeout_s = timeout_s;
}

/* Operations and events */

struct op *host_op(struct host *h, uint64_t id)
{
	struct op *op;

	for (op = h->ops; op && op->id != id; op = op->next)
		;
	return op;
}

struct op *host_last_start(struct host *h)
{
	struct op *op;

	for (op = h->ops; op && strcmp(op->kind, "start"); op = op->next)
		;
	return op;
}

static struct op *op_new(struct host *h, struct now now, uint64_t id,
			 const char *kind, const char *type)
{
	struct op *op = zalloc(sizeof(*op));

	op->id = id;
	op->kind = kind;
	op->type = copy(type);
	op->queued_ms = now.ms;
	op->delivered_ms = -1;
	op->deadline_ms = -1;
	op->next = h->ops;
	h->ops = op;
	return op;
}

/* Takes over @text. */
static void event_queue(struct host *h, uint64_t id, char *text)
{
	struct event *e = zalloc(sizeof(*e));
	struct event **last = &h->events;

	e->id = id;
	e->text = text;
	while (*last)
		last = &(*last)->next;
	*last = e;
	h->queued++;
}

static void event_drop(struct host *h)
{
	struct event *e = h->events;

	h->events = e->next;
	free(e->text);
	free(e);
}

/* The application */

void host_forget(struct host *h)
{
	free(h->app_name);
	free(h->app_types);
	h->app_name = NULL;
	h->app_types = NULL;
	while (h->events)
		event_drop(h);
}

static void new_token(struct host *h)
{
	uint64_t a = h->random(), b = h->random();

	snprintf(h->token, sizeof(h->token),
		 "%08x-%04x-%04x-%04x-%012" PRIx64,
		 (unsigned int)(a >> 32), (unsigned int)(a >> 16) & 0xffff,
		 (unsigned int)a & 0xffff, (unsigned int)(b >> 48),
		 b << 16 >> 16);
}

/* Replies */

static void fail(struct buf *reply, const char *rpc, const char *text)
{
	buf_reset(reply);
	buf_printf(reply,
		   "0 {\"version\":\"1.0.0\", \"result\": false, "
		   "\"errorMessage\": \"" PREFIX "%s: Invalid input: %s, "
		   "please see schema for detail and examples\" }", rpc, text);
}

static void answer(struct buf *reply, const char *rest)
{
	buf_printf(reply, "1 {\"version\":\"1.0.0\", \"result\": true%s }",
		   rest);
}

static void rpc_register(struct host *h, const char *arg, struct buf *reply)
{
	char *name = json_string(arg, "appName");
	char *types = json_strings(arg, "notificationTypes");

	if (!name || !*name || !types) {
		fail(reply, "register", BAD_REGISTER);
	} else if (h->vm_timeout_s <= 0) {
		fail(reply, "register", NOT_ENABLED);
	} else if (h->app_name) {
		fail(reply, "register", TOO_MANY);
	} else {
		new_token(h);
		h->app_name = name;
		h->app_types = types;
		h->registrations++;
		buf_printf(reply,
			   "1 {\"version\":\"1.0.0\", \"result\": true, "
			   "\"guaranteed\": %s, \"uniqueToken\": \"%s\", "
			   "\"notificationTimeoutInSec\": %" PRId64 " }",
			   h->guaranteed ? "true" : "false", h->token,
			   host_timeout(h));
		return;
	}
	free(name);
	free(types);
}

static void rpc_list(struct host *h, struct buf *reply)
{
	struct buf rest = { 0 };

	buf_printf(&rest, ", \"info\": [");
	if (h->app_name) {
		buf_printf(&rest, "     {\"appName\": ");
		json_quote(&rest, h->app_name);
		buf_printf(&rest, ", \"notificationTypes\": %s}",
			   h->app_types);
	}
	buf_printf(&rest, "]");
	answer(reply, rest.data);
	buf_free(&rest);
}

static bool has_token(struct host *h, const char *arg, const char *rpc,
		      struct buf *reply)
{
	char *token = json_string(arg, "uniqueToken");
	bool good = token && h->app_name && !strcmp(token, h->token);

	free(token);
	if (!good) {
		h->bad_tokens++;
		fail(reply, rpc, NO_TOKEN);
	}
	return good;
}

static void rpc_unregister(struct host *h, const char *arg, struct buf *reply)
{
	if (!has_token(h, arg, "unregister", reply))
		return;
	host_forget(h);
	h->unregistrations++;
	answer(reply, "");
}

static void rpc_check(struct host *h, struct now now, const char *arg,
		      struct buf *reply)
{
	struct op *op;

	if (!has_token(h, arg, "check-for-event", reply))
		return;
	if (!h->events) {
		answer(reply, "");
		return;
	}
	buf_printf(reply, "1 %s", h->events->text);
	op = host_op(h, h->events->id);
	if (op && op->delivered_ms < 0)
		op->delivered_ms = now.ms;
	h->delivered++;
	event_drop(h);
}

/* What the lab says to a second or late ack is its own, too. */
static const char *take_ack(struct host *h, struct now now, struct op *op)
{
	const char *status = "ack_received";

	h->acks++;
	if (op->acks) {
		h->double_acks++;
		status = "ack_already_received";
	} else if (op->timed_out || op->ended) {
		h->late_acks++;
		status = "ack_too_late";
	}
	if (op->acks < HOST_ACKS_KEPT)
		op->acks_ms[op->acks] = now.ms;
	op->acks++;
	return status;
}

static void rpc_ack(struct host *h, struct now now, const char *arg,
		    struct buf *reply)
{
	const char *status;
	struct op *op;
	uint64_t id;

	if (!has_token(h, arg, "ack-event", reply))
		return;
	if (!json_u64(arg, "operationId", &id)) {
		fail(reply, "ack-event", BAD_OPERATION);
		return;
	}
	op = host_op(h, id);
	if (!op)
		op = op_new(h, now, id, "unknown", "");
	status = take_ack(h, now, op);
	if (!strcmp(op->kind, "unknown")) {
		h->unknown_acks++;
		fail(reply, "ack-event", NO_OPERATION);
		return;
	}
	buf_printf(reply, "1 {\"version\":\"1.0.0\", \"result\": true, "
		   "\"operationId\": %" PRIu64 ",  \"ackStatus\": \"%s\" }",
		   id, status);
}

static const char *const known_rpcs[] = {
	"register", "list", "unregister", "check-for-event", "ack-event",
};

static bool is_known(const char *rpc)
{
	size_t i;

	for (i = 0; i < sizeof(known_rpcs) / sizeof(*known_rpcs); i++)
		if (!strcmp(rpc, known_rpcs[i]))
			return true;
	return false;
}

static void dispatch(struct host *h, struct now now, const char *rpc,
		     const char *arg, struct buf *reply)
{
	if (!is_known(rpc))
		buf_printf(reply, "0 Unknown command");
	else if (!h->enabled)
		fail(reply, rpc, NOT_ENABLED);
	else if (!strcmp(rpc, "list"))
		rpc_list(h, reply);
	else if (!json_is_object(arg))
		fail(reply, rpc, "not a JSON object");
	else if (!strcmp(rpc, "register"))
		rpc_register(h, arg, reply);
	else if (!strcmp(rpc, "unregister"))
		rpc_unregister(h, arg, reply);
	else if (!strcmp(rpc, "check-for-event"))
		rpc_check(h, now, arg, reply);
	else
		rpc_ack(h, now, arg, reply);
}

/* Misbehaviour */

static const struct {
	const char *name;
	enum misbehaviour mode;
} modes[] = {
	{ "none", BEHAVE },
	{ "hang", MISBEHAVE_HANG },
	{ "down", MISBEHAVE_DOWN },
	{ "garbage", MISBEHAVE_GARBAGE },
	{ "megabytes", MISBEHAVE_MEGABYTES },
	{ "text", MISBEHAVE_TEXT },
	{ "unknown", MISBEHAVE_UNKNOWN },
	{ "forget", MISBEHAVE_FORGET },
	{ "not-enabled", MISBEHAVE_NOT_ENABLED },
	{ "truncated", MISBEHAVE_TRUNCATED },
	{ "slow", MISBEHAVE_SLOW },
};

/* @count: for so many RPCs, -1 for all; @rpc: that one only, NULL for all. */
bool host_misbehave(struct host *h, const char *mode, const char *rpc,
		    int64_t count)
{
	size_t len = strcspn(mode, "=");
	char *end = "";
	int64_t ms = 0;
	size_t i;

	for (i = 0; i < sizeof(modes) / sizeof(*modes); i++)
		if (strlen(modes[i].name) == len &&
		    !memcmp(modes[i].name, mode, len))
			break;
	if (i == sizeof(modes) / sizeof(*modes))
		return false;
	if ((modes[i].mode == MISBEHAVE_SLOW) != (mode[len] == '='))
		return false;
	if (mode[len])
		ms = strtoll(mode + len + 1, &end, 10);
	if (*end || ms < 0)
		return false;
	free(h->mode_rpc);
	h->mode = modes[i].mode;
	h->mode_rpc = rpc ? copy(rpc) : NULL;
	h->mode_left = count;
	h->mode_slow_ms = ms;
	return true;
}

static enum misbehaviour misbehaviour_of(struct host *h, const char *rpc)
{
	if (!h->mode_left || (h->mode_rpc && strcmp(h->mode_rpc, rpc)))
		return BEHAVE;
	if (h->mode_left > 0)
		h->mode_left--;
	return h->mode;
}

/* Anything but NUL, of which a C program would not see what follows. */
static void garbage(struct host *h, struct buf *reply)
{
	unsigned char byte;
	int i;

	buf_printf(reply, "1 ");
	for (i = 0; i < 256; i++) {
		byte = h->random() % 255 + 1;
		buf_add(reply, &byte, 1);
	}
}

/* A valid reply but for its size. */
static void megabytes(struct buf *reply)
{
	struct buf rest = { 0 };
	int i;

	buf_printf(&rest, ", \"padding\": \"");
	for (i = 0; i < MEGABYTES / 16; i++)
		buf_add(&rest, "sixteen bytes...", 16);
	buf_printf(&rest, "\"");
	answer(reply, rest.data);
	buf_free(&rest);
}

/* Whether the RPC was answered, or left unanswered, instead of acted on. */
static bool misbehave(struct host *h, enum misbehaviour mode, const char *rpc,
		      struct buf *reply)
{
	switch (mode) {
	case MISBEHAVE_HANG:
	case MISBEHAVE_DOWN:
		return true;
	case MISBEHAVE_GARBAGE:
		garbage(h, reply);
		return true;
	case MISBEHAVE_MEGABYTES:
		megabytes(reply);
		return true;
	case MISBEHAVE_TEXT:
		buf_printf(reply, "0 Permission denied");
		return true;
	case MISBEHAVE_UNKNOWN:
		buf_printf(reply, "0 Unknown command");
		return true;
	case MISBEHAVE_FORGET:
		fail(reply, rpc, NO_TOKEN);
		return true;
	case MISBEHAVE_NOT_ENABLED:
		fail(reply, rpc, NOT_ENABLED);
		return true;
	default:
		return false;
	}
}

void host_reply(struct host *h, const char *rpc, const char *text)
{
	struct canned *c = zalloc(sizeof(*c));
	struct canned **last = &h->canned;

	c->rpc = copy(rpc);
	c->text = copy(text);
	while (*last)
		last = &(*last)->next;
	*last = c;
}

static bool canned_reply(struct host *h, const char *rpc, struct buf *reply)
{
	struct canned **at = &h->canned;
	struct canned *c;

	while (*at && strcmp((*at)->rpc, rpc))
		at = &(*at)->next;
	c = *at;
	if (!c)
		return false;
	*at = c->next;
	if (reply)
		buf_printf(reply, "%s", c->text);
	free(c->rpc);
	free(c->text);
	free(c);
	return true;
}

/* Answers "vm-operation-notification.NAME ARGUMENT" */
struct verdict host_rpc(struct host *h, struct now now, const char *request,
			struct buf *reply)
{
	size_t len = strcspn(request, " ");
	const char *arg = request + len + strspn(request + len, " ");
	struct verdict verdict = { 0 };
	enum misbehaviour mode;
	char rpc[64] = "";

	host_tick(h, now);
	buf_reset(reply);
	if (len < strlen(PREFIX) + sizeof(rpc) &&
	    !strncmp(request, PREFIX, strlen(PREFIX)))
		memcpy(rpc, request + strlen(PREFIX), len - strlen(PREFIX));

	h->polls += !strcmp(rpc, "check-for-event");
	mode = misbehaviour_of(h, rpc);
	if (!misbehave(h, mode, rpc, reply) && !canned_reply(h, rpc, reply))
		dispatch(h, now, rpc, arg, reply);

	verdict.hang = mode == MISBEHAVE_HANG;
	verdict.down = mode == MISBEHAVE_DOWN;
	if (mode == MISBEHAVE_SLOW)
		verdict.delay_ms = h->mode_slow_ms;
	if (mode == MISBEHAVE_TRUNCATED) {
		reply->len /= 2;
		reply->data[reply->len] = 0;
	}
	return verdict;
}

/* What the host announces */

/* Always above 2^53, where a double no longer holds every number. */
static uint64_t new_id(struct host *h)
{
	return h->random() | 1ULL << 62 | 1;
}

struct op *host_start(struct host *h, struct now now, const struct start *s)
{
	const char *type = s->type ? s->type : "host-migration";
	int64_t timeout = s->timeout_s, dest = s->dest_timeout_s;
	struct buf text = { 0 };
	struct op *op;

	if (timeout < 0)
		timeout = host_timeout(h);
	if (dest < 0)
		dest = h->dest_timeout_s;
	op = op_new(h, now, s->has_id ? s->id : new_id(h), "start", type);
	op->from_ms = now.ms - s->age_s * 1000;
	op->deadline_ms = op->from_ms + timeout * 1000;
	buf_printf(&text,
		   "{\"version\":\"1.0.0\", \"result\": true, "
		   "\"eventType\": \"start\",  \"opType\": \"%s\", "
		   "\"eventGenTimeInSec\": %" PRId64 ", "
		   "\"notificationTimeoutInSec\": %" PRId64 ", "
		   "\"destNotificationTimeoutInSec\": %" PRId64 ", "
		   "\"notificationTypes\": [\"sla-miss\"],  "
		   "\"operationId\": %" PRIu64 " }",
		   type, now.wall_ms / 1000 - s->age_s, timeout, dest, op->id);
	event_queue(h, op->id, text.data);
	return op;
}

void host_end(struct host *h, struct now now, uint64_t id, const char *status)
{
	struct op *op = host_op(h, id);
	struct buf text = { 0 };

	if (op)
		op->ended = true;
	buf_printf(&text,
		   "{\"version\":\"1.0.0\",  \"result\": true, "
		   "\"eventType\": \"end\",  \"opType\": \"%s\", "
		   "\"opStatus\": \"%s\", "
		   "\"eventGenTimeInSec\": %" PRId64 ", "
		   "\"notificationTypes\": [\"sla-miss\"],  "
		   "\"operationId\": %" PRIu64 " }",
		   op ? op->type : "host-migration", status,
		   now.wall_ms / 1000, id);
	event_queue(h, id, text.data);
}

/* The change moves the deadline of a start that is still awaited. */
struct op *host_timeout_change(struct host *h, struct now now, int64_t new_s)
{
	struct op *start = host_last_start(h);
	struct buf text = { 0 };
	struct op *op;

	if (start && !start->acks && !start->ended && !start->timed_out)
		start->deadline_ms = start->from_ms + new_s * 1000;
	op = op_new(h, now, now.wall_ms * 1000 + h->random() % 1000,
		    "timeout-change", "");
	buf_printf(&text,
		   "{\"version\":\"1.0.0\",  \"result\": true, "
		   "\"eventType\": \"timeout-change\",  "
		   "\"eventGenTimeInSec\": %" PRId64 ", "
		   "\"notificationTimeoutInSec\": %" PRId64 ", "
		   "\"newNotificationTimeoutInSec\": %" PRId64 ", "
		   "\"notificationTypes\": [\"sla-miss\"],  "
		   "\"operationId\": %" PRIu64 " }",
		   now.wall_ms / 1000, host_timeout(h), new_s, op->id);
	event_queue(h, op->id, text.data);
	host_set_timeout(h, new_s);
	return op;
}

/* Queues @text as it is; an operation, if it can be read as one's. */
struct op *host_raw(struct host *h, struct now now, const char *text)
{
	struct op *op = NULL;
	uint64_t id = 0;

	if (json_is_object(text) && json_u64(text, "operationId", &id)) {
		op = host_op(h, id);
		if (!op)
			op = op_new(h, now, id, "raw", "");
	}
	event_queue(h, id, copy(text));
	return op;
}

/* Time and life */

/* The host goes ahead with what was not acked; answers when to look again. */
int64_t host_tick(struct host *h, struct now now)
{
	int64_t next = INT64_MAX;
	struct op *op;

	for (op = h->ops; op; op = op->next) {
		if (op->deadline_ms < 0 || op->acks || op->ended ||
		    op->timed_out)
			continue;
		if (op->deadline_ms <= now.ms) {
			op->timed_out = true;
			h->timeouts++;
		} else if (op->deadline_ms < next) {
			next = op->deadline_ms;
		}
	}
	return next;
}

void host_init(struct host *h, uint64_t (*random)(void))
{
	memset(h, 0, sizeof(*h));
	h->random = random;
	h->enabled = true;
	h->guaranteed = true;
	host_set_timeout(h, 120);
	h->dest_timeout_s = 120;
}

/* Back to how it began. */
void host_reset(struct host *h)
{
	struct op *op;

	host_forget(h);
	while (h->canned)
		canned_reply(h, h->canned->rpc, NULL);
	while ((op = h->ops)) {
		h->ops = op->next;
		free(op->type);
		free(op);
	}
	free(h->mode_rpc);
	host_init(h, h->random);
}
