#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Each phase fails, by a real cause: the guest runs where it is to, those in it
# that got quiet have resumed, nothing is left behind, and the next migration
# succeeds.
. tests/lab/test.sh

# fails_back PHASE WORDS - and the guest stays
fails_back() {
	local at

	at=$(current)
	try 1 "$1 fails" migrate --fail "$1"
	like "$said" "*$1 *FAILED: *$2*" "$1: it says why"
	ok "$1: the guest runs where it was, and all have resumed" \
		is_at_rest "$at"
	is "$(over status)" failure "$1: that is logged"
	try 0 "$1: the next migration succeeds" migrate
}

# fails_forth PHASE WORDS - and the guest has moved
fails_forth() {
	local to

	to=$(other)
	try 3 "$1 fails" migrate --fail "$1"
	like "$said" "*$1 *FAILED: *$2*" "$1: it says why"
	ok "$1: the guest has moved, and all have resumed" is_at_rest "$to"
	is "$(over status)" success "$1: that is logged"
	try 0 "$1: the next migration succeeds" migrate
}

boot_id=$(guest cat /proc/sys/kernel/random/boot_id)
fails_back precheck "is not running: paused"
fails_back select-destination "a QEMU runs on"
fails_back check-compatibility "CPU model: max on ?, qemu64 on ?"
fails_back reserve "reserved for another"
fails_back prepare-source "downtime_limit"
fails_back notify "gives up"
fails_back prepare-destination "no-such-device"
fails_back initiate-destination "no-such-folder"
fails_back initiate-source "nobody-listens"
fails_back precopy "has gone"
fails_back stun "cancelled"
fails_back last-changes "has gone"
fails_back switch-over "has gone"
fails_back resume "has gone"
fails_forth complete-source "did not quit"
fails_forth complete-destination "reserved: Is a directory"

# Nobody tells of the end: the module gives up waiting.
guest "echo 1 >/sys/module/vmopnotify/parameters/end_timeout_s" >/dev/null
fails_forth_end() {
	local to

	to=$(other)
	try 3 "end fails" migrate --fail end --timeout 2
	like "$said" "*end *FAILED: lost*" "end: it says why"
	ok "end: the guest gives up waiting, and all resume" is_at_rest "$to"
	ok "end: it has ended as lost" guest \
		"[ \$(cat /sys/kernel/vmopnotify/last_result) = lost ]"
	try 0 "end: the next migration succeeds" migrate
}
fails_forth_end
guest "echo 3600 >/sys/module/vmopnotify/parameters/end_timeout_s" >/dev/null

# And where it is still awaited, the next one takes its place.
to=$(other)
try 3 "an end is lost again" migrate --fail end --timeout 60
ok "that operation is open" guest state_is quiesced
try 0 "the next migration succeeds in the middle of it" migrate
is "$(over ack)" acked "it is acked"
ok "and all have resumed" is_at_rest "$(current)"
is "$(guest cat /proc/sys/kernel/random/boot_id)" "$boot_id" \
	"after all of this it is the guest that it was"
done_testing
