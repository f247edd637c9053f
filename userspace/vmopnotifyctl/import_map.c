// SPDX-License-Identifier: GPL-2.0
/* What of the Python service's configuration becomes what of ours. */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "import_map.h"
#include "import_words.h"
#include "output.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* Where the service stores its token unless told otherwise. */
#define TOKEN_FILE	"/var/run/vmnotification/token_file"

/* And how it calls itself. */
#define APP_NAME	"my_app"

/* The most of vmopnotifyd's poll_interval_ms. */
#define INTERVAL_MAX_MS	60000

/* The longest line that our files may have. */
#define LINE_MAX_LEN	196

/* How much of a value is shown. */
#define SHOWN		256

/**
 * struct mapper - a plan in the making
 * @source: the service's configuration
 * @keep_interval: keep its interval, too
 * @plan: what is made
 * @host: lines of [host] in vmopnotifyd.conf
 * @log: lines of [log]
 * @app: lines of [app] in the application's file
 * @report: what is said of each key
 * @err: where the text of an error goes
 * @errlen: size of @err
 */
struct mapper {
	const struct source *source;
	bool keep_interval;
	struct import_plan *plan;
	char host[256];
	char log[64];
	char app[3 * LINE_MAX_LEN];
	FILE *report;
	char *err;
	size_t errlen;
};

/**
 * struct item - a key of the service and its value
 * @key: it; NULL: it is not given
 * @value: its value, resolved
 */
struct item {
	const struct source_key *key;
	const char *value;
};

__attribute__((format(printf, 3, 4)))
static int bad(struct mapper *m, const struct item *item, const char *fmt, ...)
{
	char what[SHOWN];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	snprintf(m->err, m->errlen, "%u: \"%s\" %s", item->key->line,
		 item->key->name, what);
	return -EINVAL;
}

/* A line of the report: "KEY = VALUE: what became of it". */
__attribute__((format(printf, 3, 4)))
static void tell(struct mapper *m, const struct item *item, const char *fmt,
		 ...)
{
	char value[SHOWN];
	va_list ap;

	fprintf(m->report, "%s = %s: ", item->key->name,
		text_clean(item->value, value, sizeof(value)));
	va_start(ap, fmt);
	vfprintf(m->report, fmt, ap);
	va_end(ap);
	fputc('\n', m->report);
}

/* Adds to a buffer that has room for all that there can be. */
__attribute__((format(printf, 3, 4)))
static void add(char *to, size_t size, const char *fmt, ...)
{
	size_t used = strlen(to);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(to + used, size - used, fmt, ap);
	va_end(ap);
}

/* Copies @from, with "_" for what is not among @allowed. */
static void restrict_name(char *to, size_t size, const char *from,
			  const char *allowed)
{
	size_t i;

	for (i = 0; from[i] && i < size - 1; i++)
		to[i] = strchr(allowed, from[i]) ? from[i] : '_';
	to[i] = '\0';
}

#define LETTERS	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" \
		"0123456789"

/* A name for the host, and one that can be a file's, a unit's and a consumer's */
static int map_name(struct mapper *m, const struct item *item)
{
	const char *given = item->key ? item->value : APP_NAME;
	char host[VMOPNOTIFY_TEXT_LEN], *app = m->plan->app;

	if (!*given)
		return bad(m, item, "is empty");
	/* Without the ";" that begins a comment after a space. */
	restrict_name(host, sizeof(host), given,
		      LETTERS " !\"#$%&'()*+,-./:<=>?@[\\]^_`{|}~");
	restrict_name(app, sizeof(m->plan->app), given, LETTERS "._-");
	if (*app == '.' || *app == '-')
		*app = '_';
	add(m->host, sizeof(m->host), "app_name = %s\n", host);
	if (!item->key)
		fprintf(m->report, "app_name is not given: " APP_NAME ", as for the service\n");
	else if (strcmp(host, given))
		tell(m, item, "becomes app_name in vmopnotifyd.conf, as %s: that takes at most 63 characters, printable ASCII without \";\"",
		     host);
	else
		tell(m, item, "becomes app_name in vmopnotifyd.conf");
	if (strcmp(app, given))
		fprintf(m->report, "the application is called %s here: that is a file's and a unit's name, too\n",
			app);
	return 0;
}

/* As Python's int(): a sign, digits, and "_" between two of them. */
static bool parse_int(const char *text, uint64_t *value)
{
	bool digit = false;

	*value = 0;
	text += *text == '+';
	for (; *text; text++) {
		if (*text == '_' && digit && text[1] != '_') {
			digit = false;
			continue;
		}
		if (*text < '0' || *text > '9')
			return false;
		digit = true;
		if (*value < UINT32_MAX)
			*value = *value * 10 + (uint64_t)(*text - '0');
	}
	return digit;
}

static int map_interval(struct mapper *m, const struct item *item)
{
	uint64_t seconds, ms;

	if (!item->key)
		return 0;
	if (!parse_int(item->value, &seconds) || !seconds)
		return bad(m, item, "is not a whole number of seconds, 1 or more: \"%s\"",
			   item->value);
	if (!m->keep_interval) {
		tell(m, item, "not taken over: the host is asked every 100 ms, as an application stays quiet until a migration's end is noticed; --keep-interval keeps it");
		return 0;
	}
	ms = seconds * 1000;
	if (ms > INTERVAL_MAX_MS)
		ms = INTERVAL_MAX_MS;
	add(m->host, sizeof(m->host), "poll_interval_ms = %u\n",
	    (unsigned int)ms);
	tell(m, item, "becomes poll_interval_ms = %u in vmopnotifyd.conf%s",
	     (unsigned int)ms,
	     ms < seconds * 1000 ? ", which is the most it takes" : "");
	return 0;
}

static int map_command(struct mapper *m, const struct item *item,
		       const char *name, const char *missing)
{
	char *shell;
	const char *why;
	bool special;
	size_t len;
	int ret;

	if (!item->key) {
		snprintf(m->err, m->errlen, "there is no %s, without which the service does not start",
			 missing);
		return -EINVAL;
	}
	ret = words_to_shell(item->value, &shell, &special, &why);
	if (ret == -ENOMEM)
		return ret;
	if (ret < 0)
		return bad(m, item, "%s", why);
	len = strlen(name) + strlen(" = ") + strlen(shell);
	if (len > LINE_MAX_LEN) {
		ret = bad(m, item, "is too long for a line of our file, by %zu characters: put it into a script, and give its name",
			  len - LINE_MAX_LEN);
	} else {
		add(m->app, sizeof(m->app), "%s = %s\n", name, shell);
		tell(m, item, "becomes %s in apps.d/%s.conf%s", name, m->plan->app,
		     special ? "; the service knows no variables, pipes and comments, so what looks like one is quoted" :
			       "");
	}
	free(shell);
	return ret;
}

static int map_pre(struct mapper *m, const struct item *item)
{
	return map_command(m, item, "quiesce", "pre_vmotion_cmd");
}

static int map_post(struct mapper *m, const struct item *item)
{
	return map_command(m, item, "unquiesce", "post_vmotion_cmd");
}

static int map_token_file(struct mapper *m, const struct item *item)
{
	if (item->key && !*item->value)
		return bad(m, item, "is empty");
	m->plan->token_file = strdup(item->key ? item->value : TOKEN_FILE);
	if (!m->plan->token_file)
		return -ENOMEM;
	if (item->key)
		tell(m, item, "not taken over: vmopnotifyd has a place of its own for it, which survives a reboot and which others cannot read");
	return 0;
}

static int map_level(struct mapper *m, const struct item *item)
{
	static const struct {
		const char *theirs;
		const char *ours;
		const char *but;
	} levels[] = {
		{ "DEBUG", "debug", "" },
		{ "INFO", "info", "" },
		{ "WARNING", "warning", "" },
		{ "ERROR", "error", "" },
		{ "CRITICAL", "error", ", above which there is none" },
	};
	size_t i;

	if (!item->key)
		return 0;
	for (i = 0; i < ARRAY_SIZE(levels); i++)
		if (!strcasecmp(levels[i].theirs, item->value))
			break;
	if (i == ARRAY_SIZE(levels)) {
		tell(m, item, "is no level, which the service takes for DEBUG: the default stays, info");
		return 0;
	}
	add(m->log, sizeof(m->log), "level = %s\n", levels[i].ours);
	tell(m, item, "becomes level = %s in vmopnotifyd.conf%s", levels[i].ours,
	     levels[i].but);
	return 0;
}

#define IN_JOURNAL	"all messages are in the journal: "
#define SIZE_AND_COUNT	"no counterpart: the journal's size is set in journald.conf"

/*
 * The service's keys.  Those that are not mapped have no counterpart, and it
 * is said why.  At first it had all of its keys in [DEFAULT].
 */
static const struct {
	const char *section;
	const char *name;
	int (*map)(struct mapper *m, const struct item *item);
	const char *why;
} keys[] = {
	{ SOURCE_DEFAULT, "app_name", map_name, NULL },
	{ SOURCE_DEFAULT, "check_interval_seconds", map_interval, NULL },
	{ SOURCE_DEFAULT, "pre_vmotion_cmd", map_pre, NULL },
	{ SOURCE_DEFAULT, "post_vmotion_cmd", map_post, NULL },
	{ "Token", "token_file", map_token_file, NULL },
	{ "Token", "token_file_create", NULL,
	  "no counterpart: the token is always stored, before it is used" },
	{ "Token", "token_obfuscate_logfile", NULL,
	  "no counterpart: messages never hold the whole token" },
	{ "Logging", "service_logfile", NULL,
	  "no counterpart: " IN_JOURNAL "journalctl -u vmopnotifyd" },
	{ "Logging", "service_logfile_level", map_level, NULL },
	{ "Logging", "service_console_level", NULL,
	  "no counterpart: there is one log, the journal, with one level" },
	{ "Logging", "service_logfile_maxsize_bytes", NULL, SIZE_AND_COUNT },
	{ "Logging", "service_logfile_count", NULL, SIZE_AND_COUNT },
	{ "Logging", "vmotion_logfile", NULL,
	  "no counterpart: " IN_JOURNAL "vmopnotifyctl history" },
	{ "Logging", "vmotion_logfile_maxsize_bytes", NULL, SIZE_AND_COUNT },
	{ "Logging", "vmotion_logfile_count", NULL, SIZE_AND_COUNT },
	{ "Logging", "timeout_logfile", NULL,
	  "no counterpart: " IN_JOURNAL "journalctl -u vmopnotifyd" },
	{ "Logging", "timeout_logfile_maxsize_bytes", NULL, SIZE_AND_COUNT },
	{ "Logging", "timeout_logfile_count", NULL, SIZE_AND_COUNT },
};

static bool known(const struct source_key *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(keys[i].name, key->name) &&
		    (!strcmp(keys[i].section, key->section) ||
		     !strcmp(SOURCE_DEFAULT, key->section)))
			return true;
	return false;
}

static int map_key(struct mapper *m, size_t i)
{
	struct item item = {};
	char *value = NULL;
	int ret = 0;

	item.key = source_find(m->source, keys[i].section, keys[i].name);
	if (item.key)
		ret = source_value(m->source, keys[i].section, item.key,
				   &value, m->err, m->errlen);
	item.value = value;
	if (!ret && keys[i].map)
		ret = keys[i].map(m, &item);
	else if (!ret && item.key)
		tell(m, &item, "%s", keys[i].why);
	free(value);
	return ret;
}

/* In the order of the table: the name first, which others are told with. */
static int map_all(struct mapper *m)
{
	char name[SHOWN], section[SHOWN];
	int ret = 0;

	for (size_t i = 0; i < ARRAY_SIZE(keys) && !ret; i++)
		ret = map_key(m, i);
	for (size_t i = 0; i < m->source->keys_count && !ret; i++) {
		const struct source_key *key = &m->source->keys[i];

		if (!known(key))
			fprintf(m->report, "%s in [%s]: unknown to the service, too: passed over\n",
				text_clean(key->name, name, sizeof(name)),
				text_clean(key->section, section,
					   sizeof(section)));
	}
	return ret;
}

static int write_confs(struct mapper *m, const char *from)
{
	struct import_plan *plan = m->plan;
	char name[128];

	text_clean(from, name, sizeof(name));
	if (asprintf(&plan->daemon_conf,
		     "# Made by vmopnotifyctl import of %s\n"
		     "\n"
		     "[host]\n%s%s%s", name, m->host,
		     m->log[0] ? "\n[log]\n" : "", m->log) < 0) {
		plan->daemon_conf = NULL;
		return -ENOMEM;
	}
	if (asprintf(&plan->app_conf,
		     "# Made by vmopnotifyctl import of %s\n"
		     "\n"
		     "[app]\n%s"
		     "# As whom the service ran them.\n"
		     "user = root\n", name, m->app) < 0) {
		plan->app_conf = NULL;
		return -ENOMEM;
	}
	return 0;
}

int import_map(const struct source *source, const char *from,
	       bool keep_interval, struct import_plan *plan, char *err,
	       size_t errlen)
{
	struct mapper m = {
		.source = source, .keep_interval = keep_interval,
		.plan = plan, .err = err, .errlen = errlen,
	};
	size_t len;
	int ret;

	*plan = (struct import_plan) {};
	m.report = open_memstream(&plan->report, &len);
	ret = m.report ? map_all(&m) : -ENOMEM;
	if (!ret)
		ret = write_confs(&m, from);
	if (m.report && (ferror(m.report) | fclose(m.report)) && !ret)
		ret = -ENOMEM;
	if (ret == -ENOMEM)
		snprintf(err, errlen, "%s", strerror(ENOMEM));
	if (ret < 0)
		import_plan_free(plan);
	return ret;
}

void import_plan_free(struct import_plan *plan)
{
	free(plan->daemon_conf);
	free(plan->app_conf);
	free(plan->token_file);
	free(plan->report);
	*plan = (struct import_plan) {};
}
