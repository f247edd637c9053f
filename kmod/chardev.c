// SPDX-License-Identifier: GPL-2.0
/* /dev/vmopnotify, see <uapi/linux/vmopnotify.h>. */
#include <linux/atomic.h>
#include <linux/build_bug.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "chardev.h"
#include "consumer.h"
#include "core.h"
#include "page.h"
#include "ring.h"

/* The ABI: layouts that must never change. */
static_assert(sizeof(struct vmopnotify_event) == 192);
static_assert(offsetof(struct vmopnotify_event, type) == 48);
static_assert(offsetof(struct vmopnotify_event, operation_type) == 80);
static_assert(offsetof(struct vmopnotify_event, text) == 112);
static_assert(sizeof(struct vmopnotify_join) == 64);
static_assert(offsetof(struct vmopnotify_join, stage) == 36);
static_assert(sizeof(struct vmopnotify_ack) == 32);
static_assert(offsetof(struct vmopnotify_ack, result) == 8);
static_assert(sizeof(struct vmopnotify_status) == 64);
static_assert(offsetof(struct vmopnotify_status, abi_version) == 24);
static_assert(offsetof(struct vmopnotify_status, operations) == 48);
static_assert(sizeof(struct vmopnotify_operation) == 104);
static_assert(offsetof(struct vmopnotify_operation, operation_type) == 56);
static_assert(sizeof(struct vmopnotify_page) == 192);
static_assert(offsetof(struct vmopnotify_page, sequence) == 4);
static_assert(offsetof(struct vmopnotify_page, copies) == 64);

/**
 * struct client - an open file
 * @cursor: what it reads next, see below
 * @consumer: its part as a consumer, under the core's lock
 */
struct client {
	atomic64_t cursor;
	struct consumer consumer;
};

/*
 * A cursor says in which ring it is, and where: once a file has joined it
 * reads in that of consumers.  In one word, so that readers need no lock
 * against each other and against a JOIN.
 */
#define CURSOR_CONSUMER	BIT_ULL(63)

static enum ring_reader cursor_ring(u64 cursor)
{
	return cursor & CURSOR_CONSUMER ? RING_CONSUMER : RING_WATCHER;
}

static u64 cursor_pos(u64 cursor)
{
	return cursor & ~CURSOR_CONSUMER;
}

static bool has_records(struct client *client)
{
	u64 cursor = atomic64_read(&client->cursor);

	return ring_head(cursor_ring(cursor)) > cursor_pos(cursor);
}

static wait_queue_head_t *wait_queue(struct client *client)
{
	return ring_wait(cursor_ring(atomic64_read(&client->cursor)), client);
}

static int chardev_open(struct inode *inode, struct file *file)
{
	struct client *client;

	client = kzalloc(sizeof(*client), GFP_KERNEL_ACCOUNT);
	if (!client)
		return -ENOMEM;
	atomic64_set(&client->cursor, ring_head(RING_WATCHER));
	file->private_data = client;
	file->f_mode |= FMODE_NOWAIT;
	return stream_open(inode, file);
}

static int leave(struct client *client)
{
	struct pid *pid = NULL;
	struct operation *op;
	int ret;

	op = core_lock();
	ret = consumer_leave(op, &client->consumer);
	swap(pid, client->consumer.pid);
	core_unlock(op);
	put_pid(pid);
	return ret;
}

static int chardev_release(struct inode *inode, struct file *file)
{
	struct client *client = file->private_data;

	leave(client);
	kfree(client);
	return 0;
}

/*
 * Called at each close.  Where the process that joined is dying, its last
 * thread too, it leaves now, though a child may hold the file open for long.
 */
static int chardev_flush(struct file *file, fl_owner_t id)
{
	struct client *client = file->private_data;

	if (!atomic_read(&current->signal->live) &&
	    READ_ONCE(client->consumer.pid) == task_tgid(current))
		leave(client);
	return 0;
}

/*
 * Copy what there is, from @cursor on; Return: where reading goes on.  The
 * file's cursor is not touched: nothing is taken before it has been copied.
 */
static u64 copy_records(u64 cursor, struct iov_iter *to, int *ret)
{
	enum ring_reader reader = cursor_ring(cursor);
	size_t size = iov_iter_count(to);
	struct vmopnotify_event ev;
	u64 pos = cursor_pos(cursor);
	u64 next = pos;

	*ret = 0;
	while (iov_iter_count(to) >= sizeof(ev)) {
		*ret = ring_get(reader, &next, &ev);
		/* An overrun is told by itself, once. */
		if (*ret == -EPIPE && iov_iter_count(to) == size)
			pos = next;
		if (*ret)
			break;
		if (copy_to_iter(&ev, sizeof(ev), to) != sizeof(ev)) {
			*ret = -EFAULT;
			break;
		}
		pos = ++next;
	}
	return cursor - cursor_pos(cursor) + pos;
}

/*
 * Take records for the reader.  Several threads may read one file: each takes
 * what it copied only if the cursor is where it was, and otherwise begins
 * anew, so none holds up another.
 */
static ssize_t take_records(struct client *client, struct iov_iter *to)
{
	size_t size = iov_iter_count(to);
	u64 cursor, next;
	size_t copied;
	int ret;

	for (;;) {
		cursor = atomic64_read(&client->cursor);
		next = copy_records(cursor, to, &ret);
		copied = size - iov_iter_count(to);
		if (next == cursor ||
		    atomic64_cmpxchg(&client->cursor, cursor, next) == cursor)
			break;
		iov_iter_revert(to, copied);
	}
	/* A record that did not reach the user whole is not given. */
	copied -= copied % sizeof(struct vmopnotify_event);
	return copied ?: ret;
}

static ssize_t chardev_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct client *client = iocb->ki_filp->private_data;
	bool nowait = iocb->ki_filp->f_flags & O_NONBLOCK ||
		      iocb->ki_flags & IOCB_NOWAIT;
	wait_queue_head_t *wq;
	ssize_t ret;

	if (iov_iter_count(to) < sizeof(struct vmopnotify_event))
		return -EINVAL;

	for (;;) {
		ret = take_records(client, to);
		if (ret != -EAGAIN || nowait)
			return ret;
		/* Once: a JOIN must not move a waiter to another queue. */
		wq = wait_queue(client);
		ret = wait_event_interruptible(*wq, has_records(client));
		if (ret)
			return ret;
	}
}

static __poll_t chardev_poll(struct file *file, poll_table *wait)
{
	struct client *client = file->private_data;
	__poll_t mask = 0;
	u64 cursor;

	poll_wait(file, wait_queue(client), wait);
	/* Pairs with that of ring_wake_readers(): waits first, looks then. */
	smp_mb();
	cursor = atomic64_read(&client->cursor);
	if (ring_head(cursor_ring(cursor)) > cursor_pos(cursor))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (ring_has_lost(cursor_ring(cursor), cursor_pos(cursor)))
		mask |= EPOLLERR;
	/* A write() never waits. */
	if (file->f_mode & FMODE_WRITE)
		mask |= EPOLLOUT | EPOLLWRNORM;
	return mask;
}

static bool is_zero(const void *data, size_t size)
{
	return !memchr_inv(data, 0, size);
}

static int join(struct client *client, const struct vmopnotify_join *args)
{
	struct consumer *c = &client->consumer;
	struct operation *op;
	int ret = -EISCONN;

	op = core_lock();
	if (!c->participant.joined) {
		strscpy(c->participant.name, args->name,
			sizeof(c->participant.name));
		c->participant.stage = args->stage;
		c->expected_ms = args->expected_ms;
		ret = consumer_join(op, c);
	}
	if (!ret) {
		c->pid = get_pid(task_tgid(current));
		atomic64_set(&client->cursor,
			     CURSOR_CONSUMER | ring_head(RING_CONSUMER));
	}
	core_unlock(op);
	return ret;
}

static long ioctl_join(struct file *file, const void __user *arg)
{
	struct vmopnotify_join args;

	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (args.flags || !is_zero(args.reserved, sizeof(args.reserved)) ||
	    args.stage >= VMOPNOTIFY_STAGES ||
	    !consumer_name_is_valid(args.name))
		return -EINVAL;
	return join(file->private_data, &args);
}

static int ack(struct client *client, const struct vmopnotify_ack *args)
{
	struct operation *op;
	int ret;

	if (args->flags || !is_zero(args->reserved, sizeof(args->reserved)) ||
	    args->result < 0 || args->result > VMOPNOTIFY_MAX_RESULT)
		return -EINVAL;

	op = core_lock();
	ret = consumer_ack(op, &client->consumer, args->operation_id,
			   args->result);
	core_unlock(op);
	return ret;
}

static long ioctl_ack(struct file *file, const void __user *arg)
{
	struct vmopnotify_ack args;

	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	return ack(file->private_data, &args);
}

static ssize_t chardev_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct vmopnotify_ack args;
	int ret;

	if (iov_iter_count(from) != sizeof(args))
		return -EINVAL;
	if (!copy_from_iter_full(&args, sizeof(args), from))
		return -EFAULT;
	ret = ack(iocb->ki_filp->private_data, &args);
	return ret ?: sizeof(args);
}

static u32 file_flags(const struct operation *op, const struct participant *p)
{
	return operation_part(op, p) | (p->joined ? VMOPNOTIFY_F_CONSUMER : 0);
}

static long ioctl_get_state(struct client *client, void __user *arg)
{
	struct vmopnotify_status status;
	struct operation *op;

	op = core_lock();
	core_status(op, &status);
	status.flags |= file_flags(op, &client->consumer.participant);
	core_unlock(op);
	return copy_to_user(arg, &status, sizeof(status)) ? -EFAULT : 0;
}

static long ioctl_get_operation(void __user *arg)
{
	struct vmopnotify_operation operation;
	struct operation *op;
	bool open;

	op = core_lock();
	open = operation_is_open(op);
	if (open)
		core_describe(op, &operation);
	core_unlock(op);
	if (!open)
		return -ENODATA;
	return copy_to_user(arg, &operation, sizeof(operation)) ? -EFAULT : 0;
}

static long chardev_ioctl(struct file *file, unsigned int cmd,
			  unsigned long arg)
{
	struct client *client = file->private_data;
	void __user *user = (void __user *)arg;

	switch (cmd) {
	case VMOPNOTIFY_IOC_JOIN:
		return ioctl_join(file, user);
	case VMOPNOTIFY_IOC_ACK:
		return ioctl_ack(file, user);
	case VMOPNOTIFY_IOC_LEAVE:
		return leave(client);
	case VMOPNOTIFY_IOC_GET_STATE:
		return ioctl_get_state(client, user);
	case VMOPNOTIFY_IOC_GET_OPERATION:
		return ioctl_get_operation(user);
	default:
		return -ENOTTY;
	}
}

static int chardev_mmap(struct file *file, struct vm_area_struct *vma)
{
	return page_mmap(vma);
}

static const struct file_operations chardev_fops = {
	.owner = THIS_MODULE,
	.open = chardev_open,
	.flush = chardev_flush,
	.release = chardev_release,
	.read_iter = chardev_read_iter,
	.write_iter = chardev_write_iter,
	.poll = chardev_poll,
	.mmap = chardev_mmap,
	.unlocked_ioctl = chardev_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

static struct miscdevice chardev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vmopnotify",
	.fops = &chardev_fops,
	.mode = 0660,
};

static struct kobject *device;

struct kobject *chardev_kobject(void)
{
	return READ_ONCE(device);
}

int chardev_init(void)
{
	int ret = misc_register(&chardev);

	if (!ret)
		WRITE_ONCE(device, &chardev.this_device->kobj);
	return ret;
}

void chardev_exit(void)
{
	misc_deregister(&chardev);
}
