/* SPDX-License-Identifier: Apache-2.0 */
/* One record by its key: put, told, withdrawn, for the feed that sends it. Invariant: what was acknowledged is what the next GET
 * tells. */
#include "keyed.h"

#include <string.h>

#include "append.h"
#include "intake.h"
#include "parcel.h"
#include "query.h"

/* PUT */

static void answer_put(struct xf_parcel *parcel)
{
    const struct xf_line *line = &parcel->lines[0];
    struct xf_call *call = parcel->call;
    bool accepted = line->verdict == XF_VERDICT_ACCEPT;
    json_t *answer;

    xf_parcel_count(parcel);
    if (line->verdict > XF_VERDICT_UNCHANGED) {
        xf_reply_problem(call, 409, line->verdict == XF_VERDICT_STALE ? "stale-version" : "version-conflict",
                         "The version does not fit",
                         json_pack("[{s:s,s:s}]", "pointer", "/version", "reason", xf_verdict_reason(line->verdict)),
                         "The record on file stays as it is.");
        return;
    }
    answer = json_pack("{s:s,s:s,s:I}", "id", line->record->id, "result", accepted ? "accepted" : "unchanged", "position",
                       (json_int_t)parcel->position);
    if (parcel->info) {
        json_t *info = xf_line_info(parcel, line, xf_engine_read(call->daemon->engine));

        xf_engine_read_end(call->daemon->engine);
        json_object_set(answer, "entities", json_object_get(info, "entities"));
        json_object_set(answer, "flags", json_object_get(info, "flags"));
        json_decref(info);
    }
    xf_reply_json(call, accepted && parcel->batch->entries[0].revision == 1 ? 201 : 200, answer);
}

static void refuse(struct xf_call *call, int status, json_t *errors)
{
    xf_reply_problem(call, status, "invalid-record", "The record is not valid", errors, "See errors.");
}

void xf_keyed_put(struct xf_call *call)
{
    struct xf_parcel *parcel = xf_parcel_create(call, false);
    struct xf_line *line;
    int rc = XF_OK;

    if (!parcel)
        return;
    line = xf_parcel_line(parcel, 1, &rc);
    if (line)
        rc = xf_parcel_parse(parcel, line, call->request->body, call->request->body_length);
    if (rc != XF_OK) {
        xf_append_refuse(call, rc);
    } else if (!line->record) {
        /* A fault with a line is one of JSON itself. */
        bool malformed = line->errors && line->errors->items[0].line;

        xf_parcel_count(parcel);
        refuse(call, line->code == XF_ELIMIT ? 413 : malformed ? 400 : 422, xf_line_errors(line));
    } else if (strcmp(line->record->id, call->parameters[1]) != 0) {
        refuse(call, 422, json_pack("[{s:s,s:s}]", "pointer", "/id", "reason", "is not the id of the path"));
    } else {
        xf_parcel_send(parcel, answer_put);
    }
}

/* DELETE */

static void answer_delete(struct xf_parcel *parcel)
{
    xf_reply_json(parcel->call, 200, json_pack("{s:s,s:I}", "result", "withdrawn", "position", (json_int_t)parcel->position));
}

void xf_keyed_delete(struct xf_call *call)
{
    struct xf_parcel *parcel = xf_parcel_create(call, false);

    if (parcel)
        xf_parcel_withdraw(parcel, call->parameters[1], answer_delete);
}

/* GET */

struct single {
    struct xf_call *call;
    const char *stream;
    uint64_t position;
    json_t *body;
};

static void fetch(void *argument, struct xf_db *db)
{
    struct single *single = argument;
    struct xf_error error;

    single->body = xf_query_body(db, single->position, single->stream, &error);
}

static void answer_get(void *argument)
{
    struct single *single = argument;
    struct xf_exchange *exchange = single->call->exchange;

    if (single->body)
        xf_reply_json(single->call, 200, single->body);
    else
        xf_query_away(single->call);
    xf_exchange_unref(exchange);
}

static void look(struct single *single)
{
    struct xf_call *call = single->call;
    const struct xf_register *reg = xf_fold_register(xf_engine_read(call->daemon->engine));
    uint32_t row = xf_register_find(reg, call->parameters[0], call->parameters[1]);

    if (row != XF_NONE && xf_register_record_at(reg, row)->live)
        single->position = xf_register_record_at(reg, row)->position;
    xf_engine_read_end(call->daemon->engine);
    if (single->position)
        xf_query_submit(call, fetch, answer_get, single);
    else
        xf_reply_problem(call, 404, "no-such-record", "No such record", NULL, "Nothing is on record under this id.");
}

static void look_folded(void *argument)
{
    struct single *single = argument;
    struct xf_exchange *exchange = single->call->exchange;

    look(single);
    xf_exchange_unref(exchange);
}

void xf_keyed_get(struct xf_call *call)
{
    struct single *single = xf_arena_alloc(call->request->arena, sizeof(*single));
    const char *stream = xf_parcel_stream(call->request->arena, call->parameters[0], call->parameters[1]);

    if (!single || !stream) {
        xf_append_refuse(call, XF_ENOMEM);
        return;
    }
    *single = (struct single){.call = call, .stream = stream};
    if (!xf_inflight_knows(xf_intake_inflight(call->daemon->intake), stream)) {
        look(single);
        return;
    }
    xf_exchange_ref(call->exchange);
    xf_engine_wait(call->daemon->engine, xf_journal_head(call->daemon->journal), call->daemon->loop, look_folded, single);
}
