# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# How to talk to HAProxy.

# ask SOCKET COMMAND - prints the answer
ask() {
	echo "$2" | socat -t 5 - "$1"
}

# field SOCKET BACKEND/SERVER N - of "show stat": 5 is sessions, 18 the status
field() {
	ask "$1" "show stat" | awk -F , -v b="${2%%/*}" -v s="${2#*/}" -v n="$3" \
		'$1 == b && $2 == s { print $n }'
}

# set_state SOCKET BACKEND/SERVER STATE - which says nothing where it is done
set_state() {
	answer=$(ask "$1" "set server $2 state $3") || return
	answer=$(echo "$answer" | tr -d '\n')
	[ -z "$answer" ] || { echo "$1: $2: $answer" >&2; return 1; }
}

# set_unless_maintenance SOCKET BACKEND/SERVER STATE - an administrator who has
# put it into maintenance wants it there; who cannot be asked is not told either
set_unless_maintenance() {
	case $(field "$1" "$2" 18) in
	MAINT*) return 0 ;;
	"") return 1 ;;
	esac
	set_state "$@"
}
