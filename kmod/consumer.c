// SPDX-License-Identifier: GPL-2.0
/* The list of those that have joined, under the core's lock. */
#include <linux/ctype.h>
#include <linux/module.h>
#include <linux/string.h>
#include <trace/events/vmopnotify.h>

#include "consumer.h"
#include "param.h"

static struct param_bounded max_consumers = { 1024, .low = 1, .high = 65536 };
module_param_cb(max_consumers, &param_ops_bounded, &max_consumers, 0644);
MODULE_PARM_DESC(max_consumers, "consumers that may join (1 to 65536, default 1024)");

static LIST_HEAD(consumers);
static u64 last_number;

bool consumer_name_is_valid(const char name[VMOPNOTIFY_NAME_LEN])
{
	size_t len = strnlen(name, VMOPNOTIFY_NAME_LEN);
	size_t i;

	if (!len || len == VMOPNOTIFY_NAME_LEN)
		return false;
	for (i = 0; i < len; i++)
		if (!isascii(name[i]) || !isprint(name[i]))
			return false;
	return true;
}

int consumer_join(struct operation *op, struct consumer *c)
{
	int ret;

	if (!c->participant.joined && op->consumers >= param_value(&max_consumers))
		return -EUSERS;
	ret = operation_join(op, &c->participant);
	if (ret)
		return ret;

	c->number = ++last_number;
	c->joined_ns = op->now_ns;
	list_add_tail(&c->link, &consumers);
	trace_join(c->participant.name, c->participant.stage);
	return 0;
}

int consumer_leave(struct operation *op, struct consumer *c)
{
	if (c->participant.joined) {
		list_del_init(&c->link);
		trace_leave(c->participant.name, c->participant.stage);
	}
	return operation_leave(op, &c->participant);
}

int consumer_ack(struct operation *op, struct consumer *c, u64 operation_id,
		 int result)
{
	int ret = operation_ack(op, &c->participant, operation_id, result);

	trace_ack(c->participant.name, operation_id, result, ret);
	return ret;
}

struct consumer *consumer_find(u64 number)
{
	struct consumer *c;

	list_for_each_entry(c, &consumers, link)
		if (c->number > number)
			return c;
	return NULL;
}

struct consumer *consumer_next(struct consumer *c)
{
	return list_is_last(&c->link, &consumers) ? NULL :
						    list_next_entry(c, link);
}

void consumer_list_missing(const struct operation *op, char *text, size_t size)
{
	const char *separator = "";
	struct consumer *c;
	size_t used = 0;

	text[0] = '\0';
	list_for_each_entry(c, &consumers, link) {
		const struct participant *p = &c->participant;

		if (!operation_is_missing(op, p))
			continue;
		/* A name is given whole or not at all. */
		if (used + strlen(separator) + strlen(p->name) >= size)
			break;
		used += scnprintf(text + used, size - used, "%s%s", separator,
				  p->name);
		separator = ",";
	}
}
