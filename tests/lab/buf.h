/* SPDX-License-Identifier: GPL-2.0 */
/* buf - a buffer that grows; whatever it holds is followed by a NUL */
#ifndef LAB_BUF_H
#define LAB_BUF_H

#include <stdarg.h>
#include <stddef.h>

struct buf {
	char *data;
	size_t len;
	size_t size;
};

void buf_add(struct buf *b, const void *data, size_t len);
void buf_printf(struct buf *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *fmt, va_list args);
void buf_drop(struct buf *b, size_t len);
void buf_reset(struct buf *b);
void buf_free(struct buf *b);

#endif
