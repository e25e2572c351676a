/* SPDX-License-Identifier: Apache-2.0 */
/* Against the published vectors of Standard Webhooks (facts from its public test suites), and secrets that are none. */
#include "crossflag/signature.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

#define ID_A "msg_p5jXN8AQM9LWM0D4loKWxJek"
#define BODY_A "{\"test\": 2432232314}"
#define TIME_A INT64_C(1614265330)
#define KEY_C "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="
#define SEED_C "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbc="

static void hmac_vectors(void **state)
{
    static const struct {
        const char *secret, *id;
        int64_t timestamp;
        const char *body, *expected;
        int rc;
    } cases[] = {
        {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", ID_A, TIME_A, BODY_A, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", XF_OK},
        {"whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", 1649367553,
         "{\"email\":\"test@example.com\",\"username\":\"test_user\"}", "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=", XF_OK},
        {"whsec_", ID_A, TIME_A, BODY_A, NULL, XF_EINVAL},
        {"", ID_A, TIME_A, BODY_A, NULL, XF_EINVAL},
        {NULL, ID_A, TIME_A, BODY_A, NULL, XF_EINVAL},
        {"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", ID_A, TIME_A, BODY_A, NULL, XF_EINVAL},       /* no prefix */
        {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2La", ID_A, TIME_A, BODY_A, NULL, XF_EINVAL},     /* 21 bytes */
        {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS", ID_A, TIME_A, BODY_A, NULL, XF_EINVAL},  /* unpadded */
        {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa w", ID_A, TIME_A, BODY_A, NULL, XF_EINVAL}, /* white space */
        {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", ID_A, TIME_A,
         BODY_A, NULL, XF_EINVAL}, /* 72 bytes */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char out[XF_SIGNATURE_TEXT] = "untouched";

        assert_int_equal(
            xf_signature_hmac(cases[i].secret, cases[i].id, cases[i].timestamp, cases[i].body, strlen(cases[i].body), out),
            cases[i].rc);
        assert_string_equal(out, cases[i].expected ? cases[i].expected : "untouched");
    }
}

static void ed25519_vectors(void **state)
{
    static const char expected[] = "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==";
    static const struct {
        const char *secret;
        int rc;
    } cases[] = {
        {KEY_C, XF_OK},
        {SEED_C, XF_OK},
        {"whsk_", XF_EINVAL},
        {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", XF_EINVAL},
        /* the public half is not the seed's */
        {"whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfWKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==", XF_EINVAL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char out[XF_SIGNATURE_TEXT] = "untouched";

        assert_int_equal(xf_signature_ed25519(cases[i].secret, ID_A, TIME_A, BODY_A, strlen(BODY_A), out), cases[i].rc);
        assert_string_equal(out, cases[i].rc == XF_OK ? expected : "untouched");
    }
}

static void changes_change_the_signature(void **state)
{
    static const char secret[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    char original[XF_SIGNATURE_TEXT], out[XF_SIGNATURE_TEXT];

    (void)state;
    assert_int_equal(xf_signature_hmac(secret, ID_A, TIME_A, BODY_A, strlen(BODY_A), original), XF_OK);
    assert_string_not_equal(original, "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=");
    assert_string_not_equal(original, "v1,");
    assert_int_equal(xf_signature_hmac(secret, ID_A, TIME_A + 1, BODY_A, strlen(BODY_A), out), XF_OK);
    assert_string_not_equal(original, out);
    assert_int_equal(xf_signature_hmac(secret, "msg_other", TIME_A, BODY_A, strlen(BODY_A), out), XF_OK);
    assert_string_not_equal(original, out);
    assert_int_equal(xf_signature_hmac(secret, ID_A, TIME_A, "", 0, out), XF_OK);
    assert_string_not_equal(original, out);
}

static void keys_are_made(void **state)
{
    uint8_t bytes[64];
    char secret[XF_SIGNATURE_SECRET_TEXT], private_key[XF_SIGNATURE_SECRET_TEXT], public_key[XF_SIGNATURE_SECRET_TEXT],
        out[XF_SIGNATURE_TEXT];

    (void)state;
    memset(bytes, 0xa5, sizeof(bytes));
    assert_int_equal(xf_signature_secret(bytes, 23, secret), XF_EINVAL);
    assert_int_equal(xf_signature_secret(bytes, 65, secret), XF_EINVAL);
    assert_int_equal(xf_signature_secret(bytes, 64, secret), XF_OK);
    assert_int_equal(xf_signature_hmac(secret, ID_A, TIME_A, BODY_A, strlen(BODY_A), out), XF_OK);
    assert_int_equal(xf_signature_secret(bytes, 32, secret), XF_OK);
    assert_int_equal(xf_signature_hmac(secret, ID_A, TIME_A, BODY_A, strlen(BODY_A), out), XF_OK);
    assert_int_equal(xf_signature_private(bytes, private_key), XF_OK);
    assert_int_equal(xf_signature_public(private_key, public_key), XF_OK);
    assert_memory_equal(public_key, "whpk_", 5);
    assert_int_equal(xf_signature_ed25519(private_key, ID_A, TIME_A, BODY_A, strlen(BODY_A), out), XF_OK);
    assert_int_equal(xf_signature_public(KEY_C, public_key), XF_OK);
    assert_string_equal(public_key, "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=");
    assert_int_equal(xf_signature_public("whsk_AAAA", public_key), XF_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hmac_vectors),
        cmocka_unit_test(ed25519_vectors),
        cmocka_unit_test(changes_change_the_signature),
        cmocka_unit_test(keys_are_made),
    };

    return cmocka_run_group_tests_name("signature", tests, NULL, NULL);
}
