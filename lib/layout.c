/* SPDX-License-Identifier: Apache-2.0 */
/* One row's cells as a mention. Called by the command line's batch for every row of a file. The row becomes the person, location or
 * vehicle of a record on the stack, so that mention.c normalises it as it does every record's; what records do not have
 * (attributes, a house number in a column of its own) is put beside it. Invariant: a cell that is no value of its field is left out
 * and counted, never guessed. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "columns.h"
#include "crossflag/normalise.h"

#define LIST_MAX 16 /* values of one row's phones, e-mail addresses, lines, … */

/* The row that is being read. */
struct row {
    struct xf_layout *layout;
    const struct xf_cell *cells;
};

enum xf_mention_kind xf_layout_kind(const struct xf_layout *layout)
{
    return layout->kind;
}

bool xf_layout_has_id(const struct xf_layout *layout)
{
    return layout->first[XF_COLUMN_ID] < layout->first[XF_COLUMN_ID + 1];
}

size_t xf_layout_width(const struct xf_layout *layout)
{
    return layout->width;
}

bool xf_layout_column(const struct xf_layout *layout, size_t i, struct xf_layout_column *ret)
{
    const struct xf_column_use *use;

    if (i >= layout->uses.count)
        return false;
    use = &layout->uses.items[i];
    *ret = (struct xf_layout_column){.field = use->label, .column = use->name, .left_out = use->left_out};
    return true;
}

/* ---- cells ---- */

static bool is_blank(const char *text)
{
    return !text[strspn(text, " \t\r\n")];
}

/* The text of a use's cell; NULL when it is blank. */
static const char *cell_text(const struct row *row, const struct xf_column_use *use)
{
    const char *text = row->cells[use->cell].text;

    return *text && !is_blank(text) ? text : NULL;
}

/* The text of a field with one column; NULL when it has none or the cell is blank. */
static const char *text_of(const struct row *row, enum xf_column field)
{
    const struct xf_layout *layout = row->layout;

    return layout->first[field] < layout->first[field + 1] ? cell_text(row, &layout->uses.items[layout->first[field]]) : NULL;
}

/* Room in the scratch for all that is made of the row, so that nothing in it moves: a cell's text is copied at most four times, as
 * a street alone is, with its number, and both again for put_address. */
static int make_scratch(const struct row *row)
{
    size_t total = 1;

    for (uint32_t i = 0; i < row->layout->uses.count; i++)
        total += row->cells[row->layout->uses.items[i].cell].length + 2;
    row->layout->scratch.count = 0;
    return total < UINT32_MAX / 4 ? xf_vec_reserve(&row->layout->scratch, (uint32_t)total * 4) : XF_ENOMEM;
}

/* Copies a text behind what the scratch holds. */
static char *scratch_put(const struct row *row, const char *text, size_t length)
{
    struct xf_layout *layout = row->layout;
    char *out = layout->scratch.items + layout->scratch.count;

    assert(length < layout->scratch.capacity - layout->scratch.count);
    memcpy(out, text, length);
    out[length] = '\0';
    layout->scratch.count += (uint32_t)length + 1;
    return out;
}

/* Two texts with a space between; either may be NULL. */
static const char *joined(const struct row *row, const char *a, const char *b)
{
    char *out;
    size_t length;

    if (!a || !b)
        return a ? a : b;
    length = strlen(a);
    out = scratch_put(row, a, length);
    out[length] = ' ';
    scratch_put(row, b, strlen(b));
    return out;
}

/* The texts of all columns of a field as one, with spaces between. */
static const char *joined_text(const struct row *row, enum xf_column field)
{
    const struct xf_layout *layout = row->layout;
    const char *first = NULL;
    char *out = NULL;

    for (uint32_t i = layout->first[field]; i < layout->first[field + 1]; i++) {
        const char *text = cell_text(row, &layout->uses.items[i]);

        if (!text)
            continue;
        if (!first) {
            first = text;
            continue;
        }
        if (!out)
            out = scratch_put(row, first, strlen(first));
        layout->scratch.items[layout->scratch.count - 1] = ' ';
        scratch_put(row, text, strlen(text));
    }
    return out ? out : first;
}

/* Adds the values of a field's columns to a list; separators NULL: a cell is one value. */
static size_t list_of(const struct row *row, enum xf_column field, const char *separators, const char *list[static LIST_MAX],
                      size_t count)
{
    for (uint32_t i = row->layout->first[field]; i < row->layout->first[field + 1]; i++) {
        const char *text = cell_text(row, &row->layout->uses.items[i]);

        while (text && count < LIST_MAX) {
            size_t length = separators ? strcspn(text, separators) : strlen(text);
            const char *value = text[length] ? scratch_put(row, text, length) : text;

            if (!is_blank(value))
                list[count++] = value;
            text = text[length] ? text + length + 1 : NULL;
        }
    }
    return count;
}

/* All cells in use must be UTF-8 without NUL: what is behind one would be lost without a word. */
static int check_text(const struct row *row, struct xf_error *error)
{
    for (uint32_t i = 0; i < row->layout->uses.count; i++) {
        const struct xf_column_use *use = &row->layout->uses.items[i];
        const struct xf_cell *cell = &row->cells[use->cell];
        unsigned char high = 0;
        bool nul = false;

        for (size_t j = 0; j < cell->length; j++) {
            high |= (unsigned char)cell->text[j];
            nul |= !cell->text[j];
        }
        if (nul)
            return xf_error_set(error, XF_EINVAL, "column \"%s\" holds a NUL character", use->name);
        if (high < 128)
            continue;
        for (size_t at = 0; at < cell->length;) {
            utf8proc_int32_t point;
            utf8proc_ssize_t bytes =
                utf8proc_iterate((const utf8proc_uint8_t *)cell->text + at, (utf8proc_ssize_t)(cell->length - at), &point);

            if (bytes <= 0)
                return xf_error_set(error, XF_EINVAL,
                                    "column \"%s\" is not UTF-8; a file in another encoding can be converted: "
                                    "iconv -f WINDOWS-1252 -t UTF-8",
                                    use->name);
            at += (size_t)bytes;
        }
    }
    return XF_OK;
}

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
    struct xf_name names[LIST_MAX + 1];
    struct xf_identifier ids[LIST_MAX];
    struct xf_account accounts[LIST_MAX];
    const char *phones[LIST_MAX], *emails[LIST_MAX], *lines[LIST_MAX + 1];
};

static void fill_person(const struct row *row, struct parts *parts)
{
    const struct xf_layout *layout = row->layout;
    struct xf_person *person = &parts->person;
    const char *full[LIST_MAX], *date = text_of(row, XF_COLUMN_BIRTH_DATE);
    size_t full_count = list_of(row, XF_COLUMN_FULL_NAME, NULL, full, 0);

    person->role = "subject";
    person->names = parts->names;
    parts->names[0].given = joined_text(row, XF_COLUMN_GIVEN);
    parts->names[0].family = joined_text(row, XF_COLUMN_FAMILY);
    person->name_count = parts->names[0].given || parts->names[0].family;
    for (size_t i = 0; i < full_count; i++)
        parts->names[person->name_count++].full = full[i];
    person->birth_date = date ? xf_date_read(date) : 0;
    person->sex = text_of(row, XF_COLUMN_SEX);
    person->ids = parts->ids;
    for (uint32_t i = layout->first[XF_COLUMN_SCHEME]; i < layout->first[XF_COLUMN_SCHEME + 1]; i++) {
        const char *value = cell_text(row, &layout->uses.items[i]);

        if (value && person->id_count < LIST_MAX)
            parts->ids[person->id_count++] = (struct xf_identifier){layout->uses.items[i].qualifier, value};
    }
    person->accounts = parts->accounts;
    for (uint32_t i = layout->first[XF_COLUMN_ACCOUNT]; i < layout->first[XF_COLUMN_ACCOUNT + 1]; i++) {
        const char *handle = cell_text(row, &layout->uses.items[i]);

        if (handle && person->account_count < LIST_MAX)
            parts->accounts[person->account_count++] = (struct xf_account){layout->uses.items[i].qualifier, handle};
    }
    person->phones = parts->phones;
    person->phone_count = list_of(row, XF_COLUMN_PHONE, ";|", parts->phones, 0);
    person->emails = parts->emails;
    person->email_count = list_of(row, XF_COLUMN_EMAIL, ";|", parts->emails, 0);
    parts->record.persons = person;
    parts->record.person_count = 1;
}

/* A house number stands before the street, or before the address's first line where there is no street. */
static void fill_location(const struct row *row, struct parts *parts)
{
    struct xf_location *location = &parts->location;
    const char *house = text_of(row, XF_COLUMN_HOUSE_NUMBER), *street = joined_text(row, XF_COLUMN_STREET);
    const char *lat = text_of(row, XF_COLUMN_LAT), *lon = text_of(row, XF_COLUMN_LON);

    location->role = "home";
    location->lines = parts->lines;
    if (street)
        parts->lines[location->line_count++] = joined(row, house, street);
    location->line_count = list_of(row, XF_COLUMN_ADDRESS, NULL, parts->lines, location->line_count);
    if (!street && house) {
        parts->lines[0] = joined(row, house, location->line_count ? parts->lines[0] : NULL);
        location->line_count += !location->line_count;
    }
    location->town = text_of(row, XF_COLUMN_TOWN);
    location->postcode = text_of(row, XF_COLUMN_POSTCODE);
    location->uprn = text_of(row, XF_COLUMN_UPRN);
    location->name = text_of(row, XF_COLUMN_NAME);
    location->has_point = lat && lon && read_degrees(lat, 90, &location->lat_e7) && read_degrees(lon, 180, &location->lon_e7);
    parts->record.locations = location;
    parts->record.location_count = 1;
}

static void fill_vehicle(const struct row *row, struct parts *parts)
{
    parts->vehicle.vrm = text_of(row, XF_COLUMN_VRM);
    parts->vehicle.vin = text_of(row, XF_COLUMN_VIN);
    parts->vehicle.make = text_of(row, XF_COLUMN_MAKE);
    parts->vehicle.model = text_of(row, XF_COLUMN_MODEL);
    parts->vehicle.colour = text_of(row, XF_COLUMN_COLOUR);
    parts->vehicle.licence_plate_no = text_of(row, XF_COLUMN_LICENCE_PLATE);
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
static int put_attributes(const struct row *row, struct xf_intern *symbols, struct xf_mention *mention)
{
    const struct xf_layout *layout = row->layout;
    int rc = XF_OK;

    for (uint32_t i = layout->first[XF_COLUMN_VRM]; i < layout->uses.count && rc == XF_OK; i++) {
        const struct xf_column_use *use = &layout->uses.items[i];
        const char *text = cell_text(row, use);

        if (!text || (use->field != XF_COLUMN_ATTRIBUTE && layout->kind == XF_VEHICLE))
            continue;
        rc = put_attribute(use->qualifier ? use->qualifier : use->label, text, symbols, mention);
    }
    return rc;
}

/* Where the address's words alone do not tell its number and street, the columns do. */
static int put_address(const struct row *row, struct xf_intern *symbols, struct xf_mention *mention)
{
    const char *house = text_of(row, XF_COLUMN_HOUSE_NUMBER), *street = joined_text(row, XF_COLUMN_STREET);
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

static void count_left_out(const struct row *row, const struct xf_intern *symbols, const struct xf_mention *mention)
{
    bool has[XF_FIELDS] = {false};

    for (uint16_t i = 0; i < mention->count; i++)
        has[mention->values[i].field] = true;
    for (uint32_t i = 0; i < row->layout->uses.count; i++) {
        struct xf_column_use *use = &row->layout->uses.items[i];
        enum xf_field field = filled_field(row->layout, use->field);
        bool filled = field && has[field];

        if (!field || !cell_text(row, use))
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
    const struct row row = {.layout = layout, .cells = cells};
    struct parts parts = {0};
    int rc = check_text(&row, error);

    if (rc != XF_OK)
        return rc;
    rc = make_scratch(&row);
    if (rc == XF_OK) {
        if (layout->kind == XF_PERSON)
            fill_person(&row, &parts);
        if (layout->kind == XF_VEHICLE)
            fill_vehicle(&row, &parts);
        else
            fill_location(&row, &parts);
        rc = xf_mention_of(&parts.record, layout->kind, 0, at, symbols, ret);
    }
    if (rc == XF_OK)
        rc = put_attributes(&row, symbols, ret);
    if (rc == XF_OK && layout->kind != XF_VEHICLE)
        rc = put_address(&row, symbols, ret);
    if (rc != XF_OK)
        return xf_error_set(error, rc, "out of memory");
    xf_mention_seal(ret, symbols);
    count_left_out(&row, symbols, ret);
    *ret_id = xf_layout_has_id(layout) ? cells[layout->uses.items[layout->first[XF_COLUMN_ID]].cell] : (struct xf_cell){"", 0};
    return XF_OK;
}
