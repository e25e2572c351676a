/* SPDX-License-Identifier: Apache-2.0 */
/* Finds and weighs what the clerical queue may ask one caller. Called by review.c on a worker. The linker knows the doubt, the
 * state what hangs on it. Invariant: a pair of which the caller may not see both sides is no candidate, and no flag that it may not
 * know of counts. */
#include "candidate.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mention.h"

#define CANDIDATES_MAX 16384
/* Candidates weighed under one hold of the read lock: some 0.5 ms. */
#define WEIGH_SLICE 32
/* Flags whose entities are looked at, newest first, and the pairs of one entity. */
#define FLAGS_MAX 20000
#define AROUND_MAX 32
/* Members of an entity looked at for children and markers. */
#define MEMBERS_MAX 32
#define ADULT_AGE 18

/* The mention to show of a content: XF_NONE when the caller may see none of it. */
static uint32_t shown_of(struct xf_candidates *list, const struct xf_fold *fold, const struct xf_view *view, uint32_t number,
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
        xf_withheld_add(&list->withheld, view, xf_register_mention_at(xf_fold_register(fold), withheld)->record);
    return shown;
}

static bool is_child_role(const char *role)
{
    return strcmp(role, "child") == 0 || strcmp(role, "pupil") == 0 || strcmp(role, "missing") == 0;
}

/* What hangs on one side. */
static void weigh_side(const struct xf_fold *fold, const struct xf_view *view, int64_t now, uint32_t entity,
                       struct xf_candidate *candidate, int side)
{
    const struct xf_linker *linker = xf_fold_linker(fold);
    uint32_t looks = 0;

    candidate->sizes[side] = 0;
    for (uint32_t flag = xf_flags_first(view->flags, entity); flag != XF_NONE;
         flag = xf_flags_at(view->flags, flag)->next_of_entity)
        if (xf_flag_active(xf_flags_at(view->flags, flag)) && xf_disclosure_level(view, flag) != XF_DISCLOSE_NONE)
            candidate->flags[side]++;
    for (uint32_t number = xf_linker_first(linker, entity); number != XF_NONE && looks < MEMBERS_MAX;
         number = xf_linker_next(linker, number), looks++) {
        const struct xf_register_mention *mention = xf_register_mention_at(xf_fold_register(fold), number);
        int age = xf_date_age(mention->birth_date, now);

        if (xf_query_sight(view, mention->record) != XF_SIGHT_SHOWN) /* nor does their number tell of others */
            continue;
        candidate->sizes[side]++;
        if (mention->kind != XF_PERSON)
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

static int64_t value_of(const struct xf_candidate *candidate)
{
    uint32_t flags = candidate->flags[0] + candidate->flags[1];
    int64_t stakes = 2 + 8 * (int64_t)(flags < 4 ? flags : 4) + (candidate->child || candidate->marker ? 6 : 0) +
                     logarithm(candidate->sizes[0]) + logarithm(candidate->sizes[1]) +
                     logarithm((uint64_t)candidate->records[0] + candidate->records[1]);

    return candidate->item.doubt * stakes;
}

static int add_candidate(struct xf_candidates *list, const struct xf_fold *fold, const struct xf_view *view,
                         const struct xf_review *item)
{
    struct xf_candidate candidate = {.item = *item};
    const struct xf_linker *linker = xf_fold_linker(fold);
    uint32_t entities[2] = {xf_linker_entity_of(linker, item->a), xf_linker_entity_of(linker, item->b)}, swap;

    candidate.a = shown_of(list, fold, view, item->a, &candidate.records[0]);
    candidate.b = shown_of(list, fold, view, item->b, &candidate.records[1]);
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
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 256;
        struct xf_candidate *grown = realloc(list->items, capacity * sizeof(*grown));

        if (!grown)
            return XF_ENOMEM;
        list->items = grown;
        list->capacity = capacity;
    }
    list->items[list->count++] = candidate;
    return XF_OK;
}

static int add_all(struct xf_candidates *list, const struct xf_fold *fold, const struct xf_view *view,
                   const struct xf_review *items, size_t count)
{
    int rc = XF_OK;

    for (size_t i = 0; rc == XF_OK && i < count; i++)
        rc = add_candidate(list, fold, view, &items[i]);
    return rc;
}

/* The most doubtful of all. */
static int find_doubtful(struct xf_candidates *list)
{
    struct xf_engine *engine = list->call->daemon->engine;
    struct xf_review_walk walk = {0};
    struct xf_review items[WEIGH_SLICE];
    size_t seen = 0;
    int rc = XF_OK;

    while (rc == XF_OK && !walk.done && seen < CANDIDATES_MAX) {
        const struct xf_fold *fold = xf_engine_read(engine);
        const struct xf_view view = xf_query_view(list->call, fold);
        size_t count = xf_linker_review(xf_fold_linker(fold), &walk, items, WEIGH_SLICE);

        seen += count;
        rc = add_all(list, fold, &view, items, count);
        xf_engine_read_end(engine);
    }
    list->truncated = !walk.done;
    return rc;
}

static int find_around(struct xf_candidates *list, const struct xf_fold *fold, const struct xf_view *view, uint32_t entity)
{
    struct xf_review items[AROUND_MAX];
    uint32_t living = xf_linker_entity_living(xf_fold_linker(fold), entity);

    return living == XF_NONE
               ? XF_OK
               : add_all(list, fold, view, items, xf_linker_review_of(xf_fold_linker(fold), living, items, AROUND_MAX));
}

/* What lies around flagged entities. */
static int find_flagged(struct xf_candidates *list)
{
    struct xf_engine *engine = list->call->daemon->engine;
    uint32_t index = UINT32_MAX, looks = 0;
    int rc = XF_OK;

    while (rc == XF_OK && index && looks < FLAGS_MAX) {
        const struct xf_fold *fold = xf_engine_read(engine);
        const struct xf_view view = xf_query_view(list->call, fold);
        unsigned found = 0;

        if (index == UINT32_MAX)
            index = xf_flags_count(view.flags);
        for (unsigned i = 0; rc == XF_OK && index && i < 256 && found < 4; i++, looks++) {
            const struct xf_flag *flag = xf_flags_at(view.flags, --index);

            if (!xf_flag_active(flag) || xf_disclosure_level(&view, index) == XF_DISCLOSE_NONE)
                continue;
            found++;
            rc = find_around(list, fold, &view, flag->entity);
        }
        xf_engine_read_end(engine);
    }
    return rc;
}

static int find_of_entity(struct xf_candidates *list)
{
    const struct xf_fold *fold = xf_engine_read(list->call->daemon->engine);
    const struct xf_view view = xf_query_view(list->call, fold);
    uint32_t entity = xf_linker_entity_find(xf_fold_linker(fold), list->entity);
    int rc = XF_EINVAL;

    entity = entity == XF_NONE ? XF_NONE : xf_linker_entity_living(xf_fold_linker(fold), entity);
    if (entity != XF_NONE && xf_query_knows(&view, entity))
        rc = find_around(list, fold, &view, entity);
    xf_engine_read_end(list->call->daemon->engine);
    return rc;
}

int xf_candidates_compare(const void *a, const void *b)
{
    const struct xf_candidate *x = a, *y = b;

    if (x->value != y->value)
        return x->value > y->value ? -1 : 1;
    if (x->a != y->a)
        return x->a < y->a ? -1 : 1;
    return (x->b > y->b) - (x->b < y->b);
}

int xf_candidates_find(struct xf_candidates *list)
{
    size_t kept = 0;
    int rc = *list->entity ? find_of_entity(list) : find_doubtful(list);

    if (rc == XF_OK && !*list->entity)
        rc = find_flagged(list);
    if (rc != XF_OK)
        return rc;
    if (list->count > 1)
        qsort(list->items, list->count, sizeof(*list->items), xf_candidates_compare);
    for (size_t i = 0; i < list->count; i++)
        if (!kept || list->items[kept - 1].a != list->items[i].a || list->items[kept - 1].b != list->items[i].b)
            list->items[kept++] = list->items[i];
    list->count = kept;
    return XF_OK;
}
