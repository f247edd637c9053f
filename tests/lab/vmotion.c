// SPDX-License-Identifier: GPL-2.0
/*
 * vmotion - migrates the lab's guest from one QEMU to another, in the phases
 * in which vCenter does, and has the simulated host announce it
 *
 * It works in a lab's folder, see machine.h for what is in it: tests/lab/lab
 * makes one.  What it does it also logs there, see report.h.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "console.h"
#include "migration.h"
#include "phases.h"
#include "status.h"

/* As fast as one sees what happens, with a guest of some 100 MiB. */
#define BANDWIDTH_MIB	100
#define MAX_STORM	100000
#define QUIT_MS		10000
#define LOCK_MS		1000

static struct migration_options options = {
	.timeout_s = -1,
	.dest_timeout_s = -1,
	.bandwidth_mib = BANDWIDTH_MIB,
};

static const char *lab;

static const char commands_help[] =
	"usage: vmotion [--lab DIR] COMMAND\n"
	"  boot                 start the machine, on host a\n"
	"  start [OPTION]...    migrate it to the other host\n"
	"  storm N [OPTION]...  the same, N times, back and forth\n"
	"  cancel               the migration that is under way\n"
	"  timeout S            change the notification timeout\n"
	"  status [--json]      where the guest is, and how it went\n"
	"  console              the guest's console, in this terminal;\n"
	"                       Ctrl-] leaves it\n"
	"  stop                 end the machine\n"
	"  --lab DIR            the lab's folder: $VMOTION_LAB, or\n"
	"                       build/lab/run\n";

static const char options_help[] =
	"\n"
	"Options of start and storm:\n"
	"  --timeout S          how long the host waits for the ack\n"
	"  --dest-timeout S     what is told of the other host's timeout;\n"
	"                       as --timeout\n"
	"  --stun MS            stop the guest for so long where it resumes\n"
	"  --bandwidth MIB      a second, at most; 0: no limit (100)\n"
	"  --fail PHASE         have that phase fail, by a real cause\n"
	"  --json               print what goes to the file vmotion.log\n"
	"\n"
	"The phases, and why each fails where it is to:\n";

static const char status_help[] =
	"\n"
	"Exit status: 0 the guest has moved, or the command is done;\n"
	"  1 it failed, and the guest runs where it was;\n"
	"  2 the usage is wrong, or it cannot begin;\n"
	"  3 the guest has moved, but not all went well after that.\n";

static void usage(FILE *to)
{
	const struct phase *p;

	fputs(commands_help, to);
	fputs(options_help, to);
	for (p = phases; p->name; p++)
		fprintf(to, "  %-20s %s\n", p->name, p->failure);
	fputs(status_help, to);
}

__attribute__((noreturn, format(printf, 1, 2)))
static void die(const char *fmt, ...)
{
	va_list args;

	fputs("vmotion: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(CANNOT_BEGIN);
}

static int64_t number(const char *text, const char *what, int64_t max)
{
	int64_t value;
	char *end;

	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno || end == text || *end || value < 0 || value > max)
		die("%s: \"%s\" is not a number from 0 to %" PRId64, what, text,
		    max);
	return value;
}

/* The lock, and order in the lab */

static void take_lock(void)
{
	int64_t until_ms = clock_ms() + LOCK_MS;
	struct buf text = { 0 }, why = { 0 };
	int lock;

	/* A look at the status has it for a moment. */
	while ((lock = state_lock(false)) < 0 && clock_ms() < until_ms)
		clock_sleep_until(clock_ns() + 10 * NS_PER_MS);
	if (lock < 0)
		die(errno == EWOULDBLOCK ?
		    "another vmotion is at work in %s" :
		    "%s: the lock cannot be had", lab);
	if (!migration_recover(&text, &why))
		die("%s", text.len ? text.data : why.data);
	if (text.len)
		fprintf(stderr, "vmotion: %s\n", text.data);
	buf_free(&text);
	buf_free(&why);
}

static void on_signal(int sig)
{
	(void)sig;
	migration_asked_to_end = 1;
}

static void take_signals(void)
{
	struct sigaction act = { .sa_handler = on_signal };

	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGHUP, &act, NULL);
}

/* Commands */

static int do_boot(void)
{
	static const char *const nothing_more[] = { NULL };
	const char *host = machine_hosts[0];
	struct machine m;
	struct buf why = { 0 };
	int i;

	take_lock();
	for (i = 0; i < MACHINE_HOSTS; i++)
		if (machine_pid(machine_hosts[i]))
			die("a machine runs on %s already", machine_hosts[i]);
	if (!machine_start(&m, host, nothing_more, &why) ||
	    !machine_set_current(host, &why))
		die("%s", why.data);
	printf("the machine runs on %s, QEMU's process %d\n", host, (int)m.pid);
	machine_leave(&m);
	return 0;
}

static enum outcome migrate(struct migration_result *result)
{
	struct buf why = { 0 };
	enum outcome outcome = migration_run(&options, result, &why);

	if (outcome == CANNOT_BEGIN)
		die("%s", why.data);
	return outcome;
}

static int do_start(void)
{
	struct migration_result result;

	take_lock();
	take_signals();
	return migrate(&result);
}

/* Figures of a storm */

struct figures {
	double *value;
	int count;
};

static void add_figure(struct figures *f, double value)
{
	f->value = realloc(f->value, (f->count + 1) * sizeof(*f->value));
	if (!f->value)
		abort();
	f->value[f->count++] = value;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void print_figures(const char *name, struct figures *f)
{
	if (!f->count)
		return;
	qsort(f->value, f->count, sizeof(*f->value), by_size);
	printf("  %-26s %6.0f %6.0f %6.0f\n", name, f->value[0],
	       f->value[f->count / 2], f->value[f->count - 1]);
}

/* What came of so many migrations. */
struct storm {
	int64_t begun;
	int64_t outcomes[4];
	struct figures acks;
	struct figures downtimes;
	struct figures totals;
};

static void storm_add(struct storm *s, enum outcome outcome,
		      const struct migration_result *r)
{
	s->begun++;
	s->outcomes[outcome]++;
	add_figure(&s->totals, r->total_ms);
	if (r->ack == SIM_ACKED)
		add_figure(&s->acks, r->ack_ms);
	if (outcome != FAILED)
		add_figure(&s->downtimes, r->downtime_ms);
}

static void storm_print(struct storm *s)
{
	printf("%" PRId64 " migrations: %" PRId64 " moved, %" PRId64
	       " failed, %" PRId64 " not clean; %d acked\n", s->begun,
	       s->outcomes[MIGRATED], s->outcomes[FAILED],
	       s->outcomes[NOT_CLEAN], s->acks.count);
	printf("  %-26s %6s %6s %6s\n", "in ms", "least", "median", "most");
	print_figures("until the ack", &s->acks);
	print_figures("the guest stood still", &s->downtimes);
	print_figures("all of it", &s->totals);
}

static void storm_print_json(const struct storm *s)
{
	printf("{\"storm\":%" PRId64 ",\"migrated\":%" PRId64
	       ",\"failed\":%" PRId64 ",\"not_clean\":%" PRId64
	       ",\"acked\":%d}\n", s->begun, s->outcomes[MIGRATED],
	       s->outcomes[FAILED], s->outcomes[NOT_CLEAN], s->acks.count);
}

static int do_storm(int64_t count)
{
	struct migration_result result;
	struct storm s = { 0 };
	enum outcome outcome;

	take_lock();
	take_signals();
	while (s.begun < count && !migration_asked_to_end) {
		outcome = migrate(&result);
		storm_add(&s, outcome, &result);
	}
	if (options.json)
		storm_print_json(&s);
	else
		storm_print(&s);
	free(s.acks.value);
	free(s.downtimes.value);
	free(s.totals.value);
	if (s.outcomes[FAILED])
		return FAILED;
	return s.outcomes[NOT_CLEAN] ? NOT_CLEAN : MIGRATED;
}

static int do_cancel(void)
{
	struct state s;

	errno = 0;
	if (state_lock(false) >= 0)
		die("no migration is under way");
	state_load(&s);
	if (!state_ask_to_end(&s))
		die("no migration is under way");
	if (state_lock(true) < 0)
		die("%s: the lock: %s", lab, strerror(errno));
	state_load(&s);
	printf("migration %u: %s\n", s.migration, s.result);
	return strncmp(s.result, "cancelled", strlen("cancelled")) ? 1 : 0;
}

static int do_timeout(int64_t timeout_s)
{
	struct buf command = { 0 }, answer = { 0 }, why = { 0 };

	buf_printf(&command, "timeout-change new=%" PRId64, timeout_s);
	if (!sim_ask(command.data, &answer, &why))
		die("%s", why.data);
	printf("the notification timeout is %" PRId64 " s\n", timeout_s);
	buf_free(&command);
	buf_free(&answer);
	return 0;
}

/* Cancels what is under way, and takes the lock. */
static void take_over(void)
{
	struct state s;

	if (state_lock(false) >= 0)
		return;
	state_load(&s);
	state_ask_to_end(&s);
	if (state_lock(true) < 0)
		die("%s: the lock: %s", lab, strerror(errno));
}

static int do_stop(void)
{
	struct buf unused = { 0 };
	struct machine m;
	struct state s;
	int i;

	take_over();
	for (i = 0; i < MACHINE_HOSTS; i++) {
		if (machine_take(&m, machine_hosts[i], &unused))
			machine_end(&m, QUIT_MS);
		machine_clear(machine_hosts[i]);
		phases_tidy(machine_hosts[i]);
		unlink(machine_path(machine_hosts[i], "reserved").s);
	}
	unlink("current");
	/* One that was killed needs no cleaning up any more. */
	state_load(&s);
	if (state_is_open(&s)) {
		snprintf(s.phase, sizeof(s.phase), "over");
		snprintf(s.result, sizeof(s.result), "the machine was ended");
		state_save(&s, &unused);
	}
	buf_free(&unused);
	return 0;
}

static int do_status(void)
{
	return status_print(options.json);
}

/* The command line */

static const struct option long_options[] = {
	{ "lab", required_argument, NULL, 'l' },
	{ "timeout", required_argument, NULL, 't' },
	{ "dest-timeout", required_argument, NULL, 'd' },
	{ "stun", required_argument, NULL, 's' },
	{ "bandwidth", required_argument, NULL, 'b' },
	{ "fail", required_argument, NULL, 'f' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 }
};

/* Which options it takes, by their letters; and whether it takes a number. */
static const struct command {
	const char *name;
	const char *takes;
	int (*run)(void);
	int (*run_number)(int64_t n);
	int64_t max;
} commands[] = {
	{ "boot", "", do_boot },
	{ "start", "tdsbfj", do_start },
	{ "storm", "tdsbfj", NULL, do_storm, MAX_STORM },
	{ "cancel", "", do_cancel },
	{ "timeout", "", NULL, do_timeout, 86400 },
	{ "status", "j", do_status },
	{ "console", "", console_run },
	{ "stop", "", do_stop },
};

static void take_option(int opt, const char *value)
{
	switch (opt) {
	case 't':
		options.timeout_s = number(value, "--timeout", 86400);
		break;
	case 'd':
		options.dest_timeout_s = number(value, "--dest-timeout", 86400);
		break;
	case 's':
		options.stun_ms = number(value, "--stun", 600000);
		break;
	case 'b':
		options.bandwidth_mib = number(value, "--bandwidth", 1000000);
		break;
	case 'f':
		options.fail = value;
		if (!phases_find(value))
			die("--fail: \"%s\" is no phase; --help lists them",
			    value);
		break;
	case 'j':
		options.json = true;
		break;
	case 'l':
		lab = value;
		break;
	}
}

/* Which options were given, by their letters; --lab is for all commands. */
static void parse_options(int argc, char **argv, char *given, size_t size)
{
	size_t count = 0;
	int opt;

	while ((opt = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
		if (opt == 'h') {
			usage(stdout);
			exit(0);
		}
		if (opt == '?')
			die("\"vmotion --help\" tells what there is");
		take_option(opt, optarg);
		if (opt != 'l' && count < size - 1)
			given[count++] = opt;
	}
	given[count] = 0;
}

static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	die("\"%s\" is no command; --help lists them", name);
}

/* The command, and the one number that some take. */
static const struct command *parse(int argc, char **argv, const char **number)
{
	const struct command *command;
	char given[16];

	parse_options(argc, argv, given, sizeof(given));
	if (optind == argc) {
		usage(stderr);
		exit(CANNOT_BEGIN);
	}
	command = find_command(argv[optind]);
	if (given[strspn(given, command->takes)])
		die("%s does not take that option; see --help", command->name);
	if (argc - optind != 1 + !!command->run_number)
		die("%s takes %s; see --help", command->name,
		    command->run_number ? "one number" : "no arguments");
	*number = argv[optind + 1];
	return command;
}

int main(int argc, char **argv)
{
	const struct command *command;
	const char *n;

	lab = getenv("VMOTION_LAB");
	if (!lab || !*lab)
		lab = "build/lab/run";
	command = parse(argc, argv, &n);
	if (options.timeout_s >= 0 && options.dest_timeout_s < 0)
		options.dest_timeout_s = options.timeout_s;
	signal(SIGPIPE, SIG_IGN);
	if (chdir(lab) || access("a/machine", R_OK))
		die("%s: no lab is there: tests/lab/lab makes one", lab);
	if (command->run_number)
		return command->run_number(number(n, command->name,
						  command->max));
	return command->run();
}
