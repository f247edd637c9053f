/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The bridge between host and kernel.
 *
 *   seek     get the host's registration: with the stored token if it still
 *            holds one, else anew
 *   attach   tell the kernel; pick up the operation that is still open there
 *   run      poll the host and forward what it says; ack when the kernel says
 *            that all are quiet
 *
 * One RPC is in flight at a time, and an ack goes before a poll.  Failures to
 * reach the host keep the kernel attached: the registration stands, and the
 * host keeps its events.  Only when the host says that it does not know us, or
 * that the feature is off, is it back to seek, and the kernel detached.
 */
#ifndef VMOPD_BRIDGE_H
#define VMOPD_BRIDGE_H

#include "config.h"

/**
 * bridge_run - be the helper until told to stop
 * @cfg: the configuration
 * @file: where it was read from, or NULL, see config_read()
 *
 * SIGTERM and SIGINT stop it: without an open operation the registration is
 * given back; with one it is kept, so that the next helper goes on with it.
 * SIGHUP has it read the configuration again.
 *
 * Return: the exit code, 0 or 1.
 */
int bridge_run(struct config *cfg, const char *file);

#endif /* VMOPD_BRIDGE_H */
