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

/* The open keys of a corpus: those that two or more mentions have, and no more than the key's budget. */
struct blocks {
    XF_VEC(struct posting) postings; /* sorted */
    XF_VEC(uint32_t) starts;         /* of the open keys among the postings, ascending; one more at the end */
    uint32_t *of_row;                /* the open keys of each mention, ascending: */
    uint32_t *row_starts;            /* from here to the next's */
    double shares[XF_KEY_SORTS];     /* of the keys of each sort that are looked at */
};

static void blocks_finish(struct blocks *blocks)
{
    xf_vec_free(&blocks->postings);
    xf_vec_free(&blocks->starts);
    free(blocks->of_row);
    free(blocks->row_starts);
}

static int find_postings(const struct xf_corpus *corpus, const struct xf_lexicon *lexicon, struct blocks *blocks)
{
    for (uint32_t i = 0; i < corpus->rows.count; i++) {
        struct xf_aspect aspect;
        struct xf_keys keys;

        xf_corpus_open(corpus, lexicon, i, &aspect);
        xf_keys_of(&aspect, &keys);
        for (uint32_t j = 0; j < keys.count; j++)
            if (xf_vec_push(&blocks->postings, (struct posting){keys.items[j], i}) != XF_OK)
                return XF_ENOMEM;
    }
    if (blocks->postings.count > 1)
        qsort(blocks->postings.items, blocks->postings.count, sizeof(*blocks->postings.items), compare_postings);
    return XF_OK;
}

static uint32_t block_end(const struct blocks *blocks, uint32_t first)
{
    uint32_t end = first + 1;

    while (end < blocks->postings.count && blocks->postings.items[end].key == blocks->postings.items[first].key)
        end++;
    return end;
}

/* Keeps the open keys' postings, and says where each key's begin. */
static int keep_open(struct blocks *blocks, const struct xf_model *model, size_t most)
{
    double totals[XF_KEY_SORTS] = {0};
    uint32_t kept = 0;

    for (uint32_t i = 0, end; i < blocks->postings.count; i = end) {
        uint64_t key = blocks->postings.items[i].key;

        end = block_end(blocks, i);
        if (end - i < 2 || end - i > xf_key_budget(model, key))
            continue;
        if (xf_vec_push(&blocks->starts, kept) != XF_OK)
            return XF_ENOMEM;
        totals[xf_key_sort(key)] += (double)(end - i) * (end - i - 1) / 2;
        memmove(&blocks->postings.items[kept], &blocks->postings.items[i], (end - i) * sizeof(*blocks->postings.items));
        kept += end - i;
    }
    blocks->postings.count = kept;
    for (int i = 0; i < XF_KEY_SORTS; i++)
        blocks->shares[i] = totals[i] > (double)most ? (double)most / totals[i] : 1;
    return xf_vec_push(&blocks->starts, kept);
}

/* Lists each mention's open keys. */
static int list_by_row(struct blocks *blocks, uint32_t rows)
{
    blocks->row_starts = calloc(rows + 2u, sizeof(*blocks->row_starts));
    blocks->of_row = malloc((blocks->postings.count + 1u) * sizeof(*blocks->of_row));
    if (!blocks->row_starts || !blocks->of_row)
        return XF_ENOMEM;
    for (uint32_t i = 0; i < blocks->postings.count; i++)
        blocks->row_starts[blocks->postings.items[i].row + 2]++;
    for (uint32_t i = 2; i < rows + 2; i++)
        blocks->row_starts[i] += blocks->row_starts[i - 1];
    for (uint32_t key = 0; key + 1 < blocks->starts.count; key++)
        for (uint32_t i = blocks->starts.items[key]; i < blocks->starts.items[key + 1]; i++)
            blocks->of_row[blocks->row_starts[blocks->postings.items[i].row + 1]++] = key;
    return XF_OK;
}

/* The first open key that two mentions share. */
static uint32_t first_common(const struct blocks *blocks, uint32_t a, uint32_t b)
{
    uint32_t i = blocks->row_starts[a], j = blocks->row_starts[b];

    while (blocks->of_row[i] != blocks->of_row[j]) {
        if (blocks->of_row[i] < blocks->of_row[j])
            i++;
        else
            j++;
    }
    return blocks->of_row[i];
}

static int take_block(const struct xf_corpus *corpus, const struct blocks *blocks, uint32_t key, bool between,
                      struct xf_corpus_pairs *ret)
{
    uint32_t first = blocks->starts.items[key], end = blocks->starts.items[key + 1];
    uint32_t sort = xf_key_sort(blocks->postings.items[first].key);

    for (uint32_t i = first; i < end; i++) {
        uint32_t a = blocks->postings.items[i].row, source = between ? source_of(corpus, a) : 0;

        for (uint32_t j = i + 1; j < end; j++) {
            uint32_t b = blocks->postings.items[j].row;

            if (between && source == source_of(corpus, b))
                continue;
            if (xf_vec_push(&ret->rows, (struct xf_corpus_pair){.a = a,
                                                                .b = b,
                                                                .count = (float)(1 / blocks->shares[sort]),
                                                                .sort = (uint16_t)sort,
                                                                .first = first_common(blocks, a, b) == key}) != XF_OK)
                return XF_ENOMEM;
        }
    }
    return XF_OK;
}

int xf_corpus_blocked(const struct xf_corpus *corpus, const struct xf_lexicon *lexicon, size_t most, uint64_t seed, bool between,
                      struct xf_corpus_pairs *ret)
{
    struct blocks blocks = {0};
    int rc = find_postings(corpus, lexicon, &blocks);

    if (rc == XF_OK)
        rc = keep_open(&blocks, lexicon->model, most);
    if (rc == XF_OK)
        rc = list_by_row(&blocks, corpus->rows.count);
    for (uint32_t key = 0; rc == XF_OK && key + 1 < blocks.starts.count; key++) {
        uint64_t parts[2] = {seed, blocks.postings.items[blocks.starts.items[key]].key};

        if ((double)(XXH3_64bits(parts, sizeof(parts)) >> 11) * 0x1p-53 < blocks.shares[xf_key_sort(parts[1])])
            rc = take_block(corpus, &blocks, key, between, ret);
    }
    blocks_finish(&blocks);
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

    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

int xf_corpus_find_kin(struct xf_corpus *corpus, const struct xf_intern *symbols)
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
            corpus->families[corpus->family_count++] = (struct xf_corpus_family){
                xf_text_hash(xf_intern_text(symbols, values[at].symbol), xf_intern_length(symbols, values[at].symbol)), i};
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
    while (low > 0 && corpus->families[low - 1].hash == corpus->families[at].hash)
        low--;
    while (high + 1 < corpus->family_count && corpus->families[high + 1].hash == corpus->families[at].hash)
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
