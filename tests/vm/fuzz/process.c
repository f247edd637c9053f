// SPDX-License-Identifier: GPL-2.0
/*
 * Processes that take part, and die; and what they inherit, which they hold
 * when this one has closed it.
 *
 * They are children of a program with threads: they make system calls, and use
 * nothing of the C library that may hold a lock.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netlink.h"

enum { CHILDREN = 6 };
static pid_t children[CHILDREN];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void send_from_child(struct message *m)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	int fd = socket_open(true);

	sendto(fd, m->bytes, m->size, 0, (struct sockaddr *)&kernel,
	       sizeof(kernel));
}

static void be_helper(struct worker *w)
{
	struct message m;

	message_attach(&m, 1, "dies", 1 + chance_below(&w->chance, 20), false);
	send_from_child(&m);
	message_begin(&m, fuzz.family, VMOPNOTIFY_CMD_START, 2);
	message_put_u64(&m, VMOPNOTIFY_A_OPERATION_ID, chance_u64(&w->chance));
	message_put_text(&m, VMOPNOTIFY_A_OPERATION_TYPE, "child");
	message_put_u32(&m, VMOPNOTIFY_A_TIMEOUT_MS,
			1 + chance_below(&w->chance, 20));
	message_put_u32(&m, VMOPNOTIFY_A_FLAGS, VMOPNOTIFY_F_DRILL);
	send_from_child(&m);
}

static void be_consumer(struct worker *w, const char *name)
{
	struct vmopnotify_join join = {
		.stage = chance_below(&w->chance, VMOPNOTIFY_STAGES),
	};
	int fd = open("/dev/vmopnotify", O_RDWR | O_CLOEXEC);

	memcpy(join.name, name, sizeof(join.name));
	ioctl(fd, VMOPNOTIFY_IOC_JOIN, &join);
	/* A page that is mapped, and looked at, goes with the process, too. */
	page_map(fd);
}

/* It acts on what it inherited: as another process than that which joined. */
static void be_heir(struct worker *w)
{
	struct vmopnotify_ack ack = { .operation_id = current_operation() };
	int i;

	for (i = 0; i < FILES; i++) {
		if (w->files[i].fd < 0)
			continue;
		ioctl(w->files[i].fd, chance_in(&w->chance, 2) ?
		      VMOPNOTIFY_IOC_ACK : VMOPNOTIFY_IOC_LEAVE, &ack);
		if (chance_in(&w->chance, 2))
			close(w->files[i].fd);
	}
}

__attribute__((noreturn))
static void be_child(struct worker *w, const char *name)
{
	unsigned int life_ms = chance_below(&w->chance, 30);
	unsigned int grandchild = chance_below(&w->chance, 6);

	switch (chance_below(&w->chance, 4)) {
	case 0:
		be_helper(w);
		break;
	case 1:
	case 2:
		be_consumer(w, name);
		break;
	default:
		be_heir(w);
	}
	/* It holds the file of one that dies; and dies soon, too. */
	if (!grandchild && !fork())
		life_ms += 10;
	usleep(1000 * life_ms);
	_exit(0);
}

static void bury_child(pid_t pid)
{
	int status;

	if (!pid)
		return;
	kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid)
		flaw(ANSWERS, "waitpid: errno %d", errno);
	else if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
		flaw(ANSWERS, "a child died of signal %d", WTERMSIG(status));
}

static int spawn_one(struct worker *w)
{
	char name[VMOPNOTIFY_NAME_LEN];
	pid_t *at = &PICK(&w->chance, children);
	pid_t pid, old;

	snprintf(name, sizeof(name), "%u-%u-%u child", fuzz.round, w->index,
		 w->action);
	pid = fork();
	if (!pid)
		be_child(w, name);
	if (pid < 0)
		return ALLOWED(w, -errno, EAGAIN);
	pthread_mutex_lock(&lock);
	old = *at;
	*at = pid;
	pthread_mutex_unlock(&lock);
	bury_child(old);
	return 0;
}

static int bury_one(struct worker *w)
{
	pid_t *at = &PICK(&w->chance, children);
	pid_t pid;

	pthread_mutex_lock(&lock);
	pid = *at;
	*at = 0;
	pthread_mutex_unlock(&lock);
	bury_child(pid);
	return pid ? 0 : NOT_DONE;
}

/* Grandchildren, too, have been adopted: see main(). */
void process_end(void)
{
	int i;

	for (i = 0; i < CHILDREN; i++) {
		bury_child(children[i]);
		children[i] = 0;
	}
	while (waitpid(-1, NULL, 0) > 0)
		;
}

const struct action process_actions[] = {
	{ "spawn", 1, spawn_one },
	{ "bury", 1, bury_one },
	{}
};
