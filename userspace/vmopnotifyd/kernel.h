/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's side: what the daemon tells the module, and hears from it.
 *
 * All functions return 0 or a negative errno, with the kernel's own words in
 * @err, which holds %VMOP_ERR_LEN bytes.
 */
#ifndef VMOPD_KERNEL_H
#define VMOPD_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/vmopnotify.h>

#include "genl.h"
#include "token.h"

/**
 * struct kernel_view - where the module stands
 * @state: &enum vmopnotify_state
 * @timeout_ms: in force
 * @open: an operation is open
 * @operation_id: its id
 * @operation_type: the host's word for it
 * @flags: VMOPNOTIFY_F_* of it
 * @start_ns: when it began, CLOCK_MONOTONIC
 * @deadline_ns: its deadline, CLOCK_MONOTONIC
 * @helper_pid: of the attached helper, 0 if there is none
 * @helper: what it is
 * @app_name: what it is registered as
 * @last_status: &enum vmopnotify_end_status of the last operation
 * @last_quiesce_ns: its time from start to quiesced
 * @last_stun_ns: its stun, 0 if none was seen
 */
struct kernel_view {
	uint32_t state;
	uint32_t timeout_ms;
	bool open;
	uint64_t operation_id;
	char operation_type[VMOPNOTIFY_NAME_LEN];
	uint32_t flags;
	uint64_t start_ns;
	uint64_t deadline_ns;
	uint32_t helper_pid;
	char helper[VMOPNOTIFY_TEXT_LEN];
	char app_name[VMOPNOTIFY_TEXT_LEN];
	uint32_t last_status;
	uint64_t last_quiesce_ns;
	uint64_t last_stun_ns;
};

/**
 * kernel_get - ask where the module stands
 * @g: the socket
 * @view: where to put it
 * @err: text of an error
 *
 * Return: see above.
 */
int kernel_get(struct vmop_genl *g, struct kernel_view *view, char *err);

/**
 * kernel_attach - speak for the host from now on
 * @g: the socket
 * @app_name: the name registered at the host
 * @terms: what the host granted
 * @view: where the module stands now
 * @err: text of an error
 *
 * Return: see above; -EBUSY if another helper is attached.
 */
int kernel_attach(struct vmop_genl *g, const char *app_name,
		  const struct terms *terms, struct kernel_view *view,
		  char *err);

/**
 * kernel_detach - the registration is given up
 * @g: the socket
 * @err: text of an error
 *
 * Return: see above.
 */
int kernel_detach(struct vmop_genl *g, char *err);

/**
 * kernel_start - the host announced an operation
 * @g: the socket
 * @id: its id
 * @type: the host's word for it
 * @timeout_ms: how long the host waits
 * @age_ms: how long ago it began to
 * @err: text of an error
 *
 * Return: see above; -EALREADY if it is open, -ESTALE if it is too old.
 */
int kernel_start(struct vmop_genl *g, uint64_t id, const char *type,
		 uint32_t timeout_ms, uint32_t age_ms, char *err);

/**
 * kernel_end - the host reported an operation's end
 * @g: the socket
 * @id: its id
 * @success: it succeeded
 * @text: the host's word for how it ended
 * @err: text of an error
 *
 * Return: see above.
 */
int kernel_end(struct vmop_genl *g, uint64_t id, bool success,
	       const char *text, char *err);

/**
 * kernel_timeout_change - the host waits longer or shorter from now on
 * @g: the socket
 * @timeout_ms: how long
 * @err: text of an error
 *
 * Return: see above.
 */
int kernel_timeout_change(struct vmop_genl *g, uint32_t timeout_ms, char *err);

/**
 * kernel_acked - the host has been told that all are quiet
 * @g: the socket
 * @id: of which operation
 * @err: text of an error
 *
 * Return: see above; -ESTALE if it is not open any more.
 */
int kernel_acked(struct vmop_genl *g, uint64_t id, char *err);

#endif /* VMOPD_KERNEL_H */
