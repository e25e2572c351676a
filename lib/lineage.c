/* SPDX-License-Identifier: Apache-2.0 */
/* Identities through merges and splits. Called by xf_linker_settle with the clusters of what was clustered again. Members are
 * compared by mention number as they were at the last settlement and as they are now, so that a correction (removed and added again
 * in between) is no parting. Each old entity goes on in the cluster that has most of its members, then the oldest part; of several
 * that go on in one cluster the oldest keeps its name and the others become redirects to it. Invariant: an entity goes on in one
 * cluster at most, and a cluster has one entity. */
#include <assert.h>
#include <stdlib.h>

#include "entity.h"

/* What a settlement works on. */
struct settlement {
    struct xf_entities *entities;
    struct xf_profiles *profiles;
    const xf_mention_pool *mentions;
};

static struct xf_profile *profile_at(const struct settlement *s, uint32_t profile)
{
    return xf_profile_at(s->profiles, profile);
}

/* The profile of a mention; XF_NONE when it is not in use. */
static uint32_t profile_of(const struct settlement *s, uint32_t mention)
{
    return xf_pool_at(s->mentions, mention)->profile;
}

static struct xf_cluster *cluster_at(const struct settlement *s, uint32_t cluster)
{
    return &s->entities->clusters.items[cluster];
}

static struct xf_entity *entity_at(const struct settlement *s, uint32_t entity)
{
    return xf_entity_at(s->entities, entity);
}

static int add_overlap(struct settlement *s, uint32_t entity, uint32_t cluster, uint32_t count)
{
    return xf_vec_push(&s->entities->overlaps,
                       (struct xf_overlap){.entity = entity, .cluster = cluster, .count = count, .heir = XF_NONE});
}

static struct xf_old_entity *old_of(const struct settlement *s, uint32_t entity)
{
    const uint32_t *row = xf_map_get(&s->entities->old_rows, entity);

    return row ? &s->entities->old.items[*row] : NULL;
}

/* An entity of which no profile was clustered again goes on as one cluster. It is all or none: a component holds whole entities. */
static int keep_as_is(struct settlement *s, uint32_t entity, uint32_t left)
{
    struct xf_entity *row = entity_at(s, entity);
    struct xf_old_entity *old = old_of(s, entity);

    if (!old) {
        if (xf_vec_push(&s->entities->old, (struct xf_old_entity){.cluster = XF_NONE}) != XF_OK ||
            xf_map_put(&s->entities->old_rows, entity, s->entities->old.count - 1) != XF_OK)
            return XF_ENOMEM;
        old = &s->entities->old.items[s->entities->old.count - 1];
    }
    old->left += left;
    if (row->first == XF_NONE || old->cluster != XF_NONE || profile_at(s, row->first)->flags & XF_PROFILE_MET)
        return XF_OK;
    old->cluster = s->entities->clusters.count;
    return xf_vec_push(
        &s->entities->clusters,
        (struct xf_cluster){.before = entity, .lowest = XF_NONE, .entity = XF_NONE, .parent = XF_NONE, .chain = row->first});
}

/* The clusters that the touched concern beyond those clustered again, and how many touched members each entity had. */
static int find_kept(struct settlement *s)
{
    for (uint32_t i = 0; i < s->entities->touched.count; i++) {
        const struct xf_touched *touched = &s->entities->touched.items[i];
        uint32_t profile = profile_of(s, touched->mention);

        if (touched->entity != XF_NONE && keep_as_is(s, touched->entity, 1) != XF_OK)
            return XF_ENOMEM;
        if (profile != XF_NONE && !(profile_at(s, profile)->flags & XF_PROFILE_MET) &&
            keep_as_is(s, profile_at(s, profile)->entity, 0) != XF_OK)
            return XF_ENOMEM;
    }
    return XF_OK;
}

/* All members of what was clustered again, as if nothing had happened to any; of an entity that is kept those that nothing happened
 * to: what it had, less the touched. */
static int count_members(struct settlement *s)
{
    for (uint32_t i = 0; i < s->entities->clusters.count; i++) {
        struct xf_cluster *cluster = cluster_at(s, i);

        if (!cluster->count) {
            cluster->size = entity_at(s, cluster->before)->size - old_of(s, cluster->before)->left;
            if (cluster->size && add_overlap(s, cluster->before, i, cluster->size) != XF_OK)
                return XF_ENOMEM;
            continue;
        }
        for (uint32_t j = 0; j < cluster->count; j++) {
            const struct xf_profile *profile = profile_at(s, s->entities->clustered.items[cluster->first + j]);
            uint32_t count;

            xf_profile_mentions(s->profiles, profile, &count);
            cluster->size += count;
            if (profile->entity != XF_NONE && add_overlap(s, profile->entity, i, count) != XF_OK)
                return XF_ENOMEM;
        }
    }
    return XF_OK;
}

/* The touched come from where they come from, not from the entity of the profile that they have now. */
static int count_touched(struct settlement *s)
{
    for (uint32_t i = 0; i < s->entities->touched.count; i++) {
        const struct xf_touched *touched = &s->entities->touched.items[i];
        uint32_t profile = profile_of(s, touched->mention), cluster = XF_NONE;

        if (profile != XF_NONE) {
            const struct xf_profile *row = profile_at(s, profile);

            if (row->flags & XF_PROFILE_MET) {
                cluster = row->next;
                if (row->entity != XF_NONE && add_overlap(s, row->entity, cluster, UINT32_MAX) != XF_OK) /* one less */
                    return XF_ENOMEM;
            } else {
                cluster = old_of(s, row->entity)->cluster;
                cluster_at(s, cluster)->size++;
            }
            cluster_at(s, cluster)->replaced |= touched->flags & XF_TOUCHED_REPLACED;
        }
        if ((touched->entity != XF_NONE && add_overlap(s, touched->entity, XF_NONE, 0) != XF_OK) ||
            (cluster != XF_NONE && touched->origin != XF_NONE && add_overlap(s, touched->origin, cluster, 1) != XF_OK))
            return XF_ENOMEM;
    }
    return XF_OK;
}

static int compare_overlaps(const void *a, const void *b)
{
    const struct xf_overlap *x = a, *y = b;

    if (x->entity != y->entity)
        return x->entity < y->entity ? -1 : 1;
    return (x->cluster > y->cluster) - (x->cluster < y->cluster);
}

static void merge_overlaps(struct xf_entities *entities)
{
    struct xf_overlap *items = entities->overlaps.items;
    uint32_t kept = 0;

    if (entities->overlaps.count > 1)
        qsort(items, entities->overlaps.count, sizeof(*items), compare_overlaps);
    for (uint32_t i = 0; i < entities->overlaps.count; i++) {
        if (kept && items[kept - 1].entity == items[i].entity && items[kept - 1].cluster == items[i].cluster)
            items[kept - 1].count += items[i].count;
        else
            items[kept++] = items[i];
    }
    entities->overlaps.count = kept;
}

/* The least mention number of a cluster: what tells equals apart, and orders new entities. */
static uint32_t lowest(const struct settlement *s, uint32_t at)
{
    struct xf_cluster *cluster = cluster_at(s, at);

    if (cluster->lowest != XF_NONE)
        return cluster->lowest;
    for (uint32_t i = 0; i < cluster->count; i++) {
        uint32_t found = xf_profile_first(s->profiles, profile_at(s, s->entities->clustered.items[cluster->first + i]));
        cluster->lowest = found < cluster->lowest ? found : cluster->lowest;
    }
    for (uint32_t profile = cluster->count ? XF_NONE : cluster->chain; profile != XF_NONE; profile = profile_at(s, profile)->next) {
        uint32_t found = xf_profile_first(s->profiles, profile_at(s, profile));
        cluster->lowest = found < cluster->lowest ? found : cluster->lowest;
    }
    return cluster->lowest;
}

/* Where an entity goes on, from its overlaps [first, end): XF_NONE when no member is left. */
static uint32_t heir_of(const struct settlement *s, uint32_t first, uint32_t end)
{
    const struct xf_overlap *items = s->entities->overlaps.items;
    uint32_t heir = XF_NONE, most = 0;

    for (uint32_t i = first; i < end; i++) {
        if (items[i].cluster == XF_NONE || !items[i].count)
            continue;
        if (items[i].count > most || (items[i].count == most && lowest(s, items[i].cluster) < lowest(s, heir))) {
            heir = items[i].cluster;
            most = items[i].count;
        }
    }
    return heir;
}

/* Entities come in the order of their age, so the first that goes on in a cluster keeps its name. */
static void find_heirs(struct settlement *s)
{
    struct xf_overlap *items = s->entities->overlaps.items;
    uint32_t end;

    for (uint32_t first = 0; first < s->entities->overlaps.count; first = end) {
        uint32_t entity = items[first].entity, heir;

        for (end = first; end < s->entities->overlaps.count && items[end].entity == entity; end++) {
            struct xf_cluster *cluster = items[end].cluster == XF_NONE ? NULL : cluster_at(s, items[end].cluster);

            if (cluster && items[end].count > cluster->shared) {
                cluster->shared = items[end].count;
                cluster->parent = entity;
            }
        }
        heir = heir_of(s, first, end);
        items[first].heir = heir;
        if (heir == XF_NONE || cluster_at(s, heir)->entity != XF_NONE)
            continue;
        cluster_at(s, heir)->entity = entity;
        for (uint32_t i = first; i < end; i++)
            if (items[i].cluster == heir)
                cluster_at(s, heir)->kept = items[i].count;
    }
}

struct founder {
    const struct settlement *settlement;
};

static int compare_founders(const void *a, const void *b, void *context)
{
    const struct founder *founder = context;
    uint32_t x = lowest(founder->settlement, *(const uint32_t *)a), y = lowest(founder->settlement, *(const uint32_t *)b);

    return (x > y) - (x < y);
}

static int found_entities(struct settlement *s, uint64_t position, uint32_t *ordinal)
{
    struct xf_entities *entities = s->entities;
    struct founder founder = {s};

    for (uint32_t i = 0; i < entities->clusters.count; i++)
        if (cluster_at(s, i)->size > XF_ENTITY_SIZE_MAX ||
            (cluster_at(s, i)->entity == XF_NONE && cluster_at(s, i)->size && xf_vec_push(&entities->founders, i) != XF_OK))
            return XF_ENOMEM;
    if (entities->founders.count > 1)
        qsort_r(entities->founders.items, entities->founders.count, sizeof(uint32_t), compare_founders, &founder);
    if (xf_pool_reserve(&entities->rows, entities->founders.count) != XF_OK)
        return XF_ENOMEM;
    for (uint32_t i = 0; i < entities->founders.count; i++) {
        struct xf_cluster *cluster = cluster_at(s, entities->founders.items[i]);
        uint32_t profile = cluster->count ? entities->clustered.items[cluster->first] : cluster->chain;

        cluster->entity = entities->rows.count++;
        entities->living++;
        *entity_at(s, cluster->entity) = (struct xf_entity){.position_low = (uint32_t)position,
                                                            .position_high = (uint32_t)(position >> 32),
                                                            .ordinal = (*ordinal)++,
                                                            .first = XF_NONE,
                                                            .kind = profile_at(s, profile)->kind};
        if (xf_vec_push(&entities->changes,
                        (struct xf_linker_change){.change = cluster->parent == XF_NONE ? XF_ENTITY_CREATED : XF_ENTITY_SPLIT,
                                                  .entity = cluster->entity,
                                                  .other = cluster->parent,
                                                  .a = XF_NONE,
                                                  .b = XF_NONE}) != XF_OK)
            return XF_ENOMEM;
    }
    return XF_OK;
}

static void end_entity(struct settlement *s, struct xf_entity *row, uint32_t to)
{
    row->dead = 1;
    row->first = to;
    row->size = 0;
    s->entities->living--;
}

/* What became of the entities that were there before. */
static int report_old(struct settlement *s)
{
    const struct xf_overlap *items = s->entities->overlaps.items;

    for (uint32_t i = 0; i < s->entities->overlaps.count; i++) {
        uint32_t entity = items[i].entity;
        struct xf_entity *row = entity_at(s, entity);
        struct xf_linker_change change = {
            .change = XF_ENTITY_CHANGED, .entity = entity, .other = XF_NONE, .a = XF_NONE, .b = XF_NONE};
        const struct xf_cluster *heir = items[i].heir == XF_NONE ? NULL : cluster_at(s, items[i].heir);

        if (i && items[i - 1].entity == entity)
            continue;
        row->first = XF_NONE;
        if (!heir) {
            change.change = XF_ENTITY_GONE;
            end_entity(s, row, entity);
        } else if (heir->entity != entity) {
            change.change = XF_ENTITY_MERGED;
            change.other = heir->entity;
            end_entity(s, row, heir->entity);
            if (xf_entities_redirect(s->entities, entity, heir->entity) != XF_OK)
                return XF_ENOMEM;
        } else if (heir->size == heir->kept && row->size == heir->kept && !heir->replaced) {
            continue;
        }
        if (xf_vec_push(&s->entities->changes, change) != XF_OK)
            return XF_ENOMEM;
    }
    return XF_OK;
}

/* Chains each cluster's profiles to its entity. */
static void assign(struct settlement *s)
{
    for (uint32_t i = 0; i < s->entities->clusters.count; i++) {
        struct xf_cluster *cluster = cluster_at(s, i);

        for (uint32_t j = cluster->count; j > 0; j--) {
            uint32_t profile = s->entities->clustered.items[cluster->first + j - 1];

            profile_at(s, profile)->next = j == cluster->count ? XF_NONE : cluster->chain;
            profile_at(s, profile)->entity = cluster->entity;
            cluster->chain = profile;
        }
        if (!cluster->count && cluster->entity != cluster->before)
            for (uint32_t profile = cluster->chain; profile != XF_NONE; profile = profile_at(s, profile)->next)
                profile_at(s, profile)->entity = cluster->entity;
        entity_at(s, cluster->entity)->first = cluster->chain;
        entity_at(s, cluster->entity)->size = cluster->size;
    }
}

static void clean_up(struct settlement *s)
{
    struct xf_entities *entities = s->entities;

    for (uint32_t i = 0; i < entities->clustered.count; i++)
        profile_at(s, entities->clustered.items[i])->flags &= ~(uint32_t)XF_PROFILE_MET;
    xf_map_clear(&entities->touched_rows);
    xf_map_clear(&entities->old_rows);
    xf_vec_clear(&entities->kept_values);
    xf_vec_clear(&entities->touched);
    xf_vec_clear(&entities->clustered);
    xf_vec_clear(&entities->clusters);
    xf_vec_clear(&entities->overlaps);
    xf_vec_clear(&entities->old);
    xf_vec_clear(&entities->founders);
}

static int compare_changes(const void *a, const void *b)
{
    uint32_t x = ((const struct xf_linker_change *)a)->entity, y = ((const struct xf_linker_change *)b)->entity;

    return (x > y) - (x < y);
}

int xf_entities_plan(struct xf_entities *entities, struct xf_profiles *profiles, const xf_mention_pool *mentions, uint64_t position,
                     uint32_t *ordinal)
{
    struct settlement s = {.entities = entities, .profiles = profiles, .mentions = mentions};

    xf_vec_clear(&entities->changes);
    for (uint32_t i = 0; i < entities->clusters.count; i++)
        for (uint32_t j = 0; j < cluster_at(&s, i)->count; j++)
            profile_at(&s, entities->clustered.items[cluster_at(&s, i)->first + j])->next = i;
    if (find_kept(&s) != XF_OK || count_members(&s) != XF_OK || count_touched(&s) != XF_OK)
        return XF_ENOMEM;
    merge_overlaps(entities);
    find_heirs(&s);
    if (found_entities(&s, position, ordinal) != XF_OK || report_old(&s) != XF_OK)
        return XF_ENOMEM;
    if (entities->changes.count > 1)
        qsort(entities->changes.items, entities->changes.count, sizeof(*entities->changes.items), compare_changes);
    return XF_OK;
}

uint32_t xf_entities_heir(const struct xf_entities *entities, uint32_t entity)
{
    uint32_t low = 0, high = entities->overlaps.count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (entities->overlaps.items[middle].entity < entity)
            low = middle + 1;
        else
            high = middle;
    }
    assert(low < entities->overlaps.count && entities->overlaps.items[low].entity == entity);
    return entities->overlaps.items[low].heir;
}

void xf_entities_settle(struct xf_entities *entities, struct xf_profiles *profiles)
{
    struct settlement s = {.entities = entities, .profiles = profiles};

    assign(&s);
    clean_up(&s);
}
