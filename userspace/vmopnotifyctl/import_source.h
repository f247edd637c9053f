/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The configuration of the Python service, as Python's configparser reads it.
 *
 * A pure parser: bytes in, keys and values out.  What configparser refuses is
 * refused here, and what it takes means the same: a line that is indented goes
 * on with the value before it, "#" and ";" begin a comment only at the head of
 * a line, keys are in lower case, [DEFAULT] stands in for every section, and
 * %(key)s stands for another value.
 */
#ifndef VMOPNOTIFYCTL_IMPORT_SOURCE_H
#define VMOPNOTIFYCTL_IMPORT_SOURCE_H

#include <stddef.h>

/* SOURCE_MAX - the longest file that is read, in bytes. */
#define SOURCE_MAX		(1024 * 1024)

/* SOURCE_KEYS_MAX - the most keys, and the most sections, of a file. */
#define SOURCE_KEYS_MAX		1024

/* SOURCE_VALUE_MAX - the longest value, with all references resolved. */
#define SOURCE_VALUE_MAX	(64 * 1024)

/* SOURCE_DEFAULT - the section that stands in for every other. */
#define SOURCE_DEFAULT		"DEFAULT"

/**
 * struct source_key - a key and its value
 * @section: the section it is in
 * @name: in lower case
 * @value: with its references; lines of one that has several end in "\n"
 * @line: where it begins, from 1
 * @len: the value's length
 * @size: bytes allocated for it
 */
struct source_key {
	char *section;
	char *name;
	char *value;
	unsigned int line;
	size_t len;
	size_t size;
};

/**
 * struct source - a file that was read
 * @keys: in the order of the file
 * @keys_count: how many
 * @sections: their names, without [DEFAULT]
 * @sections_count: how many
 */
struct source {
	struct source_key *keys;
	size_t keys_count;
	char **sections;
	size_t sections_count;
};

/**
 * source_parse - read a file
 * @source: where to put it, for source_free(); empty on error
 * @text: the bytes
 * @len: how many
 * @err: where to put "LINE: what is wrong"
 * @errlen: size of @err
 *
 * Return: 0; -EINVAL for what configparser does not take, or what is too much;
 * -ENOMEM.
 */
int source_parse(struct source *source, const char *text, size_t len,
		 char *err, size_t errlen);

/**
 * source_free - free what a file was read into
 * @source: the file
 */
void source_free(struct source *source);

/**
 * source_find - find a key, in its section or in [DEFAULT]
 * @source: the file
 * @section: the section, by exact spelling
 * @name: the key, in lower case
 *
 * Return: it, or NULL.
 */
const struct source_key *source_find(const struct source *source,
				     const char *section, const char *name);

/**
 * source_value - a key's value, with its references resolved
 * @source: the file
 * @section: the section that was looked in
 * @key: the key
 * @value: where to put the value, for free()
 * @err: where to put "LINE: what is wrong"
 * @errlen: size of @err
 *
 * Return: 0; -EINVAL for references that lead nowhere; -ENOMEM.
 */
int source_value(const struct source *source, const char *section,
		 const struct source_key *key, char **value, char *err,
		 size_t errlen);

#endif /* VMOPNOTIFYCTL_IMPORT_SOURCE_H */
