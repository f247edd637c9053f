#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The samples of consumers: each does what it is there to show.
. /lab/lib.sh

SYS=/sys/kernel/vmopnotify
P=/sys/module/vmopnotify_pause/parameters
D=/sys/module/vmopnotify_drain/parameters
G=/sys/module/vmopnotify_guard/parameters

state_is() {
	[ "$(cat $SYS/state)" = "$1" ]
}
param_is() {
	[ "$(cat "$1")" = "$2" ]
}
grown() {
	[ "$(cat "$1")" -gt "$2" ]
}

# Programs.
consumers_are() {
	[ "$(cat $SYS/consumers)" = "$1" ]
}
said() {
	[ "$(tr '\n' ' ' </tmp/said)" = "$1" ]
}
for sample in "consumer quiesce resume" "rt_loop quiet goes on"; do
	name=${sample%% *}
	words=${sample#* }
	"sample-$name" >/tmp/said &
	ok "$name joins" within 10 consumers_are 1
	ok "a drill" drill start 5
	ok "it acks" within 10 state_is quiesced
	ok "the drill's end" drill end 5
	ok "it said: $words" within 10 said "$words "
	kill $!
	ok "and leaves" within 10 consumers_are 0
done

# A real-time thread that pauses.
ok "pause loads" insmod /lab/extra/vmopnotify_pause.ko
fails "vmopnotify cannot be unloaded under it" rmmod vmopnotify
like "$(vmopnotifyctl consumers)" "*pause*kernel*" "it is listed, as the kernel's"
is "$(cat $P/paused)" N "its thread runs"
# The 41st field of its stat; the name has no blanks.
policy() {
	cut -d ' ' -f 41 "/proc/$1/stat"
}
thread=$(grep -l '^vmopnotify_paus' /proc/[0-9]*/comm | cut -d / -f 3)
is "$(policy "$thread")" 1 "at a real-time priority"
ok "a drill" drill start 7
ok "pauses it" within 10 param_is $P/paused Y
ok "and all are quiet" within 10 state_is quiesced
turns=$(cat $P/turns)
ok "the drill's end" drill end 7
ok "lets it run" within 10 param_is $P/paused N
ok "which it does" within 10 grown $P/turns "$turns"
ok "a drill again" drill start 8
ok "pauses it again" within 10 param_is $P/paused Y
ok "unloading a consumer that is quiet" rmmod vmopnotify_pause
ok "the drill's end without it" drill end 8

# A driver that acks late, from a soft interrupt.
ok "drain loads" insmod /lab/extra/vmopnotify_drain.ko latency_ms=2000
ok "requests are done" within 10 grown $D/completed 0
# When one has just begun, so that it takes a while yet.
completed=$(cat $D/completed)
within 10 grown $D/completed "$completed"
ok "a drill" drill start 9
is "$(cat $SYS/pending)" 1 "waits for the request in flight"
ok "which acks when it is done" within 10 state_is quiesced
is "$(cat $D/drained)" Y "drained"
completed=$(cat $D/completed)
ok "the drill's end" drill end 9
ok "lets requests go on" within 10 grown $D/completed "$completed"
ok "a drill that ends before it has drained" drill start 10
ok "does no harm" drill end 10
completed=$(cat $D/completed)
ok "requests go on" within 10 grown $D/completed "$((completed + 1))"
ok "a drill with it unloaded in the middle" drill start 11
ok "unloading it" rmmod vmopnotify_drain
ok "is an ack" within 10 state_is quiesced
ok "the drill's end" drill end 11

# A guard against false alarms.  Watchdogs alarm after twice this.
thresh=/proc/sys/kernel/watchdog_thresh
if [ -e $thresh ]; then
	old=$(cat $thresh)
	echo 2 >$thresh
	ok "guard loads" insmod /lab/extra/vmopnotify_guard.ko
	ok "a drill" drill start 12
	ok "guards" within 10 param_is $G/guarding Y
	ok "all are quiet" within 10 state_is quiesced
	host stun 7000 >/dev/null
	stunned() {
		grown $SYS/last_stun_us 5000000
	}
	ok "the drill's end" drill end 12
	ok "after a stun longer than the watchdogs' patience" stunned ||
		diag "$(cat $SYS/last_stun_us) us"
	is "$(dmesg | grep -c 'soft lockup')" 0 "there is no false alarm"
	ok "nothing is held off any more" within 10 param_is $G/guarding N
	ok "unloading it in the middle of a drill" drill start 13
	ok "is well" rmmod vmopnotify_guard
	drill end 13
	echo "$old" >$thresh
else
	skip "this kernel has no soft-lockup watchdog" 10
fi
done_testing
