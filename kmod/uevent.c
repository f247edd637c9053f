// SPDX-License-Identifier: GPL-2.0
/*
 * A uevent for each change of state: "change" of the device, with STATE and,
 * of an operation, OPERATION_ID.
 */
#include <linux/kobject.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "chardev.h"
#include "core.h"
#include "ring.h"
#include "uevent.h"

static void send(const struct vmopnotify_event *ev)
{
	char state[32], operation_id[40];
	struct kobject *kobj = chardev_kobject();
	char *env[3] = {};

	if (!kobj)
		return;
	env[0] = state;
	snprintf(state, sizeof(state), "STATE=%s", core_state_name(ev->state));
	if (ev->type != VMOPNOTIFY_EVENT_ATTACHED &&
	    ev->type != VMOPNOTIFY_EVENT_DETACHED) {
		snprintf(operation_id, sizeof(operation_id), "OPERATION_ID=%llu",
			 ev->operation_id);
		env[1] = operation_id;
	}
	kobject_uevent_env(kobj, KOBJ_CHANGE, env);
}

/* From the records, so that a state that lasts but a moment is told, too. */
static void publish(struct work_struct *unused)
{
	static u32 last_state = VMOPNOTIFY_STATE_DETACHED;
	static u64 next;
	struct vmopnotify_event ev;
	int ret;

	while ((ret = ring_get(RING_WATCHER, &next, &ev)) != -EAGAIN) {
		if (ret)
			continue;
		next++;
		if (ev.state == last_state)
			continue;
		last_state = ev.state;
		send(&ev);
	}
}

static DECLARE_WORK(publish_work, publish);

void uevent_publish(void)
{
	queue_work(core_queue, &publish_work);
}
