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

make_work docs

# noticed SCRIPT FILE PATTERN - what sed's script makes of a document, or a test
noticed() {
	local said

	rm -rf "$work/tree"
	mkdir -p "$work/tree/tests"
	cp -r README.md CONTRIBUTING.md docs "$work/tree"
	cp -r tests/docs "$work/tree/tests"
	sed -i "$1" "$work/tree/$2"
	! cmp -s "$2" "$work/tree/$2" || echo "$2 is as it was"
	! said=$("$work/tree/tests/docs/commands" check) || echo "it passes"
	grep -q -- "$3" <<<"$said" || printf '%s\n' "$said"
}

check "a command that is misspelt is noticed" noticed \
	'0,/^vmopnotifyctl status/s//vmopnotifyctl sttus/' docs/recipes.md \
	'recipes.md:[0-9]*: no test runs this: vmopnotifyctl sttus'
check "and one of a manual page" noticed \
	's/^\.Dl vmopnotifyctl wait /&-x /' docs/man/vmopnotifyctl.1 \
	'vmopnotifyctl.1:[0-9]*: no test runs this: vmopnotifyctl wait -x'
check "one that no document has any more" noticed \
	"s/'vmopnotifyctl monitor'/'vmopnotifyctl watch'/" \
	tests/docs/debian/30-look-on.sh \
	'30-look-on.sh:[0-9]*: no document has this any more: vmopnotifyctl watch'
check "one that the shell cannot read" noticed \
	"0,/^make check-unit\$/s//make 'check-unit/" CONTRIBUTING.md \
	'the shell cannot read this'
check "a block that does not say what it is" noticed \
	'0,/^```sh$/s//```/' README.md 'README.md:[0-9]*: a block of what'
check "a block by its indentation" noticed \
	'0,/^## /s//\n    make lunch\n\n&/' docs/install.md 'by its indentation'

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
