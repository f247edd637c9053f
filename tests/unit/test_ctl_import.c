// SPDX-License-Identifier: GPL-2.0
/* "vmopnotifyctl import": what the service's files mean, and become. */
#include "unit_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <syslog.h>

#include "command.h"
#include "config.h"
#include "import_map.h"
#include "import_service.h"
#include "import_source.h"
#include "import_words.h"
#include "token.h"

#define TOKEN	"525b5364-6caf-24a0-562c-87955647baa4"

static char err[512];

static int setup(void **state)
{
	err[0] = '\0';
	return setup_dir(state);
}

/* The value in a file of a key in a section; "ERR" where there is a mistake. */
static const char *value_in(const char *text, const char *section,
			    const char *name)
{
	static char copy[256];
	const struct source_key *key;
	struct source source;
	char *value;

	if (source_parse(&source, text, strlen(text), err, sizeof(err)))
		return "ERR";
	key = source_find(&source, section, name);
	if (!key) {
		strcpy(copy, "NONE");
	} else if (source_value(&source, section, key, &value, err,
				sizeof(err))) {
		strcpy(copy, "ERR");
	} else {
		snprintf(copy, sizeof(copy), "%s", value);
		free(value);
	}
	source_free(&source);
	return copy;
}

/* All as Python's configparser has it. */
static void test_source(void **state)
{
	static const struct {
		const char *text;
		const char *value;
	} rows[] = {
		{ "[S]\nk = v\n", "v" },
		{ "[S]\nk=v", "v" },
		{ "[S]\r\nk : v\r\n", "v" },
		{ "[S]\rk\t=\tv\r", "v" },
		{ "[S]\nK = Vv\n", "Vv" },
		{ "[S]\nk : a = b\n", "a = b" },
		{ "[S]\nk =\n", "" },
		{ "[S]\nk = v # no comment\n", "v # no comment" },
		{ "[S]\nk = v ; no comment\n", "v ; no comment" },
		{ "[S]\n# c\n; c\n  # c\nk = v\n", "v" },
		{ "[S] # after it\nk = v\n", "v" },
		{ "  [S]\n  k = v\n", "v" },
		/* Lines of one value, with what is among them. */
		{ "[S]\nk = a\n  b\n\tc\n", "a\nb\nc" },
		{ "[S]\nk =\n  b\n", "\nb" },
		{ "[S]\nk = a\n\n  b\n\n", "a\n\nb" },
		{ "[S]\nk = a\n# c\n  b\n", "a\nb" },
		{ "[S]\nk = a\n  x = b\n", "a\nx = b" },
		{ "[S]\nk = a\n  [T]\n", "a\n[T]" },
		{ "[S]\n  k = a\n  l = b\n", "a" },
		/* Sections. */
		{ "[DEFAULT]\nk = d\n[S]\n", "d" },
		{ "[DEFAULT]\nk = d\n[S]\nk = v\n", "v" },
		{ "[DEFAULT]\na = 1\n[S]\nk = v\n[DEFAULT]\nb = 1\n", "v" },
		{ "[default]\nk = d\n[S]\n", "NONE" },
		{ "[s]\nk = v\n", "NONE" },
		{ "[S]x]\nk = v\n", "NONE" },
		/* References. */
		{ "[S]\nk = 100%%\n", "100%" },
		{ "[S]\nk = %(X)s!\nx = v\n", "v!" },
		{ "[DEFAULT]\nx = d\n[S]\nk = <%(x)s>\n", "<d>" },
		{ "[DEFAULT]\nx = d\n[S]\nx = s\nk = <%(x)s>\n", "<s>" },
		{ "[S]\nk = %(a)s\na = %(b)s\nb = %%\n", "%" },
		{ "[S]\nk = 100%\n", "ERR" },
		{ "[S]\nk = %(x)s\n", "ERR" },
		{ "[S]\nk = %(x)d\nx = v\n", "ERR" },
		{ "[S]\nk = %(x\nx = v\n", "ERR" },
		{ "[S]\nk = %()s\n", "ERR" },
		{ "[S]\nk = %(k)s\n", "ERR" },
		/* What it does not take. */
		{ "k = v\n[S]\n", "ERR" },
		{ "\xef\xbb\xbf[S]\nk = v\n", "ERR" },
		{ "[S]\nk = v\nk = w\n", "ERR" },
		{ "[S]\nk = v\nK = w\n", "ERR" },
		{ "[S]\nk = v\n[S]\n", "ERR" },
		{ "[S]\nk = v\n[T]\n[T]\n", "ERR" },
		{ "[DEFAULT]\na = 1\n[DEFAULT]\na = 1\n", "ERR" },
		{ "[S]\nk\n", "ERR" },
		{ "[S]\n= v\n", "ERR" },
		{ "[S]\n[]\n", "ERR" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *value = value_in(rows[i].text, "S", "k");

		if (strcmp(value, rows[i].value))
			fail_msg("row %zu: \"%s\", not \"%s\" (%s)", i, value,
				 rows[i].value, err);
	}
	assert_string_equal(value_in("[S]x]\nk = v\n", "S]x", "k"), "v");
}

static void test_mistakes_have_their_line(void **state)
{
	struct source source;

	(void)state;
	assert_string_equal(value_in("[S]\n\nnonsense\n", "S", "k"), "ERR");
	assert_int_equal(strncmp(err, "3: ", 3), 0);
	assert_string_equal(value_in("#\r\n[S]\rk=a\n b\nk=c", "S", "k"),
			    "ERR");
	assert_int_equal(strncmp(err, "5: \"k\"", 6), 0);
	assert_string_equal(value_in("[S]\nx=1\nk=%(y)s\n", "S", "k"), "ERR");
	assert_int_equal(strncmp(err, "3: \"k\"", 6), 0);
	assert_non_null(strstr(err, "\"y\""));
	assert_int_equal(source_parse(&source, "[S]\nk=a\0b\n", 10, err,
				      sizeof(err)), -EINVAL);
	assert_string_equal(err, "2: holds binary data");
	assert_null(source.keys);
}

/* What is too much is refused, and at once. */
static void test_too_much(void **state)
{
	static char text[SOURCE_MAX + 1];
	char laughs[2048] = "[S]\na = ";
	struct source source;
	size_t n = 0;

	(void)state;
	memset(text, '#', sizeof(text));
	assert_int_equal(source_parse(&source, text, SOURCE_MAX, err,
				      sizeof(err)), 0);
	source_free(&source);
	assert_int_equal(source_parse(&source, text, SOURCE_MAX + 1, err,
				      sizeof(err)), -EINVAL);
	n += (size_t)sprintf(text, "[S]\n");
	for (int i = 0; i <= SOURCE_KEYS_MAX; i++)
		n += (size_t)sprintf(text + n, "k%d=v\n", i);
	assert_int_equal(source_parse(&source, text, n, err, sizeof(err)),
			 -EINVAL);
	assert_non_null(strstr(err, "more than 1024 keys"));
	n = 0;
	for (int i = 0; i <= SOURCE_KEYS_MAX; i++)
		n += (size_t)sprintf(text + n, "[%d]\n", i);
	assert_int_equal(source_parse(&source, text, n, err, sizeof(err)),
			 -EINVAL);
	/* A value of a great many lines. */
	n = (size_t)sprintf(text, "[S]\nk=v\n");
	while (n < SOURCE_MAX - 3)
		n += (size_t)sprintf(text + n, " x\n");
	assert_int_equal(source_parse(&source, text, n, err, sizeof(err)), 0);
	source_free(&source);
	/* Little that stands for a great deal, and even for nothing. */
	for (char c = 'b'; c < 'j'; c++) {
		for (int i = 0; i < 16; i++)
			sprintf(laughs + strlen(laughs), "%%(%c)s", c);
		sprintf(laughs + strlen(laughs), "\n%c = ", c);
	}
	assert_string_equal(value_in(laughs, "S", "a"), "ERR");
	assert_non_null(strstr(err, "too long"));
}

static void test_words(void **state)
{
	static const struct {
		const char *command;
		const char *shell;
		bool special;
	} rows[] = {
		{ "systemctl stop a@b.service", "systemctl stop a@b.service",
		  false },
		{ " a \n b\tc ", "a b c", false },
		{ "echo \"I am about to be migrated!\"",
		  "echo 'I am about to be migrated!'", false },
		{ "a 'b c'd\"e f\"", "a 'b cde f'", false },
		{ "a '' \"\"", "a '' ''", false },
		{ "a\\ b \\\\", "'a b' '\\'", false },
		{ "a \"\\\" \\\\ \\n\"", "a '\" \\ \\n'", false },
		{ "a '\\n'", "a '\\n'", false },
		{ "a \"it's\"", "a 'it'\\''s'", false },
		/* What only a shell would do. */
		{ "echo $HOME", "echo '$HOME'", true },
		{ "a; b | c > d &", "'a;' b '|' c '>' d '&'", true },
		{ "a # b", "a '#' b", true },
		{ "a b#c", "a 'b#c'", false },
		{ "a '$x'", "a '$x'", false },
		{ "X=1 a Y=2", "'X=1' a Y=2", false },
		{ "if true", "'if' true", false },
		{ "ls ~", "ls '~'", false },
		/* A comment would begin there in our file. */
		{ "a 'b ;c'", "a 'b '';c'", false },
		{ "a ;", "a ';'", true },
		/* None. */
		{ "", NULL, false },
		{ " \n ", NULL, false },
		{ "a 'b", NULL, false },
		{ "a \"b", NULL, false },
		{ "a \\", NULL, false },
		{ "a 'b\nc'", NULL, false },
		{ "a \x1b", NULL, false },
	};
	const char *why;
	bool special;
	char *shell;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int ret = words_to_shell(rows[i].command, &shell, &special,
					 &why);

		if (ret != (rows[i].shell ? 0 : -EINVAL))
			fail_msg("row %zu: %d", i, ret);
		if (ret) {
			assert_non_null(why);
			assert_null(shell);
			continue;
		}
		assert_string_equal(shell, rows[i].shell);
		assert_int_equal(special, rows[i].special);
		free(shell);
	}
}

/* As it comes with the service, but for the token's place. */
static const char full[] =
"[DEFAULT]\n"
"# Name of the application registered for notifications\n"
"app_name = crdb\n"
"\n"
"check_interval_seconds = 1\n"
"pre_vmotion_cmd = systemctl stop cockroachdb.service\n"
"post_vmotion_cmd = systemctl restart cockroachdb.service\n"
"\n"
"[Token]\n"
"token_file = %s/token_file\n"
"token_file_create = yes\n"
"token_obfuscate_logfile = no\n"
"\n"
"[Logging]\n"
"service_logfile_ = /var/log/vmnotification/vmnotification.log\n"
"service_logfile = /var/log/vmnotification/vmnotification.log\n"
"vmotion_logfile = /var/log/vmnotification/vmotion.log\n"
"timeout_logfile = /var/log/vmnotification/timeout.log\n"
"service_logfile_level  = WARNING\n"
"service_console_level  = WARNING\n"
"service_logfile_maxsize_bytes = 10485760\n"
"vmotion_logfile_maxsize_bytes = 10485760\n"
"timeout_logfile_maxsize_bytes = 10485760\n"
"service_logfile_count = 10\n"
"vmotion_logfile_count = 3\n"
"timeout_logfile_count = 3";

static int map(const char *text, bool keep_interval, struct import_plan *plan)
{
	struct source source;
	int ret;

	ret = source_parse(&source, text, strlen(text), err, sizeof(err));
	if (ret)
		return ret;
	ret = import_map(&source, "conf", keep_interval, plan, err,
			 sizeof(err));
	source_free(&source);
	return ret;
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in:\n%s", part, text);
}

static void test_full(void **state)
{
	struct import_plan plan;
	unsigned int lines = 0;
	char text[4096], key[64];

	(void)state;
	snprintf(text, sizeof(text), full, dir);
	assert_int_equal(map(text, false, &plan), 0);
	assert_string_equal(plan.app, "crdb");
	assert_string_equal(plan.token_file, in_dir(dir, "token_file"));
	assert_string_equal(plan.daemon_conf,
			    "# Made by vmopnotifyctl import of conf\n\n"
			    "[host]\napp_name = crdb\n\n"
			    "[log]\nlevel = warning\n");
	assert_has(plan.app_conf,
		   "[app]\n"
		   "quiesce = systemctl stop cockroachdb.service\n"
		   "unquiesce = systemctl restart cockroachdb.service\n");
	assert_has(plan.app_conf, "\nuser = root\n");
	/* There is a line on each of its keys. */
	for (const char *line = text; line; line = strchr(line + 1, '\n')) {
		if (line[1] == '\n' || sscanf(line, "\n%63[a-z_] =", key) != 1)
			continue;
		assert_has(plan.report, key);
		lines++;
	}
	assert_int_equal(lines, 19);
	assert_has(plan.report, "100 ms");
	assert_has(plan.report, "service_logfile_ in [Logging]: unknown");
	import_plan_free(&plan);
}

#define CMDS	"pre_vmotion_cmd = a\npost_vmotion_cmd = b\n"

static void test_odd(void **state)
{
	static const struct {
		const char *text;
		bool keep_interval;
		const char *app;
		const char *daemon_conf;
	} rows[] = {
		{ "[DEFAULT]\n" CMDS, false, "my_app", "app_name = my_app\n" },
		{ "[DEFAULT]\napp_name = My Shop\n" CMDS, false, "My_Shop",
		  "app_name = My Shop\n" },
		{ "[DEFAULT]\napp_name = ../../etc/x\n" CMDS, false,
		  "_._.._etc_x", "app_name = ../../etc/x\n" },
		{ "[DEFAULT]\napp_name = -x\n" CMDS, false, "_x",
		  "app_name = -x\n" },
		{ "[DEFAULT]\napp_name = a ;b\xc3\xa4\n" CMDS, false,
		  "a__b__", "app_name = a _b__\n" },
		{ "[DEFAULT]\napp_name = 1234567890123456789012345678901234\n"
		  CMDS, false, "1234567890123456789012345678901",
		  "app_name = 1234567890123456789012345678901234\n" },
		{ "[DEFAULT]\ncheck_interval_seconds = 5\n" CMDS, false,
		  "my_app", "app_name = my_app\n" },
		{ "[DEFAULT]\ncheck_interval_seconds = 5\n" CMDS, true,
		  "my_app", "app_name = my_app\npoll_interval_ms = 5000\n" },
		{ "[DEFAULT]\ncheck_interval_seconds = +1_0\n" CMDS, true,
		  "my_app", "app_name = my_app\npoll_interval_ms = 10000\n" },
		{ "[DEFAULT]\ncheck_interval_seconds = 99999999999999999999\n"
		  CMDS, true, "my_app",
		  "app_name = my_app\npoll_interval_ms = 60000\n" },
		{ "[DEFAULT]\n" CMDS "[Logging]\nservice_logfile_level = Info",
		  false, "my_app",
		  "app_name = my_app\n\n[log]\nlevel = info\n" },
		{ "[DEFAULT]\n" CMDS
		  "[Logging]\nservice_logfile_level = critical", false,
		  "my_app", "app_name = my_app\n\n[log]\nlevel = error\n" },
		{ "[DEFAULT]\n" CMDS "[Logging]\nservice_logfile_level = x",
		  false, "my_app", "app_name = my_app\n" },
	};
	struct import_plan plan;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (map(rows[i].text, rows[i].keep_interval, &plan))
			fail_msg("row %zu: %s", i, err);
		if (i == 2)
			assert_null(strchr(plan.app, '/'));
		else
			assert_string_equal(plan.app, rows[i].app);
		assert_string_equal(strstr(plan.daemon_conf, "[host]\n") + 7,
				    rows[i].daemon_conf);
		assert_string_equal(plan.token_file,
				    "/var/run/vmnotification/token_file");
		import_plan_free(&plan);
	}
}

static void test_broken(void **state)
{
	static const struct {
		const char *text;
		const char *says;
	} rows[] = {
		{ "", "no pre_vmotion_cmd" },
		{ "[Token]\n" CMDS, "no pre_vmotion_cmd" },
		{ "[DEFAULT]\npre_vmotion_cmd = a\n", "no post_vmotion_cmd" },
		{ "[DEFAULT]\npre_vmotion_cmd =\npost_vmotion_cmd = b\n",
		  "2: \"pre_vmotion_cmd\" is empty" },
		{ "[DEFAULT]\npre_vmotion_cmd = a\npost_vmotion_cmd = 'b\n",
		  "3: \"post_vmotion_cmd\" has a quotation" },
		{ "[DEFAULT]\napp_name =\n" CMDS, "2: \"app_name\" is empty" },
		{ "[DEFAULT]\ncheck_interval_seconds = 0\n" CMDS, "2: " },
		{ "[DEFAULT]\ncheck_interval_seconds = -1\n" CMDS, "2: " },
		{ "[DEFAULT]\ncheck_interval_seconds = 1  # s\n" CMDS, "2: " },
		{ "[DEFAULT]\ncheck_interval_seconds = 1__0\n" CMDS, "2: " },
		{ "[DEFAULT]\ncheck_interval_seconds = 1_\n" CMDS, "2: " },
		{ "[DEFAULT]\ncheck_interval_seconds =\n" CMDS, "2: " },
		{ "[DEFAULT]\n" CMDS "[Token]\ntoken_file =\n", "5: " },
		{ "[DEFAULT]\n" CMDS "[Token]\ntoken_file = %(x)s\n",
		  "5: \"token_file\"" },
	};
	struct import_plan plan;
	char text[1024];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (map(rows[i].text, true, &plan) != -EINVAL ||
		    !strstr(err, rows[i].says))
			fail_msg("row %zu: \"%s\"", i, err);
	/* The longest command that a line of our file holds, and one more. */
	for (int len = 186; len < 188; len++) {
		snprintf(text, sizeof(text),
			 "[DEFAULT]\npre_vmotion_cmd = %0*d\npost_vmotion_cmd = b\n",
			 len, 0);
		assert_int_equal(map(text, false, &plan),
				 len == 186 ? 0 : -EINVAL);
		if (len == 186)
			import_plan_free(&plan);
	}
	assert_has(err, "too long for a line of our file, by 1 char");
}

/* What the last command has said. */
static char out[16384];

static int import(const char *option, const char *other)
{
	char conf[512], to[512];
	char *argv[] = {
		"import", conf, "--output-dir", to,
		(char *)(option ? option : "--"), (char *)other, NULL
	};
	int fd, ret, stdout_fd, stderr_fd;
	ssize_t n;

	snprintf(conf, sizeof(conf), "%s/conf", dir);
	snprintf(to, sizeof(to), "%s/root", dir);
	fd = open(in_dir(dir, "said"), O_RDWR | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	fflush(stdout);
	stdout_fd = dup(1);
	stderr_fd = dup(2);
	dup2(fd, 1);
	dup2(fd, 2);
	optind = 0;
	ret = command_import.run(other ? 6 : 5, argv);
	fflush(stdout);
	dup2(stdout_fd, 1);
	dup2(stderr_fd, 2);
	close(stdout_fd);
	close(stderr_fd);
	n = pread(fd, out, sizeof(out) - 1, 0);
	assert_true(n >= 0);
	out[n] = '\0';
	close(fd);
	return ret;
}

static void write_full(void)
{
	char text[4096];

	snprintf(text, sizeof(text), full, dir);
	write_text(in_dir(dir, "conf"), text);
}

#define CONF	"root/etc/vmopnotify/vmopnotifyd.conf"
#define APP	"root/etc/vmopnotify/apps.d/crdb.conf"
#define STORED	"root/var/lib/vmopnotify/token"

static bool exists(const char *name)
{
	return !access(in_dir(dir, name), F_OK);
}

static mode_t mode_of(const char *name)
{
	struct stat st;

	assert_int_equal(stat(in_dir(dir, name), &st), 0);
	return st.st_mode & 07777;
}

static void assert_token(const char *wanted)
{
	char token[TOKEN_SIZE];

	assert_int_equal(token_peek(in_dir(dir, STORED), token, err,
				    sizeof(err)), 0);
	assert_string_equal(token, wanted);
}

static void test_writes(void **state)
{
	struct config cfg;

	(void)state;
	umask(0077);
	write_full();
	assert_int_equal(import(NULL, NULL), COMMAND_OK);
	umask(0022);
	assert_has(out, "no registration to take over");
	assert_has(out, "wrote ");
	assert_has(out, "vmopnotify-app@crdb");
	/* What it writes, the helper takes; and everyone can read it. */
	assert_int_equal(config_load(&cfg, in_dir(dir, CONF), err,
				     sizeof(err)), 0);
	assert_string_equal(cfg.app_name, "crdb");
	assert_int_equal(cfg.log_level, LOG_WARNING);
	assert_int_equal(cfg.poll_interval_ms, 100);
	assert_int_equal(mode_of(CONF), 0644);
	assert_int_equal(mode_of(APP), 0644);
	assert_int_equal(mode_of("root/etc/vmopnotify/apps.d"), 0755);
	assert_false(exists(STORED));
	assert_false(exists(CONF ".tmp"));
}

static void test_takes_the_registration_over(void **state)
{
	static const struct terms terms = { .timeout_ms = 1000 };
	struct terms got;

	(void)state;
	write_full();
	/* The service writes it without an end of line, for all to read. */
	write_text(in_dir(dir, "token_file"), TOKEN);
	assert_int_equal(chmod(in_dir(dir, "token_file"), 0644), 0);
	assert_int_equal(import("--keep-interval", NULL), COMMAND_OK);
	assert_has(out, "registration is taken over");
	assert_null(strstr(out, TOKEN));
	assert_token(TOKEN);
	assert_int_equal(mode_of(STORED), 0600);
	assert_int_equal(mode_of("root/var/lib/vmopnotify"), 0700);
	assert_int_equal(mode_of("root/var/lib"), 0755);
	assert_int_equal(mode_of("token_file"), 0644);

	/* Terms that were granted with another token do not stay. */
	assert_int_equal(terms_store(in_dir(dir, STORED), &terms, err,
				     sizeof(err)), 0);
	write_text(in_dir(dir, "token_file"), "another-token");
	assert_int_equal(import("--force", NULL), COMMAND_OK);
	assert_has(out, "replaced ");
	assert_token("another-token");
	assert_int_equal(terms_load(in_dir(dir, STORED), &got), -ENOENT);
	assert_false(exists(STORED ".undo"));
}

static void test_no_token_in_the_file(void **state)
{
	(void)state;
	write_full();
	write_text(in_dir(dir, "token_file"), "two words\n");
	assert_int_equal(import(NULL, NULL), COMMAND_FAILED);
	assert_has(out, "holds no token");
	assert_false(exists("root"));
	write_text(in_dir(dir, "token_file"), TOKEN);
	assert_int_equal(chmod(in_dir(dir, "token_file"), 0666), 0);
	assert_int_equal(import(NULL, NULL), COMMAND_FAILED);
	assert_has(out, "others can write");
}

static void test_dry_run_writes_nothing(void **state)
{
	(void)state;
	write_full();
	write_text(in_dir(dir, "token_file"), TOKEN);
	assert_int_equal(import("--dry-run", NULL), COMMAND_OK);
	assert_has(out, "would write ");
	assert_has(out, "\tquiesce = systemctl stop");
	assert_has(out, "/token\n");
	assert_null(strstr(out, TOKEN));
	assert_false(exists("root"));
}

static void test_replaces_nothing_unasked(void **state)
{
	(void)state;
	write_full();
	assert_int_equal(import(NULL, NULL), COMMAND_OK);
	write_text(in_dir(dir, CONF), "[host]\napp_name = mine\n");
	assert_int_equal(import(NULL, NULL), COMMAND_FAILED);
	assert_has(out, "vmopnotifyd.conf is there already: --force");
	assert_int_equal(import("--dry-run", NULL), COMMAND_FAILED);
	/* All of it commented out: as it was installed. */
	write_text(in_dir(dir, CONF), "# x\n\n[host]\n#app_name = y\n");
	assert_int_equal(unlink(in_dir(dir, APP)), 0);
	assert_int_equal(import(NULL, NULL), COMMAND_OK);
	assert_has(out, "replaced ");
	/* A line that is not ended may say more than what was read of it. */
	write_text(in_dir(dir, CONF), "# x\n\n[host]");
	assert_int_equal(unlink(in_dir(dir, APP)), 0);
	assert_int_equal(import(NULL, NULL), COMMAND_FAILED);
}

/* The last file cannot be placed: those before it are as they were. */
static void test_all_or_nothing(void **state)
{
	struct config cfg;

	(void)state;
	write_full();
	write_text(in_dir(dir, "token_file"), TOKEN);
	assert_int_equal(import(NULL, NULL), COMMAND_OK);
	write_text(in_dir(dir, CONF), "[host]\napp_name = mine\n");
	assert_int_equal(unlink(in_dir(dir, APP)), 0);
	assert_int_equal(unlink(in_dir(dir, STORED)), 0);
	assert_int_equal(mkdir(in_dir(dir, STORED), 0700), 0);
	assert_int_equal(import("--force", NULL), COMMAND_FAILED);
	assert_has(out, "nothing was changed");
	assert_null(strstr(out, "wrote"));
	assert_int_equal(config_load(&cfg, in_dir(dir, CONF), err,
				     sizeof(err)), 0);
	assert_string_equal(cfg.app_name, "mine");
	assert_false(exists(APP));
	assert_false(exists(CONF ".undo"));
	assert_false(exists(APP ".tmp"));
	assert_false(exists(STORED ".tmp"));
}

static void test_unreadable(void **state)
{
	(void)state;
	assert_int_equal(import(NULL, NULL), COMMAND_FAILED);
	assert_has(out, "cannot read ");
	assert_int_equal(mkdir(in_dir(dir, "conf"), 0700), 0);
	assert_int_equal(import(NULL, NULL), COMMAND_FAILED);
	assert_has(out, "cannot read ");
	assert_int_equal(rmdir(in_dir(dir, "conf")), 0);
	write_text(in_dir(dir, "conf"), "[DEFAULT]\nx\n");
	assert_int_equal(import(NULL, NULL), COMMAND_FAILED);
	assert_has(out, "/conf:2: neither");
	write_text(in_dir(dir, "conf"), "[DEFAULT]\n");
	assert_int_equal(import(NULL, NULL), COMMAND_FAILED);
	assert_has(out, "/conf: there is no pre_vmotion_cmd");
	assert_int_equal(import("extra", NULL), COMMAND_USAGE);
	assert_int_equal(import("--nonsense", NULL), COMMAND_USAGE);
}

/* As the kernel shows them: with a NUL behind each. */
#define ARGS(text)	text, sizeof(text)

static void test_running_service(void **state)
{
	static const struct {
		const char *args;
		size_t len;
		bool is;
	} rows[] = {
		{ ARGS("python3\0/opt/vmnotification/vmnotification.py\0-c\0x"), true },
		{ ARGS("/usr/bin/python3.11\0-u\0vmnotification.py"), true },
		{ ARGS("/opt/vmnotification/vmnotification.py\0-c"), true },
		{ ARGS("vim\0vmnotification.py"), false },
		{ ARGS("python3\0other.py\0vmnotification.py"), false },
		{ ARGS("python3"), false },
		{ ARGS("python3\0-"), false },
		{ ARGS(""), false },
	};

	(void)state;
	assert_int_equal(service_pid(in_dir(dir, "none")), 0);
	assert_int_equal(mkdir(in_dir(dir, "4711"), 0700), 0);
	assert_int_equal(mkdir(in_dir(dir, "self"), 0700), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		write_bytes(in_dir(dir, "4711/cmdline"), rows[i].args,
			    rows[i].len);
		if (service_pid(dir) != (rows[i].is ? 4711 : 0))
			fail_msg("row %zu", i);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_source),
		TEST(test_mistakes_have_their_line),
		TEST(test_too_much),
		TEST(test_words),
		TEST(test_full),
		TEST(test_odd),
		TEST(test_broken),
		TEST(test_writes),
		TEST(test_takes_the_registration_over),
		TEST(test_no_token_in_the_file),
		TEST(test_dry_run_writes_nothing),
		TEST(test_replaces_nothing_unasked),
		TEST(test_all_or_nothing),
		TEST(test_unreadable),
		TEST(test_running_service),
	};

	return cmocka_run_group_tests_name("import", tests, NULL, NULL);
}
