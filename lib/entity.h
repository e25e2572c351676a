/* SPDX-License-Identifier: Apache-2.0 */
/* Entities over time: what a new clustering means for the identities that were there before. */
#ifndef XF_LIB_ENTITY_H
#define XF_LIB_ENTITY_H

#include "map.h"
#include "profile.h"
#include "vec.h"

/* A mention's place. A number that is not in use has profile XF_NONE. */
struct xf_mention_row {
    uint32_t profile;
};

typedef XF_POOL(struct xf_mention_row) xf_mention_pool;

#define XF_TOUCHED_REPLACED 1  /* it was added or removed; without: it changed its profile only */
#define XF_TOUCHED_KEPT 2      /* what it said at the last settlement is kept */
#define XF_TOUCHED_CONTINUED 4 /* while settling: a mention that came continues it */

/* A mention number under which something came, went or changed its profile since the last settlement. */
struct xf_touched {
    uint32_t mention;
    uint32_t entity;      /* what it belonged to then; XF_NONE: it was not there */
    uint32_t origin;      /* while settling: the entity that the mention under the number comes from; XF_NONE: none */
    uint32_t first_value; /* of those kept */
    uint16_t count;
    uint8_t kind;
    uint8_t flags;
};

/* Five words: there are some five million for ten million mentions. */
struct xf_entity {
    uint32_t position_low, position_high; /* of its founding */
    uint32_t ordinal;
    uint32_t first;     /* profile; of one that lives no more: the entity that took it up, itself when it ended */
    uint32_t size : 29; /* mentions at the last settlement */
    uint32_t dead : 1;
    uint32_t kind : 2;
};

#define XF_ENTITY_SIZE_MAX ((UINT32_C(1) << 29) - 1)

/* While settling, an entity that touched mentions belonged to or come to. */
struct xf_old_entity {
    uint32_t cluster; /* what goes on of it as it was; XF_NONE: it was clustered again, or nothing is left */
    uint32_t left;    /* members that were touched */
};

/* Entities that one took up, in ascending order: first and last are rows of redirects. */
struct xf_redirect_chain {
    uint32_t first, last;
};
struct xf_redirect {
    uint32_t entity;
    uint32_t next; /* row; XF_NONE at the end */
};

/* A group of profiles that are one entity from now on. */
struct xf_cluster {
    uint32_t first, count;   /* in clustered; count 0: an entity that was not clustered again and keeps its profiles */
    uint32_t before;         /* count 0: that entity */
    uint32_t size;           /* mentions */
    uint32_t lowest;         /* the least mention number; XF_NONE: not looked for yet */
    uint32_t entity;         /* who it becomes */
    uint32_t parent, shared; /* the entity that most of its members came from, and how many */
    uint32_t kept;           /* how many came from `entity` */
    uint32_t replaced;       /* 1: a member was added or replaced */
    uint32_t chain;          /* first profile, once known */
};

/* How many mentions went from an entity to a cluster (XF_NONE: nowhere). */
struct xf_overlap {
    uint32_t entity, cluster, count;
    uint32_t heir; /* of an entity's first overlap: the cluster in which it goes on */
};

struct xf_entities {
    XF_POOL(struct xf_entity) rows;
    uint64_t living; /* that are neither redirects nor ended */
    XF_VEC(struct xf_touched) touched;
    struct xf_map touched_rows;          /* by mention: its row among the touched */
    XF_VEC(struct xf_value) kept_values; /* of touched mentions that went */
    XF_VEC(struct xf_redirect) redirects;
    XF_VEC(struct xf_redirect_chain) chains;
    struct xf_map chain_of; /* by entity */
    /* Of the settlement in progress */
    XF_VEC(uint32_t) clustered; /* profiles, cluster by cluster; all are marked as met */
    XF_VEC(struct xf_cluster) clusters;
    XF_VEC(struct xf_overlap) overlaps;
    XF_VEC(struct xf_old_entity) old;
    struct xf_map old_rows;    /* by entity: its row of old */
    XF_VEC(uint32_t) founders; /* clusters that get a new entity */
    XF_VEC(struct xf_linker_change) changes;
};

void xf_entities_finish(struct xf_entities *entities);
/* lineage.c: gives every cluster its entity and fills changes, by ascending entity. clustered and clusters hold what was clustered
 * again; touched what came and went. mentions are rows by number. Profiles still name the entity that they come from, and those
 * that are met their cluster. XF_OK, XF_ENOMEM. */
int xf_entities_plan(struct xf_entities *entities, struct xf_profiles *profiles, const xf_mention_pool *mentions, uint64_t position,
                     uint32_t *ordinal) XF_MUST_CHECK;
/* While a plan stands: the cluster in which an entity that the plan names goes on, XF_NONE: in none. */
uint32_t xf_entities_heir(const struct xf_entities *entities, uint32_t entity);
/* Puts the plan in force. All working arrays but changes are empty afterwards, and no profile is met. */
void xf_entities_settle(struct xf_entities *entities, struct xf_profiles *profiles);
/* Takes a profile out of its entity's chain. */
void xf_entities_unchain(struct xf_entities *entities, struct xf_profiles *profiles, uint32_t profile);
/* Notes that an entity, which is dead, was taken up by another. */
int xf_entities_redirect(struct xf_entities *entities, uint32_t entity, uint32_t to) XF_MUST_CHECK;
size_t xf_entities_size(const struct xf_entities *entities);

static inline struct xf_entity *xf_entity_at(const struct xf_entities *entities, uint32_t entity)
{
    return xf_pool_at(&entities->rows, entity);
}

/* The first profile of its chain; XF_NONE of one that lives no more. */
static inline uint32_t xf_entity_first(const struct xf_entities *entities, uint32_t entity)
{
    const struct xf_entity *row = xf_entity_at(entities, entity);

    return row->dead ? XF_NONE : row->first;
}

static inline uint64_t xf_entity_position(const struct xf_entity *row)
{
    return (uint64_t)row->position_high << 32 | row->position_low;
}

#endif
