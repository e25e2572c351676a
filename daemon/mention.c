/* SPDX-License-Identifier: Apache-2.0 */
/* From the text that names a mention to its number, and from a number to what is shown of it. Called by the handlers under the read
 * lock. Invariant: a mention whose record the caller may not see is as if it were not there. */
#include "mention.h"

#include <stdio.h>
#include <string.h>

static uint32_t visible(const struct xf_view *view, uint32_t record, const char *ref)
{
    if (record == XF_NONE || !view->graph->partners || !xf_disclosure_record(view, record))
        return XF_NONE;
    return xf_register_mention_of(view->graph->reg, record, ref);
}

uint32_t xf_mention_named(const struct xf_fold *fold, const struct xf_view *view, const char *text)
{
    const char *slash = strchr(text, '/');
    char feed[129], id[XF_RECORD_STRING_MAX + 1];

    if (!slash || (size_t)(slash - text) >= sizeof(feed))
        return XF_NONE;
    snprintf(feed, sizeof(feed), "%.*s", (int)(slash - text), text);
    for (const char *end = strrchr(text, '/'); end > slash; end--) {
        uint32_t mention;

        if (*end != '/' || (size_t)(end - slash - 1) >= sizeof(id))
            continue;
        snprintf(id, sizeof(id), "%.*s", (int)(end - slash - 1), slash + 1);
        mention = visible(view, xf_register_find(xf_fold_register(fold), feed, id), end + 1);
        if (mention != XF_NONE)
            return mention;
    }
    return XF_NONE;
}

uint32_t xf_mention_keyed(const struct xf_fold *fold, const struct xf_view *view, json_t *key)
{
    uint32_t record = xf_register_find(xf_fold_register(fold), json_string_value(json_object_get(key, "feed")),
                                       json_string_value(json_object_get(key, "id")));

    return visible(view, record, json_string_value(json_object_get(key, "ref")));
}

struct xf_mention_key xf_mention_key_of(const struct xf_fold *fold, uint32_t number)
{
    const struct xf_register_mention *mention = xf_register_mention_at(xf_fold_register(fold), number);
    const struct xf_register_record *record = xf_register_record_at(xf_fold_register(fold), mention->record);

    return (struct xf_mention_key){.feed = record->feed, .id = record->id, .ref = mention->ref};
}

bool xf_mention_is(const struct xf_fold *fold, uint32_t number, struct xf_mention_key key)
{
    struct xf_mention_key now;

    if (!xf_register_mention_at(xf_fold_register(fold), number)->live)
        return false;
    now = xf_mention_key_of(fold, number);
    return now.feed == key.feed && now.id == key.id && now.ref == key.ref;
}

enum xf_sight xf_mention_sight(const struct xf_view *view, uint32_t number)
{
    return xf_query_sight(view, xf_register_mention_at(view->graph->reg, number)->record);
}

json_t *xf_mention_key_json(const struct xf_intern *symbols, struct xf_mention_key key)
{
    return json_pack("{s:s,s:s,s:s}", "feed", xf_intern_text(symbols, key.feed), "id", xf_intern_text(symbols, key.id), "ref",
                     xf_intern_text(symbols, key.ref));
}

json_t *xf_mention_json(const struct xf_fold *fold, uint32_t number)
{
    const struct xf_register_mention *mention = xf_register_mention_at(xf_fold_register(fold), number);
    json_t *shown = xf_mention_key_json(xf_fold_symbols(fold), xf_mention_key_of(fold, number));

    json_object_set_new(shown, "role", json_string(xf_intern_text(xf_fold_symbols(fold), mention->role)));
    return shown;
}

json_t *xf_mention_values_json(const struct xf_fold *fold, uint32_t number)
{
    static const struct {
        enum xf_field field;
        const char *name;
    } shown[] = {{XF_FIELD_GIVEN, "given"},       {XF_FIELD_FAMILY, "family"}, {XF_FIELD_NAME, "name"},
                 {XF_FIELD_HOUSE, "house"},       {XF_FIELD_STREET, "street"}, {XF_FIELD_TOWN, "town"},
                 {XF_FIELD_POSTCODE, "postcode"}, {XF_FIELD_VRM, "vrm"},       {XF_FIELD_MAKE, "make"},
                 {XF_FIELD_MODEL, "model"},       {XF_FIELD_SEX, "sex"},       {XF_FIELD_COLOUR, "colour"}};
    json_t *values_json = json_object();
    struct xf_value values[XF_MENTION_VALUES_MAX];
    uint32_t count = xf_linker_values(xf_fold_linker(fold), number, values);
    char date[11];

    for (uint32_t i = 0; i < count; i++) {
        if (values[i].field == XF_FIELD_BIRTH_DATE && !json_object_get(values_json, "birth_date"))
            json_object_set_new(values_json, "birth_date", json_string(xf_date_format(values[i].symbol, date)));
        for (size_t j = 0; j < sizeof(shown) / sizeof(shown[0]); j++)
            if (values[i].field == shown[j].field && !json_object_get(values_json, shown[j].name))
                json_object_set_new(values_json, shown[j].name,
                                    json_string(xf_intern_text(xf_fold_symbols(fold), values[i].symbol)));
    }
    return values_json;
}

json_t *xf_mention_value_json(const struct xf_fold *fold, const struct xf_value *value)
{
    const struct xf_intern *symbols = xf_fold_symbols(fold);
    char date[11];

    switch ((enum xf_field)value->field) {
    case XF_FIELD_BIRTH_DATE:
        return json_string(xf_date_format(value->symbol, date));
    case XF_FIELD_LAT:
    case XF_FIELD_LON:
        return json_sprintf("%.7f", (int32_t)value->symbol / 1e7);
    case XF_FIELD_ID:
    case XF_FIELD_ACCOUNT:
    case XF_FIELD_ATTRIBUTE:
        return json_sprintf("%s:%s", xf_intern_text(symbols, value->qualifier), xf_intern_text(symbols, value->symbol));
    default:
        return value->field ? json_string(xf_intern_text(symbols, value->symbol)) : json_null();
    }
}
