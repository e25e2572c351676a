/* SPDX-License-Identifier: Apache-2.0 */
/* One record by its key: handlers of /v1/feeds/{feed}/records/{id}. */
#ifndef XF_DAEMON_KEYED_H
#define XF_DAEMON_KEYED_H

#include "route.h"

void xf_keyed_put(struct xf_call *call);
void xf_keyed_get(struct xf_call *call);
void xf_keyed_delete(struct xf_call *call);

#endif
