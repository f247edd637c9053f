/* SPDX-License-Identifier: GPL-2.0 */
/*
 * VMware's library, opened at run time: it need not be installed.
 *
 * It reaches the hypervisor by an instruction that is a fault (SIGSEGV) where
 * VMware does not run the machine.  Its own check, VmCheck_IsVirtualWorld(),
 * which vmtoolsd makes before each RPC, catches that fault with handlers for
 * the whole process and a jump out of them, and RPCs themselves catch nothing.
 * So the check is not for a process with other threads, or with anything to
 * lose: a child makes it once, and sends a first RPC, before this process
 * calls the library.  What the machine is does not change afterwards.
 */
#ifndef VMOPD_LIBVMTOOLS_H
#define VMOPD_LIBVMTOOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/**
 * struct libvmtools - the library
 * @handle: of dlopen(), NULL while it is not loaded
 * @send: RpcChannel_SendOneRaw(): sends @len bytes and waits for the reply,
 *	for as long as that takes; returns nonzero if the host did it.  *@reply
 *	is then its reply, else why not, or NULL; it ends in NUL
 * @release: RpcChannel_Free(), or free(), for such replies
 * @check: VmCheck_IsVirtualWorld(), NULL if the library does not export it
 */
struct libvmtools {
	void *handle;
	int (*send)(const char *data, size_t len, char **reply,
		    size_t *reply_len);
	void (*release)(void *reply);
	char (*check)(void);
};

/**
 * libvmtools_load - open the library
 * @lib: where to put it; it is never closed, as glib cannot be
 * @path: a path, or a name that the dynamic linker finds
 * @err: where to put what the dynamic linker says
 * @errlen: size of @err
 *
 * Return: 0; -ENOENT if it cannot be loaded; -ENOEXEC if it is another one.
 */
int libvmtools_load(struct libvmtools *lib, const char *path, char *err,
		    size_t errlen);

/**
 * enum libvmtools_trial - the exit code of a child of libvmtools_try()
 * @TRIAL_WELL: the library may be called here
 * @TRIAL_NO_HOST: VMware does not run this machine
 * @TRIAL_FAILED: the child could not be set up
 *
 * A library that crashes kills the child.
 */
enum libvmtools_trial {
	TRIAL_WELL = 0,
	TRIAL_NO_HOST = 3,
	TRIAL_FAILED = 4,
};

/**
 * libvmtools_try - have a child find out whether the library works here
 * @lib: the library
 * @pidfd: where to put a descriptor that is readable once the child has ended
 *
 * The caller must have no other thread yet, or the child may find a lock that
 * nobody will ever release.  The child dies with the caller.
 *
 * Return: the child, to be killed if it takes too long, and waited for; or a
 * negative errno.
 */
pid_t libvmtools_try(const struct libvmtools *lib, int *pidfd);

#endif /* VMOPD_LIBVMTOOLS_H */
