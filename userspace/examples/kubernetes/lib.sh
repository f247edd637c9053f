# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# How to ask for this node.

node=${KUBE_NODE:-$(uname -n)}
# shellcheck disable=SC2034 # it is for who sources this
annotation=vmopnotify-cordoned

ctl() {
	kubectl --request-timeout="$(($(left_s) + 1))s" "$@"
}

# get TEMPLATE - of this node
get() {
	ctl get node "$node" -o "jsonpath={$1}"
}
