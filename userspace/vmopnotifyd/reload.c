// SPDX-License-Identifier: GPL-2.0
/* The configuration is read again while the daemon runs. */
#include <inttypes.h>
#include <time.h>

#include <systemd/sd-daemon.h>

#include "log.h"
#include "reload.h"

static void tell_reloading(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
		   ts.tv_sec * UINT64_C(1000000) + (uint64_t)ts.tv_nsec / 1000);
}

void reload(struct config *cfg, const char *file, bool notify)
{
	struct config next;
	char text[512];

	if (notify)
		tell_reloading();
	if (config_read(&next, file, text, sizeof(text)) < 0) {
		log_err("%s: going on with the configuration as it was", text);
	} else {
		config_adopt(cfg, &next, text, sizeof(text));
		log_set_level(cfg->log_level);
		log_info("the configuration is reloaded");
		if (text[0])
			log_warn("changed, and takes a restart: %s", text);
	}
	if (notify)
		sd_notify(0, "READY=1");
}
