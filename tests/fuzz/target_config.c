// SPDX-License-Identifier: GPL-2.0
/* The helper's configuration: config.c. */
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "config.h"
#include "fuzz.h"

static void check_values(const struct config *cfg)
{
	CHECK(cfg->app_name[0] && fuzz_is_clean(cfg->app_name));
	CHECK(strlen(cfg->app_name) < VMOPNOTIFY_TEXT_LEN);
	CHECK(cfg->vmtoolsd_path[0] == '/');
	CHECK(cfg->token_file[0] == '/');
	/* There is room for what is put behind it. */
	CHECK(strlen(cfg->token_file) <= PATH_MAX - 16);
	CHECK(cfg->poll_interval_ms >= 10 && cfg->poll_interval_ms <= 60000);
	CHECK(cfg->rpc_timeout_ms >= 100 && cfg->rpc_timeout_ms <= 60000);
	CHECK(cfg->log_level >= LOG_ERR && cfg->log_level <= LOG_DEBUG);
}

static void check_same(const struct config *a, const struct config *b)
{
	CHECK(!strcmp(a->app_name, b->app_name));
	CHECK(!strcmp(a->vmtoolsd_path, b->vmtoolsd_path));
	CHECK(!strcmp(a->token_file, b->token_file));
	CHECK(a->transport == b->transport);
	CHECK(a->poll_interval_ms == b->poll_interval_ms);
	CHECK(a->rpc_timeout_ms == b->rpc_timeout_ms);
	CHECK(a->log_level == b->log_level);
}

/* What was understood is written down anew, and means the same. */
static void check_rewritten(const struct config *cfg)
{
	static char text[3 * PATH_MAX];
	struct config again;
	char err[1024];
	int n;

	n = snprintf(text, sizeof(text),
		     "[host]\napp_name=%s\nvmtoolsd_path=%s\n"
		     "poll_interval_ms=%u\nrpc_timeout_ms=%u\n"
		     "[token]\nfile=%s\n",
		     cfg->app_name, cfg->vmtoolsd_path, cfg->poll_interval_ms,
		     cfg->rpc_timeout_ms, cfg->token_file);
	CHECK(n > 0 && (size_t)n < sizeof(text));
	CHECK(!config_load(&again, fuzz_file(text, (size_t)n), err,
			   sizeof(err)));
	again.transport = cfg->transport;
	again.log_level = cfg->log_level;
	check_same(cfg, &again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(data, size);
	struct config cfg, again;
	char err[1024] = "";

	if (config_load(&cfg, path, err, sizeof(err))) {
		/* It is told in which line. */
		CHECK(!strncmp(err, path, strlen(path)));
		CHECK(err[strlen(path)] == ':' && err[strlen(path) + 1] > '0' &&
		      err[strlen(path) + 1] <= '9');
		return 0;
	}
	check_values(&cfg);
	CHECK(!config_load(&again, path, err, sizeof(err)));
	check_same(&cfg, &again);
	check_rewritten(&cfg);
	return 0;
}
