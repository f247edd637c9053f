/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM vmopnotify

#if !defined(_TRACE_VMOPNOTIFY_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_VMOPNOTIFY_H

#include <linux/string.h>
#include <linux/tracepoint.h>
#include <uapi/linux/vmopnotify.h>

/* So that tools which read the format know the numbers. */
TRACE_DEFINE_ENUM(VMOPNOTIFY_STATE_DETACHED);
TRACE_DEFINE_ENUM(VMOPNOTIFY_STATE_IDLE);
TRACE_DEFINE_ENUM(VMOPNOTIFY_STATE_QUIESCING);
TRACE_DEFINE_ENUM(VMOPNOTIFY_STATE_QUIESCED);
TRACE_DEFINE_ENUM(VMOPNOTIFY_STATE_EXPIRED);
TRACE_DEFINE_ENUM(VMOPNOTIFY_EVENT_ATTACHED);
TRACE_DEFINE_ENUM(VMOPNOTIFY_EVENT_DETACHED);
TRACE_DEFINE_ENUM(VMOPNOTIFY_EVENT_START);
TRACE_DEFINE_ENUM(VMOPNOTIFY_EVENT_PREPARE);
TRACE_DEFINE_ENUM(VMOPNOTIFY_EVENT_ACKED);
TRACE_DEFINE_ENUM(VMOPNOTIFY_EVENT_QUIESCED);
TRACE_DEFINE_ENUM(VMOPNOTIFY_EVENT_EXPIRED);
TRACE_DEFINE_ENUM(VMOPNOTIFY_EVENT_TIMEOUT_CHANGE);
TRACE_DEFINE_ENUM(VMOPNOTIFY_EVENT_STUN);
TRACE_DEFINE_ENUM(VMOPNOTIFY_EVENT_END);

#define vmopnotify_show_state(state)					\
	__print_symbolic(state,						\
		{ VMOPNOTIFY_STATE_DETACHED, "detached" },		\
		{ VMOPNOTIFY_STATE_IDLE, "idle" },			\
		{ VMOPNOTIFY_STATE_QUIESCING, "quiescing" },		\
		{ VMOPNOTIFY_STATE_QUIESCED, "quiesced" },		\
		{ VMOPNOTIFY_STATE_EXPIRED, "expired" })

#define vmopnotify_show_type(type)					\
	__print_symbolic(type,						\
		{ VMOPNOTIFY_EVENT_ATTACHED, "attached" },		\
		{ VMOPNOTIFY_EVENT_DETACHED, "detached" },		\
		{ VMOPNOTIFY_EVENT_START, "start" },			\
		{ VMOPNOTIFY_EVENT_PREPARE, "prepare" },		\
		{ VMOPNOTIFY_EVENT_ACKED, "acked" },			\
		{ VMOPNOTIFY_EVENT_QUIESCED, "quiesced" },		\
		{ VMOPNOTIFY_EVENT_EXPIRED, "expired" },		\
		{ VMOPNOTIFY_EVENT_TIMEOUT_CHANGE, "timeout-change" },	\
		{ VMOPNOTIFY_EVENT_STUN, "stun" },			\
		{ VMOPNOTIFY_EVENT_END, "end" })

/* The machine's state has changed; of an operation, where one is open. */
TRACE_EVENT(state,
	TP_PROTO(u32 from, u32 to, u64 operation_id),
	TP_ARGS(from, to, operation_id),
	TP_STRUCT__entry(
		__field(u32, from)
		__field(u32, to)
		__field(u64, operation_id)
	),
	TP_fast_assign(
		__entry->from = from;
		__entry->to = to;
		__entry->operation_id = operation_id;
	),
	TP_printk("%s -> %s operation=%llu",
		  vmopnotify_show_state(__entry->from),
		  vmopnotify_show_state(__entry->to), __entry->operation_id)
);

DECLARE_EVENT_CLASS(consumer,
	TP_PROTO(const char *name, u32 stage),
	TP_ARGS(name, stage),
	TP_STRUCT__entry(
		__array(char, name, VMOPNOTIFY_NAME_LEN)
		__field(u32, stage)
	),
	TP_fast_assign(
		strscpy(__entry->name, name, VMOPNOTIFY_NAME_LEN);
		__entry->stage = stage;
	),
	TP_printk("consumer=\"%s\" stage=%u", __entry->name, __entry->stage)
);

/* A consumer has joined. */
DEFINE_EVENT(consumer, join,
	TP_PROTO(const char *name, u32 stage),
	TP_ARGS(name, stage)
);

/* One has left, or died. */
DEFINE_EVENT(consumer, leave,
	TP_PROTO(const char *name, u32 stage),
	TP_ARGS(name, stage)
);

/* One has acked, or tried to: @ret is what it was answered. */
TRACE_EVENT(ack,
	TP_PROTO(const char *name, u64 operation_id, int result, int ret),
	TP_ARGS(name, operation_id, result, ret),
	TP_STRUCT__entry(
		__array(char, name, VMOPNOTIFY_NAME_LEN)
		__field(u64, operation_id)
		__field(int, result)
		__field(int, ret)
	),
	TP_fast_assign(
		strscpy(__entry->name, name, VMOPNOTIFY_NAME_LEN);
		__entry->operation_id = operation_id;
		__entry->result = result;
		__entry->ret = ret;
	),
	TP_printk("consumer=\"%s\" operation=%llu result=%d ret=%d",
		  __entry->name, __entry->operation_id, __entry->result,
		  __entry->ret)
);

/* The machine did not run for so long. */
TRACE_EVENT(stun,
	TP_PROTO(u64 operation_id, u64 stun_ns),
	TP_ARGS(operation_id, stun_ns),
	TP_STRUCT__entry(
		__field(u64, operation_id)
		__field(u64, stun_ns)
	),
	TP_fast_assign(
		__entry->operation_id = operation_id;
		__entry->stun_ns = stun_ns;
	),
	TP_printk("operation=%llu stun_ns=%llu", __entry->operation_id,
		  __entry->stun_ns)
);

/*
 * A record was written, as read() will give it.  With join, ack and leave it is
 * all that happens to the state machine, in order: all are traced under its
 * lock, so that a trace by the clock "counter" can be replayed.
 */
TRACE_EVENT(record,
	TP_PROTO(const struct vmopnotify_event *ev),
	TP_ARGS(ev),
	TP_STRUCT__entry(
		__field(u64, seq)
		__field(u64, time_ns)
		__field(u64, operation_id)
		__field(u64, deadline_ns)
		__field(u64, quiesce_ns)
		__field(u64, stun_ns)
		__field(u32, type)
		__field(u32, state)
		__field(u32, flags)
		__field(u32, stage)
		__field(int, result)
		__field(u32, status)
		__field(u32, members)
		__field(u32, pending)
		__array(char, text, VMOPNOTIFY_TEXT_LEN)
	),
	TP_fast_assign(
		__entry->seq = ev->seq;
		__entry->time_ns = ev->time_ns;
		__entry->operation_id = ev->operation_id;
		__entry->deadline_ns = ev->deadline_ns;
		__entry->quiesce_ns = ev->quiesce_ns;
		__entry->stun_ns = ev->stun_ns;
		__entry->type = ev->type;
		__entry->state = ev->state;
		__entry->flags = ev->flags;
		__entry->stage = ev->stage;
		__entry->result = ev->result;
		__entry->status = ev->status;
		__entry->members = ev->members;
		__entry->pending = ev->pending;
		memcpy(__entry->text, ev->text, VMOPNOTIFY_TEXT_LEN);
	),
	TP_printk("seq=%llu type=%s state=%s time_ns=%llu operation=%llu deadline_ns=%llu quiesce_ns=%llu stun_ns=%llu flags=0x%x stage=%u result=%d status=%u members=%u pending=%u text=\"%s\"",
		  __entry->seq, vmopnotify_show_type(__entry->type),
		  vmopnotify_show_state(__entry->state), __entry->time_ns,
		  __entry->operation_id, __entry->deadline_ns,
		  __entry->quiesce_ns, __entry->stun_ns, __entry->flags,
		  __entry->stage, __entry->result, __entry->status,
		  __entry->members, __entry->pending, __entry->text)
);

#endif /* _TRACE_VMOPNOTIFY_H */

#include <trace/define_trace.h>
