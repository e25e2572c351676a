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
    uint32_t sample_count;
    uint32_t samples[XF_CLUSTER_SAMPLES]; /* of a root: its least members */
};

/* An edge between nodes, a < b; or a pair that people keep apart (weight unused). */
struct xf_cluster_edge {
    int32_t weight;
    uint32_t a, b;
};

struct xf_clusterer {
    XF_VEC(struct xf_cluster_node) nodes;
    XF_VEC(uint32_t) places; /* by member: its node */
    XF_VEC(struct xf_cluster_edge) edges, same, apart;
};

void xf_clusterer_finish(struct xf_clusterer *clusterer);
/* Clusters the profiles of a component (ascending): groups[i] becomes the index in members of the first member of i's cluster. */
int xf_cluster_component(const struct xf_linker *linker, struct xf_clusterer *clusterer, const uint32_t *members, uint32_t count,
                         uint32_t *groups) XF_MUST_CHECK;

#endif
