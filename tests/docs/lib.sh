# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For tests that run the documents' commands, each in a place that fits: here, or
# in a machine.  With tests/tap.sh, or tests/vm/lib.sh.

doc_dir=$(mktemp -d /tmp/doc.XXXXXX)
doc_count=0
# What is told the command: another shell, where it is to be run elsewhere.
doc_shell=(bash -c)
said=

# doc [OPTION]... COMMAND - a check: runs the command as it stands in a document,
# and passes if its exit status is 0; what it printed is in $said, and as it comes
# in the file $doc_out.  For "-" the command comes from standard input.
# tests/docs/commands finds these by the begin of the line; so no loops, and no
# other functions that do it.
#
#   --with WORD VALUE	instead of a placeholder, or of what is elsewhere here
#   --as COMMAND	run that instead, for a reason:
#   --because REASON
#   --status N		another exit status
#   --says PATTERN	and it prints something like that, a pattern of the shell
#   --while FUNCTION	and meanwhile run this, which has to succeed, too
#   --until FUNCTION	the same, and then stop it: it would go on for ever
#   --start FUNCTION	the same, and let it go on; its process is $doc_pid
#   --terminal		with a terminal for its output
#   --here		in this shell, where it leaves something
doc() {
	doc_as='' doc_because='' doc_status=0 doc_says='' doc_function=true
	doc_way=alone doc_terminal='' doc_with=()
	while [ $# -gt 1 ]; do
		case $1 in
		--with) doc_with+=("$2" "$3"); shift ;;
		--as) doc_as=$2 ;;
		--because) doc_because=$2 ;;
		--status) doc_status=$2 ;;
		--says) doc_says=$2 ;;
		--while | --until | --start) doc_way=${1#--} doc_function=$2 ;;
		--terminal) doc_terminal=yes; shift; continue ;;
		--here) doc_way=here; shift; continue ;;
		*) set -- "echo 'doc: $1?'; false" ;;
		esac
		shift 2
	done
	doc_count=$((doc_count + 1))
	doc_out=$doc_dir/$doc_count
	doc_command=$1
	[ "$1" != - ] || doc_command=$(cat)
	doc_name="\$ $(tr -s '\t\n ' ' ' <<<"${doc_command//\\$'\n'/}" | sed 's/ $//')"
	[ -z "$doc_as" ] || doc_name+="  (as: $doc_as; $doc_because)"
	doc_fill "${doc_with[@]}"
	doc_perform >"$doc_dir/why" 2>&1
	ok "$doc_name" doc_tell $?
	set -- $?
	# shellcheck disable=SC2034
	said=$(cat "$doc_out")
	return "$1"
}

# doc_fill [WORD VALUE]... - fails, later, where there is no such word any more
doc_fill() {
	doc_command=${doc_as:-$doc_command}
	while [ $# -gt 0 ]; do
		case $doc_command in
		*"$1"*) doc_command=${doc_command//"$1"/"$2"} ;;
		*) doc_command="echo 'the command has no $1 in it'; false" ;;
		esac
		shift 2
	done
}

# doc_perform - what this prints says why it has failed
doc_perform() {
	local command=("${doc_shell[@]}" "$doc_command")

	if [ "$doc_way" = here ]; then
		eval "$doc_command" >"$doc_out" 2>&1 </dev/null
		doc_judge $?
		return
	fi
	[ -z "$doc_terminal" ] ||
		command=(script -qefc "$doc_command" /dev/null)
	# Which stops all that it started, too.
	timeout -k 60 "${doc_limit:-300}" "${command[@]}" \
		>"$doc_out" 2>&1 </dev/null &
	doc_pid=$!
	if ! "$doc_function"; then
		kill "$doc_pid"
		wait "$doc_pid"
		echo "$doc_function failed meanwhile"
		return 1
	fi
	case $doc_way in
	start | until)
		kill -0 "$doc_pid" || {
			wait "$doc_pid"
			echo "it has ended by itself, with exit status $?"
			return 1
		}
		doc_status=any
		;;
	esac
	[ "$doc_way" != start ] || return 0
	[ "$doc_way" != until ] || kill "$doc_pid"
	wait "$doc_pid"
	doc_judge $?
}

# doc_judge STATUS
doc_judge() {
	if [ "$doc_status" != any ] && [ "$1" != "$doc_status" ]; then
		echo "its exit status is $1"
		return 1
	fi
	# shellcheck disable=SC2254
	case $(cat "$doc_out") in
	${doc_says:-*}) return 0 ;;
	esac
	echo "it does not print $doc_says"
	return 1
}

# printed PATTERN - by the command, so far; grep's
printed() {
	grep -q -- "$1" "$doc_out"
}

# doc_tell STATUS - what there is to say of one that failed
doc_tell() {
	[ "$1" = 0 ] || cat "$doc_dir/why" "$doc_out"
	return "$1"
}

# ran_all - as the last check: each of the script's was run
ran_all() {
	rm -rf "$doc_dir"
	is "$doc_count" "$(grep -cE '^[[:space:]]*doc ' "$doc_script")" \
		"every command of this place has been run"
}
# Whoever sources this may go elsewhere.
doc_script=$(readlink -f "$0")
