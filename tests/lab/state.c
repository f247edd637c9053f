// SPDX-License-Identifier: GPL-2.0
#include "state.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "qmp.h"

#define STATE	"migration"
#define LOCK	"lock"

/* All of the file; of these locks the kernel tells who has them. */
static const struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

int state_lock(bool wait)
{
	int fd = open(LOCK, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	struct flock lock = whole;

	if (fd < 0)
		return -1;
	while (fcntl(fd, wait ? F_SETLKW : F_SETLK, &lock)) {
		if (errno == EINTR && !wait)
			continue;
		close(fd);
		return -1;
	}
	return fd;
}

/* Who has the lock; 0: nobody, or us. */
static pid_t lock_holder(void)
{
	int fd = open(LOCK, O_RDONLY | O_CLOEXEC);
	struct flock lock = whole;
	pid_t pid = 0;

	if (fd < 0)
		return 0;
	if (!fcntl(fd, F_GETLK, &lock) && lock.l_type != F_UNLCK)
		pid = lock.l_pid;
	close(fd);
	return pid;
}

bool state_ask_to_end(const struct state *s)
{
	/* A number in a file may by now be another process's. */
	return state_is_open(s) && s->pid > 0 && lock_holder() == s->pid &&
	       !kill(s->pid, SIGTERM);
}

static void take_text(char *to, size_t size, const cJSON *json,
		      const char *name)
{
	snprintf(to, size, "%s", qmp_text(json, name));
}

void state_load(struct state *s)
{
	FILE *f = fopen(STATE, "re");
	char text[4096] = "";
	cJSON *json;

	memset(s, 0, sizeof(*s));
	if (!f)
		return;
	if (!fread(text, 1, sizeof(text) - 1, f))
		text[0] = 0;
	fclose(f);
	json = cJSON_Parse(text);
	s->migration = qmp_number(json, "migration");
	s->pid = qmp_number(json, "pid");
	take_text(s->from, sizeof(s->from), json, "from");
	take_text(s->to, sizeof(s->to), json, "to");
	take_text(s->phase, sizeof(s->phase), json, "phase");
	take_text(s->result, sizeof(s->result), json, "result");
	take_text(s->operation_id, sizeof(s->operation_id), json,
		  "operation_id");
	cJSON_Delete(json);
}

bool state_save(const struct state *s, struct buf *why)
{
	FILE *f = fopen(STATE ".new", "we");
	cJSON *json = cJSON_CreateObject();
	bool written = false;
	char *text;

	cJSON_AddNumberToObject(json, "migration", s->migration);
	cJSON_AddNumberToObject(json, "pid", s->pid);
	cJSON_AddStringToObject(json, "from", s->from);
	cJSON_AddStringToObject(json, "to", s->to);
	cJSON_AddStringToObject(json, "phase", s->phase);
	cJSON_AddStringToObject(json, "result", s->result);
	cJSON_AddStringToObject(json, "operation_id", s->operation_id);
	text = cJSON_PrintUnformatted(json);
	if (f && text)
		written = fputs(text, f) >= 0;
	if (f)
		written = !fclose(f) && written;
	if (!written || rename(STATE ".new", STATE)) {
		buf_printf(why, "%s: %s", STATE, strerror(errno));
		written = false;
	}
	free(text);
	cJSON_Delete(json);
	return written;
}

bool state_is_open(const struct state *s)
{
	return s->migration && strcmp(s->phase, "over");
}
