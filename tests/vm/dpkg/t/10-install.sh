#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The packages are installed where there is neither VMware nor a module, and then
# there are both.
. /lab/lib.sh
. /lab/dpkg.sh

version=$(versions | head -n 1)
drop_in=/etc/systemd/system/$UNIT.d/lab.conf
put_away
# This machine says that it is VMware's, so udev has loaded it.
[ ! -d /sys/module/vmopnotify ] || rmmod vmopnotify
files >/lab/before
# That has the service think that it is on VMware.
mv $drop_in /lab

fails "nobody is vmopnotifyd" getent passwd vmopnotifyd
fails "no group is vmopnotify" getent group vmopnotify
ok "the packages install without both" install "$version"
ok "the service is enabled" systemctl is-enabled $UNIT
is "$(unit_get ConditionResult) $(unit_get ActiveState)" "no inactive" \
	"but is not for a machine that is not VMware's"
mv /lab/lab.conf $drop_in
systemctl daemon-reload
fails "on one that is it does not start without the module" \
	systemctl start $UNIT
tries_again() {
	[ "$(unit_get NRestarts)" -gt 0 ]
}
ok "but tries until it finds it" within 60 tries_again
like "$(getent passwd vmopnotifyd)" "*:/usr/sbin/nologin" \
	"the user is there, and nobody can log in as it"
ok "and so is the group" getent group vmopnotify

# What takes half a second in an emulated machine may take many.
sed -i -e 's/^#\(poll_interval_ms\) = .*/\1 = 500/' \
	-e 's/^#\(rpc_timeout_ms\) = .*/\1 = 45000/' $CONF
put_back
ok "once the module is there, the service serves by itself" \
	within 120 is_serving
ok "which has loaded it" [ -d /sys/module/vmopnotify ]
if [ -n "$(modinfo -F signer vmopnotify)" ]; then
	is "$(modinfo -F signer vmopnotify)" "DKMS module signing key" \
		"the module that DKMS has made"
else
	skip "the module is not one that DKMS has made"
fi
is "$(state)" idle "which is armed"
like "$(vmopnotifyctl status)" "*idle*" "as vmopnotifyctl says"
is "$(stat -c '%a %U:%G' /dev/vmopnotify)" "660 root:vmopnotify" \
	"the device is for the group"
is "$(stat -c '%a %U:%G' $STATE_DIR)" "700 vmopnotifyd:vmopnotifyd" \
	"the state is the service's"
is "$(dpkg -L $NAMES | sort -u | xargs stat -c '%U:%G' | sort -u)" root:root \
	"all that the packages have is root's"
is "$(dpkg -L $NAMES | sort -u | xargs stat -c '%a' | sort -u | tr '\n' ' ')" \
	"644 755 777 " "for all to read, and for nobody to write"
is "$(dpkg --verify $NAMES)" "??5?????? c $CONF" \
	"as it is in them, but for the configuration"
like "$(ldconfig -p)" "*libvmopnotify.so.1*" "programs find the library"
done_testing
