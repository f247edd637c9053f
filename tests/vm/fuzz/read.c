// SPDX-License-Identifier: GPL-2.0
/* Reading records, and what must be true of any that was read. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "fuzz.h"

#define RECORD sizeof(struct vmopnotify_event)

enum { MOST = 12, PIECES = 5 };

static bool is_sound(const struct vmopnotify_event *ev)
{
	return ev->type >= VMOPNOTIFY_EVENT_ATTACHED &&
	       ev->type <= VMOPNOTIFY_EVENT_END &&
	       ev->state <= VMOPNOTIFY_STATE_EXPIRED && !(ev->flags & ~0x3fU) &&
	       ev->stage < VMOPNOTIFY_STAGES && ev->pending <= ev->members &&
	       !ev->reserved[0] && !ev->reserved[1] &&
	       memchr(ev->text, 0, sizeof(ev->text)) &&
	       memchr(ev->operation_type, 0, sizeof(ev->operation_type));
}

static void see_record(struct worker *w, struct file *f,
		       const struct vmopnotify_event *ev)
{
	struct seen_record *seen = pile_add(&w->records, sizeof(*seen));

	seen->reader = f->reader;
	seen->ev = *ev;
	if (!is_sound(ev))
		flaw(RECORDS, "record %llu is not sound: type %u state %u flags 0x%x",
		     ev->seq, ev->type, ev->state, ev->flags);
	if (ev->seq < f->last_seq)
		flaw(RECORDS, "record %llu after %llu", ev->seq,
		     f->last_seq - 1);
	if (f->spared && ev->type == VMOPNOTIFY_EVENT_ACKED)
		flaw(RECORDS, "record %llu, of an ack, for a consumer",
		     ev->seq);
	f->last_seq = ev->seq + 1;
	if (w->next_seq <= ev->seq)
		w->next_seq = ev->seq + 1;
}

/* Who has read a record finds the page at least as new. */
static void look_at_once(struct worker *w)
{
	struct vmopnotify_status status;

	if (!vmopnotify_page_read(fuzz.page, &status))
		see_status(w, "the page after a read", &status);
}

/* What read() returned, in pieces of memory that may not be aligned. */
static int see_records(struct worker *w, struct file *f, ssize_t n,
		       const struct iovec *iov)
{
	struct vmopnotify_event evs[MOST + 1];
	size_t size = 0, part;
	int i;

	if (n < 0 && errno == EPIPE)
		atomic_fetch_add(&fuzz.readers[f->reader].overruns, 1);
	if (n < 0)
		return -errno;
	if (!n || n % RECORD || n > (ssize_t)sizeof(evs)) {
		flaw(RECORDS, "read: %zd bytes", n);
		return 0;
	}
	for (i = 0; size < (size_t)n; i++, size += part) {
		part = iov[i].iov_len;
		if (part > n - size)
			part = n - size;
		memcpy((char *)evs + size, iov[i].iov_base, part);
	}
	for (i = 0; i < (int)(n / RECORD); i++)
		see_record(w, f, &evs[i]);
	look_at_once(w);
	return 0;
}

static struct file *a_file(struct worker *w)
{
	struct file *f = &PICK(&w->chance, w->files);

	return f->fd < 0 ? NULL : f;
}

/* May wait for ever, where the file blocks: there are signals against that. */
static ssize_t do_read(struct worker *w, struct file *f,
		       const struct iovec *iov, int n, bool nowait)
{
	ssize_t got;

	if (nowait)
		return preadv2(f->fd, iov, n, -1, RWF_NOWAIT);
	w->may_block = true;
	got = readv(f->fd, iov, n);
	w->may_block = false;
	return got;
}

static int read_it(struct worker *w)
{
	char bytes[MOST * RECORD + RECORD];
	struct iovec iov = {
		.iov_base = bytes,
		.iov_len = RECORD * (1 + chance_below(&w->chance, MOST)) +
			   chance_below(&w->chance, RECORD),
	};
	bool nowait = chance_below(&w->chance, 8);
	struct file *f = a_file(w);
	ssize_t n;

	if (!f)
		return NOT_DONE;
	n = do_read(w, f, &iov, 1, nowait);
	return ALLOWED(w, see_records(w, f, n, &iov), EAGAIN, EPIPE, EINTR);
}

static int read_in_pieces(struct worker *w)
{
	char bytes[MOST * RECORD];
	struct iovec iov[PIECES];
	struct file *f = a_file(w);
	size_t size = 0;
	ssize_t n;
	int i;

	for (i = 0; i < PIECES; i++) {
		iov[i].iov_base = bytes + size;
		iov[i].iov_len = chance_below(&w->chance,
					      sizeof(bytes) / PIECES);
		size += iov[i].iov_len;
	}
	if (!f || !size)
		return NOT_DONE;
	n = do_read(w, f, iov, PIECES, true);
	if (size < RECORD)
		return REFUSED(w, n < 0 ? -errno : 0, EINVAL);
	return ALLOWED(w, see_records(w, f, n, iov), EAGAIN, EPIPE);
}

static int read_too_little(struct worker *w)
{
	char bytes[RECORD];
	struct file *f = a_file(w);
	ssize_t n;

	if (!f)
		return NOT_DONE;
	n = read(f->fd, bytes, chance_below(&w->chance, RECORD));
	return REFUSED(w, n < 0 ? -errno : 0, EINVAL);
}

/* What fits before the memory ends is given, and no record is lost. */
static int read_to_bad_memory(struct worker *w)
{
	struct iovec iov = {
		.iov_len = RECORD * (1 + chance_below(&w->chance, MOST)),
	};
	struct file *f = a_file(w);
	ssize_t n;

	if (!f)
		return NOT_DONE;
	iov.iov_base = bad_memory(&w->chance, iov.iov_len, false);
	n = do_read(w, f, &iov, 1, true);
	return ALLOWED(w, see_records(w, f, n, &iov), EAGAIN, EPIPE, EFAULT);
}

static int read_at(struct worker *w)
{
	char bytes[RECORD];
	struct file *f = a_file(w);
	ssize_t n;

	if (!f)
		return NOT_DONE;
	n = pread(f->fd, bytes, sizeof(bytes), 0);
	return REFUSED(w, n < 0 ? -errno : 0, ESPIPE);
}

/*
 * Each thread has memory that ends: a page to write to, then nothing; and one,
 * then a page that cannot be written to.
 */
static char *memory_that_ends(bool to_read)
{
	static __thread char *pages;
	size_t page = getpagesize();

	if (!pages) {
		pages = mmap(NULL, 4 * page, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (pages == MAP_FAILED)
			die("mmap");
		mprotect(pages + page, page, PROT_NONE);
		mprotect(pages + 3 * page, page, PROT_READ);
	}
	return pages + (to_read ? page : 3 * page);
}

void *bad_memory(struct chance *c, size_t size, bool to_read)
{
	switch (chance_below(c, 6)) {
	case 0:
		return NULL;
	case 1:
		return (void *)0xffff888000000000UL;
	case 2:
		return (void *)0x8000000000000000UL;
	case 3:
		return memory_that_ends(true);
	case 4:
		return memory_that_ends(to_read);
	default:
		return memory_that_ends(to_read) -
		       1 - chance_below(c, size - 1);
	}
}

const struct action read_actions[] = {
	{ "read", 40, read_it },
	{ "read in pieces", 8, read_in_pieces },
	{ "read too little", 2, read_too_little },
	{ "read to bad memory", 5, read_to_bad_memory },
	{ "pread", 1, read_at },
	{}
};
