// SPDX-License-Identifier: GPL-2.0
/* What commands print, see app_output.h. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "app_output.h"
#include "output.h"
#include "runner_log.h"

/* What a pipe holds is read in this many pieces of that size. */
#define PIECE		16384
#define PIECES		4

#define WINDOW_NS	(30 * NSEC_PER_SEC)

static const struct runner_op *operation(const struct app_output *out)
{
	return out->command ? &out->op : NULL;
}

static void tell_dropped(struct app_output *out)
{
	if (out->lines > APP_OUTPUT_LINES)
		runner_log(operation(out), "%u more lines of the %s command are not shown",
			   out->lines - APP_OUTPUT_LINES, out->command);
	out->lines = 0;
}

/* The line is whole. */
static void end_line(struct app_output *out)
{
	uint64_t now_ns = monotonic_ns();

	out->line[out->len] = '\0';
	out->len = 0;
	if (now_ns - out->since_ns >= WINDOW_NS) {
		tell_dropped(out);
		out->since_ns = now_ns;
	}
	if (++out->lines <= APP_OUTPUT_LINES)
		runner_log_output(operation(out), out->command, out->line);
}

static void take(struct app_output *out, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (data[i] == '\n') {
			end_line(out);
			continue;
		}
		if (out->len == sizeof(out->line) - 1)
			end_line(out);
		out->line[out->len++] = data[i] ? data[i] : '?';
	}
}

/* Returns whether there was something. */
static bool read_piece(struct app_output *out)
{
	char data[PIECE];
	ssize_t n = read(out->read_fd, data, sizeof(data));

	if (n > 0)
		take(out, data, (size_t)n);
	return n > 0;
}

static int on_output(sd_event_source *source, int fd, uint32_t revents,
		     void *arg)
{
	(void)source;
	(void)fd;
	(void)revents;
	read_piece(arg);
	return 0;
}

int app_output_open(struct app_output *out, sd_event *loop)
{
	int fds[2], ret;

	*out = (struct app_output) { .read_fd = -1, .write_fd = -1 };
	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	out->read_fd = fds[0];
	out->write_fd = fds[1];
	/* Only our end: a command may not know what to do with EAGAIN. */
	if (fcntl(out->read_fd, F_SETFL, O_NONBLOCK))
		return -errno;
	ret = sd_event_add_io(loop, &out->source, out->read_fd, EPOLLIN,
			      on_output, out);
	if (ret < 0)
		return ret;
	return sd_event_source_set_priority(out->source,
					    SD_EVENT_PRIORITY_IDLE);
}

void app_output_begin(struct app_output *out, const struct runner_op *op,
		      const char *command)
{
	app_output_end(out);
	out->command = command;
	out->op = *op;
	out->since_ns = monotonic_ns();
}

void app_output_end(struct app_output *out)
{
	for (int i = 0; i < PIECES && read_piece(out); i++)
		;
	if (out->len)
		end_line(out);
	tell_dropped(out);
}

void app_output_close(struct app_output *out)
{
	if (out->read_fd < 0)
		return;
	app_output_end(out);
	sd_event_source_disable_unref(out->source);
	close(out->read_fd);
	close(out->write_fd);
	out->read_fd = -1;
}
