/* SPDX-License-Identifier: Apache-2.0 */
/* Two locations: address, premises' name, distance on the ground, type. Address and distance say much the same, so that of two
 * which agree only the stronger counts. Called by score.c. Invariant: symmetric and in integers; distances are good to a few
 * metres, which is better than the points that agencies send. */
#include <stdlib.h>
#include <string.h>

#include "score.h"

static int compare_streets(const struct xf_aspect_address *a, const struct xf_aspect_address *b, bool outcodes)
{
    bool house = (a->house && a->house == b->house) || (!a->house && !b->house && a->building && a->building == b->building);
    bool differ = a->house && b->house && a->house != b->house;
    bool street = a->street && a->street == b->street;
    bool flats_equal = a->flat == b->flat, flat_known = a->flat && b->flat;
    bool postcode = a->postcode && a->postcode == b->postcode, postcodes = a->postcode && b->postcode;

    if (postcode) {
        if (house && flats_equal) /* streets may differ: north gate, northgate; a postcode rarely has two with that number */
            return street ? XF_PLACE_HOUSE_STREET : XF_PLACE_HOUSE;
        if (house)
            return flat_known ? XF_PLACE_UNIT : XF_PLACE_PART;
        if (differ)
            return XF_PLACE_NEIGHBOUR;
        return street ? XF_PLACE_STREET : XF_PLACE_POSTCODE;
    }
    if (postcodes)
        return outcodes && house && street && flats_equal ? XF_PLACE_OUTCODE : XF_PLACE_DIFFERENT;
    if (street && a->town && a->town == b->town) {
        if (house)
            return flats_equal ? XF_PLACE_STREET_TOWN : XF_PLACE_UNIT;
        return differ ? XF_PLACE_NEIGHBOUR : -1;
    }
    return -1;
}

static int compare_addresses(const struct xf_aspect_address *a, const struct xf_aspect_address *b, const struct xf_lexicon *a_words,
                             const struct xf_lexicon *b_words)
{
    const struct xf_lexeme *x = xf_lexicon_at(a_words, a->postcode), *y = xf_lexicon_at(b_words, b->postcode);

    if (a->uprn && b->uprn)
        return a->uprn == b->uprn ? XF_PLACE_UPRN : XF_PLACE_UPRN_DIFFERENT;
    return compare_streets(a, b, x && y && x->first_sound == y->first_sound);
}

static int32_t score_addresses(const struct xf_comparison *comparison, const struct xf_aspect *a, const struct xf_aspect *b,
                               struct xf_trace *trace)
{
    const struct xf_value *best_a = NULL, *best_b = NULL;
    int best = -1;

    for (uint32_t i = 0; i < a->address_count; i++) {
        for (uint32_t j = 0; j < b->address_count; j++) {
            int level = compare_addresses(&a->addresses[i], &b->addresses[j], a->lexicon, b->lexicon);

            if (level >= 0 && (best < 0 || comparison->levels[level].weight > comparison->levels[best].weight)) {
                best = level;
                best_a = a->addresses[i].value;
                best_b = b->addresses[j].value;
            }
        }
    }
    return best >= 0 ? xf_score_level(trace, comparison, best, best_a, best_b) : 0;
}

/* Whether every word of the shorter text stands in the longer one, of which it must be more than a single short word. */
static bool within(const char *a, const char *b)
{
    const char *words = strlen(a) < strlen(b) ? a : b, *text = words == a ? b : a;

    if (strlen(words) < 5)
        return false;
    while (*words) {
        size_t length = strcspn(words, " ");
        const char *at = text;
        bool found = false;

        while (!found && *at) {
            size_t step = strcspn(at, " ");

            found = step == length && memcmp(at, words, length) == 0;
            at += step + (at[step] == ' ');
        }
        if (!found)
            return false;
        words += length + (words[length] == ' ');
    }
    return true;
}

static int compare_premises(const struct xf_lexeme *a, const struct xf_lexeme *b)
{
    if (a->symbol == b->symbol)
        return XF_PREMISES_EXACT;
    if (xf_score_similarity(a->text, a->length, b->text, b->length) >= XF_NAME_CLOSE)
        return XF_PREMISES_SIMILAR;
    return within(a->text, b->text) ? XF_PREMISES_WITHIN : XF_PREMISES_DIFFERENT;
}

/* A premises' name stands in NAME; a sender without such a member writes it as the building's. */
static int32_t score_premises(const struct xf_comparison *comparison, const struct xf_aspect *a, const struct xf_aspect *b,
                              struct xf_trace *trace)
{
    const struct xf_value *best_a = NULL, *best_b = NULL;
    int best = -1;

    for (uint32_t i = 0; i < a->count; i++) {
        const struct xf_value *x = &a->values[i];

        if (x->field != XF_FIELD_NAME && x->field != XF_FIELD_BUILDING)
            continue;
        for (uint32_t j = 0; j < b->count; j++) {
            const struct xf_value *y = &b->values[j];
            const struct xf_lexeme *p, *q;
            int level;

            if (y->field != XF_FIELD_NAME && y->field != XF_FIELD_BUILDING)
                continue;
            p = xf_lexicon_at(a->lexicon, x->symbol);
            q = xf_lexicon_at(b->lexicon, y->symbol);
            if (!p || !q)
                continue;
            level = compare_premises(p, q);
            if (level == XF_PREMISES_DIFFERENT && (x->field != XF_FIELD_NAME || y->field != XF_FIELD_NAME))
                continue;
            if (best < 0 || comparison->levels[level].weight > comparison->levels[best].weight) {
                best = level;
                best_a = x;
                best_b = y;
            }
        }
    }
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

int32_t xf_score_location(const struct xf_model *model, const struct xf_aspect *a, const struct xf_aspect *b,
                          struct xf_trace *trace)
{
    const struct xf_comparison *comparisons = model->kinds[XF_LOCATION].comparisons;
    int32_t address = score_addresses(&comparisons[XF_LOCATION_ADDRESS], a, b, trace);
    int32_t distance = score_distance(&comparisons[XF_LOCATION_DISTANCE], a, b, trace);
    int32_t weight = score_premises(&comparisons[XF_LOCATION_NAME], a, b, trace);

    if (address > 0 && distance > 0) {
        int32_t less = address < distance ? address : distance;

        xf_trace_note(trace, "place", "address_and_distance_agree", -less);
        weight -= less;
    }
    weight += xf_score_set(&model->kinds[XF_LOCATION], XF_LOCATION_TYPE, XF_FIELD_TYPE, a, b, trace);
    return weight + address + distance;
}
