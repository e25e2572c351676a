/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a model's JSON into integers. Called when a model enters the fold, and by the command line. What the program compares is
 * fixed in the tables below; the file must give every level a weight (m and u, or thousandths of a bit) and say where each number
 * comes from, and nothing else. Invariant: a model is whole and frozen once it is read. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "model_read.h"

#define FORMAT "crossflag-model/1"

static const struct xf_shape person_shapes[XF_PERSON_COMPARISONS] = {
    {"given", {"exact", "equivalent", "similar", "initial", "resembling", "different"}},
    {"family", {"exact", "equivalent", "similar", "initial", "resembling", "different"}},
    {"name",
     {"exact", "swapped", "equivalent", "similar", "initial", "given_only", "family_only", "resembling", "family_differing_given",
      "given_differing_family", "different"}},
    {"birth_date",
     {"exact", "day_month_swapped", "one_digit", "decade_digit", "years", "years_digit", "partial_month", "partial_year",
      "same_month", "same_year", "near_year", "different", "generation"}},
    {"sex", {"equal", "different"}},
    {"id", {"national", "equal", "one_character", "different"}},
    {"address",
     {"uprn", "house", "house_street", "postcode", "postcode_misspelt", "neighbour", "sector", "outcode", "town", "area",
      "different"}},
    {"phone", {"equal", "different"}},
    {"email", {"equal", "different"}},
    {"account", {"equal", "different"}},
};
static const struct xf_shape location_shapes[XF_LOCATION_COMPARISONS] = {
    {"address",
     {"uprn", "house_street_postcode", "house_postcode", "house_street_town", "house_street_outcode", "house_street",
      "street_postcode", "postcode", "neighbour", "different", "uprn_different"}},
    {"house", {"range", "letter", "missing"}},
    {"street", {"spelling", "kind", "within", "different"}},
    {"unit", {"equal", "written", "overlap", "inferred", "uncertain", "missing", "different"}},
    {"words", {"agreeing", "left_out", "differing", "parts"}},
    {"name", {"exact", "similar", "within", "different"}},
    {"distance", {"same", "near", "district", "far"}},
    {"type", {"equal", "different"}},
};
static const struct xf_shape vehicle_shapes[XF_VEHICLE_COMPARISONS] = {
    {"plate", {"exact", "misread", "part_long", "short", "doubtful", "one_off", "part", "different"}},
    {"vin", {"equal", "tail", "one_off", "different"}},
    {"licence_plate", {"equal", "different"}},
    {"make", {"equal", "different"}},
    {"model", {"equal", "different"}},
    {"colour", {"equal", "different"}},
};

static const struct {
    const char *name;
    const struct xf_shape *shapes;
    uint32_t count;
} kinds[XF_MENTION_KINDS] = {{"person", person_shapes, XF_PERSON_COMPARISONS},
                             {"location", location_shapes, XF_LOCATION_COMPARISONS},
                             {"vehicle", vehicle_shapes, XF_VEHICLE_COMPARISONS}};

uint64_t xf_text_hash(const char *text, size_t length)
{
    return XXH3_64bits(text, length);
}

/* How common makes, models and colours are: each table may be left out. */
static int read_vehicle(const struct xf_place *place, json_t *object, struct xf_model *model)
{
    static const char *const members[] = {"make", "model", "colour", NULL};
    struct xf_frequencies *const tables[] = {&model->makes, &model->models, &model->colours};
    struct xf_place below = xf_figure_child(place, "frequencies");
    json_t *all = json_object_get(object, "frequencies");
    int rc = all ? xf_figure_members(&below, all, members) : XF_OK;

    for (size_t i = 0; rc == XF_OK && all && members[i]; i++) {
        struct xf_place table = xf_figure_child(&below, members[i]);
        json_t *value = json_object_get(all, members[i]);

        rc = value ? xf_model_read_frequencies(&table, value, tables[i]) : XF_OK;
    }
    return rc;
}

static int read_kind(const struct xf_place *place, json_t *object, int kind, struct xf_model *model)
{
    static const char *const members[] = {"prior",       "link",     "review",      "keep",       "contradiction",
                                          "breadth",     "blocking", "comparisons", "attributes", "guards",
                                          "frequencies", "personal", NULL};
    static const char *const fewer[] = {"prior",   "link",     "review",      "keep",       "contradiction",
                                        "breadth", "blocking", "comparisons", "attributes", NULL};
    static const char *const vehicle[] = {"prior",         "link",        "review",   "keep",
                                          "contradiction", "breadth",     "blocking", "comparisons",
                                          "attributes",    "frequencies", NULL};
    struct xf_model_kind *ret = &model->kinds[kind];
    struct xf_place blocking = xf_figure_child(place, "blocking"), comparisons = xf_figure_child(place, "comparisons"),
                    attributes = xf_figure_child(place, "attributes"), breadth = xf_figure_child(place, "breadth");
    json_t *all = json_object_get(object, "comparisons");
    const char *names[XF_COMPARISONS_MAX + 1] = {NULL};
    int32_t share = 0;
    int rc = xf_figure_members(place, object, kind == XF_PERSON ? members : kind == XF_VEHICLE ? vehicle : fewer);

    if (rc == XF_OK)
        rc = xf_model_read_number(place, object, "prior", &ret->prior);
    if (rc == XF_OK)
        rc = xf_model_read_number(place, object, "link", &ret->link);
    if (rc == XF_OK)
        rc = xf_model_read_number(place, object, "review", &ret->review);
    if (rc == XF_OK)
        rc = xf_model_read_number(place, object, "keep", &ret->keep);
    if (rc == XF_OK)
        rc = xf_model_read_number(place, object, "contradiction", &ret->contradiction);
    if (rc == XF_OK)
        rc = xf_model_read_share(&breadth, json_object_get(object, "breadth"), 4000, &share);
    for (uint32_t i = 1; rc == XF_OK && i <= XF_BREADTH_MAX; i++)
        ret->chance[i] = (int32_t)((int64_t)share * xf_model_log2(i) / 1000);
    if (rc == XF_OK && (ret->review > ret->link || ret->keep > ret->link))
        rc = xf_figure_fault(place, "has a review or keep threshold above its link threshold");
    if (rc == XF_OK)
        rc = xf_model_read_blocking(&blocking, json_object_get(object, "blocking"), ret);
    for (uint32_t i = 0; i < kinds[kind].count; i++)
        names[i] = kinds[kind].shapes[i].name;
    if (rc == XF_OK)
        rc = xf_figure_members(&comparisons, all, names);
    ret->comparison_count = kinds[kind].count;
    for (uint32_t i = 0; rc == XF_OK && i < kinds[kind].count; i++) {
        struct xf_place below = xf_figure_child(&comparisons, names[i]);
        rc = xf_model_read_comparison(&below, json_object_get(all, names[i]), &kinds[kind].shapes[i], &ret->comparisons[i]);
        ret->comparisons[i].at = (uint8_t)i;
    }
    if (rc == XF_OK)
        rc = xf_model_read_attributes(&attributes, json_object_get(object, "attributes"), &person_shapes[XF_PERSON_ADDRESS], ret);
    if (rc == XF_OK && kind == XF_PERSON)
        rc = xf_model_read_person(place, object, model);
    else if (rc == XF_OK && kind == XF_VEHICLE)
        rc = read_vehicle(place, object, model);
    return rc;
}

static int read_model(json_t *root, struct xf_model *model, struct xf_error *error)
{
    static const char *const members[] = {"format", "name", "version", "source", "person", "location", "vehicle", NULL};
    struct xf_place place = {.error = error};
    const char *format = json_string_value(json_object_get(root, "format"));
    int rc = xf_figure_members(&place, root, members);

    if (rc == XF_OK && (!format || strcmp(format, FORMAT) != 0)) {
        struct xf_place below = xf_figure_child(&place, "format");
        return xf_figure_fault(&below, "must be \"%s\"", FORMAT);
    }
    for (int kind = 0; rc == XF_OK && kind < XF_MENTION_KINDS; kind++) {
        struct xf_place below = xf_figure_child(&place, kinds[kind].name);
        rc = read_kind(&below, json_object_get(root, kinds[kind].name), kind, model);
    }
    return rc;
}

int xf_model_parse(const char *text, size_t length, struct xf_model **ret, struct xf_error *error)
{
    struct xf_model *model = calloc(1, sizeof(*model));
    json_error_t at;
    json_t *root;
    int rc;

    if (!model)
        return xf_error_set(error, XF_ENOMEM, "out of memory");
    root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &at);
    if (!root) {
        rc = xf_error_set(error, json_error_code(&at) == json_error_out_of_memory ? XF_ENOMEM : XF_EINVAL, "is not JSON: %s",
                          at.text);
        if (error) {
            error->line = at.line > 0 ? (unsigned)at.line : 0;
            error->column = at.column > 0 ? (unsigned)at.column : 0;
        }
    } else {
        rc = read_model(root, model, error);
        if (rc == XF_ENOMEM)
            xf_error_set(error, XF_ENOMEM, "out of memory");
    }
    json_decref(root);
    if (rc != XF_OK) {
        xf_model_destroy(model);
        return rc;
    }
    model->digest = xf_text_hash(text, length);
    *ret = model;
    return XF_OK;
}

void xf_model_destroy(struct xf_model *model)
{
    if (!model)
        return;
    xf_vec_free(&model->given.rows);
    xf_vec_free(&model->family.rows);
    for (int kind = 0; kind < XF_MENTION_KINDS; kind++)
        for (uint32_t i = 0; i < model->kinds[kind].attribute_count; i++)
            xf_vec_free(&model->kinds[kind].attributes[i].frequencies.rows);
    xf_vec_free(&model->makes.rows);
    xf_vec_free(&model->models.rows);
    xf_vec_free(&model->colours.rows);
    free(model);
}

int32_t xf_model_link_threshold(const struct xf_model *model, int kind)
{
    return model->kinds[kind].link;
}

int32_t xf_model_review_threshold(const struct xf_model *model, int kind)
{
    return model->kinds[kind].review;
}

int32_t xf_frequencies_rarity(const struct xf_frequencies *table, uint64_t hash, int *ret_listed)
{
    uint32_t low = 0, high = table->rows.count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (table->rows.items[middle].hash < hash)
            low = middle + 1;
        else
            high = middle;
    }
    *ret_listed = low < table->rows.count && table->rows.items[low].hash == hash;
    return *ret_listed ? table->rows.items[low].rarity : table->unlisted;
}
