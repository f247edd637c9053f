// SPDX-License-Identifier: GPL-2.0
/* Text that comes from elsewhere. */
#include "unit.h"

#include "text.h"

static void assert_cleaned(const char *in, size_t len, const char *out)
{
	char buf[64];

	assert_true(len <= sizeof(buf));
	assert_string_equal(text_clean(in, buf, len), out);
}

static void test_clean(void **state)
{
	static const struct { const char *in, *out; } rows[] = {
		{ "", "" },
		{ "host-migration", "host-migration" },
		{ "a\nb\x1b[31mc\x7f", "a?b?[31mc?" },
		{ "Caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
		  "Caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80" },
		{ "cut \xe2\x82", "cut ??" },
		{ "cut \xf0\x9f\x98", "cut ???" },
		{ "\x80\xff" "b", "??b" },
		/* A control character, too long, a surrogate, too large. */
		{ "\xc2\x9b" "31m", "?31m" },
		{ "\xc0\xaf\xe0\x80\xaf", "?????" },
		{ "\xed\xa0\x80", "???" },
		{ "\xf4\x90\x80\x80", "????" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_cleaned(rows[i].in, 64, rows[i].out);
}

/* What does not fit is cut between characters. */
static void test_cut(void **state)
{
	(void)state;
	assert_cleaned("1234567", 8, "1234567");
	assert_cleaned("12345678", 8, "1234567");
	assert_cleaned("12345\xc3\xa4", 8, "12345\xc3\xa4");
	assert_cleaned("123456\xc3\xa4", 8, "123456");
	assert_cleaned("123\xf0\x9f\x98\x80", 8, "123\xf0\x9f\x98\x80");
	assert_cleaned("1234\xf0\x9f\x98\x80", 8, "1234");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clean),
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
