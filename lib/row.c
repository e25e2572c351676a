/* SPDX-License-Identifier: Apache-2.0 */
/* One row's cells as a mention. Called by the command line's batch for every row of a file. The row becomes the person, location or
 * vehicle of a record on the stack, so that mention.c normalises it as it does every record's; what records do not have
 * (attributes, a house number in a column of its own) is put beside it. Invariant: a cell that is no value of its field is left out
 * and counted, never guessed. */
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "crossflag/normalise.h"

/* Degrees × 10^7; false: no such number. Integers, so that every build reads alike. */
static bool read_degrees(const char *text, int limit, int32_t *ret)
{
    bool negative;
    int64_t number = 0;
    int places = -1;

    text += strspn(text, " \t");
    negative = *text == '-';
    text += *text == '-' || *text == '+';
    if (*text < '0' || *text > '9')
        return false;
    for (; (*text >= '0' && *text <= '9') || (*text == '.' && places < 0); text++) {
        if (*text == '.') {
            places = 0;
        } else if (places < 7) {
            number = number * 10 + *text - '0';
            places += places >= 0;
        }
        if (number > INT64_C(1800000000) * 10)
            return false;
    }
    for (places = places < 0 ? 0 : places; places < 7; places++)
        number *= 10;
    if (text[strspn(text, " \t")] || number > limit * INT64_C(10000000))
        return false;
    *ret = (int32_t)(negative ? -number : number);
    return true;
}

/* ---- the record on the stack ---- */

struct parts {
    struct xf_record record;
    struct xf_person person;
    struct xf_location location;
    struct xf_vehicle vehicle;
    struct xf_name names[XF_ROW_LIST_MAX + 1];
    struct xf_identifier ids[XF_ROW_LIST_MAX];
    struct xf_account accounts[XF_ROW_LIST_MAX];
    bool faulty_date;
    const char *phones[XF_ROW_LIST_MAX], *emails[XF_ROW_LIST_MAX], *lines[XF_ROW_LIST_MAX + 1];
};

static void fill_person(const struct xf_row *row, struct parts *parts)
{
    const struct xf_layout *layout = row->layout;
    struct xf_person *person = &parts->person;
    const char *full[XF_ROW_LIST_MAX], *date = xf_row_text(row, XF_COLUMN_BIRTH_DATE);
    size_t full_count = xf_row_list(row, XF_COLUMN_FULL_NAME, NULL, full, 0);

    person->role = "subject";
    person->names = parts->names;
    parts->names[0].given = xf_row_texts(row, XF_COLUMN_GIVEN);
    parts->names[0].family = xf_row_texts(row, XF_COLUMN_FAMILY);
    person->name_count = parts->names[0].given || parts->names[0].family;
    for (size_t i = 0; i < full_count; i++)
        parts->names[person->name_count++].full = full[i];
    person->birth_date = date ? xf_date_read(date, &parts->faulty_date) : 0;
    person->sex = xf_row_text(row, XF_COLUMN_SEX);
    person->ids = parts->ids;
    for (uint32_t i = layout->first[XF_COLUMN_SCHEME]; i < layout->first[XF_COLUMN_SCHEME + 1]; i++) {
        const char *value = xf_row_cell(row, &layout->uses.items[i]);

        if (value && person->id_count < XF_ROW_LIST_MAX)
            parts->ids[person->id_count++] = (struct xf_identifier){layout->uses.items[i].qualifier, value};
    }
    person->accounts = parts->accounts;
    for (uint32_t i = layout->first[XF_COLUMN_ACCOUNT]; i < layout->first[XF_COLUMN_ACCOUNT + 1]; i++) {
        const char *handle = xf_row_cell(row, &layout->uses.items[i]);

        if (handle && person->account_count < XF_ROW_LIST_MAX)
            parts->accounts[person->account_count++] = (struct xf_account){layout->uses.items[i].qualifier, handle};
    }
    person->phones = parts->phones;
    person->phone_count = xf_row_list(row, XF_COLUMN_PHONE, ";|", parts->phones, 0);
    person->emails = parts->emails;
    person->email_count = xf_row_list(row, XF_COLUMN_EMAIL, ";|", parts->emails, 0);
    parts->record.persons = person;
    parts->record.person_count = 1;
}

/* A ZIP+4 is the ZIP code that others write, and a delivery point behind it. */
static const char *postcode_of(const struct xf_row *row)
{
    const char *text = xf_row_text(row, XF_COLUMN_POSTCODE), *start = text ? text + strspn(text, " \t") : NULL;

    if (!start || strspn(start, "0123456789") != 5 || start[5] != '-' || strspn(start + 6, "0123456789") != 4 ||
        start[10 + strspn(start + 10, " \t")])
        return text;
    return xf_row_cut(row, start, 5);
}

/* A house number stands before the street, or before the address's first line where there is no street. */
static void fill_location(const struct xf_row *row, struct parts *parts)
{
    struct xf_location *location = &parts->location;
    const char *house = xf_row_text(row, XF_COLUMN_HOUSE_NUMBER), *street = xf_row_texts(row, XF_COLUMN_STREET);
    const char *lat = xf_row_text(row, XF_COLUMN_LAT), *lon = xf_row_text(row, XF_COLUMN_LON);

    location->role = "home";
    location->lines = parts->lines;
    if (street)
        parts->lines[location->line_count++] = xf_row_join(row, house, street);
    location->line_count = xf_row_list(row, XF_COLUMN_ADDRESS, NULL, parts->lines, location->line_count);
    if (!street && house) {
        parts->lines[0] = xf_row_join(row, house, location->line_count ? parts->lines[0] : NULL);
        location->line_count += !location->line_count;
    }
    location->town = xf_row_text(row, XF_COLUMN_TOWN);
    location->postcode = postcode_of(row);
    location->uprn = xf_row_text(row, XF_COLUMN_UPRN);
    location->name = xf_row_text(row, XF_COLUMN_NAME);
    location->has_point = lat && lon && read_degrees(lat, 90, &location->lat_e7) && read_degrees(lon, 180, &location->lon_e7);
    parts->record.locations = location;
    parts->record.location_count = 1;
}

static void fill_vehicle(const struct xf_row *row, struct parts *parts)
{
    parts->vehicle.vrm = xf_row_text(row, XF_COLUMN_VRM);
    parts->vehicle.vin = xf_row_text(row, XF_COLUMN_VIN);
    parts->vehicle.make = xf_row_text(row, XF_COLUMN_MAKE);
    parts->vehicle.model = xf_row_text(row, XF_COLUMN_MODEL);
    parts->vehicle.colour = xf_row_text(row, XF_COLUMN_COLOUR);
    parts->vehicle.licence_plate_no = xf_row_text(row, XF_COLUMN_LICENCE_PLATE);
    parts->record.vehicles = &parts->vehicle;
    parts->record.vehicle_count = 1;
}

/* ---- what records do not have ---- */

static bool has_value(const struct xf_mention *mention, enum xf_field field)
{
    for (uint16_t i = 0; i < mention->count; i++)
        if (mention->values[i].field == field)
            return true;
    return false;
}

static int put_attribute(const char *name, const char *text, struct xf_intern *symbols, struct xf_mention *mention)
{
    char words[XF_NORMAL_TEXT];
    int rc = xf_normalise_text(text, words) ? xf_mention_add(mention, symbols, XF_FIELD_ATTRIBUTE, 0, 0, name, words) : XF_OK;

    return rc == XF_ELIMIT ? XF_OK : rc;
}

/* Attributes; also what a person's or place's row says of a vehicle, which its mention has no field for. */
static int put_attributes(const struct xf_row *row, struct xf_intern *symbols, struct xf_mention *mention)
{
    const struct xf_layout *layout = row->layout;
    int rc = XF_OK;

    for (uint32_t i = layout->first[XF_COLUMN_VRM]; i < layout->uses.count && rc == XF_OK; i++) {
        const struct xf_column_use *use = &layout->uses.items[i];
        const char *name = xf_column_attribute(layout, use), *text = name ? xf_row_cell(row, use) : NULL;

        if (text)
            rc = put_attribute(name, text, symbols, mention);
    }
    return rc;
}

/* Where the address's words alone do not tell its number and street, the columns do. */
static int put_address(const struct xf_row *row, struct xf_intern *symbols, struct xf_mention *mention)
{
    const char *house = xf_row_text(row, XF_COLUMN_HOUSE_NUMBER), *street = xf_row_texts(row, XF_COLUMN_STREET);
    char words[XF_NORMAL_TEXT];
    int rc = XF_OK;

    if (house && !has_value(mention, XF_FIELD_HOUSE) && xf_normalise_text(house, words))
        rc = xf_mention_add(mention, symbols, XF_FIELD_HOUSE, 0, 0, NULL, words);
    if (rc == XF_OK && street && !has_value(mention, XF_FIELD_STREET) && !has_value(mention, XF_FIELD_BUILDING) &&
        xf_normalise_text(street, words))
        rc = xf_mention_add(mention, symbols, XF_FIELD_STREET, 0, 0, NULL, words);
    return rc == XF_ELIMIT ? XF_OK : rc;
}

/* ---- what was left out ---- */

/* The field of a mention that a column must have filled; 0: any text will do. */
static enum xf_field filled_field(const struct xf_layout *layout, enum xf_column field)
{
    static const unsigned char filled[XF_COLUMNS] = {
        [XF_COLUMN_BIRTH_DATE] = XF_FIELD_BIRTH_DATE,
        [XF_COLUMN_SEX] = XF_FIELD_SEX,
        [XF_COLUMN_SCHEME] = XF_FIELD_ID,
        [XF_COLUMN_PHONE] = XF_FIELD_PHONE,
        [XF_COLUMN_EMAIL] = XF_FIELD_EMAIL,
        [XF_COLUMN_POSTCODE] = XF_FIELD_POSTCODE,
        [XF_COLUMN_UPRN] = XF_FIELD_UPRN,
        [XF_COLUMN_LAT] = XF_FIELD_LAT,
        [XF_COLUMN_LON] = XF_FIELD_LON,
    };

    if (layout->kind == XF_VEHICLE && field == XF_COLUMN_VRM)
        return XF_FIELD_VRM;
    if (layout->kind == XF_VEHICLE && field == XF_COLUMN_VIN)
        return XF_FIELD_VIN;
    return (enum xf_field)filled[field];
}

static void count_left_out(const struct xf_row *row, const struct xf_intern *symbols, const struct xf_mention *mention,
                           bool faulty_date)
{
    bool has[XF_FIELDS] = {false};

    for (uint16_t i = 0; i < mention->count; i++)
        has[mention->values[i].field] = true;
    has[XF_FIELD_BIRTH_DATE] = has[XF_FIELD_BIRTH_DATE] && !faulty_date;
    for (uint32_t i = 0; i < row->layout->uses.count; i++) {
        struct xf_column_use *use = &row->layout->uses.items[i];
        enum xf_field field = filled_field(row->layout, use->field);
        bool filled = field && has[field];

        if (!field || !xf_row_cell(row, use))
            continue;
        if (filled && field == XF_FIELD_ID) {
            filled = false;
            for (uint16_t j = 0; j < mention->count && !filled; j++)
                filled = mention->values[j].field == XF_FIELD_ID &&
                         strcmp(xf_intern_text(symbols, mention->values[j].qualifier), use->qualifier) == 0;
        }
        use->left_out += !filled;
    }
}

int xf_layout_read(struct xf_layout *layout, const struct xf_cell *cells, int64_t at, struct xf_intern *symbols,
                   struct xf_cell *ret_id, struct xf_mention *ret, struct xf_error *error)
{
    const struct xf_row row = {.layout = layout, .cells = cells};
    struct parts parts = {0};
    int rc = xf_row_begin(&row, error);

    if (rc != XF_OK)
        return rc;
    if (layout->kind == XF_PERSON)
        fill_person(&row, &parts);
    if (layout->kind == XF_VEHICLE)
        fill_vehicle(&row, &parts);
    else
        fill_location(&row, &parts);
    rc = xf_mention_of(&parts.record, layout->kind, 0, at, symbols, ret);
    if (rc == XF_OK)
        rc = put_attributes(&row, symbols, ret);
    if (rc == XF_OK && layout->kind != XF_VEHICLE)
        rc = put_address(&row, symbols, ret);
    if (rc != XF_OK)
        return xf_error_set(error, rc, "out of memory");
    xf_mention_seal(ret, symbols);
    count_left_out(&row, symbols, ret, parts.faulty_date);
    *ret_id = xf_layout_has_id(layout) ? cells[layout->uses.items[layout->first[XF_COLUMN_ID]].cell] : (struct xf_cell){"", 0};
    return XF_OK;
}
