// SPDX-License-Identifier: GPL-2.0
/* vmopnotifyctl doctor: what is amiss, and what to do about it. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

#include "command.h"
#include "doctor.h"
#include "output.h"

static const char * const levels[] = {
	[DOCTOR_OK] = "ok",
	[DOCTOR_UNKNOWN] = "unknown",
	[DOCTOR_WARNING] = "warning",
	[DOCTOR_FAILURE] = "failure",
};

/* Where a hypervisor says who it is. */
static void read_signature(char *signature, size_t len)
{
#if defined(__x86_64__) || defined(__i386__)
	unsigned int a, b, c, d, words[3];
	char text[sizeof(words) + 1] = "";

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & 1U << 31))
		return;
	__cpuid(0x40000000, a, words[0], words[1], words[2]);
	memcpy(text, words, sizeof(words));
	text_clean(text, signature, len);
#else
	(void)signature;
	(void)len;
#endif
}

static void print_plain(const char *name, const struct doctor_finding *f)
{
	printf("%-8s %-17s %s\n", levels[f->level], name, f->text);
	if (*f->next)
		printf("%-26s -> %s\n", "", f->next);
}

static void add_json(cJSON *array, const char *name,
		     const struct doctor_finding *f)
{
	cJSON *obj = cJSON_CreateObject();

	cJSON_AddItemToArray(array, obj);
	add_text(obj, "check", name);
	add_text(obj, "result", levels[f->level]);
	add_text(obj, "text", f->text);
	if (*f->next)
		add_text(obj, "next", f->next);
}

static int exit_code(enum doctor_level worst)
{
	switch (worst) {
	case DOCTOR_FAILURE:
		return COMMAND_FAILED;
	case DOCTOR_WARNING:
		return COMMAND_WARNINGS;
	default:
		return COMMAND_OK;
	}
}

static int examine(const struct doctor *d, bool json)
{
	enum doctor_level worst = DOCTOR_OK;
	cJSON *array = cJSON_CreateArray(), *obj;
	int ret = 0;

	for (size_t i = 0; i < doctor_check_count; i++) {
		struct doctor_finding f = {};

		doctor_checks[i].check(d, &f);
		if (f.level > worst)
			worst = f.level;
		if (json)
			add_json(array, doctor_checks[i].name, &f);
		else
			print_plain(doctor_checks[i].name, &f);
	}
	if (json) {
		obj = cJSON_CreateObject();
		add_text(obj, "result", levels[worst]);
		cJSON_AddItemToObject(obj, "checks", array);
		ret = print_object(obj);
	} else {
		cJSON_Delete(array);
	}
	return ret || output_flush() ? COMMAND_FAILED : exit_code(worst);
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "config", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{}
	};
	const char *config = CONFIG_DEFAULT_FILE;
	struct doctor d = { .root = "" };
	bool json = false;
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 'h')
			return command_help(&command_doctor);
		if (c == 'j')
			json = true;
		else if (c == 'c')
			config = optarg;
		else
			return command_usage(&command_doctor, NULL);
	}
	if (optind < argc)
		return command_usage(&command_doctor,
				     "unexpected argument \"%s\"",
				     argv[optind]);
	read_signature(d.signature, sizeof(d.signature));
	doctor_gather(&d, config);
	return examine(&d, json);
}

const struct command command_doctor = {
	.name = "doctor",
	.summary = "looks for what is amiss, and says what to do",
	.help =
	"\n"
	"usage: vmopnotifyctl doctor [--json] [--config FILE]\n"
	"\n"
	"Prints a line for each thing that it looks at: ok, unknown (it cannot\n"
	"be known from inside this machine, or by this user), warning (it works,\n"
	"but may not always) or failure; and the next step to take.  It changes\n"
	"nothing, takes no event from the host, and does not load the module.\n"
	"\n"
	"  --json         prints one object, on one line\n"
	"  --config FILE  the helper's configuration, default\n"
	"                 " CONFIG_DEFAULT_FILE "\n"
	"\n"
	"Needs no privilege, but root sees more.  Exit codes: 0 no warning and no\n"
	"failure, 1 a failure, 2 wrong usage, 3 warnings, but no failure.\n",
	.run = run,
};
