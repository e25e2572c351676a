/* SPDX-License-Identifier: Apache-2.0 */
/* Records in: POST under /v1/feeds/{feed}, and what all of it shares. */
#ifndef XF_DAEMON_INTAKE_H
#define XF_DAEMON_INTAKE_H

#include "daemon.h"

struct xf_intake;
struct xf_inflight;
struct xf_intake *xf_intake_create(void); /* NULL when out of memory */
void xf_intake_destroy(struct xf_intake *intake);
/* Another epoch of this daemon's begins and everything before it is folded: nothing is under way. */
void xf_intake_reset(struct xf_intake *intake);
/* Every second: forgets what the register has come to show. */
void xf_intake_tidy(struct xf_intake *intake, struct xf_engine *engine);
struct xf_inflight *xf_intake_inflight(struct xf_intake *intake);

#endif
