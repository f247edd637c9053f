#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The guest's console follows it from one host to the other.
. tests/lab/test.sh

script='type echo sum $((40 + 2))\r
expect sum 42
run build/lab/vmotion start --bandwidth 0
type echo sum $((40 + 3))\r
expect sum 43
run build/lab/vmotion start --bandwidth 0
type echo sum $((40 + 4))\r
expect sum 44
type \x1d'
try 0 "what is typed reaches the guest where it is, until Ctrl-] is" \
	tests/lab/typist "$script" "$lab/vmotion" console
ok "the guest goes on after that" is_at_rest "$(current)"
try 2 "without a terminal there is no console" vmotion console </dev/null
like "$said" "*needs a terminal*" "which is said"
done_testing
