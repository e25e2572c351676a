/* SPDX-License-Identifier: Apache-2.0 */
/* Which profiles have a key. Called by pair.c, which adds and removes, and inquiry.c, which asks. Most keys have one profile, whose
 * number then stands in the table itself; a list is one block of the slab, headed by its count. Invariant: the index holds each
 * profile that entered once under each of its keys, every list in its order. */
#include "index.h"

#include <assert.h>
#include <string.h>

#define SORT_SHIFT (XF_INDEX_KEY_BITS - XF_INDEX_SORT_BITS)
#define LIST_MAX (UINT32_MAX >> 1) /* of profile numbers and handles */

int xf_index_init(struct xf_index *index, xf_index_before *before, const void *context)
{
    *index = (struct xf_index){.before = before, .context = context};
    xf_slab_init(&index->lists, sizeof(uint32_t));
    return xf_table_init(&index->table);
}

void xf_index_finish(struct xf_index *index)
{
    xf_table_finish(&index->table);
    xf_slab_finish(&index->lists);
}

/* The table wants the evenly spread bits first. */
static uint64_t spread(uint64_t key)
{
    return (key << XF_INDEX_SORT_BITS | key >> SORT_SHIFT) & ((UINT64_C(1) << XF_INDEX_KEY_BITS) - 1);
}

/* Values of the table: never 0, odd for a profile alone. */
static uint32_t of_profile(uint32_t profile)
{
    return profile << 1 | 1;
}

static uint32_t of_list(uint32_t handle)
{
    return (handle + 1) << 1;
}

static uint32_t handle_of(uint32_t value)
{
    return (value >> 1) - 1;
}

static void read_value(const struct xf_index *index, uint32_t value, struct xf_postings *ret)
{
    ret->count = 0;
    ret->items = NULL;
    if (value & 1) {
        ret->count = 1;
        ret->alone = value >> 1;
        ret->items = &ret->alone;
    } else if (value) {
        const uint32_t *list = xf_slab_at(&index->lists, handle_of(value));

        ret->count = list[0];
        ret->items = list + 1;
    }
}

uint32_t xf_index_place(const struct xf_index *index, uint64_t key, const struct xf_postings *postings, uint32_t profile)
{
    uint32_t low = 0, high = postings->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (index->before(index->context, key, postings->items[middle], profile))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int xf_index_add(struct xf_index *index, uint64_t key, uint32_t profile, struct xf_postings *ret)
{
    struct xf_table_at at;
    uint32_t value = xf_table_find(&index->table, spread(key), &at), handle, place, count;
    uint32_t *list;

    if (profile >= LIST_MAX)
        return XF_ENOMEM;
    if (!value) {
        if (xf_table_add(&index->table, spread(key), of_profile(profile)) != XF_OK)
            return XF_ENOMEM;
        read_value(index, of_profile(profile), ret);
        ret->place = 0;
        return XF_OK;
    }
    read_value(index, value, ret);
    count = ret->count;
    place = xf_index_place(index, key, ret, profile);
    if (count == 1) {
        if (xf_slab_alloc(&index->lists, 3, &handle) != XF_OK)
            return XF_ENOMEM;
        *(uint32_t *)xf_slab_at(&index->lists, handle) = 1;
        *((uint32_t *)xf_slab_at(&index->lists, handle) + 1) = ret->alone;
    } else {
        handle = handle_of(value);
        if (xf_slab_grow(&index->lists, &handle, count + 1) != XF_OK)
            return XF_ENOMEM;
    }
    if (handle >= LIST_MAX)
        return XF_ENOMEM;
    list = xf_slab_at(&index->lists, handle);
    memmove(list + place + 2, list + place + 1, (count - place) * sizeof(*list));
    list[place + 1] = profile;
    list[0]++;
    xf_table_set(at, of_list(handle));
    read_value(index, of_list(handle), ret);
    ret->place = place;
    return XF_OK;
}

int xf_index_remove(struct xf_index *index, uint64_t key, uint32_t profile, struct xf_postings *ret)
{
    struct xf_table_at at;
    uint32_t value = xf_table_find(&index->table, spread(key), &at), handle, place, count;
    uint32_t *list;

    read_value(index, value, ret);
    count = ret->count;
    assert(count);
    place = count > 1 ? xf_index_place(index, key, ret, profile) : 0;
    assert(place < count && ret->items[place] == profile); /* else its order has changed while it stood here */
    if (count == 1) {
        xf_table_remove(at);
        *ret = (struct xf_postings){0};
        return XF_OK;
    }
    handle = handle_of(value);
    list = xf_slab_at(&index->lists, handle);
    memmove(list + place + 1, list + place + 2, (count - place - 1) * sizeof(*list));
    list[0]--;
    if (count == 2) {
        value = of_profile(list[1]);
        xf_slab_free(&index->lists, handle, 3);
    } else {
        if (xf_slab_shrink(&index->lists, &handle, count + 1) != XF_OK)
            return XF_ENOMEM;
        value = of_list(handle);
    }
    xf_table_set(at, value);
    read_value(index, value, ret);
    ret->place = place;
    return XF_OK;
}

void xf_index_find(const struct xf_index *index, uint64_t key, struct xf_postings *ret)
{
    struct xf_table_at at;

    read_value(index, xf_table_find(&index->table, spread(key), &at), ret);
}

void xf_index_prefetch(const struct xf_index *index, uint64_t key)
{
    xf_table_prefetch(&index->table, spread(key));
}

void xf_index_prefetch_list(const struct xf_index *index, uint64_t key)
{
    struct xf_table_at at;
    uint32_t value = xf_table_find(&index->table, spread(key), &at);

    if (value && !(value & 1))
        __builtin_prefetch(xf_slab_at(&index->lists, handle_of(value)));
}

size_t xf_index_size(const struct xf_index *index)
{
    return xf_table_size(&index->table) + xf_slab_size(&index->lists);
}
