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
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#include "app_config.h"
#include "app_output.h"
#include "app_state.h"
#include "child.h"
#include "command.h"
#include "device.h"
#include "output.h"
#include "runner_log.h"
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
 * @app: where it is an application of /etc/vmopnotify/apps.d: what its file
 *	says, with its quiet state kept and its commands' lines taken; else NULL
 * @state_fd: the file that outlives it; -1: none
 * @dirty: the file tells of an operation
 * @left_quiet: the last unquiesce command failed: who comes after us runs it
 *	again, as a restart of the service does
 * @out: what the commands print
 * @app_name: given with --app
 * @options: others were given
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
	struct app_config *app;
	int state_fd;
	bool dirty;
	bool left_quiet;
	struct app_output out;
	const char *app_name;
	bool options;
};

static const char *command_name(bool unquiesce)
{
	return unquiesce ? "unquiesce" : "quiesce";
}

static int on_child(sd_event_source *source, const siginfo_t *si, void *arg);

static uint64_t left_ms(uint64_t until_ns)
{
	uint64_t now_ns = monotonic_ns();

	return until_ns > now_ns ? (until_ns - now_ns) / NSEC_PER_MSEC : 0;
}

static void make_env(const struct run *run, const struct runner_op *op,
		     bool unquiesce, struct child_env *env)
{
	child_env_add(env, "NAME=%s", run->name);
	child_env_add(env, "OPERATION_ID=%" PRIu64, op->id);
	child_env_add(env, "OPERATION_TYPE=%s", op->type);
	child_env_add(env, "STATE=%s", vmopnotify_state_name(op->state));
	child_env_add(env, "DRILL=%d", op->drill);
	if (!unquiesce) {
		child_env_add(env, "DEADLINE_MS=%" PRIu64,
			      left_ms(op->deadline_ns));
		child_env_add(env, "TIMEOUT_MS=%" PRIu64,
			      left_ms(runner_limit_ns(&run->r)));
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
		runner_log(op, "%s, deadline %s: running the quiesce command",
			   text_clean(op->type, type, sizeof(type)),
			   left_text(op->deadline_ns, monotonic_ns(), left,
				     sizeof(left)));
	else if (op->status == VMOPNOTIFY_END_NONE)
		runner_log(op, "%s: running the unquiesce command",
			   run->r.stopping ? "stopping before its end" :
					     "is over, its end was not seen");
	else
		runner_log(op, "is over, %s: running the unquiesce command",
			   vmopnotify_end_name(op->status));
}

/*
 * Who comes after us is to know that there is something to undo.  That it
 * cannot be told is no reason not to get quiet.
 */
static void remember(struct run *run, const struct runner_op *op)
{
	struct app_quiet quiet = { .id = op->id, .drill = op->drill };
	struct vmopnotify_operation now;
	int ret;

	if (run->state_fd < 0)
		return;
	if (!vmopnotify_get_operation(run->device, &now) &&
	    now.operation_id == op->id)
		quiet.start_ns = now.start_ns;
	text_clean(op->type, quiet.type, sizeof(quiet.type));
	ret = app_state_write(run->state_fd, &quiet);
	if (ret)
		runner_log(op, "cannot write down that it is being prepared for: %s",
			   strerror(-ret));
	run->dirty = true;
}

/* Nothing is to be undone. */
static void forget(struct run *run)
{
	int ret;

	if (!run->dirty || run->left_quiet)
		return;
	run->dirty = false;
	ret = app_state_clear(run->state_fd);
	if (ret)
		runner_log(NULL, "cannot write down that the application has resumed: %s",
			   strerror(-ret));
}

static void start_command(struct run *run, const struct runner_op *op,
			  bool unquiesce)
{
	struct child_env env = {};
	bool began = false;
	int ret;

	announce(run, op, unquiesce);
	if (!unquiesce)
		remember(run, op);
	if (run->app)
		app_output_begin(&run->out, op, command_name(unquiesce));
	make_env(run, op, unquiesce, &env);
	ret = child_spawn(unquiesce ? run->unquiesce : run->quiesce, &env,
			  run->app ? run->out.write_fd : -1, &run->pid);
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
	began = true;
fail:
	run->pid = 0;
	runner_log(op, "cannot start the %s command: %s%s",
		   command_name(unquiesce), strerror(-ret),
		   unquiesce ? ", trying again" : "");
	/* What it did in its moment is to be undone. */
	if (began && !unquiesce)
		runner_done(&run->r, -ret, monotonic_ns());
	else
		runner_not_started(&run->r, -ret, monotonic_ns());
}

static void tell_ack(const struct run *run, const struct runner_op *op,
		     int result)
{
	uint64_t ns = monotonic_ns() - run->r.began_ns;
	char text[64];

	if (result)
		runner_log(op, "acked, with %s",
			   errno_text(result, text, sizeof(text)));
	else
		runner_log(op, "acked, quiet after %s",
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
		runner_log(op, "not acked: it has ended meanwhile");
	else if (ret == -ENOTCONN)
		runner_log(op, "not acked: it does not wait for this consumer");
	else
		runner_log(op, "not acked: %s", strerror(-ret));
}

/* Nobody waits for us from here on; what is left to undo is undone. */
static void leave(struct run *run)
{
	int ret = vmopnotify_leave(run->device);

	if (ret)
		runner_log(NULL, "cannot leave: %s", strerror(-ret));
}

static void end_command(struct run *run, int sig)
{
	if (!run->pid)
		return;
	if (sig == SIGKILL)
		runner_log(&run->op, "the quiesce command does not end: killing it");
	else if (run->r.overlong)
		runner_log(&run->op, "the quiesce command takes too long: ending it");
	else
		runner_log(&run->op, "%s while the quiesce command runs: ending it",
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
		runner_log(op, "not acked, because of %s: held until its deadline",
			   errno_text(action->result, text, sizeof(text)));
		break;
	case RUNNER_DO_TERM:
		end_command(run, SIGTERM);
		break;
	case RUNNER_DO_KILL:
		end_command(run, SIGKILL);
		break;
	case RUNNER_DO_PASS:
		runner_log(op, "passed over: the one before was not undone in time");
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
	if (run->r.phase == RUNNER_NORMAL)
		forget(run);
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
		runner_log(&run->op, "resumed after %s", text);
	else if (child_result(si))
		runner_log(&run->op, "the %s command %s after %s: %s",
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
	run->left_quiet = run->unquiescing && child_result(si);
	runner_done(&run->r, child_result(si), monotonic_ns());
	ret = settle(run);
	/* Else it would last as long as the loop, and the pidfd with it. */
	sd_event_source_disable_unref(source);
	/* Now that nobody waits for us any more. */
	if (run->app && !run->pid)
		app_output_end(&run->out);
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
		runner_log(NULL, "SIG%s again: stopping already, once the command of pid %d has ended",
			   sigabbrev_np((int)si->ssi_signo), (int)run->pid);
	else
		runner_log(NULL, "SIG%s: leaving%s",
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
	if (run->r.late && run->r.phase == RUNNER_NORMAL)
		runner_log(NULL, "operation %" PRIu64 " started before this consumer joined: it takes part from the next one on",
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
		runner_log(NULL, "events were lost: asking for the state");
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
		runner_log(NULL, "cannot read %s: %s: leaving", DEVICE_PATH,
			   strerror(-ret));
		run->failed = true;
		sd_event_source_set_enabled(source, SD_EVENT_OFF);
		runner_stop(&run->r, monotonic_ns());
	}
	return settle(run);
}

static void block(int sig)
{
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, sig);
	sigprocmask(SIG_BLOCK, &mask, NULL);
}

static bool is_ignored(int sig)
{
	struct sigaction action;

	return !sigaction(sig, NULL, &action) && action.sa_handler == SIG_IGN;
}

/*
 * Signals are taken by the loop.  Their dispositions may have been left odd
 * by who started us: an ignored SIGCHLD would lose a command's end.  SIGHUP
 * and SIGINT stay ignored where they are, which is what nohup is for; to block
 * one would be to get it.
 */
static int prepare_signals(struct run *run)
{
	static const int stops[] = { SIGTERM, SIGINT, SIGHUP };
	int ret;

	signal(SIGCHLD, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	/* To say something to nobody must not end a runner that is quiet. */
	signal(SIGPIPE, SIG_IGN);
	block(SIGCHLD);
	for (size_t i = 0; i < sizeof(stops) / sizeof(stops[0]); i++) {
		if (is_ignored(stops[i]))
			continue;
		block(stops[i]);
		ret = sd_event_add_signal(run->loop, NULL, stops[i], on_signal,
					  run);
		if (ret < 0)
			return ret;
	}
	return 0;
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

/*
 * The runner before may have left the application quiet: it was killed, and is
 * no member of the operation any more.  If that is still open the application
 * stays quiet until its end, as it would have.
 */
static int restore(struct run *run)
{
	struct vmopnotify_operation now;
	struct vmopnotify_status st;
	struct app_quiet quiet;
	struct runner_op op;
	bool open;
	int ret;

	if (!app_state_read(run->state_fd, &quiet))
		return 0;
	ret = device_snapshot(run->device, &st, &now);
	if (ret)
		return ret;
	open = now.start_ns && now.start_ns == quiet.start_ns &&
	       now.operation_id == quiet.id;
	op = (struct runner_op) {
		.id = quiet.id, .drill = quiet.drill, .state = st.state,
		.deadline_ns = open ? now.deadline_ns : 0,
	};
	snprintf(op.type, sizeof(op.type), "%s", quiet.type);
	runner_log(&op, "the application was left quiet: resuming %s",
		   open ? "when it is over, as it is still open" : "now");
	run->dirty = true;
	runner_restore(&run->r, &op, open);
	act_all(run);
	return 0;
}

/* What is done for an application of /etc/vmopnotify/apps.d alone. */
static int begin_app(struct run *run)
{
	int ret;

	ret = app_output_open(&run->out, run->loop);
	if (ret < 0) {
		error_line("cannot set up the commands' output: %s",
			   strerror(-ret));
		return ret;
	}
	run->state_fd = app_state_open(APP_STATE_DIR, run->name);
	return run->state_fd < 0 ? run->state_fd : 0;
}

/* Once it has joined, which may take more rights than the commands have. */
static int become_app(struct run *run)
{
	int ret = app_user_become(&run->app->user);

	for (unsigned int i = 0; !ret && i < run->app->env_count; i++)
		if (putenv(run->app->env[i]))
			ret = -errno;
	return ret ? ret : restore(run);
}

static int join(struct run *run)
{
	int ret;

	if (run->app) {
		ret = begin_app(run);
		if (ret)
			return ret;
	}
	ret = device_join(run->device, run->name, run->r.stage);
	if (ret)
		return ret;
	runner_log(NULL, "joined as a consumer of stage %u", run->r.stage);
	if (run->app) {
		ret = become_app(run);
		if (ret)
			return ret;
	}
	ret = synchronize(run);
	return ret ? ret : settle(run);
}

static int run_loop(struct run *run)
{
	int ret;

	ret = prepare_loop(run);
	if (ret < 0) {
		error_line("cannot set up the event loop: %s", strerror(-ret));
		return ret;
	}
	ret = join(run);
	if (ret < 0)
		return ret;
	/* Told once, and by us alone: the commands do not know where. */
	sd_notify(1, "READY=1");
	ret = sd_event_loop(run->loop);
	if (ret < 0)
		runner_log(NULL, "the event loop failed: %s", strerror(-ret));
	return ret < 0 ? ret : 0;
}

static int run_consumer(struct run *run)
{
	int ret;

	runner_log_init(run->name);
	if (device_open(&run->device, true))
		return COMMAND_FAILED;
	ret = run_loop(run);
	sd_event_source_disable_unref(run->child);
	sd_event_source_unref(run->timer);
	if (run->app)
		app_output_close(&run->out);
	sd_event_unref(run->loop);
	/* This leaves: nobody waits for us from here on. */
	vmopnotify_close(run->device);
	if (run->state_fd >= 0)
		close(run->state_fd);
	return ret || run->failed ? COMMAND_FAILED : COMMAND_OK;
}

enum option_value {
	OPT_APP = 'a',
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
	run->options |= option != OPT_APP;
	switch (option) {
	case OPT_APP:
		run->app_name = text;
		return -1;
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

/* All that the options would say is in the application's file. */
static int load_app(struct run *run)
{
	static struct app_config cfg;
	char path[128], err[512];
	const char *problem;
	int ret;

	if (run->options)
		return command_usage(&command_run,
				     "with --app, all the rest is in its file");
	problem = app_name_problem(run->app_name);
	if (problem)
		return command_usage(&command_run, "--app: %s", problem);
	snprintf(path, sizeof(path), "%s/%s.conf", APP_CONFIG_DIR,
		 run->app_name);
	ret = app_config_load(&cfg, path, err, sizeof(err));
	if (ret) {
		error_line("%s", err);
		/* To start it again is of no use, or it is: see its unit. */
		return ret == -EINVAL || ret == -ENOENT ? COMMAND_USAGE :
							  COMMAND_FAILED;
	}
	run->app = &cfg;
	run->name = run->app_name;
	run->quiesce = cfg.quiesce;
	run->unquiesce = cfg.unquiesce;
	run->r.stage = cfg.stage;
	run->r.timeout_ns = cfg.timeout_ns;
	run->r.hold = cfg.hold;
	return -1;
}

static int check_options(struct run *run)
{
	const char *problem;

	if (run->app_name)
		return load_app(run);
	if (!run->name || !run->quiesce || !run->unquiesce)
		return command_usage(&command_run,
				     "--app, or --name, --quiesce and --unquiesce, are to be given");
	problem = device_name_problem(run->name);
	if (problem)
		return command_usage(&command_run, "--name: %s", problem);
	return -1;
}

static int parse(struct run *run, int argc, char **argv)
{
	static const struct option options[] = {
		{ "app", required_argument, NULL, OPT_APP },
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
	struct run run = { .state_fd = -1, .out.read_fd = -1 };
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
	"       vmopnotifyctl run --app N\n"
	"\n"
	"Takes part as a consumer until it is stopped.  When an operation is\n"
	"announced the quiesce command is run, and the operation is acked when\n"
	"it has ended.  When the operation is over the unquiesce command is run,\n"
	"once for each time that the quiesce command was.\n"
	"\n"
	"  --app N            as " APP_CONFIG_DIR "/N.conf says, see\n"
	"                     vmopnotify-app@(8)\n"
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
	"  VMOPNOTIFY_TIMEOUT_MS      quiesce: milliseconds left to this command, 0:\n"
	"                             until the operation ends\n"
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
	"signal, 1 failed, 2 wrong usage, or a mistake in the application's file.\n",
	.run = run_command,
};
