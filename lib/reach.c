/* SPDX-License-Identifier: Apache-2.0 */
/* Who must be judged when entities change: they themselves, and those around them whose patterns their ties can meet. Most records
 * only add to what is there; then a subject is judged only if the record itself says something that the rule asks, so that the
 * thousandth visit to a school costs no walk over the other nine hundred and ninety-nine. Called by judge.c before any rule is
 * judged; fills memory->queues. Invariant: too many subjects in a queue only cost time; judging one again on the same ground
 * changes nothing. */
#include <assert.h>

#include "judge.h"

static int queue(struct xf_judge *judge, uint32_t rule, uint32_t subject)
{
    struct xf_queue *to = &judge->memory->queues[rule];

    if (to->subjects.count && to->subjects.items[to->subjects.count - 1] == subject)
        return XF_OK;
    return xf_vec_push(&to->subjects, subject);
}

int xf_reach_subject(struct xf_judge *judge, uint32_t entity)
{
    uint8_t kind = (uint8_t)xf_linker_entity_kind(judge->graph->linker, entity);

    for (uint32_t r = 0; r < judge->rules->rules.count; r++)
        if (judge->rules->rules.items[r].subject == kind && queue(judge, r, entity) != XF_OK)
            return XF_ENOMEM;
    return XF_OK;
}

/* Around an entity */

/* A walk from an entity to the subjects whose patterns look at it. */
struct around {
    struct xf_judge *judge;
    uint32_t entity, first_rule, end_rule;
    uint32_t type;    /* only rules that test this flag type on others; 0: all */
    uint32_t subject; /* only this one; XF_NONE: all */
};

static bool tests_flag(const struct xf_judge *judge, const struct xf_clause *clause, bool own, uint32_t type)
{
    return xf_match_word(judge, own ? clause->own.flags : clause->other.flags, type);
}

static bool any_form(const struct xf_judge *judge, struct xf_clauses clauses, const struct xf_look *look, uint32_t type)
{
    for (uint32_t i = 0; i < clauses.count; i++) {
        const struct xf_clause *clause = &judge->rules->clauses.items[clauses.first + i];

        if ((!type || tests_flag(judge, clause, false, type)) && xf_match_form(judge, clause, look))
            return true;
    }
    return false;
}

static bool has_active(const struct xf_judge *judge, const struct xf_rule *rule, uint32_t subject)
{
    uint32_t id = xf_memory_symbol(judge, rule->id_word);

    for (uint32_t i = xf_flags_first(judge->flags, subject); i != XF_NONE; i = xf_flags_at(judge->flags, i)->next_of_entity)
        if (xf_flags_at(judge->flags, i)->rule == id && xf_flag_active(xf_flags_at(judge->flags, i)))
            return true;
    return false;
}

/* Whether a tie, as the subject sees it, is one that the rule counts; or one that excepts somebody, which can only take ground
 * away: what lost such a tie is itself among the changed, or has another that counts. */
static bool concerns(const struct xf_judge *judge, const struct xf_rule *rule, const struct xf_look *look, uint32_t type)
{
    bool passes = xf_match_gate(judge, &rule->gates, look->record, look->mine) &&
                  (look->other == XF_NONE || xf_match_gate_other(judge, &rule->gates, look->other));

    for (uint32_t p = 0; p < rule->pattern_count; p++) {
        const struct xf_pattern *pattern = &judge->rules->patterns.items[rule->first_pattern + p];

        if (passes && any_form(judge, pattern->where, look, type))
            return true;
        if (!type && any_form(judge, pattern->except, look, 0) && has_active(judge, rule, look->own_entity))
            return true;
    }
    return false;
}

static int visit_around(void *context, const struct xf_tie *tie)
{
    const struct around *around = context;
    const struct xf_rules *rules = around->judge->rules;
    struct xf_look look = xf_look_back((struct xf_look){.mine = tie->mine,
                                                        .other = tie->other,
                                                        .record = tie->record,
                                                        .own_entity = around->entity,
                                                        .other_entity = tie->entity,
                                                        .type = tie->type,
                                                        .outward = tie->outward});
    uint8_t own = xf_register_mention_at(around->judge->graph->reg, look.mine)->kind;
    uint8_t other = xf_register_mention_at(around->judge->graph->reg, look.other)->kind;

    for (uint32_t r = around->first_rule; r < around->end_rule; r++) {
        const struct xf_rule *rule = &rules->rules.items[r];

        if (rule->subject == own && rule->other_kinds >> other & 1 && concerns(around->judge, rule, &look, around->type) &&
            queue(around->judge, r, tie->entity) != XF_OK)
            return XF_ENOMEM;
    }
    return XF_OK;
}

static int walk_around(struct around *around)
{
    struct xf_judge *judge = around->judge;

    if (xf_memory_moments(judge, around->entity) != XF_OK)
        return XF_ENOMEM;
    for (uint32_t i = 0; i < judge->memory->moments.count; i++)
        if (xf_graph_mention_ties(judge->graph, around->entity, judge->memory->moments.items[i].mention, visit_around, around) !=
            XF_OK)
            return XF_ENOMEM;
    return XF_OK;
}

int xf_reach_flag(struct xf_judge *judge, uint32_t entity, uint32_t type, uint32_t first_rule)
{
    const struct xf_rules *rules = judge->rules;
    struct around around = {
        .judge = judge, .entity = entity, .first_rule = first_rule, .end_rule = rules->rules.count, .type = type};
    uint8_t kind = (uint8_t)xf_linker_entity_kind(judge->graph->linker, entity);
    bool others = false;

    for (uint32_t r = first_rule; r < rules->rules.count; r++) {
        const struct xf_rule *rule = &rules->rules.items[r];
        bool own = false;

        for (uint32_t p = 0; p < rule->pattern_count; p++) {
            const struct xf_pattern *pattern = &rules->patterns.items[rule->first_pattern + p];

            for (uint32_t c = 0; c < pattern->where.count; c++) {
                const struct xf_clause *clause = &rules->clauses.items[pattern->where.first + c];

                own = own || tests_flag(judge, clause, true, type);
                others = others || (clause->other_kind == kind && tests_flag(judge, clause, false, type));
            }
        }
        if (own && rule->subject == kind && queue(judge, r, entity) != XF_OK)
            return XF_ENOMEM;
    }
    return others ? walk_around(&around) : XF_OK;
}

/* What a new record adds */

/* The row of a record that this entry put for the first time: new rows go to the end. XF_NONE: the entry did something else. */
static uint32_t new_record(const struct xf_judge *judge)
{
    uint32_t count = xf_register_record_count(judge->graph->reg);
    const struct xf_register_record *last = count ? xf_register_record_at(judge->graph->reg, count - 1) : NULL;

    return last && last->live && last->revision == 1 && last->position == judge->judgement->position ? count - 1 : XF_NONE;
}

static uint32_t mentions_in(const struct xf_judge *judge, uint32_t record, uint32_t entity)
{
    uint32_t count = 0;

    for (uint32_t i = xf_register_record_at(judge->graph->reg, record)->first_mention; i != XF_NONE;
         i = xf_register_mention_at(judge->graph->reg, i)->next)
        count += xf_linker_entity_of(judge->graph->linker, i) == entity;
    return count;
}

/* Of which kinds all given entities only gained mentions of the new record. Entities of a kind exchange mentions among themselves
 * alone, and every one that changed is given: when each grew by its mentions of the record and none merged or ended, nothing else
 * has moved. */
static int only_added(struct xf_judge *judge, uint32_t record, const uint32_t *entities, uint32_t count,
                      bool ret[static XF_MENTION_KINDS])
{
    for (int kind = 0; kind < XF_MENTION_KINDS; kind++)
        ret[kind] = record != XF_NONE;
    for (uint32_t i = 0; i < count && record != XF_NONE; i++) {
        enum xf_mention_kind kind = xf_linker_entity_kind(judge->graph->linker, entities[i]);
        uint32_t size = xf_linker_entity_size(judge->graph->linker, entities[i]), added = mentions_in(judge, record, entities[i]);
        const struct xf_known *known = xf_memory_known(judge, entities[i]);

        if (!known)
            return XF_ENOMEM;
        if (!added || size != added + (known->has_size ? known->size : 0))
            ret[kind] = false;
    }
    return XF_OK;
}

/* A walk over the ties that one record makes for one subject: whether any is counted by a rule (first_rule), or makes the far end
 * one with others. */
struct saying {
    struct xf_judge *judge;
    const struct xf_rule *rule;
    uint32_t entity;
    bool relations; /* look for count_once instead of where and except */
};

static int visit_said(void *context, const struct xf_tie *tie)
{
    const struct saying *saying = context;
    struct xf_look look = {.mine = tie->mine,
                           .other = tie->other,
                           .record = tie->record,
                           .own_entity = saying->entity,
                           .other_entity = tie->entity,
                           .type = tie->type,
                           .outward = tie->outward};
    struct xf_look back = xf_look_back(look);

    if (!saying->relations)
        return concerns(saying->judge, saying->rule, &look, 0);
    for (uint32_t p = 0; p < saying->rule->pattern_count; p++) {
        struct xf_clauses clauses = saying->judge->rules->patterns.items[saying->rule->first_pattern + p].count_once;

        if (any_form(saying->judge, clauses, &look, 0) || any_form(saying->judge, clauses, &back, 0))
            return 1;
    }
    return 0;
}

static bool says(const struct saying *saying, uint32_t record)
{
    const struct xf_graph *graph = saying->judge->graph;

    for (uint32_t i = xf_register_record_at(graph->reg, record)->first_mention; i != XF_NONE;
         i = xf_register_mention_at(graph->reg, i)->next) {
        const struct xf_register_mention *mention = xf_register_mention_at(graph->reg, i);
        struct xf_look alone = {
            .mine = i, .other = XF_NONE, .record = record, .own_entity = saying->entity, .other_entity = XF_NONE};

        if (xf_linker_entity_of(graph->linker, i) != saying->entity)
            continue;
        if (!saying->relations && (concerns(saying->judge, saying->rule, &alone, 0) ||
                                   (mention->kind == XF_LOCATION && mention->type &&
                                    xf_match_word(saying->judge, saying->rule->gates.location_types, mention->type) &&
                                    has_active(saying->judge, saying->rule, saying->entity))))
            return true;
        if (xf_graph_mention_ties(graph, saying->entity, i, visit_said, (void *)saying) != 0)
            return true;
    }
    return false;
}

/* Whether the new record tells something of a person's age that was not known. */
static int profile_changed(struct xf_judge *judge, uint32_t record, uint32_t entity, bool *ret)
{
    struct xf_known before, after, *known = xf_memory_known(judge, entity);
    int rc;

    *ret = false;
    if (!known)
        return XF_ENOMEM;
    if (xf_linker_entity_kind(judge->graph->linker, entity) != XF_PERSON)
        return XF_OK;
    rc = xf_memory_profile(judge, entity, known->has_profile ? XF_NONE : record, &before);
    if (rc != XF_OK)
        return rc;
    rc = xf_memory_learn(judge, entity, record, &before, &after);
    *ret = before.birth_date != after.birth_date || (!after.birth_date && before.child_role != after.child_role);
    return rc;
}

static int reach_added(struct xf_judge *judge, uint32_t record, uint32_t entity)
{
    uint8_t kind = (uint8_t)xf_linker_entity_kind(judge->graph->linker, entity);
    struct around around = {.judge = judge, .entity = entity, .end_rule = judge->rules->rules.count};
    bool aged;
    int rc = profile_changed(judge, record, entity, &aged);

    if (rc == XF_OK && aged)
        rc = walk_around(&around);
    for (uint32_t r = 0; rc == XF_OK && r < judge->rules->rules.count; r++) {
        const struct xf_rule *rule = &judge->rules->rules.items[r];
        struct saying saying = {.judge = judge, .rule = rule, .entity = entity};

        if (rule->subject == kind && ((aged && rule->ages_own) || says(&saying, record)))
            rc = queue(judge, r, entity);
        saying.relations = true;
        if (rc == XF_OK && !aged && rule->relates && rule->other_kinds >> kind & 1 && says(&saying, record)) {
            around.first_rule = r;
            around.end_rule = r + 1;
            rc = walk_around(&around);
        }
    }
    return rc;
}

/* Anything */

static int reach_changed(struct xf_judge *judge, uint32_t entity)
{
    struct around around = {.judge = judge, .entity = entity, .end_rule = judge->rules->rules.count};
    struct xf_known *known = xf_memory_known(judge, entity);

    if (!known)
        return XF_ENOMEM;
    known->has_profile = 0;
    return xf_reach_subject(judge, entity) == XF_OK ? walk_around(&around) : XF_ENOMEM;
}

int xf_reach_entities(struct xf_judge *judge, const uint32_t *entities, uint32_t count)
{
    const struct xf_linker *linker = judge->graph->linker;
    uint32_t record = new_record(judge);
    bool added[XF_MENTION_KINDS];
    int rc = only_added(judge, record, entities, count, added);

    for (uint32_t i = 0; rc == XF_OK && i < count; i++) {
        struct xf_known *known = xf_memory_known(judge, entities[i]);

        if (!known)
            return XF_ENOMEM;
        known->size = xf_linker_entity_size(linker, entities[i]);
        known->has_size = 1;
        if (!known->size)
            known->has_profile = 0;
        else if (added[xf_linker_entity_kind(linker, entities[i])])
            rc = reach_added(judge, record, entities[i]);
        else
            rc = reach_changed(judge, entities[i]);
    }
    return rc;
}
