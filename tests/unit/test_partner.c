/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "crossflag/partner.h"

static const char good[] = "{\"agencies\":[{\"name\":\"wyp\",\"title\":\"West Yorkshire "
                           "Police\",\"kind\":\"police\",\"area\":\"wy\",\"contact\":\"hub@wyp\"},"
                           "{\"name\":\"kirklees\",\"kind\":\"social_care\"}],"
                           "\"feeds\":[{\"name\":\"police\",\"agency\":\"wyp\",\"grade\":\"2BP\",\"basis\":\"DPA 2018 Part 3\"}]}";

static void a_good_file_is_read(void **state)
{
    struct xf_partners *partners;
    struct xf_error error;
    uint32_t feed;

    (void)state;
    assert_int_equal(xf_partners_parse(good, strlen(good), &partners, &error), XF_OK);
    assert_int_equal(xf_partners_agency_count(partners), 2);
    feed = xf_partners_feed(partners, "police");
    assert_int_equal(feed, 0);
    assert_string_equal(xf_partners_agency_at(partners, xf_partners_feed_at(partners, feed)->agency)->title,
                        "West Yorkshire Police");
    assert_string_equal(xf_partners_feed_at(partners, feed)->grade, "2BP");
    assert_int_equal(xf_partners_agency_at(partners, 1)->kind, XF_AGENCY_SOCIAL_CARE);
    assert_string_equal(xf_partners_agency_at(partners, 1)->title, "kirklees");
    assert_int_equal(xf_partners_feed(partners, "nobody"), UINT32_MAX);
    xf_partners_destroy(partners);
}

static void faults_name_their_place(void **state)
{
    static const struct {
        const char *text, *place;
    } cases[] = {
        {"{\"agencies\":[", "partners:"},
        {"[]", "arrays agencies and feeds"},
        {"{\"agencies\":[{\"name\":\"W Y P\",\"kind\":\"police\"}],\"feeds\":[]}", "/agencies/0/name"},
        {"{\"agencies\":[{\"name\":\"wyp\",\"kind\":\"army\"}],\"feeds\":[]}", "/agencies/0/kind"},
        {"{\"agencies\":[{\"name\":\"wyp\",\"kind\":\"police\"},{\"name\":\"wyp\",\"kind\":\"police\"}],\"feeds\":[]}",
         "/agencies/1/name"},
        {"{\"agencies\":[{\"name\":\"wyp\",\"kind\":\"police\",\"fone\":\"1\"}],\"feeds\":[]}", "/agencies/0/fone"},
        {"{\"agencies\":[],\"feeds\":[{\"name\":\"police\",\"agency\":\"wyp\",\"grade\":\"2BP\",\"basis\":\"x\"}]}",
         "/feeds/0/agency"},
        {"{\"agencies\":[{\"name\":\"wyp\",\"kind\":\"police\"}],\"feeds\":[{\"name\":\"police\",\"agency\":\"wyp\",\"grade\":"
         "\"9ZP\",\"basis\":\"x\"}]}",
         "/feeds/0/grade"},
        {"{\"agencies\":[{\"name\":\"wyp\",\"kind\":\"police\"}],\"feeds\":[{\"name\":\"police\",\"agency\":\"wyp\",\"grade\":"
         "\"2BP\"}]}",
         "/feeds/0/basis"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct xf_partners *partners = NULL;
        struct xf_error error = {0};

        assert_int_equal(xf_partners_parse(cases[i].text, strlen(cases[i].text), &partners, &error), XF_EINVAL);
        assert_null(partners);
        assert_non_null(strstr(error.text, cases[i].place));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_good_file_is_read), cmocka_unit_test(faults_name_their_place)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
