/* SPDX-License-Identifier: Apache-2.0 */
/* Blocking: the keys under which mentions that may be one meet, and the index from a key to the profiles that have it, in an order
 * of their contents. All profiles of a key meet as long as no more have it than its budget allows; beyond, each meets its nearest
 * neighbours only: questions of the current set, not of who came first. */
#ifndef XF_LIB_BLOCK_H
#define XF_LIB_BLOCK_H

#include <stdbool.h>

#include "aspect.h"
#include "slab.h"

#define XF_KEYS_MAX 64 /* of one mention; further ones, of the last names, are left out */

struct xf_keys {
    uint32_t count;
    uint64_t items[XF_KEYS_MAX]; /* ascending, each once; the top bits tell the sort of key */
};

/* Sorts of keys above those that block.c gives persons', of five bits in all. */
enum { XF_KEY_PLACE = 28, XF_KEY_PLACE_ID, XF_KEY_VEHICLE, XF_KEY_VEHICLE_ID };
void xf_keys_put(struct xf_keys *keys, uint32_t sort, uint64_t a, uint64_t b, uint64_t c);
void xf_keys_location(struct xf_keys *keys, const struct xf_aspect *aspect);
void xf_keys_vehicle(struct xf_keys *keys, const struct xf_aspect *aspect);

/* The keys of a mention: a function of its texts. */
void xf_keys_of(const struct xf_aspect *aspect, struct xf_keys *ret);
/* The sort of a key: less than XF_KEY_SORTS; the lower of a mention's keys tell more. */
#define XF_KEY_SORTS 32
uint32_t xf_key_sort(uint64_t key);
/* The persons' comparisons that a sort of key decides wholly or in part: a bit each, XF_KEY_ATTRIBUTES for all attributes. */
#define XF_KEY_ATTRIBUTES (UINT32_C(1) << XF_COMPARISONS_MAX)
uint32_t xf_key_comparisons(uint32_t sort);
/* How many profiles of a key all meet, and beyond that how many neighbours on either side each meets. */
uint32_t xf_key_budget(const struct xf_model *model, uint64_t key);
uint32_t xf_key_window(const struct xf_model *model, uint64_t key);

struct xf_index_entry {
    uint64_t key; /* 0: an empty slot */
    uint32_t count;
    uint32_t at; /* the profile itself when there is one; else the list's handle */
};

/* The order of a list: total, and of contents as far as they differ. */
typedef bool xf_index_before(const void *context, uint32_t a, uint32_t b);

struct xf_index {
    struct xf_index_entry *entries;
    uint64_t mask;
    uint64_t used;
    struct xf_slab postings;
    xf_index_before *before;
    const void *context;
};

/* context is borrowed and passed to before. */
int xf_index_init(struct xf_index *index, xf_index_before *before, const void *context) XF_MUST_CHECK;
void xf_index_finish(struct xf_index *index);
/* Both return in *ret_count how many profiles the key has now, and in *ret_place where the profile stands, or stood, among them. */
int xf_index_add(struct xf_index *index, uint64_t key, uint32_t profile, uint32_t *ret_count, uint32_t *ret_place) XF_MUST_CHECK;
int xf_index_remove(struct xf_index *index, uint64_t key, uint32_t profile, uint32_t *ret_count, uint32_t *ret_place) XF_MUST_CHECK;
/* The profiles of a key in order, borrowed until the next change; count 0 when there are none. */
const uint32_t *xf_index_list(const struct xf_index *index, uint64_t key, uint32_t *ret_count);
/* Where a profile stands among a key's. */
uint32_t xf_index_place(const struct xf_index *index, const uint32_t *list, uint32_t count, uint32_t profile);
/* Asks the processor for a key's slot before it is needed. */
void xf_index_prefetch(const struct xf_index *index, uint64_t key);
size_t xf_index_size(const struct xf_index *index);

#endif
