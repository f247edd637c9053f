/* SPDX-License-Identifier: GPL-2.0 */
/* Text that comes from elsewhere: some of it from the host. */
#ifndef VMOPNOTIFY_TEXT_H
#define VMOPNOTIFY_TEXT_H

#include <stddef.h>

/**
 * utf8_length - the length of the character at @s
 * @s: the bytes
 * @avail: how many there are
 *
 * Return: 1 to 4, or 0 if they do not begin with a character of UTF-8.
 */
size_t utf8_length(const char *s, size_t avail);

/**
 * text_clean - make a text fit to print, for one line of a log, for the kernel
 * @text: any bytes
 * @buf: where to write it: valid UTF-8 without control characters, each of which,
 *	and each byte that is no UTF-8, is replaced by a question mark
 * @len: size of @buf; what does not fit is cut between characters
 *
 * Return: @buf.
 */
char *text_clean(const char *text, char *buf, size_t len);

#endif /* VMOPNOTIFY_TEXT_H */
