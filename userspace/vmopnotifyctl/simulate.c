// SPDX-License-Identifier: GPL-2.0
/* vmopnotifyctl simulate: drills. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "drill.h"
#include "output.h"
#include "simulate.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define DEFAULT_TIMEOUT_MS	60000
#define DEFAULT_HOLD_NS		NSEC_PER_SEC

/**
 * struct simulation - what is asked for
 * @drill: the drill
 * @has_id: its id was given
 * @hold_ns: how long to hold it
 * @given: the options that were given, by their letters
 * @json: print objects
 */
struct simulation {
	struct drill drill;
	bool has_id;
	uint64_t hold_ns;
	char given[16];
	bool json;
};

/**
 * struct verb - what can be done with a drill
 * @name: its name
 * @options: the letters of those that it takes
 * @required: of these, one that has to be given, or 0
 * @act: does it
 */
struct verb {
	const char *name;
	const char *options;
	char required;
	int (*act)(struct simulation *s);
};

static const struct option options[] = {
	{ "id", required_argument, NULL, 'i' },
	{ "type", required_argument, NULL, 'y' },
	{ "timeout", required_argument, NULL, 't' },
	{ "hold", required_argument, NULL, 'o' },
	{ "status", required_argument, NULL, 's' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{}
};

static int print_json(const struct drill *drill, const char *what)
{
	cJSON *obj = cJSON_CreateObject();

	add_text(obj, "event", what);
	cJSON_AddBoolToObject(obj, "drill", true);
	add_u64(obj, "operation_id", drill->id);
	add_text(obj, "operation_type", drill->type);
	if (drill->timeout_ms)
		add_u64(obj, "timeout_ms", drill->timeout_ms);
	else
		add_text(obj, "status", drill->failed ? "failed" : "success");
	return print_object(obj);
}

static int print_plain(const struct drill *drill, const char *what)
{
	char type[64], text[32];

	printf("DRILL: %s, operation %" PRIu64 ", %s", what, drill->id,
	       text_clean(drill->type, type, sizeof(type)));
	if (drill->timeout_ms)
		printf(", timeout %s",
		       duration_text(drill->timeout_ms * NSEC_PER_MSEC, text,
				     sizeof(text)));
	putchar('\n');
	return 0;
}

static int tell(const struct simulation *s, const char *what)
{
	int ret = s->json ? print_json(&s->drill, what) :
			    print_plain(&s->drill, what);

	return ret || output_flush() ? COMMAND_FAILED : COMMAND_OK;
}

/* An id of its own for each, that tells when it was: microseconds. */
static uint64_t make_id(void)
{
	return (uint64_t)clock_us(CLOCK_REALTIME);
}

static int act_start(struct simulation *s)
{
	return drill_start(&s->drill) ? COMMAND_FAILED : tell(s, "start");
}

static int act_run(struct simulation *s)
{
	return simulate_run(&s->drill, s->hold_ns, s->json);
}

/* Fills in the drill that is open. */
static int find_drill(struct simulation *s)
{
	struct open_operation op;

	if (drill_open_operation(&op))
		return COMMAND_FAILED;
	if (!op.is_open) {
		error_line("no drill is open");
		return COMMAND_FAILED;
	}
	if (!(op.flags & VMOPNOTIFY_F_DRILL)) {
		error_line("no drill is open: operation %" PRIu64 " is the host's, and only the host ends or changes it",
			   op.id);
		return COMMAND_FAILED;
	}
	if (s->has_id && s->drill.id != op.id) {
		error_line("drill %" PRIu64 " is not open: the one that is open is %" PRIu64,
			   s->drill.id, op.id);
		return COMMAND_FAILED;
	}
	s->drill.id = op.id;
	snprintf(s->drill.type, sizeof(s->drill.type), "%s", op.type);
	return COMMAND_OK;
}

static int act_end(struct simulation *s)
{
	int ret = find_drill(s);

	if (ret)
		return ret;
	s->drill.timeout_ms = 0;
	return drill_end(&s->drill) ? COMMAND_FAILED : tell(s, "end");
}

static int act_timeout_change(struct simulation *s)
{
	int ret = find_drill(s);

	if (ret)
		return ret;
	return drill_change_timeout(&s->drill) ? COMMAND_FAILED :
						 tell(s, "timeout-change");
}

static const struct verb verbs[] = {
	{ "start", "iytj", 0, act_start },
	{ "end", "isj", 0, act_end },
	{ "timeout-change", "tj", 't', act_timeout_change },
	{ "run", "iytosj", 0, act_run },
};

static int set_timeout(struct simulation *s, const char *text)
{
	uint64_t ns;

	if (!parse_seconds(text, &ns) || ns < NSEC_PER_MSEC ||
	    ns > VMOPNOTIFY_MAX_TIMEOUT_MS * NSEC_PER_MSEC)
		return command_usage(&command_simulate,
				     "--timeout takes seconds, from 0.001 to 86400, not \"%s\"",
				     text);
	s->drill.timeout_ms = (uint32_t)(ns / NSEC_PER_MSEC);
	return -1;
}

static int set_type(struct simulation *s, const char *text)
{
	size_t len = strlen(text);

	if (!len || len >= sizeof(s->drill.type))
		return command_usage(&command_simulate,
				     "--type takes 1 to %zu bytes, not \"%s\"",
				     sizeof(s->drill.type) - 1, text);
	memcpy(s->drill.type, text, len + 1);
	return -1;
}

static int set_status(struct simulation *s, const char *text)
{
	s->drill.failed = !strcmp(text, "failed");
	if (s->drill.failed || !strcmp(text, "success"))
		return -1;
	return command_usage(&command_simulate,
			     "--status takes success or failed, not \"%s\"",
			     text);
}

static int set_id(struct simulation *s, const char *text)
{
	s->has_id = true;
	if (parse_number(text, UINT64_MAX, &s->drill.id))
		return -1;
	return command_usage(&command_simulate,
			     "--id takes a number, not \"%s\"", text);
}

static int set_hold(struct simulation *s, const char *text)
{
	if (parse_seconds(text, &s->hold_ns))
		return -1;
	return command_usage(&command_simulate,
			     "--hold takes seconds, not \"%s\"", text);
}

static int set_option(struct simulation *s, int option, const char *text)
{
	size_t n = strlen(s->given);

	if (n < sizeof(s->given) - 1 && !strchr(s->given, option))
		s->given[n] = (char)option;
	switch (option) {
	case 'i':
		return set_id(s, text);
	case 'y':
		return set_type(s, text);
	case 't':
		return set_timeout(s, text);
	case 'o':
		return set_hold(s, text);
	case 's':
		return set_status(s, text);
	case 'j':
		s->json = true;
		return -1;
	case 'h':
		return command_help(&command_simulate);
	default:
		return command_usage(&command_simulate, NULL);
	}
}

static const char *option_name(char letter)
{
	for (const struct option *o = options; o->name; o++)
		if (o->val == letter)
			return o->name;
	return "?";
}

static int check_options(const struct simulation *s, const struct verb *verb)
{
	for (const char *g = s->given; *g; g++)
		if (!strchr(verb->options, *g))
			return command_usage(&command_simulate,
					     "%s does not take --%s",
					     verb->name, option_name(*g));
	if (verb->required && !strchr(s->given, verb->required))
		return command_usage(&command_simulate, "%s takes --%s",
				     verb->name, option_name(verb->required));
	return -1;
}

static int act(struct simulation *s, const char *name)
{
	int ret;

	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (strcmp(name, verbs[i].name))
			continue;
		ret = check_options(s, &verbs[i]);
		return ret >= 0 ? ret : verbs[i].act(s);
	}
	return command_usage(&command_simulate,
			     "start, end, timeout-change or run is to be given, not \"%s\"",
			     name);
}

static int run(int argc, char **argv)
{
	struct simulation s = {
		.drill = {
			.id = make_id(),
			.type = "host-migration",
			.timeout_ms = DEFAULT_TIMEOUT_MS,
		},
		.hold_ns = DEFAULT_HOLD_NS,
	};
	int c, ret;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		ret = set_option(&s, c, optarg);
		if (ret >= 0)
			return ret;
	}
	if (optind != argc - 1)
		return command_usage(&command_simulate,
				     "one of start, end, timeout-change and run is to be given");
	return act(&s, argv[optind]);
}

const struct command command_simulate = {
	.name = "simulate",
	.summary = "holds a drill: announces what the host has not",
	.help =
	"\n"
	"usage: vmopnotifyctl simulate start [--timeout S] [--type T] [--id N]\n"
	"       vmopnotifyctl simulate timeout-change --timeout S\n"
	"       vmopnotifyctl simulate end [--status success|failed] [--id N]\n"
	"       vmopnotifyctl simulate run [--timeout S] [--hold S] [--type T]\n"
	"                                  [--id N] [--status success|failed]\n"
	"\n"
	"A drill goes the way of a real notice: consumers get quiet and resume,\n"
	"for real.  It is marked DRILL wherever it shows, the host hears nothing\n"
	"of it, and a real notice ends it at once.  While an operation is open a\n"
	"drill is refused.\n"
	"\n"
	"  start           announces a drill and returns\n"
	"  timeout-change  gives the drill that is open another timeout, counted\n"
	"                  from its start\n"
	"  end             ends the drill that is open\n"
	"  run             announces one, prints events as monitor does until all\n"
	"                  are quiet or the deadline has passed, holds it as a\n"
	"                  stun would, and ends it.  Ctrl-C ends it earlier.\n"
	"\n"
	"  --timeout S  the deadline in seconds, 0.001 to 86400, default 60\n"
	"  --type T     the operation's type, default host-migration\n"
	"  --id N       its operation id, default made of the time; end: ends\n"
	"               that drill alone\n"
	"  --status W   how it ends, success or failed, default success\n"
	"  --hold S     how long all stay quiet before the end, default 1\n"
	"  --json       prints an object on each line\n"
	"\n"
	"Needs CAP_NET_ADMIN, which root has; run, read permission on\n"
	"/dev/vmopnotify, too.  Exit codes: 0, 1 failed, of run also where not\n"
	"all got quiet in time and without an error, 2 wrong usage.\n",
	.run = run,
};
