// SPDX-License-Identifier: GPL-2.0
/* drill start ID [TIMEOUT_MS] | end ID: for tests in shell. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"

int main(int argc, char **argv)
{
	struct vmop_genl *g = helper_open();
	int ret;

	if (argc < 3)
		die("usage: drill start ID [TIMEOUT_MS] | end ID");
	if (!strcmp(argv[1], "start"))
		ret = helper_start(g, strtoull(argv[2], NULL, 10),
				   argc > 3 ? atoi(argv[3]) : 60000,
				   VMOPNOTIFY_F_DRILL);
	else
		ret = helper_end(g, strtoull(argv[2], NULL, 10),
				 VMOPNOTIFY_F_DRILL);
	if (ret)
		fprintf(stderr, "drill: %s\n", genl_error);
	return ret ? 1 : 0;
}
