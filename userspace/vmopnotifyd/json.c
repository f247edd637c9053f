// SPDX-License-Identifier: GPL-2.0
/* JSON with numbers that are kept to the digit. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "text.h"

/*
 * Marks a string that was a number.  It is no UTF-8: what the text itself holds
 * of it is replaced, and no escape stands for it.
 */
#define NUMBER_MARK	((char)0xff)

/* In the place of what cannot be kept. */
#define REPLACEMENT	"\\ufffd"

/**
 * struct rewriter - rewrites JSON so that numbers are strings
 * @in: what is left to read
 * @end: its end
 * @out: what has been written
 * @len: how much
 * @depth: open brackets
 */
struct rewriter {
	const char *in;
	const char *end;
	char *out;
	size_t len;
	unsigned int depth;
};

/*
 * One byte in becomes at most this many, "\ufffd"; the mark and the quotes of
 * a number are fewer.
 */
#define GROWTH	6

static void put(struct rewriter *w, const char *bytes, size_t n)
{
	memcpy(w->out + w->len, bytes, n);
	w->len += n;
}

static size_t left(const struct rewriter *w)
{
	return (size_t)(w->end - w->in);
}

static size_t digits(const char *s, const char *end)
{
	size_t n = 0;

	while (s + n < end && s[n] >= '0' && s[n] <= '9')
		n++;
	return n;
}

/* The length of JSON's number at @s, by its grammar; 0 if it is none. */
static size_t number_length(const char *s, const char *end)
{
	const char *p = s;
	size_t n;

	if (p < end && *p == '-')
		p++;
	n = digits(p, end);
	if (!n || (n > 1 && *p == '0'))
		return 0;
	p += n;
	if (p < end && *p == '.') {
		n = digits(p + 1, end);
		if (!n)
			return 0;
		p += 1 + n;
	}
	if (p < end && (*p == 'e' || *p == 'E')) {
		p++;
		if (p < end && (*p == '+' || *p == '-'))
			p++;
		n = digits(p, end);
		if (!n)
			return 0;
		p += n;
	}
	return (size_t)(p - s);
}

static const char *rewrite_number(struct rewriter *w)
{
	static const char open[] = { '"', NUMBER_MARK };
	size_t n = number_length(w->in, w->end);

	if (!n)
		return "malformed number";
	put(w, open, sizeof(open));
	put(w, w->in, n);
	put(w, "\"", 1);
	w->in += n;
	return NULL;
}

/* The value of \uXXXX at @s, or -1. */
static int escaped_unit(const char *s, const char *end)
{
	char hex[5] = "";

	if (end - s < 6 || s[0] != '\\' || s[1] != 'u')
		return -1;
	memcpy(hex, s + 2, 4);
	if (strspn(hex, "0123456789abcdefABCDEF") != 4)
		return -1;
	return (int)strtol(hex, NULL, 16);
}

/* A NUL would cut a string short; half a surrogate pair stops cJSON. */
static const char *rewrite_escape(struct rewriter *w)
{
	int unit, low;
	size_t n = 2;

	if (left(w) < 2)
		return "ends within a string";
	if (w->in[1] == 'u') {
		unit = escaped_unit(w->in, w->end);
		if (unit < 0)
			return "malformed escape";
		n = 6;
		low = escaped_unit(w->in + 6, w->end);
		if (unit >= 0xd800 && unit < 0xdc00 && low >= 0xdc00 &&
		    low < 0xe000) {
			n = 12;
		} else if (!unit || (unit >= 0xd800 && unit < 0xe000)) {
			put(w, REPLACEMENT, 6);
			w->in += 6;
			return NULL;
		}
	} else if (!memchr("\"\\/bfnrt", w->in[1], 8)) {
		return "malformed escape";
	}
	put(w, w->in, n);
	w->in += n;
	return NULL;
}

static const char *rewrite_string(struct rewriter *w)
{
	const char *why = NULL;
	size_t n;

	put(w, w->in++, 1);
	while (w->in < w->end && *w->in != '"' && !why) {
		n = utf8_length(w->in, left(w));
		if (*w->in == '\\') {
			why = rewrite_escape(w);
		} else if (!n || (unsigned char)*w->in < ' ') {
			put(w, REPLACEMENT, 6);
			w->in++;
		} else {
			put(w, w->in, n);
			w->in += n;
		}
	}
	if (why)
		return why;
	if (w->in >= w->end)
		return "ends within a string";
	put(w, w->in++, 1);
	return NULL;
}

static const char *rewrite(struct rewriter *w)
{
	const char *why = NULL;
	char c;

	while (w->in < w->end && !why) {
		c = *w->in;
		if (c == '"') {
			why = rewrite_string(w);
			continue;
		}
		if (c == '-' || (c >= '0' && c <= '9')) {
			why = rewrite_number(w);
			continue;
		}
		if ((c == '{' || c == '[') && ++w->depth > JSON_DEPTH_MAX)
			return "nested too deep";
		if ((c == '}' || c == ']') && w->depth)
			w->depth--;
		if ((unsigned char)c > '~' ||
		    ((unsigned char)c < ' ' && !memchr("\t\n\r", c, 3)))
			return "holds binary data";
		put(w, w->in++, 1);
	}
	return why;
}

static cJSON *complain(char *err, size_t errlen, const char *why)
{
	snprintf(err, errlen, "%s", why);
	return NULL;
}

cJSON *json_parse(const char *text, size_t len, char *err, size_t errlen)
{
	struct rewriter w = { .in = text, .end = text + len };
	const char *why, *end;
	cJSON *tree = NULL;

	if (len > SIZE_MAX / GROWTH - 1)
		return complain(err, errlen, "too long");
	w.out = malloc(len * GROWTH + 1);
	if (!w.out)
		return complain(err, errlen, strerror(ENOMEM));
	why = rewrite(&w);
	if (!why) {
		w.out[w.len] = '\0';
		tree = cJSON_ParseWithLengthOpts(w.out, w.len + 1, &end, 1);
		if (!tree)
			why = w.len ? "malformed JSON" : "empty";
	}
	free(w.out);
	return tree ? tree : complain(err, errlen, why);
}

/* The one item under @key; JSON_BAD if there are more. */
static enum json_found find(const cJSON *object, const char *key,
			    const cJSON **found, const char **why)
{
	const cJSON *item;

	*found = NULL;
	cJSON_ArrayForEach(item, object) {
		if (!item->string || strcmp(item->string, key))
			continue;
		if (*found) {
			*why = "is given twice";
			return JSON_BAD;
		}
		*found = item;
	}
	return *found ? JSON_GOOD : JSON_ABSENT;
}

enum json_found json_u64(const cJSON *object, const char *key,
			 uint64_t *value, const char **why)
{
	const cJSON *item;
	enum json_found found = find(object, key, &item, why);
	const char *s;
	uint64_t v = 0;

	if (found != JSON_GOOD)
		return found;
	s = cJSON_GetStringValue(item);
	*why = "is not a number";
	if (!s || *s++ != NUMBER_MARK)
		return JSON_BAD;
	*why = "is negative";
	if (*s == '-')
		return JSON_BAD;
	for (; *s; s++) {
		*why = "is not a whole number";
		if (*s < '0' || *s > '9')
			return JSON_BAD;
		*why = "does not fit in 64 bits";
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*s - '0'), &v))
			return JSON_BAD;
	}
	*value = v;
	return JSON_GOOD;
}

enum json_found json_bool(const cJSON *object, const char *key, bool *value,
			  const char **why)
{
	const cJSON *item;
	enum json_found found = find(object, key, &item, why);

	if (found != JSON_GOOD)
		return found;
	*why = "is neither true nor false";
	if (!cJSON_IsBool(item))
		return JSON_BAD;
	*value = cJSON_IsTrue(item);
	return JSON_GOOD;
}

enum json_found json_string(const cJSON *object, const char *key,
			    const char **value, const char **why)
{
	const cJSON *item;
	enum json_found found = find(object, key, &item, why);
	const char *s;

	if (found != JSON_GOOD)
		return found;
	s = cJSON_GetStringValue(item);
	*why = "is not a string";
	if (!s || *s == NUMBER_MARK)
		return JSON_BAD;
	*value = s;
	return JSON_GOOD;
}
