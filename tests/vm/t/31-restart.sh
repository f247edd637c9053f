#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The helper is killed in every state, and the next one goes on.
. /lab/lib.sh
. /lab/helper.sh

start_helper
ok "the helper attaches" helper_is_attached
app one
within 10 value_is consumers 1
registrations=$(host_get registrations stats)

kill_helper
ok "killed while idle: detached" within 10 state_is detached
id=$(host_get id start timeout=60)
spawn_helper
ok "a start that came without it is taken by the next" \
	host wait-ack id="$id" timeout=20
host end id="$id" >/dev/null
ok "and its end" within 20 state_is idle
is "$(host_get registrations stats)" "$registrations" \
	"with the stored token: it has not registered again"

# Somebody who acks only when told to.
hold() {
	vmopnotifyctl run --name held --on-failure hold \
		--quiesce "until [ -e /tmp/go ]; do usleep 10000; done" \
		--unquiesce "rm -f /tmp/go" >>/tmp/app.log 2>&1 &
	holder=$!
	within 10 value_is consumers 2
}
hold

id=$(host_get id start timeout=60)
ok "quiescing" within 20 state_is quiescing
kill_helper
is "$(state)" quiescing "killed while quiescing: the operation goes on"
touch /tmp/go
ok "all get quiet without it" within 20 state_is quiesced
like "$(host wait-ack id="$id" timeout=0)" '*"acks":0,*' "the host does not know"
spawn_helper
ok "the next one acks" host wait-ack id="$id" timeout=20
host_acked() {
	vmopnotifyctl status --json | grep -q '"host_acked":[[:space:]]*true'
}
ok "and notes that it has" within 10 host_acked
kill_helper
is "$(state)" quiesced "killed while quiesced: the operation goes on"
host end id="$id" >/dev/null
spawn_helper
ok "the next one takes the end" within 20 state_is idle
is "$(host_get double_acks stats)" 0 "and has not acked again"
ok "the application has resumed" within 20 \
	app_did one quiesce unquiesce quiesce unquiesce

# Long enough to be no stale one by the time it is heard of.
id=$(host_get id start timeout=8)
ok "expired" within 30 state_is expired
kill_helper
is "$(state)" expired "killed while expired: the operation goes on"
spawn_helper
within 20 helper_is_attached
kill -9 $holder
ok "who is missing goes: quiesced, late" within 20 state_is quiesced
ok "which the host is told all the same" host wait-ack id="$id" acks=1 timeout=20
host end id="$id" >/dev/null
ok "the end comes through the next one" within 20 state_is idle

hold
id=$(host_get id start timeout=60)
within 20 state_is quiescing
kill_helper TERM
is "$helper_status" 0 "SIGTERM with an operation open"
ok "keeps the token for the next one" [ -s $TOKEN ]
is "$(state)" quiescing "and the operation"
spawn_helper
within 20 helper_is_attached
touch /tmp/go
ok "which the next one acks" host wait-ack id="$id" timeout=20
host end id="$id" >/dev/null
ok "and ends" within 20 state_is idle
is "$(host_get registrations stats)" "$registrations" \
	"all that with one registration"

: >$LOG
first=$helper
vmopnotifyd --config /tmp/vmopnotifyd.conf >>/tmp/second.log 2>&1 &
second=$!
second_says() {
	grep -q "$1" /tmp/second.log
}
ok "a second helper is refused, and told by whom" within 20 \
	second_says "pid $first"
ok "as EBUSY" second_says EBUSY
kill -9 "$first"
helper=$second
second_attached() {
	grep -q "attached to the kernel" /tmp/second.log
}
ok "it takes over when the first dies" within 40 second_attached
id=$(host_get id start timeout=60)
touch /tmp/go
ok "and does its work" host wait-ack id="$id" timeout=20
host end id="$id" >/dev/null
within 20 state_is idle

kill -9 "$holder"
host forget >/dev/null
ok "a host that forgot the token: registered anew" within 40 \
	host wait-registered timeout=1
ok "and attached" within 20 state_is idle
id=$(host_get id start timeout=60)
ok "and working" host wait-ack id="$id" timeout=20
host forget >/dev/null
ok "a host that forgets in mid-operation leaves nobody quiesced" \
	within 60 state_is idle
host start >/dev/null
ok "and the next operation works" host wait-ack timeout=20
host end >/dev/null
within 20 state_is idle
kill_helper TERM
done_testing
