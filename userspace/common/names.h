/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Words for the ABI's numbers, one list for every program, so that what the
 * tool prints, what the daemon logs and what a user types are the same.
 */
#ifndef VMOP_NAMES_H
#define VMOP_NAMES_H

#include <stddef.h>
#include <stdint.h>

/**
 * vmop_state_name - the word for a state
 * @state: &enum vmopnotify_state
 *
 * Return: "idle", "quiescing", ...; "unknown" for what this header's version
 * does not know.  Never NULL.
 */
const char *vmop_state_name(uint32_t state);

/**
 * vmop_state_by_name - the state of a word
 * @name: as vmop_state_name() gives it
 *
 * Return: &enum vmopnotify_state, or -EINVAL.
 */
int vmop_state_by_name(const char *name);

/**
 * vmop_event_name - the word for an event type
 * @type: &enum vmopnotify_event_type
 *
 * Return: "start", "timeout-change", ...; "unknown".  Never NULL.
 */
const char *vmop_event_name(uint32_t type);

/**
 * vmop_event_by_name - the event type of a word
 * @name: as vmop_event_name() gives it
 *
 * Return: &enum vmopnotify_event_type, or -EINVAL.
 */
int vmop_event_by_name(const char *name);

/**
 * vmop_end_name - the word for how an operation ended
 * @status: &enum vmopnotify_end_status
 *
 * Return: "none", "success", "failed", "lost"; "unknown".  Never NULL.
 */
const char *vmop_end_name(uint32_t status);

/**
 * vmop_end_by_name - the end status of a word
 * @name: as vmop_end_name() gives it
 *
 * Return: &enum vmopnotify_end_status, or -EINVAL.
 */
int vmop_end_by_name(const char *name);

/**
 * vmop_flag_name - the word for one flag
 * @flag: one bit of VMOPNOTIFY_F_*
 *
 * Return: "drill", "host-acked", ..., or NULL for a bit without a name.
 */
const char *vmop_flag_name(uint32_t flag);

/**
 * vmop_flag_by_name - the flag of a word
 * @name: as vmop_flag_name() gives it
 *
 * Return: the bit, or 0 for no such flag.
 */
uint32_t vmop_flag_by_name(const char *name);

/**
 * vmop_flags_text - the words for a set of flags
 * @flags: VMOPNOTIFY_F_*
 * @buf: where to write, "drill,late"; bits without a name come last, in hex
 * @len: size of @buf; what does not fit is cut
 *
 * Return: @buf, an empty string for no flags.
 */
char *vmop_flags_text(uint32_t flags, char *buf, size_t len);

#endif /* VMOP_NAMES_H */
