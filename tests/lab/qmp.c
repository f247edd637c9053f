// SPDX-License-Identifier: GPL-2.0
#include "qmp.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "ctl.h"

/* An emulated machine on a busy one takes its time. */
#define PATIENCE_MS	30000

const char *qmp_text(const cJSON *json, const char *name)
{
	const char *text = cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(json, name));

	return text ? text : "";
}

double qmp_number(const cJSON *json, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, name);

	return cJSON_IsNumber(item) ? item->valuedouble : 0;
}

/* The first line that has come, as an object; NULL: no whole one has. */
static cJSON *take_line(struct qmp *q)
{
	char *end = q->in.len ? memchr(q->in.data, '\n', q->in.len) : NULL;
	cJSON *json;

	if (!end)
		return NULL;
	json = cJSON_ParseWithLength(q->in.data, end - q->in.data);
	buf_drop(&q->in, end - q->in.data + 1);
	return json ? json : cJSON_CreateNull();
}

/* NULL with errno: ETIMEDOUT, EINTR, ECONNRESET where QEMU went away. */
static cJSON *receive(struct qmp *q, int64_t until_ms)
{
	struct pollfd pfd = { .fd = q->fd, .events = POLLIN };
	char data[16384];
	int64_t left;
	cJSON *json;
	ssize_t n;

	while (!(json = take_line(q))) {
		left = until_ms - clock_ms();
		n = poll(&pfd, 1, left > 0 ? left : 0);
		if (!n)
			errno = ETIMEDOUT;
		if (n <= 0)
			return NULL;
		n = read(q->fd, data, sizeof(data));
		if (n <= 0) {
			errno = n ? errno : ECONNRESET;
			return NULL;
		}
		buf_add(&q->in, data, n);
	}
	return json;
}

/* The answer to what was sent last; what is no answer is an event. */
static cJSON *receive_answer(struct qmp *q)
{
	int64_t until_ms = clock_ms() + q->patience_ms;
	cJSON *json;

	for (;;) {
		json = receive(q, until_ms);
		if (!json && errno == EINTR)
			continue;
		if (!json || cJSON_HasObjectItem(json, "return") ||
		    cJSON_HasObjectItem(json, "error") ||
		    cJSON_HasObjectItem(json, "QMP"))
			return json;
		if (!cJSON_HasObjectItem(json, "event") ||
		    !cJSON_AddItemToArray(q->events, json))
			cJSON_Delete(json);
	}
}

static bool send_all(struct qmp *q, const char *text)
{
	size_t len = strlen(text);
	ssize_t n;

	while (len) {
		n = write(q->fd, text, len);
		if (n < 0 && errno != EINTR)
			return false;
		text += n < 0 ? 0 : n;
		len -= n < 0 ? 0 : n;
	}
	return true;
}

static bool send_command(struct qmp *q, const char *name, cJSON *args)
{
	cJSON *json = cJSON_CreateObject();
	char *text;
	bool sent;

	cJSON_AddStringToObject(json, "execute", name);
	if (args)
		cJSON_AddItemToObject(json, "arguments", args);
	text = cJSON_PrintUnformatted(json);
	cJSON_Delete(json);
	if (!text)
		abort();
	sent = send_all(q, text) && send_all(q, "\n");
	free(text);
	return sent;
}

cJSON *qmp_command(struct qmp *q, const char *name, cJSON *args,
		   struct buf *why)
{
	cJSON *json = NULL, *value;

	if (send_command(q, name, args))
		json = receive_answer(q);
	if (!json) {
		buf_printf(why, "%s: QEMU %s", name, errno == ETIMEDOUT ?
			   "does not answer" : "has gone");
		return NULL;
	}
	value = cJSON_DetachItemFromObjectCaseSensitive(json, "return");
	if (!value)
		buf_printf(why, "%s: %s", name,
			   qmp_text(cJSON_GetObjectItemCaseSensitive(json,
								     "error"),
				    "desc"));
	cJSON_Delete(json);
	return value;
}

bool qmp_do(struct qmp *q, const char *name, cJSON *args, struct buf *why)
{
	cJSON *json = qmp_command(q, name, args, why);
	bool done = json;

	cJSON_Delete(json);
	return done;
}

cJSON *qmp_event(struct qmp *q, int timeout_ms)
{
	cJSON *json = cJSON_DetachItemFromArray(q->events, 0);

	return json ? json : receive(q, clock_ms() + timeout_ms);
}

bool qmp_open(struct qmp *q, const char *path, struct buf *why)
{
	cJSON *hello;

	memset(q, 0, sizeof(*q));
	q->patience_ms = PATIENCE_MS;
	q->events = cJSON_CreateArray();
	q->fd = ctl_connect(path);
	if (q->fd < 0) {
		buf_printf(why, "%s: %s", path, strerror(errno));
		goto failed;
	}
	hello = receive_answer(q);
	if (!hello) {
		buf_printf(why, "%s: no greeting of QEMU's: %s", path,
			   strerror(errno));
		goto failed;
	}
	cJSON_Delete(hello);
	if (qmp_do(q, "qmp_capabilities", NULL, why))
		return true;
failed:
	qmp_close(q);
	return false;
}

void qmp_close(struct qmp *q)
{
	if (q->events && q->fd >= 0)
		close(q->fd);
	cJSON_Delete(q->events);
	buf_free(&q->in);
	memset(q, 0, sizeof(*q));
	q->fd = -1;
}
