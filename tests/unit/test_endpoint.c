/* SPDX-License-Identifier: Apache-2.0 */
/* The breaker: opens after failures in a row, lets one through when its time has come, closes on life, waits longer otherwise. */
#include "../../daemon/endpoint.h"

#include "check.h"

#define SECOND INT64_C(1000000)

static void opens_and_closes(void **state)
{
    struct xf_endpoints *endpoints = xf_endpoints_create(1000);
    struct xf_endpoint *one = xf_endpoint_hold(endpoints, "https://Partner.example/in?a=1"),
                       *same = xf_endpoint_hold(endpoints, "https://partner.example/in?a=2"),
                       *other = xf_endpoint_hold(endpoints, "https://partner.example/IN");
    int64_t now = 1000 * SECOND, wait = 0;

    (void)state;
    assert_ptr_equal(one, same);
    assert_ptr_not_equal(one, other);
    for (int i = 0; i < 4; i++) {
        assert_true(xf_endpoint_admit(one, now, &wait));
        assert_false(xf_endpoint_report(endpoints, one, false, now));
    }
    /* Life in between: counted anew. */
    assert_false(xf_endpoint_report(endpoints, one, true, now));
    for (int i = 0; i < 5; i++) {
        assert_true(xf_endpoint_admit(one, now, &wait));
        assert_false(xf_endpoint_report(endpoints, one, false, now));
    }
    assert_false(xf_endpoint_admit(one, now + 29 * SECOND, &wait));
    assert_in_range(wait, SECOND, SECOND + 10);
    assert_true(xf_endpoint_admit(other, now, &wait));
    /* What was under way when it opened changes nothing. */
    assert_false(xf_endpoint_report(endpoints, one, false, now + SECOND));
    assert_false(xf_endpoint_admit(one, now + 29 * SECOND, &wait));
    /* One probe, and no second beside it. */
    now += 31 * SECOND;
    assert_true(xf_endpoint_admit(one, now, &wait));
    assert_false(xf_endpoint_admit(one, now, &wait));
    assert_true(wait > 0);
    assert_false(xf_endpoint_report(endpoints, one, false, now));
    assert_false(xf_endpoint_admit(one, now + 59 * SECOND, &wait));
    now += 61 * SECOND;
    assert_true(xf_endpoint_admit(one, now, &wait));
    xf_endpoint_forget(one);
    assert_true(xf_endpoint_admit(one, now, &wait));
    assert_true(xf_endpoint_report(endpoints, one, true, now));
    assert_true(xf_endpoint_admit(one, now, &wait));
    assert_true(xf_endpoint_admit(one, now, &wait));
    xf_endpoint_release(endpoints, one);
    xf_endpoint_release(endpoints, same);
    xf_endpoint_release(endpoints, other);
    xf_endpoint_release(endpoints, NULL);
    xf_endpoints_destroy(endpoints);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(opens_and_closes)};

    return cmocka_run_group_tests_name("endpoint", tests, NULL, NULL);
}
