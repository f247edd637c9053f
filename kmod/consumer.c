// SPDX-License-Identifier: GPL-2.0
/* Those that have joined, under the core's lock. */
#include <linux/ctype.h>
#include <linux/module.h>
#include <linux/string.h>
#include <trace/events/vmopnotify.h>

#include "consumer.h"
#include "param.h"

static struct param_bounded max_consumers = { 1024, .low = 1, .high = 65536 };
module_param_cb(max_consumers, &param_ops_bounded, &max_consumers, 0644);
MODULE_PARM_DESC(max_consumers, "consumers that may join (1 to 65536, default 1024)");

static struct rb_root consumers = RB_ROOT;	/* by number */
static u64 last_number;

static struct consumer *to_consumer(struct rb_node *node)
{
	return rb_entry_safe(node, struct consumer, node);
}

/* Its number is the largest: to the very right. */
static void insert(struct consumer *c)
{
	struct rb_node *last = rb_last(&consumers);

	rb_link_node(&c->node, last, last ? &last->rb_right : &consumers.rb_node);
	rb_insert_color(&c->node, &consumers);
}

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
	insert(c);
	trace_join(c->participant.name, c->participant.stage);
	return 0;
}

int consumer_leave(struct operation *op, struct consumer *c)
{
	if (c->participant.joined) {
		rb_erase(&c->node, &consumers);
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
	struct rb_node *node = consumers.rb_node;
	struct consumer *found = NULL;

	while (node) {
		struct consumer *c = to_consumer(node);

		if (c->number > number) {
			found = c;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return found;
}

struct consumer *consumer_next(struct consumer *c)
{
	return to_consumer(rb_next(&c->node));
}

void consumer_list_missing(const struct operation *op, char *text, size_t size)
{
	const char *separator = "";
	struct consumer *c;
	size_t used = 0;

	text[0] = '\0';
	for (c = consumer_find(0); c; c = consumer_next(c)) {
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
