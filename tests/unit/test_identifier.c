/* SPDX-License-Identifier: Apache-2.0 */
/* Identifiers against tests/cases/identifiers.json: published vectors (NHS Data Dictionary, DfE, hmpps-person-match) and our own.
 * The folder of the cases comes from argv[1] or XF_CASES. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "crossflag/identifier.h"

#define THIS_YEAR 2026

static const char *cases_folder = "tests/cases";

static json_t *load_cases(void)
{
    char path[4096];
    json_error_t error;
    json_t *cases;

    snprintf(path, sizeof(path), "%s/identifiers.json", cases_folder);
    cases = json_load_file(path, 0, &error);
    if (!cases)
        fail_msg("%s:%d: %s", path, error.line, error.text);
    return cases;
}

static void cases_have_their_quality_and_form(void **state)
{
    static const char *const qualities[] = {"invalid", "unchecked", "placeholder", "valid"};
    json_t *cases = load_cases();
    json_t *item;
    size_t i;

    (void)state;
    assert_true(json_array_size(cases) > 80);
    json_array_foreach(cases, i, item)
    {
        const char *scheme = json_string_value(json_object_get(item, "scheme"));
        const char *value = json_string_value(json_object_get(item, "value"));
        const char *quality = json_string_value(json_object_get(item, "quality"));
        const char *canonical = json_string_value(json_object_get(item, "canonical"));
        char text[XF_IDENTIFIER_TEXT], again[XF_IDENTIFIER_TEXT];
        enum xf_identifier_quality got = xf_identifier_check(scheme, value, THIS_YEAR, text);

        if (strcmp(qualities[got], quality) != 0)
            fail_msg("%s \"%s\" is %s, not %s", scheme, value, qualities[got], quality);
        if (canonical && strcmp(text, canonical) != 0)
            fail_msg("%s \"%s\" became %s, not %s", scheme, value, text, canonical);
        if (got == XF_IDENTIFIER_VALID) { /* a canonical form is its own */
            assert_int_equal(xf_identifier_check(scheme, text, THIS_YEAR, again), XF_IDENTIFIER_VALID);
            assert_string_equal(again, text);
        }
    }
    json_decref(cases);
}

/* Each check digit finds any single wrong digit: the moduli are primes greater than what a digit can be off by. */
static void no_single_wrong_digit_stays_valid(void **state)
{
    static const char *const ids[][2] = {
        {"nhs", "9434765870"}, {"upn", "B801200005001"}, {"pnc", "2002/0073319Z"}, {"cro", "065656/91H"}};

    (void)state;
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
        for (size_t at = i == 2 ? 2 : 0; ids[i][1][at]; at++)
            for (char digit = '0'; digit <= '9'; digit++) {
                char changed[32], text[XF_IDENTIFIER_TEXT];

                strcpy(changed, ids[i][1]);
                if (changed[at] < '0' || changed[at] > '9' || changed[at] == digit)
                    continue;
                changed[at] = digit;
                assert_int_not_equal(xf_identifier_check(ids[i][0], changed, THIS_YEAR, text), XF_IDENTIFIER_VALID);
            }
}

static void short_years_turn_with_the_present(void **state)
{
    char text[XF_IDENTIFIER_TEXT];

    (void)state;
    assert_int_equal(xf_identifier_check("pnc", "26/1A", 2026, text), XF_IDENTIFIER_INVALID); /* wrong letter */
    for (char letter = 'A'; letter <= 'Z'; letter++) {
        char id[] = "26/1A";

        id[4] = letter;
        if (xf_identifier_check("pnc", id, 2026, text) != XF_IDENTIFIER_VALID)
            continue;
        assert_memory_equal(text, "2026/", 5);
        assert_int_equal(xf_identifier_check("pnc", id, 2025, text), XF_IDENTIFIER_VALID);
        assert_memory_equal(text, "1926/", 5);
        return;
    }
    fail();
}

static void every_cut_of_every_case_is_survived(void **state)
{
    static const char *const schemes[] = {"nhs", "upn", "pnc", "cro", "nino", "driver", "uprn", "other", ""};
    json_t *cases = load_cases();
    json_t *item;
    size_t i;

    (void)state;
    json_array_foreach(cases, i, item)
    {
        char *value = strdup(json_string_value(json_object_get(item, "value")));
        char text[XF_IDENTIFIER_TEXT];

        for (size_t length = strlen(value); length-- > 0;) {
            value[length] = '\0';
            for (size_t s = 0; s < sizeof(schemes) / sizeof(schemes[0]); s++) {
                xf_identifier_check(schemes[s], value, THIS_YEAR, text);
                assert_true(strlen(text) < sizeof(text));
            }
        }
        free(value);
    }
    json_decref(cases);
}

static void a_long_value_is_cut_between_characters(void **state)
{
    char value[301] = {0}, text[XF_IDENTIFIER_TEXT];

    (void)state;
    for (size_t i = 0; i < 300; i += 2)
        memcpy(value + i, "\xC5\x81", 2);
    assert_int_equal(xf_identifier_check("passport", value, THIS_YEAR, text), XF_IDENTIFIER_INVALID);
    assert_int_equal(strlen(text) % 2, 0);
    assert_true(strlen(text) > 100);
}

static void schemes_of_one_person_are_known(void **state)
{
    (void)state;
    assert_true(xf_identifier_is_unique("nhs") && xf_identifier_is_unique("pnc") && xf_identifier_is_unique("nino"));
    assert_false(xf_identifier_is_unique("upn") || xf_identifier_is_unique("cro") || xf_identifier_is_unique("passport"));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_have_their_quality_and_form),      cmocka_unit_test(no_single_wrong_digit_stays_valid),
        cmocka_unit_test(short_years_turn_with_the_present),      cmocka_unit_test(every_cut_of_every_case_is_survived),
        cmocka_unit_test(a_long_value_is_cut_between_characters), cmocka_unit_test(schemes_of_one_person_are_known),
    };

    if (getenv("XF_CASES"))
        cases_folder = getenv("XF_CASES");
    if (argc > 1)
        cases_folder = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
