/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays that grow while a batch is read. Called by bundle.c, reading.c and batch.c, whose counts need 64 bits. */
#include <stdlib.h>

#include "cli.h"

int xf_grow(void **items, size_t *room, size_t count, size_t more, size_t size)
{
    size_t wanted = *room ? *room * 2 : 1024;
    void *moved;

    if (*room - count >= more)
        return XF_OK;
    while (wanted - count < more)
        wanted *= 2;
    moved = realloc(*items, wanted * size);
    if (!moved)
        return XF_ENOMEM;
    *items = moved;
    *room = wanted;
    return XF_OK;
}
