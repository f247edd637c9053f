// SPDX-License-Identifier: GPL-2.0
/* The bridge between a host and a kernel that are both played here. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <time.h>

#include "bridge.h"
#include "genl.h"
#include "kernel.h"
#include "log.h"
#include "rpc.h"

#define TOKEN	"525b5364-6caf-24a0-562c-87955647baa4"
#define ID	UINT64_C(6279072692702276663)
#define REFUSED	"{\"result\": false, \"errorMessage\": \"x\"}"
#define NOTHING	"{\"version\":\"1.0.0\", \"result\": true }"
#define NEW_TOKEN "{\"result\": true, \"guaranteed\": true, "		\
	"\"uniqueToken\": \"" TOKEN "\", \"notificationTimeoutInSec\": 60 }"

static char *dir;
static struct config cfg;
static struct kernel_view view;
static int get_error, attach_error;
static unsigned int attaches, starts, acks, kernel_acks, unregisters;
static uint32_t start_age_ms;

/* What the host answers; it may change things meanwhile. */
static const char *(*host)(const char *rpc);

static void stop(void)
{
	kill(getpid(), SIGTERM);
}

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
	struct rpc_result result = { .status = RPC_OK };
	char word[64], text[512], none[1] = "";

	(void)source;
	snprintf(word, sizeof(word), "%.*s", (int)strcspn(name, " "), name);
	acks += !strcmp(word, "ack-event");
	unregisters += !strcmp(word, "unregister");
	snprintf(text, sizeof(text), "%s", host(word));
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

const struct rpc_ops *rpc_transport(const struct config *c)
{
	static const struct rpc_ops ops = {
		.name = "fake", .open = fake_open, .send = fake_send,
		.cancel = fake_close, .close = fake_close,
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

/* The kernel's. */

struct vmop_genl {
	int fd;
};

int vmop_genl_open(struct vmop_genl **gp, char *err, size_t errlen)
{
	(void)err;
	(void)errlen;
	*gp = calloc(1, sizeof(**gp));
	assert_non_null(*gp);
	(*gp)->fd = eventfd(0, EFD_CLOEXEC);
	return 0;
}

void vmop_genl_close(struct vmop_genl *g)
{
	close(g->fd);
	free(g);
}

int vmop_genl_fd(const struct vmop_genl *g)
{
	return g->fd;
}

void vmop_genl_set_notify(struct vmop_genl *g, vmop_genl_cb cb, void *arg)
{
	(void)g;
	(void)cb;
	(void)arg;
}

int vmop_genl_subscribe(struct vmop_genl *g, char *err, size_t errlen)
{
	(void)g;
	(void)err;
	(void)errlen;
	return 0;
}

int vmop_genl_process(struct vmop_genl *g)
{
	(void)g;
	return 0;
}

uint32_t vmop_attr_u32(struct nlattr **attrs, int attr, uint32_t absent)
{
	(void)attrs;
	(void)attr;
	return absent;
}

uint64_t vmop_attr_u64(struct nlattr **attrs, int attr, uint64_t absent)
{
	(void)attrs;
	(void)attr;
	return absent;
}

static int fails(int error, char *err)
{
	snprintf(err, VMOP_ERR_LEN, "%s", error ? strerror(-error) : "");
	return error;
}

int kernel_get(struct vmop_genl *g, struct kernel_view *v, char *err)
{
	(void)g;
	*v = view;
	return fails(view.helper_pid ? get_error : 0, err);
}

int kernel_attach(struct vmop_genl *g, const char *app_name,
		  const struct terms *terms, struct kernel_view *v, char *err)
{
	(void)g;
	(void)app_name;
	(void)terms;
	/* The second time is as good as any for being stopped. */
	if (!attaches++ && attach_error)
		stop();
	if (attach_error && (attach_error != -EAGAIN || attaches == 1))
		return fails(attach_error, err);
	view.helper_pid = (uint32_t)getpid();
	*v = view;
	return fails(0, err);
}

int kernel_detach(struct vmop_genl *g, char *err)
{
	(void)g;
	view.helper_pid = 0;
	return fails(0, err);
}

int kernel_start(struct vmop_genl *g, uint64_t id, const char *type,
		 uint32_t timeout_ms, uint32_t age_ms, char *err)
{
	(void)g;
	(void)type;
	(void)timeout_ms;
	assert_int_equal(id, ID);
	starts++;
	start_age_ms = age_ms;
	view.open = true;
	view.operation_id = id;
	return fails(0, err);
}

int kernel_end(struct vmop_genl *g, uint64_t id, bool success,
	       const char *text, char *err)
{
	(void)g;
	(void)id;
	(void)success;
	(void)text;
	return fails(0, err);
}

int kernel_timeout_change(struct vmop_genl *g, uint32_t timeout_ms, char *err)
{
	(void)g;
	(void)timeout_ms;
	return fails(0, err);
}

int kernel_acked(struct vmop_genl *g, uint64_t id, char *err)
{
	(void)g;
	assert_int_equal(id, ID);
	kernel_acks++;
	stop();
	return fails(0, err);
}

/* The tests. */

static int setup(void **state)
{
	(void)state;
	dir = make_dir();
	config_defaults(&cfg);
	snprintf(cfg.token_file, sizeof(cfg.token_file), "%s",
		 in_dir(dir, "token"));
	memset(&view, 0, sizeof(view));
	get_error = attach_error = 0;
	attaches = starts = acks = kernel_acks = unregisters = 0;
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
	fflush(stderr);
	dup2(fd, STDERR_FILENO);
	sigprocmask(SIG_BLOCK, NULL, &before);
	assert_int_equal(bridge_run(&cfg), 0);
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
	if (starts || attaches)
		stop();
	told = !told;
	return told ? start_event(1, 60) : NOTHING;
}

/* The event in hand is the kernel's before it stops. */
static void test_stop_forwards_what_is_held(void **state)
{
	(void)state;
	have_token();
	attach_error = -EAGAIN;
	run(start_then_stop);
	assert_int_equal(attaches, 2);
	assert_int_equal(starts, 1);
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
	attach_error = -EBUSY;
	log = run(start_only);
	assert_int_equal(starts, 0);
	assert_non_null(strstr(log, "6279072692702276663: the host's start "
			       "event is lost"));
	assert_int_equal(unregisters, 0);
}

static const char *clock_ahead(const char *rpc)
{
	assert_string_equal(rpc, "check-for-event");
	if (!attaches)
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
	assert_int_equal(starts, 1);
	assert_int_equal(start_age_ms, 0);
}

static const char *long_past(const char *rpc)
{
	/* Nothing is open, so it is given back. */
	if (attaches > 0 && !strcmp(rpc, "unregister"))
		return NOTHING;
	assert_string_equal(rpc, "check-for-event");
	if (!attaches)
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
	assert_int_equal(starts, 0);
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

static const char *no_acks(const char *rpc)
{
	if (strcmp(rpc, "ack-event"))
		return NOTHING;
	return acks < 4 ? REFUSED :
			  "{\"result\": true, \"operationId\": "
			  "6279072692702276663, \"ackStatus\": \"x\" }";
}

/* Told once, and tried on even where the kernel cannot be asked. */
static void test_ack_is_refused(void **state)
{
	const char *log;

	(void)state;
	have_token();
	view.open = true;
	view.operation_id = ID;
	view.state = VMOPNOTIFY_STATE_QUIESCED;
	get_error = -ENOBUFS;
	log = run(no_acks);
	assert_int_equal(acks, 4);
	assert_int_equal(kernel_acks, 1);
	assert_int_equal(count(log, "does not take the ack"), 1);
	assert_null(strstr(log, "given up"));
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
		TEST(test_ack_is_refused),
	};

	log_set_level(LOG_INFO);
	return cmocka_run_group_tests_name("bridge", tests, NULL, NULL);
}
