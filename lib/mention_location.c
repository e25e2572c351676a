/* SPDX-License-Identifier: Apache-2.0 */
/* The values of a location's mention, and the address of a location as a person's mention carries it. Called by mention.c and
 * mention_person.c. Invariant: what a building is called is one value, a location's name or its address's building, never both. */
#include <string.h>

#include "crossflag/identifier.h"
#include "crossflag/normalise.h"
#include "filling.h"
#include "words.h"

/* A postcode of another country: digits alone, an Eircode, a Canadian or a Dutch one. A part of a British one is none: it would
 * look like the whole of another. */
static bool is_foreign_postcode(const char *code)
{
    size_t length = strlen(code);
    size_t digits = strspn(code, "0123456789");

    if (digits == length)
        return length >= 4 && length <= 6 && !xf_words_filler(code, length);
    if (length == 6 && digits == 4 && code[5] >= 'A')
        return true; /* 1012 AB */
    if (length == 6 && !digits && strspn(code + 1, "0123456789") == 1 && strspn(code + 3, "0123456789") == 1 &&
        strspn(code + 5, "0123456789") == 1)
        return true; /* K1A 0B1 */
    return length == 7 && !digits && strspn(code + 1, "0123456789W") >= 2;
}

/* Letters and digits enough for a postcode, but not in its form: MKA 7NP. For a location it is kept, as text that failed its check;
 * for a person's address, where postcodes are hard evidence, it is not. */
static size_t misshapen_postcode(const char *text, char out[static XF_NORMAL_TEXT])
{
    size_t length = xf_normalise_plate(text, out);
    size_t digits = 0;

    for (size_t i = 0; i < length; i++)
        digits += out[i] >= '0' && out[i] <= '9';
    if (length < 5 || length > 8 || !digits || digits == length || strncmp(out, "ZZ99", 4) == 0) /* the NHS's own for unknown */
        return 0;
    memmove(out + length - 2, out + length - 3, 4);
    out[length - 3] = ' ';
    return length + 1;
}

static void put_postcode(struct xf_filling *filling, const struct xf_location *location, const struct xf_address *address,
                         uint8_t group)
{
    char code[XF_NORMAL_TEXT];
    uint16_t flags = 0;

    if (!xf_normalise_postcode(location->postcode, code) &&
        !(xf_normalise_plate(location->postcode, code) && is_foreign_postcode(code))) {
        if (!address->postcode[0] && filling->mention->kind == XF_LOCATION && misshapen_postcode(location->postcode, code))
            flags = XF_VALUE_WEAK;
        else
            strcpy(code, address->postcode);
    }
    xf_filling_put(filling, XF_FIELD_POSTCODE, group, flags, NULL, code);
}

static void put_uprn(struct xf_filling *filling, const struct xf_location *location, uint8_t group)
{
    char canonical[XF_IDENTIFIER_TEXT];
    enum xf_identifier_quality quality;

    if (!location->uprn)
        return;
    quality = xf_identifier_check("uprn", location->uprn, filling->year, canonical);
    if (quality != XF_IDENTIFIER_PLACEHOLDER)
        xf_filling_put(filling, XF_FIELD_UPRN, group, quality == XF_IDENTIFIER_INVALID ? XF_VALUE_WEAK : 0, NULL, canonical);
}

static void read_lines(const struct xf_location *location, struct xf_address *ret)
{
    char text[1024];
    size_t length = 0;

    if (!location->line_count) {
        *ret = (struct xf_address){0};
        return;
    }
    for (size_t i = 0; i < location->line_count; i++) {
        size_t line = strlen(location->lines[i]);

        if (length + line + 3 > sizeof(text))
            break;
        if (length) {
            text[length++] = ',';
            text[length++] = ' ';
        }
        memcpy(text + length, location->lines[i], line);
        length += line;
    }
    text[length] = '\0';
    xf_normalise_address(text, ret);
}

/* The unit: of a location all that is said of it, since storeys tell units apart where names are missing; of a person's address,
 * which must be equal to be one, the name or else the first storey. */
static void put_unit(struct xf_filling *filling, const struct xf_address *address, uint8_t group)
{
    char unit[sizeof(address->flat) + sizeof(address->storeys)];
    size_t length = strlen(address->flat);

    if (filling->mention->kind == XF_PERSON || !address->storeys[0]) {
        xf_filling_put(filling, XF_FIELD_FLAT, group, 0, NULL, address->flat);
        return;
    }
    memcpy(unit, address->flat, length);
    if (strcspn(address->storeys, " ") == strcspn(address->flat, " ") &&
        strncmp(address->storeys, address->flat, strcspn(address->flat, " ")) == 0)
        length = 0; /* the storey itself */
    else if (length)
        unit[length++] = ' ';
    strcpy(unit + length, address->storeys);
    xf_filling_put(filling, XF_FIELD_FLAT, group, 0, NULL, unit);
}

/* The address of a location as one group. premises is its normalised name, which stands for the building where the lines name none
 * and the mention does not carry the name itself. */
void xf_filling_put_address(struct xf_filling *filling, const struct xf_location *location, uint8_t group, const char *premises)
{
    struct xf_address address;
    char town[XF_NORMAL_TEXT];
    const char *building = address.building;

    read_lines(location, &address);
    if (!xf_normalise_text(location->town, town)) {
        strcpy(town, address.rest);
    } else if (!address.house[0] && !address.street[0] && !address.building[0] && strcmp(address.rest, town) != 0) {
        building = address.rest; /* lines without any word that an address is known by */
    }
    if (filling->mention->kind == XF_PERSON && !*building)
        building = premises;
    else if (filling->mention->kind == XF_LOCATION && strcmp(building, premises) == 0)
        building = "";
    put_unit(filling, &address, group);
    xf_filling_put(filling, XF_FIELD_HOUSE, group, 0, NULL, address.house);
    xf_filling_put(filling, XF_FIELD_BUILDING, group, 0, NULL, building);
    xf_filling_put(filling, XF_FIELD_STREET, group, 0, NULL, address.street);
    xf_filling_put(filling, XF_FIELD_TOWN, group, 0, NULL, town);
    put_postcode(filling, location, &address, group);
    put_uprn(filling, location, group);
}

void xf_filling_location(struct xf_filling *filling, size_t index)
{
    const struct xf_location *location = &filling->record->locations[index];
    char premises[XF_NORMAL_TEXT];

    xf_normalise_text(location->name, premises);
    xf_filling_put_address(filling, location, 0, premises);
    xf_filling_put(filling, XF_FIELD_NAME, 0, 0, NULL, premises);
    if (location->type && strcmp(location->type, "other") != 0)
        xf_filling_put(filling, XF_FIELD_TYPE, 0, 0, NULL, location->type);
    if (location->has_point && (location->lat_e7 || location->lon_e7)) {
        xf_filling_put_number(filling, XF_FIELD_LAT, (uint32_t)location->lat_e7);
        xf_filling_put_number(filling, XF_FIELD_LON, (uint32_t)location->lon_e7);
    }
}
