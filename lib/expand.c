/* SPDX-License-Identifier: Apache-2.0 */
/* Looks at an entity's ties for one asker: which neighbours its records show, what each record says of them, and what is withheld.
 * Called by walk.c and trail.c, a slice at a time under the read lock. Invariant: a record that the asker may not see adds nothing
 * but to the count of what is withheld, and a covert one not even that. */
#include "expand.h"

#include <stdlib.h>

/* Ties of one entity that are looked at, in all slices. */
#define LOOKS_MAX 65536

struct looking {
    struct xf_expansion *expansion;
    const struct xf_view *view;
    const struct xf_register_record *record;
    bool shown, passes, sure; /* of the record and of the entity's mention in it */
};

void xf_expansion_start(struct xf_expansion *expansion, const struct xf_tie_filter *filter, uint32_t entity, uint32_t only,
                        uint32_t hub_links, bool wants_hits)
{
    xf_map_clear(&expansion->rows);
    xf_vec_clear(&expansion->neighbours);
    xf_vec_clear(&expansion->hits);
    xf_vec_clear(&expansion->withheld);
    expansion->filter = filter;
    expansion->entity = entity;
    expansion->only = only;
    expansion->hub_links = hub_links;
    expansion->at = XF_NONE;
    expansion->looks = expansion->passed = 0;
    expansion->begun = expansion->hub = expansion->cut = false;
    expansion->wants_hits = wants_hits;
}

void xf_expansion_finish(struct xf_expansion *expansion)
{
    xf_map_finish(&expansion->rows);
    xf_vec_free(&expansion->neighbours);
    xf_vec_free(&expansion->hits);
    xf_vec_free(&expansion->withheld);
}

static bool any_of(const uint32_t *words, uint32_t count, uint32_t word)
{
    for (uint32_t i = 0; i < count; i++)
        if (words[i] && words[i] == word)
            return true;
    return false;
}

static int64_t end_of(const struct xf_register_record *record)
{
    return record->until == XF_TIME_NONE || record->until < record->occurred_at ? record->occurred_at : record->until;
}

static bool record_passes(const struct xf_tie_filter *filter, const struct xf_register_record *record)
{
    return (filter->since == XF_TIME_NONE || end_of(record) >= filter->since) &&
           (filter->until == XF_TIME_NONE || record->occurred_at <= filter->until) &&
           (!filter->source || record->source <= filter->source) &&
           (!filter->information || record->information <= filter->information);
}

static bool tie_passes(const struct xf_tie_filter *filter, const struct xf_register *reg, const struct xf_tie *tie)
{
    uint32_t role = xf_register_mention_at(reg, tie->other)->role;

    if (filter->typed && (tie->type ? !any_of(filter->types, filter->type_count, tie->type) : !filter->co_mentions))
        return false;
    if (filter->of_roles && !any_of(filter->roles, filter->role_count, role))
        return false;
    return !any_of(filter->not_roles, filter->not_role_count, role);
}

static struct xf_neighbour *neighbour_of(struct xf_expansion *expansion, uint32_t entity)
{
    const uint32_t *row = xf_map_get(&expansion->rows, entity);

    if (row)
        return &expansion->neighbours.items[*row];
    if (xf_vec_push(&expansion->neighbours, (struct xf_neighbour){.entity = entity, .mention = XF_NONE}) != XF_OK ||
        xf_map_put(&expansion->rows, entity, expansion->neighbours.count - 1) != XF_OK)
        return NULL;
    return &expansion->neighbours.items[expansion->neighbours.count - 1];
}

/* The information is known to be so, directly or corroborated, and its source is not unreliable (3x5x2). */
static bool well_graded(const struct xf_register_record *record)
{
    return (record->information == 'A' || record->information == 'B') && record->source != '3';
}

static int look_at(void *context, const struct xf_tie *tie)
{
    struct looking *looking = context;
    struct xf_expansion *expansion = looking->expansion;
    struct xf_neighbour *neighbour;

    expansion->looks++;
    if (expansion->only != XF_NONE && tie->entity != expansion->only)
        return 0;
    neighbour = neighbour_of(expansion, tie->entity);
    if (!neighbour)
        return XF_ENOMEM;
    if (!looking->shown)
        return xf_vec_push(&expansion->withheld, (struct xf_withheld_tie){tie->entity, tie->record});
    neighbour->flags |= XF_NEIGHBOUR_SHOWN;
    if (!looking->passes || !tie_passes(expansion->filter, looking->view->graph->reg, tie))
        return 0;
    if (!(neighbour->flags & XF_NEIGHBOUR_PASSED)) {
        neighbour->flags |= XF_NEIGHBOUR_PASSED;
        neighbour->mention = tie->other;
        expansion->passed++;
    }
    if (!expansion->wants_hits)
        return 0;
    return xf_vec_push(&expansion->hits,
                       (struct xf_hit){.other = tie->entity,
                                       .record = tie->record,
                                       .type = tie->type,
                                       .outward = !tie->type || tie->outward,
                                       .first = looking->record->occurred_at,
                                       .last = end_of(looking->record),
                                       .confirmed = looking->sure && xf_linker_sure(looking->view->graph->linker, tie->other)});
}

/* The next mention to look at; XF_NONE at the end, or where the entity has changed under the walk. */
static uint32_t next_mention(struct xf_expansion *expansion, const struct xf_graph *graph)
{
    uint32_t at = expansion->at;

    if (!expansion->begun) {
        expansion->begun = true;
        return xf_linker_first(graph->linker, expansion->entity);
    }
    if (at != XF_NONE &&
        (!xf_register_mention_at(graph->reg, at)->live || xf_linker_entity_of(graph->linker, at) != expansion->entity)) {
        expansion->cut = true;
        return XF_NONE;
    }
    return at;
}

int xf_expansion_look(struct xf_expansion *expansion, const struct xf_view *view, uint32_t *looks)
{
    const struct xf_graph *graph = view->graph;
    struct looking looking = {.expansion = expansion, .view = view};
    uint32_t at = next_mention(expansion, graph), from = expansion->looks, spent = 0;

    for (; at != XF_NONE && spent < *looks; at = xf_linker_next(graph->linker, at)) {
        uint32_t record = xf_register_mention_at(graph->reg, at)->record;
        enum xf_sight sight = xf_disclosure_sight(view, record);
        int rc;

        expansion->looks++;
        if (sight != XF_SIGHT_HIDDEN) {
            looking.record = xf_register_record_at(graph->reg, record);
            looking.shown = sight == XF_SIGHT_SHOWN;
            looking.passes = record_passes(expansion->filter, looking.record);
            looking.sure = expansion->wants_hits && looking.shown && looking.passes && well_graded(looking.record) &&
                           xf_linker_sure(graph->linker, at);
            rc = xf_graph_mention_ties(graph, expansion->entity, at, look_at, &looking);
            if (rc != XF_OK)
                return rc;
        }
        spent = expansion->looks - from;
        if ((expansion->hub_links && expansion->passed > expansion->hub_links) || expansion->looks >= LOOKS_MAX) {
            expansion->hub = expansion->hub_links != 0;
            expansion->cut = expansion->cut || expansion->looks >= LOOKS_MAX;
            at = XF_NONE;
            break;
        }
    }
    expansion->at = at;
    *looks = *looks > spent ? *looks - spent : 0;
    return at != XF_NONE;
}

/* From hits to relations */

/* By relation, each record once, the newest first. */
static int by_relation(const void *a, const void *b)
{
    const struct xf_hit *x = a, *y = b;

    if (x->other != y->other)
        return x->other < y->other ? -1 : 1;
    if (x->type != y->type)
        return x->type < y->type ? -1 : 1;
    if (x->outward != y->outward)
        return x->outward ? -1 : 1;
    if (x->first != y->first)
        return x->first > y->first ? -1 : 1;
    return (x->record > y->record) - (x->record < y->record);
}

static bool same_relation(const struct xf_hit *x, const struct xf_hit *y)
{
    return x->other == y->other && x->type == y->type && x->outward == y->outward;
}

/* The most telling first. */
static int by_weight(const void *a, const void *b)
{
    const struct xf_relation *x = a, *y = b;

    if (x->record_count != y->record_count)
        return x->record_count > y->record_count ? -1 : 1;
    if (x->last != y->last)
        return x->last > y->last ? -1 : 1;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    if (x->to != y->to)
        return x->to < y->to ? -1 : 1;
    return (x->type > y->type) - (x->type < y->type);
}

/* One relation of the hits from `at` on; returns where the next begins. */
static uint32_t take_relation(const struct xf_expansion *expansion, uint32_t at, struct xf_relations *relations, int *ret_rc)
{
    const struct xf_hit *hit = &expansion->hits.items[at];
    struct xf_relation relation = {.from = hit->outward ? expansion->entity : hit->other,
                                   .to = hit->outward ? hit->other : expansion->entity,
                                   .type = hit->type,
                                   .first_record = relations->records.count,
                                   .first = hit->first,
                                   .last = hit->last};
    uint32_t record = XF_NONE, end;

    for (end = at; end < expansion->hits.count && same_relation(hit, &expansion->hits.items[end]); end++) {
        const struct xf_hit *one = &expansion->hits.items[end];

        relation.confirmed = relation.confirmed || one->confirmed;
        relation.first = one->first < relation.first ? one->first : relation.first;
        relation.last = one->last > relation.last ? one->last : relation.last;
        if (one->record == record)
            continue;
        record = one->record;
        relation.record_count++;
        if (relation.listed < XF_RELATION_RECORDS_MAX) {
            if (xf_vec_push(&relations->records, record) != XF_OK)
                *ret_rc = XF_ENOMEM;
            else
                relation.listed++;
        }
    }
    if (xf_vec_push(&relations->rows, relation) != XF_OK)
        *ret_rc = XF_ENOMEM;
    return end;
}

int xf_relations_group(struct xf_relations *relations, struct xf_expansion *expansion, uint32_t max, bool *ret_cut)
{
    uint32_t first = relations->rows.count;
    int rc = XF_OK;

    if (expansion->hits.count > 1)
        qsort(expansion->hits.items, expansion->hits.count, sizeof(*expansion->hits.items), by_relation);
    for (uint32_t at = 0; rc == XF_OK && at < expansion->hits.count;)
        at = take_relation(expansion, at, relations, &rc);
    if (rc == XF_OK && relations->rows.count - first > 1)
        qsort(relations->rows.items + first, relations->rows.count - first, sizeof(*relations->rows.items), by_weight);
    *ret_cut = relations->rows.count > max;
    if (*ret_cut)
        relations->rows.count = first > max ? first : max;
    return rc;
}

void xf_relations_finish(struct xf_relations *relations)
{
    xf_vec_free(&relations->rows);
    xf_vec_free(&relations->records);
}
