/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of plain structs by number, in pieces that never move: for tables of millions of rows, where an array that doubles would
 * hold half as much again as it needs, and stop its writer for the time of a copy. XF_VEC is for what is small or soon forgotten.
 */
#ifndef XF_LIB_POOL_H
#define XF_LIB_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "crossflag/error.h"

#define XF_POOL_BITS 12 /* rows a piece: 4,096 */

#define XF_POOL(type)                                                                                                              \
    struct {                                                                                                                       \
        type **pieces;                                                                                                             \
        uint32_t count;                                                                                                            \
        uint32_t piece_count, piece_room;                                                                                          \
    }

#define xf_pool_at(pool, row) (&(pool)->pieces[(row) >> XF_POOL_BITS][(row) & ((UINT32_C(1) << XF_POOL_BITS) - 1)])

/* Makes room for count rows in all; new rows are zero. Use through xf_pool_reserve. */
int xf_pool_grow(void ***pieces, uint32_t *piece_count, uint32_t *piece_room, uint64_t count, size_t item_size) XF_MUST_CHECK;
void xf_pool_drop(void **pieces, uint32_t piece_count);

/* Makes room for `more` rows behind the last; the caller raises count. */
#define xf_pool_reserve(pool, more)                                                                                                \
    xf_pool_grow((void ***)&(pool)->pieces, &(pool)->piece_count, &(pool)->piece_room, (uint64_t)(pool)->count + (more),           \
                 sizeof(**(pool)->pieces))

#define xf_pool_free(pool)                                                                                                         \
    do {                                                                                                                           \
        xf_pool_drop((void **)(pool)->pieces, (pool)->piece_count);                                                                \
        (pool)->pieces = NULL;                                                                                                     \
        (pool)->count = (pool)->piece_count = (pool)->piece_room = 0;                                                              \
    } while (0)

struct xf_pack;
struct xf_unpack;
int xf_pool_write(void *const *pieces, uint32_t count, size_t item_size, struct xf_pack *pack, const char tag[4]) XF_MUST_CHECK;
int xf_pool_read(void ***pieces, uint32_t *piece_count, uint32_t *piece_room, uint32_t *count, size_t item_size,
                 struct xf_unpack *unpack, const char tag[4]) XF_MUST_CHECK;

/* The rows as a section; and into an empty pool. */
#define xf_pool_save(pool, pack, tag)                                                                                              \
    xf_pool_write((void *const *)(pool)->pieces, (pool)->count, sizeof(**(pool)->pieces), (pack), (tag))
#define xf_pool_load(pool, unpack, tag)                                                                                            \
    xf_pool_read((void ***)&(pool)->pieces, &(pool)->piece_count, &(pool)->piece_room, &(pool)->count, sizeof(**(pool)->pieces),   \
                 (unpack), (tag))

/* Bytes held. */
#define xf_pool_size(pool)                                                                                                         \
    ((((size_t)(pool)->piece_count << XF_POOL_BITS) * sizeof(**(pool)->pieces)) + (size_t)(pool)->piece_room * sizeof(void *))

#endif
