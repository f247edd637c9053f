/* SPDX-License-Identifier: GPL-2.0 */
/*
 * json - the top-level members of a JSON object, number for number
 *
 * cJSON keeps numbers as doubles, which changes an operation id above 2^53.
 */
#ifndef LAB_JSON_H
#define LAB_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

bool json_is_object(const char *text);
char *json_string(const char *text, const char *key);
char *json_strings(const char *text, const char *key);
bool json_u64(const char *text, const char *key, uint64_t *value);
void json_quote(struct buf *to, const char *text);

#endif
