/* SPDX-License-Identifier: GPL-2.0 */
/* The page that user space maps, see <uapi/linux/vmopnotify.h>. */
#ifndef VMOPNOTIFY_PAGE_H
#define VMOPNOTIFY_PAGE_H

#include <linux/types.h>
#include <uapi/linux/vmopnotify.h>

struct vm_area_struct;

/**
 * page_init() - allocate the page
 *
 * Return: 0, or -ENOMEM.
 */
int page_init(void);

/** page_exit() - free it; nobody maps it any more */
void page_exit(void);

/**
 * page_write() - tell it what is so now
 * @status: that; what stays the same is not written again
 *
 * Context: any but NMI; writers come one at a time, under the core's lock.
 */
void page_write(const struct vmopnotify_status *status);

/**
 * page_mmap() - map it
 * @vma: where to
 *
 * The mapping gets a file of its own, so that it does not keep open the one
 * through which it was made; the module stays as long as it is there.
 *
 * Return: 0; -EINVAL: another size or offset; -EACCES: writable; -ENOMEM,
 * -ENFILE.
 */
int page_mmap(struct vm_area_struct *vma);

#endif /* VMOPNOTIFY_PAGE_H */
