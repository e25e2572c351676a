/* SPDX-License-Identifier: Apache-2.0 */
/* What the partnership agreed, as files: partners, vocabulary, model, rules, disclosure, and the principals file. Read and checked
 * together; the writer enters into the journal what differs from the state. */
#ifndef XF_DAEMON_SETTINGS_H
#define XF_DAEMON_SETTINGS_H

#include "daemon.h"

struct xf_settings;
/* Reads and checks every file; NULL with *error (file, line, reason). */
struct xf_settings *xf_settings_read(const struct xf_conf *conf, struct xf_error *error);
void xf_settings_destroy(struct xf_settings *settings);
/* Enters what differs (writer only, everything folded): takes settings over. done runs on the loop when it is folded (at once when
 * nothing differs) with XF_OK or the journal's refusal. */
void xf_settings_enter(struct xf_settings *settings, struct xf_daemon *daemon,
                       void (*done)(struct xf_daemon *daemon, int result, void *context), void *context);

#endif
