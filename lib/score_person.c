/* SPDX-License-Identifier: Apache-2.0 */
/* Two persons: names (score_name.c), birth date, sex, identifiers, homes. Address, phone, e-mail and account are what a household
 * shares, and are held down where the names say sibling, or the birth dates say parent: a link of two children of one house harms
 * both. A national number links alone, unless names and dates speak against it. Called by score.c. Invariant: symmetric, so every
 * "best" is decided by weight and then by level. */
#include <stdlib.h>
#include <string.h>

#include "crossflag/similarity.h"
#include "score.h"

static int32_t min32(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static int digits_off(xf_date a, xf_date b)
{
    int differing = 0;

    for (; a || b; a /= 10, b /= 10)
        differing += a % 10 != b % 10;
    return differing;
}

/* How much of a date is known: 1 the year, 2 the month too, 3 the day too. */
static int precision_of(xf_date date)
{
    return 1 + (date / 100 % 100 != 0) + (date % 100 != 0);
}

static int compare_years(xf_date a, xf_date b, uint32_t years)
{
    if (!years)
        return XF_BIRTH_YEARS;
    if (years == 1)
        return XF_BIRTH_NEAR;
    if (digits_off(a, b) == 1)
        return XF_BIRTH_YEARS_DIGIT;
    return years > 12 ? XF_BIRTH_GENERATION : XF_BIRTH_DIFFERENT;
}

static int compare_dates(xf_date a, xf_date b)
{
    uint32_t a_year = a / 10000, b_year = b / 10000, a_month = a / 100 % 100, b_month = b / 100 % 100, a_day = a % 100,
             b_day = b % 100;
    uint32_t years = a_year > b_year ? a_year - b_year : b_year - a_year;

    if (!a_month && !b_month)
        return compare_years(a, b, years);
    if (a_day && b_day) {
        if (a == b)
            return XF_BIRTH_EXACT;
        if (!years && a_month == b_day && a_day == b_month)
            return XF_BIRTH_SWAPPED;
        if (digits_off(a, b) == 1) /* MoJ's model, too, parts the year's last digit from those before it */
            return a / 100000 == b / 100000 ? XF_BIRTH_DIGIT : XF_BIRTH_DECADE;
        if (!years)
            return a_month == b_month ? XF_BIRTH_MONTH : XF_BIRTH_YEAR;
    } else if (!years) {
        if (!a_month || !b_month)
            return XF_BIRTH_PARTIAL_YEAR;
        return a_month == b_month ? XF_BIRTH_PARTIAL_MONTH : XF_BIRTH_YEAR;
    }
    if (years > 12)
        return XF_BIRTH_GENERATION;
    return years == 1 ? XF_BIRTH_NEAR : XF_BIRTH_DIFFERENT;
}

/* The best of the dates that are known to the day on both sides; without such, of what is known less well. */
static int32_t score_dates(const struct xf_model_kind *model, const struct xf_aspect *a, const struct xf_aspect *b, int *ret_level,
                           struct xf_trace *trace)
{
    const struct xf_comparison *comparison = &model->comparisons[XF_PERSON_BIRTH_DATE];
    const struct xf_aspect_date *best_a = NULL, *best_b = NULL;
    int best = -1, best_precision = 0;
    uint32_t pairs = 0;
    int32_t weight, chance;

    for (uint32_t i = 0; i < a->date_count; i++) {
        for (uint32_t j = 0; j < b->date_count; j++) {
            int x = precision_of(a->dates[i].date), y = precision_of(b->dates[j].date), precision = x < y ? x : y;
            int level = compare_dates(a->dates[i].date, b->dates[j].date);

            if (precision < best_precision)
                continue;
            if (precision > best_precision) {
                best = -1;
                pairs = 0;
            }
            best_precision = precision;
            pairs++;
            if (best < 0 || comparison->levels[level].weight > comparison->levels[best].weight ||
                (comparison->levels[level].weight == comparison->levels[best].weight && level < best)) {
                best = level;
                best_a = &a->dates[i];
                best_b = &b->dates[j];
            }
        }
    }
    *ret_level = best;
    if (best < 0)
        return 0;
    weight = xf_score_level(trace, comparison, best, best_a->value, best_b->value);
    chance = xf_score_chance(model, weight, pairs);
    if (chance)
        xf_trace_note(trace, comparison->name, "one_of_several", -chance);
    return weight - chance;
}

/* Both or neither of the two sexes told of somebody tell nothing. */
static int32_t score_sex(const struct xf_model_kind *model, const struct xf_aspect *a, const struct xf_aspect *b,
                         struct xf_trace *trace)
{
    if (a->first[XF_FIELD_SEX + 1] - a->first[XF_FIELD_SEX] > 1 || b->first[XF_FIELD_SEX + 1] - b->first[XF_FIELD_SEX] > 1)
        return 0;
    return xf_score_set(model, XF_PERSON_SEX, XF_FIELD_SEX, a, b, trace);
}

struct text {
    const char *bytes;
    size_t length;
};

static struct text text_of(const struct xf_aspect *aspect, uint32_t symbol)
{
    return (struct text){xf_intern_text(aspect->lexicon->symbols, symbol), xf_intern_length(aspect->lexicon->symbols, symbol)};
}

static bool one_character_off(struct text a, struct text b)
{
    return xf_edit_distance(a.bytes, a.length, b.bytes, b.length, 1) == 1;
}

static bool same_streets(const struct xf_aspect *a, uint32_t a_street, const struct xf_aspect *b, uint32_t b_street)
{
    struct text x, y;

    if (!a_street || !b_street || a_street == b_street)
        return a_street && b_street;
    x = text_of(a, a_street);
    y = text_of(b, b_street);
    return xf_score_similarity(x.bytes, x.length, y.bytes, y.length) >= XF_NAME_CLOSE;
}

/* Two postcodes that differ: HD1 1RL and HD1 1RT are of one sector, HD1 2AA is of their outcode, HD2 of their area. */
static int compare_postcodes(struct text a, struct text b)
{
    size_t equal = 0, letters = 0, outcode = strcspn(a.bytes, " "), space = strcspn(b.bytes, " ");

    if (one_character_off(a, b))
        return XF_HOME_MISSPELT;
    while (equal < a.length && equal < b.length && a.bytes[equal] == b.bytes[equal])
        equal++;
    if (outcode < a.length && space < b.length && outcode == space && equal >= outcode)
        return equal > outcode + 1 ? XF_HOME_SECTOR : XF_HOME_OUTCODE;
    while (letters < equal && a.bytes[letters] >= 'A' && a.bytes[letters] <= 'Z')
        letters++;
    if (letters && (letters >= a.length || a.bytes[letters] < 'A') && (letters >= b.length || b.bytes[letters] < 'A'))
        return XF_HOME_AREA;
    return XF_HOME_DIFFERENT;
}

static int compare_homes(const struct xf_aspect *a, const struct xf_aspect_address *x, const struct xf_aspect *b,
                         const struct xf_aspect_address *y)
{
    bool flats = !x->flat || !y->flat || x->flat == y->flat, town = x->town && x->town == y->town;
    bool house = (x->house && x->house == y->house) || (!x->house && !y->house && x->building && x->building == y->building);

    if (x->uprn && x->uprn == y->uprn)
        return XF_HOME_UPRN;
    if (x->postcode && x->postcode == y->postcode) {
        if (house && flats)
            return XF_HOME_HOUSE;
        return (x->house && y->house && x->house != y->house) || !flats ? XF_HOME_NEIGHBOUR : XF_HOME_POSTCODE;
    }
    if (house && flats && same_streets(a, x->street, b, y->street))
        return town && (!x->postcode || !y->postcode) ? XF_HOME_HOUSE : XF_HOME_STREET;
    if (x->postcode && y->postcode)
        return compare_postcodes(text_of(a, x->postcode), text_of(b, y->postcode));
    return town ? XF_HOME_TOWN : x->town && y->town ? XF_HOME_DIFFERENT : -1;
}

static int32_t score_homes(const struct xf_model_kind *model, const struct xf_aspect *a, const struct xf_aspect *b, int *ret_level,
                           struct xf_trace *trace)
{
    const struct xf_comparison *comparison = &model->comparisons[XF_PERSON_ADDRESS];
    const struct xf_value *best_a = NULL, *best_b = NULL;
    int best = -1;
    uint32_t pairs = 0;
    int32_t weight, chance;

    for (uint32_t i = 0; i < a->address_count; i++) {
        for (uint32_t j = 0; j < b->address_count; j++) {
            int level = compare_homes(a, &a->addresses[i], b, &b->addresses[j]);

            pairs += level >= 0;
            if (level >= 0 && (best < 0 || comparison->levels[level].weight > comparison->levels[best].weight ||
                               (comparison->levels[level].weight == comparison->levels[best].weight && level < best))) {
                best = level;
                best_a = a->addresses[i].value;
                best_b = b->addresses[j].value;
            }
        }
    }
    *ret_level = best;
    if (best < 0)
        return 0;
    weight = xf_score_level(trace, comparison, best, best_a, best_b);
    chance = xf_score_chance(model, weight, pairs);
    if (chance)
        xf_trace_note(trace, comparison->name, "one_of_several", -chance);
    return weight - chance;
}

/* Values in common of any scheme, those of national ones first. *ret_personal: no two persons share the scheme's values. */
static int32_t score_ids(const struct xf_model_kind *model, const struct xf_aspect *a, const struct xf_aspect *b, int *ret_level,
                         bool *ret_personal, struct xf_trace *trace)
{
    const struct xf_value *best_a = NULL, *best_b = NULL;
    int best = XF_ID_LEVELS;

    *ret_personal = false;
    for (uint32_t i = a->first[XF_FIELD_ID]; i < a->first[XF_FIELD_ID + 1]; i++) {
        const struct xf_value *x = &a->values[i];

        for (uint32_t j = b->first[XF_FIELD_ID]; !(x->flags & XF_VALUE_WEAK) && j < b->first[XF_FIELD_ID + 1]; j++) {
            const struct xf_value *y = &b->values[j];
            const struct xf_lexeme *scheme = xf_lexicon_at(a->lexicon, x->qualifier);
            bool personal = scheme && (scheme->flags & XF_LEXEME_PERSONAL);
            int level = XF_ID_DIFFERENT;

            if ((y->flags & XF_VALUE_WEAK) || x->qualifier != y->qualifier)
                continue;
            if (x->symbol == y->symbol)
                level = scheme && (scheme->flags & XF_LEXEME_NATIONAL) ? XF_ID_NATIONAL : XF_ID_EQUAL;
            else if (one_character_off(text_of(a, x->symbol), text_of(b, y->symbol)))
                level = XF_ID_CLOSE;
            if (level < best || (level == best && personal && !*ret_personal)) {
                best = level;
                best_a = x;
                best_b = y;
                *ret_personal = personal;
            }
        }
    }
    *ret_level = best;
    return best_a ? xf_score_level(trace, &model->comparisons[XF_PERSON_ID], best, best_a, best_b) : 0;
}

/* Whether what two with one national number are called and when they were born speaks for two persons: the number is then somebody
 * else's by mistake, a child's on its mother's record, until a person has looked. Names alone do when their given names do; else
 * both must, or the date where no full name outweighs it. */
static bool number_is_doubtful(int name_level, int date_level)
{
    if (date_level < 0)
        return name_level == XF_NAME_FAMILY || name_level == XF_NAME_DIFFERENT;
    return (date_level >= XF_BIRTH_YEAR || date_level == XF_BIRTH_YEARS_DIGIT) &&
           (name_level < 0 || name_level == XF_NAME_FAMILY_ONLY || name_level >= XF_NAME_RESEMBLING);
}

/* Holds a doubtful number's pair where a person looks, whatever the rest weighs: worth a look, and no help to its groups. */
static int32_t guard_number(const struct xf_model_kind *kind, int32_t weight, struct xf_trace *trace)
{
    int32_t held = min32(weight, kind->keep - 1);

    held = held < kind->review ? kind->review : held;
    if (held != weight)
        xf_trace_note(trace, "id", "names_and_dates_differ", held - weight);
    return held;
}

/* Adds what a pair's common household says: all of it, its share, or no more than a guard lets through. The guard is told as a
 * comparison of its own. */
static int32_t guard_household(const struct xf_model *model, int32_t home, int32_t household, int name_level, int date_level,
                               struct xf_trace *trace)
{
    const char *level = NULL;
    int32_t allowed = household;

    if (name_level == XF_NAME_FAMILY || name_level == XF_NAME_DIFFERENT) {
        allowed = min32(household, model->siblings);
        level = "siblings";
    } else if (name_level == XF_NAME_RESEMBLING) {
        allowed = min32(household, model->resembling);
        level = "resembling_names";
    } else if (date_level < 0 && home > model->undated) {
        allowed = household - home + model->undated;
        level = "no_birth_dates";
    } else if (date_level >= XF_BIRTH_YEAR || date_level == XF_BIRTH_DECADE || date_level == XF_BIRTH_YEARS_DIGIT) {
        allowed = (int32_t)((int64_t)household * model->household / 1000);
        level = "birth_dates_differ";
    }
    if (allowed != household)
        xf_trace_note(trace, "household", level, allowed - household);
    return allowed;
}

int32_t xf_score_person(const struct xf_model *model, const struct xf_aspect *a, const struct xf_aspect *b, int32_t so_far,
                        int32_t floor, struct xf_agreed *agreed, struct xf_trace *trace)
{
    static const struct {
        int comparison;
        enum xf_field field;
    } shared[] = {{XF_PERSON_PHONE, XF_FIELD_PHONE}, {XF_PERSON_EMAIL, XF_FIELD_EMAIL}, {XF_PERSON_ACCOUNT, XF_FIELD_ACCOUNT}};
    const struct xf_model_kind *kind = &model->kinds[XF_PERSON];
    int name_level, date_level, id_level;
    int32_t weight = so_far, household = 0, home, part;
    bool personal;

    weight += score_dates(kind, a, b, &date_level, trace);
    weight += score_sex(kind, a, b, trace);
    part = score_ids(kind, a, b, &id_level, &personal, trace);
    *(part > 0 && (id_level == XF_ID_EQUAL || id_level == XF_ID_CLOSE) && !personal ? &household : &weight) +=
        part; /* a case is a family's */
    home = score_homes(kind, a, b, &agreed->home, trace);
    household += home > 0 ? home : 0;
    weight += home < 0 ? home : 0;
    for (size_t i = 0; i < sizeof(shared) / sizeof(*shared); i++) {
        part = xf_score_set(kind, shared[i].comparison, shared[i].field, a, b, trace);
        household += part > 0 ? part : 0;
        weight += part < 0 ? part : 0;
    }
    if (id_level != XF_ID_NATIONAL &&
        weight + household + model->name_max < floor) /* names cost the most and cannot help any more */
        return weight + household + model->name_max;
    weight += xf_score_names(model, a, b, &name_level, trace);
    weight += guard_household(model, home, household, name_level, date_level, trace);
    weight -= xf_score_repeated(kind, agreed, trace);
    if (id_level == XF_ID_NATIONAL && number_is_doubtful(name_level, date_level))
        return guard_number(kind, weight, trace);
    return weight;
}
