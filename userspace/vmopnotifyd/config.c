// SPDX-License-Identifier: GPL-2.0
/* The daemon's configuration file. */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "config.h"
#include "keyfile.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static const char *set_u32(uint32_t *to, const char *value, uint32_t min,
			   uint32_t max)
{
	static char why[64];
	unsigned long v;
	char *end;

	errno = 0;
	v = strtoul(value, &end, 10);
	if (!isdigit((unsigned char)value[0]) || *end || errno || v < min ||
	    v > max) {
		snprintf(why, sizeof(why), "not a whole number from %u to %u",
			 min, max);
		return why;
	}
	*to = (uint32_t)v;
	return NULL;
}

static const char *set_path(char to[PATH_MAX], const char *value)
{
	/* Room for what is put behind the name of a file that goes with it */
	if (value[0] != '/')
		return "not an absolute path";
	if (strlen(value) > PATH_MAX - 16)
		return "too long";
	strcpy(to, value);
	return NULL;
}

static const char *set_app_name(void *to, const char *value)
{
	struct config *cfg = to;

	if (!value[0])
		return "empty";
	if (strlen(value) >= sizeof(cfg->app_name))
		return "longer than 63 characters";
	for (const char *c = value; *c; c++)
		if (*c < ' ' || *c >= 0x7f)
			return "has characters other than printable ASCII";
	strcpy(cfg->app_name, value);
	return NULL;
}

static const char *set_transport(void *to, const char *value)
{
	struct config *cfg = to;

	if (!strcmp(value, "auto"))
		cfg->transport = TRANSPORT_AUTO;
	else if (!strcmp(value, "libvmtools"))
		cfg->transport = TRANSPORT_LIBVMTOOLS;
	else if (!strcmp(value, "vmtoolsd"))
		cfg->transport = TRANSPORT_VMTOOLSD;
	else
		return "none of auto, libvmtools, vmtoolsd";
	return NULL;
}

/* A relative path would depend on where the daemon was started. */
static const char *set_libvmtools_path(void *to, const char *value)
{
	struct config *cfg = to;

	if (!value[0])
		return "empty";
	if (strchr(value, '/'))
		return set_path(cfg->libvmtools_path, value);
	if (strlen(value) >= sizeof(cfg->libvmtools_path))
		return "too long";
	strcpy(cfg->libvmtools_path, value);
	return NULL;
}

static const char *set_vmtoolsd_path(void *to, const char *value)
{
	struct config *cfg = to;

	return set_path(cfg->vmtoolsd_path, value);
}

static const char *set_poll_interval(void *to, const char *value)
{
	struct config *cfg = to;

	return set_u32(&cfg->poll_interval_ms, value, 10, 60000);
}

static const char *set_rpc_timeout(void *to, const char *value)
{
	struct config *cfg = to;

	return set_u32(&cfg->rpc_timeout_ms, value, 100, 60000);
}

static const char *set_token_file(void *to, const char *value)
{
	struct config *cfg = to;

	if (value[0] && value[strlen(value) - 1] == '/')
		return "names a directory";
	return set_path(cfg->token_file, value);
}

static const char *set_level(void *to, const char *value)
{
	struct config *cfg = to;

	if (!strcmp(value, "error"))
		cfg->log_level = LOG_ERR;
	else if (!strcmp(value, "warning"))
		cfg->log_level = LOG_WARNING;
	else if (!strcmp(value, "info"))
		cfg->log_level = LOG_INFO;
	else if (!strcmp(value, "debug"))
		cfg->log_level = LOG_DEBUG;
	else
		return "none of error, warning, info, debug";
	return NULL;
}

static const struct keyfile_key keys[] = {
	{ "host",  "app_name",		set_app_name },
	{ "host",  "transport",		set_transport },
	{ "host",  "libvmtools_path",	set_libvmtools_path },
	{ "host",  "vmtoolsd_path",	set_vmtoolsd_path },
	{ "host",  "poll_interval_ms",	set_poll_interval },
	{ "host",  "rpc_timeout_ms",	set_rpc_timeout },
	{ "token", "file",		set_token_file },
	{ "log",   "level",		set_level },
};

static const struct keyfile kind = {
	.keys = keys, .count = ARRAY_SIZE(keys),
};

void config_defaults(struct config *cfg)
{
	*cfg = (struct config) {
		.app_name = "vmopnotify",
		.transport = TRANSPORT_AUTO,
		.libvmtools_path = "libvmtools.so.0",
		.vmtoolsd_path = "/usr/bin/vmtoolsd",
		.poll_interval_ms = 100,
		.rpc_timeout_ms = 5000,
		.token_file = "/var/lib/vmopnotify/token",
		.log_level = LOG_INFO,
	};
}

int config_load(struct config *cfg, const char *path, char *err,
		size_t errlen)
{
	config_defaults(cfg);
	return keyfile_load(&kind, cfg, path, err, errlen);
}

int config_read(struct config *cfg, const char *file, char *err, size_t errlen)
{
	int ret = config_load(cfg, file ? file : CONFIG_DEFAULT_FILE, err,
			      errlen);

	return ret == -ENOENT && !file ? 0 : ret;
}

static void note(char *names, size_t size, bool differs, const char *name)
{
	size_t used = strlen(names);

	if (differs)
		snprintf(names + used, size - used, "%s%s", used ? ", " : "",
			 name);
}

void config_adopt(struct config *cfg, const struct config *next, char *kept,
		  size_t size)
{
	kept[0] = '\0';
	note(kept, size, strcmp(cfg->app_name, next->app_name), "app_name");
	note(kept, size, cfg->transport != next->transport, "transport");
	note(kept, size, strcmp(cfg->libvmtools_path, next->libvmtools_path),
	     "libvmtools_path");
	note(kept, size, strcmp(cfg->token_file, next->token_file),
	     "file of [token]");
	strcpy(cfg->vmtoolsd_path, next->vmtoolsd_path);
	cfg->poll_interval_ms = next->poll_interval_ms;
	cfg->rpc_timeout_ms = next->rpc_timeout_ms;
	cfg->log_level = next->log_level;
}
