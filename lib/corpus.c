/* SPDX-License-Identifier: Apache-2.0 */
/* A corpus and the pairs that training looks at: those which blocking brings together, and others at random. Called by train.c.
 * Invariant: both are functions of the set of mentions and the seed. */
#include "corpus.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "block.h"
#include "profile.h"

void xf_corpus_finish(struct xf_corpus *corpus)
{
    xf_vec_free(&corpus->values);
    xf_vec_free(&corpus->rows);
    free(corpus->families);
}

int xf_corpus_add(struct xf_corpus *corpus, const struct xf_mention *mention, const struct xf_intern *symbols)
{
    struct xf_corpus_row row = {.first = corpus->values.count, .count = mention->count};

    row.hash = xf_content_hash(symbols, mention->kind, mention->values, mention->count, 0);
    if (xf_vec_reserve(&corpus->values, mention->count) != XF_OK)
        return XF_ENOMEM;
    if (mention->count)
        memcpy(corpus->values.items + corpus->values.count, mention->values, mention->count * sizeof(*mention->values));
    corpus->values.count += mention->count;
    return xf_vec_push(&corpus->rows, row);
}

static int compare_rows(const void *a, const void *b)
{
    const struct xf_corpus_row *x = a, *y = b;

    return (x->hash > y->hash) - (x->hash < y->hash);
}

void xf_corpus_settle(struct xf_corpus *corpus)
{
    if (corpus->rows.count > 1)
        qsort(corpus->rows.items, corpus->rows.count, sizeof(*corpus->rows.items), compare_rows);
}

void xf_corpus_open(const struct xf_corpus *corpus, const struct xf_lexicon *lexicon, uint32_t row, struct xf_aspect *ret)
{
    const struct xf_corpus_row *at = &corpus->rows.items[row];

    xf_aspect_open(ret, lexicon, XF_PERSON, corpus->values.items + at->first, at->count);
}

static uint32_t source_of(const struct xf_corpus *corpus, uint32_t row)
{
    const struct xf_corpus_row *at = &corpus->rows.items[row];
    const struct xf_value *last = at->count ? &corpus->values.items[at->first + at->count - 1] : NULL;

    return last && last->field == XF_FIELD_SOURCE ? last->symbol : 0;
}

struct posting {
    uint64_t key;
    uint32_t row;
};

static int compare_postings(const void *a, const void *b)
{
    const struct posting *x = a, *y = b;

    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

struct postings {
    XF_VEC(struct posting) rows;
};

static int find_postings(const struct xf_corpus *corpus, const struct xf_lexicon *lexicon, struct postings *ret)
{
    for (uint32_t i = 0; i < corpus->rows.count; i++) {
        struct xf_aspect aspect;
        struct xf_keys keys;

        xf_corpus_open(corpus, lexicon, i, &aspect);
        xf_keys_of(&aspect, &keys);
        for (uint32_t j = 0; j < keys.count; j++)
            if (xf_vec_push(&ret->rows, (struct posting){keys.items[j], i}) != XF_OK)
                return XF_ENOMEM;
    }
    if (ret->rows.count > 1)
        qsort(ret->rows.items, ret->rows.count, sizeof(*ret->rows.items), compare_postings);
    return XF_OK;
}

static uint32_t block_end(const struct postings *postings, uint32_t first)
{
    uint32_t end = first + 1;

    while (end < postings->rows.count && postings->rows.items[end].key == postings->rows.items[first].key)
        end++;
    return end;
}

static int compare_pairs(const void *a, const void *b)
{
    const struct xf_corpus_pair *x = a, *y = b;

    if (x->a != y->a)
        return x->a < y->a ? -1 : 1;
    return (x->b > y->b) - (x->b < y->b);
}

/* Of the pairs that several keys give, one stays. */
static void drop_doubles(struct xf_corpus_pairs *pairs)
{
    uint32_t kept = 0;

    if (pairs->rows.count > 1)
        qsort(pairs->rows.items, pairs->rows.count, sizeof(*pairs->rows.items), compare_pairs);
    for (uint32_t i = 0; i < pairs->rows.count; i++)
        if (!kept || compare_pairs(&pairs->rows.items[kept - 1], &pairs->rows.items[i]) != 0)
            pairs->rows.items[kept++] = pairs->rows.items[i];
    pairs->rows.count = kept;
}

int xf_corpus_blocked(const struct xf_corpus *corpus, const struct xf_lexicon *lexicon, uint32_t budget, size_t most, uint64_t seed,
                      bool between, struct xf_corpus_pairs *ret)
{
    struct postings postings = {0};
    uint64_t total = 0;
    double share;
    int rc = find_postings(corpus, lexicon, &postings);

    for (uint32_t i = 0, end; rc == XF_OK && i < postings.rows.count; i = end) {
        end = block_end(&postings, i);
        if (end - i <= budget)
            total += (uint64_t)(end - i) * (end - i - 1) / 2;
    }
    share = total > most ? (double)most / (double)total : 1;
    for (uint32_t i = 0, end; rc == XF_OK && i < postings.rows.count; i = end) {
        uint64_t parts[2] = {seed, postings.rows.items[i].key};

        end = block_end(&postings, i);
        if (end - i > budget || (double)(XXH3_64bits(parts, sizeof(parts)) >> 11) * 0x1p-53 >= share)
            continue;
        for (uint32_t j = i; rc == XF_OK && j < end; j++) {
            uint32_t a = postings.rows.items[j].row, source = between ? source_of(corpus, a) : 0;

            for (uint32_t k = j + 1; rc == XF_OK && k < end; k++) {
                uint32_t b = postings.rows.items[k].row;

                if (!between || source != source_of(corpus, b))
                    rc = xf_vec_push(&ret->rows, (struct xf_corpus_pair){a, b, (float)(1 / share)});
            }
        }
    }
    xf_vec_free(&postings.rows);
    drop_doubles(ret);
    return rc;
}

bool xf_corpus_random(const struct xf_corpus *corpus, uint64_t seed, uint64_t count, bool between, uint32_t *ret_a, uint32_t *ret_b)
{
    uint64_t parts[2] = {seed, count};
    XXH128_hash_t chance = XXH3_128bits(parts, sizeof(parts));
    uint32_t a = (uint32_t)(chance.low64 % corpus->rows.count), b = (uint32_t)(chance.high64 % corpus->rows.count);

    if (a == b || (between && source_of(corpus, a) == source_of(corpus, b)))
        return false;
    *ret_a = a < b ? a : b;
    *ret_b = a < b ? b : a;
    return true;
}

static int compare_families(const void *a, const void *b)
{
    const struct xf_corpus_family *x = a, *y = b;

    if (x->symbol != y->symbol)
        return x->symbol < y->symbol ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

int xf_corpus_find_kin(struct xf_corpus *corpus)
{
    corpus->families = malloc((corpus->rows.count + 1u) * sizeof(*corpus->families));
    if (!corpus->families)
        return XF_ENOMEM;
    corpus->family_count = 0;
    for (uint32_t i = 0; i < corpus->rows.count; i++) {
        const struct xf_value *values = corpus->values.items + corpus->rows.items[i].first;
        uint32_t at = 0;

        while (at < corpus->rows.items[i].count && values[at].field != XF_FIELD_FAMILY)
            at++;
        if (at < corpus->rows.items[i].count)
            corpus->families[corpus->family_count++] = (struct xf_corpus_family){values[at].symbol, i};
    }
    qsort(corpus->families, corpus->family_count, sizeof(*corpus->families), compare_families);
    return XF_OK;
}

bool xf_corpus_kin(const struct xf_corpus *corpus, uint64_t seed, uint64_t count, bool between, uint32_t *ret_a, uint32_t *ret_b)
{
    uint64_t parts[3] = {seed, count, corpus->family_count};
    XXH128_hash_t chance = XXH3_128bits(parts, sizeof(parts));
    uint32_t at, low, high, a, b;

    if (!corpus->family_count)
        return false;
    low = high = at = (uint32_t)(chance.low64 % corpus->family_count);
    while (low > 0 && corpus->families[low - 1].symbol == corpus->families[at].symbol)
        low--;
    while (high + 1 < corpus->family_count && corpus->families[high + 1].symbol == corpus->families[at].symbol)
        high++;
    a = corpus->families[at].row;
    b = corpus->families[low + (uint32_t)(chance.high64 % (high - low + 1))].row;
    if (a == b || (between && source_of(corpus, a) == source_of(corpus, b)))
        return false;
    *ret_a = a < b ? a : b;
    *ret_b = a < b ? b : a;
    return true;
}

static int compare_symbols(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

double xf_corpus_pair_count(const struct xf_corpus *corpus, bool between)
{
    double total = (double)corpus->rows.count * (corpus->rows.count - 1.0) / 2;
    uint32_t *sources = between && corpus->rows.count ? malloc(corpus->rows.count * sizeof(*sources)) : NULL;

    if (!sources)
        return total;
    for (uint32_t i = 0; i < corpus->rows.count; i++)
        sources[i] = source_of(corpus, i);
    qsort(sources, corpus->rows.count, sizeof(*sources), compare_symbols);
    for (uint32_t i = 0, end; i < corpus->rows.count; i = end) {
        for (end = i + 1; end < corpus->rows.count && sources[end] == sources[i];)
            end++;
        total -= (double)(end - i) * (end - i - 1.0) / 2;
    }
    free(sources);
    return total;
}
