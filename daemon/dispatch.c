/* SPDX-License-Identifier: Apache-2.0 */
/* The delivery thread: an event base of its own, fed through an inbox by the engine (new events), the journal (its role), the
 * handlers (changed subscriptions) and the ledger (answers). One eventfd wakes it, at once: it is on the way between a commit and
 * its alert. Invariants: lanes and the webhook client belong to this thread; there are lanes only while this daemon is the writer
 * and the cursors are loaded, so two daemons never send as one. */
#include "dispatch.h"

#include <event2/event.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "daemon.h"
#include "lane.h"
#include "log.h"
#include "stream.h"

#define CONNECTIONS_MAX 4096 /* kept open to partners */
#define DATABASE_RETRY_S 1

struct ready {
    const char *subscription; /* the outbox's */
    uint64_t sequence;
};

/* What the others left, under the lock. */
struct inbox {
    struct ready *ready;
    size_t ready_count, ready_capacity;
    bool refresh, active, stop;
    bool woken; /* the eventfd is written and not yet read */
};

struct xf_dispatch {
    struct xf_daemon *daemon;
    struct xf_networks *networks;
    struct xf_streams *streams;
    struct event_base *base;
    struct event *wake, *again;
    int wake_fd;
    pthread_t thread;
    pthread_mutex_t lock;
    struct inbox inbox;
    unsigned disables_open; /* under the lock: entries that disable a subscription, submitted and not answered */
    uint64_t disabled_at;   /* under the lock: the position of the last one that was committed */
    /* The thread's own */
    struct xf_ledger *ledger;
    struct xf_webhook *webhook;
    struct xf_lanes *lanes;     /* NULL: not active, or the cursors are not loaded */
    pthread_mutex_t lanes_lock; /* held while lanes are made, adapted or destroyed, and by the loop while it measures them */
    bool active, stopped;
    unsigned round; /* of the activation and of each look at the subscriptions */
    unsigned cursors_round;
    int64_t retry_scale;
};

/* The inbox */

/* With the lock: wakes the thread, once until it has looked. */
static void wake(struct xf_dispatch *dispatch)
{
    uint64_t one = 1;

    if (dispatch->inbox.woken)
        return;
    dispatch->inbox.woken = true;
    while (write(dispatch->wake_fd, &one, sizeof(one)) != sizeof(one))
        continue;
}

static void on_event(void *context, const char *subscription, uint64_t sequence)
{
    struct xf_dispatch *dispatch = context;
    struct inbox *inbox = &dispatch->inbox;

    pthread_mutex_lock(&dispatch->lock);
    if (inbox->active && inbox->ready_count == inbox->ready_capacity) {
        size_t capacity = inbox->ready_capacity ? inbox->ready_capacity * 2 : 64;
        struct ready *grown = realloc(inbox->ready, capacity * sizeof(*grown));

        if (grown) {
            inbox->ready = grown;
            inbox->ready_capacity = capacity;
        }
    }
    if (inbox->active && inbox->ready_count < inbox->ready_capacity)
        inbox->ready[inbox->ready_count++] = (struct ready){subscription, sequence};
    else if (inbox->active)
        inbox->refresh = true; /* no memory to say which: look at all */
    if (inbox->active)
        wake(dispatch);
    pthread_mutex_unlock(&dispatch->lock);
}

static void on_ledger(void *context)
{
    struct xf_dispatch *dispatch = context;

    pthread_mutex_lock(&dispatch->lock);
    wake(dispatch);
    pthread_mutex_unlock(&dispatch->lock);
}

void xf_dispatch_refresh(struct xf_dispatch *dispatch)
{
    pthread_mutex_lock(&dispatch->lock);
    dispatch->inbox.refresh = true;
    wake(dispatch);
    pthread_mutex_unlock(&dispatch->lock);
}

void xf_dispatch_set_active(struct xf_dispatch *dispatch, bool active)
{
    pthread_mutex_lock(&dispatch->lock);
    dispatch->inbox.active = active;
    wake(dispatch);
    pthread_mutex_unlock(&dispatch->lock);
}

/* Disabling */

/* On the loop's thread. */
static void disable_folded(void *argument)
{
    xf_dispatch_refresh(argument);
}

/* On the journal's thread, which ends after ours but before the dispatch is destroyed. */
static void disabled(struct xf_batch *batch, int result)
{
    struct xf_dispatch *dispatch = batch->context;
    uint64_t position = result == XF_OK ? batch->entries[0].position : 0;

    pthread_mutex_lock(&dispatch->lock);
    dispatch->disables_open--;
    if (position > dispatch->disabled_at)
        dispatch->disabled_at = position;
    pthread_mutex_unlock(&dispatch->lock);
    xf_engine_wait(dispatch->daemon->engine, position, dispatch->daemon->loop, disable_folded, dispatch);
    xf_batch_unref(batch);
}

static int submit_disabling(struct xf_dispatch *dispatch, struct xf_batch *batch)
{
    int rc;

    pthread_mutex_lock(&dispatch->lock);
    dispatch->disables_open++;
    pthread_mutex_unlock(&dispatch->lock);
    rc = xf_journal_submit(dispatch->daemon->journal, batch);
    if (rc == XF_OK)
        return XF_OK;
    pthread_mutex_lock(&dispatch->lock);
    dispatch->disables_open--;
    pthread_mutex_unlock(&dispatch->lock);
    return rc;
}

/* A change of the subscription is an entry of the journal, whoever causes it. */
static int disable(void *context, const char *subscription, const char *reason)
{
    struct xf_dispatch *dispatch = context;
    json_t *body = json_pack("{s:s,s:b,s:s}", "id", subscription, "enabled", 0, "reason", reason);
    char *text = json_dumps(body, JSON_COMPACT), stream[128];
    struct xf_batch *batch = xf_batch_create();
    int rc = XF_ENOMEM;

    json_decref(body);
    snprintf(stream, sizeof(stream), "subscription/%s", subscription);
    if (batch && text) {
        const char *stream_copy = xf_arena_copy(batch->arena, stream, strlen(stream)),
                   *body_copy = xf_arena_copy(batch->arena, text, strlen(text));

        batch->done = disabled;
        batch->context = dispatch;
        if (stream_copy && body_copy)
            rc = xf_batch_add(batch, XF_ENTRY_SUBSCRIPTION, 0, stream_copy, "crossflagd", body_copy, strlen(body_copy), NULL);
        if (rc == XF_OK)
            rc = submit_disabling(dispatch, batch);
    }
    free(text);
    if (rc != XF_OK && batch)
        xf_batch_unref(batch);
    return rc;
}

/* The thread */

static void again_soon(struct xf_dispatch *dispatch)
{
    static const struct timeval soon = {.tv_sec = DATABASE_RETRY_S};

    event_add(dispatch->again, &soon);
}

/* Whether the fold, at this position, knows of every disabling that was begun: from then on its word counts again, also for a
 * subscription that was enabled anew before we looked. */
static bool disables_settled(struct xf_dispatch *dispatch, uint64_t position)
{
    bool settled;

    pthread_mutex_lock(&dispatch->lock);
    settled = !dispatch->disables_open && dispatch->disabled_at <= position;
    pthread_mutex_unlock(&dispatch->lock);
    return settled;
}

/* Brings the lanes to what the fold says. */
static void look_at_subscriptions(struct xf_dispatch *dispatch)
{
    const struct xf_fold *fold;
    const struct xf_subscriptions *subscriptions;
    bool ok = true;

    if (!dispatch->lanes)
        return;
    pthread_mutex_lock(&dispatch->lanes_lock);
    fold = xf_engine_read(dispatch->daemon->engine);
    subscriptions = xf_fold_subscriptions(fold);
    if (disables_settled(dispatch, xf_fold_position(fold)))
        xf_lanes_disable_settled(dispatch->lanes);
    for (size_t i = 0; i < xf_subscriptions_count(subscriptions); i++)
        ok = xf_lanes_put(dispatch->lanes, xf_subscriptions_at(subscriptions, i)) == XF_OK && ok;
    xf_engine_read_end(dispatch->daemon->engine);
    pthread_mutex_unlock(&dispatch->lanes_lock);
    xf_lanes_go(dispatch->lanes, ++dispatch->round);
    if (!ok)
        again_soon(dispatch);
}

static void activate(struct xf_dispatch *dispatch)
{
    dispatch->cursors_round = ++dispatch->round;
    if (xf_ledger_ask_cursors(dispatch->ledger, dispatch->cursors_round) != XF_OK)
        again_soon(dispatch);
}

static void deactivate(struct xf_dispatch *dispatch)
{
    pthread_mutex_lock(&dispatch->lanes_lock);
    xf_lanes_destroy(dispatch->lanes);
    dispatch->lanes = NULL;
    pthread_mutex_unlock(&dispatch->lanes_lock);
    dispatch->cursors_round = 0;
}

static void take_cursors(struct xf_dispatch *dispatch, const struct xf_ledger_answer *answer)
{
    const struct xf_lanes_parts parts = {.base = dispatch->base,
                                         .webhook = dispatch->webhook,
                                         .ledger = dispatch->ledger,
                                         .outbox = dispatch->daemon->outbox,
                                         .metrics = dispatch->daemon->metrics,
                                         .retry_scale = dispatch->retry_scale,
                                         .disable = disable,
                                         .context = dispatch};
    struct xf_lanes *lanes;

    if (!dispatch->active || dispatch->lanes || answer->round != dispatch->cursors_round)
        return;
    lanes = xf_lanes_create(&parts);
    for (size_t i = 0; lanes && i < answer->cursor_count; i++) {
        if (xf_lanes_cursor(lanes, &answer->cursors[i]) != XF_OK) {
            xf_lanes_destroy(lanes);
            lanes = NULL;
        }
    }
    if (!lanes) {
        again_soon(dispatch);
        return;
    }
    pthread_mutex_lock(&dispatch->lanes_lock);
    dispatch->lanes = lanes;
    pthread_mutex_unlock(&dispatch->lanes_lock);
    xf_log(XF_LOG_INFO, "delivery.active", "{s:I}", "cursors", (json_int_t)answer->cursor_count);
    look_at_subscriptions(dispatch);
}

static void take_answers(struct xf_dispatch *dispatch)
{
    struct xf_ledger_answer *answer;

    while ((answer = xf_ledger_collect(dispatch->ledger))) {
        switch (answer->kind) {
        case XF_LEDGER_CURSORS:
            take_cursors(dispatch, answer);
            break;
        case XF_LEDGER_SECRETS:
            if (dispatch->lanes)
                xf_lanes_take_secrets(dispatch->lanes, answer);
            break;
        case XF_LEDGER_EVENTS:
            if (dispatch->lanes)
                xf_lanes_take_events(dispatch->lanes, answer);
            break;
        }
        xf_ledger_answer_free(answer);
    }
}

static void on_wake(evutil_socket_t fd, short what, void *context)
{
    struct xf_dispatch *dispatch = context;
    struct inbox taken;
    uint64_t count;

    (void)what;
    pthread_mutex_lock(&dispatch->lock);
    if (read(fd, &count, sizeof(count)) != sizeof(count))
        count = 0;
    taken = dispatch->inbox;
    dispatch->inbox = (struct inbox){.active = taken.active};
    pthread_mutex_unlock(&dispatch->lock);
    if (taken.stop) {
        free(taken.ready);
        event_base_loopbreak(dispatch->base);
        return;
    }
    if (taken.active != dispatch->active) {
        dispatch->active = taken.active;
        if (taken.active)
            activate(dispatch);
        else
            deactivate(dispatch);
    }
    /* New events first: they are what is waited for. */
    for (size_t i = 0; dispatch->lanes && i < taken.ready_count; i++)
        if (!xf_lanes_wake(dispatch->lanes, taken.ready[i].subscription, taken.ready[i].sequence))
            taken.refresh = true;
    free(taken.ready);
    take_answers(dispatch);
    if (taken.refresh)
        look_at_subscriptions(dispatch);
}

static void on_again(evutil_socket_t fd, short what, void *context)
{
    struct xf_dispatch *dispatch = context;

    (void)fd;
    (void)what;
    if (!dispatch->active)
        return;
    if (dispatch->lanes)
        look_at_subscriptions(dispatch);
    else
        activate(dispatch);
}

static void *run(void *argument)
{
    struct xf_dispatch *dispatch = argument;

    pthread_setname_np(pthread_self(), "delivery");
    event_base_dispatch(dispatch->base);
    deactivate(dispatch);
    return NULL;
}

/* On the loop's thread, when metrics are asked for. */
static void measure(void *context, struct xf_metrics *metrics)
{
    struct xf_dispatch *dispatch = context;

    xf_metrics_forget(metrics, "crossflag_subscription_oldest_unacked_seconds");
    pthread_mutex_lock(&dispatch->lanes_lock);
    if (dispatch->lanes)
        xf_lanes_measure(dispatch->lanes, metrics);
    pthread_mutex_unlock(&dispatch->lanes_lock);
}

static void dispatch_free(struct xf_dispatch *dispatch)
{
    xf_webhook_destroy(dispatch->webhook);
    xf_ledger_stop(dispatch->ledger);
    xf_streams_destroy(dispatch->streams);
    if (dispatch->wake)
        event_free(dispatch->wake);
    if (dispatch->again)
        event_free(dispatch->again);
    if (dispatch->base)
        event_base_free(dispatch->base);
    if (dispatch->wake_fd >= 0)
        close(dispatch->wake_fd);
    xf_networks_destroy(dispatch->networks);
    free(dispatch->inbox.ready);
    pthread_mutex_destroy(&dispatch->lock);
    pthread_mutex_destroy(&dispatch->lanes_lock);
    free(dispatch);
}

static int start_parts(struct xf_dispatch *dispatch, struct xf_error *error)
{
    const struct xf_conf *conf = dispatch->daemon->conf;
    struct xf_webhook_options options = {
        .ca = conf->webhook_ca, .timeout_ms = (long)conf->webhook_timeout_ms, .connections = CONNECTIONS_MAX};

    dispatch->retry_scale = conf->webhook_retry_scale;
    dispatch->networks = xf_networks_create(conf->allow_networks);
    dispatch->streams = xf_streams_create(dispatch->daemon);
    dispatch->base = event_base_new();
    dispatch->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (!dispatch->networks || !dispatch->streams || !dispatch->base || dispatch->wake_fd < 0)
        return xf_error_set(error, XF_ENOMEM, "out of memory or of descriptors");
    dispatch->wake = event_new(dispatch->base, dispatch->wake_fd, EV_READ | EV_PERSIST, on_wake, dispatch);
    dispatch->again = evtimer_new(dispatch->base, on_again, dispatch);
    if (!dispatch->wake || !dispatch->again || event_add(dispatch->wake, NULL) != 0)
        return xf_error_set(error, XF_ENOMEM, "out of memory");
    options.networks = dispatch->networks;
    dispatch->webhook = xf_webhook_create(dispatch->base, &options, error);
    if (!dispatch->webhook)
        return error->code;
    dispatch->ledger = xf_ledger_start(dispatch->daemon->conninfo, (unsigned)conf->event_keep_days, on_ledger, dispatch);
    if (!dispatch->ledger)
        return xf_error_set(error, XF_ENOMEM, "cannot start a thread");
    return XF_OK;
}

struct xf_dispatch *xf_dispatch_start(struct xf_daemon *daemon)
{
    struct xf_dispatch *dispatch = calloc(1, sizeof(*dispatch));
    struct xf_error error = {0};

    if (!dispatch)
        return NULL;
    dispatch->daemon = daemon;
    dispatch->wake_fd = -1;
    pthread_mutex_init(&dispatch->lock, NULL);
    pthread_mutex_init(&dispatch->lanes_lock, NULL);
    if (start_parts(dispatch, &error) != XF_OK || pthread_create(&dispatch->thread, NULL, run, dispatch) != 0) {
        xf_log(XF_LOG_ERROR, "delivery.not_started", "{s:s}", "reason", error.text);
        dispatch_free(dispatch);
        return NULL;
    }
    xf_outbox_listen(daemon->outbox, on_event, dispatch);
    if (daemon->metrics)
        xf_metrics_collect(daemon->metrics, measure, dispatch);
    return dispatch;
}

void xf_dispatch_drain(struct xf_dispatch *dispatch)
{
    xf_streams_drain(dispatch->streams);
}

void xf_dispatch_stop(struct xf_dispatch *dispatch)
{
    if (!dispatch || dispatch->stopped)
        return;
    pthread_mutex_lock(&dispatch->lock);
    dispatch->inbox.stop = true;
    dispatch->inbox.active = false;
    wake(dispatch);
    pthread_mutex_unlock(&dispatch->lock);
    pthread_join(dispatch->thread, NULL);
    dispatch->stopped = true;
    xf_ledger_stop(dispatch->ledger);
    dispatch->ledger = NULL;
}

void xf_dispatch_destroy(struct xf_dispatch *dispatch)
{
    if (!dispatch)
        return;
    xf_dispatch_stop(dispatch);
    dispatch_free(dispatch);
}

struct xf_streams *xf_dispatch_streams(struct xf_dispatch *dispatch)
{
    return dispatch->streams;
}

struct xf_networks *xf_dispatch_networks(const struct xf_dispatch *dispatch)
{
    return dispatch->networks;
}
