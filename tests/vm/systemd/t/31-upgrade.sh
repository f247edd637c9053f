#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# An earlier helper ran as root: what it has left is taken over.
. /lab/lib.sh
. /lab/service.sh

fresh_service
registrations=$(host_get registrations stats)
ok "the host has a helper's registration" [ "$registrations" = 1 ]
token=$(cat $TOKEN)
# As by a crash in the middle of the upgrade: it gives nothing back.
systemctl kill --kill-whom=all --signal=KILL $UNIT
systemctl stop $UNIT
systemctl reset-failed $UNIT
chown -R root:root $STATE_DIR
is "$(stat -c '%a %U:%G' $TOKEN)" "600 root:root" "whose token is root's"

ok "the service starts" systemctl start $UNIT
ok "and serves" within 120 is_serving
is "$(cat $TOKEN)" "$token" "with the same token"
is "$(host_get registrations stats)" "$registrations" "and registration"
is "$(stat -c '%a %U:%G' $TOKEN $STATE_DIR | sort -u | tr '\n' ' ')" \
	"600 vmopnotifyd:vmopnotifyd 700 vmopnotifyd:vmopnotifyd " \
	"which are its own now"
done_testing
