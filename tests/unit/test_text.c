// SPDX-License-Identifier: GPL-2.0
/* Text that comes from elsewhere. */
#include "unit.h"

#include "text.h"

static void test_clean(void **state)
{
	static const struct { const char *in, *out; } cases[] = {
		{ "", "" },
		{ "host-migration", "host-migration" },
		{ "a\nb\x1b[31mc\x7f", "a?b?[31mc?" },
		{ "Caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
		  "Caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80" },
		{ "cut \xe2\x82", "cut ??" },
		{ "cut \xf0\x9f\x98", "cut ???" },
		{ "\x80\xff", "??" },
		/* A control character, too long, a surrogate, too large. */
		{ "\xc2\x9b", "?" },
		{ "\xc0\xaf\xe0\x80\xaf", "?????" },
		{ "\xed\xa0\x80", "???" },
		{ "\xf4\x90\x80\x80", "????" },
	};
	char buf[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(text_clean(cases[i].in, buf, sizeof(buf)),
				    cases[i].out);
}

/* What does not fit is cut between characters. */
static void test_cut(void **state)
{
	static const struct {
		const char *in;
		const char *out;		/* in 8 bytes */
	} rows[] = {
		{ "", "" },
		{ "1234567", "1234567" },
		{ "12345678", "1234567" },
		{ "a\nb\x7f", "a?b?" },
		{ "\x1b[31m", "?[31m" },
		{ "\xc2\x9b" "31m", "?31m" },
		{ "\xc3\xa4\xc3\xb6", "\xc3\xa4\xc3\xb6" },
		{ "123456\xc3\xa4", "123456" },
		{ "12345\xc3\xa4", "12345\xc3\xa4" },
		{ "1234\xf0\x9f\x98\x80", "1234" },
		{ "123\xf0\x9f\x98\x80", "123\xf0\x9f\x98\x80" },
		{ "a\xff" "b", "a?b" },
		{ "\xc3", "?" },
		{ "\xed\xa0\x80", "???" },
		{ "\xc0\xaf", "??" },
	};
	char buf[8];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_string_equal(text_clean(rows[i].in, buf, sizeof(buf)),
				    rows[i].out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clean),
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
