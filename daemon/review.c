/* SPDX-License-Identifier: Apache-2.0 */
/* GET /v1/review/links: the clerical queue, most valuable first. The value of an item is what a person's word on it would tell
 * (lib/clerical.h: the doubt, in bits) times what hangs on it: 2, and 8 for each active flag on either side that the caller may
 * know of (up to four), 6 when either side is a child or bears a marker of risk, and the binary logarithms of the two entities'
 * sizes and of the records behind the pair. So a flagged child's possible double comes before a coin toss between two strangers.
 * Looked at are the most doubtful pairs, CANDIDATES_MAX of them, and those around every flagged entity, whatever their doubt: what
 * is missed has neither. Runs on a worker, a slice at a time under the read lock. Invariant: the order is total (value, then
 * mention numbers), and a cursor is a place in it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "decision.h"
#include "mention.h"

#define LIMIT_DEFAULT 20
#define LIMIT_MAX 100
#define CANDIDATES_MAX 16384
/* Candidates weighed, and items shown, under one hold of the read lock: some 0.5 ms. */
#define WEIGH_SLICE 32
#define SHOW_SLICE 8
/* Flags whose entities are looked at, newest first, and the pairs of one entity. */
#define FLAGS_MAX 20000
#define AROUND_MAX 32
/* Members of an entity looked at for children and markers. */
#define MEMBERS_MAX 32
#define ADULT_AGE 18

struct candidate {
    int64_t value;
    uint32_t a, b; /* what the caller may see of the two contents */
    struct xf_review item;
    uint32_t flags[2], sizes[2], records[2];
    bool child, marker;
};

struct review {
    struct xf_call *call;
    size_t limit;
    bool after; /* only what comes after the cursor */
    struct candidate cursor;
    char entity[XF_ENTITY_ID]; /* only its pairs; "": of all */
    struct candidate *candidates;
    size_t count, capacity;
    struct xf_withheld withheld;
    bool truncated;
    int result;
    json_t *items, *withheld_json, *next;
};

/* Weighing */

/* The mention to show of a content: XF_NONE when the caller may see none of it. */
static uint32_t shown_of(struct review *review, const struct xf_fold *fold, const struct xf_view *view, uint32_t number,
                         uint32_t *ret_records)
{
    uint32_t shown = XF_NONE, withheld = XF_NONE, looks = 0;

    for (uint32_t at = xf_linker_alike_first(xf_fold_linker(fold), number); at != XF_NONE && looks < MEMBERS_MAX;
         at = xf_linker_alike(xf_fold_linker(fold), at), looks++) {
        enum xf_sight sight = xf_mention_sight(view, at);

        if (sight == XF_SIGHT_SHOWN && at < shown)
            shown = at;
        if (sight == XF_SIGHT_WITHHELD)
            withheld = at;
    }
    *ret_records = looks;
    if (shown == XF_NONE && withheld != XF_NONE)
        xf_withheld_add(&review->withheld, view, xf_register_mention_at(xf_fold_register(fold), withheld)->record);
    return shown;
}

static bool is_child_role(const char *role)
{
    return strcmp(role, "child") == 0 || strcmp(role, "pupil") == 0 || strcmp(role, "missing") == 0;
}

/* What hangs on one side. */
static void weigh_side(const struct xf_fold *fold, const struct xf_view *view, int64_t now, uint32_t entity,
                       struct candidate *candidate, int side)
{
    const struct xf_linker *linker = xf_fold_linker(fold);
    uint32_t looks = 0;

    candidate->sizes[side] = xf_linker_entity_size(linker, entity);
    for (uint32_t flag = xf_flags_first(view->flags, entity); flag != XF_NONE;
         flag = xf_flags_at(view->flags, flag)->next_of_entity)
        if (xf_flag_active(xf_flags_at(view->flags, flag)) && xf_disclosure_level(view, flag) != XF_DISCLOSE_NONE)
            candidate->flags[side]++;
    for (uint32_t number = xf_linker_first(linker, entity); number != XF_NONE && looks < MEMBERS_MAX;
         number = xf_linker_next(linker, number), looks++) {
        const struct xf_register_mention *mention = xf_register_mention_at(xf_fold_register(fold), number);
        int age = xf_date_age(mention->birth_date, now);

        if (mention->kind != XF_PERSON || xf_query_sight(view, mention->record) != XF_SIGHT_SHOWN)
            continue;
        candidate->child = candidate->child || (age >= 0 && age < ADULT_AGE) ||
                           (age < 0 && is_child_role(xf_intern_text(xf_fold_symbols(fold), mention->role)));
        candidate->marker = candidate->marker || mention->first_marker != XF_NONE;
    }
}

static int64_t logarithm(uint64_t value)
{
    return value ? 63 - __builtin_clzll(value) : 0;
}

static int64_t value_of(const struct candidate *candidate)
{
    uint32_t flags = candidate->flags[0] + candidate->flags[1];
    int64_t stakes = 2 + 8 * (int64_t)(flags < 4 ? flags : 4) + (candidate->child || candidate->marker ? 6 : 0) +
                     logarithm(candidate->sizes[0]) + logarithm(candidate->sizes[1]) +
                     logarithm((uint64_t)candidate->records[0] + candidate->records[1]);

    return candidate->item.doubt * stakes;
}

static int add_candidate(struct review *review, const struct xf_fold *fold, const struct xf_view *view,
                         const struct xf_review *item)
{
    struct candidate candidate = {.item = *item};
    const struct xf_linker *linker = xf_fold_linker(fold);
    uint32_t entities[2] = {xf_linker_entity_of(linker, item->a), xf_linker_entity_of(linker, item->b)}, swap;

    candidate.a = shown_of(review, fold, view, item->a, &candidate.records[0]);
    candidate.b = shown_of(review, fold, view, item->b, &candidate.records[1]);
    if (candidate.a == XF_NONE || candidate.b == XF_NONE)
        return XF_OK;
    for (int side = 0; side < (entities[0] == entities[1] ? 1 : 2); side++)
        weigh_side(fold, view, (int64_t)time(NULL) * XF_SECOND, entities[side], &candidate, side);
    if (candidate.a > candidate.b) {
        swap = candidate.a;
        candidate.a = candidate.b;
        candidate.b = swap;
    }
    candidate.value = value_of(&candidate);
    if (review->count == review->capacity) {
        size_t capacity = review->capacity ? review->capacity * 2 : 256;
        struct candidate *grown = realloc(review->candidates, capacity * sizeof(*grown));

        if (!grown)
            return XF_ENOMEM;
        review->candidates = grown;
        review->capacity = capacity;
    }
    review->candidates[review->count++] = candidate;
    return XF_OK;
}

static int add_all(struct review *review, const struct xf_fold *fold, const struct xf_view *view, const struct xf_review *items,
                   size_t count)
{
    int rc = XF_OK;

    for (size_t i = 0; rc == XF_OK && i < count; i++)
        rc = add_candidate(review, fold, view, &items[i]);
    return rc;
}

/* The most doubtful of all. */
static int find_doubtful(struct review *review)
{
    struct xf_engine *engine = review->call->daemon->engine;
    struct xf_review_walk walk = {0};
    struct xf_review items[WEIGH_SLICE];
    size_t seen = 0;
    int rc = XF_OK;

    while (rc == XF_OK && !walk.done && seen < CANDIDATES_MAX) {
        const struct xf_fold *fold = xf_engine_read(engine);
        const struct xf_view view = xf_query_view(review->call, fold);
        size_t count = xf_linker_review(xf_fold_linker(fold), &walk, items, WEIGH_SLICE);

        seen += count;
        rc = add_all(review, fold, &view, items, count);
        xf_engine_read_end(engine);
    }
    review->truncated = !walk.done;
    return rc;
}

static int find_around(struct review *review, const struct xf_fold *fold, const struct xf_view *view, uint32_t entity)
{
    struct xf_review items[AROUND_MAX];
    uint32_t living = xf_linker_entity_living(xf_fold_linker(fold), entity);

    return living == XF_NONE
               ? XF_OK
               : add_all(review, fold, view, items, xf_linker_review_of(xf_fold_linker(fold), living, items, AROUND_MAX));
}

/* What lies around flagged entities. */
static int find_flagged(struct review *review)
{
    struct xf_engine *engine = review->call->daemon->engine;
    uint32_t index = UINT32_MAX, looks = 0;
    int rc = XF_OK;

    while (rc == XF_OK && index && looks < FLAGS_MAX) {
        const struct xf_fold *fold = xf_engine_read(engine);
        const struct xf_view view = xf_query_view(review->call, fold);
        unsigned found = 0;

        if (index == UINT32_MAX)
            index = xf_flags_count(view.flags);
        for (unsigned i = 0; rc == XF_OK && index && i < 256 && found < 4; i++, looks++) {
            const struct xf_flag *flag = xf_flags_at(view.flags, --index);

            if (!xf_flag_active(flag) || xf_disclosure_level(&view, index) == XF_DISCLOSE_NONE)
                continue;
            found++;
            rc = find_around(review, fold, &view, flag->entity);
        }
        xf_engine_read_end(engine);
    }
    return rc;
}

static int find_of_entity(struct review *review)
{
    const struct xf_fold *fold = xf_engine_read(review->call->daemon->engine);
    const struct xf_view view = xf_query_view(review->call, fold);
    uint32_t entity = xf_linker_entity_find(xf_fold_linker(fold), review->entity);
    int rc = XF_EINVAL;

    entity = entity == XF_NONE ? XF_NONE : xf_linker_entity_living(xf_fold_linker(fold), entity);
    if (entity != XF_NONE && xf_query_knows(&view, entity))
        rc = find_around(review, fold, &view, entity);
    xf_engine_read_end(review->call->daemon->engine);
    return rc;
}

/* Ranking */

static int compare_candidates(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;

    if (x->value != y->value)
        return x->value > y->value ? -1 : 1;
    if (x->a != y->a)
        return x->a < y->a ? -1 : 1;
    return (x->b > y->b) - (x->b < y->b);
}

/* The most valuable first, each pair once, after the cursor. */
static void rank(struct review *review)
{
    size_t kept = 0;

    if (review->count > 1)
        qsort(review->candidates, review->count, sizeof(*review->candidates), compare_candidates);
    for (size_t i = 0; i < review->count; i++) {
        const struct candidate *candidate = &review->candidates[i];

        if (review->after && compare_candidates(candidate, &review->cursor) <= 0)
            continue;
        if (!kept || review->candidates[kept - 1].a != candidate->a || review->candidates[kept - 1].b != candidate->b)
            review->candidates[kept++] = *candidate;
    }
    review->count = kept;
}

/* Showing */

static json_t *side_json(const struct xf_fold *fold, const struct xf_view *view, const struct candidate *candidate, int side)
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

static json_t *because_json(const struct candidate *candidate)
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

static json_t *item_json(const struct xf_fold *fold, const struct xf_view *view, const struct candidate *candidate)
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
    struct xf_engine *engine = review->call->daemon->engine;
    size_t end = review->count < review->limit ? review->count : review->limit;

    review->items = json_array();
    for (size_t i = 0; i < end;) {
        const struct xf_fold *fold = xf_engine_read(engine);
        const struct xf_view view = xf_query_view(review->call, fold);

        for (size_t stop = i + SHOW_SLICE; i < end && i < stop; i++) {
            const struct candidate *candidate = &review->candidates[i];
            const struct xf_register *reg = xf_fold_register(fold);

            if (xf_register_mention_at(reg, candidate->a)->live && xf_register_mention_at(reg, candidate->b)->live &&
                xf_register_mention_at(reg, candidate->a)->kind == xf_register_mention_at(reg, candidate->b)->kind &&
                xf_mention_sight(&view, candidate->a) == XF_SIGHT_SHOWN && xf_mention_sight(&view, candidate->b) == XF_SIGHT_SHOWN)
                json_array_append_new(review->items, item_json(fold, &view, candidate));
        }
        if (i == end)
            review->withheld_json = xf_withheld_json(&review->withheld, &view);
        xf_engine_read_end(engine);
    }
    if (end < review->count)
        review->next = json_sprintf("%" PRId64 "-%" PRIu32 "-%" PRIu32, review->candidates[end - 1].value,
                                    review->candidates[end - 1].a, review->candidates[end - 1].b);
}

static void run(void *argument, struct xf_db *db)
{
    struct review *review = argument;
    const struct xf_fold *fold = xf_engine_read(review->call->daemon->engine);
    bool ready = xf_fold_linker(fold) && xf_fold_policy(fold) && xf_fold_partners(fold);

    (void)db;
    xf_engine_read_end(review->call->daemon->engine);
    review->result = ready ? XF_OK : XF_ENOTFOUND;
    if (ready && *review->entity)
        review->result = find_of_entity(review);
    else if (ready)
        review->result = find_doubtful(review);
    if (review->result == XF_OK && !*review->entity)
        review->result = find_flagged(review);
    if (review->result == XF_OK) {
        rank(review);
        show(review);
    }
}

static void done(void *argument)
{
    struct review *review = argument;
    struct xf_call *call = review->call;
    struct xf_exchange *exchange = call->exchange;

    free(review->candidates);
    switch (review->result) {
    case XF_OK:
        xf_reply_json(call, 200,
                      json_pack("{s:o,s:o,s:b,s:o*}", "items", review->items, "next", review->next ? review->next : json_null(),
                                "truncated", (int)review->truncated, "withheld", review->withheld_json));
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

    *review = (struct review){.call = call, .limit = LIMIT_DEFAULT};
    if (limit) {
        long value = strspn(limit, "0123456789") == strlen(limit) && strlen(limit) < 6 ? atol(limit) : 0;

        if (value < 1 || value > LIMIT_MAX)
            return bad_parameter(call, "limit", "is not a number from 1 to 100");
        review->limit = (size_t)value;
    }
    if (entity && strlen(entity) >= sizeof(review->entity))
        return bad_parameter(call, "entity", "is not an entity's id");
    snprintf(review->entity, sizeof(review->entity), "%s", entity ? entity : "");
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
