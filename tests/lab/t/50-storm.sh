#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Many migrations, of a guest that asks the host for news each 20 ms: what was
# on its way between the two when the one process gave place to the other is not
# lost, and is not done twice.
. tests/lab/test.sh

N=5

all_are_fetched() {
	[ "$(host --field queued stats)" = "$(host --field delivered stats)" ]
}

# Others before this may have come late: what they acked had been cancelled.
odd_acks() {
	echo "$(host --field double_acks stats)" \
		"$(host --field late_acks stats)" \
		"$(host --field unknown_acks stats)"
}

# storm HOST - all of them, and each notice comes and is acked once
storm() {
	local before acks queued odd

	before=$(guest grep -cx quiesce /tmp/app.one)
	acks=$(host --field acks stats)
	queued=$(host --field queued stats)
	odd=$(odd_acks)
	try 0 "$1: $N migrations succeed" vmotion storm $N --bandwidth 0
	like "$said" "*$N migrations: $N moved, 0 failed, 0 not clean; $N acked*" \
		"$1: and are summed up"
	ok "$1: all have resumed" is_at_rest "$(current)"
	is "$(host --field acks stats)" $((acks + N)) \
		"$1: the host has an ack of each"
	is "$(odd_acks)" "$odd" "$1: none twice, late, or of no notice"
	is "$(host --field queued stats)" $((queued + 2 * N)) \
		"$1: it had two notices of each to give"
	ok "$1: and each was fetched" within 10 all_are_fetched
	is "$(guest grep -cx quiesce /tmp/app.one)" $((before + N)) \
		"$1: each application got quiet so often"
}

boot_id=$(guest cat /proc/sys/kernel/random/boot_id)
storm "a host that answers at once"
# Then there is hardly a moment without one on its way.
host misbehave slow=200 rpc=check-for-event >/dev/null
storm "a host that takes its time"
host misbehave none >/dev/null
is "$(guest cat /proc/sys/kernel/random/boot_id)" "$boot_id" \
	"it is the guest that it was"
done_testing
