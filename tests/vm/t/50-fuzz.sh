#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Random actions of many threads, held against the state machine.  For seconds,
# and from one seed, so that the same code is told the same; /lab/fuzz.args may
# say otherwise, as check-debug does.  To have a run again:
#
#	echo --seed N >args
#	tests/vm/run ... --add args:/lab/fuzz.args tests/vm/t/50-fuzz.sh
. /lab/lib.sh

[ -d /sys/kernel/tracing/events/vmopnotify ] ||
	plan_skip "this kernel has no tracing"
# shellcheck disable=SC2046
exec fuzz $(cat /lab/fuzz.args 2>/dev/null || echo --seed 1)
