#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The sandbox: what it takes away, and that nothing that is needed is among it.
. /lab/lib.sh
. /lab/service.sh

dir=/run/systemd/system
mkdir -p $dir/probe.service.d
cp /usr/lib/systemd/system/$UNIT $dir/probe.service
cp /etc/systemd/system/$UNIT.d/*.conf $dir/probe.service.d
cat >$dir/probe.service.d/99-probe.conf <<-END
	[Service]
	Type=oneshot
	ExecStart=
	ExecStart=/run/probe
	Restart=no
	WatchdogSec=0
	StandardOutput=truncate:/run/probe.said
	StandardError=inherit
	END
systemctl daemon-reload

# All at once: what is tried in the service's place, and what comes of it.
cat >/run/probe <<-'END'
	#!/bin/bash
	try() {
		said=$(eval "$2" 2>&1) && said="done: $said"
		echo "$1: ${said//$'\n'/ }"
	}
	try state 'echo 1 >/var/lib/vmopnotify/test && rm /var/lib/vmopnotify/test'
	try vmtoolsd 'vmtoolsd --cmd vm-operation-notification.list'
	try libvmtools 'rpc vm-operation-notification.list'
	try etc 'touch /etc/x'
	try var 'touch /var/x'
	try sysctl 'echo 1 >/proc/sys/kernel/sysrq'
	try sysfs 'echo 1 >/sys/kernel/profiling'
	try home 'ls /home'
	try root 'ls /root'
	try processes 'ls -d /proc/1'
	try disk 'ls /dev/vda'
	try device 'ls /dev/vmopnotify'
	try tmp 'ls -A /tmp'
	try internet 'echo >/dev/tcp/127.0.0.1/22'
	try namespace 'unshare --user true'
	try user 'setpriv --reuid root true'
	try clock 'date --set 2020-01-01'
	try setuid 'cp /bin/true /tmp/x && chmod u+s /tmp/x'
	try priority 'nice -n -5 true'
	END
chmod 0755 /run/probe

# told NAME
told() {
	sed -n "s/^$1: //p" /run/probe.said
}

echo 1 >/tmp/of-others
ok "a program runs in the helper's sandbox" systemctl start probe.service
like "$(told state)" "done:*" "its state can be written"
like "$(told vmtoolsd)" 'done:*"result": true*' "vmtoolsd reaches the host"
like "$(told libvmtools)" 'done:*"result": true*' \
	"libvmtools does, in the process itself"
like "$(told etc)" "*Read-only file system" "no configuration can be written"
like "$(told var)" "*Read-only file system" "nor other programs' state"
like "$(told sysctl)" "*No such file or directory" "nor the kernel's settings"
like "$(told sysfs)" "*Read-only file system" "in sysfs neither"
like "$(told home)$(told root)" "*Permission denied*Permission denied" \
	"homes are closed"
like "$(told processes)" "*No such file or directory" \
	"nobody else's processes are there"
like "$(told disk)" "*No such file or directory" "no disk is there"
like "$(told device)" "*No such file or directory" "nor another device"
is "$(told tmp)" "done: " "/tmp is its own"
like "$(told internet)" "*Address family not supported*" "no Internet"
like "$(told namespace)" "*Operation not permitted" "no namespace of its own"
like "$(told user)" "*Operation not permitted" "no other user"
like "$(told clock)" "*Operation not permitted*" "no clock can be set"
like "$(told setuid)" "*Operation not permitted" "no program made setuid"
like "$(told priority)" "*Operation not permitted*" "no higher priority"

# That a call is denied does not show where it is answered with an error that
# nobody minds.  So let it kill.
not_killed() {
	! dmesg | grep -w type=1326
}
fresh_service SystemCallErrorNumber=kill
ok "without one denied system call it serves" is_serving
app_as app strict
within 120 value_is consumers 1
id=$(host_get id start timeout=300)
ok "acks" host wait-ack id="$id" acks=1 timeout=120
host end id="$id" >/dev/null
ok "ends" within 120 state_is idle
systemctl stop $UNIT
ok "and stops" unit_is Result success
is "$(unit_get NRestarts)" 0 "it was never killed"
ok "nor were its commands" not_killed
fresh_service
done_testing
