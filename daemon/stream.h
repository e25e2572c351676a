/* SPDX-License-Identifier: Apache-2.0 */
/* Who reads events as they come, on the main loop: Server-Sent Events and long polls. Both hold a cursor; what they get comes from
 * the outbox, or, when they lag, from the table by way of the workers, never from a buffer of their own. */
#ifndef XF_DAEMON_STREAM_H
#define XF_DAEMON_STREAM_H

#include "route.h"

struct xf_streams;
struct xf_streams *xf_streams_create(struct xf_daemon *daemon); /* on the loop's thread; NULL when out of memory */
void xf_streams_destroy(struct xf_streams *streams);            /* after the loop has ended. Takes NULL */
/* Answers every long poll with what there is, and lets no new one wait. */
void xf_streams_drain(struct xf_streams *streams);

/* Both take the call over. last: the greatest number that the subscription has given so far. A cursor older than what is kept is
 * answered with 410 and oldest_seq. */
/* A stream: events after `after`, for as long as the peer reads. */
void xf_streams_open(struct xf_streams *streams, struct xf_call *call, const char *subscription, uint64_t after, uint64_t last);
/* A page: {"items":[…],"next":null|"<seq>","last_seq":n}, at most limit events; when there is none it waits up to wait_ms for one.
 */
void xf_streams_page(struct xf_streams *streams, struct xf_call *call, const char *subscription, uint64_t after, uint64_t last,
                     size_t limit, int wait_ms);

#endif
