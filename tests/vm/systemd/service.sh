# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# For tests of the helper as systemd's service; with what helper.sh has.
. /lab/helper.sh

UNIT=vmopnotifyd.service
STATE_DIR=/var/lib/vmopnotify
TOKEN=$STATE_DIR/token
DROP_IN=/run/systemd/system/$UNIT.d/50-test.conf

# unit_get PROPERTY
unit_get() {
	systemctl show --value --property "$1" $UNIT
}

# unit_is PROPERTY VALUE
unit_is() {
	[ "$(unit_get "$1")" = "$2" ]
}

# of_process FIELD PID - from its status in /proc
of_process() {
	sed -n "s/^$1:[[:space:]]*//p" "/proc/$2/status"
}

# service_log - what it has logged since the service was made anew
service_log() {
	journalctl --quiet --output cat --unit $UNIT --since "@$fresh_since"
}

service_logged() {
	service_log | grep -qF -- "$1"
}

# is_serving - it runs, attached and registered
is_serving() {
	systemctl is-active --quiet $UNIT && helper_is_attached &&
		[ "$(unit_get MainPID)" != 0 ] &&
		host wait-registered timeout=0
}

# is_another PID - it is serving, and is not that process
is_another() {
	[ "$(unit_get MainPID)" != "$1" ] && is_serving
}

# fresh_service [LINE]... - as if nothing had been, on a host that knows nobody;
# with these lines in its unit's [Service]
fresh_service() {
	systemctl stop $UNIT
	host reset >/dev/null
	rm -rf "$STATE_DIR" "$DROP_IN"
	if [ $# -gt 0 ]; then
		mkdir -p "${DROP_IN%/*}"
		{
			echo "[Service]"
			printf '%s\n' "$@"
		} >"$DROP_IN"
	fi
	systemctl daemon-reload
	fresh_since=$(date +%s)
	systemctl start $UNIT
	within 120 is_serving
}

# app_as USER NAME [OPTION]... - as app(), but that it is a user's
app_as() {
	app_user=$1 app_name=$2
	shift 2
	as "$app_user" vmopnotifyctl run --name "$app_name" \
		--quiesce "echo quiesce >>/tmp/app.$app_name" \
		--unquiesce "echo unquiesce >>/tmp/app.$app_name" \
		"$@" >>/tmp/app.log.$app_user 2>&1 &
}

# hold - an application that gets quiet only once there is /tmp/go
hold() {
	as app vmopnotifyctl run --name held --on-failure hold \
		--quiesce "until [ -e /tmp/go ]; do usleep 10000; done" \
		--unquiesce true >>/tmp/app.log.app 2>&1 &
	holder=$!
}
