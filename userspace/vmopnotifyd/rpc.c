// SPDX-License-Identifier: GPL-2.0
/* RPCs to the host: what all transports share. */
#include <stdio.h>
#include <string.h>

#include "rpc.h"

const struct rpc_ops *rpc_transport(const struct config *cfg)
{
	switch (cfg->transport) {
	case TRANSPORT_LIBVMTOOLS:
		return &rpc_libvmtools;
	case TRANSPORT_VMTOOLSD:
		return &rpc_vmtoolsd;
	case TRANSPORT_AUTO:
		break;
	}
	return &rpc_auto;
}

static void describe_library(const struct rpc_result *result,
			     const struct config *cfg, char *buf, size_t size)
{
	const char *lib = cfg->libvmtools_path;

	switch (result->status) {
	case RPC_OK:
		snprintf(buf, size, "answered");
		break;
	case RPC_FAILED:
		snprintf(buf, size, "%s says that it failed", lib);
		break;
	case RPC_NOT_FOUND:
		snprintf(buf, size,
			 "%s cannot be loaded: install VMware Tools or "
			 "open-vm-tools, or set libvmtools_path", lib);
		break;
	case RPC_NOT_EXECUTABLE:
		snprintf(buf, size, "%s is not VMware's library", lib);
		break;
	case RPC_NOT_STARTED:
		snprintf(buf, size, "%s could not be called: %s", lib,
			 strerror(result->code));
		break;
	case RPC_TIMED_OUT:
		snprintf(buf, size, "%s did not return within %u ms", lib,
			 cfg->rpc_timeout_ms);
		break;
	case RPC_SIGNALED:
		snprintf(buf, size,
			 "a process that tried %s died of signal %d (%s)", lib,
			 result->code, strsignal(result->code));
		break;
	case RPC_TOO_LARGE:
		snprintf(buf, size, "%s gave more than %d bytes", lib,
			 RPC_OUTPUT_MAX);
		break;
	case RPC_NO_HOST:
		snprintf(buf, size,
			 "%s says that this is no virtual machine of VMware's",
			 lib);
		break;
	case RPC_STUCK:
		snprintf(buf, size,
			 "%s has not returned from an earlier RPC yet", lib);
		break;
	}
}

static void describe_command(const struct rpc_result *result,
			     const struct config *cfg, char *buf, size_t size)
{
	const char *cmd = cfg->vmtoolsd_path;

	switch (result->status) {
	case RPC_OK:
		snprintf(buf, size, "answered");
		break;
	case RPC_FAILED:
		snprintf(buf, size, "%s exited with code %d", cmd,
			 result->code);
		break;
	case RPC_NOT_FOUND:
		snprintf(buf, size,
			 "%s is not there: install VMware Tools or "
			 "open-vm-tools, or set vmtoolsd_path", cmd);
		break;
	case RPC_NOT_EXECUTABLE:
		snprintf(buf, size, "%s cannot be executed: %s", cmd,
			 strerror(result->code));
		break;
	case RPC_NOT_STARTED:
		snprintf(buf, size, "%s could not be started: %s", cmd,
			 strerror(result->code));
		break;
	case RPC_TIMED_OUT:
		snprintf(buf, size,
			 "%s did not finish within %u ms and was killed", cmd,
			 cfg->rpc_timeout_ms);
		break;
	case RPC_SIGNALED:
		snprintf(buf, size, "%s died of signal %d (%s)", cmd,
			 result->code, strsignal(result->code));
		break;
	case RPC_TOO_LARGE:
		snprintf(buf, size,
			 "%s wrote more than %d bytes and was killed", cmd,
			 RPC_OUTPUT_MAX);
		break;
	case RPC_NO_HOST:
	case RPC_STUCK:
		/* A command says so itself, and can be killed. */
		break;
	}
}

const char *rpc_describe(const struct rpc_result *result,
			 const struct config *cfg, char *buf, size_t size)
{
	buf[0] = '\0';
	if (result->in_process)
		describe_library(result, cfg, buf, size);
	else
		describe_command(result, cfg, buf, size);
	return buf;
}
