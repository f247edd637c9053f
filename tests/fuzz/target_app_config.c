// SPDX-License-Identifier: GPL-2.0
/* An application's file: app_config.c. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/vmopnotify.h>

#include "app_config.h"
#include "child.h"
#include "fuzz.h"

static void check_values(const struct app_config *cfg)
{
	CHECK(cfg->quiesce[0] && cfg->unquiesce[0]);
	CHECK(cfg->stage < VMOPNOTIFY_STAGES);
	CHECK(!cfg->user.name[0] || cfg->user.home[0]);
	CHECK(cfg->env_count <= APP_ENV_MAX);
	for (unsigned int i = 0; i < cfg->env_count; i++) {
		size_t len = strcspn(cfg->env[i], "=");

		CHECK(len && cfg->env[i][len] == '=');
		CHECK(strncmp(cfg->env[i], CHILD_ENV_PREFIX,
			      strlen(CHILD_ENV_PREFIX)));
		for (unsigned int j = 0; j < i; j++)
			CHECK(strncmp(cfg->env[i], cfg->env[j], len + 1));
	}
}

/* A line's text without the white space around it. */
static char *trimmed(char *text)
{
	size_t len = strlen(text);

	while (len && isspace((unsigned char)text[len - 1]))
		text[--len] = '\0';
	while (isspace((unsigned char)*text))
		text++;
	return text;
}

static bool has_variable(const struct app_config *cfg, const char *name,
			 const char *value)
{
	size_t len = strlen(name);

	for (unsigned int i = 0; i < cfg->env_count; i++)
		if (!strncmp(cfg->env[i], name, len) &&
		    cfg->env[i][len] == '=')
			return !strcmp(cfg->env[i] + len + 1, value);
	return false;
}

/* What a line says is what was understood, whole. */
static void check_key(const struct app_config *cfg, bool environment,
		      const char *name, const char *value)
{
	if (environment)
		CHECK(has_variable(cfg, name, value));
	else if (!strcmp(name, "quiesce"))
		CHECK(!strcmp(cfg->quiesce, value));
	else if (!strcmp(name, "unquiesce"))
		CHECK(!strcmp(cfg->unquiesce, value));
	else if (!strcmp(name, "user"))
		CHECK(!strcmp(cfg->user.name, value));
	else if (!strcmp(name, "stage"))
		CHECK(cfg->stage == strtoul(value, NULL, 10));
	else if (!strcmp(name, "timeout_s"))
		CHECK(cfg->timeout_ns ==
		      (uint64_t)(strtod(value, NULL) * 1e9));
	else if (!strcmp(name, "on_failure"))
		CHECK(cfg->hold == !strcmp(value, "hold"));
	else
		CHECK(!"a key that there is not");
}

enum section { NONE, APP, ENVIRONMENT };

/* A section stands alone, but for a comment. */
static enum section section_of(char *line)
{
	char *rest = strchr(line, ']');

	CHECK(rest);
	*rest = '\0';
	rest = trimmed(rest + 1);
	CHECK(!*rest || *rest == ';' || *rest == '#');
	if (!strcmp(line, "[app"))
		return APP;
	CHECK(!strcmp(line, "[environment"));
	return ENVIRONMENT;
}

/* Of a file that was taken no line was passed over. */
static void check_lines(const struct app_config *cfg, char *text)
{
	enum section section = NONE;
	char *line, *value;

	if (!strncmp(text, "\xef\xbb\xbf", 3))
		text += 3;
	while ((line = strsep(&text, "\n"))) {
		line = trimmed(line);
		if (!*line || *line == '#' || *line == ';')
			continue;
		if (*line == '[') {
			section = section_of(line);
			continue;
		}
		value = strpbrk(line, "=:");
		CHECK(value && section != NONE);
		*value++ = '\0';
		check_key(cfg, section == ENVIRONMENT, trimmed(line),
			  trimmed(value));
	}
}

static void check_same(const struct app_config *a, const struct app_config *b)
{
	CHECK(!strcmp(a->quiesce, b->quiesce));
	CHECK(!strcmp(a->unquiesce, b->unquiesce));
	CHECK(!strcmp(a->user.name, b->user.name));
	CHECK(a->user.uid == b->user.uid && a->user.gid == b->user.gid);
	CHECK(a->stage == b->stage && a->hold == b->hold);
	CHECK(a->timeout_ns == b->timeout_ns);
	CHECK(a->env_count == b->env_count);
	for (unsigned int i = 0; i < a->env_count; i++)
		CHECK(!strcmp(a->env[i], b->env[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(data, size);
	static struct app_config cfg, again;
	char err[1024] = "", *text;

	if (app_config_load(&cfg, path, err, sizeof(err))) {
		/* It is told in which line, or what the whole file lacks. */
		CHECK(!strncmp(err, path, strlen(path)));
		CHECK(err[strlen(path)] == ':');
		CHECK((isdigit((unsigned char)err[strlen(path) + 1]) &&
		       err[strlen(path) + 1] != '0') ||
		      strstr(err, "in [app] is missing"));
		return 0;
	}
	check_values(&cfg);
	CHECK(!app_config_load(&again, path, err, sizeof(err)));
	check_same(&cfg, &again);
	text = strndup((const char *)data, size);
	CHECK(text && strlen(text) == size);
	check_lines(&cfg, text);
	free(text);
	return 0;
}
