// SPDX-License-Identifier: GPL-2.0
/* Text that comes from elsewhere. */
#include <stdbool.h>
#include <string.h>

#include "text.h"

size_t utf8_length(const char *s, size_t avail)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t n;

	if (!avail)
		return 0;
	if (u[0] < 0x80)
		return 1;
	n = u[0] >= 0xf0 ? 4 : u[0] >= 0xe0 ? 3 : 2;
	if (u[0] < 0xc2 || u[0] > 0xf4 || n > avail)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((u[i] & 0xc0) != 0x80)
			return 0;
	/* Overlong forms, surrogates, and what lies past Unicode's end */
	if ((u[0] == 0xe0 && u[1] < 0xa0) || (u[0] == 0xed && u[1] > 0x9f) ||
	    (u[0] == 0xf0 && u[1] < 0x90) || (u[0] == 0xf4 && u[1] > 0x8f))
		return 0;
	return n;
}

/* C1 controls are two bytes in UTF-8, and do harm alike. */
static bool is_control(const unsigned char *s)
{
	return s[0] < ' ' || s[0] == 0x7f || (s[0] == 0xc2 && s[1] < 0xa0);
}

char *text_clean(const char *text, char *buf, size_t len)
{
	size_t avail = strlen(text), used = 0;

	while (avail) {
		size_t n = utf8_length(text, avail);
		bool good = n && !is_control((const unsigned char *)text);
		size_t put = good ? n : 1;

		if (used + put >= len)
			break;
		memcpy(buf + used, good ? text : "?", put);
		used += put;
		text += n ? n : 1;
		avail -= n ? n : 1;
	}
	buf[used] = '\0';
	return buf;
}
