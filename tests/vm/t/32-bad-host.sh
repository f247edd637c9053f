#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Whatever the host and vmtoolsd do, the helper goes on and loses nothing.
. /lab/lib.sh
. /lab/helper.sh

# works NAME - a migration goes through
works() {
	works_id=$(host_get id start timeout=60)
	ok "$1: the next migration is acked" \
		host wait-ack id="$works_id" timeout=30
	host end id="$works_id" >/dev/null
	ok "$1: and ends" within 30 state_is idle
}

# log_says TEXT - the helper's log comes to have it
log_says() {
	within 20 log_has "$1"
}

# new_log - the helper's, from here on; what it has said is in $LOG.before
new_log() {
	cat $LOG >>$LOG.before
	: >$LOG
}

write_conf "vmtoolsd_path = /nonexistent/vmtoolsd"
spawn_helper
ok "vmtoolsd missing: it says so" log_says /nonexistent/vmtoolsd
fails "and does not give up" helper_is_gone
is "$(state)" detached "and is detached"
kill_helper TERM

new_log
touch /tmp/not-executable
write_conf "vmtoolsd_path = /tmp/not-executable"
spawn_helper
ok "vmtoolsd not executable: it says so" log_says "ermission denied"
fails "and does not give up" helper_is_gone
kill_helper TERM

# Long enough for this machine, which may be a slow one, and slower yet in a
# moment: an event is lost with a vmtoolsd that is killed when it has just got it.
began=$(uptime_ms)
vmtoolsd --cmd "info-get guestinfo.none" >/dev/null 2>&1
rpc_timeout_ms=$((3000 + 4 * ($(uptime_ms) - began)))

new_log
start_helper "rpc_timeout_ms = $rpc_timeout_ms"
ok "the helper attaches" helper_is_attached
app one
within 10 value_is consumers 1

for mode in hang garbage truncated megabytes slow=300 text unknown down; do
	host misbehave $mode count=2 rpc=check-for-event >/dev/null
	host wait-polls n=3 timeout=30 >/dev/null
	works "polls answered with $mode"
done
host misbehave hang >/dev/null
new_log
ok "an RPC that hangs is told" within $((20 + rpc_timeout_ms / 1000)) \
	log_has "$rpc_timeout_ms ms"
is "$(state)" idle "and the kernel stays armed"
few_vmtoolsd() {
	[ "$(pidof vmtoolsd | wc -w)" -le 1 ]
}
ok "and leaves no processes" few_vmtoolsd
host misbehave none >/dev/null
works "after hanging"

host misbehave hang count=1 rpc=ack-event >/dev/null
id=$(host_get id start timeout=60)
ok "an ack that hangs is sent again" host wait-ack id="$id" timeout=30
host end id="$id" >/dev/null
within 20 state_is idle

host misbehave hang count=1 rpc=check-for-event >/dev/null
within 10 pidof vmtoolsd >/dev/null
killall -9 vmtoolsd 2>/dev/null
works "a vmtoolsd that is killed"

# It may be detached too shortly for the state to tell.
times_detached() {
	dmesg | grep -c "helper detached"
}
detached_again() {
	[ "$(times_detached)" -gt "$before" ]
}
for mode in forget not-enabled; do
	before=$(times_detached)
	host misbehave $mode count=1 rpc=check-for-event >/dev/null
	ok "$mode: seen" within 30 detached_again
	ok "$mode: registered again" within 60 state_is idle
	works "$mode"
done

# Events that are wrong; those whose operation can be told are not lost.
V='"version":"1.0.0", "result": true'
E='"eventGenTimeInSec": 1, "notificationTypes": ["sla-miss"]'
T='"notificationTimeoutInSec": 60'
S='"eventType": "start", "opType": "host-migration"'

refused() {
	new_log
	before=$(cat $SYS/operations)
	host raw "$2" >/dev/null
	host wait-polls n=2 timeout=20 >/dev/null
	is "$(cat $SYS/operations)" "$before" "$1: no operation"
	ok "$1: told" log_says "${3:-operationId}"
}

refused "a start without operationId" "{$V, $S, $E, $T}"
refused "a negative operationId" "{$V, $S, $E, $T, \"operationId\": -5}"
refused "a huge operationId" \
	"{$V, $S, $E, $T, \"operationId\": 18446744073709551616}"
refused "an operationId in text" "{$V, $S, $E, $T, \"operationId\": \"12\"}"
refused "a float operationId" "{$V, $S, $E, $T, \"operationId\": 1.5}"
refused "two operationIds" \
	"{$V, $S, $E, $T, \"operationId\": 1, \"operationId\": 2}"
refused "an unknown eventType" \
	"{$V, \"eventType\": \"dance\", $E, \"operationId\": 1}" dance
refused "a JSON array" "[1, 2, 3]" "bject"
deep=$(printf '%2000s' '' | tr ' ' '[')
refused "deep nesting" "{$V, \"x\": $deep" "est"

# taken NAME EVENT - each with an id of its own, for whether it is acked before
# it ends nobody knows, and one that comes again would be acked twice
N=9007199254740993
taken() {
	N=$((N + 2))
	host raw "$(echo "$2" | sed "s/@N/$N/")" >/dev/null
	ok "$1: taken all the same" within 20 value_is operation_id $N
	host raw "{$V, \"eventType\": \"end\", \"opStatus\": \"success\",\
 \"operationId\": $N}" >/dev/null
	ok "$1: and ended" within 20 state_is idle
}

taken "no timeout" "{$V, $S, \"operationId\": @N}"
taken "a negative timeout" \
	"{$V, $S, \"notificationTimeoutInSec\": -3, \"operationId\": @N}"
taken "a huge timeout" \
	"{$V, $S, \"notificationTimeoutInSec\": 99999999999, \"operationId\": @N}"
taken "a timeout in text" \
	"{$V, $S, \"notificationTimeoutInSec\": \"60\", \"operationId\": @N}"
taken "no opType" "{$V, \"eventType\": \"start\", $T, \"operationId\": @N}"
taken "an opType without end" \
	"{$V, \"eventType\": \"start\", \"opType\": \"$(printf '%300s' '' |
	tr ' ' x)\", $T, \"operationId\": @N}"
taken "a time in the future" \
	"{$V, $S, $T, \"eventGenTimeInSec\": 99999999999, \"operationId\": @N}"

new_log
kill_helper
before=$(cat $SYS/operations)
# The first that a helper hears may seem old because of a clock that is ahead.
host start age=40 timeout=10 >/dev/null
spawn_helper
ok "a start that a clock makes look old is not lost" \
	within 20 value_is operations $((before + 1))
host end >/dev/null
within 20 state_is idle

new_log
kill_helper
before=$(cat $SYS/operations)
# No event is older than the machine, and a minute of that may be the clock's.
older_than_that() {
	[ "$(cut -d. -f1 /proc/uptime)" -gt 65 ]
}
within 70 older_than_that
host start age=500 timeout=2 >/dev/null
spawn_helper
ok "a stale start is told" log_says "stopped waiting"
is "$(cat $SYS/operations)" "$before" "and nobody is asked to quiesce"
host end >/dev/null
works "after it"
all_resumed() {
	[ "$(grep -c '^quiesce' /tmp/app.one)" = \
		"$(grep -c '^unquiesce' /tmp/app.one)" ]
}
ok "nobody has been left quiesced" within 20 all_resumed
# On a machine that is slow enough, the answer to an ack may come too late.
unheard=$(cat $LOG.before $LOG | grep -c "does not take the ack")
ok "that an ack hung was told" [ "$unheard" -ge 1 ]
ok "no ack that the host was heard to take was sent again" \
	[ "$(host_get double_acks stats)" -lt "$unheard" ]

new_log
for conf in "poll_interval_ms = fast" "no_such_key = 1"; do
	write_conf "$conf"
	vmopnotifyd --config /tmp/vmopnotifyd.conf >/tmp/out 2>&1
	is $? 2 "\"$conf\" in the configuration: exit status 2"
	like "$(cat /tmp/out)" "*vmopnotifyd.conf:4:*${conf%% =*}*" \
		"with file, line and key"
done
kill_helper TERM
done_testing
