# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# For tests of the packages, which go on one from the other: what is installed by
# one is upgraded by the next.
. /lab/service.sh

NAMES="vmopnotify libvmopnotify1 libvmopnotify-dev"
APP=vmopnotify-app@shop.service
CONF=/etc/vmopnotify/vmopnotifyd.conf

# versions - of the packages in /lab/debs, the first one first
versions() {
	ls /lab/debs | sed -n 's/^vmopnotify_\(.*\)_[a-z0-9]*\.deb/\1/p' | sort -V
}

# install VERSION - as an administrator does, without being asked anything
install() {
	(
		cd /lab/debs
		DEBIAN_FRONTEND=noninteractive
		export DEBIAN_FRONTEND
		for install_name in $NAMES; do
			echo "${install_name}_$1"_*.deb
		done | xargs dpkg --force-confold -i
	)
}

# files - all that there are, but for logs and what is remembered
files() {
	find / -xdev ! -type d ! -path '/lab/*' ! -path '/tmp/*' \
		! -path '/var/tmp/*' ! -path '/var/log/*' \
		! -path '/var/lib/dpkg/*' ! -path '/var/lib/systemd/t*' \
		! -path '/var/cache/ldconfig/*' ! -path '/usr/lib/modules/*' |
		sort
}

# put_away, put_back - the module, from where modprobe finds it
put_away() {
	module_file=$(find /usr/lib/modules/*/updates -name vmopnotify.ko)
	mv "$module_file" /lab/vmopnotify.ko
	depmod 2>/dev/null
}

put_back() {
	mv /lab/vmopnotify.ko "$module_file"
	depmod 2>/dev/null
}

app_pid() {
	systemctl show --value --property MainPID $APP
}
