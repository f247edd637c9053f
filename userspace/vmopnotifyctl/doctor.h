/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vmopnotifyctl doctor: what is looked at, and what is thought of it.
 *
 * Facts are gathered once; each check is a function of them, and of files that
 * nothing but it looks at.  Nothing that is done here changes anything: of the
 * RPCs to the host only "list" is sent, which takes no event off its queue.
 */
#ifndef VMOPNOTIFYCTL_DOCTOR_H
#define VMOPNOTIFYCTL_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"

/**
 * enum doctor_level - what a check came to
 * @DOCTOR_OK: all is well
 * @DOCTOR_UNKNOWN: it cannot be known from here; what is not known is not held
 *	against anybody
 * @DOCTOR_WARNING: it works, but may not always
 * @DOCTOR_FAILURE: it does not work
 */
enum doctor_level {
	DOCTOR_OK,
	DOCTOR_UNKNOWN,
	DOCTOR_WARNING,
	DOCTOR_FAILURE,
};

/**
 * struct doctor_finding - what a check came to, in words
 * @level: &enum doctor_level
 * @text: what was found
 * @next: the next step to take; empty where there is none
 */
struct doctor_finding {
	enum doctor_level level;
	char text[256];
	char next[256];
};

/**
 * enum doctor_rpc - what came of asking the host for its list
 * @DOCTOR_RPC_NONE: it was not asked: there is no vmtoolsd that runs
 * @DOCTOR_RPC_ANSWERED: it answered
 * @DOCTOR_RPC_NOT_ENABLED: the feature is off for this machine
 * @DOCTOR_RPC_NO_SERVICE: the host does not know the RPC
 * @DOCTOR_RPC_TIMED_OUT: no answer came in time
 * @DOCTOR_RPC_FAILED: anything else
 */
enum doctor_rpc {
	DOCTOR_RPC_NONE,
	DOCTOR_RPC_ANSWERED,
	DOCTOR_RPC_NOT_ENABLED,
	DOCTOR_RPC_NO_SERVICE,
	DOCTOR_RPC_TIMED_OUT,
	DOCTOR_RPC_FAILED,
};

/**
 * struct doctor - the facts
 * @root: what paths of the system begin with, "" but in tests
 * @signature: the hypervisor's, as CPUID tells it, "VMwareVMware"; empty where
 *	the processor has none to tell
 * @vendor: DMI's system vendor
 * @product: DMI's product name
 * @config: the helper's configuration
 * @config_error: why that could not be read; empty where it could
 * @tools_error: the errno of why vmtoolsd did not run, negative; 0: it did
 * @tools_status: its exit status, when it was asked for its version
 * @tools_version: what it said of its version
 * @rpc: &enum doctor_rpc
 * @rpc_text: the host's words, or vmtoolsd's, for what went wrong
 * @apps: who is registered at the host, separated by commas
 * @app_count: how many
 * @kernel_error: why the module cannot be asked; empty where it can
 * @abi_version: the module's
 * @has_helper: a helper is attached
 * @app_name: under this name
 * @helper: its program and version
 * @helper_pid: its process id; 0 where it is not visible here
 * @timeout_ms: the timeout that the host granted
 * @expected_ms: how long the consumers say they need, stage after stage
 */
struct doctor {
	const char *root;
	char signature[16];
	char vendor[64];
	char product[64];
	struct config config;
	char config_error[256];
	int tools_error;
	int tools_status;
	char tools_version[128];
	enum doctor_rpc rpc;
	char rpc_text[256];
	char apps[256];
	unsigned int app_count;
	char kernel_error[256];
	uint32_t abi_version;
	bool has_helper;
	char app_name[VMOPNOTIFY_TEXT_LEN];
	char helper[VMOPNOTIFY_TEXT_LEN];
	uint32_t helper_pid;
	uint32_t timeout_ms;
	uint64_t expected_ms;
};

/**
 * struct doctor_check - a check
 * @name: what it is called
 * @check: looks; @f is zero, which is %DOCTOR_OK without a word
 */
struct doctor_check {
	const char *name;
	void (*check)(const struct doctor *d, struct doctor_finding *f);
};

extern const struct doctor_check doctor_checks[];
extern const size_t doctor_check_count;

/**
 * doctor_gather - gather the facts
 * @d: zero, but for @root and @signature
 * @config_path: the helper's configuration file
 */
void doctor_gather(struct doctor *d, const char *config_path);

/**
 * doctor_take_list - take what the host says of who is registered
 * @d: where to put it
 * @text: its answer, a JSON object; other bytes do no harm
 */
void doctor_take_list(struct doctor *d, const char *text);

/**
 * doctor_read - the first line of a file of the system's
 * @d: for the root
 * @path: the file
 * @buf: where to put it, cleaned, without its end; "" where there is none
 * @len: size of @buf
 *
 * Return: true where there is one.
 */
bool doctor_read(const struct doctor *d, const char *path, char *buf,
		 size_t len);

/**
 * doctor_path - a path of the system's
 * @d: for the root
 * @path: the path
 * @buf: where to put it
 * @len: size of @buf
 *
 * Return: @buf.
 */
const char *doctor_path(const struct doctor *d, const char *path, char *buf,
			size_t len);

#endif /* VMOPNOTIFYCTL_DOCTOR_H */
