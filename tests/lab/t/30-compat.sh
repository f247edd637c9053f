#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A destination that is not as the source is refused, with all that is different.
. tests/lab/test.sh

at=$(current)
to=$(other)
file=$VMOTION_LAB/$to/machine
cp "$file" "$work/machine"
trap 'cp "$work/machine" "$file"; rm -rf "$work"' EXIT

# differs NAME SED WORDS... - where the file is edited so
differs() {
	local name=$1 edit=$2 words

	shift 2
	sed "$edit" "$work/machine" >"$file"
	try 1 "another $name is refused" migrate
	for words; do
		like "$said" "*check-compatibility *FAILED: *$words*" \
			"$name: \"$words\""
	done
}

differs CPU 's/^max$/qemu64/' "CPU model: max on $at, qemu64 on $to" \
	"CPU features in "
differs "number of CPUs" '/^-smp$/{n;s/.*/1/}' "CPUs: 2 on $at, 1 on $to"
differs memory '/^-m$/{n;s/.*/128/}' \
	"memory: 262152 KiB on $at, 131072 KiB on $to"
differs "memory by 8 KiB" '/^-m$/{n;s/.*/262160K/}' \
	"memory: 262152 KiB on $at, 262160 KiB on $to"
differs "machine version" 's/^pc,/pc-i440fx-6.2,/' \
	"machine type: pc-i440fx-* on $at, pc-i440fx-6.2 on $to"
differs "machine type" 's/^pc,/q35,/' \
	"machine type: pc-i440fx-* on $at, pc-q35-* on $to"
differs device '$a-device\nvirtio-rng-pci' \
	": none on $at, virtio-rng-pci on $to" \
	"PCI device 00:03.0: none on $at, 1af4:1005 on $to"
differs "name of a port" 's/name=lab.trace/name=another/' \
	"lab.trace on $at, another on $to"
differs "memory and CPU" 's/^max$/qemu64/;/^-m$/{n;s/.*/128/}' \
	"CPU model: max on $at, qemu64 on $to" \
	"memory: 262152 KiB on $at, 131072 KiB on $to"

echo -no-such-option >>"$file"
try 1 "one on which QEMU does not start is refused" migrate
like "$said" "*check-compatibility *FAILED: *no-such-option: invalid option*" \
	"in QEMU's words"
rm "$file"
try 1 "one without a machine is refused" migrate
like "$said" "*select-destination *FAILED: $to/machine: No such file*" \
	"with what is missing"
cp "$work/machine" "$file"
ok "the guest has heard of none of this" is_at_rest "$at"
try 0 "with what there was before it migrates" migrate
done_testing
