#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Users who take part, and a migration from its announcement to its end.
. /lab/lib.sh
. /lab/service.sh

fails "a user outside of the group cannot join" \
	as nobody vmopnotifyctl run --name intruder --quiesce true --unquiesce true
fails "nor open the device to look on" \
	as nobody sh -c ': </dev/vmopnotify'
ok "anybody can see the state" as nobody cat $SYS/state

fresh_service
app_as app trading
ok "one in the group can" within 120 value_is consumers 1
id=$(host_get id start timeout=300)
ok "the host has an ack" host wait-ack id="$id" acks=1 timeout=120
ok "the application has got quiet" app_did trading quiesce
is "$(state)" quiesced "the state is quiesced"
host end id="$id" >/dev/null
ok "the end makes it idle" within 120 state_is idle
ok "the application resumes" within 120 app_did trading quiesce unquiesce
is "$(host_get double_acks stats)" 0 "nothing was acked twice"
done_testing
