// SPDX-License-Identifier: GPL-2.0
/* What the fuzz targets share. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "text.h"

void fuzz_fail(const char *condition, const char *file, int line)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
	abort();
}

const char *fuzz_file(const void *data, size_t size)
{
	static char name[64];
	static int fd = -1;

	if (fd < 0) {
		fd = memfd_create("fuzz", MFD_CLOEXEC);
		snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	}
	CHECK(!ftruncate(fd, 0));
	CHECK(pwrite(fd, data, size, 0) == (ssize_t)size);
	return name;
}

bool fuzz_is_clean(const char *text)
{
	size_t left = strlen(text), n;

	for (; left; text += n, left -= n) {
		n = utf8_length(text, left);
		if (!n || (unsigned char)*text < ' ' || *text == 0x7f)
			return false;
		/* The controls that are two bytes. */
		if ((unsigned char)text[0] == 0xc2 &&
		    (unsigned char)text[1] < 0xa0)
			return false;
	}
	return true;
}
