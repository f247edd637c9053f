// SPDX-License-Identifier: GPL-2.0
/* An application's file, see app_config.h. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <linux/vmopnotify.h>

#include "app_config.h"
#include "child.h"
#include "command.h"
#include "device.h"
#include "keyfile.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

const char *app_name_problem(const char *name)
{
	if (name[0] == '.')
		return "a name does not begin with a dot";
	for (const char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("-_.:@", *c))
			return "a name is made of letters, digits and -_.:@";
	return device_name_problem(name);
}

static const char *set_command(char to[APP_TEXT_LEN], const char *value)
{
	if (!value[0])
		return "empty";
	if (strlen(value) >= APP_TEXT_LEN)
		return "too long";
	strcpy(to, value);
	return NULL;
}

static const char *set_quiesce(void *to, const char *value)
{
	struct app_config *cfg = to;

	return set_command(cfg->quiesce, value);
}

static const char *set_unquiesce(void *to, const char *value)
{
	struct app_config *cfg = to;

	return set_command(cfg->unquiesce, value);
}

static const char *set_user(void *to, const char *value)
{
	struct app_config *cfg = to;

	switch (app_user_find(&cfg->user, value)) {
	case 0:
		return NULL;
	case -EAGAIN:
		cfg->no_answer = true;
		return "cannot be looked up, a name service does not answer";
	case -ENAMETOOLONG:
		return "the user's name, home or shell is too long";
	default:
		return "no such user";
	}
}

static const char *set_stage(void *to, const char *value)
{
	struct app_config *cfg = to;
	uint64_t stage;

	_Static_assert(VMOPNOTIFY_STAGES == 8, "the largest stage is named");
	if (!parse_number(value, VMOPNOTIFY_STAGES - 1, &stage))
		return "not a number from 0 to 7";
	cfg->stage = (uint32_t)stage;
	return NULL;
}

static const char *set_timeout(void *to, const char *value)
{
	struct app_config *cfg = to;

	if (!parse_seconds(value, &cfg->timeout_ns) || !cfg->timeout_ns)
		return "not a number of seconds, more than 0";
	return NULL;
}

static const char *set_on_failure(void *to, const char *value)
{
	struct app_config *cfg = to;

	cfg->hold = !strcmp(value, "hold");
	return cfg->hold || !strcmp(value, "ack") ? NULL :
						     "neither ack nor hold";
}

/* What a shell would take for a variable's name. */
static bool is_variable(const char *name)
{
	if (!isalpha((unsigned char)name[0]) && name[0] != '_')
		return false;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && *name != '_')
			return false;
	return true;
}

static bool is_set(const struct app_config *cfg, const char *name)
{
	size_t len = strlen(name);

	for (unsigned int i = 0; i < cfg->env_count; i++)
		if (!strncmp(cfg->env[i], name, len) && cfg->env[i][len] == '=')
			return true;
	return false;
}

static const char *add_variable(void *to, const char *name, const char *value)
{
	struct app_config *cfg = to;
	int n;

	if (!is_variable(name))
		return "not a variable's name";
	if (!strncmp(name, CHILD_ENV_PREFIX, strlen(CHILD_ENV_PREFIX)))
		return "names that begin with " CHILD_ENV_PREFIX " are taken";
	if (is_set(cfg, name))
		return "given twice";
	if (cfg->env_count == APP_ENV_MAX)
		return "there are too many variables";
	n = snprintf(cfg->env[cfg->env_count], APP_TEXT_LEN, "%s=%s", name,
		     value);
	if (n < 0 || n >= APP_TEXT_LEN)
		return "too long";
	cfg->env_count++;
	return NULL;
}

/*
 * inih takes what follows a semicolon with a space before it for a comment: of
 * a command it would silently run the first part.
 */
static const char *line_problem(const char *line)
{
	if (line[0] == ';' || line[0] == '#')
		return NULL;
	for (; *line; line++)
		if (line[0] == ';' && isspace((unsigned char)line[-1]))
			return "a \";\" behind a space begins a comment: put no space there, or the comment on a line of its own";
	return NULL;
}

static const struct keyfile_key keys[] = {
	{ "app", "quiesce",	set_quiesce },
	{ "app", "unquiesce",	set_unquiesce },
	{ "app", "user",	set_user },
	{ "app", "stage",	set_stage },
	{ "app", "timeout_s",	set_timeout },
	{ "app", "on_failure",	set_on_failure },
};

static const struct keyfile kind = {
	.keys = keys, .count = ARRAY_SIZE(keys),
	.any_section = "environment", .add = add_variable,
	.line_problem = line_problem,
};

int app_config_load(struct app_config *cfg, const char *path, char *err,
		    size_t errlen)
{
	const char *missing = NULL;
	int ret;

	memset(cfg, 0, sizeof(*cfg));
	ret = keyfile_load(&kind, cfg, path, err, errlen);
	if (ret)
		return cfg->no_answer ? -EAGAIN : ret;
	if (!cfg->quiesce[0])
		missing = "quiesce";
	else if (!cfg->unquiesce[0])
		missing = "unquiesce";
	if (!missing)
		return 0;
	snprintf(err, errlen, "%s: key \"%s\" in [app] is missing", path,
		 missing);
	return -EINVAL;
}
