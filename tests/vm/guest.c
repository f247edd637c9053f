// SPDX-License-Identifier: GPL-2.0
/* What the C tests in the guest share, see guest.h. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <netlink/attr.h>

#include "guest.h"

static int checks, failures;

void die(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	printf("Bail out! ");
	vprintf(fmt, args);
	printf(": %s\n", strerror(errno));
	va_end(args);
	exit(1);
}

static bool report(bool passed, const char *fmt, va_list args)
{
	checks++;
	failures += !passed;
	printf("%sok %d - ", passed ? "" : "not ", checks);
	vprintf(fmt, args);
	printf("\n");
	return passed;
}

bool ok(bool passed, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report(passed, fmt, args);
	va_end(args);
	return passed;
}

bool is(long long got, long long wanted, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report(got == wanted, fmt, args);
	va_end(args);
	if (got != wanted)
		printf("# got %lld, wanted %lld\n", got, wanted);
	return got == wanted;
}

bool like(const char *got, const char *wanted, const char *fmt, ...)
{
	bool found = strstr(got, wanted);
	va_list args;

	va_start(args, fmt);
	report(found, fmt, args);
	va_end(args);
	if (!found)
		printf("# got \"%s\", wanted \"%s\" in it\n", got, wanted);
	return found;
}

int done(void)
{
	printf("1..%d\n", checks);
	return failures ? 1 : 0;
}

static int result(int ret)
{
	return ret < 0 ? -errno : ret;
}

int dev_open(int flags)
{
	return result(open("/dev/vmopnotify", flags | O_CLOEXEC));
}

int dev_join(int fd, const char *name, unsigned int stage)
{
	struct vmopnotify_join join = { .stage = stage };

	memcpy(join.name, name, strnlen(name, sizeof(join.name)));
	return result(ioctl(fd, VMOPNOTIFY_IOC_JOIN, &join));
}

int dev_consumer(const char *name, unsigned int stage)
{
	int fd = dev_open(O_RDWR | O_NONBLOCK);

	if (fd < 0 || dev_join(fd, name, stage))
		die("no consumer %s", name);
	return fd;
}

int dev_ack(int fd, uint64_t id, int res)
{
	struct vmopnotify_ack ack = { .operation_id = id, .result = res };

	return result(ioctl(fd, VMOPNOTIFY_IOC_ACK, &ack));
}

int dev_leave(int fd)
{
	return result(ioctl(fd, VMOPNOTIFY_IOC_LEAVE));
}

struct vmopnotify_status dev_status(int fd)
{
	struct vmopnotify_status status;

	if (ioctl(fd, VMOPNOTIFY_IOC_GET_STATE, &status))
		die("GET_STATE");
	return status;
}

int dev_next(int fd, struct vmopnotify_event *ev)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	ssize_t n;

	if (!poll(&pfd, 1, PATIENCE_MS))
		return -ETIMEDOUT;
	n = read(fd, ev, sizeof(*ev));
	if (n < 0)
		return -errno;
	return n == sizeof(*ev) ? 0 : -EIO;
}

int dev_await(int fd, uint32_t type, struct vmopnotify_event *ev)
{
	int ret;

	do {
		ret = dev_next(fd, ev);
	} while (!ret && ev->type != type);
	return ret;
}

int dev_drain(int fd)
{
	struct vmopnotify_event ev;
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int n = 0;

	while (poll(&pfd, 1, 0) > 0) {
		if (read(fd, &ev, sizeof(ev)) > 0)
			n++;
		else if (errno != EPIPE)
			break;
	}
	return n;
}

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

bool dev_has_state(int fd, uint32_t state)
{
	uint64_t until_ms = now_ms() + PATIENCE_MS;

	while (dev_status(fd).state != state) {
		if (now_ms() > until_ms)
			return false;
		usleep(1000);
	}
	return true;
}

char genl_error[VMOP_ERR_LEN];

static int take(uint8_t cmd, struct nlattr **attrs, void *arg)
{
	struct reply *r = arg;

	r->cmd = cmd;
	r->state = vmop_attr_u32(attrs, VMOPNOTIFY_A_STATE, 0);
	r->flags = vmop_attr_u32(attrs, VMOPNOTIFY_A_FLAGS, 0);
	r->consumers = vmop_attr_u32(attrs, VMOPNOTIFY_A_CONSUMERS, 0);
	r->pending = vmop_attr_u32(attrs, VMOPNOTIFY_A_PENDING, 0);
	r->pid = vmop_attr_u32(attrs, VMOPNOTIFY_A_PID, 0);
	r->operation_id = vmop_attr_u64(attrs, VMOPNOTIFY_A_OPERATION_ID, 0);
	snprintf(r->app_name, sizeof(r->app_name), "%s",
		 vmop_attr_str(attrs, VMOPNOTIFY_A_APP_NAME, ""));
	return 0;
}

struct vmop_genl *helper_open(void)
{
	struct vmop_genl *g;

	if (vmop_genl_open(&g, genl_error, sizeof(genl_error)))
		die("family: %s", genl_error);
	return g;
}

static int request(struct vmop_genl *g, struct nl_msg *msg)
{
	return vmop_genl_do(g, msg, NULL, NULL, genl_error,
			    sizeof(genl_error));
}

int helper_attach(struct vmop_genl *g, const char *app_name)
{
	struct nl_msg *msg = vmop_genl_msg(g, VMOPNOTIFY_CMD_ATTACH);

	nla_put_string(msg, VMOPNOTIFY_A_APP_NAME, app_name);
	nla_put_string(msg, VMOPNOTIFY_A_HELPER, "test helper");
	nla_put_u32(msg, VMOPNOTIFY_A_TIMEOUT_MS, 60000);
	return request(g, msg);
}

struct vmop_genl *helper_attached(void)
{
	struct vmop_genl *g = helper_open();

	if (helper_attach(g, "test"))
		die("ATTACH: %s", genl_error);
	return g;
}

int helper_detach(struct vmop_genl *g)
{
	return request(g, vmop_genl_msg(g, VMOPNOTIFY_CMD_DETACH));
}

int helper_start(struct vmop_genl *g, uint64_t id, uint32_t timeout_ms,
		 uint32_t flags)
{
	struct nl_msg *msg = vmop_genl_msg(g, VMOPNOTIFY_CMD_START);

	nla_put_u64(msg, VMOPNOTIFY_A_OPERATION_ID, id);
	nla_put_string(msg, VMOPNOTIFY_A_OPERATION_TYPE, "host-migration");
	nla_put_u32(msg, VMOPNOTIFY_A_TIMEOUT_MS, timeout_ms);
	nla_put_u32(msg, VMOPNOTIFY_A_FLAGS, flags);
	return request(g, msg);
}

int helper_end(struct vmop_genl *g, uint64_t id, uint32_t flags)
{
	struct nl_msg *msg = vmop_genl_msg(g, VMOPNOTIFY_CMD_END);

	nla_put_u64(msg, VMOPNOTIFY_A_OPERATION_ID, id);
	nla_put_u32(msg, VMOPNOTIFY_A_STATUS, VMOPNOTIFY_END_SUCCESS);
	nla_put_string(msg, VMOPNOTIFY_A_TEXT, "success");
	nla_put_u32(msg, VMOPNOTIFY_A_FLAGS, flags);
	return request(g, msg);
}

int helper_timeout_change(struct vmop_genl *g, uint32_t timeout_ms)
{
	struct nl_msg *msg = vmop_genl_msg(g, VMOPNOTIFY_CMD_TIMEOUT_CHANGE);

	nla_put_u32(msg, VMOPNOTIFY_A_TIMEOUT_MS, timeout_ms);
	return request(g, msg);
}

int helper_acked(struct vmop_genl *g, uint64_t id)
{
	struct nl_msg *msg = vmop_genl_msg(g, VMOPNOTIFY_CMD_ACKED);

	nla_put_u64(msg, VMOPNOTIFY_A_OPERATION_ID, id);
	return request(g, msg);
}

int helper_get(struct vmop_genl *g, struct reply *reply)
{
	return vmop_genl_do(g, vmop_genl_msg(g, VMOPNOTIFY_CMD_GET), take,
			    reply, genl_error, sizeof(genl_error));
}

int helper_ready(struct vmop_genl *g, struct reply *ready)
{
	struct pollfd pfd = { .fd = vmop_genl_fd(g), .events = POLLIN };

	*ready = (struct reply){};
	vmop_genl_set_notify(g, take, ready);
	while (ready->cmd != VMOPNOTIFY_CMD_READY) {
		if (!poll(&pfd, 1, PATIENCE_MS))
			return -ETIMEDOUT;
		vmop_genl_process(g);
	}
	vmop_genl_set_notify(g, NULL, NULL);
	return 0;
}

bool helper_is_quiet(struct vmop_genl *g)
{
	struct pollfd pfd = { .fd = vmop_genl_fd(g), .events = POLLIN };

	return !poll(&pfd, 1, 0);
}

pid_t spawn(void (*act)(void *arg), void *arg)
{
	int pipefd[2];
	pid_t pid;
	char c;

	if (pipe(pipefd))
		die("pipe");
	pid = fork();
	if (!pid) {
		act(arg);
		if (write(pipefd[1], "x", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	if (read(pipefd[0], &c, 1) != 1)
		die("the child died");
	close(pipefd[0]);
	close(pipefd[1]);
	return pid;
}

void bury(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return -errno;
	ret = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

const char *read_file(const char *path)
{
	static char text[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		die("%s", path);
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n < 0 ? 0 : n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return text;
}

void become_nobody(void)
{
	if (setgroups(0, NULL) || setgid(65534) || setuid(65534))
		die("cannot become nobody");
}
