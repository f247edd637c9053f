/* SPDX-License-Identifier: GPL-2.0 */
/* The environment of programs that are started. */
#ifndef VMOPNOTIFY_ENV_H
#define VMOPNOTIFY_ENV_H

#include <stddef.h>

/**
 * env_without - our own environment, without some of it
 * @prefixes: what the variables that are left out begin with, as "NAME="; NULL
 *	ends them
 * @room: for how many more it is to have room
 * @count: where to put how many it has; may be NULL
 *
 * Return: an environment, whose strings are ours, to be freed with free(); NULL
 * where there is no memory.
 */
char **env_without(const char * const *prefixes, size_t room, size_t *count);

#endif /* VMOPNOTIFY_ENV_H */
