/* SPDX-License-Identifier: Apache-2.0 */
/* A mention opened for comparing: its values by field, its names paired, its addresses put together. Made on the stack for a
 * comparison, borrows values and lexemes. */
#ifndef XF_LIB_ASPECT_H
#define XF_LIB_ASPECT_H

#include "crossflag/date.h"
#include "lexicon.h"

#define XF_ASPECT_NAMES 16 /* further ones are not compared */
#define XF_ASPECT_DATES 12
#define XF_ASPECT_ADDRESSES 12

struct xf_aspect_name {
    const struct xf_lexeme *given, *family; /* NULL: unknown */
    const struct xf_value *value;           /* the given name's, else the family name's */
    const struct xf_value *given_value, *family_value;
    uint8_t group;
};

struct xf_aspect_date {
    xf_date date; /* a placeholder first of January is its year alone; that of 1900 is none */
    const struct xf_value *value;
};

struct xf_aspect_address {
    uint32_t flat, house, building, street, town, postcode, uprn; /* symbols, 0 absent */
    const struct xf_value *value;                                 /* the one that tells most */
    uint8_t group;
    bool misshapen; /* the postcode has no postcode's form: equal it says where, different it says nothing */
};

struct xf_aspect {
    const struct xf_value *values;
    const struct xf_lexicon *lexicon;
    uint32_t count;
    uint8_t kind, name_count, date_count, address_count;
    uint8_t first[XF_FIELDS + 1]; /* values of field f are first[f] .. first[f + 1] */
    struct xf_aspect_name names[XF_ASPECT_NAMES];
    struct xf_aspect_date dates[XF_ASPECT_DATES];
    struct xf_aspect_address addresses[XF_ASPECT_ADDRESSES];
    struct xf_value room[XF_MENTION_VALUES_MAX]; /* for the values of one that opens a profile: an aspect is not to be copied */
};

/* values are sealed (sorted by field), at most XF_MENTION_VALUES_MAX, and their words are in the lexicon. */
void xf_aspect_open(struct xf_aspect *aspect, const struct xf_lexicon *lexicon, uint8_t kind, const struct xf_value *values,
                    uint32_t count);
/* Whether two addresses say the same. */
bool xf_aspect_same_address(const struct xf_aspect_address *a, const struct xf_aspect_address *b);

#endif
