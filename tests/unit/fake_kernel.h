/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's side of the bridge, played for a test that includes this. */
#ifndef FAKE_KERNEL_H
#define FAKE_KERNEL_H

#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <time.h>

#include "genl.h"
#include "kernel.h"

struct vmop_genl {
	int fd;
	vmop_genl_cb notify;
	void *arg;
};

/* What the kernel holds, what it is to do wrong, and what it was told. */
static struct {
	struct kernel_view view;
	int get_error;
	int attach_error;
	bool overrun;		/* the next GET, and all are quiet meanwhile */
	bool talks;		/* of events, and READY at each start */
	void (*on_acked)(uint64_t id);
	unsigned int attaches;
	unsigned int detaches;
	unsigned int starts;
	unsigned int ends;
	unsigned int acked;
	uint32_t start_age_ms;
	struct nl_msg *queue[8];
	unsigned int queued;
	int fd;
} kernel;

static void stop(void)
{
	kill(getpid(), SIGTERM);
}

static uint64_t monotonic_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * UINT64_C(1000000000) + (uint64_t)ts.tv_nsec;
}

/* A message to be heard with the loop's next turn. */
static struct nl_msg *kernel_says(uint8_t cmd)
{
	struct nl_msg *msg = nlmsg_alloc();

	assert_non_null(msg);
	assert_true(kernel.queued < ARRAY_SIZE(kernel.queue));
	assert_non_null(nlmsg_put(msg, 0, 0, cmd, 0, 0));
	kernel.queue[kernel.queued++] = msg;
	assert_int_equal(eventfd_write(kernel.fd, 1), 0);
	return msg;
}

static struct nl_msg *kernel_tells(uint32_t type, uint64_t id, uint32_t flags)
{
	struct nl_msg *msg = kernel_says(VMOPNOTIFY_CMD_EVENT);

	nla_put_u32(msg, VMOPNOTIFY_A_EVENT_TYPE, type);
	nla_put_u64(msg, VMOPNOTIFY_A_OPERATION_ID, id);
	nla_put_string(msg, VMOPNOTIFY_A_OPERATION_TYPE, "host-migration");
	nla_put_u64(msg, VMOPNOTIFY_A_TIME_NS, monotonic_ns());
	nla_put_u32(msg, VMOPNOTIFY_A_FLAGS, flags);
	nla_put_u32(msg, VMOPNOTIFY_A_STATE, kernel.view.state);
	return msg;
}

static void kernel_reset(void)
{
	memset(&kernel, 0, sizeof(kernel));
}

/* In place of common/genl.c. */

int vmop_genl_open(struct vmop_genl **gp, char *err, size_t errlen)
{
	(void)err;
	(void)errlen;
	*gp = calloc(1, sizeof(**gp));
	assert_non_null(*gp);
	(*gp)->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	kernel.fd = (*gp)->fd;
	return 0;
}

void vmop_genl_close(struct vmop_genl *g)
{
	if (!g)
		return;
	while (kernel.queued)
		nlmsg_free(kernel.queue[--kernel.queued]);
	close(g->fd);
	free(g);
}

int vmop_genl_fd(const struct vmop_genl *g)
{
	return g->fd;
}

void vmop_genl_set_notify(struct vmop_genl *g, vmop_genl_cb cb, void *arg)
{
	g->notify = cb;
	g->arg = arg;
}

int vmop_genl_subscribe(struct vmop_genl *g, char *err, size_t errlen)
{
	(void)g;
	(void)err;
	(void)errlen;
	return 0;
}

int vmop_genl_process(struct vmop_genl *g)
{
	struct nlattr *attrs[VMOPNOTIFY_A_MAX + 1];
	struct nlmsghdr *head;
	eventfd_t count;

	assert_int_equal(eventfd_read(g->fd, &count), 0);
	for (unsigned int i = 0; i < kernel.queued; i++) {
		head = nlmsg_hdr(kernel.queue[i]);
		assert_int_equal(nlmsg_parse(head, 0, attrs, VMOPNOTIFY_A_MAX,
					     NULL), 0);
		g->notify((uint8_t)head->nlmsg_type, attrs, g->arg);
		nlmsg_free(kernel.queue[i]);
	}
	kernel.queued = 0;
	return 0;
}

uint32_t vmop_attr_u32(struct nlattr **attrs, int attr, uint32_t absent)
{
	return attrs[attr] ? nla_get_u32(attrs[attr]) : absent;
}

uint64_t vmop_attr_u64(struct nlattr **attrs, int attr, uint64_t absent)
{
	return attrs[attr] ? nla_get_u64(attrs[attr]) : absent;
}

const char *vmop_attr_str(struct nlattr **attrs, int attr, const char *absent)
{
	return attrs[attr] ? nla_get_string(attrs[attr]) : absent;
}

/* In place of kernel.c. */

static int fails(int error, char *err)
{
	snprintf(err, VMOP_ERR_LEN, "%s", error ? strerror(-error) : "");
	return error;
}

int kernel_get(struct vmop_genl *g, struct kernel_view *v, char *err)
{
	*v = kernel.view;
	if (kernel.overrun && kernel.view.helper_pid) {
		kernel.overrun = false;
		kernel.view.state = VMOPNOTIFY_STATE_QUIESCED;
		g->notify(VMOPNOTIFY_CMD_UNSPEC, NULL, g->arg);
	}
	return fails(kernel.view.helper_pid ? kernel.get_error : 0, err);
}

int kernel_attach(struct vmop_genl *g, const char *app_name,
		  const struct terms *terms, struct kernel_view *v, char *err)
{
	(void)g;
	(void)app_name;
	(void)terms;
	/* The second time is as good as any for being stopped. */
	if (!kernel.attaches++ && kernel.attach_error)
		stop();
	if (kernel.attach_error &&
	    (kernel.attach_error != -EAGAIN || kernel.attaches == 1))
		return fails(kernel.attach_error, err);
	kernel.view.helper_pid = (uint32_t)getpid();
	if (!kernel.view.open)
		kernel.view.state = VMOPNOTIFY_STATE_IDLE;
	*v = kernel.view;
	return fails(0, err);
}

int kernel_detach(struct vmop_genl *g, char *err)
{
	(void)g;
	kernel.detaches++;
	kernel.view.helper_pid = 0;
	return fails(0, err);
}

int kernel_start(struct vmop_genl *g, uint64_t id, const char *type,
		 uint32_t timeout_ms, uint32_t age_ms, char *err)
{
	(void)g;
	(void)type;
	(void)timeout_ms;
	kernel.starts++;
	kernel.start_age_ms = age_ms;
	kernel.view.open = true;
	kernel.view.operation_id = id;
	if (!kernel.talks)
		return fails(0, err);
	kernel.view.state = VMOPNOTIFY_STATE_QUIESCED;
	kernel_tells(VMOPNOTIFY_EVENT_START, id, 0);
	nla_put_u64(kernel_says(VMOPNOTIFY_CMD_READY),
		    VMOPNOTIFY_A_OPERATION_ID, id);
	return fails(0, err);
}

int kernel_end(struct vmop_genl *g, uint64_t id, bool success,
	       const char *text, char *err)
{
	struct nl_msg *msg;

	(void)g;
	kernel.ends++;
	kernel.view.last_status = success ? VMOPNOTIFY_END_SUCCESS :
					    VMOPNOTIFY_END_FAILED;
	if (!kernel.talks)
		return fails(0, err);
	kernel.view.open = false;
	kernel.view.state = VMOPNOTIFY_STATE_IDLE;
	msg = kernel_tells(VMOPNOTIFY_EVENT_END, id, VMOPNOTIFY_F_HOST_ACKED);
	nla_put_u32(msg, VMOPNOTIFY_A_STATUS,
		    success ? VMOPNOTIFY_END_SUCCESS : VMOPNOTIFY_END_FAILED);
	nla_put_string(msg, VMOPNOTIFY_A_TEXT, text);
	return fails(0, err);
}

int kernel_timeout_change(struct vmop_genl *g, uint32_t timeout_ms, char *err)
{
	(void)g;
	(void)timeout_ms;
	return fails(0, err);
}

int kernel_acked(struct vmop_genl *g, uint64_t id, char *err)
{
	(void)g;
	kernel.acked++;
	if (kernel.on_acked)
		kernel.on_acked(id);
	return fails(0, err);
}

#endif /* FAKE_KERNEL_H */
