# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# How tests make a Debian 12 of their own.  The packages come from where this
# machine's apt has its own, and by the same way.  Takes a minute, and need not
# be root: mmdebstrap can do with a user namespace.

# make_bookworm FOLDER LOG PACKAGE... - FOLDER/root.tar: the essential packages,
# these, and what they depend on; fails, and says why
make_bookworm() {
	local work=$1 log=$2 said

	shift 2
	apt-get indextargets --format 'deb $(REPO_URI) $(CODENAME) $(COMPONENT)' \
		'Created-By: Packages' |
		grep -E ' bookworm(-updates|-security)? main$' | sort -u \
		>"$work/sources.list" || {
		echo "apt knows no archive of bookworm" >&2
		return 1
	}
	# Its proxy, for one.
	apt-config dump Acquire >"$work/apt.conf"
	said=$(IFS=,; echo "$*")
	mmdebstrap --variant=essential --format=tar --include="$said" \
		--aptopt="$work/apt.conf" \
		bookworm "$work/root.tar" - <"$work/sources.list" \
		>"$log" 2>&1 && return
	tail -n 20 "$log" >&2
	echo "mmdebstrap failed; all of it: $log" >&2
	return 1
}
