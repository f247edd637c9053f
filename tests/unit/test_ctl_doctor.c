// SPDX-License-Identifier: GPL-2.0
/* The doctor: what it says of facts that are made up. */
#include "unit.h"

#include "doctor_facts.c"
#include "doctor_checks.c"

#include <sys/stat.h>
#include <sys/wait.h>

static char *root;

/* A machine where all is well, but for files. */
static struct doctor healthy(void)
{
	struct doctor d = {
		.root = root,
		.signature = "VMwareVMware",
		.vendor = "VMware, Inc.",
		.product = "VMware20,1",
		.tools_version = "VMware Tools daemon, version 12.2.0.41219",
		.rpc = DOCTOR_RPC_ANSWERED,
		.abi_version = VMOPNOTIFY_ABI_VERSION,
		.timeout_ms = 60000,
	};

	config_defaults(&d.config);
	return d;
}

static struct doctor_finding look(const struct doctor *d, const char *name)
{
	struct doctor_finding f = {};

	for (size_t i = 0; i < doctor_check_count; i++)
		if (!strcmp(doctor_checks[i].name, name)) {
			doctor_checks[i].check(d, &f);
			/* Whatever is amiss, something can be done about it. */
			if (f.level >= DOCTOR_WARNING)
				assert_string_not_equal(f.next, "");
			assert_string_not_equal(f.text, "");
			return f;
		}
	fail_msg("no check \"%s\"", name);
	return f;
}

static void assert_level(const struct doctor *d, const char *name,
			 enum doctor_level level, const char *words)
{
	struct doctor_finding f = look(d, name);

	if (f.level != level || !strstr(f.text, words))
		fail_msg("%s: level %d, \"%s\"", name, f.level, f.text);
}

static void put_file(const char *path, const char *text, mode_t mode)
{
	char command[600], full[256];

	doctor_path(&(struct doctor){ .root = root }, path, full, sizeof(full));
	snprintf(command, sizeof(command), "mkdir -p \"$(dirname %s)\"", full);
	assert_int_equal(system(command), 0);
	write_text(full, text);
	assert_int_equal(chmod(full, mode), 0);
}

static void test_hypervisor(void **state)
{
	struct doctor d = healthy();

	(void)state;
	assert_level(&d, "hypervisor", DOCTOR_OK, "VMware20,1");
	/* Any of the three tells it: arm64 has no CPUID. */
	d.signature[0] = '\0';
	assert_level(&d, "hypervisor", DOCTOR_OK, "CPUID says none");
	d.vendor[0] = '\0';
	assert_level(&d, "hypervisor", DOCTOR_OK, "VMware20,1");
	d.product[0] = '\0';
	assert_level(&d, "hypervisor", DOCTOR_FAILURE, "nothing");
}

static void test_hardware(void **state)
{
	struct doctor d = healthy();

	(void)state;
	assert_level(&d, "hardware version", DOCTOR_OK, "version 20");
	strcpy(d.product, "VMware Virtual Platform");
	assert_level(&d, "hardware version", DOCTOR_OK, "the host answers");
	/* Not enabled is an answer, too, but not one that takes version 20. */
	d.rpc = DOCTOR_RPC_NOT_ENABLED;
	assert_level(&d, "hardware version", DOCTOR_UNKNOWN, "cannot be known");
	strcpy(d.product, "VMware7,1");
	assert_level(&d, "hardware version", DOCTOR_UNKNOWN, "VMware7,1");
}

static void test_tools(void **state)
{
	struct doctor d = healthy();

	(void)state;
	assert_level(&d, "VMware Tools", DOCTOR_OK, "12.2");
	strcpy(d.tools_version, "VMware Tools daemon, version 10.3.10.10540");
	assert_level(&d, "VMware Tools", DOCTOR_FAILURE, "10.3");
	strcpy(d.tools_version, "");
	d.tools_status = 1;
	assert_level(&d, "VMware Tools", DOCTOR_WARNING, "ended with 1");
	d.tools_error = -ENOENT;
	assert_level(&d, "VMware Tools", DOCTOR_FAILURE, "No such file");
}

static void test_feature(void **state)
{
	struct doctor d = healthy();

	(void)state;
	assert_level(&d, "host's feature", DOCTOR_OK, "announces");
	d.rpc = DOCTOR_RPC_NONE;
	assert_level(&d, "host's feature", DOCTOR_UNKNOWN, "without vmtoolsd");
	d.rpc = DOCTOR_RPC_NOT_ENABLED;
	strcpy(d.rpc_text, "not enabled on this VM");
	assert_level(&d, "host's feature", DOCTOR_FAILURE, "not enabled");
	d.rpc = DOCTOR_RPC_NO_SERVICE;
	assert_level(&d, "host's feature", DOCTOR_FAILURE, "does not know");
	d.rpc = DOCTOR_RPC_TIMED_OUT;
	assert_level(&d, "host's feature", DOCTOR_FAILURE, "no answer in 5000");
	d.rpc = DOCTOR_RPC_FAILED;
	assert_level(&d, "host's feature", DOCTOR_FAILURE, "cannot be asked");
}

/* An RPC's answer as vmtoolsd passes it on. */
static enum doctor_rpc answer(struct doctor *d, int status, const char *out,
			      const char *err)
{
	struct capture *c = calloc(1, sizeof(*c));
	enum doctor_rpc rpc;

	c->status = status;
	c->out_len = (size_t)sprintf(c->out, "%s", out);
	c->err_len = (size_t)sprintf(c->err, "%s", err);
	d->rpc = DOCTOR_RPC_NONE;
	d->apps[0] = '\0';
	d->app_count = 0;
	take_answer(d, c);
	rpc = d->rpc;
	free(c);
	return rpc;
}

static void test_answers(void **state)
{
	struct doctor d = healthy();

	(void)state;
	assert_int_equal(answer(&d, 0,
				"{\"version\":\"1.0.0\", \"result\": true, \"info\": [     {\"appName\": \"demo\", \"notificationTypes\": [\"sla-miss\"]}] }",
				""), DOCTOR_RPC_ANSWERED);
	assert_string_equal(d.apps, "demo");
	assert_int_equal(d.app_count, 1);
	assert_int_equal(answer(&d, 1, "",
				"{\"version\":\"1.0.0\", \"result\": false, \"errorMessage\": \"vm-operation-notification.list: VM operation notification not enabled on this VM\" }\n"),
			 DOCTOR_RPC_NOT_ENABLED);
	assert_non_null(strstr(d.rpc_text, "not enabled"));
	/* Wherever it is said, and whatever vmtoolsd makes of it. */
	assert_int_equal(answer(&d, 1, "", "Unknown command\n"),
			 DOCTOR_RPC_NO_SERVICE);
	assert_int_equal(answer(&d, 1, "Unknown command", ""),
			 DOCTOR_RPC_NO_SERVICE);
	assert_int_equal(answer(&d, 0, "Unknown command\n", ""),
			 DOCTOR_RPC_NO_SERVICE);
	assert_string_equal(d.rpc_text, "Unknown command");
	assert_int_equal(answer(&d, 1, "", "Unable to send command to VMware hypervisor.\n"),
			 DOCTOR_RPC_FAILED);
	assert_int_equal(answer(&d, 1, "", ""), DOCTOR_RPC_FAILED);
	assert_non_null(strstr(d.rpc_text, "without a word"));
	assert_int_equal(answer(&d, 0, "garbage", ""), DOCTOR_RPC_FAILED);
}

static void test_list(void **state)
{
	struct doctor d = healthy();
	char text[4096];
	int n;

	(void)state;
	doctor_take_list(&d, "{\"info\":[{\"appName\":\"a\"},{\"x\":1},{\"appName\":\"b\\u0007\"},{\"appName\":7}]}");
	assert_string_equal(d.apps, "a, b?");
	assert_int_equal(d.app_count, 2);
	/* More than there is room for. */
	n = sprintf(text, "{\"info\":[");
	for (int i = 0; i < 30; i++)
		n += sprintf(text + n, "%s{\"appName\":\"an application of a long name\"}",
			     i ? "," : "");
	sprintf(text + n, "]}");
	doctor_take_list(&d, text);
	assert_int_equal(d.app_count, 32);
	assert_int_equal(strlen(d.apps), sizeof(d.apps) - 1);
	doctor_take_list(&d, "no JSON");
	doctor_take_list(&d, "[]");
	doctor_take_list(&d, "{\"info\":7}");
	assert_int_equal(d.app_count, 32);
}

static void test_registration(void **state)
{
	struct doctor d = healthy();

	(void)state;
	assert_level(&d, "registration", DOCTOR_OK, "free");
	d.has_helper = true;
	strcpy(d.app_name, "lab");
	assert_level(&d, "registration", DOCTOR_FAILURE, "nobody registered");
	d.app_count = 1;
	strcpy(d.apps, "lab");
	assert_level(&d, "registration", DOCTOR_OK, "\"lab\"");
	strcpy(d.apps, "thief");
	assert_level(&d, "registration", DOCTOR_FAILURE, "\"thief\"");
	d.rpc = DOCTOR_RPC_NOT_ENABLED;
	assert_level(&d, "registration", DOCTOR_UNKNOWN, "cannot be asked");
}

/* The helper's own name is in the host's list, and none is attached. */
static void test_own_registration(void **state)
{
	struct doctor d = healthy();

	(void)state;
	d.app_count = 1;
	strcpy(d.apps, d.config.app_name);
	assert_level(&d, "registration", DOCTOR_FAILURE, "there is no /var/lib/vmopnotify/token");
	assert_non_null(strstr(look(&d, "registration").next, "rebooted"));
	/* The module would know whether one is. */
	strcpy(d.kernel_error, "no such family");
	assert_level(&d, "registration", DOCTOR_UNKNOWN, "cannot be asked");
	d.kernel_error[0] = '\0';
	/* The next helper goes on with it. */
	put_file(d.config.token_file, "secret", 0600);
	assert_level(&d, "registration", DOCTOR_OK, "\"vmopnotify\"");
	/* What cannot be seen is not known. */
	strcat(d.config.token_file, "/token");
	assert_level(&d, "registration", DOCTOR_UNKNOWN, "Not a directory");
	strcpy(d.config.token_file, "/elsewhere/token");
	assert_level(&d, "registration", DOCTOR_FAILURE, "/elsewhere/token");
	d.has_helper = true;
	strcpy(d.app_name, "vmopnotify");
	assert_level(&d, "registration", DOCTOR_OK, "\"vmopnotify\"");
}

/* Only root sees into the helper's directory. */
static void test_token_of_others(void **state)
{
	struct doctor d = healthy();
	char path[256];
	int status;
	pid_t pid;

	(void)state;
	d.app_count = 1;
	strcpy(d.apps, d.config.app_name);
	put_file(d.config.token_file, "secret", 0600);
	doctor_path(&d, "/var/lib/vmopnotify", path, sizeof(path));
	assert_int_equal(chmod(path, 0), 0);
	pid = fork();
	if (!pid) {
		struct doctor_finding f = {};

		if (!geteuid() && setuid(65534))
			_exit(2);
		judge_own(&d, &f);
		_exit(f.level != DOCTOR_UNKNOWN || !strstr(f.next, "as root"));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(chmod(path, 0700), 0);
}

static void test_module(void **state)
{
	struct doctor d = healthy();

	(void)state;
	assert_level(&d, "module", DOCTOR_FAILURE, "not loaded");
	assert_level(&d, "ABI", DOCTOR_UNKNOWN, "not loaded");
	put_file("/sys/module/vmopnotify/version", VMOPNOTIFY_VERSION "\n",
		 0444);
	assert_level(&d, "module", DOCTOR_OK, VMOPNOTIFY_VERSION);
	assert_level(&d, "ABI", DOCTOR_OK, "version");
	put_file("/sys/module/vmopnotify/version", "0.0.1\n", 0644);
	assert_level(&d, "module", DOCTOR_WARNING, "0.0.1");
	d.abi_version = VMOPNOTIFY_ABI_VERSION - 1;
	assert_level(&d, "ABI", DOCTOR_WARNING, "version");
	/* A newer one still has all that is needed. */
	d.abi_version = VMOPNOTIFY_ABI_VERSION + 1;
	assert_level(&d, "ABI", DOCTOR_OK, "version");
	strcpy(d.kernel_error, "no such family");
	assert_level(&d, "ABI", DOCTOR_FAILURE, "no such family");
}

static void test_device(void **state)
{
	struct doctor d = healthy();

	(void)state;
	assert_level(&d, "device", DOCTOR_FAILURE, "No such file");
	put_file(DEVICE_PATH, "", 0660);
	assert_level(&d, "device", DOCTOR_FAILURE, "not a device");
}

static void test_helper(void **state)
{
	struct doctor d = healthy();

	(void)state;
	assert_level(&d, "helper", DOCTOR_FAILURE, "none is attached");
	d.has_helper = true;
	strcpy(d.helper, "vmopnotifyd 1");
	strcpy(d.app_name, "lab");
	assert_level(&d, "helper", DOCTOR_OK, "another pid namespace");
	d.helper_pid = (uint32_t)getpid();
	assert_level(&d, "helper", DOCTOR_OK, "vmopnotifyd 1 as \"lab\"");
	/* Above what any kernel gives. */
	d.helper_pid = 0x7ffffffe;
	assert_level(&d, "helper", DOCTOR_FAILURE, "gone");
	strcpy(d.kernel_error, "no such family");
	assert_level(&d, "helper", DOCTOR_UNKNOWN, "cannot be asked");
}

static void test_service(void **state)
{
	struct doctor_finding f = {};
	struct doctor d = healthy();

	(void)state;
	assert_level(&d, "service", DOCTOR_UNKNOWN, "does not run here");
	judge_unit(&f, "active", "enabled");
	assert_int_equal(f.level, DOCTOR_OK);
	judge_unit(&f, "active", "disabled");
	assert_int_equal(f.level, DOCTOR_WARNING);
	judge_unit(&f, "failed", "enabled");
	assert_int_equal(f.level, DOCTOR_FAILURE);
	judge_unit(&f, "inactive", "");
	assert_int_equal(f.level, DOCTOR_FAILURE);
	assert_non_null(strstr(f.text, "not installed"));
}

static void test_token(void **state)
{
	struct doctor d = healthy();

	(void)state;
	assert_level(&d, "token", DOCTOR_OK, "none");
	d.has_helper = true;
	assert_level(&d, "token", DOCTOR_WARNING, "a helper is attached");
	put_file(d.config.token_file, "secret", 0600);
	assert_level(&d, "token", DOCTOR_OK, "mode 0600");
	put_file(d.config.token_file, "secret", 0640);
	assert_level(&d, "token", DOCTOR_FAILURE, "mode 0640");
}

static void test_token_of_another(void **state)
{
	struct doctor d = healthy();
	char path[2 * PATH_MAX];

	(void)state;
	put_file(d.config.token_file, "secret", 0600);
	if (chown(doctor_path(&d, d.config.token_file, path, sizeof(path)),
		  1, (gid_t)-1))
		skip();
	assert_level(&d, "token", DOCTOR_WARNING, "belongs to user 1,");
}

static void test_timeout(void **state)
{
	struct doctor d = healthy();

	(void)state;
	assert_level(&d, "timeout", DOCTOR_UNKNOWN, "registered");
	d.has_helper = true;
	assert_level(&d, "timeout", DOCTOR_OK, "60.0 s");
	d.expected_ms = 60001;
	assert_level(&d, "timeout", DOCTOR_WARNING, "say that they need");
	d.expected_ms = 0;
	d.timeout_ms = 1000;
	assert_level(&d, "timeout", DOCTOR_WARNING, "only");
}

static void test_config(void **state)
{
	struct doctor d = healthy();

	(void)state;
	/* None is as good as one that says nothing. */
	gather_config(&d, "/etc/vmopnotifyd.conf");
	assert_level(&d, "configuration", DOCTOR_OK, "\"vmopnotify\"");
	put_file("/etc/vmopnotifyd.conf", "[host]\napp_name = shop\n", 0644);
	gather_config(&d, "/etc/vmopnotifyd.conf");
	assert_level(&d, "configuration", DOCTOR_OK, "\"shop\"");
	put_file("/etc/vmopnotifyd.conf", "[host]\nnonsense = 1\n", 0644);
	gather_config(&d, "/etc/vmopnotifyd.conf");
	assert_level(&d, "configuration", DOCTOR_FAILURE, "nonsense");
	assert_string_equal(d.config.app_name, "vmopnotify");
}

/* The clock and the kernel are those of the machine: they say something. */
static void test_rest(void **state)
{
	struct doctor d = healthy();

	(void)state;
	put_file(CLOCKSOURCE, "tsc\n", 0644);
	assert_non_null(strstr(look(&d, "clock").text, "tsc"));
	assert_level(&d, "kernel", DOCTOR_OK, ".");
	look(&d, "access");
}

static struct capture *captured(const char *script, uint32_t timeout_ms,
				int want)
{
	char *argv[] = { (char *)"/bin/sh", (char *)"-c", (char *)script,
			 NULL };
	struct capture *c = calloc(1, sizeof(*c));

	assert_int_equal(capture_run(argv, timeout_ms, c), want);
	return c;
}

static void test_capture(void **state)
{
	char *nowhere[] = { (char *)"/nowhere/at/all", NULL };
	struct capture *c;

	(void)state;
	c = captured("echo out; echo err >&2; cat; exit 3", 60000, 0);
	assert_string_equal(c->out, "out\n");
	assert_string_equal(c->err, "err\n");
	assert_int_equal(c->status, 3);
	assert_int_equal(capture_run(nowhere, 60000, c), -ENOENT);
	free(c);
	/* A child that it leaves keeps nobody waiting. */
	c = captured("sleep 1000 & echo done", 60000, 0);
	assert_string_equal(c->out, "done\n");
	free(c);
	c = captured("yes | head -c 1000000; kill -9 $$", 60000, 0);
	assert_int_equal(c->out_len, CAPTURE_MAX);
	assert_int_equal(c->status, 128 + SIGKILL);
	free(c);
	c = captured("echo before; exec sleep 1000", 2000, -ETIMEDOUT);
	assert_string_equal(c->out, "before\n");
	free(c);
}

static int make_root(void **state)
{
	(void)state;
	root = make_dir();
	return 0;
}

static int remove_root(void **state)
{
	(void)state;
	remove_dir(root);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_hypervisor),
		TEST(test_hardware),
		TEST(test_tools),
		TEST(test_feature),
		TEST(test_answers),
		TEST(test_list),
		TEST(test_registration),
		TEST(test_own_registration),
		TEST(test_token_of_others),
		TEST(test_module),
		TEST(test_device),
		TEST(test_helper),
		TEST(test_service),
		TEST(test_token),
		TEST(test_token_of_another),
		TEST(test_timeout),
		TEST(test_config),
		TEST(test_rest),
		TEST(test_capture),
	};

	return cmocka_run_group_tests_name("doctor", tests, NULL, NULL);
}
