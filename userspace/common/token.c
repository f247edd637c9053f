// SPDX-License-Identifier: GPL-2.0
/* The token on disk. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/vmopnotify.h>

#include "new_file.h"
#include "token.h"

__attribute__((format(printf, 4, 5)))
static int fail(int ret, char *err, size_t errlen, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err, errlen, fmt, ap);
	va_end(ap);
	return ret;
}

bool token_valid(const char *token)
{
	size_t i;

	for (i = 0; token[i]; i++)
		if (token[i] <= ' ' || token[i] >= 0x7f)
			return false;
	return i > 0 && i < TOKEN_SIZE;
}

static int check_dir(const char *dir, char *err, size_t errlen)
{
	struct stat st;

	if (stat(dir, &st) < 0)
		return 0;
	if (st.st_uid && st.st_uid != geteuid())
		return fail(-EPERM, err, errlen, "%s: belongs to user %u", dir,
			    st.st_uid);
	if ((st.st_mode & 022) && !(st.st_mode & S_ISVTX))
		return fail(-EPERM, err, errlen,
			    "%s: others can write to it (mode %04o)", dir,
			    st.st_mode & 07777);
	return 0;
}

int token_check_place(const char *path, char *err, size_t errlen)
{
	char buf[PATH_MAX], dir[PATH_MAX];
	char *slash;
	int ret;

	snprintf(buf, sizeof(buf), "%s", path);
	if (!realpath(dirname(buf), dir))
		return 0;
	ret = check_dir(dir, err, errlen);
	while (!ret && (slash = strrchr(dir, '/')) && slash[1]) {
		slash[slash == dir] = '\0';
		ret = check_dir(dir, err, errlen);
	}
	return ret;
}

/* Who may have written to it?  One of our own is made private, too. */
static int check_file(int fd, const char *path, bool own, char *err,
		      size_t errlen)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return fail(-errno, err, errlen, "%s: %s", path,
			    strerror(errno));
	if (!S_ISREG(st.st_mode))
		return fail(-EPERM, err, errlen, "%s: not a plain file", path);
	if (st.st_uid != geteuid())
		return fail(-EPERM, err, errlen,
			    "%s: belongs to user %u, not to us", path,
			    st.st_uid);
	if (st.st_mode & 022)
		return fail(-EPERM, err, errlen,
			    "%s: others can write to it (mode %04o)", path,
			    st.st_mode & 07777);
	/* Readable by others is a leak that has happened: stop it. */
	if (own && (st.st_mode & 055) && fchmod(fd, 0600) < 0)
		return fail(-errno, err, errlen, "%s: %s", path,
			    strerror(errno));
	return 0;
}

/* Reads a small file of our user's into @buf, NUL-terminated. */
static int read_small(const char *path, bool own, char *buf, size_t size,
		      char *err, size_t errlen)
{
	size_t used = 0;
	ssize_t n;
	int fd, ret;

	/* Non-blocking: someone may have put a FIFO there. */
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 && errno == ELOOP)
		return fail(-ELOOP, err, errlen, "%s: is a symbolic link",
			    path);
	if (fd < 0)
		return fail(-errno, err, errlen, "%s: %s", path,
			    strerror(errno));
	ret = check_file(fd, path, own, err, errlen);
	if (ret < 0)
		goto out;
	do {
		n = read(fd, buf + used, size - used);
		if (n > 0)
			used += (size_t)n;
	} while ((n > 0 && used < size) || (n < 0 && errno == EINTR));
	if (n < 0)
		ret = fail(-errno, err, errlen, "%s: %s", path,
			   strerror(errno));
	else if (used == size)
		ret = fail(-EFBIG, err, errlen, "%s: too big", path);
	else
		buf[used] = '\0';
	if (!ret && strlen(buf) != used)
		ret = fail(-EINVAL, err, errlen, "%s: holds binary data",
			   path);
out:
	close(fd);
	return ret;
}

static int load(const char *path, bool own, char token[TOKEN_SIZE],
		char *err, size_t errlen)
{
	char buf[TOKEN_SIZE + 1];
	size_t len;
	int ret;

	ret = read_small(path, own, buf, sizeof(buf), err, errlen);
	if (ret < 0)
		return ret;
	len = strlen(buf);
	if (len && buf[len - 1] == '\n')
		buf[len - 1] = '\0';
	if (!token_valid(buf))
		return fail(-EINVAL, err, errlen, "%s: holds no token", path);
	memcpy(token, buf, strlen(buf) + 1);
	return 0;
}

int token_load(const char *path, char token[TOKEN_SIZE], char *err,
	       size_t errlen)
{
	return load(path, true, token, err, errlen);
}

int token_peek(const char *path, char token[TOKEN_SIZE], char *err,
	       size_t errlen)
{
	return load(path, false, token, err, errlen);
}

static int write_own(const char *path, const char *data, char *err,
		     size_t errlen)
{
	char dir_buf[PATH_MAX];
	const char *dir;

	snprintf(dir_buf, sizeof(dir_buf), "%s", path);
	dir = dirname(dir_buf);
	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return fail(-errno, err, errlen, "cannot make %s: %s", dir,
			    strerror(errno));
	return file_replace(path, data, 0600, err, errlen);
}

int token_store(const char *path, const char *token, char *err,
		size_t errlen)
{
	char line[TOKEN_SIZE + 1];

	if (!token_valid(token))
		return fail(-EINVAL, err, errlen, "not a token");
	snprintf(line, sizeof(line), "%s\n", token);
	return write_own(path, line, err, errlen);
}

static void terms_path(const char *path, char *buf, size_t size)
{
	snprintf(buf, size, "%s.terms", path);
}

int token_remove(const char *path)
{
	int ret = 0;

	if (unlink(path) < 0 && errno != ENOENT)
		ret = -errno;
	terms_remove(path);
	return ret;
}

void terms_remove(const char *path)
{
	char file[PATH_MAX + 8];

	terms_path(path, file, sizeof(file));
	unlink(file);
}

int terms_load(const char *path, struct terms *terms)
{
	char file[PATH_MAX + 8], buf[128], err[256];
	unsigned int timeout_ms, guaranteed;
	int ret;

	terms_path(path, file, sizeof(file));
	ret = read_small(file, true, buf, sizeof(buf), err, sizeof(err));
	if (ret < 0)
		return ret;
	if (sscanf(buf, "timeout_ms=%9u\nguaranteed=%1u\n", &timeout_ms,
		   &guaranteed) != 2)
		return -EINVAL;
	if (timeout_ms < 1 || timeout_ms > VMOPNOTIFY_MAX_TIMEOUT_MS)
		return -ERANGE;
	terms->timeout_ms = timeout_ms;
	terms->guaranteed = guaranteed;
	return 0;
}

int terms_store(const char *path, const struct terms *terms, char *err,
		size_t errlen)
{
	char file[PATH_MAX + 8], buf[64];

	terms_path(path, file, sizeof(file));
	snprintf(buf, sizeof(buf), "timeout_ms=%u\nguaranteed=%u\n",
		 terms->timeout_ms, terms->guaranteed);
	return write_own(file, buf, err, errlen);
}
