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

static int check_file(int fd, const char *path, char *err, size_t errlen)
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
	if ((st.st_mode & 055) && fchmod(fd, 0600) < 0)
		return fail(-errno, err, errlen, "%s: %s", path,
			    strerror(errno));
	return 0;
}

/* Reads a small file of our own into @buf, NUL-terminated. */
static int read_own(const char *path, char *buf, size_t size, char *err,
		    size_t errlen)
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
	ret = check_file(fd, path, err, errlen);
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

int token_load(const char *path, char token[TOKEN_SIZE], char *err,
	       size_t errlen)
{
	char buf[TOKEN_SIZE + 1];
	size_t len;
	int ret;

	ret = read_own(path, buf, sizeof(buf), err, errlen);
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

static int write_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/* A rename is on disk only once its directory is. */
static int sync_directory(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	/* Not every file system can; then it has nothing to lose either. */
	if (fsync(fd) < 0 && errno != EINVAL)
		ret = -errno;
	close(fd);
	return ret;
}

static int write_temporary(const char *tmp, const char *data)
{
	int fd, ret;

	unlink(tmp);
	fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		  0600);
	if (fd < 0)
		return -errno;
	ret = write_all(fd, data, strlen(data));
	if (!ret && (fchmod(fd, 0600) < 0 || fsync(fd) < 0))
		ret = -errno;
	if (close(fd) < 0 && !ret)
		ret = -errno;
	if (ret < 0)
		unlink(tmp);
	return ret;
}

/* Puts @data at @path: after a crash it is the old or the new, whole. */
static int write_atomic(const char *path, const char *data, char *err,
			size_t errlen)
{
	char dir_buf[PATH_MAX], tmp[PATH_MAX + 8];
	const char *dir;
	int ret;

	snprintf(dir_buf, sizeof(dir_buf), "%s", path);
	dir = dirname(dir_buf);
	snprintf(tmp, sizeof(tmp), "%s.tmp", path);
	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return fail(-errno, err, errlen, "cannot make %s: %s", dir,
			    strerror(errno));
	ret = write_temporary(tmp, data);
	if (ret < 0)
		return fail(ret, err, errlen, "cannot write %s: %s", tmp,
			    strerror(-ret));
	if (rename(tmp, path) < 0) {
		ret = -errno;
		unlink(tmp);
		return fail(ret, err, errlen, "cannot replace %s: %s", path,
			    strerror(-ret));
	}
	ret = sync_directory(dir);
	if (ret < 0)
		return fail(ret, err, errlen, "cannot sync %s: %s", dir,
			    strerror(-ret));
	return 0;
}

int token_store(const char *path, const char *token, char *err,
		size_t errlen)
{
	char line[TOKEN_SIZE + 1];

	if (!token_valid(token))
		return fail(-EINVAL, err, errlen, "not a token");
	snprintf(line, sizeof(line), "%s\n", token);
	return write_atomic(path, line, err, errlen);
}

static void terms_path(const char *path, char *buf, size_t size)
{
	snprintf(buf, size, "%s.terms", path);
}

int token_remove(const char *path)
{
	char terms[PATH_MAX + 8];
	int ret = 0;

	terms_path(path, terms, sizeof(terms));
	if (unlink(path) < 0 && errno != ENOENT)
		ret = -errno;
	unlink(terms);
	return ret;
}

int terms_load(const char *path, struct terms *terms)
{
	char file[PATH_MAX + 8], buf[128], err[256];
	unsigned int timeout_ms, guaranteed;
	int ret;

	terms_path(path, file, sizeof(file));
	ret = read_own(file, buf, sizeof(buf), err, sizeof(err));
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
	return write_atomic(file, buf, err, errlen);
}
