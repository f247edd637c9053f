// SPDX-License-Identifier: GPL-2.0
/* The bridge between host and kernel. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <vmopnotify.h>

#include "acks.h"
#include "age.h"
#include "bridge.h"
#include "clock.h"
#include "genl.h"
#include "journal.h"
#include "kernel.h"
#include "log.h"
#include "reload.h"
#include "reply.h"
#include "request.h"
#include "rpc.h"
#include "token.h"
#include "trouble.h"

/* Waits between attempts to get the registration, or the kernel. */
#define BACKOFF_MIN_MS		1000
#define BACKOFF_MAX_MS		30000

/* While an operation is open its end is looked for this often. */
#define OPEN_POLL_MS		20

/*
 * The end is due shortly after the stun: so often, and for so long.  What is
 * shorter is told as a stun, too, but may be no more than a busy hypervisor.
 */
#define STUNNED_POLL_MS		5
#define STUNNED_MS		1000
#define STUNNED_MIN_NS		50000000

/* How late a step may be; while idle, one part in so many of its wait. */
#define TIMER_SLACK_US		1000
#define IDLE_LATENESS		4

/* Waits between polls that fail; shorter while an operation is open. */
#define FAILED_POLL_MIN_MS	100
#define FAILED_POLL_MAX_MS	5000
#define FAILED_POLL_OPEN_MS	500

/* "Unknown command" this often in a row, and the service is really gone. */
#define NO_SERVICE_MAX		3

/* An ack that the host does not take is pointless this long after. */
#define ACK_GIVE_UP_NS		(10 * 1000000000LL)
#define TIMEOUT_ACK_TRIES	5

/*
 * An RPC that hangs in the library for this long hangs for good, and no other
 * can be sent: it takes another process, which goes on where this one stands.
 */
#define HUNG_MAX_S		60

/* Where neither the host nor a file says how long it waits. */
#define DEFAULT_TIMEOUT_MS	60000

enum phase {
	PHASE_SEEK,
	PHASE_ATTACH,
	PHASE_RUN,
};

/* The RPC in flight. */
enum call {
	CALL_NONE,
	CALL_PROBE,
	CALL_REGISTER,
	CALL_POLL,
	CALL_ACK,
	CALL_UNREGISTER,
};

/**
 * struct bridge - the daemon
 * @cfg: the configuration
 * @file: where it was read from
 * @loop: the event loop
 * @timer: the next step's time
 * @stop_timer: the end of the time that stopping may take
 * @genl: the kernel
 * @ops: the transport
 * @rpc: its private part
 * @phase: &enum phase
 * @call: &enum call
 * @sent_ms: when @call was sent
 * @calling: what @call acks
 * @overdue: an RPC that went on when its time was over, and whose answer has
 *	not been had yet: &enum call
 * @token: the host's token, empty if there is none
 * @token_refused: the host said that it does not know it
 * @stored: it is on disk
 * @registered: the host does know it
 * @fresh: it was got just now, and the kernel is not attached yet
 * @terms: what the host granted with it
 * @attached: to the kernel
 * @resync: what the kernel said may have been missed: ask it
 * @stopping: told to stop
 * @quitting: the loop is being left
 * @settled: systemd has been told that we are up
 * @open: the kernel has an operation of the host's open
 * @operation_id: its id
 * @acks: the acks that the host is still to be given
 * @held: an event that came before the kernel was attached
 * @has_held: there is one
 * @held_ms: when it came
 * @stunned_ms: when the kernel told last, of this operation, of a stun that was
 *	no short one; 0: of none
 * @empty_ms: at this time the host had no event for us; 0: not known
 * @due_ms: the next attempt, or poll
 * @backoff_ms: the wait after the next attempt that fails
 * @no_service: answers in a row that the host lacks the service
 * @trouble: the failure that goes on
 * @ack_trouble: the same, of acks: polls may go well all the while
 * @journal: the record of operations
 *
 * Times in milliseconds are CLOCK_BOOTTIME: a suspended machine's events age.
 */
struct bridge {
	struct config *cfg;
	const char *file;
	sd_event *loop;
	sd_event_source *timer;
	sd_event_source *stop_timer;
	struct vmop_genl *genl;
	const struct rpc_ops *ops;
	struct rpc *rpc;
	enum phase phase;
	enum call call;
	int64_t sent_ms;
	struct ack calling;
	enum call overdue;
	char token[TOKEN_SIZE];
	bool token_refused;
	bool stored;
	bool registered;
	bool fresh;
	struct terms terms;
	bool attached;
	bool resync;
	bool stopping;
	bool quitting;
	bool settled;
	bool open;
	uint64_t operation_id;
	struct acks acks;
	struct reply held;
	bool has_held;
	int64_t held_ms;
	int64_t stunned_ms;
	int64_t empty_ms;
	int64_t due_ms;
	int64_t backoff_ms;
	unsigned int no_service;
	struct trouble trouble;
	struct trouble ack_trouble;
	struct journal journal;
};

static void step(struct bridge *b);

static int64_t now_ms(void)
{
	return clock_ms(CLOCK_BOOTTIME);
}

/*
 * Has step() called from the loop, not before @at_ms.  While no operation is
 * open nobody is waiting for it: it may be late then by a part of the wait, so
 * that it falls together with what else the machine wakes up for.
 */
static void schedule(struct bridge *b, int64_t at_ms)
{
	int64_t wait_ms = at_ms - now_ms();
	uint64_t slack_us = TIMER_SLACK_US;

	if (wait_ms < 0)
		wait_ms = 0;
	if (!b->open && wait_ms > IDLE_LATENESS)
		slack_us = (uint64_t)wait_ms * 1000 / IDLE_LATENESS;
	sd_event_source_set_time_accuracy(b->timer, slack_us);
	sd_event_source_set_time_relative(b->timer, (uint64_t)wait_ms * 1000);
	sd_event_source_set_enabled(b->timer, SD_EVENT_ONESHOT);
}

static void quit(struct bridge *b, int code)
{
	b->quitting = true;
	sd_event_exit(b->loop, code);
}

/* systemd waits for this: up means attached, or known why not. */
static void settle(struct bridge *b, const char *status)
{
	sd_notifyf(0, "%sSTATUS=%s", b->settled ? "" : "READY=1\n", status);
	b->settled = true;
}

__attribute__((format(printf, 3, 4)))
static void complain(struct bridge *b, int level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (trouble_tell(&b->trouble, level, NULL, now_ms(), fmt, ap))
		settle(b, b->trouble.text);
	va_end(ap);
}

__attribute__((format(printf, 3, 4)))
static void complain_ack(struct bridge *b, uint64_t id, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (trouble_tell(&b->ack_trouble, LOG_WARNING, &id, now_ms(), fmt, ap))
		settle(b, b->ack_trouble.text);
	va_end(ap);
}

static void set_status(struct bridge *b)
{
	char status[256];

	if (b->open)
		snprintf(status, sizeof(status),
			 "operation %" PRIu64 " is open", b->operation_id);
	else
		snprintf(status, sizeof(status),
			 "registered as \"%s\", attached", b->cfg->app_name);
	settle(b, status);
}

static void recovered(struct bridge *b)
{
	if (trouble_over(&b->trouble, now_ms()) && b->attached)
		set_status(b);
}

static void back_off(struct bridge *b)
{
	b->due_ms = now_ms() + b->backoff_ms;
	b->backoff_ms *= 2;
	if (b->backoff_ms > BACKOFF_MAX_MS)
		b->backoff_ms = BACKOFF_MAX_MS;
}

static void back_off_slowly(struct bridge *b)
{
	b->due_ms = now_ms() + BACKOFF_MAX_MS;
}

/* The next phase, at once. */
static void enter(struct bridge *b, enum phase phase)
{
	b->phase = phase;
	b->due_ms = now_ms();
	b->backoff_ms = BACKOFF_MIN_MS;
}

/* The kernel. */

static void set_open(struct bridge *b, bool open, uint64_t id)
{
	if (b->open == open && b->operation_id == id)
		return;
	b->open = open;
	b->operation_id = id;
	b->stunned_ms = 0;
	if (b->attached && b->registered)
		set_status(b);
}

/* Acts on where the kernel stands, whatever was heard before. */
static void take_view(struct bridge *b, const struct kernel_view *v)
{
	bool open = v->open && !(v->flags & VMOPNOTIFY_F_DRILL);

	set_open(b, open, open ? v->operation_id : 0);
	if (open && v->state == VMOPNOTIFY_STATE_QUIESCED &&
	    !(v->flags & VMOPNOTIFY_F_HOST_ACKED))
		acks_add(&b->acks, v->operation_id, true, now_ms());
}

static int on_event(struct bridge *b, struct nlattr **attrs)
{
	uint64_t id = vmop_attr_u64(attrs, VMOPNOTIFY_A_OPERATION_ID, 0);

	journal_event(&b->journal, attrs, b->attached);
	switch (vmop_attr_u32(attrs, VMOPNOTIFY_A_EVENT_TYPE, 0)) {
	case VMOPNOTIFY_EVENT_STUN:
		/* It is over: the end is due, so look for it at once. */
		if (b->open && b->operation_id == id &&
		    vmop_attr_u64(attrs, VMOPNOTIFY_A_STUN_NS, 0) >=
		    STUNNED_MIN_NS)
			b->stunned_ms = now_ms();
		if (b->phase == PHASE_RUN || (b->open && b->stunned_ms))
			b->due_ms = now_ms();
		break;
	case VMOPNOTIFY_EVENT_END:
		/* Also where the kernel gave it up on its own. */
		if (b->open && b->operation_id == id)
			set_open(b, false, 0);
		acks_drop(&b->acks, id, true);
		break;
	default:
		return 0;
	}
	schedule(b, now_ms());
	return 0;
}

/* What the kernel says on its own.  No requests from here: note, and step. */
static int on_kernel(uint8_t cmd, struct nlattr **attrs, void *arg)
{
	struct bridge *b = arg;
	uint64_t id;

	switch (cmd) {
	case VMOPNOTIFY_CMD_UNSPEC:
		log_debug("messages of the kernel were lost: asking it");
		b->resync = true;
		break;
	case VMOPNOTIFY_CMD_READY:
		id = vmop_attr_u64(attrs, VMOPNOTIFY_A_OPERATION_ID, 0);
		log_op(LOG_INFO, id, "all are quiet");
		acks_add(&b->acks, id, true, now_ms());
		break;
	case VMOPNOTIFY_CMD_EVENT:
		return on_event(b, attrs);
	default:
		return 0;
	}
	schedule(b, now_ms());
	return 0;
}

static int on_genl(sd_event_source *source, int fd, uint32_t events,
		   void *arg)
{
	struct bridge *b = arg;
	int ret = vmop_genl_process(b->genl);

	(void)source;
	(void)fd;
	(void)events;
	if (ret < 0) {
		log_err("cannot hear the kernel: %s", strerror(-ret));
		quit(b, 1);
	}
	return 0;
}

/*
 * The kernel refused what the host said, or its answer was lost.  It goes on;
 * but where we may be wrong about where the kernel stands, it is asked.
 */
static void refused(struct bridge *b, int level, int ret, const char *what,
		    uint64_t id, const char *err)
{
	log_op(level, id, "the kernel does not take the %s: %s", what, err);
	if (ret == -ENOTCONN || ret == -ENOENT || ret == -ETIMEDOUT ||
	    ret == -ENOBUFS)
		b->resync = true;
}

static void resync(struct bridge *b)
{
	struct kernel_view v;
	char err[VMOP_ERR_LEN];
	int ret;

	/* What is lost from here on is asked for again, with the next step. */
	b->resync = false;
	ret = kernel_get(b->genl, &v, err);
	if (ret == -ENOBUFS) {
		b->resync = true;
		return;
	}
	if (ret < 0) {
		log_err("cannot ask the kernel where it stands: %s", err);
		quit(b, 1);
		return;
	}
	journal_view(&b->journal, &v);
	if (!b->attached)
		return;
	if (v.helper_pid != (uint32_t)getpid()) {
		log_warn("the kernel does not hold us for attached any more");
		b->attached = false;
		enter(b, PHASE_ATTACH);
		return;
	}
	take_view(b, &v);
}

/* What the host announces. */

static void forward_start(struct bridge *b, const struct reply *r,
			  int64_t came_ms)
{
	uint32_t timeout_ms = r->timeout_ms ? r->timeout_ms :
					      b->terms.timeout_ms;
	int64_t now = now_ms();
	char err[VMOP_ERR_LEN];
	uint32_t age_ms;
	int ret;

	/*
	 * With a stored token the first answer may be an event: then nothing
	 * bounds its age but the machine's uptime, which no token outlives.
	 */
	age_ms = event_age_ms(r->has_time, r->time_s,
			      clock_ms(CLOCK_REALTIME),
			      (uint64_t)(now - b->empty_ms),
			      b->empty_ms ? 0 : AGE_SKEW_MS);
	/* One that waited here is at least that old, whatever clocks say. */
	if (age_ms < now - came_ms)
		age_ms = (uint32_t)(now - came_ms);
	log_op(LOG_INFO, r->operation_id,
	       "the host announces %s, waits %u ms, told %s%u ms ago",
	       r->op_type, timeout_ms, b->empty_ms ? "" : "at least ", age_ms);
	if (event_is_stale(age_ms, timeout_ms)) {
		log_op(LOG_WARNING, r->operation_id,
		       "the host has stopped waiting %u ms ago: nobody is asked to quiesce",
		       age_ms - timeout_ms);
		return;
	}
	ret = kernel_start(b->genl, r->operation_id, r->op_type, timeout_ms,
			   age_ms, err);
	if (!ret || ret == -EALREADY)
		set_open(b, true, r->operation_id);
	if (ret == -EALREADY)
		log_op(LOG_INFO, r->operation_id, "known already");
	else if (ret < 0)
		refused(b, ret == -ESTALE ? LOG_WARNING : LOG_ERR, ret,
			"start", r->operation_id, err);
}

static void forward_end(struct bridge *b, const struct reply *r)
{
	bool success = !strcmp(r->op_status, "success");
	char err[VMOP_ERR_LEN];
	int ret;

	log_op(LOG_INFO, r->operation_id, "the host reports its end: %s",
	       r->op_status);
	ret = kernel_end(b->genl, r->operation_id, success, r->op_status, err);
	if (ret < 0)
		refused(b, LOG_ERR, ret, "end", r->operation_id, err);
	else if (b->open && b->operation_id == r->operation_id)
		set_open(b, false, 0);
	acks_drop(&b->acks, r->operation_id, true);
}

static void forward_timeout_change(struct bridge *b, const struct reply *r)
{
	char err[VMOP_ERR_LEN];
	int ret;

	if (r->timeout_ms) {
		log_info("the host changes its timeout to %u ms",
			 r->timeout_ms);
		b->terms.timeout_ms = r->timeout_ms;
		ret = kernel_timeout_change(b->genl, r->timeout_ms, err);
		if (ret < 0)
			refused(b, LOG_ERR, ret, "change of timeout",
				r->operation_id, err);
		if (terms_store(b->cfg->token_file, &b->terms, err,
				sizeof(err)) < 0)
			log_warn("%s", err);
	}
	acks_add(&b->acks, r->operation_id, false, now_ms());
}

static void forward(struct bridge *b, const struct reply *r, int64_t came_ms)
{
	if (r->warning[0])
		log_op(LOG_WARNING, r->operation_id, "%s event: %s",
		       r->event_word, r->warning);
	switch (r->event) {
	case REPLY_START:
		forward_start(b, r, came_ms);
		break;
	case REPLY_END:
		forward_end(b, r);
		break;
	case REPLY_TIMEOUT_CHANGE:
		forward_timeout_change(b, r);
		break;
	case REPLY_OTHER_EVENT:
		log_warn("event of unknown type \"%s\": ignored",
			 r->event_word);
		break;
	case REPLY_NO_EVENT:
		break;
	}
}

/* RPCs. */

static void on_done(struct rpc_result *result, void *arg);

static void send_call(struct bridge *b, enum call call, const char *request)
{
	b->call = call;
	b->sent_ms = now_ms();
	b->ops->send(b->rpc, request, on_done, b);
}

static void send_with_token(struct bridge *b, enum call call, const char *rpc)
{
	char request[REQUEST_SIZE];

	request_with_token(request, rpc, b->token);
	send_call(b, call, request);
}

static void send_register(struct bridge *b)
{
	char request[REQUEST_SIZE];

	request_register(request, b->cfg->app_name);
	send_call(b, CALL_REGISTER, request);
}

static void send_ack(struct bridge *b, const struct ack *ack)
{
	char request[REQUEST_SIZE];

	b->calling = *ack;
	request_ack(request, ack->id, b->token);
	send_call(b, CALL_ACK, request);
}

static void set_token(struct bridge *b, const char *token)
{
	snprintf(b->token, sizeof(b->token), "%s", token);
	log_set_secret(b->token[0] ? b->token : NULL);
}

/*
 * The registration under which the host announced this operation is gone.  The
 * host sends a new one no end of it, so nobody waits for that.
 */
static void end_orphan(struct bridge *b)
{
	uint64_t id = b->operation_id;
	struct kernel_view v;
	char err[VMOP_ERR_LEN];
	int ret;

	log_op(LOG_WARNING, id,
	       "announced to a registration that is gone: ending it");
	ret = kernel_end(b->genl, id, false, "registration lost", err);
	if (ret < 0)
		refused(b, LOG_ERR, ret, "end", id, err);
	/* Its event may come when we are not attached any more. */
	else if (!kernel_get(b->genl, &v, err))
		journal_view(&b->journal, &v);
	set_open(b, false, 0);
	acks_drop(&b->acks, id, true);
}

/* The answer may be lost, and may have been yes. */
static int attach_kernel(struct bridge *b, struct kernel_view *v, char *err)
{
	int ret = kernel_attach(b->genl, b->cfg->app_name, &b->terms, v, err);

	if (ret == -ENOBUFS && !kernel_get(b->genl, v, err) &&
	    v->helper_pid == (uint32_t)getpid())
		ret = 0;
	b->attached = !ret;
	return ret;
}

static void detach(struct bridge *b)
{
	char err[VMOP_ERR_LEN];

	if (b->attached && kernel_detach(b->genl, err) < 0)
		log_warn("cannot detach from the kernel: %s", err);
	b->attached = false;
	b->acks.n = 0;
}

/*
 * The host does not hold us for registered: so the kernel must not either.  What
 * is open stays open until its stun, for the migration may yet come.  After that
 * only its end is to come, which a host that is @sure will not tell.
 */
static void lose_registration(struct bridge *b, bool sure)
{
	b->registered = false;
	if (sure && b->open && b->stunned_ms)
		end_orphan(b);
	detach(b);
	b->no_service = 0;
	enter(b, PHASE_SEEK);
}

/* Asked once more, now that its stun is over, the host refuses still. */
static void end_unregistered(struct bridge *b)
{
	struct kernel_view v;
	char err[VMOP_ERR_LEN];

	if (!b->open || !b->stunned_ms)
		return;
	/* Nobody else can end it. */
	if (attach_kernel(b, &v, err) < 0) {
		log_op(LOG_ERR, b->operation_id,
		       "cannot attach to the kernel to end it: %s", err);
		return;
	}
	take_view(b, &v);
	if (b->open && b->stunned_ms)
		end_orphan(b);
	detach(b);
}

static void complain_not_enabled(struct bridge *b, const char *why)
{
	complain(b, LOG_WARNING,
		 "%s; enable vmOpNotificationToAppEnabled for this VM and give it a positive vmOpNotificationTimeout, and the host a VmOpNotificationToApp.Timeout; trying again",
		 why);
}

static void complain_no_service(struct bridge *b, const char *why)
{
	complain(b, LOG_WARNING,
		 "%s: the host does not know the service, which takes vSphere 8.0, and virtual hardware 20, or later; trying again",
		 why);
}

static void complain_limit(struct bridge *b, const char *why)
{
	complain(b, LOG_WARNING,
		 "%s: another application in this machine is registered (\"vmtoolsd --cmd vm-operation-notification.list\" names it), or the token of an earlier registration was lost; trying again",
		 why);
}

/* A refusal that any RPC may meet.  Returns false for one that is not. */
static bool common_refusal(struct bridge *b, const struct reply *r,
			   const char *why)
{
	switch (r->refusal) {
	case REFUSAL_UNKNOWN_TOKEN:
		log_info("the host does not know the token %s", b->token);
		b->token_refused = true;
		b->due_ms = now_ms();
		if (b->phase != PHASE_SEEK)
			lose_registration(b, true);
		return true;
	case REFUSAL_NO_SERVICE:
		/* A host that is busy with other things says that, too. */
		if (b->phase == PHASE_RUN && ++b->no_service < NO_SERVICE_MAX)
			return false;
		if (b->phase == PHASE_SEEK)
			end_unregistered(b);
		else
			lose_registration(b, false);
		back_off(b);
		complain_no_service(b, why);
		return true;
	case REFUSAL_NOT_ENABLED:
		if (b->phase == PHASE_SEEK)
			end_unregistered(b);
		else
			lose_registration(b, true);
		back_off_slowly(b);
		complain_not_enabled(b, why);
		return true;
	default:
		return false;
	}
}

static void probed(struct bridge *b, enum outcome outcome,
		   const struct reply *r, const char *why)
{
	if (outcome == OUTCOME_REFUSED && common_refusal(b, r, why))
		return;
	if (outcome != OUTCOME_ANSWER) {
		complain(b, LOG_WARNING,
			 "cannot ask the host whether it knows our token: %s",
			 why);
		back_off(b);
		return;
	}
	log_info("the host still knows the token %s", b->token);
	b->registered = true;
	if (terms_load(b->cfg->token_file, &b->terms) < 0)
		b->terms = (struct terms) { .timeout_ms = DEFAULT_TIMEOUT_MS };
	if (r->event != REPLY_NO_EVENT) {
		/* The host tells it once: it waits for the kernel here. */
		b->held = *r;
		b->has_held = true;
		b->held_ms = now_ms();
	} else {
		b->empty_ms = b->sent_ms;
	}
	enter(b, PHASE_ATTACH);
}

/* Puts the token on disk, and with it what was granted. */
static int store_token(struct bridge *b, char *err, size_t errlen)
{
	int ret = token_store(b->cfg->token_file, b->token, err, errlen);
	char text[256];

	b->stored = !ret;
	if (!ret && terms_store(b->cfg->token_file, &b->terms, text,
				sizeof(text)) < 0)
		log_warn("%s", text);
	return ret;
}

/* What becomes of the token when we go, in words: it is stored if it can be. */
static const char *token_left(struct bridge *b)
{
	char err[256];

	if (!b->token[0])
		return "there is no token";
	if (!b->stored && store_token(b, err, sizeof(err)) < 0) {
		log_err("%s", err);
		return "the token is lost, and until the machine reboots nothing in it can register";
	}
	return "the token is kept";
}

/* The token is on disk before anything is done with it. */
static void keep_token(struct bridge *b, const struct reply *r)
{
	char err[256];

	set_token(b, r->token);
	b->token_refused = false;
	b->terms.timeout_ms = r->timeout_ms ? r->timeout_ms :
					      DEFAULT_TIMEOUT_MS;
	b->terms.guaranteed = r->guaranteed;
	b->empty_ms = b->sent_ms;
	if (r->warning[0])
		log_warn("registration: %s", r->warning);
	if (store_token(b, err, sizeof(err)) < 0) {
		/* Lost with us, it would block the machine: give it back. */
		complain(b, LOG_ERR, "%s: giving the registration back", err);
		send_with_token(b, CALL_UNREGISTER, "unregister");
		return;
	}
	b->registered = true;
	b->fresh = true;
	log_info("registered as \"%s\": the host waits up to %u ms for an ack (%s), token %s",
		 b->cfg->app_name, b->terms.timeout_ms,
		 b->terms.guaranteed ? "guaranteed" : "not guaranteed",
		 b->token);
	enter(b, PHASE_ATTACH);
}

static void registering(struct bridge *b, enum outcome outcome,
			const struct reply *r, const char *why)
{
	if (outcome == OUTCOME_ANSWER && r->token[0]) {
		keep_token(b, r);
		return;
	}
	if (outcome == OUTCOME_REFUSED && r->refusal == REFUSAL_LIMIT) {
		complain_limit(b, why);
		/* The host may have been wrong about the token that we have. */
		b->token_refused = false;
	} else if (outcome == OUTCOME_REFUSED &&
		   r->refusal != REFUSAL_UNKNOWN_TOKEN &&
		   common_refusal(b, r, why)) {
		return;
	} else {
		complain(b, LOG_WARNING, "cannot register at the host: %s",
			 why[0] ? why : "the answer has no uniqueToken");
	}
	back_off(b);
}

static void poll_failed(struct bridge *b, const char *why)
{
	int64_t max_ms = b->open ? FAILED_POLL_OPEN_MS : FAILED_POLL_MAX_MS;

	complain(b, LOG_WARNING, "cannot ask the host for events: %s", why);
	b->backoff_ms = b->backoff_ms * 2 < max_ms ? b->backoff_ms * 2 :
						     max_ms;
	b->due_ms = now_ms() + b->backoff_ms;
}

/* How long to wait after a poll that brought nothing. */
static uint32_t poll_wait_ms(const struct bridge *b)
{
	uint32_t interval_ms = b->cfg->poll_interval_ms;
	uint32_t most_ms = OPEN_POLL_MS;

	/* With what a step may be late while idle it is the interval. */
	if (!b->open)
		return interval_ms - interval_ms / (IDLE_LATENESS + 1);
	if (b->stunned_ms && now_ms() - b->stunned_ms < STUNNED_MS)
		most_ms = STUNNED_POLL_MS;
	return interval_ms < most_ms ? interval_ms : most_ms;
}

static void polled(struct bridge *b, enum outcome outcome,
		   const struct reply *r, const char *why)
{
	if (outcome == OUTCOME_REFUSED && common_refusal(b, r, why))
		return;
	if (outcome != OUTCOME_ANSWER) {
		poll_failed(b, why);
		return;
	}
	b->no_service = 0;
	b->backoff_ms = FAILED_POLL_MIN_MS / 2;
	recovered(b);
	b->due_ms = now_ms();
	if (r->event != REPLY_NO_EVENT) {
		/* More may be queued: at once again. */
		forward(b, r, now_ms());
		return;
	}
	b->empty_ms = b->sent_ms;
	b->due_ms += poll_wait_ms(b);
}

/* Is it of use to ack operation @id once more?  The kernel knows. */
static bool still_awaited(struct bridge *b, uint64_t id)
{
	struct kernel_view v;
	char err[VMOP_ERR_LEN];

	/* Not known: one ack too many does no harm. */
	if (kernel_get(b->genl, &v, err) < 0)
		return true;
	if (!v.open || v.operation_id != id)
		return false;
	return clock_ns(CLOCK_MONOTONIC) <
	       (int64_t)v.deadline_ns + ACK_GIVE_UP_NS;
}

static void ack_not_taken(struct bridge *b, bool stuck, const char *why)
{
	struct ack *listed = acks_find(&b->acks, b->calling.id,
				       b->calling.ready);
	struct ack ack;

	complain_ack(b, b->calling.id, "the host does not take the ack: %s",
		     why);
	if (!listed)
		return;
	if (stuck) {
		acks_wait(listed, now_ms());
		return;
	}
	acks_retry(listed, now_ms());
	/* To ask the kernel is to hear of it, too: the list may change. */
	ack = *listed;
	if (ack.ready ? still_awaited(b, ack.id) :
			ack.tries < TIMEOUT_ACK_TRIES)
		return;
	log_op(LOG_WARNING, ack.id, "the ack is given up");
	acks_drop(&b->acks, ack.id, ack.ready);
}

static void acked(struct bridge *b, bool stuck, enum outcome outcome,
		  const struct reply *r, const char *why)
{
	struct ack ack = b->calling;
	char err[VMOP_ERR_LEN];
	int ret;

	if (outcome == OUTCOME_REFUSED && common_refusal(b, r, why))
		return;
	if (outcome != OUTCOME_ANSWER) {
		ack_not_taken(b, stuck, why);
		return;
	}
	b->ack_trouble.active = false;
	if (!r->has_id || r->operation_id != ack.id)
		log_op(LOG_WARNING, ack.id,
		       "the host's answer to the ack does not name it");
	log_op(LOG_INFO, ack.id, "acked to the host (%s) in %" PRId64 " ms",
	       r->ack_status[0] ? r->ack_status : "no ackStatus",
	       now_ms() - b->sent_ms);
	acks_drop(&b->acks, ack.id, ack.ready);
	if (!ack.ready)
		return;
	ret = kernel_acked(b->genl, ack.id, err);
	if (ret < 0)
		refused(b, LOG_INFO, ret, "ack", ack.id, err);
}

static void unregistered(struct bridge *b, enum outcome outcome,
			 const struct reply *r, const char *why)
{
	int ret;

	b->registered = false;
	if (outcome == OUTCOME_ANSWER ||
	    (outcome == OUTCOME_REFUSED &&
	     r->refusal == REFUSAL_UNKNOWN_TOKEN)) {
		log_info("the host's registration is given back");
		set_token(b, "");
		ret = token_remove(b->cfg->token_file);
		if (ret < 0)
			log_warn("cannot remove %s: %s", b->cfg->token_file,
				 strerror(-ret));
	} else {
		log_warn("cannot give the host's registration back: %s%s",
			 why, b->stored ? "; the token is kept" : "");
	}
	detach(b);
	b->phase = PHASE_SEEK;
	back_off(b);
}

static void on_done(struct rpc_result *result, void *arg)
{
	struct bridge *b = arg;
	enum call call = b->call;
	enum outcome outcome;
	struct reply r;
	char why[512];

	b->call = CALL_NONE;
	b->sent_ms -= result->late_ms;
	if (result->in_process && result->status == RPC_TIMED_OUT)
		b->overdue = call;
	else if (result->status != RPC_STUCK && b->overdue == call)
		b->overdue = CALL_NONE;
	outcome = request_outcome(result, b->cfg, &r, why, sizeof(why));
	switch (call) {
	case CALL_PROBE:
		probed(b, outcome, &r, why);
		break;
	case CALL_REGISTER:
		registering(b, outcome, &r, why);
		break;
	case CALL_POLL:
		polled(b, outcome, &r, why);
		break;
	case CALL_ACK:
		acked(b, result->status == RPC_STUCK, outcome, &r, why);
		break;
	case CALL_UNREGISTER:
		unregistered(b, outcome, &r, why);
		break;
	case CALL_NONE:
		break;
	}
	if (result->status == RPC_STUCK && result->code >= HUNG_MAX_S) {
		log_err("%s for %d s: ending, so as to be started anew; %s",
			why, result->code, token_left(b));
		quit(b, 1);
	}
	step(b);
}

/* The host has answered at last: it is asked again what it was asked then. */
static void on_back(void *arg)
{
	struct bridge *b = arg;

	b->due_ms = now_ms();
	acks_hurry(&b->acks, b->due_ms);
	schedule(b, b->due_ms);
}

/* The steps. */

/*
 * Asking the host takes an event off its queue, and another helper may share
 * our token: while one is attached the host is none of our business.
 */
static bool other_helper(struct bridge *b)
{
	struct kernel_view v;
	char err[VMOP_ERR_LEN];
	int ret = kernel_get(b->genl, &v, err);

	if (ret == -ENOBUFS) {
		back_off(b);
		return true;
	}
	if (ret < 0) {
		log_err("cannot ask the kernel where it stands: %s", err);
		quit(b, 1);
		return true;
	}
	if (!v.helper_pid && !v.helper[0])
		return false;
	complain(b, LOG_ERR,
		 "another helper is attached: %s, pid %u, registered as \"%s\" (EBUSY); waiting for it to go",
		 v.helper, v.helper_pid, v.app_name);
	back_off(b);
	return true;
}

/* A token that could be neither stored nor given back is stored first. */
static bool token_is_stored(struct bridge *b)
{
	char err[256];

	if (b->stored || !store_token(b, err, sizeof(err)))
		return true;
	complain(b, LOG_ERR, "%s", err);
	back_off(b);
	return false;
}

static void seek(struct bridge *b)
{
	if (other_helper(b))
		return;
	if (b->token[0] && !b->token_refused && !token_is_stored(b))
		return;
	if (b->token[0] && !b->token_refused)
		send_with_token(b, CALL_PROBE, "check-for-event");
	else
		send_register(b);
}

static void attach(struct bridge *b)
{
	struct kernel_view v;
	char err[VMOP_ERR_LEN];
	int ret;

	ret = attach_kernel(b, &v, err);
	if (ret == -EPERM || ret == -ENOENT) {
		log_err("the kernel refuses us: %s", err);
		quit(b, 1);
		return;
	}
	if (ret < 0) {
		complain(b, LOG_ERR, "cannot attach to the kernel: %s%s", err,
			 ret == -EBUSY ? " (EBUSY); waiting for it to go" : "");
		back_off(b);
		return;
	}
	recovered(b);
	journal_view(&b->journal, &v);
	take_view(b, &v);
	set_status(b);
	log_info("attached to the kernel: %s", vmopnotify_state_name(v.state));
	if (b->open && b->fresh)
		end_orphan(b);
	else if (b->open)
		log_op(LOG_INFO, b->operation_id,
		       "still open: going on with it");
	b->fresh = false;
	enter(b, PHASE_RUN);
	b->backoff_ms = FAILED_POLL_MIN_MS / 2;
	if (b->has_held)
		forward(b, &b->held, b->held_ms);
	b->has_held = false;
}

static void run(struct bridge *b)
{
	struct ack *ack = acks_next(&b->acks);
	int64_t now = now_ms();

	if (ack && ack->due_ms <= now)
		send_ack(b, ack);
	else if (b->due_ms <= now)
		send_with_token(b, CALL_POLL, "check-for-event");
}

/*
 * The host tells an event once.  In the kernel the next helper finds what it
 * started; here it would end with us.
 */
static void forward_held(struct bridge *b)
{
	attach(b);
	if (b->has_held)
		log_op(LOG_WARNING, b->held.operation_id,
		       "the host's %s event is lost, as the kernel could not be attached to before stopping",
		       b->held.event_word);
}

/*
 * An RPC that its time was over for may have an event, or a token, and nobody
 * but us is told.  Its answer is had by sending it again; while it is under way
 * on_back(), or the end of the time that stopping may take, is waited for.
 *
 * Return: true where there is nothing to wait for.
 */
static bool has_all_answers(struct bridge *b)
{
	enum call call = b->overdue;

	if (b->ops->hangs && b->ops->hangs(b->rpc))
		return false;
	b->overdue = CALL_NONE;
	if (call == CALL_REGISTER) {
		send_register(b);
		return false;
	}
	if (call == CALL_POLL || call == CALL_PROBE) {
		send_with_token(b, call, "check-for-event");
		return false;
	}
	return true;
}

/* Nothing is in flight: what is left to do before the end? */
static void stop(struct bridge *b)
{
	struct kernel_view v;
	char err[VMOP_ERR_LEN];
	struct ack *ack;
	bool known;

	if (!has_all_answers(b))
		return;
	if (b->has_held)
		forward_held(b);
	if (b->quitting)
		return;
	ack = acks_untried(&b->acks);
	/* One try each: the next helper takes up what the host refused. */
	if (b->attached && ack) {
		send_ack(b, ack);
		return;
	}
	if (!b->registered) {
		if (b->token[0] && !b->stored)
			log_warn("stopping; %s", token_left(b));
		quit(b, 0);
		return;
	}
	known = !kernel_get(b->genl, &v, err) &&
		(!v.helper_pid || v.helper_pid == (uint32_t)getpid());
	if (known && !b->has_held &&
	    (!v.open || (v.flags & VMOPNOTIFY_F_DRILL))) {
		send_with_token(b, CALL_UNREGISTER, "unregister");
		return;
	}
	/* Giving the registration back now would lose it in mid-flight. */
	log_info("an operation is open or announced: the host's registration and its token are kept for the next helper");
	quit(b, 0);
}

static void arm(struct bridge *b)
{
	struct ack *ack = acks_next(&b->acks);
	int64_t at_ms = b->due_ms;

	if (b->phase == PHASE_RUN && ack && ack->due_ms < at_ms)
		at_ms = ack->due_ms;
	schedule(b, at_ms);
}

/* Does what is to be done next.  While an RPC is in flight, that is nothing. */
static void step(struct bridge *b)
{
	if (b->call != CALL_NONE)
		return;
	if (b->resync)
		resync(b);
	if (b->quitting)
		return;
	if (b->stopping) {
		stop(b);
		return;
	}
	if (b->phase == PHASE_RUN) {
		run(b);
	} else if (b->due_ms <= now_ms()) {
		if (b->phase == PHASE_SEEK)
			seek(b);
		else
			attach(b);
	}
	if (b->call == CALL_NONE)
		arm(b);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *arg)
{
	(void)source;
	(void)usec;
	step(arg);
	return 0;
}

static int on_stop_timer(sd_event_source *source, uint64_t usec, void *arg)
{
	struct bridge *b = arg;

	(void)source;
	(void)usec;
	log_warn("the host does not answer: stopping without giving the registration back; %s",
		 token_left(b));
	quit(b, 0);
	return 0;
}

static int on_signal(sd_event_source *source,
		     const struct signalfd_siginfo *si, void *arg)
{
	struct bridge *b = arg;

	(void)source;
	if (b->stopping) {
		log_warn("told to stop again: stopping at once; %s",
			 token_left(b));
		quit(b, 1);
		return 0;
	}
	log_info("stopping (signal %u)", si->ssi_signo);
	sd_notify(0, "STOPPING=1");
	b->stopping = true;
	if (sd_event_add_time_relative(b->loop, &b->stop_timer,
				       CLOCK_MONOTONIC,
				       b->cfg->rpc_timeout_ms * 1000ULL, 1000,
				       on_stop_timer, b) < 0)
		quit(b, 0);
	step(b);
	return 0;
}

/* What is open stays open, and what is in flight comes back. */
static int on_reload(sd_event_source *source,
		     const struct signalfd_siginfo *si, void *arg)
{
	struct bridge *b = arg;

	(void)source;
	(void)si;
	if (b->stopping)
		return 0;
	reload(b->cfg, b->file, b->settled);
	/* The interval may be another one. */
	if (b->phase == PHASE_RUN) {
		b->due_ms = now_ms();
		step(b);
	}
	return 0;
}

/* Setting up. */

static int open_kernel(struct bridge *b)
{
	char err[VMOP_ERR_LEN];
	int ret;

	ret = vmop_genl_open(&b->genl, err, sizeof(err));
	if (ret < 0) {
		log_err("cannot reach the kernel: %s", err);
		return ret;
	}
	vmop_genl_set_notify(b->genl, on_kernel, b);
	/* READY comes without it, and that is what matters. */
	if (vmop_genl_subscribe(b->genl, err, sizeof(err)) < 0)
		log_warn("cannot listen to the kernel's events: %s", err);
	return sd_event_add_io(b->loop, NULL, vmop_genl_fd(b->genl), EPOLLIN,
			       on_genl, b);
}

static int open_token(struct bridge *b)
{
	char token[TOKEN_SIZE], err[512];
	int ret;

	if (token_check_place(b->cfg->token_file, err, sizeof(err)) < 0)
		log_warn("%s: others than us can remove the token, or put another in its place; see vmopnotifyd.conf(5)",
			 err);
	ret = token_load(b->cfg->token_file, token, err, sizeof(err));
	if (ret == -ENOENT)
		return 0;
	if (ret == -EINVAL) {
		log_warn("%s: registering anew", err);
		return 0;
	}
	if (ret < 0) {
		log_err("%s", err);
		return ret;
	}
	set_token(b, token);
	b->stored = true;
	return 0;
}

static int open_loop(struct bridge *b)
{
	static const struct {
		int number;
		sd_event_signal_handler_t handler;
	} signals[] = {
		{ SIGTERM, on_signal },
		{ SIGINT, on_signal },
		{ SIGHUP, on_reload },
	};
	const size_t n = sizeof(signals) / sizeof(signals[0]);
	sigset_t set;
	int ret;

	ret = sd_event_new(&b->loop);
	if (ret < 0)
		return ret;
	sigemptyset(&set);
	for (size_t i = 0; i < n; i++)
		sigaddset(&set, signals[i].number);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	for (size_t i = 0; i < n; i++) {
		ret = sd_event_add_signal(b->loop, NULL, signals[i].number,
					  signals[i].handler, b);
		if (ret < 0)
			return ret;
	}
	/* Where systemd watches over us, it hears from the loop itself. */
	ret = sd_event_set_watchdog(b->loop, true);
	if (ret < 0)
		return ret;
	return sd_event_add_time_relative(b->loop, &b->timer, CLOCK_MONOTONIC,
					  0, TIMER_SLACK_US, on_timer, b);
}

int bridge_run(struct config *cfg, const char *file)
{
	struct bridge b = {
		.cfg = cfg, .file = file, .ops = rpc_transport(cfg),
	};
	int ret;

	enter(&b, PHASE_SEEK);
	ret = open_loop(&b);
	if (ret < 0) {
		log_err("cannot set up the event loop: %s", strerror(-ret));
		goto out;
	}
	ret = open_token(&b);
	if (ret < 0)
		goto out;
	ret = open_kernel(&b);
	if (ret < 0)
		goto out;
	ret = b.ops->open(&b.rpc, cfg, b.loop);
	if (ret < 0) {
		log_err("transport %s: %s", b.ops->name, strerror(-ret));
		goto out;
	}
	if (b.ops->on_back)
		b.ops->on_back(b.rpc, on_back, &b);
	ret = sd_event_loop(b.loop);
	if (ret < 0)
		log_err("the event loop failed: %s", strerror(-ret));
out:
	b.ops->close(b.rpc);
	vmop_genl_close(b.genl);
	sd_event_source_unref(b.stop_timer);
	sd_event_source_unref(b.timer);
	sd_event_unref(b.loop);
	return ret ? 1 : 0;
}
