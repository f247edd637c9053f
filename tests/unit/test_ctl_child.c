// SPDX-License-Identifier: GPL-2.0
/* The commands of a user: how they are started, and what their ends mean. */
#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "child.h"

/* What @command prints, which is gone with the next; and how it ends. */
static const char *run(const char *command, siginfo_t *si)
{
	static char said[4096];
	struct child_env env = { 0 };
	FILE *out = tmpfile();
	size_t len;
	pid_t pid;

	assert_non_null(out);
	assert_int_equal(child_spawn(command, &env, fileno(out), &pid), 0);
	assert_int_equal(waitid(P_PID, (id_t)pid, si, WEXITED), 0);
	rewind(out);
	len = fread(said, 1, sizeof(said) - 1, out);
	said[len] = '\0';
	fclose(out);
	return said;
}

static void assert_prints(const char *command, const char *wanted)
{
	siginfo_t si;

	assert_string_equal(run(command, &si), wanted);
	assert_int_equal(child_result(&si), 0);
}

static void test_words(void **state)
{
	(void)state;
	assert_prints("/usr/bin/printf %s. a  b=c\t-d", "a.b=c.-d.");
	assert_prints("/usr/bin/printf %s. a ", "a.");
	assert_prints("/usr/bin/printf %s. 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 "
		      "17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32",
		      "1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16."
		      "17.18.19.20.21.22.23.24.25.26.27.28.29.30.31.32.");
}

static void test_what_shells_do(void **state)
{
	(void)state;
	assert_prints("/usr/bin/printf %s. 'a  b' $((1 + 1)) \\~", "a  b.2.~.");
	assert_prints("/usr/bin/printf a; /usr/bin/printf b", "ab");
	assert_prints("/usr/bin/printf a\n/usr/bin/printf b", "ab");
	assert_prints("X=y; export X; /usr/bin/printenv X", "y\n");
	assert_prints("printf %s a", "a");
	assert_prints(" /usr/bin/printf %s a", "a");
	assert_prints("cd / && pwd", "/\n");
}

/* The one that is started here tells by a variable that it was there. */
static void test_no_shell_for_plain_words(void **state)
{
	siginfo_t si;

	(void)state;
	clearenv();
	assert_non_null(strstr(run("/usr/bin/printenv; :", &si), "PWD="));
	assert_null(strstr(run("/usr/bin/printenv", &si), "PWD="));
}

/* What systemd tells us alone, and what tells of another operation. */
static void test_environment(void **state)
{
	struct child_env env = { 0 };
	siginfo_t si;
	pid_t pid;

	(void)state;
	clearenv();
	setenv("NOTIFY_SOCKET", "/x", 1);
	setenv("WATCHDOG_USEC", "1", 1);
	setenv("WATCHDOG_PID", "1", 1);
	setenv("VMOPNOTIFY_STATE", "idle", 1);
	assert_prints("/usr/bin/printenv", "");
	setenv("WATCHDOG_URL", "http://x", 1);
	assert_prints("/usr/bin/printenv", "WATCHDOG_URL=http://x\n");
	child_env_add(&env, "STATE=%s", "quiescing");
	assert_int_equal(child_spawn("[ $VMOPNOTIFY_STATE = quiescing ]", &env,
				     -1, &pid), 0);
	assert_int_equal(waitid(P_PID, (id_t)pid, &si, WEXITED), 0);
	assert_int_equal(child_result(&si), 0);
}

static void test_script_without_interpreter(void **state)
{
	char *dir = make_dir();
	const char *script = in_dir(dir, "script");
	char command[300];

	(void)state;
	write_text(script, "printf '%s.' \"$@\"\n");
	assert_int_equal(chmod(script, 0755), 0);
	snprintf(command, sizeof(command), "%s a b", script);
	assert_prints(command, "a.b.");
	remove_dir(dir);
}

static void test_cannot_be_run(void **state)
{
	siginfo_t si;

	(void)state;
	assert_non_null(strstr(run("/nowhere/at all", &si), "not found"));
	assert_int_equal(child_result(&si), ENOENT);
	assert_non_null(strstr(run("/dev/null", &si), "ermission denied"));
	assert_int_equal(child_result(&si), EACCES);
	run("/", &si);
	assert_int_equal(child_result(&si), EACCES);
}

/* To be ended, whatever we ignore ourselves. */
static void test_group_of_its_own(void **state)
{
	struct child_env env = { 0 };
	siginfo_t si;
	pid_t pid;

	(void)state;
	signal(SIGTERM, SIG_IGN);
	assert_int_equal(child_spawn("/bin/sleep 1000", &env, -1, &pid), 0);
	signal(SIGTERM, SIG_DFL);
	assert_int_equal(getpgid(pid), pid);
	assert_int_equal(kill(-pid, SIGTERM), 0);
	assert_int_equal(waitid(P_PID, (id_t)pid, &si, WEXITED), 0);
	assert_int_equal(child_result(&si), EINTR);
}

static void test_result(void **state)
{
	static const struct {
		int code, status, result;
		const char *text;
	} cases[] = {
		{ CLD_EXITED, 0, 0, "exit status 0" },
		{ CLD_EXITED, 1, EIO, "exit status 1" },
		{ CLD_EXITED, 125, EIO, "exit status 125" },
		{ CLD_EXITED, 126, EACCES, "exit status 126" },
		{ CLD_EXITED, 127, ENOENT, "exit status 127" },
		{ CLD_EXITED, 128, EIO, "exit status 128" },
		{ CLD_EXITED, 137, EINTR, "exit status 137" },
		{ CLD_KILLED, SIGKILL, EINTR, "signal SIGKILL" },
		{ CLD_DUMPED, SIGSEGV, EINTR, "signal SIGSEGV" },
	};
	char text[32];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		siginfo_t si = { .si_code = cases[i].code };

		si.si_status = cases[i].status;
		assert_int_equal(child_result(&si), cases[i].result);
		assert_string_equal(child_text(&si, text, sizeof(text)),
				    cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_what_shells_do),
		cmocka_unit_test(test_no_shell_for_plain_words),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_script_without_interpreter),
		cmocka_unit_test(test_cannot_be_run),
		cmocka_unit_test(test_group_of_its_own),
		cmocka_unit_test(test_result),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
