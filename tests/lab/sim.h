/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sim - what a migration says to the simulated host, over its socket "control"
 * in the lab's folder; see control.h
 */
#ifndef LAB_SIM_H
#define LAB_SIM_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

/* What came of an announcement, so far. */
enum sim_ack {
	SIM_ERROR,
	SIM_WAITS,
	SIM_ACKED,
	SIM_TIMEOUT,
	SIM_NOBODY,
};

/**
 * sim_ask - one command, one answer
 * @command: the command
 * @answer: becomes the answer, which is ok
 * @why: why there is none, or what the answer says instead
 *
 * Return: whether the answer is ok.
 */
bool sim_ask(const char *command, struct buf *answer, struct buf *why);

/**
 * sim_start - announce a migration
 * @timeout_s: how long the host waits for the ack; -1: as it is set to
 * @dest_timeout_s: the other host's; -1: as it is set to
 * @id: becomes the operation's id
 * @why: why it failed
 *
 * Return: SIM_WAITS; SIM_NOBODY where no application is registered, and nothing
 * is announced; SIM_ERROR.
 */
enum sim_ack sim_start(int64_t timeout_s, int64_t dest_timeout_s, uint64_t *id,
		       struct buf *why);

/**
 * sim_wait_ack - wait for the ack, but not for long
 * @id: the operation
 * @slice_ms: for so long
 * @ack_ms: becomes, where it is acked, after how long, in ms
 * @why: why it failed
 *
 * Return: SIM_WAITS, SIM_ACKED, SIM_TIMEOUT where the host waits no longer, or
 * SIM_ERROR.
 */
enum sim_ack sim_wait_ack(uint64_t id, int slice_ms, int64_t *ack_ms,
			  struct buf *why);

/**
 * sim_end - announce the end of a migration
 * @id: the operation
 * @status: what came of it, one word
 * @why: why it failed
 *
 * Return: whether it is announced.
 */
bool sim_end(uint64_t id, const char *status, struct buf *why);

#endif
