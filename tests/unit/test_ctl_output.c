// SPDX-License-Identifier: GPL-2.0
/* What vmopnotifyctl prints with: times, exact numbers. */
#include "unit.h"

#include <errno.h>

#include <linux/vmopnotify.h>

#include "command.h"
#include "device.h"
#include "output.h"

static void test_json_numbers(void **state)
{
	cJSON *obj = cJSON_CreateObject();
	char *text;

	(void)state;
	add_u64(obj, "a", UINT64_C(6279072692702276663));
	add_u64(obj, "b", UINT64_MAX);
	add_u64(obj, "c", 0);
	add_s64(obj, "d", INT64_MIN);
	add_text(obj, "e", "\"\x1b\xff");
	text = cJSON_PrintUnformatted(obj);
	assert_string_equal(text, "{\"a\":6279072692702276663,"
			    "\"b\":18446744073709551615,\"c\":0,"
			    "\"d\":-9223372036854775808,\"e\":\"\\\"??\"}");
	free(text);
	cJSON_Delete(obj);
}

/* One line, so that grep finds what belongs together. */
static void test_print_object(void **state)
{
	cJSON *obj = cJSON_CreateObject();
	char *dir = make_dir();
	const char *path = in_dir(dir, "out");
	int out = dup(STDOUT_FILENO);
	char text[256];
	FILE *f;
	size_t n;

	(void)state;
	add_text(obj, "state", "idle");
	add_u64(cJSON_AddObjectToObject(obj, "helper"), "pid", 7);
	cJSON_AddItemToArray(cJSON_AddArrayToObject(obj, "list"),
			     cJSON_CreateTrue());
	fflush(stdout);
	assert_non_null(freopen(path, "w", stdout));
	assert_int_equal(print_object(obj), 0);
	fflush(stdout);
	dup2(out, STDOUT_FILENO);
	close(out);
	f = fopen(path, "r");
	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	remove_dir(dir);
	assert_string_equal(text, "{\"state\":\"idle\",\"helper\":"
			    "{\"pid\":7},\"list\":[true]}\n");
}

static void test_durations(void **state)
{
	static const struct { uint64_t ns; const char *text; } cases[] = {
		{ 0, "0.0 ms" },
		{ 41300000, "41.3 ms" },
		{ 12400000000, "12.4 s" },
		{ 200 * NSEC_PER_SEC, "3 min 20 s" },
		{ 7260 * NSEC_PER_SEC, "2 h 1 min" },
	};
	char buf[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(duration_text(cases[i].ns, buf,
						  sizeof(buf)),
				    cases[i].text);
	assert_string_equal(left_text(5000000, 2000000, buf, sizeof(buf)),
			    "3.0 ms left");
	assert_string_equal(left_text(2000000, 5000000, buf, sizeof(buf)),
			    "passed 3.0 ms ago");
}

static void test_errno(void **state)
{
	char buf[64];

	(void)state;
	assert_string_equal(errno_text(0, buf, sizeof(buf)), "ok");
	assert_string_equal(errno_text(ETIMEDOUT, buf, sizeof(buf)),
			    "ETIMEDOUT (Connection timed out)");
	assert_string_equal(errno_text(4095, buf, sizeof(buf)), "error 4095");
	assert_string_equal(errno_name(EIO, buf, sizeof(buf)), "EIO");
}

static void test_parse_seconds(void **state)
{
	static const char * const bad[] = {
		"", ".", "-1", "+1", " 1", "1 ", "1s", "1e3", "0x1", "inf",
		"nan", "1.2.3", "99999999999",
	};
	uint64_t ns;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(parse_seconds(bad[i], &ns));
	assert_true(parse_seconds("0", &ns));
	assert_int_equal(ns, 0);
	assert_true(parse_seconds("1.5", &ns));
	assert_int_equal(ns, 1500000000);
	assert_true(parse_seconds("120", &ns));
	assert_int_equal(ns, 120 * NSEC_PER_SEC);
}

static void test_parse_number(void **state)
{
	uint64_t value;

	(void)state;
	assert_true(parse_number("18446744073709551615", UINT64_MAX, &value));
	assert_int_equal(value, UINT64_MAX);
	assert_false(parse_number("18446744073709551616", UINT64_MAX, &value));
	assert_true(parse_number("7", 7, &value));
	assert_false(parse_number("8", 7, &value));
	assert_false(parse_number("", 7, &value));
	assert_false(parse_number("-1", 7, &value));
	assert_false(parse_number("1x", 7, &value));
}

static void test_names(void **state)
{
	(void)state;
	assert_null(device_name_problem("db"));
	assert_null(device_name_problem("1234567890123456789012345678901"));
	assert_non_null(device_name_problem("12345678901234567890123456789012"));
	assert_non_null(device_name_problem(""));
	assert_non_null(device_name_problem("a\tb"));
	assert_non_null(device_name_problem("caf\xc3\xa9"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json_numbers),
		cmocka_unit_test(test_print_object),
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_errno),
		cmocka_unit_test(test_parse_seconds),
		cmocka_unit_test(test_parse_number),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
