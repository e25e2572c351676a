/* SPDX-License-Identifier: Apache-2.0 */
/* Reference values of Winkler's papers, and both functions against their textbook definitions on strings that are made by a fixed
 * generator. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crossflag/similarity.h"

static int jaro_winkler(const char *a, const char *b)
{
    return xf_jaro_winkler(a, strlen(a), b, strlen(b));
}

static int distance(const char *a, const char *b, int limit)
{
    return xf_edit_distance(a, strlen(a), b, strlen(b), limit);
}

static void jaro_winkler_has_its_reference_values(void **state)
{
    static const struct {
        const char *a, *b;
        int expected;
    } cases[] = {
        {"MARTHA", "MARHTA", 961},
        {"DIXON", "DICKSONX", 813},
        {"DWAYNE", "DUANE", 840},
        {"JONES", "JOHNSON", 832},
        {"DUNNINGHAM", "CUNNIGHAM", 896},
        {"MASSEY", "MASSIE", 933},
        {"ABROMS", "ABRAMS", 922},
        {"SHACKLEFORD", "SHACKELFORD", 981},
        {"MICHELLE", "MICHAEL", 921},
        {"JULIES", "JULIUS", 933},
        {"HARDIN", "MARTINEZ", 722},
        {"ITMAN", "SMITH", 466},
        {"a", "a", 1000},
        {"a", "b", 0},
        {"ab", "ba", 0},
        {"", "", 0},
        {"", "a", 0},
        {"smith", "smith", 1000},
        {"abc", "xyz", 0},
        {"aaaa", "aaaaaaaa", 900},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(jaro_winkler(cases[i].a, cases[i].b), cases[i].expected);
        assert_int_equal(jaro_winkler(cases[i].b, cases[i].a), cases[i].expected);
    }
}

static void edit_distance_counts_swaps_and_stops_at_its_limit(void **state)
{
    static const struct {
        const char *a, *b;
        int limit, expected;
    } cases[] = {
        {"kitten", "sitting", 9, 3},
        {"kitten", "sitting", 2, 3},
        {"kitten", "sitting", 0, 1},
        {"", "", 0, 0},
        {"", "abc", 5, 3},
        {"abc", "", 2, 3},
        {"19840312", "19841203", 9, 4},
        {"ab", "ba", 3, 1},
        {"ca", "abc", 9, 3} /* OSA, not 2 */,
        {"hussain", "hussian", 1, 1},
        {"same", "same", 0, 0},
        {"a", "a", -1, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(distance(cases[i].a, cases[i].b, cases[i].limit), cases[i].expected);
}

static uint32_t random_bits(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static size_t random_text(uint32_t *seed, char *text, size_t max)
{
    size_t length = random_bits(seed) % (max + 1);
    unsigned letters = 2 + random_bits(seed) % 6;

    for (size_t i = 0; i < length; i++)
        text[i] = (char)('a' + random_bits(seed) % letters);
    return length;
}

/* The definition, in a table. */
static int plain_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    static int table[66][66];

    for (size_t i = 0; i <= a_length; i++)
        for (size_t j = 0; j <= b_length; j++) {
            int best = i && j ? table[i - 1][j - 1] + (a[i - 1] != b[j - 1]) : (int)(i + j);

            if (i && table[i - 1][j] + 1 < best)
                best = table[i - 1][j] + 1;
            if (j && table[i][j - 1] + 1 < best)
                best = table[i][j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && table[i - 2][j - 2] + 1 < best)
                best = table[i - 2][j - 2] + 1;
            table[i][j] = best;
        }
    return table[a_length][b_length];
}

static int plain_jaro_winkler(const char *a, size_t a_length, const char *b, size_t b_length)
{
    bool a_matched[64] = {0}, b_matched[64] = {0};
    size_t longer = a_length > b_length ? a_length : b_length;
    size_t window = longer / 2 > 1 ? longer / 2 - 1 : 0;
    int64_t m = 0, t = 0, prefix = 0, n = (int64_t)(a_length * b_length), sum = (int64_t)(a_length + b_length);

    for (size_t i = 0; i < a_length; i++)
        for (size_t j = i > window ? i - window : 0; j < b_length && j <= i + window; j++)
            if (!b_matched[j] && a[i] == b[j]) {
                a_matched[i] = b_matched[j] = true;
                m++;
                break;
            }
    if (!m)
        return 0;
    for (size_t i = 0, j = 0; i < a_length; i++) {
        if (!a_matched[i])
            continue;
        while (!b_matched[j])
            j++;
        t += a[i] != b[j++];
    }
    while (prefix < 4 && prefix < (int64_t)a_length && prefix < (int64_t)b_length && a[prefix] == b[prefix])
        prefix++;
    return (int)((1000 * (m * m * sum + (m - t / 2) * n) + 100 * prefix * (3 * n * m - m * m * sum - (m - t / 2) * n)) /
                 (3 * n * m));
}

static void both_agree_with_their_definitions(void **state)
{
    uint32_t seed = 20261120;
    char a[64], b[64];

    (void)state;
    for (int i = 0; i < 60000; i++) {
        size_t max = i % 3 == 0 ? 64 : i % 3 == 1 ? 8 : 17;
        size_t a_length = random_text(&seed, a, max);
        size_t b_length = random_text(&seed, b, max);
        int expected = plain_distance(a, a_length, b, b_length);
        int limit = (int)(random_bits(&seed) % 12);

        assert_int_equal(xf_edit_distance(a, a_length, b, b_length, 64), expected);
        assert_int_equal(xf_edit_distance(a, a_length, b, b_length, limit), expected <= limit ? expected : limit + 1);
        assert_int_equal(xf_jaro_winkler(a, a_length, b, b_length), plain_jaro_winkler(a, a_length, b, b_length));
    }
}

static void only_the_first_64_bytes_count(void **state)
{
    char a[80], b[80];

    (void)state;
    memset(a, 'a', sizeof(a));
    memset(b, 'a', sizeof(b));
    memset(b + 64, 'b', 16);
    assert_int_equal(xf_jaro_winkler(a, sizeof(a), b, sizeof(b)), 1000);
    assert_int_equal(xf_edit_distance(a, sizeof(a), b, sizeof(b), 3), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jaro_winkler_has_its_reference_values),
        cmocka_unit_test(edit_distance_counts_swaps_and_stops_at_its_limit),
        cmocka_unit_test(both_agree_with_their_definitions),
        cmocka_unit_test(only_the_first_64_bytes_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
