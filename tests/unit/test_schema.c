/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON Schema's shape: closed objects, the vocabulary's words, limits, details by kind. That it agrees with the parser, case by
 * case, is tested with a real validator by the system tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "crossflag/record.h"
#include "files.h"

static json_t *schema_of(const struct xf_vocabulary *vocabulary)
{
    char *text = xf_record_schema(vocabulary);
    json_t *schema;

    assert_non_null(text);
    schema = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    free(text);
    assert_non_null(schema);
    return schema;
}

/* The value at a path of member names and indices, separated by blanks. */
static json_t *at(json_t *json, const char *path)
{
    char copy[256];
    char *token, *rest;

    snprintf(copy, sizeof(copy), "%s", path);
    for (token = strtok_r(copy, " ", &rest); token; token = strtok_r(NULL, " ", &rest)) {
        json = json_is_array(json) ? json_array_get(json, (size_t)atoi(token)) : json_object_get(json, token);
        if (!json)
            fail_msg("the schema has no %s at %s", token, path);
    }
    return json;
}

static bool holds(const json_t *array, const char *text)
{
    for (size_t i = 0; i < json_array_size(array); i++)
        if (strcmp(json_string_value(json_array_get(array, i)), text) == 0)
            return true;
    return false;
}

static void check_closed(const char *name, const json_t *object)
{
    if (!json_is_false(json_object_get(object, "additionalProperties")))
        fail_msg("%s lets unknown members in", name);
}

static void test_objects_are_closed(void **state)
{
    json_t *schema = schema_of(*state), *definition;
    const char *name;

    check_closed("record", schema);
    json_object_foreach(at(schema, "$defs"), name, definition) check_closed(name, definition);
    assert_int_equal(json_object_size(at(schema, "$defs")), 8);
    json_decref(schema);
}

static void test_members(void **state)
{
    static const struct {
        const char *path, *members;
    } cases[] = {
        {"properties", "id version kind occurred_at until grade conditions details summary persons locations vehicles links"},
        {"$defs person properties", "ref role names birth_date sex ids phones emails accounts markers"},
        {"$defs name properties", "given family full type"},
        {"$defs identifier properties", "scheme value"},
        {"$defs account properties", "service handle"},
        {"$defs marker properties", "type level since until"},
        {"$defs location properties", "ref role type name lines town postcode uprn lat lon"},
        {"$defs vehicle properties", "ref role vrm vin make model colour licence_plate_no"},
        {"$defs link properties", "from to type"},
    };
    json_t *schema = schema_of(*state);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        json_t *properties = at(schema, cases[i].path);
        char copy[256];
        char *name, *rest;
        size_t count = 0;

        snprintf(copy, sizeof(copy), "%s", cases[i].members);
        for (name = strtok_r(copy, " ", &rest); name; name = strtok_r(NULL, " ", &rest), count++)
            at(properties, name);
        assert_int_equal(json_object_size(properties), count);
    }
    assert_int_equal(json_array_size(at(schema, "required")), 3);
    json_decref(schema);
}

static void test_words(void **state)
{
    json_t *schema = schema_of(*state);

    assert_true(holds(at(schema, "properties kind enum"), "missing_episode"));
    assert_false(holds(at(schema, "properties kind enum"), ""));
    assert_true(holds(at(schema, "$defs person properties role enum"), ""));
    assert_true(holds(at(schema, "$defs person properties role enum"), "found_with"));
    assert_true(holds(at(schema, "$defs person properties sex enum"), "f"));
    assert_true(holds(at(schema, "$defs marker properties level enum"), "medium"));
    assert_true(holds(at(schema, "$defs location properties type enum"), "bed_and_breakfast"));
    json_decref(schema);
}

static void test_limits(void **state)
{
    json_t *schema = schema_of(*state);

    assert_int_equal(json_integer_value(at(schema, "properties id maxLength")), XF_RECORD_ID_MAX);
    assert_int_equal(json_integer_value(at(schema, "properties summary maxLength")), XF_RECORD_TEXT_MAX);
    assert_int_equal(json_integer_value(at(schema, "properties persons maxItems")), XF_RECORD_PARTS_MAX);
    assert_int_equal(json_integer_value(at(schema, "properties links maxItems")), XF_RECORD_LINKS_MAX);
    assert_int_equal(json_integer_value(at(schema, "$defs name properties given maxLength")), XF_RECORD_STRING_MAX);
    json_decref(schema);
}

static void test_details(void **state)
{
    json_t *schema = schema_of(*state);
    json_t *rules = at(schema, "allOf"), *rule;
    bool order = false, none = false;
    size_t i;

    json_array_foreach(rules, i, rule)
    {
        json_t *kind = json_object_get(json_object_get(json_object_get(rule, "if"), "properties"), "kind");

        if (json_is_string(json_object_get(kind, "const")) &&
            strcmp(json_string_value(json_object_get(kind, "const")), "order") == 0) {
            check_closed("details of order", at(rule, "then properties details"));
            at(rule, "then properties details properties protects");
            order = true;
        }
        if (holds(json_object_get(kind, "enum"), "tenancy")) {
            assert_int_equal(json_integer_value(at(rule, "then properties details maxProperties")), 0);
            assert_false(holds(json_object_get(kind, "enum"), "absence"));
            none = true;
        }
    }
    assert_true(order && none);
    json_decref(schema);
}

/* A configured vocabulary without the word that a missing one counts as makes the member required. */
static void test_other_vocabulary(void **state)
{
    static const char text[] =
        "{\"kind\":[\"absence\"],\"person_role\":[\"pupil\"],\"location_role\":[\"home\",\"other\"],\"vehicle_role\":[\"used\"],"
        "\"link_type\":[\"knows\"],\"location_type\":[\"park\"],\"marker_type\":[\"mappa\"],\"level\":[\"low\"]}";
    struct xf_vocabulary *vocabulary = NULL;
    struct xf_arena *arena = xf_arena_create();
    const struct xf_record *record = NULL;
    static const char json[] =
        "{\"id\":\"R\",\"kind\":\"absence\",\"occurred_at\":\"2026-01-01T00:00:00Z\",\"persons\":[{}],\"locations\":[{}]}";
    struct xf_errors errors;
    json_t *schema;

    (void)state;
    assert_int_equal(xf_vocabulary_parse(text, strlen(text), &vocabulary, NULL), XF_OK);
    schema = schema_of(vocabulary);
    assert_true(holds(at(schema, "$defs person required"), "role"));
    assert_null(json_object_get(at(schema, "$defs location"), "required"));
    assert_int_equal(xf_record_parse(json, strlen(json), vocabulary, arena, &record, &errors), XF_EINVAL);
    assert_int_equal(errors.count, 1);
    assert_string_equal(errors.items[0].pointer, "/persons/0/role");
    json_decref(schema);
    xf_arena_destroy(arena);
    xf_vocabulary_destroy(vocabulary);
}

static int set_up(void **state)
{
    *state = read_vocabulary();
    return 0;
}

static int tear_down(void **state)
{
    xf_vocabulary_destroy(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_objects_are_closed),
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_details),
        cmocka_unit_test(test_other_vocabulary),
    };

    return cmocka_run_group_tests_name("schema", tests, set_up, tear_down);
}
