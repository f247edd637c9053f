// SPDX-License-Identifier: GPL-2.0
/* The list of consumers: what is not known is not made up. */
#include "unit.h"

#include "consumers.c"

#include <errno.h>

#include <netlink/msg.h>

/**
 * struct entry - a consumer as the module tells it
 * @msg: holds the attributes
 * @attrs: by number
 */
struct entry {
	struct nl_msg *msg;
	struct nlattr *attrs[VMOPNOTIFY_A_MAX + 1];
};

static struct entry entry(void)
{
	struct entry e = { .msg = nlmsg_alloc() };

	assert_non_null(e.msg);
	nlmsg_put(e.msg, 0, 0, NLMSG_MIN_TYPE, 0, 0);
	nla_put_string(e.msg, VMOPNOTIFY_A_NAME, "db");
	nla_put_u32(e.msg, VMOPNOTIFY_A_STAGE, 2);
	return e;
}

static void parse(struct entry *e)
{
	struct nlmsghdr *nlh = nlmsg_hdr(e->msg);

	assert_int_equal(nla_parse(e->attrs, VMOPNOTIFY_A_MAX,
				   nlmsg_attrdata(nlh, 0),
				   nlmsg_attrlen(nlh, 0), NULL), 0);
}

/* Its JSON, without what is of no interest here. */
static void assert_json(struct entry *e, const char *text)
{
	struct listing list = { .array = cJSON_CreateArray() };
	cJSON *obj;
	char *got;

	parse(e);
	add_json(&list, e->attrs);
	obj = cJSON_GetArrayItem(list.array, 0);
	cJSON_DeleteItemFromObject(obj, "drill");
	cJSON_DeleteItemFromObject(obj, "expected_ms");
	cJSON_DeleteItemFromObject(obj, "age_ms");
	cJSON_DeleteItemFromObject(obj, "member");
	cJSON_DeleteItemFromObject(obj, "asked");
	cJSON_DeleteItemFromObject(obj, "acked");
	got = cJSON_PrintUnformatted(obj);
	assert_string_equal(got, text);
	free(got);
	cJSON_Delete(list.array);
	nlmsg_free(e->msg);
}

static void test_json(void **state)
{
	struct entry e = entry();

	(void)state;
	nla_put_u32(e.msg, VMOPNOTIFY_A_PID, 4711);
	nla_put_u32(e.msg, VMOPNOTIFY_A_RESULT, EIO);
	assert_json(&e, "{\"name\":\"db\",\"pid\":4711,\"kernel\":false,"
		    "\"stage\":2,\"result\":5,\"result_name\":\"EIO\"}");
	e = entry();
	nla_put_u32(e.msg, VMOPNOTIFY_A_PID, 1);
	nla_put_u32(e.msg, VMOPNOTIFY_A_RESULT, 0);
	assert_json(&e, "{\"name\":\"db\",\"pid\":1,\"kernel\":false,"
		    "\"stage\":2,\"result\":0,\"result_name\":\"ok\"}");
	/* Not visible here, and has never acked. */
	e = entry();
	nla_put_u32(e.msg, VMOPNOTIFY_A_PID, 0);
	assert_json(&e, "{\"name\":\"db\",\"pid\":null,\"kernel\":false,"
		    "\"stage\":2}");
	e = entry();
	assert_json(&e, "{\"name\":\"db\",\"kernel\":true,\"stage\":2}");
}

static bool takes_part_in_drill(bool drill, uint32_t flags)
{
	struct listing list = {
		.array = cJSON_CreateArray(),
		.drill = drill,
	};
	struct entry e = entry();
	bool told;

	nla_put_u32(e.msg, VMOPNOTIFY_A_FLAGS, flags);
	parse(&e);
	add_json(&list, e.attrs);
	told = cJSON_IsTrue(cJSON_GetObjectItem(
		cJSON_GetArrayItem(list.array, 0), "drill"));
	cJSON_Delete(list.array);
	nlmsg_free(e.msg);
	return told;
}

static void test_json_marks_drill(void **state)
{
	(void)state;
	assert_true(takes_part_in_drill(true, VMOPNOTIFY_F_MEMBER));
	assert_false(takes_part_in_drill(true, 0));
	assert_false(takes_part_in_drill(false, VMOPNOTIFY_F_MEMBER));
}

/* The words of the line that is printed. */
static void assert_line(struct entry *e, const char *pid, const char *result)
{
	char *dir = make_dir();
	const char *path = in_dir(dir, "out");
	char line[256], name[64], who[32], how[64];
	int out = dup(STDOUT_FILENO);
	FILE *f;

	parse(e);
	fflush(stdout);
	assert_non_null(freopen(path, "w", stdout));
	print_plain(e->attrs, false);
	fflush(stdout);
	dup2(out, STDOUT_FILENO);
	close(out);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	fclose(f);
	remove_dir(dir);
	assert_int_equal(sscanf(line, "%63s %31s 2 - 0.0 ms - %63s", name, who,
				how), 3);
	assert_string_equal(name, "db");
	assert_string_equal(who, pid);
	assert_string_equal(how, result);
	nlmsg_free(e->msg);
}

static void test_plain(void **state)
{
	struct entry e = entry();

	(void)state;
	nla_put_u32(e.msg, VMOPNOTIFY_A_PID, 4711);
	nla_put_u32(e.msg, VMOPNOTIFY_A_RESULT, 0);
	assert_line(&e, "4711", "ok");
	e = entry();
	nla_put_u32(e.msg, VMOPNOTIFY_A_PID, 0);
	nla_put_u32(e.msg, VMOPNOTIFY_A_RESULT, EIO);
	assert_line(&e, "?", "EIO");
	e = entry();
	assert_line(&e, "kernel", "-");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_json_marks_drill),
		cmocka_unit_test(test_plain),
	};

	return cmocka_run_group_tests_name("consumers", tests, NULL, NULL);
}
