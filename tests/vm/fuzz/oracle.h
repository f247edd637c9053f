/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The oracle: the module's own state machine, built into this program, to which
 * everything happens that the trace tells.  It must emit what the trace shows.
 *
 * Who joins, acks and leaves is traced; all other inputs are derived back from
 * the first record that comes of them.  The machine lives on from round to
 * round, as the module's does, until the module is loaded anew.
 */
#ifndef FUZZ_ORACLE_H
#define FUZZ_ORACLE_H

#include "operation.h"
#include "trace.h"

/**
 * struct moment - what GET_STATE and the page tell at some seq
 * @valid: the machine was at rest there; it is not between the records of one
 *	input
 * @status: what they tell; but for @consumers, and HOST_ACKED may be missing
 *	from the flags, since no record tells that
 * @min_consumers: who joins or leaves writes no record: how many there were
 * @max_consumers: at least, and at most
 */
struct moment {
	bool valid;
	struct vmopnotify_status status;
	u32 min_consumers;
	u32 max_consumers;
};

/** struct checkpoint - the machine at a trace_mark() */
struct checkpoint {
	struct operation machine;
	u64 seq;
};

enum { CHECKPOINTS = 8 };

/**
 * struct replay - what came of a round's trace
 * @first: seq of the first record
 * @n: how many records
 * @records: they, as traced
 * @helpers: for each: a helper was attached that stays, see @stays
 * @moments: for each seq from @first to @first + @n
 * @checkpoints: the machine at each mark
 * @marks: how many there are
 * @acks: ack lines seen, @refused those with an error
 * @host_acks: ACKED was told, as far as records show
 */
struct replay {
	u64 first;
	size_t n;
	struct vmopnotify_event *records;
	bool *helpers;
	struct moment *moments;
	struct checkpoint checkpoints[CHECKPOINTS];
	int marks;
	unsigned long acks, refused, host_acks;
};

/* STAYS - what the application name of a helper begins with that never dies */
#define STAYS "stays"

/** oracle_reset() - the module was loaded anew */
void oracle_reset(void);

/**
 * oracle_replay() - replay a round
 * @trace: its trace
 * @low_s: end_timeout_s in it, at least
 * @high_s: and at most
 * @replay: what came of it; to be freed with oracle_free()
 *
 * Return: whether the machine did what the trace tells; what it did not is told.
 */
bool oracle_replay(const struct trace *trace, u32 low_s, u32 high_s,
		   struct replay *replay);

/** oracle_free() - free what oracle_replay() gave */
void oracle_free(struct replay *replay);

#endif
