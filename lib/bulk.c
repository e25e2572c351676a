/* SPDX-License-Identifier: Apache-2.0 */
/* Many mentions at once. Called by the batch linker and when a model changes. One by one, a mention meets those that came before
 * it, and what two had under a key is undone when the key turns out to be too many's; here all are put under their keys first, and
 * each pair meets once, as the whole set has it. Comparing only reads, so that several threads may do it. Invariant: the edges are
 * those that the mentions would have come to one by one. */
#include <assert.h>
#include <stdlib.h>

#include "linker.h"

struct edge {
    uint32_t a, b;
    int32_t weight;
};

struct xf_linker_edges {
    XF_VEC(struct edge) rows;
    uint64_t comparisons;
};

void xf_linker_bulk_begin(struct xf_linker *linker)
{
    assert(!linker->mention_count && !linker->verdicts.rows.count);
    linker->bulk = true;
}

void xf_linker_edges_destroy(struct xf_linker_edges *edges)
{
    if (!edges)
        return;
    xf_vec_free(&edges->rows);
    free(edges);
}

/* One thread's work. */
struct worker {
    const struct xf_linker *linker;
    struct xf_linker_edges *edges;
    uint32_t *met; /* by profile: 1 + the last profile that it was a candidate of */
    XF_VEC(uint32_t) candidates;
};

/* Whom the profile meets under a key, of those with lower numbers: the others meet it. */
static int gather_key(struct worker *worker, uint32_t profile, uint64_t key)
{
    const struct xf_linker *linker = worker->linker;
    struct xf_postings postings;
    uint32_t first = 0, end;

    xf_index_find(&linker->index, key, &postings);
    end = postings.count;
    if (postings.count > xf_key_budget(linker->model, key)) {
        uint32_t window = xf_key_window(linker->model, key), place;

        if (!window)
            return XF_OK;
        place = xf_index_place(&linker->index, key, &postings, profile);
        first = place > window ? place - window : 0;
        end = postings.count - place > window ? place + window + 1 : postings.count;
    }
    for (uint32_t i = first; i < end; i++) {
        uint32_t other = postings.items[i];

        if (other >= profile || worker->met[other] == profile + 1)
            continue;
        worker->met[other] = profile + 1;
        __builtin_prefetch(xf_profile_at(&linker->profiles, other));
        if (xf_vec_push(&worker->candidates, other) != XF_OK)
            return XF_ENOMEM;
    }
    return XF_OK;
}

static int compare_profile(struct worker *worker, uint32_t profile)
{
    const struct xf_linker *linker = worker->linker;
    struct xf_aspect mine, other;
    struct xf_keys keys;
    int32_t review;

    xf_profile_open(&linker->profiles, &linker->lexicon, profile, &mine);
    xf_keys_of(&mine, &keys);
    xf_pairs_complete(linker, profile, &keys);
    review = linker->model->kinds[mine.kind].review;
    for (uint32_t i = 0; i < keys.count; i++)
        xf_index_prefetch(&linker->index, keys.items[i]);
    for (uint32_t i = 0; i < keys.count; i++)
        xf_index_prefetch_list(&linker->index, keys.items[i]);
    worker->candidates.count = 0;
    for (uint32_t i = 0; i < keys.count; i++)
        if (gather_key(worker, profile, keys.items[i]) != XF_OK)
            return XF_ENOMEM;
    for (uint32_t i = 0; i < worker->candidates.count; i++)
        xf_profile_prefetch_values(&linker->profiles, xf_profile_at(&linker->profiles, worker->candidates.items[i]));
    for (uint32_t i = 0; i < worker->candidates.count; i++) {
        int32_t weight;

        xf_profile_open(&linker->profiles, &linker->lexicon, worker->candidates.items[i], &other);
        weight = xf_score(linker->model, &mine, &other, review, NULL);
        if (weight >= review &&
            xf_vec_push(&worker->edges->rows, (struct edge){profile, worker->candidates.items[i], weight}) != XF_OK)
            return XF_ENOMEM;
    }
    worker->edges->comparisons += worker->candidates.count;
    return XF_OK;
}

int xf_linker_bulk_compare(const struct xf_linker *linker, uint32_t part, uint32_t parts, struct xf_linker_edges **ret)
{
    struct worker worker = {.linker = linker, .edges = calloc(1, sizeof(*worker.edges))};
    uint64_t rows = linker->profiles.rows.count;
    uint32_t first = (uint32_t)(rows * part / parts), end = (uint32_t)(rows * (part + 1) / parts);
    int rc = worker.edges ? XF_OK : XF_ENOMEM;

    worker.met = calloc(rows + 1, sizeof(*worker.met));
    if (!worker.met)
        rc = XF_ENOMEM;
    for (uint32_t i = first; rc == XF_OK && i < end; i++)
        if (xf_profile_at(&linker->profiles, i)->flags & XF_PROFILE_LIVE)
            rc = compare_profile(&worker, i);
    free(worker.met);
    xf_vec_free(&worker.candidates);
    if (rc != XF_OK) {
        xf_linker_edges_destroy(worker.edges);
        return rc;
    }
    *ret = worker.edges;
    return XF_OK;
}

int xf_linker_bulk_end(struct xf_linker *linker, struct xf_linker_edges *const *parts, uint32_t count)
{
    linker->bulk = false;
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t j = 0; j < parts[i]->rows.count; j++) {
            const struct edge *edge = &parts[i]->rows.items[j];

            if (xf_pairs_connect(linker, edge->a, edge->b, edge->weight) != XF_OK)
                return XF_ENOMEM;
        }
        linker->comparisons += parts[i]->comparisons;
    }
    return XF_OK;
}
