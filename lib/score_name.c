/* SPDX-License-Identifier: Apache-2.0 */
/* Two persons' names: given and family name each, and what the two tell together; the best over all names of both. Called by
 * score_person.c. A pair of whole names goes before one of initials or of halves, whatever it weighs: what is fully told on both
 * sides is not to be outdone by less. Invariant: symmetric, so every "best" is decided by weight and then by level. */
#include <string.h>

#include "score.h"

static enum xf_part_level by_spelling(const struct xf_lexeme *a, const struct xf_lexeme *b, bool same_sound)
{
    int similarity = xf_score_similarity(a->text, a->length, b->text, b->length);

    if (same_sound && similarity >= XF_NAME_FAINT)
        return XF_PART_EQUIVALENT;
    if (similarity >= XF_NAME_CLOSE)
        return XF_PART_SIMILAR;
    return similarity >= XF_NAME_FAINT ? XF_PART_RESEMBLING : XF_PART_DIFFERENT;
}

/* Both of several words and the first alike: mary ann and mary jane, mohammed hassan and mohammed hussain are different persons'
 * names. */
static enum xf_part_level relate_rest(const struct xf_lexeme *a, const struct xf_lexeme *b)
{
    const char *x = (const char *)memchr(a->text, ' ', a->length) + 1, *y = (const char *)memchr(b->text, ' ', b->length) + 1;
    size_t x_length = a->length - (size_t)(x - a->text), y_length = b->length - (size_t)(y - b->text);

    if (a->last_canonical == b->last_canonical || xf_score_similarity(x, x_length, y, y_length) >= XF_NAME_CLOSE)
        return XF_PART_EQUIVALENT;
    return XF_PART_RESEMBLING;
}

static enum xf_part_level relate_given(const struct xf_lexeme *a, const struct xf_lexeme *b)
{
    bool a_words = a->flags & XF_LEXEME_WORDS, b_words = b->flags & XF_LEXEME_WORDS;

    if (a->symbol == b->symbol)
        return XF_PART_EXACT;
    if (a->length == 1 || b->length == 1)
        return a->text[0] == b->text[0] ? XF_PART_INITIAL : XF_PART_DIFFERENT;
    if (a->first_canonical == b->first_canonical)
        return a_words && b_words ? relate_rest(a, b) : XF_PART_EQUIVALENT;
    if (a_words != b_words && a->last_canonical == b->last_canonical) /* mohammed hassan, called hassan */
        return XF_PART_SIMILAR;
    if ((a->flags & b->flags) & XF_LEXEME_GIVEN_LISTED) /* hassan and hussain sound alike and are two brothers */
        return XF_PART_DIFFERENT;
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

static enum xf_part_level relate_family(const struct xf_lexeme *a, const struct xf_lexeme *b)
{
    bool a_words = a->flags & XF_LEXEME_WORDS, b_words = b->flags & XF_LEXEME_WORDS;

    if (a->symbol == b->symbol)
        return XF_PART_EXACT;
    if (a->length == 1 || b->length == 1)
        return a->text[0] == b->text[0] ? XF_PART_INITIAL : XF_PART_DIFFERENT;
    if (a_words != b_words && has_word(a_words ? a : b, a_words ? b : a)) /* smith jones, called jones */
        return XF_PART_SIMILAR;
    if ((a->flags & b->flags) & XF_LEXEME_FAMILY_LISTED)
        return XF_PART_DIFFERENT;
    return by_spelling(a, b, a->last_sound == b->last_sound);
}

/* given, family: -1 where one side does not say. */
static int level_together(int given, int family)
{
    if (family < 0)
        return given <= XF_PART_SIMILAR ? XF_NAME_GIVEN_ONLY : given == XF_PART_DIFFERENT ? XF_NAME_DIFFERENT : -1;
    if (given < 0)
        return family <= XF_PART_SIMILAR ? XF_NAME_FAMILY_ONLY : family == XF_PART_DIFFERENT ? XF_NAME_DIFFERENT : -1;
    if (given == XF_PART_EXACT && family == XF_PART_EXACT)
        return XF_NAME_EXACT;
    if (given <= XF_PART_EQUIVALENT && family <= XF_PART_EQUIVALENT)
        return XF_NAME_EQUIVALENT;
    if (given <= XF_PART_SIMILAR && family <= XF_PART_SIMILAR)
        return XF_NAME_SIMILAR;
    if (given == XF_PART_INITIAL && family <= XF_PART_EQUIVALENT)
        return XF_NAME_INITIAL;
    if (given <= XF_PART_RESEMBLING && family <= XF_PART_RESEMBLING)
        return XF_NAME_RESEMBLING;
    if (family <= XF_PART_SIMILAR)
        return XF_NAME_FAMILY;
    return given <= XF_PART_EQUIVALENT ? XF_NAME_GIVEN : XF_NAME_DIFFERENT;
}

static int32_t min32(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

/* What a level adds for the rarity of the name, as far as the names together let it count (thousandths). */
static int32_t rarity_of(const struct xf_level *level, int32_t rarity, int32_t counts)
{
    return (int32_t)((int64_t)level->frequency * counts / 1000 * (rarity - level->usual) / 1000);
}

/* One name against one name. */
static void compare(const struct xf_model *model, const struct xf_aspect_name *a, const struct xf_aspect_name *b,
                    struct xf_name_result *ret)
{
    const struct xf_comparison *comparisons = model->kinds[XF_PERSON].comparisons;
    const struct xf_level *given_levels = comparisons[XF_PERSON_GIVEN].levels,
                          *family_levels = comparisons[XF_PERSON_FAMILY].levels, *levels = comparisons[XF_PERSON_NAME].levels;
    bool given = a->given && b->given, family = a->family && b->family;
    int32_t given_rarity = given ? min32(a->given->given_rarity, b->given->given_rarity) : 0;
    int32_t family_rarity = family ? min32(a->family->family_rarity, b->family->family_rarity) : 0;
    int32_t counts = 0;

    ret->given = given ? (int)relate_given(a->given, b->given) : -1;
    ret->family = family ? (int)relate_family(a->family, b->family) : -1;
    ret->level = given || family ? level_together(ret->given, ret->family) : -1;
    ret->rank =
        (given && a->given->length > 1 && b->given->length > 1) + (family && a->family->length > 1 && b->family->length > 1);
    ret->given_weight = ret->family_weight = ret->weight = 0;
    if (given && family && ret->level != XF_NAME_EXACT && a->given->hash == b->family->hash && a->family->hash == b->given->hash) {
        ret->given = ret->family = -1;
        ret->level = XF_NAME_SWAPPED;
        ret->weight = rarity_of(given_levels, given_rarity, levels[XF_NAME_SWAPPED].frequency) +
                      rarity_of(family_levels, family_rarity, levels[XF_NAME_SWAPPED].frequency);
    }
    if (ret->level >= 0) {
        ret->weight += levels[ret->level].weight;
        counts = levels[ret->level].frequency;
    }
    if (ret->given >= 0)
        ret->given_weight = given_levels[ret->given].weight + rarity_of(&given_levels[ret->given], given_rarity, counts);
    if (ret->family >= 0)
        ret->family_weight = family_levels[ret->family].weight + rarity_of(&family_levels[ret->family], family_rarity, counts);
    if (ret->level >= 0) /* what the names together may not exceed is taken from what they tell together */
        ret->weight = min32(ret->weight, levels[ret->level].max - ret->given_weight - ret->family_weight);
    ret->a = a;
    ret->b = b;
}

static int32_t total_of(const struct xf_name_result *result)
{
    return result->given_weight + result->family_weight + result->weight;
}

static bool better(const struct xf_name_result *a, const struct xf_name_result *b)
{
    if (a->rank != b->rank)
        return a->rank > b->rank;
    if (total_of(a) != total_of(b))
        return total_of(a) > total_of(b);
    return a->level < b->level;
}

static void note(const struct xf_model *model, const struct xf_name_result *best, int32_t chance, struct xf_trace *trace)
{
    const struct xf_comparison *comparisons = model->kinds[XF_PERSON].comparisons;

    if (best->given >= 0)
        xf_trace_level(trace, comparisons, XF_PERSON_GIVEN, best->given, best->given_weight, best->a->given_value,
                       best->b->given_value);
    if (best->family >= 0)
        xf_trace_level(trace, comparisons, XF_PERSON_FAMILY, best->family, best->family_weight, best->a->family_value,
                       best->b->family_value);
    if (best->level >= 0)
        xf_trace_level(trace, comparisons, XF_PERSON_NAME, best->level, best->weight, best->a->value, best->b->value);
    if (chance)
        xf_trace_note(trace, "name", "one_of_several", -chance);
}

int32_t xf_score_names(const struct xf_model *model, const struct xf_aspect *a, const struct xf_aspect *b, int *ret_level,
                       struct xf_trace *trace)
{
    struct xf_name_result best = {.rank = -1, .level = -1, .given = -1, .family = -1};
    int32_t chance, total;
    uint32_t pairs = 0;

    for (uint32_t i = 0; i < a->name_count; i++) {
        for (uint32_t j = 0; j < b->name_count; j++) {
            struct xf_name_result result;

            compare(model, &a->names[i], &b->names[j], &result);
            if (result.given < 0 && result.family < 0 && result.level < 0)
                continue;
            if (result.rank > best.rank)
                pairs = 0;
            pairs += result.rank >= best.rank;
            if (best.rank < 0 || better(&result, &best))
                best = result;
        }
    }
    *ret_level = best.level;
    if (best.rank < 0)
        return 0;
    total = total_of(&best);
    chance = xf_score_chance(&model->kinds[XF_PERSON], total, pairs);
    if (trace)
        note(model, &best, chance, trace);
    return total - chance;
}
