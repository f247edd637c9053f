#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The tracepoints, by bpftrace.
. /lab/guest.sh

# It says that it attaches before it does, and a signal that comes meanwhile is
# lost on it: once it waits it does neither.
waits() {
	grep -q poll "/proc/$(pidof bpftrace)/wchan"
}

# traces COMMAND - once it has begun, which takes its time in an emulated machine
traces() {
	within 240 printed Attaching && within 240 waits && "$@"
}

acks() {
	traces drill && within 60 printed '^shop [0-9]* result 0: 0'
}

stunned() {
	announce && host stun 100 >/dev/null && finish
}

stuns() {
	traces stunned && within 60 printed "^$id: [0-9]* us"
}

states() {
	traces drill
}

# Of the test before.
systemctl start vmopnotify-app@shop
within 60 takes_part shop

doc --until acks - <<'END'
bpftrace -e 'tracepoint:vmopnotify:ack { printf("%s %lu result %d: %d\n", args->name, args->operation_id, args->result, args->ret); }'
END
doc --until stuns - <<'END'
bpftrace -e 'tracepoint:vmopnotify:stun { printf("%lu: %lu us\n", args->operation_id, args->stun_ns / 1000); }'
END
doc --until states --says '*@[[][0-9]*' - <<'END'
bpftrace -e 'tracepoint:vmopnotify:state { @[args->to] = count(); }'
END

ran_all
systemctl stop vmopnotify-app@shop
done_testing
