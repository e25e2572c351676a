/* SPDX-License-Identifier: Apache-2.0 */
/* Which of the mentions that came continue which of those that went since the last settlement. A correction takes a record's
 * mentions away and adds them again, often under each other's numbers, with a person more or fewer; entities must stay with what
 * the mentions say, not with their numbers. Called by xf_linker_settle. In this order: the very same values, under the same number
 * first; the most alike; what stands under the same number and contradicts nothing. Invariant: a mention continues one that went,
 * of its kind, or none. */
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "linker.h"

#define PAIRS_MAX                                                                                                                  \
    4096 /* scored for likeness; of more only those of one number are: a live entry has a handful, a batch thousands */

struct likeness {
    int32_t weight;
    uint32_t other_number; /* 0: both stand under one number */
    uint32_t went, came;   /* rows of touched */
};

struct content {
    uint64_t hash;
    uint32_t row;
    uint32_t went;
};

static struct xf_touched *touched_at(const struct xf_linker *linker, uint32_t row)
{
    return &linker->entities.touched.items[row];
}

static bool is_went(const struct xf_touched *touched)
{
    return (touched->flags & XF_TOUCHED_KEPT) && !(touched->flags & XF_TOUCHED_CONTINUED);
}

static bool is_came(const struct xf_linker *linker, const struct xf_touched *touched)
{
    return (touched->flags & XF_TOUCHED_REPLACED) && touched->origin == XF_NONE && xf_linker_has(linker, touched->mention);
}

static const struct xf_value *kept_values(const struct xf_linker *linker, const struct xf_touched *touched)
{
    return linker->entities.kept_values.items + touched->first_value;
}

static void continue_with(struct xf_touched *went, struct xf_touched *came)
{
    came->origin = went->entity;
    went->flags |= XF_TOUCHED_CONTINUED;
}

static void open_went(const struct xf_linker *linker, const struct xf_touched *touched, struct xf_aspect *ret)
{
    xf_aspect_open(ret, &linker->lexicon, touched->kind, touched->count ? kept_values(linker, touched) : NULL, touched->count);
}

static void open_came(const struct xf_linker *linker, const struct xf_touched *touched, struct xf_aspect *ret)
{
    xf_profile_open(&linker->profiles, &linker->lexicon, xf_pool_at(&linker->mentions, touched->mention)->profile, ret);
}

static bool same_values(const struct xf_linker *linker, const struct xf_touched *went, const struct xf_touched *came)
{
    const struct xf_profile *profile = xf_linker_profile(linker, came->mention);
    struct xf_value values[XF_MENTION_VALUES_MAX];

    return went->kind == profile->kind && went->count == xf_profile_values(&linker->profiles, profile, values) &&
           (!went->count || memcmp(kept_values(linker, went), values, went->count * sizeof(*values)) == 0);
}

static int compare_contents(const void *a, const void *b)
{
    const struct content *x = a, *y = b;

    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static uint64_t hash_values(const struct xf_value *values, uint32_t count)
{
    return count ? XXH3_64bits(values, count * sizeof(*values)) : 0;
}

/* The very same values under whatever number: both sides by hash, then in the order in which they were touched. */
static int match_contents(struct xf_linker *linker)
{
    XF_VEC(struct content) contents = {0};
    int rc = XF_OK;

    for (uint32_t i = 0; rc == XF_OK && i < linker->entities.touched.count; i++) {
        const struct xf_touched *touched = touched_at(linker, i);

        if (is_went(touched))
            rc = xf_vec_push(&contents, (struct content){hash_values(kept_values(linker, touched), touched->count), i, 1});
        if (rc == XF_OK && is_came(linker, touched)) {
            struct xf_value values[XF_MENTION_VALUES_MAX];
            uint32_t count = xf_linker_values(linker, touched->mention, values);

            rc = xf_vec_push(&contents, (struct content){hash_values(values, count), i, 0});
        }
    }
    if (contents.count > 1)
        qsort(contents.items, contents.count, sizeof(*contents.items), compare_contents);
    for (uint32_t first = 0, end; rc == XF_OK && first < contents.count; first = end) {
        uint32_t came = first;

        for (end = first; end < contents.count && contents.items[end].hash == contents.items[first].hash;)
            end++;
        for (uint32_t went = first; went < end; went++) {
            if (!contents.items[went].went)
                continue;
            while (came < end && contents.items[came].went)
                came++;
            if (came == end)
                break;
            if (same_values(linker, touched_at(linker, contents.items[went].row), touched_at(linker, contents.items[came].row)))
                continue_with(touched_at(linker, contents.items[went].row), touched_at(linker, contents.items[came++].row));
        }
    }
    xf_vec_free(&contents);
    return rc;
}

/* Whether the one may be the other's correction: it is worth a person's look as a pair, or says as much as the lesser of the two
 * can. */
static bool alike(const struct xf_linker *linker, const struct xf_touched *went, const struct xf_touched *came, int32_t *ret_weight)
{
    struct xf_aspect x, y;
    int32_t least, self;

    open_went(linker, went, &x);
    open_came(linker, came, &y);
    *ret_weight = xf_score(linker->model, &x, &y, INT32_MIN, NULL);
    if (*ret_weight == XF_WEIGHT_NEVER)
        return false;
    least = linker->model->kinds[x.kind].review;
    self = xf_score(linker->model, &x, &x, INT32_MIN, NULL);
    least = self < least ? self : least;
    self = xf_score(linker->model, &y, &y, INT32_MIN, NULL);
    return *ret_weight >= (self < least ? self : least);
}

static int compare_likeness(const void *a, const void *b)
{
    const struct likeness *x = a, *y = b;

    if (x->weight != y->weight)
        return x->weight > y->weight ? -1 : 1;
    if (x->other_number != y->other_number)
        return x->other_number < y->other_number ? -1 : 1;
    if (x->went != y->went)
        return x->went < y->went ? -1 : 1;
    return (x->came > y->came) - (x->came < y->came);
}

static int match_likeness(struct xf_linker *linker, bool all)
{
    XF_VEC(struct likeness) pairs = {0};
    uint32_t count = linker->entities.touched.count;
    int rc = XF_OK;

    for (uint32_t i = 0; rc == XF_OK && i < count; i++) {
        const struct xf_touched *went = touched_at(linker, i);

        for (uint32_t j = all ? 0 : i; is_went(went) && rc == XF_OK && j < (all ? count : i + 1); j++) {
            struct likeness pair = {.other_number = i != j, .went = i, .came = j};

            if (is_came(linker, touched_at(linker, j)) && alike(linker, went, touched_at(linker, j), &pair.weight))
                rc = xf_vec_push(&pairs, pair);
        }
    }
    if (pairs.count > 1)
        qsort(pairs.items, pairs.count, sizeof(*pairs.items), compare_likeness);
    for (uint32_t i = 0; rc == XF_OK && i < pairs.count; i++)
        if (is_went(touched_at(linker, pairs.items[i].went)) && is_came(linker, touched_at(linker, pairs.items[i].came)))
            continue_with(touched_at(linker, pairs.items[i].went), touched_at(linker, pairs.items[i].came));
    xf_vec_free(&pairs);
    return rc;
}

/* What little was said and corrected under one number, when it does not speak of another. */
static void match_numbers(struct xf_linker *linker)
{
    for (uint32_t i = 0; i < linker->entities.touched.count; i++) {
        struct xf_touched *touched = touched_at(linker, i);
        struct xf_aspect x, y;

        if (!is_went(touched) || !is_came(linker, touched) || touched->kind != xf_linker_profile(linker, touched->mention)->kind)
            continue;
        open_went(linker, touched, &x);
        open_came(linker, touched, &y);
        if (!xf_score_contradicts(linker->model, &x, &y))
            continue_with(touched, touched);
    }
}

int xf_linker_succeed(struct xf_linker *linker)
{
    uint64_t went = 0, came = 0;

    for (uint32_t i = 0; i < linker->entities.touched.count; i++) {
        struct xf_touched *touched = touched_at(linker, i);

        if (!(touched->flags & XF_TOUCHED_REPLACED))
            touched->origin = touched->entity;
        else if (is_went(touched) && is_came(linker, touched) && same_values(linker, touched, touched))
            continue_with(touched, touched);
        went += is_went(touched);
        came += is_came(linker, touched);
    }
    if (!went || !came)
        return XF_OK;
    if (match_contents(linker) != XF_OK || match_likeness(linker, went * came <= PAIRS_MAX) != XF_OK)
        return XF_ENOMEM;
    match_numbers(linker);
    return XF_OK;
}
