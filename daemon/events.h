/* SPDX-License-Identifier: Apache-2.0 */
/* Events at rest in the table `event`, for readers whose cursor is older than what the outbox keeps. */
#ifndef XF_DAEMON_EVENTS_H
#define XF_DAEMON_EVENTS_H

#include "db.h"
#include "outbox.h"

#define XF_EVENTS_MAX 1000 /* in one read */

/* One read and its answer: the messages after a number (owned by the caller), and the smallest number that the table still has (0:
 * none of this subscription). */
struct xf_events {
    const char *subscription;
    uint64_t after;
    size_t max;
    const struct xf_message *messages[XF_EVENTS_MAX];
    size_t count;
    uint64_t oldest;
};
/* Fills the answer. XF_OK, XF_EIO, XF_ENOMEM; no messages are held on failure. */
int xf_events_read(struct xf_db *db, struct xf_events *events, struct xf_error *error) XF_MUST_CHECK;
void xf_events_clear(struct xf_events *events);
/* Takes events and attempts from before an instant away, at most max of each: XF_OK with *ret_count how many. */
int xf_events_expire(struct xf_db *db, int64_t before, unsigned max, uint64_t *ret_count, struct xf_error *error) XF_MUST_CHECK;

#endif
