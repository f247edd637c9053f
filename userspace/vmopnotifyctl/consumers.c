// SPDX-License-Identifier: GPL-2.0
/* vmopnotifyctl consumers: who takes part. */
#include <inttypes.h>
#include <stdio.h>

#include <netlink/attr.h>

#include "command.h"
#include "drill.h"
#include "output.h"

/**
 * struct listing - a list being printed
 * @array: for --json, else NULL
 * @drill: the operation that is open is a drill
 * @count: how many consumers there were
 */
struct listing {
	cJSON *array;
	bool drill;
	unsigned int count;
};

static int32_t result_of(struct nlattr **attrs)
{
	return (int32_t)vmop_attr_u32(attrs, VMOPNOTIFY_A_RESULT, 0);
}

/* Its process: it may be of another pid namespace, or in the kernel. */
static const char *pid_text(struct nlattr **attrs, char *buf, size_t len)
{
	uint32_t pid = vmop_attr_u32(attrs, VMOPNOTIFY_A_PID, 0);

	if (!attrs[VMOPNOTIFY_A_PID])
		return "kernel";
	if (!pid)
		return "?";
	snprintf(buf, len, "%u", pid);
	return buf;
}

/* What it does in the open operation. */
static const char *part(uint32_t flags)
{
	if (flags & VMOPNOTIFY_F_ACKED)
		return "acked";
	if (flags & VMOPNOTIFY_F_ASKED)
		return "asked";
	if (flags & VMOPNOTIFY_F_MEMBER)
		return "waiting";
	return "-";
}

static void print_plain(struct nlattr **attrs, bool first)
{
	uint32_t expected_ms = vmop_attr_u32(attrs, VMOPNOTIFY_A_EXPECTED_MS,
					     0);
	uint32_t age_ms = vmop_attr_u32(attrs, VMOPNOTIFY_A_AGE_MS, 0);
	uint32_t flags = vmop_attr_u32(attrs, VMOPNOTIFY_A_FLAGS, 0);
	char name[64], pid[16], age[32], expected[32] = "-", result[64] = "-";

	if (first)
		printf("%-31s %-8s %5s  %-8s %-14s %-13s %s\n", "NAME", "PID",
		       "STAGE", "PART", "JOINED FOR", "EXPECTED", "RESULT");
	if (expected_ms)
		duration_text(expected_ms * NSEC_PER_MSEC, expected,
			      sizeof(expected));
	if (attrs[VMOPNOTIFY_A_RESULT])
		errno_text(result_of(attrs), result, sizeof(result));
	printf("%-31s %-8s %5u  %-8s %-14s %-13s %s\n",
	       text_clean(vmop_attr_str(attrs, VMOPNOTIFY_A_NAME, "?"), name,
			  sizeof(name)),
	       pid_text(attrs, pid, sizeof(pid)),
	       vmop_attr_u32(attrs, VMOPNOTIFY_A_STAGE, 0), part(flags),
	       duration_text(age_ms * NSEC_PER_MSEC, age, sizeof(age)),
	       expected, result);
}

static void add_json(struct listing *list, struct nlattr **attrs)
{
	uint32_t flags = vmop_attr_u32(attrs, VMOPNOTIFY_A_FLAGS, 0);
	uint32_t pid = vmop_attr_u32(attrs, VMOPNOTIFY_A_PID, 0);
	cJSON *obj = cJSON_CreateObject();
	char result[32];

	cJSON_AddItemToArray(list->array, obj);
	add_text(obj, "name", vmop_attr_str(attrs, VMOPNOTIFY_A_NAME, ""));
	if (pid)
		add_u64(obj, "pid", pid);
	else if (attrs[VMOPNOTIFY_A_PID])
		cJSON_AddNullToObject(obj, "pid");
	cJSON_AddBoolToObject(obj, "kernel", !attrs[VMOPNOTIFY_A_PID]);
	add_u64(obj, "stage", vmop_attr_u32(attrs, VMOPNOTIFY_A_STAGE, 0));
	cJSON_AddBoolToObject(obj, "member", !!(flags & VMOPNOTIFY_F_MEMBER));
	cJSON_AddBoolToObject(obj, "asked", !!(flags & VMOPNOTIFY_F_ASKED));
	cJSON_AddBoolToObject(obj, "acked", !!(flags & VMOPNOTIFY_F_ACKED));
	cJSON_AddBoolToObject(obj, "drill",
			      list->drill && flags & VMOPNOTIFY_F_MEMBER);
	if (attrs[VMOPNOTIFY_A_RESULT]) {
		add_s64(obj, "result", result_of(attrs));
		add_text(obj, "result_name",
			 errno_name(result_of(attrs), result, sizeof(result)));
	}
	add_u64(obj, "expected_ms",
		vmop_attr_u32(attrs, VMOPNOTIFY_A_EXPECTED_MS, 0));
	add_u64(obj, "age_ms", vmop_attr_u32(attrs, VMOPNOTIFY_A_AGE_MS, 0));
}

static int take_consumer(uint8_t cmd, struct nlattr **attrs, void *arg)
{
	struct listing *list = arg;

	(void)cmd;
	if (list->array)
		add_json(list, attrs);
	else
		print_plain(attrs, !list->count);
	list->count++;
	return 0;
}

static int run(int argc, char **argv)
{
	struct listing list = {};
	struct open_operation op;
	bool json = false;
	int ret;

	ret = command_json_option(&command_consumers, argc, argv, &json);
	if (ret >= 0)
		return ret;
	if (drill_open_operation(&op))
		return COMMAND_FAILED;
	list.drill = op.flags & VMOPNOTIFY_F_DRILL;
	if (json)
		list.array = cJSON_CreateArray();
	else if (list.drill)
		printf("DRILL: operation %" PRIu64 " is not from the host\n",
		       op.id);
	ret = command_query(VMOPNOTIFY_CMD_GET_CONSUMER, true, take_consumer,
			    &list);
	if (ret)
		cJSON_Delete(list.array);
	else if (json)
		ret = print_object(list.array);
	else if (!list.count)
		puts("no consumers");
	return ret || output_flush() ? COMMAND_FAILED : COMMAND_OK;
}

const struct command command_consumers = {
	.name = "consumers",
	.summary = "lists who takes part, and how the last ack of each went",
	.help =
	"\n"
	"usage: vmopnotifyctl consumers [--json]\n"
	"\n"
	"PART is what a consumer does in the operation that is open:\n"
	"  -        it joined later, or no operation is open\n"
	"  waiting  stages before its own come first\n"
	"  asked    it was asked to prepare, its ack is outstanding\n"
	"  acked    it has acked\n"
	"RESULT is that of its last ack: ok, or the errno that it reported; -\n"
	"where it has not acked yet.\n"
	"PID is kernel for one in the kernel, ? for one that is not visible here.\n"
	"EXPECTED is how long it said it needs to get quiet.\n"
	"While a drill is open a line before the list says DRILL.\n"
	"\n"
	"  --json  prints one array, on one line\n"
	"\n"
	"Needs no privilege.  Exit codes: 0, 1 failed, 2 wrong usage.\n",
	.run = run,
};
