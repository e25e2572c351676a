/* SPDX-License-Identifier: Apache-2.0 */
/* A large table from keys of 50 bits to values of 32: nine bytes a slot, four fifths to nine tenths of the slots in use, and never
 * a pause to grow as a whole. Two entries may have one key. Keys must be spread evenly, their upper bits above all. */
#ifndef XF_LIB_TABLE_H
#define XF_LIB_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "crossflag/error.h"

#define XF_TABLE_KEY_BITS 50
#define XF_TABLE_SEGMENT_BITS 10 /* of the key: 1,024 segments, each of which grows by itself */

struct xf_table_segment {
    unsigned char *slots;
    uint32_t homes; /* places that keys are spread over */
    uint32_t room;  /* slots: the homes and a tail for what is pushed beyond; the last is always empty */
    uint32_t used;
};

struct xf_table {
    struct xf_table_segment *segments;
    size_t bytes; /* of all segments' slots */
};

/* A place in the table; valid until the table changes. */
struct xf_table_at {
    struct xf_table_segment *segment;
    uint32_t slot;
};

int xf_table_init(struct xf_table *table) XF_MUST_CHECK;
void xf_table_finish(struct xf_table *table); /* takes a zeroed table too */
/* The value of the first entry of a key, and where it is; 0 when there is none. */
uint32_t xf_table_find(const struct xf_table *table, uint64_t key, struct xf_table_at *ret);
/* The value of the next entry of the same key; 0 when there is none. Moves at. */
uint32_t xf_table_next(struct xf_table_at *at);
/* Adds an entry; value must not be 0. XF_OK, XF_ENOMEM. */
int xf_table_add(struct xf_table *table, uint64_t key, uint32_t value) XF_MUST_CHECK;
void xf_table_set(struct xf_table_at at, uint32_t value); /* not 0 */
void xf_table_remove(struct xf_table_at at);
/* Asks the processor for a key's slot before it is needed. */
void xf_table_prefetch(const struct xf_table *table, uint64_t key);
size_t xf_table_size(const struct xf_table *table);

#endif
