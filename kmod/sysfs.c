// SPDX-License-Identifier: GPL-2.0
/* /sys/kernel/vmopnotify, see docs/abi/sysfs-kernel-vmopnotify. */
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "core.h"
#include "netlink.h"
#include "sysfs.h"

static struct kobject *directory;
static struct kernfs_node *state_node;

static const char * const end_names[] = {
	[VMOPNOTIFY_END_NONE] = "none",
	[VMOPNOTIFY_END_SUCCESS] = "success",
	[VMOPNOTIFY_END_FAILED] = "failed",
	[VMOPNOTIFY_END_LOST] = "lost",
};

/* A copy of the machine as it is now, to print from without its lock. */
static struct operation snapshot(void)
{
	struct operation *op = core_lock();
	struct operation copy = *op;

	core_unlock(op);
	return copy;
}

#define ATTR(_name, _op, _fmt, ...)					\
static ssize_t _name##_show(struct kobject *kobj,			\
			    struct kobj_attribute *attr, char *buf)	\
{									\
	const struct operation _op = snapshot();			\
									\
	return sysfs_emit(buf, _fmt "\n", __VA_ARGS__);			\
}									\
static struct kobj_attribute _name##_attr = __ATTR_RO(_name)

ATTR(state, op, "%s", core_state_name(op.state));
ATTR(consumers, op, "%u", op.consumers);
ATTR(operations, op, "%llu", op.operations);
ATTR(expired, op, "%llu", op.expired);
ATTR(last_result, op, "%s", end_names[op.last_status]);
ATTR(last_quiesce_us, op, "%llu", div_u64(op.last_quiesce_ns, NSEC_PER_USEC));
ATTR(last_stun_us, op, "%llu", div_u64(op.last_stun_ns, NSEC_PER_USEC));
ATTR(pending, op, "%u", operation_is_open(&op) ? op.pending : 0);
ATTR(operation_type, op, "%s", operation_is_open(&op) ? op.type : "none");

static ssize_t operation_id_show(struct kobject *kobj,
				 struct kobj_attribute *attr, char *buf)
{
	const struct operation op = snapshot();

	if (!operation_is_open(&op))
		return sysfs_emit(buf, "none\n");
	return sysfs_emit(buf, "%llu\n", op.id);
}

static struct kobj_attribute operation_id_attr = __ATTR_RO(operation_id);

static ssize_t deadline_ms_show(struct kobject *kobj,
				struct kobj_attribute *attr, char *buf)
{
	const struct operation op = snapshot();

	if (!operation_is_open(&op))
		return sysfs_emit(buf, "none\n");
	return sysfs_emit(buf, "%lld\n",
			  div_s64((s64)(op.deadline_ns - op.now_ns),
				  NSEC_PER_MSEC));
}

static struct kobj_attribute deadline_ms_attr = __ATTR_RO(deadline_ms);

static ssize_t helper_show(struct kobject *kobj, struct kobj_attribute *attr,
			   char *buf)
{
	char helper[VMOPNOTIFY_TEXT_LEN];
	struct operation *op;

	op = core_lock();
	netlink_helper(helper);
	core_unlock(op);
	return sysfs_emit(buf, "%s\n", helper);
}

static struct kobj_attribute helper_attr = __ATTR_RO(helper);

static ssize_t abi_version_show(struct kobject *kobj,
				struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", VMOPNOTIFY_ABI_VERSION);
}

static struct kobj_attribute abi_version_attr = __ATTR_RO(abi_version);

static const struct attribute *attributes[] = {
	&abi_version_attr.attr,
	&consumers_attr.attr,
	&deadline_ms_attr.attr,
	&expired_attr.attr,
	&helper_attr.attr,
	&last_quiesce_us_attr.attr,
	&last_result_attr.attr,
	&last_stun_us_attr.attr,
	&operation_id_attr.attr,
	&operation_type_attr.attr,
	&operations_attr.attr,
	&pending_attr.attr,
	&state_attr.attr,
	NULL
};

void sysfs_notify_state(void)
{
	sysfs_notify_dirent(state_node);
}

int sysfs_init(void)
{
	int ret;

	directory = kobject_create_and_add("vmopnotify", kernel_kobj);
	if (!directory)
		return -ENOMEM;
	ret = sysfs_create_files(directory, attributes);
	if (ret)
		goto put;
	ret = -ENOENT;
	state_node = sysfs_get_dirent(directory->sd, "state");
	if (!state_node)
		goto put;
	return 0;

put:
	kobject_put(directory);
	return ret;
}

void sysfs_remove(void)
{
	kobject_put(directory);
}

void sysfs_exit(void)
{
	sysfs_put(state_node);
}
