/* SPDX-License-Identifier: Apache-2.0 */
/* The frame of scoring: what all kinds of mention share; score_person.c, score_location.c and score_vehicle.c hold each kind's own
 * comparisons. Called for every candidate pair, by the clustering for pairs without an edge, and by why. Invariant: integers only,
 * and score(a, b) = score(b, a). */
#include "score.h"

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

static void note(struct xf_trace *trace, const char *comparison, const char *level, int32_t weight, const struct xf_value *a,
                 const struct xf_value *b)
{
    if (trace && trace->count < XF_TRACE_MAX)
        trace->items[trace->count++] =
            (struct xf_trace_item){.comparison = comparison, .level = level, .weight = weight, .a = a, .b = b};
}

int32_t xf_score_level(struct xf_trace *trace, const struct xf_comparison *comparison, int level, const struct xf_value *a,
                       const struct xf_value *b)
{
    int32_t weight = comparison->levels[level].weight;

    note(trace, comparison->name, comparison->levels[level].name, weight, a, b);
    return weight;
}

/* Compares all values of a field as sets: one in common is enough. */
int32_t xf_score_set(const struct xf_comparison *comparison, enum xf_field field, const struct xf_aspect *a,
                     const struct xf_aspect *b, struct xf_trace *trace)
{
    const struct xf_value *differing_a = NULL, *differing_b = NULL;

    for (uint32_t i = a->first[field]; i < a->first[field + 1]; i++) {
        const struct xf_value *x = &a->values[i];

        if (x->flags & XF_VALUE_WEAK)
            continue;
        for (uint32_t j = b->first[field]; j < b->first[field + 1]; j++) {
            const struct xf_value *y = &b->values[j];

            if ((y->flags & XF_VALUE_WEAK) || x->qualifier != y->qualifier)
                continue;
            if (x->symbol == y->symbol)
                return xf_score_level(trace, comparison, XF_EQUAL, x, y);
            differing_a = x;
            differing_b = y;
        }
    }
    return differing_a ? xf_score_level(trace, comparison, XF_UNEQUAL, differing_a, differing_b) : 0;
}

/* One attribute: the best level over its values. */
static int32_t score_attribute(const struct xf_attribute *attribute, uint32_t qualifier, const struct xf_aspect *a,
                               const struct xf_aspect *b, struct xf_trace *trace)
{
    const struct xf_intern *a_texts = a->lexicon->symbols, *b_texts = b->lexicon->symbols;
    const struct xf_value *best_a = NULL, *best_b = NULL;
    int best = XF_ATTRIBUTE_LEVELS;

    for (uint32_t i = a->first[XF_FIELD_ATTRIBUTE]; i < a->first[XF_FIELD_ATTRIBUTE + 1]; i++) {
        const struct xf_value *x = &a->values[i];

        for (uint32_t j = b->first[XF_FIELD_ATTRIBUTE]; x->qualifier == qualifier && j < b->first[XF_FIELD_ATTRIBUTE + 1]; j++) {
            const struct xf_value *y = &b->values[j];
            int level = XF_ATTRIBUTE_DIFFERENT;

            if (y->qualifier != qualifier)
                continue;
            if (x->symbol == y->symbol)
                level = XF_ATTRIBUTE_EXACT;
            else if (xf_score_similarity(xf_intern_text(a_texts, x->symbol), xf_intern_length(a_texts, x->symbol),
                                         xf_intern_text(b_texts, y->symbol), xf_intern_length(b_texts, y->symbol)) >= XF_NAME_CLOSE)
                level = XF_ATTRIBUTE_SIMILAR;
            if (level < best) {
                best = level;
                best_a = x;
                best_b = y;
            }
        }
    }
    return best_a ? xf_score_level(trace, &attribute->comparison, best, best_a, best_b) : 0;
}

static int32_t score_attributes(const struct xf_model_kind *model, const struct xf_aspect *a, const struct xf_aspect *b,
                                struct xf_trace *trace)
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
                weight += score_attribute(&model->attributes[j], qualifier, a, b, trace);
    }
    return weight;
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

/* Linking across files only: two mentions of one file are no pair. */
static bool same_source(const struct xf_aspect *a, const struct xf_aspect *b)
{
    return a->first[XF_FIELD_SOURCE] < a->count && b->first[XF_FIELD_SOURCE] < b->count &&
           a->values[a->first[XF_FIELD_SOURCE]].symbol == b->values[b->first[XF_FIELD_SOURCE]].symbol;
}

int32_t xf_score(const struct xf_model *model, const struct xf_aspect *a, const struct xf_aspect *b, int32_t floor,
                 struct xf_trace *trace)
{
    const struct xf_model_kind *kind = &model->kinds[a->kind];
    bool conflict = same_source(a, b) || (a->kind == XF_PERSON && xf_score_conflict(a, b));
    int32_t weight;

    if (trace) {
        trace->count = 0;
        trace->conflict = conflict;
    }
    if (a->kind != b->kind || (conflict && !trace))
        return XF_WEIGHT_NEVER;
    weight = kind->prior + score_attributes(kind, a, b, trace);
    switch ((enum xf_mention_kind)a->kind) {
    case XF_PERSON:
        weight = xf_score_person(model, a, b, weight, floor, trace);
        break;
    case XF_LOCATION:
        weight += xf_score_location(model, a, b, trace);
        break;
    case XF_VEHICLE:
        weight += xf_score_vehicle(model, a, b, trace);
        break;
    case XF_MENTION_KINDS:
        break;
    }
    return weight;
}

bool xf_score_between(const struct xf_model *model, const struct xf_aspect *a, const struct xf_aspect *b, int32_t *ret)
{
    const char *siblings = model->kinds[XF_PERSON].comparisons[XF_PERSON_NAME].levels[XF_NAME_FAMILY].name;
    struct xf_trace trace;
    int32_t against = 0;

    *ret = xf_score(model, a, b, INT32_MIN, &trace);
    if (*ret >= model->kinds[a->kind].keep)
        return true;
    for (uint32_t i = 0; i < trace.count; i++) {
        const struct xf_trace_item *item = &trace.items[i];

        if (item->level == siblings)
            against += model->twins;
        else if (item->a && item->weight < 0) /* without values it is a guard's correction */
            against += item->weight;
    }
    *ret = against;
    return against <= model->kinds[a->kind].contradiction;
}
