/* SPDX-License-Identifier: Apache-2.0 */
/* How two addresses' parts stand to each other: house numbers, units, streets, and the words that remain. Texts are those of
 * xf_normalise_address; "" is unknown. All relations are symmetric and functions of the texts alone. */
#ifndef XF_LIB_ADDRESS_COMPARE_H
#define XF_LIB_ADDRESS_COMPARE_H

#include <stdint.h>

#include "aspect.h"
#include "model.h"

/* Up to where the numbers of a house reach: 12; 12a; 21-29; 92-92a. */
struct xf_house {
    uint32_t low, high;           /* 0: no number; equal for a single house */
    char low_letter, high_letter; /* 0, a..z, or XF_HOUSE_HALF */
    char unit[16];                /* of 12/3, Edinburgh's flat 3 of number 12 */
};
#define XF_HOUSE_HALF '+' /* 144 and a half */

struct xf_house xf_house_read(const char *text);

/* The doors of two addresses: the houses' relation, and that of the units in them, which are compared only when the houses are one.
 */
struct xf_doors {
    enum xf_house_level house;
    enum xf_unit_level unit;
};
struct xf_doors xf_doors_compare(const char *a_house, const char *a_unit, const char *b_house, const char *b_unit);
enum xf_unit_level xf_unit_compare(const char *a, const char *b);
/* Both known. */
enum xf_street_level xf_street_compare(const char *a, const char *b);
/* The name of a street without the word that says what kind of street it is; never less than one word. Returns its length. */
size_t xf_street_base(const char *street);
/* Whether every word of the shorter text stands in the longer one, of which it must be more than a single short word. */
bool xf_words_within(const char *a, const char *b);

/* What the words beside number, unit and street have in common, in shares of a thousand. */
struct xf_overlap {
    int32_t agreeing;  /* of all words, those that both have */
    int32_t left_out;  /* those that one side has more than the other */
    int32_t differing; /* those that each side has and the other has not */
    bool parts;        /* each names another part of one building or estate, or one side what lies beside the other */
};
/* street says whether the streets' words count too: they do when one side has no street to compare. */
struct xf_overlap xf_overlap_compare(const struct xf_aspect *a, const struct xf_aspect_address *a_address,
                                     const struct xf_aspect *b, const struct xf_aspect_address *b_address, bool street);

#endif
