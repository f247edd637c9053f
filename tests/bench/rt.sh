#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# What the module does to a real-time loop: cyclictest, with a thread on each
# processor that wakes each millisecond, in turn without the module, with it,
# beside a storm of drills, and beside a storm of the same over eventfds, by
# which one sees what of it is the storm's and not the module's.
#
# A line for each run: condition, block, then microseconds p50 p99 p99.9 max.
. /lab/lib.sh

module=/lab/modules.d/vmopnotify.ko
blocks=${BENCH_RT_BLOCKS:-5}
seconds=${BENCH_RT_S:-5}
consumers=10

# The histogram of all threads: microseconds, then how often, for each.
percentiles() {
	awk -v name="$1" -v block="$2" '
		/^# Max Latencies:/ { for (i = 4; i <= NF; i++)
			if ($i + 0 > max) max = $i + 0 }
		/^[0-9]/ { for (i = 2; i <= NF; i++) {
			times[$1 + 0] += $i; all += $i }
			if ($1 + 0 > last) last = $1 + 0 }
		function at(part,  us, sum) {
			for (us = 0; us <= last; us++) {
				sum += times[us]
				if (sum >= part * all) return us
			}
			return max
		}
		END { printf "# rt %s %d %d %d %d %d\n", name, block,
			at(0.5), at(0.99), at(0.999), max }'
}

# loop NAME BLOCK
loop() {
	cyclictest --mlockall --smp --priority=90 --interval=1000 --quiet \
		--duration="$seconds" --histogram=20000 | percentiles "$@"
}

# stormy NAME WAY BLOCK
stormy() {
	storm "$2" $((seconds + 2)) $consumers >/tmp/storm.$1 &
	usleep 500000
	loop "$1" "$3"
	wait
	echo "# storm $1 $3 $(cat /tmp/storm.$1)"
}

echo -1 >/proc/sys/kernel/sched_rt_runtime_us
dmesg -n 1
# Where cyclictest has its own.
mkdir -p /dev/shm && mount -t tmpfs shm /dev/shm
unload vmopnotify
for block in $(seq "$blocks"); do
	loop without "$block"
	stormy eventfds eventfds "$block"
	load $module
	loop idle "$block"
	stormy storm vmopnotify "$block"
	unload vmopnotify
done
ok "loads again" load $module
done_testing
