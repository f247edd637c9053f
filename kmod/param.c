// SPDX-License-Identifier: GPL-2.0
/* Module parameters with bounds, see param.h. */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/sysfs.h>

#include "param.h"

static int param_set_bounded(const char *val, const struct kernel_param *kp)
{
	struct param_bounded *param = kp->arg;
	unsigned int value;
	int ret;

	ret = kstrtouint(val, 0, &value);
	if (!ret && (value < param->low || value > param->high))
		ret = -ERANGE;
	if (ret) {
		pr_err("%s: takes a number from %u to %u\n", kp->name,
		       param->low, param->high);
		return ret;
	}
	WRITE_ONCE(param->value, value);
	return 0;
}

static int param_get_bounded(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%u\n", param_value(kp->arg));
}

const struct kernel_param_ops param_ops_bounded = {
	.set = param_set_bounded,
	.get = param_get_bounded,
};
