#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The tracepoints, by bpftrace.
. /lab/guest.sh

# traces PATTERN - it says this when it has begun, and prints that of a drill
traces() {
	within 240 printed Attaching && within 60 drill_is_traced "$1"
}

# An emulated machine has something like a stun in most drills.
drill_is_traced() {
	drill && printed "$1"
}

acks() {
	traces '^shop [0-9]* result 0: 0'
}

stuns() {
	traces '^[0-9]*: [0-9]* us'
}

states() {
	within 240 printed Attaching && drill
}

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
done_testing
