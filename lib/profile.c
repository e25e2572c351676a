/* SPDX-License-Identifier: Apache-2.0 */
/* The pool of profiles and the edges between them. Changed by the linker's writer alone (linker.c, pair.c). A freed row is taken
 * again last in, first out: equal histories give equal numbers, which is what the snapshot compares; no decision depends on a
 * number. Invariant: an edge stands in the lists of both its ends, with one weight. */
#include "profile.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

static_assert(sizeof(struct xf_profile) == 64, "one cache line");
static_assert(sizeof(struct xf_value) == 12, "values are compared as bytes");

int xf_profiles_init(struct xf_profiles *profiles)
{
    *profiles = (struct xf_profiles){.index_mask = 1023};
    xf_slab_init(&profiles->values, sizeof(struct xf_value));
    xf_slab_init(&profiles->edges, sizeof(struct xf_edge));
    profiles->index = calloc(1024, sizeof(*profiles->index));
    return profiles->index ? XF_OK : XF_ENOMEM;
}

void xf_profiles_finish(struct xf_profiles *profiles)
{
    xf_vec_free(&profiles->rows);
    xf_vec_free(&profiles->free_rows);
    xf_vec_free(&profiles->dirty);
    xf_slab_finish(&profiles->values);
    xf_slab_finish(&profiles->edges);
    free(profiles->index);
}

static uint64_t symbol_hash(const struct xf_intern *symbols, uint32_t symbol)
{
    return symbol ? xf_text_hash(xf_intern_text(symbols, symbol), xf_intern_length(symbols, symbol)) : 0;
}

void xf_profile_hash(const struct xf_intern *symbols, uint8_t kind, const struct xf_value *values, uint32_t count, uint64_t ret[2])
{
    uint64_t words[XF_MENTION_VALUES_MAX * 3 + 1];
    size_t used = 0;
    XXH128_hash_t hash;

    words[used++] = kind;
    for (uint32_t i = 0; i < count; i++) {
        const struct xf_value *value = &values[i];
        bool number = value->field == XF_FIELD_BIRTH_DATE || value->field == XF_FIELD_LAT || value->field == XF_FIELD_LON;

        words[used++] = (uint64_t)value->field << 24 | (uint64_t)value->group << 16 | value->flags;
        words[used++] = symbol_hash(symbols, value->qualifier);
        words[used++] = number ? value->symbol : symbol_hash(symbols, value->symbol);
    }
    hash = XXH3_128bits(words, used * sizeof(*words));
    ret[0] = hash.low64;
    ret[1] = hash.high64;
}

static uint64_t slot_value(const uint64_t hash[2], uint32_t profile)
{
    return (hash[1] & ~(uint64_t)UINT32_MAX) | (profile + 1);
}

int xf_profiles_alike(const struct xf_profiles *profiles, const uint64_t hash[2], const struct xf_value *values, uint32_t count,
                      xf_profile_visit *visit, void *context)
{
    for (uint32_t at = (uint32_t)hash[0] & profiles->index_mask; profiles->index[at]; at = (at + 1) & profiles->index_mask) {
        uint32_t profile = (uint32_t)profiles->index[at] - 1;
        const struct xf_profile *row;
        int rc;

        if (profiles->index[at] != slot_value(hash, profile)) /* spares a look at the row, which is not in the cache */
            continue;
        row = &profiles->rows.items[profile];
        if (row->hash[0] != hash[0] || row->hash[1] != hash[1] || row->count != count ||
            (count && memcmp(xf_profile_values(profiles, row), values, count * sizeof(*values)) != 0))
            continue;
        rc = visit(context, profile);
        if (rc)
            return rc;
    }
    return 0;
}

struct search {
    const struct xf_profiles *profiles;
    uint32_t found;
};

static int find_shared(void *context, uint32_t profile)
{
    struct search *search = context;

    if (search->profiles->rows.items[profile].flags & XF_PROFILE_OWN)
        return 0;
    search->found = profile;
    return 1;
}

uint32_t xf_profiles_find(const struct xf_profiles *profiles, const uint64_t hash[2], const struct xf_value *values, uint32_t count)
{
    struct search search = {.profiles = profiles, .found = XF_NONE};

    xf_profiles_alike(profiles, hash, values, count, find_shared, &search);
    return search.found;
}

static void index_put(struct xf_profiles *profiles, uint32_t profile)
{
    const uint64_t *hash = profiles->rows.items[profile].hash;
    uint32_t at = (uint32_t)hash[0] & profiles->index_mask;

    while (profiles->index[at])
        at = (at + 1) & profiles->index_mask;
    profiles->index[at] = slot_value(hash, profile);
}

static int index_add(struct xf_profiles *profiles, uint32_t profile)
{
    if (((uint64_t)profiles->indexed + 1) * 4 > ((uint64_t)profiles->index_mask + 1) * 3) {
        uint32_t slots = (profiles->index_mask + 1) * 2, before = profiles->index_mask + 1;
        uint64_t *old = profiles->index, *index = calloc(slots, sizeof(*index));

        if (!index)
            return XF_ENOMEM;
        profiles->index = index;
        profiles->index_mask = slots - 1;
        for (uint32_t i = 0; i < before; i++)
            if (old[i])
                index_put(profiles, (uint32_t)old[i] - 1);
        free(old);
    }
    index_put(profiles, profile);
    profiles->indexed++;
    return XF_OK;
}

/* Closes the hole by moving back whatever had to pass it (Knuth, 6.4 R). */
static void index_remove(struct xf_profiles *profiles, uint32_t profile)
{
    uint32_t mask = profiles->index_mask, hole = (uint32_t)profiles->rows.items[profile].hash[0] & mask;

    while ((uint32_t)profiles->index[hole] != profile + 1)
        hole = (hole + 1) & mask;
    for (uint32_t at = (hole + 1) & mask; profiles->index[at]; at = (at + 1) & mask) {
        uint32_t home = (uint32_t)profiles->rows.items[(uint32_t)profiles->index[at] - 1].hash[0] & mask;

        if (((at - home) & mask) >= ((at - hole) & mask)) {
            profiles->index[hole] = profiles->index[at];
            hole = at;
        }
    }
    profiles->index[hole] = 0;
    profiles->indexed--;
}

static uint32_t order_of(const struct xf_value *values, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (values[i].field == XF_FIELD_BIRTH_DATE)
            return values[i].symbol;
    return 0;
}

int xf_profiles_restore(struct xf_profiles *profiles, uint32_t row, const uint64_t hash[2], uint8_t kind, uint8_t flags,
                        const struct xf_value *values, uint32_t count)
{
    uint32_t handle;

    if (xf_slab_alloc(&profiles->values, count, &handle) != XF_OK)
        return XF_ENOMEM;
    profiles->rows.items[row] = (struct xf_profile){.hash = {hash[0], hash[1]},
                                                    .values = handle,
                                                    .first_mention = XF_NONE,
                                                    .entity = XF_NONE,
                                                    .next = XF_NONE,
                                                    .cluster = XF_NONE,
                                                    .order = order_of(values, count),
                                                    .count = (uint16_t)count,
                                                    .kind = kind,
                                                    .flags = flags | XF_PROFILE_LIVE};
    if (count)
        memcpy(xf_slab_at(&profiles->values, handle), values, count * sizeof(*values));
    profiles->live++;
    return flags & XF_PROFILE_APART ? XF_OK : index_add(profiles, row);
}

int xf_profiles_add(struct xf_profiles *profiles, const uint64_t hash[2], uint8_t kind, uint8_t flags,
                    const struct xf_value *values, uint32_t count, uint32_t *ret)
{
    uint32_t row;

    if (profiles->free_rows.count) {
        row = profiles->free_rows.items[--profiles->free_rows.count];
    } else {
        if (xf_vec_push(&profiles->rows, (struct xf_profile){0}) != XF_OK)
            return XF_ENOMEM;
        row = profiles->rows.count - 1;
    }
    *ret = row;
    return xf_profiles_restore(profiles, row, hash, kind, flags, values, count);
}

int xf_profiles_remove(struct xf_profiles *profiles, uint32_t profile)
{
    struct xf_profile *row = &profiles->rows.items[profile];

    if (xf_vec_reserve(&profiles->free_rows, 1) != XF_OK)
        return XF_ENOMEM;
    if (!(row->flags & XF_PROFILE_APART))
        index_remove(profiles, profile);
    xf_slab_free(&profiles->values, row->values, row->count);
    *row = (struct xf_profile){.first_mention = XF_NONE, .entity = XF_NONE, .next = XF_NONE, .cluster = XF_NONE};
    profiles->free_rows.items[profiles->free_rows.count++] = profile;
    profiles->live--;
    return XF_OK;
}

void xf_profiles_walk(struct xf_profiles *profiles)
{
    if (++profiles->walk)
        return;
    for (uint32_t i = 0; i < profiles->rows.count; i++)
        profiles->rows.items[i].stamp = 0;
    profiles->walk = 1;
}

int xf_profiles_mark(struct xf_profiles *profiles, uint32_t profile)
{
    if (profiles->rows.items[profile].flags & XF_PROFILE_DIRTY)
        return XF_OK;
    profiles->rows.items[profile].flags |= XF_PROFILE_DIRTY;
    return xf_vec_push(&profiles->dirty, profile);
}

int32_t *xf_profiles_edge(const struct xf_profiles *profiles, uint32_t a, uint32_t b)
{
    const struct xf_profile *row = &profiles->rows.items[a];
    struct xf_edge *edges;

    if (row->edge_count > profiles->rows.items[b].edge_count) {
        row = &profiles->rows.items[b];
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
    struct xf_profile *row = &profiles->rows.items[at];

    if (xf_slab_grow(&profiles->edges, &row->edges, row->edge_count) != XF_OK)
        return XF_ENOMEM;
    ((struct xf_edge *)xf_slab_at(&profiles->edges, row->edges))[row->edge_count++] = edge;
    return XF_OK;
}

static int drop_edge(struct xf_profiles *profiles, uint32_t at, uint32_t other)
{
    struct xf_profile *row = &profiles->rows.items[at];
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
    return profiles->rows.capacity * sizeof(*profiles->rows.items) +
           ((size_t)profiles->free_rows.capacity + profiles->dirty.capacity) * sizeof(uint32_t) +
           ((size_t)profiles->index_mask + 1) * sizeof(*profiles->index) + profiles->values.bytes + profiles->edges.bytes;
}
