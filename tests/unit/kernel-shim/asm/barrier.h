/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_ASM_BARRIER_H
#define SHIM_ASM_BARRIER_H

#include <linux/compiler.h>

#define smp_wmb() __atomic_thread_fence(__ATOMIC_RELEASE)
#define smp_store_release(to, value)					\
	do {								\
		__atomic_store_n(to, value, __ATOMIC_RELEASE);		\
		stored();						\
	} while (0)

#endif
