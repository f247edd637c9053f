// SPDX-License-Identifier: GPL-2.0
/* The page that user space maps, see page.h. */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/module.h>

#include "latch.h"
#include "page.h"

static struct vmopnotify_page *page;

int page_init(void)
{
	page = (struct vmopnotify_page *)get_zeroed_page(GFP_KERNEL);
	if (!page)
		return -ENOMEM;
	page->abi_version = VMOPNOTIFY_ABI_VERSION;
	page->copies[0].abi_version = VMOPNOTIFY_ABI_VERSION;
	page->copies[1].abi_version = VMOPNOTIFY_ABI_VERSION;
	return 0;
}

void page_exit(void)
{
	free_page((unsigned long)page);
}

void page_write(const struct vmopnotify_status *status)
{
	latch_write(page, status);
}

static vm_fault_t page_fault(struct vm_fault *vmf)
{
	vmf->page = virt_to_page(page);
	get_page(vmf->page);
	return 0;
}

static const struct vm_operations_struct page_vm_ops = {
	.fault = page_fault,
};

static const struct file_operations page_fops = {
	.owner = THIS_MODULE,
};

int page_mmap(struct vm_area_struct *vma)
{
	struct file *file;

	if (vma->vm_pgoff || vma->vm_end - vma->vm_start != PAGE_SIZE)
		return -EINVAL;
	if (vma->vm_flags & VM_WRITE)
		return -EACCES;

	file = anon_inode_getfile("[vmopnotify]", &page_fops, NULL, O_RDONLY);
	if (IS_ERR(file))
		return PTR_ERR(file);
	vma_set_file(vma, file);
	fput(file);	/* the mapping has its own reference */

	vm_flags_mod(vma, VM_DONTEXPAND | VM_DONTDUMP, VM_MAYWRITE);
	vma->vm_ops = &page_vm_ops;
	return 0;
}
