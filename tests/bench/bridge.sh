#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2034 # what helper.sh goes by
#
# From the host's notice to an application's command and, after a stun, from
# the host's end to its other command: with the helper at its defaults over
# either transport, and with what people have without it, a script that asks
# the host at intervals and runs the commands itself.  And what each costs.
#
# A line for each operation: "trip", who, then microseconds from start to
# command, and from end to command.  A line for each who: "cost", who, seconds,
# their CPU time in ms, polls, context switches of its own process, KiB of
# anonymous memory, KiB resident.
. /lab/lib.sh
. /lab/helper.sh

rounds=${BENCH_ROUNDS:-200}
slow_rounds=${BENCH_SLOW_ROUNDS:-5}
seconds=${BENCH_IDLE_S:-60}
stamp=$(command -v stamp)

# Up to so many seconds, so that operations come at any point of an interval.
pause_up_to() {
	usleep "$(awk -v max="$1" -v seed="$(($(uptime_ms) + $$))" \
		'BEGIN { srand(seed); printf "%d", rand() * max * 1e6 }')"
}

# round WHO INTERVAL_S
round() {
	pause_up_to "$2"
	sent=$(host --sent start | cut -d ' ' -f 1)
	read -r quiet </tmp/quiet.fifo
	host wait-ack timeout=60 >/dev/null
	# The host's clock, against this one's.
	# shellcheck disable=SC2046
	set -- "$1" $(host --sent --field now_ms stats)
	offset=$(($2 - $3 * 1000000))
	ended=$(host --field now_ms stun 50 end)
	read -r resumed </tmp/resumed.fifo
	echo "# trip $1 $(((quiet - sent) / 1000))" \
		"$(((resumed - ended * 1000000 - offset) / 1000))"
}

# trips WHO INTERVAL_S ROUNDS
trips() {
	for _ in $(seq "$3"); do
		round "$1" "$2"
	done
}

of_status() {
	sed -n "s/^$1:[^0-9]*\([0-9]*\).*/\1/p" "$2/status"
}

switches() {
	for task in /proc/"$1"/task/*; do
		of_status voluntary_ctxt_switches "$task"
		of_status nonvoluntary_ctxt_switches "$task"
	done | awk '{ n += $1 } END { print n }'
}

# With the children that it has waited for; a tick is 10 ms.
cpu_ms() {
	awk '{ print ($14 + $15 + $16 + $17) * 10 }' "/proc/$1/stat"
}

# cost WHO PID SECONDS - of waiting for what does not come
cost() {
	polls=$(host_get polls stats)
	cpu=$(cpu_ms "$2")
	switched=$(switches "$2")
	sleep "$3"
	anon=$(of_status RssAnon "/proc/$2")
	echo "# cost $1 $3 $(($(cpu_ms "$2") - cpu))" \
		"$(($(host_get polls stats) - polls))" \
		"$(($(switches "$2") - switched)) $anon" \
		"$(of_status VmRSS "/proc/$2")"
}

# What the scripts that one can have today do, without what they log.
cat >/tmp/poller <<'END_POLLER'
#!/bin/sh
call() {
	vmtoolsd --cmd "vm-operation-notification.$1 $2"
}
reply=$(call register '{"appName": "poller", "notificationTypes": ["sla-miss"]}')
token=$(echo "$reply" | sed 's/.*"uniqueToken": *"\([^"]*\)".*/\1/')
while sleep "$1"; do
	reply=$(call check-for-event "{\"uniqueToken\": \"$token\"}")
	case $reply in
	*'"start"'*)
		stamp /tmp/quiet.fifo
		id=$(echo "$reply" | sed 's/.*"operationId": *\([0-9]*\).*/\1/')
		call ack-event "{\"operationId\": $id, \"uniqueToken\": \"$token\"}"
		;;
	*'"end"'*)
		stamp /tmp/resumed.fifo
		;;
	esac >/dev/null
done
END_POLLER
chmod 0755 /tmp/poller

# with_poller WHO INTERVAL_S ROUNDS
with_poller() {
	host reset >/dev/null
	/tmp/poller "$2" &
	poller=$!
	ok "a poller registers, each $2 s" host wait-registered timeout=60
	trips "$@"
	[ "$2" -gt "$seconds" ] || cost "$1" $poller "$seconds"
	kill $poller
	wait $poller 2>/dev/null
}

application() {
	vmopnotifyctl run --name "$1" --quiesce "$2" --unquiesce "$3" \
		>>/tmp/app.log 2>&1 &
}

# all_anon - of the helper and of the applications' runners, in KiB
all_anon() {
	for pid in $(pidof vmopnotifyd vmopnotifyctl); do
		of_status RssAnon "/proc/$pid"
	done | awk '{ n += $1 } END { print n }'
}

# with_helper TRANSPORT
with_helper() {
	host reset >/dev/null
	TRANSPORT=$1
	[ "$1" = vmtoolsd ] || DOOR=$VMXDOOR
	write_conf
	# At its defaults: what is logged costs.
	sed -i '/^level/d' /tmp/vmopnotifyd.conf
	spawn_helper
	DOOR=
	ok "the helper attaches over $1" within 30 helper_is_attached
	application bench "$stamp /tmp/quiet.fifo" "$stamp /tmp/resumed.fifo"
	ok "an application joins" within 20 value_is consumers 1
	trips "$1" 1 "$rounds"
	cost "$1" "$helper" "$seconds"
	for n in 2 3 4 5 6 7 8 9 10; do
		application "idle$n" true true
	done
	ok "nine more join" within 60 value_is consumers 10
	echo "# ten $1 $(of_status RssAnon "/proc/$helper")" \
		"$(of_status VmRSS "/proc/$helper") $(all_anon)"
	# shellcheck disable=SC2046
	kill $(pidof vmopnotifyctl)
	kill "$helper"
	wait
}

mkfifo /tmp/quiet.fifo /tmp/resumed.fifo
dmesg -n 1
with_helper libvmtools
with_helper vmtoolsd
with_poller every-1-s 1 "$rounds"
with_poller every-30-s 30 "$slow_rounds"
done_testing
