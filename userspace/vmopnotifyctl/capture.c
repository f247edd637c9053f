// SPDX-License-Identifier: GPL-2.0
/* What a program says, see capture.h. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture.h"
#include "output.h"

/**
 * struct stream - one of its outputs
 * @fd: our end of the pipe, -1 at its end
 * @text: where it goes
 * @len: how much of it has come, at most CAPTURE_MAX
 */
struct stream {
	int fd;
	char *text;
	size_t *len;
};

static void stream_close(struct stream *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

/* Takes what is there; what is too much is taken, too, and dropped. */
static void stream_read(struct stream *s)
{
	char buf[4096];
	size_t room;
	ssize_t n;

	while (s->fd >= 0) {
		n = read(s->fd, buf, sizeof(buf));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			stream_close(s);
			return;
		}
		room = CAPTURE_MAX - *s->len;
		if ((size_t)n < room)
			room = (size_t)n;
		memcpy(s->text + *s->len, buf, room);
		*s->len += room;
	}
}

static int prepare(posix_spawn_file_actions_t *actions, int out, int err)
{
	int ret;

	ret = posix_spawn_file_actions_init(actions);
	if (ret)
		return -ret;
	ret = posix_spawn_file_actions_addopen(actions, 0, "/dev/null",
					       O_RDONLY, 0);
	if (!ret)
		ret = posix_spawn_file_actions_adddup2(actions, out, 1);
	if (!ret)
		ret = posix_spawn_file_actions_adddup2(actions, err, 2);
	if (ret)
		posix_spawn_file_actions_destroy(actions);
	return -ret;
}

static int spawn(char *const argv[], int out, int err, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	int ret;

	ret = prepare(&actions, out, err);
	if (ret)
		return ret;
	ret = -posix_spawnattr_init(&attr);
	if (!ret) {
		posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP);
		posix_spawnattr_setpgroup(&attr, 0);
		ret = -posix_spawn(pid, argv[0], &actions, &attr, argv,
				   environ);
		posix_spawnattr_destroy(&attr);
	}
	posix_spawn_file_actions_destroy(&actions);
	return ret;
}

/* Until it has ended, or its time has. */
static int watch(pid_t pid, struct stream *out, struct stream *err,
		 uint32_t timeout_ms)
{
	uint64_t until_ns = monotonic_ns() + timeout_ms * NSEC_PER_MSEC;
	struct pollfd fds[3] = {
		{ .fd = (int)syscall(SYS_pidfd_open, pid, 0),
		  .events = POLLIN },
		{ .events = POLLIN },
		{ .events = POLLIN },
	};
	uint64_t now_ns;
	int ret = 0;

	if (fds[0].fd < 0)
		return -errno;
	fcntl(fds[0].fd, F_SETFD, FD_CLOEXEC);
	do {
		stream_read(out);
		stream_read(err);
		fds[1].fd = out->fd;
		fds[2].fd = err->fd;
		now_ns = monotonic_ns();
		if (now_ns >= until_ns)
			ret = -ETIMEDOUT;
		else if (poll(fds, 3, (int)((until_ns - now_ns) /
					    NSEC_PER_MSEC) + 1) < 0 &&
			 errno != EINTR)
			ret = -errno;
	} while (!ret && !fds[0].revents);
	close(fds[0].fd);
	return ret;
}

/* With its group, of which it may have left children. */
static int bury(pid_t pid)
{
	int status = 0;

	kill(-pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
				     WEXITSTATUS(status);
}

static int make_pipe(struct stream *s, int *theirs)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	s->fd = fds[0];
	*theirs = fds[1];
	return fcntl(s->fd, F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

int capture_run(char *const argv[], uint32_t timeout_ms, struct capture *c)
{
	struct stream out = { .fd = -1, .text = c->out, .len = &c->out_len };
	struct stream err = { .fd = -1, .text = c->err, .len = &c->err_len };
	int out_fd = -1, err_fd = -1;
	pid_t pid = 0;
	int ret;

	memset(c, 0, sizeof(*c));
	ret = make_pipe(&out, &out_fd);
	if (!ret)
		ret = make_pipe(&err, &err_fd);
	if (!ret)
		ret = spawn(argv, out_fd, err_fd, &pid);
	/* Ours would keep the pipes from ending. */
	if (out_fd >= 0)
		close(out_fd);
	if (err_fd >= 0)
		close(err_fd);
	if (!ret) {
		ret = watch(pid, &out, &err, timeout_ms);
		c->status = bury(pid);
		stream_read(&out);
		stream_read(&err);
	}
	stream_close(&out);
	stream_close(&err);
	return ret;
}
