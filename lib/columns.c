/* SPDX-License-Identifier: Apache-2.0 */
/* Which column fills which field: the specification of --columns, or a header's own names, bound to one file's header. Called by
 * the command line's batch; layout.c reads rows by what is made here. Invariants: a column that nobody named fills nothing, so that
 * a truth or a secret beside the data stays out; what is named and not there refuses the file. */
#include "columns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "crossflag/normalise.h"
#include "words.h"

static const struct {
    const char *name;
    uint8_t kind; /* what it tells of; XF_MENTION_KINDS: anything */
    bool many;    /* may have several columns */
    bool qualified;
} fields[XF_COLUMNS] = {
    [XF_COLUMN_ID] = {"id", XF_MENTION_KINDS, false, false},
    [XF_COLUMN_GIVEN] = {"given", XF_PERSON, true, false},
    [XF_COLUMN_FAMILY] = {"family", XF_PERSON, true, false},
    [XF_COLUMN_FULL_NAME] = {"full_name", XF_PERSON, true, false},
    [XF_COLUMN_BIRTH_DATE] = {"birth_date", XF_PERSON, false, false},
    [XF_COLUMN_SEX] = {"sex", XF_PERSON, false, false},
    [XF_COLUMN_SCHEME] = {"id:", XF_PERSON, true, true},
    [XF_COLUMN_PHONE] = {"phone", XF_PERSON, true, false},
    [XF_COLUMN_EMAIL] = {"email", XF_PERSON, true, false},
    [XF_COLUMN_ACCOUNT] = {"account:", XF_PERSON, true, true},
    [XF_COLUMN_HOUSE_NUMBER] = {"house_number", XF_LOCATION, false, false},
    [XF_COLUMN_STREET] = {"street", XF_LOCATION, true, false},
    [XF_COLUMN_ADDRESS] = {"address", XF_LOCATION, true, false},
    [XF_COLUMN_TOWN] = {"town", XF_LOCATION, false, false},
    [XF_COLUMN_POSTCODE] = {"postcode", XF_LOCATION, false, false},
    [XF_COLUMN_UPRN] = {"uprn", XF_LOCATION, false, false},
    [XF_COLUMN_NAME] = {"name", XF_LOCATION, false, false},
    [XF_COLUMN_LAT] = {"lat", XF_LOCATION, false, false},
    [XF_COLUMN_LON] = {"lon", XF_LOCATION, false, false},
    [XF_COLUMN_VRM] = {"vrm", XF_VEHICLE, false, false},
    [XF_COLUMN_VIN] = {"vin", XF_VEHICLE, false, false},
    [XF_COLUMN_MAKE] = {"make", XF_VEHICLE, false, false},
    [XF_COLUMN_MODEL] = {"model", XF_VEHICLE, false, false},
    [XF_COLUMN_COLOUR] = {"colour", XF_VEHICLE, false, false},
    [XF_COLUMN_LICENCE_PLATE] = {"licence_plate", XF_VEHICLE, false, false},
    [XF_COLUMN_ATTRIBUTE] = {"attr:", XF_MENTION_KINDS, true, true},
};

/* What a header calls a field without a doubt, in lower case with underscores. */
static const char *const aliases[][2] = {
    {"rec_id", "id"},
    {"record_id", "id"},
    {"unique_id", "id"},
    {"first_name", "given"},
    {"firstname", "given"},
    {"forename", "given"},
    {"forenames", "given"},
    {"given_name", "given"},
    {"given_names", "given"},
    {"family_name", "family"},
    {"last_name", "family"},
    {"lastname", "family"},
    {"surname", "family"},
    {"fullname", "full_name"},
    {"birthdate", "birth_date"},
    {"date_of_birth", "birth_date"},
    {"dob", "birth_date"},
    {"gender", "sex"},
    {"cro_number", "id:cro"},
    {"national_insurance_number", "id:nino"},
    {"nhs", "id:nhs"},
    {"nhs_no", "id:nhs"},
    {"nhs_number", "id:nhs"},
    {"ni_number", "id:nino"},
    {"nino", "id:nino"},
    {"pnc", "id:pnc"},
    {"pnc_id", "id:pnc"},
    {"upn", "id:upn"},
    {"mobile", "phone"},
    {"mobile_number", "phone"},
    {"phone_number", "phone"},
    {"telephone", "phone"},
    {"telephone_number", "phone"},
    {"email_address", "email"},
    {"house_no", "house_number"},
    {"street_number", "house_number"},
    {"street_name", "street"},
    {"address_1", "address"},
    {"address_2", "address"},
    {"address_3", "address"},
    {"address_concat", "address"},
    {"address_line_1", "address"},
    {"address_line_2", "address"},
    {"address_line_3", "address"},
    {"city", "town"},
    {"post_town", "town"},
    {"suburb", "town"},
    {"post_code", "postcode"},
    {"postal_code", "postcode"},
    {"zip", "postcode"},
    {"latitude", "lat"},
    {"longitude", "lon"},
    {"registration_number", "vrm"},
    {"number_plate", "vrm"},
    {"color", "colour"},
};

void xf_columns_clear_uses(struct xf_column_use *uses, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        free(uses[i].qualifier);
        free(uses[i].label);
        free(uses[i].name);
    }
}

/* The field of a specification's or header's word; XF_COLUMNS: none. *ret_qualifier is what stands behind the colon. */
static enum xf_column field_of(const char *word, const char **ret_qualifier)
{
    *ret_qualifier = NULL;
    for (enum xf_column field = 0; field < XF_COLUMNS; field++) {
        size_t length = strlen(fields[field].name);

        if (!fields[field].qualified && strcmp(fields[field].name, word) == 0)
            return field;
        if (fields[field].qualified && strncmp(fields[field].name, word, length) == 0) {
            *ret_qualifier = word + length;
            return field;
        }
    }
    return XF_COLUMNS;
}

/* A scheme or service as records' are; an attribute's name as the model writes it. */
static int fold_qualifier(enum xf_column field, const char *qualifier, char out[static XF_NORMAL_TEXT])
{
    if (field == XF_COLUMN_SCHEME || field == XF_COLUMN_ACCOUNT)
        return xf_words_fold(qualifier, XF_WORDS_TEXT, out, XF_NORMAL_TEXT) ? XF_OK : XF_EINVAL;
    if (strlen(qualifier) >= 64)
        return XF_EINVAL;
    strcpy(out, qualifier);
    return *out ? XF_OK : XF_EINVAL;
}

/* Adds a pair; what is wrong with it says *error. */
static int add_use(struct xf_columns *columns, const char *word, const char *name, struct xf_error *error)
{
    struct xf_column_use use = {.cell = SIZE_MAX};
    char qualifier[XF_NORMAL_TEXT];
    const char *behind;

    use.field = field_of(word, &behind);
    if (use.field == XF_COLUMNS)
        return xf_error_set(error, XF_EINVAL,
                            "there is no field \"%s\": id, given, family, full_name, birth_date, sex, id:SCHEME, phone, email, "
                            "account:SERVICE, house_number, street, address, town, postcode, uprn, name, lat, lon, vrm, vin, make, "
                            "model, colour, licence_plate, attr:NAME",
                            word);
    if (behind && fold_qualifier(use.field, behind, qualifier) != XF_OK)
        return xf_error_set(error, XF_EINVAL, "\"%s\" needs a name of at most 63 bytes behind its colon", word);
    for (uint32_t i = 0; i < columns->uses.count; i++) {
        const struct xf_column_use *other = &columns->uses.items[i];

        if (other->field != use.field || (behind && strcmp(other->qualifier, qualifier) != 0))
            continue;
        if (!fields[use.field].many)
            return xf_error_set(error, XF_EINVAL, "the field %s is given twice, and takes one column", word);
        if (strcasecmp(other->name, name) == 0)
            return xf_error_set(error, XF_EINVAL, "the field %s is given the column \"%s\" twice", word, name);
    }
    if (columns->uses.count == XF_COLUMNS_MAX)
        return xf_error_set(error, XF_ELIMIT, "more than %d columns", XF_COLUMNS_MAX);
    use.kind = fields[use.field].kind;
    use.label = strdup(word);
    use.name = strdup(name);
    use.qualifier = behind ? strdup(qualifier) : NULL;
    if (!use.label || !use.name || (behind && !use.qualifier) || xf_vec_push(&columns->uses, use) != XF_OK) {
        xf_columns_clear_uses(&use, 1);
        return xf_error_set(error, XF_ENOMEM, "out of memory");
    }
    return XF_OK;
}

static char *trimmed(char *text)
{
    size_t length;

    text += strspn(text, " \t");
    length = strlen(text);
    while (length && (text[length - 1] == ' ' || text[length - 1] == '\t'))
        length--;
    text[length] = '\0';
    return text;
}

/* Copies one pair to out, field and column apart, up to the comma; returns what is behind that. NULL: there is no "=". */
static const char *cut_pair(const char *at, char *out, char **ret_name)
{
    *ret_name = NULL;
    for (; *at && *at != ','; at++) {
        if (*at == '\\' && *ret_name && (at[1] == ',' || at[1] == '\\'))
            at++;
        else if (*at == '=' && !*ret_name) {
            *out++ = '\0';
            *ret_name = out;
            continue;
        }
        *out++ = *at;
    }
    *out = '\0';
    return *ret_name ? at : NULL;
}

int xf_columns_parse(const char *spec, struct xf_columns **ret, struct xf_error *error)
{
    struct xf_columns *columns = calloc(1, sizeof(*columns));
    char *pair = malloc(strlen(spec) + 2), *name;
    const char *at = spec, *part = spec;
    int rc = columns && pair ? XF_OK : xf_error_set(error, XF_ENOMEM, "out of memory");

    while (rc == XF_OK) {
        part = at;
        at = cut_pair(at, pair, &name);
        if (!at || !*trimmed(pair) || !*trimmed(name))
            rc = xf_error_set(error, XF_EINVAL, "each part is field=column");
        else
            rc = add_use(columns, trimmed(pair), trimmed(name), error);
        if (rc != XF_OK || !*at)
            break;
        at++;
    }
    free(pair);
    if (rc != XF_OK) {
        if (error)
            error->column = (unsigned)(part - spec) + 1;
        xf_columns_destroy(columns);
        return rc;
    }
    *ret = columns;
    return XF_OK;
}

void xf_columns_destroy(struct xf_columns *columns)
{
    if (!columns)
        return;
    xf_columns_clear_uses(columns->uses.items, columns->uses.count);
    xf_vec_free(&columns->uses);
    free(columns);
}

/* The field that a header's name means by itself, as the specification would write it; NULL: none. */
static const char *meaning_of(const struct xf_cell *cell, char word[static XF_NORMAL_TEXT])
{
    const char *text = cell->text + strspn(cell->text, " \t"), *qualifier;
    size_t length = strlen(text);

    while (length && (text[length - 1] == ' ' || text[length - 1] == '\t'))
        length--;
    if (!length || length >= XF_NORMAL_TEXT)
        return NULL;
    for (size_t i = 0; i < length; i++)
        word[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] + 32) : text[i] == ' ' || text[i] == '-' ? '_' : text[i];
    word[length] = '\0';
    if (field_of(word, &qualifier) != XF_COLUMNS)
        return word;
    for (size_t i = 0; i < sizeof(aliases) / sizeof(*aliases); i++)
        if (strcmp(aliases[i][0], word) == 0)
            return aliases[i][1];
    return NULL;
}

int xf_columns_by_name(const struct xf_cell *header, size_t count, struct xf_columns *columns, struct xf_error *error)
{
    bool person = false;
    int rc = XF_OK;

    for (size_t i = 0; i < count; i++) {
        char word[XF_NORMAL_TEXT];
        const char *meaning = meaning_of(&header[i], word), *qualifier;

        person = person || (meaning && fields[field_of(meaning, &qualifier)].kind == XF_PERSON);
    }
    for (size_t i = 0; i < count && rc == XF_OK; i++) {
        char word[XF_NORMAL_TEXT], name[XF_NORMAL_TEXT];
        const char *meaning = meaning_of(&header[i], word);
        size_t length = header[i].length;

        if (!meaning || length >= sizeof(name))
            continue;
        if (person && strcmp(meaning, "name") == 0)
            meaning = "full_name";
        memcpy(name, header[i].text, length + 1);
        rc = add_use(columns, meaning, trimmed(name), NULL);
        if (rc == XF_EINVAL)
            rc = XF_OK;
    }
    if (rc == XF_OK && !columns->uses.count)
        rc = xf_error_set(error, XF_EINVAL, "none of the header's names is a field's: say with --columns which column is what");
    return rc;
}
