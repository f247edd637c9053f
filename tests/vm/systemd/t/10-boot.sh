#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What a boot leaves: nobody has done anything since.
. /lab/lib.sh
. /lab/service.sh

ok "the service has started at boot" systemctl is-active $UNIT
is "$(unit_get Type)" notify "and has told so itself"
is "$(unit_get NRestarts)" 0 "at the first try"
like "$(unit_get StatusText)" "*attached*" "its status says that it is attached"
ok "the host has it registered" host wait-registered timeout=120
is "$(state)" idle "the module is armed"
like "$(journalctl --boot --identifier systemd-modules-load)" \
	"*Inserted module 'vmopnotify'*" "modules-load has loaded the module"

pid=$(unit_get MainPID)
is "$(stat -c '%U:%G' "/proc/$pid")" vmopnotifyd:vmopnotifyd \
	"it runs as its own user"
is "$(of_process Groups "$pid" | tr -d ' ')" "$(id -g vmopnotifyd)" \
	"in no other group"
for set in CapInh CapPrm CapEff CapBnd CapAmb; do
	is "$(of_process $set "$pid")" 0000000000001000 \
		"$set is CAP_NET_ADMIN and nothing else"
done
is "$(of_process NoNewPrivs "$pid")" 1 "it can gain nothing by an exec"
is "$(of_process Seccomp "$pid")" 2 "its system calls are filtered"
like "$(getent passwd vmopnotifyd)" "*:/usr/sbin/nologin" "nobody can log in as it"

is "$(stat -c '%a %U:%G' /dev/vmopnotify)" "660 root:vmopnotify" \
	"the device is for the group"
is "$(stat -c '%a %U:%G' $STATE_DIR)" "700 vmopnotifyd:vmopnotifyd" \
	"its state is its own"
is "$(stat -c '%a %U:%G' $TOKEN)" "600 vmopnotifyd:vmopnotifyd" \
	"and so is the token"
like "$(vmopnotifyctl status)" "*idle*" "vmopnotifyctl sees it"

ok "systemd finds nothing wrong with the unit" \
	[ -z "$(systemd-analyze verify --man=no /usr/lib/systemd/system/$UNIT 2>&1)" ]
ok "and rates its exposure at no more than 1.5" \
	systemd-analyze --no-pager --offline=true --threshold=15 security \
	/usr/lib/systemd/system/$UNIT
done_testing
