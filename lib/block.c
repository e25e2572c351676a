/* SPDX-License-Identifier: Apache-2.0 */
/* Blocking keys. pair.c asks for those of a profile, inquiry.c for those of a question. Invariant: a key is a function of texts
 * alone; two different ones of a sort are one key once in 10^13, which makes two profiles meet that need not, everywhere alike. */
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
    KEY_UPRN,
    KEY_POSTCODE_HOUSE,
    KEY_POSTCODE_PREMISES,
    KEY_STREET_HOUSE_TOWN,
    KEY_POSTCODE_STREET,
    KEY_PREMISES_CELL,
    KEY_PLATE,
    KEY_VIN,
    KEY_LICENCE,
    KEY_CONTENT, /* of what has no other key */
};

static_assert(KEY_CONTENT < 1 << XF_INDEX_SORT_BITS, "a key's upper bits tell its sort");

#define SORT_SHIFT (XF_INDEX_KEY_BITS - XF_INDEX_SORT_BITS)

static uint64_t make_key(enum sort sort, uint64_t hash)
{
    return hash >> (64 - SORT_SHIFT) | (uint64_t)sort << SORT_SHIFT;
}

static void put(struct xf_keys *keys, enum sort sort, uint64_t a, uint64_t b, uint64_t c)
{
    const uint64_t parts[3] = {a, b, c};
    uint64_t key = make_key(sort, XXH3_64bits(parts, sizeof(parts)));

    for (uint32_t i = 0; i < keys->count; i++)
        if (keys->items[i] == key)
            return;
    if (keys->count < XF_KEYS_MAX)
        keys->items[keys->count++] = key;
}

/* The kind that a key is of; *ret_hard: it names one, so that whoever has it is likely the same. */
static int kind_of(uint64_t key, bool *ret_hard)
{
    *ret_hard = false;
    switch ((enum sort)(key >> SORT_SHIFT)) {
    case KEY_ID:
        *ret_hard = true;
        return XF_PERSON;
    case KEY_UPRN:
        *ret_hard = true;
        return XF_LOCATION;
    case KEY_PLATE:
    case KEY_VIN:
        *ret_hard = true;
        return XF_VEHICLE;
    case KEY_LICENCE:
        return XF_VEHICLE;
    case KEY_POSTCODE_HOUSE:
    case KEY_POSTCODE_PREMISES:
    case KEY_STREET_HOUSE_TOWN:
    case KEY_POSTCODE_STREET:
    case KEY_PREMISES_CELL:
        return XF_LOCATION;
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
    }
    return XF_PERSON;
}

uint32_t xf_key_budget(const struct xf_model *model, uint64_t key)
{
    bool hard;
    int kind = kind_of(key, &hard);

    return hard ? model->kinds[kind].hard_budget : model->kinds[kind].budget;
}

uint32_t xf_key_window(const struct xf_model *model, uint64_t key)
{
    bool hard;

    return model->kinds[kind_of(key, &hard)].window;
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

static void put_person(struct xf_keys *keys, const struct xf_aspect *aspect)
{
    put_values(keys, aspect, XF_FIELD_ID, KEY_ID);
    for (uint32_t i = 0; i < aspect->date_count; i++) {
        xf_date date = aspect->dates[i].date;

        if (!(date % 100))
            continue;
        for (uint32_t j = aspect->first[XF_FIELD_POSTCODE]; j < aspect->first[XF_FIELD_POSTCODE + 1]; j++)
            put(keys, KEY_DATE_POSTCODE, date, text_of(aspect, aspect->values[j].symbol), 0);
        for (uint32_t j = 0; j < aspect->name_count; j++) {
            if (aspect->names[j].given)
                put(keys, KEY_DATE_GIVEN, date, aspect->names[j].given->first_sound, 0);
            if (aspect->names[j].family)
                put(keys, KEY_DATE_FAMILY, unordered_date(date), aspect->names[j].family->last_sound, 0);
        }
    }
    put_values(keys, aspect, XF_FIELD_PHONE, KEY_PHONE);
    put_values(keys, aspect, XF_FIELD_EMAIL, KEY_EMAIL);
    put_values(keys, aspect, XF_FIELD_ACCOUNT, KEY_ACCOUNT);
    for (uint32_t i = 0; i < aspect->name_count; i++) {
        const struct xf_lexeme *given = aspect->names[i].given, *family = aspect->names[i].family;
        uint64_t low, high;

        if (!given || !family)
            continue;
        low = given->first_sound < family->last_sound ? given->first_sound : family->last_sound;
        high = given->first_sound < family->last_sound ? family->last_sound : given->first_sound;
        put(keys, KEY_NAMES, low, high, 0);
        for (uint32_t j = aspect->first[XF_FIELD_POSTCODE]; j < aspect->first[XF_FIELD_POSTCODE + 1]; j++) {
            const struct xf_lexeme *postcode = xf_lexicon_at(aspect->lexicon, aspect->values[j].symbol);

            if (postcode)
                put(keys, KEY_NAMES_OUTCODE, low, high, postcode->first_sound);
        }
    }
}

/* A premises' name and the square of a hundredth of a degree that it stands in, and those that it stands 1/600 of a degree or less
 * away from. */
static void put_cells(struct xf_keys *keys, const struct xf_aspect *aspect, uint64_t name)
{
    const uint8_t *first = aspect->first;
    int64_t lat, lon;

    if (first[XF_FIELD_LAT] == first[XF_FIELD_LAT + 1] || first[XF_FIELD_LON] == first[XF_FIELD_LON + 1])
        return;
    lat = (int64_t)(int32_t)aspect->values[first[XF_FIELD_LAT]].symbol + 1800000000;
    lon = (int64_t)(int32_t)aspect->values[first[XF_FIELD_LON]].symbol + 1800000000;
    for (int i = -1; i <= 1; i += 2)
        for (int j = -1; j <= 1; j += 2)
            put(keys, KEY_PREMISES_CELL, name, (uint64_t)((lat + i * 16667) / 100000), (uint64_t)((lon + j * 16667) / 100000));
}

static void put_location(struct xf_keys *keys, const struct xf_aspect *aspect)
{
    for (uint32_t i = 0; i < aspect->address_count; i++) {
        const struct xf_aspect_address *address = &aspect->addresses[i];
        uint64_t postcode = text_of(aspect, address->postcode), street = text_of(aspect, address->street);
        uint32_t number = address->house ? address->house : address->building;

        if (address->uprn)
            put(keys, KEY_UPRN, text_of(aspect, address->uprn), 0, 0);
        if (postcode && number)
            put(keys, KEY_POSTCODE_HOUSE, postcode, text_of(aspect, number), 0);
        if (postcode && street)
            put(keys, KEY_POSTCODE_STREET, postcode, street, 0);
        if (street && number && address->town)
            put(keys, KEY_STREET_HOUSE_TOWN, street, text_of(aspect, number), text_of(aspect, address->town));
    }
    for (uint32_t i = 0; i < aspect->count; i++) {
        const struct xf_value *value = &aspect->values[i];
        const struct xf_lexeme *name = xf_lexicon_at(aspect->lexicon, value->symbol);

        if ((value->field != XF_FIELD_NAME && value->field != XF_FIELD_BUILDING) || !name)
            continue;
        for (uint32_t j = aspect->first[XF_FIELD_POSTCODE]; j < aspect->first[XF_FIELD_POSTCODE + 1]; j++)
            put(keys, KEY_POSTCODE_PREMISES, name->first_sound, text_of(aspect, aspect->values[j].symbol), 0);
        put_cells(keys, aspect, name->first_sound);
    }
}

static void put_vehicle(struct xf_keys *keys, const struct xf_aspect *aspect)
{
    char folded[XF_NORMAL_TEXT];

    for (uint32_t i = aspect->first[XF_FIELD_VRM]; i < aspect->first[XF_FIELD_VRM + 1]; i++) {
        size_t length = xf_plate_fold(xf_intern_text(aspect->lexicon->symbols, aspect->values[i].symbol), folded);

        if (length)
            put(keys, KEY_PLATE, xf_text_hash(folded, length), 0, 0);
    }
    put_values(keys, aspect, XF_FIELD_VIN, KEY_VIN);
    put_values(keys, aspect, XF_FIELD_LICENCE_PLATE, KEY_LICENCE);
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
        put_location(ret, aspect);
        break;
    case XF_VEHICLE:
        put_vehicle(ret, aspect);
        break;
    case XF_MENTION_KINDS:
        break;
    }
    if (ret->count > 1)
        qsort(ret->items, ret->count, sizeof(*ret->items), compare_keys);
}

uint64_t xf_key_of_content(uint64_t hash)
{
    return make_key(KEY_CONTENT, hash);
}
