// SPDX-License-Identifier: GPL-2.0
/* vmopnotifyctl status: where the machine stands. */
#include <inttypes.h>
#include <stdio.h>

#include <vmopnotify.h>

#include "command.h"
#include "output.h"

static uint32_t u32(struct nlattr **attrs, int attr)
{
	return vmop_attr_u32(attrs, attr, 0);
}

static uint64_t u64(struct nlattr **attrs, int attr)
{
	return vmop_attr_u64(attrs, attr, 0);
}

static void line(const char *key, const char *value)
{
	printf("%-15s%s\n", key, value);
}

static void print_helper(struct nlattr **attrs)
{
	const char *app = vmop_attr_str(attrs, VMOPNOTIFY_A_APP_NAME, NULL);
	char app_text[128], program[128], text[32];

	if (!app) {
		line("helper", "none: an operation would come unannounced");
		return;
	}
	text_clean(app, app_text, sizeof(app_text));
	text_clean(vmop_attr_str(attrs, VMOPNOTIFY_A_HELPER, "?"), program,
		   sizeof(program));
	printf("%-15s%s, pid %u, registered as \"%s\"\n", "helper", program,
	       u32(attrs, VMOPNOTIFY_A_PID), app_text);
	line("host timeout",
	     duration_text(u32(attrs, VMOPNOTIFY_A_TIMEOUT_MS) * NSEC_PER_MSEC,
			   text, sizeof(text)));
}

static void print_operation(struct nlattr **attrs)
{
	uint32_t flags = u32(attrs, VMOPNOTIFY_A_FLAGS);
	char type[64], text[64];

	if (!attrs[VMOPNOTIFY_A_OPERATION_ID]) {
		line("operation", "none");
		return;
	}
	text_clean(vmop_attr_str(attrs, VMOPNOTIFY_A_OPERATION_TYPE, ""), type,
		   sizeof(type));
	printf("%-15s%" PRIu64 ", %s%s\n", "operation",
	       u64(attrs, VMOPNOTIFY_A_OPERATION_ID), type,
	       flags & VMOPNOTIFY_F_DRILL ? ", DRILL: not from the host" : "");
	printf("%-15s%s%s\n", "deadline",
	       left_text(u64(attrs, VMOPNOTIFY_A_DEADLINE_NS), monotonic_ns(),
			 text, sizeof(text)),
	       flags & VMOPNOTIFY_F_GUARANTEED ?
	       ", the host guarantees to wait" : "");
	printf("%-15s%u, outstanding %u, stage %u\n", "members",
	       u32(attrs, VMOPNOTIFY_A_MEMBERS),
	       u32(attrs, VMOPNOTIFY_A_PENDING),
	       u32(attrs, VMOPNOTIFY_A_STAGE));
	if (flags & VMOPNOTIFY_F_HOST_ACKED)
		line("host", "has been told that all are quiet");
	if (flags & VMOPNOTIFY_F_LATE)
		line("late", "quiesced after the deadline");
}

static void print_last(struct nlattr **attrs)
{
	uint32_t status = u32(attrs, VMOPNOTIFY_A_LAST_STATUS);
	uint64_t quiesce_ns = u64(attrs, VMOPNOTIFY_A_LAST_QUIESCE_NS);
	uint64_t stun_ns = u64(attrs, VMOPNOTIFY_A_LAST_STUN_NS);
	char text[32];

	if (status == VMOPNOTIFY_END_NONE) {
		line("last operation", "none yet");
		return;
	}
	printf("%-15s%s", "last operation", vmopnotify_end_name(status));
	if (quiesce_ns)
		printf(", quiesced after %s",
		       duration_text(quiesce_ns, text, sizeof(text)));
	else
		printf(", was never quiesced");
	if (stun_ns)
		printf(", stun %s", duration_text(stun_ns, text, sizeof(text)));
	putchar('\n');
}

static void print_plain(struct nlattr **attrs)
{
	line("state", vmopnotify_state_name(u32(attrs, VMOPNOTIFY_A_STATE)));
	print_helper(attrs);
	print_operation(attrs);
	printf("%-15s%u\n", "consumers", u32(attrs, VMOPNOTIFY_A_CONSUMERS));
	printf("%-15s%" PRIu64 ", past their deadline %" PRIu64
	       ", without an end %" PRIu64 "\n", "operations",
	       u64(attrs, VMOPNOTIFY_A_OPERATIONS),
	       u64(attrs, VMOPNOTIFY_A_EXPIRED), u64(attrs, VMOPNOTIFY_A_LOST));
	printf("%-15s%" PRIu64 "\n", "failed acks",
	       u64(attrs, VMOPNOTIFY_A_ACK_ERRORS));
	printf("%-15s%" PRIu64 "\n", "stray ends",
	       u64(attrs, VMOPNOTIFY_A_STRAY_ENDS));
	print_last(attrs);
}

static void json_helper(cJSON *obj, struct nlattr **attrs)
{
	const char *app = vmop_attr_str(attrs, VMOPNOTIFY_A_APP_NAME, NULL);
	cJSON *helper;

	if (!app) {
		cJSON_AddNullToObject(obj, "helper");
		return;
	}
	helper = cJSON_AddObjectToObject(obj, "helper");
	add_text(helper, "app_name", app);
	add_text(helper, "program",
		 vmop_attr_str(attrs, VMOPNOTIFY_A_HELPER, ""));
	add_u64(helper, "pid", u32(attrs, VMOPNOTIFY_A_PID));
	add_u64(helper, "timeout_ms", u32(attrs, VMOPNOTIFY_A_TIMEOUT_MS));
}

static void json_operation(cJSON *obj, struct nlattr **attrs)
{
	uint64_t deadline_ns = u64(attrs, VMOPNOTIFY_A_DEADLINE_NS);
	int64_t left_ns = (int64_t)(deadline_ns - monotonic_ns());
	cJSON *op;

	if (!attrs[VMOPNOTIFY_A_OPERATION_ID]) {
		cJSON_AddNullToObject(obj, "operation");
		return;
	}
	op = cJSON_AddObjectToObject(obj, "operation");
	add_u64(op, "operation_id", u64(attrs, VMOPNOTIFY_A_OPERATION_ID));
	add_text(op, "operation_type",
		 vmop_attr_str(attrs, VMOPNOTIFY_A_OPERATION_TYPE, ""));
	add_operation_flags(op, u32(attrs, VMOPNOTIFY_A_FLAGS));
	add_u64(op, "start_ns", u64(attrs, VMOPNOTIFY_A_START_NS));
	add_u64(op, "deadline_ns", deadline_ns);
	add_s64(op, "left_ms", left_ns / (int64_t)NSEC_PER_MSEC);
	add_u64(op, "stage", u32(attrs, VMOPNOTIFY_A_STAGE));
	add_u64(op, "members", u32(attrs, VMOPNOTIFY_A_MEMBERS));
	add_u64(op, "pending", u32(attrs, VMOPNOTIFY_A_PENDING));
}

static void json_counters(cJSON *obj, struct nlattr **attrs)
{
	cJSON *counters = cJSON_AddObjectToObject(obj, "counters");
	cJSON *last = cJSON_AddObjectToObject(obj, "last_operation");

	add_u64(counters, "operations", u64(attrs, VMOPNOTIFY_A_OPERATIONS));
	add_u64(counters, "expired", u64(attrs, VMOPNOTIFY_A_EXPIRED));
	add_u64(counters, "lost", u64(attrs, VMOPNOTIFY_A_LOST));
	add_u64(counters, "stray_ends", u64(attrs, VMOPNOTIFY_A_STRAY_ENDS));
	add_u64(counters, "ack_errors", u64(attrs, VMOPNOTIFY_A_ACK_ERRORS));

	add_text(last, "status",
		 vmopnotify_end_name(u32(attrs, VMOPNOTIFY_A_LAST_STATUS)));
	add_u64(last, "quiesce_us",
		u64(attrs, VMOPNOTIFY_A_LAST_QUIESCE_NS) / NSEC_PER_USEC);
	add_u64(last, "stun_us",
		u64(attrs, VMOPNOTIFY_A_LAST_STUN_NS) / NSEC_PER_USEC);
}

static int print_json(struct nlattr **attrs)
{
	cJSON *obj = cJSON_CreateObject();

	add_text(obj, "state",
		 vmopnotify_state_name(u32(attrs, VMOPNOTIFY_A_STATE)));
	add_u64(obj, "abi_version", u32(attrs, VMOPNOTIFY_A_ABI_VERSION));
	json_helper(obj, attrs);
	json_operation(obj, attrs);
	add_u64(obj, "consumers", u32(attrs, VMOPNOTIFY_A_CONSUMERS));
	json_counters(obj, attrs);
	return print_object(obj);
}

static int take_status(uint8_t cmd, struct nlattr **attrs, void *arg)
{
	bool *json = arg;

	(void)cmd;
	if (*json)
		return print_json(attrs);
	print_plain(attrs);
	return 0;
}

static int run(int argc, char **argv)
{
	bool json = false;
	int ret;

	ret = command_json_option(&command_status, argc, argv, &json);
	if (ret >= 0)
		return ret;
	ret = command_query(VMOPNOTIFY_CMD_GET, false, take_status, &json);
	return ret || output_flush() ? COMMAND_FAILED : COMMAND_OK;
}

const struct command command_status = {
	.name = "status",
	.summary = "tells the state, the helper and the operation in progress",
	.help =
	"\n"
	"usage: vmopnotifyctl status [--json]\n"
	"\n"
	"states:\n"
	"  detached   no helper: an operation would come unannounced\n"
	"  idle       a helper is attached, no operation is open\n"
	"  quiescing  an operation was announced, acks are outstanding\n"
	"  quiesced   all have acked; the machine may be stopped any moment\n"
	"  expired    the deadline passed with acks missing\n"
	"\n"
	"  --json  prints one object, on one line\n"
	"\n"
	"Needs no privilege.  Exit codes: 0, 1 failed, 2 wrong usage.\n",
	.run = run,
};
