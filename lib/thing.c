/* SPDX-License-Identifier: Apache-2.0 */
/* Says what counts as one. Others are told apart by entity; those that a pattern excepts (an adult's own children, a child's own
 * home) fall out, and those that are tied to each other as `count_once` says (brothers and sisters) count as one. Events are told
 * apart by record, but the same report that two agencies pass on is one. Relations have no time: whoever is family once is family
 * in every window. Called by ground.c on sorted hits; what comes out depends on their order alone. */
#include "thing.h"

#include <stdlib.h>
#include <string.h>

#define SPAN_MAX (7 * XF_DAY) /* as far as a record's `until` stretches it when reports are compared */

/* Others */

/* A walk over one entity's ties in search of others that it is related to. */
struct relating {
    struct xf_judge *judge;
    struct xf_clauses clauses;
    uint32_t walked, target; /* target XF_NONE: any of the things of the pattern */
    bool back;               /* the clauses are said from the target's end */
    uint32_t first, thing;   /* of the things; the walked one's own */
    bool found;
};

static bool related_by(const struct relating *relating, const struct xf_tie *tie)
{
    struct xf_look look = {.mine = tie->mine,
                           .other = tie->other,
                           .record = tie->record,
                           .own_entity = relating->walked,
                           .other_entity = tie->entity,
                           .type = tie->type,
                           .outward = tie->outward};

    if (relating->back)
        look = xf_look_back(look);
    for (uint32_t i = 0; i < relating->clauses.count; i++)
        if (xf_match_form(relating->judge, &relating->judge->rules->clauses.items[relating->clauses.first + i], &look))
            return true;
    return false;
}

static int visit_target(void *context, const struct xf_tie *tie)
{
    struct relating *relating = context;

    relating->found = tie->entity == relating->target && related_by(relating, tie);
    return relating->found;
}

/* Whether a subject has any tie to another entity that meets one of the clauses: the one with fewer mentions is walked. */
static bool related(struct xf_judge *judge, struct xf_clauses clauses, uint32_t subject, uint32_t other)
{
    bool back = xf_linker_entity_size(judge->graph->linker, other) < xf_linker_entity_size(judge->graph->linker, subject);
    struct relating relating = {
        .judge = judge, .clauses = clauses, .walked = back ? other : subject, .target = back ? subject : other, .back = back};

    if (clauses.count)
        (void)xf_graph_ties(judge->graph, relating.walked, visit_target, &relating);
    return relating.found;
}

static uint32_t root_of(struct xf_thing *things, uint32_t thing)
{
    while (things[thing].parent != thing)
        thing = things[thing].parent = things[things[thing].parent].parent;
    return thing;
}

static int compare_things(const void *a, const void *b)
{
    uint32_t left = ((const struct xf_thing *)a)->entity, right = ((const struct xf_thing *)b)->entity;

    return left < right ? -1 : left > right;
}

static struct xf_thing *find_thing(const struct xf_memory *memory, uint32_t first, uint32_t entity)
{
    struct xf_thing key = {.entity = entity};

    return bsearch(&key, memory->things.items + first, memory->things.count - first, sizeof(key), compare_things);
}

static int visit_sibling(void *context, const struct xf_tie *tie)
{
    struct relating *relating = context;
    struct xf_memory *memory = relating->judge->memory;
    struct xf_thing *other = find_thing(memory, relating->first, tie->entity);
    uint32_t a, b;

    if (!other || !related_by(relating, tie))
        return 0;
    a = root_of(memory->things.items, relating->thing);
    b = root_of(memory->things.items, (uint32_t)(other - memory->things.items));
    /* The lower is the root: the outcome does not depend on who was walked first. */
    memory->things.items[a > b ? a : b].parent = a > b ? b : a;
    return 0;
}

static void join_related(struct xf_judge *judge, const struct xf_pattern *pattern, uint32_t first)
{
    struct xf_memory *memory = judge->memory;

    if (!pattern->count_once.count || memory->things.count - first < 2)
        return;
    for (uint32_t i = first; i < memory->things.count; i++) {
        struct relating relating = {.judge = judge,
                                    .clauses = pattern->count_once,
                                    .walked = memory->things.items[i].entity,
                                    .target = XF_NONE,
                                    .first = first,
                                    .thing = i};

        (void)xf_graph_ties(judge->graph, relating.walked, visit_sibling, &relating);
    }
}

/* The distinct others of a pattern as things, without those that it excepts; related ones joined. */
static int list_others(struct xf_judge *judge, const struct xf_pattern *pattern, uint32_t p, uint32_t subject)
{
    struct xf_memory *memory = judge->memory;
    uint32_t first = memory->things.count, kept = first;

    for (uint32_t i = 0; i < memory->hits.count; i++)
        if (memory->hits.items[i].pattern == p &&
            xf_vec_push(&memory->things, (struct xf_thing){.entity = memory->hits.items[i].other}) != XF_OK)
            return XF_ENOMEM;
    if (memory->things.count == first)
        return XF_OK;
    qsort(memory->things.items + first, memory->things.count - first, sizeof(*memory->things.items), compare_things);
    for (uint32_t i = first; i < memory->things.count; i++) {
        uint32_t entity = memory->things.items[i].entity;

        if ((i == first || entity != memory->things.items[i - 1].entity) && !related(judge, pattern->except, subject, entity))
            memory->things.items[kept++] = (struct xf_thing){.entity = entity};
    }
    memory->things.count = kept;
    for (uint32_t i = first; i < kept; i++)
        memory->things.items[i].parent = i;
    join_related(judge, pattern, first);
    return XF_OK;
}

/* A pattern that is like an earlier one has the same things over again, to be counted by itself. */
static int copy_others(struct xf_judge *judge, uint32_t from, uint32_t to)
{
    struct xf_memory *memory = judge->memory;
    uint32_t offset = memory->things.count - from;

    for (uint32_t i = from; i < to; i++) {
        struct xf_thing thing = memory->things.items[i];

        thing.parent += offset;
        if (xf_vec_push(&memory->things, thing) != XF_OK)
            return XF_ENOMEM;
    }
    return XF_OK;
}

static void assign_others(struct xf_judge *judge, uint32_t p, uint32_t first)
{
    struct xf_memory *memory = judge->memory;

    for (uint32_t i = 0; i < memory->hits.count; i++) {
        struct xf_hit *hit = &memory->hits.items[i];
        const struct xf_thing *thing = hit->pattern == p ? find_thing(memory, first, hit->other) : NULL;

        if (thing)
            hit->thing = root_of(memory->things.items, (uint32_t)(thing - memory->things.items));
    }
}

/* Events */

static bool same_kind(const struct xf_judge *judge, const struct xf_gates *gates, uint32_t a, uint32_t b)
{
    if (a == b)
        return true;
    for (uint32_t i = 0; i < gates->class_count; i++) {
        struct xf_words words = judge->rules->classes.items[gates->first_class + i];

        if (xf_match_word(judge, words, a) && xf_match_word(judge, words, b))
            return true;
    }
    return false;
}

/* Whether a later record tells what an earlier one told: of the same sort, about the same others, by another agency, at the same
 * time or while the earlier one was still going on. */
static bool retells(const struct xf_judge *judge, const struct xf_gates *gates, const struct xf_hit *earlier,
                    const struct xf_hit *later)
{
    const struct xf_register_record *before = xf_register_record_at(judge->graph->reg, earlier->record);
    const struct xf_register_record *after = xf_register_record_at(judge->graph->reg, later->record);
    int64_t end = before->until == XF_TIME_NONE ? before->occurred_at : before->until;

    if (end > before->occurred_at + SPAN_MAX)
        end = before->occurred_at + SPAN_MAX;
    return earlier->teller != later->teller && earlier->other == later->other &&
           same_kind(judge, gates, before->kind, after->kind) && after->occurred_at <= end + gates->same_event_hours * XF_HOUR;
}

/* Whether the agency that tells a hit has told the thing already: then it means another one. */
static bool told_by(const struct xf_memory *memory, uint32_t thing, uint32_t from, uint32_t to, uint32_t teller)
{
    for (uint32_t i = from; i < to; i++)
        if (memory->hits.items[i].thing == thing && memory->hits.items[i].teller == teller)
            return true;
    return false;
}

/* The event that the hit at `at` belongs to, among those before it; XF_NONE: a new one. Only an event's first record is compared,
 * so that reports that follow each other do not make a chain of days. */
static uint32_t event_of(const struct xf_judge *judge, const struct xf_gates *gates, uint32_t at, uint32_t first_thing)
{
    const struct xf_memory *memory = judge->memory;
    const struct xf_hit *hit = &memory->hits.items[at];
    int64_t reach = hit->at - SPAN_MAX - gates->same_event_hours * XF_HOUR;
    uint32_t found = XF_NONE;

    for (uint32_t i = at; i-- > 0 && memory->hits.items[i].at >= reach;) {
        const struct xf_hit *before = &memory->hits.items[i];

        if (before->pattern != hit->pattern)
            continue;
        if (before->record == hit->record)
            return before->thing;
        /* things[].entity is the hit with which the event began. */
        if (before->thing >= first_thing &&
            memory->hits.items[memory->things.items[before->thing].entity].record == before->record &&
            retells(judge, gates, before, hit) &&
            !told_by(memory, before->thing, memory->things.items[before->thing].entity, at, hit->teller))
            found = before->thing;
    }
    return found;
}

static int assign_events(struct xf_judge *judge, const struct xf_gates *gates, uint32_t p)
{
    struct xf_memory *memory = judge->memory;
    uint32_t first = memory->things.count;

    for (uint32_t i = 0; i < memory->hits.count; i++) {
        uint32_t thing;

        if (memory->hits.items[i].pattern != p)
            continue;
        thing = event_of(judge, gates, i, first);
        if (thing == XF_NONE) {
            thing = memory->things.count;
            if (xf_vec_push(&memory->things, (struct xf_thing){.entity = i, .parent = thing}) != XF_OK)
                return XF_ENOMEM;
        }
        memory->hits.items[i].thing = thing;
    }
    return XF_OK;
}

int xf_things_assign(struct xf_judge *judge, const struct xf_rule *rule, uint32_t subject)
{
    struct xf_memory *memory = judge->memory;
    uint32_t first[XF_PATTERNS_MAX + 1], kept = 0;

    for (uint32_t p = 0; p < rule->pattern_count; p++) {
        const struct xf_pattern *pattern = &judge->rules->patterns.items[rule->first_pattern + p];
        int rc;

        first[p] = memory->things.count;
        if (pattern->count == XF_COUNT_EVENTS)
            rc = assign_events(judge, &rule->gates, p);
        else if (pattern->like == XF_NONE)
            rc = list_others(judge, pattern, p, subject);
        else
            rc = copy_others(judge, first[pattern->like], first[pattern->like + 1]);
        if (rc != XF_OK)
            return rc;
        if (pattern->count != XF_COUNT_EVENTS)
            assign_others(judge, p, first[p]);
        first[p + 1] = memory->things.count;
    }
    for (uint32_t i = 0; i < memory->hits.count; i++)
        if (memory->hits.items[i].thing != XF_NONE)
            memory->hits.items[kept++] = memory->hits.items[i];
    memory->hits.count = kept;
    return XF_OK;
}
