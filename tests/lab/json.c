// SPDX-License-Identifier: GPL-2.0
#include "json.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The whole text is one object. */
bool json_is_object(const char *text)
{
	cJSON *json = cJSON_ParseWithOpts(text, NULL, true);
	bool is = cJSON_IsObject(json);

	cJSON_Delete(json);
	return is;
}

/* A member that is a string; the caller frees it. */
char *json_string(const char *text, const char *key)
{
	cJSON *json = cJSON_Parse(text);
	char *value;

	value = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json,
								      key));
	if (value)
		value = strdup(value);
	cJSON_Delete(json);
	return value;
}

/* A member that is an array of strings, as text; the caller frees it. */
char *json_strings(const char *text, const char *key)
{
	cJSON *json = cJSON_Parse(text);
	cJSON *array = cJSON_GetObjectItemCaseSensitive(json, key);
	cJSON *item;
	char *value = NULL;
	bool good = cJSON_IsArray(array);

	cJSON_ArrayForEach(item, array)
		good = good && cJSON_IsString(item);
	if (good)
		value = cJSON_PrintUnformatted(array);
	cJSON_Delete(json);
	return value;
}

static const char *skip_string(const char *p)
{
	for (p++; *p && *p != '"'; p++)
		if (*p == '\\' && p[1])
			p++;
	return *p ? p + 1 : p;
}

static const char *skip_space(const char *p)
{
	return p + strspn(p, " \t\r\n");
}

/*
 * Where in a valid object the value of its first member @key begins.  A
 * string that a colon follows is a key.
 */
static const char *find_value(const char *text, const char *key)
{
	size_t len = strlen(key);
	const char *p = text;
	int depth = 0;

	while (*p) {
		const char *from = p;

		if (*p != '"') {
			depth += *p == '{' || *p == '[';
			depth -= *p == '}' || *p == ']';
			p++;
			continue;
		}
		p = skip_string(p);
		if (depth == 1 && *skip_space(p) == ':' &&
		    (size_t)(p - from) == len + 2 &&
		    !memcmp(from + 1, key, len))
			return skip_space(skip_space(p) + 1);
	}
	return NULL;
}

/* A member that is a whole number of 64 bits, exactly. */
bool json_u64(const char *text, const char *key, uint64_t *value)
{
	const char *from = find_value(text, key);
	char *end;

	if (!from || !isdigit((unsigned char)*from))
		return false;
	errno = 0;
	*value = strtoull(from, &end, 10);
	return !errno && !strchr(".eE", *end);
}

void json_quote(struct buf *to, const char *text)
{
	cJSON *json = cJSON_CreateString(text);
	char *quoted = cJSON_PrintUnformatted(json);

	if (!quoted)
		abort();
	buf_add(to, quoted, strlen(quoted));
	free(quoted);
	cJSON_Delete(json);
}
