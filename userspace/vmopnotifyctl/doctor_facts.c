// SPDX-License-Identifier: GPL-2.0
/* vmopnotifyctl doctor: gathers the facts, see doctor.h. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "capture.h"
#include "doctor.h"
#include "genl.h"
#include "output.h"
#include "reply.h"

#define DMI_DIR		"/sys/class/dmi/id/"
#define LIST_RPC	"vm-operation-notification.list"

const char *doctor_path(const struct doctor *d, const char *path, char *buf,
			size_t len)
{
	snprintf(buf, len, "%s%s", d->root, path);
	return buf;
}

bool doctor_read(const struct doctor *d, const char *path, char *buf,
		 size_t len)
{
	char name[512];

	return read_line(doctor_path(d, path, name, sizeof(name)), buf, len);
}

static void gather_config(struct doctor *d, const char *path)
{
	char name[2 * PATH_MAX];
	int ret;

	ret = config_load(&d->config,
			  doctor_path(d, path, name, sizeof(name)),
			  d->config_error, sizeof(d->config_error));
	/* None is as good as one that says nothing. */
	if (ret == -ENOENT)
		d->config_error[0] = '\0';
	if (ret)
		config_defaults(&d->config);
}

static int run_tools(const struct doctor *d, const char *option,
		     const char *argument, struct capture *c)
{
	char path[2 * PATH_MAX];
	char *argv[] = {
		(char *)doctor_path(d, d->config.vmtoolsd_path, path,
				    sizeof(path)),
		(char *)option, (char *)argument, NULL,
	};

	return capture_run(argv, d->config.rpc_timeout_ms, c);
}

static void gather_tools(struct doctor *d, struct capture *c)
{
	d->tools_error = run_tools(d, "--version", NULL, c);
	d->tools_status = c->status;
	c->out[strcspn(c->out, "\n")] = '\0';
	text_clean(c->out, d->tools_version, sizeof(d->tools_version));
}

void doctor_take_list(struct doctor *d, const char *text)
{
	cJSON *reply = cJSON_Parse(text);
	const cJSON *app, *name;
	char clean[128];
	size_t used = 0;

	cJSON_ArrayForEach(app, cJSON_GetObjectItemCaseSensitive(reply,
								 "info")) {
		name = cJSON_GetObjectItemCaseSensitive(app, "appName");
		if (!cJSON_IsString(name))
			continue;
		text_clean(name->valuestring, clean, sizeof(clean));
		if (used < sizeof(d->apps))
			used += (size_t)snprintf(d->apps + used,
						 sizeof(d->apps) - used,
						 "%s%s", used ? ", " : "",
						 clean);
		d->app_count++;
	}
	cJSON_Delete(reply);
}

/* What the host says where it says no. */
static enum doctor_rpc refusal(const struct reply *reply)
{
	switch (reply->refusal) {
	case REFUSAL_NONE:
		return DOCTOR_RPC_ANSWERED;
	case REFUSAL_NOT_ENABLED:
		return DOCTOR_RPC_NOT_ENABLED;
	case REFUSAL_NO_SERVICE:
		return DOCTOR_RPC_NO_SERVICE;
	default:
		return DOCTOR_RPC_FAILED;
	}
}

static void take_answer(struct doctor *d, const struct capture *c)
{
	bool out = !c->err_len;
	struct reply reply = {};

	if (!c->status) {
		if (reply_read(c->out, c->out_len, &reply, d->rpc_text,
			       sizeof(d->rpc_text))) {
			d->rpc = DOCTOR_RPC_FAILED;
			return;
		}
		doctor_take_list(d, c->out);
	} else {
		reply_parse_failure(out ? c->out : c->err,
				    out ? c->out_len : c->err_len, &reply);
		if (!*reply.message)
			snprintf(reply.message, sizeof(reply.message),
				 "vmtoolsd ended with %d, without a word",
				 c->status);
	}
	d->rpc = refusal(&reply);
	snprintf(d->rpc_text, sizeof(d->rpc_text), "%s", reply.message);
}

static void gather_rpc(struct doctor *d, struct capture *c)
{
	int ret;

	if (d->tools_error)
		return;
	ret = run_tools(d, "--cmd", LIST_RPC, c);
	if (!ret) {
		take_answer(d, c);
		return;
	}
	d->rpc = ret == -ETIMEDOUT ? DOCTOR_RPC_TIMED_OUT : DOCTOR_RPC_FAILED;
	snprintf(d->rpc_text, sizeof(d->rpc_text), "%s", strerror(-ret));
}

static int take_status(uint8_t cmd, struct nlattr **attrs, void *arg)
{
	struct doctor *d = arg;
	const char *app = vmop_attr_str(attrs, VMOPNOTIFY_A_APP_NAME, NULL);

	(void)cmd;
	d->abi_version = vmop_attr_u32(attrs, VMOPNOTIFY_A_ABI_VERSION, 0);
	d->has_helper = app;
	if (!app)
		return 0;
	text_clean(app, d->app_name, sizeof(d->app_name));
	text_clean(vmop_attr_str(attrs, VMOPNOTIFY_A_HELPER, "?"), d->helper,
		   sizeof(d->helper));
	d->helper_pid = vmop_attr_u32(attrs, VMOPNOTIFY_A_PID, 0);
	d->timeout_ms = vmop_attr_u32(attrs, VMOPNOTIFY_A_TIMEOUT_MS, 0);
	return 0;
}

/* Those of a stage get quiet together, the stages one after the other. */
static int take_consumer(uint8_t cmd, struct nlattr **attrs, void *arg)
{
	uint32_t stage = vmop_attr_u32(attrs, VMOPNOTIFY_A_STAGE, 0);
	uint32_t expected = vmop_attr_u32(attrs, VMOPNOTIFY_A_EXPECTED_MS, 0);
	uint32_t *longest = arg;

	(void)cmd;
	if (stage < VMOPNOTIFY_STAGES && expected > longest[stage])
		longest[stage] = expected;
	return 0;
}

static void gather_kernel(struct doctor *d)
{
	uint32_t longest[VMOPNOTIFY_STAGES] = {};
	char *err = d->kernel_error;
	size_t len = sizeof(d->kernel_error);
	struct vmop_genl *g;
	char path[256];
	int ret;

	/* To ask for a family that is not there would load the module. */
	if (access(doctor_path(d, "/sys/module/vmopnotify", path,
			       sizeof(path)), F_OK)) {
		snprintf(err, len, "the module is not loaded");
		return;
	}
	ret = vmop_genl_open(&g, err, len);
	if (ret)
		return;
	ret = vmop_genl_do(g, vmop_genl_msg(g, VMOPNOTIFY_CMD_GET),
			   take_status, d, err, len);
	if (!ret)
		vmop_genl_dump(g, vmop_genl_msg(g, VMOPNOTIFY_CMD_GET_CONSUMER),
			       take_consumer, longest, err, len);
	vmop_genl_close(g);
	for (size_t i = 0; i < VMOPNOTIFY_STAGES; i++)
		d->expected_ms += longest[i];
}

void doctor_gather(struct doctor *d, const char *config_path)
{
	struct capture *c = malloc(sizeof(*c));

	gather_config(d, config_path);
	doctor_read(d, DMI_DIR "sys_vendor", d->vendor, sizeof(d->vendor));
	doctor_read(d, DMI_DIR "product_name", d->product,
		    sizeof(d->product));
	d->tools_error = -ENOMEM;
	if (c) {
		gather_tools(d, c);
		gather_rpc(d, c);
	}
	free(c);
	gather_kernel(d);
}
