// SPDX-License-Identifier: GPL-2.0
/* The journal, see journal_stream.h. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal_stream.h"

bool journal_is_stderr(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	return stream && fstat(STDERR_FILENO, &st) == 0 &&
	       sscanf(stream, "%llu:%llu", &dev, &ino) == 2 &&
	       st.st_dev == dev && st.st_ino == ino;
}
