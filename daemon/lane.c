/* SPDX-License-Identifier: Apache-2.0 */
/* A lane is a webhook subscription's way out. Driven by dispatch.c (new events, changed subscriptions, answers of the ledger), by
 * its own timer and by the ends of its deliveries, all on the delivery thread. Invariants: events leave in the order of their
 * numbers, one at a time; the cursor moves only past an event that the partner took with a 2xx; every attempt is noted in the
 * ledger; xf_lane_enter alone changes a lane's state. */
#include <assert.h>
#include <event2/event.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crossflag/signature.h"
#include "lane_state.h"
#include "log.h"

#define SECOND_US INT64_C(1000000)
#define HOUR_US (3600 * SECOND_US)
#define GIVE_UP_US (120 * HOUR_US)
#define RETRY_AFTER_MAX_S (24 * 3600)
#define READ_AHEAD 256
#define GAP_TRIES 30
#define GONE 410

/* Waits after the first, second, … failed attempt; the last repeats (contract.md, "Flags out"). */
static const int64_t schedule_s[] = {5,        30,       120,       300,       900,       1800,     3600,
                                     2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600};

static void finished(void *context, const struct xf_webhook_result *result);

int64_t xf_lane_clock_us(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

static struct lane_list *blocked_list(struct lane *lane)
{
    return lane->attempts ? &lane->lanes->blocked_failing : &lane->lanes->blocked;
}

void xf_lane_enter(struct lane *lane, enum lane_state state)
{
    switch (lane->state) {
    case LANE_SENDING:
        lane->lanes->sending--;
        lane->lanes->sending_failing -= lane->failing;
        lane->delivery = NULL;
        break;
    case LANE_BLOCKED:
        TAILQ_REMOVE(blocked_list(lane), lane, blocked);
        break;
    case LANE_WAITING:
        event_del(lane->timer);
        lane->breaker = false;
        break;
    case LANE_PAUSED:
    case LANE_IDLE:
    case LANE_READING:
        break;
    }
    lane->state = state;
}

static void wait_for(struct lane *lane, int64_t us)
{
    struct timeval when = {us / SECOND_US, us % SECOND_US};

    xf_lane_enter(lane, LANE_WAITING);
    event_add(lane->timer, &when);
}

static void drop_message(struct lane *lane)
{
    xf_message_unref(lane->message);
    lane->message = NULL;
}

void xf_lane_drop_read(struct lane *lane)
{
    if (lane->read)
        xf_events_clear(lane->read);
    free(lane->read);
    lane->read = NULL;
}

void xf_lane_halt(struct lane *lane, enum lane_state state)
{
    if (lane->state == LANE_SENDING) {
        xf_webhook_cancel(lane->delivery);
        xf_endpoint_forget(lane->endpoint);
    }
    xf_lane_enter(lane, state);
    drop_message(lane);
}

void xf_lane_note(struct lane *lane, uint64_t sequence, unsigned attempt, const struct xf_webhook_result *result)
{
    const struct xf_attempt row = {
        .subscription = lane->subscription,
        .sequence = sequence,
        .attempt = attempt,
        .at = xf_lane_clock_us(CLOCK_REALTIME),
        .took_us = result ? result->took_us : 0,
        .status = result ? result->status : 0,
        .error = result ? result->error : "",
        .delivered = lane->delivered,
        .attempts = lane->attempts,
        .failing_since = lane->failing_since,
    };

    xf_ledger_note(lane->lanes->parts.ledger, &row);
}

/* Which event is next */

/* The table has nothing at or after the cursor that follows it, nor has the memory: events that are past their time, or not yet
 * written by the projector of another daemon. */
static void cross_gap(struct lane *lane, uint64_t first)
{
    if (!first && ++lane->gap_tries < GAP_TRIES) {
        wait_for(lane, SECOND_US);
        return;
    }
    if (!first)
        first = xf_outbox_first(lane->lanes->parts.outbox, lane->subscription);
    if (!first || first <= lane->delivered)
        first = lane->last + 1;
    xf_log(XF_LOG_ERROR, "delivery.events_gone", "{s:s,s:I,s:I}", "subscription", lane->subscription, "from",
           (json_int_t)lane->delivered + 1, "to", (json_int_t)first - 1);
    lane->delivered = first - 1;
    atomic_store_explicit(&lane->head_at, 0, memory_order_relaxed);
    lane->gap_tries = 0;
    xf_lane_note(lane, lane->delivered, 0, NULL);
    xf_lane_enter(lane, LANE_IDLE);
    xf_lane_pump(lane);
}

/* The event after the cursor, referenced; NULL when there is none or it must be read first. */
static const struct xf_message *next_message(struct lane *lane)
{
    const struct xf_message *message;
    bool older;

    while (lane->read && lane->read_next < lane->read->count) {
        message = lane->read->messages[lane->read_next];
        if (message->sequence > lane->delivered)
            return message->sequence == lane->delivered + 1 ? xf_message_ref(message) : NULL;
        lane->read_next++;
    }
    xf_lane_drop_read(lane);
    if (xf_outbox_after(lane->lanes->parts.outbox, lane->subscription, lane->delivered, &message, 1, &older) == 1)
        return message;
    if (older && lane->delivered < lane->last) {
        if (xf_ledger_ask_events(lane->lanes->parts.ledger, 0, lane->subscription, lane->delivered, READ_AHEAD) == XF_OK)
            xf_lane_enter(lane, LANE_READING);
        else
            wait_for(lane, SECOND_US);
    }
    return NULL;
}

void xf_lanes_take_events(struct xf_lanes *lanes, struct xf_ledger_answer *answer)
{
    struct lane *lane;

    HASH_FIND_STR(lanes->all, answer->subscription, lane);
    if (!lane || lane->state != LANE_READING || answer->events->after != lane->delivered)
        return;
    if (!answer->events->count) {
        const struct xf_message *message = NULL;
        bool older;

        /* It may have come to memory meanwhile. */
        if (xf_outbox_after(lanes->parts.outbox, lane->subscription, lane->delivered, &message, 1, &older) == 1) {
            xf_message_unref(message);
            xf_lane_enter(lane, LANE_IDLE);
            xf_lane_pump(lane);
            return;
        }
        cross_gap(lane, 0);
        return;
    }
    xf_lane_drop_read(lane);
    lane->read = answer->events;
    lane->read->subscription = lane->subscription;
    lane->read_next = 0;
    answer->events = NULL;
    xf_lane_enter(lane, LANE_IDLE);
    if (lane->read->messages[0]->sequence > lane->delivered + 1) {
        cross_gap(lane, lane->read->messages[0]->sequence);
        return;
    }
    lane->gap_tries = 0;
    xf_lane_pump(lane);
}

/* Sending */

/* All signatures that are due, separated by spaces: the secret's, the rotated one's while it lives, and the key's. */
static int sign(const struct lane *lane, int64_t now_s, char *out, size_t size)
{
    const struct xf_secret *secrets[] = {
        &lane->current.secret, *lane->before.secret.value && lane->before_until > now_s * SECOND_US ? &lane->before.secret : NULL};
    const struct xf_message *message = lane->message;
    char one[XF_SIGNATURE_TEXT];
    size_t used = 0;
    int rc;

    for (size_t i = 0; i < 4; i++) {
        const struct xf_secret *secret = secrets[i % 2];

        if (!secret)
            continue;
        rc = i < 2 ? xf_signature_hmac(secret->value, message->id, now_s, message->body, message->length, one)
                   : xf_signature_ed25519(secret->private_key, message->id, now_s, message->body, message->length, one);
        if (rc != XF_OK)
            return rc;
        used += (size_t)snprintf(out + used, size - used, "%s%s", used ? " " : "", one);
        assert(used < size);
    }
    return XF_OK;
}

static void send_message(struct lane *lane)
{
    struct xf_lanes *lanes = lane->lanes;
    char signature[4 * (XF_SIGNATURE_TEXT + 1)];
    int64_t now_s = xf_lane_clock_us(CLOCK_REALTIME) / SECOND_US, wait_us;
    const struct xf_webhook_request request = {.url = lane->url,
                                               .id = lane->message->id,
                                               .timestamp = now_s,
                                               .signature = signature,
                                               .body = lane->message->body,
                                               .length = lane->message->length};

    if (!xf_endpoint_admit(lane->endpoint, xf_lane_clock_us(CLOCK_MONOTONIC), &wait_us)) {
        drop_message(lane);
        wait_for(lane, wait_us);
        lane->breaker = true;
        return;
    }
    if (sign(lane, now_s, signature, sizeof(signature)) == XF_OK)
        lane->delivery = xf_webhook_send(lanes->parts.webhook, &request, finished, lane);
    if (!lane->delivery) {
        xf_log(XF_LOG_ERROR, "delivery.not_started", "{s:s,s:I}", "subscription", lane->subscription, "sequence",
               (json_int_t)lane->message->sequence);
        xf_endpoint_forget(lane->endpoint);
        drop_message(lane);
        wait_for(lane, SECOND_US);
        return;
    }
    xf_lane_enter(lane, LANE_SENDING);
    lane->failing = lane->attempts > 0;
    lanes->sending++;
    lanes->sending_failing += lane->failing;
}

static bool has_room(const struct xf_lanes *lanes, const struct lane *lane)
{
    return lanes->sending < XF_LANES_PARALLEL && (!lane->attempts || lanes->sending_failing < XF_LANES_PARALLEL_FAILING);
}

void xf_lane_pump(struct lane *lane)
{
    if (lane->state != LANE_IDLE)
        return;
    lane->message = next_message(lane);
    if (!lane->message)
        return;
    atomic_store_explicit(&lane->head_at, lane->message->at, memory_order_relaxed);
    if (has_room(lane->lanes, lane)) {
        send_message(lane);
        return;
    }
    xf_lane_enter(lane, LANE_BLOCKED);
    TAILQ_INSERT_TAIL(blocked_list(lane), lane, blocked);
}

/* Room has come: the oldest that waits for it goes, those that are well first. */
static void unblock(struct xf_lanes *lanes)
{
    for (;;) {
        struct lane *lane = TAILQ_FIRST(&lanes->blocked);

        if (!lane || !has_room(lanes, lane))
            lane = TAILQ_FIRST(&lanes->blocked_failing);
        if (!lane || !has_room(lanes, lane))
            return;
        xf_lane_enter(lane, LANE_IDLE);
        send_message(lane);
    }
}

void xf_lane_on_timer(evutil_socket_t fd, short what, void *context)
{
    struct lane *lane = context;

    (void)fd;
    (void)what;
    if (lane->state != LANE_WAITING)
        return;
    xf_lane_enter(lane, LANE_IDLE);
    xf_lane_pump(lane);
}

/* How long until the next attempt: the schedule's wait ±20 %, or what the partner asked for when that is longer. */
static int64_t retry_wait_us(const struct lane *lane, int64_t retry_after_s)
{
    size_t last = sizeof(schedule_s) / sizeof(schedule_s[0]) - 1, step = lane->attempts - 1 < last ? lane->attempts - 1 : last;
    int64_t wait = schedule_s[step] * lane->lanes->parts.retry_scale * 1000; /* thousandths of a second × 1000: µs */

    wait = wait / 100 * (80 + (int64_t)arc4random_uniform(41));
    if (retry_after_s > RETRY_AFTER_MAX_S)
        retry_after_s = RETRY_AFTER_MAX_S;
    return retry_after_s * SECOND_US > wait ? retry_after_s * SECOND_US : wait;
}

/* False when the journal would not take it now: the lane goes on as before. */
static bool disable(struct lane *lane, const char *reason)
{
    if (lane->lanes->parts.disable(lane->lanes->parts.context, lane->subscription, reason) != XF_OK)
        return false;
    xf_log(XF_LOG_WARNING, "subscription.disabled", "{s:s,s:s}", "subscription", lane->subscription, "reason", reason);
    lane->disabling = true;
    xf_lane_enter(lane, LANE_PAUSED);
    return true;
}

static void succeeded(struct lane *lane, uint64_t sequence, int64_t at, const struct xf_webhook_result *result)
{
    unsigned attempt = lane->attempts + 1;

    if (attempt == 1)
        xf_metric_observe(lane->lanes->delay, (double)(xf_lane_clock_us(CLOCK_REALTIME) - at) / SECOND_US);
    lane->delivered = sequence;
    atomic_store_explicit(&lane->head_at, 0, memory_order_relaxed);
    lane->attempts = 0;
    lane->failing_since = 0;
    xf_lane_note(lane, sequence, attempt, result);
    xf_lane_enter(lane, LANE_IDLE);
    xf_lane_pump(lane);
}

static void failed(struct lane *lane, uint64_t sequence, const struct xf_webhook_result *result)
{
    int64_t now = xf_lane_clock_us(CLOCK_MONOTONIC);

    lane->attempts++;
    if (!lane->failing_since) {
        lane->failing_since = xf_lane_clock_us(CLOCK_REALTIME);
        lane->failing_from = now;
    }
    xf_lane_note(lane, sequence, lane->attempts, result);
    if (result->status == GONE && disable(lane, "The endpoint answered 410 Gone."))
        return;
    if (now - lane->failing_from >= GIVE_UP_US / 1000 * lane->lanes->parts.retry_scale &&
        disable(lane, "No delivery succeeded for 120 hours."))
        return;
    wait_for(lane, retry_wait_us(lane, result->retry_after_s));
}

static void wake_endpoint(struct xf_lanes *lanes, const struct xf_endpoint *endpoint)
{
    struct lane *each, *next;

    HASH_ITER(hh, lanes->all, each, next)
    {
        if (each->endpoint == endpoint && each->state == LANE_WAITING && each->breaker) {
            xf_lane_enter(each, LANE_IDLE);
            xf_lane_pump(each);
        }
    }
}

static void finished(void *context, const struct xf_webhook_result *result)
{
    struct lane *lane = context;
    struct xf_lanes *lanes = lane->lanes;
    uint64_t sequence = lane->message->sequence;
    int64_t at = lane->message->at;
    bool closed;

    drop_message(lane);
    xf_metric_add(lanes->attempts[result->status >= 100 && result->status < 600 ? result->status / 100 : 0], 1);
    closed = xf_endpoint_report(lanes->endpoints, lane->endpoint, result->status > 0 && result->status < 500,
                                xf_lane_clock_us(CLOCK_MONOTONIC));
    if (result->status >= 200 && result->status < 300)
        succeeded(lane, sequence, at, result);
    else
        failed(lane, sequence, result);
    if (closed)
        wake_endpoint(lanes, lane->endpoint);
    unblock(lanes);
}
