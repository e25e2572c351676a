/* SPDX-License-Identifier: Apache-2.0 */
/* Two locations: address (score_address.c), premises' name, distance on the ground, type. Address and distance say much the same,
 * so that of two which agree only the stronger counts. Called by score.c. Invariant: symmetric and in integers; distances are good
 * to a few metres, which is better than the points that agencies send. */
#include <stdlib.h>
#include <string.h>

#include "score_address.h"

/* A name without what one sign writes and another leaves out: the article, and the company's form. */
static size_t strip_premises(const struct xf_lexeme *name, const char **ret)
{
    static const char *const forms[] = {" limited", " ltd", " plc", " llp"};
    size_t length = name->length;

    *ret = name->text;
    if (length > 4 && memcmp(name->text, "the ", 4) == 0) {
        *ret += 4;
        length -= 4;
    }
    for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
        size_t form = strlen(forms[i]);

        if (length > form && memcmp(*ret + length - form, forms[i], form) == 0)
            return length - form;
    }
    return length;
}

static int compare_premises(const struct xf_lexeme *a, const struct xf_lexeme *b)
{
    const char *x, *y;
    size_t x_length, y_length;

    if (a->symbol == b->symbol)
        return XF_PREMISES_EXACT;
    x_length = strip_premises(a, &x);
    y_length = strip_premises(b, &y);
    if (x_length == y_length && memcmp(x, y, x_length) == 0)
        return XF_PREMISES_EXACT;
    if (xf_score_similarity(x, x_length, y, y_length) >= XF_NAME_CLOSE)
        return XF_PREMISES_SIMILAR;
    return xf_words_within(a->text, b->text) ? XF_PREMISES_WITHIN : XF_PREMISES_DIFFERENT;
}

/* A premises' name stands in NAME; a sender without such a member writes it as the building's. Where the houses are one already
 * (housed), the building's name says that again, for every flat in it, and is not counted. */
static int32_t score_premises(const struct xf_comparison *comparison, const struct xf_aspect *a, const struct xf_aspect *b,
                              bool housed, struct xf_trace *trace, bool *ret_named)
{
    const struct xf_value *best_a = NULL, *best_b = NULL;
    int best = -1;

    for (uint32_t i = 0; i < a->count; i++) {
        const struct xf_value *x = &a->values[i];

        if (x->field != XF_FIELD_NAME && x->field != XF_FIELD_BUILDING)
            continue;
        for (uint32_t j = 0; j < b->count; j++) {
            const struct xf_value *y = &b->values[j];
            bool names = x->field == XF_FIELD_NAME && y->field == XF_FIELD_NAME;
            const struct xf_lexeme *p, *q;
            int level;

            if ((y->field != XF_FIELD_NAME && y->field != XF_FIELD_BUILDING) || (housed && !names))
                continue;
            p = xf_lexicon_at(a->lexicon, x->symbol);
            q = xf_lexicon_at(b->lexicon, y->symbol);
            if (!p || !q)
                continue;
            level = compare_premises(p, q);
            if (level == XF_PREMISES_DIFFERENT && !names)
                continue;
            if (best < 0 || comparison->levels[level].weight > comparison->levels[best].weight) {
                best = level;
                best_a = x;
                best_b = y;
            }
        }
    }
    *ret_named = best >= 0 && best != XF_PREMISES_DIFFERENT && best_a->field == XF_FIELD_NAME && best_b->field == XF_FIELD_NAME;
    return best >= 0 ? xf_score_level(trace, comparison, best, best_a, best_b) : 0;
}

/* cos(degrees × 10^7) in 65,536ths: four terms of the series, good to 3 in 10,000 as far as 70 degrees. */
static int64_t cosine(int64_t degrees)
{
    int64_t x = llabs(degrees) * 11438 / 100000000; /* radians */
    int64_t square = x * x >> 16;
    int64_t fourth = square * square >> 16;

    return 65536 - square / 2 + fourth / 24 - (fourth * square >> 16) / 720;
}

/* The square of the distance in centimetres, on a plane; far more than a kilometre apart it says so only. */
static int64_t distance_square(int32_t a_lat, int32_t a_lon, int32_t b_lat, int32_t b_lon)
{
    int64_t north = ((int64_t)a_lat - b_lat) * 11132 / 10000;
    int64_t east = (((int64_t)a_lon - b_lon) * 11132 / 10000 * cosine(((int64_t)a_lat + b_lat) / 2)) >> 16;

    if (llabs(north) > 1000000 || llabs(east) > 1000000)
        return INT64_MAX;
    return north * north + east * east;
}

static int32_t score_distance(const struct xf_comparison *comparison, const struct xf_aspect *a, const struct xf_aspect *b,
                              struct xf_trace *trace)
{
    const struct xf_value *x[2], *y[2];
    int64_t square;
    int level;

    for (int i = 0; i < 2; i++) {
        int field = i ? XF_FIELD_LON : XF_FIELD_LAT;

        if (a->first[field] == a->first[field + 1] || b->first[field] == b->first[field + 1])
            return 0;
        x[i] = &a->values[a->first[field]];
        y[i] = &b->values[b->first[field]];
    }
    square = distance_square((int32_t)x[0]->symbol, (int32_t)x[1]->symbol, (int32_t)y[0]->symbol, (int32_t)y[1]->symbol);
    if (square <= INT64_C(3000) * 3000)
        level = XF_DISTANCE_SAME;
    else if (square <= INT64_C(10000) * 10000)
        level = XF_DISTANCE_NEAR;
    else
        level = square <= INT64_C(100000) * 100000 ? XF_DISTANCE_DISTRICT : XF_DISTANCE_FAR;
    return xf_score_level(trace, comparison, level, x[0], y[0]);
}

/* The most that the words of two addresses can add. */
static int32_t most_of_words(const struct xf_comparison *words)
{
    int32_t most = 0;

    for (uint32_t i = 0; i < words->count; i++)
        most += words->levels[i].weight > 0 ? words->levels[i].weight : 0;
    return most;
}

int32_t xf_score_location(const struct xf_model *model, const struct xf_aspect *a, const struct xf_aspect *b, int32_t so_far,
                          int32_t floor, struct xf_trace *trace)
{
    const struct xf_comparison *comparisons = model->kinds[XF_LOCATION].comparisons;
    const struct xf_comparison *addresses = &comparisons[XF_LOCATION_ADDRESS], *words = &comparisons[XF_LOCATION_WORDS];
    struct xf_address_pair best = xf_address_find_best(addresses, a, b);
    int32_t address = best.like.level >= 0 ? xf_score_level(trace, addresses, best.like.level, best.a->value, best.b->value) : 0;
    int32_t weight = so_far + address + (best.like.level >= 0 ? xf_score_parts(comparisons, &best, trace) : 0);
    bool named;
    int32_t distance = score_distance(&comparisons[XF_LOCATION_DISTANCE], a, b, trace);

    weight += distance;
    if (address > 0 && distance > 0) {
        int32_t less = address < distance ? address : distance;

        xf_trace_note(trace, "place", "address_and_distance_agree", -less);
        weight -= less;
    }
    weight += score_premises(&comparisons[XF_LOCATION_NAME], a, b, xf_address_has_house(best.like.level), trace, &named);
    if (best.a)
        weight += xf_score_units(&comparisons[XF_LOCATION_UNIT], &best, named, trace);
    weight += xf_score_set(&model->kinds[XF_LOCATION], XF_LOCATION_TYPE, XF_FIELD_TYPE, a, b, trace);
    /* Words cost more than all else together, and move little: most candidates are a street's other houses. */
    if (!best.a || best.like.level == XF_PLACE_UPRN || weight + (int64_t)most_of_words(words) < floor)
        return weight;
    return weight + xf_score_words(words, a, b, &best, trace);
}
