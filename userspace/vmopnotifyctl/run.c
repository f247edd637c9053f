// SPDX-License-Identifier: GPL-2.0
/*
 * vmopnotifyctl run: one application's part, with commands of the user.
 *
 * What is to be done is decided in runner_logic.c; here it is carried out.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <systemd/sd-event.h>

#include "child.h"
#include "command.h"
#include "device.h"
#include "output.h"
#include "runner_logic.h"

/**
 * struct run - a runner and what it holds
 * @r: what decides
 * @name: the consumer's name
 * @quiesce: the command that gets the application quiet
 * @unquiesce: the command that ends that
 * @device: the device
 * @loop: the event loop
 * @timer: for runner_timer_ns()
 * @child: watches the command that runs
 * @pid: the command that runs, and its process group; 0: none
 * @unquiescing: it is the unquiesce command
 * @ending: it was told to end, by a signal
 * @op: what it runs for
 * @began_ns: since when
 * @failed: the device is of no use any more
 */
struct run {
	struct runner r;
	const char *name;
	const char *quiesce;
	const char *unquiesce;
	struct vmopnotify *device;
	sd_event *loop;
	sd_event_source *timer;
	sd_event_source *child;
	pid_t pid;
	bool unquiescing;
	bool ending;
	struct runner_op op;
	uint64_t began_ns;
	bool failed;
};

static void say(const struct run *run, const struct runner_op *op,
		const char *format, ...) __attribute__((format(printf, 3, 4)));

static void say(const struct run *run, const struct runner_op *op,
		const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (op)
		error_line("%s: %soperation %" PRIu64 ": %s", run->name,
			   op->drill ? "DRILL " : "", op->id, text);
	else
		error_line("%s: %s", run->name, text);
}

static const char *command_name(bool unquiesce)
{
	return unquiesce ? "unquiesce" : "quiesce";
}

static int on_child(sd_event_source *source, const siginfo_t *si, void *arg);

static void make_env(const struct run *run, const struct runner_op *op,
		     bool unquiesce, struct child_env *env)
{
	uint64_t now_ns = monotonic_ns();
	uint64_t left_ns = op->deadline_ns > now_ns ? op->deadline_ns - now_ns :
						      0;

	child_env_add(env, "NAME=%s", run->name);
	child_env_add(env, "OPERATION_ID=%" PRIu64, op->id);
	child_env_add(env, "OPERATION_TYPE=%s", op->type);
	child_env_add(env, "STATE=%s", vmopnotify_state_name(op->state));
	child_env_add(env, "DRILL=%d", op->drill);
	if (!unquiesce) {
		child_env_add(env, "DEADLINE_MS=%" PRIu64,
			      left_ns / NSEC_PER_MSEC);
		return;
	}
	child_env_add(env, "END_STATUS=%s", vmopnotify_end_name(op->status));
	child_env_add(env, "STUN_MS=%" PRIu64,
		      (op->stun_ns + NSEC_PER_MSEC / 2) / NSEC_PER_MSEC);
}

static void announce(const struct run *run, const struct runner_op *op,
		     bool unquiesce)
{
	char type[64], left[64];

	if (!unquiesce)
		say(run, op, "%s, deadline %s: running the quiesce command",
		    text_clean(op->type, type, sizeof(type)),
		    left_text(op->deadline_ns, monotonic_ns(), left,
			      sizeof(left)));
	else if (op->status == VMOPNOTIFY_END_NONE)
		say(run, op, "%s: running the unquiesce command",
		    run->r.stopping ? "stopping before its end" :
				      "is over, its end was not seen");
	else
		say(run, op, "is over, %s: running the unquiesce command",
		    vmopnotify_end_name(op->status));
}

static void start_command(struct run *run, const struct runner_op *op,
			  bool unquiesce)
{
	struct child_env env = {};
	int ret;

	announce(run, op, unquiesce);
	make_env(run, op, unquiesce, &env);
	ret = child_spawn(unquiesce ? run->unquiesce : run->quiesce, &env,
			  &run->pid);
	if (ret)
		goto fail;
	run->unquiescing = unquiesce;
	run->ending = false;
	run->op = *op;
	run->began_ns = monotonic_ns();
	run->child = sd_event_source_disable_unref(run->child);
	ret = sd_event_add_child(run->loop, &run->child, run->pid, WEXITED,
				 on_child, run);
	if (ret >= 0)
		return;
	/* Without a watch its end would not be seen. */
	kill(-run->pid, SIGKILL);
	waitpid(run->pid, NULL, 0);
fail:
	run->pid = 0;
	say(run, op, "cannot start the %s command: %s%s",
	    command_name(unquiesce), strerror(-ret),
	    unquiesce ? ", trying again" : "");
	runner_not_started(&run->r, -ret, monotonic_ns());
}

static void tell_ack(const struct run *run, const struct runner_op *op,
		     int result)
{
	uint64_t ns = monotonic_ns() - run->r.began_ns;
	char text[64];

	if (result)
		say(run, op, "acked, with %s",
		    errno_text(result, text, sizeof(text)));
	else
		say(run, op, "acked, quiet after %s",
		    duration_text(ns, text, sizeof(text)));
}

static void ack(struct run *run, const struct runner_op *op, int result)
{
	int ret = vmopnotify_ack_operation(run->device, op->id, result);

	if (!ret) {
		tell_ack(run, op, result);
		return;
	}
	runner_refused(&run->r);
	if (ret == -ESTALE)
		say(run, op, "not acked: it has ended meanwhile");
	else if (ret == -ENOTCONN)
		say(run, op, "not acked: it does not wait for this consumer");
	else
		say(run, op, "not acked: %s", strerror(-ret));
}

/* Nobody waits for us from here on; what is left to undo is undone. */
static void leave(struct run *run)
{
	int ret = vmopnotify_leave(run->device);

	if (ret)
		say(run, NULL, "cannot leave: %s", strerror(-ret));
}

static void end_command(struct run *run, int sig)
{
	if (!run->pid)
		return;
	if (sig == SIGKILL)
		say(run, &run->op, "the quiesce command does not end: killing it");
	else if (run->r.overlong)
		say(run, &run->op, "the quiesce command takes too long: ending it");
	else
		say(run, &run->op, "%s while the quiesce command runs: ending it",
		    run->r.stopping ? "stopping" : "is over");
	run->ending = true;
	kill(-run->pid, sig);
}

static void act(struct run *run, const struct runner_action *action)
{
	const struct runner_op *op = &action->op;
	char text[64];

	switch (action->type) {
	case RUNNER_DO_QUIESCE:
		start_command(run, op, false);
		break;
	case RUNNER_DO_UNQUIESCE:
		start_command(run, op, true);
		break;
	case RUNNER_DO_ACK:
		ack(run, op, action->result);
		break;
	case RUNNER_DO_HOLD:
		say(run, op, "not acked, because of %s: held until its deadline",
		    errno_text(action->result, text, sizeof(text)));
		break;
	case RUNNER_DO_TERM:
		end_command(run, SIGTERM);
		break;
	case RUNNER_DO_KILL:
		end_command(run, SIGKILL);
		break;
	case RUNNER_DO_PASS:
		say(run, op, "passed over: the one before was not undone in time");
		break;
	case RUNNER_DO_LEAVE:
		leave(run);
		break;
	case RUNNER_DO_EXIT:
		sd_event_exit(run->loop, 0);
		break;
	}
}

/* Carry out what an input has brought about. */
static void act_all(struct run *run)
{
	struct runner_action action;

	while (runner_next(&run->r, &action))
		act(run, &action);
}

/* The same, and have it woken for what is due next. */
static int settle(struct run *run)
{
	uint64_t due_ns;
	int ret;

	act_all(run);
	due_ns = runner_timer_ns(&run->r);
	if (!due_ns)
		return sd_event_source_set_enabled(run->timer, SD_EVENT_OFF);
	/* Rounded up: at its time it is due. */
	ret = sd_event_source_set_time(run->timer,
				       (due_ns + NSEC_PER_USEC - 1) /
				       NSEC_PER_USEC);
	if (ret < 0)
		return ret;
	return sd_event_source_set_enabled(run->timer, SD_EVENT_ONESHOT);
}

static void tell_end(const struct run *run, const siginfo_t *si)
{
	char how[32], text[32];

	duration_text(monotonic_ns() - run->began_ns, text, sizeof(text));
	if (run->unquiescing && !child_result(si))
		say(run, &run->op, "resumed after %s", text);
	else if (child_result(si))
		say(run, &run->op, "the %s command %s after %s: %s",
		    command_name(run->unquiescing),
		    run->ending ? "ended" : "FAILED", text,
		    child_text(si, how, sizeof(how)));
}

static int on_child(sd_event_source *source, const siginfo_t *si, void *arg)
{
	struct run *run = arg;
	int ret;

	/*
	 * Others of the group do not outlive a command that was ended.  It is
	 * reaped only after this, so the group's id is still its own.
	 */
	if (run->ending)
		kill(-run->pid, SIGKILL);
	tell_end(run, si);
	run->pid = 0;
	/* The next command may be started here: its watch is another. */
	run->child = NULL;
	runner_done(&run->r, child_result(si), monotonic_ns());
	ret = settle(run);
	/* Else it would last as long as the loop, and the pidfd with it. */
	sd_event_source_disable_unref(source);
	return ret;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *arg)
{
	struct run *run = arg;

	(void)source;
	(void)usec;
	runner_tick(&run->r, monotonic_ns());
	return settle(run);
}

static int on_signal(sd_event_source *source,
		     const struct signalfd_siginfo *si, void *arg)
{
	struct run *run = arg;

	(void)source;
	if (run->r.stopping)
		say(run, NULL, "SIG%s again: stopping already, once the command of pid %d has ended",
		    sigabbrev_np((int)si->ssi_signo), (int)run->pid);
	else
		say(run, NULL, "SIG%s: leaving%s",
		    sigabbrev_np((int)si->ssi_signo),
		    run->r.phase == RUNNER_NORMAL ? "" :
		    " once the application has resumed");
	runner_stop(&run->r, monotonic_ns());
	return settle(run);
}

static int synchronize(struct run *run)
{
	struct vmopnotify_operation op;
	struct vmopnotify_status st;
	int ret;

	ret = device_snapshot(run->device, &st, &op);
	if (ret)
		return ret;
	runner_sync(&run->r, &st, op.operation_type, monotonic_ns());
	if (run->r.late)
		say(run, NULL, "operation %" PRIu64 " started before this consumer joined: it takes part from the next one on",
		    (uint64_t)st.operation_id);
	return 0;
}

static int take_records(struct run *run)
{
	struct vmopnotify_event events[DEVICE_RECORDS];
	uint64_t now_ns;
	int i, n;

	n = vmopnotify_next_events(run->device, events, DEVICE_RECORDS);
	if (n == -EAGAIN)
		return 0;
	if (n == -EPIPE) {
		say(run, NULL, "events were lost: asking for the state");
		return synchronize(run);
	}
	now_ns = monotonic_ns();
	for (i = 0; i < n; i++) {
		runner_event(&run->r, &events[i], now_ns);
		act_all(run);
	}
	return n < 0 ? n : 0;
}

static int on_device(sd_event_source *source, int fd, uint32_t revents,
		     void *arg)
{
	struct run *run = arg;
	int ret;

	(void)fd;
	(void)revents;
	ret = take_records(run);
	if (ret) {
		/* Nothing will be heard any more: do not leave it quiet. */
		say(run, NULL, "cannot read %s: %s: leaving", DEVICE_PATH,
		    strerror(-ret));
		run->failed = true;
		sd_event_source_set_enabled(source, SD_EVENT_OFF);
		runner_stop(&run->r, monotonic_ns());
	}
	return settle(run);
}

/*
 * Signals are taken by the loop.  Their dispositions may have been left odd
 * by who started us: an ignored SIGCHLD would lose a command's end.  SIGHUP
 * and SIGINT stay ignored where they are, which is what nohup is for.
 */
static int prepare_signals(struct run *run)
{
	static const int stops[] = { SIGTERM, SIGINT, SIGHUP };
	sigset_t mask;
	int ret = 0;

	signal(SIGCHLD, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	/* To say something to nobody must not end a runner that is quiet. */
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	for (size_t i = 0; i < sizeof(stops) / sizeof(stops[0]); i++)
		sigaddset(&mask, stops[i]);
	sigprocmask(SIG_BLOCK, &mask, NULL);

	for (size_t i = 0; i < sizeof(stops) / sizeof(stops[0]); i++) {
		ret = sd_event_add_signal(run->loop, NULL, stops[i], on_signal,
					  run);
		if (ret < 0)
			break;
	}
	return ret < 0 ? ret : 0;
}

static int prepare_loop(struct run *run)
{
	int ret;

	ret = sd_event_new(&run->loop);
	if (ret < 0)
		return ret;
	ret = prepare_signals(run);
	if (ret)
		return ret;
	ret = sd_event_add_io(run->loop, NULL, vmopnotify_fd(run->device),
			      EPOLLIN, on_device, run);
	if (ret < 0)
		return ret;
	/* An accuracy of 1 us: the default would be 250 ms late. */
	ret = sd_event_add_time(run->loop, &run->timer, CLOCK_MONOTONIC, 0, 1,
				on_timer, run);
	if (ret < 0)
		return ret;
	return sd_event_source_set_enabled(run->timer, SD_EVENT_OFF);
}

static int run_loop(struct run *run)
{
	int ret;

	ret = prepare_loop(run);
	if (ret < 0) {
		error_line("cannot set up the event loop: %s", strerror(-ret));
		return ret;
	}
	ret = device_join(run->device, run->name, run->r.stage);
	if (ret)
		return ret;
	say(run, NULL, "joined as a consumer of stage %u", run->r.stage);
	ret = synchronize(run);
	if (!ret)
		ret = settle(run);
	if (ret < 0)
		return ret;
	ret = sd_event_loop(run->loop);
	if (ret < 0)
		say(run, NULL, "the event loop failed: %s", strerror(-ret));
	return ret < 0 ? ret : 0;
}

static int run_consumer(struct run *run)
{
	int ret;

	if (device_open(&run->device, true))
		return COMMAND_FAILED;
	ret = run_loop(run);
	sd_event_source_disable_unref(run->child);
	sd_event_source_unref(run->timer);
	sd_event_unref(run->loop);
	/* This leaves: nobody waits for us from here on. */
	vmopnotify_close(run->device);
	return ret || run->failed ? COMMAND_FAILED : COMMAND_OK;
}

enum option_value {
	OPT_NAME = 'n',
	OPT_QUIESCE = 'q',
	OPT_UNQUIESCE = 'u',
	OPT_INTERVAL = 'i',
	OPT_STAGE = 256,
	OPT_TIMEOUT,
	OPT_ON_FAILURE,
};

static int set_stage(struct run *run, const char *text)
{
	uint64_t stage;

	if (!parse_number(text, VMOPNOTIFY_STAGES - 1, &stage))
		return command_usage(&command_run,
				     "--stage takes a number from 0 to %d, not \"%s\"",
				     VMOPNOTIFY_STAGES - 1, text);
	run->r.stage = (uint32_t)stage;
	return -1;
}

static int set_timeout(struct run *run, const char *text)
{
	if (parse_seconds(text, &run->r.timeout_ns) && run->r.timeout_ns)
		return -1;
	return command_usage(&command_run,
			     "--timeout takes seconds, more than 0, not \"%s\"",
			     text);
}

static int set_on_failure(struct run *run, const char *text)
{
	run->r.hold = !strcmp(text, "hold");
	if (run->r.hold || !strcmp(text, "ack"))
		return -1;
	return command_usage(&command_run,
			     "--on-failure takes ack or hold, not \"%s\"",
			     text);
}

static int set_option(struct run *run, int option, const char *text)
{
	switch (option) {
	case OPT_NAME:
		run->name = text;
		return -1;
	case OPT_QUIESCE:
		run->quiesce = text;
		return -1;
	case OPT_UNQUIESCE:
		run->unquiesce = text;
		return -1;
	case OPT_INTERVAL:
		error_line("--interval has no effect: nothing is polled for, the kernel tells at once");
		return -1;
	case OPT_STAGE:
		return set_stage(run, text);
	case OPT_TIMEOUT:
		return set_timeout(run, text);
	case OPT_ON_FAILURE:
		return set_on_failure(run, text);
	case 'h':
		return command_help(&command_run);
	default:
		return command_usage(&command_run, NULL);
	}
}

static int check_options(const struct run *run)
{
	const char *problem;

	if (!run->name || !run->quiesce || !run->unquiesce)
		return command_usage(&command_run,
				     "--name, --quiesce and --unquiesce are to be given");
	problem = device_name_problem(run->name);
	if (problem)
		return command_usage(&command_run, "--name: %s", problem);
	return -1;
}

static int parse(struct run *run, int argc, char **argv)
{
	static const struct option options[] = {
		{ "name", required_argument, NULL, OPT_NAME },
		{ "quiesce", required_argument, NULL, OPT_QUIESCE },
		{ "unquiesce", required_argument, NULL, OPT_UNQUIESCE },
		{ "interval", required_argument, NULL, OPT_INTERVAL },
		{ "stage", required_argument, NULL, OPT_STAGE },
		{ "timeout", required_argument, NULL, OPT_TIMEOUT },
		{ "on-failure", required_argument, NULL, OPT_ON_FAILURE },
		{ "help", no_argument, NULL, 'h' },
		{}
	};
	int c, ret;

	while ((c = getopt_long(argc, argv, "hi:n:q:u:", options,
				NULL)) != -1) {
		ret = set_option(run, c, optarg);
		if (ret >= 0)
			return ret;
	}
	if (optind < argc)
		return command_usage(&command_run, "unexpected argument \"%s\"",
				     argv[optind]);
	return check_options(run);
}

static int run_command(int argc, char **argv)
{
	struct run run = {};
	int ret;

	ret = parse(&run, argc, argv);
	return ret >= 0 ? ret : run_consumer(&run);
}

const struct command command_run = {
	.name = "run",
	.summary = "runs commands before and after each operation",
	.help =
	"\n"
	"usage: vmopnotifyctl run --name N --quiesce CMD --unquiesce CMD\n"
	"                         [--stage K] [--timeout S]\n"
	"                         [--on-failure ack|hold]\n"
	"\n"
	"Takes part as a consumer until it is stopped.  When an operation is\n"
	"announced the quiesce command is run, and the operation is acked when\n"
	"it has ended.  When the operation is over the unquiesce command is run,\n"
	"once for each time that the quiesce command was.\n"
	"\n"
	"  --name N           name in lists and messages, at most 31 characters\n"
	"  --quiesce CMD      for /bin/sh -c: gets the application quiet\n"
	"  --unquiesce CMD    for /bin/sh -c: lets it go on\n"
	"  --stage K          0 to 7, default 0: lower stages get quiet first\n"
	"  --timeout S        limit of the quiesce command in seconds; it has to\n"
	"                     end shortly before the deadline in any case\n"
	"  --on-failure ack   a quiesce command that fails is acked with an error,\n"
	"                     and the host goes on; the default\n"
	"  --on-failure hold  it is not acked: the host waits until the deadline\n"
	"\n"
	"-n, -q and -u are short for --name, --quiesce and --unquiesce; -i and\n"
	"--interval, of scripts that poll, are accepted and have no effect.\n"
	"\n"
	"A quiesce command fails by an exit status other than 0, which is acked\n"
	"as EIO (126, cannot be executed: EACCES; 127, not found: ENOENT; ended\n"
	"by a signal: EINTR), or by taking too long, acked as ETIMEDOUT.  Then\n"
	"its process group gets SIGTERM and, a second later at most, SIGKILL.\n"
	"It gets them, too, if the operation is over while it still runs.\n"
	"\n"
	"The commands' environment:\n"
	"  VMOPNOTIFY_NAME            this consumer's name\n"
	"  VMOPNOTIFY_OPERATION_ID    decimal digits\n"
	"  VMOPNOTIFY_OPERATION_TYPE  the host's word, such as host-migration\n"
	"  VMOPNOTIFY_STATE           quiescing or expired; for unquiesce idle, or\n"
	"                             detached where the helper is gone, or what\n"
	"                             it was when this program was stopped\n"
	"  VMOPNOTIFY_DRILL           1 for a drill, else 0\n"
	"  VMOPNOTIFY_DEADLINE_MS     quiesce: milliseconds left to the deadline\n"
	"  VMOPNOTIFY_END_STATUS      unquiesce: success, failed, lost (no end\n"
	"                             came), or none (it is not known, as this\n"
	"                             program was stopped or missed it)\n"
	"  VMOPNOTIFY_STUN_MS         unquiesce: how long the machine stood still,\n"
	"                             0 where that was not measured\n"
	"\n"
	"SIGTERM, SIGINT and SIGHUP stop it: where the application is quiet the\n"
	"unquiesce command is run first.  To leave is as good as an ack, and\n"
	"what is announced meanwhile does not wait for it.\n"
	"\n"
	"Needs write permission on " DEVICE_PATH ".  Exit codes: 0 stopped by a\n"
	"signal, 1 failed, 2 wrong usage.\n",
	.run = run_command,
};
