// SPDX-License-Identifier: GPL-2.0
/*
 * vmxdoor - answers VMware's backdoor instruction inside a guest of QEMU
 *
 * open-vm-tools speaks to the hypervisor with an "in eax, dx" on port 0x5658.
 * Outside of VMware that instruction faults.  Preloaded into vmtoolsd, or any
 * program that uses libvmtools, this library takes the SIGSEGV, plays the
 * hypervisor's side of the message protocol on the saved registers, and steps
 * over the instruction.  What a program sends that way is carried to the
 * simulated host through a virtio-serial port; see wire.h.
 *
 * All of it but the constructor runs in a signal handler, on any thread:
 * system calls and memory of its own only, no locks and no malloc.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "wire.h"

#define DOOR_PORT_NAME	"vmx.rpc"

/* AGAIN_MS - how long to wait for a reply before asking again; then longer. */
#define AGAIN_MS	100

#define BDOOR_MAGIC	0x564d5868
#define BDOOR_PORT	0x5658
#define BDOOR_HB_PORT	0x5659
#define BDOOR_VERSION	10
#define BDOOR_MESSAGE	30

#define INSN_IN_EAX_DX	"\xed"
#define INSN_REP_INSB	"\xf3\x6c"
#define INSN_REP_OUTSB	"\xf3\x6e"

/* What a message call asks for, in the upper half of ecx. */
enum {
	MESSAGE_OPEN,
	MESSAGE_SENDSIZE,
	MESSAGE_SENDPAYLOAD,
	MESSAGE_RECVSIZE,
	MESSAGE_RECVPAYLOAD,
	MESSAGE_RECVSTATUS,
	MESSAGE_CLOSE,
};

/*
 * What comes back there.  High bandwidth is offered, as hypervisors do: a fault
 * for each four bytes would be most of what an RPC takes.
 */
#define STATUS_FAIL	0
#define STATUS_SUCCESS	0x0001
#define STATUS_DORECV	0x0002
#define STATUS_HB	0x0080

/* A hypervisor has eight channels; whoever finds none open has to wait. */
#define CHANNELS	8

/* A message in one direction: @size bytes, of which @done have been moved. */
struct message {
	char *data;
	uint32_t size;
	uint32_t done;
};

struct channel {
	atomic_bool used;
	uint32_t cookie;
	struct message out;
	struct message in;
};

struct regs {
	uint32_t ax, bx, cx, dx, si, di;
};

int __sigaction(int sig, const struct sigaction *act, struct sigaction *old);

static struct channel channels[CHANNELS];
static struct sigaction program_action;
static char port_dev[] = "/dev/vport00p00";
static char port_dir[] = "/sys/class/virtio-ports/vport00p00";

/* The port */

static void pause_a_moment(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
}

static char *put_number(char *to, unsigned int n)
{
	if (n >= 10)
		*to++ = '0' + n / 10;
	*to++ = '0' + n % 10;
	return to;
}

static bool port_is_named(const char *dir, const char *name)
{
	char path[64], text[32];
	ssize_t len;
	int fd;

	strcpy(path, dir);
	strcat(path, "/name");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (len <= 0)
		return false;
	text[len] = 0;
	text[strcspn(text, "\n")] = 0;
	return !strcmp(text, name);
}

/* There is no udev in the guest to make links by name. */
static bool port_find(char *dev, char *dir)
{
	char *ends[2];
	unsigned int i;

	for (i = 0; i < 4 * 32; i++) {
		ends[0] = put_number(dev + strlen("/dev/vport"), i / 32);
		ends[1] = put_number(dir + strlen("/sys/class/virtio-ports/vport"),
				     i / 32);
		*ends[0]++ = 'p';
		*ends[1]++ = 'p';
		*put_number(ends[0], i % 32) = 0;
		*put_number(ends[1], i % 32) = 0;
		if (port_is_named(dir, DOOR_PORT_NAME))
			return true;
	}
	return false;
}

/*
 * One process at a time may have the port open.  The lock on the port's
 * directory is the queue before it; it is freed with its holder.  EBUSY can
 * be seen all the same, while a child forked meanwhile has not yet exec'ed.
 */
static int port_open(int *lock)
{
	char dev[sizeof(port_dev)], dir[sizeof(port_dir)];
	int fd;

	memcpy(dev, port_dev, sizeof(dev));
	memcpy(dir, port_dir, sizeof(dir));
	*lock = -1;
	if (!port_find(dev, dir))
		return -1;
	*lock = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (flock(*lock, LOCK_EX) < 0 && errno == EINTR)
		;
	for (;;) {
		fd = open(dev, O_RDWR | O_CLOEXEC);
		if (fd >= 0 || (errno != EBUSY && errno != EINTR))
			return fd;
		pause_a_moment();
	}
}

static void port_close(int fd, int lock)
{
	if (fd >= 0)
		close(fd);
	if (lock >= 0)
		close(lock);
}

/* The exchange */

static bool message_alloc(struct message *m, uint32_t size)
{
	m->done = 0;
	m->size = 0;
	m->data = mmap(NULL, size + 1, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (m->data == MAP_FAILED) {
		m->data = NULL;
		return false;
	}
	m->size = size;
	return true;
}

static void message_free(struct message *m)
{
	if (m->data)
		munmap(m->data, m->size + 1);
	memset(m, 0, sizeof(*m));
}

/* Writes one chunk; blocks for as long as no host is there. */
static bool send_chunk(int fd, struct wire_head *head, const char *data)
{
	char chunk[sizeof(*head) + WIRE_CHUNK];
	uint32_t size = head->total - head->offset;
	ssize_t n;

	if (size > WIRE_CHUNK)
		size = WIRE_CHUNK;
	memcpy(chunk, head, sizeof(*head));
	memcpy(chunk + sizeof(*head), data + head->offset, size);
	do {
		n = write(fd, chunk, sizeof(*head) + size);
	} while (n < 0 && errno == EINTR);
	head->offset += size;
	return n == (ssize_t)(sizeof(*head) + size);
}

static bool send_request(int fd, uint64_t id, const struct message *out)
{
	struct wire_head head = {
		.magic = WIRE_ASK,
		.id = id,
		.total = out->size,
	};

	do {
		if (!send_chunk(fd, &head, out->data))
			return false;
	} while (head.offset < head.total);
	return true;
}

/*
 * Fills up to @size; 0 says that the host went away, or that nothing came in
 * @wait_ms, -1 that the port went.
 */
static ssize_t read_some(int fd, char *to, size_t size, int wait_ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	ssize_t n;

	do {
		n = poll(&pfd, 1, wait_ms);
		if (n > 0)
			n = read(fd, to, size);
	} while (n < 0 && errno == EINTR);
	return n;
}

/*
 * Looks for the head of the reply to @id in what was read, and drops what is
 * before it: the rest of some reply that a killed client left.
 */
static bool find_head(char *buf, size_t *have, uint64_t id,
		      struct wire_head *head)
{
	size_t at;

	for (at = 0; *have - at >= sizeof(*head); at++) {
		memcpy(head, buf + at, sizeof(*head));
		if (head->magic == WIRE_TELL && head->id == id)
			break;
	}
	*have -= at;
	memmove(buf, buf + at, *have);
	return *have >= sizeof(*head);
}

static ssize_t receive_reply(int fd, uint64_t id, struct message *in,
			     struct wire_head *head, int wait_ms)
{
	size_t have = 0, done;
	char buf[4096];
	ssize_t n;

	do {
		n = read_some(fd, buf + have, sizeof(buf) - have, wait_ms);
		if (n <= 0)
			return n;
		have += n;
	} while (!find_head(buf, &have, id, head));

	if (head->total > WIRE_MAX_TELL || !message_alloc(in, head->total))
		return -1;
	done = have - sizeof(*head);
	if (done > in->size)
		done = in->size;
	memcpy(in->data, buf + sizeof(*head), done);
	for (; done < in->size; done += n) {
		n = read_some(fd, in->data + done, in->size - done, wait_ms);
		if (n <= 0)
			return n;
	}
	return 1;
}

/*
 * When the host goes away in the middle (it restarts, or the machine has just
 * been migrated to another process), the same request is sent again under the
 * same id, by which the host knows it and answers what it answered.  Where it
 * is back before this looks, nothing tells that it went: so it is sent again as
 * well when nothing comes for a while, each time a longer one.
 */
static bool exchange(struct channel *c)
{
	struct wire_head head = { 0 };
	int fd, lock, wait_ms;
	uint64_t id;
	ssize_t n = 0;

	if (getrandom(&id, sizeof(id), 0) != sizeof(id))
		return false;
	fd = port_open(&lock);
	if (fd >= 0) {
		for (wait_ms = AGAIN_MS; !n; wait_ms += wait_ms) {
			message_free(&c->in);
			n = -1;
			if (send_request(fd, id, &c->out))
				n = receive_reply(fd, id, &c->in, &head,
						  wait_ms);
		}
	}
	port_close(fd, lock);
	return n > 0 && !head.down;
}

/* The message protocol, as the hypervisor plays it */

static struct channel *channel_open(struct regs *r)
{
	unsigned int i;

	for (i = 0; i < CHANNELS; i++) {
		struct channel *c = &channels[i];

		if (atomic_exchange(&c->used, true))
			continue;
		getrandom(&c->cookie, sizeof(c->cookie), 0);
		r->dx = (r->dx & 0xffff) | i << 16;
		r->si = c->cookie;
		r->di = ~c->cookie;
		return c;
	}
	return NULL;
}

static struct channel *channel_at(unsigned int i)
{
	return i < CHANNELS && atomic_load(&channels[i].used) ?
	       &channels[i] : NULL;
}

static struct channel *channel_find(const struct regs *r)
{
	struct channel *c = channel_at(r->dx >> 16);

	return c && r->si == c->cookie && r->di == ~c->cookie ? c : NULL;
}

static unsigned int channel_close(struct channel *c)
{
	message_free(&c->out);
	message_free(&c->in);
	atomic_store(&c->used, false);
	return STATUS_SUCCESS;
}

static unsigned int send_size(struct channel *c, uint32_t size)
{
	message_free(&c->out);
	message_free(&c->in);
	if (size > WIRE_MAX_ASK || !message_alloc(&c->out, size))
		return STATUS_FAIL;
	if (!size && !exchange(c))
		return STATUS_FAIL;
	return STATUS_SUCCESS | STATUS_HB;
}

static uint32_t step(const struct message *m)
{
	uint32_t left = m->size - m->done;

	return left < 4 ? left : 4;
}

static unsigned int send_payload(struct channel *c, uint32_t data)
{
	uint32_t n = step(&c->out);

	if (!n)
		return STATUS_FAIL;
	memcpy(c->out.data + c->out.done, &data, n);
	c->out.done += n;
	if (c->out.done == c->out.size && !exchange(c))
		return STATUS_FAIL;
	return STATUS_SUCCESS;
}

static unsigned int receive_size(struct channel *c, struct regs *r)
{
	if (!c->in.data)
		return STATUS_SUCCESS;
	r->bx = c->in.size;
	r->dx = (r->dx & 0xffff) | MESSAGE_SENDSIZE << 16;
	return STATUS_SUCCESS | STATUS_DORECV | STATUS_HB;
}

static unsigned int receive_payload(struct channel *c, struct regs *r)
{
	uint32_t n = step(&c->in);

	if (!n)
		return STATUS_FAIL;
	r->bx = 0;
	memcpy(&r->bx, c->in.data + c->in.done, n);
	c->in.done += n;
	r->dx = (r->dx & 0xffff) | MESSAGE_SENDPAYLOAD << 16;
	return STATUS_SUCCESS;
}

static unsigned int message(struct regs *r)
{
	unsigned int type = r->cx >> 16;
	struct channel *c;

	if (type == MESSAGE_OPEN)
		return channel_open(r) ? STATUS_SUCCESS : STATUS_FAIL;
	c = channel_find(r);
	if (!c)
		return STATUS_FAIL;
	switch (type) {
	case MESSAGE_SENDSIZE:
		return send_size(c, r->bx);
	case MESSAGE_SENDPAYLOAD:
		return send_payload(c, r->bx);
	case MESSAGE_RECVSIZE:
		return receive_size(c, r);
	case MESSAGE_RECVPAYLOAD:
		return receive_payload(c, r);
	case MESSAGE_RECVSTATUS:
		message_free(&c->in);
		return STATUS_SUCCESS;
	case MESSAGE_CLOSE:
		return channel_close(c);
	}
	return STATUS_FAIL;
}

static void backdoor(struct regs *r)
{
	switch (r->cx & 0xffff) {
	case BDOOR_VERSION:
		r->ax = 6;
		r->bx = BDOOR_MAGIC;
		r->cx = 2;
		break;
	case BDOOR_MESSAGE:
		r->cx = (r->cx & 0xffff) | message(r) << 16;
		break;
	default:
		r->ax = UINT32_MAX;
		break;
	}
}

/* The fault */

static bool is_at(const greg_t *g, uint16_t port, const char *insn)
{
	return (uint32_t)g[REG_RAX] == BDOOR_MAGIC &&
	       (uint16_t)g[REG_RDX] == port &&
	       !memcmp((const void *)g[REG_RIP], insn, strlen(insn));
}

/* "in eax, dx" */
static void on_in(greg_t *g)
{
	struct regs r = {
		.ax = g[REG_RAX], .bx = g[REG_RBX], .cx = g[REG_RCX],
		.dx = g[REG_RDX], .si = g[REG_RSI], .di = g[REG_RDI],
	};

	backdoor(&r);
	g[REG_RAX] = r.ax;
	g[REG_RBX] = r.bx;
	g[REG_RCX] = r.cx;
	g[REG_RDX] = r.dx;
	g[REG_RSI] = r.si;
	g[REG_RDI] = r.di;
	g[REG_RIP] += strlen(INSN_IN_EAX_DX);
}

/* "rep insb": the whole of a reply at once, to where rdi says. */
static void on_rep_insb(greg_t *g)
{
	struct channel *c = channel_at((uint32_t)g[REG_RDX] >> 16);
	unsigned int status = STATUS_FAIL;
	size_t n = g[REG_RCX];

	if (c && n <= c->in.size - c->in.done) {
		memcpy((void *)g[REG_RDI], c->in.data + c->in.done, n);
		c->in.done += n;
		g[REG_RDI] += n;
		g[REG_RCX] = 0;
		status = STATUS_SUCCESS;
	}
	g[REG_RBX] = status << 16;
	g[REG_RIP] += strlen(INSN_REP_INSB);
}

/* "rep outsb": the whole of a request at once, from where rsi says. */
static void on_rep_outsb(greg_t *g)
{
	struct channel *c = channel_at((uint32_t)g[REG_RDX] >> 16);
	unsigned int status = STATUS_FAIL;
	size_t n = g[REG_RCX];

	if (c && n && n <= c->out.size - c->out.done) {
		memcpy(c->out.data + c->out.done, (void *)g[REG_RSI], n);
		c->out.done += n;
		g[REG_RSI] += n;
		g[REG_RCX] = 0;
		if (c->out.done < c->out.size || exchange(c))
			status = STATUS_SUCCESS;
	}
	g[REG_RBX] = status << 16;
	g[REG_RIP] += strlen(INSN_REP_OUTSB);
}

/* A fault of the program's own: it gets what it would have got. */
static void pass_on(int sig, siginfo_t *info, void *context)
{
	if (program_action.sa_flags & SA_SIGINFO)
		program_action.sa_sigaction(sig, info, context);
	else if (program_action.sa_handler != SIG_DFL &&
		 program_action.sa_handler != SIG_IGN)
		program_action.sa_handler(sig);
	else
		__sigaction(sig, &(struct sigaction){ .sa_handler = SIG_DFL },
			    NULL);
}

static void on_fault(int sig, siginfo_t *info, void *context)
{
	greg_t *g = ((ucontext_t *)context)->uc_mcontext.gregs;
	int saved = errno;

	if (info->si_code != SI_KERNEL)
		pass_on(sig, info, context);
	else if (is_at(g, BDOOR_PORT, INSN_IN_EAX_DX))
		on_in(g);
	else if (is_at(g, BDOOR_HB_PORT, INSN_REP_INSB))
		on_rep_insb(g);
	else if (is_at(g, BDOOR_HB_PORT, INSN_REP_OUTSB))
		on_rep_outsb(g);
	else
		pass_on(sig, info, context);
	errno = saved;
}

/*
 * vmtoolsd probes for the backdoor under a handler of its own, which must not
 * take the place of ours.
 */
int sigaction(int sig, const struct sigaction *act, struct sigaction *old)
{
	struct sigaction before = program_action;

	if (sig != SIGSEGV)
		return __sigaction(sig, act, old);
	if (act)
		program_action = *act;
	if (old)
		*old = before;
	return 0;
}

sighandler_t signal(int sig, sighandler_t handler)
{
	struct sigaction act = { .sa_handler = handler };
	struct sigaction old;

	act.sa_flags = SA_RESTART;
	if (sigaction(sig, &act, &old) < 0)
		return SIG_ERR;
	return old.sa_handler;
}

__attribute__((constructor))
static void door_init(void)
{
	struct sigaction act = { .sa_sigaction = on_fault };

	act.sa_flags = SA_SIGINFO | SA_NODEFER;
	sigemptyset(&act.sa_mask);
	__sigaction(SIGSEGV, &act, NULL);
}
