/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qmp - QEMU's machine protocol, for one client at a time
 *
 * What fails adds to a buffer of the caller's, in words for people, why.
 */
#ifndef LAB_QMP_H
#define LAB_QMP_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "buf.h"

/**
 * struct qmp - a connection to a QEMU
 * @fd: its socket; -1: none
 * @patience_ms: how long it may take to answer
 * @in: what has come and is not a whole line yet
 * @events: those that came while an answer was awaited
 */
struct qmp {
	int fd;
	int patience_ms;
	struct buf in;
	cJSON *events;
};

/**
 * qmp_open - connect, and negotiate
 * @q: becomes the connection; qmp_close() it
 * @path: QEMU's socket
 * @why: why it failed
 *
 * Return: whether QEMU is there.
 */
bool qmp_open(struct qmp *q, const char *path, struct buf *why);

/**
 * qmp_close - disconnect
 * @q: the connection; one that is closed, or all zero, may be closed again
 */
void qmp_close(struct qmp *q);

/**
 * qmp_command - run a command
 * @q: the connection
 * @name: the command
 * @args: its arguments, which this frees; NULL: none
 * @why: why it failed
 *
 * Return: what QEMU answered, the caller's to cJSON_Delete(); NULL where QEMU
 * refused, or did not answer.
 */
cJSON *qmp_command(struct qmp *q, const char *name, cJSON *args,
		   struct buf *why);

/**
 * qmp_do - the same, where the answer does not matter
 * @q: the connection
 * @name: the command
 * @args: its arguments, which this frees; NULL: none
 * @why: why it failed
 *
 * Return: whether QEMU did it.
 */
bool qmp_do(struct qmp *q, const char *name, cJSON *args, struct buf *why);

/**
 * qmp_event - wait for something to happen in QEMU
 * @q: the connection
 * @timeout_ms: for so long; a signal cuts it short
 *
 * Return: the oldest event, the caller's to cJSON_Delete(); NULL: none.
 */
cJSON *qmp_event(struct qmp *q, int timeout_ms);

/**
 * qmp_text - a member of an answer that is text
 * @json: the answer; may be NULL
 * @name: the member
 *
 * Return: the text, which lives as long as @json; "" if it is not there.
 */
const char *qmp_text(const cJSON *json, const char *name);

/**
 * qmp_number - a member of an answer that is a number
 * @json: the answer; may be NULL
 * @name: the member
 *
 * Return: the number; 0 if it is not there.
 */
double qmp_number(const cJSON *json, const char *name);

#endif
