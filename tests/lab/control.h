/* SPDX-License-Identifier: GPL-2.0 */
/*
 * control - the simulated host's control protocol
 *
 * One command a line, one JSON object a line back.  A command may begin with
 * a tag, "#TAG ", which the answer then repeats: over a virtio-serial port it
 * tells an answer from one that a killed client has left.
 *
 * start [id=N] [timeout=S] [dest_timeout=S] [age=S] [type=T]
 * end [id=N] [status=WORD]	the last start, success
 * timeout-change new=S
 * raw JSON			an event reply, word for word
 * reply RPC TEXT		the next reply to that RPC, word for word, with
 *				its "1 " or "0 "
 * misbehave MODE [count=N] [rpc=NAME]
 *	hang, down (the hypervisor does not carry it), garbage, megabytes,
 *	text, unknown, forget, not-enabled: instead of acting on the RPC;
 *	truncated, slow=MS: the RPC is acted on; none
 * forget			the registration, as a restarted host does
 * enable, disable
 * set [host_timeout=S|unset] [vm_timeout=S] [timeout=S] [dest_timeout=S]
 *     [guaranteed=0|1]
 *	the settings: in force is the smaller one of the host's timeout and the
 *	machine's, and timeout= sets both; where the host's is unset, stats
 *	shows it as 1800, but it is 0; the machine's has to be positive for an
 *	application to register
 * wait-ack [id=N] [acks=N] [timeout=S]
 *	until an ack came or the host went ahead without; with acks=, until so
 *	many came, late ones too
 * wait-registered [timeout=S], wait-unregistered [timeout=S]
 * wait-polls n=N [timeout=S]	so many check-for-event from now on
 * stun MS [end]		stops the machine's process for so long, or
 *				until the client goes away; with end, the last
 *				start's end is there when it goes on.  The
 *				answer's now_ms is when that was.
 * stats
 * reset			back to how it began
 * quit
 *
 * A wait that runs out of time answers {"ok":false,"error":"timeout",
 * "again":COMMAND}, with what to send to go on waiting.
 */
#ifndef LAB_CONTROL_H
#define LAB_CONTROL_H

#include "host.h"

enum wait_kind {
	WAIT_NONE,
	WAIT_ACK,
	WAIT_ACKS,
	WAIT_REGISTERED,
	WAIT_UNREGISTERED,
	WAIT_POLLS,
	WAIT_STUN,
};

/* What a client waits for; it gets its answer then. */
struct wait {
	enum wait_kind kind;
	int64_t until_ms;
	uint64_t id;
	uint64_t target;
};

/* What the control protocol needs of the main loop. */
struct control {
	struct host *host;
	bool (*stun)(bool stop);
	bool quit;
};

struct client {
	struct wait wait;
	char tag[32];
};

void control_line(struct control *c, struct client *client, struct now now,
		  char *line, struct buf *answer);
void control_gone(struct control *c, struct client *client);
bool control_wait(struct control *c, struct client *client, struct now now,
		  struct buf *answer);

#endif
