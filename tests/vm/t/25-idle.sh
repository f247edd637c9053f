#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Nothing of the module ticks while idle: no timer is armed.
. /lab/lib.sh

no_timers() {
	! grep -qE 'core_timer|stun_sample|stun_tell' /proc/timer_list
}
has_timer() {
	grep -q "$1" /proc/timer_list
}

ok "detached: no timer" no_timers
vmopnotifyctl run --name slow --on-failure hold \
	--quiesce "until [ -e /tmp/go ]; do usleep 10000; done" \
	--unquiesce "rm -f /tmp/go" 2>/dev/null &
joined() {
	[ "$(cat /sys/kernel/vmopnotify/consumers)" = 1 ]
}
state_is() {
	[ "$(cat /sys/kernel/vmopnotify/state)" = "$1" ]
}
within 10 joined
ok "a consumer arms none" no_timers
drill start 1
ok "quiescing: the deadline's" has_timer core_timer
fails "and the clock is not sampled yet" has_timer stun_sample
touch /tmp/go
within 10 state_is quiesced
# In its own interrupt a timer is in no list.
ok "quiesced: the clock is sampled" within 10 has_timer stun_sample
drill end 1
ok "ended: no timer" no_timers
done_testing
