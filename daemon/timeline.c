/* SPDX-License-Identifier: Apache-2.0 */
/* GET /v1/entities/{id}/timeline: what an entity's records tell, in the order in which it happened, and who and what else stands in
 * each. On a worker, a slice at a time under the read lock. Invariant: only records that the caller may see make events, and those
 * that it may not are counted whatever span was asked for, so that the count tells nothing of when. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "along.h"
#include "mention.h"

#define LIMIT_DEFAULT 100
#define LIMIT_MAX 1000
/* Members of an entity that are looked at, in all and under one hold of the lock; others shown under one hold. */
#define MEMBERS_MAX 50000
#define MEMBER_SLICE 2000
#define SHOW_SLICE 100

struct moment {
    int64_t at;
    uint32_t record, mention;
};

struct timeline {
    struct xf_call *call;
    struct xf_tie_filter filter;
    uint32_t limit, offset;
    uint32_t entity;
    struct moment *moments; /* malloc'ed */
    size_t count, room;
    struct xf_withheld withheld;
    bool truncated;
    int result;
    json_t *answer;
};

static int add_moment(struct timeline *timeline, int64_t at, uint32_t record, uint32_t mention)
{
    if (timeline->count == timeline->room) {
        size_t room = timeline->room ? timeline->room * 2 : 64;
        struct moment *grown = realloc(timeline->moments, room * sizeof(*grown));

        if (!grown)
            return XF_ENOMEM;
        timeline->moments = grown;
        timeline->room = room;
    }
    timeline->moments[timeline->count++] = (struct moment){at, record, mention};
    return XF_OK;
}

static int look_at(struct timeline *timeline, const struct xf_fold *fold, const struct xf_view *view, uint32_t mention)
{
    const struct xf_tie_filter *filter = &timeline->filter;
    uint32_t record = xf_register_mention_at(xf_fold_register(fold), mention)->record;
    const struct xf_register_record *row = xf_register_record_at(xf_fold_register(fold), record);
    enum xf_sight sight = xf_query_sight(view, record);

    if (sight == XF_SIGHT_WITHHELD)
        xf_withheld_add(&timeline->withheld, view, record);
    if (sight != XF_SIGHT_SHOWN ||
        (filter->since != XF_TIME_NONE && (row->until == XF_TIME_NONE ? row->occurred_at : row->until) < filter->since) ||
        (filter->until != XF_TIME_NONE && row->occurred_at > filter->until))
        return XF_OK;
    return add_moment(timeline, row->occurred_at, record, mention);
}

/* The entity's members, from `at` on; *at is XF_NONE at the end. */
static int gather(struct timeline *timeline, uint32_t *at, bool first)
{
    struct xf_engine *engine = timeline->call->daemon->engine;
    const struct xf_fold *fold = xf_engine_read(engine);
    const struct xf_view view = xf_query_view(timeline->call, fold);
    int rc = xf_along_ready(fold) ? XF_OK : XF_EIO;

    if (rc == XF_OK && first) {
        timeline->entity = xf_along_entity(fold, &view, timeline->call->parameters[0]);
        if (timeline->entity == XF_NONE)
            rc = XF_ENOTFOUND;
        else
            *at = xf_linker_first(xf_fold_linker(fold), timeline->entity);
    } else if (rc == XF_OK && (!xf_register_mention_at(xf_fold_register(fold), *at)->live ||
                               xf_linker_entity_of(xf_fold_linker(fold), *at) != timeline->entity)) {
        /* The entity has changed under the walk. */
        timeline->truncated = true;
        *at = XF_NONE;
    }
    for (uint32_t i = 0; rc == XF_OK && i < MEMBER_SLICE && *at != XF_NONE; i++) {
        rc = look_at(timeline, fold, &view, *at);
        *at = xf_linker_next(xf_fold_linker(fold), *at);
    }
    xf_engine_read_end(engine);
    return rc;
}

static int by_time(const void *a, const void *b)
{
    const struct moment *x = a, *y = b;

    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    if (x->record != y->record)
        return x->record < y->record ? -1 : 1;
    return (x->mention > y->mention) - (x->mention < y->mention);
}

/* One event. */

struct company {
    const struct xf_fold *fold;
    json_t *list;
    uint32_t last; /* the mention whose object is the list's last: ties of one pair come together */
    uint32_t count;
};

static int meet(void *context, const struct xf_tie *tie)
{
    struct company *company = context;
    const struct xf_intern *symbols = xf_fold_symbols(company->fold);
    const struct xf_register_mention *mention = xf_register_mention_at(xf_fold_register(company->fold), tie->other);
    char id[XF_ENTITY_ID];
    json_t *one;

    if (company->last != tie->other) {
        json_array_append_new(company->list, json_pack("{s:s,s:s,s:s,s:[],s:o}", "entity",
                                                       xf_linker_entity_id(xf_fold_linker(company->fold), tie->entity, id), "kind",
                                                       xf_kind_names[mention->kind], "role", xf_intern_text(symbols, mention->role),
                                                       "types", "values", xf_mention_values_json(company->fold, tie->other)));
        company->last = tie->other;
        company->count++;
    }
    one = json_array_get(company->list, json_array_size(company->list) - 1);
    if (tie->type)
        json_array_append_new(json_object_get(one, "types"), json_string(xf_intern_text(symbols, tie->type)));
    return 0;
}

/* NULL: it has gone meanwhile. */
static json_t *event_json(const struct timeline *timeline, const struct xf_fold *fold, const struct xf_view *view,
                          const struct moment *moment, uint32_t *shown)
{
    const struct xf_register_mention *mention = xf_register_mention_at(xf_fold_register(fold), moment->mention);
    const struct xf_register_record *row = xf_register_record_at(xf_fold_register(fold), moment->record);
    const struct xf_intern *symbols = xf_fold_symbols(fold);
    struct company company = {.fold = fold, .last = XF_NONE};
    const char grade[4] = {row->source, row->information, row->handling, '\0'};
    char at[XF_TIME_TEXT], until[XF_TIME_TEXT];

    if (!mention->live || mention->record != moment->record || !xf_disclosure_record(view, moment->record) ||
        xf_linker_entity_of(xf_fold_linker(fold), moment->mention) != timeline->entity)
        return NULL;
    company.list = json_array();
    (void)xf_graph_mention_ties(view->graph, timeline->entity, moment->mention, meet, &company);
    *shown += 4 + company.count;
    return json_pack("{s:s,s:o,s:{s:s,s:s},s:s,s:s,s:s,s:o}", "at", xf_time_format(row->occurred_at, at), "until",
                     row->until == XF_TIME_NONE ? json_null() : json_string(xf_time_format(row->until, until)), "record", "feed",
                     xf_intern_text(symbols, row->feed), "id", xf_intern_text(symbols, row->id), "kind",
                     xf_intern_text(symbols, row->kind), "grade", grade, "role", xf_intern_text(symbols, mention->role), "with",
                     company.list);
}

static void show(struct timeline *timeline)
{
    struct xf_engine *engine = timeline->call->daemon->engine;
    size_t kept = 0, end, next = timeline->offset + (size_t)timeline->limit;
    json_t *items = json_array(), *withheld = NULL;
    char id[XF_ENTITY_ID] = "";

    if (timeline->count > 1)
        qsort(timeline->moments, timeline->count, sizeof(*timeline->moments), by_time);
    /* A record that mentions the entity twice is one event. */
    for (size_t i = 0; i < timeline->count; i++)
        if (!kept || timeline->moments[kept - 1].record != timeline->moments[i].record)
            timeline->moments[kept++] = timeline->moments[i];
    end = next < kept ? next : kept;
    for (size_t i = timeline->offset;;) {
        const struct xf_fold *fold = xf_engine_read(engine);
        const struct xf_view view = xf_query_view(timeline->call, fold);

        for (uint32_t shown = 0; i < end && shown < SHOW_SLICE; i++) {
            json_t *event = event_json(timeline, fold, &view, &timeline->moments[i], &shown);

            if (event)
                json_array_append_new(items, event);
        }
        if (i >= end) {
            xf_linker_entity_id(xf_fold_linker(fold), timeline->entity, id);
            withheld = xf_withheld_json(&timeline->withheld, &view);
        }
        xf_engine_read_end(engine);
        if (i >= end)
            break;
    }
    timeline->answer = json_pack("{s:s,s:o,s:o,s:b,s:o*}", "entity", id, "items", items, "next",
                                 next < kept ? json_sprintf("%zu", next) : json_null(), "truncated", (int)timeline->truncated,
                                 "withheld", withheld);
    timeline->result = timeline->answer ? XF_OK : XF_ENOMEM;
}

static void run(void *argument, struct xf_db *db)
{
    struct timeline *timeline = argument;
    uint32_t at = XF_NONE, looks = 0;

    (void)db;
    timeline->result = gather(timeline, &at, true);
    while (timeline->result == XF_OK && at != XF_NONE && (looks += MEMBER_SLICE) < MEMBERS_MAX)
        timeline->result = gather(timeline, &at, false);
    timeline->truncated = timeline->truncated || at != XF_NONE;
    if (timeline->result == XF_OK)
        show(timeline);
    free(timeline->moments);
}

static void done(void *argument)
{
    struct timeline *timeline = argument;
    struct xf_call *call = timeline->call;
    struct xf_exchange *exchange = call->exchange;

    if (timeline->result == XF_OK)
        xf_reply_json(call, 200, timeline->answer);
    else if (timeline->result == XF_ENOTFOUND)
        xf_along_unknown(call, "There is none of this id, or none any more.");
    else if (timeline->result == XF_EIO)
        xf_query_not_ready(call);
    else
        xf_query_no_memory(call);
    xf_exchange_unref(exchange);
}

void xf_along_timeline(struct xf_call *call)
{
    struct timeline *timeline = xf_arena_alloc(call->request->arena, sizeof(*timeline));

    if (!timeline) {
        xf_query_no_memory(call);
        return;
    }
    *timeline = (struct timeline){.call = call};
    if (xf_query_of_today(call) == XF_OK && xf_along_span(call, &timeline->filter.since, &timeline->filter.until) == XF_OK &&
        xf_along_number(call, "limit", LIMIT_DEFAULT, 1, LIMIT_MAX, &timeline->limit) == XF_OK &&
        xf_along_number(call, "cursor", 0, 0, MEMBERS_MAX, &timeline->offset) == XF_OK)
        xf_query_submit(call, run, done, timeline);
}
