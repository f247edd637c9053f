#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# An application as a service: through a migration in which its runner is
# killed, and one in which it is stopped.  And what is left to read of it.
. /lab/lib.sh
. /lab/service.sh

APP=vmopnotify-app@shop.service
CONF=/etc/vmopnotify/apps.d/shop.conf

app_pid() {
	systemctl show --value --property MainPID $APP
}

# entries MATCH... - of the journal since the service was made anew
entries() {
	journalctl --quiet --output cat --since "@$fresh_since" "$@"
}

has_entry() {
	entry_text=$1
	shift
	entries "$@" | grep -qF -- "$entry_text"
}

has_history() {
	vmopnotifyctl history --json | grep -qF "$1"
}

is_another_runner() {
	[ "$(app_pid)" != 0 ] && [ "$(app_pid)" != "$1" ] &&
		systemctl is-active --quiet $APP && value_is consumers 1
}

cat >$CONF <<-END_CONF
[app]
quiesce = echo quiesce >>/tmp/app.shop && echo closing the shop
unquiesce = echo unquiesce >>/tmp/app.shop
user = app
END_CONF

fresh_service
ok "its service starts" systemctl start $APP
ok "it takes part" value_is consumers 1

id=$(host_get id start timeout=300)
ok "a migration: the host has an ack" host wait-ack id="$id" acks=1 timeout=120
ok "the application is quiet" app_did shop quiesce
is "$(stat -c %U /tmp/app.shop)" app "its command ran as its user"
ok "what it printed is in the journal, under the operation" \
	within 60 has_entry "closing the shop" \
	SYSLOG_IDENTIFIER=shop VMOPNOTIFY_OPERATION="$id"
pid=$(app_pid)
systemctl kill --kill-whom=main --signal=KILL $APP
ok "the runner is killed: systemd starts another" \
	within 120 is_another_runner "$pid"
ok "the application stays quiet" app_did shop quiesce
host end id="$id" >/dev/null
ok "and resumes at the end" within 120 app_did shop quiesce unquiesce

id=$(host_get id start timeout=300)
ok "another migration" host wait-ack id="$id" acks=1 timeout=120
ok "a stop of the service in the middle" systemctl stop $APP
ok "has the application resume" \
	app_did shop quiesce unquiesce quiesce unquiesce
ok "and nobody waits for it" value_is consumers 0
host end id="$id" status=failure >/dev/null
ok "the end" within 120 state_is idle

ok "the helper's entry of it is in the journal" within 60 \
	has_entry "" MESSAGE_ID=5d0b4a3c4f5f4bd6a2c8f1f0a1e7c936 \
	VMOPNOTIFY_OPERATION="$id" VMOPNOTIFY_OUTCOME=failed
ok "and history has it" within 60 has_history "$id"
like "$(vmopnotifyctl doctor)" "*ok*service*" "doctor finds the service well"
rm -f $CONF
done_testing
