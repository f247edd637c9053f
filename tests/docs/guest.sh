# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For the documents' commands in a Debian with systemd, where vmopnotify is
# installed; see tests/vm/debian.  The documents are in /lab/documents.
. /lab/lib.sh
. /lab/service.sh
. /lab/docs.sh

# shellcheck disable=SC2034
# Through which vmtoolsd reaches the simulated host.
door="env LD_PRELOAD=/usr/lib/vmxdoor/libvmxdoor.so"

# doc_block NAME - what a document has for a file of that name: the block below
# the line that ends with it
doc_block() {
	awk -v name="\`$1\`:" '
		/^```/ && begun { exit }
		/^```/ && named { begun = 1; next }
		begun
		substr($0, length - length(name) + 1) == name { named = 1 }
		' /lab/documents/*.md /lab/documents/docs/*.md
}

# put_block NAME - makes that file of it
put_block() {
	mkdir -p "$(dirname "$1")"
	doc_block "$1" >"$1"
	[ -s "$1" ]
}

# announce, finish - a migration, until all are quiet, and from there
announce() {
	id=$(host_get id start timeout=300) &&
		host wait-ack id="$id" acks=1 timeout=120 >/dev/null
}

finish() {
	host end id="$id" >/dev/null && within 120 state_is idle
}

migration() {
	announce && finish
}

drill() {
	vmopnotifyctl simulate run --timeout 10 --hold 0
}

# takes_part NAME
takes_part() {
	vmopnotifyctl consumers | grep -q "^$1 "
}

# is_watching ARGUMENT... - vmopnotifyctl with these has the device open
is_watching() {
	local file

	while read -r file; do
		tr '\0' ' ' <"${file%/fd/*}/cmdline" |
			grep -q "^vmopnotifyctl $*" && return
	done < <(find /proc/[0-9]*/fd -lname /dev/vmopnotify 2>/dev/null)
	return 1
}

within 120 is_serving
