// SPDX-License-Identifier: GPL-2.0
/* The writer of the mapped page, see latch.h. */
#include <asm/barrier.h>
#include <linux/compiler.h>
#include <linux/string.h>
#include <linux/types.h>

#include "latch.h"

/* Readers go to the other copy from now on. */
static void turn(struct vmopnotify_page *page)
{
	smp_wmb();	/* the one that they go to is whole before that */
	WRITE_ONCE(page->sequence, page->sequence + 1);
	smp_wmb();	/* the one that they leave is touched after it */
}

static void write_copy(struct vmopnotify_status *copy,
		       const struct vmopnotify_status *status)
{
	const u64 *from = (const u64 *)status;
	u64 *to = (u64 *)copy;
	size_t i;

	for (i = 0; i < sizeof(*status) / sizeof(*from); i++)
		WRITE_ONCE(to[i], from[i]);
}

void latch_write(struct vmopnotify_page *page,
		 const struct vmopnotify_status *status)
{
	if (!memcmp(&page->copies[0], status, sizeof(*status)))
		return;
	turn(page);
	write_copy(&page->copies[0], status);
	turn(page);
	write_copy(&page->copies[1], status);
	/* Whoever sees it finds copies that are as new. */
	smp_store_release(&page->state, status->state);
}
