/* SPDX-License-Identifier: Apache-2.0 */
/* The estimation finds the numbers again that a seeded generator drew its pairs from; and what is asked after a run, on tables
 * counted by hand. */
#include "check.h"

#include <math.h>

#include "../../lib/em.h"

struct dice {
    uint64_t state;
};

static double chance(struct dice *dice)
{
    dice->state = dice->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(dice->state >> 33) / 2147483648.0;
}

/* The truth. Level 0 of the first two is what pairs are blocked by; the last level of the third is never seen; the fourth is
 * missing in a third of the pairs. */
#define COMPARISONS 5
#define NONMATCHES 2000000.0
#define MATCHES 12000
#define MISSING 3
#define NEVER 3  /* of comparison 2 */
#define LONELY 9 /* a stratum without matches */
static const struct {
    uint32_t count;
    double m[5], u[5];
} truth[COMPARISONS] = {
    {3, {0.85, 0.10, 0.05}, {0.01, 0.02, 0.97}},
    {3, {0.70, 0.10, 0.20}, {0.02, 0.03, 0.95}},
    {4, {0.90, 0.06, 0.04, 0}, {0.001, 0.099, 0.90, 0}},
    {2, {0.95, 0.05}, {0.30, 0.70}},
    {5, {0.60, 0.20, 0.10, 0.06, 0.04}, {0.05, 0.05, 0.10, 0.30, 0.50}},
};

static unsigned draw(struct dice *dice, const double *shares, uint32_t count)
{
    double left = chance(dice);
    unsigned level = 0;

    while (level + 1 < count && left >= shares[level])
        left -= shares[level++];
    while (!(shares[level] > 0))
        level--;
    return level;
}

static struct xf_pattern draw_pattern(struct dice *dice, bool match)
{
    struct xf_pattern pattern = {{UINT64_MAX, UINT64_MAX >> 8}};

    for (unsigned i = 0; i < COMPARISONS; i++)
        if (i != MISSING || chance(dice) > 1.0 / 3)
            xf_pattern_set(&pattern, i, draw(dice, match ? truth[i].m : truth[i].u, truth[i].count));
    return pattern;
}

struct drawn {
    struct xf_patterns blocked, unique, random;
    double matches; /* among the blocked, each once */
};

static void put(struct xf_patterns *patterns, struct xf_pattern pattern)
{
    assert_int_equal(xf_patterns_add(patterns, pattern, 1), XF_OK);
}

static void put_blocked(struct drawn *drawn, struct xf_pattern pattern, unsigned stratum)
{
    xf_pattern_put(&pattern, stratum);
    put(&drawn->blocked, pattern);
}

/* A pair meets under the first two comparisons when they agree. */
static void meet(struct drawn *drawn, struct xf_pattern pattern, bool match)
{
    bool met = false;

    for (unsigned i = 0; i < 2; i++) {
        if (xf_pattern_level(pattern, i) == 0) {
            put_blocked(drawn, pattern, i + 1);
            met = true;
        }
    }
    if (met)
        put(&drawn->unique, pattern);
    drawn->matches += met && match;
}

static void draw_pairs(struct drawn *drawn, uint64_t seed)
{
    struct dice dice = {seed};

    memset(drawn, 0, sizeof(*drawn));
    assert_int_equal(xf_patterns_init(&drawn->blocked), XF_OK);
    assert_int_equal(xf_patterns_init(&drawn->unique), XF_OK);
    assert_int_equal(xf_patterns_init(&drawn->random), XF_OK);
    for (int i = 0; i < MATCHES; i++)
        meet(drawn, draw_pattern(&dice, true), true);
    /* Of the millions that are no match only those are drawn that meet. */
    for (double i = 0; i < NONMATCHES * truth[0].u[0]; i++) {
        struct xf_pattern pattern = draw_pattern(&dice, false);

        xf_pattern_set(&pattern, 0, 0);
        meet(drawn, pattern, false);
    }
    for (double i = 0; i < NONMATCHES * truth[1].u[0] * (1 - truth[0].u[0]); i++) {
        struct xf_pattern pattern = draw_pattern(&dice, false);

        xf_pattern_set(&pattern, 1, 0);
        if (xf_pattern_level(pattern, 0) == 0)
            xf_pattern_set(&pattern, 0, 2);
        meet(drawn, pattern, false);
    }
    for (int i = 0; i < 100000; i++)
        put(&drawn->random, draw_pattern(&dice, chance(&dice) < MATCHES / (MATCHES + NONMATCHES)));
}

static void drawn_finish(struct drawn *drawn)
{
    xf_patterns_finish(&drawn->blocked);
    xf_patterns_finish(&drawn->unique);
    xf_patterns_finish(&drawn->random);
}

/* Where the estimation begins: no more than that better levels are likelier among matches. */
static void prepare(struct xf_em *em)
{
    memset(em, 0, sizeof(*em));
    em->pairs = MATCHES + NONMATCHES;
    for (unsigned i = 0; i < COMPARISONS; i++) {
        double sum = 0;

        em->counts[i] = truth[i].count;
        for (unsigned j = 0; j < truth[i].count; j++)
            sum += em->before.of[i][j] = exp2(-(double)j);
        for (unsigned j = 0; j < truth[i].count; j++)
            em->before.of[i][j] /= sum;
    }
    em->decided[1] = 1;
    em->decided[2] = 2;
}

static void assert_near(double found, double expected, double tolerance, const char *what, unsigned comparison, unsigned level)
{
    if (!(fabs(found - expected) <= tolerance))
        fail_msg("%s of comparison %u, level %u: %g, not %g", what, comparison, level, found, expected);
}

static void the_numbers_are_found_again(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct drawn drawn;
        struct xf_em em;

        draw_pairs(&drawn, seed);
        prepare(&em);
        xf_em_run(&em, &drawn.blocked, &drawn.unique, &drawn.random);
        for (unsigned i = 0; i < COMPARISONS; i++) {
            double m = 0, u = 0;

            for (unsigned j = 0; j < truth[i].count; j++) {
                assert_near(em.m.of[i][j], truth[i].m[j], 0.02, "m", i, j);
                assert_near(em.u.of[i][j], truth[i].u[j], 0.004, "u", i, j);
                assert_true(em.m.of[i][j] > 0 && em.u.of[i][j] > 0);
                m += em.m.of[i][j];
                u += em.u.of[i][j];
            }
            assert_near(m, 1, 1e-9, "sum of m", i, 0);
            assert_near(u, 1, 1e-9, "sum of u", i, 0);
        }
        /* 10,200 of some 30,200 that share the first; 8,400 of 48,400 the second. */
        assert_near(em.share[1], 10200.0 / 30200, 0.02, "share", 1, 0);
        assert_near(em.share[2], 8400.0 / 48400, 0.02, "share", 2, 0);
        assert_near(em.prior * em.pairs, drawn.matches, drawn.matches * 0.04, "matches", 0, 0);
        drawn_finish(&drawn);
    }
}

/* A level that no pair has: seen says so, and it is rare among both, but never impossible. */
static void what_was_never_seen_is_not_impossible(void **state)
{
    struct drawn drawn;
    struct xf_em em;
    struct xf_pattern strange = {{UINT64_MAX, UINT64_MAX >> 8}};

    (void)state;
    draw_pairs(&drawn, 4);
    prepare(&em);
    xf_em_run(&em, &drawn.blocked, &drawn.unique, &drawn.random);
    assert_true(em.seen.of[2][NEVER] == 0 && em.seen.of[2][0] > 9000);
    assert_true(em.m.of[2][NEVER] >= 1e-4 && em.m.of[2][NEVER] < 1e-2);
    assert_true(em.u.of[2][NEVER] > 1e-7 && em.u.of[2][NEVER] < 1e-4);
    xf_pattern_set(&strange, 0, 0);
    xf_pattern_set(&strange, 1, 0);
    xf_pattern_set(&strange, 2, NEVER);
    assert_true(xf_em_chance(&em, strange) > 0 && xf_em_chance(&em, strange) < 1);
    drawn_finish(&drawn);
}

/* Pairs that a key brings together by accident teach nothing of matches, whether they are many or few. */
static void a_stratum_without_matches_has_no_say(void **state)
{
    static const int counts[] = {30, 20000};
    struct drawn plain;
    struct xf_em without;

    (void)state;
    draw_pairs(&plain, 5);
    prepare(&without);
    xf_em_run(&without, &plain.blocked, &plain.unique, &plain.random);
    for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
        struct dice dice = {77};
        struct drawn drawn;
        struct xf_em with;

        draw_pairs(&drawn, 5);
        for (int j = 0; j < counts[i]; j++)
            put_blocked(&drawn, draw_pattern(&dice, false), LONELY);
        prepare(&with);
        xf_em_run(&with, &drawn.blocked, &drawn.unique, &drawn.random);
        assert_true(with.drawn[LONELY] == counts[i]);
        assert_true(with.share[LONELY] < 0.05);
        for (unsigned c = 0; c < COMPARISONS; c++)
            for (unsigned j = 0; j < truth[c].count; j++)
                assert_near(with.m.of[c][j], without.m.of[c][j], 1e-9, "m", c, j);
        assert_near(with.prior, without.prior, 1e-12, "prior", 0, 0);
        drawn_finish(&drawn);
    }
    drawn_finish(&plain);
}

/* Nothing to learn from: all stays as it was before, and nothing is divided by nought. */
static void without_pairs_nothing_moves(void **state)
{
    struct drawn drawn = {0};
    struct xf_em em;

    (void)state;
    assert_int_equal(xf_patterns_init(&drawn.blocked), XF_OK);
    assert_int_equal(xf_patterns_init(&drawn.unique), XF_OK);
    assert_int_equal(xf_patterns_init(&drawn.random), XF_OK);
    prepare(&em);
    em.pairs = 1;
    xf_em_run(&em, &drawn.blocked, &drawn.unique, &drawn.random);
    for (unsigned i = 0; i < COMPARISONS; i++)
        for (unsigned j = 0; j < truth[i].count; j++) {
            assert_near(em.m.of[i][j], em.before.of[i][j], 1e-9, "m", i, j);
            assert_near(em.u.of[i][j], 1.0 / truth[i].count, 1e-9, "u", i, j);
        }
    assert_true(em.prior > 0 && em.prior <= 0.5);
    drawn_finish(&drawn);
}

/* Tables by hand: each row is two levels (-1: nothing to compare), a count, and the chance of a match. */
struct counted {
    int a, b;
    double count, match;
};

static void table_of(struct xf_patterns *ret, const struct counted *rows, size_t count)
{
    assert_int_equal(xf_patterns_init(ret), XF_OK);
    for (size_t i = 0; i < count; i++) {
        struct xf_pattern pattern = {{UINT64_MAX, UINT64_MAX >> 8}};

        if (rows[i].a >= 0)
            xf_pattern_set(&pattern, 4, (unsigned)rows[i].a);
        if (rows[i].b >= 0)
            xf_pattern_set(&pattern, 17, (unsigned)rows[i].b);
        assert_int_equal(xf_patterns_add(ret, pattern, rows[i].count), XF_OK);
        for (uint32_t j = 0; j <= ret->mask; j++)
            if (ret->rows[j].count > 0 && memcmp(&ret->rows[j].pattern, &pattern, sizeof(pattern)) == 0)
                ret->rows[j].match = rows[i].match;
    }
}
#define TABLE_OF(ret, rows) table_of((ret), (rows), sizeof(rows) / sizeof(*(rows)))

static void what_two_repeat_of_each_other(void **state)
{
    /* Of 100 at random 20 agree in each, 10 in both: 2.5 times as many as by independence. */
    static const struct counted random[] = {{0, 0, 10, 0}, {0, 2, 10, 0},  {2, 0, 8, 0},   {2, 1, 2, 0},
                                            {2, 2, 70, 0}, {0, -1, 50, 0}, {-1, 0, 50, 0}, {0, 3, 1000, 1}};
    /* Of 100 matches 40 agree in each, 30 in both: 1.875 times. Halves of a pair count half. */
    static const struct counted blocked[] = {{0, 0, 60, 0.5}, {0, 2, 10, 1}, {2, 0, 10, 1}, {2, 2, 50, 1}, {2, 3, 1000, 0}};
    static const struct xf_em_levels a = {4, 1}, b = {17, 3}, only = {17, 1}, never = {17, 1 << 5};
    struct xf_patterns x, y;

    (void)state;
    TABLE_OF(&x, random);
    TABLE_OF(&y, blocked);
    assert_near(xf_em_repeated(&y, &x, a, b, 0), log2(2.5 / 1.875), 1e-9, "repeated", 4, 0);
    assert_near(xf_em_repeated(&y, &x, b, a, 0), log2(2.5 / 1.875), 1e-9, "repeated, exchanged", 4, 0);
    /* With two pairs of doubt. */
    assert_near(xf_em_repeated(&y, &x, a, b, 2), log2((10.4 / 4.4) / (30.8 / 16.8)), 1e-9, "repeated, doubted", 4, 0);
    /* Of 18 that agree exactly in the second. */
    assert_near(xf_em_repeated(&y, &x, a, only, 0), log2((10 / 3.6) / 1.875), 1e-9, "repeated, one level", 4, 0);
    assert_near(xf_em_repeated(&y, &x, a, never, 2), 0, 1e-9, "repeated, never seen", 4, 0);
    xf_patterns_finish(&x);
    xf_patterns_finish(&y);
}

static void how_often_one_goes_with_another(void **state)
{
    /* Of 40 that differ in the first, 30 agree in the second, once a match's half is taken off. */
    static const struct counted rows[] = {{2, 0, 20, 0},  {2, 1, 20, 0.5}, {2, 3, 10, 0},
                                          {0, 0, 500, 0}, {2, -1, 70, 0},  {-1, 0, 70, 0}};
    static const struct xf_em_levels differing = {4, 1 << 2}, home = {17, 3}, absent = {4, 1 << 9};
    struct xf_patterns table;

    (void)state;
    TABLE_OF(&table, rows);
    assert_near(xf_em_conditional(&table, differing, home, 0.1), 30.05 / 40.5, 1e-9, "conditional", 4, 2);
    assert_near(xf_em_conditional(&table, absent, home, 0.1), 0.1, 1e-9, "conditional, never seen", 4, 9);
    xf_patterns_finish(&table);
}

static void the_chance_is_bayes(void **state)
{
    struct xf_em em = {.prior = 0.001};
    struct xf_pattern pattern = {{UINT64_MAX, UINT64_MAX >> 8}};
    struct xf_patterns patterns;

    (void)state;
    em.counts[4] = em.counts[17] = 2;
    em.m.of[4][0] = 0.9;
    em.u.of[4][0] = 0.01;
    em.m.of[17][1] = 0.2;
    em.u.of[17][1] = 0.7;
    assert_near(xf_em_chance(&em, pattern), 0.001, 1e-12, "chance", 0, 0);
    xf_pattern_set(&pattern, 4, 0);
    assert_near(xf_em_chance(&em, pattern), 0.0009 / (0.0009 + 0.00999), 1e-12, "chance", 4, 0);
    xf_pattern_set(&pattern, 17, 1);
    assert_near(xf_em_chance(&em, pattern), 0.00018 / (0.00018 + 0.006993), 1e-12, "chance", 17, 1);
    assert_int_equal(xf_patterns_init(&patterns), XF_OK);
    put(&patterns, pattern);
    xf_em_expect(&em, &patterns);
    for (uint32_t i = 0; i <= patterns.mask; i++)
        if (patterns.rows[i].count > 0)
            assert_near(patterns.rows[i].match, xf_em_chance(&em, pattern), 1e-12, "expected", 17, 1);
    xf_patterns_finish(&patterns);
}

/* More patterns than the table began with room for, each some times, in no order; a level does not touch its neighbours. */
static void patterns_are_counted_each_by_itself(void **state)
{
    struct xf_patterns patterns;
    double sum = 0;

    (void)state;
    assert_int_equal(xf_patterns_init(&patterns), XF_OK);
    for (unsigned i = 0; i < 40000; i++) {
        unsigned number = i * 7919 % 10000;
        struct xf_pattern pattern = {{UINT64_MAX, UINT64_MAX >> 8}};

        xf_pattern_set(&pattern, 0, number % 10);
        xf_pattern_set(&pattern, 15, number / 10 % 10);
        xf_pattern_set(&pattern, 16, number / 100 % 10);
        xf_pattern_set(&pattern, 29, number / 1000);
        xf_pattern_put(&pattern, number % XF_EM_STRATA);
        xf_pattern_set(&pattern, 0, XF_EM_NONE);
        xf_pattern_set(&pattern, 0, number % 10);
        assert_int_equal(xf_pattern_level(pattern, 0), number % 10);
        assert_int_equal(xf_pattern_level(pattern, 1), XF_EM_NONE);
        assert_int_equal(xf_pattern_level(pattern, 15), number / 10 % 10);
        assert_int_equal(xf_pattern_level(pattern, 16), number / 100 % 10);
        assert_int_equal(xf_pattern_level(pattern, 28), XF_EM_NONE);
        assert_int_equal(xf_pattern_level(pattern, 29), number / 1000);
        assert_int_equal(xf_pattern_stratum(pattern), number % XF_EM_STRATA);
        assert_int_equal(xf_patterns_add(&patterns, pattern, 0.5), XF_OK);
    }
    assert_int_equal(patterns.used, 10000);
    for (uint32_t i = 0; i <= patterns.mask; i++) {
        assert_true(!(patterns.rows[i].count > 0) || fabs(patterns.rows[i].count - 2) < 1e-12);
        sum += patterns.rows[i].count;
    }
    assert_true(fabs(sum - 20000) < 1e-6);
    xf_patterns_finish(&patterns);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_are_counted_each_by_itself),   cmocka_unit_test(the_chance_is_bayes),
        cmocka_unit_test(how_often_one_goes_with_another),       cmocka_unit_test(what_two_repeat_of_each_other),
        cmocka_unit_test(without_pairs_nothing_moves),           cmocka_unit_test(the_numbers_are_found_again),
        cmocka_unit_test(what_was_never_seen_is_not_impossible), cmocka_unit_test(a_stratum_without_matches_has_no_say),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
