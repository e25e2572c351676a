/* SPDX-License-Identifier: Apache-2.0 */
/* The addresses of two locations, scored: what score_location.c adds up. */
#ifndef XF_LIB_SCORE_ADDRESS_H
#define XF_LIB_SCORE_ADDRESS_H

#include "address_compare.h"
#include "score.h"

/* How two addresses stand to each other: the level, and what its parts take from it. */
struct xf_likeness {
    int level; /* -1: nothing to compare */
    enum xf_street_level street;
    struct xf_doors doors;
    bool streets, units;   /* compared */
    bool numbers, missing; /* both have a house number, or a unit's for one; one has */
};

/* Of all pairs of addresses the one that weighs most; a and b are NULL when a side has none. */
struct xf_address_pair {
    struct xf_likeness like;
    const struct xf_aspect_address *a, *b;
};

/* comparison is that of addresses. */
struct xf_address_pair xf_address_find_best(const struct xf_comparison *comparison, const struct xf_aspect *a,
                                            const struct xf_aspect *b);
/* Whether the houses are one at this level of the address. */
bool xf_address_has_house(int level);
/* What house and street take from the level. comparisons are the location's; the pair has a level. */
int32_t xf_score_parts(const struct xf_comparison *comparisons, const struct xf_address_pair *best, struct xf_trace *trace);
/* Units count when the houses may be one: they are by number or by the building's name, or a number is missing. Of premises known
 * by their own name (named) one side may leave out the unit. */
int32_t xf_score_units(const struct xf_comparison *comparison, const struct xf_address_pair *best, bool named,
                       struct xf_trace *trace);
/* The words that remain: no value stands for them, so that the trace names none. */
int32_t xf_score_words(const struct xf_comparison *comparison, const struct xf_aspect *a, const struct xf_aspect *b,
                       const struct xf_address_pair *best, struct xf_trace *trace);

#endif
