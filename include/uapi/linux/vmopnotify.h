/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * vmopnotify - notice of hypervisor operations on this virtual machine
 *
 * A hypervisor that is about to live-migrate a virtual machine announces it,
 * and may wait for the guest before it stops ("stuns") the machine.  This
 * header is how programs take part.  It is a promise: what is here keeps its
 * meaning and its layout, and VMOPNOTIFY_ABI_VERSION counts additions.
 *
 * Words
 *
 * operation	what the host announced, for example "host-migration", named by
 *		its operation id (any unsigned 64-bit number)
 * helper	the daemon that bridges host and kernel (vmopnotifyd)
 * consumer	a participant whose ack is awaited
 * watcher	reads events, is not awaited
 * stage	consumers of stage 0 quiesce first, then those of stage 1, ...
 * deadline	when the host goes ahead, whoever is missing
 *
 * The life of an operation
 *
 *   detached   no helper: an operation would come unannounced
 *   idle       a helper is attached, no operation is open
 *   quiescing  an operation was announced, acks are outstanding
 *   quiesced   all have acked, the host was told; the stun may come any moment
 *   expired    the deadline passed with acks missing; the host goes ahead
 *
 * At the start of an operation its members are fixed: the consumers that have
 * joined by then.  The lowest stage that has members is asked to prepare; once
 * all of that stage have acked, left or died, the next stage is asked, until
 * none is outstanding.  Consumers that join later are told, not awaited.
 * Every operation that starts ends exactly once, with an end event, and
 * whoever was asked to prepare resumes then, whatever the end was.
 *
 * /dev/vmopnotify
 *
 * open(O_RDONLY) makes a watcher.  read() returns whole struct
 * vmopnotify_event records, as many as fit, from the moment of the open on; a
 * buffer smaller than one record is refused with EINVAL.  poll() reports
 * EPOLLIN while there is one to read.  All readers share one ring: a reader
 * that falls behind by more than the ring gets EPIPE once (and EPOLLERR until
 * then) and goes on from the oldest record kept.  A file that is open for
 * writing always has EPOLLOUT: an ack never waits.  The operation in progress
 * is never lost that way: VMOPNOTIFY_IOC_GET_STATE tells it.
 *
 * open(O_RDWR), which takes write permission on the device because a consumer
 * can delay a migration up to its deadline, and VMOPNOTIFY_IOC_JOIN make a
 * consumer.  The loop of a consumer is
 *
 *	open, JOIN, GET_STATE
 *	poll, read:
 *	  PREPARE of the own stage:  get quiet, ACK the operation id
 *	  END of that operation, not STRAY:  resume, if it was asked
 *
 * The consumer is the process that called JOIN.  It leaves with LEAVE, with
 * the last close of the file, and at once when that process dies with the file
 * open, even where a child of it holds it, too (but for one that shares all its
 * files, made with CLONE_FILES).  To leave is as good as an ack.
 * From JOIN on the file gives what happens from then on, but no ACKED records,
 * so that consumers do not wake each other; who wants both opens a second file
 * to watch.
 *
 * mmap() of one page, PROT_READ, at offset 0, gives a struct vmopnotify_page: the
 * same as VMOPNOTIFY_IOC_GET_STATE, but for this file's own flags, without a
 * system call.  It is for loops that have no time for one.  Any file will do;
 * the mapping outlives it, and does not keep a consumer that closes its file.
 * Another size or offset is refused with EINVAL, one that is or may become
 * writable with EACCES, by mprotect() too.  Who has read a record finds the
 * page, and what the other ways tell, at least as new.  A loop that must not
 * fault maps with MAP_POPULATE, or has locked its memory.
 *
 * While any file is open or a page mapped the module stays loaded: what is
 * polled does not go away.
 *
 * All times are CLOCK_MONOTONIC, in nanoseconds, but where a name says
 * otherwise.  Reserved fields and unknown flags must be zero in what is
 * passed in, are zero in what is given out, and may get a meaning later.
 */
#ifndef _UAPI_LINUX_VMOPNOTIFY_H
#define _UAPI_LINUX_VMOPNOTIFY_H

#include <linux/ioctl.h>
#include <linux/types.h>

/*
 * VMOPNOTIFY_ABI_VERSION - grows with each addition to this header.
 * 2: the mapped page; vmopnotify_status.operations.
 */
#define VMOPNOTIFY_ABI_VERSION	2

/* VMOPNOTIFY_NAME_LEN - a name's size in bytes, with its closing NUL. */
#define VMOPNOTIFY_NAME_LEN	32

/* VMOPNOTIFY_TEXT_LEN - a text's size in bytes, with its closing NUL. */
#define VMOPNOTIFY_TEXT_LEN	64

/* VMOPNOTIFY_STAGES - stages are numbered from 0 to one below this. */
#define VMOPNOTIFY_STAGES	8

/* VMOPNOTIFY_MAX_RESULT - the largest result an ack may carry. */
#define VMOPNOTIFY_MAX_RESULT	4095

/**
 * enum vmopnotify_state - where the machine stands
 * @VMOPNOTIFY_STATE_DETACHED: no helper holds the host's registration
 * @VMOPNOTIFY_STATE_IDLE: armed, no operation is open
 * @VMOPNOTIFY_STATE_QUIESCING: announced, acks are outstanding
 * @VMOPNOTIFY_STATE_QUIESCED: all acked, the stun may come any moment
 * @VMOPNOTIFY_STATE_EXPIRED: the deadline passed with acks missing
 *
 * The last three mean that an operation is open.
 */
enum vmopnotify_state {
	VMOPNOTIFY_STATE_DETACHED = 0,
	VMOPNOTIFY_STATE_IDLE = 1,
	VMOPNOTIFY_STATE_QUIESCING = 2,
	VMOPNOTIFY_STATE_QUIESCED = 3,
	VMOPNOTIFY_STATE_EXPIRED = 4,
};

/**
 * enum vmopnotify_event_type - what a record tells
 * @VMOPNOTIFY_EVENT_ATTACHED: a helper attached; text is its application name
 * @VMOPNOTIFY_EVENT_DETACHED: the helper detached or died
 * @VMOPNOTIFY_EVENT_START: an operation was announced
 * @VMOPNOTIFY_EVENT_PREPARE: the members of @stage are to get quiet and ack
 * @VMOPNOTIFY_EVENT_ACKED: a member acked, with @result and its name as text;
 *	or left, see %VMOPNOTIFY_F_LEFT
 * @VMOPNOTIFY_EVENT_QUIESCED: nobody is outstanding, the host may go on
 * @VMOPNOTIFY_EVENT_EXPIRED: the deadline passed; text names who is missing,
 *	as many as fit, separated by commas
 * @VMOPNOTIFY_EVENT_TIMEOUT_CHANGE: the host changed its timeout, and with it
 *	the deadline of an open operation
 * @VMOPNOTIFY_EVENT_STUN: a stun of @stun_ns was seen
 * @VMOPNOTIFY_EVENT_END: the operation is over, see @status; text is the
 *	host's own word for how it ended
 *
 * New types may be added: a reader passes over those it does not know.
 */
enum vmopnotify_event_type {
	VMOPNOTIFY_EVENT_ATTACHED = 1,
	VMOPNOTIFY_EVENT_DETACHED = 2,
	VMOPNOTIFY_EVENT_START = 3,
	VMOPNOTIFY_EVENT_PREPARE = 4,
	VMOPNOTIFY_EVENT_ACKED = 5,
	VMOPNOTIFY_EVENT_QUIESCED = 6,
	VMOPNOTIFY_EVENT_EXPIRED = 7,
	VMOPNOTIFY_EVENT_TIMEOUT_CHANGE = 8,
	VMOPNOTIFY_EVENT_STUN = 9,
	VMOPNOTIFY_EVENT_END = 10,
};

/**
 * enum vmopnotify_end_status - how an operation ended
 * @VMOPNOTIFY_END_NONE: it has not, or there was none
 * @VMOPNOTIFY_END_SUCCESS: the host reported success
 * @VMOPNOTIFY_END_FAILED: the host reported anything else; the machine is
 *	where it was
 * @VMOPNOTIFY_END_LOST: no end came: it was given up after a time, or another
 *	operation started
 */
enum vmopnotify_end_status {
	VMOPNOTIFY_END_NONE = 0,
	VMOPNOTIFY_END_SUCCESS = 1,
	VMOPNOTIFY_END_FAILED = 2,
	VMOPNOTIFY_END_LOST = 3,
};

/*
 * Flags of an operation, of an event and of GET_STATE's answer.
 *
 * DRILL: not from the host but a drill; never acked to the host.
 * GUARANTEED: the host guarantees that it waits for the ack.
 * LATE: the operation was quiesced after its deadline had passed, or this ack
 *	came then; a deadline that is moved later does not undo that.
 * HOST_ACKED: the helper has passed the ack on to the host.
 * LEFT: of an ACKED event: the member left or died instead.
 * STRAY: of an END event: no such operation was open, nobody acts on it.
 * CONSUMER: of GET_STATE: this file has joined.
 * MEMBER: of GET_STATE: it takes part in the open operation.
 * ASKED: of GET_STATE: it was asked to prepare for it.
 * ACKED: of GET_STATE: it has acked it.
 */
#define VMOPNOTIFY_F_DRILL	(1U << 0)
#define VMOPNOTIFY_F_GUARANTEED	(1U << 1)
#define VMOPNOTIFY_F_LATE	(1U << 2)
#define VMOPNOTIFY_F_HOST_ACKED	(1U << 3)
#define VMOPNOTIFY_F_LEFT	(1U << 4)
#define VMOPNOTIFY_F_STRAY	(1U << 5)
#define VMOPNOTIFY_F_CONSUMER	(1U << 8)
#define VMOPNOTIFY_F_MEMBER	(1U << 9)
#define VMOPNOTIFY_F_ASKED	(1U << 10)
#define VMOPNOTIFY_F_ACKED	(1U << 11)

/**
 * struct vmopnotify_event - one record, as read() gives it
 * @seq: counts records from 0 at module load, without gaps
 * @time_ns: when it happened, CLOCK_MONOTONIC
 * @operation_id: the operation's id; 0 where none is open
 * @deadline_ns: its deadline, CLOCK_MONOTONIC; 0 where none is open
 * @quiesce_ns: from start to quiesced; 0 before that
 * @stun_ns: the stun, of STUN and END; 0 where none was measured
 * @type: &enum vmopnotify_event_type
 * @state: &enum vmopnotify_state that the event led to
 * @flags: VMOPNOTIFY_F_*
 * @stage: the stage asked, of PREPARE; the consumer's, of ACKED
 * @result: of ACKED: 0, or the errno that the consumer reports
 * @status: of END: &enum vmopnotify_end_status
 * @members: how many take part in the operation
 * @pending: how many of them are outstanding
 * @operation_type: the host's word for the operation, "host-migration"
 * @text: by type, see &enum vmopnotify_event_type; NUL-terminated
 * @reserved: zero
 */
struct vmopnotify_event {
	__u64 seq;
	__u64 time_ns;
	__u64 operation_id;
	__u64 deadline_ns;
	__u64 quiesce_ns;
	__u64 stun_ns;
	__u32 type;
	__u32 state;
	__u32 flags;
	__u32 stage;
	__s32 result;
	__u32 status;
	__u32 members;
	__u32 pending;
	char operation_type[VMOPNOTIFY_NAME_LEN];
	char text[VMOPNOTIFY_TEXT_LEN];
	__u64 reserved[2];
};

/**
 * struct vmopnotify_join - argument of VMOPNOTIFY_IOC_JOIN
 * @name: what messages and lists call the consumer; printable ASCII, not
 *	empty, NUL-terminated
 * @flags: 0
 * @stage: below %VMOPNOTIFY_STAGES
 * @expected_ms: how long it expects to need to get quiet, in milliseconds, for
 *	people to see; 0 where unknown
 * @reserved: 0
 */
struct vmopnotify_join {
	char name[VMOPNOTIFY_NAME_LEN];
	__u32 flags;
	__u32 stage;
	__u32 expected_ms;
	__u32 reserved[5];
};

/**
 * struct vmopnotify_ack - argument of VMOPNOTIFY_IOC_ACK and of write()
 * @operation_id: the operation that is acked
 * @result: 0, or the (positive) errno with which getting quiet failed, at most
 *	%VMOPNOTIFY_MAX_RESULT; it is counted and shown, and is an ack all the
 *	same: who would rather hold the operation until its deadline does not
 *	ack
 * @flags: 0
 * @reserved: 0
 */
struct vmopnotify_ack {
	__u64 operation_id;
	__s32 result;
	__u32 flags;
	__u64 reserved[2];
};

/**
 * struct vmopnotify_status - answer of VMOPNOTIFY_IOC_GET_STATE
 * @seq: the record that will be written next: a reader that has read up to
 *	here has seen all that led to this answer
 * @operation_id: the open operation's id, 0 where none is open
 * @deadline_ns: its deadline, CLOCK_MONOTONIC; 0 where none is open
 * @abi_version: %VMOPNOTIFY_ABI_VERSION of the module
 * @state: &enum vmopnotify_state
 * @flags: VMOPNOTIFY_F_*, of the operation and of this file
 * @stage: the highest stage that was asked to prepare
 * @consumers: how many have joined
 * @pending: how many members are outstanding
 * @operations: operations started since module load: where it has grown by
 *	more than one between two looks, some were missed
 * @reserved: zero
 */
struct vmopnotify_status {
	__u64 seq;
	__u64 operation_id;
	__u64 deadline_ns;
	__u32 abi_version;
	__u32 state;
	__u32 flags;
	__u32 stage;
	__u32 consumers;
	__u32 pending;
	__u64 operations;
	__u64 reserved;
};

/**
 * struct vmopnotify_operation - answer of VMOPNOTIFY_IOC_GET_OPERATION
 * @operation_id: its id
 * @start_ns: when it was announced to the module, CLOCK_MONOTONIC
 * @deadline_ns: its deadline, CLOCK_MONOTONIC
 * @quiesce_ns: from start to quiesced; 0 before that
 * @state: &enum vmopnotify_state
 * @flags: VMOPNOTIFY_F_*, of the operation
 * @stage: the highest stage that was asked to prepare
 * @members: how many take part
 * @pending: how many of them are outstanding
 * @timeout_ms: the host's timeout, in milliseconds
 * @operation_type: the host's word for it
 * @reserved: zero
 */
struct vmopnotify_operation {
	__u64 operation_id;
	__u64 start_ns;
	__u64 deadline_ns;
	__u64 quiesce_ns;
	__u32 state;
	__u32 flags;
	__u32 stage;
	__u32 members;
	__u32 pending;
	__u32 timeout_ms;
	char operation_type[VMOPNOTIFY_NAME_LEN];
	__u64 reserved[2];
};

/**
 * struct vmopnotify_page - what mmap() gives
 * @state: &enum vmopnotify_state; for vmopnotify_page_state()
 * @sequence: counts writes of the copies; for vmopnotify_page_read()
 * @abi_version: %VMOPNOTIFY_ABI_VERSION of the module
 * @reserved: zero
 * @copies: for vmopnotify_page_read(); flags are those of the operation
 *
 * A loop that tests @state once per turn touches one cache line, and that is
 * written to only when something has happened.
 *
 * The copies are a latch.  The writer makes @sequence odd, writes copy 0,
 * makes it even, writes copy 1: copy 1 is whole while @sequence is odd, copy 0
 * while it is even, and a writer that is stopped half-way holds up no reader.
 * Last it sets @state.
 */
struct vmopnotify_page {
	__u32 state;
	__u32 sequence;
	__u32 abi_version;
	__u32 reserved[13];
	struct vmopnotify_status copies[2];
};

/*
 * The ioctls, and how they are refused:
 *
 * JOIN		EBADF	the file is not open for writing
 *		EINVAL	bad name, stage, flag or reserved field
 *		EISCONN	this file has joined already
 *		EUSERS	max_consumers have joined
 * ACK, write()	EBADF	the file is not open for writing
 *		EINVAL	bad result, flag or reserved field, or a write() of
 *			another size
 *		ENOTCONN the file has not joined, or joined after the operation
 *			started and is not awaited
 *		ESTALE	that operation is not open
 *		EAGAIN	its stage has not been asked to prepare yet
 *		EALREADY it has acked already
 * LEAVE	ENOTCONN the file has not joined
 * GET_OPERATION ENODATA no operation is open
 */
#define VMOPNOTIFY_IOC_MAGIC	0xBB
#define VMOPNOTIFY_IOC_JOIN		\
	_IOW(VMOPNOTIFY_IOC_MAGIC, 0x00, struct vmopnotify_join)
#define VMOPNOTIFY_IOC_ACK		\
	_IOW(VMOPNOTIFY_IOC_MAGIC, 0x01, struct vmopnotify_ack)
#define VMOPNOTIFY_IOC_LEAVE		\
	_IO(VMOPNOTIFY_IOC_MAGIC, 0x02)
#define VMOPNOTIFY_IOC_GET_STATE	\
	_IOR(VMOPNOTIFY_IOC_MAGIC, 0x03, struct vmopnotify_status)
#define VMOPNOTIFY_IOC_GET_OPERATION	\
	_IOR(VMOPNOTIFY_IOC_MAGIC, 0x04, struct vmopnotify_operation)

/*
 * The generic netlink family
 *
 * It is how the helper drives the module, and a second way to watch.  It
 * exists in the initial network namespace only.  Commands that write need
 * CAP_NET_ADMIN in the initial user namespace, as does listening to the group
 * "events".  One socket at a time is attached; its death detaches it.  Every
 * refusal of a whole message, but for want of that capability, carries a text
 * in its extended ack.
 */
#define VMOPNOTIFY_GENL_NAME		"vmopnotify"
#define VMOPNOTIFY_GENL_VERSION		1
#define VMOPNOTIFY_GENL_MCGRP_EVENTS	"events"

/**
 * enum vmopnotify_cmd - commands and messages of the family
 * @VMOPNOTIFY_CMD_UNSPEC: invalid
 * @VMOPNOTIFY_CMD_ATTACH: this socket speaks for the host from now on.
 *	In: APP_NAME, HELPER, TIMEOUT_MS, [GUARANTEED].  The answer is that of
 *	GET: an operation that is still open is in it, to go on with.
 *	-EBUSY: another socket is attached; GET tells whose.
 * @VMOPNOTIFY_CMD_DETACH: the host's registration is given up.
 * @VMOPNOTIFY_CMD_START: the host announced an operation.  In: OPERATION_ID,
 *	OPERATION_TYPE, TIMEOUT_MS, [AGE_MS], [FLAGS: DRILL].  The deadline is
 *	now + timeout - age.  -EALREADY: this operation is open already;
 *	-ESTALE: it is older than its own timeout; -EBUSY: a drill while an
 *	operation is open.
 * @VMOPNOTIFY_CMD_END: the host reported an operation's end.  In:
 *	OPERATION_ID, STATUS (success or failed), [TEXT], [FLAGS: DRILL].
 * @VMOPNOTIFY_CMD_TIMEOUT_CHANGE: the host changed its timeout.  In:
 *	TIMEOUT_MS, [FLAGS: DRILL: of the drill that is open].
 * @VMOPNOTIFY_CMD_ACKED: the host has been told that all are quiet.  In:
 *	OPERATION_ID.  A helper that attaches later sees it as HOST_ACKED and
 *	does not tell it again.  -ESTALE: that operation is not open.
 * @VMOPNOTIFY_CMD_GET: for anyone.  Answer: ABI_VERSION, STATE, APP_NAME,
 *	HELPER and PID of the helper if one is attached, TIMEOUT_MS, CONSUMERS,
 *	the counters, how the last operation ended, and of an open operation
 *	OPERATION_ID, OPERATION_TYPE, FLAGS, START_NS, DEADLINE_NS, STAGE,
 *	MEMBERS, PENDING.
 * @VMOPNOTIFY_CMD_GET_CONSUMER: for anyone, dump only.  Per consumer: NAME,
 *	PID (none: in the kernel; 0: not visible to the asker), STAGE, FLAGS
 *	(MEMBER, ASKED, ACKED), RESULT of its last ack if it has acked,
 *	EXPECTED_MS, AGE_MS since it joined.
 * @VMOPNOTIFY_CMD_READY: to the helper: all are quiet, the host may go on.
 *	OPERATION_ID, FLAGS.  Once for an operation, never for a drill.
 * @VMOPNOTIFY_CMD_EVENT: to the group: one &struct vmopnotify_event, field by
 *	field.
 *
 * The helper alone may use DETACH, START, END, TIMEOUT_CHANGE and ACKED; with
 * the DRILL flag, any socket that has the capability.
 */
enum vmopnotify_cmd {
	VMOPNOTIFY_CMD_UNSPEC = 0,
	VMOPNOTIFY_CMD_ATTACH = 1,
	VMOPNOTIFY_CMD_DETACH = 2,
	VMOPNOTIFY_CMD_START = 3,
	VMOPNOTIFY_CMD_END = 4,
	VMOPNOTIFY_CMD_TIMEOUT_CHANGE = 5,
	VMOPNOTIFY_CMD_ACKED = 6,
	VMOPNOTIFY_CMD_GET = 7,
	VMOPNOTIFY_CMD_GET_CONSUMER = 8,
	VMOPNOTIFY_CMD_READY = 9,
	VMOPNOTIFY_CMD_EVENT = 10,

	/* private: */
	__VMOPNOTIFY_CMD_MAX,
	VMOPNOTIFY_CMD_MAX = __VMOPNOTIFY_CMD_MAX - 1
};

/**
 * enum vmopnotify_attr - attributes of the family
 * @VMOPNOTIFY_A_UNSPEC: invalid
 * @VMOPNOTIFY_A_PAD: alignment of 64-bit attributes
 * @VMOPNOTIFY_A_ABI_VERSION: u32, %VMOPNOTIFY_ABI_VERSION of the module
 * @VMOPNOTIFY_A_STATE: u32, &enum vmopnotify_state
 * @VMOPNOTIFY_A_FLAGS: u32, VMOPNOTIFY_F_*
 * @VMOPNOTIFY_A_OPERATION_ID: u64
 * @VMOPNOTIFY_A_OPERATION_TYPE: string, shorter than %VMOPNOTIFY_NAME_LEN
 * @VMOPNOTIFY_A_TIMEOUT_MS: u32, 1 to 86400000
 * @VMOPNOTIFY_A_AGE_MS: u32, how long ago, in milliseconds
 * @VMOPNOTIFY_A_START_NS: u64, CLOCK_MONOTONIC
 * @VMOPNOTIFY_A_DEADLINE_NS: u64, CLOCK_MONOTONIC
 * @VMOPNOTIFY_A_STATUS: u32, &enum vmopnotify_end_status
 * @VMOPNOTIFY_A_TEXT: string, shorter than %VMOPNOTIFY_TEXT_LEN
 * @VMOPNOTIFY_A_APP_NAME: string, shorter than %VMOPNOTIFY_TEXT_LEN: the name
 *	under which the helper is registered at the host
 * @VMOPNOTIFY_A_HELPER: string, shorter than %VMOPNOTIFY_TEXT_LEN: what the
 *	helper is, program and version
 * @VMOPNOTIFY_A_GUARANTEED: flag: the host guarantees that it waits
 * @VMOPNOTIFY_A_NAME: string, a consumer's name
 * @VMOPNOTIFY_A_PID: u32, process id as the asker's namespace sees it
 * @VMOPNOTIFY_A_STAGE: u32
 * @VMOPNOTIFY_A_RESULT: s32, of an ack
 * @VMOPNOTIFY_A_EXPECTED_MS: u32, see &struct vmopnotify_join
 * @VMOPNOTIFY_A_CONSUMERS: u32, how many have joined
 * @VMOPNOTIFY_A_MEMBERS: u32, how many take part in the operation
 * @VMOPNOTIFY_A_PENDING: u32, how many of them are outstanding
 * @VMOPNOTIFY_A_OPERATIONS: u64, operations started since load
 * @VMOPNOTIFY_A_EXPIRED: u64, of these, how many passed their deadline
 * @VMOPNOTIFY_A_LOST: u64, how many ended without an end from the host
 * @VMOPNOTIFY_A_STRAY_ENDS: u64, ends of operations that were not open
 * @VMOPNOTIFY_A_ACK_ERRORS: u64, acks with a result other than 0
 * @VMOPNOTIFY_A_LAST_STATUS: u32, &enum vmopnotify_end_status of the last
 *	operation
 * @VMOPNOTIFY_A_LAST_QUIESCE_NS: u64, its time from start to quiesced
 * @VMOPNOTIFY_A_EVENT_TYPE: u32, &enum vmopnotify_event_type
 * @VMOPNOTIFY_A_SEQ: u64
 * @VMOPNOTIFY_A_TIME_NS: u64, CLOCK_MONOTONIC
 * @VMOPNOTIFY_A_QUIESCE_NS: u64, from start to quiesced
 * @VMOPNOTIFY_A_STUN_NS: u64
 * @VMOPNOTIFY_A_LAST_STUN_NS: u64, the last operation's stun, 0 if none was seen
 */
enum vmopnotify_attr {
	VMOPNOTIFY_A_UNSPEC = 0,
	VMOPNOTIFY_A_PAD = 1,
	VMOPNOTIFY_A_ABI_VERSION = 2,
	VMOPNOTIFY_A_STATE = 3,
	VMOPNOTIFY_A_FLAGS = 4,
	VMOPNOTIFY_A_OPERATION_ID = 5,
	VMOPNOTIFY_A_OPERATION_TYPE = 6,
	VMOPNOTIFY_A_TIMEOUT_MS = 7,
	VMOPNOTIFY_A_AGE_MS = 8,
	VMOPNOTIFY_A_START_NS = 9,
	VMOPNOTIFY_A_DEADLINE_NS = 10,
	VMOPNOTIFY_A_STATUS = 11,
	VMOPNOTIFY_A_TEXT = 12,
	VMOPNOTIFY_A_APP_NAME = 13,
	VMOPNOTIFY_A_HELPER = 14,
	VMOPNOTIFY_A_GUARANTEED = 15,
	VMOPNOTIFY_A_NAME = 16,
	VMOPNOTIFY_A_PID = 17,
	VMOPNOTIFY_A_STAGE = 18,
	VMOPNOTIFY_A_RESULT = 19,
	VMOPNOTIFY_A_EXPECTED_MS = 20,
	VMOPNOTIFY_A_CONSUMERS = 21,
	VMOPNOTIFY_A_MEMBERS = 22,
	VMOPNOTIFY_A_PENDING = 23,
	VMOPNOTIFY_A_OPERATIONS = 24,
	VMOPNOTIFY_A_EXPIRED = 25,
	VMOPNOTIFY_A_LOST = 26,
	VMOPNOTIFY_A_STRAY_ENDS = 27,
	VMOPNOTIFY_A_ACK_ERRORS = 28,
	VMOPNOTIFY_A_LAST_STATUS = 29,
	VMOPNOTIFY_A_LAST_QUIESCE_NS = 30,
	VMOPNOTIFY_A_EVENT_TYPE = 31,
	VMOPNOTIFY_A_SEQ = 32,
	VMOPNOTIFY_A_TIME_NS = 33,
	VMOPNOTIFY_A_QUIESCE_NS = 34,
	VMOPNOTIFY_A_STUN_NS = 35,
	VMOPNOTIFY_A_LAST_STUN_NS = 36,

	/* private: */
	__VMOPNOTIFY_A_MAX,
	VMOPNOTIFY_A_MAX = __VMOPNOTIFY_A_MAX - 1
};

/* VMOPNOTIFY_MAX_TIMEOUT_MS - a day: the longest timeout taken. */
#define VMOPNOTIFY_MAX_TIMEOUT_MS	86400000U

#ifndef __KERNEL__

/* VMOPNOTIFY_PAGE_TRIES - how often vmopnotify_page_read() tries. */
#define VMOPNOTIFY_PAGE_TRIES	8

/**
 * vmopnotify_page_state() - the state, from the mapped page
 * @page: the page
 *
 * One load.  What vmopnotify_page_read() gives afterwards is at least as new:
 * the writer releases @state after both copies, this acquires it.
 *
 * Return: &enum vmopnotify_state.
 */
static inline __u32
vmopnotify_page_state(const struct vmopnotify_page *page)
{
	return __atomic_load_n(&page->state, __ATOMIC_ACQUIRE);
}

/**
 * vmopnotify_page_is_open() - is an operation open?
 * @page: the page
 *
 * Return: nonzero from an operation's start to its end.
 */
static inline int vmopnotify_page_is_open(const struct vmopnotify_page *page)
{
	return vmopnotify_page_state(page) >= VMOPNOTIFY_STATE_QUIESCING;
}

/**
 * vmopnotify_page_read() - all of it, from the mapped page
 * @page: the page
 * @status: where to
 *
 * Never waits, whatever the writer does: it tries again only where the writer
 * got on meanwhile, %VMOPNOTIFY_PAGE_TRIES times at most.
 *
 * Why what it gives is whole.  Let it load sequence s, then words of copy
 * s & 1, then sequence s again.  The writer stores to that copy only after a
 * store of s + 1 and before that of s + 2, with a write barrier after each
 * store of the sequence and before the next.
 * - No word is older than s: the first load acquires s, and pairs with the
 *   barrier between the copy's stores and the store of s.
 * - No word is newer: had a load seen one of the writer's later stores to the
 *   copy, then by the acquire fence, which pairs with the barrier between the
 *   store of s + 1 and these, the second load would have seen s + 1 or later.
 * For s to come round, 2^31 writes would have to happen in between.
 *
 * Return: 0; or -1: the writer was too busy each time: VMOPNOTIFY_IOC_GET_STATE
 * tells, or a later try.
 */
static inline int
vmopnotify_page_read(const struct vmopnotify_page *page,
		     struct vmopnotify_status *status)
{
	typedef unsigned long __attribute__((__may_alias__)) word;
	enum { WORDS = sizeof(*status) / sizeof(word) };
	word words[WORDS];
	const word *from;
	__u32 sequence;
	int i, tries;

	for (tries = 0; tries < VMOPNOTIFY_PAGE_TRIES; tries++) {
		sequence = __atomic_load_n(&page->sequence, __ATOMIC_ACQUIRE);
		from = (const word *)&page->copies[sequence & 1];
		for (i = 0; i < WORDS; i++)
			words[i] = __atomic_load_n(&from[i], __ATOMIC_RELAXED);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (__atomic_load_n(&page->sequence, __ATOMIC_RELAXED) ==
		    sequence) {
			__builtin_memcpy(status, words, sizeof(*status));
			return 0;
		}
	}
	return -1;
}

#endif /* !__KERNEL__ */

#endif /* _UAPI_LINUX_VMOPNOTIFY_H */
