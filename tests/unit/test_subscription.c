/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies that are taken and refused, changes that merge, and a state that is the same to the byte after a load. */
#include "check.h"

#include <stdio.h>

#include "crossflag/alert.h"

#define BASE "\"id\":\"s-1\",\"agency\":\"police\",\"principal\":\"p\""
#define HOOK BASE ",\"url\":\"https://x.example/in\",\"secret\":\"sec-1\""

static void bodies(void **state)
{
    static const struct {
        const char *body;
        int rc;
        const char *pointer;
    } cases[] = {
        {"{" BASE "}", XF_OK, NULL},
        {"{" BASE ",\"way\":\"stream\",\"filter\":{}}", XF_OK, NULL},
        {"{" HOOK "}", XF_OK, NULL},
        {"{" HOOK ",\"way\":\"webhook\",\"name\":\"duty\",\"basis\":\"agreement 7\",\"reason\":null}", XF_OK, NULL},
        {"{" BASE ",\"filter\":{\"types\":[\"a\"],\"levels\":[\"low\",\"high\"],\"areas\":[\"x\"],\"kinds\":[\"person\"],\"my_"
         "records\":true}}",
         XF_OK, NULL},
        {"{" HOOK ",\"secret_before\":\"sec-0\",\"secret_before_until\":\"2026-11-20T21:40:00Z\"}", XF_OK, NULL},
        {"[]", XF_EINVAL, ""},
        {"{", XF_EINVAL, ""},
        {"{\"id\":\"s-1\",\"id\":\"s-2\"}", XF_EINVAL, ""},
        {"{\"agency\":\"police\"}", XF_EINVAL, "/id"},
        {"{\"id\":\"Upper\",\"agency\":\"police\",\"principal\":\"p\"}", XF_EINVAL, "/id"},
        {"{\"id\":\"s-1\",\"agency\":\"police\"}", XF_EINVAL, "/principal"},
        {"{\"id\":\"s-1\",\"agency\":7,\"principal\":\"p\"}", XF_EINVAL, "/agency"},
        {"{" BASE ",\"colour\":\"red\"}", XF_EINVAL, "/colour"},
        {"{" BASE ",\"way\":\"pigeon\"}", XF_EINVAL, "/way"},
        {"{" BASE ",\"way\":\"webhook\"}", XF_EINVAL, "/url"},
        {"{" BASE ",\"way\":\"webhook\",\"url\":\"https://x.example\"}", XF_EINVAL, "/secret"},
        {"{" BASE ",\"url\":\"http://x.example/\",\"secret\":\"s\"}", XF_EINVAL, "/url"},
        {"{" BASE ",\"url\":\"https://\",\"secret\":\"s\"}", XF_EINVAL, "/url"},
        {"{" BASE ",\"url\":\"https://:443/\",\"secret\":\"s\"}", XF_EINVAL, "/url"},
        {"{" BASE ",\"url\":\"https://u:p@x.example/\",\"secret\":\"s\"}", XF_EINVAL, "/url"},
        {"{" BASE ",\"url\":\"https://x.example/#a\",\"secret\":\"s\"}", XF_EINVAL, "/url"},
        {"{" BASE ",\"url\":\"https://x.example/a b\",\"secret\":\"s\"}", XF_EINVAL, "/url"},
        {"{" BASE ",\"url\":\"https://x.example/\\r\\nHost: y\",\"secret\":\"s\"}", XF_EINVAL, "/url"},
        {"{" BASE ",\"url\":\"\",\"secret\":\"s\"}", XF_EINVAL, "/url"},
        {"{" BASE ",\"enabled\":1}", XF_EINVAL, "/enabled"},
        {"{" BASE ",\"filter\":[]}", XF_EINVAL, "/filter"},
        {"{" BASE ",\"filter\":{\"type\":[]}}", XF_EINVAL, "/filter/type"},
        {"{" BASE ",\"filter\":{\"types\":\"a\"}}", XF_EINVAL, "/filter/types"},
        {"{" BASE ",\"filter\":{\"types\":[1]}}", XF_EINVAL, "/filter/types"},
        {"{" BASE ",\"filter\":{\"levels\":[\"none\"]}}", XF_EINVAL, "/filter/levels"},
        {"{" BASE ",\"filter\":{\"kinds\":[\"dog\"]}}", XF_EINVAL, "/filter/kinds"},
        {"{" BASE ",\"filter\":{\"my_records\":1}}", XF_EINVAL, "/filter/my_records"},
        {"{" HOOK ",\"secret_before_until\":\"soon\"}", XF_EINVAL, "/secret_before_until"},
        {"{\"id\":\"s-1\",\"enabled\":false}", XF_ENOTFOUND, "/id"},
        {"{\"id\":\"s-1\",\"deleted\":true}", XF_ENOTFOUND, "/id"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct xf_subscriptions *subscriptions = xf_subscriptions_create();
        struct xf_error error = {0};
        int rc = xf_subscriptions_check(subscriptions, cases[i].body, strlen(cases[i].body), &error);

        if (rc != cases[i].rc || (cases[i].pointer && strcmp(cases[i].pointer, error.pointer) != 0))
            fail_msg("%s: %d at \"%s\" (%s)", cases[i].body, rc, error.pointer, error.text);
        assert_int_equal(xf_subscriptions_count(subscriptions), 0);
        assert_int_equal(xf_subscriptions_apply(subscriptions, cases[i].body, strlen(cases[i].body), 1, NULL), cases[i].rc);
        assert_int_equal(xf_subscriptions_count(subscriptions), cases[i].rc == XF_OK);
        xf_subscriptions_destroy(subscriptions);
    }
}

static void apply(struct xf_subscriptions *subscriptions, const char *body, int64_t at, int expected)
{
    struct xf_error error = {0};
    int rc = xf_subscriptions_apply(subscriptions, body, strlen(body), at, &error);

    if (rc != expected)
        fail_msg("%s: %d %s %s", body, rc, error.pointer, error.text);
}

static void changes_merge(void **state)
{
    struct xf_subscriptions *subscriptions = xf_subscriptions_create();
    const struct xf_subscription *row;

    (void)state;
    apply(subscriptions, "{" HOOK ",\"name\":\"duty\",\"filter\":{\"levels\":[\"high\"]}}", 1000000, XF_OK);
    row = xf_subscriptions_find(subscriptions, "s-1");
    assert_string_equal(row->body, "{\"id\":\"s-1\",\"agency\":\"police\",\"principal\":\"p\",\"name\":\"duty\",\"way\":"
                                   "\"webhook\",\"url\":\"https://x.example/in\","
                                   "\"enabled\":true,\"filter\":{\"levels\":[\"high\"]},\"created_at\":\"1970-01-01T00:00:01Z\"}");
    assert_string_equal(row->secret, "sec-1");
    apply(subscriptions, "{\"id\":\"s-1\",\"enabled\":false,\"reason\":\"gone\"}", 2000000, XF_OK);
    apply(subscriptions, "{\"id\":\"s-1\",\"filter\":{\"my_records\":true},\"name\":null}", 3000000, XF_OK);
    apply(subscriptions,
          "{\"id\":\"s-1\",\"secret\":\"sec-2\",\"secret_before\":\"sec-1\",\"secret_before_until\":\"1970-01-02T00:00:00Z\"}",
          4000000, XF_OK);
    row = xf_subscriptions_find(subscriptions, "s-1");
    assert_string_equal(
        row->body,
        "{\"id\":\"s-1\",\"agency\":\"police\",\"principal\":\"p\",\"way\":\"webhook\",\"url\":\"https://x.example/in\","
        "\"enabled\":false,\"reason\":\"gone\",\"filter\":{\"my_records\":true},\"created_at\":\"1970-01-01T00:00:01Z\"}");
    assert_false(row->enabled);
    assert_string_equal(row->secret, "sec-2");
    assert_string_equal(row->secret_before, "sec-1");
    assert_int_equal(row->secret_before_until, INT64_C(86400000000));
    /* What no longer fits does nothing. */
    apply(subscriptions, "{\"id\":\"s-1\",\"url\":null}", 5000000, XF_ENOTFOUND);
    assert_string_equal(xf_subscriptions_find(subscriptions, "s-1")->url, "https://x.example/in");
    /* An id does not change hands, living or deleted. */
    apply(subscriptions, "{\"id\":\"s-1\",\"agency\":\"health\",\"principal\":\"q\"}", 6000000, XF_ENOTFOUND);
    apply(subscriptions, "{\"id\":\"s-1\",\"deleted\":true}", 7000000, XF_OK);
    assert_true(xf_subscriptions_find(subscriptions, "s-1")->deleted);
    assert_false(xf_subscriptions_find(subscriptions, "s-1")->enabled);
    apply(subscriptions, "{\"id\":\"s-1\",\"deleted\":true}", 7000000, XF_ENOTFOUND);
    apply(subscriptions, "{\"id\":\"s-1\",\"enabled\":true}", 7000000, XF_ENOTFOUND);
    apply(subscriptions, "{\"id\":\"s-1\",\"agency\":\"health\",\"principal\":\"q\"}", 8000000, XF_ENOTFOUND);
    apply(subscriptions, "{" BASE "}", 9000000, XF_OK);
    row = xf_subscriptions_find(subscriptions, "s-1");
    assert_false(row->deleted);
    assert_int_equal(row->way, XF_WAY_PULL);
    assert_int_equal(row->created_at, 1000000);
    assert_int_equal(xf_subscriptions_count(subscriptions), 1);
    xf_subscriptions_destroy(subscriptions);
}

static void test_events_are_numbered(void **state)
{
    struct xf_subscriptions *subscriptions = xf_subscriptions_create();
    struct xf_arena *arena = xf_arena_create();
    struct xf_event_list events = {0};

    (void)state;
    apply(subscriptions, "{" BASE ",\"enabled\":false}", 1, XF_OK);
    for (uint64_t position = 10; position < 60; position++)
        assert_int_equal(xf_alert_test(subscriptions, "s-1", position, 0, "urn:x", arena, &events), XF_OK);
    assert_int_equal(events.count, 50);
    for (uint64_t i = 0; i < events.count; i++)
        assert_int_equal(events.items[i].sequence, i + 1);
    assert_string_equal(events.items[49].id, "test.59");
    assert_string_equal(
        events.items[0].body,
        "{\"specversion\":\"1.0\",\"id\":\"test.10\",\"type\":\"uk.crossflag.test.v1\",\"source\":\"urn:x\",\"subject\":\"s-1\","
        "\"time\":\"1970-01-01T00:00:00Z\",\"datacontenttype\":\"application/json\",\"sequence\":\"00000000000000000001\","
        "\"data\":{\"message\":\"A test of this subscription: no flag stands behind it.\"}}");
    assert_int_equal(xf_alert_test(subscriptions, "s-2", 60, 0, "urn:x", arena, &events), XF_ENOTFOUND);
    apply(subscriptions, "{\"id\":\"s-1\",\"deleted\":true}", 1, XF_OK);
    assert_int_equal(xf_alert_test(subscriptions, "s-1", 60, 0, "urn:x", arena, &events), XF_ENOTFOUND);
    assert_int_equal(xf_alert_test(subscriptions, NULL, 60, 0, "urn:x", arena, &events), XF_ENOTFOUND);
    xf_arena_destroy(arena);
    xf_subscriptions_destroy(subscriptions);
}

static void fill(struct xf_subscriptions *subscriptions, int from, int to)
{
    struct xf_arena *arena = xf_arena_create();
    struct xf_event_list events = {0};

    for (int i = from; i < to; i++) {
        char body[256], id[32];

        snprintf(id, sizeof(id), "s-%d", i % 97);
        snprintf(body, sizeof(body), "{\"id\":\"%s\",\"agency\":\"a-%d\",\"principal\":\"p\",\"filter\":{\"types\":[\"t%d\"]}}", id,
                 i % 97, i);
        if (i % 5 == 4)
            snprintf(body, sizeof(body), "{\"id\":\"%s\",\"deleted\":true}", id);
        if (i % 5 == 3)
            snprintf(body, sizeof(body), "{\"id\":\"%s\",\"enabled\":false}", id);
        (void)!xf_subscriptions_apply(subscriptions, body, strlen(body), i, NULL);
        (void)!xf_alert_test(subscriptions, id, (uint64_t)i + 1, i, "urn:x", arena, &events);
    }
    xf_arena_destroy(arena);
}

static void loads_to_the_byte(void **state)
{
    struct xf_subscriptions *whole = xf_subscriptions_create(), *half = xf_subscriptions_create(), *loaded;
    struct bytes first = {0}, second = {0}, middle = {0};

    (void)state;
    fill(whole, 0, 600);
    fill(half, 0, 301);
    assert_int_equal(xf_subscriptions_save(half, &(struct xf_pack){bytes_write, &middle}), XF_OK);
    assert_int_equal(xf_subscriptions_load(&(struct xf_unpack){bytes_read, &middle}, &loaded), XF_OK);
    fill(loaded, 301, 600);
    assert_int_equal(xf_subscriptions_save(whole, &(struct xf_pack){bytes_write, &first}), XF_OK);
    assert_int_equal(xf_subscriptions_save(loaded, &(struct xf_pack){bytes_write, &second}), XF_OK);
    assert_int_equal(first.length, second.length);
    assert_memory_equal(first.data, second.data, first.length);
    for (size_t i = 0; i < xf_subscriptions_count(whole); i++) {
        const struct xf_subscription *a = xf_subscriptions_at(whole, i), *b = xf_subscriptions_at(loaded, i);

        assert_string_equal(a->body, b->body);
        assert_int_equal(a->next_sequence, b->next_sequence);
        assert_int_equal(a->deleted, b->deleted);
        assert_int_equal(a->enabled, b->enabled);
        assert_ptr_equal(xf_subscriptions_find(loaded, b->id), b);
    }
    /* A broken save is refused, wherever it is cut. */
    for (size_t length = 0; length < middle.length; length += 37) {
        struct bytes cut = {middle.data, length, 0};
        struct xf_subscriptions *none = NULL;

        assert_int_not_equal(xf_subscriptions_load(&(struct xf_unpack){bytes_read, &cut}, &none), XF_OK);
        assert_null(none);
    }
    free(first.data);
    free(second.data);
    free(middle.data);
    xf_subscriptions_destroy(whole);
    xf_subscriptions_destroy(half);
    xf_subscriptions_destroy(loaded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies),
        cmocka_unit_test(changes_merge),
        cmocka_unit_test(test_events_are_numbered),
        cmocka_unit_test(loads_to_the_byte),
    };

    return cmocka_run_group_tests_name("subscription", tests, NULL, NULL);
}
