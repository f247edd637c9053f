/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An application's part in operations, as its file in /etc/vmopnotify/apps.d
 * tells it.
 */
#ifndef VMOPNOTIFYCTL_APP_CONFIG_H
#define VMOPNOTIFYCTL_APP_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app_user.h"

/* APP_CONFIG_DIR - where the files are; NAME.conf is the application NAME's. */
#define APP_CONFIG_DIR	"/etc/vmopnotify/apps.d"

/* APP_ENV_MAX - how many variables a file may set. */
#define APP_ENV_MAX	64

/* APP_TEXT_LEN - more than a line holds: the reader takes none that is longer. */
#define APP_TEXT_LEN	256

/**
 * struct app_config - what a file says, or the defaults
 * @quiesce: the command that gets the application quiet
 * @unquiesce: the command that ends that
 * @user: whom the commands run as
 * @no_answer: who that is could not be found out
 * @stage: the consumer's stage
 * @timeout_ns: limit of the quiesce command, in nanoseconds; 0: the deadline
 *	alone
 * @hold: a quiesce command that fails is not acked
 * @env: variables of the commands, each as NAME=VALUE
 * @env_count: how many
 */
struct app_config {
	char quiesce[APP_TEXT_LEN];
	char unquiesce[APP_TEXT_LEN];
	struct app_user user;
	bool no_answer;
	uint32_t stage;
	uint64_t timeout_ns;
	bool hold;
	char env[APP_ENV_MAX][APP_TEXT_LEN];
	unsigned int env_count;
};

/**
 * app_name_problem - what is wrong with an application's name
 * @name: the name, which is part of files' names, and the consumer's
 *
 * Return: the problem in words, or NULL where there is none.
 */
const char *app_name_problem(const char *name);

/**
 * app_config_load - read an application's file
 * @cfg: where to put it; incomplete after an error
 * @path: the file
 * @err: where to put "FILE:LINE: what is wrong with which key"
 * @errlen: size of @err
 *
 * Return: 0; -EINVAL for a file with a mistake in it; -EAGAIN where its user
 * cannot be looked up for now; -ENOENT or another negative errno for one that
 * cannot be read.
 */
int app_config_load(struct app_config *cfg, const char *path, char *err,
		    size_t errlen);

#endif /* VMOPNOTIFYCTL_APP_CONFIG_H */
