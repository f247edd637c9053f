/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The daemon's log: the journal where systemd started us with it, else stderr.
 *
 * The host's token is as good as a password: it must not be in a log.  Every
 * line passes log_redact(), whoever wrote it.
 */
#ifndef VMOPD_LOG_H
#define VMOPD_LOG_H

#include <stddef.h>
#include <stdint.h>
#include <syslog.h>

/**
 * log_init - find out where the log goes
 *
 * To the journal if stderr is a stream of it, as JOURNAL_STREAM tells.
 */
void log_init(void);

/**
 * log_set_level - drop what is less urgent
 * @level: LOG_ERR to LOG_DEBUG
 */
void log_set_level(int level);

/**
 * log_set_secret - name the text that is never to be shown whole
 * @token: the token, or NULL for none
 */
void log_set_secret(const char *token);

/**
 * log_redact - shorten every token in a text to its first characters
 * @text: changed in place
 * @size: of @text's buffer
 *
 * Known by what they are: the text given to log_set_secret(), what follows a
 * "uniqueToken" key, and whatever has the shape of a UUID.  Control characters
 * become question marks, so that host text cannot forge lines.
 */
void log_redact(char *text, size_t size);

/**
 * log_about - write one line
 * @level: LOG_ERR to LOG_DEBUG
 * @operation: the one that it is about, or NULL: the line begins with it, and
 *	in the journal it is the field VMOPNOTIFY_OPERATION
 * @fmt: as printf's
 */
__attribute__((format(printf, 3, 4)))
void log_about(int level, const uint64_t *operation, const char *fmt, ...);

/**
 * log_record - write what is to be found again
 * @level: LOG_ERR to LOG_DEBUG; to the journal it goes at any level
 * @operation: the one that it is about
 * @fields: more fields of the journal, "NAME=value"
 * @n: how many
 * @text: for people
 */
void log_record(int level, uint64_t operation, const char *const *fields,
		size_t n, const char *text);

#define log_msg(level, ...)	log_about(level, NULL, __VA_ARGS__)
#define log_op(level, id, ...)	\
	log_about(level, &(const uint64_t){ id }, __VA_ARGS__)

#define log_err(...)	log_msg(LOG_ERR, __VA_ARGS__)
#define log_warn(...)	log_msg(LOG_WARNING, __VA_ARGS__)
#define log_info(...)	log_msg(LOG_INFO, __VA_ARGS__)
#define log_debug(...)	log_msg(LOG_DEBUG, __VA_ARGS__)

#endif /* VMOPD_LOG_H */
