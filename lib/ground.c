/* SPDX-License-Identifier: Apache-2.0 */
/* What speaks for a flag: collects the ties of one subject that a rule's patterns count (hits), says what counts as one thing
 * (thing.c), slides the windows over event time and keeps the best. Called by judge.c for one rule and subject at a time.
 * Invariant: hits stand in the order of event time, feed, id, pattern and other entity, so that nothing depends on how mentions are
 * stored. */
#include "judge.h"

#include <stdlib.h>
#include <string.h>

#include "thing.h"

/* Collecting */

struct gathering {
    struct xf_judge *judge;
    const struct xf_rule *rule;
    uint32_t subject;
    int64_t horizon;
};

static bool in_time(const struct gathering *gathering, const struct xf_pattern *pattern, int64_t at)
{
    return pattern->standing || at >= gathering->horizon;
}

static bool has_key(const uint64_t *keys, uint32_t count, uint64_t key)
{
    return count && bsearch(&key, keys, count, sizeof(key), xf_memory_compare_keys);
}

/* What was met by a flag that has expired since holds the flags that rest on it already and nothing more: expiry takes no ground
 * away, and gives none. */
static int add_hit(const struct gathering *gathering, uint32_t pattern, const struct xf_look *look, enum xf_met met)
{
    struct xf_judge *judge = gathering->judge;
    const struct xf_register_record *record = xf_register_record_at(judge->graph->reg, look->record);
    const struct xf_gates *gates = &gathering->rule->gates;
    uint32_t feed = judge->graph->partners
                        ? xf_partners_feed(judge->graph->partners, xf_intern_text(judge->graph->symbols, record->feed))
                        : UINT32_MAX;
    uint64_t key = (uint64_t)record->feed << 32 | record->id;
    struct xf_hit hit = {
        .at = record->occurred_at,
        .record = look->record,
        .other = look->other_entity,
        /* A feed that nobody names is an agency of its own; symbols stay below the top bit. */
        .teller = feed == UINT32_MAX ? record->feed | UINT32_C(1) << 31 : xf_partners_feed_at(judge->graph->partners, feed)->agency,
        .thing = XF_NONE,
        .pattern = (uint16_t)pattern,
        .good = gates->good_sources >> (record->source - '1') & gates->good_information >> (record->information - 'A') & 1,
        .known = has_key(judge->memory->closed.items, judge->memory->closed.count, key),
    };

    if (met == XF_MET_ONCE && !has_key(judge->memory->held.items, judge->memory->held.count, key))
        return XF_OK;
    return xf_vec_push(&judge->memory->hits, hit);
}

/* How one pattern is met by a look: by its best alternative, and by the age of whom it counts. */
static int try_pattern(const struct gathering *gathering, const struct xf_pattern *pattern, const struct xf_look *look, int64_t at,
                       enum xf_met *ret)
{
    struct xf_judge *judge = gathering->judge;
    bool of_age = true;

    *ret = XF_MET_NOT;
    for (uint32_t c = 0; c < pattern->where.count && *ret != XF_MET; c++) {
        const struct xf_clause *clause = &judge->rules->clauses.items[pattern->where.first + c];
        enum xf_met met;

        if ((clause->other_kind == XF_MENTION_KINDS) != (look->other == XF_NONE))
            continue;
        if (xf_match_clause(judge, clause, look, &met) != XF_OK)
            return XF_ENOMEM;
        *ret = met > *ret ? met : *ret;
    }
    if (*ret != XF_MET_NOT && pattern->age != XF_AGE_ANY &&
        xf_match_age(judge, pattern->age, look->other_entity, at, &of_age) != XF_OK)
        return XF_ENOMEM;
    if (!of_age)
        *ret = XF_MET_NOT;
    return XF_OK;
}

/* Tries the patterns on a look: of those that are alike, the first stands for all. */
static int try_patterns(const struct gathering *gathering, const struct xf_look *look)
{
    const struct xf_pattern *patterns = &gathering->judge->rules->patterns.items[gathering->rule->first_pattern];
    int64_t at = xf_register_record_at(gathering->judge->graph->reg, look->record)->occurred_at;
    enum xf_met met[XF_PATTERNS_MAX];

    for (uint32_t p = 0; p < gathering->rule->pattern_count; p++) {
        met[p] = XF_MET_NOT;
        if (patterns[p].like != XF_NONE)
            met[p] = met[patterns[p].like];
        else if (in_time(gathering, &patterns[p], at) && try_pattern(gathering, &patterns[p], look, at, &met[p]) != XF_OK)
            return XF_ENOMEM;
        if (met[p] != XF_MET_NOT && add_hit(gathering, p, look, met[p]) != XF_OK)
            return XF_ENOMEM;
    }
    return XF_OK;
}

static int visit_tie(void *context, const struct xf_tie *tie)
{
    const struct gathering *gathering = context;
    struct xf_look look = {.mine = tie->mine,
                           .other = tie->other,
                           .record = tie->record,
                           .own_entity = gathering->subject,
                           .other_entity = tie->entity,
                           .type = tie->type,
                           .outward = tie->outward};

    return xf_match_gate_other(gathering->judge, &gathering->rule->gates, tie->other) ? try_patterns(gathering, &look) : XF_OK;
}

/* Whether a mention can speak for the rule at all, by what can be seen of it and its record. */
static bool may_speak(const struct gathering *gathering, uint32_t record, uint32_t mention)
{
    const struct xf_rules *rules = gathering->judge->rules;
    int64_t at = xf_register_record_at(gathering->judge->graph->reg, record)->occurred_at;

    if (!xf_match_gate(gathering->judge, &gathering->rule->gates, record, mention))
        return false;
    for (uint32_t p = 0; p < gathering->rule->pattern_count; p++) {
        const struct xf_pattern *pattern = &rules->patterns.items[gathering->rule->first_pattern + p];

        for (uint32_t c = 0; c < pattern->where.count && in_time(gathering, pattern, at); c++)
            if (xf_match_own(gathering->judge, &rules->clauses.items[pattern->where.first + c], record, mention))
                return true;
    }
    return false;
}

/* The mentions that may speak, into memory->moments; *left_out: the subject is a place that no flag is raised on, since some
 * mention says what it is. */
static int list_moments(const struct gathering *gathering, bool *left_out)
{
    struct xf_judge *judge = gathering->judge;
    const struct xf_graph *graph = judge->graph;

    judge->memory->moments.count = 0;
    *left_out = false;
    for (uint32_t i = xf_linker_first(graph->linker, gathering->subject); i != XF_NONE; i = xf_linker_next(graph->linker, i)) {
        const struct xf_register_mention *mention = xf_register_mention_at(graph->reg, i);
        struct xf_moment moment = {.record = mention->record, .mention = i};

        if (mention->kind == XF_LOCATION && mention->type &&
            xf_match_word(judge, gathering->rule->gates.location_types, mention->type)) {
            *left_out = true;
            return XF_OK;
        }
        if (!may_speak(gathering, mention->record, i))
            continue;
        moment.at = xf_register_record_at(graph->reg, mention->record)->occurred_at;
        if (xf_vec_push(&judge->memory->moments, moment) != XF_OK)
            return XF_ENOMEM;
    }
    xf_memory_cut_moments(judge);
    return XF_OK;
}

static int compare_hits(const void *a, const void *b, void *context)
{
    const struct xf_hit *left = a, *right = b;
    int by_record = xf_memory_compare(context, left->record, right->record);

    if (by_record)
        return by_record;
    if (left->pattern != right->pattern)
        return left->pattern < right->pattern ? -1 : 1;
    return left->other == right->other ? 0 : left->other < right->other ? -1 : 1;
}

/* Sorts; of hits that differ in nothing but the link that made them, one stays. */
static void sort_hits(struct xf_judge *judge)
{
    struct xf_memory *memory = judge->memory;
    uint32_t kept = 0;

    if (!memory->hits.count)
        return;
    qsort_r(memory->hits.items, memory->hits.count, sizeof(*memory->hits.items), compare_hits, judge);
    for (uint32_t i = 1; i < memory->hits.count; i++)
        if (compare_hits(&memory->hits.items[kept], &memory->hits.items[i], judge) != 0)
            memory->hits.items[++kept] = memory->hits.items[i];
    memory->hits.count = kept + 1;
}

int xf_ground_gather(struct xf_judge *judge, const struct xf_rule *rule, uint32_t subject, int64_t horizon)
{
    struct gathering gathering = {.judge = judge, .rule = rule, .subject = subject, .horizon = horizon};
    struct xf_memory *memory = judge->memory;
    bool left_out;

    memory->hits.count = memory->things.count = 0;
    if (list_moments(&gathering, &left_out) != XF_OK)
        return XF_ENOMEM;
    for (uint32_t i = 0; i < memory->moments.count && !left_out; i++) {
        struct xf_look look = {.mine = memory->moments.items[i].mention,
                               .other = XF_NONE,
                               .record = memory->moments.items[i].record,
                               .own_entity = subject,
                               .other_entity = XF_NONE};

        if (try_patterns(&gathering, &look) != XF_OK ||
            (rule->other_kinds && xf_graph_mention_ties(judge->graph, subject, look.mine, visit_tie, &gathering) != XF_OK))
            return XF_ENOMEM;
    }
    sort_hits(judge);
    return xf_things_assign(judge, rule, subject);
}

/* The best window */

/* One pattern's window while it slides. */
struct slide {
    uint32_t left;                  /* the first hit of the window */
    uint32_t distinct, fresh, good; /* things; things of which nothing was known; well graded hits */
    bool moved;                     /* a hit at the anchor */
};

static void count_in(struct slide *slide, struct xf_thing *thing, const struct xf_hit *hit)
{
    if (!thing->hits++) {
        slide->distinct++;
        slide->fresh++;
    }
    if (hit->known && !thing->known_hits++)
        slide->fresh--;
    slide->good += hit->good;
    slide->moved = true;
}

static void count_out(struct slide *slide, struct xf_thing *thing, const struct xf_hit *hit)
{
    if (hit->known && !--thing->known_hits)
        slide->fresh++;
    slide->good -= hit->good;
    if (!--thing->hits) {
        slide->distinct--;
        slide->fresh--;
    }
}

struct anchor {
    int64_t at;
    int64_t score;
    uint8_t level;
};

static uint8_t level_of(const struct xf_rule *rule, int64_t score)
{
    for (uint8_t level = XF_LEVEL_HIGH; level > XF_LEVEL_NONE; level--)
        if (rule->thresholds[level] && score >= rule->thresholds[level])
            return level;
    return XF_LEVEL_NONE;
}

static int64_t weigh(const struct xf_pattern *pattern, uint32_t distinct)
{
    uint32_t counted = distinct < pattern->at_most ? distinct : pattern->at_most;

    return pattern->once ? pattern->weight : (int64_t)pattern->weight * counted;
}

/* What the windows that end at an instant come to; level none when they do not reach, or when nothing in them is good, fresh or new
 * as asked. */
static struct anchor weigh_windows(const struct xf_judge *judge, const struct xf_rule *rule, const struct slide *slides, int64_t at,
                                   int64_t from)
{
    struct anchor anchor = {.at = at};
    bool moved = false, good = false, fresh = false, standing = false;

    for (uint32_t p = 0; p < rule->pattern_count; p++) {
        const struct xf_pattern *pattern = &judge->rules->patterns.items[rule->first_pattern + p];

        if (slides[p].distinct < pattern->at_least)
            continue;
        anchor.score += weigh(pattern, slides[p].distinct);
        moved = moved || slides[p].moved;
        good = good || slides[p].good;
        fresh = fresh || slides[p].fresh;
        standing = standing || pattern->standing;
    }
    if (moved && good && fresh && (standing || at >= from))
        anchor.level = level_of(rule, anchor.score);
    return anchor;
}

static bool better(const struct anchor *a, const struct anchor *b)
{
    if (a->level != b->level)
        return a->level > b->level;
    return a->score != b->score ? a->score > b->score : a->at > b->at;
}

/* Anchors are the times of events: each is tried as the end of every pattern's window. */
static struct anchor best_anchor(struct xf_judge *judge, const struct xf_rule *rule, int64_t from)
{
    const struct xf_hit *hits = judge->memory->hits.items;
    struct xf_thing *things = judge->memory->things.items;
    struct slide slides[XF_PATTERNS_MAX] = {{0}};
    uint32_t count = judge->memory->hits.count;
    struct anchor best = {0};

    for (uint32_t i = 0; i < count;) {
        int64_t at = hits[i].at;
        struct anchor anchor;

        for (uint32_t p = 0; p < rule->pattern_count; p++)
            slides[p].moved = false;
        for (; i < count && hits[i].at == at; i++)
            count_in(&slides[hits[i].pattern], &things[hits[i].thing], &hits[i]);
        for (uint32_t p = 0; p < rule->pattern_count; p++) {
            uint32_t days = judge->rules->patterns.items[rule->first_pattern + p].window_days;
            struct slide *slide = &slides[p];

            for (; days && hits[slide->left].at < at - days * XF_DAY; slide->left++)
                if (hits[slide->left].pattern == p)
                    count_out(slide, &things[hits[slide->left].thing], &hits[slide->left]);
        }
        anchor = weigh_windows(judge, rule, slides, at, from);
        if (anchor.level && better(&anchor, &best))
            best = anchor;
    }
    for (uint32_t i = 0; i < judge->memory->things.count; i++)
        things[i].hits = things[i].known_hits = 0;
    return best;
}

/* Writing a ground down */

static int compare_records(const void *a, const void *b, void *context)
{
    const struct xf_flag_record *left = a, *right = b;
    const struct xf_intern *symbols = context;
    int by_feed = left->feed == right->feed ? 0 : strcmp(xf_intern_text(symbols, left->feed), xf_intern_text(symbols, right->feed));

    if (by_feed)
        return by_feed;
    return left->id == right->id ? 0 : strcmp(xf_intern_text(symbols, left->id), xf_intern_text(symbols, right->id));
}

/* Which hits stand in a ground: those of the windows that end at `to`, or those of one thing. */
struct cut {
    int64_t to;
    uint32_t thing; /* XF_NONE: any */
};

static bool in_cut(const struct cut *cut, const struct xf_pattern *pattern, const struct xf_hit *hit)
{
    if (cut->thing != XF_NONE)
        return hit->thing == cut->thing;
    return hit->at <= cut->to && (!pattern->window_days || hit->at >= cut->to - pattern->window_days * XF_DAY);
}

/* Counts one pattern's things and records in the cut: a reason, if they are enough. */
static int write_reason(struct xf_judge *judge, const struct xf_rule *rule, uint32_t p, const struct cut *cut,
                        struct xf_ground *ground)
{
    const struct xf_pattern *pattern = &judge->rules->patterns.items[rule->first_pattern + p];
    struct xf_memory *memory = judge->memory;
    struct xf_ground after = *ground;
    uint32_t first = memory->records.count, kept = first, distinct = 0;
    struct xf_flag_ground_reason reason;

    for (uint32_t i = 0; i < memory->hits.count; i++) {
        const struct xf_hit *hit = &memory->hits.items[i];
        const struct xf_register_record *record = xf_register_record_at(judge->graph->reg, hit->record);

        if (hit->pattern != p || !in_cut(cut, pattern, hit))
            continue;
        distinct += !memory->things.items[hit->thing].hits++;
        if (xf_vec_push(&memory->records, (struct xf_flag_record){.feed = record->feed, .id = record->id, .next = XF_NONE}) !=
            XF_OK)
            return XF_ENOMEM;
        if (hit->at > after.event_at)
            after.event_at = hit->at;
        after.handling |= (uint8_t)(record->conditions | (record->handling == 'C' ? 128 : 0));
    }
    for (uint32_t i = 0; i < memory->things.count; i++)
        memory->things.items[i].hits = 0;
    if (!distinct || distinct < pattern->at_least) {
        memory->records.count = first;
        return XF_OK;
    }
    qsort_r(memory->records.items + first, memory->records.count - first, sizeof(*memory->records.items), compare_records,
            (void *)judge->graph->symbols);
    for (uint32_t i = first + 1; i < memory->records.count; i++)
        if (memory->records.items[kept].feed != memory->records.items[i].feed ||
            memory->records.items[kept].id != memory->records.items[i].id)
            memory->records.items[++kept] = memory->records.items[i];
    memory->records.count = kept + 1;
    reason = (struct xf_flag_ground_reason){.pattern = xf_memory_symbol(judge, pattern->name),
                                            .count = distinct,
                                            .weight = (int32_t)weigh(pattern, distinct),
                                            .record_count = memory->records.count - first};
    after.score = (int32_t)((int64_t)after.score + reason.weight > INT32_MAX ? INT32_MAX : after.score + reason.weight);
    *ground = after;
    return xf_vec_push(&memory->reasons, reason);
}

static int write_ground(struct xf_judge *judge, const struct xf_rule *rule, const struct cut *cut, struct xf_ground *ret)
{
    struct xf_memory *memory = judge->memory;
    struct xf_ground ground = {.event_at = INT64_MIN};
    uint32_t record = 0;

    memory->reasons.count = memory->records.count = 0;
    for (uint32_t p = 0; p < rule->pattern_count; p++)
        if (write_reason(judge, rule, p, cut, &ground) != XF_OK)
            return XF_ENOMEM;
    for (uint32_t i = 0; i < memory->reasons.count; i++) {
        memory->reasons.items[i].records = memory->records.items + record;
        record += memory->reasons.items[i].record_count;
    }
    ground.level = level_of(rule, ground.score);
    ground.reasons = memory->reasons.items;
    ground.reason_count = memory->reasons.count;
    *ret = ground;
    return XF_OK;
}

int xf_ground_best(struct xf_judge *judge, const struct xf_rule *rule, int64_t from, struct xf_ground *ret, bool *found)
{
    struct anchor best = best_anchor(judge, rule, from);
    struct cut cut = {.to = best.at, .thing = XF_NONE};

    *found = best.level != XF_LEVEL_NONE;
    return *found ? write_ground(judge, rule, &cut, ret) : XF_OK;
}

int xf_ground_of_thing(struct xf_judge *judge, const struct xf_rule *rule, uint32_t thing, struct xf_ground *ret, bool *found)
{
    struct cut cut = {.thing = thing};
    bool good = false;
    int rc;

    for (uint32_t i = 0; i < judge->memory->hits.count; i++)
        good = good || (judge->memory->hits.items[i].thing == thing && judge->memory->hits.items[i].good);
    *found = false;
    if (!good)
        return XF_OK;
    rc = write_ground(judge, rule, &cut, ret);
    *found = rc == XF_OK && ret->level != XF_LEVEL_NONE;
    return rc;
}
