/* SPDX-License-Identifier: Apache-2.0 */
/* Reading entities and mentions: what the graph, the rules and the answers to partners are made from. Changes nothing.
 * Invariant: an entity's id is its founding, so that the table, which is in the order of founding, is also the index of ids. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "linker.h"
#include "portrait.h"

static const char *const prefixes[XF_MENTION_KINDS] = {"per", "loc", "veh"};

uint32_t xf_linker_entity_count(const struct xf_linker *linker)
{
    return linker->entities.rows.count;
}

uint32_t xf_linker_entity_of(const struct xf_linker *linker, uint32_t number)
{
    return xf_linker_has(linker, number) ? xf_linker_profile(linker, number)->entity : XF_NONE;
}

enum xf_mention_kind xf_linker_entity_kind(const struct xf_linker *linker, uint32_t entity)
{
    return (enum xf_mention_kind)xf_entity_at(&linker->entities, entity)->kind;
}

uint32_t xf_linker_entity_living(const struct xf_linker *linker, uint32_t entity)
{
    while (entity != XF_NONE && xf_entity_at(&linker->entities, entity)->dead) {
        uint32_t next = xf_entity_at(&linker->entities, entity)->first;
        entity = next == entity ? XF_NONE : next;
    }
    return entity;
}

uint32_t xf_linker_entity_size(const struct xf_linker *linker, uint32_t entity)
{
    return xf_entity_at(&linker->entities, entity)->size;
}

uint32_t xf_linker_first(const struct xf_linker *linker, uint32_t entity)
{
    uint32_t profile = xf_entity_first(&linker->entities, entity);

    return profile == XF_NONE ? XF_NONE : xf_profile_first(&linker->profiles, xf_profile_at(&linker->profiles, profile));
}

uint32_t xf_linker_next(const struct xf_linker *linker, uint32_t number)
{
    const struct xf_profile *row = xf_linker_profile(linker, number);
    uint32_t next = xf_profile_next_mention(&linker->profiles, row, number);

    if (next != XF_NONE || row->next == XF_NONE)
        return next;
    return xf_profile_first(&linker->profiles, xf_profile_at(&linker->profiles, row->next));
}

char *xf_linker_entity_id(const struct xf_linker *linker, uint32_t entity, char buffer[static XF_ENTITY_ID])
{
    const struct xf_entity *row = xf_entity_at(&linker->entities, entity);

    snprintf(buffer, XF_ENTITY_ID, "%s-%" PRIu64 "-%" PRIu32, prefixes[row->kind], xf_entity_position(row), row->ordinal);
    return buffer;
}

uint64_t xf_linker_entity_founded(const struct xf_linker *linker, uint32_t entity)
{
    return xf_entity_position(xf_entity_at(&linker->entities, entity));
}

uint32_t xf_linker_entity_find(const struct xf_linker *linker, const char *id)
{
    uint32_t low = 0, high = linker->entities.rows.count;
    char written[XF_ENTITY_ID];
    uint64_t position;
    uint32_t ordinal;

    if (strlen(id) >= XF_ENTITY_ID || sscanf(id, "%*3[a-z]-%" SCNu64 "-%" SCNu32, &position, &ordinal) != 2)
        return XF_NONE;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct xf_entity *row = xf_entity_at(&linker->entities, middle);

        if (xf_entity_position(row) < position || (xf_entity_position(row) == position && row->ordinal < ordinal))
            low = middle + 1;
        else
            high = middle;
    }
    if (low == linker->entities.rows.count || strcmp(xf_linker_entity_id(linker, low, written), id) != 0)
        return XF_NONE;
    return low;
}

size_t xf_linker_redirects(const struct xf_linker *linker, uint32_t entity, uint32_t *entities, size_t max)
{
    const struct xf_entities *of = &linker->entities;
    size_t count = 0;

    for (size_t i = 0; i <= count; i++) {
        const uint32_t *chain = xf_map_get(&of->chain_of, i ? entities[i - 1] : entity);

        for (uint32_t row = chain ? of->chains.items[*chain].first : XF_NONE; row != XF_NONE && count < max;
             row = of->redirects.items[row].next)
            entities[count++] = of->redirects.items[row].entity;
    }
    if (count > 1)
        qsort(entities, count, sizeof(*entities), xf_compare_numbers);
    return count;
}

uint32_t xf_linker_values(const struct xf_linker *linker, uint32_t number, struct xf_value values[static XF_MENTION_VALUES_MAX])
{
    return xf_profile_values(&linker->profiles, xf_linker_profile(linker, number), values);
}

static size_t size_of_clusterer(const struct xf_clusterer *clusterer)
{
    return clusterer->nodes.capacity * sizeof(*clusterer->nodes.items) +
           clusterer->places.capacity * sizeof(*clusterer->places.items) +
           clusterer->memory.capacity * sizeof(*clusterer->memory.items) +
           clusterer->portraits.count * sizeof(**clusterer->portraits.items) +
           clusterer->portraits.capacity * sizeof(*clusterer->portraits.items) +
           ((size_t)clusterer->edges.capacity + clusterer->same.capacity + clusterer->apart.capacity) *
               sizeof(*clusterer->edges.items);
}

void xf_linker_count(const struct xf_linker *linker, struct xf_linker_counts *ret)
{
    const struct xf_lexicon *lexicon = &linker->lexicon;

    *ret = (struct xf_linker_counts){.mentions = linker->mention_count,
                                     .profiles = linker->profiles.live,
                                     .edges = linker->profiles.edge_pairs,
                                     .entities = linker->entities.living,
                                     .comparisons = linker->comparisons};
    ret->bytes =
        sizeof(*linker) + xf_profiles_size(&linker->profiles) + xf_index_size(&linker->index) +
        xf_entities_size(&linker->entities) + xf_clerical_size(&linker->clerical) + size_of_clusterer(&linker->clusterer) +
        xf_pool_size(&lexicon->rows) + xf_pool_size(&lexicon->lexemes) + xf_pool_size(&linker->mentions) +
        (uint64_t)linker->verdicts.rows.capacity * sizeof(*linker->verdicts.rows.items) +
        ((uint64_t)linker->candidates.capacity + linker->component.capacity + linker->groups.capacity + linker->places.capacity) *
            sizeof(uint32_t) +
        ((uint64_t)linker->doomed.capacity + linker->straddling.capacity) * sizeof(struct xf_couple);
}
