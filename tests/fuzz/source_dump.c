// SPDX-License-Identifier: GPL-2.0
/*
 * source_dump - how import_source.c and import_words.c read a configuration
 *
 * For like-python.  Reads texts from stdin, each behind its length in four
 * bytes, the lowest first.  Writes a line for each key, all words but the first
 * in hexadecimal: "key SECTION NAME", then "value VALUE" or "no-value", and for
 * a value "shell COMMAND" or "no-shell"; after each text "end", or "refused".
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"
#include "import_source.h"
#include "import_words.h"

static void put_hex(const char *word)
{
	putchar(' ');
	for (; *word; word++)
		printf("%02x", (unsigned char)*word);
}

static void dump_shell(const char *value)
{
	const char *why;
	bool special;
	char *shell;

	if (words_to_shell(value, &shell, &special, &why)) {
		puts("no-shell");
		return;
	}
	fputs("shell", stdout);
	put_hex(shell);
	putchar('\n');
	free(shell);
}

static void dump_key(const struct source *source, const struct source_key *key)
{
	char *value, err[256];

	fputs("key", stdout);
	put_hex(key->section);
	put_hex(key->name);
	putchar('\n');
	if (source_value(source, key->section, key, &value, err, sizeof(err))) {
		puts("no-value");
		return;
	}
	fputs("value", stdout);
	put_hex(value);
	putchar('\n');
	dump_shell(value);
	free(value);
}

int main(void)
{
	uint8_t len[4];

	while (fread(len, 1, sizeof(len), stdin) == sizeof(len)) {
		size_t size = len[0] | len[1] << 8 | len[2] << 16;
		char *text = malloc(size + 1), err[256];
		struct source source;

		CHECK(text && fread(text, 1, size, stdin) == size);
		if (source_parse(&source, text, size, err, sizeof(err))) {
			puts("refused");
		} else {
			for (size_t i = 0; i < source.keys_count; i++)
				dump_key(&source, &source.keys[i]);
			source_free(&source);
			puts("end");
		}
		free(text);
	}
	return 0;
}
