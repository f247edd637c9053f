#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The library's examples: each is quiet from when it is asked until the end.
. /lab/lib.sh

SYS=/sys/kernel/vmopnotify

consumers_are() {
	[ "$(cat $SYS/consumers)" = "$1" ]
}
state_is() {
	[ "$(cat $SYS/state)" = "$1" ]
}
said() {
	[ "$(tr '\n' ' ' </tmp/said)" = "$1" ]
}
is_frozen() {
	grep -q '^State:.T' "/proc/$1/status"
}

# A ring that is soon full.
rmmod vmopnotify
ok "the module with a small ring" \
	insmod /lab/modules.d/vmopnotify.ko ring_size=16

for name in poll rt_thread sd_event; do
	"example-$name" >/tmp/said &
	example=$!
	ok "$name joins" within 10 consumers_are 1
	is "$(vmopnotifyctl consumers | awk 'END { print $1 }')" "$name" \
		"by its name"
	ok "a drill" drill start 5
	ok "it acks" within 10 state_is quiesced
	ok "and is quiet" within 10 said "quiet "
	ok "the drill's end" drill end 5
	ok "it goes on" within 10 said "quiet goes on "
	ok "another" drill start 6
	ok "it acks" within 10 state_is quiesced
	ok "and ends" drill end 6
	ok "twice in all" within 10 said "quiet goes on quiet goes on "
	kill $example
	ok "it leaves" within 10 consumers_are 0
done

# The end of what they are quiet for is lost, and what asks for the next.
for name in poll sd_event; do
	"example-$name" >/tmp/said &
	example=$!
	ok "$name joins" within 10 consumers_are 1
	drill start 1
	ok "is quiet" within 10 said "quiet "
	ok "acks" within 10 state_is quiesced
	kill -STOP $example
	ok "and is frozen" within 10 is_frozen $example
	drill end 1
	for id in 2 3 4 5 6 7 8 9; do
		drill start $id
		drill end $id
	done
	drill start 10
	kill -CONT $example
	ok "records lost, it goes on, and is quiet for the one that is open" \
		within 10 said "quiet goes on quiet "
	ok "which it acks" within 10 state_is quiesced
	drill end 10
	ok "and whose end it sees" within 10 said "quiet goes on quiet goes on "
	kill $example
	ok "it leaves" within 10 consumers_are 0
done

rmmod vmopnotify
load /lab/modules.d/vmopnotify.ko
done_testing
