// SPDX-License-Identifier: GPL-2.0
/*
 * RPCs through VMware's library, in this process.
 *
 * Before the first one a child tries the library, see libvmtools.h; until that
 * has gone well there is no thread, and each RPC tries anew.  From then on a
 * thread makes the calls.
 *
 * One that takes too long is told as such, and goes on.  Until it returns the
 * thread is of no use, and RPCs fail at once.  What it then brings is kept: the
 * host tells an event, or a token, only once.  It is given for an answer when
 * the same RPC is sent again, as the bridge does with all that fail.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "libvmtools.h"
#include "log.h"
#include "rpc.h"
#include "worker.h"

/* Late answers that are kept; each is to another RPC. */
#define LATE_MAX	8

/**
 * struct rpc - the transport
 * @loop: the event loop
 * @cfg: the configuration: where the library is, how long an RPC may take
 * @lib: the library
 * @worker: the thread, NULL until the library is known to work
 * @returned: watches for its jobs
 * @child: tries the library; 0 if none does
 * @pidfd: readable once it has ended
 * @exited: watches @pidfd
 * @timer: ends an RPC's time
 * @defer: tells what was known at once
 * @done: to be told, while an RPC is in flight
 * @arg: for @done
 * @job: the RPC in flight, while this side has it
 * @busy: the thread has a job in hand
 * @hung: it has, and nobody waits for it any more
 * @hung_ms: since when
 * @late: jobs that came back too late, newest first
 * @back: to be told of those
 * @back_arg: for @back
 * @status: what @defer tells
 * @code: the same
 * @why: the same, in words
 */
struct rpc {
	sd_event *loop;
	const struct config *cfg;
	struct libvmtools lib;
	struct worker *worker;
	sd_event_source *returned;
	pid_t child;
	int pidfd;
	sd_event_source *exited;
	sd_event_source *timer;
	sd_event_source *defer;
	rpc_done done;
	void *arg;
	struct job *job;
	bool busy;
	bool hung;
	int64_t hung_ms;
	struct job *late;
	rpc_back back;
	void *back_arg;
	enum rpc_status status;
	int code;
	char why[512];
};

static int64_t now_ms(void)
{
	return clock_ms(CLOCK_BOOTTIME);
}

static void stop_waiting(struct rpc *rpc)
{
	rpc->timer = sd_event_source_disable_unref(rpc->timer);
	rpc->defer = sd_event_source_disable_unref(rpc->defer);
	rpc->exited = sd_event_source_disable_unref(rpc->exited);
	if (rpc->pidfd >= 0)
		close(rpc->pidfd);
	rpc->pidfd = -1;
	rpc->child = 0;
}

/* Ends an RPC: everything is released before @done is told. */
static void finish(struct rpc *rpc, struct rpc_result *result)
{
	rpc_done done = rpc->done;
	char none[1] = "";

	stop_waiting(rpc);
	rpc->done = NULL;
	result->in_process = true;
	if (!result->out)
		result->out = none;
	if (!result->err)
		result->err = none;
	if (done)
		done(result, rpc->arg);
}

static void finish_without(struct rpc *rpc, enum rpc_status status, int code,
			   char *why)
{
	struct rpc_result result = {
		.status = status, .code = code,
		.err = why, .err_len = why ? strlen(why) : 0,
	};

	job_free(rpc->job);
	rpc->job = NULL;
	finish(rpc, &result);
}

/* A job's answer: the host's words are the reply, or why there is none. */
static void finish_job(struct rpc *rpc, struct job *job, int64_t late_ms)
{
	struct rpc_result result = { .late_ms = late_ms };

	if (job->too_large) {
		result.status = RPC_TOO_LARGE;
	} else if (job->ok) {
		result.out = job->text;
		result.out_len = job->len;
	} else {
		result.status = RPC_FAILED;
		result.err = job->text;
		result.err_len = job->len;
	}
	finish(rpc, &result);
	job_free(job);
}

static int on_known(sd_event_source *source, void *arg)
{
	struct rpc *rpc = arg;
	struct job *job = rpc->job;

	(void)source;
	if (job) {
		rpc->job = NULL;
		finish_job(rpc, job, now_ms() - job->sent_ms);
	} else {
		finish_without(rpc, rpc->status, rpc->code, rpc->why);
	}
	return 0;
}

/* Has what is known already told from the loop, as any other end is. */
static void tell_known(struct rpc *rpc)
{
	if (sd_event_add_defer(rpc->loop, &rpc->defer, on_known, rpc) < 0)
		on_known(NULL, rpc);
}

static void tell_failure(struct rpc *rpc, enum rpc_status status, int code)
{
	job_free(rpc->job);
	rpc->job = NULL;
	rpc->status = status;
	rpc->code = code;
	tell_known(rpc);
}

/* Late answers. */

static void keep(struct rpc *rpc, struct job *job)
{
	struct job **at = &rpc->late;

	job->next = rpc->late;
	rpc->late = job;
	for (unsigned int n = 0; *at && n < LATE_MAX; n++)
		at = &(*at)->next;
	if (!*at)
		return;
	log_warn("an answer of the host's that came too late is dropped: nobody has asked for it again");
	job_free(*at);
	*at = NULL;
}

static struct job *take_late(struct rpc *rpc, const char *command)
{
	struct job *job;

	for (struct job **at = &rpc->late; *at; at = &(*at)->next) {
		if (strcmp((*at)->command, command))
			continue;
		job = *at;
		*at = job->next;
		return job;
	}
	return NULL;
}

/* The thread. */

static int on_returned(sd_event_source *source, int fd, uint32_t events,
		       void *arg)
{
	struct rpc *rpc = arg;
	struct job *job = worker_take(rpc->worker);

	(void)source;
	(void)fd;
	(void)events;
	if (!job)
		return 0;
	rpc->busy = false;
	if (!rpc->hung) {
		finish_job(rpc, job, 0);
		return 0;
	}
	rpc->hung = false;
	log_info("%s has returned from an RPC after %lld ms",
		 rpc->cfg->libvmtools_path,
		 (long long)(now_ms() - job->sent_ms));
	keep(rpc, job);
	if (rpc->back)
		rpc->back(rpc->back_arg);
	return 0;
}

static int start_worker(struct rpc *rpc)
{
	int ret = worker_start(&rpc->worker, &rpc->lib);

	if (ret)
		return ret;
	ret = sd_event_add_io(rpc->loop, &rpc->returned,
			      worker_fd(rpc->worker), EPOLLIN, on_returned,
			      rpc);
	if (ret >= 0)
		return 0;
	worker_leave(rpc->worker);
	rpc->worker = NULL;
	return ret;
}

static void hand_over(struct rpc *rpc)
{
	struct job *job = rpc->job;

	rpc->job = NULL;
	rpc->busy = true;
	worker_give(rpc->worker, job);
}

/* The child. */

static int kill_and_reap(struct rpc *rpc)
{
	int status = 0;
	pid_t pid;

	kill(rpc->child, SIGKILL);
	do {
		pid = waitpid(rpc->child, &status, 0);
	} while (pid < 0 && errno == EINTR);
	rpc->child = 0;
	return pid > 0 ? status : -1;
}

static void tried_well(struct rpc *rpc)
{
	int ret = start_worker(rpc);

	if (ret < 0)
		finish_without(rpc, RPC_NOT_STARTED, -ret, NULL);
	else
		hand_over(rpc);
}

static int on_exited(sd_event_source *source, int fd, uint32_t events,
		     void *arg)
{
	struct rpc *rpc = arg;
	int status = kill_and_reap(rpc);

	(void)source;
	(void)fd;
	(void)events;
	rpc->exited = sd_event_source_disable_unref(rpc->exited);
	close(rpc->pidfd);
	rpc->pidfd = -1;
	if (WIFSIGNALED(status))
		finish_without(rpc, RPC_SIGNALED, WTERMSIG(status), NULL);
	else if (WEXITSTATUS(status) == TRIAL_NO_HOST)
		finish_without(rpc, RPC_NO_HOST, 0, NULL);
	else if (WEXITSTATUS(status) != TRIAL_WELL)
		finish_without(rpc, RPC_NOT_STARTED, ECHILD, NULL);
	else
		tried_well(rpc);
	return 0;
}

static int try_library(struct rpc *rpc)
{
	int ret = libvmtools_try(&rpc->lib, &rpc->pidfd);

	if (ret < 0)
		return ret;
	rpc->child = ret;
	ret = sd_event_add_io(rpc->loop, &rpc->exited, rpc->pidfd, EPOLLIN,
			      on_exited, rpc);
	if (ret < 0)
		kill_and_reap(rpc);
	return ret < 0 ? ret : 0;
}

/* The RPC. */

static int on_timeout(sd_event_source *source, uint64_t usec, void *arg)
{
	struct rpc *rpc = arg;

	(void)source;
	(void)usec;
	if (rpc->child)
		kill_and_reap(rpc);
	rpc->hung = rpc->busy;
	rpc->hung_ms = now_ms();
	finish_without(rpc, RPC_TIMED_OUT, 0, NULL);
	return 0;
}

static int start_timer(struct rpc *rpc)
{
	int ret = sd_event_add_time_relative(rpc->loop, &rpc->timer,
					     CLOCK_MONOTONIC,
					     rpc->cfg->rpc_timeout_ms * 1000ULL,
					     1000, on_timeout, rpc);

	/* An answer that came the moment the time was up counts. */
	if (ret >= 0)
		ret = sd_event_source_set_priority(rpc->timer,
						   SD_EVENT_PRIORITY_IDLE);
	return ret < 0 ? ret : 0;
}

static int start(struct rpc *rpc)
{
	int ret = start_timer(rpc);

	if (ret)
		return ret;
	if (!rpc->worker)
		return try_library(rpc);
	hand_over(rpc);
	return 0;
}

static void libvmtools_send(struct rpc *rpc, const char *command,
			    rpc_done done, void *arg)
{
	int ret;

	rpc->done = done;
	rpc->arg = arg;
	rpc->why[0] = '\0';
	rpc->job = take_late(rpc, command);
	if (rpc->job) {
		tell_known(rpc);
		return;
	}
	if (rpc->hung) {
		tell_failure(rpc, RPC_STUCK,
			     (int)((now_ms() - rpc->hung_ms) / 1000));
		return;
	}
	ret = rpc->lib.handle ? 0 :
	      libvmtools_load(&rpc->lib, rpc->cfg->libvmtools_path, rpc->why,
			      sizeof(rpc->why));
	if (ret < 0) {
		tell_failure(rpc, ret == -ENOENT ? RPC_NOT_FOUND :
						   RPC_NOT_EXECUTABLE, -ret);
		return;
	}
	rpc->job = job_new(command);
	ret = -ENOMEM;
	if (rpc->job) {
		rpc->job->sent_ms = now_ms();
		ret = start(rpc);
	}
	if (!ret)
		return;
	stop_waiting(rpc);
	tell_failure(rpc, RPC_NOT_STARTED, -ret);
}

static void libvmtools_cancel(struct rpc *rpc)
{
	if (rpc->child)
		kill_and_reap(rpc);
	stop_waiting(rpc);
	rpc->hung = rpc->busy;
	rpc->hung_ms = now_ms();
	job_free(rpc->job);
	rpc->job = NULL;
	rpc->done = NULL;
}

static void libvmtools_on_back(struct rpc *rpc, rpc_back back, void *arg)
{
	rpc->back = back;
	rpc->back_arg = arg;
}

static bool libvmtools_hangs(const struct rpc *rpc)
{
	return rpc->hung;
}

static void libvmtools_close(struct rpc *rpc)
{
	struct job *job;

	if (!rpc)
		return;
	libvmtools_cancel(rpc);
	sd_event_source_disable_unref(rpc->returned);
	worker_leave(rpc->worker);
	while ((job = rpc->late)) {
		rpc->late = job->next;
		job_free(job);
	}
	sd_event_unref(rpc->loop);
	free(rpc);
}

static int libvmtools_open(struct rpc **rpcp, const struct config *cfg,
			   sd_event *loop)
{
	struct rpc *rpc = calloc(1, sizeof(*rpc));

	if (!rpc)
		return -ENOMEM;
	rpc->loop = sd_event_ref(loop);
	rpc->cfg = cfg;
	rpc->pidfd = -1;
	*rpcp = rpc;
	return 0;
}

const struct rpc_ops rpc_libvmtools = {
	.name = "libvmtools",
	.open = libvmtools_open,
	.send = libvmtools_send,
	.cancel = libvmtools_cancel,
	.on_back = libvmtools_on_back,
	.hangs = libvmtools_hangs,
	.close = libvmtools_close,
};
