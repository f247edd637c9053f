/* SPDX-License-Identifier: GPL-2.0 */
/*
 * compat - whether a guest of one QEMU can go on in another
 *
 * What both say of themselves by QMP is compared: the machine's type and
 * version, the processors and what they can do, the memory, and the devices,
 * each in its place.
 */
#ifndef LAB_COMPAT_H
#define LAB_COMPAT_H

#include "machine.h"

/**
 * compat_check - compare two machines
 * @from: the one
 * @to: the other; both must be there for QMP
 * @text: becomes what they have in common, in short
 * @why: becomes all that is different, with what either says
 *
 * Return: whether nothing is.
 */
bool compat_check(struct machine *from, struct machine *to, struct buf *text,
		  struct buf *why);

/**
 * compat_memory_mib - how much memory a machine's guest has
 * @m: the machine
 * @why: why it is not known
 *
 * Return: that, in MiB; 0: it is not known.
 */
double compat_memory_mib(struct machine *m, struct buf *why);

#endif
