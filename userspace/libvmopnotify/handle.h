/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A handle from within. */
#ifndef LIBVMOPNOTIFY_HANDLE_H
#define LIBVMOPNOTIFY_HANDLE_H

#include "public.h"

/**
 * handle_open() - vmopnotify_open() of another file, for tests
 * @np: where to put the handle; NULL where this fails
 * @path: the file
 * @flags: as vmopnotify_open() has them
 *
 * Return: as vmopnotify_open().
 */
int handle_open(struct vmopnotify **np, const char *path, unsigned int flags);

#endif /* LIBVMOPNOTIFY_HANDLE_H */
