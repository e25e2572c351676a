/* SPDX-License-Identifier: Apache-2.0 */
/* All lanes: made from the table's cursors and the fold's subscriptions, adapted when those change, given their secrets, woken by
 * new events. Called by dispatch.c on the delivery thread. Invariant: a lane that sends is enabled, has its secrets, and goes where
 * the fold says; whatever changes one of these stops it first. */
#include <event2/event.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lane_state.h"
#include "log.h"

struct xf_lanes *xf_lanes_create(const struct xf_lanes_parts *parts)
{
    static const char *const classes[] = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};
    struct xf_lanes *lanes = calloc(1, sizeof(*lanes));

    if (!lanes)
        return NULL;
    lanes->parts = *parts;
    lanes->endpoints = xf_endpoints_create(parts->retry_scale);
    if (!lanes->endpoints) {
        free(lanes);
        return NULL;
    }
    TAILQ_INIT(&lanes->blocked);
    TAILQ_INIT(&lanes->blocked_failing);
    if (parts->metrics) {
        for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
            lanes->attempts[i] =
                xf_metrics_counter(parts->metrics, "crossflag_delivery_attempts_total",
                                   "Webhook deliveries tried, by class of the answer's status.", "code_class", classes[i], NULL);
        lanes->delay =
            xf_metrics_histogram(parts->metrics, "crossflag_ingest_to_alert_seconds",
                                 "From an entry's commit to its alert's delivery by webhook at the first attempt.", NULL);
    }
    return lanes;
}

static void lane_destroy(struct lane *lane)
{
    xf_lane_halt(lane, LANE_PAUSED);
    xf_lane_drop_read(lane);
    HASH_DEL(lane->lanes->all, lane);
    xf_endpoint_release(lane->lanes->endpoints, lane->endpoint);
    xf_secret_wipe(&lane->current.secret);
    xf_secret_wipe(&lane->before.secret);
    event_free(lane->timer);
    free(lane->subscription);
    free(lane->url);
    free(lane);
}

void xf_lanes_destroy(struct xf_lanes *lanes)
{
    struct lane *each, *next;

    if (!lanes)
        return;
    HASH_ITER(hh, lanes->all, each, next)
    lane_destroy(each);
    xf_endpoints_destroy(lanes->endpoints);
    free(lanes);
}

static struct lane *lane_make(struct xf_lanes *lanes, const char *subscription)
{
    struct lane *lane;

    HASH_FIND_STR(lanes->all, subscription, lane);
    if (lane)
        return lane;
    lane = calloc(1, sizeof(*lane));
    if (!lane)
        return NULL;
    lane->lanes = lanes;
    lane->subscription = strdup(subscription);
    lane->timer = evtimer_new(lanes->parts.base, xf_lane_on_timer, lane);
    if (!lane->subscription || !lane->timer) {
        if (lane->timer)
            event_free(lane->timer);
        free(lane->subscription);
        free(lane);
        return NULL;
    }
    HASH_ADD_KEYPTR(hh, lanes->all, lane->subscription, strlen(lane->subscription), lane);
    return lane;
}

int xf_lanes_cursor(struct xf_lanes *lanes, const struct xf_cursor *cursor)
{
    struct lane *lane = lane_make(lanes, cursor->subscription);
    int64_t failing_for = cursor->failing_since ? xf_lane_clock_us(CLOCK_REALTIME) - cursor->failing_since : 0;

    if (!lane)
        return XF_ENOMEM;
    lane->delivered = cursor->delivered;
    lane->attempts = cursor->attempts;
    lane->failing_since = cursor->failing_since;
    lane->failing_from = xf_lane_clock_us(CLOCK_MONOTONIC) - (failing_for > 0 ? failing_for : 0);
    return XF_OK;
}

/* A lane whose secrets change stops until they are here: what is under way ends as it was signed. */
static void want_secret(struct lane *lane, struct secret_slot *slot, const char *reference)
{
    if (strcmp(slot->reference, reference ? reference : "") == 0)
        return;
    xf_lane_halt(lane, LANE_PAUSED);
    snprintf(slot->reference, sizeof(slot->reference), "%s", reference ? reference : "");
    xf_secret_wipe(&slot->secret);
    slot->answered = false;
}

/* Forgets the failures: the place, or somebody's mind, has changed. */
static void start_afresh(struct lane *lane)
{
    if (!lane->attempts && !lane->failing_since)
        return;
    lane->attempts = 0;
    lane->failing_since = 0;
    xf_lane_note(lane, lane->delivered, 0, NULL);
}

static int move_to(struct lane *lane, const char *url)
{
    struct xf_endpoints *endpoints = lane->lanes->endpoints;
    char *copy = strdup(url);
    struct xf_endpoint *endpoint = copy ? xf_endpoint_hold(endpoints, copy) : NULL;

    if (!endpoint) {
        free(copy);
        return XF_ENOMEM;
    }
    xf_lane_halt(lane, LANE_PAUSED);
    xf_endpoint_release(endpoints, lane->endpoint);
    free(lane->url);
    lane->url = copy;
    lane->endpoint = endpoint;
    return XF_OK;
}

int xf_lanes_put(struct xf_lanes *lanes, const struct xf_subscription *subscription)
{
    struct lane *lane = lane_make(lanes, subscription->id);
    bool was_known, was_enabled, moves;
    int rc = XF_OK;

    if (!lane)
        return XF_ENOMEM;
    was_known = lane->known;
    was_enabled = lane->enabled;
    lane->known = true;
    lane->webhook = subscription->way == XF_WAY_WEBHOOK && !subscription->deleted;
    lane->enabled = lane->webhook && subscription->enabled;
    if (lane->last < subscription->next_sequence - 1)
        lane->last = subscription->next_sequence - 1;
    if (!lane->enabled || lane->disabling) {
        xf_lane_halt(lane, LANE_PAUSED);
        return XF_OK;
    }
    moves = !lane->url || strcmp(lane->url, subscription->url) != 0;
    if (moves)
        rc = move_to(lane, subscription->url);
    /* At the first look the table's word on failures stands. */
    if (rc == XF_OK && was_known && (moves || !was_enabled))
        start_afresh(lane);
    want_secret(lane, &lane->current, subscription->secret);
    want_secret(lane, &lane->before, subscription->secret_before);
    lane->before_until = subscription->secret_before_until;
    return rc;
}

static bool slot_missing(const struct secret_slot *slot)
{
    return *slot->reference && !slot->answered;
}

/* Sends from a lane that has all it needs. */
static void resume(struct lane *lane)
{
    if (lane->state != LANE_PAUSED || !lane->enabled || lane->disabling || !*lane->current.secret.value ||
        slot_missing(&lane->before))
        return;
    xf_lane_enter(lane, LANE_IDLE);
    xf_lane_pump(lane);
}

void xf_lanes_go(struct xf_lanes *lanes, unsigned round)
{
    size_t count = 0, capacity = 2 * (size_t)HASH_COUNT(lanes->all);
    const char **references = calloc(capacity ? capacity : 1, sizeof(*references));
    struct lane *each, *next;

    lanes->round = round;
    HASH_ITER(hh, lanes->all, each, next)
    {
        if (references && each->enabled && !*each->current.secret.value)
            references[count++] = each->current.reference;
        if (references && each->enabled && slot_missing(&each->before))
            references[count++] = each->before.reference;
        resume(each);
    }
    if (!references || (count && xf_ledger_ask_secrets(lanes->parts.ledger, round, references, count) != XF_OK))
        xf_log(XF_LOG_ERROR, "delivery.secrets_not_asked", NULL);
    free(references);
}

static int reference_order(const void *a, const void *b)
{
    return strcmp(((const struct xf_secret *)a)->reference, ((const struct xf_secret *)b)->reference);
}

static void fill_slot(struct secret_slot *slot, const struct xf_ledger_answer *answer, bool latest)
{
    struct xf_secret wanted = {0};
    const struct xf_secret *found;

    if (!slot_missing(slot))
        return;
    memcpy(wanted.reference, slot->reference, sizeof(wanted.reference));
    found = bsearch(&wanted, answer->secrets, answer->secret_count, sizeof(*answer->secrets), reference_order);
    if (found)
        slot->secret = *found;
    slot->answered = found || latest;
}

void xf_lanes_take_secrets(struct xf_lanes *lanes, const struct xf_ledger_answer *answer)
{
    bool latest = answer->round == lanes->round;
    struct lane *each, *next;

    qsort(answer->secrets, answer->secret_count, sizeof(*answer->secrets), reference_order);
    HASH_ITER(hh, lanes->all, each, next)
    {
        if (!each->enabled)
            continue;
        fill_slot(&each->current, answer, false);
        fill_slot(&each->before, answer, latest);
        if (latest && !*each->current.secret.value)
            xf_log(XF_LOG_ERROR, "delivery.secret_missing", "{s:s,s:s}", "subscription", each->subscription, "reference",
                   each->current.reference);
        resume(each);
    }
}

void xf_lanes_measure(const struct xf_lanes *lanes, struct xf_metrics *metrics)
{
    int64_t now = xf_lane_clock_us(CLOCK_REALTIME), at;
    struct lane *each, *next;

    HASH_ITER(hh, lanes->all, each, next)
    {
        if (!each->webhook)
            continue;
        at = atomic_load_explicit(&each->head_at, memory_order_relaxed);
        xf_metric_set(xf_metrics_gauge(metrics, "crossflag_subscription_oldest_unacked_seconds",
                                       "Age of the oldest event that the subscription's webhook has not taken.", "subscription",
                                       each->subscription, NULL),
                      at && now > at ? (double)(now - at) / 1e6 : 0);
    }
}

void xf_lanes_disable_settled(struct xf_lanes *lanes)
{
    struct lane *each, *next;

    HASH_ITER(hh, lanes->all, each, next)
    {
        if (each->disabling)
            each->enabled = false; /* if the fold says otherwise, somebody enabled it anew: it starts afresh */
        each->disabling = false;
    }
}

bool xf_lanes_wake(struct xf_lanes *lanes, const char *subscription, uint64_t last)
{
    struct lane *lane;

    HASH_FIND_STR(lanes->all, subscription, lane);
    if (!lane || !lane->known)
        return false;
    if (lane->last < last)
        lane->last = last;
    /* What it waited for in the table has come by memory. */
    if (lane->state == LANE_WAITING && lane->gap_tries)
        xf_lane_enter(lane, LANE_IDLE);
    xf_lane_pump(lane);
    return true;
}
