/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles: what mentions say, once. Mentions with identical values share a profile, so that a thousand visits to one takeaway
 * block, score and cluster as one. A profile that does not even match itself at the link threshold (a first name, nothing more)
 * says too little to share: each of its mentions has one of its own, apart. A mention that a person spoke on has one of its own,
 * too, since it is no longer like the others. Edges are pairs of profiles at or above the review threshold. */
#ifndef XF_LIB_PROFILE_H
#define XF_LIB_PROFILE_H

#include <stdbool.h>

#include "aspect.h"
#include "crossflag/linker.h"
#include "slab.h"
#include "vec.h"

#define XF_PROFILE_LIVE 1
#define XF_PROFILE_APART 2 /* says too little to be linked by weight */
#define XF_PROFILE_OWN 4   /* of one mention that a person spoke on */
#define XF_PROFILE_DIRTY 8 /* its component is to be clustered again */
#define XF_PROFILE_OUT 16  /* out of the index for the moment: it meets nobody */

struct xf_profile {
    uint64_t hash[2]; /* of the content's texts: the same in every build and order of arrival */
    uint32_t values;  /* handle */
    uint32_t edges;   /* handle */
    uint32_t edge_count;
    uint32_t mention_count, first_mention;
    uint32_t arrived; /* mentions that came since the last settlement */
    uint32_t entity;  /* of the last settlement; XF_NONE: none yet */
    uint32_t next;    /* in the entity */
    uint32_t stamp;   /* the last walk that met it */
    uint32_t cluster; /* while settling; XF_NONE otherwise */
    uint32_t order;   /* what goes before the hash in the order of a key's profiles: a birth date, so that neighbours may be one */
    uint16_t count;   /* values */
    uint8_t kind;
    uint8_t flags;
};

struct xf_edge {
    uint32_t profile;
    int32_t weight;
};

struct xf_profiles {
    XF_VEC(struct xf_profile) rows;
    XF_VEC(uint32_t) free_rows; /* taken again last in, first out */
    XF_VEC(uint32_t) dirty;     /* may name rows that have died or been cleaned since */
    struct xf_slab values, edges;
    uint64_t *index; /* by hash, all that are not apart: half the hash, and the row + 1; 0 an empty slot */
    uint32_t index_mask, indexed;
    uint32_t walk;
    uint64_t edge_pairs, live;
};

int xf_profiles_init(struct xf_profiles *profiles) XF_MUST_CHECK;
void xf_profiles_finish(struct xf_profiles *profiles);

/* The hash of a content. */
void xf_profile_hash(const struct xf_intern *symbols, uint8_t kind, const struct xf_value *values, uint32_t count, uint64_t ret[2]);
/* Calls visit for each indexed profile of that content, until it returns non-zero. */
typedef int xf_profile_visit(void *context, uint32_t profile);
int xf_profiles_alike(const struct xf_profiles *profiles, const uint64_t hash[2], const struct xf_value *values, uint32_t count,
                      xf_profile_visit *visit, void *context);
/* The profile that a new mention of this content shares; XF_NONE when there is none. */
uint32_t xf_profiles_find(const struct xf_profiles *profiles, const uint64_t hash[2], const struct xf_value *values,
                          uint32_t count);

/* A new profile without mentions, indexed unless flags say that it is apart. XF_OK, XF_ENOMEM. */
int xf_profiles_add(struct xf_profiles *profiles, const uint64_t hash[2], uint8_t kind, uint8_t flags,
                    const struct xf_value *values, uint32_t count, uint32_t *ret) XF_MUST_CHECK;
/* The same in a given row, which must exist and be empty: what a load does. */
int xf_profiles_restore(struct xf_profiles *profiles, uint32_t row, const uint64_t hash[2], uint8_t kind, uint8_t flags,
                        const struct xf_value *values, uint32_t count) XF_MUST_CHECK;
/* Forgets a profile that has neither mentions nor edges nor an entity any more. */
int xf_profiles_remove(struct xf_profiles *profiles, uint32_t profile) XF_MUST_CHECK;
/* Begins a walk: no profile's stamp equals profiles->walk. */
void xf_profiles_walk(struct xf_profiles *profiles);
int xf_profiles_mark(struct xf_profiles *profiles, uint32_t profile) XF_MUST_CHECK; /* dirty */

int32_t *xf_profiles_edge(const struct xf_profiles *profiles, uint32_t a, uint32_t b); /* the weight of their edge, NULL: none */
int xf_profiles_join(struct xf_profiles *profiles, uint32_t a, uint32_t b, int32_t weight) XF_MUST_CHECK;
int xf_profiles_part(struct xf_profiles *profiles, uint32_t a, uint32_t b) XF_MUST_CHECK;

size_t xf_profiles_size(const struct xf_profiles *profiles);

static inline const struct xf_value *xf_profile_values(const struct xf_profiles *profiles, const struct xf_profile *profile)
{
    return profile->count ? xf_slab_at(&profiles->values, profile->values) : NULL;
}

static inline const struct xf_edge *xf_profile_edges(const struct xf_profiles *profiles, const struct xf_profile *profile)
{
    return profile->edge_count ? xf_slab_at(&profiles->edges, profile->edges) : NULL;
}

static inline void xf_profile_open(const struct xf_profiles *profiles, const struct xf_lexicon *lexicon, uint32_t profile,
                                   struct xf_aspect *ret)
{
    const struct xf_profile *row = &profiles->rows.items[profile];

    xf_aspect_open(ret, lexicon, row->kind, xf_profile_values(profiles, row), row->count);
}

#endif
