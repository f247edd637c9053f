// SPDX-License-Identifier: GPL-2.0
/*
 * vmopnotifyd - the helper: bridges the host and the vmopnotify module
 *
 * Exit codes: 0 stopped as told, or --help, --version; 1 it cannot go on, the
 * message says why (a supervisor should start it again); 2 wrong usage or a
 * mistake in the configuration (to start it again is of no use).
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>

#include "bridge.h"
#include "config.h"
#include "log.h"

#define EXIT_USAGE	2

static const char usage[] =
"Usage: vmopnotifyd [OPTION]...\n"
"Bridge the hypervisor's notices of operations on this virtual machine to the\n"
"vmopnotify kernel module.\n"
"\n"
"  -c, --config FILE  read FILE instead of " CONFIG_DEFAULT_FILE "\n"
"  -f, --foreground   stay in the foreground, which it always does\n"
"  -h, --help         show this and exit\n"
"  -V, --version      show the version and exit\n"
"\n"
"SIGTERM and SIGINT stop it and give the host's registration back, unless an\n"
"operation is open: the next start goes on with it then.  A second one stops it\n"
"at once.  SIGHUP has it read its configuration again.\n"
"\n"
"Exit codes: 0 stopped as told; 1 it cannot go on; 2 wrong usage or a mistake\n"
"in the configuration.\n";

static const struct option options[] = {
	{ "config",	required_argument,	NULL, 'c' },
	{ "foreground",	no_argument,		NULL, 'f' },
	{ "help",	no_argument,		NULL, 'h' },
	{ "version",	no_argument,		NULL, 'V' },
	{ }
};

/* What is opened later must not land on 0, 1 or 2. */
static int fill_standard_fds(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* Known now rather than when the host's registration is held for nothing. */
static bool may_drive_kernel(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { };

	if (syscall(SYS_capget, &head, data) < 0)
		return true;
	return data[CAP_TO_INDEX(CAP_NET_ADMIN)].effective &
	       CAP_TO_MASK(CAP_NET_ADMIN);
}

/* Two threads that allocate little: one arena, with no room to spare. */
static void keep_memory_small(void)
{
	mallopt(M_ARENA_MAX, 1);
	mallopt(M_TOP_PAD, 0);
}

int main(int argc, char **argv)
{
	const char *file = NULL;
	struct config cfg;
	char err[512];
	int opt;

	keep_memory_small();
	/* Left ignored by who started us, it would lose a command's end. */
	signal(SIGCHLD, SIG_DFL);
	if (fill_standard_fds() < 0)
		return EXIT_FAILURE;
	log_init();
	while ((opt = getopt_long(argc, argv, "c:fhV", options, NULL)) != -1) {
		switch (opt) {
		case 'c':
			file = optarg;
			break;
		case 'f':
			break;
		case 'h':
			fputs(usage, stdout);
			return EXIT_SUCCESS;
		case 'V':
			puts("vmopnotifyd " VMOPNOTIFY_VERSION);
			return EXIT_SUCCESS;
		default:
			fputs("Try 'vmopnotifyd --help'.\n", stderr);
			return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "vmopnotifyd: unexpected argument '%s'\n"
			"Try 'vmopnotifyd --help'.\n", argv[optind]);
		return EXIT_USAGE;
	}
	if (config_read(&cfg, file, err, sizeof(err)) < 0) {
		log_err("%s", err);
		return EXIT_USAGE;
	}
	log_set_level(cfg.log_level);
	if (!may_drive_kernel()) {
		log_err("needs the capability CAP_NET_ADMIN");
		return EXIT_FAILURE;
	}
	signal(SIGPIPE, SIG_IGN);
	umask(077);
	return bridge_run(&cfg, file);
}
