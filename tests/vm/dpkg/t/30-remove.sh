#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The packages are removed, and then purged.
. /lab/lib.sh
. /lab/dpkg.sh

is_gone() {
	[ "$(systemctl is-active "$1")" = inactive ]
}

conf=$(cat $CONF)
ok "the packages are removed" dpkg -r $NAMES
ok "the service is stopped" is_gone $UNIT
ok "applications' services, too" is_gone $APP
is "$(cat $SYS/consumers)" 0 "nobody takes part"
ok "the host has no registration any more" host wait-unregistered timeout=10
is "$(state)" detached "and the module knows"
fails "no unit is there" systemctl cat vmopnotify-app@.service
fails "no program" [ -e /usr/bin/vmopnotifyctl ]
is "$(cat $CONF)" "$conf" "the configuration is"

ok "they are purged" dpkg -P $NAMES
files >/lab/after
is "$(diff /lab/before /lab/after)" "" "no file is there that was not before"
is "$(find / -xdev -name '*vmopnotify*' -type d ! -path '/lab/*' \
	! -path '/tmp/*' ! -path '/etc/systemd/system/vmopnotifyd.service.d')" \
	"" "nor a directory with its name"
ok "the user stays, as its number must not become another's" \
	getent passwd vmopnotifyd
ok "and the group" getent group vmopnotify
systemctl daemon-reload
is "$(systemctl list-units --all --no-legend 'vmopnotify*')" "" \
	"systemd knows of nothing"
done_testing
