/* SPDX-License-Identifier: GPL-2.0 */
/* Module parameters with bounds: a value outside them is refused. */
#ifndef VMOPNOTIFY_PARAM_H
#define VMOPNOTIFY_PARAM_H

#include <linux/compiler.h>
#include <linux/moduleparam.h>

/**
 * struct param_bounded - an unsigned parameter and its bounds
 * @value: the parameter; see param_value()
 * @low: least value taken
 * @high: largest value taken
 *
 * For module_param_cb() with &param_ops_bounded.
 */
struct param_bounded {
	unsigned int value;
	unsigned int low;
	unsigned int high;
};

extern const struct kernel_param_ops param_ops_bounded;

/** param_value() - the value now: one that may be written may change */
static inline unsigned int param_value(const struct param_bounded *param)
{
	return READ_ONCE(param->value);
}

#endif /* VMOPNOTIFY_PARAM_H */
