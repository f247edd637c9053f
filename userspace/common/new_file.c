// SPDX-License-Identifier: GPL-2.0
/* Files that are on disk whole or not at all. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "new_file.h"

static int cannot(int ret, char *err, size_t errlen, const char *what,
		  const char *path)
{
	snprintf(err, errlen, "cannot %s %s: %s", what, path, strerror(-ret));
	return ret;
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
static int sync_directory(const char *path, char *err, size_t errlen)
{
	char buf[PATH_MAX];
	const char *dir;
	int fd, ret = 0;

	snprintf(buf, sizeof(buf), "%s", path);
	dir = dirname(buf);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* Not every file system can; then it has nothing to lose either. */
	if (fd < 0 || (fsync(fd) < 0 && errno != EINVAL))
		ret = cannot(-errno, err, errlen, "sync", dir);
	if (fd >= 0)
		close(fd);
	return ret;
}

/* The owner first: to change it may take permissions away. */
static int fill(int fd, const struct new_file *f)
{
	int ret = write_all(fd, f->data, strlen(f->data));

	if (!ret && (f->uid != (uid_t)-1 || f->gid != (gid_t)-1) &&
	    fchown(fd, f->uid, f->gid) < 0)
		ret = -errno;
	if (!ret && (fchmod(fd, f->mode) < 0 || fsync(fd) < 0))
		ret = -errno;
	return ret;
}

int new_file_prepare(struct new_file *f, char *err, size_t errlen)
{
	int fd, ret;

	if (strlen(f->path) >= PATH_MAX)
		return cannot(-ENAMETOOLONG, err, errlen, "write", f->path);
	snprintf(f->tmp, sizeof(f->tmp), "%s.tmp", f->path);
	snprintf(f->old, sizeof(f->old), "%s.undo", f->path);
	unlink(f->tmp);
	fd = open(f->tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		  0600);
	if (fd < 0)
		return cannot(-errno, err, errlen, "write", f->tmp);
	ret = fill(fd, f);
	if (close(fd) < 0 && !ret)
		ret = -errno;
	f->prepared = !ret;
	if (!ret)
		return 0;
	unlink(f->tmp);
	return cannot(ret, err, errlen, "write", f->tmp);
}

/* Keeps the present one under a name of its own, too. */
static int keep_old(struct new_file *f)
{
	unlink(f->old);
	if (!link(f->path, f->old))
		f->replaced = true;
	else if (errno != ENOENT)
		return -errno;
	return 0;
}

int new_file_place(struct new_file *f, char *err, size_t errlen)
{
	int ret = 0;

	if (!f->replace) {
		/* Other than rename(), it fails where there is one. */
		if (link(f->tmp, f->path) < 0)
			return cannot(-errno, err, errlen, "make", f->path);
		unlink(f->tmp);
	} else {
		ret = keep_old(f);
		if (!ret && rename(f->tmp, f->path) < 0)
			ret = -errno;
		if (ret)
			return cannot(ret, err, errlen, "replace", f->path);
	}
	f->prepared = false;
	f->placed = true;
	return sync_directory(f->path, err, errlen);
}

void new_file_undo(struct new_file *f)
{
	if (f->prepared)
		unlink(f->tmp);
	if (f->placed && f->replaced)
		rename(f->old, f->path);
	else if (f->placed)
		unlink(f->path);
	else if (f->replaced)
		unlink(f->old);
	f->prepared = false;
	f->placed = false;
	f->replaced = false;
}

void new_file_done(struct new_file *f)
{
	if (f->replaced)
		unlink(f->old);
	f->replaced = false;
}

int file_replace(const char *path, const char *data, mode_t mode, char *err,
		 size_t errlen)
{
	struct new_file f = {
		.path = path, .data = data, .mode = mode, .uid = (uid_t)-1,
		.gid = (gid_t)-1,
	};
	int ret = new_file_prepare(&f, err, errlen);

	if (ret < 0)
		return ret;
	if (rename(f.tmp, path) < 0) {
		ret = cannot(-errno, err, errlen, "replace", path);
		unlink(f.tmp);
		return ret;
	}
	return sync_directory(path, err, errlen);
}
