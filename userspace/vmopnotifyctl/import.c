// SPDX-License-Identifier: GPL-2.0
/*
 * vmopnotifyctl import: takes over what the Python service is configured to
 * do, and its registration.
 */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "import_map.h"
#include "import_service.h"
#include "import_source.h"
#include "new_file.h"
#include "output.h"
#include "token.h"

#define SOURCE_FILE	"/etc/vmnotification/vmnotification.conf"
#define CONFIG_DIR	"/etc/vmopnotify"
#define STATE_DIR	"/var/lib/vmopnotify"
#define HELPER_USER	"vmopnotifyd"

#define ERR_LEN		(PATH_MAX + 256)

/**
 * enum import_file - the files that are written
 * @FILE_DAEMON: the helper's configuration
 * @FILE_APP: the application's
 * @FILE_TOKEN: the token, if there is one
 * @FILES: how many there may be
 */
enum import_file {
	FILE_DAEMON,
	FILE_APP,
	FILE_TOKEN,
	FILES,
};

/**
 * struct import - what is imported, and how
 * @from: the service's configuration
 * @root: before the names of the files that are written
 * @dry_run: write none
 * @force: replace what is there
 * @keep_interval: keep the service's interval, too
 * @plan: what becomes of its configuration
 * @token: the token of its registration, with an end of line; empty: none
 * @files: what is written
 * @paths: their names
 * @count: how many there are
 */
struct import {
	const char *from;
	const char *root;
	bool dry_run;
	bool force;
	bool keep_interval;
	struct import_plan plan;
	char token[TOKEN_SIZE + 1];
	struct new_file files[FILES];
	char paths[FILES][PATH_MAX];
	size_t count;
};

static int read_file(const char *path, char **text, size_t *len)
{
	FILE *f = fopen(path, "re");
	int ret = 0;

	*text = malloc(SOURCE_MAX + 1);
	if (!f || !*text) {
		ret = f ? -ENOMEM : -errno;
	} else {
		*len = fread(*text, 1, SOURCE_MAX + 1, f);
		if (ferror(f))
			ret = -errno;
	}
	if (f)
		fclose(f);
	if (ret)
		error_line("cannot read %s: %s", path, strerror(-ret));
	return ret;
}

static int make_plan(struct import *im)
{
	struct source source = {};
	char *text, err[512];
	size_t len = 0;
	int ret;

	ret = read_file(im->from, &text, &len);
	if (!ret) {
		ret = source_parse(&source, text, len, err, sizeof(err));
		if (!ret)
			ret = import_map(&source, im->from, im->keep_interval,
					 &im->plan, err, sizeof(err));
		if (ret)
			error_line("%s:%s%s", im->from,
				   isdigit((unsigned char)err[0]) ? "" : " ",
				   err);
	}
	source_free(&source);
	free(text);
	return ret;
}

/* Both would ask the host, and each event would come to one of them. */
static int check_service(const struct import *im)
{
	pid_t pid = service_pid("/proc");

	if (!pid)
		return 0;
	if (im->dry_run || im->force || *im->root) {
		printf("the service is running, pid %d: stop it before vmopnotifyd is started\n",
		       (int)pid);
		return 0;
	}
	error_line("the service is running, pid %d: \"systemctl stop vmnotification\" first, or --force",
		   (int)pid);
	return -EBUSY;
}

static int take_token(struct import *im)
{
	const char *path = im->plan.token_file;
	char err[ERR_LEN];
	int ret;

	ret = token_peek(path, im->token, err, sizeof(err));
	if (ret == -ENOENT || ret == -ENOTDIR) {
		im->token[0] = '\0';
		printf("no registration to take over, as there is no %s: vmopnotifyd makes one\n",
		       path);
		return 0;
	}
	if (ret) {
		error_line("%s: the registration cannot be taken over", err);
		return ret;
	}
	printf("the registration is taken over: its token is in %s; that file stays, and the service would give the registration back if it were started again\n",
	       path);
	strcat(im->token, "\n");
	return 0;
}

/* What was installed, with all of it commented out, is nobody's work. */
static bool says_nothing(const char *path)
{
	char line[256];
	bool nothing = true;
	FILE *f;

	f = fopen(path, "re");
	if (!f)
		return false;
	while (nothing && fgets(line, sizeof(line), f))
		nothing = strchr("#;[\n", line[strspn(line, " \t\r")]) &&
			  strchr(line, '\n');
	nothing &= !ferror(f);
	fclose(f);
	return nothing;
}

static int add_file(struct import *im, const char *name, const char *data,
		    mode_t mode)
{
	struct new_file *file = &im->files[im->count];
	char *path = im->paths[im->count];
	struct stat st;
	int n;

	n = snprintf(path, PATH_MAX, "%s%s", im->root, name);
	if (n < 0 || n >= PATH_MAX - NEW_FILE_SUFFIX) {
		error_line("%s%s: %s", im->root, name, strerror(ENAMETOOLONG));
		return -ENAMETOOLONG;
	}
	im->count++;
	*file = (struct new_file) {
		.path = path, .data = data, .mode = mode, .uid = (uid_t)-1,
		.gid = (gid_t)-1, .replace = im->force,
	};
	if (lstat(path, &st) < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return 0;
		error_line("%s: %s", path, strerror(errno));
		return -errno;
	}
	if (S_ISREG(st.st_mode) && says_nothing(path))
		file->replace = true;
	if (file->replace)
		return 0;
	error_line("%s is there already: --force replaces it", path);
	return -EEXIST;
}

static int add_files(struct import *im)
{
	char name[PATH_MAX];
	int ret;

	ret = add_file(im, CONFIG_DIR "/vmopnotifyd.conf",
		       im->plan.daemon_conf, 0644);
	if (ret)
		return ret;
	snprintf(name, sizeof(name), CONFIG_DIR "/apps.d/%s.conf",
		 im->plan.app);
	ret = add_file(im, name, im->plan.app_conf, 0644);
	if (ret || !im->token[0])
		return ret;
	return add_file(im, STATE_DIR "/token", im->token, 0600);
}

static void show_files(const struct import *im)
{
	for (size_t i = 0; i < im->count; i++) {
		const char *line = im->files[i].data, *end;

		printf("would write %s\n", im->paths[i]);
		/* The token is for nobody to see. */
		for (; i != FILE_TOKEN && *line; line = end + 1) {
			end = strchr(line, '\n');
			printf("\t%.*s\n", (int)(end - line), line);
		}
	}
}

/*
 * Makes a directory, whatever the umask.  Return: 1, 0 if it is there already,
 * or a negative errno.
 */
static int make_dir(const char *dir, mode_t mode)
{
	int ret = mkdir(dir, mode);

	if (ret < 0 && errno == EEXIST)
		return 0;
	if (!ret)
		ret = chmod(dir, mode);
	if (!ret)
		return 1;
	ret = -errno;
	error_line("cannot make %s: %s", dir, strerror(-ret));
	return ret;
}

/* Makes the directories that lead to a file, as far as they are missing. */
static int make_parents(const char *path)
{
	char dir[PATH_MAX];
	int ret = 0;

	snprintf(dir, sizeof(dir), "%s", path);
	for (char *slash = strchr(dir + 1, '/'); slash && ret >= 0;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		ret = make_dir(dir, 0755);
		*slash = '/';
	}
	return ret < 0 ? ret : 0;
}

/* The token's directory is the helper's, as its unit would make it. */
static int make_state_dir(const char *dir, struct new_file *file)
{
	const struct passwd *user = getpwnam(HELPER_USER);
	int ret;

	if (user && !geteuid()) {
		file->uid = user->pw_uid;
		file->gid = user->pw_gid;
	}
	ret = make_dir(dir, 0700);
	if (ret > 0 && file->uid != (uid_t)-1 &&
	    chown(dir, file->uid, file->gid) < 0) {
		ret = -errno;
		error_line("cannot give %s to " HELPER_USER ": %s", dir,
			   strerror(errno));
	}
	return ret < 0 ? ret : 0;
}

static int prepare_file(struct import *im, size_t i)
{
	char err[ERR_LEN], above[PATH_MAX];
	int ret;

	if (i == FILE_TOKEN) {
		/* All but the last one, which is not for everybody. */
		snprintf(above, sizeof(above), "%s", im->paths[i]);
		*strrchr(above, '/') = '\0';
		ret = make_parents(above);
		if (!ret)
			ret = make_state_dir(above, &im->files[i]);
	} else {
		ret = make_parents(im->paths[i]);
	}
	if (ret)
		return ret;
	ret = new_file_prepare(&im->files[i], err, sizeof(err));
	if (ret)
		error_line("%s", err);
	return ret;
}

static int place_file(struct import *im, size_t i)
{
	char err[ERR_LEN];
	int ret;

	ret = new_file_place(&im->files[i], err, sizeof(err));
	if (ret)
		error_line("%s", err);
	return ret;
}

/* All are prepared before the first is placed, and none stays if one fails. */
static int write_files(struct import *im)
{
	int ret = 0;

	for (size_t i = 0; i < im->count && !ret; i++)
		ret = prepare_file(im, i);
	for (size_t i = 0; i < im->count && !ret; i++)
		ret = place_file(im, i);
	for (size_t i = 0; i < im->count; i++) {
		if (ret) {
			new_file_undo(&im->files[i]);
			continue;
		}
		printf("%s %s\n", im->files[i].replaced ? "replaced" : "wrote",
		       im->paths[i]);
		new_file_done(&im->files[i]);
	}
	if (ret)
		error_line("nothing was changed");
	else if (im->count > FILE_TOKEN)
		/* They were granted with another token. */
		terms_remove(im->paths[FILE_TOKEN]);
	return ret;
}

static int import(struct import *im)
{
	int ret;

	ret = make_plan(im);
	if (ret)
		return ret;
	ret = check_service(im);
	if (ret)
		return ret;
	fputs(im->plan.report, stdout);
	ret = take_token(im);
	if (!ret)
		ret = add_files(im);
	if (ret)
		return ret;
	if (im->dry_run) {
		show_files(im);
		return 0;
	}
	ret = write_files(im);
	if (!ret)
		printf("next: systemctl disable --now vmnotification; systemctl enable --now vmopnotifyd vmopnotify-app@%s\n",
		       im->plan.app);
	return ret;
}

enum option_value {
	OPT_OUTPUT_DIR = 256,
	OPT_DRY_RUN,
	OPT_FORCE,
	OPT_KEEP_INTERVAL,
};

static int set_option(struct import *im, int option, const char *text)
{
	switch (option) {
	case OPT_OUTPUT_DIR:
		im->root = text;
		return -1;
	case OPT_DRY_RUN:
		im->dry_run = true;
		return -1;
	case OPT_FORCE:
		im->force = true;
		return -1;
	case OPT_KEEP_INTERVAL:
		im->keep_interval = true;
		return -1;
	case 'h':
		return command_help(&command_import);
	default:
		return command_usage(&command_import, NULL);
	}
}

static int parse(struct import *im, int argc, char **argv)
{
	static const struct option options[] = {
		{ "output-dir", required_argument, NULL, OPT_OUTPUT_DIR },
		{ "dry-run", no_argument, NULL, OPT_DRY_RUN },
		{ "force", no_argument, NULL, OPT_FORCE },
		{ "keep-interval", no_argument, NULL, OPT_KEEP_INTERVAL },
		{ "help", no_argument, NULL, 'h' },
		{}
	};
	int c, ret;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		ret = set_option(im, c, optarg);
		if (ret >= 0)
			return ret;
	}
	if (optind < argc)
		im->from = argv[optind++];
	if (optind < argc)
		return command_usage(&command_import,
				     "unexpected argument \"%s\"",
				     argv[optind]);
	return -1;
}

static int run(int argc, char **argv)
{
	struct import im = { .from = SOURCE_FILE, .root = "" };
	int ret;

	ret = parse(&im, argc, argv);
	if (ret >= 0)
		return ret;
	ret = import(&im);
	import_plan_free(&im.plan);
	/* What was done has been told only if that came through. */
	return output_flush() || ret ? COMMAND_FAILED : COMMAND_OK;
}

const struct command command_import = {
	.name = "import",
	.summary = "takes over the configuration of the vmnotification service",
	.help =
	"\n"
	"usage: vmopnotifyctl import [FILE] [--dry-run] [--force]\n"
	"                            [--keep-interval] [--output-dir DIR]\n"
	"\n"
	"Reads the configuration of the Python service vmnotification, FILE or\n"
	SOURCE_FILE ", and makes ours of it:\n"
	"  " CONFIG_DIR "/vmopnotifyd.conf\n"
	"  " CONFIG_DIR "/apps.d/APP.conf, for vmopnotify-app@APP.service\n"
	"  " STATE_DIR "/token, where the service has left its token:\n"
	"                        vmopnotifyd goes on with its registration\n"
	"What becomes of each key is told, and which have no counterpart.  The\n"
	"commands are written so that a shell runs what the service has run.\n"
	"\n"
	"The service must not run any more.  Stopped by systemctl it gives its\n"
	"registration back, and vmopnotifyd makes another one.\n"
	"\n"
	"  --dry-run         writes nothing, and shows what would be written\n"
	"  --force           replaces files that are there, and takes over from\n"
	"                    a service that is still running\n"
	"  --keep-interval   keeps check_interval_seconds, too\n"
	"  --output-dir DIR  writes to DIR/etc and DIR/var, to try it\n"
	"\n"
	"All files are written, or none.  Exit codes: 0 done, 1 failed, 2 wrong\n"
	"usage.\n",
	.run = run,
};
