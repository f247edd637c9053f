# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# The lock: a key that belongs to this machine and operation, and to a lease
# that nobody renews, as a machine that stands still could not.

# shellcheck disable=SC2034 # it is for who sources this
holder="$(uname -n)/$VMOPNOTIFY_NAME/$VMOPNOTIFY_OPERATION_ID"

# transaction TIMEOUT_S CONDITION THEN - whether the condition was true
transaction() {
	printf '%s\n\n%s\n\n\n' "$2" "$3" |
		etcdctl --command-timeout="$1s" txn | head -n 1 | grep -qx SUCCESS
}

# The commands are in the examples' directory, where they are not named whole.
run() {
	case $1 in
	/*) "$@" ;;
	*) (cd "$(dirname "$0")" && "$@") ;;
	esac
}
