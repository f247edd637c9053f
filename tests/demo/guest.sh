#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The demo's part inside the virtual machine: it starts what takes part, first
# the workload alone, then, at the cue "aware", with vmopnotify, and ends it all
# at the cue "stop".
#
# What is said in here goes out unchanged, through one pipe, by the port
# lab.trace, and the cues come in by that.  ./demo makes it readable.
. /lab/lib.sh

sys=/sys/kernel/vmopnotify
requests=/dev/$(port_of lab.requests)

mkfifo /run/demo
exec 3<>"/dev/$(port_of lab.trace)" 4<>/run/demo
cat <&4 >&3 &
exec >&4 2>&1

# tell WHAT [VALUE]
tell() {
	echo "{\"who\": \"guest\", \"event\": \"$1\", \"value\": \"$2\"}"
}

# A read fails where nobody is at the other end.
wait_for_cue() {
	until read -r cue <&3 && [ "$cue" = "$1" ]; do
		usleep 20000
	done
}

# need NAME COMMAND... - without it the demo makes no sense
need() {
	ok "$@" || done_testing
}

value_is() {
	[ "$(cat "$sys/$1")" = "$2" ]
}

# start_workload [--vmopnotify]
start_workload() {
	server "$requests" "$@" &
	server=$!
	rtloop "$@" &
	rtloop=$!
}

stop_workload() {
	kill "$server" "$rtloop"
	wait "$server" "$rtloop"
}

# As in a machine where nobody has heard of any of this.
forget() {
	killall vmopnotifyd
	need "the module unloads" within 10 unload vmopnotify
}

start_helper() {
	LD_PRELOAD=$VMXDOOR vmopnotifyd &
	helper=$!
	need "the helper attaches to the kernel" within 20 value_is state idle
}

unaware() {
	forget
	start_workload
	tell unaware
	wait_for_cue aware
	stop_workload
}

aware() {
	need "the module loads" load /lab/modules.d/vmopnotify.ko
	tell module "$(cat /sys/module/vmopnotify/version)"
	vmopnotifyctl monitor --json &
	monitor=$!
	tell vmtoolsd "$(vmtoolsd --version)"
	start_helper
	start_workload --vmopnotify
	need "server and loop take part" within 20 value_is consumers 2
	tell aware
	wait_for_cue stop
}

# What is left over would be noticed: the module would not unload.
stop() {
	stop_workload
	kill "$helper" "$monitor"
	wait "$helper" "$monitor"
	need "the module unloads" within 5 unload vmopnotify
	tell stopped
}

unaware
aware
stop
done_testing
