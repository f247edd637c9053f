#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Consumers in the kernel: the sample, and the awkward ones.
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

ok "the sample loads" insmod /lab/extra/vmopnotify_pause.ko
S=/sys/module/vmopnotify_pause/parameters
fails "vmopnotify cannot be unloaded under it" rmmod vmopnotify
like "$(vmopnotifyctl consumers)" "*pause*kernel*" "it is listed, as the kernel's"
is "$(cat $S/paused)" N "its thread runs"
ok "a drill" drill start 7
ok "pauses it" within 10 param_is $S/paused Y
ok "and all are quiet" within 10 state_is quiesced
turns=$(cat $S/turns)
ok "the drill's end" drill end 7
ok "lets it run" within 10 param_is $S/paused N
turned() {
	[ "$(cat $S/turns)" -gt "$turns" ]
}
ok "which it does" within 10 turned
ok "a drill again" drill start 8
ok "pauses it again" within 10 param_is $S/paused Y
ok "unloading a consumer that is quiet" rmmod vmopnotify_pause
ok "the drill's end without it" drill end 8

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
