#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2034 # what helper.sh goes by
#
# SIGHUP: the configuration is read again, in the middle of an operation too.
. /lab/lib.sh
. /lab/helper.sh

log_says() {
	within 20 log_has "$1"
}

# reload [KEY=VALUE]... - with that in the file
reload() {
	: >$LOG
	write_conf "$@"
	kill -HUP "$helper"
}

start_helper
ok "the helper attaches" helper_is_attached
app one
within 10 value_is consumers 1
id=$(host_get id start timeout=60)
ok "an operation is open" within 20 state_is quiesced

reload "poll_interval_ms = 20" "rpc_timeout_ms = 4000"
ok "the configuration is reloaded" log_says "the configuration is reloaded"
fails "and nothing in it takes a restart" log_has "takes a restart"
is "$(state)" quiesced "the operation is still open"
fails "the helper is the same" helper_is_gone

reload "poll_interval_ms = fast"
ok "a mistake is told, with file and line" log_says "vmopnotifyd.conf:4: "
ok "and the configuration stays" log_has "as it was"

TRANSPORT=auto
reload "app_name_is_none = 1"
ok "any mistake is" log_says "app_name_is_none"
reload
ok "what takes a restart is told" log_says "takes a restart: transport"

host end id="$id" >/dev/null
ok "the operation ends" within 20 state_is idle
ok "and is recorded" log_says "$id: host-migration is over: success (success)"
ok "the application resumes" within 20 app_did one quiesce unquiesce
: >$LOG
drill start 5
drill end 5
ok "a drill is recorded, too" log_says "5: host-migration is over: success"
ok "as what it is" log_has ", drill"
kill_helper TERM
is "$helper_status" 0 "it stops as ever"
ok "and the registration is given back" host wait-unregistered timeout=5
done_testing
