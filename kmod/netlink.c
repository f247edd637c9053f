// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family, see <uapi/linux/vmopnotify.h>.
 *
 * One socket is attached at a time.  It pins the module, and its death, which
 * netlink tells through NETLINK_URELEASE, detaches it.
 */
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/skbuff.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include <net/genetlink.h>

#include "consumer.h"
#include "core.h"
#include "netlink.h"
#include "ring.h"

/* The attached socket and what it said of itself; under the core's lock. */
static struct {
	u32 portid;		/* 0: none */
	struct pid *pid;
	char app_name[VMOPNOTIFY_TEXT_LEN];
	char program[VMOPNOTIFY_TEXT_LEN];
} helper;

static struct sk_buff *ready_skb;	/* for the open operation, until sent */

static struct genl_family family;

enum { GROUP_EVENTS };

static const struct genl_multicast_group groups[] = {
	[GROUP_EVENTS] = {
		.name = VMOPNOTIFY_GENL_MCGRP_EVENTS,
		.flags = GENL_MCAST_CAP_NET_ADMIN,
	},
};

/* Policies: what a command takes. */

static struct netlink_range_validation timeout_ms_range = {
	.min = 1,
	.max = VMOPNOTIFY_MAX_TIMEOUT_MS,
};

#define TIMEOUT_MS_POLICY NLA_POLICY_FULL_RANGE(NLA_U32, &timeout_ms_range)
#define FLAGS_POLICY NLA_POLICY_MASK(NLA_U32, VMOPNOTIFY_F_DRILL)
#define TEXT_POLICY(size) { .type = NLA_NUL_STRING, .len = (size) - 1 }

static const struct nla_policy attach_policy[VMOPNOTIFY_A_MAX + 1] = {
	[VMOPNOTIFY_A_APP_NAME] = TEXT_POLICY(VMOPNOTIFY_TEXT_LEN),
	[VMOPNOTIFY_A_HELPER] = TEXT_POLICY(VMOPNOTIFY_TEXT_LEN),
	[VMOPNOTIFY_A_TIMEOUT_MS] = TIMEOUT_MS_POLICY,
	[VMOPNOTIFY_A_GUARANTEED] = { .type = NLA_FLAG },
};

static const struct nla_policy start_policy[VMOPNOTIFY_A_MAX + 1] = {
	[VMOPNOTIFY_A_OPERATION_ID] = { .type = NLA_U64 },
	[VMOPNOTIFY_A_OPERATION_TYPE] = TEXT_POLICY(VMOPNOTIFY_NAME_LEN),
	[VMOPNOTIFY_A_TIMEOUT_MS] = TIMEOUT_MS_POLICY,
	[VMOPNOTIFY_A_AGE_MS] = { .type = NLA_U32 },
	[VMOPNOTIFY_A_FLAGS] = FLAGS_POLICY,
};

static const struct nla_policy end_policy[VMOPNOTIFY_A_MAX + 1] = {
	[VMOPNOTIFY_A_OPERATION_ID] = { .type = NLA_U64 },
	[VMOPNOTIFY_A_STATUS] = NLA_POLICY_RANGE(NLA_U32,
						 VMOPNOTIFY_END_SUCCESS,
						 VMOPNOTIFY_END_FAILED),
	[VMOPNOTIFY_A_TEXT] = TEXT_POLICY(VMOPNOTIFY_TEXT_LEN),
	[VMOPNOTIFY_A_FLAGS] = FLAGS_POLICY,
};

static const struct nla_policy timeout_change_policy[VMOPNOTIFY_A_MAX + 1] = {
	[VMOPNOTIFY_A_TIMEOUT_MS] = TIMEOUT_MS_POLICY,
	[VMOPNOTIFY_A_FLAGS] = FLAGS_POLICY,
};

static const struct nla_policy acked_policy[VMOPNOTIFY_A_MAX + 1] = {
	[VMOPNOTIFY_A_OPERATION_ID] = { .type = NLA_U64 },
};

/*
 * Of commands that take nothing.  Without it the kernel has one of its own, of
 * two entries, which a 7.x one takes for as long as ours.
 */
static const struct nla_policy empty_policy[VMOPNOTIFY_A_MAX + 1] = {};

/* Attributes in. */

#define REQUIRE(info, name) ({						\
	struct genl_info *__info = (info);				\
	int __ret = 0;							\
									\
	if (!__info->attrs[VMOPNOTIFY_A_##name]) {			\
		GENL_SET_ERR_MSG(__info, #name " is missing");		\
		__ret = -EINVAL;					\
	}								\
	__ret;								\
})

static u32 get_u32(struct genl_info *info, int attr)
{
	return info->attrs[attr] ? nla_get_u32(info->attrs[attr]) : 0;
}

/* Texts end in logs and on terminals: control characters are not passed on. */
static void get_text(struct genl_info *info, int attr, char *buf, size_t size)
{
	char *c;

	buf[0] = '\0';
	if (!info->attrs[attr])
		return;
	nla_strscpy(buf, info->attrs[attr], size);
	for (c = buf; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
}

static bool is_drill(struct genl_info *info)
{
	return get_u32(info, VMOPNOTIFY_A_FLAGS) & VMOPNOTIFY_F_DRILL;
}

static int refuse_stranger(struct genl_info *info)
{
	GENL_SET_ERR_MSG(info, "this socket is not attached: ATTACH first");
	return -ENOTCONN;
}

/* Only the helper drives the machine, save for drills.  Core's lock held. */
static int may_drive(struct genl_info *info)
{
	if (is_drill(info) || info->snd_portid == helper.portid)
		return 0;
	return refuse_stranger(info);
}

/* Attributes out. */

static int put_u64(struct sk_buff *skb, int attr, u64 value)
{
	return nla_put_u64_64bit(skb, attr, value, VMOPNOTIFY_A_PAD);
}

static int put_helper(struct sk_buff *skb)
{
	if (!helper.portid)
		return 0;
	return nla_put_string(skb, VMOPNOTIFY_A_APP_NAME, helper.app_name) ?:
	       nla_put_string(skb, VMOPNOTIFY_A_HELPER, helper.program) ?:
	       nla_put_u32(skb, VMOPNOTIFY_A_PID, pid_vnr(helper.pid));
}

static int put_counters(struct sk_buff *skb, const struct operation *op)
{
	return put_u64(skb, VMOPNOTIFY_A_OPERATIONS, op->operations) ?:
	       put_u64(skb, VMOPNOTIFY_A_EXPIRED, op->expired) ?:
	       put_u64(skb, VMOPNOTIFY_A_LOST, op->lost) ?:
	       put_u64(skb, VMOPNOTIFY_A_STRAY_ENDS, op->stray_ends) ?:
	       put_u64(skb, VMOPNOTIFY_A_ACK_ERRORS, op->ack_errors) ?:
	       nla_put_u32(skb, VMOPNOTIFY_A_LAST_STATUS, op->last_status) ?:
	       put_u64(skb, VMOPNOTIFY_A_LAST_QUIESCE_NS,
		       op->last_quiesce_ns) ?:
	       put_u64(skb, VMOPNOTIFY_A_LAST_STUN_NS, op->last_stun_ns);
}

static int put_operation(struct sk_buff *skb, const struct operation *op)
{
	if (!operation_is_open(op))
		return 0;
	return put_u64(skb, VMOPNOTIFY_A_OPERATION_ID, op->id) ?:
	       nla_put_string(skb, VMOPNOTIFY_A_OPERATION_TYPE, op->type) ?:
	       nla_put_u32(skb, VMOPNOTIFY_A_FLAGS, op->flags) ?:
	       put_u64(skb, VMOPNOTIFY_A_START_NS, op->start_ns) ?:
	       put_u64(skb, VMOPNOTIFY_A_DEADLINE_NS, op->deadline_ns) ?:
	       nla_put_u32(skb, VMOPNOTIFY_A_STAGE, operation_top_stage(op)) ?:
	       nla_put_u32(skb, VMOPNOTIFY_A_MEMBERS, op->members) ?:
	       nla_put_u32(skb, VMOPNOTIFY_A_PENDING, op->pending);
}

static int put_status(struct sk_buff *skb, const struct operation *op)
{
	return nla_put_u32(skb, VMOPNOTIFY_A_ABI_VERSION,
			   VMOPNOTIFY_ABI_VERSION) ?:
	       nla_put_u32(skb, VMOPNOTIFY_A_STATE, op->state) ?:
	       nla_put_u32(skb, VMOPNOTIFY_A_TIMEOUT_MS, op->host_timeout_ms) ?:
	       nla_put_u32(skb, VMOPNOTIFY_A_CONSUMERS, op->consumers) ?:
	       put_helper(skb) ?:
	       put_counters(skb, op) ?:
	       put_operation(skb, op);
}

static int put_event(struct sk_buff *skb, const struct vmopnotify_event *ev)
{
	return nla_put_u32(skb, VMOPNOTIFY_A_EVENT_TYPE, ev->type) ?:
	       put_u64(skb, VMOPNOTIFY_A_SEQ, ev->seq) ?:
	       put_u64(skb, VMOPNOTIFY_A_TIME_NS, ev->time_ns) ?:
	       nla_put_u32(skb, VMOPNOTIFY_A_STATE, ev->state) ?:
	       nla_put_u32(skb, VMOPNOTIFY_A_FLAGS, ev->flags) ?:
	       put_u64(skb, VMOPNOTIFY_A_OPERATION_ID, ev->operation_id) ?:
	       nla_put_string(skb, VMOPNOTIFY_A_OPERATION_TYPE,
			      ev->operation_type) ?:
	       put_u64(skb, VMOPNOTIFY_A_DEADLINE_NS, ev->deadline_ns) ?:
	       nla_put_u32(skb, VMOPNOTIFY_A_STAGE, ev->stage) ?:
	       nla_put_s32(skb, VMOPNOTIFY_A_RESULT, ev->result) ?:
	       nla_put_u32(skb, VMOPNOTIFY_A_STATUS, ev->status) ?:
	       nla_put_u32(skb, VMOPNOTIFY_A_MEMBERS, ev->members) ?:
	       nla_put_u32(skb, VMOPNOTIFY_A_PENDING, ev->pending) ?:
	       put_u64(skb, VMOPNOTIFY_A_QUIESCE_NS, ev->quiesce_ns) ?:
	       put_u64(skb, VMOPNOTIFY_A_STUN_NS, ev->stun_ns) ?:
	       nla_put_string(skb, VMOPNOTIFY_A_TEXT, ev->text);
}

/* READY. */

void netlink_take_ready(const struct operation *op,
			struct netlink_ready *ready)
{
	void *hdr;

	if (!ready_skb || op->state == VMOPNOTIFY_STATE_QUIESCING ||
	    op->state == VMOPNOTIFY_STATE_EXPIRED)
		return;

	ready->skb = ready_skb;
	ready_skb = NULL;
	if (op->state != VMOPNOTIFY_STATE_QUIESCED)
		return;		/* it ended without: to be freed */

	hdr = genlmsg_put(ready->skb, 0, 0, &family, 0, VMOPNOTIFY_CMD_READY);
	if (WARN_ON_ONCE(!hdr ||
			 put_u64(ready->skb, VMOPNOTIFY_A_OPERATION_ID, op->id) ||
			 nla_put_u32(ready->skb, VMOPNOTIFY_A_FLAGS, op->flags)))
		return;
	genlmsg_end(ready->skb, hdr);
	ready->portid = helper.portid;
}

void netlink_send_ready(struct netlink_ready *ready)
{
	int ret;

	if (!ready->skb)
		return;
	/* Without a helper now, the next one is told when it attaches. */
	if (!ready->portid) {
		nlmsg_free(ready->skb);
		return;
	}
	/*
	 * Where its receive buffer is full the helper gets ENOBUFS instead, and
	 * asks with GET.
	 */
	ret = genlmsg_unicast(&init_net, ready->skb, ready->portid);
	if (ret)
		pr_notice_ratelimited("helper not told that all are quiet: error %d\n",
				      ret);
}

/* The group. */

static void multicast(const struct vmopnotify_event *ev)
{
	struct sk_buff *skb;
	void *hdr;

	if (!genl_has_listeners(&family, &init_net, GROUP_EVENTS))
		return;

	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!skb)
		goto lost;
	hdr = genlmsg_put(skb, 0, 0, &family, 0, VMOPNOTIFY_CMD_EVENT);
	if (WARN_ON_ONCE(!hdr || put_event(skb, ev)))
		goto free;
	genlmsg_end(skb, hdr);
	genlmsg_multicast(&family, skb, 0, GROUP_EVENTS, GFP_KERNEL);
	return;

free:
	nlmsg_free(skb);
lost:
	genl_set_err(&family, &init_net, 0, GROUP_EVENTS, -ENOBUFS);
}

/*
 * As a work item of its own: records go out in order, and whoever acks does
 * not wait until others have been told.
 */
static void publish(struct work_struct *unused)
{
	static u64 next;
	struct vmopnotify_event ev;
	int ret;

	while ((ret = ring_get(RING_WATCHER, &next, &ev)) != -EAGAIN) {
		if (ret) {
			genl_set_err(&family, &init_net, 0, GROUP_EVENTS,
				     -ENOBUFS);
			continue;
		}
		multicast(&ev);
		next++;
	}
}

static DECLARE_WORK(publish_work, publish);

void netlink_publish(void)
{
	queue_work(core_queue, &publish_work);
}

/* Commands. */

void netlink_helper(char *buf)
{
	strscpy(buf, helper.portid ? helper.program : "none",
		VMOPNOTIFY_TEXT_LEN);
}

static void refuse_busy(struct genl_info *info)
{
	VMOP_SET_ERR_MSG_FMT(info->extack, "another helper is attached",
			     ": %.30s, pid %d",
			     helper.program, pid_vnr(helper.pid));
}

/* If that socket is the helper's: it no longer is.  Return: whether it was. */
static bool detach(u32 portid)
{
	struct pid *pid = NULL;
	struct operation *op;
	bool attached;

	op = core_lock();
	attached = helper.portid == portid;
	if (attached) {
		pid = helper.pid;
		memset(&helper, 0, sizeof(helper));
		operation_detach(op);
	}
	core_unlock(op);

	if (attached) {
		put_pid(pid);
		module_put(THIS_MODULE);
	}
	return attached;
}

static int put_reply(struct sk_buff *skb, struct genl_info *info,
		     const struct operation *op)
{
	void *hdr = genlmsg_put_reply(skb, info, &family, 0,
				      VMOPNOTIFY_CMD_GET);

	if (!hdr || put_status(skb, op))
		return -EMSGSIZE;
	genlmsg_end(skb, hdr);
	return 0;
}

static int attach(struct operation *op, struct genl_info *info)
{
	int ret;

	ret = operation_attach(op, helper.app_name,
			       get_u32(info, VMOPNOTIFY_A_TIMEOUT_MS),
			       info->attrs[VMOPNOTIFY_A_GUARANTEED]);
	if (ret)
		return ret;
	WRITE_ONCE(helper.portid, info->snd_portid);
	helper.pid = get_pid(task_tgid(current));
	__module_get(THIS_MODULE);
	return 0;
}

static int attach_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply;
	struct operation *op;
	int ret;

	ret = REQUIRE(info, APP_NAME) ?:
	      REQUIRE(info, HELPER) ?:
	      REQUIRE(info, TIMEOUT_MS);
	if (ret)
		return ret;
	reply = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!reply)
		return -ENOMEM;

	op = core_lock();
	if (helper.portid) {
		refuse_busy(info);
		ret = -EBUSY;
	} else {
		get_text(info, VMOPNOTIFY_A_APP_NAME, helper.app_name,
			 sizeof(helper.app_name));
		get_text(info, VMOPNOTIFY_A_HELPER, helper.program,
			 sizeof(helper.program));
		ret = attach(op, info) ?: put_reply(reply, info, op);
	}
	core_unlock(op);

	if (ret)
		nlmsg_free(reply);
	else
		ret = genlmsg_reply(reply, info);
	/* Who is not told that it is attached is not. */
	if (ret && ret != -EBUSY)
		detach(info->snd_portid);
	return ret;
}

static int detach_doit(struct sk_buff *skb, struct genl_info *info)
{
	return detach(info->snd_portid) ? 0 : refuse_stranger(info);
}

static void explain_start(struct genl_info *info, int ret)
{
	if (ret == -EALREADY)
		GENL_SET_ERR_MSG(info, "this operation is open already");
	else if (ret == -ESTALE)
		GENL_SET_ERR_MSG(info, "the notice is older than its own timeout");
	else if (ret == -EBUSY)
		GENL_SET_ERR_MSG(info, "an operation is open: no drill now");
}

static int start_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct operation_notice notice = {};
	struct sk_buff *ready = NULL;
	struct operation *op;
	int ret;

	ret = REQUIRE(info, OPERATION_ID) ?:
	      REQUIRE(info, OPERATION_TYPE) ?:
	      REQUIRE(info, TIMEOUT_MS);
	if (ret)
		return ret;
	notice.id = nla_get_u64(info->attrs[VMOPNOTIFY_A_OPERATION_ID]);
	notice.timeout_ms = get_u32(info, VMOPNOTIFY_A_TIMEOUT_MS);
	notice.age_ms = get_u32(info, VMOPNOTIFY_A_AGE_MS);
	notice.drill = is_drill(info);
	get_text(info, VMOPNOTIFY_A_OPERATION_TYPE, notice.type,
		 sizeof(notice.type));
	/* Now, so that it cannot fail when all are quiet; none for a drill. */
	if (!notice.drill) {
		ready = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
		if (!ready)
			return -ENOMEM;
	}

	op = core_lock();
	ret = may_drive(info);
	if (!ret) {
		ret = operation_start(op, &notice);
		explain_start(info, ret);
	}
	/* What may be left of another operation is freed. */
	if (!ret)
		swap(ready, ready_skb);
	core_unlock(op);

	nlmsg_free(ready);
	return ret;
}

static int end_doit(struct sk_buff *skb, struct genl_info *info)
{
	char text[VMOPNOTIFY_TEXT_LEN];
	struct operation *op;
	u64 id;
	int ret;

	ret = REQUIRE(info, OPERATION_ID) ?:
	      REQUIRE(info, STATUS);
	if (ret)
		return ret;
	id = nla_get_u64(info->attrs[VMOPNOTIFY_A_OPERATION_ID]);
	get_text(info, VMOPNOTIFY_A_TEXT, text, sizeof(text));

	op = core_lock();
	ret = may_drive(info);
	if (!ret) {
		ret = operation_end(op, id, is_drill(info),
				    get_u32(info, VMOPNOTIFY_A_STATUS), text);
		if (ret)
			GENL_SET_ERR_MSG(info, "no such drill is open");
	}
	core_unlock(op);
	return ret;
}

static int timeout_change_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct operation *op;
	int ret;

	ret = REQUIRE(info, TIMEOUT_MS);
	if (ret)
		return ret;

	op = core_lock();
	ret = may_drive(info);
	if (!ret && is_drill(info) && !operation_is_drill(op)) {
		GENL_SET_ERR_MSG(info, "no drill is open");
		ret = -ENOENT;
	}
	if (!ret)
		operation_change_timeout(op,
					 get_u32(info, VMOPNOTIFY_A_TIMEOUT_MS),
					 is_drill(info));
	core_unlock(op);
	return ret;
}

static int acked_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct operation *op;
	u64 id;
	int ret;

	ret = REQUIRE(info, OPERATION_ID);
	if (ret)
		return ret;
	id = nla_get_u64(info->attrs[VMOPNOTIFY_A_OPERATION_ID]);

	op = core_lock();
	ret = may_drive(info);
	if (!ret) {
		ret = operation_host_acked(op, id);
		if (ret)
			GENL_SET_ERR_MSG(info, "no such operation is quiesced");
	}
	core_unlock(op);
	return ret;
}

static int get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply;
	struct operation *op;
	int ret;

	reply = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!reply)
		return -ENOMEM;

	op = core_lock();
	ret = put_reply(reply, info, op);
	core_unlock(op);

	if (!ret)
		return genlmsg_reply(reply, info);
	nlmsg_free(reply);
	return ret;
}

static int put_consumer(struct sk_buff *skb, const struct operation *op,
			const struct consumer *c)
{
	const struct participant *p = &c->participant;
	u64 age_ms = div_u64(op->now_ns - c->joined_ns, NSEC_PER_MSEC);
	int ret = 0;

	if (c->pid)
		ret = nla_put_u32(skb, VMOPNOTIFY_A_PID, pid_vnr(c->pid));
	if (!ret && p->acked_epoch)
		ret = nla_put_s32(skb, VMOPNOTIFY_A_RESULT, p->result);
	return ret ?:
	       nla_put_string(skb, VMOPNOTIFY_A_NAME, p->name) ?:
	       nla_put_u32(skb, VMOPNOTIFY_A_STAGE, p->stage) ?:
	       nla_put_u32(skb, VMOPNOTIFY_A_FLAGS, operation_part(op, p)) ?:
	       nla_put_u32(skb, VMOPNOTIFY_A_EXPECTED_MS, c->expected_ms) ?:
	       nla_put_u32(skb, VMOPNOTIFY_A_AGE_MS,
			   min_t(u64, age_ms, U32_MAX));
}

/* In one go: anybody may ask, and nobody acks meanwhile. */
#define DUMP_AT_ONCE	16

/* Return: whether there may be more, and room for it; *last: the last one's. */
static bool put_consumers(struct sk_buff *skb, struct netlink_callback *cb,
			  const struct operation *op, u64 *last)
{
	struct consumer *c = consumer_find(*last);
	unsigned int n;
	void *hdr;

	for (n = 0; c && n < DUMP_AT_ONCE; n++) {
		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				  cb->nlh->nlmsg_seq, &family, NLM_F_MULTI,
				  VMOPNOTIFY_CMD_GET_CONSUMER);
		if (!hdr)
			return false;
		if (put_consumer(skb, op, c)) {
			genlmsg_cancel(skb, hdr);
			return false;
		}
		genlmsg_end(skb, hdr);
		*last = c->number;
		c = consumer_next(c);
	}
	return c;
}

/* As many as fit into one message; the last one's number is kept in cb. */
static int get_consumer_dumpit(struct sk_buff *skb,
			       struct netlink_callback *cb)
{
	u64 *last = (u64 *)cb->ctx;
	struct operation *op;
	bool more;

	do {
		op = core_lock();
		more = put_consumers(skb, cb, op, last);
		core_unlock(op);
	} while (more);
	return skb->len;
}

/* A socket is gone: the helper's? */
static int urelease(struct notifier_block *nb, unsigned long event, void *data)
{
	struct netlink_notify *notify = data;

	if (event != NETLINK_URELEASE || notify->protocol != NETLINK_GENERIC ||
	    notify->net != &init_net)
		return NOTIFY_DONE;

	/* It attached itself before it closes: no need to lock for the rest. */
	if (READ_ONCE(helper.portid) == notify->portid)
		detach(notify->portid);
	return NOTIFY_DONE;
}

static struct notifier_block urelease_nb = { .notifier_call = urelease };

#define WRITE_OP(_cmd, _doit, _policy) {				\
	.cmd = VMOPNOTIFY_CMD_##_cmd,					\
	.doit = _doit,							\
	.policy = _policy,						\
	.maxattr = VMOPNOTIFY_A_MAX,					\
	.flags = GENL_ADMIN_PERM,					\
}

static const struct genl_ops ops[] = {
	WRITE_OP(ATTACH, attach_doit, attach_policy),
	WRITE_OP(DETACH, detach_doit, empty_policy),
	WRITE_OP(START, start_doit, start_policy),
	WRITE_OP(END, end_doit, end_policy),
	WRITE_OP(TIMEOUT_CHANGE, timeout_change_doit, timeout_change_policy),
	WRITE_OP(ACKED, acked_doit, acked_policy),
	{
		.cmd = VMOPNOTIFY_CMD_GET,
		.doit = get_doit,
		.policy = empty_policy,
		.maxattr = VMOPNOTIFY_A_MAX,
	},
	{
		.cmd = VMOPNOTIFY_CMD_GET_CONSUMER,
		.dumpit = get_consumer_dumpit,
		.policy = empty_policy,
		.maxattr = VMOPNOTIFY_A_MAX,
	},
};

static struct genl_family family __ro_after_init = {
	.name = VMOPNOTIFY_GENL_NAME,
	.version = VMOPNOTIFY_GENL_VERSION,
	.maxattr = VMOPNOTIFY_A_MAX,
	.module = THIS_MODULE,
	.parallel_ops = true,	/* the core's lock is enough */
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

int netlink_init(void)
{
	int ret;

	ret = netlink_register_notifier(&urelease_nb);
	if (ret)
		return ret;
	ret = genl_register_family(&family);
	if (ret)
		netlink_unregister_notifier(&urelease_nb);
	return ret;
}

void netlink_exit(void)
{
	genl_unregister_family(&family);
	netlink_unregister_notifier(&urelease_nb);
	nlmsg_free(ready_skb);
	ready_skb = NULL;
}
