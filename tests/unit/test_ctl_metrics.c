// SPDX-License-Identifier: GPL-2.0
/* Metrics: both formats, and what is made of them. */
#include "unit.h"

#include "metrics.c"

#include <netlink/msg.h>

/**
 * struct answer - what the module says
 * @msg: holds the attributes
 * @attrs: by number
 */
struct answer {
	struct nl_msg *msg;
	struct nlattr *attrs[VMOPNOTIFY_A_MAX + 1];
};

static void make_answer(struct answer *a, bool attached)
{
	memset(a, 0, sizeof(*a));
	a->msg = nlmsg_alloc();
	assert_non_null(a->msg);
	nlmsg_put(a->msg, 0, 0, NLMSG_MIN_TYPE, 0, 0);
	nla_put_u32(a->msg, VMOPNOTIFY_A_ABI_VERSION, 2);
	nla_put_u32(a->msg, VMOPNOTIFY_A_STATE, VMOPNOTIFY_STATE_QUIESCED);
	nla_put_u32(a->msg, VMOPNOTIFY_A_FLAGS, VMOPNOTIFY_F_DRILL);
	nla_put_u32(a->msg, VMOPNOTIFY_A_CONSUMERS, 3);
	nla_put_u32(a->msg, VMOPNOTIFY_A_TIMEOUT_MS, 1500);
	nla_put_u64(a->msg, VMOPNOTIFY_A_OPERATIONS, UINT64_MAX);
	nla_put_u64(a->msg, VMOPNOTIFY_A_LAST_QUIESCE_NS, 355000000);
	nla_put_u32(a->msg, VMOPNOTIFY_A_LAST_STATUS, VMOPNOTIFY_END_LOST);
	if (attached)
		nla_put_string(a->msg, VMOPNOTIFY_A_APP_NAME, "shop");
	nla_parse(a->attrs, VMOPNOTIFY_A_MAX, nlmsg_attrdata(nlmsg_hdr(a->msg),
							     0),
		  nlmsg_attrlen(nlmsg_hdr(a->msg), 0), NULL);
}

static void write_page_to(const char *path, bool openmetrics_format,
			  bool attached, const char *version)
{
	struct page p = { .openmetrics = openmetrics_format };
	struct answer a;

	make_answer(&a, attached);
	p.attrs = a.attrs;
	p.out = fopen(path, "w");
	assert_non_null(p.out);
	write_flag(&p, "up", true, "Could the module be asked?");
	write_all(&p, version);
	if (openmetrics_format)
		fprintf(p.out, "# EOF\n");
	fclose(p.out);
	nlmsg_free(a.msg);
}

static void assert_has(const char *path, const char *line)
{
	char got[512];
	FILE *f = fopen(path, "r");
	bool found = false;

	assert_non_null(f);
	while (fgets(got, sizeof(got), f)) {
		got[strcspn(got, "\n")] = '\0';
		found |= !strcmp(got, line);
	}
	fclose(f);
	if (!found)
		fail_msg("no line \"%s\"", line);
}

static void test_openmetrics(void **state)
{
	char *dir = make_dir();
	const char *path = in_dir(dir, "page");

	(void)state;
	write_page_to(path, true, true, "1.0");
	assert_has(path, "# TYPE vmopnotify_state stateset");
	assert_has(path, "vmopnotify_state{vmopnotify_state=\"quiesced\"} 1");
	assert_has(path, "vmopnotify_state{vmopnotify_state=\"idle\"} 0");
	assert_has(path, "vmopnotify_last_operation{vmopnotify_last_operation=\"lost\"} 1");
	assert_has(path, "# TYPE vmopnotify_operations counter");
	assert_has(path, "vmopnotify_operations_total 18446744073709551615");
	assert_has(path, "# UNIT vmopnotify_last_quiesce_seconds seconds");
	assert_has(path, "vmopnotify_last_quiesce_seconds 0.355");
	assert_has(path, "vmopnotify_host_timeout_seconds 1.5");
	assert_has(path, "vmopnotify_drill 1");
	assert_has(path, "vmopnotify_helper_attached 1");
	assert_has(path, "# TYPE vmopnotify_module info");
	assert_has(path, "vmopnotify_module_info{version=\"1.0\",abi_version=\"2\"} 1");
	write_page_to(path, true, false, "a\"b\\c");
	assert_has(path, "vmopnotify_helper_attached 0");
	assert_has(path, "vmopnotify_module_info{version=\"a\\\"b\\\\c\",abi_version=\"2\"} 1");
	remove_dir(dir);
}

static void test_prometheus(void **state)
{
	char *dir = make_dir();
	const char *path = in_dir(dir, "page");

	(void)state;
	write_page_to(path, false, true, "1.0");
	assert_has(path, "# TYPE vmopnotify_operations_total counter");
	assert_has(path, "# TYPE vmopnotify_state gauge");
	assert_has(path, "# TYPE vmopnotify_module_info gauge");
	remove_dir(dir);
}

/* By parsers that others wrote; and with the dashboard and the rules. */
static void test_parsers(void **state)
{
	char *dir = make_dir();
	char command[1024];

	(void)state;
	write_page_to(in_dir(dir, "new"), true, true, "1.0\"\\");
	write_page_to(in_dir(dir, "old"), false, true, "1.0\"\\");
	snprintf(command, sizeof(command),
		 "./metrics %s %s ../../docs/monitoring/grafana-dashboard.json ../../docs/monitoring/alerts.yaml",
		 in_dir(dir, "new"), in_dir(dir, "old"));
	assert_int_equal(system(command), 0);
	remove_dir(dir);
}

/* No module answers here: what is written says so, and is whole. */
static void test_file(void **state)
{
	struct page p = { .openmetrics = true };
	char *dir = make_dir(), command[512];

	(void)state;
	write_text(in_dir(dir, "x.prom"), "old");
	assert_int_equal(write_file(&p, in_dir(dir, "x.prom")),
			 COMMAND_FAILED);
	assert_has(in_dir(dir, "x.prom"), "vmopnotify_up 0");
	assert_has(in_dir(dir, "x.prom"), "# EOF");
	/* Nothing else is left behind, and others may read it. */
	snprintf(command, sizeof(command),
		 "test \"$(ls -A %s)\" = x.prom && test $(stat -c %%a %s) = 644",
		 dir, in_dir(dir, "x.prom"));
	assert_int_equal(system(command), 0);
	assert_int_equal(write_file(&p, in_dir(dir, "no/such/file")),
			 COMMAND_FAILED);
	/* A directory cannot be replaced: it stays, and no file is left. */
	snprintf(command, sizeof(command), "mkdir %s", in_dir(dir, "d"));
	assert_int_equal(system(command), 0);
	assert_int_equal(write_file(&p, in_dir(dir, "d")), COMMAND_FAILED);
	snprintf(command, sizeof(command), "test $(ls -A %s | wc -l) = 2", dir);
	assert_int_equal(system(command), 0);
	remove_dir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_openmetrics),
		cmocka_unit_test(test_prometheus),
		cmocka_unit_test(test_parsers),
		cmocka_unit_test(test_file),
	};

	return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
