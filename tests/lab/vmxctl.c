// SPDX-License-Identifier: GPL-2.0
/*
 * vmxctl - scripts the simulated host: one command, one answer
 *
 * On the host it talks to vmxsim's control socket.  In the guest the control
 * protocol goes over a virtio-serial port, which one process at a time may
 * have open: an exchange is made under a lock, and a command that waits
 * ("wait-...") is cut into short waits between which others get their turn.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <glob.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "ctl.h"

#define PORT_NAME	"vmx.control"
#define PORT_DIR	"/sys/class/virtio-ports/"
#define SLICE_S		0.05

static const char *socket_path;
static int64_t sent_ns;
static char port_path[64];
static int port_lock = -1;

__attribute__((noreturn))
static void die(const char *what)
{
	fprintf(stderr, "vmxctl: %s: %s\n", what, strerror(errno));
	exit(2);
}

static double seconds(void)
{
	return clock_ns() / 1e9;
}

/* The way to vmxsim */

static bool is_named(const char *dir)
{
	char path[128], name[32] = "";
	FILE *f;

	snprintf(path, sizeof(path), "%s/name", dir);
	f = fopen(path, "re");
	if (!f)
		return false;
	if (!fgets(name, sizeof(name), f))
		name[0] = 0;
	fclose(f);
	name[strcspn(name, "\n")] = 0;
	return !strcmp(name, PORT_NAME);
}

static void find_port(void)
{
	glob_t found;
	size_t i;

	if (!glob(PORT_DIR "*", 0, NULL, &found)) {
		for (i = 0; i < found.gl_pathc; i++) {
			if (!is_named(found.gl_pathv[i]))
				continue;
			snprintf(port_path, sizeof(port_path), "/dev/%s",
				 found.gl_pathv[i] + strlen(PORT_DIR));
			port_lock = open(found.gl_pathv[i],
					 O_RDONLY | O_CLOEXEC);
			break;
		}
		globfree(&found);
	}
	if (!*port_path)
		errno = ENOENT;
	if (port_lock < 0)
		die("no port of the name " PORT_NAME);
}

static int open_port(void)
{
	int fd;

	while (flock(port_lock, LOCK_EX) < 0)
		if (errno != EINTR)
			die("flock");
	fd = open(port_path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		die(port_path);
	return fd;
}

/* One exchange */

static void exchange(const char *command, struct buf *answer)
{
	int fd = socket_path ? ctl_connect(socket_path) : open_port();

	if (fd < 0)
		die(socket_path);
	if (!ctl_exchange(fd, command, answer, &sent_ns))
		die("no answer");
	close(fd);
	if (!socket_path)
		flock(port_lock, LOCK_UN);
}

/* Waiting by slices */

/* Takes "timeout=S" out of the command. */
static double take_timeout(struct buf *command)
{
	char *at = strstr(command->data, " timeout=");
	double timeout = 30;
	char *end;

	if (!at)
		return timeout;
	timeout = strtod(at + strlen(" timeout="), &end);
	memmove(at, end, strlen(end) + 1);
	command->len = strlen(command->data);
	return timeout;
}

/* What vmxsim says to send to go on waiting; NULL if the wait is over. */
static char *again(const struct buf *answer)
{
	char *from = strstr(answer->data, "\"again\":\"");

	if (!from)
		return NULL;
	from += strlen("\"again\":\"");
	return strndup(from, strcspn(from, "\""));
}

static void exchange_slices(struct buf *command, struct buf *answer)
{
	double until = seconds() + take_timeout(command);
	char *next = strdup(command->data);
	double left;

	while (next) {
		left = until - seconds();
		buf_reset(command);
		buf_printf(command, "%s timeout=%.3f", next,
			   left < 0 ? 0 : left < SLICE_S ? left : SLICE_S);
		free(next);
		exchange(command->data, answer);
		next = left > 0 ? again(answer) : NULL;
	}
}

/* Output */

/* The text of a top-level member that is a plain value. */
static void print_field(const struct buf *answer, const char *field)
{
	struct buf key = { 0 };
	char *at;

	buf_printf(&key, "\"%s\":", field);
	at = strstr(answer->data, key.data);
	if (at) {
		at += key.len;
		at += *at == '"';
		printf("%.*s\n", (int)strcspn(at, ",}\"]"), at);
	}
	buf_free(&key);
}

static void usage(FILE *to)
{
	fputs("usage: vmxctl [--socket SOCK] [--field NAME] [--sent] COMMAND...\n"
	      "  --socket SOCK  vmxsim's control socket; without it, the port\n"
	      "                 " PORT_NAME " of a guest\n"
	      "  --field NAME   print that member of the answer only\n"
	      "  --sent         before it, when the command was sent, in ns of\n"
	      "                 CLOCK_MONOTONIC\n"
	      "Exit status: 0 if the answer is ok, 1 if not, 2 if none came.\n",
	      to);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "socket", required_argument, NULL, 's' },
		{ "field", required_argument, NULL, 'f' },
		{ "sent", no_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 }
	};
	struct buf command = { 0 }, answer = { 0 };
	const char *field = NULL;
	bool ok, sent = false;
	int opt;

	while ((opt = getopt_long(argc, argv, "+hf:", options, NULL)) != -1) {
		if (opt == 's') {
			socket_path = optarg;
		} else if (opt == 'f') {
			field = optarg;
		} else if (opt == 't') {
			sent = true;
		} else {
			usage(opt == 'h' ? stdout : stderr);
			return opt == 'h' ? 0 : 2;
		}
	}
	if (optind == argc) {
		usage(stderr);
		return 2;
	}
	for (; optind < argc; optind++)
		buf_printf(&command, "%s%s", command.len ? " " : "",
			   argv[optind]);
	if (!socket_path)
		find_port();
	if (!socket_path && !strncmp(command.data, "wait-", 5))
		exchange_slices(&command, &answer);
	else
		exchange(command.data, &answer);
	ok = !strncmp(answer.data, "{\"ok\":true", 10);
	if (sent)
		printf("%" PRId64 " ", sent_ns);
	if (field && ok)
		print_field(&answer, field);
	else
		printf("%s\n", answer.data);
	return !ok;
}
