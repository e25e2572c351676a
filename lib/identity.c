/* SPDX-License-Identifier: Apache-2.0 */
/* Reading entities and mentions: what the graph, the rules and the answers to partners are made from. Changes nothing.
 * Invariant: an entity's id is its founding, so that the table, which is in the order of founding, is also the index of ids. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "linker.h"

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
    return (enum xf_mention_kind)linker->entities.rows.items[entity].kind;
}

uint32_t xf_linker_entity_living(const struct xf_linker *linker, uint32_t entity)
{
    while (entity != XF_NONE && linker->entities.rows.items[entity].redirect != XF_NONE) {
        uint32_t next = linker->entities.rows.items[entity].redirect;
        entity = next == entity ? XF_NONE : next;
    }
    return entity;
}

uint32_t xf_linker_entity_size(const struct xf_linker *linker, uint32_t entity)
{
    return linker->entities.rows.items[entity].size;
}

uint32_t xf_linker_first(const struct xf_linker *linker, uint32_t entity)
{
    uint32_t profile = linker->entities.rows.items[entity].first;

    return profile == XF_NONE ? XF_NONE : linker->profiles.rows.items[profile].first_mention;
}

uint32_t xf_linker_next(const struct xf_linker *linker, uint32_t number)
{
    uint32_t next = linker->mentions.items[number].next;

    if (next != XF_NONE)
        return next;
    next = xf_linker_profile(linker, number)->next;
    return next == XF_NONE ? XF_NONE : linker->profiles.rows.items[next].first_mention;
}

char *xf_linker_entity_id(const struct xf_linker *linker, uint32_t entity, char buffer[static XF_ENTITY_ID])
{
    const struct xf_entity *row = &linker->entities.rows.items[entity];

    snprintf(buffer, XF_ENTITY_ID, "%s-%" PRIu64 "-%" PRIu32, prefixes[row->kind], row->position, row->ordinal);
    return buffer;
}

uint64_t xf_linker_entity_founded(const struct xf_linker *linker, uint32_t entity)
{
    return linker->entities.rows.items[entity].position;
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
        const struct xf_entity *row = &linker->entities.rows.items[middle];

        if (row->position < position || (row->position == position && row->ordinal < ordinal))
            low = middle + 1;
        else
            high = middle;
    }
    if (low == linker->entities.rows.count || strcmp(xf_linker_entity_id(linker, low, written), id) != 0)
        return XF_NONE;
    return low;
}

const struct xf_value *xf_linker_values(const struct xf_linker *linker, uint32_t number, uint32_t *ret_count)
{
    const struct xf_profile *row = xf_linker_profile(linker, number);

    *ret_count = row->count;
    return xf_profile_values(&linker->profiles, row);
}

void xf_linker_count(const struct xf_linker *linker, struct xf_linker_counts *ret)
{
    const struct xf_lexicon *lexicon = &linker->lexicon;
    const struct xf_entities *entities = &linker->entities;

    *ret = (struct xf_linker_counts){.mentions = linker->mention_count,
                                     .profiles = linker->profiles.live,
                                     .edges = linker->profiles.edge_pairs,
                                     .entities = entities->living,
                                     .comparisons = linker->comparisons};
    ret->bytes = sizeof(*linker) + xf_profiles_size(&linker->profiles) + xf_index_size(&linker->index) +
                 xf_clerical_size(&linker->clerical) + (uint64_t)lexicon->rows.capacity * sizeof(*lexicon->rows.items) +
                 (uint64_t)lexicon->lexemes.capacity * sizeof(*lexicon->lexemes.items) +
                 (uint64_t)linker->mentions.capacity * sizeof(*linker->mentions.items) +
                 (uint64_t)linker->verdicts.rows.capacity * sizeof(*linker->verdicts.rows.items) +
                 (uint64_t)entities->rows.capacity * sizeof(*entities->rows.items) +
                 (uint64_t)entities->touched.capacity * sizeof(*entities->touched.items) +
                 (uint64_t)entities->clustered.capacity * sizeof(*entities->clustered.items) +
                 (uint64_t)entities->clusters.capacity * sizeof(*entities->clusters.items) +
                 (uint64_t)entities->overlaps.capacity * sizeof(*entities->overlaps.items);
}
