/* SPDX-License-Identifier: Apache-2.0 */
/* Growing arrays of plain structs, the one container of the state: XF_VEC(struct x) rows; indices instead of pointers. */
#ifndef XF_LIB_VEC_H
#define XF_LIB_VEC_H

#include <stddef.h>
#include <stdint.h>

#include "crossflag/error.h"

#define XF_VEC(type)                                                                                                               \
    struct {                                                                                                                       \
        type *items;                                                                                                               \
        uint32_t count;                                                                                                            \
        uint32_t capacity;                                                                                                         \
    }

/* Makes room for `more` further items; new memory is zeroed so that padding is. Use through xf_vec_reserve. */
int xf_vec_grow(void **items, uint32_t *capacity, uint32_t count, uint32_t more, size_t item_size) XF_MUST_CHECK;

#define xf_vec_reserve(vec, more) xf_vec_grow((void **)&(vec)->items, &(vec)->capacity, (vec)->count, (more), sizeof(*(vec)->items))

/* Appends a value: XF_OK or XF_ENOMEM. */
#define xf_vec_push(vec, ...) (xf_vec_reserve((vec), 1) == XF_OK ? ((vec)->items[(vec)->count++] = __VA_ARGS__, XF_OK) : XF_ENOMEM)

#define xf_vec_free(vec)                                                                                                           \
    do {                                                                                                                           \
        free((vec)->items);                                                                                                        \
        (vec)->items = NULL;                                                                                                       \
        (vec)->count = 0;                                                                                                          \
        (vec)->capacity = 0;                                                                                                       \
    } while (0)

/* Forgets all items, and gives memory back that only a batch needs. */
#define XF_VEC_KEPT (UINT32_C(1) << 14)
#define xf_vec_clear(vec)                                                                                                          \
    do {                                                                                                                           \
        (vec)->count = 0;                                                                                                          \
        if ((vec)->capacity > XF_VEC_KEPT)                                                                                         \
            xf_vec_free(vec);                                                                                                      \
    } while (0)

/* The order of uint32_t for qsort. */
int xf_compare_numbers(const void *a, const void *b);

#define xf_vec_save(vec, pack, tag) xf_pack_array((pack), (tag), (vec)->items, sizeof(*(vec)->items), (vec)->count)

/* Loads a section written by xf_vec_save into an empty vec. */
#define xf_vec_load(vec, unpack, tag)                                                                                              \
    xf_vec_adopt((unpack), (tag), sizeof(*(vec)->items), (void **)&(vec)->items, &(vec)->count, &(vec)->capacity)

struct xf_unpack;
int xf_vec_adopt(struct xf_unpack *unpack, const char tag[4], size_t item_size, void **items, uint32_t *count,
                 uint32_t *capacity) XF_MUST_CHECK;

#endif
