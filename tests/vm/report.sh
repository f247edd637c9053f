# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# How whoever runs the tests in the guest tells of it; see machine.sh, which
# reads that.

say() {
	echo "#lab $*"
}

# A mark in the kernel's log, by which a warning is laid at a test's door.
mark() {
	echo "<6>vmlab: $*" >/dev/kmsg
}

# begin NAME - of a test, that has made no check yet
begin() {
	count=0
	say begin "$1"
	mark begin "$1"
}

# end NAME STATUS
end() {
	mark end "$1"
	say end "$1" "$2"
}

# ok_if STATUS NAME - a check, counted in $count
ok_if() {
	count=$((count + 1))
	[ "$1" = 0 ] && echo "ok $count - $2" || echo "not ok $count - $2"
	[ "$1" = 0 ]
}
