/* SPDX-License-Identifier: Apache-2.0 */
/* Two vehicles: registration mark (as seen by people and by plate readers), chassis number, licensing plate, and what they look
 * like. Called by score.c; plate.c compares the texts. Invariant: symmetric; mark and chassis number count once each, at their best
 * level; a part of a mark, or one that differs, is never enough to link, however well the looks agree (a fleet's vehicles are
 * alike): that is for a person to say. */
#include <string.h>

#include "plate.h"
#include "score.h"

typedef int compare_texts(const char *a, const char *b);

/* The best level of a field's values, by weight; -1: none. */
static int find_best(const struct xf_comparison *comparison, enum xf_field field, compare_texts *compare, const struct xf_aspect *a,
                     const struct xf_aspect *b, const struct xf_value **ret_a, const struct xf_value **ret_b)
{
    int best = -1;

    for (uint32_t i = a->first[field]; i < a->first[field + 1]; i++) {
        for (uint32_t j = b->first[field]; j < b->first[field + 1]; j++) {
            const struct xf_value *x = &a->values[i], *y = &b->values[j];
            int level = compare(xf_intern_text(a->lexicon->symbols, x->symbol), xf_intern_text(b->lexicon->symbols, y->symbol));

            if (level >= 0 && (best < 0 || comparison->levels[level].weight > comparison->levels[best].weight)) {
                best = level;
                *ret_a = x;
                *ret_b = y;
            }
        }
    }
    return best;
}

static int32_t score_texts(const struct xf_comparison *comparison, enum xf_field field, compare_texts *compare,
                           const struct xf_aspect *a, const struct xf_aspect *b, struct xf_trace *trace, int *ret_level)
{
    const struct xf_value *x = NULL, *y = NULL;

    *ret_level = find_best(comparison, field, compare, a, b, &x, &y);
    return *ret_level >= 0 ? xf_score_level(trace, comparison, *ret_level, x, y) : 0;
}

/* What a rare make in common says more than a usual one, of which the level's weight is. */
static int32_t score_rarity(const struct xf_comparison *comparison, const struct xf_frequencies *table, enum xf_field field,
                            const struct xf_aspect *a, const struct xf_aspect *b, struct xf_trace *trace)
{
    const struct xf_level *level = &comparison->levels[XF_EQUAL];
    int32_t rarest = INT32_MIN, more;

    if (!table->rows.count || !level->frequency)
        return 0;
    for (uint32_t i = a->first[field]; i < a->first[field + 1]; i++) {
        for (uint32_t j = b->first[field]; j < b->first[field + 1]; j++) {
            const struct xf_intern *symbols = a->lexicon->symbols;
            uint32_t symbol = a->values[i].symbol;
            int32_t rarity;
            int listed;

            if (symbol != b->values[j].symbol)
                continue;
            rarity = xf_frequencies_rarity(table, xf_text_hash(xf_intern_text(symbols, symbol), xf_intern_length(symbols, symbol)),
                                           &listed);
            rarest = rarity > rarest ? rarity : rarest;
        }
    }
    if (rarest == INT32_MIN)
        return 0;
    more = (int32_t)((int64_t)(rarest - level->usual) * level->frequency / 1000);
    more = level->weight + more > level->max ? level->max - level->weight : more;
    if (more)
        xf_trace_note(trace, comparison->name, "rarity", more);
    return more;
}

static int32_t score_looks(const struct xf_model *model, const struct xf_aspect *a, const struct xf_aspect *b,
                           struct xf_trace *trace)
{
    const struct {
        const struct xf_frequencies *table;
        int comparison;
        enum xf_field field;
    } looks[] = {{&model->makes, XF_VEHICLE_MAKE, XF_FIELD_MAKE},
                 {&model->models, XF_VEHICLE_MODEL, XF_FIELD_MODEL},
                 {&model->colours, XF_VEHICLE_COLOUR, XF_FIELD_COLOUR}};
    int32_t weight = 0;

    for (size_t i = 0; i < sizeof(looks) / sizeof(*looks); i++) {
        const struct xf_comparison *comparison = &model->kinds[XF_VEHICLE].comparisons[looks[i].comparison];

        weight += xf_score_set(&model->kinds[XF_VEHICLE], looks[i].comparison, looks[i].field, a, b, trace);
        weight += score_rarity(comparison, looks[i].table, looks[i].field, a, b, trace);
    }
    return weight;
}

int32_t xf_score_vehicle(const struct xf_model *model, const struct xf_aspect *a, const struct xf_aspect *b, int32_t so_far,
                         struct xf_trace *trace)
{
    const struct xf_model_kind *kind = &model->kinds[XF_VEHICLE];
    const struct xf_comparison *comparisons = kind->comparisons;
    int plate, vin;
    int32_t identity = score_texts(&comparisons[XF_VEHICLE_VIN], XF_FIELD_VIN, xf_vin_compare, a, b, trace, &vin);
    int32_t weight = so_far + score_texts(&comparisons[XF_VEHICLE_PLATE], XF_FIELD_VRM, xf_plate_compare, a, b, trace, &plate);
    bool unsure = plate == XF_PLATE_SHORT || plate == XF_PLATE_PART || plate == XF_PLATE_PART_LONG || plate == XF_PLATE_ONE_OFF;

    identity += xf_score_set(kind, XF_VEHICLE_LICENCE, XF_FIELD_LICENCE_PLATE, a, b, trace);
    weight += identity + score_looks(model, a, b, trace);
    if (unsure && identity <= 0 && weight >= kind->link) {
        xf_trace_note(trace, comparisons[XF_VEHICLE_PLATE].name, "unsure_alone", kind->link - 1 - weight);
        weight = kind->link - 1;
    }
    return weight;
}
