/* SPDX-License-Identifier: Apache-2.0 */
/* The clustering of one connected component: deterministic, constrained, and the same whatever the order of arrival. */
#ifndef XF_LIB_CLUSTER_H
#define XF_LIB_CLUSTER_H

#include <stdint.h>

#include "crossflag/error.h"
#include "vec.h"

struct xf_linker;

#define XF_CLUSTER_SAMPLES 8 /* members of a group that stand for it when two groups are compared */

/* A profile in its component. Nodes are sorted by their content, so that a lower index says nothing about arrival. */
struct xf_cluster_node {
    uint64_t key[3];           /* content hash; of a profile that people spoke on also what they said */
    uint64_t ids;              /* hash of its identifiers that forbid others; 0 when it has none */
    uint32_t profile, mention; /* mention: the last tie-break, of contents and decisions that mirror each other */
    uint32_t parent, size;
    uint32_t next_ids, last_ids; /* of a root: chain of nodes with different ids, itself included when it has some */
    uint32_t first_ids;
    uint32_t portrait; /* of a root of several: which; XF_NONE: a node by itself */
};

/* An edge between nodes, a < b; or a pair that people keep apart (weight unused). */
struct xf_cluster_edge {
    int32_t weight;
    uint32_t a, b;
};

/* What two groups weighed when they had so many members. */
struct xf_cluster_memory {
    uint32_t a, b, a_size, b_size;
    int32_t weight;
};

struct xf_portrait;

/* Working memory of one component after the other. */
struct xf_clusterer {
    XF_VEC(struct xf_cluster_node) nodes;
    XF_VEC(uint32_t) places; /* by member: its node */
    XF_VEC(struct xf_cluster_edge) edges, same, apart;
    XF_VEC(struct xf_cluster_memory) memory; /* a power of two; direct-mapped: a lost entry costs time only */
    XF_VEC(struct xf_portrait *) portraits;  /* owned */
    uint32_t portrait_count;                 /* in use */
};

void xf_clusterer_finish(struct xf_clusterer *clusterer);
/* Clusters the profiles of a component (ascending): groups[i] becomes the index in members of the first member of i's cluster. */
int xf_cluster_component(const struct xf_linker *linker, struct xf_clusterer *clusterer, const uint32_t *members, uint32_t count,
                         uint32_t *groups) XF_MUST_CHECK;

#endif
