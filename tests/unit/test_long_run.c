// SPDX-License-Identifier: GPL-2.0
/*
 * The whole helper for a long time: 100,000 polls and 1,000 operations through
 * the library, and it holds no more memory and no more files than before.
 *
 * Host and kernel are played here; the rest is as it runs: bridge, transport,
 * thread, log.
 */
#include "fake_kernel.h"

#include <dirent.h>
#include <dlfcn.h>
#include <inttypes.h>
#include <sys/stat.h>

#include "bridge.h"
#include "log.h"

#define TOKEN		"525b5364-6caf-24a0-562c-87955647baa4"
#define POLLS		100000U
#define POLLS_EACH	50U

/* What a first part of it may take for good, and the rest then may not. */
#define WARM_POLLS	20000U

/* The allocator of the sanitizers keeps what is freed, to find its users. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=0:thread_local_quarantine_size_kb=0";
}

static char *dir;
static struct config cfg;
static unsigned int polls, acks;
static uint64_t id;
static unsigned int files_before, files_after;
static long memory_before, memory_after;

static unsigned int count_files(void)
{
	unsigned int n = 0;
	DIR *d = opendir("/proc/self/fd");

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static long anonymous_kib(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[256];
	long kib = -1;

	assert_non_null(f);
	while (kib < 0 && fgets(line, sizeof(line), f))
		sscanf(line, "RssAnon: %ld", &kib);
	fclose(f);
	assert_true(kib > 0);
	return kib;
}

/* The host: an operation begins, is acked, ends; it answers to the thread. */
static const char *answer_poll(char *text, size_t size)
{
	unsigned int turn = polls++ % (2 * POLLS_EACH);

	/* Nothing begins while it stops. */
	if (polls > WARM_POLLS + POLLS || (turn != 1 && turn != POLLS_EACH))
		return "{\"version\":\"1.0.0\", \"result\": true }";
	if (turn == 1)
		id = UINT64_C(6279072692702276663) + polls;
	snprintf(text, size,
		 "{\"result\": true, \"eventType\": \"%s\", "
		 "\"opType\": \"host-migration\", \"opStatus\": \"success\", "
		 "\"notificationTimeoutInSec\": 60, "
		 "\"operationId\": %" PRIu64 " }",
		 turn == 1 ? "start" : "end", id);
	return text;
}

static const char *answer(const char *rpc, char *text, size_t size)
{
	if (strstr(rpc, "check-for-event"))
		return answer_poll(text, size);
	if (!strstr(rpc, "ack-event"))
		return "{\"result\": true }";
	acks++;
	snprintf(text, size,
		 "{\"result\": true, \"operationId\": %" PRIu64 ", "
		 "\"ackStatus\": \"ack_received\" }", id);
	return text;
}

/* Called by the library; the child that tries it has a memory of its own. */
static void host(const char *rpc, char *text, size_t size)
{
	char own[512];

	snprintf(text, size, "%s", answer(rpc, own, sizeof(own)));
	if (polls == WARM_POLLS) {
		memory_before = anonymous_kib();
		files_before = count_files();
	}
	if (polls != WARM_POLLS + POLLS || files_after)
		return;
	memory_after = anonymous_kib();
	files_after = count_files();
	stop();
}

static void test_grows_by_nothing(void **state)
{
	void *lib = dlopen(FAKE_LIBVMTOOLS, RTLD_NOW);
	void (**play)(const char *rpc, char *text, size_t size);

	(void)state;
	assert_non_null(lib);
	play = dlsym(lib, "fake_host");
	assert_non_null(play);
	*play = host;
	dir = make_dir();
	config_defaults(&cfg);
	cfg.transport = TRANSPORT_LIBVMTOOLS;
	strcpy(cfg.libvmtools_path, FAKE_LIBVMTOOLS);
	snprintf(cfg.token_file, sizeof(cfg.token_file), "%s",
		 in_dir(dir, "token"));
	write_text(cfg.token_file, TOKEN "\n");
	assert_int_equal(chmod(cfg.token_file, 0600), 0);
	/* No file may ask for that: the next poll follows at once. */
	cfg.poll_interval_ms = 0;
	kernel_reset();
	kernel.talks = true;
	assert_int_equal(bridge_run(&cfg, NULL), 0);
	remove_dir(dir);
	*play = NULL;
	dlclose(lib);
	print_message("%u polls, %u operations: %ld KiB and %u files, then %ld KiB and %u files\n",
		      POLLS, kernel.ends, memory_before, files_before,
		      memory_after, files_after);
	assert_int_equal(kernel.ends, (WARM_POLLS + POLLS) / (2 * POLLS_EACH));
	assert_int_equal(kernel.starts, kernel.ends);
	assert_int_equal(kernel.starts, acks);
	assert_int_equal(files_after, files_before);
	/* The smallest thing lost with each poll would be more than this. */
	assert_true(memory_after - memory_before < (long)POLLS * 4 / 1024);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grows_by_nothing),
	};

	log_set_level(LOG_ERR);
	return cmocka_run_group_tests_name("long run", tests, NULL, NULL);
}
