/* SPDX-License-Identifier: Apache-2.0 */
/* Open addressing, at most half full. Called by the linker for the mentions and entities of a settlement and for entities that
 * others redirect to. Invariant: what comes out never depends on where a key lies. */
#include "map.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS 16
#define KEPT_SLOTS 64 /* a live entry's few; the room of a batch is given back */

void xf_map_finish(struct xf_map *map)
{
    free(map->slots);
    *map = (struct xf_map){0};
}

static struct xf_map_slot *slot_of(const struct xf_map *map, uint32_t key)
{
    uint32_t at = (uint32_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & map->mask;

    while (map->slots[at].key && map->slots[at].key != key + 1)
        at = (at + 1) & map->mask;
    return &map->slots[at];
}

uint32_t *xf_map_get(const struct xf_map *map, uint32_t key)
{
    struct xf_map_slot *slot;

    if (!map->used)
        return NULL;
    slot = slot_of(map, key);
    return slot->key ? &slot->value : NULL;
}

static int grow(struct xf_map *map)
{
    uint32_t before = map->slots ? map->mask + 1 : 0;
    struct xf_map grown = {.mask = (before ? before * 2 : FIRST_SLOTS) - 1, .used = map->used};

    if (before > UINT32_MAX / 2)
        return XF_ENOMEM;
    grown.slots = calloc((size_t)grown.mask + 1, sizeof(*grown.slots));
    if (!grown.slots)
        return XF_ENOMEM;
    for (uint32_t i = 0; i < before; i++)
        if (map->slots[i].key)
            *slot_of(&grown, map->slots[i].key - 1) = map->slots[i];
    free(map->slots);
    *map = grown;
    return XF_OK;
}

int xf_map_put(struct xf_map *map, uint32_t key, uint32_t value)
{
    if ((!map->slots || (uint64_t)(map->used + 1) * 2 > (uint64_t)map->mask + 1) && grow(map) != XF_OK)
        return XF_ENOMEM;
    *slot_of(map, key) = (struct xf_map_slot){.key = key + 1, .value = value};
    map->used++;
    return XF_OK;
}

void xf_map_clear(struct xf_map *map)
{
    if (map->slots && map->mask >= KEPT_SLOTS)
        xf_map_finish(map);
    else if (map->used)
        memset(map->slots, 0, ((size_t)map->mask + 1) * sizeof(*map->slots));
    map->used = 0;
}

size_t xf_map_size(const struct xf_map *map)
{
    return map->slots ? ((size_t)map->mask + 1) * sizeof(*map->slots) : 0;
}
