/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Differences between kernels, and nowhere else.  Included before everything,
 * so that the rest is written for the newest.  Found by looking at what the
 * headers have (see compat.mk), not by version: stable kernels take things back.
 */
#ifndef VMOPNOTIFY_COMPAT_H
#define VMOPNOTIFY_COMPAT_H

/* Our messages' prefix: here since the headers below would bring their own. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/hrtimer.h>
#include <linux/mm.h>
#include <linux/netlink.h>
#include <linux/timer.h>

#ifndef HAVE_HRTIMER_SETUP
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*function)(struct hrtimer *),
				 clockid_t clock_id, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock_id, mode);
	timer->function = function;
}
#endif

#ifndef HAVE_TIMER_DELETE_SYNC
#define timer_delete_sync(timer) del_timer_sync(timer)
#endif

#ifndef HAVE_VM_FLAGS_MOD
static inline void vm_flags_mod(struct vm_area_struct *vma, vm_flags_t set,
				vm_flags_t clear)
{
	vma->vm_flags |= set;
	vma->vm_flags &= ~clear;
}
#endif

/* A message, and more put in where the kernel is new enough for that. */
#ifdef NL_SET_ERR_MSG_FMT
#define VMOP_SET_ERR_MSG_FMT(extack, plain, ...) \
	NL_SET_ERR_MSG_FMT(extack, plain __VA_ARGS__)
#else
#define VMOP_SET_ERR_MSG_FMT(extack, plain, ...) \
	NL_SET_ERR_MSG(extack, plain)
#endif

#endif /* VMOPNOTIFY_COMPAT_H */
