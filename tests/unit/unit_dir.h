/* SPDX-License-Identifier: GPL-2.0 */
/* The fixture of tests that work with files: a directory of each test's own. */
#ifndef UNIT_DIR_H
#define UNIT_DIR_H

#include "unit.h"

static char *dir;

static inline int setup_dir(void **state)
{
	(void)state;
	dir = make_dir();
	return 0;
}

static inline int teardown_dir(void **state)
{
	(void)state;
	remove_dir(dir);
	return 0;
}

#endif /* UNIT_DIR_H */
