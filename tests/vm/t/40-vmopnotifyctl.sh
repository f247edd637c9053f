#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# vmopnotifyctl as its users see it, on drills: no helper is needed for them.
. /lab/lib.sh

CTL=vmopnotifyctl
BIG=18446744073709551615

# user NAME COMMAND - "app" is in the group vmopnotify, "nobody" is not
user() {
	su -s /bin/sh -c "$2" "$1" 2>&1
}

# runner NAME OPTION... - one in the background, $runner is its pid
runner() {
	runner_name=$1
	shift
	$CTL run --name "$runner_name" "$@" 2>"/tmp/$runner_name.err" &
	runner=$!
	within 5 grep -q joined "/tmp/$runner_name.err"
}

# stop PID NAME - its exit status in $status
stop() {
	kill -TERM "$1" 2>/dev/null
	wait "$1"
	status=$?
}

# consumer NAME FIELD - of the table
consumer() {
	$CTL consumers | awk -v n="$1" -v f="$2" '$1 == n { print $f }'
}

said() {
	within 10 grep -q -- "$2" "/tmp/$1.err"
}

diag "status, wait, consumers with nothing going on"

like "$($CTL status)" "state          detached*helper         none*" "status"
like "$($CTL status --json)" '{*"state":*"detached"*"helper":*null*' "its JSON"
is "$($CTL consumers)" "no consumers" "no consumers"
is "$($CTL consumers --json)" "[]" "an empty list"
ok "the present state need not be waited for" $CTL wait detached
before=$(uptime_ms)
$CTL wait idle --timeout 0.3
is "$?" 124 "wait gives up"
ok "not before its time" [ $(($(uptime_ms) - before)) -ge 290 ]
$CTL wait nowhere 2>/dev/null
is "$?" 2 "a state that does not exist is wrong usage"
ok "a member of the group may watch" user app "$CTL wait detached"
like "$(user nobody "$CTL monitor")" "*group \"vmopnotify\"*" \
	"who may not is told the group"
like "$(user nobody "$CTL run --name n --quiesce true --unquiesce true")" \
	"*no permission to write*group \"vmopnotify\"*" "to join, too"
ok "status takes no privilege" user nobody "$CTL status"
ok "nor consumers" user nobody "$CTL consumers"

diag "one operation"

$CTL monitor >/tmp/plain &
monitor=$!
$CTL monitor --json >/tmp/json &
monitors="$monitor $!"
$CTL wait quiescing --timeout 20 &
passing=$!
within 5 grep -q present /tmp/json
runner db --quiesce 'env | grep VMOPN | sort >/tmp/q; sleep 0.2' \
	--unquiesce 'env | grep VMOPN | sort >/tmp/u; echo u >>/tmp/us'
db=$runner
runner net --stage 3 --quiesce 'cat >/tmp/stdin; ls -l /proc/self/fd >/tmp/fds
	grep -E "Sig(Blk|Ign)" /proc/self/status >/tmp/sig; exit 3' \
	--unquiesce true
net=$runner
is "$(consumer db 3)/$(consumer net 3)" 0/3 "both are listed with their stages"
is "$(consumer db 2)" "$db" "with their pids"
drill start $BIG 60000
ok "it is quiesced" $CTL wait quiesced --timeout 10
wait $passing
is "$?" 0 "a state that lasted a moment was not missed"
is "$(consumer db 4)/$(consumer net 4)" acked/acked "both have acked"
like "$($CTL consumers)" "*EIO (Input/output error)*" "with what result"
like "$($CTL status)" "*$BIG, *DRILL*" "status shows the drill"
like "$($CTL status --json)" "*\"operation_id\":*$BIG,*\"drill\":*true*" \
	"JSON has all digits of its id"
is "$(grep -v _MS= /tmp/q)" "VMOPNOTIFY_DRILL=1
VMOPNOTIFY_NAME=db
VMOPNOTIFY_OPERATION_ID=$BIG
VMOPNOTIFY_OPERATION_TYPE=$(sed -n 's/.*TYPE=//p' /tmp/q)
VMOPNOTIFY_STATE=quiescing" "the quiesce command's environment"
left=$(sed -n 's/VMOPNOTIFY_DEADLINE_MS=//p' /tmp/q)
ok "the time left is in it: $left" [ "$left" -gt 50000 -a "$left" -le 60000 ]
is "$(wc -c </tmp/stdin)" 0 "it reads nothing"
fails "it has not inherited the device" grep vmopnotify /tmp/fds
# 32 and 33 are the C library's own.
fails "it has no signal blocked or ignored" \
	grep -v -e 0000000000000000 -e 0000000180000000 /tmp/sig
drill end $BIG
ok "both resume" said db "resumed after"
ok "the failed one, too" said net "resumed after"
is "$(sed '/TYPE/d; s/\(STUN_MS=\)[0-9]*$/\1N/' /tmp/u)" "VMOPNOTIFY_DRILL=1
VMOPNOTIFY_END_STATUS=success
VMOPNOTIFY_NAME=db
VMOPNOTIFY_OPERATION_ID=$BIG
VMOPNOTIFY_STATE=detached
VMOPNOTIFY_STUN_MS=N" "the unquiesce command's environment"
is "$(wc -l </tmp/us)" 1 "it ran once"
within 5 grep -q ' end ' /tmp/plain
within 5 grep -q '"end"' /tmp/json
# shellcheck disable=SC2086
kill $monitors
diag "$(cat /tmp/plain)"
diag "$(cat /tmp/json)"
diag "$(cat /tmp/db.err /tmp/net.err)"
# An emulated machine misses some milliseconds now and then.
sed -i '/^[^ ]*  *stun /d' /tmp/plain
sed -i '/"stun"/d' /tmp/json
is "$(awk '{ print $2 }' /tmp/plain | tr '\n' ' ')" "present start prepare \
acked prepare acked quiesced end " "monitor printed each event"
is "$(grep -c DRILL: /tmp/plain)" 7 "marked as a drill"
is "$(grep -c '"drill":true' /tmp/json)" 7 "in JSON too"
like "$(grep acked /tmp/plain)" "*db ok after *outstanding 1*net EIO * after *" \
	"who acked, how, and after how long"

diag "stopping"

stop "$net"
is "$status" 0 "SIGTERM ends a runner"
drill start 2 60000
$CTL wait quiesced --timeout 10
stop "$db"
is "$status:$(wc -l </tmp/us)" 0:2 "one that is quiet resumes first"
is "$(sed -n 's/.*END_STATUS=//p' /tmp/u)" none "before the end"
like "$(cat /tmp/db.err)" "*SIGTERM: leaving once*stopping before its end*" \
	"and says so"
runner late --quiesce 'echo q >/tmp/late.q' --unquiesce true
drill end 2
ok "one that joins in mid-operation says that it is not awaited" \
	said late "takes part from the next one"
fails "and does nothing" [ -e /tmp/late.q ]
stop "$runner"

diag "trouble"

runner slow --timeout 0.5 --quiesce 'sleep 100 & echo $! >/tmp/sleeper; wait' \
	--unquiesce 'echo u >/tmp/slow.u'
drill start 3 60000
ok "an overlong command is given up" $CTL wait quiesced --timeout 5
like "$($CTL consumers)" "*ETIMEDOUT*" "and acked as such"
gone() {
	! kill -0 "$1" 2>/dev/null
}
ok "its whole group is gone" within 10 gone "$(cat /tmp/sleeper)"
drill end 3
ok "it is undone" said slow "resumed after"
stop "$runner"

runner stubborn --timeout 3 --quiesce 'trap "" TERM; sleep 100 & sleep 100
	sleep 100' --unquiesce true
drill start 4 60000
ok "one that ignores SIGTERM is killed" $CTL wait quiesced --timeout 20
said stubborn "signal SIGKILL"
like "$(cat /tmp/stubborn.err)" "*ending it*killing it*SIGKILL*" "and told"
drill end 4
stop "$runner"

runner held --on-failure hold --quiesce 'exit 1' --unquiesce 'echo >/tmp/held.u'
drill start 5 1000
ok "a failure can hold the operation" $CTL wait expired --timeout 5
ok "and says so" said held "held until its deadline"
drill end 5
ok "it is undone all the same" within 5 [ -e /tmp/held.u ]
stop "$runner"

runner cut --quiesce 'echo >/tmp/cut.q; sleep 100' \
	--unquiesce 'sleep 0.3; echo >>/tmp/cut.u'
drill start 6 60000
within 5 [ -e /tmp/cut.q ]
drill end 6
drill start 7 60000
ok "an end cuts a quiesce command short" said cut "operation 6: resumed"
ok "a next operation waits for that" said cut "operation 7: .*running the q"
drill end 7
cut_twice() {
	[ "$(wc -l </tmp/cut.u)" = 2 ]
}
ok "and is undone, too" within 10 cut_twice
stop "$runner"

runner flood --quiesce 'echo q >>/tmp/flood.log' \
	--unquiesce 'echo u >>/tmp/flood.log'
$CTL monitor >/tmp/flood.mon &
monitor=$!
within 5 grep -q present /tmp/flood.mon
kill -STOP "$runner" $monitor
i=100
drill start 99 60000
drill end 99
while [ $i -lt 500 ]; do
	drill start $i 60000
	drill end $i
	i=$((i + 1))
done
drill start 9999 60000
kill -CONT "$runner" $monitor
ok "an overrun does not lose the open operation" $CTL wait quiesced --timeout 10
drill end 9999
within 5 grep -q '9999.*success' /tmp/flood.mon
flood_is_undone() {
	[ "$(tail -n 1 /tmp/flood.log)" = u ]
}
within 10 flood_is_undone
ok "the runner says so" said flood "events were lost"
ok "the monitor says so" grep -q "overrun .* events were lost" /tmp/flood.mon
is "$(sed -n 2p /tmp/flood.mon | awk '{ print $2 }')" overrun "and goes on"
like "$(tr '\n' ' ' </tmp/flood.log)" "q u *" "each quiesce is undone"
is "$(grep -c q /tmp/flood.log)" "$(grep -c u /tmp/flood.log)" "once"
diag "$(cat /tmp/flood.err; head -n 3 /tmp/flood.mon)"
stop "$runner"
kill $monitor
is "$($CTL consumers)" "no consumers" "nobody is left behind"
done_testing
