/* SPDX-License-Identifier: Apache-2.0 */
/* Two vehicles: registration mark (as seen by people and by plate readers), chassis number, licensing plate, and what they look
 * like. Called by score.c. Invariant: symmetric; the mark counts once, at its best level. */
#include <string.h>

#include "crossflag/normalise.h"
#include "score.h"

#define FULL_PLATE 5 /* characters: a shorter mark may be part of another */

/* -1: one is known to be part of a mark only, so that their difference says nothing. */
static int compare_plates(const char *a, const char *b, bool equal, bool weak)
{
    char x[XF_NORMAL_TEXT], y[XF_NORMAL_TEXT];
    size_t length;

    if (equal)
        return strlen(a) >= FULL_PLATE && !weak ? XF_PLATE_EXACT : XF_PLATE_SHORT;
    if (weak)
        return -1;
    length = xf_plate_fold(a, x);
    if (length >= FULL_PLATE && xf_plate_fold(b, y) == length && memcmp(x, y, length) == 0)
        return XF_PLATE_MISREAD;
    return XF_PLATE_DIFFERENT;
}

static int32_t score_plates(const struct xf_comparison *comparison, const struct xf_aspect *a, const struct xf_aspect *b,
                            struct xf_trace *trace)
{
    const struct xf_value *best_a = NULL, *best_b = NULL;
    int best = -1;

    for (uint32_t i = a->first[XF_FIELD_VRM]; i < a->first[XF_FIELD_VRM + 1]; i++) {
        for (uint32_t j = b->first[XF_FIELD_VRM]; j < b->first[XF_FIELD_VRM + 1]; j++) {
            const struct xf_value *x = &a->values[i], *y = &b->values[j];
            int level =
                compare_plates(xf_intern_text(a->lexicon->symbols, x->symbol), xf_intern_text(b->lexicon->symbols, y->symbol),
                               x->symbol == y->symbol, (x->flags | y->flags) & XF_VALUE_WEAK);

            if (level >= 0 && (best < 0 || level < best)) {
                best = level;
                best_a = x;
                best_b = y;
            }
        }
    }
    return best >= 0 ? xf_score_level(trace, comparison, best, best_a, best_b) : 0;
}

int32_t xf_score_vehicle(const struct xf_model *model, const struct xf_aspect *a, const struct xf_aspect *b, struct xf_trace *trace)
{
    static const struct {
        int comparison;
        enum xf_field field;
    } sets[] = {{XF_VEHICLE_VIN, XF_FIELD_VIN},
                {XF_VEHICLE_LICENCE, XF_FIELD_LICENCE_PLATE},
                {XF_VEHICLE_MAKE, XF_FIELD_MAKE},
                {XF_VEHICLE_MODEL, XF_FIELD_MODEL},
                {XF_VEHICLE_COLOUR, XF_FIELD_COLOUR}};
    const struct xf_comparison *comparisons = model->kinds[XF_VEHICLE].comparisons;
    int32_t weight = score_plates(&comparisons[XF_VEHICLE_PLATE], a, b, trace);

    for (size_t i = 0; i < sizeof(sets) / sizeof(*sets); i++)
        weight += xf_score_set(&model->kinds[XF_VEHICLE], sets[i].comparison, sets[i].field, a, b, trace);
    return weight;
}
