#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The demo's part inside the virtual machine: it sets up what takes part, and
# gives the simulated host its cues.  What the parts say goes out unchanged;
# lines that begin with "@" are this script's.  ./demo makes it readable.
. /lab/lib.sh

sys=/sys/kernel/vmopnotify

tell() {
	echo "@$*"
}

# need NAME COMMAND... - without it the demo makes no sense
need() {
	ok "$@" || done_testing
}

value_is() {
	[ "$(cat "$sys/$1")" = "$2" ]
}

# A moment to read what has been shown.
pause() {
	usleep 400000
}

load_module() {
	need "the module loads" load /lab/demo/vmopnotify.ko
	tell module "$(cat /sys/module/vmopnotify/version)"
	vmopnotifyctl monitor --json &
}

start_helper() {
	cat >/tmp/vmopnotifyd.conf <<-END
	[host]
	app_name = demo
	transport = vmtoolsd
	[token]
	file = /tmp/token
	END
	host set timeout=30 >/dev/null
	tell vmtoolsd "$(vmtoolsd --version)"
	vmopnotifyd --config /tmp/vmopnotifyd.conf &
	helper=$!
	need "the host has the helper registered" \
		host wait-registered timeout=20
	need "the helper attaches to the kernel" within 20 value_is state idle
}

# Any program can take part.  These leave it to vmopnotifyctl, which runs a
# command of theirs before and after; one of them as an ordinary user.
start_applications() {
	as app trading serve &
	as app vmopnotifyctl run --name trading --stage 0 \
		--quiesce "trading stop" --unquiesce "trading start" &
	need "trading joins" within 20 value_is consumers 1
	vmopnotifyctl run --name network --stage 1 \
		--quiesce "network down" --unquiesce "network up" &
	need "network joins" within 20 value_is consumers 2
}

announce() {
	id=$(host_get id start timeout=30)
	need "the host announces a migration" [ -n "$id" ]
	need "the host gets an ack" host wait-ack id="$id" timeout=20
	need "the state is quiesced" value_is state quiesced
}

stun() {
	need "the host stops the machine" host stun 400
	tell state "$(cat $sys/state)"
}

end() {
	need "the host announces the end" host end id="$id"
	need "the kernel hears of the end" within 20 value_is state idle
	need "trading resumes" within 20 trading serves
	need "network resumes" within 20 network works
	# The host's last word on how many acks it got.
	need "the host still has an ack" host wait-ack id="$id" timeout=1
}

# What is left over would be noticed: the module would not unload.
stop() {
	killall vmopnotifyctl
	kill "$helper"
	wait "$helper"
	need "the host has nobody registered" host wait-unregistered timeout=1
	need "the module unloads" within 5 unload vmopnotify
}

tell phase 1
load_module
start_helper
start_applications
pause
tell phase 2
announce
pause
tell phase 3
stun
pause
tell phase 4
end
tell phase over
stop
done_testing
