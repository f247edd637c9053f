// SPDX-License-Identifier: GPL-2.0
/* What outlives a runner, see app_state.h. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app_state.h"
#include "output.h"

/* ID START_NS DRILL TYPE, and an end of line: without that it is not whole. */
#define LINE_FORMAT	"%" PRIu64 " %" PRIu64 " %d %s\n"
#define LINE_LEN	128

/* Also where the file system is full by then, there is room for a line. */
static void reserve(int fd)
{
	fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, LINE_LEN);
}

static int make_dir(const char *path)
{
	return mkdir(path, 0755) && errno != EEXIST ? -errno : 0;
}

static int open_file(const char *dir, const char *name, char path[PATH_MAX])
{
	int fd, ret;

	ret = make_dir(dir);
	if (ret)
		return ret;
	snprintf(path, PATH_MAX, "%s/%s", dir, name);
	ret = make_dir(path);
	if (ret)
		return ret;
	snprintf(path, PATH_MAX, "%s/%s/state", dir, name);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	return fd < 0 ? -errno : fd;
}

int app_state_open(const char *dir, const char *name)
{
	char path[PATH_MAX] = "";
	int fd, ret;

	fd = open_file(dir, name, path);
	if (fd < 0) {
		error_line("cannot open %s: %s", path[0] ? path : dir,
			   strerror(-fd));
		return fd;
	}
	if (!flock(fd, LOCK_EX | LOCK_NB)) {
		reserve(fd);
		return fd;
	}
	ret = -errno;
	if (ret == -EWOULDBLOCK)
		error_line("\"%s\" is run by another process already, which has locked %s",
			   name, path);
	else
		error_line("cannot lock %s: %s", path, strerror(-ret));
	close(fd);
	return ret;
}

static bool parse(const char *line, struct app_quiet *quiet)
{
	int drill, used = 0;

	if (sscanf(line, "%" SCNu64 " %" SCNu64 " %d %31[^\n]%n", &quiet->id,
		   &quiet->start_ns, &drill, quiet->type, &used) != 4)
		return false;
	quiet->drill = drill;
	return !strcmp(line + used, "\n");
}

int app_state_read(int fd, struct app_quiet *quiet)
{
	char line[LINE_LEN];
	ssize_t n = pread(fd, line, sizeof(line) - 1, 0);

	memset(quiet, 0, sizeof(*quiet));
	if (!n)
		return 0;
	line[n > 0 ? n : 0] = '\0';
	if (!parse(line, quiet))
		memset(quiet, 0, sizeof(*quiet));
	return 1;
}

int app_state_write(int fd, const struct app_quiet *quiet)
{
	char line[LINE_LEN];
	int len = snprintf(line, sizeof(line), LINE_FORMAT, quiet->id,
			   quiet->start_ns, quiet->drill,
			   quiet->type[0] ? quiet->type : "unknown");

	/* In one piece, and what was there before was shorter or is cut off. */
	if (pwrite(fd, line, (size_t)len, 0) != len || ftruncate(fd, len))
		return errno ? -errno : -EIO;
	return 0;
}

int app_state_clear(int fd)
{
	if (ftruncate(fd, 0))
		return -errno;
	reserve(fd);
	return 0;
}
