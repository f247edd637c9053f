// SPDX-License-Identifier: GPL-2.0
/* The mapped page: what it tells, to whom, for how long, and who may not. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"

#define ID 0x8877665544332211ULL
#define PAGE ((size_t)sysconf(_SC_PAGESIZE))

static struct vmop_genl *helper;

/* Return: the mapping, or NULL with errno set. */
static const struct vmopnotify_page *map(int fd, size_t size, int prot,
					 int flags, off_t offset)
{
	void *page = mmap(NULL, size, prot, flags, fd, offset);

	return page == MAP_FAILED ? NULL : page;
}

static const struct vmopnotify_page *map_page(int fd)
{
	const struct vmopnotify_page *page;

	page = map(fd, PAGE, PROT_READ, MAP_SHARED, 0);
	if (!page)
		die("mmap");
	return page;
}

static void unmap(const struct vmopnotify_page *page)
{
	munmap((void *)page, PAGE);
}

static void other_mappings_are_refused(void)
{
	int fd = dev_open(O_RDWR), ro = dev_open(O_RDONLY);

	ok(!map(fd, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, 0) &&
	   errno == EACCES, "a writable mapping: EACCES");
	ok(!map(fd, PAGE, PROT_WRITE, MAP_SHARED, 0) && errno == EACCES,
	   "one that can only be written: EACCES");
	ok(!map(fd, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, 0) &&
	   errno == EACCES, "a private writable one: EACCES");
	ok(!map(ro, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, 0) &&
	   errno == EACCES, "a private writable one of a watcher: EACCES");
	ok(!map(ro, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, 0) &&
	   errno == EACCES, "a shared writable one of a watcher: EACCES");
	ok(!map(fd, 2 * PAGE, PROT_READ, MAP_SHARED, 0) && errno == EINVAL,
	   "two pages: EINVAL");
	ok(!map(fd, PAGE, PROT_READ, MAP_SHARED, PAGE) && errno == EINVAL,
	   "another offset: EINVAL");
	close(fd);
	close(ro);
}

static void a_mapping_does_not_become_writable(int flags, const char *how)
{
	int fd = dev_open(O_RDWR);
	void *page = (void *)map(fd, PAGE, PROT_READ, flags, 0);
	int mem = open("/proc/self/mem", O_RDWR);
	uint32_t state = VMOPNOTIFY_STATE_EXPIRED;

	if (!page)
		die("mmap");
	ok(mprotect(page, PAGE, PROT_READ | PROT_WRITE) && errno == EACCES,
	   "%s: mprotect to writable: EACCES", how);
	ok(pwrite(mem, &state, sizeof(state), (off_t)(uintptr_t)page) < 0,
	   "%s: nor is it written through /proc/self/mem", how);
	ok(mremap(page, PAGE, 2 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED,
	   "%s: mremap to more: refused", how);
	is(vmopnotify_page_state(page), dev_status(fd).state,
	   "%s: it is as it was", how);
	munmap(page, PAGE);
	close(mem);
	close(fd);
}

static bool tells_the_same(const struct vmopnotify_page *page, int fd)
{
	struct vmopnotify_status status = dev_status(fd), from_page = {};

	status.flags &= ~(VMOPNOTIFY_F_CONSUMER | VMOPNOTIFY_F_MEMBER |
			  VMOPNOTIFY_F_ASKED | VMOPNOTIFY_F_ACKED);
	return !vmopnotify_page_read(page, &from_page) &&
	       !memcmp(&status, &from_page, sizeof(status)) &&
	       vmopnotify_page_state(page) == status.state;
}

static void it_tells_what_get_state_tells(void)
{
	int fd = dev_consumer("mapper", 2);
	const struct vmopnotify_page *page = map_page(fd);
	struct vmopnotify_status status = {};

	/* On a busy machine there are small stuns, whose records move on. */
	write_file(PARAM "stun_sample_us", "100000");
	is(page->abi_version, VMOPNOTIFY_ABI_VERSION, "it has the version");
	ok(tells_the_same(page, fd), "idle: it tells what GET_STATE tells");
	ok(!vmopnotify_page_is_open(page), "and no operation");
	helper_start(helper, ID, 60000, 0);
	ok(tells_the_same(page, fd), "quiescing: it tells what GET_STATE tells");
	vmopnotify_page_read(page, &status);
	is(status.operation_id, ID, "the operation");
	is(status.stage, 2, "the stage asked");
	is(status.pending, 1, "who is outstanding");
	ok(status.deadline_ns, "and its deadline");
	ok(vmopnotify_page_is_open(page), "it is open");
	dev_ack(fd, ID, 0);
	ok(tells_the_same(page, fd), "quiesced: it tells what GET_STATE tells");
	helper_timeout_change(helper, 50000);
	ok(tells_the_same(page, fd), "a deadline moved is told");
	helper_acked(helper, ID);
	ok(tells_the_same(page, fd), "the host acked is told");
	helper_end(helper, ID, 0);
	ok(tells_the_same(page, fd), "ended: it tells what GET_STATE tells");
	ok(!vmopnotify_page_is_open(page), "and no operation");
	unmap(page);
	close(fd);
}

static void the_deadline_is_told_without_a_call(void)
{
	int fd = dev_consumer("sleeps", 0);
	const struct vmopnotify_page *page = map_page(fd);
	int waited = 0;

	helper_start(helper, ID, 1, 0);
	while (vmopnotify_page_state(page) != VMOPNOTIFY_STATE_EXPIRED &&
	       waited++ < PATIENCE_MS)
		usleep(1000);
	is(vmopnotify_page_state(page), VMOPNOTIFY_STATE_EXPIRED,
	   "a deadline that passes is told without a call");
	helper_end(helper, ID, 0);
	unmap(page);
	close(fd);
}

static void a_consumer_leaves_with_its_file_though_it_maps(void)
{
	int fd = dev_consumer("closes", 0), watcher = dev_open(O_RDONLY);
	const struct vmopnotify_page *page = map_page(fd);
	struct vmopnotify_status status = {};

	is(dev_status(watcher).consumers, 1, "a consumer that maps the page");
	close(fd);
	is(dev_status(watcher).consumers, 0, "closes its file: it has left");
	vmopnotify_page_read(page, &status);
	is(status.consumers, 0, "which the page tells");
	helper_start(helper, ID, 60000, 0);
	is(vmopnotify_page_state(page), VMOPNOTIFY_STATE_QUIESCED,
	   "and goes on to tell");
	helper_end(helper, ID, 0);
	unmap(page);
	close(watcher);
}

static void others_may_map_it_too(void)
{
	int fd = dev_open(O_RDONLY);
	const struct vmopnotify_page *page = map_page(fd);
	const struct vmopnotify_page *private;
	int status;
	void *elsewhere;

	private = map(fd, PAGE, PROT_READ, MAP_PRIVATE | MAP_POPULATE, 0);
	ok(private && tells_the_same(private, fd),
	   "a private mapping that is only read tells, too");
	if (!fork())
		_exit(!tells_the_same(page, fd));
	wait(&status);
	is(status, 0, "a child has it");
	madvise((void *)page, PAGE, MADV_DONTNEED);
	ok(tells_the_same(page, fd), "it survives MADV_DONTNEED");
	elsewhere = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1, 0);
	elsewhere = mremap((void *)page, PAGE, PAGE,
			   MREMAP_MAYMOVE | MREMAP_FIXED, elsewhere);
	ok(elsewhere != MAP_FAILED && tells_the_same(elsewhere, fd),
	   "and a move");
	munmap(elsewhere, PAGE);
	unmap(private);
	close(fd);
}

/* One thread reads the page while operations come and go. */

struct look {
	const struct vmopnotify_page *page;
	bool stop;
	unsigned long reads, torn, backwards, behind;
};

/* Each operation's id is its number. */
static bool is_whole(const struct vmopnotify_status *status, uint64_t first)
{
	if (status->state < VMOPNOTIFY_STATE_QUIESCING)
		return !status->operation_id && !status->deadline_ns &&
		       !status->pending;
	if (status->operation_id != status->operations - first ||
	    !status->deadline_ns)
		return false;
	return status->pending ==
	       (status->state == VMOPNOTIFY_STATE_QUIESCING);
}

static void *look_on(void *arg)
{
	struct look *look = arg;
	struct vmopnotify_status status = {}, before = {};
	uint64_t first = 0;

	while (vmopnotify_page_read(look->page, &before))
		;
	first = before.operations;
	while (!__atomic_load_n(&look->stop, __ATOMIC_RELAXED)) {
		if (vmopnotify_page_read(look->page, &status))
			continue;
		look->reads++;
		look->torn += !is_whole(&status, first);
		look->backwards += status.seq < before.seq;
		before = status;
	}
	return NULL;
}

static void readers_find_it_whole_in_a_storm(void)
{
	enum { OPERATIONS = 500 };
	int fd = dev_consumer("storm", 0), watcher = dev_open(O_RDONLY);
	struct look look = { .page = map_page(fd) };
	struct vmopnotify_status status = {};
	struct vmopnotify_event ev;
	pthread_t thread;
	int behind = 0;

	if (pthread_create(&thread, NULL, look_on, &look))
		die("pthread_create");
	while (!__atomic_load_n(&look.reads, __ATOMIC_RELAXED))
		usleep(1000);
	for (int i = 1; i <= OPERATIONS; i++) {
		helper_start(helper, i, 60000, 0);
		dev_ack(fd, i, 0);
		helper_end(helper, i, 0);
		/* Who has read a record finds the page as new. */
		while (!dev_next(watcher, &ev)) {
			vmopnotify_page_read(look.page, &status);
			behind += status.seq <= ev.seq;
			if (ev.type == VMOPNOTIFY_EVENT_END)
				break;
		}
	}
	__atomic_store_n(&look.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	ok(look.reads > 0, "a storm of operations, and a reader beside it");
	is(look.torn, 0, "who never finds the page torn");
	is(look.backwards, 0, "nor going backwards");
	is(behind, 0, "nor behind a record that was read");
	unmap(look.page);
	close(watcher);
	close(fd);
}

static int unload(void)
{
	return syscall(SYS_delete_module, "vmopnotify", O_NONBLOCK) ?
	       -errno : 0;
}

static void unloading_is_refused_while_it_is_mapped(void)
{
	int fd = dev_open(O_RDONLY);
	const struct vmopnotify_page *page = map_page(fd);

	close(fd);
	vmop_genl_close(helper);
	is(unload(), -EAGAIN, "rmmod with the page mapped: refused");
	is(vmopnotify_page_state(page), VMOPNOTIFY_STATE_DETACHED,
	   "and it goes on to tell");
	unmap(page);
	is(unload(), 0, "rmmod without: done");
	is(system(". /lab/lib.sh; load /lab/modules.d/vmopnotify.ko"), 0,
	   "and it loads again");
}

int main(void)
{
	helper = helper_attached();

	other_mappings_are_refused();
	a_mapping_does_not_become_writable(MAP_SHARED, "shared");
	a_mapping_does_not_become_writable(MAP_PRIVATE, "private");
	it_tells_what_get_state_tells();
	the_deadline_is_told_without_a_call();
	a_consumer_leaves_with_its_file_though_it_maps();
	others_may_map_it_too();
	readers_find_it_whole_in_a_storm();
	unloading_is_refused_while_it_is_mapped();
	return done();
}
