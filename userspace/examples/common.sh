# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# What the examples share: their time.  A quiesce command is ended when its time
# is over, so it has to give up before that by itself, and say why.

uptime_s() {
	read -r uptime rest </proc/uptime
	echo "${uptime%.*}"
}

# allow S - so long, where there is no limit: an unquiesce command has none, nor
# has a quiesce command whose operation is past its deadline
allow() {
	time_ms=${VMOPNOTIFY_TIMEOUT_MS:-0}
	[ "$time_ms" -gt 0 ] || time_ms=$(($1 * 1000))
	time_ends=$(($(uptime_s) + time_ms / 1000))
}

allow 10

# left_s - seconds left, with one for the way back
left_s() {
	left=$((time_ends - $(uptime_s) - 1))
	[ "$left" -gt 0 ] || left=0
	echo "$left"
}

# limit_s - the same for commands, to which 0 would be no limit
limit_s() {
	limit=$(left_s)
	[ "$limit" -gt 0 ] || limit=1
	echo "$limit"
}

say() {
	echo "$*"
}

die() {
	echo "$*" >&2
	exit 1
}

# until_true COMMAND... - again and again, while there is time
until_true() {
	until "$@"; do
		[ "$(left_s)" -gt 0 ] || return 1
		sleep 0.2
	done
}
