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

#include <linux/file.h>
#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/mm.h>
#include <linux/timer.h>
#include <net/genetlink.h>

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

#ifndef HAVE_VMA_SET_FILE
static inline void vma_set_file(struct vm_area_struct *vma, struct file *file)
{
	get_file(file);
	swap(vma->vm_file, file);
	fput(file);
}
#endif

#ifndef HAVE_NLA_STRSCPY
static inline ssize_t nla_strscpy(char *dst, const struct nlattr *nla,
				  size_t size)
{
	size_t len = nla_strlcpy(dst, nla, size);

	return len < size ? len : -E2BIG;
}
#endif

/*
 * Before it had a name of its own, the flag of commands was that of groups,
 * too: CAP_NET_ADMIN in the socket's network namespace.
 */
#ifndef GENL_MCAST_CAP_NET_ADMIN
#define GENL_MCAST_CAP_NET_ADMIN GENL_UNS_ADMIN_PERM
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
