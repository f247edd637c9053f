// SPDX-License-Identifier: GPL-2.0
/* Drills, see drill.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "drill.h"
#include "output.h"

static int take_operation(uint8_t cmd, struct nlattr **attrs, void *arg)
{
	struct open_operation *op = arg;

	(void)cmd;
	op->is_open = attrs[VMOPNOTIFY_A_OPERATION_ID];
	op->flags = vmop_attr_u32(attrs, VMOPNOTIFY_A_FLAGS, 0);
	op->id = vmop_attr_u64(attrs, VMOPNOTIFY_A_OPERATION_ID, 0);
	op->members = vmop_attr_u32(attrs, VMOPNOTIFY_A_MEMBERS, 0);
	snprintf(op->type, sizeof(op->type), "%s",
		 vmop_attr_str(attrs, VMOPNOTIFY_A_OPERATION_TYPE, ""));
	return 0;
}

int drill_open_operation(struct open_operation *op)
{
	memset(op, 0, sizeof(*op));
	return command_query(VMOPNOTIFY_CMD_GET, false, take_operation, op);
}

static void put(struct nl_msg *msg, const struct drill *drill, uint8_t cmd)
{
	nla_put_u32(msg, VMOPNOTIFY_A_FLAGS, VMOPNOTIFY_F_DRILL);
	if (cmd != VMOPNOTIFY_CMD_TIMEOUT_CHANGE)
		nla_put_u64(msg, VMOPNOTIFY_A_OPERATION_ID, drill->id);
	if (cmd != VMOPNOTIFY_CMD_END)
		nla_put_u32(msg, VMOPNOTIFY_A_TIMEOUT_MS, drill->timeout_ms);
	if (cmd == VMOPNOTIFY_CMD_START)
		nla_put_string(msg, VMOPNOTIFY_A_OPERATION_TYPE, drill->type);
	if (cmd == VMOPNOTIFY_CMD_END) {
		nla_put_u32(msg, VMOPNOTIFY_A_STATUS, drill->failed ?
			    VMOPNOTIFY_END_FAILED : VMOPNOTIFY_END_SUCCESS);
		nla_put_string(msg, VMOPNOTIFY_A_TEXT,
			       drill->failed ? "failed" : "success");
	}
}

static int send_drill(const struct drill *drill, uint8_t cmd,
		      const char *what)
{
	char err[VMOP_ERR_LEN] = "";
	struct vmop_genl *g;
	struct nl_msg *msg;
	int ret;

	ret = vmop_genl_open(&g, err, sizeof(err));
	if (!ret) {
		msg = vmop_genl_msg(g, cmd);
		if (msg)
			put(msg, drill, cmd);
		ret = vmop_genl_do(g, msg, NULL, NULL, err, sizeof(err));
		vmop_genl_close(g);
	}
	if (ret == -EPERM)
		error_line("DRILL %s: it takes the capability CAP_NET_ADMIN: be root, or use sudo",
			   what);
	else if (ret)
		error_line("DRILL %s: %s", what, *err ? err : strerror(-ret));
	return ret;
}

int drill_start(const struct drill *drill)
{
	return send_drill(drill, VMOPNOTIFY_CMD_START, "not started");
}

int drill_end(const struct drill *drill)
{
	return send_drill(drill, VMOPNOTIFY_CMD_END, "not ended");
}

int drill_change_timeout(const struct drill *drill)
{
	return send_drill(drill, VMOPNOTIFY_CMD_TIMEOUT_CHANGE, "not changed");
}
