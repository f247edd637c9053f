// SPDX-License-Identifier: GPL-2.0
/*
 * The mapped page: the module's writer, stopped after each of its stores, as
 * where its processor is taken away, and the reader of the userspace header.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../kmod/latch.c"

static struct vmopnotify_page page;

/* What may be read at present: the old, or the new. */
static struct vmopnotify_status old, new;
static unsigned int stores, olds, news;
static bool looks;

/* Each word of it differs from that of any other number. */
static struct vmopnotify_status status_number(u32 n)
{
	return (struct vmopnotify_status){
		.seq = n * 0x100000001ULL,
		.operation_id = ~(u64)n,
		.deadline_ns = n * 1000ULL,
		.abi_version = n,
		.state = n,
		.flags = ~n,
		.stage = n + 1,
		.consumers = n + 2,
		.pending = n + 3,
		.operations = n * 0x300000003ULL,
		.reserved = n,
	};
}

static bool is_number(const struct vmopnotify_status *got, u32 n)
{
	struct vmopnotify_status want = status_number(n);

	return !memcmp(got, &want, sizeof(want));
}

void stored(void)
{
	struct vmopnotify_status got;
	u32 state;

	if (!looks)
		return;
	stores++;
	state = vmopnotify_page_state(&page);
	assert_int_equal(vmopnotify_page_read(&page, &got), 0);
	if (!memcmp(&got, &new, sizeof(got)))
		news++;
	else if (!memcmp(&got, &old, sizeof(got)))
		olds++;
	else
		fail_msg("torn after store %u", stores);
	/* The new state is not seen before all that belongs to it. */
	if (state == new.state)
		assert_memory_equal(&got, &new, sizeof(got));
}

static int setup(void **unused)
{
	(void)unused;
	memset(&page, 0, sizeof(page));
	old = (struct vmopnotify_status){};
	stores = 0;
	olds = 0;
	news = 0;
	looks = true;
	return 0;
}

static void a_writer_that_stops_anywhere_stops_no_reader(void **unused)
{
	enum { WRITES = 100 };

	(void)unused;
	for (u32 n = 1; n <= WRITES; n++) {
		new = status_number(n);
		latch_write(&page, &new);
		assert_int_equal(vmopnotify_page_state(&page), n);
		old = new;
	}
	/* Two turns, two copies of eight words, and the state. */
	assert_int_equal(stores, WRITES * 19);
	/* Up to the second turn it is the old that is read. */
	assert_int_equal(olds, WRITES * 9);
	assert_int_equal(news, WRITES * 10);
}

static void what_stays_the_same_is_not_written(void **unused)
{
	(void)unused;
	new = status_number(1);
	latch_write(&page, &new);
	stores = 0;
	latch_write(&page, &new);
	assert_int_equal(stores, 0);
}

static void a_sequence_that_comes_round_goes_on(void **unused)
{
	(void)unused;
	page.sequence = UINT32_MAX - 1;
	for (u32 n = 1; n < 4; n++) {
		new = status_number(n);
		latch_write(&page, &new);
		old = new;
	}
	assert_int_equal(page.sequence, 4);
}

static bool stop;

static void *write_on(void *unused)
{
	(void)unused;
	for (u32 n = 1; !__atomic_load_n(&stop, __ATOMIC_RELAXED); n++) {
		struct vmopnotify_status status = status_number(n);

		latch_write(&page, &status);
	}
	return NULL;
}

static void a_reader_beside_a_writer_finds_it_whole(void **unused)
{
	struct vmopnotify_status got = {};
	unsigned int reads = 0;
	pthread_t writer;
	u64 last = 0;

	(void)unused;
	looks = false;
	stop = false;
	assert_int_equal(pthread_create(&writer, NULL, write_on, NULL), 0);
	while (reads < 300000) {
		/* It may find the writer too busy; then that is all it says. */
		if (vmopnotify_page_read(&page, &got))
			continue;
		reads++;
		if (got.seq)
			assert_true(is_number(&got, got.state));
		assert_true(got.seq >= last);
		last = got.seq;
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	pthread_join(writer, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
			a_writer_that_stops_anywhere_stops_no_reader, setup),
		cmocka_unit_test_setup(what_stays_the_same_is_not_written,
				       setup),
		cmocka_unit_test_setup(a_sequence_that_comes_round_goes_on,
				       setup),
		cmocka_unit_test_setup(a_reader_beside_a_writer_finds_it_whole,
				       setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
