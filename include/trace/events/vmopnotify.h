/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM vmopnotify

#if !defined(_TRACE_VMOPNOTIFY_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_VMOPNOTIFY_H

#include <linux/string.h>
#include <linux/tracepoint.h>
#include <uapi/linux/vmopnotify.h>

#define vmopnotify_show_state(state)					\
	__print_symbolic(state,						\
		{ VMOPNOTIFY_STATE_DETACHED, "detached" },		\
		{ VMOPNOTIFY_STATE_IDLE, "idle" },			\
		{ VMOPNOTIFY_STATE_QUIESCING, "quiescing" },		\
		{ VMOPNOTIFY_STATE_QUIESCED, "quiesced" },		\
		{ VMOPNOTIFY_STATE_EXPIRED, "expired" })

/* The machine's state has changed; of an operation, where one is open. */
TRACE_EVENT(vmopnotify_state,
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

DECLARE_EVENT_CLASS(vmopnotify_consumer,
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
DEFINE_EVENT(vmopnotify_consumer, vmopnotify_join,
	TP_PROTO(const char *name, u32 stage),
	TP_ARGS(name, stage)
);

/* One has left, or died. */
DEFINE_EVENT(vmopnotify_consumer, vmopnotify_leave,
	TP_PROTO(const char *name, u32 stage),
	TP_ARGS(name, stage)
);

/* One has acked, or tried to: @ret is what it was answered. */
TRACE_EVENT(vmopnotify_ack,
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
TRACE_EVENT(vmopnotify_stun,
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

#endif /* _TRACE_VMOPNOTIFY_H */

#include <trace/define_trace.h>
