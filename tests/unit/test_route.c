/* SPDX-License-Identifier: Apache-2.0 */
/* What stands between a request and its handler: patterns, credentials, roles, purposes, rates, and the description of it all.
 * Tables of the test's own; principals as the fold keeps them. */
#include "check.h"

#include <stdio.h>

#include <openssl/sha.h>

#include "../../daemon/access.h"
#include "../../daemon/openapi.h"
#include "../../daemon/router.h"

/* ---- patterns ---- */

static void handler(struct xf_call *call)
{
    (void)call;
}

static const struct xf_route first[] = {
    {"GET", "/", 0, XF_ROUTE_OPEN, handler, "Root"},
    {"GET", "/v1/feeds", XF_ROLE_FEED, 0, handler, "Feeds"},
    {"POST", "/v1/feeds/{feed}/records", XF_ROLE_FEED, XF_ROUTE_WRITER, handler, "Send"},
    {"PUT", "/v1/feeds/{feed}/records/{id}", XF_ROLE_FEED, XF_ROUTE_WRITER, handler, "Put"},
    {"GET", "/v1/feeds/{feed}/records/{id}", XF_ROLE_FEED, 0, handler, "Get"},
    {0},
};
static const struct xf_route second[] = {
    {"GET", "/v1/flags/{id}", XF_ROLE_OFFICER, XF_ROUTE_PURPOSE, handler, "Flag"},
    {"GET", "/v1/flags/mine", XF_ROLE_OFFICER | XF_ROLE_CHECK, 0, handler, "Mine"},
    {"POST", "/v1/flags/{id}/confirm", XF_ROLE_REVIEWER, XF_ROUTE_WRITER, handler, "Confirm"},
    {0},
};
static const struct xf_route *const tables[] = {first, second, NULL};

static void test_matching(void **state)
{
    static const struct {
        const char *method, *target;
        enum xf_router_result result;
        const char *pattern, *parameters[2]; /* NO_METHOD: pattern is what Allow says */
    } cases[] = {
        {"GET", "/", XF_ROUTER_FOUND, "/", {NULL, NULL}},
        {"HEAD", "/v1/feeds", XF_ROUTER_FOUND, "/v1/feeds", {NULL, NULL}},
        {"POST", "/v1/feeds/police/records", XF_ROUTER_FOUND, "/v1/feeds/{feed}/records", {"police", NULL}},
        {"PUT", "/v1/feeds/police/records/a%2Fb%20c", XF_ROUTER_FOUND, "/v1/feeds/{feed}/records/{id}", {"police", "a/b c"}},
        {"GET", "/v1/flags/f-1", XF_ROUTER_FOUND, "/v1/flags/{id}", {"f-1", NULL}},
        {"GET", "/v1/flags/mine", XF_ROUTER_FOUND, "/v1/flags/mine", {NULL, NULL}},
        {"POST",
         "/v1/flags/mine/confirm",
         XF_ROUTER_FOUND,
         "/v1/flags/{id}/confirm",
         {"mine", NULL}}, /* a literal that leads nowhere */
        {"DELETE", "/v1/feeds/police/records/1", XF_ROUTER_NO_METHOD, "GET, HEAD, PUT", {NULL, NULL}},
        {"GET", "/v1/feeds/police/records", XF_ROUTER_NO_METHOD, "POST", {NULL, NULL}},
        {"HEAD", "/v1/feeds/police/records", XF_ROUTER_NO_METHOD, "POST", {NULL, NULL}},
        {"GET", "/v1", XF_ROUTER_NO_PATH, NULL, {NULL, NULL}},
        {"GET", "/v1/", XF_ROUTER_NO_PATH, NULL, {NULL, NULL}},
        {"GET", "/v1/feeds/", XF_ROUTER_NO_PATH, NULL, {NULL, NULL}},
        {"POST", "/v1/feeds//records", XF_ROUTER_NO_PATH, NULL, {NULL, NULL}},
        {"GET", "/v1/feedsx", XF_ROUTER_NO_PATH, NULL, {NULL, NULL}},
        {"GET", "/v1/feed", XF_ROUTER_NO_PATH, NULL, {NULL, NULL}},
        {"GET", "/v1/flags/a/b", XF_ROUTER_NO_PATH, NULL, {NULL, NULL}},
        {"GET", "//", XF_ROUTER_NO_PATH, NULL, {NULL, NULL}},
        {"GET", "/V1/feeds", XF_ROUTER_NO_PATH, NULL, {NULL, NULL}},
        {"GET", "/v1/feeds?x", XF_ROUTER_NO_PATH, NULL, {NULL, NULL}},
        {"GET", "", XF_ROUTER_NO_PATH, NULL, {NULL, NULL}},
    };
    struct xf_router *router = xf_router_create(tables);
    struct xf_arena *arena = xf_arena_create();

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct xf_matched matched = {0};
        enum xf_router_result result = xf_router_match(router, cases[i].method, cases[i].target, arena, &matched);

        if (result != cases[i].result)
            fail_msg("%s %s: %d", cases[i].method, cases[i].target, (int)result);
        if (result == XF_ROUTER_NO_METHOD)
            assert_string_equal(matched.allow, cases[i].pattern);
        if (result != XF_ROUTER_FOUND)
            continue;
        assert_string_equal(matched.route->pattern, cases[i].pattern);
        for (size_t j = 0; j < 2; j++) {
            if (cases[i].parameters[j])
                assert_string_equal(matched.parameters[j], cases[i].parameters[j]);
            else
                assert_null(matched.parameters[j]);
        }
    }
    xf_arena_destroy(arena);
    xf_router_destroy(router);
    xf_router_destroy(NULL);
}

/* ---- credentials ---- */

#define GOOD "cf_police-feed_Abc_def-123"

static void apply(struct xf_principals *principals, const char *body)
{
    struct xf_error error = {0};

    if (xf_principals_apply(principals, body, strlen(body), &error) != XF_OK)
        fail_msg("%s", error.text);
}

static void add_principal(struct xf_principals *principals, const char *id, const char *roles, const char *token, const char *sans)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    char body[1024], hex[2 * SHA256_DIGEST_LENGTH + 3] = "null";

    if (token) {
        SHA256((const unsigned char *)token, strlen(token), digest);
        hex[0] = '"';
        for (size_t i = 0; i < sizeof(digest); i++)
            snprintf(hex + 1 + 2 * i, 3, "%02x", digest[i]);
        strcat(hex, "\"");
    }
    snprintf(body, sizeof(body), "{\"id\":\"%s\",\"agency\":\"yorkshire\",\"roles\":[%s],\"token_sha256\":%s,\"sans\":[%s]}", id,
             roles, hex, sans);
    apply(principals, body);
}

static struct xf_principals *make_principals(void)
{
    struct xf_principals *principals = xf_principals_create();

    add_principal(principals, "police-feed", "\"feed:police\",\"feed:custody\",\"check\"", GOOD, "");
    add_principal(principals, "gone", "\"admin\"", "cf_gone_secret", "\"URI:urn:gone\",\"URI:urn:passed-on\"");
    apply(principals, "{\"id\":\"gone\",\"revoked\":true}");
    add_principal(principals, "by-certificate", "\"check\"", NULL,
                  "\"URI:urn:partner:1\",\"DNS:partner.example\",\"URI:urn:passed-on\"");
    return principals;
}

static void test_identity(void **state)
{
    static const struct {
        const char *authorization, *names[3];
        enum xf_identity identity;
        const char *id;
    } cases[] = {
        {NULL, {NULL}, XF_IDENTITY_NONE, NULL},
        {"Bearer " GOOD, {NULL}, XF_IDENTITY_KNOWN, "police-feed"},
        {"bearer  " GOOD, {NULL}, XF_IDENTITY_KNOWN, "police-feed"},
        {"Bearer " GOOD, {"URI:urn:partner:1"}, XF_IDENTITY_KNOWN, "police-feed"},
        {"Bearer " GOOD "x", {NULL}, XF_IDENTITY_UNKNOWN, NULL},
        {"Bearer cf_police-feed_", {NULL}, XF_IDENTITY_UNKNOWN, NULL},
        {"Bearer cf_police-feed", {NULL}, XF_IDENTITY_UNKNOWN, NULL},
        {"Bearer cf_nobody_Abc_def-123", {NULL}, XF_IDENTITY_UNKNOWN, NULL},
        {"Bearer cf__x", {NULL}, XF_IDENTITY_UNKNOWN, NULL},
        {"Bearer ", {NULL}, XF_IDENTITY_UNKNOWN, NULL},
        {"Bearer", {NULL}, XF_IDENTITY_UNKNOWN, NULL},
        {"", {NULL}, XF_IDENTITY_UNKNOWN, NULL},
        {"Basic " GOOD, {NULL}, XF_IDENTITY_UNKNOWN, NULL},
        {GOOD, {NULL}, XF_IDENTITY_UNKNOWN, NULL},
        {"Bearer cf_gone_secret", {NULL}, XF_IDENTITY_UNKNOWN, NULL},
        {"Bearer cf_by-certificate_x", {NULL}, XF_IDENTITY_UNKNOWN, NULL},  /* has no token */
        {"Bearer wrong", {"URI:urn:partner:1"}, XF_IDENTITY_UNKNOWN, NULL}, /* no falling back */
        {NULL, {"URI:urn:partner:1"}, XF_IDENTITY_KNOWN, "by-certificate"},
        {NULL, {"DNS:other.example", "DNS:partner.example"}, XF_IDENTITY_KNOWN, "by-certificate"},
        {NULL, {"URI:urn:passed-on"}, XF_IDENTITY_KNOWN, "by-certificate"},
        {NULL, {"URI:urn:gone"}, XF_IDENTITY_UNKNOWN, NULL},
        {NULL, {"DNS:urn:partner:1"}, XF_IDENTITY_UNKNOWN, NULL},
        {NULL, {"URI:URN:partner:1"}, XF_IDENTITY_UNKNOWN, NULL},
        {NULL, {"URI:urn:partner:11"}, XF_IDENTITY_UNKNOWN, NULL},
    };
    struct xf_principals *principals = make_principals();
    struct xf_arena *arena = xf_arena_create();
    char *large = malloc(5000);
    struct xf_caller caller;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        enum xf_identity identity = xf_access_identify(principals, cases[i].authorization, cases[i].names, arena, &caller);

        if (identity != cases[i].identity)
            fail_msg("%s, %s: %d", cases[i].authorization, cases[i].names[0], (int)identity);
        if (identity == XF_IDENTITY_KNOWN)
            assert_string_equal(caller.id, cases[i].id);
    }
    memset(large, 'a', 4999);
    memcpy(large, "Bearer cf_", 10);
    large[4999] = '\0';
    assert_int_equal(xf_access_identify(principals, large, cases[0].names, arena, &caller), XF_IDENTITY_UNKNOWN);
    free(large);

    /* A revocation holds from the next request on. */
    apply(principals, "{\"id\":\"police-feed\",\"revoked\":true}");
    assert_int_equal(xf_access_identify(principals, "Bearer " GOOD, cases[0].names, arena, &caller), XF_IDENTITY_UNKNOWN);
    xf_arena_destroy(arena);
    xf_principals_destroy(principals);
}

static void test_roles(void **state)
{
    static const char *const none[] = {NULL};
    static const struct {
        const struct xf_route *route;
        const char *feed;
        bool may;
    } cases[] = {
        {&first[1], NULL, true},      {&first[2], "police", true}, {&first[2], "custody", true},  {&first[2], "housing", false},
        {&first[2], "Police", false}, {&first[2], "", false},      {&first[4], "housing", false}, {&second[0], "x", false},
        {&second[1], NULL, true},     {&second[2], "x", false},
    };
    struct xf_principals *principals = make_principals();
    struct xf_arena *arena = xf_arena_create();
    struct xf_caller caller = {0}, nobody = {0};

    (void)state;
    assert_int_equal(xf_access_identify(principals, "Bearer " GOOD, none, arena, &caller), XF_IDENTITY_KNOWN);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *parameters[4] = {cases[i].feed};

        if (xf_access_may(&caller, cases[i].route, parameters) != cases[i].may)
            fail_msg("%s %s", cases[i].route->pattern, cases[i].feed);
        assert_false(xf_access_may(&nobody, cases[i].route, parameters));
    }
    xf_arena_destroy(arena);
    xf_principals_destroy(principals);
}

static void test_purposes(void **state)
{
    static const char *const codes[] = {"safeguarding", "audit", NULL};
    static const struct {
        const char *header, *code, *reference; /* code NULL: refused */
    } cases[] = {
        {"safeguarding CASE-1", "safeguarding", "CASE-1"},
        {"audit \t A 2026/7", "audit", "A 2026/7"},
        {NULL, NULL, NULL},
        {"", NULL, NULL},
        {"safeguarding", NULL, NULL},
        {"safeguarding ", NULL, NULL},
        {"safe CASE-1", NULL, NULL},
        {"safeguardingCASE-1", NULL, NULL},
        {"Audit CASE-1", NULL, NULL},
        {" audit CASE-1", NULL, NULL},
    };
    struct xf_arena *arena = xf_arena_create();
    const char *code, *reference;
    char large[256] = "audit ";

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *reason = xf_access_purpose(cases[i].header, codes, arena, &code, &reference);

        assert_int_equal(reason == NULL, cases[i].code != NULL);
        if (reason)
            continue;
        assert_string_equal(code, cases[i].code);
        assert_string_equal(reference, cases[i].reference);
    }
    memset(large + 6, 'x', 129);
    assert_non_null(xf_access_purpose(large, codes, arena, &code, &reference));
    large[6 + 128] = '\0';
    assert_null(xf_access_purpose(large, codes, arena, &code, &reference));
    xf_arena_destroy(arena);
}

static void test_rates(void **state)
{
    struct xf_rate *rate = xf_rate_create();
    int64_t now = INT64_C(1000000000);
    int taken = 0;

    (void)state;
    while (xf_rate_take(rate, "a", 10, now))
        taken++;
    assert_int_equal(taken, 10);                   /* a second's worth at once */
    assert_true(xf_rate_take(rate, "b", 10, now)); /* others have their own */
    assert_false(xf_rate_take(rate, "a", 10, now + 99000));
    assert_true(xf_rate_take(rate, "a", 10, now + 100000));
    assert_false(xf_rate_take(rate, "a", 10, now + 100000));
    assert_true(xf_rate_take(rate, "a", 0, now)); /* unlimited */
    for (taken = 0; xf_rate_take(rate, "a", 10, now + 60000000);)
        taken++;
    assert_int_equal(taken, 10); /* never more than a second's worth */
    xf_rate_destroy(rate);
    xf_rate_destroy(NULL);
}

/* ---- the description ---- */

static void test_openapi(void **state)
{
    json_t *document = xf_openapi_document(tables, "https://flags.example.org", "1.2.3");
    json_t *paths, *operation;
    const char *key, *method;
    json_t *path;
    size_t count = 0;

    (void)state;
    assert_non_null(document);
    assert_string_equal(json_string_value(json_object_get(document, "openapi")), "3.1.0");
    paths = json_object_get(document, "paths");
    json_object_foreach(paths, key, path)
    {
        json_object_foreach(path, method, operation)
        {
            count++;
            assert_non_null(json_object_get(operation, "operationId"));
            assert_true(json_object_size(json_object_get(operation, "responses")) > 0);
        }
    }
    assert_int_equal(count, 8);
    operation = json_object_get(json_object_get(paths, "/v1/feeds/{feed}/records/{id}"), "put");
    assert_string_equal(json_string_value(json_object_get(operation, "operationId")), "put_v1_feeds_feed_records_id");
    assert_string_equal(json_string_value(json_object_get(json_array_get(json_object_get(operation, "parameters"), 1), "name")),
                        "id");
    assert_string_equal(json_string_value(json_array_get(json_object_get(operation, "x-roles"), 0)), "feed");
    operation = json_object_get(json_object_get(paths, "/"), "get");
    assert_int_equal(json_array_size(json_object_get(operation, "security")), 0);
    operation = json_object_get(json_object_get(paths, "/v1/flags/{id}"), "get");
    assert_non_null(json_object_get(json_object_get(operation, "responses"), "428"));
    json_decref(document);
}

/* Every reference leads somewhere. */
static void check_references(json_t *document, json_t *value)
{
    const char *key;
    json_t *member;
    size_t index;

    json_object_foreach(value, key, member)
    {
        if (!strcmp(key, "$ref") && json_string_value(member)[0] == '#') {
            char kind[64], name[64];

            assert_int_equal(sscanf(json_string_value(member), "#/components/%63[^/]/%63s", kind, name), 2);
            if (!json_object_get(json_object_get(json_object_get(document, "components"), kind), name))
                fail_msg("%s", json_string_value(member));
        }
        check_references(document, member);
    }
    json_array_foreach(value, index, member) check_references(document, member);
}

static void test_openapi_references(void **state)
{
    json_t *document = xf_openapi_document(tables, "https://flags.example.org", "1.2.3");

    (void)state;
    check_references(document, document);
    json_decref(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matching),           cmocka_unit_test(test_identity), cmocka_unit_test(test_roles),
        cmocka_unit_test(test_purposes),           cmocka_unit_test(test_rates),    cmocka_unit_test(test_openapi),
        cmocka_unit_test(test_openapi_references),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
