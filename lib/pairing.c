/* SPDX-License-Identifier: Apache-2.0 */
/* Every scored pair of a settled linker, for who wants them all: the batch's --pairs. Changes nothing. Invariant: at or above the
 * review threshold a pair is told exactly when it has an edge; below it, when it meets as pair.c lets it meet. */
#include <stdlib.h>

#include "linker.h"

struct pairing {
    const struct xf_linker *linker;
    int32_t min_weight; /* of the profile's kind */
    xf_pair_visit *visit;
    void *context;
    uint32_t *stamps; /* by profile: the last one that met it, and 1 */
};

/* All mentions of one profile with all of another, or with each other. */
static int visit_mentions(const struct pairing *pairing, uint32_t x, uint32_t y, int32_t weight)
{
    const struct xf_profiles *profiles = &pairing->linker->profiles;
    uint32_t x_count, y_count;
    const uint32_t *as = xf_profile_mentions(profiles, xf_profile_at(profiles, x), &x_count);
    const uint32_t *bs = xf_profile_mentions(profiles, xf_profile_at(profiles, y), &y_count);
    int rc = 0;

    for (uint32_t i = 0; i < x_count; i++) {
        for (uint32_t j = x == y ? i + 1 : 0; j < y_count; j++) {
            uint32_t a = as[i], b = bs[j];
            struct xf_pair pair = {.a = a < b ? a : b, .b = a < b ? b : a, .weight = weight};

            rc = pairing->visit(pairing->context, &pair);
            if (rc != 0)
                return rc;
        }
    }
    return 0;
}

static int visit_same(const struct pairing *pairing, uint32_t profile)
{
    const struct xf_linker *linker = pairing->linker;
    struct xf_aspect aspect;
    int32_t weight;

    if (!(xf_profile_at(&linker->profiles, profile)->flags & XF_PROFILE_SHARED))
        return 0;
    xf_profile_open(&linker->profiles, &linker->lexicon, profile, &aspect);
    weight = xf_score(linker->model, &aspect, &aspect, INT32_MIN, NULL);
    return weight != XF_WEIGHT_NEVER && weight >= pairing->min_weight ? visit_mentions(pairing, profile, profile, weight) : 0;
}

static int visit_edges(const struct pairing *pairing, uint32_t profile)
{
    const struct xf_profiles *profiles = &pairing->linker->profiles;
    const struct xf_profile *row = xf_profile_at(profiles, profile);
    const struct xf_edge *edges = xf_profile_edges(profiles, row);
    int rc = 0;

    for (uint32_t i = 0; i < row->edge_count && rc == 0; i++)
        if (edges[i].profile > profile && edges[i].weight >= pairing->min_weight)
            rc = visit_mentions(pairing, profile, edges[i].profile, edges[i].weight);
    return rc;
}

/* Scores the profiles behind this one that it meets under its keys, as pair.c does. */
static int visit_candidates(const struct pairing *pairing, uint32_t profile)
{
    const struct xf_linker *linker = pairing->linker;
    struct xf_aspect mine, other;
    struct xf_keys keys;
    int rc = 0;

    xf_profile_open(&linker->profiles, &linker->lexicon, profile, &mine);
    xf_pairs_keys(linker, profile, &keys);
    for (uint32_t i = 0; i < keys.count && rc == 0; i++) {
        uint32_t count, first = 0, window = xf_key_window(linker->model, keys.items[i]);
        const uint32_t *list;
        struct xf_postings postings;

        xf_index_find(&linker->index, keys.items[i], &postings);
        count = postings.count;
        list = postings.items;
        if (count > xf_key_budget(linker->model, keys.items[i])) {
            uint32_t place = xf_index_place(&linker->index, keys.items[i], &postings, profile);

            first = place > window ? place - window : 0;
            count = count - place > window ? place + window + 1 : count;
        }
        for (uint32_t j = first; j < count && rc == 0; j++) {
            int32_t weight;

            if (list[j] <= profile || pairing->stamps[list[j]] == profile + 1)
                continue;
            pairing->stamps[list[j]] = profile + 1;
            xf_profile_open(&linker->profiles, &linker->lexicon, list[j], &other);
            weight = xf_score(linker->model, &mine, &other, pairing->min_weight, NULL);
            if (weight != XF_WEIGHT_NEVER && weight >= pairing->min_weight)
                rc = visit_mentions(pairing, profile, list[j], weight);
        }
    }
    return rc;
}

int xf_linker_pairs(const struct xf_linker *linker, int32_t min_weight, xf_pair_visit *visit, void *context)
{
    uint32_t count = linker->profiles.rows.count;
    struct pairing pairing = {.linker = linker, .visit = visit, .context = context};
    int rc = 0;

    pairing.stamps = calloc((size_t)count + 1, sizeof(*pairing.stamps));
    if (!pairing.stamps)
        return XF_ENOMEM;
    for (uint32_t i = 0; i < count && rc == 0; i++) {
        const struct xf_profile *row = xf_profile_at(&linker->profiles, i);
        int32_t review = linker->model->kinds[row->kind].review;

        if (!(row->flags & XF_PROFILE_LIVE))
            continue;
        pairing.min_weight = min_weight == XF_PAIRS_EDGES ? review : min_weight;
        rc = visit_same(&pairing, i);
        if (rc == 0)
            rc = pairing.min_weight < review ? visit_candidates(&pairing, i) : visit_edges(&pairing, i);
    }
    free(pairing.stamps);
    return rc;
}
