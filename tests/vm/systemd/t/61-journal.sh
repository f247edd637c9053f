#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A journal that hangs, with its queue full of what others have sent: whoever
# waits for it stands still.  An operation goes its way.
. /lab/lib.sh
. /lab/service.sh

APP=vmopnotify-app@shop.service
CONF=/etc/vmopnotify/apps.d/shop.conf

# Until one stands still.
fill_queue() {
	echo MESSAGE=filler >/tmp/entry
	while timeout 3 logger --journald=/tmp/entry; do
		:
	done
}

cat >$CONF <<-END_CONF
[app]
quiesce = echo quiesce >>/tmp/app.shop && echo closing the shop
unquiesce = echo unquiesce >>/tmp/app.shop
END_CONF

fresh_service
ok "an application's service starts" systemctl start $APP
ok "it takes part" value_is consumers 1
journald=$(systemctl show --value --property MainPID systemd-journald)
kill -STOP "$journald"
fill_queue

id=$(host_get id start timeout=60)
ok "a migration: the host has an ack" host wait-ack id="$id" acks=1 timeout=50
ok "the application is quiet" app_did shop quiesce
host end id="$id" >/dev/null
ok "and resumes at the end" within 50 app_did shop quiesce unquiesce
kill -CONT "$journald"
ok "what was said meanwhile is in the journal" within 60 \
	service_logged "operation $id"
ok "the service stops" systemctl stop $APP
rm -f $CONF
done_testing
