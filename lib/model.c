/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a model's JSON into integers. Called when a model enters the fold, and by the command line. What the program compares is
 * fixed in the tables below; the file must give every level a weight (m and u, or thousandths of a bit) and say where each number
 * comes from, and nothing else. Invariant: a model is whole and frozen once it is read. */
#include "model.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "figure.h"

#define FORMAT "crossflag-model/1"

struct shape {
    const char *name;
    const char *levels[XF_LEVELS_MAX + 1];
};

static const struct shape person_shapes[XF_PERSON_COMPARISONS] = {
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
static const struct shape location_shapes[XF_LOCATION_COMPARISONS] = {
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
static const struct shape vehicle_shapes[XF_VEHICLE_COMPARISONS] = {
    {"plate", {"exact", "misread", "part_long", "short", "doubtful", "one_off", "part", "different"}},
    {"vin", {"equal", "tail", "one_off", "different"}},
    {"licence_plate", {"equal", "different"}},
    {"make", {"equal", "different"}},
    {"model", {"equal", "different"}},
    {"colour", {"equal", "different"}},
};
static const struct shape attribute_shape = {"attribute", {"exact", "similar", "different"}};

static const struct {
    const char *name;
    const struct shape *shapes;
    uint32_t count;
} kinds[XF_MENTION_KINDS] = {{"person", person_shapes, XF_PERSON_COMPARISONS},
                             {"location", location_shapes, XF_LOCATION_COMPARISONS},
                             {"vehicle", vehicle_shapes, XF_VEHICLE_COMPARISONS}};

uint64_t xf_text_hash(const char *text, size_t length)
{
    return XXH3_64bits(text, length);
}

static int read_level(const struct xf_place *place, json_t *object, struct xf_level *ret)
{
    static const char *const members[] = {"weight", "m", "u", "frequency", "max", "source", NULL};
    int64_t frequency = 0, max = XF_FIGURE_WEIGHT_MAX;
    int32_t u = 0;
    int rc = xf_figure_members(place, object, members);

    if (rc == XF_OK)
        rc = xf_figure_weight(place, object, &ret->weight, &u);
    if (rc == XF_OK && json_object_get(object, "frequency"))
        rc = xf_figure_integer(place, object, "frequency", 0, 1000, &frequency);
    if (rc == XF_OK && json_object_get(object, "max"))
        rc = xf_figure_integer(place, object, "max", -XF_FIGURE_WEIGHT_MAX, XF_FIGURE_WEIGHT_MAX, &max);
    ret->frequency = (int32_t)frequency;
    ret->max = (int32_t)max;
    ret->usual = -u;
    return rc;
}

static int read_comparison(const struct xf_place *place, json_t *object, const struct shape *shape, struct xf_comparison *ret)
{
    int rc = xf_figure_members(place, object, shape->levels);

    ret->name = shape->name;
    for (ret->count = 0; rc == XF_OK && shape->levels[ret->count]; ret->count++) {
        struct xf_place below = xf_figure_child(place, shape->levels[ret->count]);

        ret->levels[ret->count].name = shape->levels[ret->count];
        rc = read_level(&below, json_object_get(object, shape->levels[ret->count]), &ret->levels[ret->count]);
    }
    return rc;
}

static int read_number(const struct xf_place *place, json_t *object, const char *name, int32_t *ret)
{
    static const char *const members[] = {"weight", "m", "u", "source", NULL};
    struct xf_place below = xf_figure_child(place, name);
    json_t *value = json_object_get(object, name);
    int32_t u;
    int rc = xf_figure_members(&below, value, members);

    return rc == XF_OK ? xf_figure_weight(&below, value, ret, &u) : rc;
}

static int read_blocking(const struct xf_place *place, json_t *object, struct xf_model_kind *ret)
{
    static const char *const members[] = {"budget", "hard_budget", "narrow_budget", "window", "search_budget", "source", NULL};
    int64_t budget, hard, narrow, window, search;
    int rc = xf_figure_members(place, object, members);

    if (rc == XF_OK)
        rc = xf_figure_source(place, object);
    if (rc == XF_OK)
        rc = xf_figure_integer(place, object, "budget", 2, 10000, &budget);
    if (rc == XF_OK)
        rc = xf_figure_integer(place, object, "hard_budget", 2, 100000, &hard);
    if (rc == XF_OK)
        rc = xf_figure_integer(place, object, "narrow_budget", 2, 10000, &narrow);
    if (rc == XF_OK)
        rc = xf_figure_integer(place, object, "window", 1, 1000, &window);
    if (rc == XF_OK)
        rc = xf_figure_integer(place, object, "search_budget", 2, 1000000, &search);
    if (rc == XF_OK) {
        ret->budget = (uint32_t)budget;
        ret->hard_budget = (uint32_t)hard;
        ret->narrow_budget = (uint32_t)narrow;
        ret->window = (uint32_t)window;
        ret->search_budget = (uint32_t)search;
    }
    return rc;
}

static int compare_rarity(const void *a, const void *b)
{
    uint64_t x = ((const struct xf_rarity *)a)->hash, y = ((const struct xf_rarity *)b)->hash;

    return (x > y) - (x < y);
}

static int read_frequencies(const struct xf_place *place, json_t *object, struct xf_frequencies *ret)
{
    static const char *const members[] = {"unlisted", "distinct", "table", "source", NULL};
    struct xf_place below = xf_figure_child(place, "table");
    json_t *table, *value;
    const char *key;
    int32_t bits = 0, distinct = INT32_MIN;
    int rc = xf_figure_members(place, object, members);

    if (rc == XF_OK)
        rc = xf_figure_source(place, object);
    if (rc == XF_OK)
        rc = xf_figure_probability(place, object, "unlisted", &bits);
    if (rc == XF_OK && json_object_get(object, "distinct"))
        rc = xf_figure_probability(place, object, "distinct", &distinct);
    if (rc != XF_OK)
        return rc;
    ret->unlisted = -bits;
    ret->distinct = distinct == INT32_MIN ? INT32_MAX : -distinct;
    table = json_object_get(object, "table");
    if (!json_is_object(table))
        return xf_figure_fault(&below, "must be an object of names and their frequencies");
    json_object_foreach(table, key, value)
    {
        rc = xf_figure_probability(&below, table, key, &bits);
        if (rc != XF_OK)
            return rc;
        if (xf_vec_push(&ret->rows, (struct xf_rarity){.hash = xf_text_hash(key, strlen(key)), .rarity = -bits}) != XF_OK)
            return XF_ENOMEM;
    }
    if (ret->rows.count)
        qsort(ret->rows.items, ret->rows.count, sizeof(*ret->rows.items), compare_rarity);
    return XF_OK;
}

/* What an attribute's agreement repeats of what an address at each level says. */
static int read_beside_address(const struct xf_place *place, json_t *object, struct xf_attribute *ret)
{
    const struct shape *address = &person_shapes[XF_PERSON_ADDRESS];

    if (!object)
        return XF_OK;
    for (int i = 0; i < XF_HOME_LEVELS; i++) {
        int64_t repeated = 0;
        int rc = json_object_get(object, address->levels[i])
                     ? xf_figure_integer(place, object, address->levels[i], 0, XF_FIGURE_WEIGHT_MAX, &repeated)
                     : XF_OK;

        if (rc != XF_OK)
            return rc;
        ret->beside_address[i] = (int32_t)repeated;
    }
    return xf_figure_members(place, object, address->levels);
}

/* Its levels, the frequencies of its values where the model has them, and what it repeats of the address. */
static int read_attribute(const struct xf_place *place, json_t *object, struct xf_attribute *ret)
{
    static const char *const members[] = {"address", "attributes", "source", NULL};
    struct xf_place table = xf_figure_child(place, "frequencies"), beside = xf_figure_child(place, "beside"),
                    address = xf_figure_child(&beside, "address");
    json_t *frequencies = json_object_get(object, "frequencies"), *besides = json_object_get(object, "beside");
    json_t *levels = json_copy(object);
    int rc = levels ? XF_OK : XF_ENOMEM;

    json_object_del(levels, "frequencies");
    json_object_del(levels, "beside");
    if (rc == XF_OK)
        rc = read_comparison(place, levels, &attribute_shape, &ret->comparison);
    json_decref(levels);
    if (rc == XF_OK && frequencies)
        rc = read_frequencies(&table, frequencies, &ret->frequencies);
    if (rc == XF_OK && besides)
        rc = xf_figure_members(&beside, besides, members);
    if (rc == XF_OK && besides)
        rc = xf_figure_source(&beside, besides);
    return rc == XF_OK ? read_beside_address(&address, json_object_get(besides, "address"), ret) : rc;
}

/* What attributes repeat of each other, once all are known. */
static int read_beside_attributes(const struct xf_place *place, json_t *object, struct xf_model_kind *ret)
{
    for (uint32_t i = 0; i < ret->attribute_count; i++) {
        struct xf_place attribute = xf_figure_child(place, ret->attributes[i].name), beside = xf_figure_child(&attribute, "beside"),
                        below = xf_figure_child(&beside, "attributes");
        json_t *repeated =
            json_object_get(json_object_get(json_object_get(object, ret->attributes[i].name), "beside"), "attributes");

        for (uint32_t j = 0; j < ret->attribute_count; j++) {
            int64_t weight = 0;
            int rc = json_object_get(repeated, ret->attributes[j].name)
                         ? xf_figure_integer(&below, repeated, ret->attributes[j].name, 0, XF_FIGURE_WEIGHT_MAX, &weight)
                         : XF_OK;

            if (rc != XF_OK)
                return rc;
            ret->attributes[i].beside[j] = (int32_t)weight;
        }
    }
    return XF_OK;
}

static int read_attributes(const struct xf_place *place, json_t *object, struct xf_model_kind *ret)
{
    const char *key;
    json_t *value;

    if (!object)
        return XF_OK;
    if (!json_is_object(object) || json_object_size(object) > XF_ATTRIBUTES_MAX)
        return xf_figure_fault(place, "must be an object of at most %d attributes", XF_ATTRIBUTES_MAX);
    json_object_foreach(object, key, value)
    {
        struct xf_attribute *attribute = &ret->attributes[ret->attribute_count++];
        struct xf_place below = xf_figure_child(place, key);
        int rc;

        if (strlen(key) >= sizeof(attribute->name))
            return xf_figure_fault(&below, "is too long a name");
        rc = read_attribute(&below, value, attribute);
        if (rc != XF_OK)
            return rc;
        strcpy(attribute->name, key);
        attribute->comparison.name = attribute->name;
        attribute->hash = xf_text_hash(key, strlen(key));
    }
    return read_beside_attributes(place, object, ret);
}

static int read_share(const struct xf_place *place, json_t *object, int64_t most, int32_t *ret)
{
    static const char *const members[] = {"share", "source", NULL};
    int64_t share;
    int rc = xf_figure_members(place, object, members);

    if (rc == XF_OK)
        rc = xf_figure_source(place, object);
    if (rc == XF_OK)
        rc = xf_figure_integer(place, object, "share", 0, most, &share);
    if (rc == XF_OK)
        *ret = (int32_t)share;
    return rc;
}

/* Schemes that the model says are personal; may be left out. */
static int read_personal(const struct xf_place *place, json_t *object, struct xf_model *model)
{
    static const char *const members[] = {"schemes", "source", NULL};
    struct xf_place below = xf_figure_child(place, "schemes");
    json_t *schemes = json_object_get(object, "schemes"), *scheme;
    size_t at;
    int rc;

    if (!object)
        return XF_OK;
    rc = xf_figure_members(place, object, members);
    if (rc == XF_OK)
        rc = xf_figure_source(place, object);
    if (rc == XF_OK && (!json_is_array(schemes) || json_array_size(schemes) > XF_SCHEMES_MAX))
        rc = xf_figure_fault(&below, "must be a list of at most %d schemes", XF_SCHEMES_MAX);
    if (rc != XF_OK)
        return rc;
    json_array_foreach(schemes, at, scheme)
    {
        if (!json_is_string(scheme))
            return xf_figure_fault(&below, "must be a list of words");
        model->personal[model->personal_count++] = xf_text_hash(json_string_value(scheme), json_string_length(scheme));
    }
    return XF_OK;
}

/* The most that a level of a name's part can weigh: its rarest name's. */
static int32_t most_of_part(const struct xf_comparison *comparison, const struct xf_frequencies *table)
{
    int32_t most = INT32_MIN;

    for (uint32_t i = 0; i < comparison->count; i++) {
        const struct xf_level *level = &comparison->levels[i];
        int32_t rarest = table->unlisted, weight = level->weight;

        for (uint32_t j = 0; j < table->rows.count; j++)
            rarest = table->rows.items[j].rarity > rarest ? table->rows.items[j].rarity : rarest;
        if (level->frequency && rarest > level->usual)
            weight += (int32_t)((int64_t)level->frequency * (rarest - level->usual) / 1000);
        most = weight > most ? weight : most;
    }
    return most;
}

/* Checks that a part's levels which count the names' frequency say what is usual: a level for two names that differ in spelling has
 * a u of its own, which is no name's frequency, so that the exact level's stands for it (as in Splink). */
static int settle_part(const struct xf_place *place, struct xf_comparison *comparison)
{
    struct xf_place comparisons = xf_figure_child(place, "comparisons"), part = xf_figure_child(&comparisons, comparison->name);

    for (uint32_t i = 0; i < comparison->count; i++) {
        struct xf_level *level = &comparison->levels[i];
        struct xf_place below = xf_figure_child(&part, level->name);

        level->usual = comparison->levels[XF_PART_EXACT].usual;
        if (level->frequency && !level->usual)
            return xf_figure_fault(&below, "counts the names' frequency: the level exact must say with m and u what is usual");
    }
    return XF_OK;
}

/* The most that a pair of names can weigh. */
static void settle_names(struct xf_model *model)
{
    struct xf_comparison *comparisons = model->kinds[XF_PERSON].comparisons;
    int32_t parts =
        most_of_part(&comparisons[XF_PERSON_GIVEN], &model->given) + most_of_part(&comparisons[XF_PERSON_FAMILY], &model->family);

    model->name_max = INT32_MIN;
    for (int i = 0; i < XF_NAME_LEVELS; i++) {
        const struct xf_level *level = &comparisons[XF_PERSON_NAME].levels[i];
        int32_t most = level->weight + (parts > 0 ? parts : 0);

        most = most < level->max ? most : level->max;
        model->name_max = most > model->name_max ? most : model->name_max;
    }
}

/* What only persons have: guards against household members, and the names' frequencies. */
static int read_person(const struct xf_place *place, json_t *object, struct xf_model *model)
{
    static const char *const guards[] = {"siblings", "resembling", "undated", "household", NULL};
    static const char *const tables[] = {"given", "family", NULL};
    struct xf_place guard = xf_figure_child(place, "guards"), table = xf_figure_child(place, "frequencies");
    struct xf_place household = xf_figure_child(&guard, "household"), given = xf_figure_child(&table, "given"),
                    family = xf_figure_child(&table, "family"), personal = xf_figure_child(place, "personal");
    json_t *guard_object = json_object_get(object, "guards"), *table_object = json_object_get(object, "frequencies");
    int rc = xf_figure_members(&guard, guard_object, guards);

    if (rc == XF_OK)
        rc = read_number(&guard, guard_object, "siblings", &model->siblings);
    if (rc == XF_OK)
        rc = read_number(&guard, guard_object, "resembling", &model->resembling);
    if (rc == XF_OK)
        rc = read_number(&guard, guard_object, "undated", &model->undated);
    if (rc == XF_OK)
        rc = read_share(&household, json_object_get(guard_object, "household"), 1000, &model->household);
    if (rc == XF_OK)
        rc = xf_figure_members(&table, table_object, tables);
    if (rc == XF_OK)
        rc = read_frequencies(&given, json_object_get(table_object, "given"), &model->given);
    if (rc == XF_OK)
        rc = read_frequencies(&family, json_object_get(table_object, "family"), &model->family);
    if (rc == XF_OK)
        rc = read_personal(&personal, json_object_get(object, "personal"), model);
    if (rc == XF_OK)
        rc = settle_part(place, &model->kinds[XF_PERSON].comparisons[XF_PERSON_GIVEN]);
    if (rc == XF_OK)
        rc = settle_part(place, &model->kinds[XF_PERSON].comparisons[XF_PERSON_FAMILY]);
    if (rc == XF_OK)
        settle_names(model);
    return rc;
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

        rc = value ? read_frequencies(&table, value, tables[i]) : XF_OK;
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
        rc = read_number(place, object, "prior", &ret->prior);
    if (rc == XF_OK)
        rc = read_number(place, object, "link", &ret->link);
    if (rc == XF_OK)
        rc = read_number(place, object, "review", &ret->review);
    if (rc == XF_OK)
        rc = read_number(place, object, "keep", &ret->keep);
    if (rc == XF_OK)
        rc = read_number(place, object, "contradiction", &ret->contradiction);
    if (rc == XF_OK)
        rc = read_share(&breadth, json_object_get(object, "breadth"), 4000, &share);
    for (uint32_t i = 1; rc == XF_OK && i <= XF_BREADTH_MAX; i++)
        ret->chance[i] = (int32_t)((int64_t)share * xf_model_log2(i) / 1000);
    if (rc == XF_OK && (ret->review > ret->link || ret->keep > ret->link))
        rc = xf_figure_fault(place, "has a review or keep threshold above its link threshold");
    if (rc == XF_OK)
        rc = read_blocking(&blocking, json_object_get(object, "blocking"), ret);
    for (uint32_t i = 0; i < kinds[kind].count; i++)
        names[i] = kinds[kind].shapes[i].name;
    if (rc == XF_OK)
        rc = xf_figure_members(&comparisons, all, names);
    ret->comparison_count = kinds[kind].count;
    for (uint32_t i = 0; rc == XF_OK && i < kinds[kind].count; i++) {
        struct xf_place below = xf_figure_child(&comparisons, names[i]);
        rc = read_comparison(&below, json_object_get(all, names[i]), &kinds[kind].shapes[i], &ret->comparisons[i]);
        ret->comparisons[i].at = (uint8_t)i;
    }
    if (rc == XF_OK)
        rc = read_attributes(&attributes, json_object_get(object, "attributes"), ret);
    if (rc == XF_OK && kind == XF_PERSON)
        rc = read_person(place, object, model);
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
