/* SPDX-License-Identifier: GPL-2.0 */
/*
 * host - the host's side of vm-operation-notification
 *
 * Holds the one registered application, its queue of events and what is known
 * of every operation, and answers RPCs.  Does no I/O and reads no clock: time
 * and random numbers come in.
 */
#ifndef LAB_HOST_H
#define LAB_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

#define HOST_ACKS_KEPT	8

/* Milliseconds: of a steady clock, and of the host's wall clock. */
struct now {
	int64_t ms;
	int64_t wall_ms;
};

/**
 * struct op - an operation, or another event with an id of its own
 * @next: the one before it
 * @kind: "start", "timeout-change", "raw"; "unknown": only acks were seen
 * @type: the host's word for it
 * @queued_ms: when it was announced
 * @delivered_ms: when the application fetched it; -1: not yet
 * @from_ms: from when its timeout counts: earlier for one that has an age
 * @deadline_ms: when the host goes ahead; -1: it waits for nobody
 * @acks: acks seen
 * @acks_ms: when the first of them came
 * @timed_out: the host went ahead without an ack
 * @ended: its end was announced
 */
struct op {
	struct op *next;
	uint64_t id;
	const char *kind;
	char *type;
	int64_t queued_ms;
	int64_t delivered_ms;
	int64_t from_ms;
	int64_t deadline_ms;
	unsigned int acks;
	int64_t acks_ms[HOST_ACKS_KEPT];
	bool timed_out;
	bool ended;
};

/* An event that waits to be fetched. */
struct event {
	struct event *next;
	uint64_t id;
	char *text;
};

/* A reply set by hand for the next RPC of that name. */
struct canned {
	struct canned *next;
	char *rpc;
	char *text;
};

enum misbehaviour {
	BEHAVE,
	/* These answer in place of the RPC, which is not acted on. */
	MISBEHAVE_HANG,
	MISBEHAVE_DOWN,
	MISBEHAVE_GARBAGE,
	MISBEHAVE_MEGABYTES,
	MISBEHAVE_TEXT,
	MISBEHAVE_UNKNOWN,
	MISBEHAVE_FORGET,
	MISBEHAVE_NOT_ENABLED,
	/* These act on the RPC and spoil the reply. */
	MISBEHAVE_TRUNCATED,
	MISBEHAVE_SLOW,
};

struct host {
	uint64_t (*random)(void);

	bool enabled;
	bool guaranteed;
	int64_t host_timeout_s;	/* -1: never set, see host_shown_timeout() */
	int64_t vm_timeout_s;
	int64_t dest_timeout_s;

	char *app_name;
	char *app_types;
	char token[37];

	struct event *events;
	struct op *ops;
	struct canned *canned;

	enum misbehaviour mode;
	char *mode_rpc;
	int64_t mode_left;	/* -1: until told otherwise */
	int64_t mode_slow_ms;

	uint64_t registrations;
	uint64_t unregistrations;
	uint64_t polls;
	uint64_t acks;
	uint64_t double_acks;
	uint64_t late_acks;
	uint64_t unknown_acks;
	uint64_t bad_tokens;
	uint64_t queued;
	uint64_t delivered;
	uint64_t timeouts;
};

/* What becomes of a reply. */
struct verdict {
	bool hang;		/* it is never sent */
	bool down;		/* the hypervisor does not carry it */
	int64_t delay_ms;	/* it is sent after so long */
};

struct start {
	uint64_t id;
	bool has_id;
	const char *type;
	int64_t timeout_s;	/* -1: the machine's */
	int64_t dest_timeout_s;
	int64_t age_s;
};

void host_init(struct host *h, uint64_t (*random)(void));
void host_reset(struct host *h);
void host_forget(struct host *h);
struct verdict host_rpc(struct host *h, struct now now, const char *request,
			struct buf *reply);
int64_t host_tick(struct host *h, struct now now);

int64_t host_timeout(const struct host *h);
int64_t host_shown_timeout(const struct host *h);
void host_set_timeout(struct host *h, int64_t timeout_s);

struct op *host_start(struct host *h, struct now now, const struct start *s);
void host_end(struct host *h, struct now now, uint64_t id, const char *status);
struct op *host_timeout_change(struct host *h, struct now now, int64_t new_s);
struct op *host_raw(struct host *h, struct now now, const char *text);
void host_reply(struct host *h, const char *rpc, const char *text);
bool host_misbehave(struct host *h, const char *mode, const char *rpc,
		    int64_t count);

struct op *host_op(struct host *h, uint64_t id);
struct op *host_last_start(struct host *h);

#endif
