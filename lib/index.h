/* SPDX-License-Identifier: Apache-2.0 */
/* The blocking index: from a key to the profiles that have it, in an order of their contents. */
#ifndef XF_LIB_INDEX_H
#define XF_LIB_INDEX_H

#include <stdbool.h>

#include "slab.h"
#include "table.h"

#define XF_INDEX_KEY_BITS XF_TABLE_KEY_BITS
#define XF_INDEX_SORT_BITS 5 /* a key's upper bits, which few keys differ in; the others are spread evenly */

/* The order of a key's list: total, and of contents as far as they differ and matter. */
typedef bool xf_index_before(const void *context, uint64_t key, uint32_t a, uint32_t b);

struct xf_index {
    struct xf_table table; /* a profile alone, or the handle of a list: its count, then its profiles */
    struct xf_slab lists;
    xf_index_before *before;
    const void *context;
};

/* The profiles of a key, in order. items is borrowed until the index changes and may point to alone: not to be copied. */
struct xf_postings {
    uint32_t count;
    uint32_t place; /* of the profile that was added or removed */
    const uint32_t *items;
    uint32_t alone;
};

/* context is borrowed and passed to before. */
int xf_index_init(struct xf_index *index, xf_index_before *before, const void *context) XF_MUST_CHECK;
void xf_index_finish(struct xf_index *index); /* takes a zeroed index too */
/* Both say what the key has now, and where the profile stands, or stood, in it. */
int xf_index_add(struct xf_index *index, uint64_t key, uint32_t profile, struct xf_postings *ret) XF_MUST_CHECK;
int xf_index_remove(struct xf_index *index, uint64_t key, uint32_t profile, struct xf_postings *ret) XF_MUST_CHECK;
void xf_index_find(const struct xf_index *index, uint64_t key, struct xf_postings *ret);
/* Where a profile stands among a key's. */
uint32_t xf_index_place(const struct xf_index *index, uint64_t key, const struct xf_postings *postings, uint32_t profile);
/* Asks the processor for a key's slot, and, when that may have come, for its list, before they are needed. */
void xf_index_prefetch(const struct xf_index *index, uint64_t key);
void xf_index_prefetch_list(const struct xf_index *index, uint64_t key);
size_t xf_index_size(const struct xf_index *index);

#endif
