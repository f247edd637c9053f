#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Each command of the documents has a place where a test runs it.  Those for which
# there is none here, as what they work on is not here, are named below, and the
# shell has to be able to read them.  The last line sums up.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh

check "each command of the documents is run, and each that is run is in one" \
	tests/docs/commands check
commands=$(tests/docs/commands elsewhere) || exit

# elsewhere PROGRAM REASON - all of that program's
elsewhere() {
	local program where command

	while read -r program where command; do
		[ "$program" = "$1" ] || continue
		if [ "$program" != powershell ] &&
			! check "$where: the shell can read it" \
				bash -n <<<"$command"; then
			continue
		fi
		skip "$where: $command" "$2"
	done <<<"$commands"
}

elsewhere mokutil "takes a machine with Secure Boot, and its firmware"
sum_up
