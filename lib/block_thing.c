/* SPDX-License-Identifier: Apache-2.0 */
/* The blocking keys of places and vehicles. Called by block.c. Any two that may be one must share a key that stays within its
 * budget: a postcode alone is a key, since it holds some fifteen delivery points, and finer ones stand beside it for the postcodes
 * that a hundred premises share; where the postcode is wrong or missing, street and number meet by sound. Marks meet under every
 * reading that leaves one character out, so that one misread does not matter, and parts of marks under their ends, with make and
 * colour where these are known. Invariant: keys depend on the mention's texts alone. */
#include <string.h>

#include "address_compare.h"
#include "block.h"
#include "crossflag/normalise.h"
#include "plate.h"

enum place_key {
    PLACE_UPRN,
    PLACE_POSTCODE,
    PLACE_POSTCODE_NUMBER,
    PLACE_POSTCODE_STREET,
    PLACE_POSTCODE_PREMISES,
    PLACE_STREET_NUMBER,
    PLACE_STREET_NUMBER_OUTCODE,
    PLACE_STREET_NUMBER_TOWN,
    PLACE_STREET_BUILDING_TOWN,
    PLACE_PREMISES_OUTCODE,
    PLACE_PREMISES_CELL,
};
enum vehicle_key { VEHICLE_PLATE, VEHICLE_VIN, VEHICLE_LICENCE, VEHICLE_PLATE_LESS, VEHICLE_FRONT, VEHICLE_BACK, VEHICLE_VIN_PART };

#define FRONT 4 /* characters of a mark: area and year */
#define BACK 3
#define RANGE 12 /* numbers of a range that are keys */

static void put_place(struct xf_keys *keys, enum place_key sort, uint64_t a, uint64_t b)
{
    xf_keys_put(keys, sort == PLACE_UPRN ? XF_KEY_PLACE_ID : XF_KEY_PLACE, a, b, sort);
}

static void put_vehicle(struct xf_keys *keys, enum vehicle_key sort, uint64_t a, uint64_t b)
{
    xf_keys_put(keys, sort == VEHICLE_PLATE || sort == VEHICLE_VIN ? XF_KEY_VEHICLE_ID : XF_KEY_VEHICLE, a, b, sort);
}

static const char *text_of(const struct xf_aspect *aspect, uint32_t symbol)
{
    return symbol ? xf_intern_text(aspect->lexicon->symbols, symbol) : "";
}

static uint64_t hash_of(const struct xf_aspect *aspect, uint32_t symbol)
{
    return symbol
               ? xf_text_hash(xf_intern_text(aspect->lexicon->symbols, symbol), xf_intern_length(aspect->lexicon->symbols, symbol))
               : 0;
}

/* How a text's first length bytes sound, or what they are when they have no sound. */
static uint64_t sound_of(const char *text, size_t length)
{
    char word[XF_NORMAL_TEXT], key[12];
    size_t sound;

    length = length < sizeof(word) ? length : sizeof(word) - 1;
    memcpy(word, text, length);
    word[length] = '\0';
    sound = xf_phonetic_key(word, key);
    return sound ? xf_text_hash(key, sound) : xf_text_hash(text, length);
}

/* The first word that is not "the". */
static uint64_t premises_sound(const char *name)
{
    if (strncmp(name, "the ", 4) == 0)
        name += 4;
    return sound_of(name, strcspn(name, " "));
}

/* The outcode, in a postcode of whatever form. */
static uint64_t outcode_of(const char *postcode)
{
    return xf_text_hash(postcode, strcspn(postcode, " "));
}

/* The house is looked for by both ends of its range and, within the postcode, by the numbers between: those of its side of the
 * street. */
static void put_numbers(struct xf_keys *keys, const struct xf_aspect *aspect, const struct xf_aspect_address *address)
{
    const char *street = text_of(aspect, address->street), *postcode = text_of(aspect, address->postcode);
    struct xf_house house = xf_house_read(text_of(aspect, address->house));
    uint64_t sound = *street ? sound_of(street, xf_street_base(street)) : 0;
    uint32_t step = (house.high - house.low) % 2 ? 1 : 2;

    if (*postcode)
        for (uint32_t number = house.low, i = 0; number && number <= house.high && i < RANGE; number += step, i++)
            put_place(keys, PLACE_POSTCODE_NUMBER, hash_of(aspect, address->postcode), number);
    if (!*street)
        return;
    for (uint32_t number = house.low; number;) {
        uint64_t door = sound ^ number * UINT64_C(0x9e3779b97f4a7c15);

        put_place(keys, PLACE_STREET_NUMBER, door, 0);
        if (*postcode)
            put_place(keys, PLACE_STREET_NUMBER_OUTCODE, door, outcode_of(postcode));
        if (address->town)
            put_place(keys, PLACE_STREET_NUMBER_TOWN, door, hash_of(aspect, address->town));
        number = number < house.high ? house.high : 0;
    }
}

static void put_address(struct xf_keys *keys, const struct xf_aspect *aspect, const struct xf_aspect_address *address)
{
    uint64_t postcode = hash_of(aspect, address->postcode), street = hash_of(aspect, address->street);

    if (address->uprn)
        put_place(keys, PLACE_UPRN, hash_of(aspect, address->uprn), 0);
    if (postcode)
        put_place(keys, PLACE_POSTCODE, postcode, 0);
    if (postcode && street)
        put_place(keys, PLACE_POSTCODE_STREET, postcode, street);
    put_numbers(keys, aspect, address);
    if (street && address->building && address->town)
        put_place(keys, PLACE_STREET_BUILDING_TOWN, street ^ hash_of(aspect, address->town),
                  premises_sound(text_of(aspect, address->building)));
}

/* A premises' name and the square of a hundredth of a degree that it stands in, and those that it stands 1/600 of a degree or less
 * away from. */
static void put_cells(struct xf_keys *keys, const struct xf_aspect *aspect, uint64_t name)
{
    const uint8_t *first = aspect->first;
    uint64_t lat, lon;

    if (first[XF_FIELD_LAT] == first[XF_FIELD_LAT + 1] || first[XF_FIELD_LON] == first[XF_FIELD_LON + 1])
        return;
    lat = (uint64_t)((int64_t)(int32_t)aspect->values[first[XF_FIELD_LAT]].symbol + 1800000000);
    lon = (uint64_t)((int64_t)(int32_t)aspect->values[first[XF_FIELD_LON]].symbol + 1800000000);
    for (int i = 0; i < 4; i++) {
        uint64_t row = (lat + (i & 1 ? 16667 : -16667)) / 100000, column = (lon + (i & 2 ? 16667 : -16667)) / 100000;

        put_place(keys, PLACE_PREMISES_CELL, name, row << 32 | column);
    }
}

void xf_keys_location(struct xf_keys *keys, const struct xf_aspect *aspect)
{
    for (uint32_t i = 0; i < aspect->address_count; i++)
        put_address(keys, aspect, &aspect->addresses[i]);
    for (uint32_t i = 0; i < aspect->count; i++) {
        const struct xf_value *value = &aspect->values[i];
        uint64_t name;

        if (value->field != XF_FIELD_NAME && value->field != XF_FIELD_BUILDING)
            continue;
        name = premises_sound(text_of(aspect, value->symbol));
        for (uint32_t j = aspect->first[XF_FIELD_POSTCODE]; j < aspect->first[XF_FIELD_POSTCODE + 1]; j++) {
            put_place(keys, PLACE_POSTCODE_PREMISES, name, hash_of(aspect, aspect->values[j].symbol));
            put_place(keys, PLACE_PREMISES_OUTCODE, name, outcode_of(text_of(aspect, aspect->values[j].symbol)));
        }
        put_cells(keys, aspect, name);
    }
}

/* What a vehicle looks like, when make and colour are both known: a witness's part of a mark goes with them. */
static uint64_t looks_of(const struct xf_aspect *aspect)
{
    const uint8_t *first = aspect->first;

    if (first[XF_FIELD_MAKE] == first[XF_FIELD_MAKE + 1] || first[XF_FIELD_COLOUR] == first[XF_FIELD_COLOUR + 1])
        return 0;
    return hash_of(aspect, aspect->values[first[XF_FIELD_MAKE]].symbol) +
           3 * hash_of(aspect, aspect->values[first[XF_FIELD_COLOUR]].symbol);
}

/* Under every end of a mark that is known: alone and, since many vehicles share one, with the looks. */
static void put_end(struct xf_keys *keys, const struct xf_aspect *aspect, enum vehicle_key sort, const char *end, size_t length)
{
    uint64_t looks = looks_of(aspect);

    put_vehicle(keys, sort, xf_text_hash(end, length), 0);
    if (looks)
        put_vehicle(keys, sort, xf_text_hash(end, length), looks);
}

/* The mark with one character left out, for each: two marks that differ in one place meet where it is gone. A ? is the place. */
static void put_less(struct xf_keys *keys, const char *plate, size_t length)
{
    const char *unknown = strchr(plate, '?');
    char less[XF_NORMAL_TEXT];

    if (length < FRONT + 1 || strchr(plate, '*') || (unknown && strchr(unknown + 1, '?')))
        return;
    for (size_t i = unknown ? (size_t)(unknown - plate) : 0; i < length; i++) {
        memcpy(less, plate, i);
        memcpy(less + i, plate + i + 1, length - i - 1);
        put_vehicle(keys, VEHICLE_PLATE_LESS, xf_text_hash(less, length - 1), 0);
        if (unknown)
            return;
    }
}

static void put_plate(struct xf_keys *keys, const struct xf_aspect *aspect, const char *plate)
{
    char folded[XF_NORMAL_TEXT];
    size_t length = xf_plate_fold_far(plate, folded), known = strcspn(folded, "*?"), end = length;

    while (end && folded[end - 1] != '*' && folded[end - 1] != '?')
        end--;
    if (!xf_plate_is_pattern(plate))
        put_vehicle(keys, VEHICLE_PLATE, xf_text_hash(folded, length), 0);
    put_less(keys, folded, length);
    if (known >= FRONT)
        put_end(keys, aspect, VEHICLE_FRONT, folded, FRONT);
    if (length - end >= BACK)
        put_end(keys, aspect, VEHICLE_BACK, folded + length - BACK, BACK);
}

/* The last eight, and the whole less either half of them: of two numbers that differ in one place one of the three is equal. */
static void put_vin(struct xf_keys *keys, const char *vin)
{
    char folded[XF_NORMAL_TEXT];
    size_t length = xf_vin_fold(vin, folded);

    put_vehicle(keys, VEHICLE_VIN, xf_text_hash(folded, length), 0);
    if (length >= 6)
        put_vehicle(keys, VEHICLE_VIN_PART, xf_text_hash(folded + length - 6, 6), 6);
    if (length != 17)
        return;
    put_vehicle(keys, VEHICLE_VIN_PART, xf_text_hash(folded, 13), 13);
    put_vehicle(keys, VEHICLE_VIN_PART, xf_text_hash(folded, 9), xf_text_hash(folded + 13, 4));
}

void xf_keys_vehicle(struct xf_keys *keys, const struct xf_aspect *aspect)
{
    for (uint32_t i = aspect->first[XF_FIELD_VRM]; i < aspect->first[XF_FIELD_VRM + 1]; i++)
        put_plate(keys, aspect, text_of(aspect, aspect->values[i].symbol));
    for (uint32_t i = aspect->first[XF_FIELD_VIN]; i < aspect->first[XF_FIELD_VIN + 1]; i++)
        put_vin(keys, text_of(aspect, aspect->values[i].symbol));
    for (uint32_t i = aspect->first[XF_FIELD_LICENCE_PLATE]; i < aspect->first[XF_FIELD_LICENCE_PLATE + 1]; i++)
        put_vehicle(keys, VEHICLE_LICENCE, hash_of(aspect, aspect->values[i].symbol), 0);
}
