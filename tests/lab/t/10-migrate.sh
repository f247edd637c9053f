#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# One migration, of a guest that hears of it and goes on as it was.
. tests/lab/test.sh

boot_id=$(guest cat /proc/sys/kernel/random/boot_id)
counted=$(guest cat /tmp/counter)
acks=$(host --field acks stats)

try 0 "the guest migrates" vmotion start --stun 100 --timeout 30
is "$(current)" b "it is on the other host"
ok "nothing is left on the first, and all in the guest have resumed" \
	is_at_rest b
is "$(guest cat /proc/sys/kernel/random/boot_id)" "$boot_id" \
	"it is the guest that it was, not one booted anew"
now=$(guest cat /tmp/counter)
ok "what it counts goes on from there" [ "$now" -gt "$counted" ]
ok "and goes on" within 10 guest "[ \$(cat /tmp/counter) -gt $now ]"
ok "its applications got quiet once" guest quiesced 1
is "$(over ack) $(over status)" "acked success" "what came of it is logged"
is "$(host --field acks stats)" $((acks + 1)) "the host has one ack more"
is "$(host --field double_acks stats)" 0 "and none twice"
is "$(host --field id wait-ack id="$(over operation_id)" timeout=1)" \
	"$(over operation_id)" "the operation is logged under the host's id"
stun_us=$(guest cat /sys/kernel/vmopnotify/last_stun_us)
ok "the guest has measured the stun" [ "$stun_us" -ge 100000 ]

phases=$(python3 -c 'import json, sys
for line in open(sys.argv[1]):
    line = json.loads(line)
    if line["event"] == "done" and line["phase"] != "over":
        print(line["phase"])' "$VMOTION_LAB/vmotion.log")
is "${phases//$'\n'/ }" "precheck select-destination check-compatibility reserve\
 prepare-source notify prepare-destination initiate-destination\
 initiate-source precopy stun last-changes switch-over resume complete-source\
 complete-destination end" "all phases are logged, in order"

try 0 "it migrates back" migrate --json
is "$(current)" a "it is where it was"
ok "the lines printed are those of the log" \
	diff <(echo "$said") <(tail -n "$(wc -l <<<"$said")" "$VMOTION_LAB/vmotion.log")
ok "all is as it was" is_at_rest a
done_testing
