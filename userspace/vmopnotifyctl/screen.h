/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The terminal as a screen: taken over, drawn on, given back as it was.
 *
 * Only lines that differ from those on the screen are written.
 */
#ifndef VMOPNOTIFYCTL_SCREEN_H
#define VMOPNOTIFYCTL_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

/**
 * struct screen - a terminal
 * @in: keys come from here; -1: there are none
 * @out: what is written to
 * @is_open: it has been taken over
 * @saved: the settings of @in as they were
 * @rows: its height
 * @columns: its width
 * @shown: what is on it, line by line; NULL where that is not known
 * @shown_rows: how many lines @shown has
 */
struct screen {
	int in;
	int out;
	bool is_open;
	struct termios saved;
	unsigned int rows;
	unsigned int columns;
	char **shown;
	unsigned int shown_rows;
};

/**
 * screen_usable - is stdout a terminal that can be taken over?
 *
 * Return: true if it is one that can move its cursor, and is ours: not where
 * this program runs in the background.
 */
bool screen_usable(void);

/**
 * screen_open - take the terminal over
 * @s: zero, but for @in and @out; or as screen_close() left it
 *
 * Return: 0 or a negative errno.
 */
int screen_open(struct screen *s);

/**
 * screen_close - give the terminal back as it was; more than once does no harm
 * @s: the screen
 */
void screen_close(struct screen *s);

/**
 * screen_resized - ask for the size anew; all is drawn next time
 * @s: the screen
 */
void screen_resized(struct screen *s);

/**
 * screen_draw - show a text
 * @s: the screen, open
 * @text: lines that end in '\n', printable UTF-8; what is too wide or too high
 *	for the screen is cut
 *
 * Return: 0 or a negative errno.
 */
int screen_draw(struct screen *s, const char *text);

#endif /* VMOPNOTIFYCTL_SCREEN_H */
