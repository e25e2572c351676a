/* SPDX-License-Identifier: Apache-2.0 */
/* The table of entities and of who redirects to whom. Changed by lineage.c and by the linker's writer. Invariant: rows stand in the
 * order of their founding, (position, ordinal), and are never taken again: a lower index is an older entity; a chain of redirects
 * is in the order of its entities' age, whatever the order in which they were taken up. */
#include "entity.h"

#include <assert.h>
#include <stdlib.h>

static_assert(sizeof(struct xf_entity) == 20, "no padding that the snapshot would compare");

void xf_entities_finish(struct xf_entities *entities)
{
    xf_pool_free(&entities->rows);
    xf_vec_free(&entities->touched);
    xf_map_finish(&entities->touched_rows);
    xf_vec_free(&entities->kept_values);
    xf_vec_free(&entities->redirects);
    xf_vec_free(&entities->chains);
    xf_map_finish(&entities->chain_of);
    xf_vec_free(&entities->clustered);
    xf_vec_free(&entities->clusters);
    xf_vec_free(&entities->overlaps);
    xf_vec_free(&entities->old);
    xf_map_finish(&entities->old_rows);
    xf_vec_free(&entities->founders);
    xf_vec_free(&entities->changes);
}

void xf_entities_unchain(struct xf_entities *entities, struct xf_profiles *profiles, uint32_t profile)
{
    struct xf_profile *row = xf_profile_at(profiles, profile);
    uint32_t *link;

    if (row->entity == XF_NONE)
        return;
    link = &xf_entity_at(entities, row->entity)->first;
    while (*link != profile)
        link = &xf_profile_at(profiles, *link)->next;
    *link = row->next;
    row->next = XF_NONE;
    row->entity = XF_NONE;
}

int xf_entities_redirect(struct xf_entities *entities, uint32_t entity, uint32_t to)
{
    const uint32_t *known = xf_map_get(&entities->chain_of, to);
    struct xf_redirect_chain *chain;
    struct xf_redirect *rows;
    uint32_t row = entities->redirects.count, before;

    if (xf_vec_push(&entities->redirects, (struct xf_redirect){.entity = entity, .next = XF_NONE}) != XF_OK)
        return XF_ENOMEM;
    if (!known) {
        if (xf_vec_push(&entities->chains, (struct xf_redirect_chain){row, row}) != XF_OK)
            return XF_ENOMEM;
        return xf_map_put(&entities->chain_of, to, entities->chains.count - 1);
    }
    rows = entities->redirects.items;
    chain = &entities->chains.items[*known];
    if (rows[chain->last].entity < entity) {
        rows[chain->last].next = row;
        chain->last = row;
    } else if (entity < rows[chain->first].entity) {
        rows[row].next = chain->first;
        chain->first = row;
    } else {
        for (before = chain->first; rows[rows[before].next].entity < entity; before = rows[before].next)
            ;
        rows[row].next = rows[before].next;
        rows[before].next = row;
    }
    return XF_OK;
}

size_t xf_entities_size(const struct xf_entities *entities)
{
    return xf_pool_size(&entities->rows) + entities->touched.capacity * sizeof(*entities->touched.items) +
           xf_map_size(&entities->touched_rows) + entities->kept_values.capacity * sizeof(*entities->kept_values.items) +
           entities->redirects.capacity * sizeof(*entities->redirects.items) +
           entities->chains.capacity * sizeof(*entities->chains.items) + xf_map_size(&entities->chain_of) +
           entities->clustered.capacity * sizeof(*entities->clustered.items) +
           entities->clusters.capacity * sizeof(*entities->clusters.items) +
           entities->overlaps.capacity * sizeof(*entities->overlaps.items) + entities->old.capacity * sizeof(*entities->old.items) +
           xf_map_size(&entities->old_rows) + entities->founders.capacity * sizeof(*entities->founders.items) +
           entities->changes.capacity * sizeof(*entities->changes.items);
}
