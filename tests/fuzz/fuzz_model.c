/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a linkage model. Beyond memory errors it looks for broken promises: a refusal without its reason, a model that is
 * not whole or not what it was the first time, a weight that depends on the order of the two, that its comparisons do not add up
 * to, or that a floor changes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/model.h"
#include "../../lib/score.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                                                           \
    do {                                                                                                                           \
        if (!(condition))                                                                                                          \
            abort();                                                                                                               \
    } while (0)
#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

static void check_frequencies(const struct xf_frequencies *table)
{
    CHECK(table->unlisted >= 0);
    for (uint32_t i = 0; i < table->rows.count; i++) {
        CHECK(table->rows.items[i].rarity >= 0);
        CHECK(!i || table->rows.items[i - 1].hash < table->rows.items[i].hash);
    }
}

static void check_comparison(const struct xf_comparison *comparison)
{
    CHECK(*comparison->name && comparison->count && comparison->count <= XF_LEVELS_MAX);
    for (uint32_t i = 0; i < comparison->count; i++)
        CHECK(*comparison->levels[i].name && comparison->levels[i].frequency >= 0 && comparison->levels[i].frequency <= 1000);
}

static void check_kind(const struct xf_model_kind *kind)
{
    CHECK(kind->review <= kind->link && kind->keep <= kind->link);
    CHECK(kind->budget > 1 && kind->hard_budget > 1 && kind->narrow_budget > 1 && kind->search_budget > 1 && kind->window);
    CHECK(kind->chance[1] == 0);
    for (int i = 2; i <= XF_BREADTH_MAX; i++)
        CHECK(kind->chance[i] >= kind->chance[i - 1]);
    CHECK(kind->comparison_count <= XF_COMPARISONS_MAX && kind->attribute_count <= XF_ATTRIBUTES_MAX);
    for (uint32_t i = 0; i < kind->comparison_count; i++)
        check_comparison(&kind->comparisons[i]);
    for (uint32_t i = 0; i < kind->attribute_count; i++) {
        check_comparison(&kind->attributes[i].comparison);
        check_frequencies(&kind->attributes[i].frequencies);
        for (int j = 0; j < XF_HOME_LEVELS; j++)
            CHECK(kind->attributes[i].beside_address[j] >= 0);
        for (uint32_t j = 0; j < XF_ATTRIBUTES_MAX; j++)
            CHECK(kind->attributes[i].beside[j] >= 0 && (j < kind->attribute_count || !kind->attributes[i].beside[j]));
    }
}

static void check_model(const struct xf_model *model)
{
    for (int i = 0; i < XF_MENTION_KINDS; i++)
        check_kind(&model->kinds[i]);
    check_frequencies(&model->given);
    check_frequencies(&model->family);
    check_frequencies(&model->makes);
    check_frequencies(&model->models);
    check_frequencies(&model->colours);
    CHECK(model->household >= 0 && model->household <= 1000 && model->personal_count <= XF_SCHEMES_MAX);
}

/* Mentions that meet each other at many levels of many comparisons. */
struct value {
    uint8_t field, group;
    const char *qualifier, *text; /* a date's: digits */
};
static const struct {
    enum xf_mention_kind kind;
    struct value values[24];
} mentions[] = {
    {XF_PERSON, {{XF_FIELD_GIVEN, 0, NULL, "amina"},         {XF_FIELD_FAMILY, 0, NULL, "hussain"},
                 {XF_FIELD_BIRTH_DATE, 0, NULL, "20110402"}, {XF_FIELD_SEX, 0, NULL, "f"},
                 {XF_FIELD_ID, 0, "case", "A1234"},          {XF_FIELD_HOUSE, 0, NULL, "4"},
                 {XF_FIELD_POSTCODE, 0, NULL, "HD1 1RL"},    {XF_FIELD_PHONE, 0, NULL, "+447700900123"},
                 {XF_FIELD_ATTRIBUTE, 0, "a", "devon"},      {XF_FIELD_ATTRIBUTE, 0, "a", "leeds"},
                 {XF_FIELD_ATTRIBUTE, 0, "b", "devon"},      {XF_FIELD_ATTRIBUTE, 0, "b", "york"},
                 {XF_FIELD_ATTRIBUTE, 0, "c", "devon"},      {XF_FIELD_ATTRIBUTE, 0, "c", "york"},
                 {XF_FIELD_ATTRIBUTE, 0, "d", "devon"},      {XF_FIELD_ATTRIBUTE, 0, "d", "york"},
                 {XF_FIELD_ATTRIBUTE, 0, "e", "devon"},      {XF_FIELD_ATTRIBUTE, 0, "f", "devon"},
                 {XF_FIELD_ATTRIBUTE, 0, "g", "devon"},      {XF_FIELD_ATTRIBUTE, 0, "g", "york"}}},
    {XF_PERSON,
     {{XF_FIELD_GIVEN, 0, NULL, "hussain"},
      {XF_FIELD_FAMILY, 0, NULL, "amina"},
      {XF_FIELD_GIVEN, 1, NULL, "a"},
      {XF_FIELD_FAMILY, 1, NULL, "khan"},
      {XF_FIELD_BIRTH_DATE, 0, NULL, "20110204"},
      {XF_FIELD_BIRTH_DATE, 0, NULL, "20110000"},
      {XF_FIELD_ID, 0, "case", "A1235"},
      {XF_FIELD_ID, 0, "case", "B1"},
      {XF_FIELD_POSTCODE, 0, NULL, "HD1 1RT"},
      {XF_FIELD_PHONE, 0, NULL, "+447700900123"},
      {XF_FIELD_PHONE, 0, NULL, "+447700900124"},
      {XF_FIELD_ATTRIBUTE, 0, "a", "devonn"},
      {XF_FIELD_ATTRIBUTE, 0, "b", "devon"},
      {XF_FIELD_ATTRIBUTE, 0, "c", "leeds"}}},
    {XF_PERSON,
     {{XF_FIELD_GIVEN, 0, NULL, "aminah"},
      {XF_FIELD_BIRTH_DATE, 0, NULL, "19800917"},
      {XF_FIELD_SEX, 0, NULL, "m"},
      {XF_FIELD_ID, 0, "case", "A1235"},
      {XF_FIELD_HOUSE, 0, NULL, "4"},
      {XF_FIELD_POSTCODE, 0, NULL, "HD1 1RL"},
      {XF_FIELD_EMAIL, 0, NULL, "a@x.uk"},
      {XF_FIELD_ATTRIBUTE, 0, "h", "devon"}}},
    {XF_PERSON,
     {{XF_FIELD_FAMILY, 0, NULL, "hussain"},
      {XF_FIELD_FAMILY, 1, NULL, "husain"},
      {XF_FIELD_BIRTH_DATE, 0, NULL, "20110402"},
      {XF_FIELD_ID, 0, "nhs", "9434765919"},
      {XF_FIELD_TOWN, 0, NULL, "leeds"},
      {XF_FIELD_EMAIL, 0, NULL, "a@x.uk"}}},
    {XF_LOCATION,
     {{XF_FIELD_FLAT, 0, NULL, "2"},
      {XF_FIELD_HOUSE, 0, NULL, "21-29"},
      {XF_FIELD_STREET, 0, NULL, "north gate"},
      {XF_FIELD_POSTCODE, 0, NULL, "HD1 1RL"},
      {XF_FIELD_NAME, 0, NULL, "star grill"},
      {XF_FIELD_TYPE, 0, NULL, "takeaway"}}},
    {XF_LOCATION,
     {{XF_FIELD_HOUSE, 0, NULL, "23"},
      {XF_FIELD_STREET, 0, NULL, "northgate"},
      {XF_FIELD_POSTCODE, 0, NULL, "HD1 1RL"},
      {XF_FIELD_NAME, 0, NULL, "the star grill bar"},
      {XF_FIELD_TYPE, 0, NULL, "shop"},
      {XF_FIELD_ATTRIBUTE, 0, "a", "devon"}}},
    {XF_VEHICLE,
     {{XF_FIELD_VRM, 0, NULL, "YD12KLO"},
      {XF_FIELD_MAKE, 0, NULL, "skoda"},
      {XF_FIELD_MODEL, 0, NULL, "octavia"},
      {XF_FIELD_COLOUR, 0, NULL, "silver"}}},
    {XF_VEHICLE,
     {{XF_FIELD_VRM, 0, NULL, "YD12KL0"},
      {XF_FIELD_MAKE, 0, NULL, "skoda"},
      {XF_FIELD_COLOUR, 0, NULL, "black"},
      {XF_FIELD_LICENCE_PLATE, 0, NULL, "77"}}},
};

static void fill(struct xf_mention *mention, size_t at, struct xf_intern *symbols)
{
    mention->kind = (uint8_t)mentions[at].kind;
    mention->count = 0;
    for (size_t i = 0; i < LENGTH(mentions[at].values) && mentions[at].values[i].field; i++) {
        const struct value *value = &mentions[at].values[i];
        int rc =
            value->field == XF_FIELD_BIRTH_DATE
                ? xf_mention_add_number(mention, XF_FIELD_BIRTH_DATE, value->group, 0, (uint32_t)atol(value->text))
                : xf_mention_add(mention, symbols, (enum xf_field)value->field, value->group, 0, value->qualifier, value->text);

        CHECK(rc == XF_OK);
    }
    xf_mention_seal(mention, symbols);
}

static void check_pair(const struct xf_model *model, const struct xf_aspect *a, const struct xf_aspect *b)
{
    struct xf_trace trace, back;
    int32_t weight = xf_score(model, a, b, INT32_MIN, &trace), sum = model->kinds[a->kind].prior, floored;

    CHECK(xf_score(model, b, a, INT32_MIN, &back) == weight && back.conflict == trace.conflict);
    for (uint32_t i = 0; i < trace.count; i++)
        sum += trace.items[i].weight;
    CHECK(sum == weight);
    if (trace.conflict)
        return;
    CHECK(xf_score(model, a, b, INT32_MIN, NULL) == weight);
    CHECK(xf_score(model, a, b, weight, NULL) == weight);
    floored = xf_score(model, a, b, weight + 1, NULL);
    CHECK(floored <= weight);
}

static void check_scores(const struct xf_model *model)
{
    static struct xf_mention filled[LENGTH(mentions)];
    static struct xf_aspect aspects[LENGTH(mentions)];
    struct xf_intern *symbols = xf_intern_create();
    struct xf_lexicon lexicon = {.model = model, .symbols = symbols};

    CHECK(symbols);
    for (size_t i = 0; i < LENGTH(mentions); i++) {
        fill(&filled[i], i, symbols);
        CHECK(xf_lexicon_add(&lexicon, filled[i].values, filled[i].count) == XF_OK);
        xf_aspect_open(&aspects[i], &lexicon, filled[i].kind, filled[i].values, filled[i].count);
    }
    for (size_t i = 0; i < LENGTH(mentions); i++)
        for (size_t j = 0; j <= i; j++)
            if (filled[i].kind == filled[j].kind)
                check_pair(model, &aspects[i], &aspects[j]);
    xf_lexicon_finish(&lexicon);
    xf_intern_destroy(symbols);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xf_model *model = NULL, *again = NULL;
    struct xf_error error = {0};
    int rc = xf_model_parse((const char *)data, size, &model, &error);

    CHECK((rc == XF_OK) == (model != NULL));
    if (model) {
        check_model(model);
        check_scores(model);
        CHECK(xf_model_parse((const char *)data, size, &again, NULL) == XF_OK && again->digest == model->digest);
    } else {
        CHECK(error.code == rc && *error.text && (!*error.pointer || *error.pointer == '/'));
        CHECK(xf_model_parse((const char *)data, size, &again, NULL) == rc && !again);
    }
    xf_model_destroy(model);
    xf_model_destroy(again);
    return 0;
}
