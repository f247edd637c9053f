/* SPDX-License-Identifier: GPL-2.0 */
/* status - where the lab's guest is, and what is going on */
#ifndef LAB_STATUS_H
#define LAB_STATUS_H

#include <stdbool.h>

/**
 * status_print - on stdout
 * @json: as one JSON object
 *
 * Return: the exit status: 0 where a guest runs, 1 where none does.
 */
int status_print(bool json);

#endif
