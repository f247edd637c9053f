// SPDX-License-Identifier: GPL-2.0
#include "buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void buf_room(struct buf *b, size_t len)
{
	size_t need = b->len + len + 1;

	if (need <= b->size)
		return;
	if (need < 2 * b->size)
		need = 2 * b->size;
	b->data = realloc(b->data, need);
	if (!b->data)
		abort();
	b->size = need;
}

void buf_add(struct buf *b, const void *data, size_t len)
{
	buf_room(b, len);
	if (len)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = 0;
}

void buf_vprintf(struct buf *b, const char *fmt, va_list args)
{
	va_list again;
	int len;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (len < 0)
		abort();
	buf_room(b, len);
	vsnprintf(b->data + b->len, len + 1, fmt, args);
	b->len += len;
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	buf_vprintf(b, fmt, args);
	va_end(args);
}

/* Takes @len bytes off the front. */
void buf_drop(struct buf *b, size_t len)
{
	if (!len)
		return;
	memmove(b->data, b->data + len, b->len - len);
	b->len -= len;
	b->data[b->len] = 0;
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	if (b->data)
		b->data[0] = 0;
}

void buf_free(struct buf *b)
{
	free(b->data);
	memset(b, 0, sizeof(*b));
}
