/* SPDX-License-Identifier: Apache-2.0 */
/* The pool of profiles, their mentions and the edges between them. Changed by the linker's writer alone (linker.c, pair.c). A freed
 * row is taken again last in, first out: equal histories give equal numbers, which is what the snapshot compares; no decision
 * depends on a number. Invariant: an edge stands in the lists of both its ends, with one weight. */
#include "profile.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "values.h"

static_assert(sizeof(struct xf_profile) == 36, "a row is what ten million persons need");
static_assert(XF_MENTION_KINDS <= 4 && XF_VALUES_WORDS < 1 << 10, "kind and words fit their bits");

void xf_profiles_init(struct xf_profiles *profiles)
{
    *profiles = (struct xf_profiles){0};
    xf_slab_init(&profiles->values, sizeof(uint32_t));
    xf_slab_init(&profiles->edges, sizeof(struct xf_edge));
    xf_slab_init(&profiles->mentions, sizeof(uint32_t));
}

void xf_profiles_finish(struct xf_profiles *profiles)
{
    xf_pool_free(&profiles->rows);
    xf_vec_free(&profiles->free_rows);
    xf_vec_free(&profiles->dirty);
    xf_slab_finish(&profiles->values);
    xf_slab_finish(&profiles->edges);
    xf_slab_finish(&profiles->mentions);
}

static uint64_t symbol_hash(const struct xf_intern *symbols, uint32_t symbol)
{
    return symbol ? xf_text_hash(xf_intern_text(symbols, symbol), xf_intern_length(symbols, symbol)) : 0;
}

uint64_t xf_content_hash(const struct xf_intern *symbols, uint8_t kind, const struct xf_value *values, uint32_t count,
                         uint64_t seed)
{
    uint64_t words[XF_MENTION_VALUES_MAX * 3 + 1];
    size_t used = 0;

    words[used++] = kind;
    for (uint32_t i = 0; i < count; i++) {
        const struct xf_value *value = &values[i];
        bool number = value->field == XF_FIELD_BIRTH_DATE || value->field == XF_FIELD_LAT || value->field == XF_FIELD_LON;

        words[used++] = (uint64_t)value->field << 24 | (uint64_t)value->group << 16 | value->flags;
        words[used++] = symbol_hash(symbols, value->qualifier);
        words[used++] = number ? value->symbol : symbol_hash(symbols, value->symbol);
    }
    return XXH3_64bits_withSeed(words, used * sizeof(*words), seed);
}

/* The first birth date in 23 bits, in the order of dates. */
static uint32_t order_of(const struct xf_value *values, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        xf_date date = values[i].symbol;

        if (values[i].field == XF_FIELD_BIRTH_DATE)
            return (date / 10000 & 0x3fff) << 9 | (date / 100 % 100 & 15) << 5 | (date % 100 & 31);
    }
    return 0;
}

void xf_content_open(struct xf_content *content, const struct xf_intern *symbols, uint8_t kind, const struct xf_value *values,
                     uint32_t count)
{
    uint64_t hash = xf_content_hash(symbols, kind, values, count, 0);

    *content = (struct xf_content){.values = values,
                                   .count = count,
                                   .kind = kind,
                                   .hash = {(uint32_t)(hash >> 32), (uint32_t)hash},
                                   .order = order_of(values, count)};
}

bool xf_profile_says(const struct xf_profiles *profiles, const struct xf_profile *row, const struct xf_content *content)
{
    uint32_t words[XF_VALUES_WORDS], count;

    if (row->hash[0] != content->hash[0] || row->hash[1] != content->hash[1] || row->kind != content->kind)
        return false;
    count = xf_values_pack(content->values, content->count, words);
    return row->words == count &&
           (!count || memcmp(xf_slab_at(&profiles->values, row->values), words, count * sizeof(*words)) == 0);
}

int xf_profiles_restore(struct xf_profiles *profiles, uint32_t row, const struct xf_content *content, uint32_t flags)
{
    uint32_t words[XF_VALUES_WORDS], count = xf_values_pack(content->values, content->count, words), handle;

    if (xf_slab_alloc(&profiles->values, count, &handle) != XF_OK)
        return XF_ENOMEM;
    *xf_profile_at(profiles, row) = (struct xf_profile){.hash = {content->hash[0], content->hash[1]},
                                                        .values = handle,
                                                        .mentions = XF_NONE,
                                                        .entity = XF_NONE,
                                                        .next = XF_NONE,
                                                        .words = count,
                                                        .order = content->order,
                                                        .kind = content->kind,
                                                        .flags = flags | XF_PROFILE_LIVE};
    if (count)
        memcpy(xf_slab_at(&profiles->values, handle), words, count * sizeof(*words));
    profiles->live++;
    return XF_OK;
}

int xf_profiles_add(struct xf_profiles *profiles, const struct xf_content *content, uint32_t flags, uint32_t *ret)
{
    uint32_t row;

    if (profiles->free_rows.count) {
        row = profiles->free_rows.items[--profiles->free_rows.count];
    } else {
        if (xf_pool_reserve(&profiles->rows, 1) != XF_OK)
            return XF_ENOMEM;
        row = profiles->rows.count++;
    }
    *ret = row;
    return xf_profiles_restore(profiles, row, content, flags);
}

int xf_profiles_remove(struct xf_profiles *profiles, uint32_t profile)
{
    struct xf_profile *row = xf_profile_at(profiles, profile);

    if (xf_vec_push(&profiles->free_rows, profile) != XF_OK)
        return XF_ENOMEM;
    xf_slab_free(&profiles->values, row->values, row->words);
    *row = (struct xf_profile){.mentions = XF_NONE, .entity = XF_NONE, .next = XF_NONE};
    profiles->live--;
    return XF_OK;
}

int xf_profiles_mark(struct xf_profiles *profiles, uint32_t profile)
{
    struct xf_profile *row = xf_profile_at(profiles, profile);

    if (row->flags & XF_PROFILE_DIRTY)
        return XF_OK;
    row->flags |= XF_PROFILE_DIRTY;
    return xf_vec_push(&profiles->dirty, profile);
}

/* Where a mention stands, or would stand, in a list. */
static uint32_t place_of(const uint32_t *list, uint32_t count, uint32_t mention)
{
    uint32_t low = 0, high = count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (list[middle] < mention)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const uint32_t *xf_profile_mentions(const struct xf_profiles *profiles, const struct xf_profile *row, uint32_t *ret_count)
{
    const uint32_t *list;

    if (!(row->flags & XF_PROFILE_SHARED)) {
        *ret_count = row->mentions != XF_NONE;
        return &row->mentions;
    }
    list = xf_slab_at(&profiles->mentions, row->mentions);
    *ret_count = list[0];
    return list + 1;
}

uint32_t xf_profile_next_mention(const struct xf_profiles *profiles, const struct xf_profile *row, uint32_t mention)
{
    uint32_t count, place;
    const uint32_t *list = xf_profile_mentions(profiles, row, &count);

    if (count == 1)
        return XF_NONE;
    place = place_of(list, count, mention) + 1;
    return place < count ? list[place] : XF_NONE;
}

int xf_profiles_attach(struct xf_profiles *profiles, uint32_t profile, uint32_t mention)
{
    struct xf_profile *row = xf_profile_at(profiles, profile);
    uint32_t handle = row->mentions, count, place;
    uint32_t *list;

    if (handle == XF_NONE) {
        row->mentions = mention;
        return XF_OK;
    }
    if (!(row->flags & XF_PROFILE_SHARED)) {
        if (xf_slab_alloc(&profiles->mentions, 3, &handle) != XF_OK)
            return XF_ENOMEM;
        list = xf_slab_at(&profiles->mentions, handle);
        list[0] = 1;
        list[1] = row->mentions;
        row->flags |= XF_PROFILE_SHARED;
    } else {
        list = xf_slab_at(&profiles->mentions, handle);
        if (xf_slab_grow(&profiles->mentions, &handle, list[0] + 1) != XF_OK)
            return XF_ENOMEM;
        list = xf_slab_at(&profiles->mentions, handle);
    }
    count = list[0]++;
    place = place_of(list + 1, count, mention);
    memmove(list + place + 2, list + place + 1, (count - place) * sizeof(*list));
    list[place + 1] = mention;
    row->mentions = handle;
    return XF_OK;
}

int xf_profiles_detach(struct xf_profiles *profiles, uint32_t profile, uint32_t mention)
{
    struct xf_profile *row = xf_profile_at(profiles, profile);
    uint32_t handle = row->mentions, count, place;
    uint32_t *list;

    if (!(row->flags & XF_PROFILE_SHARED)) {
        assert(row->mentions == mention);
        row->mentions = XF_NONE;
        return XF_OK;
    }
    list = xf_slab_at(&profiles->mentions, handle);
    count = list[0];
    place = place_of(list + 1, count, mention);
    assert(place < count && list[place + 1] == mention);
    if (count == 2) {
        row->mentions = list[2 - place];
        row->flags &= ~(uint32_t)XF_PROFILE_SHARED;
        xf_slab_free(&profiles->mentions, handle, 3);
        return XF_OK;
    }
    memmove(list + place + 1, list + place + 2, (count - place - 1) * sizeof(*list));
    list[0]--;
    if (xf_slab_shrink(&profiles->mentions, &handle, count + 1) != XF_OK)
        return XF_ENOMEM;
    row->mentions = handle;
    return XF_OK;
}

uint32_t xf_profile_values(const struct xf_profiles *profiles, const struct xf_profile *row,
                           struct xf_value values[static XF_MENTION_VALUES_MAX])
{
    return row->words ? xf_values_unpack(xf_slab_at(&profiles->values, row->values), row->words, values) : 0;
}

void xf_profile_open(const struct xf_profiles *profiles, const struct xf_lexicon *lexicon, uint32_t profile, struct xf_aspect *ret)
{
    const struct xf_profile *row = xf_profile_at(profiles, profile);
    uint32_t count = xf_profile_values(profiles, row, ret->room);

    xf_aspect_open(ret, lexicon, row->kind, ret->room, count);
}

void xf_profile_prefetch_values(const struct xf_profiles *profiles, const struct xf_profile *row)
{
    if (row->words)
        __builtin_prefetch(xf_slab_at(&profiles->values, row->values));
}

int32_t *xf_profiles_edge(const struct xf_profiles *profiles, uint32_t a, uint32_t b)
{
    const struct xf_profile *row = xf_profile_at(profiles, a);
    struct xf_edge *edges;

    if (row->edge_count > xf_profile_at(profiles, b)->edge_count) {
        row = xf_profile_at(profiles, b);
        b = a;
    }
    edges = row->edge_count ? xf_slab_at(&profiles->edges, row->edges) : NULL;
    for (uint32_t i = 0; i < row->edge_count; i++)
        if (edges[i].profile == b)
            return &edges[i].weight;
    return NULL;
}

static int push_edge(struct xf_profiles *profiles, uint32_t at, struct xf_edge edge)
{
    struct xf_profile *row = xf_profile_at(profiles, at);

    if (row->edge_count == XF_PROFILE_EDGES_MAX || xf_slab_grow(&profiles->edges, &row->edges, row->edge_count) != XF_OK)
        return XF_ENOMEM;
    ((struct xf_edge *)xf_slab_at(&profiles->edges, row->edges))[row->edge_count++] = edge;
    return XF_OK;
}

static int drop_edge(struct xf_profiles *profiles, uint32_t at, uint32_t other)
{
    struct xf_profile *row = xf_profile_at(profiles, at);
    struct xf_edge *edges = xf_slab_at(&profiles->edges, row->edges);
    uint32_t i = 0;

    while (edges[i].profile != other)
        i++;
    edges[i] = edges[row->edge_count - 1];
    if (xf_slab_shrink(&profiles->edges, &row->edges, row->edge_count) != XF_OK)
        return XF_ENOMEM;
    row->edge_count--;
    return XF_OK;
}

int xf_profiles_join(struct xf_profiles *profiles, uint32_t a, uint32_t b, int32_t weight)
{
    if (push_edge(profiles, a, (struct xf_edge){b, weight}) != XF_OK ||
        push_edge(profiles, b, (struct xf_edge){a, weight}) != XF_OK)
        return XF_ENOMEM;
    profiles->edge_pairs++;
    return XF_OK;
}

int xf_profiles_part(struct xf_profiles *profiles, uint32_t a, uint32_t b)
{
    if (drop_edge(profiles, a, b) != XF_OK || drop_edge(profiles, b, a) != XF_OK)
        return XF_ENOMEM;
    profiles->edge_pairs--;
    return XF_OK;
}

size_t xf_profiles_size(const struct xf_profiles *profiles)
{
    return xf_pool_size(&profiles->rows) + ((size_t)profiles->free_rows.capacity + profiles->dirty.capacity) * sizeof(uint32_t) +
           xf_slab_size(&profiles->values) + xf_slab_size(&profiles->edges) + xf_slab_size(&profiles->mentions);
}
