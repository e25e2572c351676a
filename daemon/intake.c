/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies of many records. A body is split and parsed (on a worker when it is large, so that the loop stays free), then judged and
 * sent as one parcel; the answer, line by line, leaves after the commit. Owns what is under way for all keys. Invariant: a body
 * that is not what its type says is refused whole, and nothing of it is taken. */
#include "intake.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "append.h"
#include "forms.h"
#include "keyed.h"
#include "parcel.h"

/* Bodies up to this size are parsed on the loop: 32 KiB take some 0.5 ms. */
#define PARSE_ON_LOOP_MAX ((size_t)32 * 1024)
/* Records whose entities and flags are told under one hold of the engine's read lock. */
#define INFO_SLICE 32

struct xf_intake {
    struct xf_inflight *inflight;
};

/* A POST under way; lies in the exchange's arena. */
struct post {
    struct xf_parcel *parcel;
    enum { FORM_NDJSON, FORM_JSON, FORM_CSV } form;
    const struct xf_mapping *mapping;
    int result;
    struct xf_error error;
};

struct xf_intake *xf_intake_create(void)
{
    struct xf_intake *intake = calloc(1, sizeof(*intake));

    if (intake)
        intake->inflight = xf_inflight_create();
    if (intake && !intake->inflight) {
        free(intake);
        return NULL;
    }
    return intake;
}

void xf_intake_destroy(struct xf_intake *intake)
{
    if (!intake)
        return;
    xf_inflight_destroy(intake->inflight);
    free(intake);
}

void xf_intake_reset(struct xf_intake *intake)
{
    xf_inflight_clear(intake->inflight);
}

void xf_intake_tidy(struct xf_intake *intake, struct xf_engine *engine)
{
    xf_inflight_prune(intake->inflight, xf_fold_register(xf_engine_read(engine)));
    xf_engine_read_end(engine);
}

struct xf_inflight *xf_intake_inflight(struct xf_intake *intake)
{
    return intake->inflight;
}

/* Parsing: on the loop or on a worker */

static int take_item(void *context, unsigned number, const char *json, size_t length)
{
    struct post *post = context;
    int rc = XF_OK;
    struct xf_line *line = xf_parcel_line(post->parcel, number, &rc);

    return line ? xf_parcel_parse(post->parcel, line, json, length) : rc;
}

static int take_row(void *context, unsigned number, const char *json, size_t length, const struct xf_error *error)
{
    struct post *post = context;
    int rc = XF_OK;
    struct xf_line *line;

    if (json)
        return take_item(context, number, json, length);
    line = xf_parcel_line(post->parcel, number, &rc);
    if (!line)
        return rc;
    line->code = XF_EINVAL;
    return xf_parcel_fault(post->parcel, line, &(struct xf_errors){.count = 1, .items = {*error}});
}

static void parse_body(struct post *post)
{
    const struct xf_request *request = post->parcel->call->request;
    const struct xf_line *first;

    if (post->form == FORM_CSV)
        post->result = xf_csv_read(request->body, request->body_length, post->mapping, take_row, post, &post->error);
    else
        post->result = xf_body_split(post->form == FORM_JSON ? XF_BODY_JSON : XF_BODY_NDJSON, request->body, request->body_length,
                                     take_item, post, &post->error);
    /* One JSON object that is none is a malformed body, not a rejected line. */
    first = post->result == XF_OK && post->form == FORM_JSON && post->parcel->count == 1 ? post->parcel->lines : NULL;
    if (first && first->errors && first->errors->items[0].line) {
        post->result = XF_EINVAL;
        post->error = first->errors->items[0];
    }
}

/* Answering */

static json_t *rejected_json(const struct xf_line *line)
{
    json_t *item = json_pack("{s:i}", "line", (int)line->number);

    if (line->record) {
        json_object_set_new(item, "id", json_string(line->record->id));
        json_object_set_new(item, "status", json_integer(409));
        json_object_set_new(item, "errors",
                            json_pack("[{s:s,s:s}]", "pointer", "/version", "reason", xf_verdict_reason(line->verdict)));
        return item;
    }
    if (line->id)
        json_object_set_new(item, "id", json_string(line->id));
    json_object_set_new(item, "status", json_integer(line->code == XF_ELIMIT ? 413 : 422));
    if (line->errors)
        json_object_set_new(item, "errors", xf_line_errors(line));
    return item;
}

static bool is_good(const struct xf_line *line)
{
    return line->record && line->verdict <= XF_VERDICT_UNCHANGED;
}

/* Fills items with the lines of a slice that are to be told; returns how many of all were. */
static size_t spell_out(const struct xf_parcel *parcel, size_t from, size_t to, const struct xf_fold *fold, json_t *items,
                        size_t spelt)
{
    for (size_t i = from; i < to; i++) {
        const struct xf_line *line = &parcel->lines[i];

        if ((is_good(line) && !fold) || spelt++ >= XF_PARCEL_ITEMS_MAX)
            continue;
        json_array_append_new(items, is_good(line) ? xf_line_info(parcel, line, fold) : rejected_json(line));
    }
    return spelt;
}

static json_t *items_json(const struct xf_parcel *parcel, bool *ret_truncated)
{
    struct xf_engine *engine = parcel->call->daemon->engine;
    json_t *items = json_array();
    size_t spelt = 0;

    if (!parcel->info)
        spelt = spell_out(parcel, 0, parcel->count, NULL, items, 0);
    for (size_t i = 0; parcel->info && i < parcel->count && spelt <= XF_PARCEL_ITEMS_MAX; i += INFO_SLICE) {
        size_t end = i + INFO_SLICE < parcel->count ? i + INFO_SLICE : parcel->count;

        spelt = spell_out(parcel, i, end, xf_engine_read(engine), items, spelt);
        xf_engine_read_end(engine);
    }
    *ret_truncated = spelt > XF_PARCEL_ITEMS_MAX;
    return items;
}

static void answer_post(struct xf_parcel *parcel)
{
    size_t counts[4] = {0}, rejected = 0;
    json_t *answer, *items;
    bool truncated;

    for (size_t i = 0; i < parcel->count; i++) {
        if (parcel->lines[i].record)
            counts[parcel->lines[i].verdict]++;
        rejected += !is_good(&parcel->lines[i]);
    }
    items = items_json(parcel, &truncated);
    answer =
        json_pack("{s:I,s:I,s:I,s:I,s:o}", "received", (json_int_t)parcel->count, "accepted", (json_int_t)counts[XF_VERDICT_ACCEPT],
                  "unchanged", (json_int_t)counts[XF_VERDICT_UNCHANGED], "rejected", (json_int_t)rejected, "items", items);
    if (truncated)
        json_object_set_new(answer, "truncated", json_true());
    if (!parcel->dry) {
        xf_parcel_count(parcel);
        json_object_set_new(answer, "position", json_integer((json_int_t)parcel->position));
    }
    xf_reply_json(parcel->call, 200, answer);
}

/* Everything is parsed. */
static void finish_post(struct post *post)
{
    struct xf_call *call = post->parcel->call;

    if (post->result == XF_OK) {
        xf_parcel_send(post->parcel, answer_post);
    } else if (post->result == XF_ELIMIT && post->parcel->count == XF_PARCEL_LINES_MAX) {
        xf_reply_problem(call, 413, "too-many-records", "Too many records in one body", NULL,
                         "One body may hold %d records; nothing was taken.", XF_PARCEL_LINES_MAX);
    } else if (post->result == XF_EINVAL || post->result == XF_ELIMIT) {
        json_t *errors = json_pack("[{s:s,s:s}]", "pointer", post->error.pointer, "reason", post->error.text);

        xf_reply_problem(call, 400, "malformed-body", "The body is not what its Content-Type says", errors,
                         "Line %u, column %u: %s", post->error.line, post->error.column, post->error.text);
    } else {
        xf_append_refuse(call, XF_ENOMEM);
    }
}

static void parse_on_worker(void *argument, struct xf_db *db)
{
    (void)db;
    parse_body(argument);
}

static void parsed(void *argument)
{
    struct post *post = argument;
    struct xf_exchange *exchange = post->parcel->call->exchange;

    finish_post(post);
    xf_exchange_unref(exchange);
}

/* The body's form by Content-Type (parameters aside); answers 415 by itself. */
static int read_form(struct post *post)
{
    struct xf_call *call = post->parcel->call;
    const char *type = xf_request_header(call->exchange, "Content-Type");
    size_t length = type ? strcspn(type, "; ") : 0;

    if (length == 20 && strncasecmp(type, "application/x-ndjson", 20) == 0) {
        post->form = FORM_NDJSON;
    } else if (length == 16 && strncasecmp(type, "application/json", 16) == 0) {
        post->form = FORM_JSON;
    } else if (length == 8 && strncasecmp(type, "text/csv", 8) == 0) {
        post->form = FORM_CSV;
        post->mapping = xf_forms_mapping(call->daemon->forms, post->parcel->feed);
        if (!post->mapping) {
            xf_reply_problem(call, 415, "no-mapping", "This feed has no CSV mapping", NULL,
                             "Put one at feeds/%s.json and reload, or send JSON.", post->parcel->feed);
            return XF_EINVAL;
        }
    } else {
        xf_reply_problem(call, 415, "media-type", "Unsupported media type", NULL,
                         "Send application/x-ndjson, application/json or text/csv.");
        return XF_EINVAL;
    }
    return XF_OK;
}

static void receive(struct xf_call *call, bool dry)
{
    struct xf_parcel *parcel = xf_parcel_create(call, dry);
    struct post *post = parcel ? xf_arena_alloc(call->request->arena, sizeof(*post)) : NULL;

    if (!parcel)
        return;
    if (!post) {
        xf_append_refuse(call, XF_ENOMEM);
        return;
    }
    post->parcel = parcel;
    if (read_form(post) != XF_OK)
        return;
    if (call->request->body_length <= PARSE_ON_LOOP_MAX) {
        parse_body(post);
        finish_post(post);
        return;
    }
    xf_exchange_ref(call->exchange);
    if (xf_work_submit(call->daemon->work, parse_on_worker, parsed, post) != XF_OK) {
        xf_append_refuse(call, XF_ELIMIT);
        xf_exchange_unref(call->exchange);
    }
}

static void post_records(struct xf_call *call)
{
    receive(call, false);
}

static void validate_records(struct xf_call *call)
{
    receive(call, true);
}

const struct xf_route xf_routes_intake[] = {
    {"POST", "/v1/feeds/{feed}/records", XF_ROLE_FEED, XF_ROUTE_WRITER, post_records,
     "Send records: NDJSON, JSON or CSV; the answer comes after the commit"},
    {"POST", "/v1/feeds/{feed}/validate", XF_ROLE_FEED, 0, validate_records, "Check records without sending them"},
    {"PUT", "/v1/feeds/{feed}/records/{id}", XF_ROLE_FEED, XF_ROUTE_WRITER, xf_keyed_put, "Put one record"},
    {"GET", "/v1/feeds/{feed}/records/{id}", XF_ROLE_FEED, 0, xf_keyed_get, "One record as it is on file"},
    {"DELETE", "/v1/feeds/{feed}/records/{id}", XF_ROLE_FEED, XF_ROUTE_WRITER, xf_keyed_delete, "Withdraw one record"},
    {0},
};
