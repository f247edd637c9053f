/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Configuration files: sections, and in them lines of "key = value".
 *
 * Of a file with mistakes the first is told, as "FILE:LINE: what is wrong with
 * which key": the others may follow from it.
 */
#ifndef VMOP_KEYFILE_H
#define VMOP_KEYFILE_H

#include <stddef.h>

/**
 * struct keyfile_key - a key, and who takes it
 * @section: its section
 * @name: its name
 * @set: takes its value; returns what is wrong with that, or NULL
 */
struct keyfile_key {
	const char *section;
	const char *name;
	const char *(*set)(void *to, const char *value);
};

/**
 * struct keyfile - a kind of file
 * @keys: the keys that there are
 * @count: how many, at most 32
 * @any_section: the section whose keys may have any name; NULL: there is none
 * @add: takes one of these; returns what is wrong with it, or NULL
 * @line_problem: looks at each line before it is parsed, without the white space
 *	that it begins with; returns what is wrong with it, or NULL.  May be
 *	NULL.
 */
struct keyfile {
	const struct keyfile_key *keys;
	size_t count;
	const char *any_section;
	const char *(*add)(void *to, const char *name, const char *value);
	const char *(*line_problem)(const char *line);
};

/**
 * keyfile_load - read a file
 * @kind: its kind
 * @to: what @kind's keys are told to fill in; incomplete after an error
 * @path: the file
 * @err: where to put what is wrong
 * @errlen: size of @err
 *
 * Return: 0; -EINVAL for a file with a mistake in it; -ENOENT or another
 * negative errno for one that cannot be read.
 */
int keyfile_load(const struct keyfile *kind, void *to, const char *path,
		 char *err, size_t errlen);

#endif /* VMOP_KEYFILE_H */
