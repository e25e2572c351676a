/* SPDX-License-Identifier: Apache-2.0 */
/* The pieces of pools. Called by whoever keeps rows by number (profiles, entities, mentions, symbols). Invariant: a row's address
 * is the same for as long as the pool lives; only the list of pieces, one pointer for 4,096 rows, ever moves. */
#include "pool.h"

#include <stdlib.h>

#include "crossflag/pack.h"

#define PIECE_ROWS (UINT32_C(1) << XF_POOL_BITS)

int xf_pool_grow(void ***pieces, uint32_t *piece_count, uint32_t *piece_room, uint64_t count, size_t item_size)
{
    uint64_t wanted = (count + PIECE_ROWS - 1) >> XF_POOL_BITS;

    if (wanted <= *piece_count)
        return XF_OK;
    if (count > UINT32_MAX)
        return XF_ENOMEM;
    if (wanted > *piece_room) {
        uint64_t room = wanted + wanted / 2 + 4;
        void **moved = realloc(*pieces, room * sizeof(*moved));

        if (!moved)
            return XF_ENOMEM;
        *pieces = moved;
        *piece_room = (uint32_t)room;
    }
    while (*piece_count < wanted) {
        void *piece = calloc(PIECE_ROWS, item_size);

        if (!piece)
            return XF_ENOMEM;
        (*pieces)[(*piece_count)++] = piece;
    }
    return XF_OK;
}

void xf_pool_drop(void **pieces, uint32_t piece_count)
{
    for (uint32_t i = 0; i < piece_count; i++)
        free(pieces[i]);
    free(pieces);
}

static uint32_t rows_of_piece(uint32_t count, uint32_t first)
{
    return count - first < PIECE_ROWS ? count - first : PIECE_ROWS;
}

int xf_pool_write(void *const *pieces, uint32_t count, size_t item_size, struct xf_pack *pack, const char tag[4])
{
    int rc = xf_pack_begin(pack, tag, item_size, count);

    for (uint64_t first = 0; rc == XF_OK && first < count; first += PIECE_ROWS)
        rc = pack->write(pack->context, pieces[first >> XF_POOL_BITS], rows_of_piece(count, (uint32_t)first) * item_size);
    return rc;
}

int xf_pool_read(void ***pieces, uint32_t *piece_count, uint32_t *piece_room, uint32_t *count, size_t item_size,
                 struct xf_unpack *unpack, const char tag[4])
{
    uint64_t total;
    int rc = xf_unpack_begin(unpack, tag, item_size, &total);

    if (rc == XF_OK && total > UINT32_MAX)
        return XF_ELIMIT;
    /* A piece at a time: a count that lies does not take memory that nothing fills. */
    for (uint64_t first = 0; rc == XF_OK && first < total; first += PIECE_ROWS) {
        rc = xf_pool_grow(pieces, piece_count, piece_room, first + 1, item_size);
        if (rc == XF_OK)
            rc = unpack->read(unpack->context, (*pieces)[first >> XF_POOL_BITS],
                              rows_of_piece((uint32_t)total, (uint32_t)first) * item_size);
    }
    if (rc == XF_OK)
        *count = (uint32_t)total;
    return rc;
}
