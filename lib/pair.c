/* SPDX-License-Identifier: Apache-2.0 */
/* Which pairs have edges. Called by linker.c when a profile comes or goes. A pair is scored exactly when the two share a blocking
 * key that is open (has no more profiles than its budget), are near each other in the order of contents under one that is not, or
 * say the very same; at or above the review threshold it gets an edge. (Nothing but their numbers orders profiles that say the same
 * and are kept apart, rows of one file or a first name each: beyond a budget, which of them meets whom goes by that.)
 * That is a property of the current set: a key that closes takes the edges with it that nothing else supports, one that opens again
 * makes its pairs anew. Invariant: after every call the edges are those of the set of profiles, whatever the order in which they
 * came and went. */
#include <stdlib.h>

#include "linker.h"

bool xf_pair_links(const struct xf_linker *linker, uint32_t a, uint32_t b, int32_t weight)
{
    const struct xf_profile *x = xf_profile_at(&linker->profiles, a), *y = xf_profile_at(&linker->profiles, b);

    return weight >= linker->model->kinds[x->kind].link && !((x->flags | y->flags) & XF_PROFILE_APART);
}

int xf_pairs_connect(struct xf_linker *linker, uint32_t a, uint32_t b, int32_t weight)
{
    if (xf_profiles_join(&linker->profiles, a, b, weight) != XF_OK || xf_clerical_add(linker, a, b, weight) != XF_OK)
        return XF_ENOMEM;
    if (!xf_pair_links(linker, a, b, weight))
        return XF_OK;
    return xf_profiles_mark(&linker->profiles, a) == XF_OK && xf_profiles_mark(&linker->profiles, b) == XF_OK ? XF_OK : XF_ENOMEM;
}

static int disconnect(struct xf_linker *linker, uint32_t a, uint32_t b)
{
    int32_t weight = *xf_profiles_edge(&linker->profiles, a, b);

    xf_clerical_drop(linker, a, b, weight);
    if (xf_pair_links(linker, a, b, weight) &&
        (xf_profiles_mark(&linker->profiles, a) != XF_OK || xf_profiles_mark(&linker->profiles, b) != XF_OK))
        return XF_ENOMEM;
    return xf_profiles_part(&linker->profiles, a, b);
}

/* Whether two profiles that share a key meet under it. */
static bool meet(const struct xf_linker *linker, uint64_t key, uint32_t a, uint32_t b)
{
    struct xf_postings postings;
    uint32_t x, y;

    xf_index_find(&linker->index, key, &postings);
    if (postings.count <= xf_key_budget(linker->model, key))
        return true;
    x = xf_index_place(&linker->index, key, &postings, a);
    y = xf_index_place(&linker->index, key, &postings, b);
    return (x < y ? y - x : x - y) <= xf_key_window(linker->model, key);
}

/* Whether two profiles meet: keys are a's. */
static bool supported(const struct xf_linker *linker, uint32_t a, const struct xf_keys *keys, uint32_t b)
{
    struct xf_keys others;

    if (xf_pair_alike(linker, a, b))
        return true;
    xf_pairs_keys(linker, b, &others);
    for (uint32_t i = 0, j = 0; i < keys->count && j < others.count;) {
        if (keys->items[i] == others.items[j] && meet(linker, keys->items[i], a, b))
            return true;
        if (keys->items[i] <= others.items[j])
            i++;
        else
            j++;
    }
    return false;
}

/* Notes the edges of a profile to those that have been met and come behind it, which nothing supports any more. */
static int note_doomed(struct xf_linker *linker, uint32_t profile)
{
    const struct xf_profile *row = xf_profile_at(&linker->profiles, profile);
    const struct xf_edge *edges = xf_profile_edges(&linker->profiles, row);
    struct xf_keys keys = {.count = 0};

    for (uint32_t i = 0; i < row->edge_count; i++) {
        uint32_t other = edges[i].profile;

        if (profile > other || !(xf_profile_at(&linker->profiles, other)->flags & XF_PROFILE_MET))
            continue;
        if (!keys.count)
            xf_pairs_keys(linker, profile, &keys);
        if (!supported(linker, profile, &keys, other) && xf_vec_push(&linker->doomed, (struct xf_couple){profile, other}) != XF_OK)
            return XF_ENOMEM;
    }
    return XF_OK;
}

/* A key has one profile too many: edges between its profiles that no other open key supports go. */
static int close_key(struct xf_linker *linker, uint64_t key)
{
    struct xf_postings postings;
    int rc = XF_OK;

    xf_index_find(&linker->index, key, &postings);
    linker->doomed.count = 0;
    for (uint32_t i = 0; i < postings.count; i++)
        xf_profile_at(&linker->profiles, postings.items[i])->flags |= XF_PROFILE_MET;
    for (uint32_t i = 0; rc == XF_OK && i < postings.count; i++)
        rc = note_doomed(linker, postings.items[i]);
    for (uint32_t i = 0; i < postings.count; i++)
        xf_profile_at(&linker->profiles, postings.items[i])->flags &= ~(uint32_t)XF_PROFILE_MET;
    for (uint32_t i = 0; rc == XF_OK && i < linker->doomed.count; i++)
        rc = disconnect(linker, linker->doomed.items[i].a, linker->doomed.items[i].b);
    return rc;
}

/* The pairs that are just one place farther from each other than the window when a profile stands at a place of a closed key's
 * list: with it they have ceased to be neighbours, without it (the places behind it are one less then) they are neighbours. */
static int note_straddling(struct xf_linker *linker, uint64_t key, const struct xf_postings *postings, bool present)
{
    uint32_t window = xf_key_window(linker->model, key), place = postings->place;

    for (uint32_t left = 1; left <= window && left <= place; left++) {
        uint32_t right = place + window - left + (present ? 1 : 0);

        if (right < postings->count &&
            xf_vec_push(&linker->straddling, (struct xf_couple){postings->items[place - left], postings->items[right]}) != XF_OK)
            return XF_ENOMEM;
    }
    return XF_OK;
}

/* Edges of straddled pairs go unless something else supports them. */
static int part_straddled(struct xf_linker *linker)
{
    for (uint32_t i = 0; i < linker->straddling.count; i++) {
        uint32_t a = linker->straddling.items[i].a, b = linker->straddling.items[i].b;
        struct xf_keys keys;

        if (!xf_profiles_edge(&linker->profiles, a, b))
            continue;
        xf_pairs_keys(linker, a, &keys);
        if (!supported(linker, a, &keys, b) && disconnect(linker, a, b) != XF_OK)
            return XF_ENOMEM;
    }
    return XF_OK;
}

/* Scores a pair that meets again, unless it has its edge. */
static int meet_again(struct xf_linker *linker, const struct xf_aspect *x, uint32_t a, uint32_t b)
{
    int32_t review = linker->model->kinds[x->kind].review, weight;
    struct xf_aspect y;

    if (xf_profiles_edge(&linker->profiles, a, b))
        return XF_OK;
    xf_profile_open(&linker->profiles, &linker->lexicon, b, &y);
    weight = xf_score(linker->model, x, &y, review, NULL);
    linker->comparisons++;
    return weight >= review ? xf_pairs_connect(linker, a, b, weight) : XF_OK;
}

static int join_straddled(struct xf_linker *linker)
{
    for (uint32_t i = 0; i < linker->straddling.count; i++) {
        struct xf_aspect x;

        xf_profile_open(&linker->profiles, &linker->lexicon, linker->straddling.items[i].a, &x);
        if (meet_again(linker, &x, linker->straddling.items[i].a, linker->straddling.items[i].b) != XF_OK)
            return XF_ENOMEM;
    }
    return XF_OK;
}

/* A key has come back within its budget: its profiles meet again. */
static int reopen_key(struct xf_linker *linker, uint64_t key)
{
    struct xf_postings postings;

    xf_index_find(&linker->index, key, &postings);
    for (uint32_t i = 0; i < postings.count; i++) {
        struct xf_aspect x;

        xf_profile_open(&linker->profiles, &linker->lexicon, postings.items[i], &x);
        for (uint32_t j = i + 1; j < postings.count; j++)
            if (meet_again(linker, &x, postings.items[i], postings.items[j]) != XF_OK)
                return XF_ENOMEM;
    }
    return XF_OK;
}

static int add_candidates(struct xf_linker *linker, const uint32_t *profiles, uint32_t count)
{
    if (xf_vec_reserve(&linker->candidates, count) != XF_OK)
        return XF_ENOMEM;
    for (uint32_t i = 0; i < count; i++) {
        __builtin_prefetch(xf_profile_at(&linker->profiles, profiles[i]));
        linker->candidates.items[linker->candidates.count++] = profiles[i];
    }
    return XF_OK;
}

/* Those of a key's profiles that say the same as the one at a place: they stand beside it, and meet it whatever the key's budget.
 */
static int add_alike(struct xf_linker *linker, uint32_t profile, const struct xf_postings *postings)
{
    uint32_t first = postings->place, end = postings->place + 1;

    while (first && xf_pair_alike(linker, profile, postings->items[first - 1]))
        first--;
    while (end < postings->count && xf_pair_alike(linker, profile, postings->items[end]))
        end++;
    return add_candidates(linker, postings->items + first, end - first);
}

/* Puts the profile under its keys and gathers whom it meets there; closed gets the keys that it was one too many for, straddling
 * the pairs that it stepped between. */
static int gather(struct xf_linker *linker, uint32_t profile, const struct xf_keys *keys, struct xf_keys *closed)
{
    bool sought = false;

    closed->count = linker->candidates.count = linker->straddling.count = 0;
    for (uint32_t i = 0; i < keys->count; i++) {
        uint32_t budget = xf_key_budget(linker->model, keys->items[i]), first = 0, end;
        struct xf_postings postings;

        if (xf_index_add(&linker->index, keys->items[i], profile, &postings) != XF_OK)
            return XF_ENOMEM;
        if (postings.count == budget + 1)
            closed->items[closed->count++] = keys->items[i];
        else if (postings.count > budget && note_straddling(linker, keys->items[i], &postings, true) != XF_OK)
            return XF_ENOMEM;
        end = postings.count;
        if (postings.count > budget) {
            uint32_t window = xf_key_window(linker->model, keys->items[i]), place = postings.place;

            first = place > window ? place - window : 0;
            end = postings.count - place > window ? place + window + 1 : postings.count;
        }
        if (add_candidates(linker, postings.items + first, end - first) != XF_OK)
            return XF_ENOMEM;
        if (!sought && linker->verdicts.rows.count && !xf_key_is_narrow(keys->items[i])) { /* no words: it has no like */
            if (add_alike(linker, profile, &postings) != XF_OK)
                return XF_ENOMEM;
            sought = true;
        }
    }
    return XF_OK;
}

/* Leaves each candidate once, and not the profile itself. */
static void drop_doubles(struct xf_linker *linker, uint32_t profile)
{
    struct xf_profiles *profiles = &linker->profiles;
    uint32_t *candidates = linker->candidates.items;
    uint32_t kept = 0;

    xf_profile_at(profiles, profile)->flags |= XF_PROFILE_MET;
    for (uint32_t i = 0; i < linker->candidates.count; i++) {
        struct xf_profile *row = xf_profile_at(profiles, candidates[i]);

        if (row->flags & XF_PROFILE_MET)
            continue;
        row->flags |= XF_PROFILE_MET;
        xf_profile_prefetch_values(profiles, row);
        candidates[kept++] = candidates[i];
    }
    linker->candidates.count = kept;
    for (uint32_t i = 0; i < kept; i++)
        xf_profile_at(profiles, candidates[i])->flags &= ~(uint32_t)XF_PROFILE_MET;
    xf_profile_at(profiles, profile)->flags &= ~(uint32_t)XF_PROFILE_MET;
}

/* Puts the profile under its keys, no more. */
static int list(struct xf_linker *linker, uint32_t profile, const struct xf_keys *keys)
{
    struct xf_postings postings;

    for (uint32_t i = 0; i < keys->count; i++)
        if (xf_index_add(&linker->index, keys->items[i], profile, &postings) != XF_OK)
            return XF_ENOMEM;
    return XF_OK;
}

static int enter(struct xf_linker *linker, uint32_t profile, const struct xf_aspect *aspect, const struct xf_keys *keys)
{
    int32_t review = linker->model->kinds[aspect->kind].review;
    struct xf_keys closed;
    struct xf_aspect other;

    xf_profile_at(&linker->profiles, profile)->flags &= ~(uint32_t)XF_PROFILE_OUT;
    if (xf_profiles_mark(&linker->profiles, profile) != XF_OK)
        return XF_ENOMEM;
    if (linker->bulk)
        return list(linker, profile, keys);
    if (gather(linker, profile, keys, &closed) != XF_OK)
        return XF_ENOMEM;
    drop_doubles(linker, profile);
    for (uint32_t i = 0; i < linker->candidates.count; i++) {
        int32_t weight;

        xf_profile_open(&linker->profiles, &linker->lexicon, linker->candidates.items[i], &other);
        weight = xf_score(linker->model, aspect, &other, review, NULL);
        if (weight >= review && xf_pairs_connect(linker, profile, linker->candidates.items[i], weight) != XF_OK)
            return XF_ENOMEM;
    }
    linker->comparisons += linker->candidates.count;
    for (uint32_t i = 0; i < closed.count; i++)
        if (close_key(linker, closed.items[i]) != XF_OK)
            return XF_ENOMEM;
    return part_straddled(linker);
}

int xf_pairs_enter_open(struct xf_linker *linker, uint32_t profile, const struct xf_aspect *aspect, const struct xf_keys *keys)
{
    struct xf_keys completed;

    completed = *keys;
    xf_pairs_complete(linker, profile, &completed);
    return enter(linker, profile, aspect, &completed);
}

int xf_pairs_enter(struct xf_linker *linker, uint32_t profile)
{
    struct xf_aspect aspect;
    struct xf_keys keys;

    xf_profile_open(&linker->profiles, &linker->lexicon, profile, &aspect);
    xf_keys_of(&aspect, &keys);
    return xf_pairs_enter_open(linker, profile, &aspect, &keys);
}

int xf_pairs_leave(struct xf_linker *linker, uint32_t profile)
{
    struct xf_profile *row = xf_profile_at(&linker->profiles, profile);
    struct xf_keys keys, opened = {.count = 0};

    row->flags |= XF_PROFILE_OUT;
    xf_pairs_keys(linker, profile, &keys);
    while (row->edge_count)
        if (disconnect(linker, profile, xf_profile_edges(&linker->profiles, row)[row->edge_count - 1].profile) != XF_OK)
            return XF_ENOMEM;
    linker->straddling.count = 0;
    for (uint32_t i = 0; i < keys.count; i++) {
        uint32_t budget = xf_key_budget(linker->model, keys.items[i]);
        struct xf_postings postings;

        if (xf_index_remove(&linker->index, keys.items[i], profile, &postings) != XF_OK)
            return XF_ENOMEM;
        if (postings.count == budget)
            opened.items[opened.count++] = keys.items[i];
        else if (postings.count > budget && note_straddling(linker, keys.items[i], &postings, false) != XF_OK)
            return XF_ENOMEM;
    }
    for (uint32_t i = 0; i < opened.count; i++)
        if (reopen_key(linker, opened.items[i]) != XF_OK)
            return XF_ENOMEM;
    return join_straddled(linker);
}
