/* SPDX-License-Identifier: Apache-2.0 */
/* The calendar: what is refused, what round-trips, and every day of 1,200 years against the plain rule of leap years. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crossflag/date.h"

static int64_t instant(const char *text)
{
    const char *reason = NULL;
    int64_t time = 0;

    if (xf_time_parse(text, &time, &reason) != XF_OK)
        fail_msg("%s: %s", text, reason);
    return time;
}

static void instants_are_read_and_written(void **state)
{
    static const struct {
        const char *text;
        int64_t time;
        const char *written;
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00Z"},
        {"2026-11-20T21:40:00Z", INT64_C(1795210800000000), "2026-11-20T21:40:00Z"},
        {"2026-11-20t21:40:00z", INT64_C(1795210800000000), "2026-11-20T21:40:00Z"},
        {"2026-11-20 22:40:00+01:00", INT64_C(1795210800000000), "2026-11-20T21:40:00Z"},
        {"2026-11-20T16:10:00-05:30", INT64_C(1795210800000000), "2026-11-20T21:40:00Z"},
        {"2026-11-20T21:40:00.5Z", INT64_C(1795210800500000), "2026-11-20T21:40:00.500000Z"},
        {"2026-11-20T21:40:00.0000019Z", INT64_C(1795210800000001), "2026-11-20T21:40:00.000001Z"},
        {"2016-12-31T23:59:60Z", INT64_C(1483228799000000), "2016-12-31T23:59:59Z"},
        {"2017-01-01T00:59:60+01:00", INT64_C(1483228799000000), "2016-12-31T23:59:59Z"},
        {"1969-12-31T23:59:59.999999Z", -1, "1969-12-31T23:59:59.999999Z"},
        {"1000-01-01T00:00:00+23:59", INT64_C(-30610310340000000), "0999-12-31T00:01:00Z"},
        {"2200-12-31T23:59:59Z", INT64_C(7289654399000000), "2200-12-31T23:59:59Z"},
        {"2024-02-29T12:00:00-00:00", INT64_C(1709208000000000), "2024-02-29T12:00:00Z"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char buffer[XF_TIME_TEXT];

        assert_int_equal(instant(cases[i].text), cases[i].time);
        assert_string_equal(xf_time_format(cases[i].time, buffer), cases[i].written);
        assert_int_equal(instant(cases[i].written[0] == '0' ? "1000-01-01T00:00:00+23:59" : cases[i].written), cases[i].time);
    }
}

static void no_instant_is_the_empty_string(void **state)
{
    char buffer[XF_TIME_TEXT] = "x";

    (void)state;
    assert_string_equal(xf_time_format(XF_TIME_NONE, buffer), "");
}

static void impossible_instants_are_refused(void **state)
{
    static const char *const cases[] = {
        "",
        "2026",
        "2026-11-20",
        "2026-11-20T21:40Z",
        "2026-11-20T21:40:00",
        "2026-11-20T21:40:00+0100",
        "2026-11-20T21:40:00+01",
        "2026-11-20T24:00:00Z",
        "2026-11-20T21:60:00Z",
        "2026-11-20T21:40:61Z",
        "2026-11-20T21:40:60Z",
        "2026-02-29T00:00:00Z",
        "2026-11-31T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-01-00T00:00:00Z",
        "0999-01-01T00:00:00Z",
        "2201-01-01T00:00:00Z",
        "2026-11-20T21:40:00.Z",
        "2026-11-20T21:40:00.1234567890Z",
        "2026-11-20T21:40:00Zx",
        "2026-11-20T21:40:00+24:00",
        "2026-11-20T21:40:00+01:60",
        " 2026-11-20T21:40:00Z",
        "2026-11-20X21:40:00Z",
        "20261120T214000Z",
        "2026-1-20T21:40:00Z",
        "-026-11-20T21:40:00Z",
        "2026-11-20T21:40:0\xC3\xA9Z",
        "2026-11-20T-1:40:00Z",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *reason = NULL;
        int64_t time = 42;

        if (xf_time_parse(cases[i], &time, &reason) != XF_EINVAL)
            fail_msg("accepted %s", cases[i]);
        assert_non_null(reason);
        assert_int_equal(time, 42);
    }
}

static void dates_may_be_partial(void **state)
{
    static const struct {
        const char *text;
        xf_date date;
    } good[] = {{"2011", 20110000},       {"2011-04", 20110400}, {"2011-04-02", 20110402},
                {"2000-02-29", 20000229}, {"1000", 10000000},    {"2200-12-31", 22001231}};
    static const char *const bad[] = {"",           "11",         "2011-",      "2011-4",     "2011-04-",
                                      "2011-04-2",  "2011-04-31", "2011-02-29", "1900-02-29", "2011-13",
                                      "2011-00",    "2011-04-00", "0999",       "2201",       "2011-04-02T",
                                      "02/04/2011", "2011/04/02", " 2011",      "2011 ",      "201a"};

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        const char *reason = NULL;
        char buffer[11];
        xf_date date = 0;

        assert_int_equal(xf_date_parse(good[i].text, &date, &reason), XF_OK);
        assert_int_equal(date, good[i].date);
        assert_string_equal(xf_date_format(date, buffer), good[i].text);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const char *reason = NULL;
        xf_date date = 7;

        if (xf_date_parse(bad[i], &date, &reason) != XF_EINVAL)
            fail_msg("accepted %s", bad[i]);
        assert_non_null(reason);
        assert_int_equal(date, 7);
    }
    assert_string_equal(xf_date_format(0, (char[11]){"x"}), "");
}

static void every_day_follows_the_one_before(void **state)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int32_t days = xf_date_days(10000101);

    (void)state;
    assert_int_equal(days, -354285);
    assert_int_equal(xf_date_days(19700101), 0);
    for (xf_date year = 1000; year <= 2200; year++)
        for (xf_date month = 1; month <= 12; month++) {
            xf_date length = (xf_date)lengths[month - 1] + (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));

            for (xf_date day = 1; day <= length; day++, days++) {
                xf_date date = year * 10000 + month * 100 + day;

                assert_int_equal(xf_date_days(date), days);
                assert_int_equal(xf_date_of(days * XF_DAY), date);
                assert_int_equal(xf_date_of(days * XF_DAY + XF_DAY - 1), date);
            }
        }
    assert_int_equal(xf_date_days(20110000), xf_date_days(20110101));
    assert_int_equal(xf_date_days(20110400), xf_date_days(20110401));
    assert_int_equal(xf_date_start(20261120), instant("2026-11-20T00:00:00Z"));
}

static void ages_are_completed_years(void **state)
{
    static const struct {
        xf_date birth;
        const char *at;
        int age;
    } cases[] = {
        {20110402, "2026-04-01T23:59:59Z", 14}, {20110402, "2026-04-02T00:00:00Z", 15}, {20080229, "2026-02-28T12:00:00Z", 17},
        {20080229, "2026-03-01T00:00:00Z", 18}, {20080000, "2026-12-30T00:00:00Z", 17}, {20080000, "2026-12-31T00:00:00Z", 18},
        {20080400, "2026-04-29T00:00:00Z", 17}, {20080400, "2026-04-30T00:00:00Z", 18}, {20260000, "2026-06-01T00:00:00Z", 0},
        {20261120, "2026-11-20T00:00:00Z", 0},  {20261121, "2026-11-20T00:00:00Z", -1}, {0, "2026-11-20T00:00:00Z", -1},
        {19600101, "1969-12-31T00:00:00Z", 9},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(xf_date_age(cases[i].birth, instant(cases[i].at)), cases[i].age);
}

static void months_are_added_and_days_clipped(void **state)
{
    static const struct {
        xf_date date;
        int months;
        xf_date expected;
    } cases[] = {
        {20260131, 1, 20260228},  {20240131, 1, 20240229},   {20260815, -8, 20251215}, {20260331, -1, 20260228},
        {20261130, 3, 20270228},  {20080415, 210, 20251015}, {20110400, 9, 20120100},  {20090000, 18, 20100000},
        {20090000, -1, 20080000}, {20240229, 12, 20250228},  {20240229, 48, 20280229}, {0, 5, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(xf_date_add_months(cases[i].date, cases[i].months), cases[i].expected);
    assert_int_equal(xf_time_add_months(instant("2026-08-31T21:40:00.5Z"), 6), instant("2027-02-28T21:40:00.5Z"));
    assert_int_equal(xf_time_add_months(instant("1969-03-31T23:59:59Z"), -1), instant("1969-02-28T23:59:59Z"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(instants_are_read_and_written),     cmocka_unit_test(no_instant_is_the_empty_string),
        cmocka_unit_test(impossible_instants_are_refused),   cmocka_unit_test(dates_may_be_partial),
        cmocka_unit_test(every_day_follows_the_one_before),  cmocka_unit_test(ages_are_completed_years),
        cmocka_unit_test(months_are_added_and_days_clipped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
