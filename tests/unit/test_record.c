/* SPDX-License-Identifier: Apache-2.0 */
/* The record form: every file under tests/cases/records is a case. A valid one parses; an invalid one has exactly the faults that
 * its .expected lists (POINTER<TAB>a fragment of the reason). Then what no file shows: what the parsed struct holds, digests,
 * limits, bodies. Runs in the source's top folder. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crossflag/mention.h"
#include "crossflag/record.h"
#include "files.h"

#define CASES "tests/cases/records/"

struct fixture {
    struct xf_vocabulary *vocabulary;
    struct xf_arena *arena;
    struct xf_errors errors;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    *state = fixture;
    fixture->vocabulary = read_vocabulary();
    fixture->arena = xf_arena_create();
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    xf_vocabulary_destroy(fixture->vocabulary);
    xf_arena_destroy(fixture->arena);
    free(fixture);
    return 0;
}

/* Parses an exact-size copy, so that a read past the end is seen by the sanitizer. */
static int parse_bytes(struct fixture *fixture, const char *text, size_t length, const struct xf_record **ret)
{
    char *copy = malloc(length ? length : 1);
    int rc;

    memcpy(copy, text, length);
    rc = xf_record_parse(copy, length, fixture->vocabulary, fixture->arena, ret, &fixture->errors);
    free(copy);
    return rc;
}

static const struct xf_record *parse(struct fixture *fixture, const char *text)
{
    const struct xf_record *record = NULL;
    int rc = parse_bytes(fixture, text, strlen(text), &record);

    if (rc != XF_OK)
        fail_msg("%s: %s in %s", fixture->errors.items[0].pointer, fixture->errors.items[0].text, text);
    assert_int_equal(fixture->errors.count, 0);
    return record;
}

static bool has_suffix(const char *name, const char *suffix)
{
    size_t length = strlen(name), end = strlen(suffix);

    return length > end && strcmp(name + length - end, suffix) == 0;
}

static void test_valid_cases(void **state)
{
    struct fixture *fixture = *state;
    DIR *folder = opendir(CASES "valid");
    unsigned count = 0;

    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));) {
        const struct xf_record *record = NULL;
        char path[512];
        size_t length;
        char *text;

        if (!has_suffix(entry->d_name, ".json"))
            continue;
        snprintf(path, sizeof(path), CASES "valid/%s", entry->d_name);
        text = read_file(path, &length);
        if (parse_bytes(fixture, text, length, &record) != XF_OK)
            fail_msg("%s: %s %s", entry->d_name, fixture->errors.items[0].pointer, fixture->errors.items[0].text);
        assert_non_null(record);
        free(text);
        count++;
    }
    closedir(folder);
    assert_true(count >= 15);
}

static bool has_fault(const struct xf_errors *errors, const char *pointer, const char *fragment)
{
    for (size_t i = 0; i < errors->count && i < XF_ERRORS_MAX; i++)
        if (strcmp(errors->items[i].pointer, pointer) == 0 && strstr(errors->items[i].text, fragment))
            return true;
    return false;
}

static void check_faults(const char *name, const struct xf_errors *errors)
{
    char path[512];
    size_t length, count = 0;
    char *expected, *line, *rest;

    snprintf(path, sizeof(path), CASES "invalid/%.*sexpected", (int)(strlen(name) - strlen("json")), name);
    expected = read_file(path, &length);
    for (line = strtok_r(expected, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest), count++) {
        char *fragment = strchr(line, '\t');

        assert_non_null(fragment);
        *fragment++ = '\0';
        if (!has_fault(errors, line, fragment))
            fail_msg("%s: no fault at \"%s\" with \"%s\"; the first of %zu is \"%s\": %s", name, line, fragment, errors->count,
                     errors->items[0].pointer, errors->items[0].text);
    }
    if (count != errors->count)
        fail_msg("%s: %zu faults instead of %zu, the last \"%s\": %s", name, errors->count, count,
                 errors->items[errors->count - 1].pointer, errors->items[errors->count - 1].text);
    free(expected);
}

static void test_invalid_cases(void **state)
{
    struct fixture *fixture = *state;
    DIR *folder = opendir(CASES "invalid");
    unsigned count = 0;

    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));) {
        const struct xf_record *record = NULL;
        char path[512];
        size_t length;
        char *text;

        if (!has_suffix(entry->d_name, ".json"))
            continue;
        snprintf(path, sizeof(path), CASES "invalid/%s", entry->d_name);
        text = read_file(path, &length);
        if (parse_bytes(fixture, text, length, &record) == XF_OK)
            fail_msg("%s is accepted", entry->d_name);
        assert_null(record);
        check_faults(entry->d_name, &fixture->errors);
        free(text);
        count++;
    }
    closedir(folder);
    assert_true(count >= 50);
}

static void test_contents(void **state)
{
    struct fixture *fixture = *state;
    size_t length;
    char *text = read_file(CASES "valid/missing_episode.json", &length);
    const struct xf_record *record = parse(fixture, text);
    const struct xf_person *person = &record->persons[0];
    const struct xf_location *location = &record->locations[0];
    const struct xf_vehicle *vehicle = &record->vehicles[0];
    int64_t occurred_at;
    const char *reason;

    free(text);
    assert_int_equal(xf_time_parse("2026-11-20T21:40:00Z", &occurred_at, &reason), XF_OK);
    assert_string_equal(record->id, "MIS-2026-0412");
    assert_int_equal(record->version, 1);
    assert_string_equal(record->kind, "missing_episode");
    assert_int_equal(record->occurred_at, occurred_at);
    assert_int_equal(record->until - record->occurred_at, 5 * XF_HOUR + XF_HOUR / 2);
    assert_string_equal(record->grade, "2BP");
    assert_int_equal(record->condition_count, 0);
    assert_int_equal(record->details.return_interview_at, XF_TIME_NONE);
    assert_string_equal(record->summary, "Found in a parked car behind the takeaway.");
    assert_int_equal(record->person_count, 2);
    assert_string_equal(person->ref, "p1");
    assert_string_equal(person->role, "missing");
    assert_string_equal(person->sex, "F");
    assert_int_equal(person->birth_date, 20110402);
    assert_int_equal(person->name_count, 2);
    assert_string_equal(person->names[0].given, "Amina");
    assert_string_equal(person->names[0].family, "Hussain");
    assert_null(person->names[0].type);
    assert_null(person->names[1].family);
    assert_string_equal(person->names[1].type, "alias");
    assert_int_equal(person->id_count, 1);
    assert_string_equal(person->ids[0].scheme, "upn");
    assert_string_equal(person->ids[0].value, "B801200005001");
    assert_int_equal(person->phone_count, 1);
    assert_string_equal(person->phones[0], "+447700900123");
    assert_int_equal(person->email_count, 0);
    assert_string_equal(person->accounts[0].service, "snapchat");
    assert_string_equal(person->accounts[0].handle, "mina.h");
    assert_string_equal(person->markers[0].type, "cse_risk");
    assert_string_equal(person->markers[0].level, "high");
    assert_int_equal(person->markers[0].since, 0);
    assert_int_equal(record->persons[1].birth_date, 19840000);
    assert_string_equal(location->type, "takeaway");
    assert_string_equal(location->name, "Star Grill");
    assert_int_equal(location->line_count, 1);
    assert_string_equal(location->lines[0], "12 Northgate");
    assert_true(location->has_point);
    assert_int_equal(location->lat_e7, 536466000);
    assert_int_equal(location->lon_e7, -17829000);
    assert_string_equal(vehicle->vrm, "YD12 KLM");
    assert_null(vehicle->vin);
    assert_string_equal(vehicle->licence_plate_no, "HC 0412");
    assert_int_equal(record->link_count, 2);
    assert_int_equal(record->links[0].from.kind, XF_PERSON);
    assert_int_equal(record->links[0].from.index, 1);
    assert_int_equal(record->links[0].to.kind, XF_VEHICLE);
    assert_string_equal(record->links[0].type, "drives");
    assert_int_equal(record->links[1].to.kind, XF_LOCATION);
}

#define HEAD "{\"id\":\"R\",\"kind\":\"other\",\"occurred_at\":\"2026-01-01T00:00:00Z\""

static void test_defaults(void **state)
{
    const struct xf_record *record =
        parse(*state, HEAD ",\"persons\":[{},{\"ref\":\"p1\"},{\"role\":\"\"}],\"locations\":[{}],\"vehicles\":[{\"ref\":\"l1\"}],"
                           "\"links\":[{\"from\":\"p2\",\"to\":\"l2\"}]}");

    assert_int_equal(record->version, -1);
    assert_int_equal(record->until, XF_TIME_NONE);
    assert_null(record->grade);
    assert_null(record->summary);
    assert_string_equal(record->persons[0].ref, "p2"); /* p1 is taken */
    assert_string_equal(record->persons[1].ref, "p1");
    assert_string_equal(record->persons[2].ref, "p3");
    assert_string_equal(record->locations[0].ref, "l2");
    assert_string_equal(record->persons[2].role, "other");
    assert_string_equal(record->vehicles[0].role, "other");
    assert_null(record->locations[0].type);
    assert_false(record->locations[0].has_point);
    assert_string_equal(record->links[0].type, "other");
    assert_int_equal(record->links[0].from.index, 0);
}

static void test_blank_is_absent(void **state)
{
    const struct xf_record *record =
        parse(*state, HEAD ",\"summary\":\" \",\"persons\":[{\"names\":[{\"given\":\"\",\"type\":\"alias\"},{\"full\":\"A "
                           "B\"}],\"phones\":[\"\",\"1\"],"
                           "\"ids\":[{\"scheme\":\"nhs\",\"value\":\"\"},{\"scheme\":\"NHS\",\"value\":\"9434765870\"}],\"emails\":"
                           "[\" \"],\"sex\":\"x\"}]}");
    const struct xf_person *person = record->persons;

    assert_null(record->summary);
    assert_int_equal(person->name_count, 1);
    assert_string_equal(person->names[0].full, "A B");
    assert_int_equal(person->phone_count, 1);
    assert_string_equal(person->phones[0], "1");
    assert_int_equal(person->id_count, 1);
    assert_string_equal(person->ids[0].scheme, "nhs");
    assert_int_equal(person->email_count, 0);
    assert_null(person->emails);
    assert_string_equal(person->sex, "X");
}

static void test_details(void **state)
{
    const struct xf_record *record =
        parse(*state, "{\"id\":\"R\",\"kind\":\"order\",\"occurred_at\":\"2026-01-01T00:00:00Z\",\"details\":{"
                      "\"prohibited\":[\"l1\",\"v1\"],\"protects\":[\"p2\"],\"type\":\"cawn\",\"expires\":\"2027-03\"},"
                      "\"persons\":[{},{}],\"locations\":[{}],\"vehicles\":[{}]}");

    assert_string_equal(record->details.type, "cawn");
    assert_int_equal(record->details.expires, 20270300);
    assert_int_equal(record->details.protect_count, 1);
    assert_string_equal(record->details.protects[0], "p2");
    assert_int_equal(record->details.prohibited_count, 2);
    assert_string_equal(record->details.prohibited[1], "v1");
    record = parse(
        *state, "{\"id\":\"R\",\"kind\":\"risk_assessment\",\"occurred_at\":\"2026-01-01T00:00:00Z\",\"details\":{\"score\":0.1}}");
    assert_string_equal(record->details.score, "0.1");
    record = parse(
        *state, "{\"id\":\"R\",\"kind\":\"risk_assessment\",\"occurred_at\":\"2026-01-01T00:00:00Z\",\"details\":{\"score\":-14}}");
    assert_string_equal(record->details.score, "-14");
    record = parse(*state, "{\"id\":\"R\",\"kind\":\"intelligence\",\"occurred_at\":\"2026-01-01T00:00:00Z\",\"grade\":\"2CC\","
                           "\"conditions\":[\"S2\",\"A1\",\"S2\"]}");
    assert_int_equal(record->condition_count, 2);
    assert_string_equal(record->conditions[0], "A1");
    assert_string_equal(record->conditions[1], "S2");
}

/* Pairs of members behind HEAD, and whether the digests are equal. */
static void test_digests(void **state)
{
    static const struct {
        const char *a, *b;
        bool equal;
    } cases[] = {
        {"}", ", \"version\" : 7 }", true},
        {",\"persons\":[{\"ref\":\"p1\",\"sex\":\"F\"}]}", " ,\"persons\" : [ {\"sex\":\"f\", \"ref\":\"p1\"} ]\n}", true},
        {",\"persons\":[{}]}", ",\"persons\":[{\"ref\":\"p1\",\"role\":\"other\",\"phones\":[\"\"]}]}", true},
        {",\"summary\":\"\",\"persons\":[],\"details\":{}}", "}", true},
        {",\"until\":\"2026-02-01T00:00:00Z\"}", ",\"until\":\"2026-02-01T01:00:00.000+01:00\"}", true},
        {",\"summary\":\"caf\\u00e9\"}", ",\"summary\":\"café\"}", true},
        {",\"locations\":[{\"lat\":1,\"lon\":2}]}", ",\"locations\":[{\"lat\":1.00000000,\"lon\":2e0}]}", true},
        {",\"summary\":\"a\"}", ",\"summary\":\"b\"}", false},
        {",\"summary\":\"a\"}", "}", false},
        {",\"locations\":[{\"lat\":0,\"lon\":0}]}", ",\"locations\":[{}]}", false},
        {",\"persons\":[{\"names\":[{\"given\":\"A\"}]}]}", ",\"persons\":[{\"names\":[{\"family\":\"A\"}]}]}", false},
        {",\"persons\":[{\"names\":[{\"given\":\"A\",\"family\":\"B\"}]}]}",
         ",\"persons\":[{\"names\":[{\"given\":\"A\"},{\"family\":\"B\"}]}]}", false},
        {",\"persons\":[{\"phones\":[\"1\",\"2\"]}]}", ",\"persons\":[{\"phones\":[\"12\"]}]}", false},
        {",\"persons\":[{\"phones\":[\"1\"]},{}]}", ",\"persons\":[{},{\"phones\":[\"1\"]}]}", false},
        {",\"persons\":[{\"birth_date\":\"2011\"}]}", ",\"persons\":[{\"birth_date\":\"2011-01\"}]}", false},
        {",\"persons\":[{},{}],\"links\":[{\"from\":\"p1\",\"to\":\"p2\"}]}",
         ",\"persons\":[{},{}],\"links\":[{\"from\":\"p2\",\"to\":\"p1\"}]}", false},
        {",\"vehicles\":[{\"make\":\"Skoda\"}]}", ",\"vehicles\":[{\"model\":\"Skoda\"}]}", false},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[512];
        uint8_t a[16];
        const struct xf_record *record;

        snprintf(text, sizeof(text), HEAD "%s", cases[i].a);
        record = parse(*state, text);
        memcpy(a, record->digest, sizeof(a));
        snprintf(text, sizeof(text), HEAD "%s", cases[i].b);
        record = parse(*state, text);
        if ((memcmp(a, record->digest, sizeof(a)) == 0) != cases[i].equal)
            fail_msg("the digests of %s and %s should %sbe equal", cases[i].a, cases[i].b, cases[i].equal ? "" : "not ");
    }
}

/* Snapshots hold digests: a change of this value makes every stored record look corrected. */
static void test_digest_is_stable(void **state)
{
    static const uint8_t expected[16] = {0x37, 0xd6, 0xa0, 0xe7, 0x17, 0xea, 0x88, 0x02,
                                         0x21, 0x97, 0x58, 0xf7, 0x61, 0x18, 0x1e, 0x5e};
    size_t length;
    char *text = read_file(CASES "valid/missing_episode.json", &length);
    const struct xf_record *record = parse(*state, text);

    free(text);
    assert_memory_equal(record->digest, expected, sizeof(expected));
}

static void test_limits(void **state)
{
    struct fixture *fixture = *state;
    const struct xf_record *record = NULL;
    char *text = malloc(XF_RECORD_BYTES_MAX + 1);
    int length = snprintf(text, 256, HEAD "}");

    memset(text + length, ' ', (size_t)(XF_RECORD_BYTES_MAX + 1 - length));
    assert_int_equal(parse_bytes(fixture, text, XF_RECORD_BYTES_MAX, &record), XF_OK);
    assert_int_equal(parse_bytes(fixture, text, XF_RECORD_BYTES_MAX + 1, &record), XF_ELIMIT);
    assert_int_equal(fixture->errors.count, 1);
    memset(text, '[', XF_RECORD_BYTES_MAX);
    assert_int_equal(parse_bytes(fixture, text, XF_RECORD_BYTES_MAX, &record), XF_ELIMIT);
    /* Only limits are broken: XF_ELIMIT; something else too: XF_EINVAL. */
    snprintf(text, 512, HEAD ",\"persons\":[{\"ref\":\"%0*d\"}]}", XF_RECORD_ID_MAX + 1, 0);
    assert_int_equal(parse_bytes(fixture, text, strlen(text), &record), XF_ELIMIT);
    snprintf(text, 512, HEAD ",\"persons\":[{\"ref\":\"%0*d\",\"sex\":1}]}", XF_RECORD_ID_MAX + 1, 0);
    assert_int_equal(parse_bytes(fixture, text, strlen(text), &record), XF_EINVAL);
    assert_int_equal(fixture->errors.count, 2);
    free(text);
}

/* No reason may hold what was sent, and each must be whole UTF-8. */
static void test_reasons_hold_no_values(void **state)
{
    static const char *const texts[] = {
        "{\"id\":\"SECRET\",\"kind\":\"SECRET\",\"occurred_at\":\"SECRET\",\"until\":\"SECRET\",\"grade\":\"SECRET\","
        "\"conditions\":[\"SECRET\"]}",
        HEAD ",\"persons\":[{\"role\":\"SECRET\",\"birth_date\":\"SECRET\",\"sex\":\"SECRET\",\"phones\":\"SECRET\",\"ids\":[{"
             "\"value\":\"SECRET\"}]}]}",
        HEAD ",\"persons\":[{\"ref\":\"SECRET\"},{\"ref\":\"SECRET\"}],\"links\":[{\"from\":\"SECRET\",\"to\":\"SECRET2\"}]}",
        HEAD ",\"summary\":\"SECRET\" SECRET}",
        HEAD ",\"summary\":\"SECRET\",\"summary\":\"SECRET\"}",
        "SECRET",
        "{\"summary\":\"SECRET",
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const struct xf_record *record = NULL;

        assert_int_equal(parse_bytes(fixture, texts[i], strlen(texts[i]), &record), XF_EINVAL);
        assert_true(fixture->errors.count > 0);
        for (size_t k = 0; k < fixture->errors.count && k < XF_ERRORS_MAX; k++) {
            assert_null(strstr(fixture->errors.items[k].text, "SECRET"));
            assert_null(strstr(fixture->errors.items[k].pointer, "SECRET"));
        }
    }
}

static void test_long_pointers_are_cut_between_characters(void **state)
{
    struct fixture *fixture = *state;
    const struct xf_record *record = NULL;
    char text[1024] = HEAD ",\"";

    for (int i = 0; i < 200; i++)
        strcat(text, "é");
    strcat(text, "\":1}");
    assert_int_equal(parse_bytes(fixture, text, strlen(text), &record), XF_EINVAL);
    assert_int_equal(strlen(fixture->errors.items[0].pointer), 191);
    assert_int_equal(strlen(fixture->errors.items[0].pointer) % 2, 1); /* "/" and whole characters of two bytes */
}

static void test_syntax_says_where(void **state)
{
    struct fixture *fixture = *state;
    const struct xf_record *record = NULL;
    const char *text = "{\"id\":\"R\",\n \"kind\" \"other\"}";

    assert_int_equal(parse_bytes(fixture, text, strlen(text), &record), XF_EINVAL);
    assert_int_equal(fixture->errors.items[0].line, 2);
    assert_true(fixture->errors.items[0].column > 0);
}

/* ---- bodies ---- */

struct items {
    char text[512];
    unsigned stop_at;
};

static int take_item(void *context, unsigned line, const char *json, size_t length)
{
    struct items *items = context;
    size_t used = strlen(items->text);

    snprintf(items->text + used, sizeof(items->text) - used, "%u<%.*s>", line, (int)length, json);
    return items->stop_at == line ? 42 : 0;
}

static void test_bodies(void **state)
{
    static const struct {
        enum xf_body_form form;
        const char *body, *items;
        int rc;
        const char *fragment;
    } cases[] = {
        {XF_BODY_NDJSON, "{}\n{\"a\":1}\n", "1<{}>2<{\"a\":1}>", XF_OK, ""},
        {XF_BODY_NDJSON, "{}\r\n\r\n \t\n{}\r\n", "1<{}>4<{}>", XF_OK, ""},
        {XF_BODY_NDJSON, "{}\n{}", "1<{}>2<{}>", XF_OK, ""},
        {XF_BODY_NDJSON, "\xEF\xBB\xBF{}\nnonsense\n", "1<{}>2<nonsense>", XF_OK, ""},
        {XF_BODY_NDJSON, "", "", XF_OK, ""},
        {XF_BODY_NDJSON, "\n\n", "", XF_OK, ""},
        {XF_BODY_JSON, " {\"a\": [1, 2]}\n", "1<{\"a\": [1, 2]}>", XF_OK, ""},
        {XF_BODY_JSON, "[{\"a\":\"],[\"}, {\"b\":[{}]} ]", "1<{\"a\":\"],[\"}>2<{\"b\":[{}]}>", XF_OK, ""},
        {XF_BODY_JSON, "[1,\"x\\\"\",null]", "1<1>2<\"x\\\"\">3<null>", XF_OK, ""},
        {XF_BODY_JSON, "[ ]", "", XF_OK, ""},
        {XF_BODY_JSON, "[{\"a\":1,\"a\":2},{nonsense}]", "1<{\"a\":1,\"a\":2}>2<{nonsense}>", XF_OK, ""},
        {XF_BODY_JSON, "", "", XF_EINVAL, "empty"},
        {XF_BODY_JSON, "\"x\"", "", XF_EINVAL, "neither"},
        {XF_BODY_JSON, "[", "", XF_EINVAL, "not"},
        {XF_BODY_JSON, "[{}", "", XF_EINVAL, "item 1"},
        {XF_BODY_JSON, "[{},]", "", XF_EINVAL, "item 2 of the array is empty"},
        {XF_BODY_JSON, "[,{}]", "", XF_EINVAL, "item 1 of the array is empty"},
        {XF_BODY_JSON, "[{}] x", "", XF_EINVAL, "behind"},
        {XF_BODY_JSON, "[] x", "", XF_EINVAL, "behind"},
        {XF_BODY_JSON, "[{},\"x]", "", XF_EINVAL, "item 2"},
        {XF_BODY_JSON, "[{}}", "", XF_EINVAL, "item 1"},
        {XF_BODY_JSON, "[\"\\", "", XF_EINVAL, "item 1"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct xf_error error = {0};
        struct items items = {0};
        size_t length = strlen(cases[i].body);
        char *copy = malloc(length ? length : 1);

        memcpy(copy, cases[i].body, length);
        if (xf_body_split(cases[i].form, copy, length, take_item, &items, &error) != cases[i].rc)
            fail_msg("%s: %s", cases[i].body, error.text);
        assert_string_equal(items.text, cases[i].items);
        if (!strstr(error.text, cases[i].fragment))
            fail_msg("%s: %s", cases[i].body, error.text);
        free(copy);
    }
}

static void test_body_stops_when_asked(void **state)
{
    struct items lines = {.stop_at = 2}, array = {.stop_at = 1};

    (void)state;
    assert_int_equal(xf_body_split(XF_BODY_NDJSON, "1\n2\n3\n", 6, take_item, &lines, NULL), 42);
    assert_string_equal(lines.text, "1<1>2<2>");
    assert_int_equal(xf_body_split(XF_BODY_JSON, "[1,2]", 5, take_item, &array, NULL), 42);
    assert_string_equal(array.text, "1<1>");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_valid_cases),
        cmocka_unit_test(test_invalid_cases),
        cmocka_unit_test(test_contents),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_blank_is_absent),
        cmocka_unit_test(test_details),
        cmocka_unit_test(test_digests),
        cmocka_unit_test(test_digest_is_stable),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_reasons_hold_no_values),
        cmocka_unit_test(test_long_pointers_are_cut_between_characters),
        cmocka_unit_test(test_syntax_says_where),
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_body_stops_when_asked),
    };

    return cmocka_run_group_tests_name("record", tests, set_up, tear_down);
}
