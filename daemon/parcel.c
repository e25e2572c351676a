/* SPDX-License-Identifier: Apache-2.0 */
/* From records to journal entries. Each record is judged against what stands for its key; the accepted ones go to the journal as
 * one batch, and the answer leaves after the commit, of this batch and of any other that the judgement rests on. Good lines go in
 * whatever the bad ones do. Invariant: revisions are given on the loop's thread in the order in which the journal will see them:
 * from the first judgement to the submission nothing else runs. */
#include "parcel.h"

#include <stdlib.h>
#include <string.h>

#include "append.h"
#include "forms.h"
#include "intake.h"
#include "query.h"

/* Records judged under one hold of the engine's read lock: some 0.2 ms. */
#define JUDGE_SLICE 256

static void release(void *object)
{
    struct xf_parcel *parcel = object;

    free(parcel->lines);
    xf_batch_unref(parcel->batch);
}

const char *xf_parcel_stream(struct xf_arena *arena, const char *feed, const char *id)
{
    size_t feed_length = strlen(feed), id_length = strlen(id);
    char *stream = xf_arena_alloc(arena, feed_length + 1 + id_length + 1);

    if (!stream)
        return NULL;
    memcpy(stream, feed, feed_length);
    stream[feed_length] = '/';
    memcpy(stream + feed_length + 1, id, id_length);
    return stream;
}

/* Whether the feed is one of the partnership's; answers 404 by itself. */
static int check_feed(struct xf_call *call, const char *feed)
{
    const struct xf_fold *fold = xf_engine_read(call->daemon->engine);
    bool known = xf_fold_partners(fold) && xf_partners_feed(xf_fold_partners(fold), feed) != UINT32_MAX;

    xf_engine_read_end(call->daemon->engine);
    if (known)
        return XF_OK;
    xf_reply_problem(call, 404, "no-such-feed", "No such feed", NULL, "The partnership has no feed of this name.");
    return XF_ENOTFOUND;
}

struct xf_parcel *xf_parcel_create(struct xf_call *call, bool dry)
{
    struct xf_parcel *parcel = xf_arena_alloc(call->request->arena, sizeof(*parcel));
    struct xf_batch *batch = parcel ? xf_batch_create() : NULL;
    const char *info = xf_request_parameter(call->exchange, "info");

    if (!batch) {
        xf_append_refuse(call, XF_ENOMEM);
        return NULL;
    }
    *parcel = (struct xf_parcel){.call = call,
                                 .feed = call->parameters[0],
                                 .vocabulary = xf_forms_vocabulary(call->daemon->forms),
                                 .batch = batch,
                                 .dry = dry,
                                 .info = !dry && info && strcmp(info, "1") == 0};
    xf_exchange_attach(call->exchange, parcel, release);
    /* A new writer judges nothing before it has folded everything and entered what the partnership agreed. */
    if (!dry && !call->daemon->entered) {
        xf_append_refuse(call, XF_ECONFLICT);
        return NULL;
    }
    return check_feed(call, parcel->feed) == XF_OK ? parcel : NULL;
}

/* Reading */

struct xf_line *xf_parcel_line(struct xf_parcel *parcel, unsigned number, int *ret_code)
{
    if (parcel->count == XF_PARCEL_LINES_MAX) {
        *ret_code = XF_ELIMIT;
        return NULL;
    }
    if (parcel->count == parcel->capacity) {
        size_t capacity = parcel->capacity ? parcel->capacity * 2 : 16;
        struct xf_line *lines = realloc(parcel->lines, capacity * sizeof(*lines));

        if (!lines) {
            *ret_code = XF_ENOMEM;
            return NULL;
        }
        parcel->lines = lines;
        parcel->capacity = capacity;
    }
    parcel->lines[parcel->count] = (struct xf_line){.number = number};
    return &parcel->lines[parcel->count++];
}

int xf_parcel_fault(struct xf_parcel *parcel, struct xf_line *line, const struct xf_errors *errors)
{
    struct xf_errors *kept;
    size_t listed = errors->count < XF_ERRORS_MAX ? errors->count : XF_ERRORS_MAX;
    size_t size = offsetof(struct xf_errors, items) + listed * sizeof(errors->items[0]);

    /* The answer spells out only so many: a body full of bad lines must not cost as many reports. */
    if (parcel->faulty++ >= XF_PARCEL_ITEMS_MAX)
        return XF_OK;
    kept = xf_arena_alloc(parcel->batch->arena, size);
    if (!kept)
        return XF_ENOMEM;
    memcpy(kept, errors, size);
    line->errors = kept;
    return XF_OK;
}

/* Whom a rejected line speaks of, so that its sender finds it again. */
static const char *id_of(const struct xf_parcel *parcel, const struct xf_line *line)
{
    json_t *object = json_loadb(line->json, line->length, JSON_REJECT_DUPLICATES, NULL), *id = json_object_get(object, "id");
    const char *copy = json_is_string(id) && json_string_length(id) <= XF_RECORD_ID_MAX
                           ? xf_arena_copy(parcel->batch->arena, json_string_value(id), json_string_length(id))
                           : NULL;

    json_decref(object);
    return copy;
}

int xf_parcel_parse(struct xf_parcel *parcel, struct xf_line *line, const char *json, size_t length)
{
    struct xf_errors errors;

    line->json = xf_arena_copy(parcel->batch->arena, json, length);
    line->length = length;
    if (!line->json)
        return XF_ENOMEM;
    line->code = xf_record_parse(line->json, length, parcel->vocabulary, parcel->batch->arena, &line->record, &errors);
    if (line->code == XF_OK || line->code == XF_ENOMEM)
        return line->code;
    if (parcel->faulty < XF_PARCEL_ITEMS_MAX)
        line->id = id_of(parcel, line);
    return xf_parcel_fault(parcel, line, &errors);
}

/* The journal's answers */

/* One of the answers that were waited for has come. */
static void arrived(void *argument, int result)
{
    struct xf_parcel *parcel = argument;
    struct xf_exchange *exchange = parcel->call->exchange;

    if (parcel->result == XF_OK)
        parcel->result = result;
    if (--parcel->waiting)
        return;
    if (parcel->result == XF_OK)
        parcel->answer(parcel);
    else
        xf_append_refuse(parcel->call, parcel->result);
    xf_exchange_unref(exchange);
}

/* Another request's batch was refused: what this one was told rests on nothing. */
static void other_arrived(void *argument, int result)
{
    arrived(argument, result == XF_OK ? XF_OK : XF_EIO);
}

static int rest_on(struct xf_parcel *parcel, struct xf_sending *sending)
{
    struct xf_wait *wait;
    int rc;

    if (!sending || sending == parcel->sending || sending == parcel->rests_on || parcel->dry)
        return XF_OK;
    wait = xf_arena_alloc(parcel->batch->arena, sizeof(*wait));
    if (!wait)
        return XF_ENOMEM;
    *wait = (struct xf_wait){.then = other_arrived, .argument = parcel};
    rc = xf_sending_wait(sending, wait);
    if (rc != XF_OK)
        return rc;
    parcel->rests_on = sending;
    parcel->waiting++;
    return XF_OK;
}

static void folded(void *argument)
{
    xf_sending_end(argument);
}

static void submitted(struct xf_call *call, struct xf_batch *batch, int result, void *context)
{
    struct xf_parcel *parcel = context;
    struct xf_sending *sending = parcel->sending;

    parcel->sending = NULL;
    if (result == XF_OK)
        parcel->position = batch->entries[batch->count - 1].position;
    xf_sending_answer(sending, result);
    if (result == XF_OK)
        xf_engine_wait(call->daemon->engine, parcel->position, call->daemon->loop, folded, sending);
    arrived(parcel, result);
}

static void begin(struct xf_parcel *parcel, void (*answer)(struct xf_parcel *parcel))
{
    parcel->answer = answer;
    parcel->waiting = 1;
    parcel->result = XF_OK;
    parcel->position = xf_journal_head(parcel->call->daemon->journal);
    xf_exchange_ref(parcel->call->exchange);
}

/* Everything is judged (rc XF_OK) or not: what is to go, goes. */
static void submit(struct xf_parcel *parcel, int rc)
{
    if (rc == XF_OK && parcel->sending) {
        xf_append(parcel->call, xf_batch_ref(parcel->batch), parcel->info, submitted, parcel);
        return;
    }
    if (parcel->sending)
        xf_sending_answer(parcel->sending, XF_ENOMEM);
    parcel->sending = NULL;
    arrived(parcel, rc);
}

/* Judging */

static int add_entry(struct xf_parcel *parcel, enum xf_entry_kind kind, const char *stream, const struct xf_standing *standing,
                     const struct xf_line *line)
{
    const char *actor = xf_arena_copy(parcel->batch->arena, parcel->call->caller->id, strlen(parcel->call->caller->id));
    int rc;

    if (!parcel->sending)
        parcel->sending = xf_sending_create(xf_intake_inflight(parcel->call->daemon->intake), parcel->batch);
    if (!parcel->sending || !actor)
        return XF_ENOMEM;
    rc = xf_batch_add(parcel->batch, kind, standing->revision, stream, actor, line ? line->json : "", line ? line->length : 0,
                      line ? line->record : NULL);
    return rc == XF_OK ? xf_sending_note(parcel->sending, stream, standing) : rc;
}

static int judge_line(struct xf_parcel *parcel, struct xf_line *line, const struct xf_register *reg)
{
    const struct xf_record *record = line->record;
    const char *stream = xf_parcel_stream(parcel->batch->arena, parcel->feed, record->id);
    struct xf_standing standing;

    if (!stream)
        return XF_ENOMEM;
    standing = xf_inflight_standing(xf_intake_inflight(parcel->call->daemon->intake), reg, parcel->feed, record->id, stream);
    line->verdict = xf_standing_judge(&standing, record);
    /* The same as what may or may not have been committed: once more does no harm. */
    if (line->verdict == XF_VERDICT_UNCHANGED && xf_sending_in_doubt(standing.sending))
        line->verdict = XF_VERDICT_ACCEPT;
    if (line->verdict != XF_VERDICT_ACCEPT)
        return rest_on(parcel, standing.sending);
    if (parcel->dry)
        return XF_OK;
    standing.revision++;
    standing.live = true;
    standing.version = record->version;
    memcpy(standing.digest, record->digest, sizeof(standing.digest));
    return add_entry(parcel, XF_ENTRY_PUT, stream, &standing, line);
}

static int judge_lines(struct xf_parcel *parcel)
{
    struct xf_engine *engine = parcel->call->daemon->engine;
    int rc = XF_OK;

    for (size_t i = 0; rc == XF_OK && i < parcel->count;) {
        const struct xf_fold *fold = xf_engine_read(engine);

        /* A slice at a time: the fold must not wait long for the lock. */
        for (size_t end = i + JUDGE_SLICE; rc == XF_OK && i < parcel->count && i < end; i++)
            if (parcel->lines[i].record)
                rc = judge_line(parcel, &parcel->lines[i], xf_fold_register(fold));
        xf_engine_read_end(engine);
    }
    return rc;
}

void xf_parcel_send(struct xf_parcel *parcel, void (*answer)(struct xf_parcel *parcel))
{
    begin(parcel, answer);
    /* While a worker read the body, this daemon may have ceased to write. */
    submit(parcel, parcel->dry || parcel->call->daemon->entered ? judge_lines(parcel) : XF_ECONFLICT);
}

/* Withdrawing */

struct withdrawal {
    struct xf_parcel *parcel;
    const char *id, *stream;
    void (*answer)(struct xf_parcel *parcel);
    struct xf_wait wait;
};

static void withdraw(struct withdrawal *withdrawal);

static void withdraw_again(void *argument, int result)
{
    struct withdrawal *withdrawal = argument;
    struct xf_call *call = withdrawal->parcel->call;
    struct xf_exchange *exchange = call->exchange;

    /* A refusal was the other's: this one is judged by what stands now. */
    if (result == XF_EIO)
        xf_append_refuse(call, result);
    else if (!call->daemon->entered)
        xf_append_refuse(call, XF_ECONFLICT);
    else
        withdraw(withdrawal);
    xf_exchange_unref(exchange);
}

static void withdraw(struct withdrawal *withdrawal)
{
    struct xf_parcel *parcel = withdrawal->parcel;
    struct xf_call *call = parcel->call;
    struct xf_standing standing =
        xf_inflight_standing(xf_intake_inflight(call->daemon->intake), xf_fold_register(xf_engine_read(call->daemon->engine)),
                             parcel->feed, withdrawal->id, withdrawal->stream);

    xf_engine_read_end(call->daemon->engine);
    /* Whether there is anything to withdraw is known only once the journal has answered. */
    if (standing.sending) {
        withdrawal->wait = (struct xf_wait){.then = withdraw_again, .argument = withdrawal};
        if (xf_sending_wait(standing.sending, &withdrawal->wait) == XF_OK)
            xf_exchange_ref(call->exchange);
        else
            xf_append_refuse(call, XF_EIO);
        return;
    }
    if (!standing.live) {
        xf_reply_problem(call, 404, "no-such-record", "No such record", NULL, "Nothing is on record under this id.");
        return;
    }
    standing.revision++;
    standing.live = false;
    begin(parcel, withdrawal->answer);
    submit(parcel, add_entry(parcel, XF_ENTRY_WITHDRAW, withdrawal->stream, &standing, NULL));
}

void xf_parcel_withdraw(struct xf_parcel *parcel, const char *id, void (*answer)(struct xf_parcel *parcel))
{
    struct withdrawal *withdrawal = xf_arena_alloc(parcel->call->request->arena, sizeof(*withdrawal));
    const char *stream = xf_parcel_stream(parcel->batch->arena, parcel->feed, id);

    if (!withdrawal || !stream) {
        xf_append_refuse(parcel->call, XF_ENOMEM);
        return;
    }
    *withdrawal = (struct withdrawal){.parcel = parcel, .id = id, .stream = stream, .answer = answer};
    withdraw(withdrawal);
}

/* For answers */

void xf_parcel_count(const struct xf_parcel *parcel)
{
    static const char *const names[] = {"accepted", "unchanged", "stale", "conflict", "invalid"};
    size_t counts[5] = {0};

    for (size_t i = 0; i < parcel->count; i++)
        counts[parcel->lines[i].record ? (size_t)parcel->lines[i].verdict : 4]++;
    for (size_t i = 0; i < 5; i++)
        if (counts[i])
            xf_metric_add(xf_metrics_counter(parcel->call->daemon->metrics, "crossflag_ingest_records_total",
                                             "Records received, by feed and result.", "feed", parcel->feed, "result", names[i],
                                             NULL),
                          counts[i]);
}

json_t *xf_line_errors(const struct xf_line *line)
{
    json_t *list = json_array();

    for (size_t i = 0; i < line->errors->count && i < XF_ERRORS_MAX; i++)
        json_array_append_new(
            list, json_pack("{s:s,s:s}", "pointer", line->errors->items[i].pointer, "reason", line->errors->items[i].text));
    return list;
}

const char *xf_verdict_reason(enum xf_verdict verdict)
{
    return verdict == XF_VERDICT_STALE ? "a higher version is on record" : "this version is on record with other content";
}

json_t *xf_line_info(const struct xf_parcel *parcel, const struct xf_line *line, const struct xf_fold *fold)
{
    const struct xf_view view = xf_query_view(parcel->call, fold);
    const struct xf_register *reg = xf_fold_register(fold);
    json_t *entities = json_array(), *flags = json_array();
    uint32_t row = xf_register_find(reg, parcel->feed, line->record->id);
    uint32_t mention = row == XF_NONE ? XF_NONE : xf_register_record_at(reg, row)->first_mention;

    for (; mention != XF_NONE; mention = xf_register_mention_at(reg, mention)->next) {
        uint32_t entity = xf_linker_entity_of(xf_fold_linker(fold), mention);
        const char *ref = xf_intern_text(xf_fold_symbols(fold), xf_register_mention_at(reg, mention)->ref);
        json_t *found = xf_query_flags(&view, entity);
        char id[XF_ENTITY_ID];

        json_array_append_new(entities,
                              json_pack("{s:s,s:s}", "ref", ref, "entity", xf_linker_entity_id(xf_fold_linker(fold), entity, id)));
        json_array_extend(flags, found);
        json_decref(found);
    }
    return json_pack("{s:i,s:s,s:i,s:o,s:o}", "line", (int)line->number, "id", line->record->id, "status", 200, "entities",
                     entities, "flags", flags);
}
