// SPDX-License-Identifier: GPL-2.0
/*
 * Each allocation of the module, and each copy from and to user space, fails in
 * turn: of each step the first, then the second, until none is left to fail.
 * What fails says so and leaves things as they were, or does without.
 *
 * Needs a kernel with fault injection and its stacktrace filter, by which only
 * those are meant that have the module's code on the stack.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "guest.h"

#define ID 0x8000000000000001ULL
#define VMOPNOTIFY_KO "/lab/modules.d/vmopnotify.ko"
#define PAUSE_KO "/lab/extra/vmopnotify_pause.ko"
#define PAGE ((size_t)sysconf(_SC_PAGESIZE))

/* What is made to fail, as debugfs has it. */
static const char * const faults[] = {
	"failslab", "fail_page_alloc", "fail_usercopy",
};

#define N_FAULTS (sizeof(faults) / sizeof(faults[0]))

static void set_fault(const char *fault, const char *what, const char *fmt,
		      unsigned long value)
{
	char path[128], text[32];
	int ret;

	snprintf(path, sizeof(path), "/sys/kernel/debug/%s/%s", fault, what);
	snprintf(text, sizeof(text), fmt, value);
	ret = write_file(path, text);
	/* Not every kind has every knob. */
	if (ret && ret != -ENOENT) {
		errno = -ret;
		die("%s", path);
	}
}

static void aim(const char *fault, unsigned long start, unsigned long end)
{
	set_fault(fault, "verbose", "%lu", 0);
	set_fault(fault, "ignore-gfp-wait", "%lu", 0);
	set_fault(fault, "min-order", "%lu", 0);
	set_fault(fault, "stacktrace-depth", "%lu", 32);
	set_fault(fault, "require-start", "0x%lx", start);
	set_fault(fault, "require-end", "0x%lx", end);
}

/* At what the module itself does, wherever it is loaded at present. */
static void aim_at_the_module(void)
{
	unsigned long start, size;
	const char *at;

	start = strtoul(read_file("/sys/module/vmopnotify/sections/.text"),
			NULL, 0);
	at = read_file("/sys/module/vmopnotify/coresize");
	size = strtoul(at, NULL, 0);
	for (size_t i = 0; i < N_FAULTS; i++)
		aim(faults[i], start, start + size);
}

/*
 * At what any module does, for one that is not loaded yet: from there on it is
 * modules' code up to the fixed mappings, see the kernel's x86_64/mm.rst.
 */
static void aim_at_all_modules(void)
{
	for (size_t i = 0; i < N_FAULTS; i++)
		aim(faults[i], 0xffffffffa0000000, 0xffffffffff000000);
}

/* The N-th that this thread comes to fails: what is written counts down. */
static int nth_fd;

static void arm(int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d\n", n);

	if (pwrite(nth_fd, text, len, 0) != len)
		die("fail-nth");
}

/* Return: whether it has come to it. */
static bool disarm(void)
{
	char text[16] = "";

	if (pread(nth_fd, text, sizeof(text) - 1, 0) <= 0)
		die("fail-nth");
	arm(0);
	return atoi(text) == 0;
}

static struct vmop_genl *helper;
static int watcher;		/* holds the module */

/*
 * The steps.  What comes before the N-th failure is made by before(), what is
 * left of it put away by after(); neither fails.  after() is told what act()
 * returned, 0 or -errno, and sees to it that this is what happened.
 */

static int fd;

static void open_consumer(void)
{
	fd = dev_consumer("faulty", 0);
}

static void open_file(void)
{
	fd = dev_open(O_RDWR | O_NONBLOCK);
}

static void close_file(int ret)
{
	(void)ret;
	close(fd);
}

static int act_open(void)
{
	fd = dev_open(O_RDONLY);
	return fd < 0 ? fd : 0;
}

static void after_open(int ret)
{
	if (!ret)
		close(fd);
}

static int act_join(void)
{
	return dev_join(fd, "faulty", 0);
}

static void after_join(int ret)
{
	if (dev_status(watcher).consumers != !ret)
		die("JOIN returned %d, and has joined or not", ret);
	close(fd);
}

static int act_get_state(void)
{
	struct vmopnotify_status status;

	return ioctl(fd, VMOPNOTIFY_IOC_GET_STATE, &status) ? -errno : 0;
}

static void start_with_consumer(void)
{
	open_consumer();
	helper_start(helper, ID, 60000, 0);
}

static int act_get_operation(void)
{
	struct vmopnotify_operation operation;

	return ioctl(fd, VMOPNOTIFY_IOC_GET_OPERATION, &operation) ? -errno : 0;
}

static int act_ack(void)
{
	return dev_ack(fd, ID, 0);
}

static int act_write(void)
{
	struct vmopnotify_ack ack = { .operation_id = ID };

	return write(fd, &ack, sizeof(ack)) < 0 ? -errno : 0;
}

static void after_ack(int ret)
{
	struct reply ready;

	if (dev_status(watcher).pending != !!ret)
		die("ACK returned %d, and is outstanding or not", ret);
	if (ret && dev_ack(fd, ID, 0))
		die("ACK once more");
	if (helper_ready(helper, &ready))
		die("READY");
	helper_end(helper, ID, 0);
	close(fd);
}

static void end_and_close(int ret)
{
	(void)ret;
	helper_end(helper, ID, 0);
	close(fd);
}

static uint64_t unread;

static void open_with_records(void)
{
	open_file();
	unread = dev_status(fd).seq;
	helper_timeout_change(helper, 60000);
	helper_timeout_change(helper, 60000);
}

static int act_read(void)
{
	struct vmopnotify_event ev[2];
	ssize_t n = read(fd, ev, sizeof(ev));

	if (n > 0)
		unread += n / sizeof(ev[0]);
	return n < 0 ? -errno : 0;
}

/* What was not given is still there. */
static void after_read(int ret)
{
	struct vmopnotify_event ev;

	if (ret || unread < dev_status(fd).seq)
		if (dev_next(fd, &ev) || ev.seq != unread)
			die("read returned %d, and has taken a record", ret);
	close(fd);
}

static int act_poll(void)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	return poll(&pfd, 1, 0) < 0 ? -errno : 0;
}

static void *page;

static int act_mmap(void)
{
	page = mmap(NULL, PAGE, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
	return page == MAP_FAILED ? -errno : 0;
}

static void after_mmap(int ret)
{
	if (!ret)
		munmap(page, PAGE);
	close(fd);
}

static int act_read_sysfs(void)
{
	char text[64];
	int ret = 0, file = open(SYSFS "state", O_RDONLY);

	if (file < 0)
		return -errno;
	if (read(file, text, sizeof(text)) < 0)
		ret = -errno;
	close(file);
	return ret;
}

static int act_write_param(void)
{
	return write_file(PARAM "stun_sample_us", "1000");
}

/* Of netlink; whether it has happened the kernel is asked. */

static struct vmop_genl *g;

static void open_socket(void)
{
	helper_detach(helper);
	g = helper_open();
}

static bool is_attached(void)
{
	struct reply reply;

	if (helper_get(helper, &reply))
		die("GET: %s", genl_error);
	return reply.pid;
}

static int act_attach(void)
{
	return helper_attach(g, "faulty");
}

static void after_attach(int ret)
{
	if (is_attached() != !ret)
		die("ATTACH returned %d, and is attached or not", ret);
	vmop_genl_close(g);
	if (helper_attach(helper, "test"))
		die("ATTACH: %s", genl_error);
}

static int act_get(void)
{
	struct reply reply;

	return helper_get(helper, &reply);
}

static int nothing(uint8_t cmd, struct nlattr **attrs, void *arg)
{
	(void)cmd;
	(void)attrs;
	(void)arg;
	return 0;
}

static int act_dump(void)
{
	return vmop_genl_dump(helper,
			      vmop_genl_msg(helper, VMOPNOTIFY_CMD_GET_CONSUMER),
			      nothing, NULL, genl_error, sizeof(genl_error));
}

static int act_start(void)
{
	return helper_start(helper, ID, 60000, 0);
}

static void after_start(int ret)
{
	struct vmopnotify_status status = dev_status(watcher);

	if ((status.state >= VMOPNOTIFY_STATE_QUIESCING) != !ret)
		die("START returned %d, and has started or not", ret);
	if (ret && helper_start(helper, ID, 60000, 0))
		die("START once more");
	after_ack(-1);
}

static int act_end(void)
{
	return helper_end(helper, ID, 0);
}

static void after_end(int ret)
{
	struct vmopnotify_status status = dev_status(watcher);

	if ((status.state >= VMOPNOTIFY_STATE_QUIESCING) != !!ret)
		die("END returned %d, and has ended or not", ret);
	if (ret)
		helper_end(helper, ID, 0);
	close(fd);
}

static int act_timeout_change(void)
{
	return helper_timeout_change(helper, 50000);
}

static int act_detach(void)
{
	return helper_detach(helper);
}

static void after_detach(int ret)
{
	if (is_attached() != !!ret)
		die("DETACH returned %d, and is attached or not", ret);
	if (!ret && helper_attach(helper, "test"))
		die("ATTACH: %s", genl_error);
}

/* Of modules. */

static int act_load(const char *path)
{
	int ret, file = open(path, O_RDONLY | O_CLOEXEC);

	if (file < 0)
		return -errno;
	ret = syscall(SYS_finit_module, file, "", 0) ? -errno : 0;
	close(file);
	return ret;
}

static void unload(const char *name)
{
	if (syscall(SYS_delete_module, name, O_NONBLOCK))
		die("rmmod %s", name);
}

static int act_register(void)
{
	return act_load(PAUSE_KO);
}

static void after_register(int ret)
{
	if (dev_status(watcher).consumers != !ret)
		die("register returned %d, and has joined or not", ret);
	if (!ret)
		unload("vmopnotify_pause");
}

static int act_load_vmopnotify(void)
{
	return act_load(VMOPNOTIFY_KO);
}

static void after_load(int ret)
{
	if (!access("/sys/module/vmopnotify/sections", F_OK) != !ret)
		die("load returned %d, and it is loaded or not", ret);
	if (!ret)
		unload("vmopnotify");
}

static const struct step {
	const char *name;
	void (*before)(void);
	int (*act)(void);
	void (*after)(int ret);
} steps[] = {
	{ "open", NULL, act_open, after_open },
	{ "JOIN", open_file, act_join, after_join },
	{ "GET_STATE", open_file, act_get_state, close_file },
	{ "GET_OPERATION", start_with_consumer, act_get_operation,
	  end_and_close },
	{ "ACK", start_with_consumer, act_ack, after_ack },
	{ "write", start_with_consumer, act_write, after_ack },
	{ "read", open_with_records, act_read, after_read },
	{ "poll", open_file, act_poll, close_file },
	{ "mmap", open_file, act_mmap, after_mmap },
	{ "sysfs", NULL, act_read_sysfs, NULL },
	{ "a parameter", NULL, act_write_param, NULL },
	{ "ATTACH", open_socket, act_attach, after_attach },
	{ "GET", NULL, act_get, NULL },
	{ "GET_CONSUMER", open_consumer, act_dump, close_file },
	{ "START", open_consumer, act_start, after_start },
	{ "TIMEOUT_CHANGE", start_with_consumer, act_timeout_change,
	  end_and_close },
	{ "END", start_with_consumer, act_end, after_end },
	{ "DETACH", NULL, act_detach, after_detach },
	{ "vmopnotify_register", NULL, act_register, after_register },
};

/* Return: whether there was an N-th to fail. */
static bool fail_nth(const struct step *step, int n, int *errors)
{
	bool failed;
	int ret;

	if (step->before)
		step->before();
	arm(n);
	ret = step->act();
	failed = disarm();
	if (step->after)
		step->after(ret);
	if (ret && !failed) {
		errno = -ret;
		die("%s fails though nothing fails", step->name);
	}
	*errors += ret != 0;
	return failed;
}

static void each_fails_in_turn(const struct step *step)
{
	int n = 1, errors = 0;

	while (fail_nth(step, n, &errors))
		n++;
	ok(true, "%s: %d failures in turn, %d told", step->name, n - 1, errors);
}

/* In the work that tells the group all fail: it is told that it missed some. */
static void the_group_is_told_what_it_missed(void)
{
	struct vmop_genl *listener = helper_open();
	struct pollfd pfd = { vmop_genl_fd(listener), POLLIN, 0 };
	int ret, lost = 0;

	if (vmop_genl_subscribe(listener, genl_error, sizeof(genl_error)))
		die("subscribe: %s", genl_error);
	set_fault("failslab", "times", "%ld", -1UL);
	set_fault("failslab", "probability", "%lu", 100);
	ret = helper_timeout_change(helper, 60000);
	if (poll(&pfd, 1, PATIENCE_MS) == 1)
		getsockopt(pfd.fd, SOL_SOCKET, SO_ERROR, &lost,
			   &(socklen_t){ sizeof(lost) });
	set_fault("failslab", "probability", "%lu", 0);
	is(lost, ENOBUFS, "no memory for an event: listeners get ENOBUFS");
	is(ret, 0, "and the command has its way");
	vmop_genl_close(listener);
}

static void loading_fails_at_each_allocation(void)
{
	const struct step load = {
		"loading", NULL, act_load_vmopnotify, after_load
	};

	unload("vmopnotify");
	aim_at_all_modules();
	each_fails_in_turn(&load);
	if (system(". /lab/lib.sh; load " VMOPNOTIFY_KO))
		die("load");
}

int main(void)
{
	nth_fd = open("/proc/thread-self/fail-nth", O_RDWR);
	if (nth_fd < 0)
		die("this kernel injects no faults");
	aim_at_the_module();
	helper = helper_attached();
	watcher = dev_open(O_RDONLY);

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		each_fails_in_turn(&steps[i]);
	the_group_is_told_what_it_missed();
	is(dev_status(watcher).consumers, 0, "nobody is left");
	is(dev_status(watcher).state, VMOPNOTIFY_STATE_IDLE, "nothing is open");

	close(watcher);
	vmop_genl_close(helper);
	loading_fails_at_each_allocation();
	return done();
}
