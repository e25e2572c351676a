/* SPDX-License-Identifier: Apache-2.0 */
/* All readers of events, by subscription. Called by the subscriptions' handlers, woken through the outbox by the engine's thread,
 * which only notes and posts; everything else is on the main loop. Invariant: a subscription has a box here while it has readers,
 * so a new event costs nothing where nobody listens. */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "reader.h"

#define HEARTBEAT_S 15

/* New events */

static void wake_readers(void *argument)
{
    struct xf_streams *streams = argument;
    struct reader *reader, *next;
    struct wake *wakes;
    size_t count;

    pthread_mutex_lock(&streams->lock);
    wakes = streams->wakes;
    count = streams->wake_count;
    streams->wakes = NULL;
    streams->wake_count = streams->wake_capacity = 0;
    streams->posted = false;
    pthread_mutex_unlock(&streams->lock);
    for (size_t i = 0; i < count; i++) {
        struct box *box;

        HASH_FIND_STR(streams->boxes, wakes[i].subscription, box);
        if (!box)
            continue;
        for (reader = TAILQ_FIRST(&box->readers); reader; reader = next) {
            bool last = !(next = TAILQ_NEXT(reader, in_box));

            if (reader->last < wakes[i].sequence)
                reader->last = wakes[i].sequence;
            if (reader->state == READER_WAITING && !reader->gone)
                xf_reader_advance(reader);
            if (last)
                break; /* the box may have gone with its last reader */
        }
    }
    free(wakes);
}

/* On the engine's thread. */
static void on_event(void *context, const char *subscription, uint64_t sequence)
{
    struct xf_streams *streams = context;
    bool post;

    pthread_mutex_lock(&streams->lock);
    if (streams->wake_count == streams->wake_capacity) {
        size_t capacity = streams->wake_capacity ? streams->wake_capacity * 2 : 64;
        struct wake *grown = realloc(streams->wakes, capacity * sizeof(*grown));

        if (!grown) {
            xf_log(XF_LOG_ERROR, "stream.failed", "{s:s}", "reason", "out of memory");
            abort();
        }
        streams->wakes = grown;
        streams->wake_capacity = capacity;
    }
    streams->wakes[streams->wake_count++] = (struct wake){subscription, sequence};
    post = !streams->posted;
    streams->posted = true;
    pthread_mutex_unlock(&streams->lock);
    if (post)
        xf_loop_post(streams->daemon->loop, wake_readers, streams);
}

/* The hub */

struct xf_streams *xf_streams_create(struct xf_daemon *daemon)
{
    static const struct timeval heartbeat = {.tv_sec = HEARTBEAT_S};
    struct xf_streams *streams = calloc(1, sizeof(*streams));

    if (!streams)
        return NULL;
    streams->daemon = daemon;
    streams->heartbeat = event_base_init_common_timeout(xf_loop_base(daemon->loop), &heartbeat);
    if (!streams->heartbeat) {
        free(streams);
        return NULL;
    }
    TAILQ_INIT(&streams->all);
    pthread_mutex_init(&streams->lock, NULL);
    if (daemon->metrics)
        streams->open_streams = xf_metrics_gauge(daemon->metrics, "crossflag_streams", "Event streams that are open.", NULL);
    xf_outbox_listen(daemon->outbox, on_event, streams);
    return streams;
}

void xf_streams_destroy(struct xf_streams *streams)
{
    struct reader *reader;

    if (!streams)
        return;
    while ((reader = TAILQ_FIRST(&streams->all)))
        xf_reader_free(reader);
    free(streams->wakes);
    free(streams->scratch);
    pthread_mutex_destroy(&streams->lock);
    free(streams);
}

void xf_streams_drain(struct xf_streams *streams)
{
    struct reader *reader, *next;

    streams->draining = true;
    for (reader = TAILQ_FIRST(&streams->all); reader; reader = next) {
        next = TAILQ_NEXT(reader, in_all);
        if (!reader->stream && reader->state != READER_READING && !reader->gone)
            xf_reader_expire(-1, 0, reader);
    }
}

static struct reader *reader_create(struct xf_streams *streams, struct xf_call *call, const char *subscription, uint64_t after,
                                    uint64_t last)
{
    struct reader *reader = calloc(1, sizeof(*reader));
    struct box *box;

    if (!reader)
        return NULL;
    HASH_FIND_STR(streams->boxes, subscription, box);
    if (!box) {
        box = calloc(1, sizeof(*box));
        if (box)
            box->subscription = strdup(subscription);
        if (!box || !box->subscription) {
            free(box);
            free(reader);
            return NULL;
        }
        TAILQ_INIT(&box->readers);
        HASH_ADD_KEYPTR(hh, streams->boxes, box->subscription, strlen(box->subscription), box);
    }
    *reader = (struct reader){.streams = streams, .box = box, .call = call, .after = after, .last = last};
    xf_exchange_ref(call->exchange);
    TAILQ_INSERT_TAIL(&box->readers, reader, in_box);
    TAILQ_INSERT_TAIL(&streams->all, reader, in_all);
    return reader;
}

void xf_streams_open(struct xf_streams *streams, struct xf_call *call, const char *subscription, uint64_t after, uint64_t last)
{
    struct reader *reader = reader_create(streams, call, subscription, after, last);

    if (!reader) {
        xf_reader_refuse(call, "Out of memory.");
        return;
    }
    reader->stream = true;
    xf_reader_advance(reader);
}

void xf_streams_page(struct xf_streams *streams, struct xf_call *call, const char *subscription, uint64_t after, uint64_t last,
                     size_t limit, int wait_ms)
{
    struct reader *reader = reader_create(streams, call, subscription, after, last);
    struct timeval deadline = {wait_ms / 1000, wait_ms % 1000 * 1000};

    if (!reader) {
        xf_reader_refuse(call, "Out of memory.");
        return;
    }
    reader->limit = limit < XF_EVENTS_MAX ? limit : XF_EVENTS_MAX;
    if (wait_ms > 0 && !streams->draining) {
        reader->heartbeat = evtimer_new(xf_loop_base(streams->daemon->loop), xf_reader_expire, reader);
        if (reader->heartbeat)
            event_add(reader->heartbeat, &deadline);
    }
    xf_reader_advance(reader);
}
