#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Tracepoints: who joined, acked, left; how the state went.
. /lab/lib.sh

T=/sys/kernel/tracing
[ -d $T/events/vmopnotify ] || plan_skip "this kernel has no tracing"

has() {
	grep -q "$1" $T/trace
}

# Names of processes are not needed: to keep them is to patch the scheduler, and
# an emulated processor may trap on what has just been patched there.
echo 0 >$T/options/record-cmd
echo 1 >$T/events/vmopnotify/enable
vmopnotifyctl run --name traced --stage 3 --quiesce "exit 1" \
	--unquiesce true 2>/dev/null &
runner=$!
ok "a join" within 10 has 'join: consumer="traced" stage=3'
drill start 18446744073709551615
ok "a change of state, with the operation" within 10 has \
	'state: detached -> quiescing operation=18446744073709551615'
ok "an ack, with its result" within 10 has \
	'ack: consumer="traced" operation=18446744073709551615 result=5 ret=0'
ok "quiesced" within 10 has 'quiescing -> quiesced'
host stun 100 >/dev/null
ok "a stun" within 10 has \
	'stun: operation=18446744073709551615 stun_ns=[0-9]'
drill end 18446744073709551615
ok "the end" within 10 has 'quiesced -> detached'
kill -9 $runner
ok "a leave" within 10 has 'leave: consumer="traced"'
echo 0 >$T/events/vmopnotify/enable
echo 1 >$T/options/record-cmd
done_testing
