/* SPDX-License-Identifier: Apache-2.0 */
/* Blocking keys, those of places and vehicles made in block_thing.c. pair.c asks for those of a profile, inquiry.c for those of a
 * question. Invariant: a key is a function of texts and the model alone; two different ones of a sort are one key once in 10^13, which makes two
 * profiles meet that need not, everywhere alike. */
#include "block.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "crossflag/linker.h"
#include "crossflag/normalise.h"

enum sort {
    KEY_ID = 1,
    KEY_DATE_POSTCODE,
    KEY_DATE_GIVEN,
    KEY_DATE_FAMILY, /* day and month in ascending order where they can be exchanged: the swapped date meets its twin */
    KEY_NAMES,       /* given and family in ascending order, for the same reason */
    KEY_NAMES_OUTCODE,
    KEY_PHONE,
    KEY_EMAIL,
    KEY_ACCOUNT,
    /* Of little by itself: pairs meet there while few have it */
    KEY_DATE,
    KEY_POSTCODE,
    KEY_POSTCODE_NAME,
    KEY_YEAR_NAME_OUTCODE,
    KEY_ATTRIBUTE_NAME,
    KEY_ATTRIBUTE_DATE,
    KEY_RARE_WORD,
    KEY_CONTENT, /* of what has no other key */
};

static_assert((int)KEY_CONTENT < (int)XF_KEY_PLACE && XF_KEY_VEHICLE_ID < 1 << XF_INDEX_SORT_BITS,
              "a key's upper bits tell its sort");

#define SORT_SHIFT (XF_INDEX_KEY_BITS - XF_INDEX_SORT_BITS)

static uint64_t make_key(uint32_t sort, uint64_t hash)
{
    return hash >> (64 - SORT_SHIFT) | (uint64_t)sort << SORT_SHIFT;
}

void xf_keys_put(struct xf_keys *keys, uint32_t sort, uint64_t a, uint64_t b, uint64_t c)
{
    const uint64_t parts[3] = {a, b, c};
    uint64_t key = make_key(sort, XXH3_64bits(parts, sizeof(parts)));

    for (uint32_t i = 0; i < keys->count; i++)
        if (keys->items[i] == key)
            return;
    if (keys->count < XF_KEYS_MAX)
        keys->items[keys->count++] = key;
}

static void put(struct xf_keys *keys, enum sort sort, uint64_t a, uint64_t b, uint64_t c)
{
    xf_keys_put(keys, sort, a, b, c);
}

/* How much a key tells. */
enum strength {
    HARD, /* it names one: whoever has it is likely the same */
    PLAIN,
    NARROW, /* beyond its budget nobody meets under it */
};

static int kind_of(uint64_t key, enum strength *ret_strength)
{
    uint64_t sort = key >> SORT_SHIFT;

    *ret_strength = sort == XF_KEY_PLACE_ID || sort == XF_KEY_VEHICLE_ID ? HARD : PLAIN;
    if (sort == XF_KEY_PLACE || sort == XF_KEY_PLACE_ID)
        return XF_LOCATION;
    if (sort == XF_KEY_VEHICLE || sort == XF_KEY_VEHICLE_ID)
        return XF_VEHICLE;
    switch ((enum sort)sort) {
    case KEY_ID:
        *ret_strength = HARD;
        break;
    case KEY_DATE_POSTCODE:
    case KEY_DATE_GIVEN:
    case KEY_DATE_FAMILY:
    case KEY_NAMES:
    case KEY_NAMES_OUTCODE:
    case KEY_PHONE:
    case KEY_EMAIL:
    case KEY_ACCOUNT:
    case KEY_CONTENT:
        break;
    case KEY_DATE:
    case KEY_POSTCODE:
    case KEY_POSTCODE_NAME:
    case KEY_YEAR_NAME_OUTCODE:
    case KEY_ATTRIBUTE_NAME:
    case KEY_ATTRIBUTE_DATE:
    case KEY_RARE_WORD:
        *ret_strength = NARROW;
        break;
    }
    return XF_PERSON;
}

uint32_t xf_key_sort(uint64_t key)
{
    return (uint32_t)(key >> SORT_SHIFT);
}

bool xf_key_sort_is_narrow(uint32_t sort)
{
    enum strength strength;

    kind_of((uint64_t)sort << SORT_SHIFT, &strength);
    return strength == NARROW;
}

uint32_t xf_key_comparisons(uint32_t sort)
{
    const uint32_t given = 1 << XF_PERSON_GIVEN, family = 1 << XF_PERSON_FAMILY, names = given | family | 1 << XF_PERSON_NAME;
    const uint32_t date = 1 << XF_PERSON_BIRTH_DATE, address = 1 << XF_PERSON_ADDRESS;

    switch ((enum sort)sort) {
    case KEY_ID:
        return 1 << XF_PERSON_ID;
    case KEY_DATE_POSTCODE:
        return date | address;
    case KEY_DATE_GIVEN:
        return date | given;
    case KEY_DATE_FAMILY:
        return date | family;
    case KEY_NAMES:
        return names;
    case KEY_NAMES_OUTCODE:
        return names | address;
    case KEY_PHONE:
        return 1 << XF_PERSON_PHONE;
    case KEY_EMAIL:
        return 1 << XF_PERSON_EMAIL;
    case KEY_ACCOUNT:
        return 1 << XF_PERSON_ACCOUNT;
    case KEY_DATE:
        return date;
    case KEY_POSTCODE:
        return address;
    case KEY_POSTCODE_NAME:
        return names | address;
    case KEY_YEAR_NAME_OUTCODE:
        return date | names | address;
    case KEY_ATTRIBUTE_NAME:
        return names | XF_KEY_ATTRIBUTES;
    case KEY_ATTRIBUTE_DATE:
        return date | XF_KEY_ATTRIBUTES;
    case KEY_RARE_WORD:
        return names;
    case KEY_CONTENT:
        return (XF_KEY_ATTRIBUTES - 1) | XF_KEY_ATTRIBUTES; /* it is all that they say */
    }
    return 0;
}

uint32_t xf_key_budget(const struct xf_model *model, uint64_t key)
{
    enum strength strength;
    const struct xf_model_kind *kind = &model->kinds[kind_of(key, &strength)];

    return strength == HARD ? kind->hard_budget : strength == NARROW ? kind->narrow_budget : kind->budget;
}

uint32_t xf_key_window(const struct xf_model *model, uint64_t key)
{
    enum strength strength;
    int kind = kind_of(key, &strength);

    return strength == NARROW ? 0 : model->kinds[kind].window;
}

static uint64_t text_of(const struct xf_aspect *aspect, uint32_t symbol)
{
    const struct xf_intern *symbols = aspect->lexicon->symbols;

    return symbol ? xf_text_hash(xf_intern_text(symbols, symbol), xf_intern_length(symbols, symbol)) : 0;
}

/* All values of a field, one key each. */
static void put_values(struct xf_keys *keys, const struct xf_aspect *aspect, enum xf_field field, enum sort sort)
{
    for (uint32_t i = aspect->first[field]; i < aspect->first[field + 1]; i++)
        if (!(aspect->values[i].flags & XF_VALUE_WEAK))
            put(keys, sort, text_of(aspect, aspect->values[i].qualifier), text_of(aspect, aspect->values[i].symbol), 0);
}

static uint64_t unordered_date(xf_date date)
{
    uint32_t month = date / 100 % 100, day = date % 100;

    return day <= 12 && day < month ? date / 10000 * 10000 + day * 100 + month : date;
}

/* The keys of a name with a date, a postcode or an attribute beside it. */
static void put_part(struct xf_keys *keys, const struct xf_aspect *aspect, uint64_t sound, bool family)
{
    for (uint32_t i = 0; i < aspect->date_count; i++) {
        xf_date date = aspect->dates[i].date;

        if (date % 100)
            put(keys, family ? KEY_DATE_FAMILY : KEY_DATE_GIVEN, family ? unordered_date(date) : date, sound, 0);
    }
    for (uint32_t i = aspect->first[XF_FIELD_POSTCODE]; i < aspect->first[XF_FIELD_POSTCODE + 1]; i++) {
        const struct xf_lexeme *postcode = xf_lexicon_at(aspect->lexicon, aspect->values[i].symbol);

        put(keys, KEY_POSTCODE_NAME, text_of(aspect, aspect->values[i].symbol), sound, 0);
        for (uint32_t j = 0; postcode && j < aspect->date_count; j++)
            put(keys, KEY_YEAR_NAME_OUTCODE, aspect->dates[j].date / 10000, sound, postcode->first_sound);
    }
    for (uint32_t i = aspect->first[XF_FIELD_ATTRIBUTE]; i < aspect->first[XF_FIELD_ATTRIBUTE + 1]; i++)
        put(keys, KEY_ATTRIBUTE_NAME, text_of(aspect, aspect->values[i].qualifier), text_of(aspect, aspect->values[i].symbol),
            sound);
}

/* A name that the model does not list as common, whatever part it is told as. */
static void put_rare(struct xf_keys *keys, const struct xf_lexeme *name)
{
    if (name && name->length > 2 && !(name->flags & (XF_LEXEME_GIVEN_LISTED | XF_LEXEME_FAMILY_LISTED)))
        put(keys, KEY_RARE_WORD, name->hash, 0, 0);
}

static void put_names(struct xf_keys *keys, const struct xf_aspect *aspect, const struct xf_aspect_name *name)
{
    uint64_t low, high;

    if (name->given)
        put_part(keys, aspect, name->given->first_sound, false);
    if (name->family)
        put_part(keys, aspect, name->family->last_sound, true);
    put_rare(keys, name->given);
    put_rare(keys, name->family);
    if (!name->given || !name->family)
        return;
    low = name->given->first_sound;
    high = name->family->last_sound;
    if (low > high) {
        low = high;
        high = name->given->first_sound;
    }
    put(keys, KEY_NAMES, low, high, 0);
    for (uint32_t i = aspect->first[XF_FIELD_POSTCODE]; i < aspect->first[XF_FIELD_POSTCODE + 1]; i++) {
        const struct xf_lexeme *postcode = xf_lexicon_at(aspect->lexicon, aspect->values[i].symbol);

        if (postcode)
            put(keys, KEY_NAMES_OUTCODE, low, high, postcode->first_sound);
    }
}

static void put_dates(struct xf_keys *keys, const struct xf_aspect *aspect)
{
    for (uint32_t i = 0; i < aspect->date_count; i++) {
        xf_date date = aspect->dates[i].date;

        if (!(date % 100))
            continue;
        put(keys, KEY_DATE, date, 0, 0);
        for (uint32_t j = aspect->first[XF_FIELD_POSTCODE]; j < aspect->first[XF_FIELD_POSTCODE + 1]; j++)
            put(keys, KEY_DATE_POSTCODE, date, text_of(aspect, aspect->values[j].symbol), 0);
        for (uint32_t j = aspect->first[XF_FIELD_ATTRIBUTE]; j < aspect->first[XF_FIELD_ATTRIBUTE + 1]; j++)
            put(keys, KEY_ATTRIBUTE_DATE, text_of(aspect, aspect->values[j].qualifier), text_of(aspect, aspect->values[j].symbol),
                date);
    }
}

static void put_person(struct xf_keys *keys, const struct xf_aspect *aspect)
{
    put_values(keys, aspect, XF_FIELD_ID, KEY_ID);
    put_values(keys, aspect, XF_FIELD_PHONE, KEY_PHONE);
    put_values(keys, aspect, XF_FIELD_EMAIL, KEY_EMAIL);
    put_values(keys, aspect, XF_FIELD_ACCOUNT, KEY_ACCOUNT);
    put_dates(keys, aspect);
    for (uint32_t i = 0; i < aspect->name_count; i++)
        put_names(keys, aspect, &aspect->names[i]);
    put_values(keys, aspect, XF_FIELD_POSTCODE, KEY_POSTCODE);
}

static int compare_keys(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

void xf_keys_of(const struct xf_aspect *aspect, struct xf_keys *ret)
{
    ret->count = 0;
    switch ((enum xf_mention_kind)aspect->kind) {
    case XF_PERSON:
        put_person(ret, aspect);
        break;
    case XF_LOCATION:
        xf_keys_location(ret, aspect);
        break;
    case XF_VEHICLE:
        xf_keys_vehicle(ret, aspect);
        break;
    case XF_MENTION_KINDS:
        break;
    }
    if (ret->count > 1)
        qsort(ret->items, ret->count, sizeof(*ret->items), compare_keys);
}

bool xf_key_is_narrow(uint64_t key)
{
    return xf_key_sort_is_narrow(xf_key_sort(key));
}

uint64_t xf_key_of_content(uint64_t hash)
{
    return make_key(KEY_CONTENT, hash);
}
