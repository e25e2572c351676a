/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "crossflag/principal.h"

#define DIGEST "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static int apply(struct xf_principals *principals, const char *body)
{
    return xf_principals_apply(principals, body, strlen(body), NULL);
}

static void made_found_and_revoked(void **state)
{
    struct xf_principals *principals = xf_principals_create();
    const struct xf_principal *found;

    (void)state;
    assert_int_equal(
        apply(principals,
              "{\"id\":\"school\",\"agency\":\"kirklees\",\"roles\":[\"feed:education\",\"check\"],\"token_sha256\":\"" DIGEST "\","
              "\"sans\":[\"URI:https://school.example/crossflag\"]}"),
        XF_OK);
    found = xf_principals_find(principals, "school");
    assert_non_null(found);
    assert_int_equal(found->roles, XF_ROLE_FEED | XF_ROLE_CHECK);
    assert_int_equal(found->feed_count, 1);
    assert_string_equal(found->feeds[0], "education");
    assert_int_equal(found->token[1], 0x11);
    assert_ptr_equal(xf_principals_by_san(principals, "URI:https://school.example/crossflag"), found);
    assert_null(xf_principals_by_san(principals, "DNS:school.example"));
    assert_int_equal(apply(principals, "{\"id\":\"school\",\"revoked\":true}"), XF_OK);
    assert_true(xf_principals_find(principals, "school")->revoked);
    assert_int_equal(apply(principals, "{\"id\":\"nobody\",\"revoked\":true}"), XF_ENOTFOUND);
    xf_principals_destroy(principals);
}

static void bad_bodies_change_nothing(void **state)
{
    static const char *const bodies[] = {
        "[]",
        "{\"agency\":\"a\",\"roles\":[\"check\"],\"token_sha256\":\"" DIGEST "\"}",
        "{\"id\":\"UPPER\",\"agency\":\"a\",\"roles\":[\"check\"],\"token_sha256\":\"" DIGEST "\"}",
        "{\"id\":\"a\",\"agency\":\"a\",\"roles\":[],\"token_sha256\":\"" DIGEST "\"}",
        "{\"id\":\"a\",\"agency\":\"a\",\"roles\":[\"root\"],\"token_sha256\":\"" DIGEST "\"}",
        "{\"id\":\"a\",\"agency\":\"a\",\"roles\":[\"check\"]}",
        "{\"id\":\"a\",\"agency\":\"a\",\"roles\":[\"check\"],\"token_sha256\":\"zz\"}",
        "{\"id\":\"a\",\"agency\":\"a\",\"roles\":[\"check\"],\"sans\":[\"CN:old\"]}",
    };
    struct xf_principals *principals = xf_principals_create();

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        assert_int_equal(apply(principals, bodies[i]), XF_EINVAL);
        assert_int_equal(xf_principals_count(principals), 0);
    }
    xf_principals_destroy(principals);
}

static void saved_and_loaded_agree(void **state)
{
    struct xf_principals *principals = xf_principals_create(), *loaded;
    struct bytes bytes = {0}, again = {0};

    (void)state;
    assert_int_equal(apply(principals, "{\"id\":\"a\",\"agency\":\"x\",\"roles\":[\"admin\"],\"token_sha256\":\"" DIGEST "\"}"),
                     XF_OK);
    assert_int_equal(apply(principals, "{\"id\":\"b\",\"agency\":\"y\",\"roles\":[\"officer\"],\"sans\":[\"DNS:b\"]}"), XF_OK);
    assert_int_equal(apply(principals, "{\"id\":\"a\",\"revoked\":true}"), XF_OK);
    assert_int_equal(xf_principals_save(principals, &(struct xf_pack){bytes_write, &bytes}), XF_OK);
    assert_int_equal(xf_principals_load(&(struct xf_unpack){bytes_read, &bytes}, &loaded), XF_OK);
    assert_true(xf_principals_find(loaded, "a")->revoked);
    assert_false(xf_principals_find(loaded, "b")->revoked);
    assert_int_equal(xf_principals_save(loaded, &(struct xf_pack){bytes_write, &again}), XF_OK);
    assert_int_equal(again.length, bytes.length);
    assert_memory_equal(again.data, bytes.data, bytes.length);
    free(bytes.data);
    free(again.data);
    xf_principals_destroy(loaded);
    xf_principals_destroy(principals);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(made_found_and_revoked), cmocka_unit_test(bad_bodies_change_nothing),
                                       cmocka_unit_test(saved_and_loaded_agree)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
