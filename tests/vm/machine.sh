# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What tests/vm/run, tests/vm/debian and tests/lab/lab share: their options,
# what goes into the guest, the machine with the simulated host beside it, and
# the verdict on what the tests in it print.
#
#	common_option ARGUMENT...	for each of the command line's
#	open_machine
#	put, put_tests, ...		into $root
#	pack_initramfs
#	judge [QEMU'S ARGUMENT]...

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
lab=$top/build/lab
kernel='' log='' limit=60 append='' smp=2 memory='' plain=
modules=() adds=() tests=()

common_usage() {
	cat <<-END
	  --kernel DIR      as tests/vm/kernel leaves it
	  --module FILE.ko  load it before the tests; in this order
	  --add SRC[:DEST]  into the guest, to /usr/bin if not said otherwise
	  --log DIR         leave console, TAP and the host's log there
	  --timeout S       for each test (60)
	  --append ARGS     to the kernel's command line
	  --smp N           processors (2)
	  --memory M        mebibytes (512, or what the kernel needs)
	  --plain           print what the tests print, and nothing else
	END
}

die() {
	echo "$(basename "$0"): $*" >&2
	exit 2
}

# common_option ARGUMENT... - takes the first, and $took of them in all; fails
# where it is not an option of both
common_option() {
	took=2
	case $1 in
	--kernel) kernel=$2 ;;
	--module) modules+=("$2") ;;
	--add) adds+=("$2") ;;
	--log) log=$2 ;;
	--timeout) limit=$2 ;;
	--append) append=$2 ;;
	--smp) smp=$2 ;;
	--memory) memory=$2 ;;
	--plain) plain=1 took=1 ;;
	-*) return 1 ;;
	*) tests+=("$1") took=1 ;;
	esac
}

work='' sim=

cleanup() {
	# The machine may be stunned, and see no other signal.
	kill -KILL "$(cat "$work/qemu.pid" 2>/dev/null)" 2>/dev/null
	[ -z "$sim" ] || { kill "$sim" && wait "$sim"; } 2>/dev/null
	rm -rf "$work"
}

# find_kernel - $image of the kernel asked for, and the $memory that it needs
find_kernel() {
	image=$kernel/vmlinux
	[ -e "$image" ] || image=$kernel/vmlinuz
	[ -e "$image" ] || die "$kernel: no vmlinux; see tests/vm/kernel"
	[ -x "$lab/vmxsim" ] || die "the lab is not built: make -C tests/lab"
	[ -n "$memory" ] ||
		memory=$(cat "$kernel/memory" 2>/dev/null || echo 512)
}

# open_machine [S] - checks what was asked for, and makes the folders: $log to
# look at afterwards, $work for as long as it runs, of which $root goes into the
# guest; that may need so many seconds before the first test and after the last
open_machine() {
	around=${1:-60}
	find_kernel
	log=${log:-$top/build/vm/$(basename "$kernel")}
	mkdir -p "$log"
	log=$(cd "$log" && pwd)
	rm -f "$log"/{console,tap,vmxsim,qemu}.log
	work=$(mktemp -d "${TMPDIR:-/tmp}/vmlab.XXXXXX")
	trap cleanup EXIT
	trap 'exit 130' INT TERM
	root=$work/root
	mkdir -p "$root/lab"
}

# What goes into the guest

triplet=$(gcc -print-multiarch 2>/dev/null || echo x86_64-linux-gnu)
tools=$top/build/open-vm-tools
[ -x "$tools/usr/bin/vmtoolsd" ] || tools=
with_libraries=yes

# without_libraries - from here on: it goes into a system that has its own
without_libraries() {
	with_libraries=
}

# Copies a file, and the libraries it needs to where it looks for them.
put() {
	local from=$1 to=$root$2 library at

	mkdir -p "$(dirname "$to")"
	cp -rL "$from" "$to" || die "$from: cannot be copied"
	[ -f "$from" ] && [ -n "$with_libraries" ] || return 0
	while read -r library; do
		# Those of an unpacked open-vm-tools go where it is at home.
		at=$root${library#"$tools"}
		[ -e "$at" ] && continue
		mkdir -p "$(dirname "$at")"
		cp -L "$library" "$at"
	done < <(libraries "$from")
}

libraries() {
	LD_LIBRARY_PATH=$tools/usr/lib/$triplet ldd "$1" 2>/dev/null |
		sed -n -e 's/.* => \(\/[^ ]*\) .*/\1/p' \
			-e 's/^\t\(\/[^ ]*\) .*/\1/p'
}

# put_busybox FOLDER - all of it
put_busybox() {
	local applet

	put "$(command -v busybox)" "$1/busybox"
	for applet in $(busybox --list); do
		[ -e "$root$1/$applet" ] || ln -s busybox "$root$1/$applet"
	done
}

put_users() {
	mkdir -p "$root/etc"
	cat >"$root/etc/passwd" <<-END
	root:x:0:0::/root:/bin/sh
	nobody:x:65534:65534::/:/bin/sh
	app:x:1000:900::/:/bin/sh
	END
	cat >"$root/etc/group" <<-END
	root:x:0:
	vmopnotify:x:900:app
	nogroup:x:65534:
	END
}

# vmtoolsd as Debian built it, behind the door.  exec, so that whoever starts
# and kills it has the program itself in hand.
put_vmtoolsd() {
	[ -x "$tools/usr/bin/vmtoolsd" ] ||
		die "no vmtoolsd; see tests/install-deps"
	put "$lab/libvmxdoor.so" /usr/lib/vmxdoor/libvmxdoor.so
	put "$tools/usr/bin/vmtoolsd" /usr/lib/open-vm-tools/vmtoolsd
	cat >"$root/usr/bin/vmtoolsd" <<-'END'
	#!/bin/sh
	LD_PRELOAD=/usr/lib/vmxdoor/libvmxdoor.so \
		exec /usr/lib/open-vm-tools/vmtoolsd "$@"
	END
	chmod 0755 "$root/usr/bin/vmtoolsd"
}

put_modules() {
	local ko

	mkdir -p "$root/lab/kernel"
	cp "$kernel"/modules/*.ko "$root/lab/kernel/" 2>/dev/null
	: >"$root/lab/modules"
	for ko in "${modules[@]}"; do
		put "$ko" "/lab/modules.d/$(basename "$ko")"
		echo "/lab/modules.d/$(basename "$ko")" >>"$root/lab/modules"
	done
}

# put_system - one of busybox, with what drives our ports, and those modules that
# are to be loaded
put_system() {
	mkdir -p "$root"/{sbin,usr/bin,usr/sbin,dev,proc,sys,tmp,run,root}
	put_busybox /bin
	put_users
	put_vmtoolsd
	put "$(command -v setpriv)" /usr/bin/setpriv
	put_modules
}

put_adds() {
	local add to

	for add in "${adds[@]}"; do
		to=${add#*:}
		[ "$to" != "$add" ] || to=/usr/bin/$(basename "$add")
		put "${add%%:*}" "$to"
	done
}

# put_tests - and what they, and those who run them, need
put_tests() {
	local test name

	put "$lab/vmxctl" /usr/bin/vmxctl
	put "$lab/libvmxdoor.so" /usr/lib/vmxdoor/libvmxdoor.so
	put "$top/tests/vm/lib.sh" /lab/lib.sh
	put "$top/tests/vm/report.sh" /lab/report.sh
	: >"$root/lab/list"
	for test in "${tests[@]}"; do
		name=$(basename "$test")
		put "$test" "/lab/tests/$name"
		chmod 0755 "$root/lab/tests/$name"
		echo "$name" >>"$root/lab/list"
	done
	echo "$limit" >"$root/lab/timeout"
	echo "$smp" >"$root/lab/processors"
}

pack_initramfs() {
	(cd "$work/root" && find . | cpio --quiet -R 0:0 -o -H newc) |
		gzip -1 >"$work/initramfs"
}

# The machine

start_host() {
	"$lab/vmxsim" --port "$work/rpc" --guest-control "$work/guest" \
		--control "$work/control" --qemu-pidfile "$work/qemu.pid" \
		--log "$log/vmxsim.log" &
	sim=$!
}

# A kernel that oopses is beyond testing: it reboots, which ends the machine.
# One that warns goes on, and the test which made it warn fails.
# An emulated timer may come late where this machine is busy, and that would be
# taken for one that does not work, which is a panic.
cmdline="console=ttyS0 panic=-1 oops=panic printk.devkmsg=on log_buf_len=4M"
cmdline+=" no_timer_check"

# port FOLDER ID NAME - the arguments for a port of that name, whose socket has the
# id for a name
port() {
	printf '%s\n' -chardev "socket,id=$2,path=$1/$2,server=on,wait=off" \
		-device "virtserialport,chardev=$2,name=$3"
}

# machine_arguments FOLDER - QEMU's, one a line; its sockets are in that folder.
# KVM is not used: vmtoolsd refuses to speak where it sees its signature.
machine_arguments() {
	printf '%s\n' -accel tcg,thread=multi -cpu max -smp "$smp" -m "$memory" \
		-machine pc,vmport=off -nodefaults -display none -no-reboot \
		-pidfile "$1/qemu.pid" -device virtio-serial-pci
	port "$1" rpc vmx.rpc
	port "$1" guest vmx.control
}

# All of the guest's time, boot included, is bounded.  Takes what else QEMU is
# to be told.
boot() {
	local whole=$((around + (limit + 5) * ${#tests[@]})) arguments

	mapfile -t arguments < <(machine_arguments "$work")
	timeout --foreground "$whole" qemu-system-x86_64 "${arguments[@]}" \
		-chardev "file,id=console,path=$log/console.log" \
		-serial chardev:console \
		-chardev stdio,id=tap,signal=off -serial chardev:tap \
		"$@" -kernel "$image" -initrd "$work/initramfs" \
		-append "$cmdline $append" </dev/null 2>"$log/qemu.log"
	[ $? != 124 ] || echo "#lab hung after $whole s"
}

# The verdict

passed=0 failed=0 skipped=0
current='' planned='' seen=0 unhappy=0 finished=
declare -A came_to

show() {
	[ -n "$plain" ] || printf '%s\n' "$*"
}

fail() {
	show "not ok - $current: $*"
	failed=$((failed + 1))
}

begin_test() {
	current=$1 planned='' seen=0 unhappy=0
	came_to[$current]=begun
	show "# $current"
}

end_test() {
	local status=$1

	came_to[$current]="done"
	if [ "$status" = 137 ]; then
		fail "killed, or not done in $limit s"
	elif [ -z "$planned" ]; then
		fail "no plan: it died with exit status $status"
	elif [ "$planned" != "$seen" ]; then
		fail "planned $planned checks, made $seen"
	elif [ "$status" != 0 ] && [ "$unhappy" = 0 ]; then
		fail "exit status $status"
	fi
	current=
}

# Counts one line of TAP.
count_tap() {
	case $1 in
	'1..0 # '[Ss][Kk][Ii][Pp]' '?*)
		planned=0
		skipped=$((skipped + 1))
		;;
	1..0*)
		planned=0
		fail "checks nothing, and does not say why"
		;;
	1..[0-9]*)
		planned=${1#1..}
		planned=${planned%% *}
		;;
	'ok '*'# '[Ss][Kk][Ii][Pp]' '?*)
		seen=$((seen + 1)) skipped=$((skipped + 1))
		;;
	'ok '*)
		seen=$((seen + 1)) passed=$((passed + 1))
		;;
	'not ok '*)
		seen=$((seen + 1)) failed=$((failed + 1)) unhappy=1
		;;
	esac
}

read_tap() {
	local line words

	while IFS= read -r line; do
		printf '%s\n' "$line" >>"$log/tap.log"
		case $line in
		'#lab '*)
			read -ra words <<<"$line"
			case ${words[1]} in
			begin) begin_test "${words[2]}" ;;
			end) end_test "${words[3]}" ;;
			done) finished=1 ;;
			*) show "$line" ;;
			esac
			;;
		*)
			[ -n "$current" ] && count_tap "$line"
			case $plain:$current in
			1:prepare | 1:finish) ;;
			*) printf '%s\n' "$line" ;;
			esac
			;;
		esac
	done
}

# What must not be in the kernel's log.  "unsafe" taints and the like are not
# warnings; a module from outside the tree taints, and is meant to.
bad='WARNING:|BUG:|BUG at|kernel BUG|Oops|Call Trace|general protection|'
bad+='INFO: task .* blocked|INFO: rcu|rcu: INFO|detected stall|soft lockup|'
bad+='hard LOCKUP|possible (circular|recursive)|inconsistent lock state|'
bad+='INFO: (trying|possible)|suspicious RCU|sleeping function called|'
bad+='scheduling while atomic|UBSAN|KASAN|KFENCE|kmemleak: [0-9]|'
bad+='ODEBUG|list_(add|del) corruption|refcount_t|use-after-free|leaked|'
bad+='still has .* users|Kernel panic|unregister_netdevice|bad page|segfault'

# The kernel's log has marks of where a test begins and ends.  Of data races the
# kernel has some of its own, also where it runs work of ours: those are meant in
# whose stacks one of our modules is.  A report ends with a line of "=".
check_kernel_log() {
	local warned

	warned=$(awk -v bad="$bad" '
		function warn(line) {
			if (test in seen)
				return
			seen[test] = 1
			print (test ? test : "boot") ": " line
		}
		/vmlab: begin/ { test = $NF; sub(/\r$/, "", test); next }
		/BUG: KCSAN/ { race = $0; next }
		/=====/ { race = "" }
		race != "" && !/Workqueue:/ && /\[vmopnotify/ { warn(race); race = "" }
		race == "" && $0 ~ bad { warn($0) }' "$log/console.log")
	[ -n "$warned" ] || return 0
	while IFS= read -r line; do
		current=${line%%: *}
		fail "the kernel warns: ${line#*: }"
	done <<<"$warned"
}

# What the guest did not come to.
check_complete() {
	local test name

	[ -z "$finished" ] || return 0
	for test in "${tests[@]}"; do
		name=$(basename "$test")
		current=$name
		case ${came_to[$name]:-} in
		done) ;;
		begun) fail "the guest died, or hung, in it" ;;
		*) fail "the guest did not come to it" ;;
		esac
	done
	current=guest
	fail "did not end as it should; the end of its console:"
	tail -n 15 "$log/console.log" | sed 's/^/# /'
	sed 's/^/# /' "$log/qemu.log"
}

# verdict - and exits by it
verdict() {
	check_kernel_log
	check_complete
	show "# log: $log"
	show "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" = 0 ]
	exit
}

# judge [QEMU'S ARGUMENT]... - boots, and exits by what the tests say
judge() {
	start_host
	read_tap < <(boot "$@")
	verdict
}
