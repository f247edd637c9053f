/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The token on disk.
 *
 * The host shows it once, and who loses it cannot register again before the
 * machine reboots.  So it is on disk before it is used, whole or not at all,
 * and nobody else can read it or put another in its place.
 *
 * Next to it, in FILE.terms, is what else the host said at registration and
 * says only then: a helper that goes on with a stored token needs it.
 */
#ifndef VMOP_TOKEN_H
#define VMOP_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* TOKEN_SIZE - a token's size in bytes, with its closing NUL. */
#define TOKEN_SIZE	256

/**
 * struct terms - what the host granted at registration
 * @timeout_ms: how long it waits for an ack
 * @guaranteed: it guarantees to wait
 */
struct terms {
	uint32_t timeout_ms;
	bool guaranteed;
};

/**
 * token_valid - can this be a token?
 * @token: the text
 *
 * Return: true for 1 to %TOKEN_SIZE - 1 printable ASCII characters, no space.
 */
bool token_valid(const char *token);

/**
 * token_check_place - can others get at the stored token by its directory?
 * @path: the file
 * @err: where to put the text of how
 * @errlen: size of @err
 *
 * Who can write to its directory, or to one above that, can remove the token or
 * put another file in its place; unless the directory's sticky bit leaves each
 * file to whom it belongs.  A directory that is not there is nobody's.
 *
 * Return: 0 where nobody can but root and us, or it cannot be told; -EPERM.
 */
int token_check_place(const char *path, char *err, size_t errlen);

/**
 * token_load - read the stored token
 * @path: the file
 * @token: where to put it
 * @err: where to put the text of an error
 * @errlen: size of @err
 *
 * Return: 0; -ENOENT if there is none; -EINVAL if the file holds something
 * else; -ELOOP, -EPERM, -EFBIG for a file that is a symbolic link, not a plain
 * file of our own that nobody else can write, or too big; or another errno.
 */
int token_load(const char *path, char token[TOKEN_SIZE], char *err,
	       size_t errlen);

/**
 * token_peek - read a token that another program has stored
 * @path: its file, of which nothing is changed
 * @token: where to put it
 * @err: where to put the text of an error
 * @errlen: size of @err
 *
 * Return: as token_load().
 */
int token_peek(const char *path, char token[TOKEN_SIZE], char *err,
	       size_t errlen);

/**
 * token_store - put a token on disk, mode 0600, all of it or none
 * @path: the file; its directory is made if only that is missing
 * @token: the token
 * @err: where to put the text of an error
 * @errlen: size of @err
 *
 * Return: 0 when it will survive a crash, or a negative errno; the old file is
 * untouched then.
 */
int token_store(const char *path, const char *token, char *err,
		size_t errlen);

/**
 * token_remove - forget the token and its terms
 * @path: the file; that there is none is no error
 *
 * Return: 0 or a negative errno.
 */
int token_remove(const char *path);

/**
 * terms_load - read what was granted with the stored token
 * @path: the token's file
 * @terms: where to put it; untouched on error
 *
 * Return: 0 or a negative errno.
 */
int terms_load(const char *path, struct terms *terms);

/**
 * terms_remove - forget what was granted with another token
 * @path: the token's file
 */
void terms_remove(const char *path);

/**
 * terms_store - keep what was granted with the token
 * @path: the token's file
 * @terms: what to keep
 * @err: where to put the text of an error
 * @errlen: size of @err
 *
 * Return: 0 or a negative errno.
 */
int terms_store(const char *path, const struct terms *terms, char *err,
		size_t errlen);

#endif /* VMOP_TOKEN_H */
