// SPDX-License-Identifier: GPL-2.0
/* The bridge between a host and a kernel that are both played here. */
#include "fake_kernel.h"

#include <fcntl.h>
#include <inttypes.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "bridge.h"
#include "log.h"
#include "rpc.h"

#define TOKEN	"525b5364-6caf-24a0-562c-87955647baa4"
#define ID	UINT64_C(6279072692702276663)
#define REFUSED	"{\"result\": false, \"errorMessage\": \"x\"}"
#define NOT_ENABLED "{\"result\": false, \"errorMessage\": "		\
	"\"VM operation notification not enabled on this VM\"}"
#define NOTHING	"{\"version\":\"1.0.0\", \"result\": true }"
#define ACKED	"{\"result\": true, \"operationId\": "			\
	"6279072692702276663, \"ackStatus\": \"x\" }"
#define NEW_TOKEN "{\"result\": true, \"guaranteed\": true, "		\
	"\"uniqueToken\": \"" TOKEN "\", \"notificationTimeoutInSec\": 60 }"

static char *dir;
static struct config cfg;
static unsigned int acks, polls, unregisters;
static int exit_code;

/* What comes of each RPC, and when the next is told of as back. */
static enum rpc_status fake_status;
static int fake_code;
static sd_event *fake_loop;
static rpc_back fake_back;
static void *fake_back_arg;

/* What the host answers; it may change things meanwhile. */
static const char *(*host)(const char *rpc);

static const char *start_event(int64_t age_s, unsigned int timeout_s)
{
	static char text[512];

	snprintf(text, sizeof(text),
		 "{\"result\": true, \"eventType\": \"start\", "
		 "\"opType\": \"host-migration\", "
		 "\"eventGenTimeInSec\": %" PRId64 ", "
		 "\"notificationTimeoutInSec\": %u, "
		 "\"operationId\": %" PRIu64 " }",
		 (int64_t)time(NULL) - age_s, timeout_s, ID);
	return text;
}

/* The host's side. */

struct rpc {
	sd_event *loop;
	sd_event_source *source;
	char command[1024];
	rpc_done done;
	void *arg;
};

static int on_sent(sd_event_source *source, void *arg)
{
	struct rpc *rpc = arg;
	const char *name = strchr(rpc->command, '.') + 1;
	struct rpc_result result = { .status = fake_status };
	char word[64], text[512], none[1] = "";

	(void)source;
	snprintf(word, sizeof(word), "%.*s", (int)strcspn(name, " "), name);
	acks += !strcmp(word, "ack-event");
	unregisters += !strcmp(word, "unregister");
	snprintf(text, sizeof(text), "%s", host(word));
	result.status = fake_status;
	result.code = fake_code;
	result.out = text;
	result.out_len = strlen(text);
	result.err = none;
	rpc->source = sd_event_source_disable_unref(rpc->source);
	rpc->done(&result, rpc->arg);
	return 0;
}

static int fake_open(struct rpc **rpc, const struct config *c, sd_event *loop)
{
	(void)c;
	*rpc = calloc(1, sizeof(**rpc));
	assert_non_null(*rpc);
	(*rpc)->loop = loop;
	fake_loop = loop;
	return 0;
}

static void fake_send(struct rpc *rpc, const char *command, rpc_done done,
		      void *arg)
{
	snprintf(rpc->command, sizeof(rpc->command), "%s", command);
	rpc->done = done;
	rpc->arg = arg;
	assert_true(sd_event_add_defer(rpc->loop, &rpc->source, on_sent,
				       rpc) >= 0);
}

static void fake_close(struct rpc *rpc)
{
	if (rpc)
		sd_event_source_disable_unref(rpc->source);
	free(rpc);
}

static void fake_on_back(struct rpc *rpc, rpc_back back, void *arg)
{
	(void)rpc;
	fake_back = back;
	fake_back_arg = arg;
}

const struct rpc_ops *rpc_transport(const struct config *c)
{
	static const struct rpc_ops ops = {
		.name = "fake", .open = fake_open, .send = fake_send,
		.cancel = fake_close, .on_back = fake_on_back,
		.close = fake_close,
	};

	(void)c;
	return &ops;
}

const char *rpc_describe(const struct rpc_result *result,
			 const struct config *c, char *buf, size_t size)
{
	(void)result;
	(void)c;
	snprintf(buf, size, "failed");
	return buf;
}

/* The tests. */

static void stop_acked(uint64_t id)
{
	assert_int_equal(id, ID);
	stop();
}

static int setup(void **state)
{
	(void)state;
	dir = make_dir();
	config_defaults(&cfg);
	snprintf(cfg.token_file, sizeof(cfg.token_file), "%s",
		 in_dir(dir, "token"));
	kernel_reset();
	kernel.on_acked = stop_acked;
	acks = unregisters = 0;
	fake_status = RPC_OK;
	exit_code = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	remove_dir(dir);
	return 0;
}

static void have_token(void)
{
	write_text(cfg.token_file, TOKEN "\n");
	assert_int_equal(chmod(cfg.token_file, 0600), 0);
}

/* Runs it until it stops, and returns what it logged. */
static const char *run(const char *(*answers)(const char *rpc))
{
	static char text[16384];
	int err = dup(STDERR_FILENO);
	int fd = open(in_dir(dir, "log"), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	sigset_t before;
	ssize_t n;

	host = answers;
	/* One that does not stop is not waited for. */
	alarm(120);
	fflush(stderr);
	dup2(fd, STDERR_FILENO);
	sigprocmask(SIG_BLOCK, NULL, &before);
	assert_int_equal(bridge_run(&cfg, in_dir(dir, "conf")), exit_code);
	alarm(0);
	sigprocmask(SIG_SETMASK, &before, NULL);
	fflush(stderr);
	dup2(err, STDERR_FILENO);
	close(err);
	n = pread(fd, text, sizeof(text) - 1, 0);
	close(fd);
	assert_true(n >= 0);
	text[n] = '\0';
	print_message("%s", text);
	return text;
}

static unsigned int count(const char *text, const char *what)
{
	unsigned int n = 0;

	while ((text = strstr(text, what))) {
		text++;
		n++;
	}
	return n;
}

static const char *start_then_stop(const char *rpc)
{
	static bool told;

	assert_string_equal(rpc, "check-for-event");
	if (kernel.starts || kernel.attaches)
		stop();
	told = !told;
	return told ? start_event(1, 60) : NOTHING;
}

/* The event in hand is the kernel's before it stops. */
static void test_stop_forwards_what_is_held(void **state)
{
	(void)state;
	have_token();
	kernel.attach_error = -EAGAIN;
	run(start_then_stop);
	assert_int_equal(kernel.attaches, 2);
	assert_int_equal(kernel.starts, 1);
	assert_int_equal(unregisters, 0);
	assert_int_equal(access(cfg.token_file, F_OK), 0);
}

static const char *start_only(const char *rpc)
{
	assert_string_equal(rpc, "check-for-event");
	return start_event(1, 60);
}

static void test_stop_tells_what_is_lost(void **state)
{
	const char *log;

	(void)state;
	have_token();
	kernel.attach_error = -EBUSY;
	log = run(start_only);
	assert_int_equal(kernel.starts, 0);
	assert_non_null(strstr(log, "6279072692702276663: the host's start "
			       "event is lost"));
	assert_int_equal(unregisters, 0);
}

static const char *clock_ahead(const char *rpc)
{
	assert_string_equal(rpc, "check-for-event");
	if (!kernel.attaches)
		return start_event(40, 10);
	stop();
	return NOTHING;
}

/* It is the first that the host says, and the guest's clock may be ahead. */
static void test_start_after_restart(void **state)
{
	(void)state;
	have_token();
	run(clock_ahead);
	assert_int_equal(kernel.starts, 1);
	assert_true(kernel.start_age_ms < 10000);
}

static const char *long_past(const char *rpc)
{
	/* Nothing is open, so it is given back. */
	if (kernel.attaches > 0 && !strcmp(rpc, "unregister"))
		return NOTHING;
	assert_string_equal(rpc, "check-for-event");
	if (!kernel.attaches)
		return start_event(500, 2);
	stop();
	return NOTHING;
}

static void test_stale_start_after_restart(void **state)
{
	struct timespec up;

	(void)state;
	clock_gettime(CLOCK_BOOTTIME, &up);
	if (up.tv_sec < 70)
		skip();
	have_token();
	assert_non_null(strstr(run(long_past), "stopped waiting"));
	assert_int_equal(kernel.starts, 0);
}

static const char *no_unregister(const char *rpc)
{
	if (!strcmp(rpc, "register"))
		return NEW_TOKEN;
	assert_string_equal(rpc, "unregister");
	stop();
	return REFUSED;
}

static void test_token_lost(void **state)
{
	const char *log;

	(void)state;
	snprintf(cfg.token_file, sizeof(cfg.token_file), "%s",
		 in_dir(dir, "none/at/all"));
	log = run(no_unregister);
	assert_null(strstr(log, "the token is kept"));
	assert_non_null(strstr(log, "the token is lost"));
}

static const char *no_unregister_but_a_directory(const char *rpc)
{
	if (!strcmp(rpc, "unregister"))
		assert_int_equal(mkdir(in_dir(dir, "none"), 0700), 0);
	return no_unregister(rpc);
}

static void test_token_is_stored_at_last(void **state)
{
	char token[TOKEN_SIZE], err[256];

	(void)state;
	snprintf(cfg.token_file, sizeof(cfg.token_file), "%s",
		 in_dir(dir, "none/at/all"));
	assert_non_null(strstr(run(no_unregister_but_a_directory),
			       "the token is kept"));
	assert_int_equal(token_load(cfg.token_file, token, err, sizeof(err)),
			 0);
	assert_string_equal(token, TOKEN);
}

static const char *no_service(const char *rpc)
{
	assert_string_equal(rpc, "register");
	stop();
	return "Unknown command\n";
}

/* To switch it on is of no use where there is nothing to be switched on. */
static void test_host_without_the_service(void **state)
{
	const char *log;

	(void)state;
	log = run(no_service);
	assert_non_null(strstr(log, "Unknown command: the host does not know "
			       "the service, which takes vSphere 8.0, and "
			       "virtual hardware 20, or later"));
	assert_null(strstr(log, "vmOpNotificationToAppEnabled"));
}

static const char *not_enabled(const char *rpc)
{
	assert_string_equal(rpc, "register");
	stop();
	return NOT_ENABLED;
}

static void test_host_where_it_is_not_enabled(void **state)
{
	(void)state;
	assert_non_null(strstr(run(not_enabled),
			       "enable vmOpNotificationToAppEnabled"));
}

/* It is told, and it runs. */
static void test_token_in_the_open(void **state)
{
	const char *log;

	(void)state;
	assert_int_equal(chmod(dir, 0777), 0);
	log = run(no_service);
	assert_int_equal(count(log, "others can write to it (mode 0777): "), 1);
	assert_non_null(strstr(log, "Unknown command"));
	assert_int_equal(chmod(dir, 0700), 0);
	assert_null(strstr(run(no_service), "others"));
}

static const char *no_acks(const char *rpc)
{
	if (strcmp(rpc, "ack-event"))
		return NOTHING;
	return acks < 4 ? REFUSED : ACKED;
}

/* Told once, and tried on even where the kernel cannot be asked. */
static void test_ack_is_refused(void **state)
{
	const char *log;

	(void)state;
	have_token();
	kernel.view.open = true;
	kernel.view.operation_id = ID;
	kernel.view.state = VMOPNOTIFY_STATE_QUIESCED;
	kernel.get_error = -ENOBUFS;
	log = run(no_acks);
	assert_int_equal(acks, 4);
	assert_int_equal(kernel.acked, 1);
	assert_int_equal(count(log, "does not take the ack"), 1);
	assert_null(strstr(log, "given up"));
}

static const char *asks_again(const char *rpc)
{
	if (!strcmp(rpc, "ack-event"))
		return ACKED;
	/* Long since: the kernel was not asked again. */
	if (++polls == 20)
		stop();
	if (polls == 2)
		kernel_says(VMOPNOTIFY_CMD_UNSPEC);
	return NOTHING;
}

/* What was lost of what the kernel said while it was asked is not forgotten. */
static void test_overrun_while_asking(void **state)
{
	(void)state;
	have_token();
	polls = 0;
	cfg.poll_interval_ms = 10;
	kernel.view.open = true;
	kernel.view.operation_id = ID;
	kernel.view.state = VMOPNOTIFY_STATE_QUIESCING;
	kernel.overrun = true;
	run(asks_again);
	assert_int_equal(acks, 1);
	assert_int_equal(kernel.acked, 1);
}

static void tell_stun(void)
{
	nla_put_u64(kernel_tells(VMOPNOTIFY_EVENT_STUN, ID, 0),
		    VMOPNOTIFY_A_STUN_NS, 100000000);
}

/* Is the service gone before the kernel tells of the stun? */
static bool gone_first;

static const char *where_it_is_not_enabled(const char *rpc)
{
	if (!strcmp(rpc, "ack-event"))
		return ACKED;
	switch (polls++) {
	case 0:
		return start_event(1, 60);
	case 1:
	case 2:
		return NOTHING;
	case 3:
		if (!gone_first)
			tell_stun();
		return NOTHING;
	case 4:
		if (gone_first)
			tell_stun();
		else
			stop();
		return NOT_ENABLED;
	default:
		stop();
		return NOT_ENABLED;
	}
}

static void end_without_service(bool first)
{
	const char *log;

	polls = 0;
	gone_first = first;
	kernel_reset();
	kernel.talks = true;
	have_token();
	log = run(where_it_is_not_enabled);
	assert_int_equal(count(log, "a registration that is gone: ending it"),
			 1);
	assert_int_equal(count(log, "is over: failed"), 1);
	assert_int_equal(kernel.ends, 1);
	assert_false(kernel.view.open);
	assert_int_equal(kernel.detaches, kernel.attaches);
}

/* No end of it will come: nobody is left quiet until one is given up. */
static void test_moved_to_where_it_is_not_enabled(void **state)
{
	(void)state;
	end_without_service(false);
	end_without_service(true);
}

static const char *not_enabled_any_more(const char *rpc)
{
	if (!strcmp(rpc, "ack-event"))
		return ACKED;
	if (!polls++)
		return start_event(1, 60);
	if (polls < 4)
		return NOTHING;
	stop();
	return NOT_ENABLED;
}

/* The migration may yet come: who is quiet stays so. */
static void test_not_enabled_before_the_stun(void **state)
{
	(void)state;
	have_token();
	polls = 0;
	kernel.talks = true;
	kernel.on_acked = NULL;
	run(not_enabled_any_more);
	assert_int_equal(kernel.acked, 1);
	assert_int_equal(kernel.ends, 0);
	assert_true(kernel.view.open);
	assert_int_equal(kernel.detaches, 1);
}

/* Told of a stun before the service is gone? */
static bool stunned;

/* How many had been ended when the registration was given up for lost. */
static unsigned int ends_when_lost;

static const char *no_service_any_more(const char *rpc)
{
	if (!strcmp(rpc, "ack-event"))
		return ACKED;
	switch (polls++) {
	case 0:
		return start_event(1, 60);
	case 1:
	case 2:
		return NOTHING;
	case 3:
		if (stunned)
			tell_stun();
		return NOTHING;
	case 7:
		ends_when_lost = kernel.ends;
		break;
	case 8:
		stop();
		break;
	}
	return "Unknown command\n";
}

static void lose_service(bool after_a_stun)
{
	polls = 0;
	stunned = after_a_stun;
	kernel_reset();
	kernel.talks = true;
	have_token();
	run(no_service_any_more);
	assert_int_equal(ends_when_lost, 0);
	assert_int_equal(kernel.ends, after_a_stun);
	assert_int_equal(kernel.view.open, !after_a_stun);
	assert_int_equal(kernel.detaches, kernel.attaches);
}

/*
 * A busy host may say that, so it is asked once more; and before the stun the
 * migration may yet come, however often it says so.
 */
static void test_service_gone(void **state)
{
	(void)state;
	lose_service(true);
	lose_service(false);
}

static const char *hangs(const char *rpc)
{
	assert_string_equal(rpc, "check-for-event");
	if (!kernel.attaches)
		return NOTHING;
	fake_status = RPC_STUCK;
	fake_code = 60;
	return "";
}

/* Only another process can go on where a thread hangs for good. */
static void test_ends_where_the_host_hangs(void **state)
{
	(void)state;
	have_token();
	exit_code = 1;
	assert_non_null(strstr(run(hangs), "started anew"));
	assert_int_equal(access(cfg.token_file, F_OK), 0);
}

static int on_late(sd_event_source *source, uint64_t usec, void *arg)
{
	(void)source;
	(void)usec;
	(void)arg;
	fake_back(fake_back_arg);
	return 0;
}

static bool waited;

static int on_wait_over(sd_event_source *source, uint64_t usec, void *arg)
{
	(void)source;
	(void)usec;
	(void)arg;
	waited = true;
	stop();
	return 0;
}

/* After the first time the bridge would wait for a second. */
static const char *hangs_once(const char *rpc)
{
	static sd_event_source *late, *wait;

	if (!strcmp(rpc, "unregister"))
		return NOTHING;
	assert_string_equal(rpc, "check-for-event");
	if (polls++) {
		sd_event_source_disable_unref(late);
		sd_event_source_disable_unref(wait);
		fake_status = RPC_OK;
		stop();
		return NOTHING;
	}
	fake_status = RPC_TIMED_OUT;
	assert_true(sd_event_add_time_relative(fake_loop, &late,
					       CLOCK_MONOTONIC, 1000, 1,
					       on_late, NULL) >= 0);
	assert_true(sd_event_add_time_relative(fake_loop, &wait,
					       CLOCK_MONOTONIC, 500000, 1,
					       on_wait_over, NULL) >= 0);
	/* However slow the machine: what is due before it comes first. */
	sd_event_source_set_priority(wait, SD_EVENT_PRIORITY_IDLE);
	return "";
}

/* What came late is asked for at once: the back-off is not waited for. */
static void test_back_ends_the_wait(void **state)
{
	(void)state;
	have_token();
	polls = 0;
	waited = false;
	assert_non_null(strstr(run(hangs_once), "given back"));
	assert_false(waited);
}

static const char *reloads(const char *rpc)
{
	static sd_event_source *wait;

	if (!strcmp(rpc, "unregister"))
		return NOTHING;
	if (!strcmp(rpc, "ack-event"))
		return ACKED;
	assert_string_equal(rpc, "check-for-event");
	switch (polls++) {
	case 0:
		return NOTHING;
	case 1:
		write_text(in_dir(dir, "conf"),
			   "[host]\npoll_interval_ms = 10\n");
		kill(getpid(), SIGHUP);
		assert_true(sd_event_add_time_relative(fake_loop, &wait,
						       CLOCK_MONOTONIC,
						       2000000, 1,
						       on_wait_over,
						       NULL) >= 0);
		sd_event_source_set_priority(wait, SD_EVENT_PRIORITY_IDLE);
		return NOTHING;
	case 2:
		sd_event_source_disable_unref(wait);
		/* Again, with an operation open. */
		kill(getpid(), SIGHUP);
		return start_event(1, 60);
	default:
		return NOTHING;
	}
}

static void stop_when_polled(uint64_t id)
{
	assert_int_equal(id, ID);
	assert_int_equal(cfg.poll_interval_ms, 10);
	stop();
}

/* The new interval counts from now on, and an open operation goes on. */
static void test_reload(void **state)
{
	const char *log;

	(void)state;
	have_token();
	polls = 0;
	waited = false;
	cfg.poll_interval_ms = 60000;
	kernel.talks = true;
	kernel.on_acked = stop_when_polled;
	log = run(reloads);
	assert_false(waited);
	assert_int_equal(count(log, "configuration is reloaded"), 2);
	assert_non_null(strstr(log, "takes a restart: file of [token]"));
	assert_int_equal(kernel.starts, 1);
	assert_int_equal(kernel.acked, 1);
}

/* Polls of an open operation come to so many; then it is told of a stun. */
static const struct {
	unsigned int polls;
	uint64_t ns;
} stuns_told[] = {
	{ 8, 49999999 },
	{ 16, 50000000 },
	{ 32, 0 },
};

/* How fast they came, at the fastest, before each of these. */
static int64_t least_ms[ARRAY_SIZE(stuns_told)];
static unsigned int stuns_were;

static const char *stuns(const char *rpc)
{
	static int64_t before_ms;
	static bool at_once;
	int64_t now_ms = (int64_t)(monotonic_ns() / 1000000);
	int64_t gap_ms = now_ms - before_ms;

	if (!strcmp(rpc, "unregister"))
		return NOTHING;
	if (!strcmp(rpc, "ack-event"))
		return ACKED;
	before_ms = now_ms;
	if (!polls++)
		return start_event(1, 60);
	/* Those after an event, and after a stun, come at once. */
	if (polls > 3 && !at_once && gap_ms < least_ms[stuns_were])
		least_ms[stuns_were] = gap_ms;
	at_once = polls == stuns_told[stuns_were].polls;
	if (!at_once)
		return NOTHING;
	if (!stuns_told[stuns_were].ns)
		stop();
	else
		nla_put_u64(kernel_tells(VMOPNOTIFY_EVENT_STUN, ID, 0),
			    VMOPNOTIFY_A_STUN_NS,
			    stuns_told[stuns_were++].ns);
	return NOTHING;
}

/* The end is due then: it is looked for more often, but for a short one. */
static void test_stun_hurries(void **state)
{
	(void)state;
	have_token();
	polls = 0;
	stuns_were = 0;
	least_ms[0] = least_ms[1] = least_ms[2] = 1000;
	kernel.talks = true;
	kernel.on_acked = NULL;
	run(stuns);
	assert_int_equal(kernel.starts, 1);
	assert_in_range(least_ms[0], 19, 999);
	assert_in_range(least_ms[1], 19, 999);
	assert_in_range(least_ms[2], 4, 18);
}

static const char *ends(const char *rpc)
{
	static char text[512];

	if (!strcmp(rpc, "unregister"))
		return NOTHING;
	if (!strcmp(rpc, "ack-event"))
		return ACKED;
	if (!polls++)
		return start_event(1, 60);
	if (kernel.ends)
		stop();
	if (!kernel.acked || kernel.ends)
		return NOTHING;
	snprintf(text, sizeof(text),
		 "{\"result\": true, \"eventType\": \"end\", "
		 "\"opType\": \"host-migration\", "
		 "\"opStatus\": \"success\", "
		 "\"operationId\": %" PRIu64 " }", ID);
	return text;
}

/* What the kernel says of the end is recorded, once. */
static void test_end_is_recorded(void **state)
{
	(void)state;
	have_token();
	polls = 0;
	cfg.poll_interval_ms = 10;
	kernel.talks = true;
	kernel.on_acked = NULL;
	assert_int_equal(count(run(ends), "is over: success (success)"), 1);
	assert_int_equal(unregisters, 1);
}

static int manager;

static const char *until_watched(const char *rpc)
{
	char text[256];
	ssize_t n;

	if (!strcmp(rpc, "unregister"))
		return NOTHING;
	n = recv(manager, text, sizeof(text) - 1, MSG_DONTWAIT);
	if (n > 0 && memmem(text, (size_t)n, "WATCHDOG=1", 10))
		stop();
	return NOTHING;
}

/* systemd hears from the loop, as long as it turns. */
static void test_watchdog(void **state)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	(void)state;
	have_token();
	cfg.poll_interval_ms = 10;
	snprintf(at.sun_path, sizeof(at.sun_path), "%s",
		 in_dir(dir, "notify"));
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(manager, (struct sockaddr *)&at, sizeof(at)), 0);
	setenv("NOTIFY_SOCKET", at.sun_path, 1);
	setenv("WATCHDOG_USEC", "100000", 1);
	assert_non_null(strstr(run(until_watched), "given back"));
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	close(manager);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_stop_forwards_what_is_held),
		TEST(test_stop_tells_what_is_lost),
		TEST(test_start_after_restart),
		TEST(test_stale_start_after_restart),
		TEST(test_token_lost),
		TEST(test_token_is_stored_at_last),
		TEST(test_host_without_the_service),
		TEST(test_host_where_it_is_not_enabled),
		TEST(test_token_in_the_open),
		TEST(test_ack_is_refused),
		TEST(test_overrun_while_asking),
		TEST(test_moved_to_where_it_is_not_enabled),
		TEST(test_not_enabled_before_the_stun),
		TEST(test_service_gone),
		TEST(test_ends_where_the_host_hangs),
		TEST(test_back_ends_the_wait),
		TEST(test_reload),
		TEST(test_stun_hurries),
		TEST(test_end_is_recorded),
		TEST(test_watchdog),
	};

	log_set_level(LOG_INFO);
	return cmocka_run_group_tests_name("bridge", tests, NULL, NULL);
}
