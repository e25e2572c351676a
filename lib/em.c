/* SPDX-License-Identifier: Apache-2.0 */
/* The expectation maximisation that training runs. Called by train.c. Invariant: every m and u is above nought, and the levels of a
 * comparison add up to one. */
#include "em.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define ROUNDS 40
#define SETTLED 1e-5 /* no m moves more in a round */
#define DRAW 4.0     /* pairs for which the shares before count */
#define SLACK 1.0    /* how many times over a stratum's u is drawn to that of pairs at random: of a village's people more agree */
#define UNSEEN 0.5   /* of a pair, where a level was never seen among pairs at random */
#define FIRST_SHARE 0.2
#define LEAST_SHARE 0.05 /* of matches in a stratum that has a say: among fewer, many would be mistaken ones */
#define LEAST_PAIRS 50
#define LEAST_M 2e-4 /* nothing is impossible in people's records */
#define ALL XF_EM_STRATA

int xf_patterns_init(struct xf_patterns *patterns)
{
    patterns->mask = 1023;
    patterns->used = 0;
    patterns->rows = calloc(patterns->mask + 1, sizeof(*patterns->rows));
    return patterns->rows ? XF_OK : XF_ENOMEM;
}

void xf_patterns_finish(struct xf_patterns *patterns)
{
    free(patterns->rows);
    patterns->rows = NULL;
}

static struct xf_pattern_row *slot_of(const struct xf_patterns *patterns, struct xf_pattern pattern)
{
    uint32_t at = (uint32_t)XXH3_64bits(&pattern, sizeof(pattern)) & patterns->mask;

    while (patterns->rows[at].count > 0 && memcmp(&patterns->rows[at].pattern, &pattern, sizeof(pattern)) != 0)
        at = (at + 1) & patterns->mask;
    return &patterns->rows[at];
}

static int grow(struct xf_patterns *patterns)
{
    struct xf_patterns more = {.mask = patterns->mask * 2 + 1, .used = patterns->used};

    more.rows = calloc((size_t)more.mask + 1, sizeof(*more.rows));
    if (!more.rows)
        return XF_ENOMEM;
    for (uint32_t i = 0; i <= patterns->mask; i++)
        if (patterns->rows[i].count > 0)
            *slot_of(&more, patterns->rows[i].pattern) = patterns->rows[i];
    free(patterns->rows);
    *patterns = more;
    return XF_OK;
}

int xf_patterns_add(struct xf_patterns *patterns, struct xf_pattern pattern, double count)
{
    struct xf_pattern_row *row = slot_of(patterns, pattern);

    if (row->count <= 0) {
        if ((uint64_t)(patterns->used + 1) * 2 > patterns->mask) {
            if (grow(patterns) != XF_OK)
                return XF_ENOMEM;
            row = slot_of(patterns, pattern);
        }
        row->pattern = pattern;
        patterns->used++;
    }
    row->count += count;
    return XF_OK;
}

/* The chance of a pattern in a class, but for the comparisons left out. */
static double likelihood(const struct xf_em *em, const struct xf_levels *levels, struct xf_pattern pattern, uint32_t left_out)
{
    double chance = 1;

    for (unsigned i = 0; i < XF_EM_COMPARISONS; i++) {
        unsigned level = xf_pattern_level(pattern, i);

        if (em->counts[i] && level != XF_EM_NONE && !(left_out >> i & 1))
            chance *= levels->of[i][level];
    }
    return chance;
}

static double posterior(double share, double match, double other)
{
    match *= share;
    other *= 1 - share;
    return match + other > 0 ? match / (match + other) : 0.5;
}

double xf_em_chance(const struct xf_em *em, struct xf_pattern pattern)
{
    return posterior(em->prior, likelihood(em, &em->m, pattern, 0), likelihood(em, &em->u, pattern, 0));
}

void xf_em_expect(const struct xf_em *em, struct xf_patterns *patterns)
{
    for (uint32_t i = 0; i <= patterns->mask; i++)
        if (patterns->rows[i].count > 0)
            patterns->rows[i].match = xf_em_chance(em, patterns->rows[i].pattern);
}

static bool is_of(const struct xf_pattern_row *row, unsigned stratum)
{
    return row->count > 0 && (stratum == ALL || xf_pattern_stratum(row->pattern) == stratum);
}

/* The maximisation for one class: shares of the levels among its pairs of one stratum, or of ALL, drawn to shares given. */
static void maximise(const struct xf_em *em, const struct xf_patterns *patterns, bool matches, unsigned stratum,
                     const struct xf_levels *drawn, double draw, struct xf_levels *ret)
{
    for (unsigned i = 0; i < XF_EM_COMPARISONS; i++)
        for (unsigned j = 0; j < em->counts[i]; j++)
            ret->of[i][j] = draw * drawn->of[i][j];
    for (uint32_t i = 0; i <= patterns->mask; i++) {
        const struct xf_pattern_row *row = &patterns->rows[i];
        double weight = row->count * (matches ? row->match : 1 - row->match);

        for (unsigned j = 0; is_of(row, stratum) && j < XF_EM_COMPARISONS; j++) {
            unsigned level = xf_pattern_level(row->pattern, j);

            if (em->counts[j] && level != XF_EM_NONE)
                ret->of[j][level] += weight;
        }
    }
    for (unsigned i = 0; i < XF_EM_COMPARISONS; i++) {
        double sum = 0;

        for (unsigned j = 0; j < em->counts[i]; j++)
            sum += ret->of[i][j];
        for (unsigned j = 0; j < em->counts[i]; j++)
            ret->of[i][j] /= sum;
    }
}

static double farthest(const struct xf_em *em, const struct xf_levels *a, const struct xf_levels *b)
{
    double most = 0;

    for (unsigned i = 0; i < XF_EM_COMPARISONS; i++)
        for (unsigned j = 0; j < em->counts[i]; j++)
            most = fmax(most, fabs(a->of[i][j] - b->of[i][j]));
    return most;
}

static void count_levels(struct xf_em *em, const struct xf_patterns *patterns)
{
    memset(&em->seen, 0, sizeof(em->seen));
    for (uint32_t i = 0; i <= patterns->mask; i++)
        for (unsigned j = 0; patterns->rows[i].count > 0 && j < XF_EM_COMPARISONS; j++)
            if (em->counts[j] && xf_pattern_level(patterns->rows[i].pattern, j) != XF_EM_NONE)
                em->seen.of[j][xf_pattern_level(patterns->rows[i].pattern, j)] += patterns->rows[i].count;
}

/* Pairs of a stratum, or ALL; and the matches among them. */
static double count_of(const struct xf_patterns *patterns, unsigned stratum, double *ret_matches)
{
    double pairs = 0;

    *ret_matches = 0;
    for (uint32_t i = 0; i <= patterns->mask; i++) {
        if (!is_of(&patterns->rows[i], stratum))
            continue;
        pairs += patterns->rows[i].count;
        *ret_matches += patterns->rows[i].count * patterns->rows[i].match;
    }
    return pairs;
}

/* Alike shares of a half-seen pair, for the levels of u. */
static void fill_even(const struct xf_em *em, struct xf_levels *ret)
{
    for (unsigned i = 0; i < XF_EM_COMPARISONS; i++)
        for (unsigned j = 0; j < em->counts[i]; j++)
            ret->of[i][j] = 1;
}

/* One pass: m among a stratum's matches. Returns how many they are, 0 when it has no say. */
static double run_stratum(struct xf_em *em, struct xf_patterns *blocked, unsigned stratum, struct xf_levels *m)
{
    struct xf_levels u = em->u, last;
    uint32_t left_out = em->decided[stratum];
    double matches = 0, pairs = count_of(blocked, stratum, &matches), moved = 1;

    em->drawn[stratum] = pairs;
    if (pairs < LEAST_PAIRS)
        return 0;
    *m = em->before;
    em->share[stratum] = FIRST_SHARE;
    for (int round = 0; round < ROUNDS && moved > SETTLED; round++) {
        last = *m;
        for (uint32_t i = 0; i <= blocked->mask; i++) {
            struct xf_pattern_row *row = &blocked->rows[i];

            if (is_of(row, stratum))
                row->match = posterior(em->share[stratum], likelihood(em, m, row->pattern, left_out),
                                       likelihood(em, &u, row->pattern, left_out));
        }
        count_of(blocked, stratum, &matches);
        em->share[stratum] = fmin(fmax(matches / pairs, 1e-9), 1 - 1e-9);
        maximise(em, blocked, true, stratum, &em->before, DRAW, m);
        maximise(em, blocked, false, stratum, &em->u, SLACK * pairs, &u);
        moved = farthest(em, &last, m);
    }
    return em->share[stratum] < LEAST_SHARE ? 0 : matches;
}

/* m of every comparison from the strata that were not chosen by it, each by its matches; the others stay as they were before. */
static void combine(struct xf_em *em, const struct xf_levels m[XF_EM_STRATA], const double matches[XF_EM_STRATA])
{
    em->m = em->before;
    for (unsigned i = 0; i < XF_EM_COMPARISONS; i++) {
        double all = 0, sum = 0;

        for (unsigned s = 0; s < XF_EM_STRATA; s++)
            all += em->decided[s] >> i & 1 ? 0 : matches[s];
        for (unsigned j = 0; all > 0 && j < em->counts[i]; j++) {
            em->m.of[i][j] = 0;
            for (unsigned s = 0; s < XF_EM_STRATA; s++)
                em->m.of[i][j] += em->decided[s] >> i & 1 ? 0 : m[s].of[i][j] * matches[s] / all;
            em->m.of[i][j] = fmax(em->m.of[i][j], LEAST_M);
        }
        for (unsigned j = 0; j < em->counts[i]; j++)
            sum += em->m.of[i][j];
        for (unsigned j = 0; j < em->counts[i]; j++)
            em->m.of[i][j] /= sum;
    }
}

void xf_em_run(struct xf_em *em, struct xf_patterns *blocked, struct xf_patterns *unique, struct xf_patterns *random)
{
    struct xf_levels even, m[XF_EM_STRATA];
    double matches[XF_EM_STRATA], all = 0;

    count_levels(em, unique);
    memset(&even, 0, sizeof(even));
    memset(m, 0, sizeof(m));
    fill_even(em, &even);
    for (uint32_t i = 0; i <= random->mask; i++)
        random->rows[i].match = 0;
    maximise(em, random, false, ALL, &even, UNSEEN, &em->u);
    for (unsigned i = 0; i < XF_EM_STRATA; i++)
        matches[i] = run_stratum(em, blocked, i, &m[i]);
    combine(em, m, matches);
    em->prior = fmin(10 / em->pairs, 0.1);
    for (int round = 0; round < ROUNDS; round++) {
        xf_em_expect(em, unique);
        count_of(unique, ALL, &all);
        em->prior = fmin(fmax(all, 0.5) / em->pairs, 0.5);
        if (round % 8 == 0) { /* chance has put matches among the pairs at random too */
            xf_em_expect(em, random);
            maximise(em, random, false, ALL, &even, UNSEEN, &em->u);
        }
    }
}

/* log2 of how much oftener the levels come together than they would if neither knew of the other. */
static double together(const struct xf_patterns *patterns, bool matches, struct xf_em_levels a, struct xf_em_levels b, double doubt)
{
    double all = 0, one = 0, other = 0, both = 0;

    for (uint32_t i = 0; i <= patterns->mask; i++) {
        const struct xf_pattern_row *row = &patterns->rows[i];
        unsigned x = xf_pattern_level(row->pattern, a.comparison), y = xf_pattern_level(row->pattern, b.comparison);
        double count = row->count * (matches ? row->match : 1 - row->match);

        if (row->count <= 0 || x == XF_EM_NONE || y == XF_EM_NONE)
            continue;
        all += count;
        one += a.levels >> x & 1 ? count : 0;
        other += b.levels >> y & 1 ? count : 0;
        both += (a.levels >> x & 1) && (b.levels >> y & 1) ? count : 0;
    }
    if (one <= 0 || other <= 0)
        return 0;
    return log2((both + doubt * other / all) / ((one + doubt) * other / all));
}

double xf_em_repeated(const struct xf_patterns *blocked, const struct xf_patterns *random, struct xf_em_levels a,
                      struct xf_em_levels b, double doubt)
{
    return together(random, false, a, b, doubt) - together(blocked, true, a, b, doubt);
}

double xf_em_conditional(const struct xf_patterns *patterns, struct xf_em_levels given, struct xf_em_levels asked, double usual)
{
    double all = UNSEEN, both = UNSEEN * usual;

    for (uint32_t i = 0; i <= patterns->mask; i++) {
        const struct xf_pattern_row *row = &patterns->rows[i];
        unsigned x = xf_pattern_level(row->pattern, given.comparison), y = xf_pattern_level(row->pattern, asked.comparison);
        double count = row->count * (1 - row->match);

        if (row->count <= 0 || x == XF_EM_NONE || y == XF_EM_NONE || !(given.levels >> x & 1))
            continue;
        all += count;
        both += asked.levels >> y & 1 ? count : 0;
    }
    return both / all;
}
