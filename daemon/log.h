/* SPDX-License-Identifier: Apache-2.0 */
/* What the daemon prints: JSON lines on standard error. Identifiers of records and entities, never names or secrets. Thread-safe.
 */
#ifndef XF_DAEMON_LOG_H
#define XF_DAEMON_LOG_H

enum xf_log_level { XF_LOG_DEBUG, XF_LOG_INFO, XF_LOG_WARNING, XF_LOG_ERROR };

void xf_log_set_level(enum xf_log_level level);
/* One line {"time","level","event",…members}: members is a jansson pack format of an object such as "{s:s,s:I}" with its values, or
 * NULL. */
void xf_log(enum xf_log_level level, const char *event, const char *members, ...);

#endif
