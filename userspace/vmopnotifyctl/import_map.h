/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What of the Python service's configuration becomes what of ours.
 *
 * Pure: a file that was read in, the text of ours out, and a line on each of
 * its keys, also on those that have no counterpart here.
 */
#ifndef VMOPNOTIFYCTL_IMPORT_MAP_H
#define VMOPNOTIFYCTL_IMPORT_MAP_H

#include <limits.h>
#include <stdbool.h>

#include <linux/vmopnotify.h>

#include "import_source.h"

/**
 * struct import_plan - our side
 * @app: the application's name as a consumer, and of its file
 * @daemon_conf: for vmopnotifyd.conf
 * @app_conf: for apps.d/APP.conf
 * @token_file: where the service stores its token
 * @report: lines that say what became of each key
 */
struct import_plan {
	char app[VMOPNOTIFY_NAME_LEN];
	char *daemon_conf;
	char *app_conf;
	char *token_file;
	char *report;
};

/**
 * import_map - make our configuration of the service's
 * @source: that of the service
 * @from: its file's name, for a comment
 * @keep_interval: keep its interval, too
 * @plan: where to put it, for import_plan_free(); empty on error
 * @err: where to put what is wrong: "LINE: ..." where it is in a line
 * @errlen: size of @err
 *
 * Return: 0; -EINVAL for what has no meaning to the service either, or cannot
 * be said in our files; -ENOMEM.
 */
int import_map(const struct source *source, const char *from,
	       bool keep_interval, struct import_plan *plan, char *err,
	       size_t errlen);

/**
 * import_plan_free - free what a plan holds
 * @plan: the plan
 */
void import_plan_free(struct import_plan *plan);

#endif /* VMOPNOTIFYCTL_IMPORT_MAP_H */
