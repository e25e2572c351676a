/* SPDX-License-Identifier: Apache-2.0 */
/* Where a profile's like are: the order of a key's profiles, in which those that say the same stand together, the keys under which
 * they do, and the search for the profile that a new mention shares. Called by linker.c and pair.c. Invariant: whoever says the
 * same has the same keys, so that any one key's list has all of them; so no other table of contents is needed. */
#include <stdlib.h>
#include <string.h>

#include "linker.h"

/* What tells a profile from others of its content: what people said on its mention. */
static uint64_t words_of(const struct xf_linker *linker, const struct xf_profile *row)
{
    return row->flags & XF_PROFILE_OWN ? xf_linker_words_hash(linker, row->mentions) : 0;
}

/* By birth date, then by hash; 0 when neither tells them apart. */
static int compare_contents(uint32_t order, const uint32_t hash[2], const struct xf_profile *row)
{
    if (order != row->order)
        return order < row->order ? -1 : 1;
    for (int i = 0; i < 2; i++)
        if (hash[i] != row->hash[i])
            return hash[i] < row->hash[i] ? -1 : 1;
    return 0;
}

static uint64_t second_hash(const struct xf_linker *linker, const struct xf_profile *row)
{
    struct xf_value values[XF_MENTION_VALUES_MAX];
    uint32_t count = xf_profile_values(&linker->profiles, row, values);

    return xf_content_hash(linker->symbols, (uint8_t)row->kind, values, count, 1);
}

/* Whether two profiles of one hash do say the same: once in 10^19 pairs they do not. */
static bool says_same(const struct xf_linker *linker, const struct xf_profile *x, const struct xf_profile *y)
{
    const struct xf_slab *values = &linker->profiles.values;

    return x->kind == y->kind && x->words == y->words &&
           (!x->words || memcmp(xf_slab_at(values, x->values), xf_slab_at(values, y->values), x->words * sizeof(uint32_t)) == 0);
}

bool xf_pair_before(const void *context, uint64_t key, uint32_t a, uint32_t b)
{
    const struct xf_linker *linker = context;
    const struct xf_profile *x = xf_profile_at(&linker->profiles, a), *y = xf_profile_at(&linker->profiles, b);
    uint64_t x_words, y_words;
    int order;

    if (xf_key_is_narrow(key))
        return a < b;
    order = compare_contents(x->order, x->hash, y);
    if (order)
        return order < 0;
    if (!says_same(linker, x, y))
        return second_hash(linker, x) < second_hash(linker, y);
    x_words = words_of(linker, x);
    y_words = words_of(linker, y);
    return x_words != y_words ? x_words < y_words : a < b;
}

bool xf_pair_alike(const struct xf_linker *linker, uint32_t a, uint32_t b)
{
    const struct xf_profile *x = xf_profile_at(&linker->profiles, a), *y = xf_profile_at(&linker->profiles, b);

    return !((x->flags | y->flags) & XF_PROFILE_APART) && x->hash[0] == y->hash[0] && x->hash[1] == y->hash[1] &&
           says_same(linker, x, y);
}

static uint64_t content_key(const uint32_t hash[2])
{
    return xf_key_of_content((uint64_t)hash[0] << 32 | hash[1]);
}

/* Whether a list in the order of contents is among the keys'. */
static bool is_found(const struct xf_keys *keys)
{
    for (uint32_t i = 0; i < keys->count; i++)
        if (!xf_key_is_narrow(keys->items[i]))
            return true;
    return false;
}

/* What has no key whose list is in the order of contents, and is not so little that it is apart, stands under its content: there
 * its like are found. */
void xf_pairs_complete(const struct xf_linker *linker, uint32_t profile, struct xf_keys *keys)
{
    const struct xf_profile *row = xf_profile_at(&linker->profiles, profile);
    uint64_t key = content_key(row->hash);
    uint32_t at = keys->count;

    if (is_found(keys) || (row->flags & XF_PROFILE_APART) || keys->count == XF_KEYS_MAX)
        return;
    for (; at && keys->items[at - 1] > key; at--)
        keys->items[at] = keys->items[at - 1];
    keys->items[at] = key;
    keys->count++;
}

void xf_pairs_keys(const struct xf_linker *linker, uint32_t profile, struct xf_keys *ret)
{
    struct xf_aspect aspect;

    xf_profile_open(&linker->profiles, &linker->lexicon, profile, &aspect);
    xf_keys_of(&aspect, ret);
    xf_pairs_complete(linker, profile, ret);
}

/* The first place in a list that does not come before a content on which nobody has spoken. */
static uint32_t place_of_content(const struct xf_linker *linker, const struct xf_postings *postings,
                                 const struct xf_content *content)
{
    uint32_t low = 0, high = postings->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct xf_profile *row = xf_profile_at(&linker->profiles, postings->items[middle]);
        int order = compare_contents(content->order, content->hash, row);

        if (!order && !xf_profile_says(&linker->profiles, row, content))
            order = xf_content_hash(linker->symbols, content->kind, content->values, content->count, 1) < second_hash(linker, row)
                        ? -1
                        : 1;
        if (order > 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint32_t xf_pairs_shared(const struct xf_linker *linker, const struct xf_content *content, const struct xf_keys *keys)
{
    uint64_t shortest = content_key(content->hash);
    uint32_t least = UINT32_MAX, place;
    struct xf_postings postings;
    const struct xf_profile *row;

    for (uint32_t i = 0; i < keys->count; i++) {
        xf_index_find(&linker->index, keys->items[i], &postings);
        if (!postings.count)
            return XF_NONE; /* its like would be here */
        if (postings.count < least && !xf_key_is_narrow(keys->items[i])) {
            least = postings.count;
            shortest = keys->items[i];
        }
    }
    xf_index_find(&linker->index, shortest, &postings);
    place = place_of_content(linker, &postings, content);
    if (place == postings.count)
        return XF_NONE;
    row = xf_profile_at(&linker->profiles, postings.items[place]);
    if ((row->flags & (XF_PROFILE_OWN | XF_PROFILE_APART)) || !xf_profile_says(&linker->profiles, row, content))
        return XF_NONE;
    return postings.items[place];
}
