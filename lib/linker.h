/* SPDX-License-Identifier: Apache-2.0 */
/* The linker's inside, shared by linker.c (what the caller does to it), kin.c (who says the same), pair.c (which pairs have edges),
 * settle.c, cluster.c and succession.c (what becomes of them), identity.c, inquiry.c, bond.c and clerical.c (what can be asked) and
 * keep.c (the state as bytes). */
#ifndef XF_LIB_LINKER_H
#define XF_LIB_LINKER_H

#include "block.h"
#include "clerical.h"
#include "cluster.h"
#include "crossflag/linker.h"
#include "entity.h"
#include "lexicon.h"
#include "profile.h"
#include "score.h"
#include "verdict.h"

/* Two profiles. */
struct xf_couple {
    uint32_t a, b;
};

struct xf_linker {
    const struct xf_model *model;
    struct xf_intern *symbols;
    struct xf_lexicon lexicon;
    struct xf_profiles profiles;
    struct xf_index index;
    struct xf_verdicts verdicts;
    struct xf_entities entities;
    struct xf_clerical clerical; /* derived */
    xf_mention_pool mentions;    /* by number */
    uint64_t mention_count;
    uint64_t comparisons; /* pairs scored to find edges, ever */
    bool bulk;            /* mentions are put under their keys only; bulk.c compares them */
    /* Working memory */
    XF_VEC(uint32_t) candidates;
    XF_VEC(struct xf_couple) doomed;     /* edges that are to go */
    XF_VEC(struct xf_couple) straddling; /* pairs that a profile stepped between, or from between */
    XF_VEC(uint32_t) component, groups, places;
    struct xf_clusterer clusterer;
};

/* pair.c: a profile with its values enters the index and gets its edges; it leaves, and its edges go. Marks dirty what must be
 * clustered again. */
int xf_pairs_enter(struct xf_linker *linker, uint32_t profile) XF_MUST_CHECK;
/* The same for a profile that is open already. */
int xf_pairs_enter_open(struct xf_linker *linker, uint32_t profile, const struct xf_aspect *aspect,
                        const struct xf_keys *keys) XF_MUST_CHECK;
int xf_pairs_leave(struct xf_linker *linker, uint32_t profile) XF_MUST_CHECK;
/* kin.c: the keys that a profile stands under. */
void xf_pairs_keys(const struct xf_linker *linker, uint32_t profile, struct xf_keys *ret);
/* Adds to a profile's keys what it stands under besides. */
void xf_pairs_complete(const struct xf_linker *linker, uint32_t profile, struct xf_keys *keys);
/* The profile in the index that a new mention of this content shares; keys are the content's. XF_NONE when there is none. */
uint32_t xf_pairs_shared(const struct xf_linker *linker, const struct xf_content *content, const struct xf_keys *keys);
/* Whether two profiles say the same and enough to be one. */
bool xf_pair_alike(const struct xf_linker *linker, uint32_t a, uint32_t b);
/* The order of a key's profiles: an xf_index_before whose context is the linker. By birth date, content, and what people said on a
 * mention of that content; those that nothing tells apart by number. A profile's words must not change while it is in the index.
 * Under a narrow key, where none has neighbours, by number. */
bool xf_pair_before(const void *linker, uint64_t key, uint32_t a, uint32_t b);
/* Gives two profiles their edge. */
int xf_pairs_connect(struct xf_linker *linker, uint32_t a, uint32_t b, int32_t weight) XF_MUST_CHECK;
/* Whether an edge links by itself. */
bool xf_pair_links(const struct xf_linker *linker, uint32_t a, uint32_t b, int32_t weight);

/* linker.c: makes the mentions reach a number; the new ones are not in use. */
int xf_linker_make_room(struct xf_linker *linker, uint32_t number) XF_MUST_CHECK;
/* What people said on a mention, by the contents of the others: tells it from mentions of the same content. 0: nothing. */
uint64_t xf_linker_words_hash(const struct xf_linker *linker, uint32_t mention);
/* Notes that something happened to a mention; replaced: it comes or goes. To be called before it does. */
int xf_linker_touch(struct xf_linker *linker, uint32_t number, bool replaced) XF_MUST_CHECK;
/* succession.c: says of every touched mention which entity it comes from. */
int xf_linker_succeed(struct xf_linker *linker) XF_MUST_CHECK;
/* bond.c: says of each merge that a settlement plans by which edge it came. To be called while profiles still know where they come
 * from. */
void xf_linker_explain(struct xf_linker *linker);
/* Frees what a linker holds, but not itself. */
void xf_linker_finish(struct xf_linker *linker);

static inline bool xf_linker_has(const struct xf_linker *linker, uint32_t number)
{
    return number < linker->mentions.count && xf_pool_at(&linker->mentions, number)->profile != XF_NONE;
}

/* The profile of a mention that is in use. */
static inline struct xf_profile *xf_linker_profile(const struct xf_linker *linker, uint32_t number)
{
    return xf_profile_at(&linker->profiles, xf_pool_at(&linker->mentions, number)->profile);
}

#endif
