// SPDX-License-Identifier: GPL-2.0
/* The Python service's configuration: import_source.c, and what it becomes. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "app_config.h"
#include "config.h"
#include "fuzz.h"
#include "import_map.h"
#include "import_source.h"
#include "import_words.h"

/* Quoted once it means to a shell what it meant: it does not change again. */
static void check_command(const char *value)
{
	char *shell, *again;
	const char *why;
	bool special;

	if (words_to_shell(value, &shell, &special, &why)) {
		CHECK(why && !shell);
		return;
	}
	CHECK(shell[0] && !strchr(shell, '\n'));
	CHECK(!strstr(shell, " ;") && !strstr(shell, "\t;"));
	CHECK(!words_to_shell(shell, &again, &special, &why));
	CHECK(!special);
	CHECK(!strcmp(shell, again));
	free(shell);
	free(again);
}

static void check_keys(const struct source *source)
{
	char *value, err[256];

	for (size_t i = 0; i < source->keys_count; i++) {
		const struct source_key *key = &source->keys[i];

		CHECK(key->name[0] && key->len == strlen(key->value));
		CHECK(source_find(source, key->section, key->name) == key);
		if (source_value(source, key->section, key, &value, err,
				 sizeof(err))) {
			CHECK(!value && isdigit((unsigned char)err[0]));
			continue;
		}
		CHECK(strlen(value) <= SOURCE_VALUE_MAX);
		/* Without a reference it stands for itself. */
		CHECK(strchr(key->value, '%') || !strcmp(key->value, value));
		check_command(value);
		free(value);
	}
}

static void check_lines(const char *text)
{
	for (; *text; text += strcspn(text, "\n") + 1) {
		CHECK(strchr(text, '\n'));
		CHECK(strcspn(text, "\n") <= 196);
	}
}

/* What is written for the helper, and for a runner, they take. */
static void check_files(const struct import_plan *plan)
{
	struct app_config app;
	struct config cfg;
	char err[1024];

	CHECK(!config_load(&cfg, fuzz_file(plan->daemon_conf,
					   strlen(plan->daemon_conf)),
			   err, sizeof(err)));
	CHECK(!app_config_load(&app, fuzz_file(plan->app_conf,
					       strlen(plan->app_conf)),
			       err, sizeof(err)));
}

static void check_plan(const struct import_plan *plan)
{
	check_files(plan);
	CHECK(plan->app[0] && plan->app[0] != '.' && plan->app[0] != '-');
	CHECK(fuzz_is_clean(plan->app) && !strpbrk(plan->app, "/ \"\\;"));
	CHECK(plan->token_file[0]);
	check_lines(plan->daemon_conf);
	check_lines(plan->app_conf);
	for (const char *c = plan->report; *c; c++)
		CHECK((unsigned char)*c >= ' ' || *c == '\n');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct import_plan plan;
	struct source source;
	char err[512] = "";

	if (source_parse(&source, (const char *)data, size, err,
			 sizeof(err))) {
		CHECK(isdigit((unsigned char)err[0]));
		CHECK(!source.keys && !source.keys_count);
		return 0;
	}
	check_keys(&source);
	for (int keep = 0; keep < 2; keep++) {
		if (import_map(&source, "a file", keep, &plan, err,
			       sizeof(err))) {
			CHECK(err[0] && !plan.report);
			continue;
		}
		check_plan(&plan);
		import_plan_free(&plan);
	}
	source_free(&source);
	return 0;
}
