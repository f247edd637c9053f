// SPDX-License-Identifier: GPL-2.0
/* The mapped page, and what all that tell the state must agree upon. */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

static struct mapping *a_mapping(struct worker *w)
{
	struct mapping *m = &PICK(&w->chance, w->mappings);

	return m->page ? m : NULL;
}

const struct vmopnotify_page *page_map(int fd)
{
	void *page = mmap(NULL, getpagesize(), PROT_READ, MAP_SHARED, fd, 0);

	return page == MAP_FAILED ? NULL : page;
}

static void unmap(struct mapping *m)
{
	if (m->page)
		munmap((void *)m->page, getpagesize());
	*m = (struct mapping){};
}

static int map(struct worker *w)
{
	static const int flags[] = { MAP_SHARED, MAP_PRIVATE,
				     MAP_SHARED | MAP_POPULATE };
	struct file *f = &PICK(&w->chance, w->files);
	struct mapping *m = &PICK(&w->chance, w->mappings);
	void *page;

	if (f->fd < 0)
		return NOT_DONE;
	unmap(m);
	page = mmap(NULL, getpagesize(), PROT_READ, PICK(&w->chance, flags),
		    f->fd, 0);
	if (page == MAP_FAILED)
		return ALLOWED(w, -errno, 0);
	m->page = page;
	return 0;
}

static int bad_map(struct worker *w)
{
	struct chance *c = &w->chance;
	int prot = PICK(c, ((const int[]){ PROT_READ, PROT_NONE, PROT_WRITE,
					   PROT_READ | PROT_WRITE }));
	int flags = chance_in(c, 2) ? MAP_SHARED : MAP_PRIVATE;
	size_t pages = chance_below(c, 3);
	off_t offset = chance_below(c, 3) ? 0 : chance_u64(c) & 0x7ffff000;
	struct file *f = &PICK(c, w->files);
	void *page;

	if (!(prot & PROT_WRITE) && pages == 1 && !offset)
		pages = 2;
	if (f->fd < 0)
		return NOT_DONE;
	page = mmap(NULL, pages * getpagesize(), prot, flags, f->fd, offset);
	if (prot & PROT_WRITE)
		return REFUSED(w, page == MAP_FAILED ? -errno : 0, EACCES,
			       EINVAL);
	return REFUSED(w, page == MAP_FAILED ? -errno : 0, EINVAL);
}

static int unmap_it(struct worker *w)
{
	struct mapping *m = a_mapping(w);

	if (!m)
		return NOT_DONE;
	unmap(m);
	return 0;
}

static int protect(struct worker *w)
{
	static const int prots[] = { PROT_READ, PROT_NONE, PROT_WRITE,
				     PROT_READ | PROT_WRITE };
	int prot = PICK(&w->chance, prots);
	struct mapping *m = a_mapping(w);
	int ret;

	if (!m)
		return NOT_DONE;
	ret = mprotect((void *)m->page, getpagesize(), prot) ? -errno : 0;
	if (prot & PROT_WRITE)
		return REFUSED(w, ret, EACCES);
	m->unreadable = prot == PROT_NONE;
	return ALLOWED(w, ret, 0);
}

/* Things that others do to mappings. */
static int disturb(struct worker *w)
{
	struct mapping *m = a_mapping(w);
	size_t page = getpagesize();

	if (!m)
		return NOT_DONE;
	if (chance_in(&w->chance, 2))
		return ALLOWED(w, madvise((void *)m->page, page, MADV_DONTNEED)
				  ? -errno : 0, 0);
	return REFUSED(w, mremap((void *)m->page, page, 2 * page,
				 MREMAP_MAYMOVE) == MAP_FAILED ? -errno : 0,
		       EFAULT, EINVAL);
}

static int look(struct worker *w)
{
	struct vmopnotify_status status;
	struct mapping *m = a_mapping(w);

	if (!m || m->unreadable)
		return NOT_DONE;
	if (vmopnotify_page_read(m->page, &status))
		return 0;
	if (status.seq < m->last_seq)
		flaw(SNAPSHOTS, "the page goes back from seq %llu to %llu",
		     m->last_seq, status.seq);
	m->last_seq = status.seq;
	if (status.flags & ~0xfU)
		flaw(SNAPSHOTS, "the page has flags 0x%x", status.flags);
	see_status(w, "the page", &status);
	return 0;
}

static int look_at_state(struct worker *w)
{
	struct mapping *m = a_mapping(w);
	struct vmopnotify_status status;
	u32 state;

	if (!m || m->unreadable)
		return NOT_DONE;
	state = vmopnotify_page_state(m->page);
	if (state > VMOPNOTIFY_STATE_EXPIRED)
		flaw(SNAPSHOTS, "the page has state %u", state);
	/* And nothing older after it. */
	if (!vmopnotify_page_read(m->page, &status))
		see_status(w, "the page after its state", &status);
	return 0;
}

void see_status(struct worker *w, const char *how,
		const struct vmopnotify_status *status)
{
	struct seen_status *seen = pile_add(&w->statuses, sizeof(*seen));

	seen->how = how;
	seen->status = *status;
	if (status->seq < w->next_seq)
		flaw(SNAPSHOTS, "%s has seq %llu: record %llu was seen before",
		     how, status->seq, w->next_seq - 1);
	else
		w->next_seq = status->seq;
	if (status->abi_version != VMOPNOTIFY_ABI_VERSION || status->reserved)
		flaw(SNAPSHOTS, "%s has ABI version %u, reserved %llu", how,
		     status->abi_version, status->reserved);
}

u64 current_operation(void)
{
	struct vmopnotify_status status;

	if (vmopnotify_page_read(fuzz.page, &status))
		return 0;
	return status.operation_id;
}

void page_unmap_all(struct worker *w)
{
	int i;

	for (i = 0; i < MAPPINGS; i++)
		unmap(&w->mappings[i]);
}

const struct action page_actions[] = {
	{ "map", 6, map },
	{ "bad map", 3, bad_map },
	{ "unmap", 2, unmap_it },
	{ "protect", 2, protect },
	{ "disturb a mapping", 2, disturb },
	{ "look at the page", 20, look },
	{ "look at the state", 5, look_at_state },
	{}
};
