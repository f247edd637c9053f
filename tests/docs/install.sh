#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What the documents say of packages, and of an installation from the source: in
# a Debian of its own, into which apt installs as into any other; that the services
# run there is for machines.  The last line sums up.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh
. tests/docs/lib.sh
. tests/packages/chroot.sh

make_work docs
root=$work/root
version=$(cat VERSION)
# shellcheck disable=SC2034
doc_limit=900

doc 'make deb'
ok "there are packages" test -e "build/deb/vmopnotify-dkms_${version}_all.deb"
doc 'make rpm'
ok "there are RPMs" test -e build/rpm/vmopnotify-"$version"-*.x86_64.rpm

# fresh - a system with the source in /source, where apt asks nothing, and which
# takes its kernel for the one that is running
fresh() {
	local archive

	archive=$(tests/packages/root) || return
	rm -rf "$root"
	unpack "$archive" || return
	release=$(basename "$root"/lib/modules/*)
	cp /etc/resolv.conf "$root/etc" || return
	mkdir "$root/source"
	tar -xzf "$(packaging/dist)" --strip-components=1 -C "$root/source"
	echo 'APT::Get::Assume-Yes "true";' >"$root/etc/apt/apt.conf.d/99yes"
	cat >"$root/usr/sbin/uname" <<-END
	#!/bin/sh
	[ "\$*" = -r ] && echo $release || exec /usr/bin/uname "\$@"
	END
	chmod 0755 "$root/usr/sbin/uname"
	in_root apt-get update
}

cat >"$work/shell" <<END
#!/bin/bash
root=$root
cd $PWD && . tests/packages/chroot.sh && in_root bash -c "cd /source; \$1"
END
chmod 0755 "$work/shell"
# shellcheck disable=SC2034
doc_shell=("$work/shell")

module() {
	find "$root/lib/modules/$release" -name vmopnotify.ko
}

# Some are given to users that a namespace of one's own does not have.
if [ "$(id -u)" != 0 ]; then
	skip "what apt installs" "takes root, as packages have files of many users" 16
	sum_up
	exit
fi

ok "a fresh Debian" fresh
release=$(basename "$root"/lib/modules/*)
mkdir -p "$root/source/build"
cp -r build/deb "$root/source/build"
doc - <<'END'
apt-get install linux-headers-amd64 \
    ./build/deb/vmopnotify_*.deb ./build/deb/vmopnotify-dkms_*.deb
END
ok "the helper is installed" test -x "$root/usr/sbin/vmopnotifyd"
ok "and will be started" test -L \
	"$root/etc/systemd/system/multi-user.target.wants/vmopnotifyd.service"
ok "the module is built" test -n "$(module)"
doc --as "modinfo -k $release -F signer vmopnotify" \
	--because "that kernel does not run here" \
	--says 'DKMS module signing key' 'modinfo -F signer vmopnotify'

ok "another fresh Debian" fresh
doc - <<'END'
apt-get install dkms build-essential pkg-config open-vm-tools \
    linux-headers-$(uname -r) libnl-genl-3-dev libcjson-dev \
    libsystemd-dev libinih-dev
END
doc 'make install install-dkms'
ok "the helper is installed" test -x "$root/usr/sbin/vmopnotifyd"
doc 'dkms install vmopnotify/$(cat VERSION)'
ok "the module is built" test -n "$(module)"
doc --with OLD "$version" 'dkms remove vmopnotify/OLD --all'
ok "and gone" test -z "$(module)"
doc --with OLD "$version" 'rm -r /usr/src/vmopnotify-OLD'

ran_all
sum_up
