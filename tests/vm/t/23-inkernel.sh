#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Consumers in the kernel, as awkward as the interface allows.
. /lab/lib.sh

P=/sys/module/vmopnotify_test/parameters
state() {
	cat /sys/kernel/vmopnotify/state
}
state_is() {
	[ "$(state)" = "$1" ]
}
param_is() {
	[ "$(cat "$1")" = "$2" ]
}

ok "the awkward ones load" insmod /lab/extra/vmopnotify_test.ko
is "$(cat $P/bad_registrations)" 4 "bad registrations are refused"
is "$(cat /sys/kernel/vmopnotify/consumers)" 4 "four have registered"
ok "a drill" drill start 9
ok "all are asked side by side, the slow one too" within 10 param_is $P/prepares 4
is "$(cat $P/quiescing)" Y "vmopnotify_quiescing() says so meanwhile"
ok "one acks later, from a soft interrupt" within 10 param_is $P/late_ret 0
is "$(cat /sys/kernel/vmopnotify/consumers)" 3 "one has unregistered inside its callback"
pending_is_1() {
	param_is /sys/kernel/vmopnotify/pending 1
}
ok "the slow one alone is outstanding" within 10 pending_is_1
like "$(vmopnotifyctl consumers)" "*test-failing*ENXIO*" "the failing one's errno is shown"
ok "the drill ends under it" drill end 9
ok "those that are quiet resume" within 10 param_is $P/resumes 2
echo 1 >$P/release
ok "the slow one resumes after its prepare" within 10 param_is $P/resumes 3
ok "the next drill" drill start 10
ok "asks the three" within 10 param_is $P/prepares 7
ok "all are quiet" within 10 state_is quiesced
ok "unloading in the middle" rmmod vmopnotify_test
is "$(state)" quiesced "changes nothing"
ok "the end" drill end 10
done_testing
