// SPDX-License-Identifier: GPL-2.0
/* What a helper does, and what any program may send to the family. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netlink.h"
#include "oracle.h"

/* One of them at most is attached; the others try, or hold drills. */
enum { SOCKETS = 4 };
static struct socket sockets[SOCKETS];

/* The one that attached last: most is sent from it. */
static atomic_uint leader;

/* How long an operation that is given up may last. */
enum { SETTLE_MS = 10000 };

static struct socket *a_socket(struct worker *w)
{
	unsigned int i = chance_below(&w->chance, SOCKETS);
	struct socket *s;

	if (chance_below(&w->chance, 4))
		i = leader;
	s = &sockets[i];
	pthread_mutex_lock(&s->lock);
	if (s->fd >= 0)
		return s;
	s->strict = chance_in(&w->chance, 8);
	s->stays = chance_in(&w->chance, 2);
	s->subscribed = false;
	s->losing = LOST_NOTHING;
	s->next_event = 0;
	s->fd = socket_open(s->strict);
	if (s->fd < 0)
		die("no netlink socket");
	return s;
}

static void close_socket(struct worker *w, struct socket *s)
{
	if (s->fd < 0)
		return;
	if (s->stays)
		socket_exchange(w, s, NULL, NULL);
	close(s->fd);
	s->fd = -1;
}

void message_attach(struct message *m, u32 seq, const char *app_name,
		    u32 timeout_ms, bool guaranteed)
{
	message_begin(m, fuzz.family, VMOPNOTIFY_CMD_ATTACH, seq);
	message_put_text(m, VMOPNOTIFY_A_APP_NAME, app_name);
	message_put_text(m, VMOPNOTIFY_A_HELPER, "fuzz");
	message_put_u32(m, VMOPNOTIFY_A_TIMEOUT_MS, timeout_ms);
	if (guaranteed)
		message_put(m, VMOPNOTIFY_A_GUARANTEED, NULL, 0);
}

/* Operations are few, so that they meet. */
static u64 an_id(struct chance *c)
{
	static const u64 ids[] = { 0, 1, 2, 3, ~0ULL, 1ULL << 63 };

	return chance_in(c, 4) ? chance_u64(c) : PICK(c, ids);
}

static u32 a_timeout_ms(struct chance *c)
{
	static const u32 timeouts[] = { 1000, 60000,
					VMOPNOTIFY_MAX_TIMEOUT_MS };

	return chance_in(c, 4) ? PICK(c, timeouts) : 1 + chance_below(c, 20);
}

/* Of the operation that is open, mostly. */
static u32 a_flag(struct chance *c)
{
	struct vmopnotify_status status;

	if (chance_in(c, 8) || vmopnotify_page_read(fuzz.page, &status))
		return VMOPNOTIFY_F_DRILL;
	return status.flags & VMOPNOTIFY_F_DRILL;
}

/* Messages as they should be; each puts its attributes. */

static void say_attach(struct worker *w, struct socket *s, struct message *m)
{
	char name[VMOPNOTIFY_TEXT_LEN];

	snprintf(name, sizeof(name), "%s-%u-%u-%u", s->stays ? STAYS : "dies",
		 fuzz.round, w->index, w->action);
	message_attach(m, s->seq, name, a_timeout_ms(&w->chance),
		       chance_in(&w->chance, 2));
}

static void say_start(struct worker *w, struct message *m)
{
	static const char * const types[] = { "host-migration", "",
					      "\t\x7f\xff\"", "x" };
	struct chance *c = &w->chance;
	u32 timeout_ms = a_timeout_ms(c);

	message_put_u64(m, VMOPNOTIFY_A_OPERATION_ID, an_id(c));
	message_put_text(m, VMOPNOTIFY_A_OPERATION_TYPE, PICK(c, types));
	message_put_u32(m, VMOPNOTIFY_A_TIMEOUT_MS, timeout_ms);
	if (chance_in(c, 3))
		message_put_u32(m, VMOPNOTIFY_A_AGE_MS,
				chance_below(c, timeout_ms + 2));
	if (chance_in(c, 4))
		message_put_u32(m, VMOPNOTIFY_A_FLAGS, VMOPNOTIFY_F_DRILL);
}

static void say_end(struct worker *w, struct message *m)
{
	static const char * const texts[] = { "success", "no end in time",
					      "another operation started",
					      "\" text=\"", "\n\n", "",
					      "failed\r\x1b[2J" };
	struct chance *c = &w->chance;
	u64 id = chance_in(c, 6) ? an_id(c) : current_operation();

	message_put_u64(m, VMOPNOTIFY_A_OPERATION_ID, id);
	message_put_u32(m, VMOPNOTIFY_A_STATUS,
			chance_in(c, 2) ? VMOPNOTIFY_END_SUCCESS :
					  VMOPNOTIFY_END_FAILED);
	if (chance_below(c, 4))
		message_put_text(m, VMOPNOTIFY_A_TEXT, PICK(c, texts));
	message_put_u32(m, VMOPNOTIFY_A_FLAGS, a_flag(c));
}

static void say_timeout_change(struct worker *w, struct message *m)
{
	message_put_u32(m, VMOPNOTIFY_A_TIMEOUT_MS, a_timeout_ms(&w->chance));
	message_put_u32(m, VMOPNOTIFY_A_FLAGS, a_flag(&w->chance));
}

static void say_acked(struct worker *w, struct message *m)
{
	u64 id = chance_in(&w->chance, 8) ? an_id(&w->chance) :
					    current_operation();

	message_put_u64(m, VMOPNOTIFY_A_OPERATION_ID, id);
}

static void say(struct worker *w, struct socket *s, struct message *m,
		uint8_t cmd)
{
	message_begin(m, fuzz.family, cmd, ++s->seq);
	s->proper = true;
	if (cmd == VMOPNOTIFY_CMD_ATTACH)
		say_attach(w, s, m);
	if (cmd == VMOPNOTIFY_CMD_START)
		say_start(w, m);
	if (cmd == VMOPNOTIFY_CMD_END)
		say_end(w, m);
	if (cmd == VMOPNOTIFY_CMD_TIMEOUT_CHANGE)
		say_timeout_change(w, m);
	if (cmd == VMOPNOTIFY_CMD_ACKED)
		say_acked(w, m);
	if (cmd == VMOPNOTIFY_CMD_GET_CONSUMER)
		message_header(m)->nlmsg_flags |= NLM_F_DUMP;
}

/* Answers are lost where there was no room for them. */
static int request(struct worker *w, uint8_t cmd, const int *errors)
{
	struct socket *s = a_socket(w);
	struct message m;
	int ret;

	say(w, s, &m, cmd);
	ret = socket_exchange(w, s, &m, NULL);
	if (ret == NO_ANSWER && !s->losing)
		flaw(ANSWERS, "no answer to %u", cmd);
	if (cmd == VMOPNOTIFY_CMD_ATTACH && !ret)
		leader = s - sockets;
	pthread_mutex_unlock(&s->lock);
	return allowed(w, ret, errors);
}

#define REQUEST(w, cmd, ...) \
	request(w, VMOPNOTIFY_CMD_##cmd, (const int[]){ __VA_ARGS__, 0 })

static int attach(struct worker *w)
{
	return REQUEST(w, ATTACH, EBUSY);
}

static int detach(struct worker *w)
{
	return REQUEST(w, DETACH, ENOTCONN);
}

static int start(struct worker *w)
{
	return REQUEST(w, START, ENOTCONN, EALREADY, ESTALE, EBUSY);
}

static int end(struct worker *w)
{
	return REQUEST(w, END, ENOTCONN, ENOENT);
}

static int timeout_change(struct worker *w)
{
	return REQUEST(w, TIMEOUT_CHANGE, ENOTCONN, ENOENT);
}

static int acked(struct worker *w)
{
	return REQUEST(w, ACKED, ENOTCONN, ESTALE);
}

static int get(struct worker *w)
{
	return REQUEST(w, GET, 0);
}

static int dump(struct worker *w)
{
	return REQUEST(w, GET_CONSUMER, 0);
}

/* May do anything that a right one does; the trace tells. */
static int mutant(struct worker *w)
{
	static const uint8_t cmds[] = {
		VMOPNOTIFY_CMD_ATTACH, VMOPNOTIFY_CMD_DETACH,
		VMOPNOTIFY_CMD_START, VMOPNOTIFY_CMD_START,
		VMOPNOTIFY_CMD_END, VMOPNOTIFY_CMD_END,
		VMOPNOTIFY_CMD_TIMEOUT_CHANGE, VMOPNOTIFY_CMD_ACKED,
		VMOPNOTIFY_CMD_GET, VMOPNOTIFY_CMD_GET_CONSUMER,
	};
	struct socket *s = a_socket(w);
	struct message m;
	int ret;

	say(w, s, &m, PICK(&w->chance, cmds));
	message_mutate(&m, &w->chance);
	s->proper = false;
	ret = socket_exchange(w, s, &m, NULL);
	pthread_mutex_unlock(&s->lock);
	return ALLOWED(w, ret, EINVAL, ERANGE, EOPNOTSUPP, ENOENT, ENOTCONN,
		       EBUSY, EALREADY, ESTALE, ENODATA, EMSGSIZE);
}

static int receive(struct worker *w)
{
	struct socket *s = a_socket(w);

	socket_exchange(w, s, NULL, NULL);
	pthread_mutex_unlock(&s->lock);
	return 0;
}

static int subscribe(struct worker *w)
{
	struct socket *s = a_socket(w);
	int ret = setsockopt(s->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
			     &fuzz.group, sizeof(fuzz.group)) ? -errno : 0;

	s->subscribed = true;
	pthread_mutex_unlock(&s->lock);
	return ALLOWED(w, ret, 0);
}

/* One that stays does not: a READY may be on its way to it. */
static int death(struct worker *w)
{
	struct socket *s = a_socket(w);

	if (!s->stays)
		close_socket(w, s);
	pthread_mutex_unlock(&s->lock);
	return 0;
}

/* A dump that is left in the middle. */
static int half_a_dump(struct worker *w)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct socket s = { .fd = socket_open(false) };
	struct message m;
	char bytes[64];

	say(w, &s, &m, VMOPNOTIFY_CMD_GET_CONSUMER);
	sendto(s.fd, m.bytes, m.size, 0, (struct sockaddr *)&kernel,
	       sizeof(kernel));
	recv(s.fd, bytes, chance_below(&w->chance, sizeof(bytes)),
	     MSG_DONTWAIT);
	close(s.fd);
	return 0;
}

void netlink_begin(void)
{
	int i;

	for (i = 0; i < SOCKETS; i++)
		sockets[i] = (struct socket){
			.lock = PTHREAD_MUTEX_INITIALIZER, .fd = -1,
		};
	leader = 0;
}

void netlink_end(struct worker *w)
{
	int i;

	for (i = 0; i < SOCKETS; i++)
		close_socket(w, &sockets[i]);
}

static struct vmopnotify_status state(void)
{
	struct vmopnotify_status status;

	if (ioctl(fuzz.guard, VMOPNOTIFY_IOC_GET_STATE, &status))
		die("GET_STATE");
	return status;
}

static bool is_open(void)
{
	return state().state >= VMOPNOTIFY_STATE_QUIESCING;
}

/* The timer gives it up: a second after its deadline, which is now. */
static void wait_for_its_end(struct worker *w, struct socket *s, u32 flags)
{
	struct message m;
	int ms;

	message_begin(&m, fuzz.family, VMOPNOTIFY_CMD_TIMEOUT_CHANGE, ++s->seq);
	message_put_u32(&m, VMOPNOTIFY_A_TIMEOUT_MS, 1);
	message_put_u32(&m, VMOPNOTIFY_A_FLAGS, flags);
	socket_exchange(w, s, &m, NULL);
	for (ms = 0; is_open() && ms < SETTLE_MS; ms += 10)
		usleep(10000);
	if (is_open())
		flaw(REST, "an operation is not given up in %d ms", SETTLE_MS);
}

static void end_it(struct worker *w, struct socket *s, u32 flags)
{
	struct message m;

	message_begin(&m, fuzz.family, VMOPNOTIFY_CMD_END, ++s->seq);
	message_put_u64(&m, VMOPNOTIFY_A_OPERATION_ID, state().operation_id);
	message_put_u32(&m, VMOPNOTIFY_A_STATUS, VMOPNOTIFY_END_SUCCESS);
	message_put_u32(&m, VMOPNOTIFY_A_FLAGS, flags);
	socket_exchange(w, s, &m, NULL);
	if (is_open())
		flaw(REST, "an operation is still open after its end");
}

void netlink_settle(struct worker *w, struct socket *s)
{
	u32 flags = state().flags & VMOPNOTIFY_F_DRILL;

	if (!is_open())
		return;
	if (chance_in(&w->chance, 6))
		wait_for_its_end(w, s, flags);
	else
		end_it(w, s, flags);
}

const struct action netlink_actions[] = {
	{ "attach", 8, attach },
	{ "detach", 5, detach },
	{ "start", 7, start },
	{ "end", 5, end },
	{ "timeout change", 4, timeout_change },
	{ "acked", 8, acked },
	{ "get", 4, get },
	{ "dump", 3, dump },
	{ "half a dump", 1, half_a_dump },
	{ "mutant", 20, mutant },
	{ "receive", 10, receive },
	{ "subscribe", 2, subscribe },
	{ "death of a helper", 4, death },
	{}
};
