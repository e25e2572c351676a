/* SPDX-License-Identifier: Apache-2.0 */
/* A settlement: what changed is clustered again, component by component, and lineage.c makes identities of it; under another model
 * everything is made anew first. Called by the fold after each entry. Invariant: only components that hold a dirty profile are
 * walked, and no walk's order shows in what comes out. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "linker.h"

static int visit(struct xf_linker *linker, uint32_t profile)
{
    struct xf_profile *row = xf_profile_at(&linker->profiles, profile);

    if (row->flags & XF_PROFILE_MET)
        return XF_OK;
    row->flags |= XF_PROFILE_MET; /* until the entities have been given */
    return xf_vec_push(&linker->component, profile);
}

/* All profiles that links and people's "same" connect with one: ascending, which no walk's order shows through. */
static int find_component(struct xf_linker *linker, uint32_t start)
{
    linker->component.count = 0;
    if (visit(linker, start) != XF_OK)
        return XF_ENOMEM;
    for (uint32_t i = 0; i < linker->component.count; i++) {
        uint32_t profile = linker->component.items[i], count = 0;
        const struct xf_profile *row = xf_profile_at(&linker->profiles, profile);
        const struct xf_edge *edges = xf_profile_edges(&linker->profiles, row);
        const struct xf_verdict *words = NULL;

        for (uint32_t j = 0; j < row->edge_count; j++)
            if (xf_pair_links(linker, profile, edges[j].profile, edges[j].weight) && visit(linker, edges[j].profile) != XF_OK)
                return XF_ENOMEM;
        if (linker->verdicts.rows.count && (row->flags & (XF_PROFILE_OWN | XF_PROFILE_APART)))
            words = xf_verdicts_of(&linker->verdicts, row->mentions, &count);
        for (uint32_t j = 0; j < count; j++)
            if (words[j].word == XF_WORD_SAME && visit(linker, xf_pool_at(&linker->mentions, words[j].other)->profile) != XF_OK)
                return XF_ENOMEM;
    }
    if (linker->component.count > 1)
        qsort(linker->component.items, linker->component.count, sizeof(uint32_t), xf_compare_numbers);
    return XF_OK;
}

/* Clusters the component and hands its clusters to the entities: members of a group stand together in `clustered`. */
static int cluster_component(struct xf_linker *linker)
{
    struct xf_entities *entities = &linker->entities;
    uint32_t count = linker->component.count, first_cluster = entities->clusters.count, offset = entities->clustered.count;
    uint32_t *groups, *places;

    if (xf_vec_reserve(&linker->groups, count) != XF_OK || xf_vec_reserve(&linker->places, count) != XF_OK ||
        xf_vec_reserve(&entities->clustered, count) != XF_OK || xf_vec_reserve(&entities->clusters, count) != XF_OK)
        return XF_ENOMEM;
    groups = linker->groups.items;
    places = linker->places.items;
    groups[0] = 0;
    if (count > 1 && (xf_cluster_component(linker, &linker->clusterer, linker->component.items, count, groups) != XF_OK ||
                      xf_clerical_clustered(linker, linker->component.items, count, groups) != XF_OK))
        return XF_ENOMEM;
    for (uint32_t i = 0; i < count; i++) {
        if (groups[i] == i) {
            places[i] = entities->clusters.count++;
            entities->clusters.items[places[i]] =
                (struct xf_cluster){.before = XF_NONE, .lowest = XF_NONE, .entity = XF_NONE, .parent = XF_NONE};
        }
        entities->clusters.items[places[groups[i]]].count++;
    }
    for (uint32_t i = first_cluster; i < entities->clusters.count; i++) {
        entities->clusters.items[i].first = offset;
        offset += entities->clusters.items[i].count;
        entities->clusters.items[i].count = 0;
    }
    entities->clustered.count = offset;
    for (uint32_t i = 0; i < count; i++) {
        struct xf_cluster *cluster = &entities->clusters.items[places[groups[i]]];
        entities->clustered.items[cluster->first + cluster->count++] = linker->component.items[i];
    }
    return XF_OK;
}

int xf_linker_settle(struct xf_linker *linker, uint64_t position, uint32_t *ordinal, const struct xf_linker_change **ret,
                     size_t *ret_count)
{
    struct xf_profiles *profiles = &linker->profiles;

    for (uint32_t i = 0; i < profiles->dirty.count; i++) {
        uint32_t profile = profiles->dirty.items[i];
        struct xf_profile *row = xf_profile_at(profiles, profile);

        if (!(row->flags & XF_PROFILE_DIRTY))
            continue;
        row->flags &= ~(uint32_t)XF_PROFILE_DIRTY;
        if (row->flags & XF_PROFILE_MET)
            continue;
        if (find_component(linker, profile) != XF_OK || cluster_component(linker) != XF_OK)
            return XF_ENOMEM;
    }
    xf_vec_clear(&profiles->dirty);
    if (xf_linker_succeed(linker) != XF_OK ||
        xf_entities_plan(&linker->entities, profiles, &linker->mentions, position, ordinal) != XF_OK)
        return XF_ENOMEM;
    xf_linker_explain(linker);
    xf_entities_settle(&linker->entities, profiles);
    *ret = linker->entities.changes.items;
    *ret_count = linker->entities.changes.count;
    return XF_OK;
}

/* Adds all mentions of one linker, which is settled, to another, under the other's model, and lets them belong to what they
 * belonged to. */
static int adopt(struct xf_linker *fresh, const struct xf_linker *old)
{
    struct xf_linker_edges *edges = NULL;
    struct xf_mention mention;
    int rc = XF_OK;

    xf_linker_bulk_begin(fresh);

    for (uint32_t number = 0; rc == XF_OK && number < old->mentions.count; number++) {
        const struct xf_profile *profile;

        if (!xf_linker_has(old, number))
            continue;
        profile = xf_linker_profile(old, number);
        mention.kind = profile->kind;
        mention.count = (uint16_t)xf_profile_values(&old->profiles, profile, mention.values);
        rc = xf_linker_add(fresh, number, &mention);
        if (rc != XF_OK)
            return rc;
        fresh->entities.touched.items[fresh->entities.touched.count - 1] = /* the one just added */
            (struct xf_touched){.mention = number, .entity = profile->entity, .origin = profile->entity};
    }
    if (rc == XF_OK)
        rc = xf_linker_bulk_compare(fresh, 0, 1, &edges);
    if (rc == XF_OK)
        rc = xf_linker_bulk_end(fresh, &edges, 1);
    xf_linker_edges_destroy(edges);
    for (uint32_t i = 0; rc == XF_OK && i < old->verdicts.rows.count; i++) {
        const struct xf_verdict *verdict = &old->verdicts.rows.items[i];

        if (verdict->mention < verdict->other)
            rc = xf_linker_decide(fresh, verdict->mention, verdict->other, (enum xf_word)verdict->word);
    }
    return rc;
}

/* What redirects where is history, which no model changes. */
static void move_redirects(struct xf_entities *to, struct xf_entities *from)
{
    to->redirects.items = from->redirects.items;
    to->redirects.count = from->redirects.count;
    to->redirects.capacity = from->redirects.capacity;
    to->chains.items = from->chains.items;
    to->chains.count = from->chains.count;
    to->chains.capacity = from->chains.capacity;
    to->chain_of = from->chain_of;
    memset(&from->redirects, 0, sizeof(from->redirects));
    memset(&from->chains, 0, sizeof(from->chains));
    memset(&from->chain_of, 0, sizeof(from->chain_of));
}

int xf_linker_remodel(struct xf_linker *linker, const struct xf_model *model)
{
    struct xf_linker *fresh;

    assert(!linker->entities.touched.count && !linker->profiles.dirty.count);
    fresh = xf_linker_create(model, linker->symbols);
    if (!fresh)
        return XF_ENOMEM;
    if (adopt(fresh, linker) != XF_OK || xf_pool_reserve(&fresh->entities.rows, linker->entities.rows.count) != XF_OK) {
        xf_linker_destroy(fresh);
        return XF_ENOMEM;
    }
    for (uint32_t i = 0; i < linker->entities.rows.count; i++) {
        struct xf_entity *row = xf_entity_at(&fresh->entities, i);

        *row = *xf_entity_at(&linker->entities, i);
        if (!row->dead)
            row->first = XF_NONE;
    }
    fresh->entities.rows.count = linker->entities.rows.count;
    move_redirects(&fresh->entities, &linker->entities);
    fresh->entities.living = linker->entities.living;
    fresh->comparisons += linker->comparisons;
    xf_linker_finish(linker);
    *linker = *fresh;
    linker->index.context = linker;
    free(fresh);
    return XF_OK;
}
