/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to the linker: whom would this mention meet, and why are these two one. Called by the fold's
 * readers; changes nothing, so that many may ask while nobody writes. Invariant: a question's own words live in tables of its own,
 * over the linker's. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "linker.h"

static_assert(XF_TRACE_MAX == XF_WHY_MAX, "an answer holds all that is compared");

/* Whether a key's profiles are few enough to be asked. */
static bool within_budget(const struct xf_linker *linker, const struct xf_postings *postings)
{
    return postings->count &&
           postings->count <= linker->model->kinds[xf_profile_at(&linker->profiles, postings->items[0])->kind].search_budget;
}

/* The profiles that share a key with the mention: ascending, each once, in scratch. NULL when there are none. */
static uint32_t *find_candidates(const struct xf_linker *linker, const struct xf_keys *keys, uint32_t *ret_count,
                                 struct xf_arena *scratch)
{
    size_t total = 0, used = 0, kept = 0;
    uint32_t *candidates;

    for (uint32_t i = 0; i < keys->count; i++) {
        struct xf_postings postings;

        xf_index_find(&linker->index, keys->items[i], &postings);
        total += within_budget(linker, &postings) ? postings.count : 0;
    }
    candidates = total ? xf_arena_alloc(scratch, total * sizeof(*candidates)) : NULL;
    if (!candidates)
        return NULL;
    for (uint32_t i = 0; i < keys->count; i++) {
        struct xf_postings postings;

        xf_index_find(&linker->index, keys->items[i], &postings);
        if (!within_budget(linker, &postings))
            continue;
        memcpy(candidates + used, postings.items, postings.count * sizeof(*candidates));
        used += postings.count;
    }
    if (used > 1)
        qsort(candidates, used, sizeof(*candidates), xf_compare_numbers);
    for (size_t i = 0; i < used; i++)
        if (!kept || candidates[kept - 1] != candidates[i])
            candidates[kept++] = candidates[i];
    *ret_count = (uint32_t)kept;
    return candidates;
}

/* By entity, the best weight first. */
static int by_entity(const void *a, const void *b)
{
    const struct xf_match *x = a, *y = b;

    if (x->entity != y->entity)
        return x->entity < y->entity ? -1 : 1;
    if (x->weight != y->weight)
        return x->weight > y->weight ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

static int by_weight(const void *a, const void *b)
{
    const struct xf_match *x = a, *y = b;

    if (x->weight != y->weight)
        return x->weight > y->weight ? -1 : 1;
    return (x->entity > y->entity) - (x->entity < y->entity);
}

static size_t match(const struct xf_linker *linker, const struct xf_aspect *aspect, int32_t min_weight, struct xf_match *matches,
                    size_t max, struct xf_arena *scratch)
{
    struct xf_keys keys;
    struct xf_aspect other;
    struct xf_match *all;
    uint32_t *candidates, count = 0;
    size_t found = 0, kept = 0;

    xf_keys_of(aspect, &keys);
    candidates = find_candidates(linker, &keys, &count, scratch);
    all = candidates ? xf_arena_alloc(scratch, count * sizeof(*all)) : NULL;
    if (!all)
        return 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct xf_profile *row = xf_profile_at(&linker->profiles, candidates[i]);
        int32_t weight;

        if (row->entity == XF_NONE)
            continue;
        xf_profile_open(&linker->profiles, &linker->lexicon, candidates[i], &other);
        weight = xf_score(linker->model, aspect, &other, min_weight, NULL);
        if (weight != XF_WEIGHT_NEVER && weight >= min_weight)
            all[found++] =
                (struct xf_match){.entity = row->entity, .number = xf_profile_first(&linker->profiles, row), .weight = weight};
    }
    if (found > 1)
        qsort(all, found, sizeof(*all), by_entity);
    for (size_t i = 0; i < found; i++)
        if (!kept || all[kept - 1].entity != all[i].entity)
            all[kept++] = all[i];
    if (kept > 1)
        qsort(all, kept, sizeof(*all), by_weight);
    kept = kept < max ? kept : max;
    if (kept)
        memcpy(matches, all, kept * sizeof(*all));
    return kept;
}

size_t xf_linker_find(const struct xf_linker *linker, const struct xf_mention *mention, const struct xf_intern *symbols,
                      int32_t min_weight, struct xf_match *matches, size_t max, struct xf_arena *scratch)
{
    struct xf_lexicon lexicon = {.model = linker->model, .symbols = symbols, .base = &linker->lexicon};
    struct xf_aspect aspect;
    size_t found = 0;

    if (xf_lexicon_add(&lexicon, mention->values, mention->count) == XF_OK) {
        xf_aspect_open(&aspect, &lexicon, mention->kind, mention->values, mention->count);
        found = match(linker, &aspect, min_weight, matches, max, scratch);
    }
    xf_lexicon_finish(&lexicon);
    return found;
}

void xf_linker_why(const struct xf_linker *linker, uint32_t a, uint32_t b, struct xf_why *ret)
{
    struct xf_aspect x, y;
    struct xf_trace trace;

    xf_profile_open(&linker->profiles, &linker->lexicon, xf_pool_at(&linker->mentions, a)->profile, &x);
    xf_profile_open(&linker->profiles, &linker->lexicon, xf_pool_at(&linker->mentions, b)->profile, &y);
    memset(ret, 0, sizeof(*ret));
    if (x.kind != y.kind)
        return;
    ret->prior = linker->model->kinds[x.kind].prior;
    ret->total = xf_score(linker->model, &x, &y, INT32_MIN, &trace);
    ret->conflict = trace.conflict;
    ret->count = trace.count;
    for (uint32_t i = 0; i < trace.count; i++) {
        const struct xf_trace_item *item = &trace.items[i];

        ret->results[i].comparison = item->comparison;
        ret->results[i].level = item->level;
        ret->results[i].weight = item->weight;
        if (item->a)
            ret->results[i].a = *item->a;
        if (item->b)
            ret->results[i].b = *item->b;
    }
}
