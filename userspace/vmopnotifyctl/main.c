// SPDX-License-Identifier: GPL-2.0
/* vmopnotifyctl - look at hypervisor operations, and take part in them. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "output.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static const struct command *const commands[] = {
	&command_status,
	&command_monitor,
	&command_consumers,
	&command_wait,
	&command_run,
	&command_import,
	&command_simulate,
	&command_doctor,
	&command_history,
	&command_metrics,
};

static int help(void)
{
	printf("usage: vmopnotifyctl COMMAND [OPTION...]\n"
	       "\n"
	       "Shows what the hypervisor announces to this virtual machine, and\n"
	       "lets applications get quiet before it and resume after it.\n"
	       "\n"
	       "commands:\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		printf("  %-12s%s\n", commands[i]->name, commands[i]->summary);
	printf("\n"
	       "  --help      tells this; after a command, tells about that\n"
	       "  --version   tells the version\n"
	       "\n"
	       "exit codes:\n"
	       "  0    done\n"
	       "  1    could not be done, and stderr says why\n"
	       "  2    the command line is wrong\n"
	       "  3    doctor: warnings, but no failure\n"
	       "  124  wait: the state did not come in time\n");
	return output_flush() ? COMMAND_FAILED : COMMAND_OK;
}

static int version(void)
{
	puts("vmopnotifyctl " VMOPNOTIFY_VERSION);
	return output_flush() ? COMMAND_FAILED : COMMAND_OK;
}

static int run_command(const struct command *cmd, int argc, char **argv)
{
	char name[64];

	/* It is what getopt begins its messages with. */
	snprintf(name, sizeof(name), "vmopnotifyctl: %s", cmd->name);
	argv[0] = name;
	return cmd->run(argc, argv);
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		error_line("no command given; \"vmopnotifyctl --help\" lists them");
		return COMMAND_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
	    !strcmp(argv[1], "help"))
		return help();
	if (!strcmp(argv[1], "--version"))
		return version();
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(argv[1], commands[i]->name))
			return run_command(commands[i], argc - 1, argv + 1);

	error_line("no command \"%s\"; \"vmopnotifyctl --help\" lists them",
		   argv[1]);
	return COMMAND_USAGE;
}
