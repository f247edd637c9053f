# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the lab's tests share; they run on the host, with a guest that has
# tests/lab/agent.  A test begins with
#
#	. tests/lab/test.sh
. tests/vm/lib.sh

lab=build/lab
work=$(mktemp -d "${TMPDIR:-/tmp}/vmotion.XXXXXX")
trap 'rm -rf "$work"' EXIT

# As busybox has it.
usleep() {
	sleep "$(printf '0.%06d' "$1")"
}

vmotion() {
	"$lab/vmotion" "$@"
}

# As fast as it goes.
migrate() {
	vmotion start --bandwidth 0 "$@"
}

host() {
	(cd "$VMOTION_LAB" && "$OLDPWD/$lab/vmxctl" --socket control "$@")
}

# guest COMMAND - there; what it prints, and whether it succeeds, which it does
# not where the guest does not run
guest() {
	local said status

	said=$(cd "$VMOTION_LAB" && timeout 30 "$OLDPWD/$lab/vmxctl" \
		--socket current/requests "$*")
	status=$?
	said=${said#*'"out":"'}
	base64 -d <<<"${said%%'"'*}"
	return $status
}

current() {
	readlink "$VMOTION_LAB/current"
}

other() {
	[ "$(current)" = a ] && echo b || echo a
}

# The QEMUs of this lab, by their folder.
processes() {
	local link

	for link in /proc/[0-9]*/cwd; do
		case $(readlink "$link" 2>/dev/null) in
		"$VMOTION_LAB"/[ab]) echo "${link//[^0-9]/}" ;;
		esac
	done
}

# is_clean HOST - the guest runs there, and there is nothing that need not be
is_clean() {
	local left

	[ "$(current)" = "$1" ] || { echo "it is on $(current)"; return 1; }
	[ "$(processes)" = "$(cat "$VMOTION_LAB/$1/qemu.pid")" ] ||
		{ echo "QEMUs: $(processes)"; return 1; }
	left=$(cd "$VMOTION_LAB" && find . -path "./$1/*" -prune -o \
		\( -type s ! -name control -o -name qemu.pid -o \
		-name reserved \) -print
		ls "$VMOTION_LAB/$1/reserved" 2>/dev/null)
	[ -z "$left" ] || { echo "left: $left"; return 1; }
	vmotion status >/dev/null
}

# is_at_rest HOST - the same, and in the guest all have resumed
is_at_rest() {
	is_clean "$1" || return
	within 10 guest balanced || guest balanced
}

# over FIELD - of the last line of the last migration
over() {
	python3 -c 'import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
print(lines[-1].get(sys.argv[2]))' "$VMOTION_LAB/vmotion.log" "$1"
}

# try WANTED NAME COMMAND... - by its exit status; what it said is in $said
try() {
	local wanted=$1 name=$2 status

	shift 2
	said=$("$@" 2>&1)
	status=$?
	[ "$status" = "$wanted" ]
	if [ $? = 0 ]; then
		pass "$name"
	else
		not_ok "$name"
		diag "exit status $status: $*"
		diag "$said"
		return 1
	fi
}
