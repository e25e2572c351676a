/* SPDX-License-Identifier: Apache-2.0 */
/* Walks from some entities breadth first and gathers what ties them to what they meet. Called by the questions along the graph. The
 * queue is the list of nodes itself. Invariant: each pair of entities is told by the one that is walked first, so that no relation
 * comes twice; between two nodes of the last depth nothing is told. */
#include "crossflag/walk.h"

#include <stdlib.h>

#include "expand.h"

/* Hits that are sorted under the lock: some 20 µs. */
#define SORT_MAX 128
/* Withheld records that are listed, for whom to ask. */
#define WITHHELD_MAX 1024

struct xf_walk {
    struct xf_tie_filter filter;
    uint32_t hops, hub_links, max;
    uint32_t roots, next; /* the node to walk next */
    struct xf_expansion expansion;
    bool walking, ready; /* ready: gathered, to be sorted */
    bool truncated;
    XF_VEC(struct xf_node) nodes;
    struct xf_map rows; /* by entity: its node */
    struct xf_relations relations;
    XF_VEC(uint32_t) withheld;
    uint32_t withheld_links, withheld_records;
};

static int add_node(struct xf_walk *walk, uint32_t entity, uint32_t mention, uint32_t depth)
{
    if (xf_map_get(&walk->rows, entity))
        return XF_OK;
    if (xf_vec_push(&walk->nodes, (struct xf_node){.entity = entity, .mention = mention, .depth = (uint16_t)depth}) != XF_OK)
        return XF_ENOMEM;
    return xf_map_put(&walk->rows, entity, walk->nodes.count - 1);
}

struct xf_walk *xf_walk_create(const struct xf_walk_question *question, const uint32_t *roots, uint32_t count)
{
    struct xf_walk *walk = calloc(1, sizeof(*walk));

    if (!walk)
        return NULL;
    walk->filter = *question->filter;
    walk->hops = question->hops;
    walk->hub_links = question->hub_links;
    walk->max = question->relations;
    for (uint32_t i = 0; i < count; i++) {
        if (add_node(walk, roots[i], XF_NONE, 0) != XF_OK) {
            xf_walk_destroy(walk);
            return NULL;
        }
    }
    walk->roots = walk->nodes.count;
    return walk;
}

void xf_walk_destroy(struct xf_walk *walk)
{
    if (!walk)
        return;
    xf_expansion_finish(&walk->expansion);
    xf_vec_free(&walk->nodes);
    xf_map_finish(&walk->rows);
    xf_relations_finish(&walk->relations);
    xf_vec_free(&walk->withheld);
    free(walk);
}

static const struct xf_node *node_of(const struct xf_walk *walk, uint32_t entity)
{
    const uint32_t *row = xf_map_get(&walk->rows, entity);

    return row ? &walk->nodes.items[*row] : NULL;
}

/* Whether its relations with whomever is walked now were told already. */
static bool told(const struct xf_walk *walk, uint32_t entity)
{
    const struct xf_node *node = node_of(walk, entity);

    return node && node->walked;
}

static int by_pair(const void *a, const void *b)
{
    const struct xf_withheld_tie *x = a, *y = b;

    if (x->other != y->other)
        return x->other < y->other ? -1 : 1;
    return (x->record > y->record) - (x->record < y->record);
}

/* Counts the links of which every record is withheld. */
static int note_withheld(struct xf_walk *walk)
{
    struct xf_expansion *expansion = &walk->expansion;
    const struct xf_withheld_tie *before = NULL;

    if (expansion->withheld.count > 1)
        qsort(expansion->withheld.items, expansion->withheld.count, sizeof(*expansion->withheld.items), by_pair);
    for (uint32_t i = 0; i < expansion->withheld.count; i++) {
        const struct xf_withheld_tie *tie = &expansion->withheld.items[i];

        if (told(walk, tie->other) ||
            expansion->neighbours.items[*xf_map_get(&expansion->rows, tie->other)].flags & XF_NEIGHBOUR_SHOWN)
            continue;
        walk->withheld_links += !before || before->other != tie->other;
        if (!before || before->other != tie->other || before->record != tie->record) {
            walk->withheld_records++;
            if (walk->withheld.count < WITHHELD_MAX && xf_vec_push(&walk->withheld, tie->record) != XF_OK)
                return XF_ENOMEM;
        }
        before = tie;
    }
    return XF_OK;
}

/* What was gathered around the node becomes relations and further nodes. */
static int settle(struct xf_walk *walk)
{
    struct xf_expansion *expansion = &walk->expansion;
    struct xf_node *node = &walk->nodes.items[walk->next];
    uint32_t depth = node->depth, kept = 0, first = walk->relations.rows.count;
    bool cut = false;
    int rc;

    walk->walking = walk->ready = false;
    walk->next++;
    if (expansion->hub) {
        node->hub = true;
        return XF_OK;
    }
    walk->truncated = walk->truncated || expansion->cut;
    for (uint32_t i = 0; i < expansion->hits.count; i++)
        if (!told(walk, expansion->hits.items[i].other))
            expansion->hits.items[kept++] = expansion->hits.items[i];
    expansion->hits.count = kept;
    rc = note_withheld(walk);
    node->walked = true;
    if (rc == XF_OK)
        rc = xf_relations_group(&walk->relations, expansion, walk->max, &cut);
    walk->truncated = walk->truncated || cut;
    for (uint32_t i = first; rc == XF_OK && i < walk->relations.rows.count; i++) {
        const struct xf_relation *relation = &walk->relations.rows.items[i];
        uint32_t other = relation->from == expansion->entity ? relation->to : relation->from;

        rc = add_node(walk, other, expansion->neighbours.items[*xf_map_get(&expansion->rows, other)].mention, depth + 1);
    }
    return rc;
}

int xf_walk_rest(struct xf_walk *walk)
{
    return walk->ready ? settle(walk) : XF_OK;
}

int xf_walk_step(struct xf_walk *walk, const struct xf_view *view, uint32_t looks)
{
    while (looks) {
        const struct xf_node *node;
        int rc = xf_walk_rest(walk);

        if (rc != XF_OK)
            return rc;
        node = walk->next < walk->nodes.count ? &walk->nodes.items[walk->next] : NULL;
        /* Depths only rise along the list. */
        if (!node || node->depth >= walk->hops)
            return XF_OK;
        /* With the list full, whatever is still to be walked could only add to it. */
        if (walk->relations.rows.count >= walk->max) {
            walk->truncated = true;
            return XF_OK;
        }
        if (!walk->walking) {
            xf_expansion_start(&walk->expansion, &walk->filter, node->entity, XF_NONE,
                               walk->next < walk->roots ? 0 : walk->hub_links, true);
            walk->walking = true;
        }
        rc = xf_expansion_look(&walk->expansion, view, &looks);
        if (rc < 0)
            return rc;
        if (rc == XF_OK) {
            walk->ready = true;
            if (walk->expansion.hits.count > SORT_MAX)
                return 1;
        }
    }
    return 1;
}

struct xf_found xf_walk_found(const struct xf_walk *walk)
{
    return (struct xf_found){.nodes = walk->nodes.items,
                             .node_count = walk->nodes.count,
                             .relations = walk->relations.rows.items,
                             .relation_count = walk->relations.rows.count,
                             .records = walk->relations.records.items,
                             .withheld_links = walk->withheld_links,
                             .withheld = walk->withheld.items,
                             .withheld_listed = walk->withheld.count,
                             .withheld_records = walk->withheld_records,
                             .truncated = walk->truncated};
}

/* In common */

struct share {
    uint32_t node, root, relation, records;
};

static int by_node(const void *a, const void *b)
{
    const struct share *x = a, *y = b;

    if (x->node != y->node)
        return x->node < y->node ? -1 : 1;
    if (x->root != y->root)
        return x->root < y->root ? -1 : 1;
    return (x->relation > y->relation) - (x->relation < y->relation);
}

/* A common neighbour with what it is ordered by. */
struct ranked {
    struct xf_common common;
    uint32_t records, entity;
};

static int by_rank(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    if (x->common.shared != y->common.shared)
        return x->common.shared > y->common.shared ? -1 : 1;
    if (x->records != y->records)
        return x->records > y->records ? -1 : 1;
    return (x->entity > y->entity) - (x->entity < y->entity);
}

/* The relations between a root and what is none. */
static uint32_t list_shares(const struct xf_walk *walk, struct share *shares)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < walk->relations.rows.count; i++) {
        const struct xf_relation *relation = &walk->relations.rows.items[i];
        uint32_t from = *xf_map_get(&walk->rows, relation->from), to = *xf_map_get(&walk->rows, relation->to);

        if ((from < walk->roots) != (to < walk->roots))
            shares[count++] = (struct share){.node = from < walk->roots ? to : from,
                                             .root = from < walk->roots ? from : to,
                                             .relation = i,
                                             .records = relation->record_count};
    }
    if (count > 1)
        qsort(shares, count, sizeof(*shares), by_node);
    return count;
}

int xf_walk_common(const struct xf_walk *walk, struct xf_common **ret, uint32_t *ret_count, uint32_t **ret_relations)
{
    size_t room = walk->relations.rows.count ? walk->relations.rows.count : 1;
    struct share *shares = calloc(room, sizeof(*shares));
    struct ranked *ranked = calloc(room, sizeof(*ranked));
    uint32_t *relations = calloc(room, sizeof(*relations)), count, kept = 0;
    struct xf_common *common = calloc(room, sizeof(*common));
    int rc = shares && ranked && relations && common ? XF_OK : XF_ENOMEM;

    if (rc == XF_OK) {
        count = list_shares(walk, shares);
        for (uint32_t i = 0, end; i < count; i = end) {
            struct ranked *one = &ranked[kept];

            *one = (struct ranked){.common = {.node = shares[i].node, .first_relation = i},
                                   .entity = walk->nodes.items[shares[i].node].entity};
            for (end = i; end < count && shares[end].node == shares[i].node; end++) {
                relations[end] = shares[end].relation;
                one->records += shares[end].records;
                one->common.shared += end == i || shares[end].root != shares[end - 1].root;
            }
            one->common.relation_count = end - i;
            kept += one->common.shared > 1;
        }
        if (kept > 1)
            qsort(ranked, kept, sizeof(*ranked), by_rank);
        for (uint32_t i = 0; i < kept; i++)
            common[i] = ranked[i].common;
        *ret = common;
        *ret_count = kept;
        *ret_relations = relations;
        common = NULL;
        relations = NULL;
    }
    free(shares);
    free(ranked);
    free(relations);
    free(common);
    return rc;
}
