// SPDX-License-Identifier: GPL-2.0
/* How old is what the host announces? */
#include "age.h"

uint32_t event_age_ms(bool known, uint64_t made_s, int64_t wall_ms,
		      uint64_t bound_ms, uint32_t skew_ms)
{
	uint64_t age_ms;

	if (!known || wall_ms < 0)
		return 0;
	/* In seconds first: a time of nonsense must not overflow */
	if (made_s > (uint64_t)wall_ms / 1000)
		return 0;
	age_ms = (uint64_t)wall_ms - made_s * 1000;
	if (age_ms > bound_ms)
		age_ms = bound_ms;
	age_ms = age_ms > skew_ms ? age_ms - skew_ms : 0;
	return age_ms > UINT32_MAX ? UINT32_MAX : (uint32_t)age_ms;
}

bool event_is_stale(uint32_t age_ms, uint32_t timeout_ms)
{
	return age_ms >= timeout_ms;
}
