/* SPDX-License-Identifier: Apache-2.0 */
/* Lanes: each subscription's way out, in order, one delivery at a time, with its retries. On the delivery thread only; dispatch.c
 * feeds them. */
#ifndef XF_DAEMON_LANE_H
#define XF_DAEMON_LANE_H

#include "crossflag/alert.h"
#include "ledger.h"
#include "metrics.h"
#include "outbox.h"
#include "webhook.h"

/* Deliveries under way at once: of all, and of those lanes whose last attempt failed, so that stalling partners leave room for the
 * others. */
#define XF_LANES_PARALLEL 1024
#define XF_LANES_PARALLEL_FAILING 128

struct event_base;
struct xf_lanes;

struct xf_lanes_parts {
    struct event_base *base;
    struct xf_webhook *webhook;
    struct xf_ledger *ledger;
    struct xf_outbox *outbox;
    struct xf_metrics *metrics; /* may be NULL */
    int64_t retry_scale;        /* thousandths of the contract's schedule */
    /* A subscription must be disabled in the journal. XF_OK: it was submitted. */
    int (*disable)(void *context, const char *subscription, const char *reason);
    void *context;
};
struct xf_lanes *xf_lanes_create(const struct xf_lanes_parts *parts); /* parts are borrowed; NULL when out of memory */
void xf_lanes_destroy(struct xf_lanes *lanes);                        /* drops what is under way. Takes NULL */

/* Where a subscription stands according to the table; before xf_lanes_put of it. */
int xf_lanes_cursor(struct xf_lanes *lanes, const struct xf_cursor *cursor) XF_MUST_CHECK;
/* A subscription as the fold has it now: makes its lane or adapts it. Nothing is sent before xf_lanes_go. XF_OK, XF_ENOMEM. */
int xf_lanes_put(struct xf_lanes *lanes, const struct xf_subscription *subscription) XF_MUST_CHECK;
/* After a round of puts: asks for secrets that are missing and sends what is ready. */
void xf_lanes_go(struct xf_lanes *lanes, unsigned round);
/* The fold knows of every disabling that was begun, or none came into the journal: before a round of puts, whose word counts again.
 */
void xf_lanes_disable_settled(struct xf_lanes *lanes);
/* New events of a subscription. False when it has no lane. */
bool xf_lanes_wake(struct xf_lanes *lanes, const char *subscription, uint64_t last);
/* Sets crossflag_subscription_oldest_unacked_seconds of every webhook. From the loop's thread, while no lane is made or destroyed.
 */
void xf_lanes_measure(const struct xf_lanes *lanes, struct xf_metrics *metrics);
void xf_lanes_take_secrets(struct xf_lanes *lanes, const struct xf_ledger_answer *answer);
void xf_lanes_take_events(struct xf_lanes *lanes, struct xf_ledger_answer *answer); /* takes answer->events over */

#endif
