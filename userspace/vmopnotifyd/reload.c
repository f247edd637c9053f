// SPDX-License-Identifier: GPL-2.0
/* The configuration is read again while the daemon runs. */
#include <inttypes.h>

#include <systemd/sd-daemon.h>

#include "clock.h"
#include "log.h"
#include "reload.h"

static void tell_reloading(void)
{
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
		   clock_us(CLOCK_MONOTONIC));
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
