/* SPDX-License-Identifier: Apache-2.0 */
/* POST /v1/search: an officer's question for persons, locations or vehicles. What is asked becomes a mention; the linker's blocking
 * keys find what it would meet, and a scan over the mentions' values finds what keys cannot (a family name alone, a partial plate).
 * Runs on a worker; the scan holds the engine's lock a slice at a time. Answers are the entities, best first, each with one
 * mention's names and its flags at the caller's level. */
#include <stdlib.h>
#include <string.h>

#include "mention.h"
#include "scan.h"

/* A match as weak as this (thousandths of a bit) is still worth a look: searching is not linking. */
#define WEIGHT_MIN (-12000)
/* Mentions scanned under one hold of the read lock: some 0.5 ms. */
#define SCAN_SLICE 2048
/* Answers rendered under one hold of it. */
#define ANSWER_SLICE 16
/* Members of an entity looked at for one that the caller may see. */
#define SHOWN_WALK_MAX 500

struct hit {
    uint32_t entity, number;
    int32_t weight;
};

struct search {
    struct xf_call *call;
    struct xf_question question;
    struct xf_scan scan;
    bool scans;
    struct hit hits[XF_QUESTION_HITS_MAX];
    size_t count;
    bool truncated;
    int result;
    json_t *items;
};

/* Keeps the best hits, one an entity. */
static void add_hit(struct search *search, uint32_t entity, uint32_t number, int32_t weight)
{
    size_t at;

    for (size_t i = 0; i < search->count; i++)
        if (search->hits[i].entity == entity)
            return;
    for (at = search->count; at > 0 && search->hits[at - 1].weight < weight; at--)
        ;
    if (search->count == XF_QUESTION_HITS_MAX) {
        search->truncated = true;
        if (at == search->count)
            return;
        search->count--;
    }
    memmove(&search->hits[at + 1], &search->hits[at], (search->count - at) * sizeof(search->hits[0]));
    search->hits[at] = (struct hit){.entity = entity, .number = number, .weight = weight};
    search->count++;
}

static int find_by_keys(struct search *search, const struct xf_fold *fold)
{
    struct xf_intern *symbols = xf_intern_create_over(xf_fold_symbols(fold));
    struct xf_match matches[XF_QUESTION_HITS_MAX];
    struct xf_mention mention;
    int rc = symbols ? xf_question_mention(&search->question, symbols, &mention) : XF_ENOMEM;

    if (rc == XF_OK) {
        size_t count = xf_linker_find(xf_fold_linker(fold), &mention, symbols, WEIGHT_MIN, matches, XF_QUESTION_HITS_MAX,
                                      search->call->request->arena);

        for (size_t i = 0; i < count; i++)
            add_hit(search, matches[i].entity, matches[i].number, matches[i].weight);
        search->scans = xf_scan_make(&search->scan, &search->question, &mention, symbols, xf_fold_symbols(fold));
    }
    xf_intern_destroy(symbols);
    return rc;
}

/* What no key finds */

static void find_by_scan(struct search *search)
{
    struct xf_engine *engine = search->call->daemon->engine;
    uint32_t next = 0, end;

    do {
        const struct xf_fold *fold = xf_engine_read(engine);
        const struct xf_register *reg = xf_fold_register(fold);

        end = xf_register_mention_count(reg);
        for (uint32_t slice = 0; slice < SCAN_SLICE && next < end; slice++, next++) {
            const struct xf_register_mention *mention = xf_register_mention_at(reg, next);
            struct xf_value values[XF_MENTION_VALUES_MAX];
            uint32_t count;

            if (!mention->live || mention->kind != search->scan.kind)
                continue;
            count = xf_linker_values(xf_fold_linker(fold), next, values);
            if (xf_scan_fits(&search->scan, xf_fold_symbols(fold), values, count))
                add_hit(search, xf_linker_entity_of(xf_fold_linker(fold), next), next, WEIGHT_MIN);
        }
        xf_engine_read_end(engine);
    } while (next < end && !search->truncated);
}

/* The answer */

/* The mention to show of an entity: the one that was hit, or another if the caller may not see that one. *ret_sight: how much of
 * it. */
static uint32_t choose(const struct xf_fold *fold, const struct xf_view *view, uint32_t entity, uint32_t hit,
                       enum xf_sight *ret_sight)
{
    const struct xf_register *reg = xf_fold_register(fold);
    uint32_t chosen = hit, looks = 0;
    enum xf_sight best = xf_query_sight(view, xf_register_mention_at(reg, hit)->record);

    for (uint32_t number = xf_linker_first(xf_fold_linker(fold), entity);
         best == XF_SIGHT_HIDDEN && number != XF_NONE && looks < SHOWN_WALK_MAX;
         number = xf_linker_next(xf_fold_linker(fold), number), looks++) {
        chosen = number;
        best = xf_query_sight(view, xf_register_mention_at(reg, number)->record);
    }
    *ret_sight = best;
    return chosen;
}

/* NULL: what was hit has gone meanwhile, or the caller may not know of it. */
static json_t *hit_json(const struct xf_fold *fold, const struct xf_view *view, const struct hit *hit)
{
    const struct xf_linker *linker = xf_fold_linker(fold);
    uint32_t entity = xf_linker_entity_living(linker, hit->entity), number = hit->number, record;
    char id[XF_ENTITY_ID];
    enum xf_sight sight;
    json_t *item;

    if (entity == XF_NONE)
        return NULL;
    /* Between the finding and now the mention may have gone, and its number to another's. */
    if (!xf_register_mention_at(xf_fold_register(fold), number)->live || xf_linker_entity_of(linker, number) != entity)
        number = xf_linker_first(linker, entity);
    number = choose(fold, view, entity, number, &sight);
    if (sight == XF_SIGHT_HIDDEN)
        return NULL;
    record = xf_register_mention_at(xf_fold_register(fold), number)->record;
    item = json_pack("{s:s,s:s,s:i,s:o}", "id", xf_linker_entity_id(linker, entity, id), "kind",
                     xf_kind_names[xf_linker_entity_kind(linker, entity)], "mention_count",
                     (int)xf_linker_entity_size(linker, entity), "flags", xf_query_flags(view, entity));
    if (hit->weight > WEIGHT_MIN && number == hit->number)
        json_object_set_new(item, "weight", json_real(hit->weight / 1000.0));
    if (sight == XF_SIGHT_SHOWN) {
        json_object_set_new(item, "values", xf_mention_values_json(fold, number));
    } else {
        struct xf_withheld withheld = {0};

        xf_withheld_add(&withheld, view, record);
        json_object_set_new(item, "withheld", xf_withheld_json(&withheld, view));
    }
    return item;
}

static json_t *answer_items(struct search *search)
{
    struct xf_engine *engine = search->call->daemon->engine;
    json_t *items = json_array();
    size_t last = search->question.offset + search->question.limit;

    if (last > search->count)
        last = search->count;
    for (size_t i = search->question.offset; i < last;) {
        const struct xf_fold *fold = xf_engine_read(engine);
        const struct xf_view view = xf_query_view(search->call, fold);

        for (size_t end = i + ANSWER_SLICE; i < last && i < end; i++) {
            json_t *item = hit_json(fold, &view, &search->hits[i]);

            if (item)
                json_array_append_new(items, item);
        }
        xf_engine_read_end(engine);
    }
    return items;
}

static void run(void *argument, struct xf_db *db)
{
    struct search *search = argument;
    const struct xf_fold *fold = xf_engine_read(search->call->daemon->engine);

    (void)db;
    search->result =
        xf_fold_linker(fold) && xf_fold_policy(fold) && xf_fold_partners(fold) ? find_by_keys(search, fold) : XF_ENOTFOUND;
    xf_engine_read_end(search->call->daemon->engine);
    if (search->result != XF_OK)
        return;
    if (search->scans)
        find_by_scan(search);
    search->items = answer_items(search);
    if (!search->items)
        search->result = XF_ENOMEM;
}

static void done(void *argument)
{
    struct search *search = argument;
    struct xf_call *call = search->call;
    struct xf_exchange *exchange = call->exchange;

    size_t next = search->question.offset + search->question.limit;

    if (search->result == XF_OK)
        xf_reply_json(call, 200,
                      json_pack("{s:o,s:o,s:b}", "items", search->items, "next",
                                next < search->count ? json_sprintf("%zu", next) : json_null(), "truncated",
                                (int)search->truncated));
    else if (search->result == XF_ENOTFOUND)
        xf_query_not_ready(call);
    else if (search->result == XF_ENOMEM)
        xf_query_no_memory(call);
    else
        xf_reply_problem(call, 422, "invalid-question", "The question is not valid",
                         json_pack("[{s:s,s:s}]", "pointer", "", "reason",
                                   "a location is searched by address, postcode, name or its uprn as id"),
                         "See errors.");
    xf_exchange_unref(exchange);
}

void xf_query_search(struct xf_call *call)
{
    struct search *search = xf_arena_alloc(call->request->arena, sizeof(*search));

    if (!search) {
        xf_query_no_memory(call);
        return;
    }
    search->call = call;
    if (xf_question_read(call, &search->question) == XF_OK)
        xf_query_submit(call, run, done, search);
}
