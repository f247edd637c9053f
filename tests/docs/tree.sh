#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What the documents say to who has the source: in a copy of it, of which nothing
# is built but what this machine must have anyway.  The last line sums up.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh
. tests/docs/lib.sh

make_work docs
top=$PWD
kdir=$top/build/kernels/6.1/kdir

tar -xzf "$(packaging/dist)" --strip-components=1 -C "$work"
cd "$work" || exit
# Tables to be put into a document.
mkdir -p build/bench
echo "| a new figure |" >build/bench/6.12.txt
echo "| and another |" >build/bench/6.12-rt.txt

# long TARGET - what it comes to is a script with these arguments, and that is there
long() {
	make -n "$@" >"$work/long" && script=$(grep -o 'tests/[a-z/-]*' "$work/long" |
		tail -n 1) && [ -x "$script" ] && cat "$work/long"
}
export -f long
export work

doc --as "grep -x 'exec make check' .ci/run && long check" \
	--because "what runs it is this" 'make check'
doc --as "long check-static" --because "make check runs it" \
	--says '*tests/check static*' 'make check-static'
doc --as "long check-unit" --because "make check runs it" \
	--says '*tests/check unit*' 'make check-unit'
doc --as "long check-vm KERNELS=6.1" --because "make check runs it" \
	--says '*tests/check vm*' 'make check-vm KERNELS=6.1'
doc --as "long bench" --because "it takes 45 minutes" \
	--says '*tests/bench/run 6.12 6.12-rt*' 'make bench'
doc --as "long bench KERNELS=6.1" --because "it takes 20 minutes" \
	--says '*tests/bench/run 6.1*' 'make bench KERNELS=6.1'

doc - <<'END'
{ sed '/^## Tables$/q' docs/performance.md; echo; \
    cat build/bench/6.12.txt build/bench/6.12-rt.txt; } >build/new.md
END
doc 'mv build/new.md docs/performance.md'
is "$(sed '1,/^## Tables$/d' docs/performance.md)" "
| a new figure |
| and another |" "performance.md has the new tables"

# With the library as it is installed, but elsewhere.
ok "the library is installed" make -C "$top" install DESTDIR="$work/root"
PKG_CONFIG_PATH=$(dirname "$(find "$work/root" -name libvmopnotify.pc)")
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR=$work/root
doc - <<'END'
cc -o consumer userspace/libvmopnotify/examples/poll.c \
    $(pkg-config --cflags --libs libvmopnotify)
END
ok "which makes a program" test -x consumer

# A module of one's own.
ok "make modules leaves its symbols" make modules KDIR="$kdir"
mkdir "$work/own"
cp samples/vmopnotify_pause.c "$work/own"
cat >"$work/own/Kbuild" <<-END
ccflags-y += -I$work/include
obj-m := vmopnotify_pause.o
END
cd "$work/own" || exit
# shellcheck disable=SC2016
doc --with '/lib/modules/$(uname -r)/build' "$kdir" --with SOURCE "$work" - <<'END'
make -C /lib/modules/$(uname -r)/build M=$PWD \
    KBUILD_EXTRA_SYMBOLS=SOURCE/Module.symvers modules
END
ok "which makes the module" test -e vmopnotify_pause.ko
cd "$top" || exit
ran_all
sum_up
