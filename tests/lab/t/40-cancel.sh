#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Migrations that are cancelled, killed, or that nobody acks in time.
. tests/lab/test.sh

# phase_is PHASE - of the migration under way
phase_is() {
	[[ $(vmotion status --json) == *'"phase":"'"$1"'"'*'"under_way":true'* ]]
}

# begin - one, in the background; slow enough to be met in the middle
begin() {
	"$lab/vmotion" start --bandwidth 4 >"$work/said" 2>&1 &
	begun=$!
}

at=$(current)
begin
ok "a migration sends memory" within 20 phase_is precopy
fails "another one is refused" migrate
try 0 "it is cancelled" vmotion cancel
like "$said" "*cancelled: the guest runs on $at*" "and said so"
wait $begun
is $? 1 "its vmotion exits with 1"
ok "the guest runs where it was, and all have resumed" is_at_rest "$at"
is "$(over status)" cancelled "that is logged"
try 2 "without one there is nothing to cancel" vmotion cancel

# Somebody who does not get quiet.
guest "vmopnotifyctl run --name slow --quiesce 'sleep 600' --unquiesce true \
	--on-failure hold >/dev/null 2>&1 & echo \$! >/tmp/slow
	within 10 value_is consumers 3" >/dev/null
begin
ok "one waits for the ack" within 20 phase_is notify
kill -INT $begun
wait $begun
is $? 1 "Ctrl-C ends it"
is "$(over status)" cancelled "as a cancel"
ok "all have resumed" is_at_rest "$at"
try 0 "where no ack comes in time it goes ahead" migrate --timeout 2
is "$(over ack)" timeout "and says so"
try 0 "the timeout can be changed" vmotion timeout 2
try 0 "and is in force for the next" migrate
is "$(over ack)" timeout "which goes ahead in time"
vmotion timeout 120 >/dev/null
guest "kill \$(cat /tmp/slow); within 10 value_is consumers 2" >/dev/null
ok "all have resumed once more" is_at_rest "$at"

begin
ok "one is on its way" within 20 phase_is precopy
kill -KILL $begun
wait $begun 2>/dev/null
like "$(vmotion status)" "*KILLED in its phase precopy*" \
	"the status tells of one that was killed"
try 0 "the next one cleans up, and succeeds" migrate
like "$said" "*was killed in its phase precopy: cleaned up*" "and says so"
ok "all is well after that" is_at_rest "$(current)"

at=$(current)
begin
ok "one more is on its way" within 20 phase_is precopy
kill -KILL $begun
wait $begun 2>/dev/null
mv "$VMOTION_LAB/$at/qmp" "$VMOTION_LAB/$at/away"
try 2 "where QEMU cannot be asked, the next one does not begin" migrate
like "$said" "*the next vmotion tries again*" "and says what to do"
like "$(vmotion status)" "*KILLED in its phase precopy*" "nothing is written off"
mv "$VMOTION_LAB/$at/away" "$VMOTION_LAB/$at/qmp"
try 0 "once it can, the next one cleans up, and succeeds" migrate
ok "all is well after that, too" is_at_rest "$(current)"
done_testing
