/* SPDX-License-Identifier: Apache-2.0 */
/* Where webhooks may go: public addresses, and of the others only what the configuration allows. */
#ifndef XF_DAEMON_NETWORK_H
#define XF_DAEMON_NETWORK_H

#include <stdbool.h>

#include "crossflag/error.h"

struct sockaddr;
struct xf_networks;

/* allow: CIDR blocks, NULL-terminated, or NULL. NULL when out of memory or when a block is none (the configuration has checked
 * them). */
struct xf_networks *xf_networks_create(const char *const *allow);
void xf_networks_destroy(struct xf_networks *networks);
/* Other blocks from now on: XF_ENOMEM leaves the old ones. From any thread. */
int xf_networks_replace(struct xf_networks *networks, const char *const *allow) XF_MUST_CHECK;
/* From any thread. */
bool xf_networks_allow(struct xf_networks *networks, const struct sockaddr *address);
/* Resolves a URL's host (blocking: on a worker) and says whether no address of it may be called: so that a subscription is refused
 * when it is made and not first when an alert is due. A name that does not resolve now is not refused. */
bool xf_networks_refuse_url(struct xf_networks *networks, const char *url);

#endif
