// SPDX-License-Identifier: GPL-2.0
/* Is the Python service running? */
#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import_service.h"

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* @args: arguments with a NUL behind each, and one more at @end. */
static bool is_service(const char *args, const char *end)
{
	bool python = !strncmp(base_name(args), "python", 6);

	/* Started by its own name, or by an interpreter with its options. */
	if (!strcmp(base_name(args), SERVICE_SCRIPT))
		return true;
	do
		args += strlen(args) + 1;
	while (args < end && *args == '-');
	return python && args < end && !strcmp(base_name(args), SERVICE_SCRIPT);
}

static bool runs_service(const char *proc, const char *pid)
{
	char path[PATH_MAX], args[4096];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s/cmdline", proc, pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	n = fread(args, 1, sizeof(args) - 1, f);
	fclose(f);
	args[n] = '\0';
	return n && is_service(args, args + n);
}

pid_t service_pid(const char *proc)
{
	const struct dirent *entry;
	pid_t pid = 0;
	DIR *dir;

	dir = opendir(proc);
	if (!dir)
		return 0;
	while (!pid && (entry = readdir(dir)))
		if (strspn(entry->d_name, "0123456789") ==
		    strlen(entry->d_name) &&
		    runs_service(proc, entry->d_name))
			pid = (pid_t)strtol(entry->d_name, NULL, 10);
	closedir(dir);
	return pid;
}
