/* SPDX-License-Identifier: GPL-2.0 */
/*
 * JSON with numbers that are kept to the digit.
 *
 * cJSON holds every number as a double, which has 53 bits where an operation
 * id has 64.  So the text is rewritten before cJSON sees it: each number
 * becomes a string that begins with a byte which no other string can hold.
 */
#ifndef VMOPD_JSON_H
#define VMOPD_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

/* JSON_DEPTH_MAX - the deepest nesting that is read; replies use 3. */
#define JSON_DEPTH_MAX	32

/**
 * json_parse - parse one JSON value, and nothing behind it
 * @text: the bytes
 * @len: how many
 * @err: where to put why they are not JSON
 * @errlen: size of @err
 *
 * Lenient in what does not matter: bytes in strings that are no UTF-8, raw
 * control characters and NULs written as \u0000 become replacements.
 *
 * Return: the tree, for cJSON_Delete(), with numbers only to be read by
 * json_u64(); NULL if @text is not JSON, or without memory.
 */
cJSON *json_parse(const char *text, size_t len, char *err, size_t errlen);

/**
 * enum json_found - what an object has under a key
 * @JSON_ABSENT: nothing
 * @JSON_GOOD: what was asked for
 * @JSON_BAD: something else, or more than one
 */
enum json_found {
	JSON_ABSENT,
	JSON_GOOD,
	JSON_BAD,
};

/**
 * json_u64 - read a number that is an unsigned 64-bit integer, exactly
 * @object: the object
 * @key: the key, by exact spelling
 * @value: where to put it
 * @why: where to put what is bad about it: a word or two
 *
 * Return: &enum json_found.
 */
enum json_found json_u64(const cJSON *object, const char *key,
			 uint64_t *value, const char **why);

/**
 * json_bool - read true or false
 * @object: the object
 * @key: the key
 * @value: where to put it
 * @why: where to put what is bad about it
 *
 * Return: &enum json_found.
 */
enum json_found json_bool(const cJSON *object, const char *key, bool *value,
			  const char **why);

/**
 * json_string - read a string
 * @object: the object
 * @key: the key
 * @value: where to put it; it stays the tree's
 * @why: where to put what is bad about it
 *
 * Return: &enum json_found.
 */
enum json_found json_string(const cJSON *object, const char *key,
			    const char **value, const char **why);

#endif /* VMOPD_JSON_H */
