/* SPDX-License-Identifier: Apache-2.0 */
/* Blocking: the keys under which mentions that may be one meet. All profiles of a key meet as long as no more have it than its
 * budget allows; beyond, each meets its nearest neighbours in the index's order only: questions of the current set, not of who came
 * first. */
#ifndef XF_LIB_BLOCK_H
#define XF_LIB_BLOCK_H

#include <stdbool.h>

#include "aspect.h"
#include "index.h"

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
/* Whether keys of the sort tell little: beyond their budget nobody meets under them. */
bool xf_key_sort_is_narrow(uint32_t sort);
/* The persons' comparisons that a sort of key decides wholly or in part: a bit each, XF_KEY_ATTRIBUTES for all attributes. */
#define XF_KEY_ATTRIBUTES (UINT32_C(1) << XF_COMPARISONS_MAX)
uint32_t xf_key_comparisons(uint32_t sort);
/* How many profiles of a key all meet, and beyond that how many neighbours on either side each meets. */
uint32_t xf_key_budget(const struct xf_model *model, uint64_t key);
uint32_t xf_key_window(const struct xf_model *model, uint64_t key);

/* Whether a key tells so little that its profiles meet only while they are few, and none has neighbours. */
bool xf_key_is_narrow(uint64_t key);

/* The key of a content by its hash: what is compared but has no other key has this one. */
uint64_t xf_key_of_content(uint64_t hash);

#endif
