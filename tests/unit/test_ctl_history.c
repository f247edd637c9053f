// SPDX-License-Identifier: GPL-2.0
/* Past operations: entries that are made up, and a journal made of such. */
#include "unit.h"

#include "history.c"

#include <unistd.h>

#define REMOTE	"/lib/systemd/systemd-journal-remote"

/**
 * struct made_up - entries, the newest first
 * @entries: each a list of NAME=VALUE that ends with NULL
 * @count: how many
 * @at: the one looked at, from 1
 * @error: what next() gives at the end
 */
struct made_up {
	const char *const *const *entries;
	int count;
	int at;
	int error;
};

static int made_up_next(void *arg)
{
	struct made_up *m = arg;

	return m->at < m->count ? !!++m->at : m->error;
}

static bool made_up_field(void *arg, const char *name, char *buf, size_t len)
{
	struct made_up *m = arg;
	size_t n = strlen(name);

	for (const char *const *f = m->entries[m->at - 1]; *f; f++)
		if (!strncmp(*f, name, n) && (*f)[n] == '=' &&
		    strlen(*f + n + 1) < len) {
			strcpy(buf, *f + n + 1);
			return true;
		}
	return false;
}

static uint64_t made_up_time_us(void *arg)
{
	struct made_up *m = arg;

	return (uint64_t)(1000 - m->at) * USEC_PER_SEC;
}

static const char *const newest[] = {
	"VMOPNOTIFY_OPERATION=18446744073709551615",
	"VMOPNOTIFY_TYPE=host-migration", "VMOPNOTIFY_STATUS=success",
	"VMOPNOTIFY_OUTCOME=success", "VMOPNOTIFY_FLAGS=guaranteed host-acked",
	"VMOPNOTIFY_QUIESCE_USEC=355000", "VMOPNOTIFY_STUN_USEC=400000",
	"VMOPNOTIFY_DURATION_USEC=2400000", NULL,
};
static const char *const a_drill[] = {
	"VMOPNOTIFY_OPERATION=2", "VMOPNOTIFY_TYPE=host-migration",
	"VMOPNOTIFY_OUTCOME=failed", "VMOPNOTIFY_STATUS=no\tgood",
	"VMOPNOTIFY_FLAGS=drill late", NULL,
};
static const char *const oddest[] = {
	"VMOPNOTIFY_OPERATION=0x7", "VMOPNOTIFY_FLAGS=notadrill drilled",
	"VMOPNOTIFY_STUN_USEC=-1", NULL,
};
static const char *const *const all[] = { newest, a_drill, oddest };

static struct made_up source_arg;

static struct history_source made_up(int count, int error)
{
	source_arg = (struct made_up){ all, count, 0, error };
	return (struct history_source){ made_up_next, made_up_field,
					made_up_time_us, &source_arg };
}

static void test_reads(void **state)
{
	struct history_source source = made_up(3, 0);
	struct history h = {};

	(void)state;
	assert_int_equal(history_read(&h, &source, 10, 0), 0);
	assert_int_equal(h.count, 3);
	/* The newest last. */
	assert_true(h.entries[2].has_id);
	assert_true(h.entries[2].id == UINT64_MAX);
	assert_false(h.entries[2].drill);
	assert_int_equal(h.entries[2].quiesce.us, 355000);
	assert_int_equal(h.entries[2].time_us, 999 * USEC_PER_SEC);
	assert_true(h.entries[1].drill);
	assert_string_equal(h.entries[1].status, "no?good");
	assert_false(h.entries[1].stun.known);
	/* What is no number is not known. */
	assert_false(h.entries[0].has_id);
	assert_false(h.entries[0].stun.known);
	assert_false(h.entries[0].drill);
	history_free(&h);
}

static void test_limits(void **state)
{
	struct history_source source = made_up(3, 0);
	struct history h = {};

	(void)state;
	assert_int_equal(history_read(&h, &source, 1, 0), 0);
	assert_int_equal(h.count, 1);
	assert_true(h.entries[0].id == UINT64_MAX);
	history_free(&h);
	source = made_up(3, 0);
	assert_int_equal(history_read(&h, &source, 10, 998 * USEC_PER_SEC), 0);
	assert_int_equal(h.count, 2);
	history_free(&h);
	source = made_up(1, -EBADMSG);
	assert_int_equal(history_read(&h, &source, 10, 0), -EBADMSG);
	history_free(&h);
}

static char *printed(int count)
{
	struct history_source source = made_up(count, 0);
	struct history h = {};
	size_t len;
	char *text;
	FILE *out = open_memstream(&text, &len);

	assert_int_equal(history_read(&h, &source, 10, 0), 0);
	history_plain(&h, out);
	fclose(out);
	history_free(&h);
	return text;
}

static void test_plain(void **state)
{
	char *text = printed(3), *line;

	(void)state;
	line = strstr(text, "18446744073709551615");
	assert_non_null(line);
	assert_non_null(strstr(line, "host-migration   success  355.0 ms     400.0 ms     2.4 s        [guaranteed host-acked]\n"));
	line = strstr(text, "  2   ");
	assert_non_null(line);
	assert_non_null(strstr(line, "failed   -            -            -            DRILL [drill late] (no?good)\n"));
	/* "notadrill" is another word. */
	assert_non_null(strstr(text, "-            [notadrill drilled]\n"));
	free(text);
	text = printed(0);
	assert_string_equal(text, "no operations\n");
	free(text);
}

static void test_json(void **state)
{
	struct history_source source = made_up(3, 0);
	struct history h = {};
	cJSON *obj;
	char *text;

	(void)state;
	assert_int_equal(history_read(&h, &source, 10, 0), 0);
	obj = json_entry(&h.entries[2]);
	cJSON_DeleteItemFromObject(obj, "time");
	text = cJSON_PrintUnformatted(obj);
	assert_string_equal(text, "{\"operation_id\":18446744073709551615,\"operation_type\":\"host-migration\",\"status\":\"success\",\"outcome\":\"success\",\"drill\":false,\"flags\":[\"guaranteed\",\"host-acked\"],\"quiesce_us\":355000,\"stun_us\":400000,\"duration_us\":2400000}");
	free(text);
	cJSON_Delete(obj);
	obj = json_entry(&h.entries[1]);
	assert_true(cJSON_IsTrue(cJSON_GetObjectItem(obj, "drill")));
	assert_null(cJSON_GetObjectItem(obj, "stun_us"));
	cJSON_Delete(obj);
	history_free(&h);
}

static void test_since(void **state)
{
	const uint64_t now = UINT64_C(1795000000) * USEC_PER_SEC;
	uint64_t us;

	(void)state;
	setenv("TZ", "UTC0", 1);
	assert_true(history_since("90s", now, &us));
	assert_true(us == now - 90 * USEC_PER_SEC);
	assert_true(history_since("7d", now, &us));
	assert_true(us == now - 7 * 86400 * USEC_PER_SEC);
	/* Before all time is all time. */
	assert_true(history_since("4000000000d", now, &us));
	assert_true(us == 0);
	assert_true(history_since("2026-11-21", now, &us));
	assert_true(us == UINT64_C(1795219200) * USEC_PER_SEC);
	assert_true(history_since("2026-11-21 14:03", now, &us));
	assert_true(us == UINT64_C(1795269780) * USEC_PER_SEC);
	assert_true(history_since("2026-11-21T14:03:07", now, &us));
	assert_true(us == UINT64_C(1795269787) * USEC_PER_SEC);
	assert_false(history_since("", now, &us));
	assert_false(history_since("yesterday", now, &us));
	assert_false(history_since("h", now, &us));
	assert_false(history_since("-1h", now, &us));
	assert_false(history_since("12w", now, &us));
	assert_false(history_since("2026-13-45", now, &us));
	assert_false(history_since("2026-11-21 14:03 or so", now, &us));
}

static void add_entry(FILE *f, int second, const char *id, const char *message)
{
	fprintf(f, "__REALTIME_TIMESTAMP=17952600%02d000000\n", second);
	fprintf(f, "__MONOTONIC_TIMESTAMP=%d000000\n", second + 1);
	fprintf(f, "_BOOT_ID=0123456789abcdef0123456789abcdef\n");
	fprintf(f, "MESSAGE_ID=%s\nVMOPNOTIFY_OPERATION=%s\n\n", message, id);
}

/* The real thing, as the journal keeps it. */
static void test_journal(void **state)
{
	char *dir = make_dir(), command[1024];
	struct history_source source;
	struct history h = {};
	FILE *f;

	(void)state;
	if (access(REMOTE, X_OK)) {
		remove_dir(dir);
		skip();
	}
	f = fopen(in_dir(dir, "export"), "w");
	assert_non_null(f);
	add_entry(f, 1, "11", HISTORY_MESSAGE_ID);
	add_entry(f, 2, "22", "ffffffffffffffffffffffffffffffff");
	add_entry(f, 3, "33", HISTORY_MESSAGE_ID);
	fclose(f);
	snprintf(command, sizeof(command), REMOTE " -o %s %s >/dev/null 2>&1",
		 in_dir(dir, "a.journal"), in_dir(dir, "export"));
	assert_int_equal(system(command), 0);
	assert_int_equal(history_open_journal(&source, dir), 0);
	assert_int_equal(history_read(&h, &source, 10, 0), 0);
	history_close_journal(&source);
	assert_int_equal(h.count, 2);
	assert_int_equal(h.entries[0].id, 11);
	assert_int_equal(h.entries[1].id, 33);
	assert_true(h.entries[1].time_us ==
		    UINT64_C(1795260003) * USEC_PER_SEC);
	history_free(&h);
	remove_dir(dir);
}

static void test_no_journal(void **state)
{
	struct history_source source;

	(void)state;
	assert_int_equal(history_open_journal(&source, "/nowhere/at/all"),
			 -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_since),
		cmocka_unit_test(test_journal),
		cmocka_unit_test(test_no_journal),
	};

	return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
