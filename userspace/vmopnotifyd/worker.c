// SPDX-License-Identifier: GPL-2.0
/* A thread that makes calls into VMware's library, one at a time. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "rpc.h"
#include "worker.h"

/**
 * struct worker - the thread, and what is shared with it
 * @thread: it
 * @lib: the library
 * @fd: an eventfd: a job is done
 * @lock: protects what follows
 * @wake: there is a job, or @left was set
 * @todo: the job that is to be done
 * @done: the job that is done
 * @busy: the thread has a job in hand
 * @left: nobody wants anything more of it
 */
struct worker {
	pthread_t thread;
	struct libvmtools lib;
	int fd;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct job *todo;
	struct job *done;
	bool busy;
	bool left;
};

struct job *job_new(const char *command)
{
	struct job *job = calloc(1, sizeof(*job));

	if (!job)
		return NULL;
	job->command = strdup(command);
	if (!job->command) {
		free(job);
		return NULL;
	}
	return job;
}

void job_free(struct job *job)
{
	if (!job)
		return;
	free(job->command);
	free(job->text);
	free(job);
}

static void free_worker(struct worker *w)
{
	job_free(w->todo);
	job_free(w->done);
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
	if (w->fd >= 0)
		close(w->fd);
	free(w);
}

static void do_job(const struct libvmtools *lib, struct job *job)
{
	char *reply = NULL;
	size_t len = 0;

	job->ok = lib->send(job->command, strlen(job->command), &reply, &len);
	if (!reply)
		return;
	job->too_large = len > RPC_OUTPUT_MAX;
	if (!job->too_large)
		job->text = malloc(len + 1);
	if (job->text) {
		memcpy(job->text, reply, len);
		job->text[len] = '\0';
		job->len = len;
	}
	lib->release(reply);
}

static void *work(void *arg)
{
	static const uint64_t one = 1;
	struct worker *w = arg;
	struct job *job;
	bool left;

	pthread_mutex_lock(&w->lock);
	for (;;) {
		while (!w->todo && !w->left)
			pthread_cond_wait(&w->wake, &w->lock);
		if (w->left)
			break;
		job = w->todo;
		w->todo = NULL;
		w->busy = true;
		pthread_mutex_unlock(&w->lock);
		do_job(&w->lib, job);
		pthread_mutex_lock(&w->lock);
		w->done = job;
		if (w->left)
			break;
		w->busy = false;
		/* An eventfd that is below its limit takes it at once. */
		if (write(w->fd, &one, sizeof(one)) < 0)
			break;
	}
	left = w->busy;
	pthread_mutex_unlock(&w->lock);
	/* Left in the middle of a job: nobody joins us, nobody else has it. */
	if (left)
		free_worker(w);
	return NULL;
}

/*
 * Signals are the loop's.  Not those that an instruction raises: blocked, they
 * would kill whoever means to handle them.
 */
static int start_thread(struct worker *w)
{
	static const int faults[] = {
		SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP,
	};
	sigset_t set, before;
	int ret;

	sigfillset(&set);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		sigdelset(&set, faults[i]);
	ret = pthread_sigmask(SIG_SETMASK, &set, &before);
	if (ret)
		return -ret;
	ret = pthread_create(&w->thread, NULL, work, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!ret)
		pthread_setname_np(w->thread, "libvmtools");
	return -ret;
}

int worker_start(struct worker **wp, const struct libvmtools *lib)
{
	struct worker *w = calloc(1, sizeof(*w));
	int ret;

	if (!w)
		return -ENOMEM;
	w->lib = *lib;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->wake, NULL);
	w->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	ret = w->fd < 0 ? -errno : start_thread(w);
	if (ret) {
		free_worker(w);
		return ret;
	}
	*wp = w;
	return 0;
}

int worker_fd(const struct worker *w)
{
	return w->fd;
}

void worker_give(struct worker *w, struct job *job)
{
	pthread_mutex_lock(&w->lock);
	w->todo = job;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
}

struct job *worker_take(struct worker *w)
{
	struct job *job;
	uint64_t count;

	/* Empty is as good as read. */
	if (read(w->fd, &count, sizeof(count)) < 0)
		count = 0;
	pthread_mutex_lock(&w->lock);
	job = w->done;
	w->done = NULL;
	pthread_mutex_unlock(&w->lock);
	return job;
}

void worker_leave(struct worker *w)
{
	pthread_t thread;
	bool busy;

	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	thread = w->thread;
	busy = w->busy;
	w->left = true;
	pthread_cond_signal(&w->wake);
	if (busy)
		pthread_detach(thread);
	pthread_mutex_unlock(&w->lock);
	if (busy)
		return;
	pthread_join(thread, NULL);
	free_worker(w);
}
