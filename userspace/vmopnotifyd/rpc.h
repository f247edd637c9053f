/* SPDX-License-Identifier: GPL-2.0 */
/*
 * RPCs to the host, over whichever transport reaches it.
 *
 * One at a time, and never waiting: what comes of one is told from the event
 * loop.
 */
#ifndef VMOPD_RPC_H
#define VMOPD_RPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <systemd/sd-event.h>

#include "config.h"

/* RPC_OUTPUT_MAX - the most that is taken of a reply, or of stdout and stderr. */
#define RPC_OUTPUT_MAX	(64 * 1024)

/**
 * enum rpc_status - what came of an RPC
 * @RPC_OK: there is a reply in @out
 * @RPC_FAILED: it was refused; @err says more, @code is a command's exit code
 * @RPC_NOT_FOUND: the command, or the library, is not installed
 * @RPC_NOT_EXECUTABLE: it is there but cannot be used
 * @RPC_NOT_STARTED: it could not be started, @code is the errno
 * @RPC_TIMED_OUT: it took too long: a command was killed, a call into the
 *	library goes on
 * @RPC_SIGNALED: it died of a signal, @code; of the library, the process that
 *	tried it first
 * @RPC_TOO_LARGE: it gave more than %RPC_OUTPUT_MAX; a command was killed
 * @RPC_NO_HOST: the library says that VMware does not run this machine
 * @RPC_STUCK: an earlier RPC that took too long still hangs in the library, for
 *	@code seconds by now
 */
enum rpc_status {
	RPC_OK,
	RPC_FAILED,
	RPC_NOT_FOUND,
	RPC_NOT_EXECUTABLE,
	RPC_NOT_STARTED,
	RPC_TIMED_OUT,
	RPC_SIGNALED,
	RPC_TOO_LARGE,
	RPC_NO_HOST,
	RPC_STUCK,
};

/**
 * struct rpc_result - what came of an RPC, and what it wrote
 * @status: &enum rpc_status
 * @code: by @status
 * @in_process: the library brought it, not the command
 * @late_ms: it answers the same RPC sent so much earlier; 0 if it is not late
 * @out: the reply; NUL-terminated, but may hold NULs too
 * @out_len: its length
 * @err: what came on the side: of a command, stderr; of the library, why it
 *	failed, in its words or the host's
 * @err_len: its length
 */
struct rpc_result {
	enum rpc_status status;
	int code;
	bool in_process;
	int64_t late_ms;
	char *out;
	size_t out_len;
	char *err;
	size_t err_len;
};

/**
 * typedef rpc_done - told once for each RPC sent
 * @result: gone when the callback returns; it may change the bytes
 * @arg: what was given with the callback
 *
 * It may send the next RPC.
 */
typedef void (*rpc_done)(struct rpc_result *result, void *arg);

/**
 * typedef rpc_back - told when a reply has come that nobody waits for any more
 * @arg: what was given with the callback
 *
 * It is told once the same RPC is sent again.
 */
typedef void (*rpc_back)(void *arg);

struct rpc;

/**
 * struct rpc_ops - what a transport does
 * @name: as the configuration calls it
 * @open: make its private part; @cfg stays the caller's, who may change times
 *	and paths in it between RPCs
 * @send: begin one RPC; @done is called from the event loop, whatever comes
 * @cancel: give up the RPC in flight; @done is not called any more
 * @on_back: who is to be told of late replies; NULL where none can come
 * @hangs: is an RPC under way that nobody waits for any more?  Not where
 *	@on_back is NULL
 * @close: cancel, free
 */
struct rpc_ops {
	const char *name;
	int (*open)(struct rpc **rpc, const struct config *cfg,
		    sd_event *loop);
	void (*send)(struct rpc *rpc, const char *command, rpc_done done,
		     void *arg);
	void (*cancel)(struct rpc *rpc);
	void (*on_back)(struct rpc *rpc, rpc_back back, void *arg);
	bool (*hangs)(const struct rpc *rpc);
	void (*close)(struct rpc *rpc);
};

extern const struct rpc_ops rpc_vmtoolsd;
extern const struct rpc_ops rpc_libvmtools;
extern const struct rpc_ops rpc_auto;

/**
 * rpc_transport - the transport that the configuration asks for
 * @cfg: the configuration
 *
 * Return: its operations.
 */
const struct rpc_ops *rpc_transport(const struct config *cfg);

/**
 * rpc_describe - say what came of an RPC, for people
 * @result: what came of it
 * @cfg: the configuration, for names and times
 * @buf: where to put it
 * @size: of @buf
 *
 * Return: @buf.
 */
const char *rpc_describe(const struct rpc_result *result,
			 const struct config *cfg, char *buf, size_t size);

#endif /* VMOPD_RPC_H */
