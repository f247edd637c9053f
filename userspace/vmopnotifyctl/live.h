/* SPDX-License-Identifier: GPL-2.0 */
/* vmopnotifyctl monitor on a terminal: a view that lives. */
#ifndef VMOPNOTIFYCTL_LIVE_H
#define VMOPNOTIFYCTL_LIVE_H

/**
 * live_monitor - show the present and recent events until the user quits
 *
 * A signal that ends it ends this program as it would have done anyway, once
 * the terminal is as it was.
 *
 * Return: 0, or a negative errno, which it has told.
 */
int live_monitor(void);

#endif /* VMOPNOTIFYCTL_LIVE_H */
