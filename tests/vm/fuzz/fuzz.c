// SPDX-License-Identifier: GPL-2.0
/* The threads, the rounds, and the verdict; see fuzz.h. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "netlink.h"
#include "oracle.h"
#include "rest.h"

/* A round that takes longer hangs. */
enum { ROUND_MS = 60000 };

/* In this many rounds the module is loaded anew, on the average. */
enum { ROUNDS_PER_LOAD = 6 };

enum { MAX_ACTIONS = 128 };

/* The module's default. */
enum { RING_SIZE = 1024 };

struct fuzz fuzz = { .threads = 6, .actions = 500 };

static const struct action *actions[MAX_ACTIONS];
static unsigned long times_done[MAX_ACTIONS], times_refused[MAX_ACTIONS];
static unsigned int n_actions, total_weight;

/* The threads, and one more: who ends the round. */
static struct worker *workers;
static atomic_uint running;

static unsigned int flaws[CONCERNS];
static unsigned long records_replayed, acks_replayed, host_acks_replayed;
static unsigned long times_by_type[VMOPNOTIFY_EVENT_END + 1];

bool flaw(enum concern concern, const char *fmt, ...)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	va_list args;

	pthread_mutex_lock(&lock);
	/* One tends to bring others. */
	if (flaws[concern]++ < 10) {
		printf("# ");
		va_start(args, fmt);
		vprintf(fmt, args);
		va_end(args);
		printf("\n");
	}
	pthread_mutex_unlock(&lock);
	return false;
}

static bool is_flawless(void)
{
	int i;

	for (i = 0; i < CONCERNS; i++)
		if (flaws[i])
			return false;
	return true;
}

void *pile_add(struct pile *pile, size_t size)
{
	if ((pile->n + 1) * size > pile->size) {
		pile->size = 2 * pile->size + 64 * size;
		pile->data = realloc(pile->data, pile->size);
		if (!pile->data)
			die("no memory for what was seen");
	}
	return pile->data + pile->n++ * size;
}

int allowed(struct worker *w, int ret, const int *errors)
{
	if (ret >= 0)
		return ret;
	return refused_as(w, ret, errors);
}

int refused_as(struct worker *w, int ret, const int *errors)
{
	for (; *errors; errors++)
		if (ret == -*errors)
			return ret;
	flaw(ANSWERS, "%s: answered %d (thread %u, action %u)", w->doing, ret,
	     w->index, w->action);
	return ret;
}

static void add_actions(const struct action *some)
{
	for (; some->name; some++) {
		actions[n_actions++] = some;
		total_weight += some->weight;
	}
}

static unsigned int pick_action(struct chance *c)
{
	unsigned int at = chance_below(c, total_weight), i;

	for (i = 0; at >= actions[i]->weight; i++)
		at -= actions[i]->weight;
	return i;
}

static void act(struct worker *w)
{
	unsigned int i;
	int ret;

	w->chance = chance_of(fuzz.seed, fuzz.round, w->index, w->action);
	i = pick_action(&w->chance);
	w->doing = actions[i]->name;
	ret = actions[i]->act(w);
	if (ret == NOT_DONE)
		return;
	__atomic_fetch_add(ret < 0 ? &times_refused[i] : &times_done[i], 1,
			   __ATOMIC_RELAXED);
}

static void *work(void *arg)
{
	struct worker *w = arg;

	for (w->action = 0; w->action < fuzz.actions; w->action++)
		act(w);
	w->doing = "done";
	running--;
	return NULL;
}

static void begin_worker(struct worker *w)
{
	int i;

	for (i = 0; i < FILES; i++)
		w->files[i] = (struct file){ .fd = -1 };
	w->next_seq = 0;
	w->action = 0;
	w->records.n = w->statuses.n = w->readies.n = w->events.n = 0;
}

static void hang(void)
{
	unsigned int i;

	printf("# seed %llu, round %u hangs:\n", fuzz.seed, fuzz.round);
	for (i = 0; i < fuzz.threads; i++)
		printf("# thread %u, action %u: %s\n", i, workers[i].action,
		       workers[i].doing);
	errno = ETIMEDOUT;
	die("a round does not end");
}

/* Wait for the threads; those that wait for a record get a signal, at times. */
static void watch(void)
{
	unsigned int i, ms;

	for (ms = 0; running; ms += 5) {
		if (ms > ROUND_MS)
			hang();
		usleep(5000);
		for (i = 0; i < fuzz.threads; i++)
			if (workers[i].may_block)
				pthread_kill(workers[i].thread, SIGUSR1);
	}
}

static void run_threads(void)
{
	unsigned int i;

	running = fuzz.threads;
	for (i = 0; i < fuzz.threads; i++)
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]))
			die("pthread_create");
	watch();
	for (i = 0; i < fuzz.threads; i++)
		pthread_join(workers[i].thread, NULL);
}

static void set_params(void)
{
	if (write_file(PARAM "end_timeout_s", "1") ||
	    write_file(PARAM "max_consumers", "1024") ||
	    write_file(PARAM "stun_sample_us", "1000"))
		die("parameters");
}

static void begin_round(void)
{
	unsigned int i;

	set_params();
	fuzz.end_timeout_low_s = 1;
	fuzz.end_timeout_high_s = 1;
	for (i = 0; i <= fuzz.threads; i++)
		begin_worker(&workers[i]);
	memset(fuzz.readers, 0, fuzz.threads * fuzz.actions *
				sizeof(*fuzz.readers));
	fuzz.n_readers = 0;
	fuzz.readies_lost = false;
	device_begin();
	netlink_begin();
	trace_start();
	fuzz.guard = dev_open(O_RDONLY | O_NONBLOCK);
	fuzz.page = fuzz.guard < 0 ? NULL : page_map(fuzz.guard);
	if (!fuzz.page)
		die("no device");
}

static void close_all(struct worker *last)
{
	unsigned int i;

	for (i = 0; i < fuzz.threads; i++) {
		device_close_all(&workers[i]);
		page_unmap_all(&workers[i]);
	}
	device_end();
	netlink_end(last);
}

/* All that was joined and attached is gone; what is open comes to its end. */
static void settle(struct worker *last, struct socket *s)
{
	struct vmopnotify_status status;
	struct message m;

	if (ioctl(fuzz.guard, VMOPNOTIFY_IOC_GET_STATE, &status))
		die("GET_STATE");
	if (status.consumers)
		flaw(REST, "all is closed, and %u consumers are left",
		     status.consumers);
	message_attach(&m, ++s->seq, "dies", 60000, false);
	if (socket_exchange(last, s, &m, NULL))
		flaw(REST, "no helper is left, and none may attach");
	set_params();
	netlink_settle(last, s);
}

static void end_round(struct told *told)
{
	struct worker *last = &workers[fuzz.threads];
	struct socket s = { .fd = socket_open(false) };

	last->doing = "the end";
	last->chance = chance_of(fuzz.seed, fuzz.round, fuzz.threads, 0);
	process_end();
	rest_ask(last, &s, &told[0]);
	close_all(last);
	rest_ask(last, &s, &told[1]);
	settle(last, &s);
	rest_ask(last, &s, &told[2]);
	close(s.fd);
	munmap((void *)fuzz.page, getpagesize());
	close(fuzz.guard);
	trace_stop();
}

static void count(const struct replay *replay)
{
	size_t i;

	records_replayed += replay->n;
	acks_replayed += replay->acks;
	host_acks_replayed += replay->host_acks;
	for (i = 0; i < replay->n; i++)
		times_by_type[replay->records[i].type]++;
}

static void judge(struct told *told)
{
	const char *unreliable;
	struct replay replay;
	struct trace trace;
	int i;

	unreliable = trace_read(&trace);
	if (unreliable) {
		flaw(TRACE, "%s", unreliable);
	} else if (!oracle_replay(&trace, fuzz.end_timeout_low_s,
				  fuzz.end_timeout_high_s, &replay)) {
		flaw(TRACE, "the trace is not what the machine does");
	} else {
		verify(workers, &replay);
		for (i = 0; i < replay.marks; i++)
			rest_check(&told[i], &replay.checkpoints[i]);
		count(&replay);
		oracle_free(&replay);
	}
	trace_free(&trace);
}

static bool unload(void)
{
	return !syscall(SYS_delete_module, "vmopnotify", O_NONBLOCK) ||
	       flaw(REST, "nothing is open, and the module does not go: errno %d",
		    errno);
}

static void load_anew(unsigned int ring_size)
{
	char command[128];

	if (!unload())
		return;
	snprintf(command, sizeof(command),
		 ". /lab/lib.sh; load /lab/modules.d/vmopnotify.ko ring_size=%u",
		 ring_size);
	if (system(command))
		die("the module does not load");
	fuzz.family = messages_find(&fuzz.group);
	oracle_reset();
}

static void run_round(void)
{
	/* A small one overruns its readers. */
	static const unsigned int ring_sizes[] = { 16, 64, RING_SIZE, RING_SIZE,
						   65536 };
	struct told told[3];
	struct chance c = chance_of(fuzz.seed, fuzz.round, ~0ULL, 0);

	if (!fuzz.round || chance_in(&c, ROUNDS_PER_LOAD))
		load_anew(PICK(&c, ring_sizes));
	begin_round();
	run_threads();
	end_round(told);
	judge(told);
	if (!is_flawless())
		printf("# in round %u: fuzz --seed %llu --threads %u --actions %u\n",
		       fuzz.round, fuzz.seed, fuzz.threads, fuzz.actions);
	fuzz.round++;
}

static u64 now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

static void run_rounds(unsigned int seconds)
{
	u64 until_ms = now_ms() + 1000ULL * seconds;

	do {
		run_round();
	} while (is_flawless() && now_ms() < until_ms);
}

static void show_counts(void)
{
	unsigned int i;

	printf("# %u rounds, %lu records, %lu acks, %lu of them to the host\n",
	       fuzz.round, records_replayed, acks_replayed,
	       host_acks_replayed);
	printf("# records by type:");
	for (i = 1; i <= VMOPNOTIFY_EVENT_END; i++)
		printf(" %lu", times_by_type[i]);
	printf("\n# done/refused:");
	for (i = 0; i < n_actions; i++)
		printf(" %s %lu/%lu,", actions[i]->name, times_done[i],
		       times_refused[i]);
	printf("\n");
}

static void give_verdicts(void)
{
	static const char * const concerns[] = {
		[ANSWERS] = "every call is answered as the ABI says",
		[TRACE] = "the trace, replayed, is what the state machine does",
		[RECORDS] = "every reader has every record once, as traced",
		[SNAPSHOTS] = "GET_STATE and the page tell the state machine's state",
		[READY] = "READY comes once for an operation, when it is quiesced",
		[REST] = "at rest all tell the same, and nothing is left",
	};
	int i;

	for (i = 0; i < CONCERNS; i++)
		ok(!flaws[i], "%s", concerns[i]);
}

static void on_signal(int unused)
{
	(void)unused;
}

/* A read that waits is to end with EINTR. */
static void prepare(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGUSR1, &action, NULL);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	setvbuf(stdout, NULL, _IOLBF, 0);
	add_actions(device_actions);
	add_actions(read_actions);
	add_actions(page_actions);
	add_actions(netlink_actions);
	add_actions(process_actions);
	add_actions(system_actions);
	workers = calloc(fuzz.threads + 1, sizeof(*workers));
	fuzz.readers = calloc(fuzz.threads * fuzz.actions,
			      sizeof(*fuzz.readers));
	if (!workers || !fuzz.readers)
		die("no memory");
	for (unsigned int i = 0; i <= fuzz.threads; i++)
		workers[i].index = i;
}

/* Return: for how many seconds. */
static unsigned int parse_options(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "seconds", required_argument, NULL, 'd' },
		{ "threads", required_argument, NULL, 't' },
		{ "actions", required_argument, NULL, 'a' },
		{}
	};
	unsigned int seconds = 5;
	int option;

	if (getrandom(&fuzz.seed, sizeof(fuzz.seed), 0) < 0)
		die("no seed");
	while ((option = getopt_long(argc, argv, "", options, NULL)) > 0) {
		if (option == 's')
			fuzz.seed = strtoull(optarg, NULL, 0);
		else if (option == 'd')
			seconds = strtoul(optarg, NULL, 0);
		else if (option == 't')
			fuzz.threads = strtoul(optarg, NULL, 0);
		else if (option == 'a')
			fuzz.actions = strtoul(optarg, NULL, 0);
		else
			exit(2);
	}
	return seconds;
}

int main(int argc, char **argv)
{
	unsigned int seconds = parse_options(argc, argv);

	if (!trace_is_there()) {
		printf("1..0 # SKIP this kernel does not trace the module\n");
		return 0;
	}
	prepare();
	printf("# seed %llu: fuzz --seed %llu --seconds %u --threads %u --actions %u\n",
	       fuzz.seed, fuzz.seed, seconds, fuzz.threads, fuzz.actions);
	run_rounds(seconds);
	/* As it was, for the tests that come after. */
	load_anew(RING_SIZE);
	trace_end();
	show_counts();
	give_verdicts();
	return done();
}
