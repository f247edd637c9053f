// SPDX-License-Identifier: GPL-2.0
/* Commands of the Python service, for a shell. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import_words.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* What a shell takes for itself where a command's name is expected. */
static const char *const reserved[] = {
	"!", "case", "do", "done", "elif", "else", "esac", "fi", "for", "if",
	"in", "then", "until", "while", "{", "}",
};

/**
 * struct words - a command that is being taken apart
 * @in: what is left of it
 * @word: the present word; it has room for all of @in
 * @len: how long it is
 * @special: see words_to_shell()
 * @why: what is wrong, or NULL
 */
struct words {
	const char *in;
	char *word;
	size_t len;
	bool special;
	const char *why;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* In double quotes a backslash is one, but before a quote or a backslash. */
static void take_quoted(struct words *w)
{
	char quote = *w->in++;

	for (; *w->in && *w->in != quote; w->in++) {
		if (quote == '"' && *w->in == '\\' &&
		    (w->in[1] == '"' || w->in[1] == '\\'))
			w->in++;
		w->word[w->len++] = *w->in;
	}
	if (*w->in)
		w->in++;
	else
		w->why = "has a quotation that does not end";
}

static void take_plain(struct words *w)
{
	if (*w->in == '\\') {
		w->in++;
		if (!*w->in) {
			w->why = "ends in a backslash";
			return;
		}
	} else if (strchr("|&;<>()$`*?[", *w->in) ||
		   (*w->in == '#' && !w->len)) {
		w->special = true;
	}
	w->word[w->len++] = *w->in++;
}

/* Takes the next word; returns false at the end, or if something is wrong. */
static bool next_word(struct words *w)
{
	w->len = 0;
	while (is_blank(*w->in))
		w->in++;
	if (!*w->in)
		return false;
	while (*w->in && !is_blank(*w->in) && !w->why) {
		if (*w->in == '\'' || *w->in == '"')
			take_quoted(w);
		else
			take_plain(w);
	}
	w->word[w->len] = '\0';
	return !w->why;
}

static bool needs_quotes(const char *word, bool first)
{
	static const char safe[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789%+,-./:=@_";

	if (!*word || strspn(word, safe) != strlen(word))
		return true;
	if (!first)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(reserved); i++)
		if (!strcmp(reserved[i], word))
			return true;
	/* Else it would set a variable. */
	return strchr(word, '=');
}

static void put_quoted(FILE *out, const char *word)
{
	char before = '\'';

	fputc('\'', out);
	for (; *word; before = *word++) {
		if (*word == '\'')
			fputs("'\\''", out);
		else if (*word == ';' && is_blank(before))
			fputs("'';", out);
		else
			fputc(*word, out);
	}
	fputc('\'', out);
}

static const char *check_word(const char *word)
{
	for (; *word; word++)
		if (*word == '\n')
			return "has a line break in quotes: put that into a script, and give its name";
		else if (((unsigned char)*word < ' ' && *word != '\t') ||
			 *word == 0x7f)
			return "has control characters";
	return NULL;
}

static void put_words(struct words *w, FILE *out)
{
	bool first = true;

	while (next_word(w)) {
		w->why = check_word(w->word);
		if (w->why)
			return;
		if (!first)
			fputc(' ', out);
		if (needs_quotes(w->word, first))
			put_quoted(out, w->word);
		else
			fputs(w->word, out);
		first = false;
	}
	if (first && !w->why)
		w->why = "is empty: the service fails on that in the first migration; \"true\" is a command that does nothing";
}

int words_to_shell(const char *command, char **shell, bool *special,
		   const char **why)
{
	struct words w = { .in = command };
	size_t len;
	FILE *out;
	bool failed = true;

	*shell = NULL;
	w.word = malloc(strlen(command) + 1);
	out = open_memstream(shell, &len);
	if (w.word && out) {
		put_words(&w, out);
		failed = ferror(out);
	}
	if (out)
		failed |= fclose(out) != 0;
	free(w.word);
	*special = w.special;
	*why = failed ? strerror(ENOMEM) : w.why;
	if (!*why)
		return 0;
	free(*shell);
	*shell = NULL;
	return failed ? -ENOMEM : -EINVAL;
}
