/* SPDX-License-Identifier: Apache-2.0 */
/* Two addresses. Their level says which of house, street, postcode and town agree; from it their parts take what is less than
 * equal: a number in a range, a street misspelt, a flat that the other side does not name, words that only one side has. Called by
 * score_location.c; address_door.c, address_street.c and address_overlap.c compare the texts. Invariant: symmetric and in integers.
 */
#include "score_address.h"

#include <string.h>

#include "crossflag/similarity.h"

static const char *text_of(const struct xf_aspect *aspect, uint32_t symbol)
{
    return symbol ? xf_intern_text(aspect->lexicon->symbols, symbol) : "";
}

/* The street's words may stand where the other side's parser put the building or the town. */
static bool stands_elsewhere(const struct xf_aspect *a, uint32_t street, const struct xf_aspect *b,
                             const struct xf_aspect_address *other)
{
    const char *text = text_of(a, street), *building = text_of(b, other->building), *town = text_of(b, other->town);

    return (strlen(text) <= strlen(building) && xf_words_within(text, building)) ||
           (strlen(text) <= strlen(town) && xf_words_within(text, town));
}

static void compare_streets(const struct xf_aspect *a, const struct xf_aspect_address *x, const struct xf_aspect *b,
                            const struct xf_aspect_address *y, struct xf_likeness *ret)
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
                          const struct xf_aspect_address *y, struct xf_likeness *ret)
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
                      const struct xf_aspect_address *y, const struct xf_likeness *like)
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

static struct xf_likeness compare_addresses(const struct xf_aspect *a, const struct xf_aspect_address *x, const struct xf_aspect *b,
                                            const struct xf_aspect_address *y)
{
    struct xf_likeness like = {.level = -1};

    if (x->uprn && y->uprn) {
        like.level = x->uprn == y->uprn ? XF_PLACE_UPRN : XF_PLACE_UPRN_DIFFERENT;
        return like;
    }
    compare_streets(a, x, b, y, &like);
    compare_doors(a, x, b, y, &like);
    like.level = find_level(a, x, b, y, &like);
    return like;
}

struct xf_address_pair xf_address_find_best(const struct xf_comparison *comparison, const struct xf_aspect *a,
                                            const struct xf_aspect *b)
{
    struct xf_address_pair best = {.like = {.level = -1}};

    for (uint32_t i = 0; i < a->address_count; i++) {
        for (uint32_t j = 0; j < b->address_count; j++) {
            struct xf_likeness like = compare_addresses(a, &a->addresses[i], b, &b->addresses[j]);

            if (best.a && (like.level < 0 || (best.like.level >= 0 &&
                                              comparison->levels[like.level].weight <= comparison->levels[best.like.level].weight)))
                continue;
            best = (struct xf_address_pair){like, &a->addresses[i], &b->addresses[j]};
        }
    }
    return best;
}

bool xf_address_has_house(int level)
{
    return level == XF_PLACE_HOUSE_STREET || level == XF_PLACE_HOUSE || level == XF_PLACE_STREET_TOWN ||
           level == XF_PLACE_OUTCODE || level == XF_PLACE_BARE;
}

int32_t xf_score_parts(const struct xf_comparison *comparisons, const struct xf_address_pair *best, struct xf_trace *trace)
{
    const struct xf_likeness *like = &best->like;
    const struct xf_value *x = best->a->value, *y = best->b->value;
    int32_t weight = 0;

    if (like->level == XF_PLACE_UPRN || like->level == XF_PLACE_UPRN_DIFFERENT || like->level == XF_PLACE_DIFFERENT)
        return 0;
    if (like->streets && like->street != XF_STREET_EQUAL && like->level != XF_PLACE_POSTCODE && like->level != XF_PLACE_NEIGHBOUR)
        weight += xf_score_level(trace, &comparisons[XF_LOCATION_STREET], like->street, x, y);
    if (xf_address_has_house(like->level) && like->doors.house != XF_HOUSE_EQUAL)
        weight += xf_score_level(trace, &comparisons[XF_LOCATION_HOUSE], like->doors.house, x, y);
    else if (like->missing && (like->level == XF_PLACE_STREET || like->level == XF_PLACE_POSTCODE))
        weight += xf_score_level(trace, &comparisons[XF_LOCATION_HOUSE], XF_HOUSE_MISSING, x, y);
    return weight;
}

int32_t xf_score_units(const struct xf_comparison *comparison, const struct xf_address_pair *best, bool named,
                       struct xf_trace *trace)
{
    const struct xf_likeness *like = &best->like;
    bool open = like->level == XF_PLACE_STREET || like->level == XF_PLACE_POSTCODE;

    if (!like->units || !(open || xf_address_has_house(like->level)))
        return 0;
    if (open && named && (like->doors.unit == XF_UNIT_MISSING || like->doors.unit == XF_UNIT_UNCERTAIN))
        return 0;
    return xf_score_level(trace, comparison, like->doors.unit, best->a->value, best->b->value);
}

static int32_t score_share(const struct xf_comparison *comparison, enum xf_place_words_level level, int32_t share,
                           struct xf_trace *trace)
{
    int32_t weight = (int32_t)((int64_t)comparison->levels[level].weight * share / 1000);

    if (weight)
        xf_trace_level(trace, comparison, 0, (int)level, weight, NULL, NULL);
    return weight;
}

int32_t xf_score_words(const struct xf_comparison *comparison, const struct xf_aspect *a, const struct xf_aspect *b,
                       const struct xf_address_pair *best, struct xf_trace *trace)
{
    struct xf_overlap overlap = xf_overlap_compare(a, best->a, b, best->b, !best->like.streets);

    return score_share(comparison, XF_PLACE_WORDS_AGREEING, overlap.agreeing, trace) +
           score_share(comparison, XF_PLACE_WORDS_LEFT_OUT, overlap.left_out, trace) +
           score_share(comparison, XF_PLACE_WORDS_DIFFERING, overlap.differing, trace) +
           score_share(comparison, XF_PLACE_WORDS_PARTS, overlap.parts ? 1000 : 0, trace);
}
