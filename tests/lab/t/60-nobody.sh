#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A guest in which nobody is registered migrates unannounced; and this host
# without its simulated one does not begin.
. tests/lab/test.sh

guest "killall vmopnotifyd" >/dev/null
ok "nobody is registered" host wait-unregistered timeout=10
try 0 "the guest migrates" migrate
like "$said" "*notify *nobody is registered*" "unannounced"
is "$(over ack) $(over operation_id)" "nobody None" "which is logged"
guest "LD_PRELOAD=\$VMXDOOR vmopnotifyd >>/run/vmopnotifyd.log 2>&1 &" >/dev/null
ok "the helper is back" host wait-registered timeout=20
try 0 "and hears of the next" migrate
is "$(over ack)" acked "which it acks"
ok "all is well" is_at_rest "$(current)"
done_testing
