// SPDX-License-Identifier: GPL-2.0
/* The daemon's configuration file. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include <ini.h>

#include "config.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/**
 * struct parser - where reading a file stands
 * @cfg: what is filled in
 * @file: being read
 * @path: its name
 * @line: the number of the line read last
 * @seen: keys that have been given, one bit each as in keys[]
 * @bad_line: that of the first mistake, 0 while there is none
 * @err: where its text goes
 * @errlen: size of @err
 */
struct parser {
	struct config *cfg;
	FILE *file;
	const char *path;
	int line;
	unsigned int seen;
	int bad_line;
	char *err;
	size_t errlen;
};

/* Only the first mistake is told: the others may follow from it. */
__attribute__((format(printf, 2, 3)))
static void mistake(struct parser *p, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (p->bad_line)
		return;
	p->bad_line = p->line;
	n = snprintf(p->err, p->errlen, "%s:%d: ", p->path, p->line);
	if (n < 0 || (size_t)n >= p->errlen)
		return;
	va_start(ap, fmt);
	vsnprintf(p->err + n, p->errlen - (size_t)n, fmt, ap);
	va_end(ap);
}

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

static const char *set_app_name(struct config *cfg, const char *value)
{
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

static const char *set_transport(struct config *cfg, const char *value)
{
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
static const char *set_libvmtools_path(struct config *cfg, const char *value)
{
	if (!value[0])
		return "empty";
	if (strchr(value, '/'))
		return set_path(cfg->libvmtools_path, value);
	if (strlen(value) >= sizeof(cfg->libvmtools_path))
		return "too long";
	strcpy(cfg->libvmtools_path, value);
	return NULL;
}

static const char *set_vmtoolsd_path(struct config *cfg, const char *value)
{
	return set_path(cfg->vmtoolsd_path, value);
}

static const char *set_poll_interval(struct config *cfg, const char *value)
{
	return set_u32(&cfg->poll_interval_ms, value, 10, 60000);
}

static const char *set_rpc_timeout(struct config *cfg, const char *value)
{
	return set_u32(&cfg->rpc_timeout_ms, value, 100, 60000);
}

static const char *set_token_file(struct config *cfg, const char *value)
{
	if (value[0] && value[strlen(value) - 1] == '/')
		return "names a directory";
	return set_path(cfg->token_file, value);
}

static const char *set_level(struct config *cfg, const char *value)
{
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

/* Each key and who takes it: that returns what is wrong, or NULL. */
static const struct {
	const char *section;
	const char *name;
	const char *(*set)(struct config *cfg, const char *value);
} keys[] = {
	{ "host",  "app_name",		set_app_name },
	{ "host",  "transport",		set_transport },
	{ "host",  "libvmtools_path",	set_libvmtools_path },
	{ "host",  "vmtoolsd_path",	set_vmtoolsd_path },
	{ "host",  "poll_interval_ms",	set_poll_interval },
	{ "host",  "rpc_timeout_ms",	set_rpc_timeout },
	{ "token", "file",		set_token_file },
	{ "log",   "level",		set_level },
};

static bool known_section(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(keys[i].section, name))
			return true;
	return false;
}

/* inih's handler; it returns 1, as mistakes are told with more than a line. */
static int on_key(void *arg, const char *section, const char *name,
		  const char *value)
{
	struct parser *p = arg;
	const char *why;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(keys[i].section, section) &&
		    !strcmp(keys[i].name, name))
			break;
	if (i == ARRAY_SIZE(keys)) {
		if (!section[0])
			mistake(p, "key \"%s\" stands in no section", name);
		else if (known_section(section))
			mistake(p, "unknown key \"%s\" in [%s]", name,
				section);
		return 1;
	}
	if (p->seen & (1U << i)) {
		mistake(p, "key \"%s\" in [%s] is given twice", name, section);
		return 1;
	}
	p->seen |= 1U << i;
	why = keys[i].set(p->cfg, value);
	if (why)
		mistake(p, "bad value of \"%s\" in [%s]: %s: \"%s\"", name,
			section, why, value);
	return 1;
}

/* inih tells of a section only with its first key. */
static void check_section(struct parser *p, const char *line)
{
	char name[64];

	line += strspn(line, " \t");
	if (line[0] == '[' && sscanf(line, "[%63[^]\n]]", name) == 1 &&
	    !known_section(name))
		mistake(p, "unknown section [%s]", name);
}

/*
 * inih's reader: counts lines, which its handler is not told, and sees to it
 * that none is cut in two, which inih would take for two lines.
 */
static char *read_line(char *buf, int size, void *arg)
{
	struct parser *p = arg;
	int n = 0, c;

	if (p->bad_line)
		return NULL;
	while ((c = getc(p->file)) != EOF && c != '\n') {
		if (!c)
			p->bad_line = -1;
		if (n < size - 2)
			buf[n] = (char)c;
		n++;
	}
	if (c == EOF && !n)
		return NULL;
	p->line++;
	if (p->bad_line) {
		p->bad_line = 0;
		mistake(p, "holds binary data");
		return NULL;
	}
	if (n >= size - 2) {
		mistake(p, "longer than %d characters", size - 3);
		return NULL;
	}
	buf[n] = '\n';
	buf[n + 1] = '\0';
	check_section(p, buf);
	return p->bad_line ? NULL : buf;
}

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
	struct parser p = {
		.cfg = cfg, .path = path, .err = err, .errlen = errlen,
	};
	int ret;

	config_defaults(cfg);
	p.file = fopen(path, "re");
	if (!p.file) {
		ret = -errno;
		snprintf(err, errlen, "%s: %s", path, strerror(-ret));
		return ret;
	}
	ret = ini_parse_stream(read_line, &p, on_key, &p);
	if (ferror(p.file)) {
		ret = -EIO;
		snprintf(err, errlen, "%s: cannot be read", path);
	} else if (ret > 0 && (!p.bad_line || ret < p.bad_line)) {
		p.bad_line = 0;
		p.line = ret;
		mistake(&p, "neither a [section] nor \"key = value\"");
		ret = -EINVAL;
	} else if (p.bad_line) {
		ret = -EINVAL;
	} else if (ret < 0) {
		ret = -ENOMEM;
		snprintf(err, errlen, "%s: %s", path, strerror(ENOMEM));
	}
	fclose(p.file);
	return ret;
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
