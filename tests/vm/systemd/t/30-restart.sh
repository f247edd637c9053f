#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The service is restarted, killed and stopped: an operation goes on.
. /lab/lib.sh
. /lab/service.sh

fresh_service
hold
within 120 value_is consumers 1
registrations=$(host_get registrations stats)

id=$(host_get id start timeout=300)
ok "a migration: quiescing" within 120 state_is quiescing
pid=$(unit_get MainPID)
ok "a restart in the middle" systemctl restart $UNIT
ok "is another process" within 120 is_another "$pid"
is "$(state)" quiescing "and the operation goes on"
touch /tmp/go
ok "which it acks" host wait-ack id="$id" acks=1 timeout=120
is "$(cat $SYS/operation_id)" "$id" "the same one"
host end id="$id" >/dev/null
ok "and ends" within 120 state_is idle
rm -f /tmp/go

id=$(host_get id start timeout=300)
ok "another migration: quiescing" within 120 state_is quiescing
pid=$(unit_get MainPID)
ok "it is killed" systemctl kill --kill-whom=main --signal=KILL $UNIT
ok "systemd starts another" within 120 is_another "$pid"
is "$(unit_get NRestarts)" 1 "once"
is "$(state)" quiescing "and the operation goes on"
touch /tmp/go
ok "which it acks" host wait-ack id="$id" acks=1 timeout=120
host end id="$id" >/dev/null
ok "and ends" within 120 state_is idle
is "$(host_get double_acks stats)" 0 "nothing was acked twice"
is "$(host_get registrations stats)" "$registrations" \
	"it has not registered again"

ok "a stop" systemctl stop $UNIT
ok "gives the registration back" host wait-unregistered timeout=10
is "$(state)" detached "tells the kernel"
fails "and leaves no token" [ -e $TOKEN ]
is "$(unit_get Result)" success "that was all as it should be"
ok "a start" systemctl start $UNIT
ok "registers anew" within 120 is_serving
done_testing
