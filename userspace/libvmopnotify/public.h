/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the public header declares is seen from outside, and nothing else. */
#ifndef LIBVMOPNOTIFY_PUBLIC_H
#define LIBVMOPNOTIFY_PUBLIC_H

#pragma GCC visibility push(default)
#include "vmopnotify.h"
#pragma GCC visibility pop

#endif /* LIBVMOPNOTIFY_PUBLIC_H */
