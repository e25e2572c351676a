/* SPDX-License-Identifier: Apache-2.0 */
/* Two persons. Given and family name are one comparison, the best over all names of both; address, phone, e-mail and account are
 * what a household shares, and are held down where the names say sibling, or the birth dates say parent: a link of two children of
 * one house harms both. A national number links alone, unless names and dates speak against it. Called by score.c. Invariant:
 * symmetric, so every "best" is decided by weight and then by level. */
#include <stdlib.h>
#include <string.h>

#include "score.h"

/* How two given names, or two family names, compare; the order is that of strength. */
enum relation { SAME, SAME_NAME, CLOSE, INITIAL, FAINT, APART };

static enum relation by_spelling(const struct xf_lexeme *a, const struct xf_lexeme *b, bool same_sound)
{
    int similarity = xf_score_similarity(a->text, a->length, b->text, b->length);

    if (same_sound && similarity >= XF_NAME_FAINT)
        return SAME_NAME;
    if (similarity >= XF_NAME_CLOSE)
        return CLOSE;
    return similarity >= XF_NAME_FAINT ? FAINT : APART;
}

/* Both of several words and the first alike: mary ann and mary jane, mohammed hassan and mohammed hussain are different persons'
 * names. */
static enum relation relate_rest(const struct xf_lexeme *a, const struct xf_lexeme *b)
{
    const char *x = memchr(a->text, ' ', a->length), *y = memchr(b->text, ' ', b->length);
    size_t x_length = a->length - (size_t)(x - a->text), y_length = b->length - (size_t)(y - b->text);

    if (a->last_canonical == b->last_canonical || xf_score_similarity(x, x_length, y, y_length) >= XF_NAME_CLOSE)
        return SAME_NAME;
    return FAINT;
}

static enum relation relate_given(const struct xf_lexeme *a, const struct xf_lexeme *b)
{
    bool a_words = a->flags & XF_LEXEME_WORDS, b_words = b->flags & XF_LEXEME_WORDS;

    if (a->symbol == b->symbol)
        return SAME;
    if (a->length == 1 || b->length == 1)
        return a->text[0] == b->text[0] ? INITIAL : APART;
    if (a->first_canonical == b->first_canonical)
        return a_words && b_words ? relate_rest(a, b) : SAME_NAME;
    if (a_words != b_words && a->last_canonical == b->last_canonical) /* mohammed hassan, called hassan */
        return CLOSE;
    if ((a->flags & b->flags) & XF_LEXEME_GIVEN_LISTED) /* hassan and hussain sound alike and are two brothers */
        return APART;
    return by_spelling(a, b, a->first_sound == b->first_sound);
}

static bool has_word(const struct xf_lexeme *words, const struct xf_lexeme *word)
{
    const char *at = words->text;

    while ((at = strstr(at, word->text))) {
        if ((at == words->text || at[-1] == ' ') && (at[word->length] == ' ' || at[word->length] == '\0'))
            return true;
        at++;
    }
    return false;
}

static enum relation relate_family(const struct xf_lexeme *a, const struct xf_lexeme *b)
{
    bool a_words = a->flags & XF_LEXEME_WORDS, b_words = b->flags & XF_LEXEME_WORDS;

    if (a->symbol == b->symbol)
        return SAME;
    if (a_words != b_words && has_word(a_words ? a : b, a_words ? b : a)) /* smith jones, called jones */
        return CLOSE;
    if ((a->flags & b->flags) & XF_LEXEME_FAMILY_LISTED)
        return APART;
    return by_spelling(a, b, a->last_sound == b->last_sound);
}

static int level_of(enum relation given, enum relation family)
{
    if (given == SAME && family == SAME)
        return XF_NAME_EXACT;
    if (given <= SAME_NAME && family <= SAME_NAME)
        return XF_NAME_EQUIVALENT;
    if (given <= CLOSE && family <= CLOSE)
        return XF_NAME_SIMILAR;
    if (given == INITIAL && family <= SAME_NAME)
        return XF_NAME_INITIAL;
    if (given <= FAINT && family <= FAINT)
        return XF_NAME_RESEMBLING;
    if (family == SAME)
        return XF_NAME_FAMILY;
    return given <= SAME_NAME ? XF_NAME_GIVEN : XF_NAME_DIFFERENT;
}

static int32_t min32(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

/* The level's weight with what the names' rarity adds. */
static int32_t weigh(const struct xf_level *level, int32_t rarity)
{
    int32_t weight = level->weight;

    if (level->frequency)
        weight += (int32_t)((int64_t)level->frequency * (rarity - level->usual) / 1000);
    return min32(weight, level->max);
}

/* One name against one name: its level and weight, or -1 when they have no part in common to compare. */
static int compare_names(const struct xf_level *levels, const struct xf_aspect_name *a, const struct xf_aspect_name *b,
                         int32_t *ret_weight)
{
    bool given = a->given && b->given, family = a->family && b->family;
    int32_t given_rarity = given ? min32(a->given->given_rarity, b->given->given_rarity) : 0;
    int32_t family_rarity = family ? min32(a->family->family_rarity, b->family->family_rarity) : 0;
    int level;

    if (given && family) {
        level = level_of(relate_given(a->given, b->given), relate_family(a->family, b->family));
        if (level != XF_NAME_EXACT && a->given->hash == b->family->hash && a->family->hash == b->given->hash)
            level = XF_NAME_SWAPPED;
        *ret_weight = weigh(&levels[level], given_rarity + family_rarity);
        return level;
    }
    if (given) {
        enum relation relation = relate_given(a->given, b->given);

        if (relation > SAME_NAME && relation < APART)
            return -1;
        level = relation <= SAME_NAME ? XF_NAME_GIVEN_ONLY : XF_NAME_DIFFERENT;
        *ret_weight = weigh(&levels[level], given_rarity);
        return level;
    }
    if (family) {
        enum relation relation = relate_family(a->family, b->family);

        if (relation > SAME_NAME && relation < APART)
            return -1;
        level = relation <= SAME_NAME ? XF_NAME_FAMILY_ONLY : XF_NAME_DIFFERENT;
        *ret_weight = weigh(&levels[level], family_rarity);
        return level;
    }
    return -1;
}

static int32_t score_names(const struct xf_comparison *comparison, const struct xf_aspect *a, const struct xf_aspect *b,
                           int *ret_level, struct xf_trace *trace)
{
    const struct xf_aspect_name *best_a = NULL, *best_b = NULL;
    int32_t best_weight = 0;
    int best = -1;

    for (uint32_t i = 0; i < a->name_count; i++) {
        for (uint32_t j = 0; j < b->name_count; j++) {
            int32_t weight;
            int level = compare_names(comparison->levels, &a->names[i], &b->names[j], &weight);

            if (level >= 0 && (best < 0 || weight > best_weight || (weight == best_weight && level < best))) {
                best = level;
                best_weight = weight;
                best_a = &a->names[i];
                best_b = &b->names[j];
            }
        }
    }
    *ret_level = best;
    if (best >= 0 && trace) {
        xf_score_level(trace, comparison, best, best_a->value, best_b->value);
        trace->items[trace->count - 1].weight = best_weight;
    }
    return best_weight;
}

static bool one_digit_off(xf_date a, xf_date b)
{
    int differing = 0;

    if (a / 100000 != b / 100000) /* another decade: MoJ's model, too, lets no digit before the year's last differ */
        return false;
    for (; a || b; a /= 10, b /= 10)
        differing += a % 10 != b % 10;
    return differing == 1;
}

static int compare_dates(xf_date a, xf_date b)
{
    uint32_t a_year = a / 10000, b_year = b / 10000, a_month = a / 100 % 100, b_month = b / 100 % 100, a_day = a % 100,
             b_day = b % 100;
    uint32_t years = a_year > b_year ? a_year - b_year : b_year - a_year;

    if (years > 12)
        return XF_BIRTH_GENERATION;
    if (a_day && b_day) {
        if (a == b)
            return XF_BIRTH_EXACT;
        if (!years && a_month == b_day && a_day == b_month)
            return XF_BIRTH_SWAPPED;
        if (one_digit_off(a, b))
            return XF_BIRTH_DIGIT;
        if (!years)
            return a_month == b_month ? XF_BIRTH_MONTH : XF_BIRTH_YEAR;
    } else if (!years) {
        if (!a_month || !b_month)
            return XF_BIRTH_PARTIAL_YEAR;
        return a_month == b_month ? XF_BIRTH_PARTIAL_MONTH : XF_BIRTH_YEAR;
    }
    return years == 1 ? XF_BIRTH_NEAR : XF_BIRTH_DIFFERENT;
}

static int32_t score_dates(const struct xf_comparison *comparison, const struct xf_aspect *a, const struct xf_aspect *b,
                           int *ret_level, struct xf_trace *trace)
{
    const struct xf_aspect_date *best_a = NULL, *best_b = NULL;
    int best = -1;

    for (uint32_t i = 0; i < a->date_count; i++) {
        for (uint32_t j = 0; j < b->date_count; j++) {
            int level = compare_dates(a->dates[i].date, b->dates[j].date);

            if (best < 0 || comparison->levels[level].weight > comparison->levels[best].weight ||
                (comparison->levels[level].weight == comparison->levels[best].weight && level < best)) {
                best = level;
                best_a = &a->dates[i];
                best_b = &b->dates[j];
            }
        }
    }
    *ret_level = best;
    return best >= 0 ? xf_score_level(trace, comparison, best, best_a->value, best_b->value) : 0;
}

static int compare_homes(const struct xf_aspect_address *a, const struct xf_aspect_address *b, const struct xf_lexicon *a_words,
                         const struct xf_lexicon *b_words)
{
    bool flats = !a->flat || !b->flat || a->flat == b->flat;
    bool house = (a->house && a->house == b->house) || (!a->house && !b->house && a->building && a->building == b->building);
    const struct xf_lexeme *x, *y;

    if (a->uprn && a->uprn == b->uprn)
        return XF_HOME_UPRN;
    if (a->postcode && b->postcode) {
        if (a->postcode == b->postcode) {
            if (house && flats)
                return XF_HOME_HOUSE;
            return (a->house && b->house && a->house != b->house) || !flats ? XF_HOME_NEIGHBOUR : XF_HOME_POSTCODE;
        }
        x = xf_lexicon_at(a_words, a->postcode);
        y = xf_lexicon_at(b_words, b->postcode);
        return x && y && x->first_sound == y->first_sound ? XF_HOME_OUTCODE : XF_HOME_DIFFERENT;
    }
    if (house && flats && a->street && a->street == b->street && a->town && a->town == b->town)
        return XF_HOME_HOUSE;
    return -1;
}

static int32_t score_homes(const struct xf_comparison *comparison, const struct xf_aspect *a, const struct xf_aspect *b,
                           struct xf_trace *trace)
{
    const struct xf_value *best_a = NULL, *best_b = NULL;
    int best = -1;

    for (uint32_t i = 0; i < a->address_count; i++) {
        for (uint32_t j = 0; j < b->address_count; j++) {
            int level = compare_homes(&a->addresses[i], &b->addresses[j], a->lexicon, b->lexicon);

            if (level >= 0 && (best < 0 || comparison->levels[level].weight > comparison->levels[best].weight)) {
                best = level;
                best_a = a->addresses[i].value;
                best_b = b->addresses[j].value;
            }
        }
    }
    return best >= 0 ? xf_score_level(trace, comparison, best, best_a, best_b) : 0;
}

/* Values in common of any scheme, those of national ones first. */
static int32_t score_ids(const struct xf_comparison *comparison, const struct xf_aspect *a, const struct xf_aspect *b,
                         int *ret_level, struct xf_trace *trace)
{
    const struct xf_value *best_a = NULL, *best_b = NULL;
    int best = XF_ID_LEVELS;

    for (uint32_t i = a->first[XF_FIELD_ID]; i < a->first[XF_FIELD_ID + 1]; i++) {
        const struct xf_value *x = &a->values[i];

        for (uint32_t j = b->first[XF_FIELD_ID]; !(x->flags & XF_VALUE_WEAK) && j < b->first[XF_FIELD_ID + 1]; j++) {
            const struct xf_value *y = &b->values[j];
            const struct xf_lexeme *scheme = xf_lexicon_at(a->lexicon, x->qualifier);
            int level = XF_ID_DIFFERENT;

            if ((y->flags & XF_VALUE_WEAK) || x->qualifier != y->qualifier)
                continue;
            if (x->symbol == y->symbol)
                level = scheme && (scheme->flags & XF_LEXEME_NATIONAL) ? XF_ID_NATIONAL : XF_ID_EQUAL;
            if (level < best) {
                best = level;
                best_a = x;
                best_b = y;
            }
        }
    }
    *ret_level = best;
    return best_a ? xf_score_level(trace, comparison, best, best_a, best_b) : 0;
}

/* Whether what two with one national number are called and when they were born speaks for two persons: the number is then somebody
 * else's by mistake, a child's on its mother's record, until a person has looked. Names alone do when their given names do; else
 * both must, or the date where no full name outweighs it. */
static bool number_is_doubtful(int name_level, int date_level)
{
    if (date_level < 0)
        return name_level == XF_NAME_FAMILY || name_level == XF_NAME_DIFFERENT;
    return date_level >= XF_BIRTH_YEAR && (name_level < 0 || name_level == XF_NAME_FAMILY_ONLY || name_level >= XF_NAME_RESEMBLING);
}

/* Holds a doubtful number's pair where a person looks, whatever the rest weighs: worth a look, and no help to its groups. */
static int32_t guard_number(const struct xf_model_kind *kind, int32_t weight, struct xf_trace *trace)
{
    int32_t held = min32(weight, kind->keep - 1);

    held = held < kind->review ? kind->review : held;
    if (trace && held != weight && trace->count < XF_TRACE_MAX)
        trace->items[trace->count++] =
            (struct xf_trace_item){.comparison = "id", .level = "names_and_dates_differ", .weight = held - weight};
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
    } else if (date_level == XF_BIRTH_YEAR || date_level == XF_BIRTH_NEAR || date_level == XF_BIRTH_DIFFERENT ||
               date_level == XF_BIRTH_GENERATION) {
        allowed = (int32_t)((int64_t)household * model->household / 1000);
        level = "birth_dates_differ";
    }
    if (trace && allowed != household && trace->count < XF_TRACE_MAX)
        trace->items[trace->count++] =
            (struct xf_trace_item){.comparison = "household", .level = level, .weight = allowed - household};
    return allowed;
}

int32_t xf_score_person(const struct xf_model *model, const struct xf_aspect *a, const struct xf_aspect *b, int32_t so_far,
                        int32_t floor, struct xf_trace *trace)
{
    static const struct {
        int comparison;
        enum xf_field field;
    } shared[] = {{XF_PERSON_PHONE, XF_FIELD_PHONE}, {XF_PERSON_EMAIL, XF_FIELD_EMAIL}, {XF_PERSON_ACCOUNT, XF_FIELD_ACCOUNT}};
    const struct xf_comparison *comparisons = model->kinds[XF_PERSON].comparisons;
    int name_level, date_level, id_level;
    int32_t weight = so_far, household = 0, home, part;

    weight += score_dates(&comparisons[XF_PERSON_BIRTH_DATE], a, b, &date_level, trace);
    weight += xf_score_set(&comparisons[XF_PERSON_SEX], XF_FIELD_SEX, a, b, trace);
    part = score_ids(&comparisons[XF_PERSON_ID], a, b, &id_level, trace);
    *(id_level == XF_ID_EQUAL ? &household : &weight) += part; /* a case number is often a family's */
    home = score_homes(&comparisons[XF_PERSON_ADDRESS], a, b, trace);
    household += home > 0 ? home : 0;
    weight += home < 0 ? home : 0;
    for (size_t i = 0; i < sizeof(shared) / sizeof(*shared); i++) {
        part = xf_score_set(&comparisons[shared[i].comparison], shared[i].field, a, b, trace);
        household += part > 0 ? part : 0;
        weight += part < 0 ? part : 0;
    }
    if (id_level != XF_ID_NATIONAL &&
        weight + household + model->name_max < floor) /* names cost the most and cannot help any more */
        return weight + household + model->name_max;
    weight += score_names(&comparisons[XF_PERSON_NAME], a, b, &name_level, trace);
    weight += guard_household(model, home, household, name_level, date_level, trace);
    if (id_level == XF_ID_NATIONAL && number_is_doubtful(name_level, date_level))
        return guard_number(&model->kinds[XF_PERSON], weight, trace);
    return weight;
}
