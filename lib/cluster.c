/* SPDX-License-Identifier: Apache-2.0 */
/* Agglomeration inside a component, strongest edge first, ties by content. Called by xf_linker_settle for each component that
 * changed. People's "same" joins first, whatever else is known. Then an edge joins its two groups unless people or a hard conflict
 * between any of their members forbid it, or the average weight between the groups is below the model's `keep`: a chain of good
 * pairs does not make one person of its ends (average linkage, the pairs below the review threshold counted at their true weight).
 * Large groups are stood for by their least members in the order of content hashes. Invariant: nodes are numbered by content;
 * nothing here depends on profile numbers. */
#include "cluster.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "linker.h"

#define REFUSED_SLOTS 256

/* Pairs of groups that were found too far apart: forgotten when either has grown since. Direct-mapped: a lost entry costs time
 * only. */
struct refused {
    uint32_t a, b, a_size, b_size;
};

struct run {
    const struct xf_linker *linker;
    struct xf_clusterer *clusterer;
    const uint32_t *members;
    uint32_t count;
    bool remember;
    struct refused refused[REFUSED_SLOTS];
};

void xf_clusterer_finish(struct xf_clusterer *clusterer)
{
    xf_vec_free(&clusterer->nodes);
    xf_vec_free(&clusterer->places);
    xf_vec_free(&clusterer->edges);
    xf_vec_free(&clusterer->same);
    xf_vec_free(&clusterer->apart);
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
        node->samples[0] = i;
        node->sample_count = 1;
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

/* Whether two groups weigh `keep` or more on average, over those pairs of their samples that have something to say: one mention
 * knows the birth date, the other the telephone, and such a pair counts neither way. An edge only spares the scoring: which pairs
 * have one is blocking's business, and must not show here. A pair below `keep` speaks only where it contradicts: that two have one
 * uncommon name and say no more tells nothing against their groups. */
static bool close_enough(const struct run *run, uint32_t a, uint32_t b)
{
    const struct xf_linker *linker = run->linker;
    const struct xf_cluster_node *one = node_at(run, a), *other = node_at(run, b);
    int32_t keep = linker->model->kinds[profile_of(run, a)->kind].keep;
    int64_t sum = 0, counted = 0;

    if (one->size == 1 && other->size == 1)
        return true; /* the edge itself: no model keeps less than it links */
    for (uint32_t i = 0; i < one->sample_count; i++) {
        struct xf_aspect x, y;
        bool opened = false;

        for (uint32_t j = 0; j < other->sample_count; j++) {
            const int32_t *edge = xf_profiles_edge(&linker->profiles, node_at(run, one->samples[i])->profile,
                                                   node_at(run, other->samples[j])->profile);
            int32_t weight;

            if (edge && *edge >= keep) {
                sum += *edge;
                counted++;
                continue;
            }
            if (!opened)
                open_node(run, one->samples[i], &x);
            opened = true;
            open_node(run, other->samples[j], &y);
            if (xf_score_between(linker->model, &x, &y, &weight)) {
                sum += weight;
                counted++;
            }
        }
    }
    return sum >= counted * keep;
}

static struct refused *refusal_of(struct run *run, uint32_t a, uint32_t b)
{
    return &run->refused[(a * UINT32_C(2654435761) ^ b * UINT32_C(40503)) % REFUSED_SLOTS];
}

static bool was_refused(struct run *run, uint32_t a, uint32_t b)
{
    const struct refused *entry = refusal_of(run, a, b);

    return entry->a_size && entry->a == a && entry->b == b && entry->a_size == node_at(run, a)->size &&
           entry->b_size == node_at(run, b)->size;
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

static void join(struct run *run, uint32_t a, uint32_t b)
{
    struct xf_cluster_node *to = node_at(run, a < b ? a : b), *from = node_at(run, a < b ? b : a);
    uint32_t merged[XF_CLUSTER_SAMPLES], count = 0, i = 0, j = 0;

    from->parent = a < b ? a : b;
    to->size += from->size;
    while (count < XF_CLUSTER_SAMPLES && (i < to->sample_count || j < from->sample_count)) {
        bool first = j == from->sample_count || (i < to->sample_count && to->samples[i] < from->samples[j]);
        merged[count++] = first ? to->samples[i++] : from->samples[j++];
    }
    memcpy(to->samples, merged, count * sizeof(*merged));
    to->sample_count = count;
    join_ids(run, to, from);
}

static void agglomerate(struct run *run)
{
    struct xf_clusterer *clusterer = run->clusterer;

    for (uint32_t i = 0; i < clusterer->same.count; i++) {
        uint32_t a = root_of(run, clusterer->same.items[i].a), b = root_of(run, clusterer->same.items[i].b);

        if (a != b)
            join(run, a, b);
    }
    for (uint32_t i = 0; i < clusterer->edges.count; i++) {
        uint32_t x = root_of(run, clusterer->edges.items[i].a), y = root_of(run, clusterer->edges.items[i].b);
        uint32_t a = x < y ? x : y, b = x < y ? y : x;

        if (a == b || (run->remember && was_refused(run, a, b)))
            continue;
        if (!kept_apart(run, a, b) && !in_conflict(run, a, b) && close_enough(run, a, b))
            join(run, a, b);
        else if (run->remember)
            *refusal_of(run, a, b) = (struct refused){a, b, node_at(run, a)->size, node_at(run, b)->size};
    }
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
    run.remember = count > 4;
    if (run.remember)
        memset(run.refused, 0, sizeof(run.refused));
    agglomerate(&run);
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
