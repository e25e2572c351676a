/* SPDX-License-Identifier: Apache-2.0 */
/* Many small lists of plain items in few large pieces of memory: postings, adjacency, values. A list is a 32-bit handle and a count
 * that its owner keeps; room comes in classes (exact up to 16 items, then quarter octaves), and room given back is taken again by
 * lists of the same class. Items of a list lie together and never move while the list keeps its class. Handles are never saved. */
#ifndef XF_LIB_SLAB_H
#define XF_LIB_SLAB_H

#include <stddef.h>
#include <stdint.h>

#include "crossflag/error.h"
#include "vec.h"

#define XF_SLAB_CHUNK_BITS 14 /* items a chunk: 16,384; a longer list has a chunk of its own */
#define XF_SLAB_CLASSES 128
#define XF_SLAB_SLACK 4 /* bytes behind any block that may be read: what reads numbers of three bytes as four need not look */

struct xf_slab {
    XF_VEC(unsigned char *) chunks;
    uint32_t item_size;
    uint32_t current;                     /* the chunk that is being filled; UINT32_MAX: none */
    uint32_t used;                        /* its items */
    uint32_t free_lists[XF_SLAB_CLASSES]; /* handle + 1, 0 empty; the next one lies in the block's first four bytes */
    size_t bytes;
};

void xf_slab_init(struct xf_slab *slab, uint32_t item_size);
void xf_slab_finish(struct xf_slab *slab);
/* Room for count items (not zeroed); count 0 gives handle 0 and takes nothing. XF_OK, XF_ENOMEM. */
int xf_slab_alloc(struct xf_slab *slab, uint32_t count, uint32_t *ret_handle) XF_MUST_CHECK;
void xf_slab_free(struct xf_slab *slab, uint32_t handle, uint32_t count);
/* Makes room for one more item than count, moving the list when it leaves its class. */
int xf_slab_grow(struct xf_slab *slab, uint32_t *handle, uint32_t count) XF_MUST_CHECK;
/* Drops the last of count items, moving the list when it leaves its class. XF_ENOMEM leaves the list as it was. */
int xf_slab_shrink(struct xf_slab *slab, uint32_t *handle, uint32_t count) XF_MUST_CHECK;

/* Bytes held. */
size_t xf_slab_size(const struct xf_slab *slab);

static inline void *xf_slab_at(const struct xf_slab *slab, uint32_t handle)
{
    return slab->chunks.items[handle >> XF_SLAB_CHUNK_BITS] +
           (size_t)(handle & ((UINT32_C(1) << XF_SLAB_CHUNK_BITS) - 1)) * slab->item_size;
}

#endif
