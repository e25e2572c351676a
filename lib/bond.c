/* SPDX-License-Identifier: Apache-2.0 */
/* Bonds: what holds an entity together, for those who ask why, and by which edge two entities became one, for history. Called by
 * the API's readers and by xf_linker_settle. Changes nothing but the changes that it explains. Invariant: what is told depends on
 * the set of mentions and on the caller's choice among equal ones; among ties, and of more than are looked at, on their numbers. */
#include <stdlib.h>
#include <string.h>

#include "linker.h"

/* Looked at of one entity: beyond, the answer says that it is truncated. Some 1 ms. */
#define CONTENTS_MAX 512
#define EDGES_MAX 8192
#define ALIKE_MAX 64

struct run {
    const struct xf_linker *linker;
    uint32_t *profiles; /* ascending */
    uint32_t *shown;    /* by place: the mention that stands for the profile */
    uint32_t *parents;  /* by place */
    uint32_t count;
    struct xf_bond *edges; /* a and b are places */
    uint32_t edge_count;
    uint32_t links;
    bool truncated;
};

/* The mention that is to stand for a profile, XF_NONE: none may. */
static uint32_t choose_of(const struct xf_linker *linker, uint32_t profile, xf_bond_choose *choose, void *context)
{
    uint32_t chosen = XF_NONE, count;
    const uint32_t *mentions = xf_profile_mentions(&linker->profiles, xf_profile_at(&linker->profiles, profile), &count);
    int best = 0;

    for (uint32_t i = 0; i < count && i < ALIKE_MAX; i++) {
        int rank = choose(context, mentions[i]);

        if (rank > best) {
            best = rank;
            chosen = mentions[i];
        }
    }
    return chosen;
}

static bool gather(struct run *run, uint32_t entity, xf_bond_choose *choose, void *context, struct xf_arena *scratch)
{
    const struct xf_linker *linker = run->linker;
    uint32_t all = 0, kept = 0;

    run->profiles = xf_arena_alloc(scratch, CONTENTS_MAX * sizeof(*run->profiles));
    run->shown = xf_arena_alloc(scratch, CONTENTS_MAX * sizeof(*run->shown));
    run->parents = xf_arena_alloc(scratch, CONTENTS_MAX * sizeof(*run->parents));
    run->edges = xf_arena_alloc(scratch, EDGES_MAX * sizeof(*run->edges));
    if (!run->profiles || !run->shown || !run->parents || !run->edges)
        return false;
    for (uint32_t profile = xf_entity_first(&linker->entities, entity); profile != XF_NONE;
         profile = xf_profile_at(&linker->profiles, profile)->next) {
        run->truncated = all == CONTENTS_MAX;
        if (run->truncated)
            break;
        run->profiles[all++] = profile;
    }
    if (all > 1)
        qsort(run->profiles, all, sizeof(*run->profiles), xf_compare_numbers);
    for (uint32_t i = 0; i < all; i++) {
        uint32_t shown = choose_of(linker, run->profiles[i], choose, context);

        if (shown == XF_NONE)
            continue;
        run->profiles[kept] = run->profiles[i];
        run->shown[kept] = shown;
        run->parents[kept] = kept;
        kept++;
    }
    run->count = kept;
    return true;
}

static uint32_t place_of(const struct run *run, uint32_t profile)
{
    const uint32_t *found = run->count ? bsearch(&profile, run->profiles, run->count, sizeof(profile), xf_compare_numbers) : NULL;

    return found ? (uint32_t)(found - run->profiles) : XF_NONE;
}

static void add_bond(struct run *run, uint32_t a, uint32_t b, int32_t weight, bool word)
{
    if (b == XF_NONE || a == b)
        return;
    if (run->edge_count == EDGES_MAX) {
        run->truncated = true;
        return;
    }
    run->edges[run->edge_count++] = (struct xf_bond){.a = a < b ? a : b, .b = a < b ? b : a, .weight = weight, .word = word};
    run->links += !word;
}

/* What a pair weighs whose bond is a person's word. */
static int32_t weight_of(const struct xf_linker *linker, uint32_t a, uint32_t b)
{
    const int32_t *edge = xf_profiles_edge(&linker->profiles, a, b);
    struct xf_aspect x, y;
    struct xf_trace trace;

    if (edge)
        return *edge;
    xf_profile_open(&linker->profiles, &linker->lexicon, a, &x);
    xf_profile_open(&linker->profiles, &linker->lexicon, b, &y);
    return xf_score(linker->model, &x, &y, INT32_MIN, &trace);
}

/* What people said on the mention of a profile that is its own; NULL: nothing. */
static const struct xf_verdict *words_of(const struct xf_linker *linker, uint32_t profile, uint32_t *ret_count)
{
    const struct xf_profile *row = xf_profile_at(&linker->profiles, profile);

    *ret_count = 0;
    if (!linker->verdicts.rows.count || !(row->flags & (XF_PROFILE_OWN | XF_PROFILE_APART)))
        return NULL;
    return xf_verdicts_of(&linker->verdicts, row->mentions, ret_count);
}

/* The bonds of one profile; upward: only those to later places, so that each comes once. */
static void gather_bonds(struct run *run, uint32_t place, bool upward)
{
    const struct xf_linker *linker = run->linker;
    uint32_t profile = run->profiles[place], word_count;
    const struct xf_profile *row = xf_profile_at(&linker->profiles, profile);
    const struct xf_edge *edges = xf_profile_edges(&linker->profiles, row);
    const struct xf_verdict *words = words_of(linker, profile, &word_count);

    for (uint32_t i = 0; i < word_count; i++) {
        uint32_t other = xf_pool_at(&linker->mentions, words[i].other)->profile;

        if (words[i].word == XF_WORD_SAME && (!upward || other > profile))
            add_bond(run, place, place_of(run, other), weight_of(linker, profile, other), true);
    }
    for (uint32_t i = 0; i < row->edge_count; i++)
        if ((!upward || edges[i].profile > profile) && xf_profile_at(&linker->profiles, edges[i].profile)->entity == row->entity &&
            xf_pair_links(linker, profile, edges[i].profile, edges[i].weight))
            add_bond(run, place, place_of(run, edges[i].profile), edges[i].weight, false);
}

static int compare_bonds(const void *a, const void *b)
{
    const struct xf_bond *x = a, *y = b;

    if (x->word != y->word)
        return x->word ? -1 : 1;
    if (x->weight != y->weight)
        return x->weight > y->weight ? -1 : 1;
    if (x->a != y->a)
        return x->a < y->a ? -1 : 1;
    return (x->b > y->b) - (x->b < y->b);
}

static uint32_t root_of(struct run *run, uint32_t place)
{
    while (run->parents[place] != place) {
        run->parents[place] = run->parents[run->parents[place]];
        place = run->parents[place];
    }
    return place;
}

size_t xf_linker_bonds(const struct xf_linker *linker, uint32_t entity, uint32_t mention, xf_bond_choose *choose, void *context,
                       struct xf_bond *bonds, size_t max, struct xf_bonds *ret, struct xf_arena *scratch)
{
    struct run run = {.linker = linker};
    uint32_t own = XF_NONE;
    size_t count = 0;

    *ret = (struct xf_bonds){0};
    if (!gather(&run, entity, choose, context, scratch))
        return 0;
    if (mention != XF_NONE) {
        own = place_of(&run, xf_pool_at(&linker->mentions, mention)->profile);
        if (own != XF_NONE) {
            run.shown[own] = mention;
            gather_bonds(&run, own, false);
        }
    } else {
        for (uint32_t place = 0; place < run.count; place++)
            gather_bonds(&run, place, true);
    }
    if (run.edge_count > 1)
        qsort(run.edges, run.edge_count, sizeof(*run.edges), compare_bonds);
    for (uint32_t i = 0; i < run.edge_count; i++) {
        const struct xf_bond *edge = &run.edges[i];
        uint32_t a = root_of(&run, edge->a), b = root_of(&run, edge->b);

        /* A pair that has both a word and a weight is told of once. */
        if (mention == XF_NONE ? a == b : i && !edge->word && root_of(&run, edge->a) == root_of(&run, edge->b))
            continue;
        run.parents[a] = b;
        if (count == max) {
            run.truncated = true;
            break;
        }
        bonds[count] = *edge;
        bonds[count].a = run.shown[own == edge->b ? edge->b : edge->a];
        bonds[count].b = run.shown[own == edge->b ? edge->a : edge->b];
        count++;
    }
    *ret = (struct xf_bonds){.contents = run.count, .edges = run.links, .truncated = run.truncated};
    return count;
}

uint32_t xf_linker_alike_first(const struct xf_linker *linker, uint32_t number)
{
    return xf_profile_first(&linker->profiles, xf_linker_profile(linker, number));
}

uint32_t xf_linker_alike(const struct xf_linker *linker, uint32_t number)
{
    return xf_profile_next_mention(&linker->profiles, xf_linker_profile(linker, number), number);
}

bool xf_linker_sure(const struct xf_linker *linker, uint32_t number)
{
    uint32_t profile = xf_pool_at(&linker->mentions, number)->profile, count;
    const struct xf_profile *row = xf_profile_at(&linker->profiles, profile);
    const struct xf_edge *edges = xf_profile_edges(&linker->profiles, row);
    const struct xf_verdict *words;
    int32_t sure;

    if (row->entity == XF_NONE)
        return false;
    if (xf_linker_entity_size(linker, row->entity) == 1)
        return true;
    sure = xf_model_link_threshold(linker->model, row->kind) + XF_LINKER_SURE;
    for (uint32_t i = 0; i < row->edge_count; i++)
        if (edges[i].weight >= sure && xf_profile_at(&linker->profiles, edges[i].profile)->entity == row->entity)
            return true;
    words = words_of(linker, profile, &count);
    for (uint32_t i = 0; i < count; i++)
        if (words[i].word == XF_WORD_SAME)
            return true;
    /* Others with the very same words weigh what the words weigh against themselves. */
    (void)xf_profile_mentions(&linker->profiles, row, &count);
    return count > 1 && weight_of(linker, profile, profile) >= sure;
}

/* Explaining a merge */

/* The entity that a profile comes from: of one that is new, its first mention's. */
static uint32_t origin_of(const struct xf_linker *linker, const struct xf_profile *row)
{
    const uint32_t *touched =
        row->entity == XF_NONE ? xf_map_get(&linker->entities.touched_rows, xf_profile_first(&linker->profiles, row)) : NULL;

    return touched ? linker->entities.touched.items[*touched].origin : row->entity;
}

static void offer(struct xf_linker_change *change, uint32_t a, uint32_t b, int32_t weight, bool word)
{
    if (change->a != XF_NONE && (change->word > word || (change->word == word && change->weight > weight)))
        return;
    if (change->a != XF_NONE && change->word == word && change->weight == weight &&
        (change->a < a || (change->a == a && change->b < b)))
        return;
    change->a = a;
    change->b = b;
    change->weight = weight;
    change->word = word;
}

/* Whether another profile is in the cluster of one that was clustered again. */
static bool shares_cluster(const struct xf_profile *row, const struct xf_profile *other)
{
    return (other->flags & XF_PROFILE_MET) && other->next == row->next;
}

static void explain(struct xf_linker *linker, struct xf_linker_change *change)
{
    const struct xf_entities *entities = &linker->entities;
    const struct xf_cluster *cluster = &entities->clusters.items[xf_entities_heir(entities, change->entity)];
    const struct xf_profiles *profiles = &linker->profiles;

    for (uint32_t i = 0; i < cluster->count; i++) {
        uint32_t profile = entities->clustered.items[cluster->first + i], word_count;
        const struct xf_profile *row = xf_profile_at(profiles, profile);
        const struct xf_edge *edges = xf_profile_edges(profiles, row);
        const struct xf_verdict *words;

        if (origin_of(linker, row) != change->entity)
            continue;
        words = words_of(linker, profile, &word_count);
        for (uint32_t j = 0; j < word_count; j++) {
            uint32_t other = xf_pool_at(&linker->mentions, words[j].other)->profile;

            if (words[j].word == XF_WORD_SAME && shares_cluster(row, xf_profile_at(profiles, other)) &&
                origin_of(linker, xf_profile_at(profiles, other)) != change->entity)
                offer(change, words[j].mention, words[j].other, weight_of(linker, profile, other), true);
        }
        for (uint32_t j = 0; j < row->edge_count; j++) {
            const struct xf_profile *other = xf_profile_at(profiles, edges[j].profile);

            if (shares_cluster(row, other) && origin_of(linker, other) != change->entity &&
                xf_pair_links(linker, profile, edges[j].profile, edges[j].weight))
                offer(change, xf_profile_first(profiles, row), xf_profile_first(profiles, other), edges[j].weight, false);
        }
    }
}

void xf_linker_explain(struct xf_linker *linker)
{
    for (uint32_t i = 0; i < linker->entities.changes.count; i++)
        if (linker->entities.changes.items[i].change == XF_ENTITY_MERGED)
            explain(linker, &linker->entities.changes.items[i]);
}
