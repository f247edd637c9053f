/* SPDX-License-Identifier: GPL-2.0 */
/* The journal, as far as the programs have it in common. */
#ifndef VMOP_JOURNAL_STREAM_H
#define VMOP_JOURNAL_STREAM_H

#include <stdbool.h>

/**
 * journal_is_stderr - is stderr a stream of the journal?
 *
 * Return: true where systemd started us with it, as JOURNAL_STREAM tells.
 */
bool journal_is_stderr(void);

#endif /* VMOP_JOURNAL_STREAM_H */
