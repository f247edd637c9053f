/* SPDX-License-Identifier: GPL-2.0 */
/* vmopnotifyctl simulate run: a whole drill, from its start to its end. */
#ifndef VMOPNOTIFYCTL_SIMULATE_H
#define VMOPNOTIFYCTL_SIMULATE_H

#include <stdbool.h>
#include <stdint.h>

#include "drill.h"

/**
 * simulate_run - start a drill, wait until all are quiet, hold it, end it
 * @drill: the drill
 * @hold_ns: for how long to hold it
 * @json: print objects
 *
 * SIGINT, SIGTERM and SIGHUP end the drill.
 *
 * Return: &enum command_exit: %COMMAND_OK if all got quiet in time, without an
 * error.
 */
int simulate_run(const struct drill *drill, uint64_t hold_ns, bool json);

#endif /* VMOPNOTIFYCTL_SIMULATE_H */
