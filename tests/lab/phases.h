/* SPDX-License-Identifier: GPL-2.0 */
/* phases - what happens in each phase of a migration, and what undoes it */
#ifndef LAB_PHASES_H
#define LAB_PHASES_H

#include "migration.h"

/**
 * struct phase - one of them
 * @name: its name
 * @run: does it; false: it failed, and says why in the migration's @why
 * @failure: what makes it fail on demand
 */
struct phase {
	const char *name;
	bool (*run)(struct migration *m);
	const char *failure;
};

/* In order; the last one has no name. */
extern const struct phase phases[];

/**
 * phases_find - the phase of that name
 * @name: its name
 *
 * Return: the phase; NULL: there is none.
 */
const struct phase *phases_find(const char *name);

/**
 * phases_undo - have the guest run where it was, and nothing on the other host
 * @m: the migration, which did not come to its resume
 *
 * Return: whether it is so; @m's @why says what is not.
 */
bool phases_undo(struct migration *m);

/**
 * phases_tidy - remove what a migration leaves on a host
 * @host: the host
 */
void phases_tidy(const char *host);

#endif
