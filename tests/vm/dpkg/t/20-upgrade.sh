#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The next version is installed, in the middle of a migration; and once more.
. /lab/lib.sh
. /lab/dpkg.sh

is_another_app() {
	[ "$(app_pid)" != 0 ] && [ "$(app_pid)" != "$1" ] && value_is consumers 1
}

next=$(versions | tail -n 1)
cat >/etc/vmopnotify/apps.d/shop.conf <<-END
	[app]
	quiesce = echo quiesce >>/tmp/app.shop
	unquiesce = echo unquiesce >>/tmp/app.shop
	END
conf=$(cat $CONF)
registrations=$(host_get registrations stats)
ok "an application takes part" systemctl enable --now $APP
ok "as the module knows" within 60 value_is consumers 1

id=$(host_get id start timeout=300)
ok "a migration" host wait-ack id="$id" acks=1 timeout=120
ok "the application is quiet" app_did shop quiesce
pid=$(unit_get MainPID)
app=$(app_pid)
said=$(install "$next" 2>&1)
is "$?" 0 "the next version installs in the middle of it"
is "$(vmopnotifyctl --version)" "vmopnotifyctl $next" "and is what is there"
ok "the service is another process" within 120 is_another "$pid"
is "$(state)" quiesced "the operation goes on"
is "$(app_pid)" "$app" "the application's service is the same process"
ok "and the application is quiet" app_did shop quiesce
like "$said" "*an operation is open*" "as it was said"
host end id="$id" >/dev/null
ok "it resumes at the end" within 120 app_did shop quiesce unquiesce
ok "of the operation" within 120 state_is idle
is "$(host_get double_acks stats)" 0 "nothing was acked twice"
is "$(host_get registrations stats)" "$registrations" \
	"all on one registration"
is "$(cat $CONF)" "$conf" "the configuration is as it was"

# As it is where the module was loaded before the rule was there.
chown root:root /dev/vmopnotify
chmod 0600 /dev/vmopnotify
ok "without a migration" install "$next"
device_is_for_group() {
	[ "$(stat -c '%a %U:%G' /dev/vmopnotify)" = "660 root:vmopnotify" ]
}
ok "a device that was there before is for the group, too" \
	within 60 device_is_for_group
ok "applications' services are started anew, too" \
	within 120 is_another_app "$app"
ok "the service serves" within 120 is_serving
done_testing
