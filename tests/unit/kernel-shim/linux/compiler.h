/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_LINUX_COMPILER_H
#define SHIM_LINUX_COMPILER_H

/* The test's: what it does after each store that others may see. */
void stored(void);

#define WRITE_ONCE(to, value)						\
	do {								\
		__atomic_store_n(&(to), value, __ATOMIC_RELAXED);	\
		stored();						\
	} while (0)

#endif
