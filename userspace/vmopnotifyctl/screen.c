// SPDX-License-Identifier: GPL-2.0
/* The terminal as a screen, see screen.h. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "screen.h"

/* ECMA-48, and xterm's second screen, which all of today's terminals have. */
#define ENTER		"\033[?1049h\033[?25l\033[2J"
#define LEAVE		"\033[0m\033[?25h\033[?1049l"
#define CLEAR		"\033[2J"

bool screen_usable(void)
{
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && term && *term &&
	       strcmp(term, "dumb") && tcgetpgrp(STDOUT_FILENO) == getpgrp();
}

static int write_all(int fd, const char *data, size_t len)
{
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };
	ssize_t n;

	while (len) {
		n = write(fd, data, len);
		if (n < 0 && errno == EAGAIN)
			poll(&pfd, 1, -1);
		else if (n < 0 && errno != EINTR)
			return -errno;
		if (n <= 0)
			continue;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/* What is on the screen is not known any more. */
static void forget(struct screen *s)
{
	for (unsigned int i = 0; s->shown && i < s->shown_rows; i++)
		free(s->shown[i]);
	free(s->shown);
	s->shown = NULL;
	s->shown_rows = 0;
}

void screen_resized(struct screen *s)
{
	struct winsize size = {};

	forget(s);
	s->rows = 24;
	s->columns = 80;
	if (ioctl(s->out, TIOCGWINSZ, &size) < 0)
		return;
	if (size.ws_row)
		s->rows = size.ws_row;
	if (size.ws_col)
		s->columns = size.ws_col;
}

int screen_open(struct screen *s)
{
	struct termios keys;

	if (s->in >= 0) {
		if (tcgetattr(s->in, &s->saved) < 0)
			return -errno;
		/* A key is read as it is pressed, and signals stay. */
		keys = s->saved;
		keys.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		keys.c_cc[VMIN] = 1;
		keys.c_cc[VTIME] = 0;
		if (tcsetattr(s->in, TCSANOW, &keys) < 0)
			return -errno;
	}
	s->is_open = true;
	screen_resized(s);
	return write_all(s->out, ENTER, strlen(ENTER));
}

void screen_close(struct screen *s)
{
	forget(s);
	if (!s->is_open)
		return;
	s->is_open = false;
	write_all(s->out, LEAVE, strlen(LEAVE));
	if (s->in >= 0)
		tcsetattr(s->in, TCSANOW, &s->saved);
}

/* How many bytes of the line fit; a character takes a column. */
static size_t fitting(const char *line, size_t len, unsigned int columns)
{
	size_t n = 0;

	while (n < len) {
		if (((unsigned char)line[n] & 0xc0) != 0x80 && !columns--)
			break;
		n++;
	}
	return n;
}

/* The lines that fit, in a list of as many entries as there are rows. */
static char **split(const struct screen *s, const char *text)
{
	char **lines = calloc(s->rows, sizeof(*lines));
	size_t len;

	for (unsigned int row = 0; lines && row < s->rows; row++) {
		len = strcspn(text, "\n");
		lines[row] = strndup(text, fitting(text, len, s->columns));
		if (!lines[row]) {
			while (row--)
				free(lines[row]);
			free(lines);
			return NULL;
		}
		text += len;
		text += *text == '\n';
	}
	return lines;
}

static void write_changes(const struct screen *s, char **lines, FILE *out)
{
	if (!s->shown)
		fputs(CLEAR, out);
	for (unsigned int row = 0; row < s->rows; row++) {
		if (s->shown && !strcmp(s->shown[row], lines[row]))
			continue;
		if (s->shown || *lines[row])
			fprintf(out, "\033[%u;1H%s\033[K", row + 1,
				lines[row]);
	}
}

int screen_draw(struct screen *s, const char *text)
{
	char **lines = split(s, text);
	char *data = NULL;
	size_t len = 0;
	FILE *out;
	int ret;

	out = lines ? open_memstream(&data, &len) : NULL;
	if (out)
		write_changes(s, lines, out);
	ret = out && !fclose(out) ? write_all(s->out, data, len) : -ENOMEM;
	free(data);
	if (lines) {
		forget(s);
		s->shown = lines;
		s->shown_rows = s->rows;
	}
	return ret;
}
