// SPDX-License-Identifier: GPL-2.0
/* What the subcommands have in common, see command.h. */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "output.h"

#define SECONDS_MAX	(366.0 * 86400)

int command_help(const struct command *cmd)
{
	printf("%s\n%s", cmd->summary, cmd->help);
	return output_flush() ? COMMAND_FAILED : COMMAND_OK;
}

int command_usage(const struct command *cmd, const char *format, ...)
{
	char text[512];
	va_list args;

	if (format) {
		va_start(args, format);
		vsnprintf(text, sizeof(text), format, args);
		va_end(args);
		error_line("%s: %s", cmd->name, text);
	}
	error_line("\"vmopnotifyctl %s --help\" tells its usage", cmd->name);
	return COMMAND_USAGE;
}

int command_json_option(const struct command *cmd, int argc, char **argv,
			bool *json)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{}
	};
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 'h')
			return command_help(cmd);
		if (c != 'j')
			return command_usage(cmd, NULL);
		*json = true;
	}
	if (optind < argc)
		return command_usage(cmd, "unexpected argument \"%s\"",
				     argv[optind]);
	return -1;
}

int command_query(uint8_t cmd, bool dump, vmop_genl_cb cb, void *arg)
{
	char err[VMOP_ERR_LEN] = "";
	struct vmop_genl *g;
	struct nl_msg *msg;
	int ret;

	ret = vmop_genl_open(&g, err, sizeof(err));
	if (ret)
		goto out;
	msg = vmop_genl_msg(g, cmd);
	ret = dump ? vmop_genl_dump(g, msg, cb, arg, err, sizeof(err)) :
		     vmop_genl_do(g, msg, cb, arg, err, sizeof(err));
	vmop_genl_close(g);
out:
	if (ret)
		error_line("%s", *err ? err : strerror(-ret));
	return ret;
}

bool parse_seconds(const char *text, uint64_t *ns)
{
	double seconds;
	char *end;

	/* What strtod() takes and nobody means: spaces, signs, hex, "inf". */
	if (!*text || strspn(text, "0123456789.") != strlen(text))
		return false;
	seconds = strtod(text, &end);
	if (*end || end == text || !(seconds <= SECONDS_MAX))
		return false;
	*ns = (uint64_t)(seconds * (double)NSEC_PER_SEC);
	return true;
}

bool parse_number(const char *text, uint64_t max, uint64_t *value)
{
	if (!*text || strspn(text, "0123456789") != strlen(text))
		return false;
	errno = 0;
	*value = strtoull(text, NULL, 10);
	return !errno && *value <= max;
}
