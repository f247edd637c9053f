// SPDX-License-Identifier: GPL-2.0
/* A uevent for each change of state, with the state and the operation. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>

#include "guest.h"

#define ID 18446744073709551615ULL

static int listener;

/* The value of @key in a uevent's "KEY=VALUE" strings, or "". */
static const char *value(const char *uevent, ssize_t len, const char *key)
{
	size_t n = strlen(key);

	for (const char *s = uevent; s < uevent + len; s += strlen(s) + 1)
		if (!strncmp(s, key, n) && s[n] == '=')
			return s + n + 1;
	return "";
}

static void expect(const char *state, const char *id)
{
	struct pollfd pfd = { .fd = listener, .events = POLLIN };
	static char uevent[4096];
	ssize_t len;

	do {
		if (!poll(&pfd, 1, PATIENCE_MS)) {
			ok(false, "%s is told", state);
			return;
		}
		len = recv(listener, uevent, sizeof(uevent) - 1, 0);
		uevent[len < 0 ? 0 : len] = '\0';
	} while (strcmp(value(uevent, len, "DEVNAME"), "vmopnotify") ||
		 strcmp(value(uevent, len, "ACTION"), "change"));

	ok(!strcmp(value(uevent, len, "STATE"), state), "%s is told: %s", state,
	   value(uevent, len, "STATE"));
	ok(!strcmp(value(uevent, len, "OPERATION_ID"), id),
	   "with the operation: %s", value(uevent, len, "OPERATION_ID"));
}

int main(void)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	struct vmop_genl *helper;
	int fd;

	listener = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC,
			  NETLINK_KOBJECT_UEVENT);
	if (listener < 0 ||
	    bind(listener, (struct sockaddr *)&addr, sizeof(addr)))
		die("no uevents");

	helper = helper_attached();
	expect("idle", "");
	fd = dev_consumer("x", 0);
	helper_start(helper, ID, 60000, 0);
	dev_ack(fd, ID, 0);
	helper_end(helper, ID, 0);
	expect("quiescing", "18446744073709551615");
	expect("quiesced", "18446744073709551615");
	expect("idle", "18446744073709551615");
	vmop_genl_close(helper);
	expect("detached", "");
	close(fd);
	return done();
}
