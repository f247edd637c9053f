# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# For tests of the helper: the real vmopnotifyd over the real vmtoolsd, or over
# the real library: then DOOR=$VMXDOOR opens the way to the host in its process.

TRANSPORT=vmtoolsd
DOOR=
TOKEN=/tmp/token
LOG=/tmp/helper.log
SYS=/sys/kernel/vmopnotify

# What an earlier test has left.
rm -f /tmp/app.* /tmp/go $TOKEN* $LOG*

# write_conf [KEY=VALUE]... - of the section [host]
write_conf() {
	{
		echo "[host]"
		echo "app_name = lab"
		echo "transport = $TRANSPORT"
		for helper_line; do
			echo "$helper_line"
		done
		# An RPC that is killed loses the event that it fetched.
		case $* in
		*rpc_timeout_ms*) ;;
		*) echo "rpc_timeout_ms = 20000" ;;
		esac
		echo "[token]"
		echo "file = $TOKEN"
		echo "[log]"
		echo "level = debug"
	} >/tmp/vmopnotifyd.conf
}

# spawn_helper - without waiting for anything; its pid is in $helper
spawn_helper() {
	LD_PRELOAD=$DOOR vmopnotifyd --config /tmp/vmopnotifyd.conf >>$LOG 2>&1 &
	helper=$!
}

# start_helper [KEY=VALUE]... - until it is attached
start_helper() {
	write_conf "$@"
	spawn_helper
	within 20 helper_is_attached
}

helper_is_attached() {
	[ "$(cat $SYS/helper)" != none ]
}

helper_is_gone() {
	! kill -0 "$helper" 2>/dev/null
}

is_in_rpc() {
	pidof vmtoolsd >/dev/null ||
		ls -l /proc/"$helper"/fd | grep -q vport
}

# pause_between_rpcs - stop it where no RPC is in flight: the host tells an
# event once, so one that dies with the event in hand has lost it
pause_between_rpcs() {
	kill -STOP "$helper"
	while is_in_rpc; do
		kill -CONT "$helper"
		usleep 1000
		kill -STOP "$helper"
	done
}

# kill_helper [SIGNAL] - until it is gone
kill_helper() {
	[ -n "$1" ] || pause_between_rpcs
	kill "-${1:-KILL}" "$helper"
	wait "$helper" 2>/dev/null
	helper_status=$?
}

state() {
	cat $SYS/state
}

state_is() {
	[ "$(state)" = "$1" ]
}

value_is() {
	[ "$(cat "$SYS/$1")" = "$2" ]
}

log_has() {
	grep -qF -- "$1" $LOG
}

# app NAME [OPTION]... - an application that writes down what it is told
app() {
	app_name=$1
	shift
	vmopnotifyctl run --name "$app_name" \
		--quiesce "echo quiesce >>/tmp/app.$app_name" \
		--unquiesce "echo unquiesce >>/tmp/app.$app_name" \
		"$@" >>/tmp/app.log 2>&1 &
}

# app_did NAME WORD... - exactly these so far
app_did() {
	app_name=$1
	shift
	app_has=$(tr '\n' ' ' <"/tmp/app.$app_name" 2>/dev/null)
	[ "$app_has" = "$* " ] || { echo "$app_name did: $app_has"; false; }
}
