/* SPDX-License-Identifier: Apache-2.0 */
/* Entities over time: what a new clustering means for the identities that were there before. */
#ifndef XF_LIB_ENTITY_H
#define XF_LIB_ENTITY_H

#include "profile.h"
#include "vec.h"

/* A mention's place. A number that is not in use has profile XF_NONE. */
struct xf_mention_row {
    uint32_t profile;
    uint32_t next, previous; /* in its profile */
    uint32_t touched;        /* 1 + its row among the touched; 0 when nothing happened to it since the last settlement */
};

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

struct xf_entity {
    uint64_t position; /* of its founding */
    uint32_t ordinal;
    uint32_t first;    /* profile; XF_NONE: none */
    uint32_t size;     /* mentions at the last settlement */
    uint32_t redirect; /* XF_NONE while it lives; the entity that took it up; itself when it ended */
    uint32_t kind;
    uint32_t cluster; /* while settling: what goes on of it as it was; XF_NONE otherwise */
    uint32_t left;    /* while settling: members that were touched; 0 otherwise */
    uint32_t padding;
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
};

struct xf_entities {
    XF_VEC(struct xf_entity) rows;
    uint64_t living; /* that are neither redirects nor ended */
    XF_VEC(struct xf_touched) touched;
    XF_VEC(struct xf_value) kept_values; /* of touched mentions that went */
    /* Of the settlement in progress */
    XF_VEC(uint32_t) clustered; /* profiles, cluster by cluster */
    XF_VEC(struct xf_cluster) clusters;
    XF_VEC(struct xf_overlap) overlaps;
    XF_VEC(uint32_t) founders; /* clusters that get a new entity */
    XF_VEC(struct xf_linker_change) changes;
};

void xf_entities_finish(struct xf_entities *entities);
/* Gives every cluster its entity and fills changes, by ascending entity. clustered and clusters hold what was clustered again;
 * touched what came and went. mentions are rows by number. Profiles still name the entity that they come from, and their cluster.
 * XF_OK, XF_ENOMEM. */
int xf_entities_plan(struct xf_entities *entities, struct xf_profiles *profiles, struct xf_mention_row *mentions, uint64_t position,
                     uint32_t *ordinal) XF_MUST_CHECK;
/* Puts the plan in force. All working arrays but changes are empty afterwards. */
void xf_entities_settle(struct xf_entities *entities, struct xf_profiles *profiles, struct xf_mention_row *mentions);
/* Takes a profile out of its entity's chain. */
void xf_entities_unchain(struct xf_entities *entities, struct xf_profiles *profiles, uint32_t profile);

#endif
