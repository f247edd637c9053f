#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Metrics of a module that is there, and of one that is not.
. /lab/lib.sh

CTL=vmopnotifyctl

# value METRIC - with its labels
value() {
	awk -v m="$1" '$1 == m { print $2 }' /tmp/metrics
}

take() {
	$CTL metrics "$@" >/tmp/metrics
}

before=$(cat /sys/kernel/vmopnotify/operations)
ok "they are printed without privilege" as nobody $CTL metrics
take
is "$(value vmopnotify_up)" 1 "the module answers"
is "$(value 'vmopnotify_state{vmopnotify_state="detached"}')" 1 "the state"
is "$(value vmopnotify_helper_attached)" 0 "there is no helper"
is "$(value vmopnotify_operations_total)" "$before" "operations are counted"
like "$(cat /tmp/metrics)" \
	"*vmopnotify_module_info{version=\"$(cat /sys/module/vmopnotify/version)\",*" \
	"the module's version"
is "$(tail -n 1 /tmp/metrics)" "# EOF" "OpenMetrics ends as it must"

$CTL run --name held --on-failure hold --quiesce 'exit 1' --unquiesce true \
	2>/dev/null &
held=$!
joined() {
	[ "$(cat /sys/kernel/vmopnotify/consumers)" = 1 ]
}
within 10 joined
$CTL simulate start --timeout 0.5 >/dev/null
$CTL wait expired --timeout 10 >/dev/null
take
is "$(value vmopnotify_drill)" 1 "a drill is marked"
is "$(value vmopnotify_pending)/$(value vmopnotify_members)" 1/1 \
	"who is outstanding is counted"
is "$(value 'vmopnotify_state{vmopnotify_state="expired"}')" 1 "it has expired"
$CTL simulate end --status failed >/dev/null
kill $held
wait $held
take --format prometheus
is "$(value vmopnotify_operations_total)" $((before + 1)) "one operation more"
is "$(value 'vmopnotify_last_operation{vmopnotify_last_operation="failed"}')" 1 \
	"how it ended"
fails "the older format has no types that it does not know" \
	grep -E 'stateset|info$|# UNIT|# EOF' /tmp/metrics

mkdir -p /tmp/collector
ok "a file is written" $CTL metrics --output /tmp/collector/vm.prom
is "$(ls -A /tmp/collector)" vm.prom "and nothing else"
fails "a directory that is not there is told" \
	$CTL metrics --output /nowhere/vm.prom

unload vmopnotify
mv /lab/modules.d/vmopnotify.ko /tmp/
take 2>/tmp/metrics.err
is "$?" 1 "without the module it fails"
is "$(grep -v '^#' /tmp/metrics)" "vmopnotify_up 0" "which the metrics tell"
like "$(cat /tmp/metrics.err)" "*module is not loaded*" "and stderr"
mv /tmp/vmopnotify.ko /lab/modules.d/
load /lab/modules.d/vmopnotify.ko

done_testing
