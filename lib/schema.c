/* SPDX-License-Identifier: Apache-2.0 */
/* The record's form as a JSON Schema 2020-12, for /schemas/record.json and /openapi.json. Printed from the tables of form.c and the
 * vocabulary, so that it says what the parser does. What a schema cannot say, the parser alone checks: that refs are unique and
 * name something, that until is not before occurred_at, that no member is doubled, lengths in bytes rather than characters. The
 * invariant: what the parser accepts, the schema accepts. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "form.h"

#define DRAFT "https://json-schema.org/draft/2020-12/schema"
#define CLEAN "^[^\\u0000-\\u001F\\u007F-\\u009F]*$"
#define CLEAN_PROSE "^[^\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F]*$"
#define NOT_BLANK "[^ ]"
#define YEAR "(1[0-9]{3}|2[01][0-9]{2}|2200)"
#define MONTH_DAY "((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-9])|(0[13-9]|1[0-2])-30|(0[13578]|1[02])-31)"
#define DATE "^(" YEAR "(-(0[1-9]|1[0-2])|-" MONTH_DAY ")?)?$"
#define TIME                                                                                                                       \
    "^" YEAR "-" MONTH_DAY                                                                                                         \
    "[Tt ]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\\.[0-9]{1,9})?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"

struct printer {
    const struct xf_vocabulary *vocabulary;
    bool out_of_memory;
};

static json_t *form_schema(struct printer *printer, const struct xf_form *form);

static json_t *check(struct printer *printer, json_t *json)
{
    if (!json)
        printer->out_of_memory = true;
    return json;
}

static void set(struct printer *printer, json_t *object, const char *name, json_t *value /* stolen */)
{
    if (json_object_set_new(object, name, value))
        printer->out_of_memory = true;
}

static void append(struct printer *printer, json_t *array, json_t *value /* stolen */)
{
    if (json_array_append_new(array, value))
        printer->out_of_memory = true;
}

static json_t *empty_array(struct printer *printer)
{
    return check(printer, json_array());
}

static json_t *empty_object(struct printer *printer)
{
    return check(printer, json_object());
}

/* The items of "a, b, c" behind those that words holds already. */
static void append_words(struct printer *printer, json_t *words, const char *list)
{
    while (*list) {
        size_t length;

        list += strspn(list, ", ");
        length = strcspn(list, ", ");
        if (length)
            append(printer, words, json_stringn(list, length));
        list += length;
    }
}

/* An enum to which "", absent, is added unless the member is required. */
static json_t *enumeration(struct printer *printer, const struct xf_member *member)
{
    json_t *words = empty_array(printer);

    if (!(member->rules & XF_MEMBER_REQUIRED))
        append(printer, words, json_string(""));
    if (member->type == XF_MEMBER_WORD)
        append_words(printer, words, xf_vocabulary_words(printer->vocabulary, member->list));
    for (size_t i = 0; member->choices && member->choices[i]; i++) {
        append(printer, words, json_string(member->choices[i]));
        if (member->type == XF_MEMBER_SEX)
            append(printer, words, check(printer, json_sprintf("%c", member->choices[i][0] + ('a' - 'A'))));
    }
    return json_pack("{s:s, s:o}", "type", "string", "enum", words);
}

static json_t *text(size_t max, const char *pattern, bool required)
{
    return required ? json_pack("{s:s, s:I, s:s, s:[{s:s}]}", "type", "string", "maxLength", (json_int_t)max, "pattern", pattern,
                                "allOf", "pattern", NOT_BLANK)
                    : json_pack("{s:s, s:I, s:s}", "type", "string", "maxLength", (json_int_t)max, "pattern", pattern);
}

static json_t *date_time(bool required)
{
    return required ? json_pack("{s:s, s:s, s:s}", "type", "string", "format", "date-time", "pattern", TIME)
                    : json_pack("{s:s, s:[{s:s}, {s:s, s:s}]}", "type", "string", "anyOf", "const", "", "format", "date-time",
                                "pattern", TIME);
}

static json_t *array(struct printer *printer, size_t max, json_t *items /* stolen */)
{
    return json_pack("{s:s, s:I, s:o}", "type", "array", "maxItems", (json_int_t)max, "items", check(printer, items));
}

static json_t *member_schema(struct printer *printer, const struct xf_member *member)
{
    const bool required = member->rules & XF_MEMBER_REQUIRED;

    switch ((enum xf_member_type)member->type) {
    case XF_MEMBER_TEXT:
    case XF_MEMBER_SCHEME:
    case XF_MEMBER_REF:
    case XF_MEMBER_END:
        return text(member->max, CLEAN, required);
    case XF_MEMBER_PROSE:
        return text(member->max, CLEAN_PROSE, required);
    case XF_MEMBER_WORD:
    case XF_MEMBER_CHOICE:
    case XF_MEMBER_SEX:
        return enumeration(printer, member);
    case XF_MEMBER_GRADE:
        return json_pack("{s:s, s:s}", "type", "string", "pattern", "^([1-3][A-E][PC])?$");
    case XF_MEMBER_SCORE:
        return json_pack("{s:[o, {s:s}]}", "anyOf", check(printer, text(member->max, CLEAN, false)), "type", "number");
    case XF_MEMBER_TIME:
        return date_time(required);
    case XF_MEMBER_DATE:
        return json_pack("{s:s, s:s}", "type", "string", "pattern", DATE);
    case XF_MEMBER_VERSION:
        return json_pack("{s:s, s:i, s:I}", "type", "integer", "minimum", 0, "maximum", (json_int_t)XF_RECORD_VERSION_MAX);
    case XF_MEMBER_LATITUDE:
        return json_pack("{s:s, s:i, s:i}", "type", "number", "minimum", -90, "maximum", 90);
    case XF_MEMBER_LONGITUDE:
        return json_pack("{s:s, s:i, s:i}", "type", "number", "minimum", -180, "maximum", 180);
    case XF_MEMBER_TEXTS:
        return array(printer, member->max, text(XF_RECORD_STRING_MAX, CLEAN, false));
    case XF_MEMBER_REFS:
        return array(printer, member->max, text(XF_RECORD_ID_MAX, CLEAN, true));
    case XF_MEMBER_CONDITIONS: {
        const struct xf_member item = {.type = XF_MEMBER_CHOICE, .choices = member->choices, .rules = XF_MEMBER_REQUIRED};

        return array(printer, member->max, enumeration(printer, &item));
    }
    case XF_MEMBER_FORMS:
        return array(printer, member->max,
                     check(printer, json_pack("{s:o}", "$ref", check(printer, json_sprintf("#/$defs/%s", member->form->name)))));
    case XF_MEMBER_DETAILS:
        return json_pack("{s:s}", "type", "object");
    }
    return NULL;
}

/* Where something is said, what it needs is said too. */
static json_t *needs_schema(struct printer *printer, const struct xf_form *form)
{
    json_t *evidence = empty_array(printer), *needed = empty_array(printer), *properties = empty_object(printer);

    for (size_t i = 0; i < form->count; i++) {
        const struct xf_member *member = &form->members[i];

        if (member->rules & XF_MEMBER_EVIDENCE)
            append(printer, evidence,
                   json_pack("{s:{s:{s:s, s:s}}, s:[s]}", "properties", member->name, "type", "string", "pattern", NOT_BLANK,
                             "required", member->name));
        if (member->rules & XF_MEMBER_NEEDED) {
            append(printer, needed, json_string(member->name));
            set(printer, properties, member->name, json_pack("{s:s, s:s}", "type", "string", "pattern", NOT_BLANK));
        }
    }
    return json_pack("{s:{s:o}, s:{s:o, s:o}}", "if", "anyOf", evidence, "then", "required", needed, "properties", properties);
}

static json_t *form_schema(struct printer *printer, const struct xf_form *form)
{
    json_t *schema = check(printer, json_pack("{s:s, s:b}", "type", "object", "additionalProperties", 0));
    json_t *properties = empty_object(printer), *required = empty_array(printer);
    bool has_needs = false;

    for (size_t i = 0; i < form->count; i++) {
        const struct xf_member *member = &form->members[i];
        json_t *property = check(printer, member_schema(printer, member));

        if (member->doc)
            set(printer, property, "description", json_string(member->doc));
        set(printer, properties, member->name, property);
        if ((member->rules & XF_MEMBER_REQUIRED) ||
            (member->fallback && !xf_vocabulary_find(printer->vocabulary, member->list, member->fallback)))
            append(printer, required, json_string(member->name));
        has_needs |= member->rules & XF_MEMBER_NEEDED;
    }
    set(printer, schema, "properties", properties);
    if (json_array_size(required))
        set(printer, schema, "required", required);
    else
        json_decref(required);
    if (xf_form_member(form, "lat"))
        set(printer, schema, "dependentRequired", json_pack("{s:[s], s:[s]}", "lat", "lon", "lon", "lat"));
    if (has_needs)
        set(printer, schema, "allOf", json_pack("[o]", check(printer, needs_schema(printer, form))));
    return schema;
}

/* Each form that the record holds, at any depth, once. */
static void define_forms(struct printer *printer, json_t *definitions, const struct xf_form *form)
{
    for (size_t i = 0; i < form->count; i++) {
        const struct xf_form *inner = form->members[i].form;

        if (!inner || json_object_get(definitions, inner->name))
            continue;
        set(printer, definitions, inner->name, form_schema(printer, inner));
        define_forms(printer, definitions, inner);
    }
}

/* What a kind adds: its own members, or none. */
static json_t *details_schema(struct printer *printer)
{
    json_t *rules = empty_array(printer), *kinds = empty_array(printer), *others = empty_array(printer);
    size_t i;
    json_t *kind;

    append_words(printer, kinds, xf_vocabulary_words(printer->vocabulary, XF_WORDS_KIND));
    json_array_foreach(kinds, i, kind)
    {
        const struct xf_form *form = xf_form_details(json_string_value(kind));

        if (!form->count) {
            append(printer, others, json_incref(kind));
            continue;
        }
        append(printer, rules,
               json_pack("{s:{s:{s:{s:O}}, s:[s]}, s:{s:{s:o}}}", "if", "properties", "kind", "const", kind, "required", "kind",
                         "then", "properties", "details", check(printer, form_schema(printer, form))));
    }
    append(printer, rules,
           json_pack("{s:{s:{s:{s:o}}, s:[s]}, s:{s:{s:{s:s, s:i}}}}", "if", "properties", "kind", "enum", others, "required",
                     "kind", "then", "properties", "details", "type", "object", "maxProperties", 0));
    append(printer, rules,
           json_pack("{s:{s:{s:{s:s, s:i}}, s:[s]}, s:{s:[s], s:{s:{s:s, s:s}}}}", "if", "properties", "conditions", "type",
                     "array", "minItems", 1, "required", "conditions", "then", "required", "grade", "properties", "grade", "type",
                     "string", "pattern", "C$"));
    json_decref(kinds);
    return rules;
}

char *xf_record_schema(const struct xf_vocabulary *vocabulary)
{
    struct printer printer = {.vocabulary = vocabulary};
    json_t *schema = check(
        &printer,
        json_pack("{s:s, s:s, s:s, s:s}", "$schema", DRAFT, "$id", "https://crossflag.uk/schemas/record.json", "title",
                  "An agency's record", "description",
                  "Empty strings mean absent. Lengths are counted in bytes of UTF-8 by the daemon. Beyond this schema it also "
                  "checks that refs are unique and name a part of the record, and that until is not before occurred_at."));
    json_t *record = form_schema(&printer, &xf_form_record), *definitions = empty_object(&printer);
    char *printed = NULL;

    if (json_object_update(schema, record))
        printer.out_of_memory = true;
    define_forms(&printer, definitions, &xf_form_record);
    set(&printer, schema, "allOf", details_schema(&printer));
    set(&printer, schema, "$defs", definitions);
    if (!printer.out_of_memory)
        printed = json_dumps(schema, JSON_INDENT(2));
    json_decref(record);
    json_decref(schema);
    return printed;
}
