/* SPDX-License-Identifier: Apache-2.0 */
/* Lists in size classes. Called by the linker's parts (profiles, values, the index). A block that is given back is chained, last in first
 * out, into its class; what is left at the end of a chunk is lost, at most one class's worth. Invariant: a list of n items occupies
 * exactly the room of n's class. */
#include "slab.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK_ITEMS (UINT32_C(1) << XF_SLAB_CHUNK_BITS)

static uint32_t class_of(uint32_t count, uint32_t *ret_room)
{
    uint32_t octave, step, quarter;

    if (count <= 16) {
        *ret_room = count;
        return count - 1;
    }
    octave = 31 - (uint32_t)__builtin_clz(count - 1);
    step = UINT32_C(1) << (octave - 2);
    quarter = (count - 1 - (UINT32_C(1) << octave)) / step;
    *ret_room = (UINT32_C(1) << octave) + (quarter + 1) * step;
    return 16 + (octave - 4) * 4 + quarter;
}

void xf_slab_init(struct xf_slab *slab, uint32_t item_size)
{
    *slab = (struct xf_slab){.item_size = item_size, .current = UINT32_MAX};
}

void xf_slab_finish(struct xf_slab *slab)
{
    for (uint32_t i = 0; i < slab->chunks.count; i++)
        free(slab->chunks.items[i]);
    xf_vec_free(&slab->chunks);
}

static int add_chunk(struct xf_slab *slab, uint32_t items, uint32_t *ret)
{
    unsigned char *chunk;

    if (slab->chunks.count >> (32 - XF_SLAB_CHUNK_BITS))
        return XF_ENOMEM;
    chunk = malloc((size_t)items * slab->item_size + XF_SLAB_SLACK);
    if (!chunk || xf_vec_push(&slab->chunks, chunk) != XF_OK) {
        free(chunk);
        return XF_ENOMEM;
    }
    slab->bytes += (size_t)items * slab->item_size;
    *ret = slab->chunks.count - 1;
    return XF_OK;
}

int xf_slab_alloc(struct xf_slab *slab, uint32_t count, uint32_t *ret_handle)
{
    uint32_t room, class, chunk;

    if (!count) {
        *ret_handle = 0;
        return XF_OK;
    }
    class = class_of(count, &room);
    if (slab->free_lists[class]) {
        *ret_handle = slab->free_lists[class] - 1;
        memcpy(&slab->free_lists[class], xf_slab_at(slab, *ret_handle), sizeof(uint32_t));
        return XF_OK;
    }
    if (room > CHUNK_ITEMS / 4) {
        if (add_chunk(slab, room, &chunk) != XF_OK)
            return XF_ENOMEM;
        *ret_handle = chunk << XF_SLAB_CHUNK_BITS;
        return XF_OK;
    }
    if (slab->current == UINT32_MAX || CHUNK_ITEMS - slab->used < room) {
        if (add_chunk(slab, CHUNK_ITEMS, &chunk) != XF_OK)
            return XF_ENOMEM;
        slab->current = chunk;
        slab->used = 0;
    }
    *ret_handle = slab->current << XF_SLAB_CHUNK_BITS | slab->used;
    slab->used += room;
    return XF_OK;
}

void xf_slab_free(struct xf_slab *slab, uint32_t handle, uint32_t count)
{
    uint32_t room, class;

    if (!count)
        return;
    class = class_of(count, &room);
    memcpy(xf_slab_at(slab, handle), &slab->free_lists[class], sizeof(uint32_t));
    slab->free_lists[class] = handle + 1;
}

static int move(struct xf_slab *slab, uint32_t *handle, uint32_t from, uint32_t to)
{
    uint32_t from_room, to_room, moved;

    if (from && to && class_of(from, &from_room) == class_of(to, &to_room))
        return XF_OK;
    if (xf_slab_alloc(slab, to, &moved) != XF_OK)
        return XF_ENOMEM;
    if (from && to)
        memcpy(xf_slab_at(slab, moved), xf_slab_at(slab, *handle), (size_t)(from < to ? from : to) * slab->item_size);
    xf_slab_free(slab, *handle, from);
    *handle = moved;
    return XF_OK;
}

int xf_slab_grow(struct xf_slab *slab, uint32_t *handle, uint32_t count)
{
    return move(slab, handle, count, count + 1);
}

int xf_slab_shrink(struct xf_slab *slab, uint32_t *handle, uint32_t count)
{
    return move(slab, handle, count, count - 1);
}

size_t xf_slab_size(const struct xf_slab *slab)
{
    return slab->bytes + slab->chunks.capacity * sizeof(*slab->chunks.items);
}
