#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Drills, with the service of the test before taking part.
. /lab/guest.sh

doc --says '*shop*' 'vmopnotifyctl simulate run --timeout 10 --hold 2'
doc --says 'DRILL: start, *' 'vmopnotifyctl simulate start --timeout 300'
doc --says '*shop*' 'vmopnotifyctl consumers'
doc --says 'DRILL: *' 'vmopnotifyctl simulate timeout-change --timeout 600'
doc --says 'DRILL: *' 'vmopnotifyctl simulate end --status failed'
is "$(state) $(cat $SYS/last_result)" "idle failed" "it has ended as it was told to"
ran_all
done_testing
