// SPDX-License-Identifier: GPL-2.0
/* The environment of programs that are started. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "env.h"

static bool has_prefix(const char *var, const char * const *prefixes)
{
	for (; *prefixes; prefixes++)
		if (!strncmp(var, *prefixes, strlen(*prefixes)))
			return true;
	return false;
}

char **env_without(const char * const *prefixes, size_t room, size_t *count)
{
	size_t n = 0;
	char **env;

	while (environ && environ[n])
		n++;
	env = calloc(n + room + 1, sizeof(*env));
	if (!env)
		return NULL;
	n = 0;
	for (size_t i = 0; environ && environ[i]; i++)
		if (!has_prefix(environ[i], prefixes))
			env[n++] = environ[i];
	if (count)
		*count = n;
	return env;
}
