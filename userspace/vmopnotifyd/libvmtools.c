// SPDX-License-Identifier: GPL-2.0
/* VMware's library, opened at run time. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libvmtools.h"

/* Takes nothing off the host's queue, and any answer to it will do. */
#define HARMLESS	"vm-operation-notification.list"

int libvmtools_load(struct libvmtools *lib, const char *path, char *err,
		    size_t errlen)
{
	struct libvmtools l = { };

	l.handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!l.handle) {
		snprintf(err, errlen, "%s", dlerror());
		return -ENOENT;
	}
	*(void **)&l.send = dlsym(l.handle, "RpcChannel_SendOneRaw");
	if (!l.send) {
		snprintf(err, errlen, "%s", dlerror());
		dlclose(l.handle);
		return -ENOEXEC;
	}
	*(void **)&l.release = dlsym(l.handle, "RpcChannel_Free");
	if (!l.release)
		l.release = free;
	*(void **)&l.check = dlsym(l.handle, "VmCheck_IsVirtualWorld");
	*lib = l;
	return 0;
}

/*
 * In the child.  Descriptors are closed first, as with the netlink socket it
 * would keep us attached after our death; the library opens its own.
 */
__attribute__((noreturn))
static void try_it(const struct libvmtools *lib, pid_t parent)
{
	int null = open("/dev/null", O_RDWR);
	size_t len = 0;
	sigset_t none;
	char *reply = NULL;

	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	/* A crash is an answer here, and no cause for a core dump. */
	if (null < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ||
	    prctl(PR_SET_DUMPABLE, 0) < 0 ||
	    sigprocmask(SIG_SETMASK, &none, NULL) < 0 ||
	    dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0 ||
	    close_range(3, ~0U, 0) < 0)
		_exit(TRIAL_FAILED);
	/* We may have died before that was set. */
	if (getppid() != parent)
		_exit(TRIAL_FAILED);
	if (lib->check && !lib->check())
		_exit(TRIAL_NO_HOST);
	lib->send(HARMLESS, strlen(HARMLESS), &reply, &len);
	_exit(TRIAL_WELL);
}

pid_t libvmtools_try(const struct libvmtools *lib, int *pidfd)
{
	pid_t parent = getpid();
	pid_t pid = fork();
	int ret;

	if (!pid)
		try_it(lib, parent);
	if (pid < 0)
		return -errno;
	*pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (*pidfd >= 0)
		return pid;
	ret = -errno;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return ret;
}
