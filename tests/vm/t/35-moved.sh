#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2034 # what helper.sh goes by
#
# Moved to a host where the service is not enabled: no end of that migration will
# ever come, and who is quiet resumes all the same.
. /lab/lib.sh
. /lab/helper.sh

# begin - an operation that all are quiet for, and that the host has the ack of
begin() {
	id=$(host_get id start timeout=60)
	within 20 state_is quiesced
	ok "$1: a migration is acked" host wait-ack id="$id" timeout=20
}

# resumes NAME
resumes() {
	ok "$1: it is told that no end will come" within 20 log_has \
		"operation $id: announced to a registration that is gone"
	ok "$1: the kernel is at rest, without a helper" within 20 state_is detached
	is "$(cat $SYS/last_result)" failed "$1: the operation has failed"
	ok "$1: which is recorded" \
		within 10 log_has "operation $id: host-migration is over: failed"
}

# A busy machine stands still for a moment now and then: that is not it.
sample=/sys/module/vmopnotify/parameters/stun_sample_us
before=$(cat $sample)
echo 100000 >$sample

for transport in vmtoolsd libvmtools; do
	TRANSPORT=$transport DOOR=$VMXDOOR
	[ "$transport" = libvmtools ] || DOOR=
	start_helper
	ok "$transport: the helper attaches" helper_is_attached
	app "$transport"
	runner=$!
	within 10 value_is consumers 1

	# The stun is over, and the first poll there is refused.
	begin "$transport, a stun"
	host stun 1000 >/dev/null
	host disable >/dev/null
	resumes "$transport, a stun"
	ok "it resumes" within 20 app_did "$transport" quiesce unquiesce
	host enable >/dev/null
	kill_helper TERM
	host end id="$id" >/dev/null
	spawn_helper
	ok "where it is enabled again all goes on" within 40 state_is idle

	# The service is gone before the kernel has told of the stun.
	begin "$transport, no stun yet"
	: >$LOG
	host disable >/dev/null
	ok "it is told that it is not enabled" within 20 log_has \
		"enable vmOpNotificationToAppEnabled"
	is "$(state)" quiesced "who is quiet stays so, as the stun may yet come"
	host stun 1000 >/dev/null
	resumes "$transport, no stun yet"
	ok "it resumes" within 20 \
		app_did "$transport" quiesce unquiesce quiesce unquiesce
	host enable >/dev/null
	kill_helper TERM
	host end id="$id" >/dev/null
	spawn_helper
	ok "where it is enabled again all goes on" within 40 state_is idle
	kill_helper TERM
	kill $runner
	wait $runner
done
echo "$before" >$sample
done_testing
