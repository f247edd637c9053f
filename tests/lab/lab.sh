# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The lab: a folder with a virtual machine and the two hosts that it can run on,
# for whoever sources this:
#
#	lab_option ARGUMENT...	for each of the command line's
#	open_lab		makes the folder, and boots the machine on a
#	close_lab		ends all of it, and removes the folder
#
# In between, vmotion works on it: VMOTION_LAB names the folder.  vmopnotifyd
# is attached, and in the guest the script runs that was asked for; see
# tests/lab/guest.  What is in the folder, of use to others:
#
#	control			vmxsim's socket, for vmxctl
#	current			where the guest runs: a or b; in there
#	  requests, trace	the sockets of the guest's ports lab.requests and
#				lab.trace, console that of its console
#	vmotion.log		what vmotion did, JSON lines, see report.h
#	vmxsim.log		what the simulated host heard and said
#	a/console.log		what the guest said on its console while on a
. "$(dirname "${BASH_SOURCE[0]}")/../vm/machine.sh"

folder=${VMOTION_LAB:-$top/build/lab/run}
kernel=$top/build/kernels/6.1
memory=256
script='' apps=() helper=() console=''

lab_usage() {
	cat <<-END
	  --lab DIR         the lab's folder (build/lab/run); it is removed after
	  --kernel DIR      as tests/vm/kernel leaves it (build/kernels/6.1)
	  --module FILE.ko  ours, built for it (build/modules/ and its name)
	  --add SRC[:DEST]  into the guest, to /usr/bin if not said otherwise
	  --script FILE     run it in the guest when all is there
	  --app FILE        an application: NAME.conf is for apps.d of vmopnotify,
	                    anything else goes to /usr/local/bin
	  --helper LINE     of the helper's configuration, section [host]
	  --append ARGS     to the kernel's command line
	  --smp N           processors (2)
	  --memory M        mebibytes (256)
	END
}

# lab_option ARGUMENT... - as common_option in machine.sh
lab_option() {
	took=2
	case $1 in
	--lab) folder=$2 ;;
	--script) script=$2 ;;
	--app) apps+=("$2") ;;
	--helper) helper+=("$2") ;;
	--kernel | --module | --add | --append | --smp | --memory)
		common_option "$@"
		;;
	*) return 1 ;;
	esac
}

# What goes into the guest

put_helper() {
	local conf=$root/etc/vmopnotify/vmopnotifyd.conf
	local bin=$top/build/userspace/bin

	put "$bin/vmopnotifyd" /usr/sbin/vmopnotifyd
	put "$bin/vmopnotifyctl" /usr/bin/vmopnotifyctl
	mkdir -p "$root/etc/vmopnotify/apps.d" "$root/var/lib/vmopnotify"
	# An RPC waits for as long as the guest is between two hosts.
	printf '%s\n' '[host]' 'app_name = lab' 'rpc_timeout_ms = 30000' \
		"${helper[@]}" >"$conf"
}

put_apps() {
	local app name

	for app in "${apps[@]}"; do
		[ -f "$app" ] || die "$app: there is no such file"
		name=$(basename "$app")
		case $name in
		*.conf) put "$app" "/etc/vmopnotify/apps.d/$name" ;;
		*)
			put "$app" "/usr/local/bin/$name"
			chmod 0755 "$root/usr/local/bin/$name"
			;;
		esac
	done
}

put_guest() {
	put_system
	put_helper
	put_apps
	put "$lab/vmxctl" /usr/bin/vmxctl
	put "$top/tests/vm/lib.sh" /lab/lib.sh
	put "$top/tests/lab/guest" /init
	if [ -n "$script" ]; then
		put "$script" /lab/script
		chmod 0755 "$root/lab/script"
	fi
	put_adds
}

# The hosts

# What stands in the file "machine" of each.
put_machine() {
	local host

	for host in a b; do
		mkdir "$folder/$host"
		{
			machine_arguments .
			port . requests lab.requests
			port . trace lab.trace
			printf '%s\n' \
				-qmp unix:qmp,server=on,wait=off \
				-chardev "socket,id=console,path=console,$serial" \
				-serial chardev:console \
				-kernel "$image" -initrd ../initramfs \
				-append "$cmdline $append"
		} >"$folder/$host/machine"
	done
}
serial=server=on,wait=off,logfile=console.log,logappend=on

# A folder that is no lab, or is in use, is not ours to remove.  A lab has the file
# "lab" in it, which is locked for as long as it is in use; one that was killed may
# have left a machine.
make_folder() {
	if [ -e "$folder" ]; then
		[ -e "$folder/lab" ] || die "$folder is there, and is no lab"
		lock_folder
		[ ! -e "$folder/a/machine" ] ||
			"$lab/vmotion" --lab "$folder" stop
		rm -rf "$folder"
	fi
	mkdir -p "$folder" || die "$folder cannot be made"
	: >"$folder/lab"
	lock_folder
	folder=$(cd "$folder" && pwd)
	work=$folder root=$folder/root
	mkdir -p "$root/lab"
}

lock_folder() {
	exec {lock}<"$folder/lab"
	flock -n "$lock" || die "$folder is in use, by another lab"
}

start_vmxsim() {
	(
		cd "$folder" || exit
		exec setpriv --pdeathsig TERM "$lab/vmxsim" --port current/rpc \
			--guest-control current/guest --control control \
			--qemu-pidfile current/qemu.pid --log vmxsim.log \
			</dev/null {lock}<&-
	) &
	sim=$!
}

guest_is_ready() {
	grep -q '^lab: ready' "$folder/a/console.log" 2>/dev/null
}

wait_for_guest() {
	local until=$((SECONDS + 120))

	until guest_is_ready; do
		[ $SECONDS -lt $until ] || {
			tail -n 15 "$folder/a/console.log" >&2
			die "the guest does not boot in 120 s"
		}
		"$lab/vmotion" status >/dev/null || {
			tail -n 15 "$folder/a/console.log" >&2
			die "the guest ended while it booted"
		}
		sleep 0.1
	done
}

# QEMU before 9.0 loses writes of an emulated guest to memory that it migrates,
# where the size of that is a multiple of 64 pages: it then clears the marks of
# what was written without having the processors mark it again.  8 KiB more, and
# it takes another way, which is sound.
odd_memory() {
	memory=$((memory * 1024 + 8))K
}

open_lab() {
	find_kernel
	odd_memory
	image=$(readlink -f "$image")
	[ ${#modules[@]} -gt 0 ] ||
		modules=("$top/build/modules/$(basename "$kernel")/vmopnotify.ko")
	make_folder
	trap close_lab EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	export VMOTION_LAB=$folder
	put_guest
	pack_initramfs
	rm -rf "$root"
	put_machine
	start_vmxsim
	"$lab/vmotion" boot >"$folder/boot.log" || exit 2
	wait_for_guest
}

# What it is told to end with goes on.
close_lab() {
	local status=$?

	trap '' INT TERM HUP
	[ ! -e "$folder/a/machine" ] || "$lab/vmotion" --lab "$folder" stop
	# Which restores the terminal.
	[ -z "$console" ] || wait "$console"
	[ -z "$sim" ] || { kill "$sim" && wait "$sim"; } 2>/dev/null
	rm -rf "$folder"
	return "$status"
}
