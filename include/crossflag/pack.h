/* SPDX-License-Identifier: Apache-2.0 */
/* The state as bytes: what a snapshot holds and what two folds are compared by. Every part of the state writes its flat
 * arrays through an xf_pack and reads them back through an xf_unpack; derived indexes are rebuilt, not written.
 * Little-endian hosts only (checked at compile time): arrays of plain structs go as they lie in memory, so their
 * padding must be zero. */
#ifndef CROSSFLAG_PACK_H
#define CROSSFLAG_PACK_H

#include <stddef.h>
#include <stdint.h>

#include "crossflag/error.h"

/* Where packed bytes go. write returns XF_OK or XF_EIO. */
struct xf_pack {
    int (*write)(void *context, const void *bytes, size_t length);
    void *context;
};

/* Where they come from. read fills exactly length bytes, or returns XF_EIO. */
struct xf_unpack {
    int (*read)(void *context, void *bytes, size_t length);
    void *context;
};

/* A section starts with a four-letter tag, the element's size and the count; unpack refuses any other tag or size. */
int xf_pack_begin(struct xf_pack *pack, const char tag[4], size_t item_size, uint64_t count) XF_MUST_CHECK;
int xf_unpack_begin(struct xf_unpack *unpack, const char tag[4], size_t item_size, uint64_t *ret_count) XF_MUST_CHECK;
/* A whole section. */
int xf_pack_array(struct xf_pack *pack, const char tag[4], const void *items, size_t item_size, uint64_t count) XF_MUST_CHECK;
/* Reads a whole section into a malloc'ed array that the caller owns (NULL when count is 0). XF_EINVAL, XF_ENOMEM, XF_EIO. */
int xf_unpack_array(struct xf_unpack *unpack, const char tag[4], size_t item_size, void **ret_items,
                    uint64_t *ret_count) XF_MUST_CHECK;

#endif
