// SPDX-License-Identifier: GPL-2.0
/* How old is what the host announces? */
#include "unit.h"

#include "age.h"

#define NOW_S	1666730185ULL
#define NOW_MS	((int64_t)NOW_S * 1000)

static void test_age(void **state)
{
	static const struct {
		const char *what;
		bool known;
		uint64_t made_s;
		int64_t wall_ms;
		uint64_t bound_ms;
		uint32_t age_ms;
	} rows[] = {
		{ "new", true, NOW_S, NOW_MS, 60000, 0 },
		{ "part of a second", true, NOW_S, NOW_MS + 700, 60000, 700 },
		{ "half a minute", true, NOW_S - 30, NOW_MS, 60000, 30000 },
		{ "the bound", true, NOW_S - 30, NOW_MS, 110, 110 },
		{ "at the bound", true, NOW_S - 30, NOW_MS, 30000, 30000 },
		{ "host ahead", true, NOW_S + 1, NOW_MS, 60000, 0 },
		{ "host a year ahead", true, NOW_S + 31536000, NOW_MS, 500, 0 },
		{ "guest's clock at 0", true, NOW_S, 0, 500, 0 },
		{ "guest's clock before 0", true, NOW_S, -5, 500, 0 },
		{ "unset by the host", true, 0, NOW_MS, 500, 500 },
		{ "unknown", false, NOW_S - 30, NOW_MS, 60000, 0 },
		{ "nonsense", true, UINT64_MAX, NOW_MS, 500, 0 },
		{ "would overflow", true, UINT64_MAX / 1000 + 1, NOW_MS, 500,
		  0 },
		{ "more than fits", true, 0, INT64_MAX, UINT64_MAX,
		  UINT32_MAX },
		{ "no time at all", true, NOW_S - 30, NOW_MS, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint32_t age_ms = event_age_ms(rows[i].known, rows[i].made_s,
					       rows[i].wall_ms,
					       rows[i].bound_ms, 0);

		if (age_ms != rows[i].age_ms)
			fail_msg("%s: %u ms, not %u", rows[i].what, age_ms,
				 rows[i].age_ms);
	}
}

#define SKEW	AGE_SKEW_MS

/* Nothing but the uptime bounds it: the guest's clock may be ahead. */
static void test_unbounded(void **state)
{
	static const struct {
		const char *what;
		int64_t clocks_ms;
		uint64_t uptime_ms;
		uint32_t age_ms;
	} rows[] = {
		{ "new", 0, 3600000, 0 },
		{ "guest behind", -90000, 3600000, 0 },
		{ "within the skew", SKEW - 1000, 3600000, 0 },
		{ "all of the skew", SKEW, 3600000, 0 },
		{ "past the skew", SKEW + 1500, 3600000, 1500 },
		{ "long past", 1800000, 3600000, 1800000 - SKEW },
		{ "older than the machine", 500000, 100000, 100000 - SKEW },
		{ "just booted", 500000, 30000, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint32_t age_ms = event_age_ms(true, NOW_S,
					       NOW_MS + rows[i].clocks_ms,
					       rows[i].uptime_ms, SKEW);

		if (age_ms != rows[i].age_ms)
			fail_msg("%s: %u ms, not %u", rows[i].what, age_ms,
				 rows[i].age_ms);
	}
	/* One that is live is not lost, one that is long over is. */
	assert_false(event_is_stale(event_age_ms(true, NOW_S, NOW_MS + 45000,
						 3600000, SKEW), 10000));
	assert_false(event_is_stale(event_age_ms(true, NOW_S, NOW_MS + 69999,
						 3600000, SKEW), 10000));
	assert_true(event_is_stale(event_age_ms(true, NOW_S, NOW_MS + 70000,
						3600000, SKEW), 10000));
}

static void test_stale(void **state)
{
	(void)state;
	assert_false(event_is_stale(0, 1));
	assert_false(event_is_stale(119999, 120000));
	assert_true(event_is_stale(120000, 120000));
	assert_true(event_is_stale(UINT32_MAX, 86400000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_age),
		cmocka_unit_test(test_unbounded),
		cmocka_unit_test(test_stale),
	};

	return cmocka_run_group_tests_name("age", tests, NULL, NULL);
}
