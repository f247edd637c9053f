#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Who has nothing but the module has it loaded: by udev where the machine says
# that it is VMware's, as at each boot, and by whoever asks for it.
. /lab/lib.sh
. /lab/service.sh

is_loaded() {
	[ -c /dev/vmopnotify ] && [ -d $SYS ]
}

put_out() {
	systemctl stop $UNIT
	ok "$1: it is not loaded" within 30 unload vmopnotify
	fails "$1: nor is there a device" [ -e /dev/vmopnotify ]
}

device_is_for_group() {
	[ "$(stat -c '%a %G' /dev/vmopnotify)" = "660 vmopnotify" ]
}

put_out "without it"
# The files of modules-load.d have had their turn.
udevadm trigger --action=add /sys/devices/virtual/dmi/id
ok "udev loads it on a machine of VMware's" within 60 is_loaded
ok "the device comes to be for the group" within 60 \
	device_is_for_group

put_out "without it once more"
like "$(vmopnotifyctl status)" "*detached*" "asking for the state loads it"

ok "the service starts" systemctl start $UNIT
ok "and serves" within 120 is_serving
done_testing
