/* SPDX-License-Identifier: Apache-2.0 */
/* The shipped model is read whole; a faulty one is refused at the place of its fault; probabilities become bits without floating
 * point. */
#include "check.h"

#include <math.h>
#include <stdio.h>

#include "../../lib/model.h"
#include "mentions.h"

static void the_shipped_model_is_sound(void **state)
{
    struct xf_model *model = shipped_model();
    int listed;

    (void)state;
    assert_int_equal(xf_model_link_threshold(model, XF_PERSON), 8000);
    assert_int_equal(xf_model_review_threshold(model, XF_PERSON), 2000);
    for (int kind = 0; kind < XF_MENTION_KINDS; kind++) {
        assert_true(model->kinds[kind].review < model->kinds[kind].link);
        assert_true(model->kinds[kind].keep < model->kinds[kind].link);
        for (uint32_t i = 0; i < model->kinds[kind].comparison_count; i++)
            for (uint32_t j = 0; j < model->kinds[kind].comparisons[i].count; j++)
                assert_non_null(model->kinds[kind].comparisons[i].levels[j].name);
    }
    assert_int_equal(model->kinds[XF_PERSON].comparisons[XF_PERSON_NAME].count, XF_NAME_LEVELS);
    assert_int_equal(model->kinds[XF_PERSON].comparisons[XF_PERSON_BIRTH_DATE].count, XF_BIRTH_LEVELS);
    assert_int_equal(model->kinds[XF_PERSON].comparisons[XF_PERSON_ADDRESS].count, XF_HOME_LEVELS);
    assert_int_equal(model->kinds[XF_LOCATION].comparisons[XF_LOCATION_ADDRESS].count, XF_PLACE_LEVELS);
    assert_int_equal(model->kinds[XF_LOCATION].comparisons[XF_LOCATION_NAME].count, XF_PREMISES_LEVELS);
    assert_int_equal(model->kinds[XF_LOCATION].comparisons[XF_LOCATION_DISTANCE].count, XF_DISTANCE_LEVELS);
    assert_int_equal(model->kinds[XF_VEHICLE].comparisons[XF_VEHICLE_PLATE].count, XF_PLATE_LEVELS);
    assert_string_equal(model->kinds[XF_PERSON].comparisons[XF_PERSON_NAME].levels[XF_NAME_FAMILY].name, "family_differing_given");
    assert_string_equal(model->kinds[XF_LOCATION].comparisons[XF_LOCATION_ADDRESS].levels[XF_PLACE_UPRN_DIFFERENT].name,
                        "uprn_different");
    assert_true(model->given.rows.count >= 60 && model->family.rows.count >= 60);
    /* MoJ's figure for the exact birth date: log2(.9480015 / 6.3281781e-05). */
    assert_int_equal(model->kinds[XF_PERSON].comparisons[XF_PERSON_BIRTH_DATE].levels[XF_BIRTH_EXACT].weight, 13871);
    assert_true(xf_frequencies_rarity(&model->family, xf_text_hash("smith", 5), &listed) < 7000);
    assert_true(listed);
    assert_int_equal(xf_frequencies_rarity(&model->family, xf_text_hash("wisniewska", 10), &listed), model->family.unlisted);
    assert_false(listed);
    xf_model_destroy(model);
    xf_model_destroy(NULL);
}

static void logarithms_are_exact_to_the_thousandth(void **state)
{
    static const double numbers[] = {
        1.0, 0.5, 0.25, 3.0, 0.1, 0.9480015, 6.3281781e-05, 1e-9, 5e-324, 2.2250738585072014e-308, 1e-310, 0.99999999999999989};

    (void)state;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
        double expected = log2(numbers[i]) * 1000;

        assert_true(fabs(xf_model_log2(numbers[i]) - expected) <= 0.51);
    }
}

/* Replaces the first `from` behind the first `after` in the shipped model's text and parses it. */
static int parse_changed(const char *after, const char *from, const char *to, struct xf_error *error)
{
    size_t length;
    char *text = read_file("config/models/uk.json", &length), *at = strstr(text, after), *changed;
    struct xf_model *model = NULL;
    int rc;

    assert_non_null(at);
    at = strstr(at, from);
    assert_non_null(at);
    changed = calloc(1, length + strlen(to) + 1);
    memcpy(changed, text, (size_t)(at - text));
    strcpy(changed + (at - text), to);
    strcat(changed, at + strlen(from));
    *error = (struct xf_error){0};
    rc = xf_model_parse(changed, strlen(changed), &model, error);
    if (rc != XF_OK)
        assert_null(model);
    xf_model_destroy(model);
    free(changed);
    free(text);
    return rc;
}

static void a_fault_is_named_by_its_place(void **state)
{
    static const struct {
        const char *after, *from, *to, *pointer;
    } cases[] = {
        {"", "crossflag-model/1", "crossflag-model/9", "/format"},
        {"", "\"name\": \"uk\"", "\"nmae\": \"uk\"", "/nmae"},
        {"", "\"person\": {", "\"people\": {", "/people"},
        {"", "-17000", "-1.5", "/person/prior/weight"},
        {"", "-17000", "-1700000", "/person/prior/weight"},
        {"\"prior\"", "\"source\": \"the odds", "\"source\": \"\", \"sauce\": \"", "/person/prior/sauce"},
        {"\"link\"", "\"weight\": 8000", "\"weight\": 1000", "/person"},
        {"\"blocking\"", "\"budget\": 128", "\"budget\": 0", "/person/blocking/budget"},
        {"\"blocking\"", "\"budget\": 128", "\"budget\": \"128\"", "/person/blocking/budget"},
        {"\"comparisons\"", "\"name\": {", "\"names\": {", "/person/comparisons/names"},
        {"\"comparisons\"", "\"exact\": {", "\"equal\": {", "/person/comparisons/given/equal"},
        {"\"comparisons\"", "\"m\": ", "\"m\": 1", "/person/comparisons/given/exact/m"},
        {"\"comparisons\"", "\"u\": ", "\"v\": ", "/person/comparisons/given/exact/v"},
        {"\"comparisons\"", "\"m\": ", "\"weight\": 3, \"m\": ", "/person/comparisons/given/exact"},
        {"\"comparisons\"", "\"u\": ", "\"u\": -", "/person/comparisons/given/exact/u"},
        {"\"comparisons\"", "\"m\": 0.5,\n          \"u\": 0.004259", "\"weight\": 7000", "/person/comparisons/given/exact"},
        {"\"swapped\"", "\"frequency\": 1000", "\"frequency\": 1001", "/person/comparisons/name/swapped/frequency"},
        {"\"id\"", "\"national\"", "\"nation\"", "/person/comparisons/id/nation"},
        {"\"guards\"", "\"undated\"", "\"undatd\"", "/person/guards/undatd"},
        {"\"household\"", "\"share\": 350", "\"share\": 5000", "/person/guards/household/share"},
        {"\"frequencies\"", "\"david\": ", "\"david\": -", "/person/frequencies/given/table/david"},
        {"\"location\"", "\"weight\"", "\"wait\"", "/location/prior/wait"},
    };
    struct xf_error error;
    int wrong = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        int rc = parse_changed(cases[i].after, cases[i].from, cases[i].to, &error);

        if (rc != XF_EINVAL || strcmp(error.pointer, cases[i].pointer) != 0 || !*error.text) {
            print_error("%s to %s: %d %s %s, expected %s\n", cases[i].from, cases[i].to, rc, error.pointer, error.text,
                        cases[i].pointer);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
    assert_int_equal(parse_changed("", "\"prior\"", "\"prior\" x", &error), XF_EINVAL);
    assert_true(error.line > 1);
    assert_int_equal(parse_changed("", "\"source\"", "\"format\"", &error), XF_EINVAL); /* a doubled member */
}

/* Attributes beyond the fixed fields are compared as the model says. */
static void attributes_count_under_their_names(void **state)
{
    size_t length;
    char *text = read_file("config/models/uk.json", &length), *at = strstr(text, "\"guards\""), *changed = calloc(1, length + 512);
    static const char attributes[] =
        "\"attributes\": {\"birth_place\": {\"exact\": {\"weight\": 4000, \"source\": \"test\"}, "
        "\"similar\": {\"weight\": 3000, \"source\": \"test\"}, \"different\": {\"weight\": -2000, \"source\": \"test\"}}}, ";
    static const struct {
        const char *a, *b;
        int32_t weight;
    } cases[] = {{"attr.birth_place=devon", "attr.birth_place=devon", 4000},
                 {"attr.birth_place=huddersfield", "attr.birth_place=hudersfield", 3000},
                 {"attr.birth_place=devon", "attr.birth_place=leeds|attr.birth_place=devon", 3000}, /* one of two: a bit less */
                 {"attr.birth_place=devon", "attr.birth_place=leeds", -2000},
                 {"attr.birth_place=devon", "attr.occupation=devon", 0},
                 {"attr.occupation=devon", "attr.occupation=devon", 0}};
    struct xf_model *model = NULL;
    struct xf_error error = {0};
    struct xf_intern *symbols = xf_intern_create();
    struct xf_linker *linker;

    (void)state;
    memcpy(changed, text, (size_t)(at - text));
    strcat(changed, attributes);
    strcat(changed, at);
    assert_int_equal(xf_model_parse(changed, strlen(changed), &model, &error), XF_OK);
    linker = xf_linker_create(model, symbols);
    for (uint32_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct xf_mention a = mention_of(symbols, XF_PERSON, cases[i].a), b = mention_of(symbols, XF_PERSON, cases[i].b);
        struct xf_why why;

        assert_int_equal(xf_linker_add(linker, i * 2, &a), XF_OK);
        assert_int_equal(xf_linker_add(linker, i * 2 + 1, &b), XF_OK);
        xf_linker_why(linker, i * 2, i * 2 + 1, &why);
        assert_int_equal(why.total - why.prior, cases[i].weight);
    }
    xf_linker_destroy(linker);
    xf_intern_destroy(symbols);
    xf_model_destroy(model);
    free(changed);
    free(text);
}

/* What an attribute repeats is of others that the model has, and of the address's levels; nothing else. */
static void what_an_attribute_repeats_is_known(void **state)
{
#define LEVELS                                                                                                                     \
    "\"exact\": {\"weight\": 4000, \"source\": \"t\"}, \"similar\": {\"weight\": 3000, \"source\": \"t\"}, "                       \
    "\"different\": {\"weight\": -2000, \"source\": \"t\"}"
    static const struct {
        const char *beside, *pointer; /* NULL: it is a model */
    } cases[] = {
        {"{\"address\": {\"house\": 300}, \"attributes\": {\"trade\": 200}, \"source\": \"t\"}", NULL},
        {"{\"source\": \"t\"}", NULL},
        {"{\"attributes\": {\"trade\": 200}}", "/person/attributes/place/beside/source"},
        {"{\"attributes\": {\"trades\": 200}, \"source\": \"t\"}", "/person/attributes/place/beside/attributes/trades"},
        {"{\"attributes\": 5, \"source\": \"t\"}", "/person/attributes/place/beside/attributes"},
        {"{\"attributes\": {\"trade\": -1}, \"source\": \"t\"}", "/person/attributes/place/beside/attributes/trade"},
        {"{\"address\": {\"home\": 300}, \"source\": \"t\"}", "/person/attributes/place/beside/address/home"},
        {"{\"addresses\": {}, \"source\": \"t\"}", "/person/attributes/place/beside/addresses"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct xf_error error;
        char to[1024];
        int rc;

        snprintf(to, sizeof(to), "\"attributes\": {\"trade\": {%s}, \"place\": {%s, \"beside\": %s}}, \"guards\"", LEVELS, LEVELS,
                 cases[i].beside);
        rc = parse_changed("", "\"guards\"", to, &error);
        if (rc != (cases[i].pointer ? XF_EINVAL : XF_OK) || (cases[i].pointer && strcmp(error.pointer, cases[i].pointer) != 0))
            fail_msg("%s: %d %s %s", cases[i].beside, rc, error.pointer, error.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shipped_model_is_sound),         cmocka_unit_test(logarithms_are_exact_to_the_thousandth),
        cmocka_unit_test(a_fault_is_named_by_its_place),      cmocka_unit_test(attributes_count_under_their_names),
        cmocka_unit_test(what_an_attribute_repeats_is_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
