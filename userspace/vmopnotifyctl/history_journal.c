// SPDX-License-Identifier: GPL-2.0
/* Past operations in the journal, see history.h. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <systemd/sd-journal.h>

#include "history.h"
#include "output.h"

static int journal_next(void *arg)
{
	return sd_journal_previous(arg);
}

static bool journal_field(void *arg, const char *name, char *buf, size_t len)
{
	size_t size, skip = strlen(name) + 1;
	const char *data;

	if (sd_journal_get_data(arg, name, (const void **)&data, &size) < 0 ||
	    size < skip || size - skip >= len)
		return false;
	memcpy(buf, data + skip, size - skip);
	buf[size - skip] = '\0';
	return true;
}

static uint64_t journal_time_us(void *arg)
{
	uint64_t us = 0;

	sd_journal_get_realtime_usec(arg, &us);
	return us;
}

/* A journal of which nothing can be read is opened without an error. */
static int see_whether_readable(sd_journal *journal)
{
	if (sd_journal_has_runtime_files(journal) > 0 ||
	    sd_journal_has_persistent_files(journal) > 0)
		return 0;
	if (!geteuid() || (access("/run/log/journal", F_OK) &&
			   access("/var/log/journal", F_OK))) {
		error_line("no journal on this machine: past operations are known only where systemd-journald takes the helper's log");
		return -ENOENT;
	}
	error_line("no permission to read the journal: be root, or in the group \"systemd-journal\"");
	return -EACCES;
}

static int open_journal(sd_journal **journal, const char *directory)
{
	int ret;

	if (directory)
		ret = sd_journal_open_directory(journal, directory, 0);
	else
		ret = sd_journal_open(journal, SD_JOURNAL_LOCAL_ONLY |
				      SD_JOURNAL_SYSTEM);
	if (ret < 0) {
		error_line("cannot open the journal%s%s: %s",
			   directory ? " in " : "", directory ?: "",
			   strerror(-ret));
		return ret;
	}
	return directory ? 0 : see_whether_readable(*journal);
}

int history_open_journal(struct history_source *source, const char *directory)
{
	sd_journal *journal = NULL;
	int ret;

	ret = open_journal(&journal, directory);
	if (!ret) {
		ret = sd_journal_add_match(journal,
					   "MESSAGE_ID=" HISTORY_MESSAGE_ID, 0);
		if (ret >= 0)
			ret = sd_journal_seek_tail(journal);
		if (ret < 0)
			error_line("cannot search the journal: %s",
				   strerror(-ret));
	}
	if (ret < 0) {
		sd_journal_close(journal);
		return ret;
	}
	*source = (struct history_source){
		.next = journal_next,
		.field = journal_field,
		.time_us = journal_time_us,
		.arg = journal,
	};
	return 0;
}

void history_close_journal(struct history_source *source)
{
	sd_journal_close(source->arg);
}
