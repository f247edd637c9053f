// SPDX-License-Identifier: GPL-2.0
/*
 * RPCs through the command of VMware Tools: vmtoolsd --cmd 'RPC ARGUMENT'.
 *
 * The command may hang, flood, die, or leave children behind that hold its
 * pipes open.  It runs in a process group of its own, and that group is gone
 * before the result is told, whatever it was.  So is the command once the
 * daemon itself is.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "env.h"
#include "rpc.h"

/**
 * struct stream - one of the command's outputs
 * @fd: our end of the pipe, or -1
 * @source: watches it
 * @len: bytes taken
 * @data: they
 */
struct stream {
	int fd;
	sd_event_source *source;
	size_t len;
	char data[RPC_OUTPUT_MAX + 1];
};

/**
 * struct rpc - the transport
 * @loop: the event loop
 * @cfg: the configuration: where the command is, how long it may run
 * @env: its environment
 * @done: to be told, while an RPC is in flight
 * @arg: for @done
 * @status: why it is being killed, or %RPC_OK
 * @code: of a start that failed, the errno
 * @pid: the command, also its process group; 0 if none runs
 * @pidfd: readable once it has died
 * @exited: watches @pidfd
 * @timer: ends its time, or tells a start that failed
 * @out: its stdout
 * @err: its stderr
 */
struct rpc {
	sd_event *loop;
	const struct config *cfg;
	char **env;
	rpc_done done;
	void *arg;
	enum rpc_status status;
	int code;
	pid_t pid;
	int pidfd;
	sd_event_source *exited;
	sd_event_source *timer;
	struct stream out;
	struct stream err;
};

/* What systemd tells us is not for the command. */
static const char * const private_env[] = {
	"NOTIFY_SOCKET=", "JOURNAL_STREAM=", "WATCHDOG_USEC=",
	"WATCHDOG_PID=", "LISTEN_FDS=", "LISTEN_PID=", "INVOCATION_ID=",
	NULL,
};

static void stream_close(struct stream *s)
{
	s->source = sd_event_source_disable_unref(s->source);
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

static void forget(struct rpc *rpc)
{
	stream_close(&rpc->out);
	stream_close(&rpc->err);
	rpc->exited = sd_event_source_disable_unref(rpc->exited);
	rpc->timer = sd_event_source_disable_unref(rpc->timer);
	if (rpc->pidfd >= 0)
		close(rpc->pidfd);
	rpc->pidfd = -1;
	rpc->pid = 0;
}

/*
 * Kills the whole group and waits for its leader, which is dead or about to
 * be: as long as it is not waited for, no other group can have its number.
 */
static int kill_and_reap(struct rpc *rpc)
{
	int status = 0;
	pid_t pid;

	kill(-rpc->pid, SIGKILL);
	do {
		pid = waitpid(rpc->pid, &status, 0);
	} while (pid < 0 && errno == EINTR);
	return pid == rpc->pid ? status : -1;
}

/* Ends an RPC: everything is released before @done is told. */
static void finish(struct rpc *rpc, enum rpc_status status, int code)
{
	struct rpc_result result = {
		.status = status,
		.code = code,
		.out = rpc->out.data,
		.out_len = rpc->out.len,
		.err = rpc->err.data,
		.err_len = rpc->err.len,
	};
	rpc_done done = rpc->done;

	rpc->out.data[rpc->out.len] = '\0';
	rpc->err.data[rpc->err.len] = '\0';
	forget(rpc);
	rpc->done = NULL;
	if (done)
		done(&result, rpc->arg);
}

/* Kills the command for @status; that is told once it is dead. */
static void condemn(struct rpc *rpc, enum rpc_status status)
{
	if (rpc->status == RPC_OK)
		rpc->status = status;
	if (status == RPC_TOO_LARGE) {
		stream_close(&rpc->out);
		stream_close(&rpc->err);
	}
	kill(-rpc->pid, SIGKILL);
}

/* Takes what is there.  Returns -EFBIG for more than is taken. */
static int drain(struct stream *s)
{
	char beyond;
	ssize_t n;

	while (s->fd >= 0) {
		if (s->len < RPC_OUTPUT_MAX)
			n = read(s->fd, s->data + s->len,
				 RPC_OUTPUT_MAX - s->len);
		else
			n = read(s->fd, &beyond, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n <= 0) {
			stream_close(s);
			return 0;
		}
		if (s->len == RPC_OUTPUT_MAX)
			return -EFBIG;
		s->len += (size_t)n;
	}
	return 0;
}

static int on_output(sd_event_source *source, int fd, uint32_t events,
		     void *arg)
{
	struct rpc *rpc = arg;

	(void)source;
	(void)events;
	if (drain(fd == rpc->out.fd ? &rpc->out : &rpc->err) < 0)
		condemn(rpc, RPC_TOO_LARGE);
	return 0;
}

/*
 * The command is dead.  Its output ends here, even if a child that it left
 * holds the pipes: what it wrote itself is in them.
 */
static int on_exited(sd_event_source *source, int fd, uint32_t events,
		     void *arg)
{
	struct rpc *rpc = arg;
	int status;

	(void)source;
	(void)fd;
	(void)events;
	if (drain(&rpc->out) < 0 || drain(&rpc->err) < 0)
		condemn(rpc, RPC_TOO_LARGE);
	status = kill_and_reap(rpc);
	/* It was done the moment its time was up: the reply counts. */
	if (rpc->status == RPC_TIMED_OUT && WIFEXITED(status))
		rpc->status = RPC_OK;
	if (rpc->status != RPC_OK)
		finish(rpc, rpc->status, 0);
	else if (WIFSIGNALED(status))
		finish(rpc, RPC_SIGNALED, WTERMSIG(status));
	else if (!WIFEXITED(status) || WEXITSTATUS(status))
		finish(rpc, RPC_FAILED, WEXITSTATUS(status));
	else
		finish(rpc, RPC_OK, 0);
	return 0;
}

static int on_timeout(sd_event_source *source, uint64_t usec, void *arg)
{
	struct rpc *rpc = arg;

	(void)source;
	(void)usec;
	condemn(rpc, RPC_TIMED_OUT);
	return 0;
}

static int on_not_started(sd_event_source *source, void *arg)
{
	struct rpc *rpc = arg;

	(void)source;
	finish(rpc, rpc->status, rpc->code);
	return 0;
}

/*
 * In the child: becomes the command, or returns the errno of why not.
 *
 * It dies with us: one that outlived us would take an event off the host's
 * queue that the next helper needs.
 */
static int become(const struct rpc *rpc, const char *command, pid_t parent,
		  int out, int err)
{
	const char *path = rpc->cfg->vmtoolsd_path;
	char *argv[] = { (char *)path, (char *)"--cmd", (char *)command,
			 NULL };
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	/* What we hold is for the kernel; older ones have no such set. */
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (null < 0 || setpgid(0, 0) < 0 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ||
	    sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		return errno;
	/* We may have died before that was set. */
	if (getppid() != parent)
		return ESRCH;
	if (dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
		return errno;
	/* All are close-on-exec, but a library may have forgotten one. */
	if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) < 0 && errno != ENOSYS &&
	    errno != EINVAL)
		return errno;
	execve(path, argv, rpc->env);
	return errno;
}

/* Returns an errno: why the command could not be executed, or 0. */
static int spawn(struct rpc *rpc, const char *command, int out, int err)
{
	pid_t parent = getpid();
	int report[2];
	int error = 0;
	ssize_t n;

	if (pipe2(report, O_CLOEXEC) < 0)
		return errno;
	rpc->pid = fork();
	if (!rpc->pid) {
		error = become(rpc, command, parent, out, err);
		n = write(report[1], &error, sizeof(error));
		_exit(n == sizeof(error) ? 127 : 126);
	}
	if (rpc->pid < 0)
		error = errno;
	close(report[1]);
	/* Until it has become the command, which takes no time. */
	do {
		n = read(report[0], &error, sizeof(error));
	} while (n < 0 && errno == EINTR);
	close(report[0]);
	if (rpc->pid > 0 && error)
		kill_and_reap(rpc);
	return error;
}

static int watch_stream(struct rpc *rpc, struct stream *s)
{
	return sd_event_add_io(rpc->loop, &s->source, s->fd, EPOLLIN,
			       on_output, rpc);
}

static int watch(struct rpc *rpc)
{
	int ret;

	rpc->pidfd = (int)syscall(SYS_pidfd_open, rpc->pid, 0);
	if (rpc->pidfd < 0)
		return -errno;
	fcntl(rpc->pidfd, F_SETFD, FD_CLOEXEC);
	ret = watch_stream(rpc, &rpc->out);
	if (ret >= 0)
		ret = watch_stream(rpc, &rpc->err);
	if (ret >= 0)
		ret = sd_event_add_io(rpc->loop, &rpc->exited, rpc->pidfd,
				      EPOLLIN, on_exited, rpc);
	/* Output first: on_exited() then has the rest of it only. */
	if (ret >= 0)
		ret = sd_event_source_set_priority(rpc->exited,
						   SD_EVENT_PRIORITY_IDLE);
	if (ret >= 0)
		ret = sd_event_add_time_relative(rpc->loop, &rpc->timer,
						 CLOCK_MONOTONIC,
						 rpc->cfg->rpc_timeout_ms * 1000ULL,
						 1000, on_timeout, rpc);
	return ret < 0 ? ret : 0;
}

/* Makes a pipe: our end does not block, the command's does. */
static int make_pipe(struct stream *s, int *theirs)
{
	int fds[2];

	s->len = 0;
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	s->fd = fds[0];
	*theirs = fds[1];
	return fcntl(s->fd, F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

/* Returns 0 or a negative errno; no command runs then. */
static int start(struct rpc *rpc, const char *command)
{
	int out = -1, err = -1;
	int ret;

	ret = make_pipe(&rpc->out, &out);
	if (!ret)
		ret = make_pipe(&rpc->err, &err);
	if (!ret)
		ret = -spawn(rpc, command, out, err);
	/* Ours would keep the pipe from ending. */
	if (out >= 0)
		close(out);
	if (err >= 0)
		close(err);
	if (ret) {
		rpc->pid = 0;
		return ret;
	}
	ret = watch(rpc);
	if (ret)
		kill_and_reap(rpc);
	return ret;
}

static enum rpc_status not_started(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
		return RPC_NOT_FOUND;
	case EACCES:
	case EPERM:
	case ENOEXEC:
	case EISDIR:
		return RPC_NOT_EXECUTABLE;
	default:
		return RPC_NOT_STARTED;
	}
}

static void vmtoolsd_send(struct rpc *rpc, const char *command, rpc_done done,
			  void *arg)
{
	int ret;

	rpc->done = done;
	rpc->arg = arg;
	rpc->status = RPC_OK;
	ret = start(rpc, command);
	if (!ret)
		return;
	forget(rpc);
	rpc->out.len = 0;
	rpc->err.len = 0;
	rpc->status = not_started(-ret);
	rpc->code = -ret;
	/* Told from the loop, as any other end is. */
	if (sd_event_add_defer(rpc->loop, &rpc->timer, on_not_started,
			       rpc) < 0)
		finish(rpc, rpc->status, rpc->code);
}

static void vmtoolsd_cancel(struct rpc *rpc)
{
	if (rpc->pid)
		kill_and_reap(rpc);
	forget(rpc);
	rpc->done = NULL;
}

static void vmtoolsd_close(struct rpc *rpc)
{
	if (!rpc)
		return;
	vmtoolsd_cancel(rpc);
	sd_event_unref(rpc->loop);
	free(rpc->env);
	free(rpc);
}

static int vmtoolsd_open(struct rpc **rpcp, const struct config *cfg,
			 sd_event *loop)
{
	struct rpc *rpc = calloc(1, sizeof(*rpc));

	if (!rpc)
		return -ENOMEM;
	rpc->env = env_without(private_env, 0, NULL);
	if (!rpc->env) {
		free(rpc);
		return -ENOMEM;
	}
	rpc->loop = sd_event_ref(loop);
	rpc->cfg = cfg;
	rpc->pidfd = -1;
	rpc->out.fd = -1;
	rpc->err.fd = -1;
	*rpcp = rpc;
	return 0;
}

const struct rpc_ops rpc_vmtoolsd = {
	.name = "vmtoolsd",
	.open = vmtoolsd_open,
	.send = vmtoolsd_send,
	.cancel = vmtoolsd_cancel,
	.close = vmtoolsd_close,
};
