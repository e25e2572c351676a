/* SPDX-License-Identifier: Apache-2.0 */
/* GET /v1/review/links: the clerical queue, most valuable first; candidate.h says what is valuable. Runs on a worker, a slice at a
 * time under the read lock. Invariant: the order is total (value, then mention numbers), and a cursor is a place in it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "candidate.h"
#include "mention.h"

#define LIMIT_DEFAULT 20
#define LIMIT_MAX 100
/* Items shown under one hold of the read lock: some 0.5 ms. */
#define SHOW_SLICE 8

struct review {
    struct xf_candidates found;
    size_t limit;
    bool after; /* only what comes after the cursor */
    struct xf_candidate cursor;
    int result;
    json_t *items, *withheld_json, *next;
};

static json_t *side_json(const struct xf_fold *fold, const struct xf_view *view, const struct xf_candidate *candidate, int side)
{
    const struct xf_linker *linker = xf_fold_linker(fold);
    uint32_t number = side ? candidate->b : candidate->a, entity = xf_linker_entity_of(linker, number);
    json_t *shown = xf_mention_json(fold, number);
    char id[XF_ENTITY_ID];

    json_object_set_new(shown, "values", xf_mention_values_json(fold, number));
    json_object_set_new(shown, "entity", json_string(xf_linker_entity_id(linker, entity, id)));
    json_object_set_new(shown, "flags", xf_query_flags(view, entity));
    return shown;
}

/* Comparison, level and weight of each, without the values, which stand beside. */
static json_t *summary_json(const struct xf_why *why)
{
    json_t *list = json_array();

    for (size_t i = 0; i < why->count; i++)
        json_array_append_new(list, json_pack("{s:s,s:s,s:f}", "comparison", why->results[i].comparison, "level",
                                              why->results[i].level, "weight", why->results[i].weight / 1000.0));
    return list;
}

static json_t *because_json(const struct xf_candidate *candidate)
{
    json_t *because = json_array();
    uint32_t flags = candidate->flags[0] + candidate->flags[1];

    json_array_append_new(because,
                          json_string(candidate->item.kind == XF_REVIEW_BRIDGE    ? "one weak link holds the entity together"
                                      : candidate->item.kind == XF_REVIEW_REFUSED ? "the weight joins what the rest keeps apart"
                                                                                  : "the weight lies between the thresholds"));
    if (flags)
        json_array_append_new(because, json_sprintf("flags on it: %u", flags));
    if (candidate->child)
        json_array_append_new(because, json_string("a child"));
    if (candidate->marker)
        json_array_append_new(because, json_string("a marker of risk"));
    if (candidate->sizes[0] + candidate->sizes[1] > 2)
        json_array_append_new(because, json_sprintf("mentions that it moves: %u", candidate->sizes[0] + candidate->sizes[1]));
    return because;
}

static json_t *item_json(const struct xf_fold *fold, const struct xf_view *view, const struct xf_candidate *candidate)
{
    static const char *const kinds[] = {"pair", "refused", "bridge"};
    struct xf_why why;

    xf_linker_why(xf_fold_linker(fold), candidate->a, candidate->b, &why);
    return json_pack("{s:s,s:s,s:o,s:o,s:f,s:f,s:f,s:b,s:o,s:o}", "kind", kinds[candidate->item.kind], "of",
                     xf_kind_names[xf_register_mention_at(xf_fold_register(fold), candidate->a)->kind], "a",
                     side_json(fold, view, candidate, 0), "b", side_json(fold, view, candidate, 1), "weight", why.total / 1000.0,
                     "doubt", candidate->item.doubt / 1e6, "value", (double)candidate->value / 1e6, "conflict", (int)why.conflict,
                     "comparisons", summary_json(&why), "because", because_json(candidate));
}

/* A page; what has gone since it was weighed is left out. */
static void show(struct review *review)
{
    struct xf_engine *engine = review->found.call->daemon->engine;
    size_t first = 0, end;

    while (review->after && first < review->found.count && xf_candidates_compare(&review->found.items[first], &review->cursor) <= 0)
        first++;
    end = review->found.count - first < review->limit ? review->found.count : first + review->limit;
    review->items = json_array();
    for (size_t i = first; i < end;) {
        const struct xf_fold *fold = xf_engine_read(engine);
        const struct xf_view view = xf_query_view(review->found.call, fold);

        for (size_t stop = i + SHOW_SLICE; i < end && i < stop; i++) {
            const struct xf_candidate *candidate = &review->found.items[i];
            const struct xf_register *reg = xf_fold_register(fold);

            if (xf_register_mention_at(reg, candidate->a)->live && xf_register_mention_at(reg, candidate->b)->live &&
                xf_register_mention_at(reg, candidate->a)->kind == xf_register_mention_at(reg, candidate->b)->kind &&
                xf_mention_sight(&view, candidate->a) == XF_SIGHT_SHOWN && xf_mention_sight(&view, candidate->b) == XF_SIGHT_SHOWN)
                json_array_append_new(review->items, item_json(fold, &view, candidate));
        }
        xf_engine_read_end(engine);
    }
    if (review->found.withheld.records) {
        const struct xf_view view = xf_query_view(review->found.call, xf_engine_read(engine));

        review->withheld_json = xf_withheld_json(&review->found.withheld, &view);
        xf_engine_read_end(engine);
    }
    if (end < review->found.count)
        review->next = json_sprintf("%" PRId64 "-%" PRIu32 "-%" PRIu32, review->found.items[end - 1].value,
                                    review->found.items[end - 1].a, review->found.items[end - 1].b);
}

static void run(void *argument, struct xf_db *db)
{
    struct review *review = argument;
    const struct xf_fold *fold = xf_engine_read(review->found.call->daemon->engine);
    bool ready = xf_fold_linker(fold) && xf_fold_policy(fold) && xf_fold_partners(fold);

    (void)db;
    xf_engine_read_end(review->found.call->daemon->engine);
    review->result = ready ? xf_candidates_find(&review->found) : XF_ENOTFOUND;
    if (review->result == XF_OK)
        show(review);
}

static void done(void *argument)
{
    struct review *review = argument;
    struct xf_call *call = review->found.call;
    struct xf_exchange *exchange = call->exchange;

    free(review->found.items);
    switch (review->result) {
    case XF_OK:
        xf_reply_json(call, 200,
                      json_pack("{s:o,s:o,s:b,s:o*}", "items", review->items, "next", review->next ? review->next : json_null(),
                                "truncated", (int)review->found.truncated, "withheld", review->withheld_json));
        break;
    case XF_ENOTFOUND:
        xf_query_not_ready(call);
        break;
    case XF_EINVAL:
        xf_reply_problem(call, 404, "no-such-entity", "No such entity", NULL, "There is none of this id, or none any more.");
        break;
    default:
        xf_query_no_memory(call);
        break;
    }
    xf_exchange_unref(exchange);
}

static int bad_parameter(struct xf_call *call, const char *name, const char *reason)
{
    xf_reply_problem(call, 400, "bad-parameter", "A parameter is not valid",
                     json_pack("[{s:s,s:s}]", "pointer", name, "reason", reason), "%s %s", name, reason);
    return XF_EINVAL;
}

static int read_parameters(struct xf_call *call, struct review *review)
{
    const char *limit = xf_request_parameter(call->exchange, "limit"), *cursor = xf_request_parameter(call->exchange, "cursor"),
               *entity = xf_request_parameter(call->exchange, "entity");
    int used = 0;

    *review = (struct review){.found.call = call, .limit = LIMIT_DEFAULT};
    if (limit) {
        long value = strspn(limit, "0123456789") == strlen(limit) && strlen(limit) < 6 ? atol(limit) : 0;

        if (value < 1 || value > LIMIT_MAX)
            return bad_parameter(call, "limit", "is not a number from 1 to 100");
        review->limit = (size_t)value;
    }
    if (entity && strlen(entity) >= sizeof(review->found.entity))
        return bad_parameter(call, "entity", "is not an entity's id");
    snprintf(review->found.entity, sizeof(review->found.entity), "%s", entity ? entity : "");
    if (!cursor)
        return XF_OK;
    review->after = true;
    if (strspn(cursor, "0123456789-") != strlen(cursor) ||
        sscanf(cursor, "%" SCNd64 "-%" SCNu32 "-%" SCNu32 "%n", &review->cursor.value, &review->cursor.a, &review->cursor.b,
               &used) != 3 ||
        cursor[used])
        return bad_parameter(call, "cursor", "is not the next of a page before");
    return XF_OK;
}

void xf_query_review(struct xf_call *call)
{
    struct review *review = xf_arena_alloc(call->request->arena, sizeof(*review));

    if (!review)
        xf_query_no_memory(call);
    else if (xf_query_of_today(call) == XF_OK && read_parameters(call, review) == XF_OK)
        xf_query_submit(call, run, done, review);
}
