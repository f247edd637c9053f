/* SPDX-License-Identifier: GPL-2.0 */
/* What the benchmarks in the guest share beside the tests' guest.h. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>

#include "genl.h"
#include "guest.h"

/* The priority of all that take part in a fan-out, its sender too. */
#define FIFO_PRIORITY 50

/**
 * setting() - a parameter of the run, from the environment
 *
 * What tests/bench/run puts on the kernel's command line gets there by init.
 */
unsigned int setting(const char *name, unsigned int otherwise);

/** say() - a line of the report: TAP's diagnostics */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * prepare_guest() - take out of the measurement what is not to be measured
 *
 * The console gets no messages (it is a serial port, emulated, and slow), the
 * scheduler does not throttle real-time threads, memory is locked, and as many
 * files may be opened as consumers need.
 */
void prepare_guest(void);

/** become_fifo() - give the calling thread FIFO_PRIORITY */
void become_fifo(void);

/** start_thread() - with a small stack, and FIFO_PRIORITY; dies on failure */
pthread_t start_thread(void *(*run)(void *arg), void *arg);

/** struct tally - a number of threads that each say "done" once a round */
struct tally {
	unsigned int wanted;
	unsigned int done;
	sem_t all;
};

/** tally_init() - for @wanted threads */
void tally_init(struct tally *t, unsigned int wanted);

/** tally_done() - the last one wakes who waits */
void tally_done(struct tally *t);

/** tally_wait() - until all have been done, and begin anew */
void tally_wait(struct tally *t);

/** settle() - give @n threads the time to go to sleep */
void settle(unsigned int n);

/** eventfd_ends() - one, as both ends; dies on failure */
void eventfd_ends(int *rx, int *tx);

/** datagram_ends() - a pair of AF_UNIX sockets; dies on failure */
void datagram_ends(int *rx, int *tx);

/** start_message() - START, as the helper sends it */
struct nl_msg *start_message(struct vmop_genl *g, uint64_t id);

/** send_message() - one sendto(), the answer is not waited for */
void send_message(struct vmop_genl *g, struct nl_msg *msg);

/* Where the kernel's tracing is. */
#define TRACING "/sys/kernel/tracing/"

/** clear_trace() - forget what was traced so far */
void clear_trace(void);

/** finish() - the end of a program: a plan, as tests/vm/run wants one */
int finish(void);

#endif
