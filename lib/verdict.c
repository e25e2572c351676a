/* SPDX-License-Identifier: Apache-2.0 */
/* The words in force, in one sorted array. Changed by xf_linker_decide and by the removal of a mention; read by the clustering.
 * Invariant: no two mentions that "same" joins, through others too, are kept apart by a "not same". */
#include "verdict.h"

#include <stdlib.h>
#include <string.h>

static uint32_t lower_bound(const struct xf_verdicts *verdicts, uint32_t mention, uint32_t other)
{
    uint32_t low = 0, high = verdicts->rows.count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct xf_verdict *row = &verdicts->rows.items[middle];

        if (row->mention < mention || (row->mention == mention && row->other < other))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct xf_verdict *xf_verdicts_of(const struct xf_verdicts *verdicts, uint32_t mention, uint32_t *ret_count)
{
    uint32_t first = lower_bound(verdicts, mention, 0), end = first;

    while (end < verdicts->rows.count && verdicts->rows.items[end].mention == mention)
        end++;
    *ret_count = end - first;
    return *ret_count ? &verdicts->rows.items[first] : NULL;
}

static struct xf_verdict *find(const struct xf_verdicts *verdicts, uint32_t mention, uint32_t other)
{
    uint32_t at = lower_bound(verdicts, mention, other);

    if (at == verdicts->rows.count || verdicts->rows.items[at].mention != mention || verdicts->rows.items[at].other != other)
        return NULL;
    return &verdicts->rows.items[at];
}

enum xf_word xf_verdicts_get(const struct xf_verdicts *verdicts, uint32_t a, uint32_t b)
{
    const struct xf_verdict *row = find(verdicts, a, b);

    return row ? (enum xf_word)row->word : XF_WORD_NONE;
}

static void set_one(struct xf_verdicts *verdicts, uint32_t mention, uint32_t other, enum xf_word word)
{
    struct xf_verdict *row = find(verdicts, mention, other);
    uint32_t at = lower_bound(verdicts, mention, other);

    if (row && word != XF_WORD_NONE) {
        row->word = word;
    } else if (row) {
        memmove(row, row + 1, (verdicts->rows.count - at - 1) * sizeof(*row));
        verdicts->rows.count--;
    } else if (word != XF_WORD_NONE) {
        row = &verdicts->rows.items[at];
        memmove(row + 1, row, (verdicts->rows.count - at) * sizeof(*row));
        *row = (struct xf_verdict){.mention = mention, .other = other, .word = word};
        verdicts->rows.count++;
    }
}

int xf_verdicts_set(struct xf_verdicts *verdicts, uint32_t a, uint32_t b, enum xf_word word)
{
    if (word != XF_WORD_NONE && xf_vec_reserve(&verdicts->rows, 2) != XF_OK)
        return XF_ENOMEM;
    set_one(verdicts, a, b, word);
    set_one(verdicts, b, a, word);
    return XF_OK;
}

struct closure {
    XF_VEC(uint32_t) mentions;
};

static bool closure_has(const struct closure *closure, uint32_t mention)
{
    for (uint32_t i = 0; i < closure->mentions.count; i++)
        if (closure->mentions.items[i] == mention)
            return true;
    return false;
}

/* All that "same" joins with a mention, the word on the pair (a, b) itself left out. */
static int close_over(const struct xf_verdicts *verdicts, uint32_t start, uint32_t a, uint32_t b, struct closure *closure)
{
    if (xf_vec_push(&closure->mentions, start) != XF_OK)
        return XF_ENOMEM;
    for (uint32_t i = 0; i < closure->mentions.count; i++) {
        uint32_t mention = closure->mentions.items[i], count;
        const struct xf_verdict *rows = xf_verdicts_of(verdicts, mention, &count);

        for (uint32_t j = 0; j < count; j++) {
            bool itself = (mention == a && rows[j].other == b) || (mention == b && rows[j].other == a);

            if (rows[j].word == XF_WORD_SAME && !itself && !closure_has(closure, rows[j].other) &&
                xf_vec_push(&closure->mentions, rows[j].other) != XF_OK)
                return XF_ENOMEM;
        }
    }
    return XF_OK;
}

static bool kept_apart(const struct xf_verdicts *verdicts, const struct closure *one, const struct closure *other, uint32_t a,
                       uint32_t b)
{
    for (uint32_t i = 0; i < one->mentions.count; i++) {
        uint32_t mention = one->mentions.items[i], count;
        const struct xf_verdict *rows = xf_verdicts_of(verdicts, mention, &count);

        for (uint32_t j = 0; j < count; j++)
            if (rows[j].word == XF_WORD_NOT_SAME && !(mention == a && rows[j].other == b) && closure_has(other, rows[j].other))
                return true;
    }
    return false;
}

int xf_verdicts_check(const struct xf_verdicts *verdicts, uint32_t a, uint32_t b, enum xf_word word)
{
    struct closure one = {0}, other = {0};
    int rc = XF_OK;

    if (word == XF_WORD_NONE)
        return XF_OK;
    if (close_over(verdicts, a, a, b, &one) != XF_OK || close_over(verdicts, b, a, b, &other) != XF_OK)
        rc = XF_ENOMEM;
    else if (word == XF_WORD_NOT_SAME ? closure_has(&one, b) : kept_apart(verdicts, &one, &other, a, b))
        rc = XF_ECONFLICT;
    xf_vec_free(&one.mentions);
    xf_vec_free(&other.mentions);
    return rc;
}
