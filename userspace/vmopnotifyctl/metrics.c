// SPDX-License-Identifier: GPL-2.0
/*
 * vmopnotifyctl metrics: for Prometheus.
 *
 * OpenMetrics has types and rules that the older text format has not, and what
 * reads that one (node_exporter's textfile collector) refuses a whole file for
 * a type that it does not know: so there are both.  Their samples are the same.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include <vmopnotify.h>
#include "output.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define PREFIX		"vmopnotify_"
#define VERSION_FILE	"/sys/module/vmopnotify/version"

/**
 * struct page - what is written
 * @out: where to
 * @openmetrics: in OpenMetrics, not in the older format
 * @attrs: the module's answer
 */
struct page {
	FILE *out;
	bool openmetrics;
	struct nlattr **attrs;
};

/**
 * struct number - a metric that is a number of the module's
 * @name: its name, without the prefix and without a counter's suffix
 * @attr: &enum vmopnotify_attr
 * @wide: it has 64 bits
 * @counter: it only grows
 * @per_second: how many of its units are a second; 0: it is not a time
 * @help: what it is
 */
struct number {
	const char *name;
	int attr;
	bool wide;
	bool counter;
	uint64_t per_second;
	const char *help;
};

static const struct number numbers[] = {
	{ "consumers", VMOPNOTIFY_A_CONSUMERS, false, false, 0,
	  "Consumers that have joined." },
	{ "members", VMOPNOTIFY_A_MEMBERS, false, false, 0,
	  "Consumers that take part in the open operation, 0 without one." },
	{ "pending", VMOPNOTIFY_A_PENDING, false, false, 0,
	  "Members of the open operation whose ack is outstanding." },
	{ "host_timeout_seconds", VMOPNOTIFY_A_TIMEOUT_MS, false, false, 1000,
	  "How long the host waits for the ack, as it told the helper." },
	{ "last_quiesce_seconds", VMOPNOTIFY_A_LAST_QUIESCE_NS, true, false,
	  NSEC_PER_SEC,
	  "From the last operation's start until all were quiet, 0 if they never were." },
	{ "last_stun_seconds", VMOPNOTIFY_A_LAST_STUN_NS, true, false,
	  NSEC_PER_SEC,
	  "How long the machine did not run in the last operation, 0 if that was not seen." },
	{ "operations", VMOPNOTIFY_A_OPERATIONS, true, true, 0,
	  "Operations started since the module was loaded, drills too." },
	{ "expired", VMOPNOTIFY_A_EXPIRED, true, true, 0,
	  "Operations whose deadline passed with acks missing." },
	{ "lost", VMOPNOTIFY_A_LOST, true, true, 0,
	  "Operations that ended without an end from the host." },
	{ "stray_ends", VMOPNOTIFY_A_STRAY_ENDS, true, true, 0,
	  "Ends of operations that were not open." },
	{ "ack_errors", VMOPNOTIFY_A_ACK_ERRORS, true, true, 0,
	  "Acks with an error." },
};

/* What stands before the samples of a metric. */
static void head(const struct page *p, const char *name, const char *type,
		 const char *unit, const char *help)
{
	const char *suffix = "";

	if (!p->openmetrics) {
		/* There is one name for a metric and its samples there. */
		if (!strcmp(type, "counter"))
			suffix = "_total";
		else if (!strcmp(type, "info"))
			suffix = "_info";
		if (strcmp(type, "counter"))
			type = "gauge";
	}
	fprintf(p->out, "# HELP " PREFIX "%s%s %s\n", name, suffix, help);
	fprintf(p->out, "# TYPE " PREFIX "%s%s %s\n", name, suffix, type);
	if (unit && p->openmetrics)
		fprintf(p->out, "# UNIT " PREFIX "%s %s\n", name, unit);
}

static void write_number(const struct page *p, const struct number *n)
{
	uint64_t value = n->wide ? vmop_attr_u64(p->attrs, n->attr, 0) :
				   vmop_attr_u32(p->attrs, n->attr, 0);

	head(p, n->name, n->counter ? "counter" : "gauge",
	     n->per_second ? "seconds" : NULL, n->help);
	if (n->per_second)
		fprintf(p->out, PREFIX "%s %.9g\n", n->name,
			(double)value / (double)n->per_second);
	else
		fprintf(p->out, PREFIX "%s%s %" PRIu64 "\n", n->name,
			n->counter ? "_total" : "", value);
}

static void write_flag(const struct page *p, const char *name, bool value,
		       const char *help)
{
	head(p, name, "gauge", NULL, help);
	fprintf(p->out, PREFIX "%s %d\n", name, value);
}

/* One sample a word, and 1 for that which holds. */
static void write_set(const struct page *p, const char *name, uint32_t now,
		      const char *(*word)(uint32_t), uint32_t count,
		      const char *help)
{
	head(p, name, "stateset", NULL, help);
	for (uint32_t i = 0; i < count; i++)
		fprintf(p->out, PREFIX "%s{" PREFIX "%s=\"%s\"} %d\n", name,
			name, word(i), now == i);
}

static void write_label(FILE *out, const char *name, const char *value)
{
	fprintf(out, "%s=\"", name);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			fputc('\\', out);
		fputc(*value, out);
	}
	fputc('"', out);
}

static void write_module(const struct page *p, const char *version)
{
	head(p, "module", "info", NULL, "The module that is loaded.");
	fprintf(p->out, PREFIX "module_info{");
	write_label(p->out, "version", version);
	fprintf(p->out, ",abi_version=\"%u\"} 1\n",
		vmop_attr_u32(p->attrs, VMOPNOTIFY_A_ABI_VERSION, 0));
}

static void write_all(const struct page *p, const char *version)
{
	uint32_t flags = vmop_attr_u32(p->attrs, VMOPNOTIFY_A_FLAGS, 0);

	write_set(p, "state", vmop_attr_u32(p->attrs, VMOPNOTIFY_A_STATE, 0),
		  vmopnotify_state_name, VMOPNOTIFY_STATE_EXPIRED + 1,
		  "Where the machine stands.");
	write_set(p, "last_operation",
		  vmop_attr_u32(p->attrs, VMOPNOTIFY_A_LAST_STATUS, 0),
		  vmopnotify_end_name, VMOPNOTIFY_END_LOST + 1,
		  "How the last operation ended.");
	write_flag(p, "drill", flags & VMOPNOTIFY_F_DRILL,
		   "Is the open operation a DRILL, and not from the host?");
	write_flag(p, "helper_attached", p->attrs[VMOPNOTIFY_A_APP_NAME],
		   "Does a helper hold the host's registration?");
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		write_number(p, &numbers[i]);
	write_module(p, version);
}

static int take_status(uint8_t cmd, struct nlattr **attrs, void *arg)
{
	struct page *p = arg;
	char version[64];

	(void)cmd;
	p->attrs = attrs;
	read_line(VERSION_FILE, version, sizeof(version));
	write_flag(p, "up", true, "Could the module be asked?");
	write_all(p, version);
	return 0;
}

/* Without an answer there is one metric, which tells that. */
static int write_page(struct page *p)
{
	int ret = command_query(VMOPNOTIFY_CMD_GET, false, take_status, p);

	if (ret)
		write_flag(p, "up", false, "Could the module be asked?");
	if (p->openmetrics)
		fprintf(p->out, "# EOF\n");
	return ret;
}

static int cannot_write(const char *path)
{
	error_line("cannot write %s: %m", path);
	return COMMAND_FAILED;
}

/* The old file or the new one, never a part: it may be read at any time. */
static int write_file(struct page *p, const char *path)
{
	char temporary[PATH_MAX];
	int fd, ret;

	if (snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >=
	    (int)sizeof(temporary)) {
		errno = ENAMETOOLONG;
		return cannot_write(path);
	}
	fd = mkostemp(temporary, O_CLOEXEC);
	p->out = fd < 0 ? NULL : fdopen(fd, "w");
	if (!p->out) {
		ret = cannot_write(path);
		if (fd < 0)
			return ret;
		close(fd);
		goto remove;
	}
	ret = write_page(p) ? COMMAND_FAILED : COMMAND_OK;
	/* Others read it: it has no secrets. */
	if (fchmod(fd, 0644) || fflush(p->out) || fsync(fd)) {
		ret = cannot_write(path);
		fclose(p->out);
		goto remove;
	}
	if (fclose(p->out) || rename(temporary, path)) {
		ret = cannot_write(path);
		goto remove;
	}
	return ret;
remove:
	unlink(temporary);
	return ret;
}

static int set_format(struct page *p, const char *text)
{
	p->openmetrics = !strcmp(text, "openmetrics");
	if (p->openmetrics || !strcmp(text, "prometheus"))
		return -1;
	return command_usage(&command_metrics,
			     "--format takes openmetrics or prometheus, not \"%s\"",
			     text);
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "format", required_argument, NULL, 'f' },
		{ "output", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{}
	};
	struct page p = { .out = stdout, .openmetrics = true };
	const char *output = NULL;
	int c, ret = -1;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 'h')
			return command_help(&command_metrics);
		if (c == 'o')
			output = optarg;
		else if (c == 'f')
			ret = set_format(&p, optarg);
		else
			ret = command_usage(&command_metrics, NULL);
		if (ret >= 0)
			return ret;
	}
	if (optind < argc)
		return command_usage(&command_metrics,
				     "unexpected argument \"%s\"",
				     argv[optind]);
	if (output)
		return write_file(&p, output);
	ret = write_page(&p);
	return ret || output_flush() ? COMMAND_FAILED : COMMAND_OK;
}

const struct command command_metrics = {
	.name = "metrics",
	.summary = "prints metrics for Prometheus",
	.help =
	"\n"
	"usage: vmopnotifyctl metrics [--format openmetrics|prometheus]\n"
	"                             [--output FILE]\n"
	"\n"
	"Prints the state, the counters and how the last operation went.  Where\n"
	"the module cannot be asked vmopnotify_up is 0, and the only metric.\n"
	"\n"
	"  --format openmetrics  with its types; the default\n"
	"  --format prometheus   in the older text format, which node_exporter's\n"
	"                        textfile collector reads\n"
	"  --output FILE         writes FILE, all of it or nothing\n"
	"\n"
	"Needs no privilege.  Exit codes: 0, 1 failed, 2 wrong usage.\n",
	.run = run,
};
