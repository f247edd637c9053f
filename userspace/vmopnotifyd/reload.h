/* SPDX-License-Identifier: GPL-2.0 */
/* The configuration is read again while the daemon runs. */
#ifndef VMOPD_RELOAD_H
#define VMOPD_RELOAD_H

#include <stdbool.h>

#include "config.h"

/**
 * reload - read the configuration again, and take what can change at once
 * @cfg: changed in place; stays as it is where the file has a mistake
 * @file: the file, or NULL for the default one, see config_read()
 * @notify: systemd is to be told: it has been told that we are up
 *
 * What cannot change at once, and what is wrong with the file, is logged.
 */
void reload(struct config *cfg, const char *file, bool notify);

#endif /* VMOPD_RELOAD_H */
