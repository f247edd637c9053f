#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The main job: from the host's notice to the applications, and back.
. /lab/lib.sh
. /lab/helper.sh

start_helper
ok "the helper attaches" helper_is_attached
ok "the host has it registered" host wait-registered timeout=5
is "$(state)" idle "the state is idle"
is "$(stat -c %a $TOKEN)" 600 "the token is stored for root alone"
token=$(cat $TOKEN)
fails "and is not in the log" grep -qF "$token" $LOG
like "$(cat $SYS/helper)" "vmopnotifyd *" "sysfs names the helper"

app one
app two --stage 1
ok "two applications join" within 10 value_is consumers 2
id=18446744073709551615
host start id=$id timeout=60 >/dev/null
ok "the host has one ack" host wait-ack id=$id timeout=20
is "$(host_get acks wait-ack id=$id)" 1 "for that id, all 64 bits of it"
ok "one has quiesced" app_did one quiesce
ok "two has quiesced" app_did two quiesce
is "$(state)" quiesced "the state is quiesced"
is "$(cat $SYS/operation_id)" $id "sysfs tells the operation"
like "$(vmopnotifyctl status)" "*$id*" "vmopnotifyctl status too"
like "$(vmopnotifyctl status --json | tr -d '\t\n ')" "*\"operation_id\":$id*" \
	"in JSON all its digits are kept"

ok "the machine is stunned" host stun 300
is "$(state)" quiesced "nobody resumes before the end"
host end id=$id >/dev/null
ok "the end makes it idle" within 20 state_is idle
ok "one resumes" within 20 app_did one quiesce unquiesce
ok "two resumes" within 20 app_did two quiesce unquiesce
is "$(cat $SYS/last_result)" success "and how it went is told"
ok "with the stun, as long as it was" [ "$(cat $SYS/last_stun_us)" -ge 250000 ]

host timeout-change new=45 >/dev/null
ok "a timeout-change is acked, too" within 20 log_has "45000 ms"

id=$(host_get id start timeout=60)
ok "a second migration" within 20 state_is quiesced
host wait-ack id="$id" timeout=20 >/dev/null
host end id="$id" status=failure >/dev/null
ok "that fails" within 20 value_is last_result failed
ok "lets them resume, too" within 20 \
	app_did one quiesce unquiesce quiesce unquiesce
is "$(host_get double_acks stats)" 0 "nothing is acked twice"

kill_helper TERM
is "$helper_status" 0 "SIGTERM ends the helper well"
ok "the host no longer has it registered" host wait-unregistered timeout=5
fails "its token is gone" [ -e $TOKEN ]
is "$(state)" detached "the state is detached"
start_helper
kill_helper INT
is "$helper_status" 0 "SIGINT does the same"
fails "with the token" [ -e $TOKEN ]
done_testing
