// SPDX-License-Identifier: GPL-2.0
/*
 * A library to call in place of VMware's.  What it does is in the command:
 *
 *	ok TEXT, fail TEXT	the host did it, or did not
 *	null			it did not, and no reason is given
 *	large N			a reply of N bytes
 *	wait PATH TEXT		ok, once PATH exists
 *
 * and, for the child that tries it, in the environment, FAKE_TRIAL: no-host,
 * hang (once, with FAKE_TRIAL_ONCE a path), or crash.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int RpcChannel_SendOneRaw(const char *data, size_t len, char **reply,
			  size_t *reply_len);
void RpcChannel_Free(void *reply);
char VmCheck_IsVirtualWorld(void);

/* If it is set, this plays the host instead. */
void (*fake_host)(const char *rpc, char *text, size_t size);

/* Replies that are not freed yet. */
int fake_replies;

/* How often the host was reached, but for trials. */
int fake_sent;

static int is_trial(const char *mode)
{
	const char *trial = getenv("FAKE_TRIAL");

	return trial && !strcmp(trial, mode);
}

char VmCheck_IsVirtualWorld(void)
{
	return !is_trial("no-host");
}

static void answer(const char *text, size_t len, char **reply, size_t *reply_len)
{
	*reply = malloc(len + 1);
	memcpy(*reply, text, len);
	(*reply)[len] = '\0';
	*reply_len = len;
	__atomic_add_fetch(&fake_replies, 1, __ATOMIC_SEQ_CST);
}

static void trial(void)
{
	if (is_trial("crash"))
		raise(SIGSEGV);
	while (is_trial("hang") && access(getenv("FAKE_TRIAL_ONCE"), F_OK))
		usleep(1000);
}

int RpcChannel_SendOneRaw(const char *data, size_t len, char **reply,
			  size_t *reply_len)
{
	char command[1024], path[512];
	size_t size;
	char *text;

	snprintf(command, sizeof(command), "%.*s", (int)len, data);
	if (fake_host) {
		fake_host(command, path, sizeof(path));
		answer(path, strlen(path), reply, reply_len);
		return 1;
	}
	text = strchr(command, ' ') ? strchr(command, ' ') + 1 : command;
	if (!strncmp(command, "vm-operation", 12)) {
		trial();
		answer("x", 1, reply, reply_len);
		return 1;
	}
	__atomic_add_fetch(&fake_sent, 1, __ATOMIC_SEQ_CST);
	if (!strcmp(command, "null"))
		return 0;
	if (sscanf(command, "large %zu", &size) == 1) {
		text = calloc(1, size + 1);
		answer(text, size, reply, reply_len);
		free(text);
		return 1;
	}
	if (sscanf(command, "wait %511s", path) == 1) {
		while (access(path, F_OK))
			usleep(1000);
		text = strrchr(command, ' ') + 1;
	}
	answer(text, strlen(text), reply, reply_len);
	return strncmp(command, "fail", 4) != 0;
}

void RpcChannel_Free(void *reply)
{
	__atomic_sub_fetch(&fake_replies, 1, __ATOMIC_SEQ_CST);
	free(reply);
}
