/* SPDX-License-Identifier: Apache-2.0 */
/* The expectation maximisation that training runs. Called by train.c. Invariant: every m and u is above nought, and the levels of a
 * comparison add up to one. */
#include "em.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define ROUNDS 60
#define SETTLED 1e-6 /* no m moves more in a round */
#define DRAW 4.0     /* pairs for which the shares before count */
#define UNSEEN 0.5   /* of a pair, where a level was never seen among pairs at random */
#define FIRST_SHARE 0.2

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

const struct xf_pattern_row *xf_patterns_find(const struct xf_patterns *patterns, struct xf_pattern pattern)
{
    return slot_of(patterns, pattern);
}

/* The chance of a pattern in a class. */
static double likelihood(const struct xf_em *em, const struct xf_levels *levels, struct xf_pattern pattern)
{
    double chance = 1;

    for (unsigned i = 0; i < XF_EM_COMPARISONS; i++) {
        unsigned level = xf_pattern_level(pattern, i);

        if (em->counts[i] && level != XF_EM_NONE)
            chance *= levels->of[i][level];
    }
    return chance;
}

static double chance_of(const struct xf_em *em, struct xf_pattern pattern, const struct xf_levels *u, double share)
{
    double match = share * likelihood(em, &em->m, pattern), other = (1 - share) * likelihood(em, u, pattern);

    return match + other > 0 ? match / (match + other) : 0.5;
}

double xf_em_chance(const struct xf_em *em, struct xf_pattern pattern)
{
    return chance_of(em, pattern, &em->u_blocked, em->share);
}

/* The expectation: each pattern's chance of being a match. */
static void expect(const struct xf_em *em, struct xf_patterns *patterns, const struct xf_levels *u, double share)
{
    for (uint32_t i = 0; i <= patterns->mask; i++)
        if (patterns->rows[i].count > 0)
            patterns->rows[i].match = chance_of(em, patterns->rows[i].pattern, u, share);
}

/* The maximisation for one class: shares of the levels among its pairs, drawn to shares given. Returns how many pairs it has. */
static double maximise(const struct xf_em *em, const struct xf_patterns *patterns, bool matches, const struct xf_levels *drawn,
                       double draw, struct xf_levels *ret)
{
    double total = 0;

    for (unsigned i = 0; i < XF_EM_COMPARISONS; i++)
        for (unsigned j = 0; j < em->counts[i]; j++)
            ret->of[i][j] = draw * drawn->of[i][j];
    for (uint32_t i = 0; i <= patterns->mask; i++) {
        const struct xf_pattern_row *row = &patterns->rows[i];
        double weight = row->count * (matches ? row->match : 1 - row->match);

        if (row->count <= 0)
            continue;
        total += weight;
        for (unsigned j = 0; j < XF_EM_COMPARISONS; j++) {
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
    return total;
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

static double count_of(const struct xf_patterns *patterns)
{
    double total = 0;

    for (uint32_t i = 0; i <= patterns->mask; i++)
        total += patterns->rows[i].count;
    return total;
}

/* Alike shares of a half-seen pair, for the levels of u. */
static void fill_even(const struct xf_em *em, struct xf_levels *ret)
{
    for (unsigned i = 0; i < XF_EM_COMPARISONS; i++)
        for (unsigned j = 0; j < em->counts[i]; j++)
            ret->of[i][j] = 1;
}

void xf_em_run(struct xf_em *em, struct xf_patterns *blocked, struct xf_patterns *random)
{
    struct xf_levels even, m;
    double blocked_pairs = count_of(blocked), moved = 1;

    count_levels(em, blocked);
    memset(&even, 0, sizeof(even));
    fill_even(em, &even);
    for (uint32_t i = 0; i <= random->mask; i++)
        random->rows[i].match = 0;
    maximise(em, random, false, &even, UNSEEN, &em->u);
    em->m = em->before;
    em->share = FIRST_SHARE;
    em->u_blocked = em->u;
    for (int round = 0; round < ROUNDS && moved > SETTLED; round++) {
        m = em->m;
        expect(em, blocked, &em->u_blocked, em->share);
        em->share = maximise(em, blocked, true, &em->before, DRAW, &em->m) / blocked_pairs;
        em->share = fmin(fmax(em->share, 1e-9), 1 - 1e-9);
        maximise(em, blocked, false, &even, UNSEEN, &em->u_blocked);
        moved = farthest(em, &m, &em->m);
    }
    em->prior = fmin(em->share * blocked_pairs / em->pairs, 0.5);
    for (int round = 0; round < 3; round++) { /* chance has put matches among the pairs at random too */
        expect(em, random, &em->u, em->prior);
        maximise(em, random, false, &even, UNSEEN, &em->u);
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

void xf_em_expect(const struct xf_em *em, struct xf_patterns *patterns)
{
    expect(em, patterns, &em->u, em->prior);
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
