/* SPDX-License-Identifier: Apache-2.0 */
/* One reader of events: a stream (SSE) or a page (pull, with a wait). Driven by stream.c (new events), its timers, the workers that
 * read the table for it, and its peer, all on the main loop. Invariants: the cursor moves only past what was given to the peer; a
 * peer that does not read makes its own stream wait, not grow: what it missed is read again later, from the outbox or the table;
 * each page is answered exactly once. */
#include "reader.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

#define BURST 64                       /* events written in one go */
#define UNSENT_MAX ((size_t)64 * 1024) /* beyond, the stream waits for its peer */
#define LOOK_AGAIN_MS 100
#define LAG_TRIES_MAX 600 /* a minute without room: the peer is gone or cannot keep up */
#define MISSING_TRIES_MAX                                                                                                          \
    10 /* a number that the fold has given but that is neither in memory nor in the table: a second, for the publisher to come     \
          round */
#define RETRY_AFTER "1"

/* Frames and pages */

static char *scratch(struct xf_streams *streams, size_t size)
{
    char *grown;

    if (size <= streams->scratch_size)
        return streams->scratch;
    grown = realloc(streams->scratch, size * 2);
    if (grown) {
        streams->scratch = grown;
        streams->scratch_size = size * 2;
    }
    return grown;
}

static int write_frame(struct reader *reader, const struct xf_message *message)
{
    size_t type_length, size;
    const char *type = xf_message_type(message, &type_length);
    char *frame = scratch(reader->streams, message->length + type_length + 64);

    if (!frame)
        return XF_ENOMEM;
    size =
        (size_t)sprintf(frame, "id: %020llu\nevent: %.*s\ndata: ", (unsigned long long)message->sequence, (int)type_length, type);
    memcpy(frame + size, message->body, message->length);
    size += message->length;
    memcpy(frame + size, "\n\n", 2);
    xf_exchange_write(reader->call->exchange, frame, size + 2);
    return XF_OK;
}

void xf_reader_refuse(struct xf_call *call, const char *detail)
{
    xf_exchange_header(call->exchange, "Retry-After", RETRY_AFTER);
    xf_reply_problem(call, 503, "busy", "Not now", NULL, "%s", detail);
}

/* The peer's cursor lies before what is kept: it must know that it missed something. */
static void reply_too_old(struct xf_call *call, uint64_t oldest)
{
    char instance[128];
    json_t *body;
    char *text;

    snprintf(instance, sizeof(instance), "urn:crossflag:request:%s", call->request->id);
    body = json_pack("{s:s,s:s,s:i,s:s,s:s,s:[],s:I}", "type", "https://crossflag.uk/problems/cursor-too-old", "title",
                     "The cursor is too old", "status", 410, "detail",
                     "Events after this number are no longer kept. Reconcile with GET .../held, then go on from oldest_seq.",
                     "instance", instance, "errors", "oldest_seq", (json_int_t)oldest);
    text = body ? json_dumps(body, JSON_COMPACT) : NULL;
    json_decref(body);
    if (text)
        xf_exchange_reply(call->exchange, 410, "application/problem+json", text, strlen(text));
    else
        xf_reader_refuse(call, "Out of memory.");
    free(text);
}

/* Items are the events' own texts: nothing is parsed on the way. */
static void reply_page(struct reader *reader, const struct xf_message *const *messages, size_t count)
{
    uint64_t seen = count ? messages[count - 1]->sequence : reader->after;
    size_t size = 128, used;
    char *body;

    for (size_t i = 0; i < count; i++)
        size += messages[i]->length + 1;
    body = scratch(reader->streams, size);
    if (!body) {
        xf_reader_refuse(reader->call, "Out of memory.");
        return;
    }
    used = (size_t)sprintf(body, "{\"items\":[");
    for (size_t i = 0; i < count; i++) {
        if (i)
            body[used++] = ',';
        memcpy(body + used, messages[i]->body, messages[i]->length);
        used += messages[i]->length;
    }
    if (seen < reader->last)
        used += (size_t)sprintf(body + used, "],\"next\":\"%llu\",\"last_seq\":%llu}", (unsigned long long)seen,
                                (unsigned long long)seen);
    else
        used += (size_t)sprintf(body + used, "],\"next\":null,\"last_seq\":%llu}", (unsigned long long)seen);
    xf_exchange_reply(reader->call->exchange, 200, "application/json", body, used);
}

/* A reader's life */

void xf_reader_free(struct reader *reader)
{
    struct xf_streams *streams = reader->streams;
    struct box *box = reader->box;

    TAILQ_REMOVE(&streams->all, reader, in_all);
    if (box) {
        TAILQ_REMOVE(&box->readers, reader, in_box);
        if (TAILQ_EMPTY(&box->readers)) {
            HASH_DEL(streams->boxes, box);
            free(box->subscription);
            free(box);
        }
    }
    if (reader->opened)
        xf_metric_set(streams->open_streams, --streams->open_count);
    if (reader->timer)
        event_free(reader->timer);
    if (reader->heartbeat)
        event_free(reader->heartbeat);
    if (reader->events)
        xf_events_clear(reader->events);
    free(reader->events);
    xf_exchange_unref(reader->call->exchange);
    free(reader);
}

/* Answered or closed: nothing more goes to the peer. A worker may still hold it. */
static void reader_end(struct reader *reader)
{
    reader->gone = true;
    if (reader->state != READER_READING)
        xf_reader_free(reader);
}

static void on_closed(void *context)
{
    reader_end(context);
}

static void on_pause_over(evutil_socket_t fd, short what, void *context)
{
    struct reader *reader = context;

    (void)fd;
    (void)what;
    reader->state = READER_WAITING;
    xf_reader_advance(reader);
}

static void on_heartbeat(evutil_socket_t fd, short what, void *context)
{
    static const char comment[] = ":\n\n";
    struct reader *reader = context;

    (void)fd;
    (void)what;
    if (reader->gone)
        return;
    if (xf_exchange_pending(reader->call->exchange) < UNSENT_MAX)
        xf_exchange_write(reader->call->exchange, comment, sizeof(comment) - 1);
}

void xf_reader_expire(evutil_socket_t fd, short what, void *context)
{
    struct reader *reader = context;

    (void)fd;
    (void)what;
    if (reader->gone)
        return;
    reply_page(reader, NULL, 0);
    reader_end(reader);
}

static void pause_reader(struct reader *reader)
{
    static const struct timeval when = {.tv_usec = LOOK_AGAIN_MS * 1000};

    reader->state = READER_PAUSED;
    reader->tries++;
    if (!reader->timer)
        reader->timer = evtimer_new(xf_loop_base(reader->streams->daemon->loop), on_pause_over, reader);
    if (!reader->timer || event_add(reader->timer, &when) != 0)
        xf_log(XF_LOG_ERROR, "stream.stalled", "{s:s}", "reason", "out of memory");
}

/* Gives up: an answer where there was none yet, the end of the stream otherwise; the peer comes again with its cursor. */
static void give_up(struct reader *reader, const char *why)
{
    if (reader->opened)
        xf_exchange_finish(reader->call->exchange);
    else
        xf_reader_refuse(reader->call, why);
    reader_end(reader);
}

static void too_old(struct reader *reader, uint64_t oldest)
{
    if (reader->opened)
        xf_exchange_finish(reader->call->exchange); /* the peer learns it when it resumes */
    else
        reply_too_old(reader->call, oldest);
    reader_end(reader);
}

static void open_stream(struct reader *reader)
{
    struct xf_streams *streams = reader->streams;
    char hello[64];
    int length;

    reader->opened = true;
    xf_metric_set(streams->open_streams, ++streams->open_count);
    xf_exchange_stream(reader->call->exchange, "text/event-stream", on_closed, reader);
    /* The id without data makes a peer that loses the connection before its first event come back to this very place. */
    length = snprintf(hello, sizeof(hello), "retry: 2000\nid: %020llu\n\n", (unsigned long long)reader->after);
    xf_exchange_write(reader->call->exchange, hello, (size_t)length);
    reader->heartbeat = event_new(xf_loop_base(streams->daemon->loop), -1, EV_PERSIST, on_heartbeat, reader);
    if (!reader->heartbeat || event_add(reader->heartbeat, streams->heartbeat) != 0)
        xf_log(XF_LOG_ERROR, "stream.no_heartbeat", "{s:s}", "reason", "out of memory");
}

/* Gives messages to the peer. False: the reader has ended. */
static bool give(struct reader *reader, const struct xf_message *const *messages, size_t count)
{
    if (!reader->stream) {
        reply_page(reader, messages, count);
        reader_end(reader);
        return false;
    }
    if (!reader->opened)
        open_stream(reader);
    for (size_t i = 0; i < count; i++) {
        if (write_frame(reader, messages[i]) != XF_OK) {
            give_up(reader, "Out of memory.");
            return false;
        }
        reader->after = messages[i]->sequence;
    }
    return true;
}

/* Reading the table */

static void read_table(void *argument, struct xf_db *db)
{
    struct reader *reader = argument;
    struct xf_error error;

    reader->read_failed = !db || xf_events_read(db, reader->events, &error) != XF_OK;
}

static void table_read(void *argument)
{
    struct reader *reader = argument;
    struct xf_events *events = reader->events;
    bool going;

    reader->events = NULL;
    reader->state = READER_WAITING;
    if (reader->gone) {
        xf_events_clear(events);
        free(events);
        xf_reader_free(reader);
        return;
    }
    if (reader->read_failed) {
        if (!reader->opened)
            give_up(reader, "The database is away.");
        else
            pause_reader(reader);
    } else if (events->count && events->messages[0]->sequence == reader->after + 1) {
        reader->tries = 0;
        going = give(reader, events->messages, events->count);
        if (going)
            xf_reader_advance(reader);
    } else if (events->oldest > reader->after + 1) {
        too_old(reader, events->oldest);
    } else if (reader->tries < MISSING_TRIES_MAX) {
        pause_reader(reader);
    } else {
        uint64_t first = xf_outbox_first(reader->streams->daemon->outbox, reader->box->subscription);

        too_old(reader, first ? first : reader->last + 1);
    }
    xf_events_clear(events);
    free(events);
}

static void ask_table(struct reader *reader)
{
    reader->events = calloc(1, sizeof(*reader->events));
    if (!reader->events) {
        give_up(reader, "Out of memory.");
        return;
    }
    reader->events->subscription = reader->box->subscription;
    reader->events->after = reader->after;
    reader->events->max = reader->stream ? BURST : reader->limit;
    reader->state = READER_READING;
    if (xf_work_submit(reader->streams->daemon->work, read_table, table_read, reader) == XF_OK)
        return;
    free(reader->events);
    reader->events = NULL;
    reader->state = READER_WAITING;
    if (reader->opened)
        pause_reader(reader);
    else
        give_up(reader, "Too many are reading old events.");
}

/* Takes a waiting reader as far as it goes. */
void xf_reader_advance(struct reader *reader)
{
    struct xf_outbox *outbox = reader->streams->daemon->outbox;

    while (reader->state == READER_WAITING && !reader->gone) {
        const struct xf_message *messages[XF_EVENTS_MAX];
        size_t count;
        bool older, going;

        if (reader->opened && xf_exchange_pending(reader->call->exchange) > UNSENT_MAX) {
            if (reader->tries < LAG_TRIES_MAX)
                pause_reader(reader);
            else
                give_up(reader, "");
            return;
        }
        count = xf_outbox_after(outbox, reader->box->subscription, reader->after, messages, reader->stream ? BURST : reader->limit,
                                &older);
        if (!count) {
            if (older && reader->after < reader->last)
                ask_table(reader);
            else if (reader->stream && !reader->opened)
                open_stream(reader);
            else if (!reader->stream && (reader->streams->draining || !reader->heartbeat))
                xf_reader_expire(-1, 0, reader);
            return;
        }
        reader->tries = 0;
        if (messages[count - 1]->sequence > reader->last)
            reader->last = messages[count - 1]->sequence;
        going = give(reader, messages, count);
        for (size_t i = 0; i < count; i++)
            xf_message_unref(messages[i]);
        if (!going)
            return;
    }
}
