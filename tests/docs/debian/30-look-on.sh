#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# How one looks on.
. /lab/guest.sh

monitor_shows_it() {
	within 60 printed idle && migration && within 60 printed quiesced
}

many_events() {
	within 60 is_watching monitor || return
	until [ "$(wc -l <"$doc_out")" -gt 10 ]; do
		drill || return
	done
}

uevents_show() {
	within 60 printed 'monitor will print' && drill &&
		within 60 printed '^STATE=quiesc'
}

doc --says '*idle*' 'vmopnotifyctl status'
# It warns of the clock alone, which nothing keeps here, and so ends with 3.
doc --with vmopnotifyctl "$door vmopnotifyctl" --status 3 \
	--says "*ok*hypervisor*ok*host's feature*ok*service*warning*clock*" \
	'vmopnotifyctl doctor'
doc --with vmtoolsd "$door vmtoolsd" --says '*"appName": "vmopnotify"*' \
	'vmtoolsd --cmd vm-operation-notification.list'

doc --terminal --until monitor_shows_it 'vmopnotifyctl monitor'
doc --while many_events 'vmopnotifyctl monitor --json --count 10'
is "$(jq -r .event <<<"$said" | wc -l)" 11 "which is the state, and ten events"
doc --says "*$id*success*" 'vmopnotifyctl history --since 7d'
doc - <<'END'
vmopnotifyctl history --since 7d --json | jq '.[] | select(.drill | not)'
END
is "$(grep '"drill"' <<<"$said" | sort -u)" '  "drill": false,' \
	"which has migrations, and no drill"
doc - <<'END'
vmopnotifyctl history --since 30d --json | jq '[.[].stun_us // 0] | max'
END
like "$said" "[0-9]*" "which is a number"

doc --says "*VMOPNOTIFY_OPERATION=$id*" - <<'END'
journalctl MESSAGE_ID=5d0b4a3c4f5f4bd6a2c8f1f0a1e7c936 -o verbose
END
doc - <<'END'
journalctl MESSAGE_ID=5d0b4a3c4f5f4bd6a2c8f1f0a1e7c936 VMOPNOTIFY_OUTCOME=lost
END
doc --with ID "$id" --says "*vmopnotifyd*" 'journalctl VMOPNOTIFY_OPERATION=ID'
doc 'journalctl -u vmopnotify-app@shop VMOPNOTIFY_COMMAND=quiesce'
doc --says '*vmopnotify*' 'journalctl -k -g vmopnotify'
doc --says '*attached*' 'journalctl -u vmopnotifyd'

doc --until uevents_show \
	'udevadm monitor --kernel --property --subsystem-match=misc'

doc 'echo 1 >/sys/kernel/tracing/events/vmopnotify/enable'
ok "a drill, to be traced" drill
doc --says '* state: idle -> quiescing*ack: consumer=*' 'cat /sys/kernel/tracing/trace'
doc 'echo 0 >/sys/kernel/tracing/events/vmopnotify/enable'

mkdir -p /var/lib/prometheus/node-exporter
metrics=/var/lib/prometheus/node-exporter/vmopnotify.prom
doc - <<'END'
vmopnotifyctl metrics --format prometheus \
    --output /var/lib/prometheus/node-exporter/vmopnotify.prom
END
like "$(cat $metrics)" "*vmopnotify_up 1*" "there they are"

ran_all
done_testing
