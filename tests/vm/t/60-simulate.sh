#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Drills as users hold them, and that nobody can take one for the real thing.
. /lab/lib.sh
. /lab/helper.sh

CTL=vmopnotifyctl
BIG=18446744073709551615

# joined NAME [OPTION]... - a runner that is seen to take part
joined() {
	app "$@"
	within 10 consumer_is_there "$1"
}

consumer_is_there() {
	$CTL consumers | grep -q "^$1 "
}

simulate() {
	$CTL simulate "$@" 2>&1
}

# exits STATUS NAME COMMAND... - what it said is in $said
exits() {
	exits_status=$1
	exits_name=$2
	shift 2
	said=$("$@" 2>&1)
	is "$?" "$exits_status" "$exits_name" || diag "$said"
}

diag "what is wrong is said"

exits 2 "an action is to be given" $CTL simulate
exits 2 "one that exists" $CTL simulate stop
exits 2 "a timeout of nothing is refused" $CTL simulate start --timeout 0
exits 2 "and one above a day" $CTL simulate start --timeout 86401
exits 2 "a type that is too long" $CTL simulate start \
	--type 12345678901234567890123456789012
exits 2 "an id that is none" $CTL simulate start --id -1
exits 2 "an option of another action" $CTL simulate end --hold 3
like "$said" "*end does not take --hold*" "is named"
exits 2 "timeout-change takes a timeout" $CTL simulate timeout-change
exits 1 "there is no drill to end" $CTL simulate end
like "$said" "*no drill is open" "and that is said"
exits 1 "nor to change" $CTL simulate timeout-change --timeout 5
exits 1 "who lacks the capability" as app $CTL simulate start
like "$said" "*CAP_NET_ADMIN*" "is told what it takes"

diag "a drill by hand"

$CTL monitor --lines >/tmp/drill.mon &
monitor=$!
within 5 grep -q present /tmp/drill.mon
joined one --on-failure hold
like "$(simulate start --id $BIG --timeout 60)" \
	"DRILL: start, operation $BIG, host-migration, timeout 60.0 s" \
	"start says what it did"
like "$($CTL wait quiesced --timeout 10)" "DRILL: quiesced, operation $BIG" \
	"wait marks it"
like "$($CTL wait quiesced --json | tr -d '\t\n ')" "*\"drill\":true*" \
	"its JSON, too"
like "$($CTL status)" "*$BIG, host-migration, DRILL*" "status marks it"
like "$($CTL status --json | tr -d '\t\n ')" "*\"drill\":true*" "its JSON, too"
like "$($CTL consumers)" "DRILL: operation $BIG*one *acked*" "consumers, too"
like "$($CTL consumers --json | tr -d '\t\n ')" "*\"drill\":true*" \
	"its JSON, too"
exits 1 "a second drill is refused" $CTL simulate start
like "$said" "*an operation is open: no drill now*" "by the kernel, in words"
exits 1 "so is one that would be run" $CTL simulate run
exits 1 "another drill is not ended" $CTL simulate end --id 7
like "$said" "*7 is not open*$BIG" "but named"
like "$(simulate timeout-change --timeout 300)" \
	"DRILL: timeout-change, operation $BIG, *timeout 5 min 0 s" \
	"its timeout can be changed"
ok "which moves the deadline" [ "$(cat $SYS/deadline_ms)" -gt 60000 ]
like "$(simulate end --status failed --json | tr -d '\t\n ')" \
	"{\"event\":\"end\",\"drill\":true,\"operation_id\":$BIG,*failed*}" \
	"end tells it in JSON"
is "$(cat $SYS/last_result)" failed "it ended as was asked"
ok "the application resumes" within 10 app_did one quiesce unquiesce
within 5 grep -q ' end ' /tmp/drill.mon
kill $monitor
# An emulated machine misses some milliseconds now and then.
is "$(awk '$2 !~ /present|stun/' /tmp/drill.mon | grep -vc DRILL:)" 0 \
	"every line of monitor's is marked"

diag "a whole one"

joined two --stage 1
exits 0 "run ends well" $CTL simulate run --hold 0.2 --timeout 60
diag "$said"
like "$said" "* start *DRILL*one ok*two ok*quiesced*end*DRILL: all 2 quiet after *" \
	"and shows how it went"
ok "both have resumed" within 10 app_did two quiesce unquiesce
is "$(cat $SYS/state)" detached "nothing is left open"
exits 0 "JSON" $CTL simulate run --hold 0 --id 5 --json
is "$(echo "$said" | grep -vc '"drill":true')" 0 "is marked on each line"
like "$said" "*\"outcome\":\"quiesced\"*" "and tells the outcome"
within 10 app_did two quiesce unquiesce quiesce unquiesce

vmopnotifyctl run --name bad --quiesce 'exit 3' --unquiesce true 2>/dev/null &
bad=$!
within 10 consumer_is_there bad
exits 1 "one that cannot get quiet fails the drill" \
	$CTL simulate run --hold 0 --timeout 60
like "$said" "*1 of 3 acked with an error" "and is counted"
kill $bad
wait $bad
vmopnotifyctl run --name never --on-failure hold --quiesce 'exit 1' \
	--unquiesce true 2>/dev/null &
never=$!
within 10 consumer_is_there never
exits 1 "a deadline that passes fails it" \
	$CTL simulate run --hold 0 --timeout 4
like "$said" "*NOT all were quiet at the deadline, missing: two,never" \
	"and who is missing is told"
is "$(cat $SYS/state)" detached "it is ended all the same"

$CTL simulate run --timeout 600 >/tmp/cut.out 2>&1 &
drill=$!
within 10 grep -q ' start ' /tmp/cut.out
kill -TERM $drill
wait $drill
is "$?" 1 "a signal ends it"
like "$(cat /tmp/cut.out)" "*DRILL: interrupted, and ended" "and that is told"
is "$(cat $SYS/state)" detached "nothing is left open then"
($CTL simulate run --timeout 600 & echo $! >/tmp/pid; wait $!) | head -n 1 \
	>/dev/null
kill -TERM "$(cat /tmp/pid)" 2>/dev/null
ok "nor where nobody reads on" within 10 state_is detached
kill $never
wait $never

diag "with a host"

start_helper
host start id=77 timeout=60 >/dev/null
within 20 state_is quiesced
exits 1 "no drill while a real one is open" $CTL simulate start
like "$said" "*DRILL not started: an operation is open: no drill now*" \
	"which is said"
exits 1 "and simulate does not end the host's" $CTL simulate end
like "$said" "*operation 77 is the host's*" "which is said, too"
exits 1 "nor change its timeout" $CTL simulate timeout-change --timeout 1
like "$($CTL wait quiesced; echo)" "" "wait is silent on a real one"
fails "no output speaks of a drill" sh -c \
	"{ $CTL status; $CTL consumers; $CTL wait quiesced; } | grep DRILL"
host end id=77 >/dev/null
within 20 state_is idle

app slow --quiesce 'sleep 100'
within 10 consumer_is_there slow
$CTL simulate run --timeout 600 >/tmp/real.out 2>&1 &
drill=$!
within 10 grep -q ' start ' /tmp/real.out
acks=$(host_get acks stats)
host start id=78 timeout=60 >/dev/null
wait $drill
is "$?" 1 "a real notice ends a drill"
like "$(cat /tmp/real.out)" "*DRILL: ended by another*" "and that is told"
is "$(host_get acks stats)" "$acks" "the host had no ack for it"
host end id=78 >/dev/null
within 20 state_is idle
kill_helper TERM

done_testing
