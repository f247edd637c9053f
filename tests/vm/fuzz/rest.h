/* SPDX-License-Identifier: GPL-2.0 */
/* What all that tell the state say while no thread does anything. */
#ifndef FUZZ_REST_H
#define FUZZ_REST_H

#include "netlink.h"
#include "oracle.h"

/** struct told - all that was told at a mark of the trace */
struct told {
	struct vmopnotify_status status;
	struct vmopnotify_status page;
	bool page_read;
	u64 seq_after;
	struct message get;
	char state[16], consumers[16], operations[24], expired[24];
	char pending[16], last_result[16], operation_id[24];
};

/** rest_ask() - ask all of them, with a mark in the trace before it */
void rest_ask(struct worker *w, struct socket *s, struct told *told);

/** rest_check() - hold it against the machine as it was at the mark */
void rest_check(struct told *told, const struct checkpoint *at);

#endif
