#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The lab by hand, with an application of one's own: from its boot to when it is
# left, after which nothing is there any more.
. tests/lab/test.sh

cat >"$work/trader" <<'APP'
#!/bin/sh
echo "trader: $1 done"
APP
cat >"$work/trader.conf" <<'CONF'
[app]
quiesce = trader quiesce
unquiesce = trader unquiesce
CONF
VMOTION_LAB=$PWD/build/lab/by-hand

script='expect Ctrl-]
run build/lab/vmotion start --stun 50
expect trader: quiesce done
expect trader: unquiesce done
type \x1d'
try 0 "an application of one's own gets quiet and resumes" \
	tests/lab/typist "$script" tests/lab/lab --lab "$VMOTION_LAB" \
	--app "$work/trader" --app "$work/trader.conf"
fails "its folder is gone" test -e "$VMOTION_LAB"
is "$(processes)" "" "and so is the machine"

try 2 "without a terminal it does not begin" tests/lab/lab </dev/null
like "$said" "*needs a terminal*" "and says why"
try 7 "a command can be run with a machine" \
	tests/lab/lab --lab "$VMOTION_LAB" -- sh -c \
	'build/lab/vmotion status | grep -q running && exit 7'
fails "whose folder is gone after that" test -e "$VMOTION_LAB"
try 2 "a folder that is no lab is let be" tests/lab/lab --lab "$work" -- true
ok "with what is in it" test -e "$work/trader"
done_testing
