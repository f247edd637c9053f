#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What the documents say of the demo, and of a machine to migrate by hand, which
# has an application in it.  The demo takes a real-time priority, where it may: what
# runs beside it stands still.  The last line sums up.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh
. tests/docs/lib.sh

make_work docs
export VMOTION_LAB=$PWD/build/lab/docs

cat >"$work/trader" <<'END'
#!/bin/sh
echo "trader: $1 done"
END
cat >"$work/trader.conf" <<'END'
[app]
quiesce = trader quiesce
unquiesce = trader unquiesce
END

# With what is still to be built.
# shellcheck disable=SC2034
doc_limit=600
doc --says '*deadlines missed*' 'make demo'
ok "it has drawn its picture" test -s build/demo/demo.svg

# What is typed in the lab's terminal: that it is left, once all has been done in
# the other one.
terminal="expect Booting
expect Ctrl-]
run touch $work/boots; until [ -e $work/over ]; do sleep 0.1; done
expect trader: quiesce done
expect trader: unquiesce done
type \\x1d"
export terminal

lab_runs() {
	until [ -e "$work/boots" ]; do
		[ -d "/proc/$doc_pid" ] || return
		sleep 0.1
	done
}

doc --start lab_runs --with "make lab" 'tests/lab/typist "$terminal" make lab' \
	--with ./trader "$work/trader" 'make lab APP="./trader ./trader.conf"'
lab=$doc_pid
doc 'build/lab/vmotion start --stun 400'
doc --status 1 'build/lab/vmotion start --fail precopy'
doc 'build/lab/vmotion storm 5'
doc 'build/lab/vmotion status'
doc --says '*--stun MS*' 'build/lab/vmotion --help'
touch "$work/over"
wait "$lab"
is "$?" 0 "the application has got quiet and resumed, and the lab is left"
ran_all
sum_up
