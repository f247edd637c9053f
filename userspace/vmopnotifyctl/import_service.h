/* SPDX-License-Identifier: GPL-2.0 */
/* Is the Python service running? */
#ifndef VMOPNOTIFYCTL_IMPORT_SERVICE_H
#define VMOPNOTIFYCTL_IMPORT_SERVICE_H

#include <sys/types.h>

/* SERVICE_SCRIPT - the service's program, which an interpreter runs. */
#define SERVICE_SCRIPT	"vmnotification.py"

/**
 * service_pid - look for the service
 * @proc: where the processes are, "/proc"
 *
 * Return: the id of a process that is the service, or 0.
 */
pid_t service_pid(const char *proc);

#endif /* VMOPNOTIFYCTL_IMPORT_SERVICE_H */
