/* SPDX-License-Identifier: Apache-2.0 */
/* Two locations: address, premises' name, distance on the ground, type. The address has a level (which of house, street, postcode
 * and town agree) from which its parts take what is less than equal: a number in a range, a street misspelt, a flat that the other
 * side does not name; address_door.c, address_street.c and address_overlap.c compare those. Address and distance say much the same,
 * so that of two which agree only the stronger counts. Called by score.c. Invariant: symmetric and in integers; distances are good
 * to a few metres, which is better than the points that agencies send. */
#include <stdlib.h>
#include <string.h>

#include "address_compare.h"
#include "crossflag/similarity.h"
#include "score.h"

static const char *text_of(const struct xf_aspect *aspect, uint32_t symbol)
{
    return symbol ? xf_intern_text(aspect->lexicon->symbols, symbol) : "";
}

/* How two addresses stand to each other: the level, and what its parts take from it. */
struct likeness {
    int level; /* -1: nothing to compare */
    enum xf_street_level street;
    struct xf_doors doors;
    bool streets, units;   /* compared */
    bool numbers, missing; /* both have a house number, or a unit's for one; one has */
};

/* The street's words may stand where the other side's parser put the building or the town. */
static bool stands_elsewhere(const struct xf_aspect *a, uint32_t street, const struct xf_aspect *b,
                             const struct xf_aspect_address *other)
{
    const char *text = text_of(a, street), *building = text_of(b, other->building), *town = text_of(b, other->town);

    return (strlen(text) <= strlen(building) && xf_words_within(text, building)) ||
           (strlen(text) <= strlen(town) && xf_words_within(text, town));
}

static void compare_streets(const struct xf_aspect *a, const struct xf_aspect_address *x, const struct xf_aspect *b,
                            const struct xf_aspect_address *y, struct likeness *ret)
{
    ret->street = XF_STREET_DIFFERENT;
    ret->streets = x->street && y->street;
    if (ret->streets)
        ret->street = x->street == y->street ? XF_STREET_EQUAL : xf_street_compare(text_of(a, x->street), text_of(b, y->street));
    if (ret->street == XF_STREET_DIFFERENT &&
        ((x->street && stands_elsewhere(a, x->street, b, y)) || (y->street && stands_elsewhere(b, y->street, a, x)))) {
        ret->street = XF_STREET_WITHIN;
        ret->streets = true;
    }
}

/* One number, told as the house's by one side and as the unit's by the other: 2 Cosford Park; Unit 2, Cosford Park. */
static bool is_one_number(const struct xf_aspect_address *x, const struct xf_aspect_address *y)
{
    return x->house && !x->flat && !y->house && x->house == y->flat;
}

/* Houses by number; without numbers, by the building's name; on an estate that has neither, the unit is the house. */
static void compare_doors(const struct xf_aspect *a, const struct xf_aspect_address *x, const struct xf_aspect *b,
                          const struct xf_aspect_address *y, struct likeness *ret)
{
    bool numbers = x->house && y->house, neither = !x->house && !y->house && x->building == y->building;
    bool doors = neither && x->flat && y->flat;

    ret->doors = (struct xf_doors){XF_HOUSE_DIFFERENT, XF_UNIT_MISSING};
    if (x->house == y->house && x->flat == y->flat)
        ret->doors =
            (struct xf_doors){x->house || doors || (neither && x->building) ? XF_HOUSE_EQUAL : XF_HOUSE_DIFFERENT, XF_UNIT_EQUAL};
    else if (numbers || doors || (neither && x->building))
        ret->doors = xf_doors_compare(text_of(a, x->house), text_of(a, x->flat), text_of(b, y->house), text_of(b, y->flat));
    else if (is_one_number(x, y) || is_one_number(y, x))
        ret->doors = (struct xf_doors){XF_HOUSE_EQUAL, XF_UNIT_INFERRED};
    else
        ret->doors.unit = xf_unit_compare(text_of(a, x->flat), text_of(b, y->flat));
    ret->units = x->flat || y->flat || ret->doors.unit != XF_UNIT_EQUAL;
    ret->missing = !x->house != !y->house;
    ret->numbers = numbers;
    if (doors && !x->building && ret->doors.unit == XF_UNIT_DIFFERENT) {
        ret->doors.house = XF_HOUSE_DIFFERENT;
        ret->numbers = true;
    }
}

static bool share_town(const struct xf_aspect *a, uint32_t x, const struct xf_aspect *b, uint32_t y)
{
    return x == y || xf_words_within(text_of(a, x), text_of(b, y));
}

static bool near_postcodes(const struct xf_aspect *a, uint32_t x, const struct xf_aspect *b, uint32_t y)
{
    const struct xf_lexeme *p = xf_lexicon_at(a->lexicon, x), *q = xf_lexicon_at(b->lexicon, y);

    return p && q && (p->first_sound == q->first_sound || xf_edit_distance(p->text, p->length, q->text, q->length, 1) <= 1);
}

/* Houses, streets and units told apart before; postcodes decide how much of the street must agree: within one, a street's name may
 * be half wrong; across a town, Park Road and Park Lane are two. */
static int find_level(const struct xf_aspect *a, const struct xf_aspect_address *x, const struct xf_aspect *b,
                      const struct xf_aspect_address *y, const struct likeness *like)
{
    bool house = like->doors.house != XF_HOUSE_DIFFERENT, numbers = like->numbers;
    bool street = like->streets && like->street != XF_STREET_DIFFERENT;
    bool sure = like->streets && like->street <= XF_STREET_SPELLING;

    if (x->postcode && x->postcode == y->postcode) {
        if (house)
            return street ? XF_PLACE_HOUSE_STREET : XF_PLACE_HOUSE;
        return numbers ? XF_PLACE_NEIGHBOUR : street ? XF_PLACE_STREET : XF_PLACE_POSTCODE;
    }
    if (x->postcode && y->postcode && !x->misshapen && !y->misshapen)
        return house && sure && near_postcodes(a, x->postcode, b, y->postcode) ? XF_PLACE_OUTCODE : XF_PLACE_DIFFERENT;
    if (!sure)
        return -1;
    if (x->town && y->town && share_town(a, x->town, b, y->town))
        return house ? XF_PLACE_STREET_TOWN : numbers ? XF_PLACE_NEIGHBOUR : -1;
    return house && !(x->town && y->town) ? XF_PLACE_BARE : -1;
}

static struct likeness compare_addresses(const struct xf_aspect *a, const struct xf_aspect_address *x, const struct xf_aspect *b,
                                         const struct xf_aspect_address *y)
{
    struct likeness like = {.level = -1};

    if (x->uprn && y->uprn) {
        like.level = x->uprn == y->uprn ? XF_PLACE_UPRN : XF_PLACE_UPRN_DIFFERENT;
        return like;
    }
    compare_streets(a, x, b, y, &like);
    compare_doors(a, x, b, y, &like);
    like.level = find_level(a, x, b, y, &like);
    return like;
}

struct best {
    struct likeness like;
    const struct xf_aspect_address *a, *b;
};

static struct best find_best(const struct xf_comparison *comparison, const struct xf_aspect *a, const struct xf_aspect *b)
{
    struct best best = {.like = {.level = -1}};

    for (uint32_t i = 0; i < a->address_count; i++) {
        for (uint32_t j = 0; j < b->address_count; j++) {
            struct likeness like = compare_addresses(a, &a->addresses[i], b, &b->addresses[j]);

            if (best.a && (like.level < 0 || (best.like.level >= 0 &&
                                              comparison->levels[like.level].weight <= comparison->levels[best.like.level].weight)))
                continue;
            best = (struct best){like, &a->addresses[i], &b->addresses[j]};
        }
    }
    return best;
}

static bool has_house(int level)
{
    return level == XF_PLACE_HOUSE_STREET || level == XF_PLACE_HOUSE || level == XF_PLACE_STREET_TOWN ||
           level == XF_PLACE_OUTCODE || level == XF_PLACE_BARE;
}

/* What the parts take from the level. */
static int32_t score_parts(const struct xf_comparison *comparisons, const struct best *best, struct xf_trace *trace)
{
    const struct likeness *like = &best->like;
    const struct xf_value *x = best->a->value, *y = best->b->value;
    int32_t weight = 0;

    if (like->level == XF_PLACE_UPRN || like->level == XF_PLACE_UPRN_DIFFERENT || like->level == XF_PLACE_DIFFERENT)
        return 0;
    if (like->streets && like->street != XF_STREET_EQUAL && like->level != XF_PLACE_POSTCODE && like->level != XF_PLACE_NEIGHBOUR)
        weight += xf_score_level(trace, &comparisons[XF_LOCATION_STREET], like->street, x, y);
    if (has_house(like->level) && like->doors.house != XF_HOUSE_EQUAL)
        weight += xf_score_level(trace, &comparisons[XF_LOCATION_HOUSE], like->doors.house, x, y);
    else if (like->missing && (like->level == XF_PLACE_STREET || like->level == XF_PLACE_POSTCODE))
        weight += xf_score_level(trace, &comparisons[XF_LOCATION_HOUSE], XF_HOUSE_MISSING, x, y);
    return weight;
}

/* Units count when the houses may be one: they are by number or by the building's name, or a number is missing. Of premises known
 * by their own name (named) one side may leave out the unit. */
static int32_t score_units(const struct xf_comparison *comparison, const struct best *best, bool named, struct xf_trace *trace)
{
    const struct likeness *like = &best->like;
    bool open = like->level == XF_PLACE_STREET || like->level == XF_PLACE_POSTCODE;

    if (!like->units || !(open || has_house(like->level)))
        return 0;
    if (open && named && (like->doors.unit == XF_UNIT_MISSING || like->doors.unit == XF_UNIT_UNCERTAIN))
        return 0;
    return xf_score_level(trace, comparison, like->doors.unit, best->a->value, best->b->value);
}

static int32_t score_share(const struct xf_comparison *comparison, enum xf_place_words_level level, int32_t share,
                           struct xf_trace *trace)
{
    int32_t weight = (int32_t)((int64_t)comparison->levels[level].weight * share / 1000);

    if (weight && trace && trace->count < XF_TRACE_MAX)
        trace->items[trace->count++] =
            (struct xf_trace_item){.comparison = comparison->name, .level = comparison->levels[level].name, .weight = weight};
    return weight;
}

/* The words that remain: no value stands for them, so that the trace names none. */
static int32_t score_words(const struct xf_comparison *comparison, const struct xf_aspect *a, const struct xf_aspect *b,
                           const struct best *best, struct xf_trace *trace)
{
    struct xf_overlap overlap = xf_overlap_compare(a, best->a, b, best->b, !best->like.streets);

    return score_share(comparison, XF_PLACE_WORDS_AGREEING, overlap.agreeing, trace) +
           score_share(comparison, XF_PLACE_WORDS_LEFT_OUT, overlap.left_out, trace) +
           score_share(comparison, XF_PLACE_WORDS_DIFFERING, overlap.differing, trace) +
           score_share(comparison, XF_PLACE_WORDS_PARTS, overlap.parts ? 1000 : 0, trace);
}

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

int32_t xf_score_location(const struct xf_model *model, const struct xf_aspect *a, const struct xf_aspect *b, int32_t so_far,
                          int32_t floor, struct xf_trace *trace)
{
    const struct xf_comparison *comparisons = model->kinds[XF_LOCATION].comparisons;
    const struct xf_comparison *addresses = &comparisons[XF_LOCATION_ADDRESS], *words = &comparisons[XF_LOCATION_WORDS];
    struct best best = find_best(addresses, a, b);
    int32_t address = best.like.level >= 0 ? xf_score_level(trace, addresses, best.like.level, best.a->value, best.b->value) : 0;
    int32_t weight = so_far + address + (best.like.level >= 0 ? score_parts(comparisons, &best, trace) : 0);
    bool named;
    int32_t distance = score_distance(&comparisons[XF_LOCATION_DISTANCE], a, b, trace);

    weight += distance;
    if (address > 0 && distance > 0) {
        int32_t less = address < distance ? address : distance;

        if (trace && trace->count < XF_TRACE_MAX)
            trace->items[trace->count++] =
                (struct xf_trace_item){.comparison = "place", .level = "address_and_distance_agree", .weight = -less};
        weight -= less;
    }
    weight += score_premises(&comparisons[XF_LOCATION_NAME], a, b, has_house(best.like.level), trace, &named);
    if (best.a)
        weight += score_units(&comparisons[XF_LOCATION_UNIT], &best, named, trace);
    weight += xf_score_set(&comparisons[XF_LOCATION_TYPE], XF_FIELD_TYPE, a, b, trace);
    /* Words cost more than all else together, and move little: most candidates are a street's other houses. */
    if (!best.a || best.like.level == XF_PLACE_UPRN || weight + (int64_t)words->levels[XF_PLACE_WORDS_AGREEING].weight < floor)
        return weight;
    return weight + score_words(words, a, b, &best, trace);
}
