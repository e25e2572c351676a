/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of the lanes, shared by lane.c (one lane: what it sends and when) and lanes.c (all of them: made, adapted, woken). */
#ifndef XF_DAEMON_LANE_STATE_H
#define XF_DAEMON_LANE_STATE_H

#include <stdatomic.h>
#include <sys/queue.h>
#include <time.h>

#include "endpoint.h"
#include "hash.h"
#include "lane.h"

struct event;

enum lane_state {
    LANE_PAUSED,  /* no webhook, disabled, or its secrets are not here */
    LANE_IDLE,    /* everything is delivered, or about to be looked at */
    LANE_READING, /* older events are being read from the table */
    LANE_BLOCKED, /* has an event to send, but too many deliveries are under way */
    LANE_SENDING, /* one delivery is under way */
    LANE_WAITING, /* for its retry's time, the breaker's, or for events to appear in the table */
};

struct secret_slot {
    char reference[XF_SECRET_REFERENCE]; /* empty: none wanted */
    struct xf_secret secret;
    bool answered; /* the ledger has: secret is filled when it exists */
};

struct lane {
    struct xf_lanes *lanes;
    char *subscription, *url;
    enum lane_state state;
    bool known; /* the fold has told of it; without, there is only a cursor */
    bool webhook, enabled, disabling;
    uint64_t delivered, last; /* the cursor, and the greatest number known to exist */
    unsigned attempts;        /* of the event after the cursor */
    int64_t failing_since;    /* wall clock, for the table; 0: not failing */
    int64_t failing_from;     /* the same on the monotonic clock: a stepped clock must not disable anybody */
    unsigned gap_tries;
    bool breaker; /* WAITING for the endpoint's breaker */
    bool failing; /* SENDING counted among the failing */
    struct secret_slot current, before;
    int64_t before_until; /* wall clock: a rotated secret signs beside the new one until then */
    struct xf_endpoint *endpoint;
    struct xf_webhook_delivery *delivery;
    const struct xf_message *message; /* under way, or blocked */
    _Atomic int64_t head_at; /* when the event after the cursor was made; 0: none is known. Also read by the loop's thread */
    struct xf_events *read;  /* read ahead from the table */
    size_t read_next;
    struct event *timer;
    TAILQ_ENTRY(lane) blocked;
    UT_hash_handle hh;
};

TAILQ_HEAD(lane_list, lane);

struct xf_lanes {
    struct xf_lanes_parts parts;
    struct lane *all; /* by subscription */
    struct xf_endpoints *endpoints;
    struct lane_list blocked, blocked_failing;
    unsigned sending, sending_failing, round;
    struct xf_metric *attempts[6]; /* by the status' first digit; 0: no answer */
    struct xf_metric *delay;
};

/* The one way from state to state: what the old one holds is let go. */
void xf_lane_enter(struct lane *lane, enum lane_state state);
/* Sends the next event of an idle lane, if there is one. */
void xf_lane_pump(struct lane *lane);
/* Stops whatever is under way. */
void xf_lane_halt(struct lane *lane, enum lane_state state);
void xf_lane_drop_read(struct lane *lane);
/* Notes in the ledger where the lane stands; attempt 0: without an attempt. */
void xf_lane_note(struct lane *lane, uint64_t sequence, unsigned attempt, const struct xf_webhook_result *result);
void xf_lane_on_timer(int fd, short what, void *lane);
int64_t xf_lane_clock_us(clockid_t clock);

#endif
