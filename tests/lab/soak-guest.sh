#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2034 # what helper.sh goes by
#
# The guest's side of the soak: a crowd of consumers, in the kernel one more,
# and a helper that is killed now and then, and begins anew by the other
# transport.  Says "@crowd" and "@guest" at the end; see soak.
. /lab/lib.sh
. /lab/helper.sh

soak=$(sed -n 's/.*soak=\([^ ]*\).*/\1/p' /proc/cmdline)
seed=${soak%,*} members=${soak#*,}

# lot N - a number below that; the seed goes on from one to the next
lot() {
	seed=$(((seed * 1103515245 + 12345) % 2147483648))
	lot=$((seed / 65536 % $1))
}

# begin_helper - without waiting for it; by either transport
begin_helper() {
	lot 2
	TRANSPORT=libvmtools DOOR=$VMXDOOR
	[ "$lot" = 1 ] || TRANSPORT=vmtoolsd DOOR=
	write_conf 'rpc_timeout_ms = 10000'
	sed -i '/^level/d' /tmp/vmopnotifyd.conf
	spawn_helper
}

# Where it ends by itself, as it does when the host hangs for long, it begins
# anew as well.
is_due() {
	helper_is_gone || [ "$(uptime_ms)" -ge "$due" ] || ! kill -0 "$crowd"
}

# is_waiting - for something to do: what it was told it has passed on
is_waiting() {
	! is_in_rpc || return
	for helper_task in /proc/"$helper"/task/*; do
		case $(cat "$helper_task/wchan") in
		*poll* | *futex*) ;;
		*) return 1 ;;
		esac
	done
}

# has_nothing_in_hand - once it is stopped: each thread was in epoll_wait,
# epoll_pwait, epoll_pwait2 or futex, and has not been told of anything
has_nothing_in_hand() {
	for helper_task in /proc/"$helper"/task/*; do
		case $(cat "$helper_task/syscall") in
		232\ * | 281\ * | 441\ * | 202\ *) ;;
		*) return 1 ;;
		esac
	done
	! grep -qs 'eventfd-count: *[1-9a-f]' /proc/"$helper"/fdinfo/*
}

# kill_waiting_helper - where it has nothing in hand: one that dies with an event
# has lost it, and one that dies with the reply to an ack acks again.  Fails where
# such a moment is not found.
kill_waiting_helper() {
	tries=0
	until is_waiting && kill -STOP "$helper" && ! is_in_rpc &&
		has_nothing_in_hand; do
		kill -CONT "$helper" || return
		tries=$((tries + 1))
		[ $tries -lt 200 ] || return
		usleep 1000
	done
	kill -KILL "$helper"
	wait "$helper"
}

look_after_helper() {
	while kill -0 "$crowd"; do
		lot 12000
		due=$(($(uptime_ms) + lot))
		while ! is_due; do
			usleep 50000
		done
		kill -0 "$crowd" || break
		helper_is_gone || kill_waiting_helper
		helper_is_gone || continue
		restarts=$((restarts + 1))
		begin_helper
	done
} 2>/dev/null

# Not the one that the machine began with.
helper=$(pidof vmopnotifyd)
kill -TERM "$helper"
within 30 helper_is_gone

restarts=0
begin_helper
crowd "$seed" "$members" >/tmp/crowd &
crowd=$!
look_after_helper
wait $crowd
status=$?
kill_helper TERM
# Now that the console stays where it is, and nothing else is said there.
dmesg -n 1
cat /tmp/crowd
echo "@guest {\"status\":$status,\"helper_restarts\":$restarts}"
