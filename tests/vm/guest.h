/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the C tests in the guest share: TAP, the device, and the helper's side
 * of the netlink family.
 */
#ifndef VM_GUEST_H
#define VM_GUEST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <linux/vmopnotify.h>

#include "genl.h"

/* How long a condition is waited for before the check fails. */
#define PATIENCE_MS 10000

/** ok() - one check; @fmt names the behaviour that it holds */
bool ok(bool passed, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** is() - the same, for two numbers: shows both where they differ */
bool is(long long got, long long wanted, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** like() - the same, for a text that holds another */
bool like(const char *got, const char *wanted, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** done() - print the plan; Return: the exit status for main() */
int done(void);

/** dev_open() - open the device; Return: a file descriptor or -errno */
int dev_open(int flags);

/** dev_join() - JOIN; Return: 0 or -errno */
int dev_join(int fd, const char *name, unsigned int stage);

/** dev_consumer() - open and join; dies where that fails */
int dev_consumer(const char *name, unsigned int stage);

/** dev_ack() - ACK; Return: 0 or -errno */
int dev_ack(int fd, uint64_t id, int result);

/** dev_leave() - LEAVE; Return: 0 or -errno */
int dev_leave(int fd);

/** dev_status() - GET_STATE; dies where that fails */
struct vmopnotify_status dev_status(int fd);

/**
 * dev_next() - wait for a record and read it
 *
 * Return: 0; -ETIMEDOUT: none within PATIENCE_MS; or read()'s -errno.
 */
int dev_next(int fd, struct vmopnotify_event *ev);

/** dev_await() - read on to a record of this type; Return: as dev_next() */
int dev_await(int fd, uint32_t type, struct vmopnotify_event *ev);

/** dev_drain() - read all there is; Return: how many records */
int dev_drain(int fd);

/** dev_has_state() - does GET_STATE tell this within PATIENCE_MS? */
bool dev_has_state(int fd, uint32_t state);

/** genl_error - the kernel's words for the last request's refusal */
extern char genl_error[VMOP_ERR_LEN];

/** helper_open() - a socket of the family; dies where that fails */
struct vmop_genl *helper_open(void);

/** helper_attached() - the same, attached with a timeout of 60 s */
struct vmop_genl *helper_attached(void);

/* Commands; Return: 0 or -errno, with genl_error set. */
int helper_attach(struct vmop_genl *g, const char *app_name);
int helper_detach(struct vmop_genl *g);
int helper_start(struct vmop_genl *g, uint64_t id, uint32_t timeout_ms,
		 uint32_t flags);
int helper_end(struct vmop_genl *g, uint64_t id, uint32_t flags);
int helper_timeout_change(struct vmop_genl *g, uint32_t timeout_ms);
int helper_acked(struct vmop_genl *g, uint64_t id);

/** struct reply - the answer to GET, or a READY, as far as tests look at it */
struct reply {
	uint8_t cmd;
	uint32_t state, flags, consumers, pending, pid;
	uint64_t operation_id;
	char app_name[VMOPNOTIFY_TEXT_LEN];
};

/** helper_get() - GET; Return: 0 or -errno */
int helper_get(struct vmop_genl *g, struct reply *reply);

/** helper_ready() - wait for a READY; Return: 0 or -ETIMEDOUT */
int helper_ready(struct vmop_genl *g, struct reply *ready);

/** helper_is_quiet() - is no message waiting? */
bool helper_is_quiet(struct vmop_genl *g);

/**
 * spawn() - a process that does @act(@arg) and then waits to be buried
 *
 * Return: its pid, once @act has returned.
 */
pid_t spawn(void (*act)(void *arg), void *arg);

/** bury() - kill a process, and see it gone */
void bury(pid_t pid);

/** write_file() - Return: 0 or -errno */
int write_file(const char *path, const char *text);

/** read_file() - its text without the line's end; dies where that fails */
const char *read_file(const char *path);

/** become_nobody() - give up all privileges */
void become_nobody(void);

/** die() - this test cannot go on */
void die(const char *fmt, ...)
	__attribute__((format(printf, 1, 2), noreturn));

#define SYSFS "/sys/kernel/vmopnotify/"
#define PARAM "/sys/module/vmopnotify/parameters/"

#endif
