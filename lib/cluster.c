/* SPDX-License-Identifier: Apache-2.0 */
/* Agglomeration inside a component, strongest edge first, ties by content. Called by xf_linker_settle for each component that
 * changed. People's "same" joins first, whatever else is known. Then an edge joins its two groups when what each of them says as a
 * whole (its portrait) weighs the model's `keep` or more, and neither people nor a hard conflict between any of their members
 * forbid it: a chain of good pairs does not make one person of its ends, since the ends' portraits differ. The edges are gone
 * through several times, at first for joins that are beyond doubt, so that doubtful ones are judged by fuller portraits.
 * Invariant: nodes are numbered by content; nothing here depends on profile numbers. */
#include "cluster.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "linker.h"
#include "portrait.h"

#define ROUNDS 4
#define ROUND_STEP 4000 /* thousandths of a bit by which each round but the last is stricter than the next */

struct run {
    const struct xf_linker *linker;
    struct xf_clusterer *clusterer;
    const uint32_t *members;
    uint32_t count;
    uint32_t memory_mask;
};

void xf_clusterer_finish(struct xf_clusterer *clusterer)
{
    xf_vec_free(&clusterer->nodes);
    xf_vec_free(&clusterer->places);
    xf_vec_free(&clusterer->edges);
    xf_vec_free(&clusterer->same);
    xf_vec_free(&clusterer->apart);
    xf_vec_free(&clusterer->memory);
    for (uint32_t i = 0; i < clusterer->portraits.count; i++)
        free(clusterer->portraits.items[i]);
    xf_vec_free(&clusterer->portraits);
}

static struct xf_cluster_node *node_at(const struct run *run, uint32_t node)
{
    return &run->clusterer->nodes.items[node];
}

static const struct xf_profile *profile_of(const struct run *run, uint32_t node)
{
    return xf_profile_at(&run->linker->profiles, node_at(run, node)->profile);
}

/* The member of a profile number, XF_NONE: not of this component. */
static uint32_t member_of(const struct run *run, uint32_t profile)
{
    uint32_t low = 0, high = run->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (run->members[middle] < profile)
            low = middle + 1;
        else
            high = middle;
    }
    return low < run->count && run->members[low] == profile ? low : XF_NONE;
}

/* A hash of the valid identifiers of schemes that give one to a person, whatever their order. */
static uint64_t hash_ids(const struct xf_linker *linker, const struct xf_profile *profile)
{
    struct xf_value values[XF_MENTION_VALUES_MAX];
    uint32_t count = profile->kind == XF_PERSON ? xf_profile_values(&linker->profiles, profile, values) : 0;
    uint64_t sum = 0;

    for (uint32_t i = 0; i < count; i++) {
        const struct xf_lexeme *scheme;
        uint64_t parts[2];

        if (values[i].field != XF_FIELD_ID || (values[i].flags & XF_VALUE_WEAK))
            continue;
        scheme = xf_lexicon_at(&linker->lexicon, values[i].qualifier);
        if (!scheme || !(scheme->flags & XF_LEXEME_UNIQUE))
            continue;
        parts[0] = scheme->hash;
        parts[1] = values[i].symbol;
        sum += XXH3_64bits(parts, sizeof(parts)) | 1;
    }
    return sum;
}

static int compare_nodes(const void *a, const void *b)
{
    const struct xf_cluster_node *x = a, *y = b;

    for (int i = 0; i < 3; i++)
        if (x->key[i] != y->key[i])
            return x->key[i] < y->key[i] ? -1 : 1;
    return (x->mention > y->mention) - (x->mention < y->mention);
}

static int make_nodes(struct run *run)
{
    struct xf_clusterer *clusterer = run->clusterer;

    clusterer->nodes.count = clusterer->places.count = 0;
    if (xf_vec_reserve(&clusterer->nodes, run->count) != XF_OK || xf_vec_reserve(&clusterer->places, run->count) != XF_OK)
        return XF_ENOMEM;
    for (uint32_t i = 0; i < run->count; i++) {
        const struct xf_profile *profile = xf_profile_at(&run->linker->profiles, run->members[i]);
        bool spoken = profile->flags & (XF_PROFILE_OWN | XF_PROFILE_APART);

        clusterer->nodes.items[i] = (struct xf_cluster_node){
            .key = {profile->hash[0], profile->hash[1], spoken ? xf_linker_words_hash(run->linker, profile->mentions) : 0},
            .ids = hash_ids(run->linker, profile),
            .profile = run->members[i],
            .mention = spoken ? profile->mentions : 0};
    }
    clusterer->nodes.count = clusterer->places.count = run->count;
    qsort(clusterer->nodes.items, run->count, sizeof(*clusterer->nodes.items), compare_nodes);
    for (uint32_t i = 0; i < run->count; i++) {
        struct xf_cluster_node *node = node_at(run, i);

        node->parent = i;
        node->size = 1;
        node->first_ids = node->last_ids = node->ids ? i : XF_NONE;
        node->next_ids = XF_NONE;
        node->portrait = XF_NONE;
        clusterer->places.items[member_of(run, node->profile)] = i;
    }
    return XF_OK;
}

/* What says the very same joins first: a word on one of them must not part it from the other for a third that weighs as much. */
static int32_t strength(const struct run *run, uint32_t a, uint32_t b, int32_t weight)
{
    const uint64_t *x = node_at(run, a)->key, *y = node_at(run, b)->key;

    return x[0] == y[0] && x[1] == y[1] ? INT32_MAX : weight;
}

static int add_edges(struct run *run, uint32_t node)
{
    const struct xf_linker *linker = run->linker;
    struct xf_clusterer *clusterer = run->clusterer;
    const struct xf_profile *profile = profile_of(run, node);
    const struct xf_edge *edges = xf_profile_edges(&linker->profiles, profile);
    const struct xf_verdict *verdicts;
    uint32_t verdict_count = 0;

    for (uint32_t i = 0; i < profile->edge_count; i++) {
        uint32_t other;

        if (!xf_pair_links(linker, node_at(run, node)->profile, edges[i].profile, edges[i].weight))
            continue;
        other = clusterer->places.items[member_of(run, edges[i].profile)];
        if (other > node && xf_vec_push(&clusterer->edges, (struct xf_cluster_edge){strength(run, node, other, edges[i].weight),
                                                                                    node, other}) != XF_OK)
            return XF_ENOMEM;
    }
    if (!linker->verdicts.rows.count || !(profile->flags & (XF_PROFILE_OWN | XF_PROFILE_APART)))
        return XF_OK;
    verdicts = xf_verdicts_of(&linker->verdicts, profile->mentions, &verdict_count);
    for (uint32_t i = 0; i < verdict_count; i++) {
        uint32_t member = member_of(run, xf_pool_at(&linker->mentions, verdicts[i].other)->profile);
        struct xf_cluster_edge edge = {0, node, member == XF_NONE ? 0 : clusterer->places.items[member]};

        if (member == XF_NONE || edge.b < node)
            continue;
        if (verdicts[i].word == XF_WORD_SAME ? xf_vec_push(&clusterer->same, edge) : xf_vec_push(&clusterer->apart, edge))
            return XF_ENOMEM;
    }
    return XF_OK;
}

static int compare_edges(const void *a, const void *b)
{
    const struct xf_cluster_edge *x = a, *y = b;

    if (x->weight != y->weight)
        return x->weight > y->weight ? -1 : 1;
    if (x->a != y->a)
        return x->a < y->a ? -1 : 1;
    return (x->b > y->b) - (x->b < y->b);
}

static uint32_t root_of(struct run *run, uint32_t node)
{
    while (node_at(run, node)->parent != node) {
        node_at(run, node)->parent = node_at(run, node_at(run, node)->parent)->parent;
        node = node_at(run, node)->parent;
    }
    return node;
}

static bool kept_apart(struct run *run, uint32_t a, uint32_t b)
{
    for (uint32_t i = 0; i < run->clusterer->apart.count; i++) {
        uint32_t x = root_of(run, run->clusterer->apart.items[i].a), y = root_of(run, run->clusterer->apart.items[i].b);

        if ((x == a && y == b) || (x == b && y == a))
            return true;
    }
    return false;
}

static void open_node(const struct run *run, uint32_t node, struct xf_aspect *ret)
{
    xf_profile_open(&run->linker->profiles, &run->linker->lexicon, node_at(run, node)->profile, ret);
}

static bool in_conflict(const struct run *run, uint32_t a, uint32_t b)
{
    for (uint32_t i = node_at(run, a)->first_ids; i != XF_NONE; i = node_at(run, i)->next_ids) {
        struct xf_aspect x, y;

        if (node_at(run, b)->first_ids == XF_NONE)
            return false;
        open_node(run, i, &x);
        for (uint32_t j = node_at(run, b)->first_ids; j != XF_NONE; j = node_at(run, j)->next_ids) {
            if (node_at(run, i)->ids == node_at(run, j)->ids)
                continue;
            open_node(run, j, &y);
            if (xf_score_conflict(&x, &y))
                return true;
        }
    }
    return false;
}

/* A group as a whole: its portrait, or its only member, opened in room. */
static const struct xf_aspect *aspect_of(const struct run *run, uint32_t root, struct xf_aspect *room)
{
    uint32_t portrait = node_at(run, root)->portrait;

    if (portrait != XF_NONE)
        return &run->clusterer->portraits.items[portrait]->aspect;
    open_node(run, root, room);
    return room;
}

/* What two groups, a < b, weigh as wholes. That mentions of one source may not be linked is their pair's business, not their
 * groups'. */
static int32_t weigh(const struct run *run, uint32_t a, uint32_t b)
{
    uint32_t a_size = node_at(run, a)->size, b_size = node_at(run, b)->size;
    struct xf_cluster_memory *memory =
        &run->clusterer->memory.items[(a * UINT32_C(2654435761) ^ b * UINT32_C(40503)) & run->memory_mask];
    struct xf_aspect x, y;

    if (memory->a_size != a_size || memory->b_size != b_size || memory->a != a || memory->b != b) {
        *memory = (struct xf_cluster_memory){a, b, a_size, b_size, 0};
        memory->weight = xf_score_groups(run->linker->model, aspect_of(run, a, &x), aspect_of(run, b, &y), INT32_MIN, NULL);
    }
    return memory->weight;
}

/* Adds the second's nodes of distinct ids to the first's chain. */
static void join_ids(struct run *run, struct xf_cluster_node *to, const struct xf_cluster_node *from)
{
    uint32_t next;

    for (uint32_t i = from->first_ids; i != XF_NONE; i = next) {
        uint32_t known = to->first_ids;

        next = node_at(run, i)->next_ids;
        while (known != XF_NONE && node_at(run, known)->ids != node_at(run, i)->ids)
            known = node_at(run, known)->next_ids;
        if (known != XF_NONE)
            continue;
        node_at(run, i)->next_ids = XF_NONE;
        if (to->first_ids == XF_NONE)
            to->first_ids = i;
        else
            node_at(run, to->last_ids)->next_ids = i;
        to->last_ids = i;
    }
}

/* The portrait of a root, made when it has none. NULL: out of memory. */
static struct xf_portrait *portrait_of(struct run *run, uint32_t root)
{
    struct xf_clusterer *clusterer = run->clusterer;
    struct xf_portrait *portrait;
    struct xf_aspect aspect;

    if (node_at(run, root)->portrait != XF_NONE)
        return clusterer->portraits.items[node_at(run, root)->portrait];
    if (clusterer->portrait_count == clusterer->portraits.count) {
        portrait = malloc(sizeof(*portrait));
        if (!portrait || xf_vec_push(&clusterer->portraits, portrait) != XF_OK) {
            free(portrait);
            return NULL;
        }
    }
    portrait = clusterer->portraits.items[clusterer->portrait_count];
    node_at(run, root)->portrait = clusterer->portrait_count++;
    open_node(run, root, &aspect);
    xf_portrait_begin(portrait, &aspect);
    return portrait;
}

static int join(struct run *run, uint32_t a, uint32_t b)
{
    uint32_t low = a < b ? a : b, high = a < b ? b : a;
    struct xf_cluster_node *to = node_at(run, low), *from = node_at(run, high);

    if (run->count > 2) { /* of two nobody asks any more */
        struct xf_portrait *portrait = portrait_of(run, low);
        struct xf_aspect aspect;

        if (!portrait)
            return XF_ENOMEM;
        xf_portrait_add(portrait, aspect_of(run, high, &aspect));
    }
    from->parent = low;
    to->size += from->size;
    join_ids(run, to, from);
    return XF_OK;
}

/* Goes through the edges once and joins what weighs `least` or more. A single pair weighs what its edge does. */
static int join_round(struct run *run, int32_t least)
{
    struct xf_clusterer *clusterer = run->clusterer;

    for (uint32_t i = 0; i < clusterer->edges.count; i++) {
        uint32_t x = root_of(run, clusterer->edges.items[i].a), y = root_of(run, clusterer->edges.items[i].b);
        uint32_t a = x < y ? x : y, b = x < y ? y : x;
        int32_t weight;

        if (a == b)
            continue;
        weight = node_at(run, a)->size == 1 && node_at(run, b)->size == 1 ? clusterer->edges.items[i].weight : weigh(run, a, b);
        if (weight < least || kept_apart(run, a, b) || in_conflict(run, a, b))
            continue;
        if (join(run, a, b) != XF_OK)
            return XF_ENOMEM;
    }
    return XF_OK;
}

static int agglomerate(struct run *run)
{
    struct xf_clusterer *clusterer = run->clusterer;
    int32_t keep = run->linker->model->kinds[profile_of(run, 0)->kind].keep;

    for (uint32_t i = 0; i < clusterer->same.count; i++) {
        uint32_t a = root_of(run, clusterer->same.items[i].a), b = root_of(run, clusterer->same.items[i].b);

        if (a != b && join(run, a, b) != XF_OK)
            return XF_ENOMEM;
    }
    for (int round = run->count > 2 ? ROUNDS - 1 : 0; round >= 0; round--)
        if (join_round(run, keep + round * ROUND_STEP) != XF_OK)
            return XF_ENOMEM;
    return XF_OK;
}

/* Empties the memory of weights, which grows with the component. */
static int forget(struct run *run)
{
    struct xf_clusterer *clusterer = run->clusterer;
    uint32_t slots = 16;

    while (slots < clusterer->edges.count)
        slots *= 2;
    clusterer->memory.count = 0;
    if (xf_vec_reserve(&clusterer->memory, slots) != XF_OK)
        return XF_ENOMEM;
    memset(clusterer->memory.items, 0, slots * sizeof(*clusterer->memory.items));
    clusterer->memory.count = slots;
    run->memory_mask = slots - 1;
    return XF_OK;
}

int xf_cluster_component(const struct xf_linker *linker, struct xf_clusterer *clusterer, const uint32_t *members, uint32_t count,
                         uint32_t *groups)
{
    struct run run;

    run.linker = linker;
    run.clusterer = clusterer;
    run.members = members;
    run.count = count;
    clusterer->edges.count = clusterer->same.count = clusterer->apart.count = 0;
    if (make_nodes(&run) != XF_OK)
        return XF_ENOMEM;
    for (uint32_t i = 0; i < count; i++)
        if (add_edges(&run, i) != XF_OK)
            return XF_ENOMEM;
    if (clusterer->edges.count > 1)
        qsort(clusterer->edges.items, clusterer->edges.count, sizeof(*clusterer->edges.items), compare_edges);
    clusterer->portrait_count = 0;
    if (forget(&run) != XF_OK || agglomerate(&run) != XF_OK)
        return XF_ENOMEM;
    for (uint32_t i = 0; i < count; i++)
        node_at(&run, i)->mention = XF_NONE; /* from here on: the first member of a root's group */
    for (uint32_t i = 0; i < count; i++) {
        struct xf_cluster_node *root = node_at(&run, root_of(&run, clusterer->places.items[i]));

        if (root->mention == XF_NONE)
            root->mention = i;
        groups[i] = root->mention;
    }
    return XF_OK;
}
