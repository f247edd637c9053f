/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files that are on disk whole or not at all.
 *
 * A file is prepared under another name, and then put in its place; several
 * can be prepared before the first is placed, and taken back together.
 */
#ifndef VMOP_NEW_FILE_H
#define VMOP_NEW_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* NEW_FILE_SUFFIX - room for what is put behind a file's name. */
#define NEW_FILE_SUFFIX	8

/**
 * struct new_file - a file on its way to its place
 * @path: its place, set by the caller, who keeps it
 * @data: what is to be in it, set by the caller, who keeps it
 * @mode: its permissions, whatever the umask, set by the caller
 * @uid: whom it is to belong to, set by the caller; -1: the caller
 * @gid: the same for its group
 * @replace: it may replace one that is there, set by the caller
 * @tmp: where it is until it is placed, PATH.tmp
 * @old: where the one that it replaces is until the end, PATH.undo
 * @prepared: it is at @tmp
 * @placed: it is at @path
 * @replaced: there is one at @old
 */
struct new_file {
	const char *path;
	const char *data;
	mode_t mode;
	uid_t uid;
	gid_t gid;
	bool replace;
	char tmp[PATH_MAX + NEW_FILE_SUFFIX];
	char old[PATH_MAX + NEW_FILE_SUFFIX];
	bool prepared;
	bool placed;
	bool replaced;
};

/**
 * new_file_prepare - write it, under another name
 * @file: the file; what its caller does not set has to be zero
 * @err: where to put the text of an error
 * @errlen: size of @err
 *
 * Its directory has to be there.  What is at @tmp, left of a crash or laid out
 * as a trap, is removed, not written through.
 *
 * Return: 0, or a negative errno.
 */
int new_file_prepare(struct new_file *file, char *err, size_t errlen);

/**
 * new_file_place - put it in its place
 * @file: a file that is prepared
 * @err: where to put the text of an error
 * @errlen: size of @err
 *
 * Return: 0 when it will survive a crash; -EEXIST where one is there that may
 * not be replaced; or another negative errno.
 */
int new_file_place(struct new_file *file, char *err, size_t errlen);

/**
 * new_file_undo - let all be as if it had never been
 * @file: a file, however far it came
 */
void new_file_undo(struct new_file *file);

/**
 * new_file_done - forget the one that it has replaced
 * @file: a file that is placed
 */
void new_file_done(struct new_file *file);

/**
 * file_replace - write a file, over one that may be there
 * @path: the file
 * @data: what is to be in it
 * @mode: its permissions, whatever the umask
 * @err: where to put the text of an error
 * @errlen: size of @err
 *
 * Return: 0 when it will survive a crash, or a negative errno; after a crash
 * it is the old or the new, whole.
 */
int file_replace(const char *path, const char *data, mode_t mode, char *err,
		 size_t errlen);

#endif /* VMOP_NEW_FILE_H */
