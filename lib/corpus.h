/* SPDX-License-Identifier: Apache-2.0 */
/* The mentions that a model is trained on: their values in one run, in an order of contents, so that nothing depends on the order
 * in which they came. */
#ifndef XF_LIB_CORPUS_H
#define XF_LIB_CORPUS_H

#include "aspect.h"
#include "crossflag/mention.h"
#include "vec.h"

struct xf_corpus_row {
    uint64_t hash; /* of the content */
    uint32_t first;
    uint16_t count;
};

struct xf_corpus {
    XF_VEC(struct xf_value) values;
    XF_VEC(struct xf_corpus_row) rows; /* persons; sorted once xf_corpus_settle was called */
    struct xf_corpus_family {
        uint64_t hash; /* of the name's text: symbols are numbered as they come */
        uint32_t row;
    } * families; /* NULL, or of those that have one, sorted */
    uint32_t family_count;
};

/* Two mentions of a corpus, a < b, that share a key of a sort, and how many such pairs they stand for. */
struct xf_corpus_pair {
    uint32_t a, b;
    float count;
    uint16_t sort;
    bool first; /* of the keys that they share this is the first: they are one pair, however many keys they share */
};

struct xf_corpus_pairs {
    XF_VEC(struct xf_corpus_pair) rows;
};

void xf_corpus_finish(struct xf_corpus *corpus);
int xf_corpus_add(struct xf_corpus *corpus, const struct xf_mention *mention, const struct xf_intern *symbols) XF_MUST_CHECK;
void xf_corpus_settle(struct xf_corpus *corpus);
void xf_corpus_open(const struct xf_corpus *corpus, const struct xf_lexicon *lexicon, uint32_t row, struct xf_aspect *ret);

/* Pairs that share a blocking key within its budget, under each key that they share; of each sort of key all when they are no more
 * than most, else those of a share of the keys that the seed chooses, each then standing for several. between:
 * only pairs of different sources. XF_OK, XF_ENOMEM. */
int xf_corpus_blocked(const struct xf_corpus *corpus, const struct xf_lexicon *lexicon, size_t most, uint64_t seed, bool between,
                      struct xf_corpus_pairs *ret) XF_MUST_CHECK;
/* The count-th pair at random; false: it is none (one mention with itself, or of one source). */
bool xf_corpus_random(const struct xf_corpus *corpus, uint64_t seed, uint64_t count, bool between, uint32_t *ret_a,
                      uint32_t *ret_b);
/* The count-th pair at random of those whose first family name is the same; false: none was met. Call xf_corpus_find_kin first. */
int xf_corpus_find_kin(struct xf_corpus *corpus, const struct xf_intern *symbols) XF_MUST_CHECK;
bool xf_corpus_kin(const struct xf_corpus *corpus, uint64_t seed, uint64_t count, bool between, uint32_t *ret_a, uint32_t *ret_b);
/* How many pairs there are. */
double xf_corpus_pair_count(const struct xf_corpus *corpus, bool between);

#endif
