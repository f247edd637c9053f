#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The tracepoints, by bpftrace.
. /lab/guest.sh

# traces COMMAND - once it has begun, which takes its time in an emulated machine
traces() {
	within 240 printed Attaching && "$@"
}

# It says that it attaches before it does: so until one has been traced.
an_ack() {
	drill && (within 2 printed '^shop [0-9]* result 0: 0')
}

acks() {
	traces within 60 an_ack
}

stunned() {
	announce && host stun 100 >/dev/null && finish
}

stuns() {
	traces stunned && within 60 printed "^$id: [0-9]* us"
}

states() {
	traces drill && drill && drill
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
