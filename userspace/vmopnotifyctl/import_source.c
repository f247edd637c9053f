// SPDX-License-Identifier: GPL-2.0
/* The configuration of the Python service, as Python's configparser reads it. */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import_source.h"

/* As in configparser: references within references, this deep. */
#define DEPTH_MAX	10

/**
 * struct reader - where reading a file stands
 * @source: what has been read
 * @line: the number of the line read last
 * @section: the one that it is in; NULL before the first
 * @key: the key that an indented line goes on with, or NULL
 * @indent: of the line that began that value
 * @err: where the text of an error goes
 * @errlen: size of @err
 */
struct reader {
	struct source *source;
	unsigned int line;
	const char *section;
	struct source_key *key;
	size_t indent;
	char *err;
	size_t errlen;
};

/**
 * struct span - some of the text
 * @text: the bytes, without a NUL behind them
 * @len: how many
 */
struct span {
	const char *text;
	size_t len;
};

__attribute__((format(printf, 4, 5)))
static int bad(char *err, size_t errlen, unsigned int line, const char *fmt,
	       ...)
{
	va_list ap;
	int n;

	n = snprintf(err, errlen, "%u: ", line);
	if (n < 0 || (size_t)n >= errlen)
		return -EINVAL;
	va_start(ap, fmt);
	vsnprintf(err + n, errlen - (size_t)n, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static int no_memory(char *err, size_t errlen)
{
	snprintf(err, errlen, "%s", strerror(ENOMEM));
	return -ENOMEM;
}

/* What Python strips, of ASCII. */
static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f);
}

static struct span strip(struct span s)
{
	while (s.len && is_space(s.text[0])) {
		s.text++;
		s.len--;
	}
	while (s.len && is_space(s.text[s.len - 1]))
		s.len--;
	return s;
}

static bool span_is(struct span s, const char *text)
{
	return s.len == strlen(text) && !memcmp(s.text, text, s.len);
}

static int append(struct source_key *key, struct span s)
{
	char *value;

	if (key->size - key->len <= s.len) {
		size_t size = 2 * (key->len + s.len) + 1;

		value = realloc(key->value, size);
		if (!value)
			return -ENOMEM;
		key->value = value;
		key->size = size;
	}
	memcpy(key->value + key->len, s.text, s.len);
	key->len += s.len;
	key->value[key->len] = '\0';
	return 0;
}

static const char *find_section(const struct source *source, struct span name)
{
	if (span_is(name, SOURCE_DEFAULT))
		return SOURCE_DEFAULT;
	for (size_t i = 0; i < source->sections_count; i++)
		if (span_is(name, source->sections[i]))
			return source->sections[i];
	return NULL;
}

static int enter_section(struct reader *r, struct span name)
{
	struct source *source = r->source;
	char *copy;

	r->key = NULL;
	r->section = find_section(source, name);
	/* [DEFAULT] may come again, but its keys may not. */
	if (r->section && strcmp(r->section, SOURCE_DEFAULT))
		return bad(r->err, r->errlen, r->line,
			   "section [%s] comes twice", r->section);
	if (r->section)
		return 0;
	if (source->sections_count == SOURCE_KEYS_MAX)
		return bad(r->err, r->errlen, r->line,
			   "more than %d sections", SOURCE_KEYS_MAX);
	copy = strndup(name.text, name.len);
	if (!copy)
		return no_memory(r->err, r->errlen);
	source->sections[source->sections_count++] = copy;
	r->section = copy;
	return 0;
}

static bool key_is(const struct source_key *key, const char *section,
		   const char *name)
{
	return !strcmp(key->section, section) && !strcmp(key->name, name);
}

static struct source_key *find(const struct source *source,
			       const char *section, const char *name)
{
	for (size_t i = 0; i < source->keys_count; i++)
		if (key_is(&source->keys[i], section, name))
			return &source->keys[i];
	return NULL;
}

static void lower(char *s)
{
	for (; *s; s++)
		if (*s >= 'A' && *s <= 'Z')
			*s = (char)(*s - 'A' + 'a');
}

static int add_key(struct reader *r, struct span name, struct span value)
{
	struct source *source = r->source;
	struct source_key key = { .line = r->line };

	if (source->keys_count == SOURCE_KEYS_MAX)
		return bad(r->err, r->errlen, r->line, "more than %d keys",
			   SOURCE_KEYS_MAX);
	key.name = strndup(name.text, name.len);
	key.section = strdup(r->section);
	if (!key.name || !key.section || append(&key, value) < 0) {
		free(key.name);
		free(key.section);
		return no_memory(r->err, r->errlen);
	}
	lower(key.name);
	r->key = find(source, key.section, key.name);
	if (r->key)
		bad(r->err, r->errlen, r->line, "\"%s\" in [%s] comes twice",
		    key.name, key.section);
	/* Kept in any case: then it is freed with the others. */
	source->keys[source->keys_count++] = key;
	if (r->key)
		return -EINVAL;
	r->key = &source->keys[source->keys_count - 1];
	return 0;
}

static int take_key(struct reader *r, struct span line)
{
	struct span name = line, value;

	for (name.len = 0; name.len < line.len; name.len++)
		if (line.text[name.len] == '=' || line.text[name.len] == ':')
			break;
	if (name.len == line.len)
		return bad(r->err, r->errlen, r->line,
			   "neither a [section] nor \"key = value\"");
	value.text = line.text + name.len + 1;
	value.len = line.len - name.len - 1;
	name = strip(name);
	if (!name.len)
		return bad(r->err, r->errlen, r->line,
			   "no key before the \"%c\"", line.text[0]);
	return add_key(r, name, strip(value));
}

/* The name in a line that begins with one in brackets: up to the last one. */
static struct span section_name(struct span line)
{
	struct span name = { .text = line.text + 1 };
	const char *end = memrchr(line.text, ']', line.len);

	if (line.text[0] == '[' && end)
		name.len = (size_t)(end - name.text);
	return name;
}

static int take_line(struct reader *r, struct span whole)
{
	static const struct span newline = { "\n", 1 };
	struct span line = strip(whole), name;
	size_t indent = (size_t)(line.text - whole.text);

	if (line.len && (line.text[0] == '#' || line.text[0] == ';'))
		return 0;
	/* An empty line does not end a value; those at its end do not count. */
	if (!line.len)
		return r->key && append(r->key, newline) < 0 ?
			no_memory(r->err, r->errlen) : 0;
	if (r->key && indent > r->indent) {
		if (append(r->key, newline) < 0 || append(r->key, line) < 0)
			return no_memory(r->err, r->errlen);
		return 0;
	}
	r->indent = indent;
	name = section_name(line);
	if (name.len)
		return enter_section(r, name);
	if (!r->section)
		return bad(r->err, r->errlen, r->line,
			   "stands before the first [section]");
	return take_key(r, line);
}

/* Takes one line off @text; they end in LF, CR or both. */
static struct span next_line(struct span *text)
{
	struct span line = { .text = text->text };

	while (line.len < text->len && line.text[line.len] != '\n' &&
	       line.text[line.len] != '\r')
		line.len++;
	text->text += line.len;
	text->len -= line.len;
	if (text->len > 1 && text->text[0] == '\r' && text->text[1] == '\n') {
		text->text++;
		text->len--;
	}
	if (text->len) {
		text->text++;
		text->len--;
	}
	return line;
}

static int read_lines(struct reader *r, struct span text)
{
	struct span line;
	int ret = 0;

	while (text.len && !ret) {
		line = next_line(&text);
		r->line++;
		if (memchr(line.text, 0, line.len))
			ret = bad(r->err, r->errlen, r->line,
				  "holds binary data");
		else
			ret = take_line(r, line);
	}
	return ret;
}

static void strip_ends(struct source *source)
{
	for (size_t i = 0; i < source->keys_count; i++) {
		struct source_key *key = &source->keys[i];

		while (key->len && is_space(key->value[key->len - 1]))
			key->len--;
		key->value[key->len] = '\0';
	}
}

int source_parse(struct source *source, const char *text, size_t len,
		 char *err, size_t errlen)
{
	struct reader r = { .source = source, .err = err, .errlen = errlen };
	int ret;

	*source = (struct source) {};
	if (len > SOURCE_MAX)
		return bad(err, errlen, 1, "longer than %d bytes", SOURCE_MAX);
	/* All at once: what points into them stays valid. */
	source->keys = calloc(SOURCE_KEYS_MAX, sizeof(*source->keys));
	source->sections = calloc(SOURCE_KEYS_MAX, sizeof(*source->sections));
	if (!source->keys || !source->sections)
		ret = no_memory(err, errlen);
	else
		ret = read_lines(&r, (struct span) { text, len });
	if (ret < 0)
		source_free(source);
	else
		strip_ends(source);
	return ret;
}

void source_free(struct source *source)
{
	for (size_t i = 0; i < source->keys_count; i++) {
		free(source->keys[i].section);
		free(source->keys[i].name);
		free(source->keys[i].value);
	}
	for (size_t i = 0; i < source->sections_count; i++)
		free(source->sections[i]);
	free(source->keys);
	free(source->sections);
	*source = (struct source) {};
}

const struct source_key *source_find(const struct source *source,
				     const char *section, const char *name)
{
	const struct source_key *key = find(source, section, name);

	return key ? key : find(source, SOURCE_DEFAULT, name);
}

/**
 * struct resolver - resolves the references of a value
 * @source: the file
 * @section: where references are looked up, before [DEFAULT]
 * @key: whose value it is, for messages
 * @out: where it is written
 * @steps: bytes and references that may still come: few references can
 *	otherwise stand for a great many
 * @err: where the text of an error goes
 * @errlen: size of @err
 */
struct resolver {
	const struct source *source;
	const char *section;
	const struct source_key *key;
	FILE *out;
	size_t steps;
	char *err;
	size_t errlen;
};

static int resolve(struct resolver *v, const char *text, unsigned int depth);

static int unresolved(struct resolver *v, const char *why, const char *what)
{
	return bad(v->err, v->errlen, v->key->line, "\"%s\": %s \"%.64s\"",
		   v->key->name, why, what);
}

/* What "%(name)s" stands for; @text is what is in the brackets. */
static int resolve_name(struct resolver *v, struct span text,
			unsigned int depth)
{
	const struct source_key *key;
	char *name;
	int ret;

	name = strndup(text.text, text.len);
	if (!name)
		return no_memory(v->err, v->errlen);
	lower(name);
	key = source_find(v->source, v->section, name);
	if (!key)
		ret = unresolved(v, "refers to a key that is not there:", name);
	else if (depth == DEPTH_MAX && strchr(key->value, '%'))
		ret = unresolved(v, "refers too deep, with", name);
	else
		ret = resolve(v, key->value, depth + 1);
	free(name);
	return ret;
}

/* What begins with "%" at @text; its length is put into *@used. */
static int resolve_percent(struct resolver *v, const char *text,
			   size_t *used, unsigned int depth)
{
	size_t len = text[1] == '(' ? strcspn(text + 2, ")") : 0;

	if (text[1] == '%') {
		*used = 2;
		fputc('%', v->out);
		return 0;
	}
	if (!len || text[2 + len] != ')' || text[3 + len] != 's')
		return unresolved(v, "\"%\" has to be written \"%%\", or be the reference \"%(key)s\", in",
				  text);
	*used = len + 4;
	return resolve_name(v, (struct span) { text + 2, len }, depth);
}

static int resolve(struct resolver *v, const char *text, unsigned int depth)
{
	size_t used;
	int ret = 0;

	for (; *text && !ret; text += used) {
		if (!v->steps--)
			return unresolved(v, "is too long with all that it refers to:",
					  v->key->value);
		used = 1;
		if (*text == '%')
			ret = resolve_percent(v, text, &used, depth);
		else
			fputc(*text, v->out);
	}
	return ret;
}

int source_value(const struct source *source, const char *section,
		 const struct source_key *key, char **value, char *err,
		 size_t errlen)
{
	struct resolver v = {
		.source = source, .section = section, .key = key,
		.steps = SOURCE_VALUE_MAX, .err = err, .errlen = errlen,
	};
	size_t len;
	bool failed;
	int ret;

	*value = NULL;
	v.out = open_memstream(value, &len);
	if (!v.out)
		return no_memory(err, errlen);
	ret = resolve(&v, key->value, 1);
	failed = ferror(v.out);
	failed |= fclose(v.out) != 0;
	if (!ret && failed)
		ret = no_memory(err, errlen);
	if (ret < 0) {
		free(*value);
		*value = NULL;
	}
	return ret;
}
