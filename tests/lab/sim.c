// SPDX-License-Identifier: GPL-2.0
#include "sim.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "ctl.h"
#include "json.h"

#define ANSWER_S	10

/* The answer, whatever it says. */
static bool exchange(const char *command, struct buf *answer, struct buf *why)
{
	struct timeval limit = { .tv_sec = ANSWER_S };
	int fd = ctl_connect("control");
	bool came = fd >= 0;

	if (came) {
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
		came = ctl_exchange(fd, command, answer, NULL);
	}
	if (!came)
		buf_printf(why, "the simulated host does not answer: %s",
			   strerror(errno));
	if (fd >= 0)
		close(fd);
	return came;
}

static bool is_ok(const struct buf *answer)
{
	return !strncmp(answer->data, "{\"ok\":true", 10);
}

static void add_error(const struct buf *answer, struct buf *why)
{
	char *error = json_string(answer->data, "error");

	buf_printf(why, "the simulated host: %s", error ? error : answer->data);
	free(error);
}

bool sim_ask(const char *command, struct buf *answer, struct buf *why)
{
	if (!exchange(command, answer, why))
		return false;
	if (is_ok(answer))
		return true;
	add_error(answer, why);
	return false;
}

static bool is_registered(void)
{
	struct buf answer = { 0 }, unused = { 0 };
	bool is = sim_ask("stats", &answer, &unused) &&
		  strstr(answer.data, "\"registered\":true");

	buf_free(&answer);
	buf_free(&unused);
	return is;
}

enum sim_ack sim_start(int64_t timeout_s, int64_t dest_timeout_s, uint64_t *id,
		       struct buf *why)
{
	struct buf command = { 0 }, answer = { 0 };
	enum sim_ack ack = SIM_ERROR;

	buf_printf(&command, "start");
	if (timeout_s >= 0)
		buf_printf(&command, " timeout=%" PRId64, timeout_s);
	if (dest_timeout_s >= 0)
		buf_printf(&command, " dest_timeout=%" PRId64, dest_timeout_s);
	if (!exchange(command.data, &answer, why))
		goto out;
	if (is_ok(&answer) && json_u64(answer.data, "id", id))
		ack = SIM_WAITS;
	else if (!is_registered())
		ack = SIM_NOBODY;
	else
		add_error(&answer, why);
out:
	buf_free(&command);
	buf_free(&answer);
	return ack;
}

/* The first of "acks_ms", which is ours alone and has but numbers in it. */
static int64_t first_ack_ms(const struct buf *answer)
{
	static const char key[] = "\"acks_ms\":[";
	const char *at = strstr(answer->data, key);

	return at ? strtoll(at + strlen(key), NULL, 10) : 0;
}

enum sim_ack sim_wait_ack(uint64_t id, int slice_ms, int64_t *ack_ms,
			  struct buf *why)
{
	struct buf command = { 0 }, answer = { 0 };
	enum sim_ack ack = SIM_ERROR;
	uint64_t queued_ms;

	buf_printf(&command, "wait-ack id=%" PRIu64 " timeout=%.3f", id,
		   slice_ms / 1000.0);
	if (!exchange(command.data, &answer, why))
		goto out;
	if (!json_u64(answer.data, "queued_ms", &queued_ms)) {
		buf_printf(why, "the simulated host started over: it knows no operation %"
			   PRIu64, id);
	} else if (is_ok(&answer)) {
		ack = SIM_ACKED;
		*ack_ms = first_ack_ms(&answer) - (int64_t)queued_ms;
	} else if (strstr(answer.data, "\"again\":")) {
		ack = SIM_WAITS;
	} else {
		ack = SIM_TIMEOUT;
	}
out:
	buf_free(&command);
	buf_free(&answer);
	return ack;
}

bool sim_end(uint64_t id, const char *status, struct buf *why)
{
	struct buf command = { 0 }, answer = { 0 };
	bool done;

	buf_printf(&command, "end id=%" PRIu64 " status=%s", id, status);
	done = sim_ask(command.data, &answer, why);
	buf_free(&command);
	buf_free(&answer);
	return done;
}
