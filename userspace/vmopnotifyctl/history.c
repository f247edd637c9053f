// SPDX-License-Identifier: GPL-2.0
/* vmopnotifyctl history: past operations, see history.h. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "history.h"
#include <vmopnotify.h>
#include "output.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define USEC_PER_SEC	UINT64_C(1000000)
#define DEFAULT_COUNT	20
#define MOST_COUNT	1000000

static void take_text(const struct history_source *source, const char *name,
		      char *buf, size_t len)
{
	char raw[512];

	buf[0] = '\0';
	if (source->field(source->arg, name, raw, sizeof(raw)))
		text_clean(raw, buf, len);
}

static void take_time(const struct history_source *source, const char *name,
		      struct history_time *t)
{
	char text[32];

	take_text(source, name, text, sizeof(text));
	t->known = parse_number(text, UINT64_MAX / NSEC_PER_USEC, &t->us);
}

/* Is @word among the words of @list? */
static bool has_word(const char *list, const char *word)
{
	size_t len = strlen(word);
	const char *at = list;

	while ((at = strstr(at, word))) {
		if ((at == list || at[-1] == ' ') &&
		    (!at[len] || at[len] == ' '))
			return true;
		at += len;
	}
	return false;
}

static void take_entry(const struct history_source *source,
		       struct history_entry *e)
{
	char id[32];

	memset(e, 0, sizeof(*e));
	e->time_us = source->time_us(source->arg);
	take_text(source, "VMOPNOTIFY_OPERATION", id, sizeof(id));
	e->has_id = parse_number(id, UINT64_MAX, &e->id);
	take_text(source, "VMOPNOTIFY_TYPE", e->type, sizeof(e->type));
	take_text(source, "VMOPNOTIFY_STATUS", e->status, sizeof(e->status));
	take_text(source, "VMOPNOTIFY_OUTCOME", e->outcome,
		  sizeof(e->outcome));
	take_text(source, "VMOPNOTIFY_FLAGS", e->flags, sizeof(e->flags));
	e->drill = has_word(e->flags, vmopnotify_flag_name(VMOPNOTIFY_F_DRILL));
	take_time(source, "VMOPNOTIFY_QUIESCE_USEC", &e->quiesce);
	take_time(source, "VMOPNOTIFY_STUN_USEC", &e->stun);
	take_time(source, "VMOPNOTIFY_DURATION_USEC", &e->duration);
}

static void reverse(struct history *h)
{
	struct history_entry swap;

	for (size_t i = 0; i < h->count / 2; i++) {
		swap = h->entries[i];
		h->entries[i] = h->entries[h->count - 1 - i];
		h->entries[h->count - 1 - i] = swap;
	}
}

int history_read(struct history *h, const struct history_source *source,
		 size_t most, uint64_t since_us)
{
	struct history_entry *more;
	size_t room = 0;
	int ret = 0;

	while (h->count < most) {
		ret = source->next(source->arg);
		if (ret <= 0 || source->time_us(source->arg) < since_us)
			break;
		if (h->count == room) {
			room = room ? 2 * room : 32;
			more = reallocarray(h->entries, room, sizeof(*more));
			if (!more)
				return -ENOMEM;
			h->entries = more;
		}
		take_entry(source, &h->entries[h->count++]);
	}
	reverse(h);
	return ret < 0 ? ret : 0;
}

void history_free(struct history *h)
{
	free(h->entries);
	memset(h, 0, sizeof(*h));
}

static const char *time_text(const struct history_time *t, char *buf,
			     size_t len)
{
	return t->known ? duration_text(t->us * NSEC_PER_USEC, buf, len) : "-";
}

static void plain_entry(const struct history_entry *e, FILE *out)
{
	char when[32], quiesce[32], stun[32], duration[32], id[24] = "-";

	if (e->has_id)
		snprintf(id, sizeof(id), "%" PRIu64, e->id);
	fprintf(out, "%-19s  %-20s  %-16s %-8s %-12s %-12s %-12s",
		date_text(e->time_us * NSEC_PER_USEC, false, when,
			  sizeof(when)),
		id, *e->type ? e->type : "-", *e->outcome ? e->outcome : "-",
		time_text(&e->quiesce, quiesce, sizeof(quiesce)),
		time_text(&e->stun, stun, sizeof(stun)),
		time_text(&e->duration, duration, sizeof(duration)));
	if (e->drill)
		fprintf(out, " DRILL");
	if (*e->flags && strcmp(e->flags, vmopnotify_flag_name(VMOPNOTIFY_F_DRILL)))
		fprintf(out, " [%s]", e->flags);
	if (*e->status && strcmp(e->status, e->outcome))
		fprintf(out, " (%s)", e->status);
	fputc('\n', out);
}

void history_plain(const struct history *h, FILE *out)
{
	if (!h->count) {
		fprintf(out, "no operations\n");
		return;
	}
	fprintf(out, "%-19s  %-20s  %-16s %-8s %-12s %-12s %s\n", "ENDED",
		"OPERATION", "TYPE", "OUTCOME", "QUIET AFTER", "STUN", "LASTED");
	for (size_t i = 0; i < h->count; i++)
		plain_entry(&h->entries[i], out);
}

static void add_time(cJSON *obj, const char *key, const struct history_time *t)
{
	if (t->known)
		add_u64(obj, key, t->us);
}

static void add_flags(cJSON *obj, const char *flags)
{
	cJSON *array = cJSON_AddArrayToObject(obj, "flags");
	char words[128], *word, *rest = words;

	snprintf(words, sizeof(words), "%s", flags);
	while ((word = strsep(&rest, " ")))
		if (*word)
			cJSON_AddItemToArray(array, cJSON_CreateString(word));
}

static cJSON *json_entry(const struct history_entry *e)
{
	cJSON *obj = cJSON_CreateObject();
	char when[64];

	add_text(obj, "time", date_text(e->time_us * NSEC_PER_USEC, true, when,
					sizeof(when)));
	if (e->has_id)
		add_u64(obj, "operation_id", e->id);
	add_text(obj, "operation_type", e->type);
	add_text(obj, "status", e->status);
	add_text(obj, "outcome", e->outcome);
	cJSON_AddBoolToObject(obj, "drill", e->drill);
	add_flags(obj, e->flags);
	add_time(obj, "quiesce_us", &e->quiesce);
	add_time(obj, "stun_us", &e->stun);
	add_time(obj, "duration_us", &e->duration);
	return obj;
}

int history_json(const struct history *h)
{
	cJSON *array = cJSON_CreateArray();

	for (size_t i = 0; i < h->count; i++)
		cJSON_AddItemToArray(array, json_entry(&h->entries[i]));
	return print_object(array);
}

static bool ago(const char *text, uint64_t now_us, uint64_t *since_us)
{
	static const struct {
		char letter;
		uint64_t seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	size_t len = strlen(text);
	char digits[16];
	uint64_t n;

	if (len < 2 || len > sizeof(digits))
		return false;
	snprintf(digits, sizeof(digits), "%.*s", (int)len - 1, text);
	if (!parse_number(digits, UINT32_MAX, &n))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (text[len - 1] != units[i].letter)
			continue;
		n *= units[i].seconds * USEC_PER_SEC;
		*since_us = n < now_us ? now_us - n : 0;
		return true;
	}
	return false;
}

bool history_since(const char *text, uint64_t now_us, uint64_t *since_us)
{
	static const char * const formats[] = {
		"%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S",
		"%Y-%m-%dT%H:%M:%S",
	};
	const char *end;
	struct tm tm;
	time_t when;

	if (ago(text, now_us, since_us))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		memset(&tm, 0, sizeof(tm));
		tm.tm_isdst = -1;
		end = strptime(text, formats[i], &tm);
		if (!end || *end)
			continue;
		when = mktime(&tm);
		if (when < 0)
			return false;
		*since_us = (uint64_t)when * USEC_PER_SEC;
		return true;
	}
	return false;
}

static int show(const char *directory, size_t most, uint64_t since_us,
		bool json)
{
	struct history_source source;
	struct history h = {};
	int ret;

	if (history_open_journal(&source, directory))
		return COMMAND_FAILED;
	ret = history_read(&h, &source, most, since_us);
	if (ret)
		error_line("cannot read the journal: %s", strerror(-ret));
	else if (json)
		ret = history_json(&h);
	else
		history_plain(&h, stdout);
	history_free(&h);
	history_close_journal(&source);
	return ret || output_flush() ? COMMAND_FAILED : COMMAND_OK;
}

static uint64_t wall_us(void)
{
	return (uint64_t)clock_us(CLOCK_REALTIME);
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "count", required_argument, NULL, 'n' },
		{ "since", required_argument, NULL, 's' },
		{ "directory", required_argument, NULL, 'd' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{}
	};
	uint64_t count = DEFAULT_COUNT, since_us = 0;
	const char *directory = NULL;
	bool json = false, bad = false;
	int c;

	while ((c = getopt_long(argc, argv, "hn:", options, NULL)) != -1) {
		if (c == 'h')
			return command_help(&command_history);
		if (c == 'j')
			json = true;
		else if (c == 'd')
			directory = optarg;
		else if (c == 'n')
			bad = !parse_number(optarg, MOST_COUNT, &count) ||
			      !count;
		else if (c == 's')
			bad = !history_since(optarg, wall_us(), &since_us);
		else
			return command_usage(&command_history, NULL);
		if (bad)
			return command_usage(&command_history,
					     "\"%s\" is not a %s", optarg,
					     c == 'n' ? "number from 1 to 1000000" :
					     "time such as 2026-11-21, \"2026-11-21 14:03\" or 12h");
	}
	if (optind < argc)
		return command_usage(&command_history,
				     "unexpected argument \"%s\"",
				     argv[optind]);
	return show(directory, count, since_us, json);
}

const struct command command_history = {
	.name = "history",
	.summary = "lists past operations, from the journal",
	.help =
	"\n"
	"usage: vmopnotifyctl history [-n N] [--since TIME] [--json]\n"
	"                             [--directory DIR]\n"
	"\n"
	"Lists the operations that have ended, the last one last: when, id,\n"
	"type, outcome, after how long all were quiet, how long the machine\n"
	"stood still, and how long it all lasted; then DRILL for a drill, its\n"
	"flags, and the host's own word for the end.  A - is not known.\n"
	"\n"
	"  -n N, --count N  the last N at most, default 20\n"
	"  --since TIME     none before: 2026-11-21, \"2026-11-21 14:03\" of local\n"
	"                   time, or 90s, 30m, 12h, 7d ago\n"
	"  --directory DIR  reads the journal files there\n"
	"  --json           prints one array, on one line\n"
	"\n"
	"Needs permission to read the system's journal: root, or the group\n"
	"systemd-journal.  Exit codes: 0, 1 failed, 2 wrong usage.\n",
	.run = run,
};
