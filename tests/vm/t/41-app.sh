#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Applications as their files tell them: what they run as, what is heard of
# them, and that whatever happens to a runner ends in a resume.
. /lab/lib.sh
. /lab/helper.sh

CTL=vmopnotifyctl
DIR=/etc/vmopnotify/apps.d
STATES=/run/vmopnotify-app
mkdir -p $DIR

# conf NAME [LINE]... - its file; [app] is there
conf() {
	conf_name=$1
	shift
	{
		echo "[app]"
		for conf_line; do
			echo "$conf_line"
		done
	} >$DIR/"$conf_name".conf
}

# begin NAME - its runner; $runner is its pid
begin() {
	$CTL run --app "$1" 2>>"/tmp/$1.err" &
	runner=$!
	within 5 joined "$1"
}

joined() {
	$CTL consumers | awk -v n="$1" -v p="$runner" \
		'$1 == n && $2 == p { found = 1 } END { exit !found }'
}

gone() {
	! kill -0 "$1" 2>/dev/null
}

end() {
	kill -TERM "$runner"
	wait "$runner"
}

# slay - with nobody but the runner told, as a crash would
slay() {
	kill -9 "$runner"
	wait "$runner" 2>/dev/null
}

said() {
	within 10 grep -q -- "$2" "/tmp/$1.err"
}

# refused NAME - what is said of its file; its exit status is in $status
refused() {
	$CTL run --app "$1" >/tmp/refused 2>&1
	status=$?
}

# did WORD... - "app" did exactly that so far
did() {
	[ "$(tr '\n' ' ' </tmp/app.did)" = "$* " ]
}

# knows N - for the Nth time a runner has found its application left quiet
knows() {
	[ "$(grep -c "left quiet: resuming when" /tmp/app.err)" = "$1" ]
}

has_lines() {
	[ "$(wc -l <"$1")" -ge "$2" ]
}

diag "files"

conf bad "quiesce = true" "unquiesce = true" "stages = 1"
refused bad
is "$status:$(cat /tmp/refused)" \
	"2:vmopnotifyctl: $DIR/bad.conf:4: unknown key \"stages\" in [app]" \
	"a mistake is told with file, line and key, and ends it with 2"
conf bad "quiesce = true" "unquiesce = true" "user = ghost"
refused bad
like "$status:$(cat /tmp/refused)" \
	"2:*bad.conf:4: bad value of \"user\"*no such user*\"ghost\"" \
	"as is a user that does not exist"
mv /etc/passwd /etc/passwd.away
refused bad
mv /etc/passwd.away /etc/passwd
like "$status:$(cat /tmp/refused)" "1:*bad.conf:4: *cannot be looked up*" \
	"one who cannot be looked up ends it with 1, to be started again"
refused none
like "$status:$(cat /tmp/refused)" "2:*$DIR/none.conf: No such file*" \
	"and a file that does not exist"
for name in ../apps.d/bad .bad a/b; do
	refused $name
	like "$status:$(cat /tmp/refused)" "2:*--app: a name*" \
		"\"$name\" is no name"
done

diag "the user"

conf drop 'quiesce = sh /tmp/drop-q' 'unquiesce = echo resumed >/tmp/drop.u' \
	"user = app" "stage = 2" "timeout_s = 30" \
	"[environment]" "COLOUR = dark blue" "ROOM = x"
cat >/tmp/drop-q <<'END'
grep -E '^(Uid|Gid|Groups):' /proc/self/status | tr -s '\t ' ' ' >/tmp/drop.id
env | grep -E '^(HOME|USER|LOGNAME|SHELL|COLOUR|ROOM)=' | sort >/tmp/drop.env
env | grep -E '^VMOPNOTIFY_(DEADLINE|TIMEOUT)_MS=' >/tmp/drop.ms
grep -E '^Cap(Prm|Eff|Amb):' /proc/self/status | grep -v 0000000000000000 >/tmp/drop.caps
su -c true root 2>/dev/null && echo root >/tmp/drop.root
chown root /tmp/drop-q 2>/dev/null && echo root >/tmp/drop.root
true
END
chgrp root /dev/vmopnotify
begin drop
drill start 1 60000
ok "it is quiesced" $CTL wait quiesced --timeout 10
is "$(cat /tmp/drop.id)" "Uid: 1000 1000 1000 1000
Gid: 900 900 900 900
Groups: 900 " "commands run as the user with its groups"
is "$(cat /tmp/drop.env)" "COLOUR=dark blue
HOME=/
LOGNAME=app
ROOM=x
SHELL=/bin/sh
USER=app" "with its variables, and those of the file"
fails "they have no capability" [ -s /tmp/drop.caps ]
fails "and no way back to root" [ -e /tmp/drop.root ]
is "$(awk '/^Uid/ { print $2, $3, $4, $5 }' "/proc/$runner/status")" \
	"1000 1000 1000 1000" "nor has the runner, though it may not open the device"
is "$($CTL consumers | awk '$1 == "drop" { print $3 }')" 2 "its stage is the file's"
left=$(sed -n 's/.*TIMEOUT_MS=//p' /tmp/drop.ms)
ok "a command is told its own time left: $left" \
	[ "$left" -gt 20000 -a "$left" -le 30000 ]
left=$(sed -n 's/.*DEADLINE_MS=//p' /tmp/drop.ms)
ok "and the operation's: $left" [ "$left" -gt 50000 -a "$left" -le 60000 ]
drill end 1
ok "the user's command resumes it" within 10 [ -s /tmp/drop.u ]
end
chgrp vmopnotify /dev/vmopnotify

conf stay 'quiesce = grep ^Uid: /proc/self/status >/tmp/stay.id' 'unquiesce = true'
begin stay
drill start 2 60000
$CTL wait quiesced --timeout 10
like "$(cat /tmp/stay.id)" "*0*0*0*0*" "without a user they run as who started it"
drill end 2
said stay "2: resumed after"
refused stay
like "$status:$(cat /tmp/refused)" "1:*run by another process already*" \
	"an application has one runner"
end

as app $CTL run --app drop >/tmp/refused 2>&1
like "$?:$(cat /tmp/refused)" "1:*$STATES/drop/state*Permission denied*" \
	"who may not write down what is to be undone is told"

diag "time"

conf slow 'quiesce = sleep 100 & echo $! >/tmp/slow.pid; wait' \
	'unquiesce = echo u >>/tmp/slow.u' "timeout_s = 0.5"
begin slow
drill start 3 60000
ok "an overlong command is given up and acked" $CTL wait quiesced --timeout 5
like "$($CTL consumers)" "*ETIMEDOUT*" "as such"
ok "with its process group" within 5 gone "$(cat /tmp/slow.pid)"
drill end 3
ok "and is undone" within 10 [ -s /tmp/slow.u ]
end
conf slow 'quiesce = exit 1' 'unquiesce = echo u >>/tmp/slow.u' \
	"on_failure = hold"
begin slow
drill start 4 1000
ok "a failure can hold the operation" $CTL wait expired --timeout 5
drill end 4
ok "and is undone all the same" within 10 has_lines /tmp/slow.u 2
end

diag "output"

conf talk 'quiesce = sh /tmp/talk-q' 'unquiesce = echo hello again'
cat >/tmp/talk-q <<'END'
echo one
echo two >&2
printf 'three\033[1m'
touch /tmp/talk.three
until [ -e /tmp/talk.go ]; do usleep 10000; done
printf ' four'
END
begin talk
drill start 5 60000
ok "a line is heard when it is printed" \
	said talk "^vmopnotifyctl: talk: operation 5: quiesce: one$"
ok "of stderr, too" said talk "operation 5: quiesce: two$"
fails "the command still runs then" [ "$(cat $SYS/state)" = quiesced ]
touch /tmp/talk.go
$CTL wait quiesced --timeout 10
ok "the last needs no end of line, and is clean" \
	said talk "operation 5: quiesce: three?\[1m four$"
drill end 5
ok "the unquiesce command is heard" said talk "operation 5: unquiesce: hello again$"
end

conf flood 'quiesce = yes flood | head -n 200000' 'unquiesce = true'
begin flood
drill start 6 60000
ok "a flood holds up no ack" $CTL wait quiesced --timeout 30
ok "what is too much is counted" said flood "6: 1[0-9]* more lines of the quiesce"
is "$(grep -c 'quiesce: flood$' /tmp/flood.err)" 1000 "and not shown"
drill end 6
ok "nor the resume" said flood "6: resumed after"
end

conf back 'quiesce = while sleep 0.1; do echo tick; done & echo $! >/tmp/back.pid' \
	'unquiesce = echo up'
begin back
drill start 7 60000
ok "what a command leaves running holds up no ack" \
	$CTL wait quiesced --timeout 10
ok "and is heard later" said back "quiesce: tick$"
drill end 7
ok "nor the resume" said back "7: resumed after"
ok "and can print on" said back "unquiesce: tick$"
end
kill "$(cat /tmp/back.pid)"

diag "whatever happens, it resumes"

conf app 'quiesce = echo q >>/tmp/app.did; sh /tmp/app-q' \
	'unquiesce = echo u >>/tmp/app.did; env >/tmp/app.u; sh /tmp/app-u' \
	"user = app"
: >/tmp/app-q
: >/tmp/app-u
# reset - it has done nothing so far
reset() {
	rm -f /tmp/app.did /tmp/app.u /tmp/app.err /tmp/app.pid
}
chmod 1777 /tmp
state=$STATES/app/state
# What a command that does not end does.
# shellcheck disable=SC2016
wait='echo $$ >/tmp/app.pid; while sleep 0.1; do :; done'

begin app
is "$(stat -c '%u %a %s' $state)" "0 600 0" "nothing is to be undone"
drill start 10 60000
$CTL wait quiesced --timeout 10
like "$(cat $state)" "10 [1-9]* 1 *" "what is to be undone is written down"
slay
begin app
ok "killed while quiet: the next one knows" within 10 knows 1
ok "and waits for the end" did q
fails "it does not say that it takes no part" grep -q "takes part from" /tmp/app.err
slay
begin app
within 10 knows 2
drill end 10
ok "even the one after that resumes" within 10 did q u
is "$(sed -n 's/VMOPNOTIFY_OPERATION_ID=//p' /tmp/app.u)" 10 "from that operation"
is "$(sed -n 's/VMOPNOTIFY_END_STATUS=//p' /tmp/app.u)" success "as it ended"
ok "and that is it" within 10 [ ! -s $state ]
end
ok "which it does once" did q u

reset
begin app
drill start 11 60000
$CTL wait quiesced --timeout 10
slay
drill end 11
begin app
ok "over meanwhile: the next one resumes at once" within 10 did q u
is "$(sed -n 's/VMOPNOTIFY_END_STATUS=//p' /tmp/app.u)" none "of an end not seen"
drill start 12 60000
ok "and is a consumer like any other" within 10 did q u q
end
ok "stopped while quiet it resumes before it ends" did q u q u
drill end 12
begin app
end
ok "and the next one has nothing to undo" did q u q u

reset
echo "exit 3" >/tmp/app-u
begin app
drill start 12 60000
$CTL wait quiesced --timeout 10
drill end 12
ok "one that cannot resume it" said app "FAILED"
ok "has it written down still" [ -s $state ]
end
: >/tmp/app-u
begin app
ok "so the next one does" within 10 did q u u
ok "and then it is done" within 10 [ ! -s $state ]
end

reset
begin app
drill start 13 60000
$CTL wait quiesced --timeout 10
slay
drill end 13
drill start 13 60000
begin app
ok "another operation of the same id is another" within 10 did q u
drill end 13
end

reset
echo "$wait" >/tmp/app-q
begin app
drill start 14 60000
within 10 [ -s /tmp/app.pid ]
slay
kill "$(cat /tmp/app.pid)"
begin app
drill end 14
ok "killed while quiescing: it is undone" within 10 did q u
end
: >/tmp/app-q

reset
echo "$wait" >/tmp/app-u
begin app
drill start 15 60000
$CTL wait quiesced --timeout 10
drill end 15
within 10 [ -s /tmp/app.pid ]
slay
kill "$(cat /tmp/app.pid)"
: >/tmp/app-u
begin app
ok "killed while resuming: what was not done is done" within 10 did q u u
end
echo garbage >$state
reset
begin app
ok "a file that makes no sense: it resumes, to be sure" within 10 did u
end

mount -t tmpfs -o size=16k full $STATES
reset
begin app
drill start 16
within 10 did q
drill end 16
within 10 did q u
# The line of that is cleared, and there is room again for the next.
within 10 [ ! -s $state ]
cat /dev/zero >$STATES/full 2>/dev/null
drill start 17
ok "the file system is full" within 10 did q u q
like "$(cat $state)" "17 *" "and yet it is written down that it is quiet"
slay
begin app
drill end 17
ok "which the next one knows" within 10 did q u q u
end
umount $STATES

diag "a host"

reset
start_helper
begin app
id=$(host_get id start timeout=60)
ok "the host has its ack" host wait-ack id="$id" timeout=20
slay
begin app
within 10 knows 1
host end id="$id" status=failure >/dev/null
ok "a migration that fails is resumed from, by the next one, too" within 20 did q u
is "$(sed -n 's/VMOPNOTIFY_END_STATUS=//p' /tmp/app.u)" failed "which is told"
end
kill_helper TERM
is "$($CTL consumers)" "no consumers" "nobody is left behind"
diag "$(cat /tmp/app.err)"
done_testing
