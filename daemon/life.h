/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's life: making its parts in order, changing role, rereading files, draining and ending. */
#ifndef XF_DAEMON_LIFE_H
#define XF_DAEMON_LIFE_H

#include "conf.h"

/* Reads every file that the configuration names as a start would. XF_OK, or *error with file, line and reason. */
int xf_life_check(struct xf_conf *conf, struct xf_error *error) XF_MUST_CHECK;
/* Runs until SIGTERM or SIGINT. XF_EINVAL with *error when a file is wrong, other codes when something else failed. conf is
 * borrowed. */
int xf_life_run(struct xf_conf *conf, struct xf_error *error) XF_MUST_CHECK;

#endif
