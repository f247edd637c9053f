/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A thread that makes calls into VMware's library, one at a time.
 *
 * A call may hang for as long as the host does, and cannot be cancelled: the
 * thread may be in the middle of anything.  So nobody ever waits for it: a job
 * is given, a descriptor tells when it is done, and who has no more use for a
 * thread that hangs leaves it behind, to end when it comes back.
 */
#ifndef VMOPD_WORKER_H
#define VMOPD_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libvmtools.h"

/**
 * struct job - one RPC
 * @command: what to send
 * @sent_ms: when it was sent, for its owner
 * @ok: the host did it
 * @too_large: the reply was longer than %RPC_OUTPUT_MAX, and is not kept
 * @text: the reply, NUL-terminated; NULL if there is none, or no memory for it
 * @len: its length
 * @next: for its owner
 */
struct job {
	char *command;
	int64_t sent_ms;
	bool ok;
	bool too_large;
	char *text;
	size_t len;
	struct job *next;
};

/**
 * job_new - make a job
 * @command: what to send
 *
 * Return: the job, for job_free(); NULL if there is no memory.
 */
struct job *job_new(const char *command);

/**
 * job_free - free a job that no worker has
 * @job: it, or NULL
 */
void job_free(struct job *job);

struct worker;

/**
 * worker_start - start the thread
 * @wp: where to put the worker
 * @lib: the library, which has been found to work here; copied
 *
 * Return: 0 or a negative errno.
 */
int worker_start(struct worker **wp, const struct libvmtools *lib);

/**
 * worker_fd - the descriptor that tells of a job that is done
 * @w: the worker
 *
 * Return: readable when worker_take() has something; it stays the worker's.
 */
int worker_fd(const struct worker *w);

/**
 * worker_give - have a job done
 * @w: the worker, which has none
 * @job: the worker's from now on
 */
void worker_give(struct worker *w, struct job *job);

/**
 * worker_take - the job that is done
 * @w: the worker
 *
 * Return: it, the caller's again; NULL if there is none.
 */
struct job *worker_take(struct worker *w);

/**
 * worker_leave - have no more to do with it
 * @w: the worker, or NULL; gone with its jobs, at once or, if it hangs in the
 *	library, when it comes back
 */
void worker_leave(struct worker *w);

#endif /* VMOPD_WORKER_H */
