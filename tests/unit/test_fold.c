/* SPDX-License-Identifier: Apache-2.0 */
/* The one idea, tested: the state is a function of the journal. The shipped partnership, vocabulary, policy, model and rules are
 * entered, then a random but seeded run of records, corrections, withdrawals, decisions and people's steps. Runs from the source's
 * top folder. */
#include "check.h"

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>

#include "crossflag/fold.h"

#define NOW (INT64_C(1795000000) * XF_SECOND)
#define ENTRIES 700

struct stored {
    enum xf_entry_kind kind;
    char stream[96], actor[16];
    char *body;
};

/* A journal to be folded more than once. */
static struct stored journal[ENTRIES + 16];
static size_t journal_count;
static uint64_t seed;

static unsigned below(unsigned n)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(seed >> 33) % n;
}

static void append(enum xf_entry_kind kind, const char *stream, const char *actor, char *body)
{
    struct stored *entry = &journal[journal_count++];

    entry->kind = kind;
    snprintf(entry->stream, sizeof(entry->stream), "%s", stream);
    snprintf(entry->actor, sizeof(entry->actor), "%s", actor);
    entry->body = body;
}

static char *read_file(const char *path)
{
    json_t *json = json_load_file(path, 0, NULL);
    char *text = json_dumps(json, JSON_COMPACT);

    assert_non_null(text);
    json_decref(json);
    return text;
}

static char *read_rules(void)
{
    struct dirent **names;
    int count = scandir("config/rules", &names, NULL, alphasort);
    json_t *rules = json_array();
    char path[512], *text;

    for (int i = 0; i < count; i++) {
        if (names[i]->d_name[0] != '.') {
            snprintf(path, sizeof(path), "config/rules/%s", names[i]->d_name);
            assert_int_equal(json_array_append_new(rules, json_load_file(path, 0, NULL)), 0);
        }
        free(names[i]);
    }
    free(names);
    assert_int_equal(json_array_size(rules), 7);
    text = json_dumps(rules, JSON_COMPACT);
    json_decref(rules);
    return text;
}

/* A missing episode of one of eight children with one of four adults at one of three places; the same id again is a correction. */
static char *record_text(unsigned id)
{
    static const char *const given[] = {"Amina", "Bryony", "Carys", "Delyth", "Efa", "Ffion", "Gwen", "Heledd"};
    static const char *const family[] = {"Abbotsham", "Brackenbury", "Cheveley",   "Dunsford",
                                         "Eccleston", "Farnborough", "Gillingham", "Hathersage"};
    unsigned child = below(8), adult = below(4), place = below(3), day = 1 + below(18);

    char *text;

    assert_true(
        asprintf(
            &text,
            "{\"id\":\"R%u\",\"kind\":\"missing_episode\",\"occurred_at\":\"2026-11-%02uT%02u:00:00Z\",\"grade\":\"2BP\","
            "\"persons\":["
            "{\"ref\":\"p1\",\"role\":\"missing\",\"names\":[{\"given\":\"%s\",\"family\":\"%s\"}],\"birth_date\":\"2012-0%u-1%u\","
            "\"markers\":[{\"type\":\"cse_risk\",\"level\":\"%s\"}]},"
            "{\"ref\":\"p2\",\"role\":\"found_with\",\"names\":[{\"given\":\"Gregory\",\"family\":\"%s\"}],\"birth_date\":\"198%u-"
            "11-2%u\"}],"
            "\"locations\":[{\"ref\":\"l1\",\"role\":\"found_at\",\"type\":\"takeaway\",\"lines\":[\"%u "
            "Northgate\"],\"postcode\":\"HD1 1RL\",\"lat\":53.64%u,\"lon\":-1.78}]}",
            id, day, below(24), given[child], family[child], child % 9 + 1, child, id % 5 ? "low" : "high", family[7 - adult],
            adult, adult, place + 10, place + 10) > 0);
    return text;
}

static void append_record(unsigned id)
{
    static const char *const feeds[] = {"police", "social-care"};
    char stream[64];

    snprintf(stream, sizeof(stream), "%s/R%u", feeds[id % 2], id);
    append(XF_ENTRY_PUT, stream, "feed", record_text(id));
}

static void append_decision(void)
{
    unsigned a = below(150), b = below(150);
    static const char *const words[] = {"same", "not_same", "none"};

    char *text;

    assert_true(asprintf(&text,
                         "{\"decision\":\"%s\",\"a\":{\"feed\":\"%s\",\"id\":\"R%u\",\"ref\":\"p1\"},\"b\":{\"feed\":\"%s\",\"id\":"
                         "\"R%u\",\"ref\":\"p1\"},\"rationale\":\"seen\"}",
                         words[below(3)], a % 2 ? "social-care" : "police", a, b % 2 ? "social-care" : "police", b) > 0);
    append(XF_ENTRY_DECISION, "decision/x", "reviewer", text);
}

static int make_journal(void **state)
{
    char stream[64];

    (void)state;
    seed = 7;
    append(XF_ENTRY_SETTING, "setting/partners", "crossflagd", read_file("config/demo/partners.json"));
    append(XF_ENTRY_SETTING, "setting/vocabulary", "crossflagd", read_file("config/vocabulary.json"));
    append(XF_ENTRY_SETTING, "setting/disclosure", "crossflagd", read_file("config/disclosure.json"));
    append(XF_ENTRY_SETTING, "setting/model", "crossflagd", read_file("config/models/uk.json"));
    append(XF_ENTRY_SETTING, "setting/rules", "crossflagd", read_rules());
    append(XF_ENTRY_SUBSCRIPTION, "subscription/s1", "hub",
           strdup("{\"id\":\"s1\",\"agency\":\"police\",\"principal\":\"police-subscriber\",\"way\":\"pull\",\"enabled\":true,"
                  "\"filter\":{}}"));
    while (journal_count < ENTRIES) {
        unsigned choice = below(100), id = below(150);

        snprintf(stream, sizeof(stream), "%s/R%u", id % 2 ? "social-care" : "police", id);
        if (choice < 75)
            append_record(id);
        else if (choice < 90)
            append(XF_ENTRY_WITHDRAW, stream, "feed", strdup(""));
        else if (choice < 97)
            append_decision();
        else if (choice < 99)
            append(XF_ENTRY_TICK, "tick", "crossflagd", strdup(""));
        else
            append(XF_ENTRY_STEP, "flag/flag-40-0", "reviewer", strdup("{\"step\":\"confirm\",\"rationale\":\"read\"}"));
    }
    return 0;
}

static int free_journal(void **state)
{
    (void)state;
    for (size_t i = 0; i < journal_count; i++)
        free(journal[i].body);
    return 0;
}

static void apply(struct xf_fold *fold, size_t index, const struct xf_record *record, struct xf_outcome *outcome)
{
    const struct stored *stored = &journal[index];
    const struct xf_entry entry = {.position = index + 1,
                                   .at = NOW + (int64_t)index * XF_HOUR,
                                   .kind = stored->kind,
                                   .revision = 1,
                                   .stream = stored->stream,
                                   .actor = stored->actor,
                                   .body = stored->body,
                                   .length = strlen(stored->body),
                                   .record = record};
    struct xf_error error = {0};
    int rc = xf_fold_apply(fold, &entry, outcome, &error);

    if (rc != XF_OK)
        print_error("entry %zu: %s\n", index, error.text);
    assert_int_equal(rc, XF_OK);
}

static struct xf_fold *fold_range(struct xf_fold *fold, size_t from, size_t to)
{
    struct xf_outcome outcome;

    for (size_t i = from; i < to; i++)
        apply(fold, i, NULL, &outcome);
    return fold;
}

static void save(const struct xf_fold *fold, struct bytes *bytes)
{
    assert_int_equal(xf_fold_save(fold, &(struct xf_pack){bytes_write, bytes}), XF_OK);
}

/* The index of points is no part of the bytes: it is made again. */
static int note_near(void *context, uint32_t mention, int32_t lat, int32_t lon, double metres)
{
    uint64_t *sum = context;

    (void)metres;
    sum[0]++;
    sum[1] += (mention + 1) * UINT64_C(0x9e3779b97f4a7c15) ^ (uint64_t)(uint32_t)lat << 32 ^ (uint32_t)lon;
    return 0;
}

static void sum_points(const struct xf_fold *fold, uint64_t sum[2])
{
    struct xf_near_walk walk = xf_near_within(536400000, -17800000, 20000);

    sum[0] = sum[1] = 0;
    while (!walk.done)
        assert_int_equal(xf_near_step(xf_fold_near(fold), &walk, 1000, note_near, sum), 0);
}

static void assert_same(const struct xf_fold *a, const struct xf_fold *b)
{
    struct bytes left = {0}, right = {0};
    uint64_t points_a[2], points_b[2];

    save(a, &left);
    save(b, &right);
    assert_int_equal(left.length, right.length);
    assert_memory_equal(left.data, right.data, left.length);
    free(left.data);
    free(right.data);
    sum_points(a, points_a);
    sum_points(b, points_b);
    assert_memory_equal(points_a, points_b, sizeof(points_a));
}

static void the_same_journal_gives_the_same_state(void **state)
{
    struct xf_fold *a = fold_range(xf_fold_create(), 0, journal_count), *b = fold_range(xf_fold_create(), 0, journal_count);

    uint64_t points[2], locations = 0;

    (void)state;
    assert_true(xf_flags_count(xf_fold_flags(a)) > 5);
    assert_same(a, b);
    for (uint32_t i = 0; i < xf_register_mention_count(xf_fold_register(a)); i++) {
        const struct xf_register_mention *mention = xf_register_mention_at(xf_fold_register(a), i);

        locations += mention->live && mention->kind == XF_LOCATION;
    }
    sum_points(a, points);
    assert_true(locations > 5 && points[0] == locations);
    xf_fold_destroy(a);
    xf_fold_destroy(b);
}

/* Live, the record comes parsed; in a refold it is parsed from the body, without the vocabulary of that day. */
static void parsed_records_and_bodies_fold_alike(void **state)
{
    struct xf_fold *live = xf_fold_create(), *refold = fold_range(xf_fold_create(), 0, journal_count);
    struct xf_arena *arena = xf_arena_create();
    struct xf_outcome outcome;
    struct xf_errors errors;

    (void)state;
    for (size_t i = 0; i < journal_count; i++) {
        const struct xf_record *record = NULL;

        if (journal[i].kind == XF_ENTRY_PUT)
            assert_int_equal(
                xf_record_parse(journal[i].body, strlen(journal[i].body), xf_fold_vocabulary(live), arena, &record, &errors),
                XF_OK);
        apply(live, i, record, &outcome);
    }
    assert_same(live, refold);
    xf_arena_destroy(arena);
    xf_fold_destroy(live);
    xf_fold_destroy(refold);
}

static void a_restart_anywhere_changes_nothing(void **state)
{
    struct xf_fold *lived = fold_range(xf_fold_create(), 0, journal_count);

    (void)state;
    for (size_t stop = 1; stop < journal_count; stop += 87) {
        struct xf_fold *before = fold_range(xf_fold_create(), 0, stop), *after;
        struct bytes bytes = {0};
        struct xf_error error;

        save(before, &bytes);
        assert_int_equal(xf_fold_load(&(struct xf_unpack){bytes_read, &bytes}, &after, &error), XF_OK);
        assert_int_equal(bytes.read, bytes.length);
        assert_same(before, after);
        fold_range(after, stop, journal_count);
        assert_same(lived, after);
        xf_fold_destroy(before);
        xf_fold_destroy(after);
        free(bytes.data);
    }
    xf_fold_destroy(lived);
}

/* Events are numbered without a gap, and a second fold makes the same ones. */
static void events_are_a_function_of_the_journal(void **state)
{
    struct xf_fold *a = xf_fold_create(), *b = xf_fold_create();
    uint64_t expected = 1;

    (void)state;
    for (size_t i = 0; i < journal_count; i++) {
        struct xf_outcome left, right;

        apply(a, i, NULL, &left);
        apply(b, i, NULL, &right);
        assert_int_equal(left.event_count, right.event_count);
        for (size_t j = 0; j < left.event_count; j++) {
            assert_int_equal(left.events[j].sequence, expected++);
            assert_string_equal(left.events[j].id, right.events[j].id);
            assert_string_equal(left.events[j].body, right.events[j].body);
        }
    }
    assert_true(expected > 5);
    xf_fold_destroy(a);
    xf_fold_destroy(b);
}

static void a_gap_is_refused(void **state)
{
    struct xf_fold *fold = fold_range(xf_fold_create(), 0, 3);
    const struct xf_entry entry = {.position = 5, .at = NOW, .kind = XF_ENTRY_TICK, .stream = "tick", .actor = "x", .body = ""};
    struct xf_outcome outcome;
    struct xf_error error;

    (void)state;
    assert_int_equal(xf_fold_apply(fold, &entry, &outcome, &error), XF_EINVAL);
    assert_non_null(strstr(error.text, "gap"));
    assert_int_equal(xf_fold_position(fold), 3);
    xf_fold_destroy(fold);
}

static void a_damaged_image_is_refused(void **state)
{
    struct xf_fold *fold = fold_range(xf_fold_create(), 0, 60), *loaded = NULL;
    struct bytes bytes = {0};
    struct xf_error error;

    (void)state;
    save(fold, &bytes);
    for (size_t length = 0; length < bytes.length; length += bytes.length / 40 + 1) {
        struct bytes cut = {.data = bytes.data, .length = length};

        assert_int_not_equal(xf_fold_load(&(struct xf_unpack){bytes_read, &cut}, &loaded, &error), XF_OK);
        assert_null(loaded);
    }
    free(bytes.data);
    xf_fold_destroy(fold);
}

/* Words that a later vocabulary no longer has still fold: they were good when they were written. */
static void an_entry_outlives_its_vocabulary(void **state)
{
    struct xf_fold *fold = fold_range(xf_fold_create(), 0, 5);
    const char *smaller = "{\"kind\":[\"other\"],\"person_role\":[\"other\"],\"location_role\":[\"other\"],\"vehicle_role\":["
                          "\"other\"],\"link_type\":[\"other\"],"
                          "\"location_type\":[\"other\"],\"marker_type\":[\"other\"],\"level\":[\"low\",\"medium\",\"high\"]}";
    const struct xf_entry setting = {.position = 6,
                                     .at = NOW,
                                     .kind = XF_ENTRY_SETTING,
                                     .stream = "setting/vocabulary",
                                     .actor = "x",
                                     .body = smaller,
                                     .length = strlen(smaller)};
    char *text = record_text(3);
    const struct xf_entry put = {
        .position = 7, .at = NOW, .kind = XF_ENTRY_PUT, .stream = "police/x", .actor = "x", .body = text, .length = strlen(text)};
    struct xf_outcome outcome;
    struct xf_error error;

    (void)state;
    assert_int_equal(xf_fold_apply(fold, &setting, &outcome, &error), XF_OK);
    assert_int_equal(xf_fold_apply(fold, &put, &outcome, &error), XF_OK);
    assert_int_equal(outcome.record, 0);
    free(text);
    xf_fold_destroy(fold);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_journal_gives_the_same_state),
        cmocka_unit_test(parsed_records_and_bodies_fold_alike),
        cmocka_unit_test(a_restart_anywhere_changes_nothing),
        cmocka_unit_test(events_are_a_function_of_the_journal),
        cmocka_unit_test(a_gap_is_refused),
        cmocka_unit_test(a_damaged_image_is_refused),
        cmocka_unit_test(an_entry_outlives_its_vocabulary),
    };

    return cmocka_run_group_tests(tests, make_journal, free_journal);
}
