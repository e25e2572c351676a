/* SPDX-License-Identifier: Apache-2.0 */
/* The judge: one rule on one subject, and what becomes of the subject's flags. Called by the fold after every entry that changed
 * something (xf_rules_judge) and at clock ticks (xf_rules_tick). reach.c says who is judged, ground.c what speaks for a flag; here
 * flags are raised, changed and ended, in the order of rules and, within a rule, of the subjects' age. Invariant: judging a subject
 * again when nothing has changed takes no step, so that it does not matter how often one is judged. */
#include "judge.h"

#include <stdlib.h>
#include <string.h>

int xf_judgement_note(struct xf_judgement *judgement, uint32_t flag, enum xf_flag_step step)
{
    if (judgement->change_count == judgement->change_capacity) {
        uint32_t capacity = judgement->change_capacity ? judgement->change_capacity * 2 : 16;
        struct xf_flag_change *grown = realloc(judgement->changes, capacity * sizeof(*grown));

        if (!grown)
            return XF_ENOMEM;
        judgement->changes = grown;
        judgement->change_capacity = capacity;
    }
    judgement->changes[judgement->change_count++] = (struct xf_flag_change){.flag = flag, .step = step, .from = XF_NONE};
    return XF_OK;
}

/* Steps */

static int end_flag(struct xf_judge *judge, uint32_t flag, enum xf_flag_status status)
{
    xf_flags_end(judge->flags, flag, status, judge->at);
    return xf_judgement_note(judge->judgement, flag, status == XF_FLAG_EXPIRED ? XF_STEP_EXPIRED : XF_STEP_WITHDRAWN);
}

/* One rule on one subject. */
struct trial {
    struct xf_judge *judge;
    const struct xf_rule *rule;
    uint32_t index; /* of the rule, in the order of judging */
    uint32_t subject;
    int64_t raise_from; /* what is older raises nothing */
};

/* A flag came or went: later rules that test it look again. */
static int tell_later_rules(const struct trial *trial)
{
    return xf_reach_flag(trial->judge, trial->subject, xf_memory_symbol(trial->judge, trial->rule->type), trial->index + 1);
}

static int withdraw(const struct trial *trial, uint32_t flag)
{
    int rc = end_flag(trial->judge, flag, XF_FLAG_WITHDRAWN);

    return rc == XF_OK ? tell_later_rules(trial) : rc;
}

static int raise_flag(const struct trial *trial, const struct xf_ground *ground)
{
    struct xf_judge *judge = trial->judge;
    const struct xf_rule *rule = trial->rule;
    struct xf_flag row = {
        .position = judge->judgement->position,
        .raised_at = judge->at,
        .review_due = xf_time_add_months(judge->at, (int)rule->review_months),
        .event_at = ground->event_at,
        .changed_at = judge->at,
        .ordinal = judge->judgement->ordinal,
        .entity = trial->subject,
        .rule = xf_memory_symbol(judge, rule->id_word),
        .type = xf_memory_symbol(judge, rule->type),
        .rule_version = rule->version,
        .score = ground->score,
        .status = rule->confirmed ? XF_FLAG_CONFIRMED : XF_FLAG_PROPOSED,
        .level = ground->level,
        .peak_level = ground->level,
        .handling = ground->handling,
    };
    uint32_t flag;

    if (rule->confirmed) {
        row.by = xf_memory_symbol(judge, XF_WORD_ASSESSMENT);
        row.rationale = xf_memory_symbol(judge, XF_WORD_AS_ASSESSED);
    }
    if (xf_flags_add(judge->flags, &row, ground->reasons, ground->reason_count, &flag) != XF_OK)
        return XF_ENOMEM;
    judge->judgement->ordinal++;
    if (xf_judgement_note(judge->judgement, flag, XF_STEP_RAISED) != XF_OK)
        return XF_ENOMEM;
    return tell_later_rules(trial);
}

/* Brings an active flag up to its ground. */
static int hold_flag(const struct trial *trial, uint32_t flag, const struct xf_ground *ground)
{
    struct xf_judge *judge = trial->judge;
    struct xf_flag *row = xf_flags_edit(judge->flags, flag);
    bool same = xf_flags_same_reasons(judge->flags, flag, ground->reasons, ground->reason_count);
    bool raised = ground->level > row->peak_level;

    if (same && row->score == ground->score && row->level == ground->level && row->handling == ground->handling &&
        row->event_at == ground->event_at && row->rule_version == trial->rule->version)
        return XF_OK;
    row->score = ground->score;
    row->level = ground->level;
    row->handling = ground->handling;
    row->event_at = ground->event_at;
    row->rule_version = trial->rule->version;
    row->changed_at = judge->at;
    if (raised)
        row->peak_level = ground->level;
    if (!same && xf_flags_set_reasons(judge->flags, flag, ground->reasons, ground->reason_count) != XF_OK)
        return XF_ENOMEM;
    return xf_judgement_note(judge->judgement, flag, raised ? XF_STEP_RAISED_LEVEL : XF_STEP_CHANGED);
}

/* What the subject has of the rule already */

static int note_records(struct xf_judge *judge, const struct xf_flag *flag, bool active)
{
    struct xf_memory *memory = judge->memory;

    for (uint32_t i = flag->first_reason; i != XF_NONE; i = xf_flags_reason_at(judge->flags, i)->next) {
        for (uint32_t k = xf_flags_reason_at(judge->flags, i)->first_record; k != XF_NONE;
             k = xf_flags_record_at(judge->flags, k)->next) {
            const struct xf_flag_record *record = xf_flags_record_at(judge->flags, k);
            uint64_t key = (uint64_t)record->feed << 32 | record->id;

            if ((active ? xf_vec_push(&memory->held, key) : xf_vec_push(&memory->closed, key)) != XF_OK)
                return XF_ENOMEM;
        }
    }
    return XF_OK;
}

/* Puts an active flag among those listed: confirmed before proposed, then the older. They come newest first. */
static int list_flag(struct xf_judge *judge, uint32_t flag)
{
    struct xf_memory *memory = judge->memory;
    uint8_t status = xf_flags_at(judge->flags, flag)->status;
    uint32_t at;

    if (xf_vec_push(&memory->flags, flag) != XF_OK)
        return XF_ENOMEM;
    for (at = memory->flags.count - 1; at > 0 && status >= xf_flags_at(judge->flags, memory->flags.items[at - 1])->status; at--)
        memory->flags.items[at] = memory->flags.items[at - 1];
    memory->flags.items[at] = flag;
    return XF_OK;
}

/* Active flags of the rule on the subject into memory->flags, the one to keep among doubles first; what they rest on into
 * memory->held; and into memory->closed what flags rest on that ended before, otherwise than by losing their ground: on that alone
 * nothing stands again. */
static int list_flags(const struct trial *trial)
{
    struct xf_judge *judge = trial->judge;
    struct xf_memory *memory = judge->memory;
    uint32_t id = xf_memory_symbol(judge, trial->rule->id_word);
    int64_t before;

    memory->flags.count = memory->closed.count = memory->held.count = 0;
    for (uint32_t i = xf_flags_first(judge->flags, trial->subject); i != XF_NONE; i = xf_flags_at(judge->flags, i)->next_of_entity)
        if (xf_flags_at(judge->flags, i)->rule == id && xf_flag_active(xf_flags_at(judge->flags, i)) &&
            (list_flag(judge, i) != XF_OK || note_records(judge, xf_flags_at(judge->flags, i), true) != XF_OK))
            return XF_ENOMEM;
    before = memory->flags.count ? xf_flags_at(judge->flags, memory->flags.items[0])->raised_at : INT64_MAX;
    for (uint32_t i = xf_flags_first(judge->flags, trial->subject); i != XF_NONE;
         i = xf_flags_at(judge->flags, i)->next_of_entity) {
        const struct xf_flag *flag = xf_flags_at(judge->flags, i);

        if (flag->rule == id && (flag->closed_by_person || flag->status == XF_FLAG_EXPIRED) &&
            (trial->rule->live_days || flag->changed_at <= before) && note_records(judge, flag, false) != XF_OK)
            return XF_ENOMEM;
    }
    if (memory->held.count)
        qsort(memory->held.items, memory->held.count, sizeof(*memory->held.items), xf_memory_compare_keys);
    if (memory->closed.count)
        qsort(memory->closed.items, memory->closed.count, sizeof(*memory->closed.items), xf_memory_compare_keys);
    return XF_OK;
}

/* As far back as a flag's ground is looked for: as it was when the flag was raised, so that passing time takes no ground away; a
 * flag expires instead. */
static int64_t holds_from(const struct trial *trial, uint32_t flag)
{
    return xf_time_add_months(xf_flags_at(trial->judge->flags, flag)->raised_at, -(int)trial->rule->review_months);
}

/* A rule with windows: one flag at a time. */
static int judge_windows(const struct trial *trial)
{
    struct xf_judge *judge = trial->judge;
    struct xf_memory *memory = judge->memory;
    uint32_t flag = memory->flags.count ? memory->flags.items[0] : XF_NONE;
    int64_t from = flag != XF_NONE ? holds_from(trial, flag) : trial->raise_from;
    struct xf_ground ground;
    bool found;

    for (uint32_t i = 1; i < memory->flags.count; i++)
        if (withdraw(trial, memory->flags.items[i]) != XF_OK)
            return XF_ENOMEM;
    if (xf_ground_gather(judge, trial->rule, trial->subject, from - trial->rule->max_window * XF_DAY) != XF_OK ||
        xf_ground_best(judge, trial->rule, from, &ground, &found) != XF_OK)
        return XF_ENOMEM;
    if (flag == XF_NONE)
        return found ? raise_flag(trial, &ground) : XF_OK;
    return found ? hold_flag(trial, flag, &ground) : withdraw(trial, flag);
}

/* Whether one of the flag's records tells of the thing. */
static bool rests_on(const struct xf_judge *judge, uint32_t flag, uint32_t thing)
{
    const struct xf_memory *memory = judge->memory;

    for (uint32_t i = xf_flags_at(judge->flags, flag)->first_reason; i != XF_NONE; i = xf_flags_reason_at(judge->flags, i)->next) {
        for (uint32_t k = xf_flags_reason_at(judge->flags, i)->first_record; k != XF_NONE;
             k = xf_flags_record_at(judge->flags, k)->next) {
            const struct xf_flag_record *record = xf_flags_record_at(judge->flags, k);

            for (uint32_t h = 0; h < memory->hits.count; h++) {
                const struct xf_register_record *row = xf_register_record_at(judge->graph->reg, memory->hits.items[h].record);

                if (memory->hits.items[h].thing == thing && row->feed == record->feed && row->id == record->id)
                    return true;
            }
        }
    }
    return false;
}

/* One event of a live rule: its flag is held, its doubles end; without a flag it raises one while it is live and new. */
static int judge_event(const struct trial *trial, uint32_t thing)
{
    struct xf_judge *judge = trial->judge;
    struct xf_memory *memory = judge->memory;
    uint32_t flag = XF_NONE;
    bool found, known = false;
    struct xf_ground ground;

    if (xf_ground_of_thing(judge, trial->rule, thing, &ground, &found) != XF_OK)
        return XF_ENOMEM;
    if (!found)
        return XF_OK;
    for (uint32_t i = 0; i < memory->flags.count; i++) {
        uint32_t candidate = memory->flags.items[i];

        if (candidate == XF_NONE || !rests_on(judge, candidate, thing))
            continue;
        memory->flags.items[i] = XF_NONE;
        if (flag == XF_NONE)
            flag = candidate;
        else if (withdraw(trial, candidate) != XF_OK)
            return XF_ENOMEM;
    }
    if (flag != XF_NONE)
        return hold_flag(trial, flag, &ground);
    for (uint32_t i = 0; i < memory->hits.count; i++)
        known = known || (memory->hits.items[i].thing == thing && memory->hits.items[i].known);
    return !known && ground.event_at >= trial->raise_from ? raise_flag(trial, &ground) : XF_OK;
}

static int judge_live(const struct trial *trial)
{
    struct xf_judge *judge = trial->judge;
    struct xf_memory *memory = judge->memory;
    int64_t since = trial->raise_from;

    for (uint32_t i = 0; i < memory->flags.count; i++)
        if (holds_from(trial, memory->flags.items[i]) < since)
            since = holds_from(trial, memory->flags.items[i]);
    if (xf_ground_gather(judge, trial->rule, trial->subject, since) != XF_OK)
        return XF_ENOMEM;
    for (uint32_t thing = 0; thing < memory->things.count; thing++)
        if (judge_event(trial, thing) != XF_OK)
            return XF_ENOMEM;
    for (uint32_t i = 0; i < memory->flags.count; i++)
        if (memory->flags.items[i] != XF_NONE && withdraw(trial, memory->flags.items[i]) != XF_OK)
            return XF_ENOMEM;
    return XF_OK;
}

static int judge_subject(struct xf_judge *judge, uint32_t index, uint32_t subject)
{
    const struct xf_rule *rule = &judge->rules->rules.items[index];
    struct trial trial = {.judge = judge,
                          .rule = rule,
                          .index = index,
                          .subject = subject,
                          .raise_from = rule->live_days ? judge->at - rule->live_days * XF_DAY
                                                        : xf_time_add_months(judge->at, -(int)rule->review_months)};
    int rc = list_flags(&trial);

    judge->next_change = INT64_MAX;
    if (rc == XF_OK)
        rc = rule->live_days ? judge_live(&trial) : judge_windows(&trial);
    if (rc == XF_OK && judge->next_change != INT64_MAX)
        rc = xf_flags_wake(judge->flags, subject, judge->next_change);
    return rc;
}

/* All that is queued */

static int compare_numbers(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

    return left < right ? -1 : left > right;
}

static void sort_distinct(uint32_t *items, uint32_t *count)
{
    uint32_t kept = 0;

    if (*count < 2)
        return;
    qsort(items, *count, sizeof(*items), compare_numbers);
    for (uint32_t i = 1; i < *count; i++)
        if (items[i] != items[kept])
            items[++kept] = items[i];
    *count = kept + 1;
}

/* Entities are numbered by age, so that flags of one entry are numbered alike wherever it is folded. */
static int judge_queues(struct xf_judge *judge)
{
    int rc = XF_OK;

    for (uint32_t r = 0; r < judge->rules->rules.count; r++) {
        struct xf_queue *queue = &judge->memory->queues[r];

        sort_distinct(queue->subjects.items, &queue->subjects.count);
        for (uint32_t i = 0; rc == XF_OK && i < queue->subjects.count; i++)
            rc = judge_subject(judge, r, queue->subjects.items[i]);
    }
    return rc;
}

static bool has_rule(const struct xf_judge *judge, uint32_t id)
{
    for (uint32_t r = 0; r < judge->rules->rules.count; r++)
        if (xf_memory_symbol(judge, judge->rules->rules.items[r].id_word) == id)
            return true;
    return false;
}

/* Ends an entity's active flags: all of one that is no more; otherwise those of rules that are no longer in force. */
static int end_flags(struct xf_judge *judge, uint32_t entity, bool all)
{
    int rc = XF_OK;

    for (uint32_t i = xf_flags_first(judge->flags, entity); rc == XF_OK && i != XF_NONE;
         i = xf_flags_at(judge->flags, i)->next_of_entity)
        if (xf_flag_active(xf_flags_at(judge->flags, i)) && (all || !has_rule(judge, xf_flags_at(judge->flags, i)->rule)))
            rc = end_flag(judge, i, XF_FLAG_WITHDRAWN);
    return rc;
}

/* An entity's flags go to the one that it became part of: whoever was told of an active one must learn who bears it now. */
static int hand_over(struct xf_judge *judge, uint32_t from, uint32_t to)
{
    struct xf_judgement *judgement = judge->judgement;

    for (uint32_t i = from == to ? XF_NONE : xf_flags_first(judge->flags, from); i != XF_NONE;
         i = xf_flags_at(judge->flags, i)->next_of_entity) {
        if (!xf_flag_active(xf_flags_at(judge->flags, i)))
            continue;
        if (xf_judgement_note(judgement, i, XF_STEP_HANDED_OVER) != XF_OK)
            return XF_ENOMEM;
        judgement->changes[judgement->change_count - 1].from = from;
    }
    return xf_flags_move(judge->flags, from, to);
}

/* The given entities and those that they became, ascending, in memory->given; flags follow. */
static int settle_given(struct xf_judge *judge, const uint32_t *entities, size_t count)
{
    struct xf_memory *memory = judge->memory;
    uint32_t given;

    memory->given.count = 0;
    for (size_t i = 0; i < count; i++)
        if (entities[i] != XF_NONE && xf_vec_push(&memory->given, entities[i]) != XF_OK)
            return XF_ENOMEM;
    sort_distinct(memory->given.items, &memory->given.count);
    given = memory->given.count;
    for (uint32_t i = 0; i < given; i++) {
        uint32_t entity = memory->given.items[i], living = xf_linker_entity_living(judge->graph->linker, entity);
        int rc = living == XF_NONE ? end_flags(judge, entity, true) : hand_over(judge, entity, living);

        if (rc == XF_OK && living != XF_NONE && living != entity)
            rc = xf_vec_push(&memory->given, living);
        if (rc == XF_OK && living != XF_NONE)
            rc = end_flags(judge, living, false);
        if (rc != XF_OK)
            return rc;
    }
    sort_distinct(memory->given.items, &memory->given.count);
    return XF_OK;
}

/* Entities of whom time has changed what was seen. */
static int wake(struct xf_judge *judge)
{
    uint32_t entity;

    while ((entity = xf_flags_take_wake(judge->flags, judge->at)) != XF_NONE) {
        uint32_t living = xf_linker_entity_living(judge->graph->linker, entity);

        if (living != XF_NONE && xf_reach_subject(judge, living) != XF_OK)
            return XF_ENOMEM;
    }
    return XF_OK;
}

int xf_rules_judge(struct xf_judgement *judgement, const uint32_t *entities, size_t count)
{
    struct xf_judge judge;
    int rc = xf_memory_open(judgement, &judge);

    if (rc == XF_OK)
        rc = settle_given(&judge, entities, count);
    if (rc == XF_OK)
        rc = wake(&judge);
    if (rc == XF_OK)
        rc = xf_reach_entities(&judge, judge.memory->given.items, judge.memory->given.count);
    return rc == XF_OK ? judge_queues(&judge) : rc;
}

/* What expires lets its rule look again: there may be evidence that the flag did not rest on. */
static int expire(struct xf_judge *judge)
{
    uint32_t flag;

    while ((flag = xf_flags_take_review(judge->flags, judge->at)) != XF_NONE) {
        uint32_t living = xf_linker_entity_living(judge->graph->linker, xf_flags_at(judge->flags, flag)->entity);

        if (end_flag(judge, flag, XF_FLAG_EXPIRED) != XF_OK || (living != XF_NONE && xf_reach_subject(judge, living) != XF_OK))
            return XF_ENOMEM;
    }
    return XF_OK;
}

int xf_rules_tick(struct xf_judgement *judgement)
{
    struct xf_judge judge;
    int rc = xf_memory_open(judgement, &judge);

    if (rc == XF_OK)
        rc = expire(&judge);
    if (rc == XF_OK)
        rc = wake(&judge);
    return rc == XF_OK ? judge_queues(&judge) : rc;
}
