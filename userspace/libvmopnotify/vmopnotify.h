/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libvmopnotify - a client of /dev/vmopnotify
 *
 * A hypervisor that is about to live-migrate a virtual machine announces it
 * and may wait for the guest.  The kernel module vmopnotify passes that on;
 * its header, <linux/vmopnotify.h>, is included here, and its head explains
 * every word: operation, consumer, watcher, stage, deadline.  With this library
 * a program looks on, as a watcher, or takes part, as a consumer.
 *
 * A handle is an open file of the device.  A watcher's loop:
 *
 *	vmopnotify_open(&n, 0)
 *	poll vmopnotify_fd(n) for POLLIN
 *	vmopnotify_next_event(n, &ev) until it returns -EAGAIN
 *	vmopnotify_close(n)
 *
 * A consumer opens with VMOPNOTIFY_OPEN_CONSUMER and joins.  It does well to take
 * records for no more than a hint to look, and to act on the state, which is
 * never lost:
 *
 *	vmopnotify_join_as(n, "name", 0, 0)
 *	each turn:
 *	  vmopnotify_synchronize(n, &st, NULL)
 *	  quiet, and not ACKED in st.flags:  resume
 *	  not quiet, and ASKED but not ACKED:  get quiet, and
 *	    vmopnotify_ack_operation(n, st.operation_id, 0)
 *	  poll vmopnotify_fd(n) for POLLIN
 *
 * One that acts on the records themselves has vmopnotify_synchronize() to begin
 * with, and to go on with when some were lost.
 *
 * Errors
 *
 * Functions that can fail return a negative errno.  errno itself is left with
 * no meaning.  Nothing is printed.  A NULL for what must be given is -EINVAL.
 * Each function names the errors it means something by; what the system calls
 * beneath have besides, such as -EMFILE, is passed on.
 *
 * Threads
 *
 * There are no globals, and no locks.  All functions may be called from any
 * thread at any time, on one handle too: one thread may read while another
 * acks.  Of threads that read one handle each record goes to one.  Only
 * vmopnotify_close() must be the last call on its handle.  Those that return at
 * once and do no more than a system call may be called from a signal handler:
 * that is all but open, close, map, unmap and the strings.
 *
 * Processes
 *
 * The consumer is the process that called vmopnotify_join_as(): a daemon joins
 * after it has forked for the last time.  It leaves with vmopnotify_leave(),
 * with the last close of the file, and when it dies, even where a child still
 * has the file.  A child of fork() shares the open file: records that it reads
 * are gone for its parent.  It should close its handle, which takes nothing
 * from the parent, and may open one of its own.  Handles are closed by exec.
 *
 * Versions
 *
 * Symbols are versioned; what is here stays.  Numbers that the kernel may add
 * to its enums and flags are passed on as they are: pass over the unknown.
 */
#ifndef _VMOPNOTIFY_H
#define _VMOPNOTIFY_H

#include <stddef.h>
#include <stdint.h>

#include <linux/vmopnotify.h>

#ifdef __cplusplus
extern "C" {
#endif

struct vmopnotify;

/* VMOPNOTIFY_OPEN_CONSUMER - of vmopnotify_open(): to take part. */
#define VMOPNOTIFY_OPEN_CONSUMER	(1U << 0)

/**
 * vmopnotify_open() - open the device
 * @np: where to put the handle; NULL where this fails
 * @flags: 0 to watch, which takes read permission on the device, or
 *	%VMOPNOTIFY_OPEN_CONSUMER, which takes write permission as well and
 *	lets vmopnotify_join_as() be called; nobody has joined yet
 *
 * Records are those from here on.  The handle is the caller's, who gives it to
 * vmopnotify_close().
 *
 * Return: 0; -ENOENT, -ENODEV or -ENXIO: the kernel module is not loaded;
 * -EACCES: no permission, its group is "vmopnotify"; -EINVAL: an unknown flag;
 * -ENOMEM; or what open(2) has.
 */
int vmopnotify_open(struct vmopnotify **np, unsigned int flags)
	__attribute__((warn_unused_result));

/**
 * vmopnotify_close() - close a handle
 * @n: the handle, gone after this; NULL does nothing
 *
 * A consumer leaves, if no child has the file: see vmopnotify_leave().  Pages
 * that were mapped stay.
 */
void vmopnotify_close(struct vmopnotify *n);

/**
 * vmopnotify_fd() - what to poll
 * @n: the handle
 *
 * POLLIN: vmopnotify_next_event() has something to tell; POLLERR with it: that
 * is an overrun.  It is non-blocking and close-on-exec.  It is the handle's: do
 * not read or close it.
 *
 * Return: a file descriptor, or -EINVAL.
 */
int vmopnotify_fd(const struct vmopnotify *n);

/**
 * vmopnotify_next_event() - take the next record
 * @n: the handle
 * @ev: where to put it; all zero where there is none
 *
 * Does not wait.  Records come in their order.  Those that a state from
 * vmopnotify_synchronize() covers are left out, and a consumer is not given any
 * that tell of acks, %VMOPNOTIFY_EVENT_ACKED.
 *
 * All readers share one ring in the kernel.  One that falls behind by more than
 * the ring is told so by -EPIPE, once; after that it is given what is left
 * from the oldest record on.  That may well be of an operation long over,
 * with its end among what was lost: a consumer that is told -EPIPE calls
 * vmopnotify_synchronize(), acts on the state, and is then given none of that.
 * A watcher that only reports may go on: the gap in @ev->seq is what it lost.
 *
 * Return: 0; -EAGAIN: there is none now, poll vmopnotify_fd(); -EPIPE: records
 * were lost, call vmopnotify_synchronize(); -EINVAL; -EIO: what was read is no
 * record.
 */
int vmopnotify_next_event(struct vmopnotify *n, struct vmopnotify_event *ev)
	__attribute__((warn_unused_result));

/**
 * vmopnotify_next_events() - take several records with one system call
 * @n: the handle
 * @events: where to put them
 * @max: for how many there is room
 *
 * As vmopnotify_next_event(), but fewer than there are may be given: what is
 * left keeps the file readable.  Beyond what the return value tells, @events
 * has no meaning.
 *
 * Return: how many, at least 1; or as vmopnotify_next_event().
 */
int vmopnotify_next_events(struct vmopnotify *n,
			   struct vmopnotify_event *events, unsigned int max)
	__attribute__((warn_unused_result));

/**
 * vmopnotify_join_as() - become a consumer
 * @n: the handle, opened with %VMOPNOTIFY_OPEN_CONSUMER
 * @name: what messages and lists call it: printable ASCII, not empty, shorter
 *	than %VMOPNOTIFY_NAME_LEN; copied
 * @stage: when it is asked, below %VMOPNOTIFY_STAGES: those of stage 0 are the
 *	first
 * @expected_ms: how long it expects to need to get quiet, in milliseconds, for
 *	people to see; 0 where unknown
 *
 * From the next operation on the host waits for it.  One that is open is not
 * held up: see %VMOPNOTIFY_F_MEMBER.
 *
 * Return: 0; -EBADF: not opened for it; -EINVAL: bad name or stage; -EISCONN:
 * joined already; -EUSERS: as many have joined as the module's parameter
 * max_consumers allows.
 */
int vmopnotify_join_as(struct vmopnotify *n, const char *name, uint32_t stage,
		       uint32_t expected_ms);

/**
 * vmopnotify_leave() - be a consumer no more
 * @n: the handle; records can still be read from it, and it may join again
 *
 * To leave is as good as an ack.
 *
 * Return: 0; -ENOTCONN: has not joined; -EINVAL.
 */
int vmopnotify_leave(struct vmopnotify *n);

/**
 * vmopnotify_ack_operation() - tell that this consumer is quiet
 * @n: the handle
 * @operation_id: which operation is meant, from the record or the state that
 *	asked
 * @result: 0, or the (positive) errno with which getting quiet failed, at most
 *	%VMOPNOTIFY_MAX_RESULT; it is shown, and is an ack all the same: who
 *	would rather hold the operation until its deadline does not ack
 *
 * -ESTALE and -EALREADY are everyday's, not faults: the first has to resume,
 * the second has nothing to do.
 *
 * Return: 0; -ESTALE: that operation is not open, it ended meanwhile;
 * -EALREADY: it was acked already; -EAGAIN: too early, its stage has not been
 * asked yet; -ENOTCONN: has not joined, or after the operation's start, and is
 * not awaited; -EBADF: not opened for it; -EINVAL: bad result.
 */
int vmopnotify_ack_operation(struct vmopnotify *n, uint64_t operation_id,
			     int result);

/**
 * vmopnotify_get_status() - the state of this moment
 * @n: the handle
 * @st: where to put it
 *
 * Records stay to be read: this is for a look from anywhere.  Who reads the
 * records too wants vmopnotify_synchronize().
 *
 * Return: 0 or -EINVAL.
 */
int vmopnotify_get_status(const struct vmopnotify *n,
			  struct vmopnotify_status *st);

/**
 * vmopnotify_get_operation() - the operation that is open
 * @n: the handle
 * @op: where to put it; not written to where none is open
 *
 * Return: 0; -ENODATA: none is open; -EINVAL.
 */
int vmopnotify_get_operation(const struct vmopnotify *n,
			     struct vmopnotify_operation *op);

/**
 * vmopnotify_synchronize() - the state, in place of the records so far
 * @n: the handle
 * @st: where to put the state
 * @op: where to put the operation, of the same moment; all zero where none is
 *	open.  May be NULL.
 *
 * Call it after open or join, and when records were lost (-EPIPE); or each time
 * that there is something to read, where only the state counts.  It takes the
 * records that there are, and from then on vmopnotify_next_event() gives only
 * such as came after @st.
 *
 * Return: 0; -EINVAL; -EIO as vmopnotify_next_event().
 */
int vmopnotify_synchronize(struct vmopnotify *n, struct vmopnotify_status *st,
			   struct vmopnotify_operation *op);

/**
 * vmopnotify_map_page() - map the page that tells the state
 * @n: the handle
 * @pagep: where to put it; NULL where this fails
 *
 * It is for loops that have no time for a system call.  The page is read with
 * vmopnotify_page_state(), vmopnotify_page_is_open() and
 * vmopnotify_page_read() of <linux/vmopnotify.h>, from any thread, and touching
 * it does not fault.  It is the caller's, who gives it to
 * vmopnotify_unmap_page(), before or after vmopnotify_close().  It does not
 * tell this handle's own flags, such as %VMOPNOTIFY_F_ASKED:
 * vmopnotify_get_status() does.
 *
 * Return: 0; -ENODEV: the module is too old, of ABI version 1; -ENOMEM;
 * -EINVAL.
 */
int vmopnotify_map_page(const struct vmopnotify *n,
			const struct vmopnotify_page **pagep);

/**
 * vmopnotify_unmap_page() - give the page back
 * @page: from vmopnotify_map_page(), not to be touched after this; NULL does
 *	nothing
 */
void vmopnotify_unmap_page(const struct vmopnotify_page *page);

/*
 * Words for the numbers.  They are the same everywhere: in what vmopnotifyctl
 * prints and takes, in logs.  The strings are constant and last for ever.
 */

/**
 * vmopnotify_state_name() - the word for a state
 * @state: &enum vmopnotify_state
 *
 * Return: "idle", "quiescing", ...; "unknown" for what this version does not
 * know.  Never NULL.
 */
const char *vmopnotify_state_name(uint32_t state);

/**
 * vmopnotify_state_by_name() - the state of a word
 * @name: as vmopnotify_state_name() gives it
 *
 * Return: &enum vmopnotify_state, or -EINVAL.
 */
int vmopnotify_state_by_name(const char *name);

/**
 * vmopnotify_event_name() - the word for an event type
 * @type: &enum vmopnotify_event_type
 *
 * Return: "start", "timeout-change", ...; "unknown".  Never NULL.
 */
const char *vmopnotify_event_name(uint32_t type);

/**
 * vmopnotify_event_by_name() - the event type of a word
 * @name: as vmopnotify_event_name() gives it
 *
 * Return: &enum vmopnotify_event_type, or -EINVAL.
 */
int vmopnotify_event_by_name(const char *name);

/**
 * vmopnotify_end_name() - the word for how an operation ended
 * @status: &enum vmopnotify_end_status
 *
 * Return: "none", "success", "failed", "lost"; "unknown".  Never NULL.
 */
const char *vmopnotify_end_name(uint32_t status);

/**
 * vmopnotify_end_by_name() - the end status of a word
 * @name: as vmopnotify_end_name() gives it
 *
 * Return: &enum vmopnotify_end_status, or -EINVAL.
 */
int vmopnotify_end_by_name(const char *name);

/**
 * vmopnotify_flag_name() - the word for one flag
 * @flag: one bit of VMOPNOTIFY_F_*
 *
 * Return: "drill", "host-acked", ..., or NULL for a bit without a name.
 */
const char *vmopnotify_flag_name(uint32_t flag);

/**
 * vmopnotify_flag_by_name() - the flag of a word
 * @name: as vmopnotify_flag_name() gives it
 *
 * Return: the bit, or 0 for no such flag.
 */
uint32_t vmopnotify_flag_by_name(const char *name);

/**
 * vmopnotify_flags_text() - the words for a set of flags
 * @flags: VMOPNOTIFY_F_*
 * @buf: where to write, "drill,late"; bits without a name come last, in hex
 * @len: size of @buf; what does not fit is cut
 *
 * Return: @buf, an empty string for no flags.
 */
char *vmopnotify_flags_text(uint32_t flags, char *buf, size_t len);

#ifdef __cplusplus
}
#endif

#endif /* _VMOPNOTIFY_H */
