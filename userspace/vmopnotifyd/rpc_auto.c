// SPDX-License-Identifier: GPL-2.0
/*
 * RPCs by the better of two ways: the library if it works here, else the
 * command.
 *
 * It is found out with the first RPC, and holds for as long as the daemon
 * runs.  A host that does not answer decides nothing: it would not answer the
 * other one either, and what it may yet say comes back to who asked.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "rpc.h"

/**
 * struct rpc - the transport
 * @cfg: the configuration, for messages
 * @library: the private part of the one transport
 * @command: that of the other
 * @chosen: which it is, NULL until that is known
 * @definite: the library's way does not exist here, for good
 * @request: the RPC in flight, until then
 * @why: what the library brought instead, in words
 * @done: to be told, while an RPC is in flight
 * @arg: for @done
 */
struct rpc {
	const struct config *cfg;
	struct rpc *library;
	struct rpc *command;
	const struct rpc_ops *chosen;
	bool definite;
	char *request;
	char why[512];
	rpc_done done;
	void *arg;
};

/* Did the RPC fail because that way does not exist here? */
static bool no_way(const struct rpc_result *result)
{
	switch (result->status) {
	case RPC_NOT_FOUND:
	case RPC_NOT_EXECUTABLE:
	case RPC_NOT_STARTED:
	case RPC_NO_HOST:
		return true;
	case RPC_SIGNALED:
		return result->in_process;
	default:
		return false;
	}
}

static void pass_on(struct rpc *rpc, struct rpc_result *result)
{
	free(rpc->request);
	rpc->request = NULL;
	rpc->done(result, rpc->arg);
}

static void on_command(struct rpc_result *result, void *arg)
{
	struct rpc *rpc = arg;

	/* If both are missing, VMware Tools may be installed yet. */
	if (!no_way(result) && rpc->definite) {
		rpc->chosen = &rpc_vmtoolsd;
		log_info("transport: vmtoolsd, as %s", rpc->why);
	}
	pass_on(rpc, result);
}

static void on_library(struct rpc_result *result, void *arg)
{
	struct rpc *rpc = arg;

	if (no_way(result)) {
		/* What could not be started now may be another time. */
		rpc->definite = result->status != RPC_NOT_STARTED;
		rpc_describe(result, rpc->cfg, rpc->why, sizeof(rpc->why));
		rpc_vmtoolsd.send(rpc->command, rpc->request, on_command, rpc);
		return;
	}
	if (result->status != RPC_TIMED_OUT && result->status != RPC_STUCK) {
		rpc->chosen = &rpc_libvmtools;
		log_info("transport: libvmtools, as %s works here",
			 rpc->cfg->libvmtools_path);
	}
	pass_on(rpc, result);
}

static void auto_send(struct rpc *rpc, const char *command, rpc_done done,
		      void *arg)
{
	if (rpc->chosen == &rpc_libvmtools) {
		rpc_libvmtools.send(rpc->library, command, done, arg);
		return;
	}
	rpc->done = done;
	rpc->arg = arg;
	if (!rpc->chosen)
		rpc->request = strdup(command);
	/* Without memory for a second try there is the one that needs less. */
	if (rpc->request)
		rpc_libvmtools.send(rpc->library, command, on_library, rpc);
	else
		rpc_vmtoolsd.send(rpc->command, command, done, arg);
}

static void auto_cancel(struct rpc *rpc)
{
	rpc_libvmtools.cancel(rpc->library);
	rpc_vmtoolsd.cancel(rpc->command);
	free(rpc->request);
	rpc->request = NULL;
}

static void auto_on_back(struct rpc *rpc, rpc_back back, void *arg)
{
	rpc_libvmtools.on_back(rpc->library, back, arg);
}

static bool auto_hangs(const struct rpc *rpc)
{
	return rpc_libvmtools.hangs(rpc->library);
}

static void auto_close(struct rpc *rpc)
{
	if (!rpc)
		return;
	rpc_libvmtools.close(rpc->library);
	rpc_vmtoolsd.close(rpc->command);
	free(rpc->request);
	free(rpc);
}

static int auto_open(struct rpc **rpcp, const struct config *cfg,
		     sd_event *loop)
{
	struct rpc *rpc = calloc(1, sizeof(*rpc));
	int ret = -ENOMEM;

	if (!rpc)
		return ret;
	rpc->cfg = cfg;
	ret = rpc_libvmtools.open(&rpc->library, cfg, loop);
	if (!ret)
		ret = rpc_vmtoolsd.open(&rpc->command, cfg, loop);
	if (ret) {
		auto_close(rpc);
		return ret;
	}
	*rpcp = rpc;
	return 0;
}

const struct rpc_ops rpc_auto = {
	.name = "auto",
	.open = auto_open,
	.send = auto_send,
	.cancel = auto_cancel,
	.on_back = auto_on_back,
	.hangs = auto_hangs,
	.close = auto_close,
};
