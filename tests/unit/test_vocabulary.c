/* SPDX-License-Identifier: Apache-2.0 */
/* The shipped vocabulary holds the contract's words, and a broken one is refused with its place. argv[1] or XF_CASES is the folder
 * of the cases, beside which the shipped configuration is found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crossflag/vocabulary.h"

static const char *cases_folder = "tests/cases";

static struct xf_vocabulary *shipped(void)
{
    char path[4096], text[16384];
    struct xf_vocabulary *vocabulary = NULL;
    struct xf_error error;
    size_t length;
    FILE *file;

    snprintf(path, sizeof(path), "%s/../../config/vocabulary.json", cases_folder);
    file = fopen(path, "r");
    if (!file)
        fail_msg("cannot open %s", path);
    length = fread(text, 1, sizeof(text), file);
    fclose(file);
    if (xf_vocabulary_parse(text, length, &vocabulary, &error) != XF_OK)
        fail_msg("%s: %s %s", path, error.pointer, error.text);
    return vocabulary;
}

static void the_shipped_vocabulary_has_the_contract_s_words(void **state)
{
    static const struct {
        enum xf_vocabulary_list list;
        const char *word;
    } good[] = {
        {XF_WORDS_KIND, "missing_episode"},
        {XF_WORDS_KIND, "phone_call"},
        {XF_WORDS_KIND, "other"},
        {XF_WORDS_PERSON_ROLE, "found_with"},
        {XF_WORDS_PERSON_ROLE, "professional"},
        {XF_WORDS_LOCATION_ROLE, "missing_from"},
        {XF_WORDS_VEHICLE_ROLE, "stopped"},
        {XF_WORDS_LINK_TYPE, "licensed_at"},
        {XF_WORDS_LOCATION_TYPE, "bed_and_breakfast"},
        {XF_WORDS_MARKER_TYPE, "registered_sex_offender"},
        {XF_WORDS_MARKER_TYPE, "other"},
        {XF_WORDS_LEVEL, "medium"},
    };
    static const int counts[XF_WORDS_LISTS] = {25, 25, 11, 8, 21, 20, 15, 3};
    struct xf_vocabulary *vocabulary = shipped();

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        const char *found = xf_vocabulary_find(vocabulary, good[i].list, good[i].word);

        assert_non_null(found);
        assert_string_equal(found, good[i].word);
    }
    for (int list = 0; list < XF_WORDS_LISTS; list++) {
        int commas = 0;

        for (const char *at = xf_vocabulary_words(vocabulary, (enum xf_vocabulary_list)list); *at; at++)
            commas += *at == ',';
        assert_int_equal(commas + 1, counts[list]);
        assert_null(xf_vocabulary_find(vocabulary, (enum xf_vocabulary_list)list, "no_such_word"));
        assert_null(xf_vocabulary_find(vocabulary, (enum xf_vocabulary_list)list, ""));
    }
    assert_string_equal(xf_vocabulary_words(vocabulary, XF_WORDS_LEVEL), "low, medium, high");
    assert_null(xf_vocabulary_find(vocabulary, XF_WORDS_VEHICLE_ROLE, "found_at"));
    xf_vocabulary_destroy(vocabulary);
}

#define REST                                                                                                                       \
    "\"person_role\":[\"a\"],\"location_role\":[\"a\"],\"vehicle_role\":[\"a\"],\"link_type\":[\"a\"],\"location_type\":[\"a\"],"  \
    "\"marker_type\":[\"a\"],\"level\":[\"a\"]}"

static void broken_vocabularies_are_refused_with_their_place(void **state)
{
    static const struct {
        const char *text, *pointer;
        unsigned line;
    } cases[] = {
        {"", "", 1},
        {"{\n\"kind\": [\"a\",]}", "", 2},
        {"[]", "", 0},
        {"{\"kind\":[\"a\"]}", "/person_role", 0},
        {"{\"kind\":[]," REST, "/kind", 0},
        {"{\"kind\":\"a\"," REST, "/kind", 0},
        {"{\"kind\":[\"a\",7]," REST, "/kind/1", 0},
        {"{\"kind\":[\"a\",\"B\"]," REST, "/kind/1", 0},
        {"{\"kind\":[\"a b\"]," REST, "/kind/0", 0},
        {"{\"kind\":[\"\"]," REST, "/kind/0", 0},
        {"{\"kind\":[\"a\",\"b\",\"a\"]," REST, "/kind", 0},
        {"{\"kinds\":[\"a\"],\"kind\":[\"a\"]," REST, "/kinds", 0},
        {"{\"kind\":[\"a\"],\"kind\":[\"a\"]," REST, "", 1},
    };
    struct xf_vocabulary *vocabulary = NULL;
    struct xf_error error;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(xf_vocabulary_parse(cases[i].text, strlen(cases[i].text), &vocabulary, &error), XF_EINVAL);
        assert_null(vocabulary);
        assert_string_equal(error.pointer, cases[i].pointer);
        assert_int_equal(error.line, cases[i].line);
        assert_true(error.text[0]);
        assert_int_equal(xf_vocabulary_parse(cases[i].text, strlen(cases[i].text), &vocabulary, NULL), XF_EINVAL);
    }
    assert_int_equal(xf_vocabulary_parse("{\"kind\":[\"a\"]," REST, strlen("{\"kind\":[\"a\"]," REST), &vocabulary, &error), XF_OK);
    xf_vocabulary_destroy(vocabulary);
    xf_vocabulary_destroy(NULL);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shipped_vocabulary_has_the_contract_s_words),
        cmocka_unit_test(broken_vocabularies_are_refused_with_their_place),
    };

    if (getenv("XF_CASES"))
        cases_folder = getenv("XF_CASES");
    if (argc > 1)
        cases_folder = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
