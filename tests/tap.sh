# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What tests that run on this machine share: checks, and the line that sums up.

passed=0 failed=0 skipped=0

# make_work NAME - a folder, $work, for as long as the test runs
make_work() {
	work=$(mktemp -d "${TMPDIR:-/tmp}/vmopnotify-$1.XXXXXX") || exit
	trap 'rm -rf "$work"' EXIT
	trap 'exit 130' INT TERM
}

# check NAME COMMAND...: passes where the command succeeds and prints nothing.
check() {
	local name=$1 said
	shift
	if said=$("$@" 2>&1) && [ -z "$said" ]; then
		echo "ok - $name"
		passed=$((passed + 1))
	else
		echo "not ok - $name"
		[ -z "$said" ] || printf '%s\n' "$said" | sed 's/^/# /'
		failed=$((failed + 1))
		return 1
	fi
}

# ok NAME COMMAND...: passes where it succeeds; what it printed is shown if not.
ok() {
	check "$1" silently "${@:2}"
}

silently() {
	local said status

	said=$("$@" 2>&1)
	status=$?
	[ $status = 0 ] || printf 'exit status %s: %s\n%s\n' $status "$*" "$said"
	return $status
}

# is GOT WANTED NAME
is() {
	check "$3" equal "$1" "$2"
}

equal() {
	[ "$1" = "$2" ] || printf 'got:    %s\nwanted: %s\n' "$1" "$2"
}

# skip NAME REASON [N] - in place of N checks
skip() {
	echo "ok - $1 # SKIP $2"
	skipped=$((skipped + ${3:-1}))
}

# sum_up - as the last command: what the test exits with
sum_up() {
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" = 0 ]
}
