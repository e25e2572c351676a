/* SPDX-License-Identifier: Apache-2.0 */
/* Expectation maximisation over patterns of comparison levels: which share of a set of pairs are matches, and how often each level
 * comes about among matches (m) and among the others (u). Fellegi and Sunter 1969, Winkler 1988. Comparisons are taken to be
 * independent given the class, a missing one to tell nothing. Floating point: what a trained model holds is fixed when it is
 * written. */
#ifndef XF_LIB_EM_H
#define XF_LIB_EM_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "model.h"

#define XF_EM_COMPARISONS (XF_COMPARISONS_MAX + XF_ATTRIBUTES_MAX)
#define XF_EM_NONE 15 /* the comparison had nothing to compare */
static_assert(XF_LEVELS_MAX <= XF_EM_NONE, "a level takes four bits");
static_assert(XF_EM_COMPARISONS <= 30, "a pattern takes sixteen bytes");

/* One level for each comparison, four bits each, the model's comparisons before its attributes; in the last byte the stratum that
 * the pair is of. */
struct xf_pattern {
    uint64_t words[2];
};
#define XF_EM_STRATA 32

static inline unsigned xf_pattern_level(struct xf_pattern pattern, unsigned comparison)
{
    return pattern.words[comparison / 16] >> (comparison % 16 * 4) & 15;
}

static inline unsigned xf_pattern_stratum(struct xf_pattern pattern)
{
    return pattern.words[1] >> 56;
}

static inline void xf_pattern_put(struct xf_pattern *pattern, unsigned stratum)
{
    pattern->words[1] = (pattern->words[1] & ~(UINT64_C(255) << 56)) | (uint64_t)stratum << 56;
}

static inline void xf_pattern_set(struct xf_pattern *pattern, unsigned comparison, unsigned level)
{
    pattern->words[comparison / 16] &= ~(UINT64_C(15) << (comparison % 16 * 4));
    pattern->words[comparison / 16] |= (uint64_t)level << (comparison % 16 * 4);
}

/* How often each pattern was seen. */
struct xf_patterns {
    struct xf_pattern_row {
        struct xf_pattern pattern;
        double count; /* 0: an empty slot */
        double match; /* the last estimate of the chance that a pair of it is a match */
    } * rows;
    uint32_t mask, used;
};

int xf_patterns_init(struct xf_patterns *patterns) XF_MUST_CHECK;
void xf_patterns_finish(struct xf_patterns *patterns);
/* Counts a pair. XF_OK, XF_ENOMEM. */
int xf_patterns_add(struct xf_patterns *patterns, struct xf_pattern pattern, double count) XF_MUST_CHECK;

/* m, or u, of every level of every comparison. */
struct xf_levels {
    double of[XF_EM_COMPARISONS][XF_LEVELS_MAX];
};

struct xf_em {
    uint32_t counts[XF_EM_COMPARISONS]; /* levels of each comparison; 0: not in use */
    uint32_t decided[XF_EM_STRATA];     /* comparisons that each stratum was chosen by, a bit each: it tells nothing of them */
    struct xf_levels before;            /* what m is drawn to where there is little to see: shares that add up to one */
    double pairs;                       /* all pairs there are */
    struct xf_levels m, u;              /* u: among pairs at random */
    struct xf_levels seen;              /* pairs of each level among those that blocking brings together, each once */
    double drawn[XF_EM_STRATA];         /* pairs of each stratum */
    double share[XF_EM_STRATA];         /* matches among the pairs of each stratum */
    double prior;                       /* matches among all pairs */
};

/* The first four are given. Each stratum of the blocked pairs (those that share a key of one sort) is a pass: its non-matches agree
 * by chance in what it was not chosen by, as pairs at random do, and its matches tell m of it. Strata in which hardly any pair is a
 * match have no say. Then the share of matches among all pairs is found from `unique`, which holds each blocked pair once, and u of
 * the pairs at random less the matches that chance put among them. Fills rows[].match of all three. */
void xf_em_run(struct xf_em *em, struct xf_patterns *blocked, struct xf_patterns *unique, struct xf_patterns *random);

/* Levels of one comparison, a bit each. */
struct xf_em_levels {
    unsigned comparison, levels;
};

/* After a run: how much oftener than by independence levels of two comparisons come about together, in bits: among non-matches less
 * among matches. What a match seems to gain by both is that much less. Drawn to nought by the pairs that `doubt` says. */
double xf_em_repeated(const struct xf_patterns *blocked, const struct xf_patterns *random, struct xf_em_levels a,
                      struct xf_em_levels b, double doubt);
/* After a run: puts into other patterns, of pairs at random or chosen by one comparison, their chance of being a match. */
void xf_em_expect(const struct xf_em *em, struct xf_patterns *patterns);
/* Of the non-matches that have one of the levels `given`, the share that has one of `asked`; drawn to `usual` by half a pair. */
double xf_em_conditional(const struct xf_patterns *patterns, struct xf_em_levels given, struct xf_em_levels asked, double usual);
/* After a run: the chance that a pair is a match. */
double xf_em_chance(const struct xf_em *em, struct xf_pattern pattern);

#endif
