/* SPDX-License-Identifier: GPL-2.0 */
/* A uevent for each change of state, so that udev rules can act. */
#ifndef VMOPNOTIFY_UEVENT_H
#define VMOPNOTIFY_UEVENT_H

/**
 * uevent_publish() - have uevents sent for what is new
 *
 * Context: any.
 */
void uevent_publish(void);

#endif /* VMOPNOTIFY_UEVENT_H */
