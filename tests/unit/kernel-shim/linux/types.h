/* SPDX-License-Identifier: GPL-2.0 */
/* Just so much of the kernel that kmod/operation.c builds in userspace. */
#ifndef SHIM_LINUX_TYPES_H
#define SHIM_LINUX_TYPES_H

#include_next <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

typedef __u32 u32;
typedef __u64 u64;
typedef __s64 s64;

#endif
