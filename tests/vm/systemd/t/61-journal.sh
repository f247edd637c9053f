#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A journal that hangs, with its queue full of what others have sent: whoever
# waits for it stands still.  An operation goes its way.
. /lab/lib.sh
. /lab/service.sh

APP=vmopnotify-app@shop.service
CONF=/etc/vmopnotify/apps.d/shop.conf

send_entries() {
	timeout "$1" logger --socket /run/systemd/journal/socket \
		--file /tmp/entries
}

# More than there is room for, so that who sends them stands still; by some at
# once, for one alone comes to the end of what is its own before that.
fill_queue() {
	seq 2000 >/tmp/entries
	for _ in 1 2 3 4; do
		send_entries 15 &
		senders="$senders $!"
	done
	wait $senders
	# Now the first word of anybody's is one too many.
	echo one >/tmp/entries
	send_entries 3
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
# By its watchdog systemd would start another.
systemctl service-watchdogs no
kill -STOP "$journald"
fill_queue
is $? 124 "the journal stands still, with its queue full"

id=$(host_get id start timeout=300)
ok "a migration: the host has an ack" host wait-ack id="$id" acks=1 timeout=120
ok "the application is quiet" app_did shop quiesce
host end id="$id" >/dev/null
ok "and resumes at the end" within 120 app_did shop quiesce unquiesce
kill -CONT "$journald"
systemctl service-watchdogs yes
ok "what was said meanwhile is in the journal" within 60 \
	service_logged "operation $id"
ok "the service stops" systemctl stop $APP
rm -f $CONF
done_testing
