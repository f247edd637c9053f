#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2034 # what helper.sh goes by
#
# The helper calls the library itself: the job is done, a host that hangs holds
# up nothing, and where the library is of no use there is the command.
. /lab/lib.sh
. /lab/helper.sh

# log_says TEXT - the helper's log comes to have it
log_says() {
	within 20 log_has "$1"
}

# works NAME - a migration goes through
works() {
	works_id=$(host_get id start timeout=60)
	ok "$1: a migration is acked" \
		host wait-ack id="$works_id" timeout=30
	host end id="$works_id" >/dev/null
	ok "$1: and ends" within 30 state_is idle
}

# command_lines_have WORD - not by a command, which would have one of its own
command_lines_have() {
	case $(cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' ' ') in
	*"$1"*) ;;
	*) false ;;
	esac
}

TRANSPORT=libvmtools
DOOR=$VMXDOOR
start_helper
ok "the helper attaches" helper_is_attached
ok "the host has it registered" host wait-registered timeout=5
app one
within 10 value_is consumers 1

id=18446744073709551615
host start id=$id timeout=60 >/dev/null
ok "the host has one ack" host wait-ack id=$id timeout=20
is "$(host_get acks wait-ack id=$id)" 1 "for that id, all 64 bits of it"
ok "the application has quiesced" app_did one quiesce
ok "the machine is stunned" host stun 300
is "$(state)" quiesced "nobody resumes before the end"
host end id=$id >/dev/null
ok "the end makes it idle" within 20 state_is idle
ok "the application resumes" within 20 app_did one quiesce unquiesce
host timeout-change new=45 >/dev/null
ok "a timeout-change is taken" log_says "45000 ms"
fails "no vmtoolsd was run" pidof vmtoolsd
fails "the token is on no command line" command_lines_have "$(cat $TOKEN)"
fails "and not in the log" grep -qF "$(cat $TOKEN)" $LOG

for mode in garbage truncated megabytes slow=300 text unknown down; do
	host misbehave $mode count=2 rpc=check-for-event >/dev/null
	host wait-polls n=3 timeout=30 >/dev/null
	works "polls answered with $mode"
done

kill_helper
id=$(host_get id start timeout=60)
spawn_helper
ok "a start that came without it is taken by the next" \
	host wait-ack id="$id" timeout=20
host end id="$id" >/dev/null
ok "and its end" within 20 state_is idle
kill_helper TERM
is "$helper_status" 0 "SIGTERM ends it well"
ok "the host no longer has it registered" host wait-unregistered timeout=5

# Nor is anything lost with each call, by the library or by us.
start_helper "poll_interval_ms = 10"
kib() {
	sed -n 's/^RssAnon:[^0-9]*\([0-9]*\) kB/\1/p' /proc/"$helper"/status
}
files() {
	echo /proc/"$helper"/fd/[0-9]* | wc -w
}
files_are() {
	[ "$(files)" -le "$1" ]
}
host wait-polls n=300 timeout=60 >/dev/null
had_kib=$(kib)
host wait-polls n=1000 timeout=120 >/dev/null
diag "$had_kib KiB, 1000 polls later $(kib) KiB"
ok "1000 polls take no memory" [ "$(kib)" -lt $((had_kib + 64)) ]
# In the middle of a call the door has some of its own.
ok "and no files" within 10 files_are 10
kill_helper TERM

# A host that answers when nobody waits any more.  Both are there before it is
# asked: the slow answer has the event.
rpc_timeout_ms=1000
start_helper "rpc_timeout_ms = $rpc_timeout_ms"
: >$LOG
pause_between_rpcs
host misbehave slow=4000 count=1 rpc=check-for-event >/dev/null
id=$(host_get id start timeout=60)
kill -CONT "$helper"
ok "a reply that is late is told" log_says "within $rpc_timeout_ms ms"
is "$(state)" idle "the kernel stays armed"
ok "the loop goes on: others fail at once" log_says "has not returned"
ok "an event that came with it is not lost" host wait-ack id="$id" timeout=30
host end id="$id" >/dev/null
ok "and ends" within 30 state_is idle

# Told to stop meanwhile: what the call may bring is waited for, as long as an RPC
# may take.
kill_helper TERM
start_helper "rpc_timeout_ms = 10000"
: >$LOG
pause_between_rpcs
host misbehave slow=12000 count=1 rpc=check-for-event >/dev/null
id=$(host_get id start timeout=60)
kill -CONT "$helper"
ok "another reply is late" log_says "within 10000 ms"
kill_helper TERM
is "$(cat $SYS/operation_id)" "$id" \
	"SIGTERM meanwhile: the event that came with it is passed on"
ok "the token is kept" [ -s $TOKEN ]
start_helper "rpc_timeout_ms = $rpc_timeout_ms"
ok "the next one acks" host wait-ack id="$id" timeout=30
host end id="$id" >/dev/null
ok "and takes the end" within 30 state_is idle

# One that never answers: its thread hangs for good, and the process need not.
: >$LOG
host misbehave hang count=1 rpc=check-for-event >/dev/null
ok "an RPC that hangs is told" log_says "within $rpc_timeout_ms ms"
is "$(state)" idle "and the kernel stays armed"
kill_helper TERM
is "$helper_status" 0 "SIGTERM ends it while a thread hangs"
ok "the token is kept" [ -s $TOKEN ]
spawn_helper
within 20 helper_is_attached
works "the next one"
: >$LOG
host misbehave hang count=1 rpc=ack-event >/dev/null
id=$(host_get id start timeout=60)
ok "an ack that hangs is told" log_says "within $rpc_timeout_ms ms"
kill -KILL "$helper"
wait "$helper" 2>/dev/null
spawn_helper
ok "and is sent by the next" host wait-ack id="$id" timeout=30
host end id="$id" >/dev/null
ok "which takes the end" within 20 state_is idle
kill_helper TERM

# Without a door this is a machine that VMware does not run.
: >$LOG
DOOR=
write_conf
spawn_helper
ok "no VMware: it says so" log_says "no virtual machine of VMware's"
fails "and does not die" helper_is_gone
is "$(state)" detached "and is detached"
kill_helper TERM

: >$LOG
write_conf "libvmtools_path = /nonexistent/libvmtools.so"
spawn_helper
ok "the library missing: it says so" log_says /nonexistent/libvmtools.so
kill_helper TERM

# auto
TRANSPORT=auto
DOOR=$VMXDOOR
: >$LOG
start_helper
ok "auto takes the library" log_says "transport: libvmtools"
works "auto with the library"
kill_helper TERM

: >$LOG
DOOR=
start_helper
ok "auto takes the command where the library finds no VMware" \
	log_says "transport: vmtoolsd"
ok "and says why" log_says "no virtual machine of VMware's"
works "auto without VMware"
kill_helper TERM

: >$LOG
DOOR=$VMXDOOR
start_helper "libvmtools_path = /nonexistent/libvmtools.so"
ok "auto takes the command where the library is missing" \
	log_says "transport: vmtoolsd"
works "auto without the library"
kill_helper TERM

ok "nobody has been left quiesced" [ "$(grep -c '^quiesce' /tmp/app.one)" = \
	"$(grep -c '^unquiesce' /tmp/app.one)" ]
is "$(host_get double_acks stats)" 0 "nothing was acked twice"
done_testing
