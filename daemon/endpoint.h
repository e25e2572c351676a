/* SPDX-License-Identifier: Apache-2.0 */
/* The breaker: what is known of a webhook's URL, shared by all subscriptions that send there (by URL and not by host: behind one
 * host may be many partners, and one's failures must not hold up another's alerts). After several failures in a row nothing is sent
 * there for a while, then one delivery tries. */
#ifndef XF_DAEMON_ENDPOINT_H
#define XF_DAEMON_ENDPOINT_H

#include <stdbool.h>
#include <stdint.h>

struct xf_endpoint;
struct xf_endpoints;

/* scale: thousandths by which the waits are multiplied. NULL when out of memory. */
struct xf_endpoints *xf_endpoints_create(int64_t scale);
void xf_endpoints_destroy(struct xf_endpoints *endpoints); /* all must have been released */
/* The endpoint of a URL; released by the caller. NULL when out of memory. */
struct xf_endpoint *xf_endpoint_hold(struct xf_endpoints *endpoints, const char *url);
void xf_endpoint_release(struct xf_endpoints *endpoints, struct xf_endpoint *endpoint);

/* Whether a delivery may start now (monotonic µs); false with *ret_wait_us until it is worth asking again. A true answer must be
 * followed by a report or forget. */
bool xf_endpoint_admit(struct xf_endpoint *endpoint, int64_t now, int64_t *ret_wait_us);
/* How it ended: alive when the host answered with anything below 500. True when this closes an open breaker: others that wait may
 * go. */
bool xf_endpoint_report(struct xf_endpoints *endpoints, struct xf_endpoint *endpoint, bool alive, int64_t now);
/* The delivery was dropped by us. */
void xf_endpoint_forget(struct xf_endpoint *endpoint);

#endif
