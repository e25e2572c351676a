/* SPDX-License-Identifier: Apache-2.0 */
/* What a daemon does because it is the writer: enters the files' word into the journal when it takes over and when they change,
 * lets time pass, and gives all of it up when another one writes. Loop's thread. */
#ifndef XF_DAEMON_DUTY_H
#define XF_DAEMON_DUTY_H

#include "daemon.h"
#include "settings.h"

struct xf_duty;
/* settings is taken over: the files as read at the start. NULL (settings is freed) when out of memory. */
struct xf_duty *xf_duty_create(struct xf_daemon *daemon, struct xf_settings *settings);
void xf_duty_destroy(struct xf_duty *duty);
/* The journal's role changed. */
void xf_duty_role(struct xf_duty *duty, enum xf_journal_role role);
/* The files were read again. Takes settings over; a follower keeps them for the day it writes. */
void xf_duty_settings(struct xf_duty *duty, struct xf_settings *settings);
void xf_duty_second(struct xf_duty *duty); /* every second */

#endif
