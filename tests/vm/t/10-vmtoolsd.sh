#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The lab itself: the real vmtoolsd, and what it shows its caller of the
# simulated host's replies.
. /lab/lib.sh

APP='{"appName": "demo", "notificationTypes": ["sla-miss"]}'
OK='{"version":"1.0.0", "result": true'
OLD=1666730185

# call RPC [ARGUMENT] - leaves $out, $err and $status
call() {
	timeout -s KILL 20 vmtoolsd --cmd "vm-operation-notification.$*" \
		>/tmp/out 2>/tmp/err
	status=$?
	out=$(cat /tmp/out)
	err=$(cat /tmp/err)
}

check() {
	call check-for-event "{\"uniqueToken\": \"$token\"}"
}

ack() {
	call ack-event "{\"operationId\": $1, \"uniqueToken\": \"$token\"}"
}

refused() {
	echo "{\"version\":\"1.0.0\", \"result\": false, \"errorMessage\":" \
		"\"vm-operation-notification.$1: Invalid input: $2, please" \
		"see schema for detail and examples\" }"
}

# Words that stay the same from run to run.
steady() {
	echo "$1" | sed -E 's/("eventGenTimeInSec": )[0-9]+/\1T/'
}

diag "registration"

call register "$APP"
is "$status" 0 "register succeeds"
token=$(echo "$out" | sed -n 's/.*"uniqueToken": "\([^"]*\)".*/\1/p')
is "$out" "$OK, \"guaranteed\": true, \"uniqueToken\": \"$token\",\
 \"notificationTimeoutInSec\": 120 }" "its reply is exact"
is "$(echo "$token" | sed 's/[0-9a-f]/x/g')" \
	xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx "the token is a UUID"
call register "$APP"
is "$status:$out" "1:" "a second application is refused with status 1"
is "$err" "$(refused register "Failed to register additional apps. Max\
 allowed limit of 1 concurrent apps already registered.")" \
	"it is told why on stderr"
call list
is "$out" "$OK, \"info\": [     {\"appName\": \"demo\",\
 \"notificationTypes\": [\"sla-miss\"]}] }" "list shows the application"
call nonsense
is "$status:$err" "1:Unknown command" "an unknown RPC is refused"
call check-for-event '{"uniqueToken": "525b5364-6caf-24a0-562c-87955647baa4"}'
is "$status:$err" "1:$(refused check-for-event \
	"Could not find application with the token.")" \
	"a wrong token is refused"

diag "events"

check
is "$status:$out" "0:$OK }" "no event yet"
big=18446744073709551615
host start id=$big timeout=60 dest_timeout=90 >/dev/null
host timeout-change new=30 >/dev/null
host end status=failure >/dev/null
check
is "$(steady "$out")" "$OK, \"eventType\": \"start\",  \"opType\":\
 \"host-migration\", \"eventGenTimeInSec\": T, \"notificationTimeoutInSec\":\
 60, \"destNotificationTimeoutInSec\": 90, \"notificationTypes\":\
 [\"sla-miss\"],  \"operationId\": $big }" "the oldest event comes first"
check
like "$out" "{\"version\":\"1.0.0\",  \"result\": true, \"eventType\":\
 \"timeout-change\",  \"eventGenTimeInSec\": *, \"notificationTimeoutInSec\":\
 120, \"newNotificationTimeoutInSec\": 30, *" "then the timeout-change"
change=$(echo "$out" | sed 's/.*"operationId": \([0-9]*\).*/\1/')
ack "$change"
is "$out" "$OK, \"operationId\": $change,  \"ackStatus\": \"ack_received\" }" \
	"a timeout-change is acked like a start"
check
is "$(steady "$out")" "{\"version\":\"1.0.0\",  \"result\": true,\
 \"eventType\": \"end\",  \"opType\": \"host-migration\", \"opStatus\":\
 \"failure\", \"eventGenTimeInSec\": T, \"notificationTypes\":\
 [\"sla-miss\"],  \"operationId\": $big }" "then the end"
check
is "$out" "$OK }" "then nothing"

diag "acks"

id=$(host_get id start timeout=60)
check
ack "$id"
is "$out" "$OK, \"operationId\": $id,  \"ackStatus\": \"ack_received\" }" \
	"the ack carries all digits of $id"
ok "the host has seen the ack" host wait-ack id="$id" timeout=1
is "$(host_get acks wait-ack id="$id")" 1 "once"
ack "$id"
ok "it sees a second ack" host wait-ack id="$id" acks=2 timeout=1
is "$(host_get double_acks stats)" 1 "and counts it"
id=$(host_get id start timeout=1)
fails "a start that nobody acks times out" host wait-ack id="$id" timeout=5
is "$(host_get timeouts stats)" 1 "and is counted"
ack "$id"
is "$(host_get late_acks stats)" 1 "an ack is late then"
host raw "{\"version\":\"1.0.0\", \"result\": true, \"eventGenTimeInSec\":\
 $OLD,  \"anything\": [1,  2]}" >/dev/null
check
check
is "$out" "{\"version\":\"1.0.0\", \"result\": true, \"eventGenTimeInSec\":\
 $OLD,  \"anything\": [1,  2]}" "a raw event comes as it is, after the others"

diag "misbehaviour"

misbehaves() {
	host misbehave "$@" count=1 rpc=check-for-event >/dev/null
	check
}

misbehaves garbage
is "$status:$(expr "$out" : '\[Invalid UTF-8\]')" 0:15 "garbage is printed"
misbehaves truncated
is "$status:$out" '0:{"version":"1.0.0' "a truncated reply is printed"
misbehaves megabytes
is "$status" 0 "megabytes are taken"
is "$(wc -c </tmp/out)" 4194356 "and printed"
misbehaves text
is "$status:$out:$err" "1::Permission denied" "plain text is an error"
misbehaves unknown
is "$status:$err" "1:Unknown command" "the service may not be there at all"
misbehaves forget
is "$err" "$(refused check-for-event \
	"Could not find application with the token.")" "a forgotten token"
misbehaves not-enabled
is "$err" "$(refused check-for-event \
	"VM operation notification not enabled on this VM")" "not enabled"
before=$(uptime_ms)
misbehaves slow=700
is "$out" "$OK }" "a slow reply comes"
ok "when it does" [ $(($(uptime_ms) - before)) -ge 700 ]
host misbehave down >/dev/null
check
is "$status:$out:$err" "1::RpcOut: Unable to send the RPCI command" \
	"a hypervisor that does not carry the message"
host misbehave none >/dev/null
host reply check-for-event '0 as it  pleases' >/dev/null
check
is "$status:$err" "1:as it  pleases" "a reply made by hand"
host disable >/dev/null
call list
is "$err" "$(refused list "VM operation notification not enabled on this VM")" \
	"a feature switched off"
host enable >/dev/null

diag "a vmtoolsd that is killed leaves a clean port"

# abandon MODE - kills a vmtoolsd once the host has its request
abandon() {
	host misbehave "$1" count=1 rpc=check-for-event >/dev/null
	polls=$(host_get polls stats)
	vmtoolsd --cmd "vm-operation-notification.check-for-event {}" \
		>/dev/null 2>&1 &
	host wait-polls total=$((polls + 1)) timeout=10 >/dev/null
	kill -9 $!
	wait $! 2>/dev/null
}

for mode in hang slow=300 megabytes garbage; do
	abandon "$mode"
	call list
	like "$out" "$OK, \"info\": *" "killed with a reply of \"$mode\" due"
done

diag "several at once"

many=0
for i in 1 2 3 4 5 6; do
	vmtoolsd --cmd "vm-operation-notification.check-for-event\
 {\"uniqueToken\": \"$token\"}" >/tmp/many.$i 2>&1 &
	host wait-polls n=1 timeout=10 >/tmp/wait.$i 2>&1 &
done
wait
for i in 1 2 3 4 5 6; do
	[ "$(cat /tmp/many.$i)" = "$OK }" ] && many=$((many + 1))
done
is "$many" 6 "all are answered"

diag "the end"

id=$(host_get id start)
call unregister "{\"uniqueToken\": \"$token\"}"
is "$out" "$OK }" "unregister succeeds"
call list
is "$out" "$OK, \"info\": [] }" "nobody is registered"
check
is "$status:$out" "1:" "the token is of no use any more"
call register "$APP"
fails "a new token is another" [ "${out#*"$token"}" != "$out" ]
token=$(echo "$out" | sed -n 's/.*"uniqueToken": "\([^"]*\)".*/\1/p')
check
is "$out" "$OK }" "and brings none of the old events"
ok "a stun" host stun 500
done_testing
