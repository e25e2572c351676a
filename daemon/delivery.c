/* SPDX-License-Identifier: Apache-2.0 */
/* A subscription's events over HTTP: pages, stream, acknowledgement, the log of attempts, and the flags that the partner should
 * hold by now. Reads of tables run on workers, the events themselves by way of stream.c. Invariant: an acknowledgement is in the
 * table before it is answered, and never goes back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crossflag/date.h"
#include "dispatch.h"
#include "events.h"
#include "query.h"
#include "stream.h"
#include "subscriptions.h"

#define PAGE_DEFAULT 100
#define WAIT_MAX_S 60
#define HELD_SLICE 128 /* flags looked at under one read lock: well below a millisecond */

static void database_away(struct xf_call *call)
{
    xf_exchange_header(call->exchange, "Retry-After", "5");
    xf_reply_problem(call, 503, "database-away", "The database is away", NULL, "Ask again after the time in Retry-After.");
}

static void no_memory(struct xf_call *call)
{
    xf_exchange_header(call->exchange, "Retry-After", "5");
    xf_reply_problem(call, 503, "out-of-memory", "Out of memory", NULL, "Ask again after the time in Retry-After.");
}

/* One question on a worker. */
struct question {
    struct xf_call *call;
    struct xf_own own;
    uint64_t number, limit, wait_s; /* a cursor or sequence number */
    bool failed;
    json_t *items, *next;
};

/* In the request's arena, about the subscription of the path. NULL: answered. */
static struct question *question_create(struct xf_call *call)
{
    struct question *question = xf_arena_alloc(call->request->arena, sizeof(*question));

    if (!question) {
        no_memory(call);
        return NULL;
    }
    question->call = call;
    return xf_subscription_own(call, &question->own) ? question : NULL;
}

static void ask(struct question *question, void (*run)(void *argument, struct xf_db *db), void (*done)(void *argument))
{
    struct xf_call *call = question->call;

    xf_exchange_ref(call->exchange);
    if (xf_work_submit(call->daemon->work, run, done, question) == XF_OK)
        return;
    xf_exchange_header(call->exchange, "Retry-After", "1");
    xf_reply_problem(call, 503, "busy", "Too much at once", NULL, "Ask again after the time in Retry-After.");
    xf_exchange_unref(call->exchange);
}

static void reply_items(struct question *question)
{
    struct xf_call *call = question->call;

    if (question->failed) {
        json_decref(question->items);
        json_decref(question->next);
        database_away(call);
    } else {
        xf_reply_json(call, 200,
                      json_pack("{s:o,s:o,s:I}", "items", question->items, "next", question->next ? question->next : json_null(),
                                "last_seq", (json_int_t)question->own.last));
    }
    xf_exchange_unref(call->exchange);
}

static void answer_items(void *argument)
{
    reply_items(argument);
}

/* Events */

static void read_acknowledged(void *argument, struct xf_db *db)
{
    struct question *question = argument;
    struct xf_error error;
    struct xf_rows *rows = !db ? NULL
                               : xf_db_query(db, "select acknowledged from delivery where subscription = $1",
                                             (const struct xf_param[]){XF_TEXT(question->own.id)}, 1, false, &error);

    question->failed = !rows;
    question->number = rows && xf_rows_count(rows) ? (uint64_t)xf_rows_integer(rows, 0, 0) : 0;
    xf_rows_free(rows);
}

/* A cursor that no event has reached yet would skip those to come. Answers by itself. A follower may merely lag, so there it waits.
 */
static bool is_ahead(struct question *question)
{
    struct xf_call *call = question->call;

    if (question->number <= question->own.last || !call->daemon->entered)
        return false;
    xf_reply_problem(call, 422, "cursor-ahead", "The cursor is ahead of the last event", NULL, "The last event's number is %llu.",
                     (unsigned long long)question->own.last);
    return true;
}

static void page(struct question *question)
{
    struct xf_call *call = question->call;

    if (is_ahead(question))
        return;

    xf_streams_page(xf_dispatch_streams(call->daemon->dispatch), call, question->own.id, question->number, question->own.last,
                    question->limit, (int)question->wait_s * 1000);
}

static void page_from_acknowledged(void *argument)
{
    struct question *question = argument;
    struct xf_call *call = question->call;

    if (question->failed)
        database_away(call);
    else
        page(question);
    xf_exchange_unref(call->exchange);
}

/* Without `after` it goes on from what was acknowledged. */
void xf_subscription_events(struct xf_call *call)
{
    struct question *question = question_create(call);
    uint64_t after = 0, limit = PAGE_DEFAULT, wait_s = 0;

    if (!question || !xf_subscription_number(call, "after", INT64_MAX, &after) ||
        !xf_subscription_number(call, "limit", XF_EVENTS_MAX, &limit) || !xf_subscription_number(call, "wait", 3600, &wait_s))
        return;
    question->number = after;
    question->limit = limit ? limit : 1;
    question->wait_s = wait_s < WAIT_MAX_S ? wait_s : WAIT_MAX_S;
    if (xf_request_parameter(call->exchange, "after"))
        page(question);
    else
        ask(question, read_acknowledged, page_from_acknowledged);
}

/* Streams */

static void open_stream(struct question *question)
{
    struct xf_call *call = question->call;

    if (is_ahead(question))
        return;

    xf_streams_open(xf_dispatch_streams(call->daemon->dispatch), call, question->own.id, question->number, question->own.last);
}

static void open_from_acknowledged(void *argument)
{
    struct question *question = argument;
    struct xf_call *call = question->call;

    if (question->failed)
        database_away(call);
    else
        open_stream(question);
    xf_exchange_unref(call->exchange);
}

/* Last-Event-ID, or ?last_event_id= where a header cannot be set, says where to go on; without either it goes on from what was
 * acknowledged. */
void xf_subscription_stream(struct xf_call *call)
{
    const char *header = xf_request_header(call->exchange, "Last-Event-ID");
    struct question *question = question_create(call);

    if (!question)
        return;
    if (header && *header && (strlen(header) > 20 || strspn(header, "0123456789") != strlen(header))) {
        xf_reply_problem(call, 400, "bad-header", "Last-Event-ID is not valid", NULL,
                         "It must be the id of an event of this stream: a whole number.");
        return;
    }
    if (header && *header) {
        question->number = strtoull(header, NULL, 10);
        open_stream(question);
    } else if (xf_request_parameter(call->exchange, "last_event_id")) {
        if (xf_subscription_number(call, "last_event_id", INT64_MAX, &question->number))
            open_stream(question);
    } else {
        ask(question, read_acknowledged, open_from_acknowledged);
    }
}

/* Acknowledgement */

static void write_acknowledged(void *argument, struct xf_db *db)
{
    struct question *question = argument;
    char sequence[32], now[32];
    struct xf_error error;
    struct xf_rows *rows;

    snprintf(sequence, sizeof(sequence), "%llu", (unsigned long long)question->number);
    snprintf(now, sizeof(now), "%lld", (long long)xf_subscription_now());
    rows = !db ? NULL
               : xf_db_query(
                     db,
                     "insert into delivery as d (subscription, acknowledged, updated_at) values ($1, $2::bigint, $3::bigint)"
                     " on conflict (subscription) do update set acknowledged = greatest(d.acknowledged, excluded.acknowledged),"
                     " updated_at = excluded.updated_at returning acknowledged",
                     (const struct xf_param[]){XF_TEXT(question->own.id), XF_TEXT(sequence), XF_TEXT(now)}, 3, false, &error);
    question->failed = !rows || xf_rows_count(rows) != 1;
    if (!question->failed)
        question->number = (uint64_t)xf_rows_integer(rows, 0, 0);
    xf_rows_free(rows);
}

static void answer_acknowledged(void *argument)
{
    struct question *question = argument;
    struct xf_call *call = question->call;

    if (question->failed)
        database_away(call);
    else
        xf_reply_json(call, 200, json_pack("{s:I}", "acknowledged_seq", (json_int_t)question->number));
    xf_exchange_unref(call->exchange);
}

void xf_subscription_ack(struct xf_call *call)
{
    struct question *question = question_create(call);
    json_t *body, *seq;

    if (!question)
        return;
    body = xf_call_json(call);
    if (!body)
        return;
    seq = json_object_get(body, "seq");
    if (!json_is_integer(seq) || json_integer_value(seq) < 0 || (uint64_t)json_integer_value(seq) > question->own.last) {
        xf_reply_problem(
            call, 422, "invalid-acknowledgement", "The acknowledgement is not valid",
            json_pack("[{s:s,s:s}]", "pointer", "/seq", "reason", "must be the number of an event that has been issued"),
            "See errors.");
    } else {
        question->number = (uint64_t)json_integer_value(seq);
        ask(question, write_acknowledged, answer_acknowledged);
    }
    json_decref(body);
}

/* Attempts */

static void read_attempts(void *argument, struct xf_db *db)
{
    struct question *question = argument;
    char before[32], limit[32], at[XF_TIME_TEXT];
    struct xf_error error;
    struct xf_rows *rows;
    int count;

    snprintf(before, sizeof(before), "%llu", (unsigned long long)question->number);
    snprintf(limit, sizeof(limit), "%llu", (unsigned long long)question->limit + 1);
    rows =
        !db ? NULL
            : xf_db_query(db,
                          "select sequence, attempt, at, status, took_us, error, id from attempt where subscription = $1 and id < "
                          "$2::bigint"
                          " order by id desc limit $3::integer",
                          (const struct xf_param[]){XF_TEXT(question->own.id), XF_TEXT(before), XF_TEXT(limit)}, 3, false, &error);
    question->failed = !rows;
    if (!rows)
        return;
    question->items = json_array();
    count = xf_rows_count(rows);
    for (int row = 0; row < count && row < (int)question->limit; row++)
        json_array_append_new(question->items,
                              json_pack("{s:I,s:I,s:s,s:I,s:f,s:s}", "seq", (json_int_t)xf_rows_integer(rows, row, 0), "attempt",
                                        (json_int_t)xf_rows_integer(rows, row, 1), "at",
                                        xf_time_format(xf_rows_integer(rows, row, 2), at), "status",
                                        (json_int_t)xf_rows_integer(rows, row, 3), "took_ms",
                                        (double)xf_rows_integer(rows, row, 4) / 1000, "error", xf_rows_value(rows, row, 5)));
    if (count > (int)question->limit)
        question->next = json_string(xf_rows_value(rows, (int)question->limit - 1, 6));
    xf_rows_free(rows);
}

void xf_subscription_attempts(struct xf_call *call)
{
    struct question *question = question_create(call);

    if (!question)
        return;
    question->number = INT64_MAX;
    question->limit = PAGE_DEFAULT;
    if (!xf_subscription_number(call, "limit", XF_EVENTS_MAX, &question->limit) ||
        !xf_subscription_number(call, "cursor", INT64_MAX, &question->number))
        return;
    question->limit += !question->limit;
    ask(question, read_attempts, answer_items);
}

/* Held */

/* Looks at a slice of flags; returns the next index, UINT32_MAX when all are done or the page is full (then next says where to go
 * on). */
static uint32_t look_at_slice(struct question *question, uint32_t from)
{
    struct xf_engine *engine = question->call->daemon->engine;
    const struct xf_fold *fold = xf_engine_read(engine);
    const struct xf_partners *partners = xf_fold_partners(fold);
    const struct xf_view view = {xf_fold_graph(fold), xf_fold_flags(fold), xf_fold_policy(fold),
                                 partners ? xf_partners_agency(partners, question->own.agency) : UINT32_MAX};
    uint32_t count = xf_flags_count(view.flags), at = from;

    for (; at < count && at - from < HELD_SLICE; at++) {
        enum xf_disclosure level = xf_alert_held(xf_fold_subscriptions(fold), question->own.index, &view, at);

        if (level == XF_DISCLOSE_NONE)
            continue;
        if (json_array_size(question->items) == question->limit) {
            question->next = json_sprintf("%u", at);
            break;
        }
        json_array_append_new(question->items, xf_flag_json(&view, at, level));
    }
    xf_engine_read_end(engine);
    return question->next || at == count ? UINT32_MAX : at;
}

static void read_held(void *argument, struct xf_db *db)
{
    struct question *question = argument;
    uint32_t at = (uint32_t)question->number;

    (void)db; /* it is on a worker because it may be long */
    question->items = json_array();
    while (at != UINT32_MAX)
        at = look_at_slice(question, at);
}

void xf_subscription_held(struct xf_call *call)
{
    struct question *question = question_create(call);

    if (!question)
        return;
    question->limit = PAGE_DEFAULT;
    if (!xf_subscription_number(call, "limit", XF_EVENTS_MAX, &question->limit) ||
        !xf_subscription_number(call, "cursor", UINT32_MAX - 1, &question->number))
        return;
    question->limit += !question->limit;
    ask(question, read_held, answer_items);
}
