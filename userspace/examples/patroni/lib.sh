# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# How to ask Patroni.

member=${PATRONI_MEMBER:-$(uname -n)}

ctl() {
	timeout "$(($(left_s) + 1))" patronictl -c "$PATRONI_CONFIG" "$@"
}

# members - NAME ROLE STATE of each
members() {
	ctl list -f tsv | awk -F '\t' 'NR > 1 { print $2, $4, $5 }'
}

# is_primary - this member, as Patroni sees it, by what members() told
is_primary() {
	grep -qx "$member Leader running"
}

# another_leads - and is ready
another_leads() {
	members | awk -v m="$member" '$1 != m && $2 == "Leader" &&
		$3 == "running" { found = 1 } END { exit !found }'
}

# runs - this member, in whatever role
runs() {
	members | grep -qE "^$member .* (running|streaming)\$"
}
