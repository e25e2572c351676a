/* SPDX-License-Identifier: Apache-2.0 */
/* What is left of two addresses when number, unit and street are compared: building, locality, town, county, as bags of words.
 * Called by score_location.c, last. It makes the order among the addresses of one street total: 74 High Street is rather the 74
 * High Street than Natural Nails, 74 High Street. A word's worth is what it tells: one of the vocabulary of addresses (house, the,
 * north) little, one of the locality half as much as one of a building's name, since towns and counties are added and left out at
 * will. Invariant: symmetric; the words of the side whose hashes add up to less are matched first. */
#include <string.h>

#include "address_compare.h"
#include "address_words.h"
#include "score.h"
#include "words.h"

#define WORDS_MAX 32   /* further ones are not compared */
#define SIMILAR 900    /* Jaro–Winkler, thousandths */
#define SIMILAR_FROM 4 /* letters: shorter words must be equal */
#define APART 12       /* worth of a word that makes another place */
#define ORDINARY 6
#define STEADY 16 /* worth of two ordinary words: with so much beside it, a lone word left out counts half */

struct bag {
    struct word {
        const char *text;
        uint64_t hash;
        uint8_t length, worth;
        bool matched;
    } words[WORDS_MAX];
    uint32_t count, building; /* the first ones are the building's */
    uint64_t sum;
};

static bool is_filling_word(const char *text, size_t length)
{
    return (length == 3 && (memcmp(text, "the", 3) == 0 || memcmp(text, "and", 3) == 0)) ||
           (length == 2 && (memcmp(text, "of", 2) == 0 || memcmp(text, "at", 2) == 0 || memcmp(text, "in", 2) == 0));
}

/* Words that make another place of the same address: the land behind it, the annexe beside it. Sorted. */
static bool is_apart_word(const char *word)
{
    static const char *const table[] = {
        "adjacent", "adjoining", "annexe",   "behind",      "beside", "between",
        "hut",      "land",      "opposite", "outbuilding", "rear",   "substation",
    };

    return xf_words_in(table, sizeof(table) / sizeof(table[0]), word);
}

static uint8_t worth_of(const char *text, size_t length)
{
    char word[32];

    if (is_filling_word(text, length))
        return 0;
    if (length >= sizeof(word))
        return 8;
    memcpy(word, text, length);
    word[length] = '\0';
    if (is_apart_word(word))
        return APART;
    return xf_address_word_find(word) ? 2 : length < 7 ? 6 : 8;
}

/* Words worth nothing of their own (share 0) are there for the other side's to be found among. */
static void put(struct bag *bag, const struct xf_intern *symbols, uint32_t symbol, unsigned halves)
{
    const char *text = symbol ? xf_intern_text(symbols, symbol) : "";

    while (*text && bag->count < WORDS_MAX) {
        size_t length = strcspn(text, " ");
        struct word *word = &bag->words[bag->count++];

        *word = (struct word){.text = text,
                              .hash = xf_text_hash(text, length),
                              .length = (uint8_t)(length < UINT8_MAX ? length : UINT8_MAX),
                              .worth = (uint8_t)(halves ? worth_of(text, length) * halves / 2 : 0)};
        bag->sum += word->hash;
        text += length + (text[length] == ' ');
    }
}

static void fill(struct bag *bag, const struct xf_aspect *aspect, const struct xf_aspect_address *address, bool street)
{
    const struct xf_intern *symbols = aspect->lexicon->symbols;

    bag->count = 0;
    bag->sum = 0;
    put(bag, symbols, address->building, 2);
    bag->building = bag->count;
    put(bag, symbols, address->town, 1);
    put(bag, symbols, address->street, street ? 2 : 0);
    for (uint32_t i = aspect->first[XF_FIELD_NAME]; i < aspect->first[XF_FIELD_NAME + 1]; i++)
        put(bag, symbols, aspect->values[i].symbol, 0);
}

static bool alike(const struct word *a, const struct word *b)
{
    return a->length >= SIMILAR_FROM && b->length >= SIMILAR_FROM &&
           xf_score_similarity(a->text, a->length, b->text, b->length) >= SIMILAR;
}

/* Gives each word of one side its partner among the other's. A word that comes twice on one side (Sudbury, Sudbury) is found in
 * one. */
static void match(struct bag *a, struct bag *b)
{
    for (uint32_t i = 0; i < a->count; i++)
        for (uint32_t j = 0; j < b->count; j++)
            if (a->words[i].hash == b->words[j].hash)
                a->words[i].matched = b->words[j].matched = true;
    for (uint32_t i = 0; i < a->count; i++)
        for (uint32_t j = 0; j < b->count && !a->words[i].matched; j++)
            if (!b->words[j].matched && alike(&a->words[i], &b->words[j]))
                a->words[i].matched = b->words[j].matched = true;
}

static int32_t add(const struct bag *bag, bool matched)
{
    int32_t worth = 0;

    for (uint32_t i = 0; i < bag->count; i++)
        if (bag->words[i].matched == matched)
            worth += bag->words[i].worth;
    return worth;
}

static bool has_apart_word(const struct bag *bag)
{
    for (uint32_t i = 0; i < bag->building; i++)
        if (bag->words[i].worth == APART && !bag->words[i].matched)
            return true;
    return false;
}

/* The worth of the building's words, in common or not; those that are no words of every building's. */
static int32_t add_building(const struct bag *bag, bool matched)
{
    int32_t worth = 0;

    for (uint32_t i = 0; i < bag->building; i++)
        if (bag->words[i].matched == matched && (matched || bag->words[i].worth >= ORDINARY))
            worth += bag->words[i].worth;
    return worth;
}

/* Burger King, Interchange Retail Park; KFC, Interchange Retail Park. */
static bool are_parts(const struct bag *a, const struct bag *b)
{
    return has_apart_word(a) || has_apart_word(b) ||
           (add_building(a, true) > ORDINARY && add_building(a, false) && add_building(b, false));
}

struct xf_overlap xf_overlap_compare(const struct xf_aspect *a, const struct xf_aspect_address *a_address,
                                     const struct xf_aspect *b, const struct xf_aspect_address *b_address, bool street)
{
    struct bag x, y;
    int32_t common, left, right, total;

    fill(&x, a, a_address, street);
    fill(&y, b, b_address, street);
    if (x.sum <= y.sum)
        match(&x, &y);
    else
        match(&y, &x);
    common = add(&x, true) + add(&y, true);
    left = add(&x, false);
    right = add(&y, false);
    total = common + left + right + STEADY;
    return (struct xf_overlap){
        .agreeing = common * 1000 / total,
        .left_out = (left > right ? left - right : right - left) * 1000 / total,
        .differing = (left < right ? left : right) * 2000 / total,
        .parts = are_parts(&x, &y),
    };
}
