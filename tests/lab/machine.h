/* SPDX-License-Identifier: GPL-2.0 */
/*
 * machine - the QEMU processes of the lab, one a host
 *
 * The lab's folder is the working directory; in it each of the hosts has a
 * folder with the file "machine", QEMU's arguments, one a line.  That folder is
 * QEMU's working directory, so that what stands in the file is the same on
 * both.  The link "current" names the host that the guest runs on.
 *
 * A QEMU is alive for as long as it holds the lock on its pid file, whoever
 * started it, and whatever number has been used again since.
 */
#ifndef LAB_MACHINE_H
#define LAB_MACHINE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "qmp.h"

#define MACHINE_HOSTS	2

extern const char *const machine_hosts[MACHINE_HOSTS];

/**
 * struct machine - a QEMU that is in hand
 * @host: where it runs; NULL: none is in hand
 * @pid: its process
 * @pidfd: the same, to wait for its end with
 * @child: it was started by this process
 * @qmp: the connection to it
 */
struct machine {
	const char *host;
	pid_t pid;
	int pidfd;
	bool child;
	struct qmp qmp;
};

/**
 * machine_current - the host that the guest runs on
 *
 * Return: one of machine_hosts; NULL where no machine was booted.
 */
const char *machine_current(void);

/**
 * machine_set_current - have the guest run on a host from now on
 * @host: one of machine_hosts
 * @why: why it failed
 *
 * Return: whether "current" names it.
 */
bool machine_set_current(const char *host, struct buf *why);

/**
 * machine_other - where a guest goes from a host
 * @host: one of machine_hosts
 *
 * Return: the other one.
 */
const char *machine_other(const char *host);

/**
 * machine_pid - the QEMU that runs on a host
 * @host: one of machine_hosts
 *
 * Return: its process; 0: none runs there.
 */
pid_t machine_pid(const char *host);

/**
 * struct host_path - the path of a file of a host's
 * @s: the path
 */
struct host_path {
	char s[64];
};

/**
 * machine_path - a file of a host
 * @host: one of machine_hosts
 * @name: the file
 *
 * Return: its path.
 */
struct host_path machine_path(const char *host, const char *name);

/**
 * machine_start - start a QEMU, and wait until it speaks
 * @m: becomes the machine; machine_end() or machine_leave() it
 * @host: where
 * @more: arguments for after those of the file, NULL after the last
 * @why: why it failed; what QEMU says on stderr, where it says something
 *
 * Return: whether it runs; if not, nothing is left of it.
 */
bool machine_start(struct machine *m, const char *host,
		   const char *const *more, struct buf *why);

/**
 * machine_take - take the QEMU in hand that runs on a host
 * @m: becomes the machine
 * @host: where
 * @why: why it failed
 *
 * Return: whether it runs, and speaks.
 */
bool machine_take(struct machine *m, const char *host, struct buf *why);

/**
 * machine_leave - let go of a machine, which goes on
 * @m: the machine; may be none
 */
void machine_leave(struct machine *m);

/**
 * machine_end - tell a machine to quit, and kill it if it does not
 * @m: the machine; may be none
 * @patience_ms: how long it may take; 0: it is killed at once
 *
 * Return: whether it went by itself.
 */
bool machine_end(struct machine *m, int patience_ms);

/**
 * machine_kill - kill a machine, as its host's fall would; machine_end() it
 * @m: the machine; may be none
 */
void machine_kill(struct machine *m);

/**
 * machine_clear - kill whatever QEMU runs on a host, known or not
 * @host: the host
 *
 * Return: whether there was one.
 */
bool machine_clear(const char *host);

/**
 * machine_lives - whether it still runs
 * @m: the machine; may be none
 *
 * Return: whether it does.
 */
bool machine_lives(const struct machine *m);

/**
 * machine_status - what QEMU says of its guest
 * @m: the machine
 * @status: becomes its word for it, e.g. "running"
 * @size: of @status, in bytes
 * @why: why it failed
 *
 * Return: whether it could be asked.
 */
bool machine_status(struct machine *m, char *status, size_t size,
		    struct buf *why);

/**
 * machine_stun - stop the process for a while, and so its guest
 * @m: the machine, which was started by this process
 * @ms: how long
 * @why: why it failed
 *
 * Return: how long it was stopped, in ns; 0: it was not.
 */
int64_t machine_stun(struct machine *m, int64_t ms, struct buf *why);

#endif
