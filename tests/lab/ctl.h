/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ctl - one command to the simulated host, one answer; see control.h
 *
 * Each exchange has a random tag, so that an answer which a killed client has
 * left in a virtio-serial port is not taken for this one's.
 */
#ifndef LAB_CTL_H
#define LAB_CTL_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

/**
 * ctl_connect - connect to a socket of QEMU's or of the simulated host's
 * @path: where it listens
 *
 * Return: the connection, which is the caller's to close; -1 with errno.
 */
int ctl_connect(const char *path);

/**
 * ctl_exchange - send a command and wait for its answer
 * @fd: a connection, or a port that is open
 * @command: one line, without its end
 * @answer: becomes the answer, a JSON object
 * @sent_ns: becomes when the command was sent, in ns of CLOCK_MONOTONIC; may
 *	be NULL
 *
 * Return: whether an answer came; if not, errno tells why: ECONNRESET where
 * the host went away, EAGAIN where a timeout of @fd's ran out.
 */
bool ctl_exchange(int fd, const char *command, struct buf *answer,
		  int64_t *sent_ns);

#endif
