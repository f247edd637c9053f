/* SPDX-License-Identifier: GPL-2.0 */
/* Entries for the journal. */
#ifndef VMOP_JOURNAL_SEND_H
#define VMOP_JOURNAL_SEND_H

#include <stddef.h>
#include <sys/uio.h>

/* JOURNAL_FIELDS_MAX - how many fields an entry may have. */
#define JOURNAL_FIELDS_MAX	24

/**
 * journal_send - give the journal an entry, without waiting for it
 * @fields: its fields, each NAME=value, a line without its end
 * @n: how many, at most %JOURNAL_FIELDS_MAX
 *
 * sd_journal_sendv() waits, however long, where the journal hangs and what all
 * programs of the machine have sent it fills its queue: that would hold up an
 * operation.
 *
 * Return: 0, or a negative errno where the journal does not take it: -EAGAIN,
 * its queue is full; -EINVAL: too many fields, or one that is no line.
 */
int journal_send(const struct iovec *fields, size_t n);

#endif /* VMOP_JOURNAL_SEND_H */
