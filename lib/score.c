/* SPDX-License-Identifier: Apache-2.0 */
/* The frame of scoring: what all kinds of mention share; score_person.c, score_location.c and score_vehicle.c hold each kind's own
 * comparisons. Called for every candidate pair, by the clustering for pairs without an edge, and by why. Invariant: integers only,
 * and score(a, b) = score(b, a). */
#include "score.h"

#include <assert.h>
#include <string.h>

#include "crossflag/similarity.h"

/* Greedy matching makes Jaro's similarity depend on the order of its arguments in rare cases: they are put in order first. */
int xf_score_similarity(const char *a, size_t a_length, const char *b, size_t b_length)
{
    int order = memcmp(a, b, a_length < b_length ? a_length : b_length);

    if (order > 0 || (order == 0 && a_length > b_length))
        return xf_jaro_winkler(b, b_length, a, a_length);
    return xf_jaro_winkler(a, a_length, b, b_length);
}

static void note(struct xf_trace *trace, const struct xf_trace_item *item)
{
    if (!trace)
        return;
    assert(trace->count < XF_TRACE_MAX);
    trace->items[trace->count++] = *item;
}

void xf_trace_level(struct xf_trace *trace, const struct xf_comparison *comparisons, int comparison, int level, int32_t weight,
                    const struct xf_value *a, const struct xf_value *b)
{
    note(trace, &(struct xf_trace_item){.comparison = comparisons[comparison].name,
                                        .level = comparisons[comparison].levels[level].name,
                                        .weight = weight,
                                        .comparison_at = comparisons[comparison].at,
                                        .level_at = (uint8_t)level,
                                        .a = a,
                                        .b = b});
}

void xf_trace_note(struct xf_trace *trace, const char *comparison, const char *level, int32_t weight)
{
    note(trace,
         &(struct xf_trace_item){.comparison = comparison, .level = level, .weight = weight, .comparison_at = XF_TRACE_NOTE});
}

int32_t xf_score_level(struct xf_trace *trace, const struct xf_comparison *comparison, int level, const struct xf_value *a,
                       const struct xf_value *b)
{
    note(trace, &(struct xf_trace_item){.comparison = comparison->name,
                                        .level = comparison->levels[level].name,
                                        .weight = comparison->levels[level].weight,
                                        .comparison_at = comparison->at,
                                        .level_at = (uint8_t)level,
                                        .a = a,
                                        .b = b});
    return comparison->levels[level].weight;
}

int32_t xf_score_chance(const struct xf_model_kind *model, int32_t weight, uint32_t pairs)
{
    int32_t chance = model->chance[pairs < XF_BREADTH_MAX ? pairs : XF_BREADTH_MAX];

    if (weight <= 0)
        return 0;
    return chance < weight ? chance : weight;
}

/* Compares all values of a field as sets: one in common is enough. */
int32_t xf_score_set(const struct xf_model_kind *model, int comparison_at, enum xf_field field, const struct xf_aspect *a,
                     const struct xf_aspect *b, struct xf_trace *trace)
{
    const struct xf_comparison *comparison = &model->comparisons[comparison_at];
    const struct xf_value *best_a = NULL, *best_b = NULL;
    bool equal = false;
    uint32_t pairs = 0;
    int32_t weight, chance;

    for (uint32_t i = a->first[field]; i < a->first[field + 1]; i++) {
        const struct xf_value *x = &a->values[i];

        if (x->flags & XF_VALUE_WEAK)
            continue;
        for (uint32_t j = b->first[field]; j < b->first[field + 1]; j++) {
            const struct xf_value *y = &b->values[j];

            if ((y->flags & XF_VALUE_WEAK) || x->qualifier != y->qualifier)
                continue;
            pairs++;
            if (equal)
                continue;
            equal = x->symbol == y->symbol;
            best_a = x;
            best_b = y;
        }
    }
    if (!best_a)
        return 0;
    weight = xf_score_level(trace, comparison, equal ? XF_EQUAL : XF_UNEQUAL, best_a, best_b);
    chance = xf_score_chance(model, weight, pairs);
    if (chance)
        xf_trace_note(trace, comparison->name, "one_of_several", -chance);
    return weight - chance;
}

static enum xf_attribute_level compare_attribute(const struct xf_intern *a_texts, const struct xf_value *a,
                                                 const struct xf_intern *b_texts, const struct xf_value *b)
{
    if (a->symbol == b->symbol)
        return XF_ATTRIBUTE_EXACT;
    if (xf_score_similarity(xf_intern_text(a_texts, a->symbol), xf_intern_length(a_texts, a->symbol),
                            xf_intern_text(b_texts, b->symbol), xf_intern_length(b_texts, b->symbol)) >= XF_NAME_CLOSE)
        return XF_ATTRIBUTE_SIMILAR;
    return XF_ATTRIBUTE_DIFFERENT;
}

static int32_t rarity_of(const struct xf_attribute *attribute, const struct xf_intern *texts, uint32_t symbol)
{
    int listed;

    return xf_frequencies_rarity(&attribute->frequencies,
                                 xf_text_hash(xf_intern_text(texts, symbol), xf_intern_length(texts, symbol)), &listed);
}

/* A level's weight, with what the rarity of the more common value adds. */
static int32_t weigh_attribute(const struct xf_attribute *attribute, enum xf_attribute_level level, const struct xf_intern *a_texts,
                               const struct xf_value *a, const struct xf_intern *b_texts, const struct xf_value *b)
{
    const struct xf_level *at = &attribute->comparison.levels[level];
    int32_t x, y;

    if (!at->frequency || !attribute->frequencies.rows.count)
        return at->weight;
    x = rarity_of(attribute, a_texts, a->symbol);
    y = rarity_of(attribute, b_texts, b->symbol);
    x = x < y ? x : y;
    return at->weight + (int32_t)((int64_t)at->frequency * (x - attribute->comparison.levels[XF_ATTRIBUTE_EXACT].usual) / 1000);
}

/* One attribute: the best of its values. */
static int32_t score_attribute(const struct xf_model_kind *model, uint32_t at, uint32_t qualifier, const struct xf_aspect *a,
                               const struct xf_aspect *b, struct xf_agreed *agreed, struct xf_trace *trace)
{
    const struct xf_attribute *attribute = &model->attributes[at];
    const struct xf_intern *a_texts = a->lexicon->symbols, *b_texts = b->lexicon->symbols;
    const struct xf_value *best_a = NULL, *best_b = NULL;
    enum xf_attribute_level best = XF_ATTRIBUTE_LEVELS;
    int32_t best_weight = 0, chance;
    uint32_t pairs = 0;

    for (uint32_t i = a->first[XF_FIELD_ATTRIBUTE]; i < a->first[XF_FIELD_ATTRIBUTE + 1]; i++) {
        const struct xf_value *x = &a->values[i];

        for (uint32_t j = b->first[XF_FIELD_ATTRIBUTE]; x->qualifier == qualifier && j < b->first[XF_FIELD_ATTRIBUTE + 1]; j++) {
            const struct xf_value *y = &b->values[j];
            enum xf_attribute_level level;
            int32_t weight;

            if (y->qualifier != qualifier)
                continue;
            level = compare_attribute(a_texts, x, b_texts, y);
            weight = weigh_attribute(attribute, level, a_texts, x, b_texts, y);
            pairs++;
            if (best_a && (weight < best_weight || (weight == best_weight && level >= best)))
                continue;
            best = level;
            best_weight = weight;
            best_a = x;
            best_b = y;
        }
    }
    if (!best_a)
        return 0;
    chance = xf_score_chance(model, best_weight, pairs);
    note(trace, &(struct xf_trace_item){.comparison = attribute->comparison.name,
                                        .level = attribute->comparison.levels[best].name,
                                        .weight = best_weight,
                                        .comparison_at = (uint8_t)(XF_TRACE_ATTRIBUTE + at),
                                        .level_at = (uint8_t)best,
                                        .a = best_a,
                                        .b = best_b});
    if (chance)
        xf_trace_note(trace, attribute->comparison.name, "one_of_several", -chance);
    if (best == XF_ATTRIBUTE_EXACT)
        agreed->attributes |= UINT32_C(1) << at;
    agreed->weights[at] = best_weight - chance;
    return best_weight - chance;
}

static int32_t score_attributes(const struct xf_model_kind *model, const struct xf_aspect *a, const struct xf_aspect *b,
                                struct xf_agreed *agreed, struct xf_trace *trace)
{
    int32_t weight = 0;
    uint32_t before = 0; /* values are sorted by qualifier's text: an attribute's stand together */

    if (!model->attribute_count || a->first[XF_FIELD_ATTRIBUTE] == a->first[XF_FIELD_ATTRIBUTE + 1] ||
        b->first[XF_FIELD_ATTRIBUTE] == b->first[XF_FIELD_ATTRIBUTE + 1])
        return 0;
    for (uint32_t i = a->first[XF_FIELD_ATTRIBUTE]; i < a->first[XF_FIELD_ATTRIBUTE + 1]; i++) {
        uint32_t qualifier = a->values[i].qualifier;
        uint64_t hash;

        if (qualifier == before)
            continue;
        before = qualifier;
        hash = xf_text_hash(xf_intern_text(a->lexicon->symbols, qualifier), xf_intern_length(a->lexicon->symbols, qualifier));
        for (uint32_t j = 0; j < model->attribute_count; j++)
            if (model->attributes[j].hash == hash)
                weight += score_attribute(model, j, qualifier, a, b, agreed, trace);
    }
    return weight;
}

/* What is said twice is taken off: of an attribute as much as the address, or another attribute before it, tells already. */
int32_t xf_score_repeated(const struct xf_model_kind *model, const struct xf_agreed *agreed, struct xf_trace *trace)
{
    int32_t all = 0;

    for (uint32_t i = 0; i < model->attribute_count; i++) {
        const struct xf_attribute *attribute = &model->attributes[i];
        int32_t repeated = agreed->home >= 0 ? attribute->beside_address[agreed->home] : 0;

        if (!(agreed->attributes >> i & 1) || agreed->weights[i] <= 0)
            continue;
        for (uint32_t j = 0; j < i; j++)
            if (agreed->attributes >> j & 1)
                repeated += attribute->beside[j];
        repeated = repeated < agreed->weights[i] ? repeated : agreed->weights[i];
        if (repeated)
            xf_trace_note(trace, attribute->comparison.name, "told_already", -repeated);
        all += repeated;
    }
    return all;
}

/* Of one scheme: whether both have a valid value, and none in common. Values are sorted by group first, so all are looked at. */
static bool scheme_conflict(uint32_t scheme, const struct xf_aspect *a, const struct xf_aspect *b)
{
    bool both = false;

    for (uint32_t i = a->first[XF_FIELD_ID]; i < a->first[XF_FIELD_ID + 1]; i++) {
        if (a->values[i].qualifier != scheme || (a->values[i].flags & XF_VALUE_WEAK))
            continue;
        for (uint32_t j = b->first[XF_FIELD_ID]; j < b->first[XF_FIELD_ID + 1]; j++) {
            if (b->values[j].qualifier != scheme || (b->values[j].flags & XF_VALUE_WEAK))
                continue;
            if (a->values[i].symbol == b->values[j].symbol)
                return false;
            both = true;
        }
    }
    return both;
}

bool xf_score_conflict(const struct xf_aspect *a, const struct xf_aspect *b)
{
    if (b->first[XF_FIELD_ID] == b->first[XF_FIELD_ID + 1])
        return false;
    for (uint32_t i = a->first[XF_FIELD_ID]; i < a->first[XF_FIELD_ID + 1]; i++) {
        const struct xf_lexeme *scheme = xf_lexicon_at(a->lexicon, a->values[i].qualifier);

        if (scheme && (scheme->flags & XF_LEXEME_UNIQUE) && scheme_conflict(a->values[i].qualifier, a, b))
            return true;
    }
    return false;
}

int32_t xf_score_groups(const struct xf_model *model, const struct xf_aspect *a, const struct xf_aspect *b, int32_t floor,
                        struct xf_trace *trace)
{
    const struct xf_model_kind *kind = &model->kinds[a->kind];
    bool conflict = a->kind == XF_PERSON && xf_score_conflict(a, b);
    struct xf_agreed agreed = {.home = -1};
    int32_t weight;

    if (trace) {
        trace->count = 0;
        trace->conflict = conflict;
    }
    if (a->kind != b->kind || (conflict && !trace))
        return XF_WEIGHT_NEVER;
    weight = kind->prior + score_attributes(kind, a, b, &agreed, trace);
    switch ((enum xf_mention_kind)a->kind) {
    case XF_PERSON:
        weight = xf_score_person(model, a, b, weight, floor, &agreed, trace);
        break;
    case XF_LOCATION:
        weight = xf_score_location(model, a, b, weight - xf_score_repeated(kind, &agreed, trace), floor, trace);
        break;
    case XF_VEHICLE:
        weight = xf_score_vehicle(model, a, b, weight - xf_score_repeated(kind, &agreed, trace), trace);
        break;
    case XF_MENTION_KINDS:
        break;
    }
    return weight;
}

/* Linking across files only: two mentions of one file are no pair. */
static bool same_source(const struct xf_aspect *a, const struct xf_aspect *b)
{
    return a->first[XF_FIELD_SOURCE] < a->count && b->first[XF_FIELD_SOURCE] < b->count &&
           a->values[a->first[XF_FIELD_SOURCE]].symbol == b->values[b->first[XF_FIELD_SOURCE]].symbol;
}

int32_t xf_score(const struct xf_model *model, const struct xf_aspect *a, const struct xf_aspect *b, int32_t floor,
                 struct xf_trace *trace)
{
    int32_t weight;

    if (!same_source(a, b))
        return xf_score_groups(model, a, b, floor, trace);
    if (!trace)
        return XF_WEIGHT_NEVER;
    weight = xf_score_groups(model, a, b, INT32_MIN, trace);
    trace->conflict = true;
    return weight;
}

bool xf_score_contradicts(const struct xf_model *model, const struct xf_aspect *a, const struct xf_aspect *b)
{
    struct xf_trace trace;
    int32_t against = 0;

    if (xf_score(model, a, b, INT32_MIN, &trace) >= model->kinds[a->kind].keep)
        return trace.conflict;
    for (uint32_t i = 0; i < trace.count; i++) {
        const struct xf_trace_item *item = &trace.items[i];

        if (a->kind == XF_PERSON && item->comparison_at == XF_PERSON_NAME && item->level_at == XF_NAME_FAMILY)
            return true;
        if (item->comparison_at != XF_TRACE_NOTE && item->weight < 0)
            against += item->weight;
    }
    return trace.conflict || against <= model->kinds[a->kind].contradiction;
}
