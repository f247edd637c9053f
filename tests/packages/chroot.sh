# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For tests in a system of their own, in $root, on the machine's kernel.

# unpack ARCHIVE - where this is not root's, all is its user's; and devices are
# this machine's, see tests/vm/inside
unpack() {
	local as=(--same-owner)

	mkdir -p "$root/dev"
	[ "$(id -u)" = 0 ] || as=(--no-same-owner --exclude './dev/*')
	tar -xpf "$1" -C "$root" "${as[@]}" || return
	[ ! -e "$root/dev/null" ] || return 0
	touch "$root"/dev/{null,zero,random,urandom} &&
		ln -s /proc/self/fd "$root/dev/fd"
}

in_root() {
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C HOME=/root \
		DEBIAN_FRONTEND=noninteractive \
		tests/vm/inside "$root" nice -n 15 "$@"
}
