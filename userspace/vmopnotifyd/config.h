/* SPDX-License-Identifier: GPL-2.0 */
/* The daemon's configuration file. */
#ifndef VMOPD_CONFIG_H
#define VMOPD_CONFIG_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/vmopnotify.h>

#define CONFIG_DEFAULT_FILE	"/etc/vmopnotify/vmopnotifyd.conf"

/**
 * enum config_transport - how RPCs reach the host
 * @TRANSPORT_AUTO: by the library if it works here, else by the command
 * @TRANSPORT_LIBVMTOOLS: the library of VMware Tools, in this process
 * @TRANSPORT_VMTOOLSD: the command of VMware Tools
 */
enum config_transport {
	TRANSPORT_AUTO,
	TRANSPORT_LIBVMTOOLS,
	TRANSPORT_VMTOOLSD,
};

/**
 * struct config - what the file says, or the defaults
 * @app_name: under which the host knows this machine's one application
 * @transport: &enum config_transport
 * @libvmtools_path: the library, an absolute path or a name that the dynamic
 *	linker finds
 * @vmtoolsd_path: the command, an absolute path
 * @poll_interval_ms: from one empty answer to the next question
 * @rpc_timeout_ms: how long one RPC may take
 * @token_file: where the host's token is kept, an absolute path
 * @log_level: LOG_ERR to LOG_DEBUG
 */
struct config {
	char app_name[VMOPNOTIFY_TEXT_LEN];
	enum config_transport transport;
	char libvmtools_path[PATH_MAX];
	char vmtoolsd_path[PATH_MAX];
	uint32_t poll_interval_ms;
	uint32_t rpc_timeout_ms;
	char token_file[PATH_MAX];
	int log_level;
};

/**
 * config_defaults - what holds where the file is silent
 * @cfg: where to put it
 */
void config_defaults(struct config *cfg);

/**
 * config_load - read a file over the defaults
 * @cfg: where to put it; incomplete after an error
 * @path: the file
 * @err: where to put "FILE:LINE: what is wrong with which key"
 * @errlen: size of @err
 *
 * Return: 0; -EINVAL for a file with a mistake in it; -ENOENT or another
 * negative errno for one that cannot be read.
 */
int config_load(struct config *cfg, const char *path, char *err,
		size_t errlen);

/**
 * config_read - read the file that the daemon was told of, or the default one
 * @cfg: where to put it
 * @file: the file, or NULL for %CONFIG_DEFAULT_FILE: without that the defaults
 *	hold
 * @err: as config_load()
 * @errlen: size of @err
 *
 * Return: as config_load().
 */
int config_read(struct config *cfg, const char *file, char *err,
		size_t errlen);

/**
 * config_adopt - take over what can change while the daemon runs
 * @cfg: what holds; times, vmtoolsd's path and the log's level change
 * @next: what the file says now
 * @kept: where to put the names of the other keys that differ, which stay as
 *	they are: "app_name, transport"; empty if none does
 * @size: of @kept
 */
void config_adopt(struct config *cfg, const struct config *next, char *kept,
		  size_t size);

#endif /* VMOPD_CONFIG_H */
