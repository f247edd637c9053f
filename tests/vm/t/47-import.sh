#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# From the Python service to vmopnotifyd, with the registration that it has.
. /lab/lib.sh
. /lab/helper.sh

CONF=/tmp/vmnotification.conf
MADE="/etc/vmopnotify/vmopnotifyd.conf /etc/vmopnotify/apps.d/shop.conf
	/var/lib/vmopnotify/token"

import() {
	vmopnotifyctl import $CONF
}

cat >$CONF <<END
[DEFAULT]
app_name = shop
pre_vmotion_cmd = touch /tmp/quiet
post_vmotion_cmd = rm /tmp/quiet
[Token]
token_file = /tmp/old_token
token_file_create = yes
END
mkdir -p /var/lib

# As the service does, which has then been killed.
vmtoolsd --cmd 'vm-operation-notification.register {"appName": "shop", "notificationTypes": ["sla-miss"]}' |
	sed -n 's/.*"uniqueToken": "\([^"]*\)".*/\1/p' | tr -d '\n' >/tmp/old_token
ok "the service has a registration" host wait-registered timeout=5
registrations=$(host_get registrations stats)

# Whatever its program is, the name tells.
cp "$(command -v vmopnotifyctl)" /tmp/vmnotification.py
/tmp/vmnotification.py wait expired &
service=$!
within 10 grep -q vmnotification.py /proc/$service/cmdline
fails "while the service runs nothing is imported" import
like "$(import 2>&1)" "*running, pid $service:*" "it is told why"
ok "and there is nothing" [ ! -e /etc/vmopnotify/apps.d/shop.conf ]
kill $service
wait $service 2>/dev/null

ok "then it is imported" import
# shellcheck disable=SC2086
ok "all of it" ls $MADE
is "$(stat -c %a /var/lib/vmopnotify/token)" 600 "the token is private"
fails "but not twice" import

vmopnotifyd >>$LOG 2>&1 &
# shellcheck disable=SC2034
helper=$!
ok "vmopnotifyd starts with that" within 20 helper_is_attached
ok "it goes on with the registration" log_has "the host still knows the token"
is "$(host_get registrations stats)" "$registrations" \
	"there is no second one"
like "$(vmtoolsd --cmd vm-operation-notification.list)" \
	'*"appName": "shop"*' "it is the same application"
id=$(host_get id start timeout=60)
ok "a migration is announced and acked through it" \
	host wait-ack id="$id" timeout=20
host end id="$id" >/dev/null
ok "and ends" within 20 state_is idle

kill_helper TERM
ok "in the end the host has it back" host wait-unregistered timeout=5
# shellcheck disable=SC2086
rm -rf /etc/vmopnotify /var/lib/vmopnotify
done_testing
