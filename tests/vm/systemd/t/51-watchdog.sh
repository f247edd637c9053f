#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# systemd's watchdog: a helper that hangs is replaced.
. /lab/lib.sh
. /lab/service.sh

fresh_service WatchdogSec=10
first=$(unit_get WatchdogTimestampMonotonic)
pid=$(unit_get MainPID)
has_told_again() {
	[ "$(unit_get WatchdogTimestampMonotonic)" -gt "$1" ]
}
ok "the helper tells that it is alive" within 120 has_told_again "$first"
second=$(unit_get WatchdogTimestampMonotonic)
ok "and again" within 120 has_told_again "$second"
is "$(unit_get MainPID)" "$pid" "and so is left alone"

kill -STOP "$pid"
ok "one that hangs is replaced" within 120 is_another "$pid"
like "$(service_log)" "*atchdog timeout*" "by the watchdog"
fresh_service
done_testing
