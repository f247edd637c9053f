#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The example that turns the kernel's watchdogs off, as it is installed.
. /lab/lib.sh

EXAMPLE=/usr/share/vmopnotify/examples/guard
WATCHDOG=/proc/sys/kernel/watchdog
RCU=/sys/module/rcupdate/parameters/rcu_cpu_stall_suppress
mkdir -p /etc/vmopnotify/apps.d
cp $EXAMPLE/guard.conf /etc/vmopnotify/apps.d/

# Not every kernel has both.
values() {
	cat $WATCHDOG $RCU 2>/dev/null | tr '\n' ' '
}

before=$(values)
[ -n "$before" ] || plan_skip "the kernel has no watchdogs"
vmopnotifyctl run --app guard 2>/tmp/guard.err &
runner=$!
within 5 grep -q joined /tmp/guard.err
drill start 1 60000
ok "it is quiesced" vmopnotifyctl wait quiesced --timeout 10
ok "without an error" within 5 grep -q "acked, quiet after" /tmp/guard.err
off=$(for file in $WATCHDOG $RCU; do
	[ ! -e $file ] || [ $file = $RCU ] || echo 0
	[ ! -e $file ] || [ $file = $WATCHDOG ] || echo 1
done | tr '\n' ' ')
is "$(values)" "$off" "the watchdogs are off, as the kernel says"
drill end 1
within 10 grep -q "resumed after" /tmp/guard.err
is "$(values)" "$before" "and as they were when it is over"
diag "$(cat /tmp/guard.err)"
kill $runner
wait $runner
is "$?" 0 "that is all"
done_testing
