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
#include "pool.h"
#include "slab.h"
#include "vec.h"

#define XF_PROFILE_LIVE 1
#define XF_PROFILE_APART 2   /* says too little to be linked by weight */
#define XF_PROFILE_OWN 4     /* of one mention that a person spoke on */
#define XF_PROFILE_DIRTY 8   /* its component is to be clustered again */
#define XF_PROFILE_OUT 16    /* out of the index for the moment: it meets nobody */
#define XF_PROFILE_MET 32    /* within one call: whoever walks has been here */
#define XF_PROFILE_SHARED 64 /* mentions is a list's handle */

#define XF_PROFILE_EDGES_MAX ((UINT32_C(1) << 22) - 1)

/* Nine words for what most of the memory goes to: rows of a table of millions. */
struct xf_profile {
    uint32_t hash[2];  /* of the content's texts: the same in every build and order of arrival */
    uint32_t values;   /* handle */
    uint32_t edges;    /* handle */
    uint32_t mentions; /* the mention when there is one; else the handle of the list; XF_NONE: none */
    uint32_t entity;   /* of the last settlement; XF_NONE: none yet */
    uint32_t next;     /* in the entity; of one that is clustered again, while settling: its cluster */
    uint32_t edge_count : 22;
    uint32_t words : 10; /* of packed values */
    uint32_t
        order : 23; /* what goes before the hash in the order of a key's profiles: a birth date, so that neighbours may be one */
    uint32_t kind : 2;
    uint32_t flags : 7;
};

struct xf_edge {
    uint32_t profile;
    int32_t weight;
};

struct xf_profiles {
    XF_POOL(struct xf_profile) rows;
    XF_VEC(uint32_t) free_rows;   /* taken again last in, first out */
    XF_VEC(uint32_t) dirty;       /* may name rows that have died or been cleaned since */
    struct xf_slab values, edges; /* values: packed */
    struct xf_slab mentions;      /* of profiles with several: their count, then they, ascending */
    uint64_t edge_pairs, live;
};

/* What a profile is found by. */
struct xf_content {
    const struct xf_value *values;
    uint32_t count;
    uint8_t kind;
    uint32_t hash[2];
    uint32_t order;
};

void xf_profiles_init(struct xf_profiles *profiles);
void xf_profiles_finish(struct xf_profiles *profiles);

/* Works out a content's hash and order; values are borrowed. */
void xf_content_open(struct xf_content *content, const struct xf_intern *symbols, uint8_t kind, const struct xf_value *values,
                     uint32_t count);
/* Whether a profile says just this. */
bool xf_profile_says(const struct xf_profiles *profiles, const struct xf_profile *row, const struct xf_content *content);
/* The hash of a content's texts, which is the same in every build; seed 0: a profile's; another: what tells contents of one hash
 * apart. */
uint64_t xf_content_hash(const struct xf_intern *symbols, uint8_t kind, const struct xf_value *values, uint32_t count,
                         uint64_t seed);

/* A new profile without mentions. XF_OK, XF_ENOMEM. */
int xf_profiles_add(struct xf_profiles *profiles, const struct xf_content *content, uint32_t flags, uint32_t *ret) XF_MUST_CHECK;
/* The same in a given row, which must exist and be empty: what a load does. */
int xf_profiles_restore(struct xf_profiles *profiles, uint32_t row, const struct xf_content *content, uint32_t flags) XF_MUST_CHECK;
/* Forgets a profile that has neither mentions nor edges nor an entity any more. */
int xf_profiles_remove(struct xf_profiles *profiles, uint32_t profile) XF_MUST_CHECK;
int xf_profiles_mark(struct xf_profiles *profiles, uint32_t profile) XF_MUST_CHECK; /* dirty */

/* A mention comes to a profile, or goes from it. XF_OK, XF_ENOMEM. */
int xf_profiles_attach(struct xf_profiles *profiles, uint32_t profile, uint32_t mention) XF_MUST_CHECK;
int xf_profiles_detach(struct xf_profiles *profiles, uint32_t profile, uint32_t mention) XF_MUST_CHECK;
/* A profile's mentions, ascending; borrowed until one comes or goes. */
const uint32_t *xf_profile_mentions(const struct xf_profiles *profiles, const struct xf_profile *row, uint32_t *ret_count);
/* The mention that stands behind this one in its profile; XF_NONE behind the last. */
uint32_t xf_profile_next_mention(const struct xf_profiles *profiles, const struct xf_profile *row, uint32_t mention);

int32_t *xf_profiles_edge(const struct xf_profiles *profiles, uint32_t a, uint32_t b); /* the weight of their edge, NULL: none */
int xf_profiles_join(struct xf_profiles *profiles, uint32_t a, uint32_t b, int32_t weight) XF_MUST_CHECK; /* that have no edge */
int xf_profiles_part(struct xf_profiles *profiles, uint32_t a, uint32_t b) XF_MUST_CHECK;                 /* that have one */
size_t xf_profiles_size(const struct xf_profiles *profiles);

static inline struct xf_profile *xf_profile_at(const struct xf_profiles *profiles, uint32_t profile)
{
    return xf_pool_at(&profiles->rows, profile);
}

/* The least of its mentions; XF_NONE when it has none. */
static inline uint32_t xf_profile_first(const struct xf_profiles *profiles, const struct xf_profile *row)
{
    return row->flags & XF_PROFILE_SHARED ? ((const uint32_t *)xf_slab_at(&profiles->mentions, row->mentions))[1] : row->mentions;
}

static inline const struct xf_edge *xf_profile_edges(const struct xf_profiles *profiles, const struct xf_profile *row)
{
    return row->edge_count ? xf_slab_at(&profiles->edges, row->edges) : NULL;
}

/* Its values, and how many there are. */
uint32_t xf_profile_values(const struct xf_profiles *profiles, const struct xf_profile *row,
                           struct xf_value values[static XF_MENTION_VALUES_MAX]);
/* Opens it for comparing; its values lie in the aspect's room. */
void xf_profile_open(const struct xf_profiles *profiles, const struct xf_lexicon *lexicon, uint32_t profile, struct xf_aspect *ret);
void xf_profile_prefetch_values(const struct xf_profiles *profiles, const struct xf_profile *row);

#endif
