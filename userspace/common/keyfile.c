// SPDX-License-Identifier: GPL-2.0
/* Configuration files, see keyfile.h. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <ini.h>

#include "keyfile.h"

/* Some editors begin a file with it; inih passes over it, too. */
#define BYTE_ORDER_MARK	"\xef\xbb\xbf"

/**
 * struct parser - where reading a file stands
 * @kind: what it may hold
 * @to: what is filled in
 * @file: being read
 * @path: its name
 * @line: the number of the line read last
 * @seen: keys that have been given, one bit each as in @kind
 * @after_key: the section has had a key, which inih would go on with
 * @bad_line: that of the first mistake, 0 while there is none
 * @err: where its text goes
 * @errlen: size of @err
 */
struct parser {
	const struct keyfile *kind;
	void *to;
	FILE *file;
	const char *path;
	int line;
	unsigned int seen;
	bool after_key;
	int bad_line;
	char *err;
	size_t errlen;
};

/* Only the first mistake is told: the others may follow from it. */
__attribute__((format(printf, 2, 3)))
static void mistake(struct parser *p, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (p->bad_line)
		return;
	p->bad_line = p->line;
	n = snprintf(p->err, p->errlen, "%s:%d: ", p->path, p->line);
	if (n < 0 || (size_t)n >= p->errlen)
		return;
	va_start(ap, fmt);
	vsnprintf(p->err + n, p->errlen - (size_t)n, fmt, ap);
	va_end(ap);
}

static bool is_any_section(const struct parser *p, const char *name)
{
	return p->kind->any_section && !strcmp(p->kind->any_section, name);
}

static bool known_section(const struct parser *p, const char *name)
{
	for (size_t i = 0; i < p->kind->count; i++)
		if (!strcmp(p->kind->keys[i].section, name))
			return true;
	return is_any_section(p, name);
}

/* The key of that name takes its value; returns what is wrong with it. */
static const char *take(struct parser *p, const char *section,
			const char *name, const char *value)
{
	const struct keyfile_key *keys = p->kind->keys;
	size_t i;

	if (is_any_section(p, section))
		return p->kind->add(p->to, name, value);
	for (i = 0; i < p->kind->count; i++)
		if (!strcmp(keys[i].section, section) &&
		    !strcmp(keys[i].name, name))
			break;
	if (i == p->kind->count) {
		if (!section[0])
			mistake(p, "key \"%s\" stands in no section", name);
		else if (known_section(p, section))
			mistake(p, "unknown key \"%s\" in [%s]", name,
				section);
		return NULL;
	}
	if (p->seen & (1U << i)) {
		mistake(p, "key \"%s\" in [%s] is given twice", name, section);
		return NULL;
	}
	p->seen |= 1U << i;
	return keys[i].set(p->to, value);
}

/* inih's handler; it returns 1, as mistakes are told with more than a line. */
static int on_key(void *arg, const char *section, const char *name,
		  const char *value)
{
	struct parser *p = arg;
	const char *why = take(p, section, name, value);

	p->after_key = true;
	if (why)
		mistake(p, "bad value of \"%s\" in [%s]: %s: \"%s\"", name,
			section, why, value);
	return 1;
}

/*
 * inih tells of a section only with its first key, and passes over what follows
 * the section on its line.
 */
static void check_section(struct parser *p, const char *line)
{
	const char *end = strchr(line, ']');
	char name[64] = "";

	if (line[0] != '[' || !end)
		return;
	p->after_key = false;
	sscanf(line, "[%63[^]]", name);
	do
		end++;
	while (isspace((unsigned char)*end));
	if (!known_section(p, name))
		mistake(p, "unknown section [%s]", name);
	else if (*end && *end != ';' && *end != '#')
		mistake(p, "something follows [%s] on its line", name);
}

/* Finds what inih would let pass. */
static void check_line(struct parser *p, const char *line)
{
	const char *begin = line, *why = NULL;

	if (p->line == 1 && !strncmp(line, BYTE_ORDER_MARK,
				     strlen(BYTE_ORDER_MARK)))
		line += strlen(BYTE_ORDER_MARK);
	while (isspace((unsigned char)*line))
		line++;
	if (p->after_key && line > begin && *line && !strchr(";#", *line))
		mistake(p, "begins with white space, and so goes on with the line before: put all of it on one line");
	check_section(p, line);
	if (p->kind->line_problem)
		why = p->kind->line_problem(line);
	if (why)
		mistake(p, "%s", why);
}

/*
 * inih's reader: counts lines, which its handler is not told, and sees to it
 * that none is cut in two, which inih would take for two lines.
 */
static char *read_line(char *buf, int size, void *arg)
{
	struct parser *p = arg;
	int n = 0, c;

	if (p->bad_line)
		return NULL;
	while ((c = getc(p->file)) != EOF && c != '\n') {
		if (!c)
			p->bad_line = -1;
		if (n < size - 2)
			buf[n] = (char)c;
		n++;
	}
	if (c == EOF && !n)
		return NULL;
	p->line++;
	if (p->bad_line) {
		p->bad_line = 0;
		mistake(p, "holds binary data");
		return NULL;
	}
	if (n >= size - 2) {
		mistake(p, "longer than %d characters", size - 3);
		return NULL;
	}
	buf[n] = '\n';
	buf[n + 1] = '\0';
	check_line(p, buf);
	return p->bad_line ? NULL : buf;
}

int keyfile_load(const struct keyfile *kind, void *to, const char *path,
		 char *err, size_t errlen)
{
	struct parser p = {
		.kind = kind, .to = to, .path = path, .err = err,
		.errlen = errlen,
	};
	int ret;

	p.file = fopen(path, "re");
	if (!p.file) {
		ret = -errno;
		snprintf(err, errlen, "%s: %s", path, strerror(-ret));
		return ret;
	}
	ret = ini_parse_stream(read_line, &p, on_key, &p);
	if (ferror(p.file)) {
		ret = -EIO;
		snprintf(err, errlen, "%s: cannot be read", path);
	} else if (ret > 0 && (!p.bad_line || ret < p.bad_line)) {
		p.bad_line = 0;
		p.line = ret;
		mistake(&p, "neither a [section] nor \"key = value\"");
		ret = -EINVAL;
	} else if (p.bad_line) {
		ret = -EINVAL;
	} else if (ret < 0) {
		ret = -ENOMEM;
		snprintf(err, errlen, "%s: %s", path, strerror(ENOMEM));
	}
	fclose(p.file);
	return ret;
}
