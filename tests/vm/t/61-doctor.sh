#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The doctor, with the real vmtoolsd and a host that can be made ill.
. /lab/lib.sh
. /lab/helper.sh

CONF=/tmp/vmopnotifyd.conf

doctor() {
	vmopnotifyctl doctor --config $CONF 2>&1
}

# verdict CHECK - its line of the last look
verdict() {
	grep -E "^(ok|unknown|warning|failure) +$1  " /tmp/doctor
}

# finds LEVEL CHECK WORDS NAME - in the last look
finds() {
	like "$(verdict "$2")" "$1 *$3*" "$4"
}

look() {
	doctor >/tmp/doctor
	doctor_status=$?
}

diag "nothing is there"

write_conf vmtoolsd_path=/nowhere/vmtoolsd
look
is "$doctor_status" 1 "a failure is told by the exit code"
finds failure hypervisor "DMI says*" "a machine that is not VMware's is told"
finds unknown "hardware version" "cannot be known" \
	"what cannot be known is not guessed"
finds failure "VMware Tools" "/nowhere/vmtoolsd*No such file" \
	"missing tools are told"
like "$(cat /tmp/doctor)" "*-> *open-vm-tools*" "with what to do"
finds unknown "host's feature" "without vmtoolsd" "the host cannot be asked then"
finds failure helper "would come unannounced" "a missing helper is told"
finds ok module "version" "the module is there"
finds ok ABI "version" "its ABI is known"
finds ok device "mode 0660" "the device has its mode"
finds ok access "root may take part" "root may open it"

as nobody vmopnotifyctl doctor --config $CONF >/tmp/doctor
finds warning access "nobody may not take part" "who may not is told"
like "$(cat /tmp/doctor)" "*usermod -aG vmopnotify nobody*" "with what to do"
as app vmopnotifyctl doctor --config $CONF >/tmp/doctor
finds ok access "app may take part" "who may is told"

diag "all is well"

write_conf
look
finds ok "VMware Tools" "VMware Tools daemon, version 1" "the tools have a version"
finds ok "host's feature" "announces operations" "the host answers"
finds ok "hardware version" "host answers" "which takes the hardware"
finds ok registration "the place is free" "nobody is registered"
finds ok token "none" "so there is no token"
start_helper
look
finds ok helper "vmopnotifyd * as \"lab\", pid $helper (vmopnotifyd)" \
	"the helper is named"
finds ok registration "\"lab\"" "its registration, too"
finds ok token "$TOKEN, mode 0600" "and its token"
finds ok timeout "waits for" "and the timeout it was granted"
fails "the token itself is not shown" grep -qF "$(cat $TOKEN)" /tmp/doctor
vmopnotifyctl doctor --json --config $CONF | tr -d '\t\n ' >/tmp/doctor.json
like "$(cat /tmp/doctor.json)" \
	'{"result":"failure","checks":[*{"check":"helper","result":"ok"*' "JSON"
host start id=9 timeout=60 >/dev/null
look
ok "it takes no event from the helper" within 20 value_is operation_id 9
host end id=9 >/dev/null
within 20 state_is idle
diag "all is not"

chmod 0644 $TOKEN
chmod 0666 /dev/vmopnotify
look
finds failure token "mode 0644" "a token that others can read is a failure"
finds warning device "mode 0666" "a device for anybody is a warning"
chmod 0600 $TOKEN
chmod 0660 /dev/vmopnotify
write_conf nonsense=1
look
finds failure configuration "$CONF:*nonsense*" \
	"a mistake in the configuration is named with its line"
write_conf
sed -i 's/app_name = lab/app_name = other/' $CONF
kill_helper
look
finds failure helper "none is attached" "a helper that died is missed"
finds failure registration "\"lab\", and not \"other\"" \
	"its registration is in the way of another name"
write_conf
look
finds ok registration "\"lab\"" "with its token the next one goes on with it"
mv $TOKEN $TOKEN.away
look
finds failure registration "no helper is attached, and there is no $TOKEN" \
	"without it nobody can"
like "$(cat /tmp/doctor)" "*-> *rebooted*" "with what to do"
mv $TOKEN.away $TOKEN
host disable >/dev/null
look
finds failure "host's feature" "not enabled" "a feature that is off is told"
like "$(cat /tmp/doctor)" "*-> *vmOpNotificationToAppEnabled*" "with what to do"
host enable >/dev/null
host misbehave unknown rpc=list count=1 >/dev/null
look
finds failure "host's feature" "does not know" "an old host is told"
host misbehave none >/dev/null
host misbehave hang rpc=list count=1 >/dev/null
write_conf rpc_timeout_ms=8000
look
finds failure "host's feature" "no answer in 8000 ms" "one that hangs, too"
host misbehave none >/dev/null

unload vmopnotify
look
finds failure module "not loaded" "a module that is not loaded is told"
ok "and is not loaded by asking" [ ! -e /sys/module/vmopnotify ]
finds failure device "no /dev/vmopnotify" "the device is missing then"
load /lab/modules.d/vmopnotify.ko

done_testing
