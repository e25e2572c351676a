/* SPDX-License-Identifier: Apache-2.0 */
/* The pairs that training looks at, compared: at random, of one family name, and those that blocking brings together. Called by
 * train.c. Comparing is done in parts, which may run at once; counting in the order of the pairs. Invariant: what is counted
 * depends on the mentions and the seed alone. */
#include <stdlib.h>

#include "score.h"
#include "trainer.h"

#define RANDOM_PAIRS 1000000
#define BLOCKED_PAIRS 200000 /* of each sort of blocking key */
#define KIN_PAIRS 200000
#define PARTS 32 /* of the comparing */

static struct xf_pattern compare_pair(const struct xf_trainer *trainer, uint32_t a, uint32_t b)
{
    struct xf_pattern pattern = {{UINT64_MAX, UINT64_MAX >> 8}};
    struct xf_aspect x, y;
    struct xf_trace trace;

    xf_corpus_open(&trainer->corpus, &trainer->lexicon, a, &x);
    xf_corpus_open(&trainer->corpus, &trainer->lexicon, b, &y);
    xf_score(trainer->model, &x, &y, INT32_MIN, &trace);
    for (uint32_t i = 0; i < trace.count; i++) {
        const struct xf_trace_item *item = &trace.items[i];

        if (item->comparison_at == XF_TRACE_NOTE)
            continue;
        if (item->comparison_at == XF_PERSON_NAME) /* of the names together only whether they are exchanged */
            xf_pattern_set(&pattern, XF_PERSON_NAME, item->level_at == XF_NAME_SWAPPED ? XF_NAME_SWAPPED : XF_NAME_EXACT);
        else
            xf_pattern_set(&pattern, item->comparison_at, item->level_at);
    }
    return pattern;
}

/* Comparing, in parts. */
struct comparing {
    const struct xf_trainer *trainer;
    bool (*draw)(const struct xf_trainer *trainer, uint64_t count, uint32_t *ret_a, uint32_t *ret_b);
    uint64_t count;
    struct xf_pattern *patterns; /* by number of the pair */
    bool *drawn;
};

static bool draw_random(const struct xf_trainer *trainer, uint64_t count, uint32_t *ret_a, uint32_t *ret_b)
{
    return xf_corpus_random(&trainer->corpus, trainer->options->seed, count, trainer->options->between, ret_a, ret_b);
}

static bool draw_kin(const struct xf_trainer *trainer, uint64_t count, uint32_t *ret_a, uint32_t *ret_b)
{
    return xf_corpus_kin(&trainer->corpus, trainer->options->seed, count, trainer->options->between, ret_a, ret_b);
}

static bool draw_blocked(const struct xf_trainer *trainer, uint64_t count, uint32_t *ret_a, uint32_t *ret_b)
{
    *ret_a = trainer->pairs.rows.items[count].a;
    *ret_b = trainer->pairs.rows.items[count].b;
    return true;
}

static int compare_part(void *data, unsigned part)
{
    const struct comparing *comparing = data;

    for (uint64_t i = comparing->count * part / PARTS; i < comparing->count * (part + 1) / PARTS; i++) {
        uint32_t a, b;

        comparing->drawn[i] = comparing->draw(comparing->trainer, i, &a, &b);
        if (comparing->drawn[i])
            comparing->patterns[i] = compare_pair(comparing->trainer, a, b);
    }
    return XF_OK;
}

static int in_parts(const struct xf_trainer *trainer, int (*work)(void *data, unsigned part), void *data)
{
    int rc = XF_OK;

    if (trainer->options->parallel)
        return trainer->options->parallel(work, data, PARTS);
    for (unsigned i = 0; rc == XF_OK && i < PARTS; i++)
        rc = work(data, i);
    return rc;
}

/* Compares count pairs and hands each to take, in their order. */
static int compare_all(struct xf_trainer *trainer, struct comparing *comparing,
                       int (*take)(struct xf_trainer *trainer, uint64_t count, struct xf_pattern pattern))
{
    int rc = XF_OK;

    comparing->trainer = trainer;
    comparing->patterns = malloc((comparing->count + 1) * sizeof(*comparing->patterns));
    comparing->drawn = malloc(comparing->count + 1);
    if (!comparing->patterns || !comparing->drawn)
        rc = XF_ENOMEM;
    if (rc == XF_OK)
        rc = in_parts(trainer, compare_part, comparing);
    for (uint64_t i = 0; rc == XF_OK && i < comparing->count; i++)
        if (comparing->drawn[i])
            rc = take(trainer, i, comparing->patterns[i]);
    free(comparing->patterns);
    free(comparing->drawn);
    return rc;
}

static int take_random(struct xf_trainer *trainer, uint64_t count, struct xf_pattern pattern)
{
    (void)count;
    return xf_patterns_add(&trainer->random, pattern, 1);
}

static int compare_random(struct xf_trainer *trainer)
{
    double all = xf_corpus_pair_count(&trainer->corpus, trainer->options->between);
    struct comparing comparing = {.draw = draw_random, .count = all * 2 < RANDOM_PAIRS ? (uint64_t)(all * 2) : RANDOM_PAIRS};

    xf_trainer_tell(trainer, "random pairs");
    return compare_all(trainer, &comparing, take_random);
}

static int take_kin(struct xf_trainer *trainer, uint64_t count, struct xf_pattern pattern)
{
    (void)count;
    return xf_patterns_add(&trainer->kin, pattern, 1);
}

/* Pairs of one family name. */
static int compare_kin(struct xf_trainer *trainer)
{
    struct comparing comparing = {.draw = draw_kin, .count = KIN_PAIRS};

    xf_trainer_tell(trainer, "pairs of one family name");
    if (xf_corpus_find_kin(&trainer->corpus, trainer->symbols) != XF_OK)
        return XF_ENOMEM;
    return compare_all(trainer, &comparing, take_kin);
}

static int take_blocked(struct xf_trainer *trainer, uint64_t count, struct xf_pattern pattern)
{
    const struct xf_corpus_pair *pair = &trainer->pairs.rows.items[count];

    if (xf_vec_push(&trainer->compared, pattern) != XF_OK ||
        (pair->first && xf_patterns_add(&trainer->unique, pattern, (double)pair->count) != XF_OK))
        return XF_ENOMEM;
    xf_pattern_put(&pattern, pair->sort);
    return xf_patterns_add(&trainer->blocked, pattern, (double)pair->count);
}

static int compare_blocked(struct xf_trainer *trainer)
{
    struct comparing comparing = {.draw = draw_blocked};

    xf_trainer_tell(trainer, "blocking");
    if (xf_corpus_blocked(&trainer->corpus, &trainer->lexicon, BLOCKED_PAIRS, trainer->options->seed, trainer->options->between,
                          &trainer->pairs) != XF_OK)
        return XF_ENOMEM;
    comparing.count = trainer->pairs.rows.count;
    xf_trainer_tell(trainer, "blocked pairs");
    return compare_all(trainer, &comparing, take_blocked);
}

int xf_trainer_compare(struct xf_trainer *trainer)
{
    int rc = compare_random(trainer);

    if (rc == XF_OK)
        rc = compare_kin(trainer);
    return rc == XF_OK ? compare_blocked(trainer) : rc;
}
