/* SPDX-License-Identifier: GPL-2.0 */
/*
 * migration - a guest goes from one host to the other, in phases
 *
 * Up to the phase "resume" a failure, or a cancel, leaves the guest running
 * where it was, with nothing left on the other host.  From there on the guest
 * has moved, and what fails is a matter of cleaning up.
 */
#ifndef LAB_MIGRATION_H
#define LAB_MIGRATION_H

#include <signal.h>

#include "machine.h"
#include "report.h"
#include "sim.h"
#include "state.h"

/* What came of it; and vmotion's exit status. */
enum outcome {
	MIGRATED,
	FAILED,
	CANNOT_BEGIN,
	NOT_CLEAN,
};

/**
 * struct migration_options - what one may ask for
 * @timeout_s: how long the host waits for the ack; -1: as it is set to
 * @dest_timeout_s: the other host's; -1: as it is set to
 * @fail: the phase that is to fail; NULL: none
 * @stun_ms: how long to stop the guest's process where it resumes; 0: not
 * @bandwidth_mib: MiB a second at most; 0: no limit
 * @json: print what goes to the log
 */
struct migration_options {
	int64_t timeout_s;
	int64_t dest_timeout_s;
	const char *fail;
	int64_t stun_ms;
	int64_t bandwidth_mib;
	bool json;
};

/**
 * struct migration_result - the figures of one
 * @ack: what came of the announcement
 * @ack_ms: after how long it was acked
 * @downtime_ms: what QEMU says that it was stopped for
 * @stun_ms: how long the process was stopped in addition
 * @total_ms: of all of it
 */
struct migration_result {
	enum sim_ack ack;
	int64_t ack_ms;
	double downtime_ms;
	double stun_ms;
	double total_ms;
};

/**
 * struct migration - one that is under way
 * @opt: what was asked for
 * @report: where to tell of it
 * @state: what is left for who comes after
 * @from: the host that the guest runs on
 * @to: the host that it goes to
 * @src: the QEMU there
 * @dst: the QEMU here; for a time, that which is to try whether it fits
 * @id: the operation, at the simulated host
 * @announced: it has an end to come
 * @ran: the guest ran when it began
 * @reserved: the reservation is ours
 * @resumed: the guest has moved
 * @unclean: something failed after that
 * @cancelled: somebody asked for it to end
 * @stopped_ns: when the source was seen to be stopped
 * @text: what a phase has to say
 * @why: why it failed
 * @more: what else it has to say, for programs
 * @result: the figures
 */
struct migration {
	const struct migration_options *opt;
	struct report report;
	struct state state;
	const char *from;
	const char *to;
	struct machine src;
	struct machine dst;
	uint64_t id;
	bool announced;
	bool ran;
	bool reserved;
	bool resumed;
	bool unclean;
	bool cancelled;
	int64_t stopped_ns;
	struct buf text;
	struct buf why;
	cJSON *more;
	struct migration_result result;
};

/**
 * migration_asked_to_end - set by a signal: the migration is to end
 */
extern volatile sig_atomic_t migration_asked_to_end;

/**
 * migration_run - migrate the guest
 * @opt: how
 * @result: becomes the figures
 * @why: where it cannot begin, why
 *
 * The caller has the lock, and has cleaned up by recover().
 *
 * Return: what came of it.
 */
enum outcome migration_run(const struct migration_options *opt,
			   struct migration_result *result, struct buf *why);

/**
 * migration_recover - clean up after one that was killed in the middle
 * @text: becomes what was done; stays empty where there was nothing to do
 * @why: why it failed
 *
 * The guest goes on where it is whole; the other host is cleared, and an end
 * announced if it is due.  Where that cannot be done now, all is left for the
 * next one to try.  The caller has the lock.
 *
 * Return: whether all is in order.
 */
bool migration_recover(struct buf *text, struct buf *why);

#endif
