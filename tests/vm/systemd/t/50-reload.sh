#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# systemctl reload: the configuration is read again, and nothing else happens.
. /lab/lib.sh
. /lab/service.sh

conf=/etc/vmopnotify/vmopnotifyd.conf
cp $conf /tmp/conf
set_level() {
	{
		cat /tmp/conf
		echo "level = $1"
	} >$conf
}
operation() {
	id=$(host_get id start timeout=300)
	host wait-ack id="$id" acks=1 timeout=120
	host end id="$id"
	within 120 state_is idle
}

set_level error
fresh_service
pid=$(unit_get MainPID)
registrations=$(host_get registrations stats)
ok "an operation" operation
fails "is not in the log of a helper that is to log errors only" \
	service_logged "the host announces"

cp /tmp/conf $conf
ok "a reload succeeds" systemctl reload $UNIT
ok "the service stays up" within 120 is_serving
is "$(unit_get MainPID)" "$pid" "the same process"
ok "another operation" operation
ok "is logged, as the configuration says now" \
	within 120 service_logged "the host announces"

set_level loud
systemctl reload $UNIT
ok "of a mistake it tells" within 120 service_logged $conf
is "$(unit_get MainPID)" "$pid" "and the process lives on"
ok "and serves" within 120 is_serving
is "$(host_get registrations stats)" "$registrations" "all on one registration"
cp /tmp/conf $conf
fresh_service
done_testing
