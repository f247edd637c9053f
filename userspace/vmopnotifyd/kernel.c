// SPDX-License-Identifier: GPL-2.0
/* The kernel's side. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kernel.h"

/* A question whose answer was lost among events is asked again, this often. */
#define GET_TRIES	5

static int take_view(uint8_t cmd, struct nlattr **attrs, void *arg)
{
	struct kernel_view *v = arg;

	(void)cmd;
	memset(v, 0, sizeof(*v));
	v->state = vmop_attr_u32(attrs, VMOPNOTIFY_A_STATE,
				 VMOPNOTIFY_STATE_DETACHED);
	v->timeout_ms = vmop_attr_u32(attrs, VMOPNOTIFY_A_TIMEOUT_MS, 0);
	/* Any number is an id, 0 too: it is open if it has one. */
	v->open = attrs[VMOPNOTIFY_A_OPERATION_ID];
	v->operation_id = vmop_attr_u64(attrs, VMOPNOTIFY_A_OPERATION_ID, 0);
	v->flags = vmop_attr_u32(attrs, VMOPNOTIFY_A_FLAGS, 0);
	v->start_ns = vmop_attr_u64(attrs, VMOPNOTIFY_A_START_NS, 0);
	v->deadline_ns = vmop_attr_u64(attrs, VMOPNOTIFY_A_DEADLINE_NS, 0);
	v->helper_pid = vmop_attr_u32(attrs, VMOPNOTIFY_A_PID, 0);
	v->last_status = vmop_attr_u32(attrs, VMOPNOTIFY_A_LAST_STATUS,
				       VMOPNOTIFY_END_NONE);
	v->last_quiesce_ns = vmop_attr_u64(attrs, VMOPNOTIFY_A_LAST_QUIESCE_NS,
					   0);
	v->last_stun_ns = vmop_attr_u64(attrs, VMOPNOTIFY_A_LAST_STUN_NS, 0);
	snprintf(v->operation_type, sizeof(v->operation_type), "%s",
		 vmop_attr_str(attrs, VMOPNOTIFY_A_OPERATION_TYPE, ""));
	snprintf(v->helper, sizeof(v->helper), "%s",
		 vmop_attr_str(attrs, VMOPNOTIFY_A_HELPER, ""));
	snprintf(v->app_name, sizeof(v->app_name), "%s",
		 vmop_attr_str(attrs, VMOPNOTIFY_A_APP_NAME, ""));
	return 0;
}

static int request(struct vmop_genl *g, struct nl_msg *msg, char *err)
{
	return vmop_genl_do(g, msg, NULL, NULL, err, VMOP_ERR_LEN);
}

/* libnl's messages are a page: a few attributes always fit. */

int kernel_get(struct vmop_genl *g, struct kernel_view *view, char *err)
{
	int tries = GET_TRIES;
	int ret;

	do {
		memset(view, 0, sizeof(*view));
		ret = vmop_genl_do(g, vmop_genl_msg(g, VMOPNOTIFY_CMD_GET),
				   take_view, view, err, VMOP_ERR_LEN);
	} while (ret == -ENOBUFS && --tries);
	return ret;
}

int kernel_attach(struct vmop_genl *g, const char *app_name,
		  const struct terms *terms, struct kernel_view *view,
		  char *err)
{
	struct nl_msg *msg = vmop_genl_msg(g, VMOPNOTIFY_CMD_ATTACH);

	memset(view, 0, sizeof(*view));
	if (msg) {
		nla_put_string(msg, VMOPNOTIFY_A_APP_NAME, app_name);
		nla_put_string(msg, VMOPNOTIFY_A_HELPER,
			       "vmopnotifyd " VMOPNOTIFY_VERSION);
		nla_put_u32(msg, VMOPNOTIFY_A_TIMEOUT_MS, terms->timeout_ms);
		if (terms->guaranteed)
			nla_put_flag(msg, VMOPNOTIFY_A_GUARANTEED);
	}
	return vmop_genl_do(g, msg, take_view, view, err, VMOP_ERR_LEN);
}

int kernel_detach(struct vmop_genl *g, char *err)
{
	return request(g, vmop_genl_msg(g, VMOPNOTIFY_CMD_DETACH), err);
}

int kernel_start(struct vmop_genl *g, uint64_t id, const char *type,
		 uint32_t timeout_ms, uint32_t age_ms, char *err)
{
	struct nl_msg *msg = vmop_genl_msg(g, VMOPNOTIFY_CMD_START);

	if (msg) {
		nla_put_u64(msg, VMOPNOTIFY_A_OPERATION_ID, id);
		nla_put_string(msg, VMOPNOTIFY_A_OPERATION_TYPE, type);
		nla_put_u32(msg, VMOPNOTIFY_A_TIMEOUT_MS, timeout_ms);
		nla_put_u32(msg, VMOPNOTIFY_A_AGE_MS, age_ms);
	}
	return request(g, msg, err);
}

int kernel_end(struct vmop_genl *g, uint64_t id, bool success,
	       const char *text, char *err)
{
	struct nl_msg *msg = vmop_genl_msg(g, VMOPNOTIFY_CMD_END);

	if (msg) {
		nla_put_u64(msg, VMOPNOTIFY_A_OPERATION_ID, id);
		nla_put_u32(msg, VMOPNOTIFY_A_STATUS,
			    success ? VMOPNOTIFY_END_SUCCESS :
				      VMOPNOTIFY_END_FAILED);
		nla_put_string(msg, VMOPNOTIFY_A_TEXT, text);
	}
	return request(g, msg, err);
}

int kernel_timeout_change(struct vmop_genl *g, uint32_t timeout_ms, char *err)
{
	struct nl_msg *msg = vmop_genl_msg(g, VMOPNOTIFY_CMD_TIMEOUT_CHANGE);

	if (msg)
		nla_put_u32(msg, VMOPNOTIFY_A_TIMEOUT_MS, timeout_ms);
	return request(g, msg, err);
}

int kernel_acked(struct vmop_genl *g, uint64_t id, char *err)
{
	struct nl_msg *msg = vmop_genl_msg(g, VMOPNOTIFY_CMD_ACKED);

	if (msg)
		nla_put_u64(msg, VMOPNOTIFY_A_OPERATION_ID, id);
	return request(g, msg, err);
}
