/* SPDX-License-Identifier: GPL-2.0 */
/*
 * state - what a migration leaves in the lab's folder for whoever comes after
 *
 * One migration at a time: it holds a lock, which goes with its process.  The
 * file "migration" tells of the last one.  Where the lock is free and the file
 * does not say that it is over, vmotion was killed in the middle of it.
 */
#ifndef LAB_STATE_H
#define LAB_STATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "buf.h"

/**
 * struct state - the last migration
 * @migration: its number; 0: there was none
 * @pid: the process that runs it
 * @from: host, "a" or "b"
 * @to: host
 * @phase: where it has come to; "over": to its end
 * @result: what came of it, in words for people
 * @operation_id: under which it was announced, in decimal; "": it was not
 */
struct state {
	unsigned int migration;
	pid_t pid;
	char from[2];
	char to[2];
	char phase[32];
	char result[256];
	char operation_id[24];
};

/**
 * state_lock - take the lock
 * @wait: until it is free
 *
 * Return: the lock's file, which its caller closes; -1: somebody else has it,
 * or errno tells what is wrong.
 */
int state_lock(bool wait);

/**
 * state_load - read the file
 * @s: becomes what it says; all zero where there is none
 */
void state_load(struct state *s);

/**
 * state_save - write the file
 * @s: what it is to say
 * @why: why it failed
 *
 * Return: whether it says so.
 */
bool state_save(const struct state *s, struct buf *why);

/**
 * state_is_open - whether a migration began and is not over
 * @s: the state
 *
 * Return: whether it is so.
 */
bool state_is_open(const struct state *s);

/**
 * state_ask_to_end - ask the process that runs a migration to cancel it
 * @s: the state
 *
 * For one who does not have the lock.
 *
 * Return: whether there was one to ask.
 */
bool state_ask_to_end(const struct state *s);

#endif
