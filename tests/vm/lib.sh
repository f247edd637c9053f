# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# What shell tests in the guest share.  A test begins with
#
#	. /lab/lib.sh
#
# makes its checks, and ends with "done_testing" (or begins with "plan N").

tap_count=0
tap_failed=0
tap_plan=

plan() {
	tap_plan=$1
	echo "1..$1"
}

# plan_skip REASON - the whole test makes no sense here
plan_skip() {
	echo "1..0 # SKIP $*"
	exit 0
}

diag() {
	printf '%s\n' "$*" | sed 's/^/# /'
}

# pass NAME, not_ok NAME
pass() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $*"
}

not_ok() {
	tap_count=$((tap_count + 1))
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_count - $*"
	return 1
}

# ok NAME COMMAND... - the command succeeds; what it printed is shown if not
ok() {
	tap_name=$1
	shift
	if tap_said=$("$@" 2>&1); then
		pass "$tap_name"
	else
		not_ok "$tap_name"
		diag "failed: $*"
		diag "$tap_said"
		return 1
	fi
}

# fails NAME COMMAND... - the command fails, and not by a signal
fails() {
	tap_name=$1
	shift
	tap_said=$("$@" 2>&1)
	tap_status=$?
	if [ "$tap_status" -gt 0 ] && [ "$tap_status" -lt 126 ]; then
		pass "$tap_name"
	else
		not_ok "$tap_name"
		diag "exit status $tap_status: $*"
		diag "$tap_said"
		return 1
	fi
}

# is GOT WANTED NAME
is() {
	if [ "$1" = "$2" ]; then
		pass "$3"
	else
		not_ok "$3"
		diag "got:    $1"
		diag "wanted: $2"
		return 1
	fi
}

# like GOT PATTERN NAME - the pattern is the shell's, as in case
like() {
	# shellcheck disable=SC2254
	case $1 in
	$2)
		pass "$3"
		;;
	*)
		not_ok "$3"
		diag "got:         $1"
		diag "wanted like: $2"
		return 1
		;;
	esac
}

# skip REASON [N] - in place of N checks
skip() {
	for tap_n in $(seq "${2:-1}"); do
		tap_count=$((tap_count + 1))
		echo "ok $tap_count # SKIP $1"
	done
}

done_testing() {
	[ -n "$tap_plan" ] || echo "1..$tap_count"
	[ "$tap_failed" = 0 ]
	exit
}

uptime_ms() {
	read -r tap_up tap_rest </proc/uptime
	echo $((${tap_up%.*} * 1000 + 1${tap_up#*.} % 100 * 10))
}

# A machine whose tests may take longer is slow: so many times the patience.
tap_patience=$(cat /lab/timeout 2>/dev/null)
tap_patience=$((${tap_patience:-0} / 240))
[ "$tap_patience" -gt 0 ] || tap_patience=1

# within S COMMAND... - tries until the command succeeds, or S seconds are over,
# more of them on a slow machine
within() {
	tap_until=$(($(uptime_ms) + $1 * 1000 * tap_patience))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(uptime_ms)" -lt "$tap_until" ] || return 1
		usleep 10000
	done
}

# until_true COMMAND... --within S - the same, the other way round
until_true() {
	tap_command=
	tap_within=10
	while [ $# -gt 0 ]; do
		if [ "$1" = --within ]; then
			tap_within=$2
			break
		fi
		tap_command="$tap_command '$(printf %s "$1" |
			sed "s/'/'\\\\''/g")'"
		shift
	done
	eval "within \$tap_within $tap_command"
}

# host COMMAND... - scripts the simulated host, see tests/lab/control.h
host() {
	vmxctl "$@"
}

# host_get FIELD COMMAND... - the same, for one member of the answer
host_get() {
	tap_field=$1
	shift
	vmxctl --field "$tap_field" "$@"
}

# as USER COMMAND... - "app" is in the group vmopnotify, "nobody" is not
as() {
	tap_user=$1
	shift
	# By its path, as the shell would take its own.
	/usr/bin/setpriv --reuid "$tap_user" --regid "$(id -g "$tap_user")" \
		--init-groups -- "$@"
}

# port_of NAME - the virtio-serial port of that name
port_of() {
	for tap_port in /sys/class/virtio-ports/*; do
		[ "$(cat "$tap_port/name")" = "$1" ] || continue
		basename "$tap_port"
		return
	done
	return 1
}

# load FILE [PARAMETER=VALUE]... - and what udev would do then
load() {
	insmod "$@" || return
	[ -c /dev/vmopnotify ] || return 0
	chgrp vmopnotify /dev/vmopnotify && chmod 0660 /dev/vmopnotify
	[ ! -e /lab/faults ] || aim_faults
}

# set_faults KNOB VALUE - of the kernel's fault injection, see its
# Documentation/fault-injection; not every kind of fault has every knob
set_faults() {
	for tap_fault in failslab fail_page_alloc; do
		echo "$2" >"/sys/kernel/debug/$tap_fault/$1"
	done 2>/dev/null
}

# aim_faults - at what has the module's code on the stack, wherever that is now
aim_faults() {
	tap_start=$(cat /sys/module/vmopnotify/sections/.text)
	tap_end=$((tap_start + $(cat /sys/module/vmopnotify/coresize)))
	set_faults verbose 0
	set_faults ignore-gfp-wait N
	set_faults min-order 0
	set_faults require-start "$tap_start"
	set_faults require-end "$(printf '0x%x' "$tap_end")"
}

# unload NAME - a module, or its file
unload() {
	tap_module=$(basename "$1" .ko)
	rmmod "$tap_module"
}
