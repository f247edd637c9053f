#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# monitor on a terminal: what it shows, and that the terminal comes back.
. /lab/lib.sh

SCREEN=/tmp/screen
KEYS=/tmp/keys
export TERM=xterm
LEAVE=$(printf '\033[?1049l')
ENTER=$(printf '\033[?1049h')

mkdir -p /dev/pts
mount -t devpts devpts /dev/pts || plan_skip "this kernel has no terminals"

# live [OPTION]... - monitor on a terminal; $terminal is its pid
live() {
	rm -f $KEYS $SCREEN
	mkfifo $KEYS
	pty $SCREEN vmopnotifyctl monitor "$@" <>$KEYS &
	terminal=$!
	within 10 shows "state  *detached\|  present  "
	monitor=$(pidof vmopnotifyctl)
}

shows() {
	grep -q -- "$1" $SCREEN
}

count() {
	awk -v s="$1" '{
		while (i = index($0, s)) {
			n++
			$0 = substr($0, i + length(s))
		}
	} END { print n + 0 }' $SCREEN
}

has_count() {
	[ "$(count "$1")" = "$2" ]
}

keys() {
	printf "$1" >$KEYS
}

# ends STATUS NAME - it does, and leaves the terminal as it was
ends() {
	wait $terminal
	is "$?" "$1" "$2"
	is "$(tail -n 1 $SCREEN)" restored "$2: the keys are as they were"
	is "$(count "$LEAVE")" "$(count "$ENTER")" "$2: the screen, too"
}

both_joined() {
	[ "$(cat /sys/kernel/vmopnotify/consumers)" = 2 ]
}

live
is "$(count "$ENTER")" 1 "it takes the screen over"
ok "no operation is open" shows "operation    none"
vmopnotifyctl run --name shop --quiesce 'sleep 1000' --unquiesce true \
	2>/dev/null &
shop=$!
vmopnotifyctl run --name web --stage 1 --quiesce true --unquiesce true \
	2>/dev/null &
web=$!
within 10 both_joined
vmopnotifyctl simulate start --id 4711 --timeout 90 >/dev/null
ok "an operation is shown, and that it is a drill" \
	within 10 shows "4711, host-migration, DRILL: not from the host"
ok "with its deadline" within 10 shows "deadline     [89][0-9.]* s left"
ok "which counts down" within 10 shows "deadline     8[0-8].[0-9] s left"
ok "who is outstanding" within 10 shows "outstanding  shop, stage 0, asked"
ok "and who waits for that" shows "outstanding  web, stage 1, waits"
ok "events are below" within 10 shows "prepare .*DRILL: stage 0"
is "$(count "DRILL: not from the host")" 1 \
	"the countdown alone is written anew"
clears=$(count "$(printf '\033[2J')")
kill -USR1 $terminal
ok "a new size draws all anew" within 10 \
	has_count "$(printf '\033[2J')" $((clears + 1))
vmopnotifyctl simulate end >/dev/null
ok "the end is shown" within 10 shows "end .*DRILL: success"
keys q
ends 0 "q quits"
kill $shop $web
wait $shop $web

live
kill -TERM "$monitor"
ends 143 "SIGTERM ends it"
live
keys '\003'
ends 130 "Ctrl-C ends it"

live
keys '\032'
ok "Ctrl-Z gives the screen back" within 10 has_count "$LEAVE" 1
ok "and stops it" within 10 grep -q '^State:.T' "/proc/$monitor/status"
kill -CONT "$monitor"
ok "it goes on where it was" within 10 has_count "$ENTER" 2
keys q
ends 0 "after Ctrl-Z"

live --lines
ok "--lines prints lines on a terminal" shows "  present  "
is "$(count "$ENTER")" 0 "and takes nothing over"
kill "$monitor"
wait $terminal
TERM=dumb live
ok "so does a terminal that cannot move its cursor" shows "  present  "
kill "$monitor"
wait $terminal
umount /dev/pts

done_testing
