/* SPDX-License-Identifier: Apache-2.0 */
/* Which addresses a webhook may reach. */
#include "../../daemon/network.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "check.h"

static bool allowed(struct xf_networks *networks, const char *text)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return xf_networks_allow(networks, (const struct sockaddr *)&v4);
    assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
    return xf_networks_allow(networks, (const struct sockaddr *)&v6);
}

static void addresses(void **state)
{
    static const struct {
        const char *address;
        bool allowed;
    } cases[] = {
        {"8.8.8.8", true},
        {"9.255.255.255", true},
        {"10.0.0.0", false},
        {"10.255.255.255", false},
        {"11.0.0.0", true},
        {"127.0.0.1", false},
        {"0.0.0.0", false},
        {"169.254.169.254", false},
        {"172.15.255.255", true},
        {"172.16.0.1", false},
        {"172.31.255.255", false},
        {"172.32.0.0", true},
        {"192.168.0.1", false},
        {"100.64.0.1", false},
        {"100.63.255.255", true},
        {"224.0.0.1", false},
        {"255.255.255.255", false},
        {"198.19.0.1", false},
        {"2606:4700::1111", true},
        {"::1", false},
        {"::", false},
        {"fe80::1", false},
        {"fc00::1", false},
        {"fd12:3456::1", false},
        {"ff02::1", false},
        {"::ffff:10.0.0.1", false},
        {"::ffff:8.8.8.8", true},
        {"::10.0.0.1", false},
        {"64:ff9b::a00:1", false},
        {"64:ff9b::808:808", true},
        {"2002:a00:1::", false},
        {"2002:808:808::", true},
        {"2001:db8::1", false},
        {"2001:0:1::1", false},
        {"fec0::1", false},
    };
    struct xf_networks *networks = xf_networks_create(NULL);

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (allowed(networks, cases[i].address) != cases[i].allowed)
            fail_msg("%s", cases[i].address);
    assert_false(xf_networks_allow(networks, &(const struct sockaddr){.sa_family = AF_UNIX}));
    xf_networks_destroy(networks);
}

static void allowed_blocks(void **state)
{
    static const char *const allow[] = {"10.1.2.0/23", "fd00:1::/32", "127.0.0.1/32", NULL};
    static const char *const broken[][2] = {{"10.0.0.0", NULL}, {"10.0.0.0/33", NULL}, {"fd00::/129", NULL},
                                            {"x/8", NULL},      {"10.0.0.0/", NULL},   {"10.0.0.0/8x", NULL}};
    struct xf_networks *networks = xf_networks_create(allow);

    (void)state;
    assert_true(allowed(networks, "10.1.2.3"));
    assert_true(allowed(networks, "10.1.3.255"));
    assert_false(allowed(networks, "10.1.4.0"));
    assert_false(allowed(networks, "10.1.1.255"));
    assert_true(allowed(networks, "127.0.0.1"));
    assert_false(allowed(networks, "127.0.0.2"));
    assert_true(allowed(networks, "::ffff:10.1.2.3"));
    assert_true(allowed(networks, "64:ff9b::10.1.2.3"));
    assert_true(allowed(networks, "fd00:1:2::3"));
    assert_false(allowed(networks, "fd00:2::3"));
    xf_networks_destroy(networks);
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
        assert_null(xf_networks_create(broken[i]));
    xf_networks_destroy(NULL);
}

static void urls(void **state)
{
    static const struct {
        const char *url;
        bool refused;
    } cases[] = {
        {"https://127.0.0.1/x", true},
        {"https://127.1/x", true},
        {"https://2130706433/", true},
        {"https://0x7f.1:8443/", true},
        {"https://[::1]:8443/", true},
        {"https://[::ffff:10.0.0.1]", true},
        {"https://8.8.8.8:443/x?y", false},
        {"https://[2606:4700::1111]/", false},
        {"https://localhost/", true},
        {"https://", true},
        {"nonsense", true},
        {"https://[::1", true},
    };
    struct xf_networks *networks = xf_networks_create(NULL);

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (xf_networks_refuse_url(networks, cases[i].url) != cases[i].refused)
            fail_msg("%s", cases[i].url);
    xf_networks_destroy(networks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(addresses), cmocka_unit_test(allowed_blocks), cmocka_unit_test(urls)};

    return cmocka_run_group_tests_name("network", tests, NULL, NULL);
}
