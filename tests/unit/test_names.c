// SPDX-License-Identifier: GPL-2.0
/* Words for the ABI's numbers, there and back. */
#include "unit.h"

#include <errno.h>
#include <linux/vmopnotify.h>

#include "names.h"

static void test_states(void **state)
{
	(void)state;
	for (uint32_t i = 0; i <= VMOPNOTIFY_STATE_EXPIRED; i++) {
		assert_string_not_equal(vmop_state_name(i), "unknown");
		assert_int_equal(vmop_state_by_name(vmop_state_name(i)), i);
	}
	assert_string_equal(vmop_state_name(VMOPNOTIFY_STATE_QUIESCING),
			    "quiescing");
	assert_string_equal(vmop_state_name(VMOPNOTIFY_STATE_EXPIRED + 1),
			    "unknown");
	assert_string_equal(vmop_state_name(UINT32_MAX), "unknown");
	assert_int_equal(vmop_state_by_name("Idle"), -EINVAL);
	assert_int_equal(vmop_state_by_name(""), -EINVAL);
}

static void test_events(void **state)
{
	(void)state;
	for (uint32_t i = VMOPNOTIFY_EVENT_ATTACHED;
	     i <= VMOPNOTIFY_EVENT_END; i++) {
		assert_string_not_equal(vmop_event_name(i), "unknown");
		assert_int_equal(vmop_event_by_name(vmop_event_name(i)), i);
	}
	assert_string_equal(vmop_event_name(VMOPNOTIFY_EVENT_TIMEOUT_CHANGE),
			    "timeout-change");
	assert_string_equal(vmop_event_name(0), "unknown");
	assert_string_equal(vmop_event_name(VMOPNOTIFY_EVENT_END + 1),
			    "unknown");
	assert_int_equal(vmop_event_by_name("unknown"), -EINVAL);
}

static void test_ends(void **state)
{
	(void)state;
	for (uint32_t i = 0; i <= VMOPNOTIFY_END_LOST; i++) {
		assert_string_not_equal(vmop_end_name(i), "unknown");
		assert_int_equal(vmop_end_by_name(vmop_end_name(i)), i);
	}
	assert_string_equal(vmop_end_name(VMOPNOTIFY_END_LOST + 1), "unknown");
	assert_int_equal(vmop_end_by_name("done"), -EINVAL);
}

static void test_flags(void **state)
{
	uint32_t all = 0;
	char buf[256], tiny[8];

	(void)state;
	for (unsigned int i = 0; i < 32; i++) {
		const char *name = vmop_flag_name(1U << i);

		if (!name)
			continue;
		assert_int_equal(vmop_flag_by_name(name), 1U << i);
		all |= 1U << i;
	}
	assert_int_equal(all, VMOPNOTIFY_F_DRILL | VMOPNOTIFY_F_GUARANTEED |
			 VMOPNOTIFY_F_LATE | VMOPNOTIFY_F_HOST_ACKED |
			 VMOPNOTIFY_F_LEFT | VMOPNOTIFY_F_STRAY |
			 VMOPNOTIFY_F_CONSUMER | VMOPNOTIFY_F_MEMBER |
			 VMOPNOTIFY_F_ASKED | VMOPNOTIFY_F_ACKED);
	assert_int_equal(vmop_flag_by_name("nonsense"), 0);
	assert_string_equal(vmop_flags_text(0, buf, sizeof(buf)), "");
	assert_string_equal(vmop_flags_text(VMOPNOTIFY_F_DRILL |
					    VMOPNOTIFY_F_LATE, buf,
					    sizeof(buf)), "drill,late");
	assert_string_equal(vmop_flags_text(VMOPNOTIFY_F_LATE | 0x40000, buf,
					    sizeof(buf)), "late,0x40000");
	assert_string_equal(vmop_flags_text(UINT32_MAX, tiny, sizeof(tiny)),
			    "drill,g");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_flags),
	};

	return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
