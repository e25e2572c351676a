/* SPDX-License-Identifier: Apache-2.0 */
/* A small map from numbers to numbers, for what is known of few rows at a time: it spares every row of a large table a column. */
#ifndef XF_LIB_MAP_H
#define XF_LIB_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "crossflag/error.h"

struct xf_map_slot {
    uint32_t key, value; /* key: + 1; 0 an empty slot */
};

/* Zeroed: empty. */
struct xf_map {
    struct xf_map_slot *slots;
    uint32_t mask; /* slots less one, when there are any */
    uint32_t used;
};

void xf_map_finish(struct xf_map *map);
/* The value of a key (not UINT32_MAX), NULL when it has none. */
uint32_t *xf_map_get(const struct xf_map *map, uint32_t key);
/* Gives a value to a key that has none. XF_OK, XF_ENOMEM. */
int xf_map_put(struct xf_map *map, uint32_t key, uint32_t value) XF_MUST_CHECK;
/* Forgets all, and gives large memory back. */
void xf_map_clear(struct xf_map *map);
size_t xf_map_size(const struct xf_map *map);

#endif
