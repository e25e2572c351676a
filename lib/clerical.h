/* SPDX-License-Identifier: Apache-2.0 */
/* What is worth a person's look, kept while edges come and go: pairs between the thresholds, links that are hardly above theirs,
 * and pairs that link by weight but that the clustering keeps in two entities. Derived: never saved, made anew by a load.
 *
 * What a look is worth. A person's word on a pair tells as much as was in doubt: the entropy of the pair's posterior, whose odds
 * are 2^weight, the prior being in the weight; one bit at even odds, next to nothing where the weight has spoken. Of a pair that
 * weighs enough and is kept apart all the same (a hard conflict, or its groups contradict each other) the weight says one thing and
 * the rest another: it counts as half a bit. What hangs on the word (flags, children, sizes) is not the linker's to know: those who
 * show the queue multiply by it.
 *
 * Edges lie in sets by their distance from even odds, half a bit each, so that the most doubtful are found without a look at the
 * others. An edge that is in one takes 11 to 22 bytes; what that costs a new mention could not be measured (30,000 persons, 12,915
 * edges, 7,321 of them in doubt: 0.17 s with and without). */
#ifndef XF_LIB_CLERICAL_H
#define XF_LIB_CLERICAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crossflag/error.h"

#define XF_CLERICAL_BANDS 64    /* of half a bit */
#define XF_CLERICAL_MARGIN 4000 /* a link is weak up to so much above its threshold */

/* A set of pairs: a in the upper half, b in the lower, a < b; 0 is an empty slot. Open addressing, a power of two. */
struct xf_clerical_set {
    uint64_t *slots;
    uint32_t mask, count;
};

struct xf_clerical {
    struct xf_clerical_set bands[XF_CLERICAL_BANDS];
    struct xf_clerical_set refused;
};

struct xf_linker;

void xf_clerical_finish(struct xf_clerical *clerical);
size_t xf_clerical_size(const struct xf_clerical *clerical);
/* pair.c and keep.c: an edge between two profiles has come; is about to go. */
int xf_clerical_add(struct xf_linker *linker, uint32_t a, uint32_t b, int32_t weight) XF_MUST_CHECK;
void xf_clerical_drop(struct xf_linker *linker, uint32_t a, uint32_t b, int32_t weight);
/* settle.c: the members of a component went to these groups (see cluster.h). */
int xf_clerical_clustered(struct xf_linker *linker, const uint32_t *members, uint32_t count, const uint32_t *groups) XF_MUST_CHECK;
/* keep.c: all edges and entities are there. */
int xf_clerical_restore(struct xf_linker *linker) XF_MUST_CHECK;

#endif
