// SPDX-License-Identifier: GPL-2.0
/* What the benchmarks in the guest share, see bench.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>
#include <netlink/msg.h>

#include "bench.h"

#define STACK_SIZE (64 * 1024)

/* SYSLOG_ACTION_CONSOLE_LEVEL: only emergencies. */
enum { CONSOLE_LEVEL = 8, EMERGENCIES = 1 };

unsigned int setting(const char *name, unsigned int otherwise)
{
	const char *value = getenv(name);

	return value ? strtoul(value, NULL, 10) : otherwise;
}

void say(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	printf("# ");
	vprintf(fmt, args);
	printf("\n");
	va_end(args);
	fflush(stdout);
}

void prepare_guest(void)
{
	struct rlimit files = { .rlim_cur = 16384, .rlim_max = 16384 };

	klogctl(CONSOLE_LEVEL, NULL, EMERGENCIES);
	if (setrlimit(RLIMIT_NOFILE, &files))
		die("RLIMIT_NOFILE");
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		die("mlockall");
	/* A kernel without throttling has no such file. */
	write_file("/proc/sys/kernel/sched_rt_runtime_us", "-1");
}

void become_fifo(void)
{
	struct sched_param param = { .sched_priority = FIFO_PRIORITY };

	if (sched_setscheduler(0, SCHED_FIFO, &param))
		die("SCHED_FIFO");
}

pthread_t start_thread(void *(*run)(void *arg), void *arg)
{
	struct sched_param param = { .sched_priority = FIFO_PRIORITY };
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, SCHED_FIFO);
	pthread_attr_setschedparam(&attr, &param);
	errno = pthread_create(&thread, &attr, run, arg);
	if (errno)
		die("pthread_create");
	pthread_attr_destroy(&attr);
	return thread;
}

void tally_init(struct tally *t, unsigned int wanted)
{
	t->wanted = wanted;
	t->done = 0;
	sem_init(&t->all, 0, 0);
}

void tally_done(struct tally *t)
{
	if (__atomic_add_fetch(&t->done, 1, __ATOMIC_ACQ_REL) != t->wanted)
		return;
	/* Nobody begins the next round before who waits has gone on. */
	t->done = 0;
	sem_post(&t->all);
}

void tally_wait(struct tally *t)
{
	while (sem_wait(&t->all))
		;
}

void settle(unsigned int n)
{
	usleep(2000 + 20 * n);
}

void eventfd_ends(int *rx, int *tx)
{
	*rx = *tx = eventfd(0, EFD_CLOEXEC);
	if (*rx < 0)
		die("eventfd");
}

void datagram_ends(int *rx, int *tx)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair))
		die("socketpair");
	*rx = pair[0];
	*tx = pair[1];
}

struct nl_msg *start_message(struct vmop_genl *g, uint64_t id)
{
	struct nl_msg *msg = vmop_genl_msg(g, VMOPNOTIFY_CMD_START);
	struct nlmsghdr *nlh = nlmsg_hdr(msg);

	nla_put_u64(msg, VMOPNOTIFY_A_OPERATION_ID, id);
	nla_put_string(msg, VMOPNOTIFY_A_OPERATION_TYPE, "host-migration");
	nla_put_u32(msg, VMOPNOTIFY_A_TIMEOUT_MS, 60000);
	nlh->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	nlh->nlmsg_pid = 0;
	/* Not 0, which would make the answer a notification. */
	nlh->nlmsg_seq = 1;
	return msg;
}

void send_message(struct vmop_genl *g, struct nl_msg *msg)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct nlmsghdr *nlh = nlmsg_hdr(msg);

	if (sendto(vmop_genl_fd(g), nlh, nlh->nlmsg_len, 0,
		   (struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		die("sendto");
}

void clear_trace(void)
{
	/* It is the opening that clears. */
	int fd = open(TRACING "trace", O_WRONLY | O_TRUNC | O_CLOEXEC);

	if (fd < 0)
		die("trace");
	close(fd);
}

int finish(void)
{
	printf("ok 1 - measured\n1..1\n");
	return 0;
}
