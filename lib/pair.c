/* SPDX-License-Identifier: Apache-2.0 */
/* Which pairs have edges. Called by linker.c when a profile comes or goes. A pair is scored exactly when the two share a blocking
 * key that is open (has no more profiles than its budget) or say the very same; at or above the review threshold it gets an edge.
 * That is a property of the current set: a key that closes takes the edges with it that nothing else supports, one that opens again
 * makes its pairs anew. Invariant: after every call the edges are those of the set of profiles, whatever the order in which they
 * came and went. */
#include <stdlib.h>

#include "linker.h"

/* What tells a profile from others of its content: what people said on its mention. */
static uint64_t words_of(const struct xf_linker *linker, const struct xf_profile *row)
{
    return row->flags & XF_PROFILE_OWN ? xf_linker_words_hash(linker, row->first_mention) : 0;
}

bool xf_pair_before(const void *context, uint32_t a, uint32_t b)
{
    const struct xf_linker *linker = context;
    const struct xf_profile *x = &linker->profiles.rows.items[a], *y = &linker->profiles.rows.items[b];
    uint64_t x_words, y_words;

    if (x->order != y->order)
        return x->order < y->order;
    if (x->hash[0] != y->hash[0])
        return x->hash[0] < y->hash[0];
    if (x->hash[1] != y->hash[1])
        return x->hash[1] < y->hash[1];
    x_words = words_of(linker, x);
    y_words = words_of(linker, y);
    return x_words != y_words ? x_words < y_words : a < b;
}

bool xf_pair_links(const struct xf_linker *linker, uint32_t a, uint32_t b, int32_t weight)
{
    const struct xf_profile *rows = linker->profiles.rows.items;

    return weight >= linker->model->kinds[rows[a].kind].link && !((rows[a].flags | rows[b].flags) & XF_PROFILE_APART);
}

static int connect(struct xf_linker *linker, uint32_t a, uint32_t b, int32_t weight)
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

static void keys_of(const struct xf_linker *linker, uint32_t profile, struct xf_keys *ret)
{
    struct xf_aspect aspect;

    xf_profile_open(&linker->profiles, &linker->lexicon, profile, &aspect);
    xf_keys_of(&aspect, ret);
}

/* Whether two profiles that share a key meet under it. */
static bool meet(const struct xf_linker *linker, uint64_t key, uint32_t a, uint32_t b)
{
    uint32_t count, x, y;
    const uint32_t *list = xf_index_list(&linker->index, key, &count);

    if (count <= xf_key_budget(linker->model, key))
        return true;
    x = xf_index_place(&linker->index, list, count, a);
    y = xf_index_place(&linker->index, list, count, b);
    return (x < y ? y - x : x - y) <= xf_key_window(linker->model, key);
}

static bool same_content(const struct xf_linker *linker, uint32_t a, uint32_t b)
{
    const struct xf_profile *x = &linker->profiles.rows.items[a], *y = &linker->profiles.rows.items[b];

    return !((x->flags | y->flags) & XF_PROFILE_APART) && x->hash[0] == y->hash[0] && x->hash[1] == y->hash[1];
}

/* Whether two profiles meet: keys are a's. */
static bool supported(const struct xf_linker *linker, uint32_t a, const struct xf_keys *keys, uint32_t b)
{
    struct xf_keys others;

    if (same_content(linker, a, b))
        return true;
    keys_of(linker, b, &others);
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

/* A key has one profile too many: edges between its profiles that no other open key supports go. */
static int close_key(struct xf_linker *linker, uint64_t key)
{
    struct xf_profiles *profiles = &linker->profiles;
    uint32_t count, walk;
    const uint32_t *list = xf_index_list(&linker->index, key, &count);

    xf_profiles_walk(profiles);
    walk = profiles->walk;
    linker->doomed.count = 0;
    for (uint32_t i = 0; i < count; i++)
        profiles->rows.items[list[i]].stamp = walk;
    for (uint32_t i = 0; i < count; i++) {
        const struct xf_profile *row = &profiles->rows.items[list[i]];
        const struct xf_edge *edges = xf_profile_edges(profiles, row);
        struct xf_keys keys = {.count = 0};

        for (uint32_t j = 0; j < row->edge_count; j++) {
            if (list[i] > edges[j].profile || profiles->rows.items[edges[j].profile].stamp != walk)
                continue;
            if (!keys.count)
                keys_of(linker, list[i], &keys);
            if (!supported(linker, list[i], &keys, edges[j].profile) &&
                xf_vec_push(&linker->doomed, (struct xf_couple){list[i], edges[j].profile}) != XF_OK)
                return XF_ENOMEM;
        }
    }
    for (uint32_t i = 0; i < linker->doomed.count; i++)
        if (disconnect(linker, linker->doomed.items[i].a, linker->doomed.items[i].b) != XF_OK)
            return XF_ENOMEM;
    return XF_OK;
}

/* The pairs that are just one place farther from each other than the window when a profile stands at a place of a closed key's
 * list: with it they have ceased to be neighbours, without it (the places behind it are one less then) they are neighbours. */
static int note_straddling(struct xf_linker *linker, uint64_t key, uint32_t place, bool present)
{
    uint32_t window = xf_key_window(linker->model, key), count;
    const uint32_t *list = xf_index_list(&linker->index, key, &count);

    for (uint32_t left = 1; left <= window && left <= place; left++) {
        uint32_t right = place + window - left + (present ? 1 : 0);

        if (right < count && xf_vec_push(&linker->straddling, (struct xf_couple){list[place - left], list[right]}) != XF_OK)
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
        keys_of(linker, a, &keys);
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
    return weight >= review ? connect(linker, a, b, weight) : XF_OK;
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
    uint32_t count;
    const uint32_t *list = xf_index_list(&linker->index, key, &count);

    for (uint32_t i = 0; i < count; i++) {
        struct xf_aspect x;

        xf_profile_open(&linker->profiles, &linker->lexicon, list[i], &x);
        for (uint32_t j = i + 1; j < count; j++)
            if (meet_again(linker, &x, list[i], list[j]) != XF_OK)
                return XF_ENOMEM;
    }
    return XF_OK;
}

static int add_candidate(void *context, uint32_t profile)
{
    struct xf_linker *linker = context;

    return linker->profiles.rows.items[profile].flags & XF_PROFILE_OUT ? XF_OK : xf_vec_push(&linker->candidates, profile);
}

/* Puts the profile under its keys and gathers whom it meets there; closed gets the keys that it was one too many for, straddling
 * the pairs that it stepped between. */
static int gather(struct xf_linker *linker, uint32_t profile, const struct xf_keys *keys, struct xf_keys *closed)
{
    const struct xf_profile *row = &linker->profiles.rows.items[profile];
    int rc = XF_OK;

    closed->count = linker->candidates.count = linker->straddling.count = 0;
    for (uint32_t i = 0; i < keys->count; i++)
        xf_index_prefetch(&linker->index, keys->items[i]);
    for (uint32_t i = 0; i < keys->count; i++) {
        uint32_t budget = xf_key_budget(linker->model, keys->items[i]), first = 0, count, place;
        const uint32_t *list;

        if (xf_index_add(&linker->index, keys->items[i], profile, &count, &place) != XF_OK)
            return XF_ENOMEM;
        if (count == budget + 1)
            closed->items[closed->count++] = keys->items[i];
        else if (count > budget && note_straddling(linker, keys->items[i], place, true) != XF_OK)
            return XF_ENOMEM;
        list = xf_index_list(&linker->index, keys->items[i], &count);
        if (count > budget) {
            uint32_t window = xf_key_window(linker->model, keys->items[i]);

            first = place > window ? place - window : 0;
            count = count - place > window ? place + window + 1 : count;
        }
        if (xf_vec_reserve(&linker->candidates, count - first) != XF_OK)
            return XF_ENOMEM;
        for (uint32_t j = first; j < count; j++) {
            __builtin_prefetch(&linker->profiles.rows.items[list[j]]);
            linker->candidates.items[linker->candidates.count++] = list[j];
        }
    }
    if (!(row->flags & XF_PROFILE_APART) && linker->verdicts.rows.count) /* no words: nobody has a profile of its own */
        rc = xf_profiles_alike(&linker->profiles, row->hash, xf_profile_values(&linker->profiles, row), row->count, add_candidate,
                               linker);
    return rc;
}

int xf_pairs_enter(struct xf_linker *linker, uint32_t profile)
{
    struct xf_profiles *profiles = &linker->profiles;
    struct xf_aspect mine, other;
    struct xf_keys keys, closed;
    uint32_t walk, kept = 0;
    int32_t review = linker->model->kinds[profiles->rows.items[profile].kind].review;

    profiles->rows.items[profile].flags &= (uint8_t)~XF_PROFILE_OUT;
    xf_profile_open(profiles, &linker->lexicon, profile, &mine);
    xf_keys_of(&mine, &keys);
    if (xf_profiles_mark(profiles, profile) != XF_OK || gather(linker, profile, &keys, &closed) != XF_OK)
        return XF_ENOMEM;
    xf_profiles_walk(profiles);
    walk = profiles->walk;
    profiles->rows.items[profile].stamp = walk;
    for (uint32_t i = 0; i < linker->candidates.count; i++) {
        uint32_t candidate = linker->candidates.items[i];
        struct xf_profile *row = &profiles->rows.items[candidate];

        if (row->stamp == walk)
            continue;
        row->stamp = walk;
        if (row->count)
            __builtin_prefetch(xf_profile_values(profiles, row));
        linker->candidates.items[kept++] = candidate;
    }
    for (uint32_t i = 0; i < kept; i++) {
        int32_t weight;

        xf_profile_open(profiles, &linker->lexicon, linker->candidates.items[i], &other);
        weight = xf_score(linker->model, &mine, &other, review, NULL);
        if (weight >= review && connect(linker, profile, linker->candidates.items[i], weight) != XF_OK)
            return XF_ENOMEM;
    }
    linker->comparisons += kept;
    for (uint32_t i = 0; i < closed.count; i++)
        if (close_key(linker, closed.items[i]) != XF_OK)
            return XF_ENOMEM;
    return part_straddled(linker);
}

int xf_pairs_leave(struct xf_linker *linker, uint32_t profile)
{
    struct xf_profile *row = &linker->profiles.rows.items[profile];
    struct xf_keys keys, opened = {.count = 0};

    row->flags |= XF_PROFILE_OUT;
    keys_of(linker, profile, &keys);
    while (row->edge_count)
        if (disconnect(linker, profile, xf_profile_edges(&linker->profiles, row)[row->edge_count - 1].profile) != XF_OK)
            return XF_ENOMEM;
    linker->straddling.count = 0;
    for (uint32_t i = 0; i < keys.count; i++) {
        uint32_t budget = xf_key_budget(linker->model, keys.items[i]), count, place;

        if (xf_index_remove(&linker->index, keys.items[i], profile, &count, &place) != XF_OK)
            return XF_ENOMEM;
        if (count == budget)
            opened.items[opened.count++] = keys.items[i];
        else if (count > budget && note_straddling(linker, keys.items[i], place, false) != XF_OK)
            return XF_ENOMEM;
    }
    for (uint32_t i = 0; i < opened.count; i++)
        if (reopen_key(linker, opened.items[i]) != XF_OK)
            return XF_ENOMEM;
    return join_straddled(linker);
}
